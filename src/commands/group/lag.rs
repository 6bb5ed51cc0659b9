//! `group lag`: how far groups are behind (ListGroups for all, the calls of `group describe`,
//! OffsetFetch, DescribeShareGroupOffsets, Metadata, ListOffsets; DESCRIBE on groups and topics. With
//! ages also Fetch; READ on topics).

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    let Standing { mut groups, mut failures } = standing(client, &names, &types).await?;
    for group in &mut groups {
        group.partitions.retain(|partition| topics.contains(partition));
    }
    let all: BTreeSet<TopicPartition> =
        groups.iter().flat_map(|group| group.partitions.iter().cloned()).collect();
    let logs = logs::read(client, &all).await?;
    failures.extend(logs.failures);
    let items = groups.iter().flat_map(|group| group.rows(&logs.logs)).collect();
    Ok(Read { items, asked: names.len(), failures, silent })
}

/// A group with what it committed.
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

struct Standing {
    groups: Vec<Group>,
    failures: Vec<Error>,
}

/// Describes groups and reads what they committed, side by side.
async fn standing(
    client: &Client,
    names: &[Name],
    types: &BTreeMap<Name, GroupType>,
) -> Result<Standing> {
    let is_share = |name: &Name| types.get(name) == Some(&GroupType::Share);
    let committing: Vec<Name> = names.iter().filter(|name| !is_share(name)).cloned().collect();
    client.locate_groups(names).await?;
    let (described, committed) =
        tokio::join!(client.describe_groups(names, types), client.committed_offsets(&committing));
    let described: HashMap<&Name, Result<GroupDescription>> =
        names.iter().zip(described?).collect();
    let mut committed: HashMap<Name, Result<BTreeMap<TopicPartition, Commitment>>> = committing
        .into_iter()
        .zip(committed?)
        .map(|(name, all)| {
            let of = |one: crate::kafka::Committed| {
                (one.partition, Commitment { offset: Some(one.offset), lag: None })
            };
            (name, all.map(|all| all.into_iter().map(of).collect()))
        })
        .collect();
    let sharing: Vec<Name> = described
        .iter()
        .filter(|(_, d)| d.as_ref().is_ok_and(|d| d.group_type == GroupType::Share))
        .map(|(name, _)| (*name).clone())
        .collect();
    let starts = client.share_offsets(&sharing).await?;
    for (name, all) in sharing.into_iter().zip(starts) {
        let of = |one: crate::kafka::ShareOffset| {
            (one.partition, Commitment { offset: one.start, lag: one.lag })
        };
        committed.insert(name, all.map(|all| all.into_iter().map(of).collect()));
    }
    Ok(joined(names, described, committed))
}

/// Puts together what is known of each group. Commits of a group that cannot be described still
/// count; a group that does not exist is a failure.
fn joined(
    names: &[Name],
    mut described: HashMap<&Name, Result<GroupDescription>>,
    mut committed: HashMap<Name, Result<BTreeMap<TopicPartition, Commitment>>>,
) -> Standing {
    let mut standing = Standing { groups: Vec::new(), failures: Vec::new() };
    for name in names {
        let description = match described.remove(name) {
            Some(Ok(description)) => Some(description),
            Some(Err(error)) => {
                standing.failures.push(error);
                None
            }
            None => None,
        };
        let committed = match committed.remove(name) {
            Some(Ok(committed)) => committed,
            // The description said why already.
            Some(Err(_)) if description.is_none() => continue,
            Some(Err(error)) => {
                standing.failures.push(error);
                continue;
            }
            None => BTreeMap::new(),
        };
        let partitions = concerned(&committed, description.as_ref());
        standing.groups.push(Group { name: name.clone(), description, committed, partitions });
    }
    standing
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
