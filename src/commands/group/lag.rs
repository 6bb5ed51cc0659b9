//! `group lag`: how far groups are behind (ListGroups for all, the calls of `group describe`,
//! OffsetFetch, DescribeShareGroupOffsets, Metadata, ListOffsets; DESCRIBE on groups and topics. With
//! ages also Fetch; READ on topics).

use std::collections::HashMap;

use super::sample::{self, Seen};
use super::{TopicChoice, together};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::lag::{Limits, totals};
use crate::kafka::{Client, FirstRecord};
use crate::model::{Name, TopicPartition};
use crate::report::group_lag::{GroupLag, PartitionLag, Rows};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Of these groups; `None`: of all.
    pub groups: Option<Vec<Name>>,
    /// In these topics.
    pub topics: TopicChoice,
    /// With ages.
    pub time: bool,
    /// What the answer is no beyond.
    pub limits: Limits,
    /// What a person is shown.
    pub rows: Rows,
}

/// Reads and judges it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let mut sample = sample::read(&client, request.groups.as_deref(), &request.topics).await?;
    let asked = sample.groups.len();
    let mut failures: Vec<Error> =
        sample.groups.iter().filter_map(Seen::failure).chain(sample.failures).collect();
    let mut items: Vec<PartitionLag> =
        sample.groups.iter_mut().flat_map(|group| std::mem::take(&mut group.lags)).collect();
    if items.is_empty() && request.groups.is_some() && (asked, failures.len()) == (1, 1) {
        return Err(failures.remove(0));
    }
    if request.time || request.limits.time_ms.is_some() {
        let now = context.now;
        failures.extend(ages(&client, &mut items, || now().as_millisecond()).await?);
    }
    let totals = totals(&items);
    let exceeded = request.limits.exceeded(&items, &totals);
    for words in &exceeded {
        context.ui.note(words);
    }
    let all = asked.max(failures.len());
    let error = sample.silent.or_else(|| together(failures, all, "answers are missing"));
    let report = GroupLag {
        cluster_id: client.cluster_id(),
        captured_at: context.timestamp(),
        items,
        totals,
        rows: request.rows,
    };
    Ok(Outcome::report(report).no_if(!exceeded.is_empty()).with_error(error))
}

/// Adds how old the first unconsumed records are; the errors of those that could not be read.
async fn ages(
    client: &Client,
    items: &mut [PartitionLag],
    now: impl Fn() -> i64,
) -> Result<Vec<Error>> {
    let mut waiting: Vec<&mut PartitionLag> = Vec::new();
    for item in items {
        match item.lag {
            Some(0) => item.time_lag_ms = Some(0),
            Some(_) => waiting.push(item),
            None => {}
        }
    }
    // Groups that stand at the same place share the answer.
    let mut places: Vec<FirstRecord> = Vec::new();
    let mut of_item = Vec::with_capacity(waiting.len());
    let mut seen: HashMap<(Name, i32, i64), usize> = HashMap::new();
    for item in &waiting {
        let offset = item.committed_offset.unwrap_or_default();
        let place =
            *seen.entry((item.topic.clone(), item.partition, offset)).or_insert_with(|| {
                let partition = TopicPartition::new(item.topic.clone(), item.partition);
                places.push(FirstRecord { partition, offset });
                places.len() - 1
            });
        of_item.push(place);
    }
    let times = client.record_times(&places).await?;
    let now = now();
    for (item, place) in waiting.into_iter().zip(of_item) {
        if let Ok(Some(time)) = times[place] {
            item.time_lag_ms = Some((now - time).max(0));
        }
    }
    Ok(times.into_iter().filter_map(Result::err).collect())
}
