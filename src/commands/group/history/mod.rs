//! `group history`: past rebalances out of `__consumer_offsets` (Metadata, ListOffsets, Fetch; READ on
//! that topic), with what a file has kept, and what goes on happening.

mod file;
mod follow;
mod log;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use self::log::Log;
use super::cluster_id;
use super::near::Near;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::history::{Rebuild, merge, summarize};
use crate::kafka::{Client, OFFSETS_TOPIC};
use crate::model::group::GroupType;
use crate::model::{Name, Time, visible};
use crate::report::group_history::{GroupHistory, Rebalance, Window};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The group.
    pub group: Name,
    /// What is shown.
    pub window: Window,
    /// Go on with what happens.
    pub follow: bool,
    /// For so long.
    pub at_most: Option<Duration>,
    /// A history that was kept.
    pub from: Option<PathBuf>,
    /// Where it is kept.
    pub save: Option<PathBuf>,
}

/// Reads it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let cluster = cluster_id(&client).await?;
    let kept = Kept::read(request, cluster.as_deref())?;
    let captured_at = Time((context.now)().as_millisecond());
    let mut log = Log::of(client.clone(), &request.group).await?;
    let mut rebuild = Rebuild::new();
    log.read_to_end(context, &mut rebuild).await?;
    if request.follow {
        let rebalances = rebuild.take();
        let mut history = Told { cluster, kept, rebalances, captured_at };
        return follow::run(context, request, &mut log, &mut rebuild, &mut history).await;
    }
    rebuild.finish();
    let mut rebalances = rebuild.take();
    name_assignor(&client, &request.group, &mut rebalances).await;
    let told = Told { cluster, kept, rebalances, captured_at };
    if !told.knows(&log) {
        return Err(unknown_group(&client, &request.group).await);
    }
    let history = told.history(&request.group, &log);
    save(request, &history)?;
    if log.unknown() > 0 {
        context.ui.warn(&format!(
            "{} records about `{}` are of a kind or version that is not known here",
            log.unknown(),
            visible(&request.group)
        ));
    }
    Ok(Outcome::report(windowed(history, request.window)))
}

async fn unknown_group(client: &Client, group: &Name) -> Error {
    let error = Error::failed(format!("nothing is known of a group `{}`", visible(group)))
        .caused_by(format!("`{OFFSETS_TOPIC}` has no record about it"))
        .hint("`kward group list` lists the groups that there are");
    Near::read(client).await.question(group).into_iter().fold(error, Error::hint)
}

/// What files have kept.
struct Kept(Vec<GroupHistory>);

impl Kept {
    /// `--from`, and what `--save` is about to write over.
    fn read(request: &Request, cluster: Option<&str>) -> Result<Self> {
        let mut kept = Vec::new();
        if let Some(path) = &request.from {
            let read = file::read(path, &request.group, cluster)?;
            kept.push(read.ok_or_else(|| {
                Error::invalid(format!("there is no file `{}`", super::backup::shown(path)))
                    .hint("`--save` makes it, and keeps what it has")
            })?);
        }
        if let Some(path) =
            request.save.as_ref().filter(|path| Some(*path) != request.from.as_ref())
        {
            kept.extend(file::read(path, &request.group, cluster)?);
        }
        kept.sort_by_key(|history| history.captured_at);
        Ok(Self(kept))
    }
}

/// All that is known.
struct Told {
    cluster: Option<String>,
    kept: Kept,
    rebalances: Vec<Rebalance>,
    captured_at: Time,
}

impl Told {
    /// Whether there is, or was, such a group.
    fn knows(&self, log: &Log) -> bool {
        log.knows_group() || !self.kept.0.is_empty()
    }

    fn history(&self, group: &Name, log: &Log) -> GroupHistory {
        let summary = summarize(&self.rebalances, log.reaches_back_to, self.captured_at, &[]);
        let now = GroupHistory {
            cluster_id: self.cluster.clone(),
            group_id: group.clone(),
            captured_at: self.captured_at,
            reaches_back_to: log.reaches_back_to,
            complete: log.is_complete(),
            gaps: Vec::new(),
            window: None,
            rebalances: self.rebalances.clone(),
            summary,
            log: log.report(),
        };
        let saved = self.kept.0.iter().cloned().reduce(merge::merge);
        match saved {
            Some(saved) => merge::merge(saved, now),
            None => now,
        }
    }
}

fn save(request: &Request, history: &GroupHistory) -> Result<()> {
    request.save.as_ref().map_or(Ok(()), |path| file::write(path, history))
}

/// What is shown of it.
fn windowed(mut history: GroupHistory, mut window: Window) -> GroupHistory {
    if window == Window::default() {
        return history;
    }
    let all = history.rebalances.len();
    let to = window.until.map_or(history.captured_at, |until| until.min(history.captured_at));
    if let Some(until) = window.until {
        history.rebalances.retain(|told| told.time <= until);
    }
    if window.since.or(window.until).is_some() {
        let from = history
            .reaches_back_to
            .map(|reaches| window.since.map_or(reaches, |since| reaches.max(since)));
        history.summary = summarize(&history.rebalances, from, to, &history.gaps);
    }
    if let Some(since) = window.since {
        history.rebalances.retain(|told| told.time >= since);
    }
    if let Some(limit) = window.limit {
        let spare = history.rebalances.len().saturating_sub(limit);
        history.rebalances.drain(..spare);
    }
    window.left_out = all - history.rebalances.len();
    history.window = Some(window);
    history
}

/// Where members of a consumer group ask for no assignor, the brokers' own choice serves, which
/// ConsumerGroupDescribe tells. Who may not ask that is told less.
async fn name_assignor(client: &Client, group: &Name, told: &mut [Rebalance]) {
    let unnamed = |told: &&mut Rebalance| {
        told.group_type == GroupType::Consumer && told.assignor.is_none() && told.members > 0
    };
    if told.iter_mut().filter(unnamed).count() == 0
        || told.iter().any(|t| t.group_type == GroupType::Consumer && t.assignor.is_some())
    {
        return;
    }
    let types = BTreeMap::from([(group.clone(), GroupType::Consumer)]);
    let described = client.describe_groups(std::slice::from_ref(group), &types).await;
    let Some(Ok(described)) = described.ok().and_then(|mut all| all.pop()) else { return };
    if described.group_type != GroupType::Consumer {
        return;
    }
    for told in told.iter_mut().filter(unnamed) {
        told.assignor.clone_from(&described.assignor);
    }
}
