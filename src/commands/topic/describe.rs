//! `topic describe`: partitions, replicas, offsets, sizes and configuration (Metadata, ListOffsets,
//! DescribeTopicPartitions: DESCRIBE on each topic; DescribeConfigs: DESCRIBE_CONFIGS on each; DescribeLogDirs: DESCRIBE on the
//! cluster). What may not be seen is left out, with a warning.

use std::collections::{BTreeMap, HashMap};

use super::fetch;
use super::written_at::partitions;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, ConfigQuestion, OffsetAt};
use crate::model::{Name, TopicPartition, visible};
use crate::report::topics::{ConfigItem, PartitionItem, TopicDescription, TopicItem};
use crate::report::units::{and_more, count};
use crate::topic::disk::LogDir;
use crate::topic::select::Selection;
use crate::topic::{ConfigEntry, ConfigSource, Eligible, Partition, Problem, Topic};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which topics.
    pub selection: Selection,
    /// Only partitions with any of these problems; all when empty.
    pub problems: Vec<Problem>,
    /// Only topics with values of their own.
    pub overridden: bool,
}

/// Describes them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = fetch::topics(&client, &request.selection, true).await?;
    let error = match fetch::missing(&topics) {
        Some(error) => Some(fetch::with_nearest(&client, &topics, fetch::TO_SEE, error).await),
        None => fetch::no_such_id(&request.selection.ids, &topics),
    };
    fetch::note_adding(context, &client, &mut topics).await;
    fetch::warn_of_missing_brokers(context, &cluster, &topics);
    let mut unknown = None;
    if !request.problems.is_empty() {
        unknown = narrow(context, &client, &mut topics, &request.problems).await?;
    }
    let question = ConfigQuestion::default();
    // A broker that cannot be reached is named soon, beside what the others tell.
    let brief = client.brief();
    let (configs, dirs, offsets, eligible) = tokio::join!(
        fetch::configs(context, &client, &topics, &question),
        fetch::log_dirs(context, &brief, &cluster, Some(&topics)),
        offsets(context, &brief, &topics),
        eligible(context, &client, &topics),
    );
    let (configs, offsets) = (configs?, offsets?);
    if request.overridden {
        let own = |entry: &ConfigEntry| entry.source == ConfigSource::DynamicTopicConfig;
        unknown = unknown.or_else(|| undecided(&topics, |name| configs.contains_key(name)));
        topics.retain(|topic| {
            topic.error.is_some() || configs.get(&topic.name).is_some_and(|all| all.iter().any(own))
        });
    }
    let known = Known { sizes: replica_sizes(&topics, &dirs), configs, offsets, eligible };
    let items = topics.iter().map(|topic| known.item(topic)).collect();
    let filtered = !request.problems.is_empty();
    let report = TopicDescription { cluster_id: cluster.id, filtered, items };
    Ok(Outcome::report(report).with_error(error.or(unknown)))
}

/// Why what was asked for cannot be said of topics whose configuration is not known; it was warned of the cause.
fn undecided(topics: &[Topic], known: impl Fn(&Name) -> bool) -> Option<Error> {
    let mut unknown = topics.iter().filter(|topic| topic.error.is_none() && !known(&topic.name));
    let name = visible(&unknown.next()?.name);
    let more = and_more(unknown.count(), "");
    let text =
        format!("whether topic `{name}`{more} belongs here is not known without its configuration");
    Some(Error::failed(text))
}

/// Leaves the partitions with one of these problems, and the topics that have such; why that cannot be told of
/// all.
async fn narrow(
    context: &Context<'_>,
    client: &Client,
    topics: &mut Vec<Topic>,
    problems: &[Problem],
) -> Result<Option<Error>> {
    let (mut min_isr, mut unknown) = (BTreeMap::new(), None);
    if problems.iter().any(|problem| problem.needs_min_isr()) {
        min_isr = fetch::min_isr(context, client, topics).await?;
        unknown = undecided(topics, |name| min_isr.contains_key(name));
    }
    for topic in &mut *topics {
        let min = min_isr.get(&topic.name).copied();
        topic.partitions.retain(|p| problems.iter().any(|problem| p.has(*problem, min)));
    }
    topics.retain(|topic| !topic.partitions.is_empty());
    Ok(unknown)
}

/// The first offset and the next one of each partition.
type Offsets = HashMap<TopicPartition, (Option<i64>, Option<i64>)>;

async fn offsets(context: &Context<'_>, client: &Client, topics: &[Topic]) -> Result<Offsets> {
    let keys: Vec<TopicPartition> = partitions(topics).into_iter().map(|(_, key)| key).collect();
    let (starts, ends) = tokio::join!(
        client.list_offsets(&keys, OffsetAt::Earliest),
        client.list_offsets(&keys, OffsetAt::Latest)
    );
    let mut failures = Vec::new();
    let mut found = Offsets::new();
    for ((key, start), end) in keys.into_iter().zip(starts?).zip(ends?) {
        match (start, end) {
            (Err(error), end) => {
                failures.push(error);
                found.insert(key, (None, end.ok().and_then(|end| end.offset)));
            }
            (Ok(start), Err(error)) => {
                failures.push(error);
                found.insert(key, (start.offset, None));
            }
            (Ok(start), Ok(end)) => drop(found.insert(key, (start.offset, end.offset))),
        }
    }
    if let Some(first) = failures.first() {
        let why =
            first.kafka_error().map_or_else(String::new, |kafka| format!(" ({})", kafka.name));
        context.ui.warn(&format!(
            "offsets of {} are not known, first: {}{why}",
            count(failures.len(), "partition"),
            first.message()
        ));
    }
    Ok(found)
}

/// The eligible leader replicas, where brokers know of them. A partition whose replicas are all in sync has
/// none: only topics with others are asked about.
async fn eligible(
    context: &Context<'_>,
    client: &Client,
    topics: &[Topic],
) -> Option<HashMap<TopicPartition, Eligible>> {
    let behind = |partition: &Partition| partition.in_sync.len() < partition.replicas.len();
    let asked = topics.iter().filter(|topic| topic.partitions.iter().any(behind));
    let names: Vec<Name> = asked.map(|topic| topic.name.clone()).collect();
    match client.eligible_leaders(&names).await {
        Ok(found) => found,
        Err(error) => {
            context
                .ui
                .warn(&format!("eligible leader replicas are not known: {}", error.message()));
            None
        }
    }
}

/// The size of the largest replica of each partition, and of all its replicas together; a partition is
/// missing where a broker that holds it did not tell, or is not there.
fn replica_sizes(topics: &[Topic], dirs: &BTreeMap<i32, Vec<LogDir>>) -> Sizes {
    let mut sizes = Sizes::new();
    for topic in topics {
        for partition in topic.partitions.iter().filter(|p| fetch::all_told(p, dirs)) {
            sizes.insert((topic.name.clone(), partition.index), (0, 0));
        }
    }
    for replica in dirs.values().flatten().flat_map(|dir| &dir.replicas) {
        if let Some(size) = sizes.get_mut(&(replica.topic.clone(), replica.partition)) {
            size.0 = size.0.max(replica.bytes);
            size.1 += replica.bytes;
        }
    }
    sizes
}

/// By topic and partition.
type Sizes = HashMap<(Name, i32), (u64, u64)>;

/// What is known of the topics besides their partitions.
struct Known {
    sizes: Sizes,
    configs: BTreeMap<Name, Vec<ConfigEntry>>,
    offsets: Offsets,
    eligible: Option<HashMap<TopicPartition, Eligible>>,
}

impl Known {
    fn item(&self, topic: &Topic) -> TopicItem {
        let configs = self.configs.get(&topic.name);
        let min_isr = configs.and_then(|configs| fetch::min_isr_of(configs));
        let mut item = TopicItem::new(topic, min_isr);
        if topic.error.is_some() {
            return item;
        }
        item.configs = configs.map(|configs| {
            configs
                .iter()
                .filter(|entry| entry.differs_from_default())
                .map(ConfigItem::from)
                .collect()
        });
        let size = |index: i32| self.sizes.get(&(topic.name.clone(), index)).copied();
        let sizes = topic.partitions.iter().map(|partition| size(partition.index));
        item.size_bytes = sizes.map(|size| size.map(|(_, all)| all)).sum();
        let partition = |partition: &Partition| {
            let mut item = PartitionItem::new(partition, min_isr);
            let key = TopicPartition::new(topic.name.clone(), partition.index);
            let (start, end) = self.offsets.get(&key).copied().unwrap_or_default();
            item.log_start_offset = start;
            item.log_end_offset = end;
            item.size_bytes = size(partition.index).map(|(largest, _)| largest);
            if let Some(eligible) = &self.eligible {
                let of = eligible.get(&key).cloned().unwrap_or_default();
                item.eligible_leader_replicas = Some(of.replicas);
                item.last_known_eligible_leader_replicas = Some(of.last_known);
            }
            item
        };
        item.partitions = Some(topic.partitions.iter().map(partition).collect());
        item
    }
}
