//! `reassign cancel`: partitions stay on the brokers that they lay on before they began to move, and replicas in their folders
//! (AlterPartitionReassignments, AlterReplicaLogDirs; needs ALTER on the cluster).

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::Which;
use super::apply::{NEEDS, OVER_ALREADY, submit};
use super::folders::{self, Folders};
use super::ledger::Ledger;
use super::obstacles::Obstacles;
use super::watch;
use crate::commands::settle::settle;
use crate::commands::written::{foreseen, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Cluster};
use crate::model::{Name, TopicPartition, shell_word, visible};
use crate::report::Report as _;
use crate::report::reassign::{LogDirMove, OngoingItem, ReassignmentList, WrittenReassignment};
use crate::report::reassign_write::ReassignmentWriteResult;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::topic::Topic;
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
        look_at_order(context, &client, &mut items[..meant.len()]).await;
        if failure.is_none() {
            let mut back = Folders::back(moved);
            let told = back.send(context, &client).await;
            back.note(&mut items, told);
            failure = back.wait(context, &client, &mut items).await.err();
        }
    }
    let mut throttles = Vec::new();
    if !dry_run {
        let mut ledger = Ledger::open(context, cluster.id.as_deref());
        let left = if meant.is_empty() {
            ledger.clean_up_unasked(context, &client).await?
        } else {
            ledger.clean_up(context, &client.until(context.deadline())).await
        };
        failure = failure.or(left);
        throttles = ledger.deeds();
    }
    let result = WriteResult::new(cluster.id, dry_run, items);
    let error = summary(&client, ("end the move of", "partition"), NEEDS, &result);
    let refused = foreseen(&client, "end the move of partitions", &result).await;
    let result = ReassignmentWriteResult { result, throttles };
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

/// Kafka keeps the brokers, and not the order: another one may be the preferred leader now.
async fn look_at_order(
    context: &Context<'_>,
    client: &Client,
    items: &mut [Item<WrittenReassignment>],
) {
    let ended = items.iter().filter(|item| item.status == Status::Altered);
    let mut names: Vec<Name> = ended.map(|item| item.subject.topic.as_str().into()).collect();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let (wanted, found) = (&*items, RefCell::new(Vec::new()));
    settle(context, client, async |client| {
        let (_, topics) = client.cluster_and_topics(Some(&names), false).await?;
        let is_back = wanted.iter().all(|item| is_back(item, &topics));
        found.replace(topics);
        Ok(is_back)
    })
    .await;
    let topics = found.into_inner();
    for item in items.iter_mut().filter(|item| is_back(item, &topics)) {
        if let Some(there) = find(&topics, &item.subject.key()) {
            item.subject.to.clone_from(&there.replicas);
        }
    }
    let other = other_first(items, |key| find(&topics, key)?.leader);
    if let Some(note) = note_of_order(&other) {
        context.ui.note(&note);
    }
}

/// Whether its brokers are those that held it, where its move was ended.
fn is_back(item: &Item<WrittenReassignment>, topics: &[Topic]) -> bool {
    let set = |ids: &[i32]| ids.iter().copied().collect::<BTreeSet<i32>>();
    let there = find(topics, &item.subject.key());
    item.status != Status::Altered
        || there.is_none_or(|there| set(&there.replicas) == set(&item.subject.to))
}

/// Those that are led by another replica than the first one.
fn other_first(
    items: &[Item<WrittenReassignment>],
    leader: impl Fn(&TopicPartition) -> Option<i32>,
) -> Vec<TopicPartition> {
    let ended = items.iter().filter(|item| item.status == Status::Altered);
    let other = ended.filter(|item| {
        let leader = leader(&item.subject.key());
        leader.is_some() && leader != item.subject.to.first().copied()
    });
    other.map(|item| item.subject.key()).collect()
}

fn note_of_order(other: &[TopicPartition]) -> Option<String> {
    let first = other.first()?;
    let which = if other.iter().all(|key| key.topic == first.topic) {
        shell_word(&first.topic)
    } else {
        "--all".into()
    };
    let (partitions, is) = match other {
        [only] => (format!("`{}`", visible(&only.to_string())), "is"),
        _ => (count(other.len(), "partition"), "are"),
    };
    Some(format!(
        "{partitions} {is} back on the same brokers, and led by another replica than the first one: Kafka does not \
         keep their order. `kward topic elect-leaders {which}` lets the first one lead, and so does the cluster in \
         some minutes unless `auto.leader.rebalance.enable` is off; `kward reassign apply` of a plan with the order \
         of before brings that back, and copies nothing"
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(partition: i32, to: &[i32]) -> Item<WrittenReassignment> {
        let key = TopicPartition::new("orders", partition);
        let subject = WrittenReassignment::new(&key, vec![3], to.to_vec());
        Item::new(subject, Action::Alter, Status::Altered)
    }

    #[test]
    fn another_preferred_leader_is_told() {
        let leader = |key: &TopicPartition| match key.partition {
            0 => Some(4),
            1 => Some(2),
            _ => None,
        };
        let mut items = vec![ended(0, &[2, 4]), ended(1, &[2, 4]), ended(2, &[2, 4])];
        let other = other_first(&items, leader);
        assert_eq!(other, [TopicPartition::new("orders", 0)]);
        let note = note_of_order(&other).unwrap();
        assert!(note.starts_with("`orders-0` is back on the same brokers"), "{note}");
        assert!(note.contains("`kward topic elect-leaders orders`"), "{note}");
        let note = note_of_order(&[&other[..], &[TopicPartition::new("b", 0)]].concat()).unwrap();
        assert!(note.starts_with("2 partitions are") && note.contains("elect-leaders --all"));
        items[0].status = Status::Unchanged;
        assert_eq!(note_of_order(&other_first(&items, leader)), None);
    }
}
