//! `topic trim`: the oldest records go (ListOffsets: DESCRIBE, DeleteRecords: DELETE on each topic).

use super::fetch;
use crate::commands::written::{Needs, of_result, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, ConfigQuestion, Entity, OffsetAt};
use crate::model::{TopicPartition, shell_word, visible};
use crate::report::acl_write::ItemError;
use crate::report::topic_write::WrittenPartition;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Column, Table};
use crate::topic::Topic;
use crate::topic::config::keeps_all_records;
use crate::topic::select::Selection;

/// Up to where records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// This offset, which stays.
    Offset(i64),
    /// The first record that is not older than this, in milliseconds since 1970.
    Time(i64),
    /// The end as it is when the command looks.
    End,
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
const POLICY_VIOLATION: i16 = 44;

/// Shows what goes, asks, deletes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let selection = Selection { names: request.names.clone(), ..Selection::default() };
    let (cluster, topics) = fetch::topics(&client, &selection, false).await?;
    fetch::all_there(&client, &topics).await?;
    let keys = keys(&topics, &request.partitions)?;
    let mut items = items(&client, &keys, request.until).await?;
    refuse_what_is_compacted(&client, &topics, &mut items).await;
    let going: Vec<usize> =
        (0..items.len()).filter(|at| items[*at].status == Status::Planned).collect();
    if !request.dry_run && !going.is_empty() {
        let records: i64 = items.iter().filter_map(|item| item.subject.records).sum();
        context.ui.show(&[Block::Table(table(&items))]);
        context.confirm(&format!(
            "Delete up to {records} records of {}?",
            count(going.len(), "partition")
        ))?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        trim(&client, &keys, &going, &mut items).await?;
    }
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error = summary(&client, ("delete records of", "partition"), NEEDS, &result);
    let refused = |item: &&Item<WrittenPartition>| {
        item.error.as_ref().is_some_and(|error| error.code == POLICY_VIOLATION)
    };
    let error = match result.items.iter().find(refused) {
        Some(first) => {
            let topic = shell_word(&first.subject.topic);
            error.map(|error| {
                error.hint(format!(
                    "`kward topic configure {topic} --append {CLEANUP_POLICY}=delete` lets records go, old ones \
                     by themselves too"
                ))
            })
        }
        None => error,
    };
    Ok(Outcome::report(result).with_error(error))
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
            item.error = Some(ItemError {
                name: "POLICY_VIOLATION".to_owned(),
                code: POLICY_VIOLATION,
                message: Some(format!(
                    "{CLEANUP_POLICY} is {policy}: the broker deletes no records"
                )),
                retriable: false,
            });
        }
    }
}

fn keys(topics: &[Topic], numbers: &[i32]) -> Result<Vec<TopicPartition>> {
    let mut keys = Vec::new();
    for topic in topics {
        let missing =
            numbers.iter().find(|number| !topic.partitions.iter().any(|p| p.index == **number));
        if let Some(number) = missing {
            let name = visible(&topic.name);
            return Err(Error::invalid(format!("topic `{name}` has no partition {number}")));
        }
        keys.extend(
            topic
                .partitions
                .iter()
                .filter(|p| numbers.is_empty() || numbers.contains(&p.index))
                .map(|p| TopicPartition::new(topic.name.clone(), p.index)),
        );
    }
    Ok(keys)
}

/// What would become of each partition.
async fn items(
    client: &Client,
    keys: &[TopicPartition],
    until: Until,
) -> Result<Vec<Item<WrittenPartition>>> {
    let by_time = async {
        match until {
            Until::Time(time) => client.list_offsets(keys, OffsetAt::Time(time)).await.map(Some),
            _ => Ok(None),
        }
    };
    let (starts, ends, times) = tokio::join!(
        client.list_offsets(keys, OffsetAt::Earliest),
        client.list_offsets(keys, OffsetAt::Latest),
        by_time
    );
    let (starts, ends, times) = (starts?, ends?, times?);
    let mut times = times.map(Vec::into_iter);
    let mut items = Vec::new();
    for ((key, start), end) in keys.iter().zip(starts).zip(ends) {
        let start = start?.offset.unwrap_or(0);
        let end = end?.offset.unwrap_or(start);
        let wanted = match until {
            Until::Offset(offset) => offset,
            Until::End => end,
            // No record is as young: all of them are older.
            Until::Time(_) => match times.as_mut().and_then(Iterator::next) {
                Some(found) => found?.offset.unwrap_or(end),
                None => start,
            },
        };
        if wanted > end {
            return Err(Error::invalid(format!(
                "partition `{}` ends at offset {end}, before {wanted}",
                visible(&key.to_string())
            ))
            .hint("`--to-end` deletes all records there are"));
        }
        let new = wanted.max(start);
        items.push(Item {
            subject: WrittenPartition {
                topic: key.topic.to_string(),
                partition: key.partition,
                old_log_start_offset: Some(start),
                log_start_offset: Some(new),
                records: Some(new - start),
                ..WrittenPartition::default()
            },
            action: Action::Delete,
            status: if new > start { Status::Planned } else { Status::Unchanged },
            error: None,
        });
    }
    Ok(items)
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
            thing.partition.to_string().into(),
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
