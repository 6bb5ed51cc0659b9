//! Where the logs of partitions are: which exist (Metadata), where they start and end (ListOffsets,
//! one request for each leader, start and end side by side).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::write::TOPIC_AUTHORIZATION_FAILED;
use crate::error::{Error, Result};
use crate::group::lag::Log;
use crate::kafka::{Client, OffsetAt, TopicMetadata, Topics};
use crate::model::{Name, TopicPartition};

/// The logs, and what could not be read.
#[derive(Debug, Default)]
pub struct Logs {
    /// One for each partition asked.
    pub logs: BTreeMap<TopicPartition, Log>,
    /// Why some are not readable.
    pub failures: Vec<Error>,
}

/// The topics of these names that exist, or may not be described: those have an error.
pub async fn topics(
    client: &Client,
    names: BTreeSet<&Name>,
) -> Result<HashMap<Name, TopicMetadata>> {
    let names: Vec<Name> = names.into_iter().cloned().collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let topics = client.topics(Topics::Named(&names), false).await?;
    let known = topics.into_iter().filter(|topic| topic.error.is_none() || is_hidden(topic));
    Ok(known.map(|topic| (topic.name.clone(), topic)).collect())
}

fn is_hidden(topic: &TopicMetadata) -> bool {
    topic.error.as_ref().is_some_and(|error| error.code == TOPIC_AUTHORIZATION_FAILED)
}

/// Reads where the logs of these partitions are.
pub async fn read(client: &Client, partitions: &BTreeSet<TopicPartition>) -> Result<Logs> {
    let names = partitions.iter().map(|partition| &partition.topic).collect();
    let topics = topics(client, names).await?;
    let existing: HashSet<(&Name, i32)> = topics
        .iter()
        .flat_map(|(name, topic)| topic.partitions.iter().map(move |p| (name, p.partition)))
        .collect();
    let there =
        |partition: &&TopicPartition| existing.contains(&(&partition.topic, partition.partition));
    let known: Vec<TopicPartition> = partitions.iter().filter(there).cloned().collect();
    let (starts, ends) = tokio::join!(
        client.list_offsets(&known, OffsetAt::Earliest),
        client.list_offsets(&known, OffsetAt::Latest)
    );
    let mut all = Logs::default();
    for partition in partitions.iter().filter(|partition| !there(partition)) {
        let hidden = topics.get(&partition.topic).is_some_and(is_hidden);
        all.logs.insert(partition.clone(), if hidden { Log::Hidden } else { Log::Unknown });
    }
    for (partition, (start, end)) in known.into_iter().zip(starts?.into_iter().zip(ends?)) {
        let log = match (start, end) {
            (Ok(start), Ok(end)) => match (start.offset, end.offset) {
                (Some(start), Some(end)) => Log::Known { start, end },
                _ => Log::NotReadable,
            },
            (Err(error), _) | (_, Err(error)) => {
                all.failures.push(error);
                Log::NotReadable
            }
        };
        all.logs.insert(partition, log);
    }
    Ok(all)
}
