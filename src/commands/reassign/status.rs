//! `reassign status`: what is being moved, and how far it has come (ListPartitionReassignments,
//! DescribeLogDirs: DESCRIBE on the cluster). Takes off throttles that a move has left.

use super::Which;
use super::obstacles::Obstacles;
use super::throttle::Throttles;
use super::watch::{self, End};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Client;
use crate::model::Name;
use crate::report::reassign::{OngoingItem, ReassignmentList, ThrottleItem};
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
}

/// Looks, waits, cleans up.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    request.which.check(&client).await?;
    if request.wait {
        let meant = |one: &Ongoing| request.which.matches(one);
        if let End::Stopped(error) = watch::until_done(context, &client, meant).await? {
            return Err(error);
        }
    }
    let client = client.until(context.deadline());
    let (cluster, ongoing) = tokio::join!(client.describe_cluster(), client.list_reassignments());
    let (cluster, ongoing) = (cluster?, ongoing?);
    let moves_something = !ongoing.is_empty();
    let meant: Vec<Ongoing> =
        ongoing.into_iter().filter(|one| request.which.matches(one)).collect();
    let (copied, obstacles) =
        tokio::join!(watch::sizes(&client, &cluster, &meant), Obstacles::look(&client, &meant));
    let ((sizes, silent), obstacles) = (copied, obstacles?);
    obstacles.say(context);
    if let Some((id, error)) = silent {
        context.ui.warn(&format!("broker {id} does not tell how much it has: {}", error.message()));
    }
    let item = |one: &Ongoing| {
        let copied = Copied::of(one, &sizes).map(|copied| (copied.done, copied.total));
        OngoingItem::new(one, copied, obstacles.brokers(&one.partition))
    };
    let brokers: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let throttles =
        throttles(context, &client, &brokers, !moves_something && !request.keep_throttle).await;
    Ok(Outcome::report(ReassignmentList {
        cluster_id: cluster.id,
        items: meant.iter().map(item).collect(),
        throttles,
    }))
}

/// What slows replication down; what a move has left is taken off when `over`. That it cannot be
/// looked at, or not be taken off, is a remark: it was not what was asked for.
async fn throttles(
    context: &Context<'_>,
    client: &Client,
    brokers: &[i32],
    over: bool,
) -> Option<Vec<ThrottleItem>> {
    match look(context, client, brokers, over).await {
        Ok(found) => Some(found.into_items()),
        Err(error) => {
            let cause = error.causes().first().map(|cause| format!(": {cause}"));
            context.ui.warn(&format!("{}{}", error.message(), cause.unwrap_or_default()));
            None
        }
    }
}

async fn look(
    context: &Context<'_>,
    client: &Client,
    brokers: &[i32],
    over: bool,
) -> Result<Throttles> {
    let names = client.list_topics().await?;
    let names: Vec<Name> = names.into_iter().map(Name::from).collect();
    let found = Throttles::find(client, brokers, &names).await?;
    if !over || !found.has_leftovers() {
        return Ok(found);
    }
    if context.settings.read_only || context.settings.protected {
        context.ui.note(
            "nothing moves any more and replication is still throttled: in a context that may be \
             written to, `kward reassign cancel --all` takes the throttle off",
        );
        return Ok(found);
    }
    context.stop.begin_writing();
    let (taken, failed) = found.take_off(client).await;
    match failed {
        None => taken.note(context),
        Some(error) => {
            let cause = error.causes().first().map(|cause| format!(": {cause}"));
            context.ui.warn(&format!(
                "the throttle could not be taken off: {}{}",
                error.message(),
                cause.unwrap_or_default()
            ));
        }
    }
    Ok(taken)
}
