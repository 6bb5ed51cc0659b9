//! `topic offsets`: the offsets of partitions, the first and the next or those at a time (Metadata, ListOffsets:
//! DESCRIBE on each topic), asked of the leaders side by side.

use super::fetch;
use super::refusals::{error_of, no_such_partition};
use crate::commands::group::together;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, OffsetAt, OffsetFound};
use crate::model::{Time, TopicPartition};
use crate::report::acl_write::ItemError;
use crate::report::offsets::{OffsetItem, OffsetList};
use crate::topic::Topic;
use crate::topic::select::Selection;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which topics.
    pub selection: Selection,
    /// Only these partitions; all when empty.
    pub partitions: Vec<i32>,
    /// Which offset; the first and the next when `None`.
    pub at: Option<OffsetAt>,
}

const LEADER_NOT_AVAILABLE: (i16, &str) = (5, "LEADER_NOT_AVAILABLE");

/// Lists them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = fetch::topics(&client, &request.selection, false).await?;
    let missing = match fetch::missing(&topics) {
        Some(error) => Some(fetch::with_nearest(&client, &topics, fetch::TO_SEE, error).await),
        None => None,
    };
    topics.retain(|topic| topic.error.is_none());
    let Selection { names, prefix, pattern, .. } = &request.selection;
    let (none, all) =
        (topics.is_empty(), names.is_empty() && prefix.is_none() && pattern.is_none());
    // Of topics that were found by a pattern those are meant that have the partition.
    let lost = if names.is_empty() { Vec::new() } else { not_there(&topics, &request.partitions) };
    narrow(&mut topics, &request.partitions);
    let mut items: Vec<OffsetItem> = topics.iter().flat_map(of_topic).collect();
    let failure = look(&client, request.at, &mut items).await?;
    if all && none {
        fetch::warn_of_unseen(context, &client).await;
    } else if items.is_empty() && missing.is_none() && lost.is_empty() {
        context.ui.note(if none { "no topic matches" } else { "no topic has such a partition" });
    }
    let asked = items.len() + lost.len();
    let errors = missing.into_iter().chain(lost).chain(failure).collect();
    let error = together(errors, asked, "partitions or topics tell no offset");
    Ok(Outcome::report(OffsetList::new(cluster.id, request.at.map(word), items)).with_error(error))
}

/// `latest`, or the time.
fn word(at: OffsetAt) -> String {
    match at {
        OffsetAt::Earliest => "earliest".to_owned(),
        OffsetAt::Latest => "latest".to_owned(),
        OffsetAt::GreatestTimestamp => "max-timestamp".to_owned(),
        OffsetAt::EarliestLocal => "earliest-local".to_owned(),
        OffsetAt::LatestTiered => "latest-tiered".to_owned(),
        OffsetAt::Time(time) => Time(time).to_string(),
    }
}

fn not_there(topics: &[Topic], numbers: &[i32]) -> Vec<Error> {
    let of = |topic| {
        let absent = numbers.iter().filter(move |number| !Topic::has_partition(topic, **number));
        absent.map(move |number| no_such_partition(topic, *number))
    };
    topics.iter().flat_map(of).collect()
}

fn narrow(topics: &mut [Topic], numbers: &[i32]) {
    for topic in topics.iter_mut().filter(|_| !numbers.is_empty()) {
        topic.partitions.retain(|partition| numbers.contains(&partition.index));
    }
}

fn of_topic(topic: &Topic) -> impl Iterator<Item = OffsetItem> {
    topic.partitions.iter().map(|partition| OffsetItem {
        leader: partition.leader,
        // Nobody tells it.
        error: partition.leader.is_none().then(|| error_of(LEADER_NOT_AVAILABLE, None)),
        ..OffsetItem::new(topic.name.clone(), partition.index)
    })
}

/// Asks the leaders. Where they tell nothing of any partition, that is the error of the command; otherwise the sum of
/// what is not known.
async fn look(
    client: &Client,
    at: Option<OffsetAt>,
    items: &mut [OffsetItem],
) -> Result<Option<Error>> {
    // A broker that cannot be reached is named soon, beside what the others tell.
    let client = client.brief();
    let mut led: Vec<&mut OffsetItem> =
        items.iter_mut().filter(|item| item.error.is_none()).collect();
    let keys: Vec<TopicPartition> =
        led.iter().map(|item| TopicPartition::new(item.topic.clone(), item.partition)).collect();
    let mut failures = Vec::new();
    if let Some(at) = at {
        for (item, found) in led.iter_mut().zip(client.list_offsets(&keys, at).await?) {
            note(item, found, &mut failures, |item, found| {
                item.offset = found.offset;
                item.timestamp = found.timestamp.map(Time);
            });
        }
    } else {
        let (starts, ends) = tokio::join!(
            client.list_offsets(&keys, OffsetAt::Earliest),
            client.list_offsets(&keys, OffsetAt::Latest)
        );
        for ((item, start), end) in led.iter_mut().zip(starts?).zip(ends?) {
            note(item, start, &mut failures, |item, found| item.log_start_offset = found.offset);
            if item.error.is_none() {
                note(item, end, &mut failures, |item, found| item.log_end_offset = found.offset);
            }
            let span = item.log_start_offset.zip(item.log_end_offset);
            item.records = span.map(|(start, end)| (end - start).max(0));
        }
    }
    let (asked, failed) = (led.len(), failures.len());
    let unled = items.iter().filter(|item| item.leader.is_none()).count();
    if let (true, Some(first)) = (failed == asked && unled == 0, failures.first()) {
        return Err(first.clone());
    }
    let text = format!("{} of {} partitions tell no offset", failed + unled, asked + unled);
    let error = || Error::failed(text);
    Ok(match failures.first() {
        Some(first) => {
            Some(first.causes().iter().fold(error().caused_by(first.message()), Error::caused_by))
        }
        None if unled > 0 => Some(
            error()
                .caused_by("nobody leads them")
                .hint("`kward topic describe --offline` shows them"),
        ),
        None => None,
    })
}

fn note(
    item: &mut OffsetItem,
    found: Result<OffsetFound>,
    failures: &mut Vec<Error>,
    put: impl FnOnce(&mut OffsetItem, OffsetFound),
) {
    match found {
        Ok(found) => put(item, found),
        Err(error) => {
            let kafka = error.kafka_error().map(ItemError::from);
            item.error = Some(kafka.unwrap_or_else(|| ItemError::unanswered(&error)));
            failures.push(error);
        }
    }
}
