//! `topic trim`: the oldest records go (ListOffsets: DESCRIBE, DeleteRecords: DELETE on each topic).

use std::collections::BTreeSet;
use std::path::Path;
use std::slice::from_ref;

use super::fetch;
use super::refusals::{Refusals, error_of, failed, judged};
use crate::commands::group::backup::{self, shown};
use crate::commands::written::{Needs, Told, because, of_result, summary, told_each};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::offsets_file;
use crate::kafka::{Client, ConfigQuestion, Entity, OffsetAt, OffsetFound};
use crate::model::{Operation, TopicPartition, shell_word, visible, without_bom};
use crate::report::topic_write::WrittenPartition;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Column, Table};
use crate::topic::Topic;
use crate::topic::config::keeps_all_records;
use crate::topic::select::Selection;
use crate::topic::trim_file::{self, Offsets};

/// Up to where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// This offset, which stays.
    Offset(i64),
    /// The first record that is not older than this, in milliseconds since 1970.
    Time(i64),
    /// The end as it is when the command looks.
    End,
    /// What is said of each of these partitions, in place of names.
    Each(Offsets),
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The topics.
    pub names: Vec<String>,
    /// Only these partitions; all when empty.
    pub partitions: Vec<i32>,
    /// Up to where.
    pub until: Until,
    /// Everything but the deleting.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "delete", flag: "--topic" };
const CLEANUP_POLICY: &str = "cleanup.policy";
const POLICY_VIOLATION: (i16, &str) = (44, "POLICY_VIOLATION");
const OFFSET_OUT_OF_RANGE: (i16, &str) = (1, "OFFSET_OUT_OF_RANGE");

/// What a file says of each partition; standard input for `-`.
pub fn read(path: &Path) -> Result<Offsets> {
    let text = backup::read(path)?;
    let text = without_bom(&text);
    let offsets =
        if text.trim_start().starts_with('{') { trim_file::offsets(text) } else { lines(text) };
    offsets.map_err(|why| {
        Error::invalid(format!("`{}` is no file of offsets", shown(path))).caused_by(why).hint(
            "wanted are lines `topic,partition,offset`, or \
             `{\"partitions\":[{\"topic\":…,\"partition\":…,\"offset\":…}],\"version\":1}`",
        )
    })
}

/// The lines that `group reset-offsets` reads, of no group.
fn lines(text: &str) -> std::result::Result<Offsets, String> {
    let mut given = offsets_file::lines(text)?;
    if let Some(group) = given.keys().flatten().next() {
        return Err(format!("it has offsets of a group, `{}`", visible(group)));
    }
    let offsets = given.remove(&None).unwrap_or_default().into_iter();
    Ok(offsets.map(|(partition, offset)| (partition, Some(offset))).collect())
}

/// Shows what goes, asks, deletes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let selection = Selection { names: request.names(), ..Selection::default() };
    let (cluster, topics) = fetch::topics(&client, &selection, true).await?;
    let mut refusals = Refusals::of(&client, &topics, NEEDS).await;
    let (mut keys, mut refused) = (Vec::new(), Vec::new());
    for topic in &topics {
        let numbers = request.partitions(topic);
        let (there, not) = refusals.partitions(from_ref(topic), &numbers, Action::Delete);
        keys.extend(there);
        refused.extend(not);
    }
    let (mut items, lost) = items(&client, &keys, &request.until, &mut refusals).await?;
    refuse_what_is_compacted(&client, &topics, &mut items).await;
    let mut items: Vec<Item<WrittenPartition>> =
        items.into_iter().map(|item| permitted(item, &topics)).collect();
    let going: Vec<usize> =
        (0..items.len()).filter(|at| items[*at].status == Status::Planned).collect();
    if !going.is_empty() {
        fetch::warn_of_internal(context, &topics, "what goes of it is lost for all");
    }
    if !request.dry_run && !going.is_empty() {
        refusals.warn(context);
        let planned = || items.iter().filter(|item| item.status == Status::Planned);
        let records: i64 = planned().filter_map(|item| item.subject.records).sum();
        context.ui.show(&[Block::Table(table(&items))]);
        context.confirm(&format!(
            "Delete up to {records} records of {}?",
            count(going.len(), "partition")
        ))?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        trim(&client, &keys, &going, &mut items).await?;
    }
    items.extend(refused);
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error = summary(&client, ("delete records of", "partition"), NEEDS, &result);
    // Kafka's own topics are compacted for a reason.
    let internal = |name: &str| topics.iter().any(|t| t.internal && *t.name == *name);
    let compacted = result.items.iter().find(|item| {
        item.error.as_ref().is_some_and(|error| error.code == POLICY_VIOLATION.0)
            && !internal(&item.subject.topic)
    });
    let error = match compacted {
        Some(first) => error.map(|error| {
            error.hint(format!(
                "`kward topic configure {} --append {CLEANUP_POLICY}=delete` lets records go, old ones by \
                 themselves too",
                shell_word(&first.subject.topic)
            ))
        }),
        None => error,
    };
    let error = refusals.sum(result.items.len(), because(error, lost));
    Ok(Outcome::report(result).with_error(error))
}

impl Request {
    /// The topics that are meant.
    fn names(&self) -> Vec<String> {
        let Until::Each(offsets) = &self.until else { return self.names.clone() };
        let names: BTreeSet<&str> = offsets.keys().map(|key| key.topic.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The partitions of the topic that are meant; all when empty.
    fn partitions(&self, topic: &Topic) -> Vec<i32> {
        let Until::Each(offsets) = &self.until else { return self.partitions.clone() };
        let of_topic = offsets.keys().filter(|key| key.topic == topic.name);
        of_topic.map(|key| key.partition).collect()
    }
}

/// Brokers delete nothing of a topic that is only compacted. Where its configuration may not be seen, the
/// broker says so when it is asked to.
async fn refuse_what_is_compacted(
    client: &Client,
    topics: &[Topic],
    items: &mut [Item<WrittenPartition>],
) {
    let entities: Vec<Entity> = topics.iter().map(|t| Entity::topic(t.name.to_string())).collect();
    let question =
        ConfigQuestion { keys: Some(vec![CLEANUP_POLICY.to_owned()]), ..ConfigQuestion::default() };
    let Ok(answers) = client.describe_configs(&entities, &question).await else { return };
    for (topic, answer) in topics.iter().zip(answers) {
        let entries = answer.unwrap_or_default();
        let value = entries.iter().find(|entry| entry.name == CLEANUP_POLICY);
        let Some(policy) = value.and_then(|entry| entry.value.as_deref()) else { continue };
        if !keeps_all_records(policy) {
            continue;
        }
        let of_topic = |item: &&mut Item<WrittenPartition>| {
            item.status == Status::Planned && *item.subject.topic == *topic.name
        };
        for item in items.iter_mut().filter(of_topic) {
            item.status = Status::Failed;
            item.subject.log_start_offset = item.subject.old_log_start_offset;
            item.subject.records = Some(0);
            let why = format!("{CLEANUP_POLICY} is {policy}: the broker deletes no records");
            item.error = Some(error_of(POLICY_VIOLATION, Some(why)));
        }
    }
}

/// The same item, failed where the caller may not delete anything of the topic.
fn permitted(item: Item<WrittenPartition>, topics: &[Topic]) -> Item<WrittenPartition> {
    let topic = topics.iter().find(|topic| *topic.name == *item.subject.topic);
    match topic {
        Some(topic) if item.status == Status::Planned => judged(item, topic, Operation::Delete),
        _ => item,
    }
}

/// The first offset of a partition, the one behind its last, and the one up to which records are to go.
type Span = (i64, i64, i64);

/// What would become of each partition, and the first broker that did not answer.
async fn items(
    client: &Client,
    keys: &[TopicPartition],
    until: &Until,
    refusals: &mut Refusals,
) -> Result<(Vec<Item<WrittenPartition>>, Option<Error>)> {
    let (told, lost) = told_each(offsets(client, keys, until).await?, Status::Planned)?;
    let item = |(key, told): (&TopicPartition, Told<Span>)| {
        let mut subject = WrittenPartition {
            topic: key.topic.to_string(),
            partition: Some(key.partition),
            ..WrittenPartition::default()
        };
        let Some((start, end, wanted)) = told.value else {
            return Item { error: told.error, ..Item::new(subject, Action::Delete, told.fate) };
        };
        subject.old_log_start_offset = Some(start);
        if wanted > end {
            let why = Error::invalid(format!(
                "partition `{}` ends at offset {end}, before {wanted}",
                visible(&key.to_string())
            ));
            let why = match until {
                Until::Each(_) => why,
                _ => why.hint("`--to-end` deletes all records there are"),
            };
            let item = failed(subject, Action::Delete, OFFSET_OUT_OF_RANGE, Some(&why));
            refusals.add(why, 1);
            return item;
        }
        let new = wanted.max(start);
        subject.log_start_offset = Some(new);
        subject.records = Some(new - start);
        let status = if new > start { Status::Planned } else { Status::Unchanged };
        Item::new(subject, Action::Delete, status)
    };
    Ok((keys.iter().zip(told).map(item).collect(), lost))
}

async fn offsets(
    client: &Client,
    keys: &[TopicPartition],
    until: &Until,
) -> Result<Vec<Result<Span>>> {
    let by_time = async {
        match until {
            Until::Time(time) => client.list_offsets(keys, OffsetAt::Time(*time)).await.map(Some),
            _ => Ok(None),
        }
    };
    let (starts, ends, times) = tokio::join!(
        client.list_offsets(keys, OffsetAt::Earliest),
        client.list_offsets(keys, OffsetAt::Latest),
        by_time
    );
    let mut times = times?.map(Vec::into_iter);
    let mut one = |key: &TopicPartition, start: Result<OffsetFound>, end: Result<OffsetFound>| {
        let time = times.as_mut().and_then(Iterator::next);
        let start = start?.offset.unwrap_or(0);
        let end = end?.offset.unwrap_or(start);
        let wanted = match until {
            Until::Offset(offset) => *offset,
            Until::Each(offsets) => offsets.get(key).copied().flatten().unwrap_or(end),
            Until::End => end,
            // No record is as young: all of them are older.
            Until::Time(_) => match time {
                Some(found) => found?.offset.unwrap_or(end),
                None => start,
            },
        };
        Ok((start, end, wanted))
    };
    let found = keys.iter().zip(starts?).zip(ends?);
    Ok(found.map(|((key, start), end)| one(key, start, end)).collect())
}

fn table(items: &[Item<WrittenPartition>]) -> Table<'_> {
    let columns = vec![
        Column::text("TOPIC"),
        Column::number("PARTITION"),
        Column::number("OLD-START"),
        Column::number("NEW-START"),
        Column::number("RECORDS"),
    ];
    let mut table = Table::new(columns, "");
    for Item { subject: thing, .. } in items.iter().filter(|item| item.status == Status::Planned) {
        let number = |value: Option<i64>| value.unwrap_or(0).to_string().into();
        table.push(vec![
            thing.topic.as_str().into(),
            thing.partition.unwrap_or(0).to_string().into(),
            number(thing.old_log_start_offset),
            number(thing.log_start_offset),
            number(thing.records),
        ]);
    }
    table
}

async fn trim(
    client: &Client,
    keys: &[TopicPartition],
    going: &[usize],
    items: &mut [Item<WrittenPartition>],
) -> Result<()> {
    let before: Vec<(TopicPartition, i64)> = going
        .iter()
        .map(|at| (keys[*at].clone(), items[*at].subject.log_start_offset.unwrap_or(0)))
        .collect();
    for (at, outcome) in going.iter().zip(client.delete_records(&before).await?) {
        let item = &mut items[*at];
        let told = of_result(outcome, Status::Deleted);
        (item.status, item.error) = (told.fate, told.error);
        item.subject.log_start_offset = told.value.or(item.subject.old_log_start_offset);
        if told.value.is_none() {
            item.subject.records = Some(0);
        }
    }
    Ok(())
}
