//! `transaction find-hanging`: open transactions in partitions that no coordinator knows of (KIP-664).
//! They stop every consumer that reads what is committed. Needs READ on the topics, and DESCRIBE on
//! the transactional ids: what may not be described looks as if no coordinator knew it.

use std::time::Duration;

use super::held::{Held, Open, open, producers};
use super::time;
use crate::commands::topic::fetch;
use crate::commands::written::grant;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Topics};
use crate::model::{Name, TopicPartition, visible};
use crate::report::transaction::{HangingTransaction, HangingTransactionList};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// These topics only; all when empty.
    pub topics: Vec<Name>,
    /// This partition of them only.
    pub partition: Option<i32>,
    /// Partitions that this broker leads.
    pub broker: Option<i32>,
    /// An open transaction is looked at when its producer has not written for this long.
    pub older_than: Duration,
}

/// Looks for them. The answer is no when there are some.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (partitions, cluster_id) =
        tokio::join!(partitions(&client, request), crate::commands::acl::cluster_id(&client));
    let (partitions, cluster_id) = (partitions?, cluster_id?);
    if partitions.is_empty() {
        nothing(context, &client, request).await?;
    }
    let unseen = request.topics.is_empty() && fetch::warn_of_unseen(context, &client).await;
    // That nothing hangs where nothing may be seen is no answer.
    let blind = (unseen && partitions.is_empty())
        .then(|| Error::failed("there is no partition that may be looked at"));
    let now = (context.now)().as_millisecond();
    let (candidates, mut failure) = candidates(context, &client, request, &partitions, now).await?;
    let held = Held::fetch(&client, &candidates).await?;
    let suspects: Vec<Open> =
        candidates.into_iter().filter(|open| held.holder(open).is_none()).collect();
    let items = still_open(&client, suspects)
        .await?
        .into_iter()
        .map(|open| hanging(&open, held.id(open.producer.producer_id), now))
        .collect::<Vec<_>>();
    failure = failure.or(held.unsure).or(blind);
    let found = !items.is_empty();
    let partition_count = partitions.len();
    let complete = failure.is_none();
    let report = HangingTransactionList { cluster_id, complete, partition_count, items };
    let failure = failure.map(|error| error.context("not everything could be looked at"));
    Ok(Outcome::report(report).no_if(found).with_error(failure))
}

/// That nothing was looked at is no good news.
pub(super) async fn nothing(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
) -> Result<()> {
    if let Some(id) = request.broker {
        crate::commands::cluster::are_there(&[id], &client.describe_cluster().await?)?;
    }
    if let (Some(partition), Some(topic)) = (request.partition, request.topics.first()) {
        let text = format!("topic `{}` has no partition {partition}", visible(topic));
        return Err(Error::invalid(match request.broker {
            Some(id) => format!("{text} that broker {id} leads"),
            None => text,
        }));
    }
    context.ui.warn("no partition was looked at");
    Ok(())
}

pub(super) async fn partitions(client: &Client, request: &Request) -> Result<Vec<TopicPartition>> {
    let which =
        if request.topics.is_empty() { Topics::All } else { Topics::Named(&request.topics) };
    let mut found = Vec::new();
    for topic in client.topics(which, false).await? {
        if let Some(why) = topic.error {
            let needed = grant(client, fetch::TO_SEE, why.code, &topic.name);
            let absent = why.code == fetch::NO_SUCH_TOPIC;
            let absent: &[&str] = if absent { &[&topic.name] } else { &[] };
            let near = fetch::nearest_topics(client, absent).await;
            let text = format!("cannot look at topic `{}`", visible(&topic.name));
            let error = Error::failed(text).kafka(why);
            return Err(needed.into_iter().chain(near).fold(error, Error::hint));
        }
        let wanted = topic.partitions.into_iter().filter(|partition| {
            request.partition.is_none_or(|wanted| partition.partition == wanted)
                && request.broker.is_none_or(|wanted| partition.leader == Some(wanted))
        });
        found.extend(wanted.map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
    }
    Ok(found)
}

/// Open transactions that are old enough, and why some partition could not be looked at.
async fn candidates(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
    partitions: &[TopicPartition],
    now: i64,
) -> Result<(Vec<Open>, Option<Error>)> {
    /// Partitions between two marks of the progress.
    const CHUNK: usize = 2_000;
    let limit = i64::try_from(request.older_than.as_millis()).unwrap_or(i64::MAX);
    let is_old = |one: &Open| {
        one.producer.last_timestamp.is_none_or(|last| now.saturating_sub(last) > limit)
    };
    let mut found = Vec::new();
    let mut failure = None;
    for (at, chunk) in partitions.chunks(CHUNK).enumerate() {
        context.ui.progress("looking at partitions", at * CHUNK, partitions.len());
        for (partition, answer) in chunk.iter().zip(producers(client, chunk).await?) {
            match answer {
                Ok(producers) => {
                    found.extend(open(partition, &producers).into_iter().filter(is_old));
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
    }
    context.ui.progress("looking at partitions", partitions.len(), partitions.len());
    Ok((found, failure))
}

/// Those that are open after the coordinators were asked as well: one that ended in between had no
/// coordinator that knew it, either.
async fn still_open(client: &Client, suspects: Vec<Open>) -> Result<Vec<Open>> {
    let mut partitions: Vec<TopicPartition> =
        suspects.iter().map(|open| open.partition.clone()).collect();
    partitions.sort_unstable();
    partitions.dedup();
    if partitions.is_empty() {
        return Ok(suspects);
    }
    let mut now_open = Vec::new();
    for (partition, answer) in partitions.iter().zip(producers(client, &partitions).await?) {
        now_open.extend(open(partition, &answer?));
    }
    let mut still: Vec<Open> = suspects
        .into_iter()
        .filter(|one| {
            now_open.iter().any(|now| {
                now.partition == one.partition
                    && now.start == one.start
                    && now.producer.producer_id == one.producer.producer_id
            })
        })
        .collect();
    still.sort_by(|a, b| (&a.partition, a.start).cmp(&(&b.partition, b.start)));
    Ok(still)
}

/// As it is reported.
pub(super) fn hanging(open: &Open, id: Option<&Name>, now: i64) -> HangingTransaction {
    HangingTransaction {
        topic: open.partition.topic.clone(),
        partition: open.partition.partition,
        producer_id: open.producer.producer_id,
        producer_epoch: open.producer.producer_epoch,
        coordinator_epoch: open.producer.coordinator_epoch,
        start_offset: open.start,
        last_write_at: open.producer.last_timestamp.and_then(time),
        age_ms: open.producer.last_timestamp.map(|last| now.saturating_sub(last).max(0)),
        transactional_id: id.cloned(),
    }
}
