//! `reassign status`: what is being moved, and how far it has come (ListPartitionReassignments,
//! DescribeLogDirs: DESCRIBE on the cluster). Takes off the throttles that kward has put on.

use super::ledger::{Ledger, TakenOff, not_taken_off};
use super::obstacles::{Obstacles, warn_of_endless};
use super::throttle::Throttles;
use super::watch::{self, End};
use super::{Which, folders};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Cluster};
use crate::model::{Name, shell_word, visible};
use crate::report::reassign::{LogDirMove, OngoingItem, ReassignmentList, ThrottleItem};
use crate::topic::disk::FolderMove;
use crate::topic::reassign::Ongoing;
use crate::topic::reassign::progress::Copied;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which moves.
    pub which: Which,
    /// Until nothing of it moves any more.
    pub wait: bool,
    /// Only look.
    pub keep_throttle: bool,
    /// Take off what slows replication down, whoever has put it on.
    pub remove_throttle: bool,
    /// Show what would be taken off, and take nothing off.
    pub dry_run: bool,
}

/// Looks, waits, cleans up.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if request.remove_throttle && !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    if client.talks_to_controllers() {
        return of_controllers(context, &client, request).await;
    }
    let mistake = request.which.check(&client).await?;
    if request.wait {
        let meant = |one: &Ongoing| request.which.matches(one);
        if let End::Stopped(error) = watch::until_done(context, &client, meant).await? {
            return Err(error);
        }
        let now = client.until(context.deadline());
        let cluster = now.describe_cluster().await?;
        // A broker that does not tell what it moves is noted, and not waited for.
        let moved = folders::under_way(context, &now, &cluster, &request.which).await;
        let brokers = moved.iter().map(|one| one.broker).collect();
        let meant = |one: &FolderMove| request.which.contains(&one.partition);
        folders::until_done(context, &client, &brokers, meant).await.map_err(watch::lost)?;
    }
    let client = client.until(context.deadline());
    // What a broker that is gone would have told is not waited for.
    let brief = client.brief();
    let (cluster, ongoing) = tokio::join!(client.describe_cluster(), client.list_reassignments());
    let (cluster, ongoing) = (cluster?, ongoing?);
    let moves_something = !ongoing.is_empty();
    let meant: Vec<Ongoing> =
        ongoing.into_iter().filter(|one| request.which.matches(one)).collect();
    let (copied, obstacles) =
        tokio::join!(watch::sizes(&brief, &cluster, &meant), Obstacles::look(&brief, &meant));
    let ((sizes, silent), obstacles) = (copied, obstacles?);
    obstacles.say(context);
    warn_of_endless(context, &meant);
    if let Some((id, error)) = silent {
        context.ui.warn(&format!("broker {id} does not tell how much it has: {}", error.message()));
    }
    let item = |one: &Ongoing| {
        let copied = Copied::of(one, &sizes).map(|copied| (copied.done, copied.total));
        OngoingItem::new(one, copied, obstacles.brokers(&one.partition))
    };
    let look = Look { context, client: &client, cluster: &cluster, request, moves_something };
    let throttles = look.throttles().await?;
    // Who waited for it has seen its end.
    let moved = if request.wait {
        Vec::new()
    } else {
        folders::under_way(context, &brief, &cluster, &request.which).await
    };
    Ok(Outcome::report(ReassignmentList {
        items: meant.iter().map(item).collect(),
        log_dir_moves: moved.into_iter().map(LogDirMove::from).collect(),
        cluster_id: cluster.id,
        throttles,
    })
    .with_error(mistake))
}

/// What controllers tell: what is being moved, and no more.
async fn of_controllers(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
) -> Result<Outcome> {
    if request.wait || request.remove_throttle {
        let flag = if request.wait { "--wait" } else { "--remove-throttle" };
        return Err(Error::invalid(format!(
            "`{flag}` needs brokers, and controllers are talked to"
        ))
        .hint("name brokers: `-b HOST:PORT` (`bootstrap.servers`)"));
    }
    let (cluster, ongoing) = tokio::join!(client.describe_cluster(), client.list_reassignments());
    let meant = ongoing?.into_iter().filter(|one| request.which.matches(one));
    let items = meant.map(|one| OngoingItem::new(&one, None, &[])).collect();
    context.ui.note(
        "controllers do not tell how much is copied, what moves between folders, and what is throttled",
    );
    Ok(Outcome::report(ReassignmentList {
        items,
        log_dir_moves: Vec::new(),
        cluster_id: cluster?.id,
        throttles: None,
    }))
}

/// What slows replication down, and what of it goes.
struct Look<'a> {
    context: &'a Context<'a>,
    client: &'a Client,
    cluster: &'a Cluster,
    request: &'a Request,
    moves_something: bool,
}

impl Look<'_> {
    /// That throttles cannot be looked at, or not be taken off unasked, is a remark: it was not what was
    /// asked for.
    async fn throttles(&self) -> Result<Option<Vec<ThrottleItem>>> {
        let mut taken = match self.take_off().await {
            Ok(taken) => taken,
            Err(error) => {
                self.warn("the throttle could not be taken off", &error);
                Vec::new()
            }
        };
        let found = async {
            let names = self.client.list_topics().await?;
            let names: Vec<Name> = names.into_iter().map(Name::from).collect();
            let brokers: Vec<i32> = self.cluster.brokers.iter().map(|broker| broker.id).collect();
            Throttles::find(self.client, &brokers, &names).await
        };
        let mut found = match found.await {
            Ok(found) => found,
            Err(error) if self.request.remove_throttle => return Err(error),
            Err(error) => {
                self.warn("", &error);
                return Ok((!taken.is_empty()).then_some(taken));
            }
        };
        if self.request.remove_throttle {
            self.remove(&mut found).await?;
        } else if !self.moves_something && found.lasting(&taken) {
            self.context.ui.note(
                "nothing moves, and replicas are throttled that no record of this user's kward names: \
                 `kward reassign status --remove-throttle` takes that off, whoever has set it",
            );
        }
        // A broker may tell for a moment yet what is off.
        let off = |item: &ThrottleItem| taken.iter().any(|one| one.is_same(item));
        let mut all = found.into_items();
        all.retain(|item| item.removed || !off(item));
        all.append(&mut taken);
        Ok(Some(all))
    }

    /// Takes off what kward has put on and nothing needs any more.
    async fn take_off(&self) -> Result<Vec<ThrottleItem>> {
        let mut ledger = Ledger::open(self.context, self.cluster.id.as_deref());
        if self.request.keep_throttle || self.request.dry_run || ledger.is_empty() {
            return Ok(Vec::new());
        }
        if self.context.settings.read_only || self.context.settings.protected {
            self.context.ui.note(
                "replication is throttled by an earlier run: in a context that may be written to, \
                 `kward reassign cancel --all` takes the throttle off once nothing moves",
            );
            return Ok(Vec::new());
        }
        self.context.stop.begin_writing();
        let TakenOff { items, failed } = ledger.take_off(self.context, self.client).await?;
        if let Some(error) = failed {
            self.warn("the throttle could not be taken off", &error);
        }
        Ok(items)
    }

    /// Takes off what anybody has put on, as it was asked for.
    async fn remove(&self, found: &mut Throttles) -> Result<()> {
        if self.moves_something {
            return Err(Error::refused("partitions are being moved: their throttle stays")
                .hint("`--wait` waits for their end, `kward reassign cancel` brings it about"));
        }
        let topics = &self.request.which.topics;
        let chosen = |name: &str| topics.is_empty() || topics.iter().any(|topic| topic == name);
        let failed = if self.request.dry_run {
            found.plan_removal(chosen);
            None
        } else {
            self.context.confirm_unasked()?;
            self.context.stop.begin_writing();
            found.remove(self.context, self.client, chosen).await
        };
        for item in found.whole(chosen) {
            let (topic, key) = (visible(&item.entity_name), &item.key);
            self.context.ui.warn(&format!(
                "`{key}` of topic `{topic}` is `*`, as only a person sets it: it stays, and so do the rates of \
                 brokers; `kward topic configure {} --unset {key}` takes it off",
                shell_word(&item.entity_name)
            ));
        }
        match failed {
            Some(error) => Err(not_taken_off(&error)),
            None => Ok(()),
        }
    }

    fn warn(&self, what: &str, error: &Error) {
        let what = if what.is_empty() { String::new() } else { format!("{what}: ") };
        let cause = error.causes().first().map(|cause| format!(": {cause}"));
        let message = error.message();
        self.context.ui.warn(&format!("{what}{message}{}", cause.unwrap_or_default()));
    }
}
