//! `reassign cancel`: partitions stay where they lay before they began to move, and replicas in their folders
//! (AlterPartitionReassignments, AlterReplicaLogDirs; needs ALTER on the cluster).

use super::Which;
use super::apply::{NEEDS, OVER_ALREADY, submit};
use super::folders::{self, Folders};
use super::ledger::Ledger;
use super::obstacles::Obstacles;
use super::watch;
use crate::commands::written::{foreseen, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Cluster};
use crate::model::{Name, TopicPartition};
use crate::report::Report as _;
use crate::report::reassign::{LogDirMove, OngoingItem, ReassignmentList, WrittenReassignment};
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::topic::disk::FolderMove;
use crate::topic::reassign::Ongoing;
use crate::topic::reassign::progress::Copied;
use crate::topic::state::find;

/// Shows what moves, asks, ends it.
pub async fn run(context: &Context<'_>, which: &Which, dry_run: bool) -> Result<Outcome> {
    if !dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let mistake = which.check(&client).await?;
    let (cluster, ongoing) = tokio::join!(client.describe_cluster(), client.list_reassignments());
    let (cluster, ongoing) = (cluster?, ongoing?);
    let meant: Vec<Ongoing> = ongoing.into_iter().filter(|one| which.matches(one)).collect();
    let mut moved = folders::under_way(context, &client, &cluster, which).await;
    // What a broker gives up it moves no more.
    let is_given_up = |one: &FolderMove| {
        let adding = |ongoing: &Ongoing| {
            ongoing.partition == one.partition && ongoing.adding.contains(&one.broker)
        };
        meant.iter().any(adding)
    };
    // Without a folder that it is used in there is none to stay in.
    moved.retain(|one| one.from.is_some() && !is_given_up(one));
    let mut items: Vec<Item<WrittenReassignment>> = meant.iter().map(item).collect();
    items.append(&mut only_between_folders(&client, &meant, &moved).await?);
    let mut failure = None;
    if !dry_run && !items.is_empty() {
        if let Some(mistake) = &mistake {
            context.ui.warn(mistake.message());
        }
        show(context, &client, &cluster, &meant, &moved).await;
        context.confirm(&format!(
            "End the move of {}? What was copied so far is thrown away.",
            count(items.len(), "partition")
        ))?;
        context.stop.begin_writing();
        failure = end(context, &client, &meant, &mut items[..meant.len()]).await?;
        if failure.is_none() {
            let mut back = Folders::back(moved);
            let told = back.send(context, &client).await;
            back.note(&mut items, told);
            failure = back.wait(context, &client, &mut items).await.err();
        }
    }
    if !dry_run {
        let mut ledger = Ledger::open(context, cluster.id.as_deref());
        let left = if meant.is_empty() {
            ledger.clean_up_unasked(context, &client).await?
        } else {
            ledger.clean_up(context, &client.until(context.deadline())).await
        };
        failure = failure.or(left);
    }
    let result = WriteResult::new(cluster.id, dry_run, items);
    let error = summary(&client, ("end the move of", "partition"), NEEDS, &result);
    let refused = foreseen(&client, "end the move of partitions", &result).await;
    Ok(Outcome::report(result).with_error(error.or(failure).or(mistake).or(refused)))
}

fn item(moving: &Ongoing) -> Item<WrittenReassignment> {
    let subject = WrittenReassignment::new(&moving.partition, moving.target(), moving.origin());
    Item::new(subject, Action::Alter, Status::Planned)
}

/// The partitions of which nothing moves but replicas between the folders of their brokers.
async fn only_between_folders(
    client: &Client,
    meant: &[Ongoing],
    moved: &[FolderMove],
) -> Result<Vec<Item<WrittenReassignment>>> {
    let known = |key: &TopicPartition| meant.iter().any(|one| one.partition == *key);
    let mut keys: Vec<_> =
        moved.iter().map(|one| &one.partition).filter(|key| !known(key)).collect();
    keys.dedup();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<Name> = keys.iter().map(|key| key.topic.clone()).collect();
    let (_, topics) = client.cluster_and_topics(Some(&names), false).await?;
    let item = |key| {
        let replicas = find(&topics, key).map(|found| found.replicas.clone()).unwrap_or_default();
        let mut subject = WrittenReassignment::new(key, replicas.clone(), replicas);
        subject.completed = true;
        Item::new(subject, Action::Alter, Status::Planned)
    };
    Ok(keys.into_iter().map(item).collect())
}

async fn show(
    context: &Context<'_>,
    client: &Client,
    cluster: &Cluster,
    meant: &[Ongoing],
    moved: &[FolderMove],
) {
    let (copied, obstacles) =
        tokio::join!(watch::sizes(client, cluster, meant), Obstacles::look(client, meant));
    // What is in the way is worth a word, and no reason to leave the move as it is.
    let ((sizes, _), obstacles) = (copied, obstacles.unwrap_or_default());
    let item = |one: &Ongoing| {
        let copied = Copied::of(one, &sizes).map(|copied| (copied.done, copied.total));
        OngoingItem::new(one, copied, obstacles.brokers(&one.partition))
    };
    let items = meant.iter().map(item).collect();
    let cluster_id = cluster.id.clone();
    let log_dir_moves = moved.iter().cloned().map(LogDirMove::from).collect();
    let list = ReassignmentList { cluster_id, items, log_dir_moves, throttles: None };
    context.ui.show(&list.blocks(false));
}

async fn end(
    context: &Context<'_>,
    client: &Client,
    meant: &[Ongoing],
    items: &mut [Item<WrittenReassignment>],
) -> Result<Option<Error>> {
    let wishes: Vec<_> = meant.iter().map(|one| (one.partition.clone(), None)).collect();
    let mut at_work: Vec<&mut Item<WrittenReassignment>> = items.iter_mut().collect();
    let failure = submit(context, client, &wishes, &mut at_work).await?;
    for item in at_work {
        if item.error.as_ref().is_some_and(|error| error.code == OVER_ALREADY) {
            item.status = Status::Unchanged;
            item.error = None;
            item.subject.reason = Some("it was not moving any more".to_owned());
        }
        item.subject.completed = item.status == Status::Altered;
    }
    Ok(failure)
}
