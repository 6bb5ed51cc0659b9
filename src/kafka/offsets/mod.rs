//! Offsets: those that groups committed, and those of partitions.

mod commit;
mod committed;
mod delete;
mod share;

pub use commit::{Commit, OffsetsOfGroup};
pub use committed::Committed;
pub use delete::PartitionsOfGroup;
pub use share::ShareOffset;

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::messages::TopicName;

use crate::error::{Error, KafkaError};
use crate::model::{Name, TopicPartition, shell_flag, visible};

use super::acls::ItemResult;
use super::client::Client;
use super::codes::{TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION};
use super::groups::text;

pub(super) fn topic_name(name: &Name) -> TopicName {
    TopicName(text(name))
}

/// The error of a partition whose leader refused to do `what`; `needs` is the operation on the topic.
pub(super) fn refused(
    client: &Client,
    what: &str,
    needs: &str,
    partition: &TopicPartition,
    mut error: KafkaError,
) -> Error {
    let TopicPartition { topic, partition } = partition;
    let shown = visible(topic);
    match error.code {
        UNKNOWN_TOPIC_OR_PARTITION => {
            Error::failed(format!("there is no partition {partition} of a topic `{shown}`"))
                .kafka(error)
        }
        TOPIC_AUTHORIZATION_FAILED => {
            error.message = None;
            Error::failed(format!("not authorized to {what} the topic `{shown}`"))
                .kafka(error)
                .caused_by(format!("it needs {} on the topic", needs.to_uppercase()))
                .hint(format!(
                    "somebody who may can grant it: `kward acl create --allow-principal {} \
                     --operation {needs} {}`",
                    client.principal_word(),
                    shell_flag("--topic", topic)
                ))
        }
        _ => Error::failed(format!("cannot {what} partition {partition} of the topic `{shown}`"))
            .kafka(error),
    }
}

/// Things of partitions, put together by topic, as requests want them.
pub(super) fn by_topic<'a, T: 'a>(
    items: impl Iterator<Item = (&'a TopicPartition, T)>,
) -> BTreeMap<&'a Name, Vec<(i32, T)>> {
    let mut topics: BTreeMap<&Name, Vec<(i32, T)>> = BTreeMap::new();
    for (partition, item) in items {
        topics.entry(&partition.topic).or_default().push((partition.partition, item));
    }
    topics
}

/// What was answered for each of `partitions`, from answers in any order.
pub(super) fn by_partition<'a, T>(
    partitions: impl Iterator<Item = &'a TopicPartition>,
    answers: Vec<(TopicPartition, ItemResult<T>)>,
) -> Vec<Option<ItemResult<T>>> {
    let mut answers: HashMap<TopicPartition, ItemResult<T>> = answers.into_iter().collect();
    partitions.map(|partition| answers.remove(partition)).collect()
}

/// A write to several partitions of a group that each says the same: nothing was written, and it
/// can be tried again as a whole.
fn retriable_as_a_whole<T>(results: &[ItemResult<T>]) -> Option<KafkaError> {
    let Some(Err(first)) = results.first() else { return None };
    let same = |result: &ItemResult<T>| result.as_ref().is_err_and(|e| e.code == first.code);
    let not_here = matches!(first.code, 14..=16);
    (not_here && results.iter().all(same)).then(|| first.clone())
}
