//! `reassign plan`: where partitions are to lie. Writes nothing to Kafka.

use std::path::{Path, PathBuf};

use super::Wanted;
use super::state::State;
use crate::commands::acl::source::shown;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::shell_word;
use crate::settings::write_private;
use crate::topic::reassign::{Move, file};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The goal.
    pub wanted: Wanted,
    /// `--out`.
    pub out: Option<PathBuf>,
}

/// Plans, shows, saves.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let state = State::fetch(context, &client).await?;
    let moves = state.plan(&client, &request.wanted).await?;
    request.wanted.note_of_none(context, &state.topics);
    let unseen = request.wanted.warn_of_unseen(context, &client).await;
    state.warn_of_obstacles(context, &client, &moves).await;
    if let Some(path) = &request.out {
        save(context, &state, &moves, path)?;
    }
    Ok(Outcome::report(state.report(context, &moves)).with_error(unseen))
}

fn save(context: &Context<'_>, state: &State, moves: &[Move], path: &Path) -> Result<()> {
    if path.as_os_str() == "-" {
        return Err(Error::invalid("`--out` takes a file, not `-`")
            .hint("`-o json` prints the plan; what `reassign apply` takes is a file"));
    }
    let text = file::write(state.cluster.id.as_deref(), moves);
    write_private(path, &text).map_err(|error| {
        Error::failed(format!("cannot write the plan to `{}`", shown(path))).caused_by(error)
    })?;
    let word = shell_word(&path.to_string_lossy());
    context.ui.note(&format!("plan saved, apply it with `kward reassign apply {word}`"));
    Ok(())
}
