//! `token expire` (ExpireDelegationToken; for the owner and the renewers).

use std::time::Duration;

use super::{Deed, Target, Which, targets};
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::visible;
use crate::report::write::{Action, Status, Subject as _};
use crate::report::{Block, Line, Style};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The tokens.
    pub which: Which,
    /// At once when `None`.
    pub after: Option<Duration>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Shows them, asks, ends them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let targets = targets(context, &client, &request.which).await?;
    let cluster_id = cluster_id(&client).await?;
    let (action, well) = match request.after {
        None => (Action::Delete, Status::Deleted),
        Some(_) => (Action::Alter, Status::Altered),
    };
    let deed = Deed { verb: "expire", action, well, dry_run: request.dry_run };
    if request.dry_run {
        return Ok(deed.planned(cluster_id, targets));
    }
    context.preview(&[Block::Lines(targets.iter().map(line).collect())]);
    let which = match targets.len() {
        1 => "this token".to_owned(),
        many => format!("these {many} tokens"),
    };
    context.confirm(&format!("Expire {which}? Who logs in with it cannot any more."))?;
    let send = async |client: &crate::kafka::Client, hmac: &crate::kafka::Hmac| {
        client.expire_token(hmac, request.after).await
    };
    deed.carry_out(context, &client, (cluster_id, targets), send).await
}

fn line(target: &Target) -> Line<'static> {
    let owner = target.subject.owner.as_deref().map(visible);
    let owner = owner.map_or_else(String::new, |owner| format!(" of {owner}"));
    Line::styled(Style::Removed, format!("- token {}{owner}", target.subject.title()))
}
