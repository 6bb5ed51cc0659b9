//! `topic add-partitions`: more partitions (CreatePartitions; needs ALTER on each topic).

use std::collections::BTreeMap;

use super::fetch;
use super::refusals::{Refusals, failed, judged};
use crate::commands::settle::settle_topics;
use crate::commands::written::{Needs, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Growth};
use crate::model::{Name, Operation, visible};
use crate::report::topic_write::WrittenTopic;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::topic::Topic;
use crate::topic::select::Selection;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The topics.
    pub names: Vec<String>,
    /// How many partitions each gets.
    pub more: More,
    /// The brokers of each new partition; Kafka chooses when empty.
    pub assignment: Vec<Vec<i32>>,
    /// Have the broker check, and add nothing.
    pub dry_run: bool,
}

/// How many partitions there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// As many in all: run again, it adds nothing more.
    Total(usize),
    /// As many more than there are.
    Count(usize),
}

impl Default for More {
    fn default() -> Self {
        Self::Total(0)
    }
}

impl Request {
    /// How many partitions the topic has afterwards.
    fn total(&self, topic: &Topic) -> usize {
        match self.more {
            More::Total(total) => total,
            More::Count(count) => topic.partitions.len().saturating_add(count),
        }
    }
}

const NEEDS: Needs = Needs { operation: "alter", flag: "--topic" };
const INVALID_PARTITIONS: (i16, &str) = (37, "INVALID_PARTITIONS");
const INVALID_REPLICA_ASSIGNMENT: (i16, &str) = (39, "INVALID_REPLICA_ASSIGNMENT");

/// What another number of partitions does to Kafka's own topics.
pub(super) const OTHER_NUMBER: &str = "groups and transactions are found by the number of partitions, and those \
                                       there are would be looked for in the wrong ones";
/// And to all others.
pub(super) const KEYS_MOVE: &str = "records with one key may go to another partition than before: their order is \
                                    lost for readers across the change, and compacted topics keep the old value \
                                    in the old partition";

/// Shows what comes, warns about keys, asks, adds.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let selection = Selection { names: request.names.clone(), ..Selection::default() };
    let (cluster, topics) = fetch::topics(&client, &selection, false).await?;
    let mut refusals = Refusals::of(&client, &topics, NEEDS).await;
    let mut items: Vec<Item<WrittenTopic>> =
        topics.iter().map(|topic| item(topic, request, &mut refusals)).collect();
    // What the broker does not take is found out before anybody is asked.
    let mut unknown = grow(&client, request, (&topics, true), &mut items).await?;
    let ahead =
        |items: &[Item<WrittenTopic>]| items.iter().any(|item| item.status == Status::Planned);
    if ahead(&items) {
        refusals.warn(context);
        fetch::warn_of_internal(context, &topics, OTHER_NUMBER);
        context.ui.warn(KEYS_MOVE);
    }
    if !request.dry_run && ahead(&items) {
        show(context, request, &topics, &items);
        context.confirm("Add these partitions? They cannot be taken away again.")?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        unknown = grow(&client, request, (&topics, false), &mut items).await?;
        let grown = items.iter().filter(|item| item.status == Status::Altered);
        let grown: Vec<Name> = grown.map(|item| item.subject.name.as_str().into()).collect();
        let wanted: BTreeMap<&Name, usize> =
            topics.iter().map(|topic| (&topic.name, request.total(topic))).collect();
        let has_them = |topic: &Topic| {
            wanted.get(&topic.name).is_none_or(|wanted| topic.partitions.len() >= *wanted)
        };
        settle_topics(context, &client, &grown, |topic| topic.error.is_some() || has_them(topic))
            .await;
    }
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error =
        unknown.or_else(|| summary(&client, ("add partitions to", "topic"), NEEDS, &result));
    let error = refusals.sum(result.items.len(), error);
    Ok(Outcome::report(result).with_error(error))
}

/// Has the broker check what is planned, or add the partitions; the error when that is of unknown outcome.
async fn grow(
    client: &Client,
    request: &Request,
    (topics, check): (&[Topic], bool),
    items: &mut [Item<WrittenTopic>],
) -> Result<Option<Error>> {
    let ahead: Vec<(&Topic, &mut Item<WrittenTopic>)> =
        topics.iter().zip(items).filter(|(_, item)| item.status == Status::Planned).collect();
    if ahead.is_empty() {
        return Ok(None);
    }
    let growth = |topic: &Topic| Growth {
        topic: topic.name.to_string(),
        total: i32::try_from(request.total(topic)).unwrap_or(i32::MAX),
        assignment: request.assignment.clone(),
    };
    let growths: Vec<Growth> = ahead.iter().map(|(topic, _)| growth(topic)).collect();
    let well = if check { Status::Planned } else { Status::Altered };
    let grown = client.create_partitions(&growths, check).await;
    let (fates, unknown) = told(grown, growths.len(), well)?;
    for ((_, item), told) in ahead.into_iter().zip(fates) {
        (item.status, item.error) = (told.fate, told.error);
    }
    Ok(unknown)
}

fn show(context: &Context<'_>, request: &Request, topics: &[Topic], items: &[Item<WrittenTopic>]) {
    let growing = topics.iter().zip(items).filter(|(_, item)| item.status == Status::Planned);
    let line = |topic: &Topic| {
        let (name, has) = (visible(&topic.name), topic.partitions.len());
        let total = request.total(topic);
        Line::styled(Style::Added, format!("  + {name}: {has} → {total} partitions"))
    };
    context.ui.show(&[Block::Lines(growing.map(|(topic, _)| line(topic)).collect())]);
}

/// What would become of the topic.
fn item(topic: &Topic, request: &Request, refusals: &mut Refusals) -> Item<WrittenTopic> {
    let (has, total) = (topic.partitions.len(), request.total(topic));
    let planned = Item::new(subject(topic, total), Action::Alter, Status::Planned);
    if topic.error.is_some() {
        return judged(planned, topic, Operation::Alter);
    }
    match check(topic, request) {
        Err((code, reason)) => {
            let item = failed(subject(topic, has), Action::Alter, code, Some(&reason));
            refusals.add(reason, 1);
            item
        }
        Ok(()) if has == total => Item { status: Status::Unchanged, ..planned },
        Ok(()) => planned,
    }
}

/// Why the topic cannot get as many, and what a broker would call that.
fn check(topic: &Topic, request: &Request) -> Result<(), ((i16, &'static str), Error)> {
    let (name, has) = (visible(&topic.name), topic.partitions.len());
    let total = request.total(topic);
    if has > total {
        let error = Error::invalid(format!(
            "topic `{name}` has {has} partitions, and `--total {total}` is less"
        ));
        let hint = "partitions cannot be taken away: a topic with fewer has to be a new one";
        return Err((INVALID_PARTITIONS, error.hint(hint)));
    }
    let new = total - has;
    if !request.assignment.is_empty() && new > 0 && request.assignment.len() != new {
        let error = Error::invalid(format!(
            "`--assignment` names {} partitions, and topic `{name}` gets {new}",
            request.assignment.len()
        ));
        let hint = "it names the brokers of the new partitions only";
        return Err((INVALID_REPLICA_ASSIGNMENT, error.hint(hint)));
    }
    Ok(())
}

fn subject(topic: &Topic, total: usize) -> WrittenTopic {
    let has = topic.partitions.len();
    let there = topic.error.is_none();
    WrittenTopic {
        name: topic.name.to_string(),
        topic_id: topic.id,
        partition_count: there.then_some(total),
        old_partition_count: Some(has).filter(|has| there && *has != total),
        replication_factor: there.then(|| topic.replication_factor()),
        ..WrittenTopic::default()
    }
}
