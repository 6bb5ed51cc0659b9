//! `group lag`: how far groups are behind (ListGroups for all, the calls of `group describe`,
//! OffsetFetch, DescribeShareGroupOffsets, Metadata, ListOffsets; DESCRIBE on groups and topics. With
//! ages also Fetch; READ on topics).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::standing::{self, Standing};
use super::{TopicChoice, each_once, list, logs, together};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::lag::{Commitment, Limits, Log, concerned, rows, totals};
use crate::kafka::{Client, FirstRecord, GroupFilter};
use crate::model::group::{GroupDescription, GroupType};
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
    let read = read(&client, request.groups.as_deref(), &request.topics).await?;
    let mut failures = read.failures;
    let mut items = read.items;
    if items.is_empty()
        && let Some(only) = request.groups.as_ref().filter(|groups| groups.len() == 1)
        && failures.len() == 1
        && read.asked == only.len()
    {
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
    let all = read.asked.max(failures.len());
    let error = read.silent.or_else(|| together(failures, all, "answers are missing"));
    let report = GroupLag {
        cluster_id: client.cluster_id(),
        captured_at: context.timestamp(),
        items,
        totals,
        rows: request.rows,
    };
    Ok(Outcome::report(report).no_if(!exceeded.is_empty()).with_error(error))
}

/// What was read.
struct Read {
    items: Vec<PartitionLag>,
    /// How many groups.
    asked: usize,
    failures: Vec<Error>,
    /// Brokers that did not answer.
    silent: Option<Error>,
}

async fn read(client: &Client, groups: Option<&[Name]>, topics: &TopicChoice) -> Result<Read> {
    let (names, types, silent) = if let Some(names) = groups {
        (each_once(names), BTreeMap::new(), None)
    } else {
        let listed = client.list_groups(&GroupFilter::default()).await?;
        let silent = list::silent(listed.silent);
        let types: BTreeMap<Name, GroupType> = listed
            .groups
            .iter()
            .filter_map(|group| Some((group.group_id.clone(), group.group_type.clone()?)))
            .collect();
        let names = listed.groups.into_iter().map(|group| group.group_id).collect();
        (names, types, silent)
    };
    let (groups, mut failures) = known(standing::read(client, &names, &types).await?, topics);
    let all: BTreeSet<TopicPartition> =
        groups.iter().flat_map(|group| group.partitions.iter().cloned()).collect();
    let logs = logs::read(client, &all).await?;
    failures.extend(logs.failures);
    let items = groups.iter().flat_map(|group| group.rows(&logs.logs)).collect();
    Ok(Read { items, asked: names.len(), failures, silent })
}

/// A group with what it committed, and the partitions that are of interest.
struct Group {
    name: Name,
    description: Option<GroupDescription>,
    committed: BTreeMap<TopicPartition, Commitment>,
    partitions: BTreeSet<TopicPartition>,
}

impl Group {
    fn rows(&self, logs: &BTreeMap<TopicPartition, Log>) -> Vec<PartitionLag> {
        rows(&self.name, &self.partitions, &self.committed, self.description.as_ref(), logs)
    }
}

/// The groups whose commits are known, and what is not. Commits of a group that cannot be described
/// still count; a group that does not exist is a failure.
fn known(all: Vec<Standing>, topics: &TopicChoice) -> (Vec<Group>, Vec<Error>) {
    let (mut groups, mut failures) = (Vec::new(), Vec::new());
    for Standing { name, description, committed } in all {
        let absent = description.is_err();
        let description = description.map_err(|error| failures.push(error)).ok();
        match committed {
            Ok(committed) => {
                let committed: BTreeMap<TopicPartition, Commitment> =
                    committed.into_iter().map(|(at, kept)| (at, kept.commitment)).collect();
                let mut partitions = concerned(&committed, description.as_ref());
                partitions.retain(|partition| topics.contains(partition));
                groups.push(Group { name, description, committed, partitions });
            }
            // The description said why already.
            Err(_) if absent => {}
            Err(error) => failures.push(error),
        }
    }
    (groups, failures)
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
