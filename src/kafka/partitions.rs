//! Partitions: `ElectLeaders` (43, KIP-460; ALTER on the cluster) and `DeleteRecords` (21, KIP-107;
//! DELETE on the topic).

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsTopic,
};
use kafka_protocol::messages::elect_leaders_request::TopicPartitions;
use kafka_protocol::messages::{DeleteRecordsRequest, ElectLeadersRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::codes::{CLUSTER_AUTHORIZATION_FAILED, NOT_CONTROLLER, kafka_error};
use super::connection::Reply;
use super::named::item;
use super::reader::{Malformed, Reader};
use super::spread::Spread;
use super::topics::topic_name;

/// How a leader is elected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Election {
    /// The first replica, which must be in sync.
    Preferred,
    /// Any replica, also one that lacks records: they are lost.
    Unclean,
}

/// An answer about each of several partitions.
pub type ByPartition<T> = Vec<(TopicPartition, ItemResult<T>)>;

impl Client {
    /// Elects the leaders of these partitions, or of all; the answers are sorted. Without names
    /// Kafka answers only about the partitions whose leader changed or could not be elected.
    ///
    /// A partition that needs no election is answered with `ELECTION_NOT_NEEDED`.
    pub async fn elect_leaders(
        &self,
        election: Election,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<ByPartition<()>> {
        let named = |partitions: &[TopicPartition]| {
            let topic = |(topic, partitions): (&Name, Vec<i32>)| {
                TopicPartitions::default().with_topic(topic_name(topic)).with_partitions(partitions)
            };
            by_topic(partitions.iter().map(|p| (p, p.partition))).into_iter().map(topic).collect()
        };
        let request = ElectLeadersRequest::default()
            .with_election_type(i8::from(election == Election::Unclean))
            .with_topic_partitions(partitions.map(named))
            .with_timeout_ms(self.patience_ms());
        let purpose = Purpose::Write("elect leaders");
        let mut reply: ElectReply = self.ask(Route::Any, purpose, &request).await?;
        if reply.error.as_ref().is_some_and(|error| error.code == NOT_CONTROLLER) {
            reply = self.ask(Route::Controller, purpose, &request).await?;
        }
        match reply.error {
            None => {
                let mut results = reply.results;
                results.sort_by(|a, b| a.0.cmp(&b.0));
                Ok(results)
            }
            Some(error) => Err(self.refused("elect leaders", "alter", error)),
        }
    }

    /// Deletes the records before an offset in each of these partitions, each by its leader; the
    /// answer is the first offset that is left. The offset -1 stands for the end.
    pub async fn delete_records(
        &self,
        before: &[(TopicPartition, i64)],
    ) -> Result<Vec<Result<i64>>> {
        self.spread(&Trim { timeout_ms: self.patience_ms() }, before).await
    }
}

/// What belongs to each topic, in the order of the topics.
pub(super) fn by_topic<'a, T>(
    items: impl Iterator<Item = (&'a TopicPartition, T)>,
) -> BTreeMap<&'a Name, Vec<T>> {
    let mut topics: BTreeMap<&Name, Vec<T>> = BTreeMap::new();
    for (partition, item) in items {
        topics.entry(&partition.topic).or_default().push(item);
    }
    topics
}

/// What an answer says of partitions, topic by topic: an error, with or without words, or none.
pub(super) fn outcomes(reader: &mut Reader<'_>) -> std::result::Result<ByPartition<()>, Malformed> {
    let mut results = Vec::new();
    for _ in 0..reader.array(3)? {
        let topic = Name::from(reader.string()?);
        for _ in 0..reader.array(7)? {
            let partition = TopicPartition::new(topic.clone(), reader.i32()?);
            let outcome = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            results.push((partition, item(outcome, ())));
        }
        reader.tags()?;
    }
    Ok(results)
}

/// The answer to `ElectLeaders`.
struct ElectReply {
    error: Option<KafkaError>,
    results: ByPartition<()>,
}

impl Reply for ElectReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 2 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut error = kafka_error(reader.i16()?, None);
        let results = outcomes(reader)?;
        reader.tags()?;
        // A refusal of the caller is repeated at each partition, and not said of the whole.
        if let Some((_, Err(first))) = results.first()
            && [CLUSTER_AUTHORIZATION_FAILED, NOT_CONTROLLER].contains(&first.code)
        {
            error = Some(first.clone());
        }
        // Not to be tried again by itself: what is retriable here is an answer.
        if let Some(error) = &mut error {
            error.retriable = false;
        }
        Ok(Self { error, results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

/// Deletes records.
struct Trim {
    timeout_ms: i32,
}

impl Spread for Trim {
    type Item = (TopicPartition, i64);
    type Request = DeleteRecordsRequest;
    type Reply = TrimReply;
    type Answer = i64;

    const WHAT: &'static str = "delete records of";
    // What is deleted is named by offset: doing it again changes nothing more, but -1 means
    // another end a moment later.
    const WRITES: bool = true;

    fn name(&self, (partition, _): &Self::Item) -> String {
        format!("partition {partition}")
    }

    async fn locate(&self, client: &Client, items: &[&Self::Item]) -> Result<Vec<ItemResult<i32>>> {
        let partitions: Vec<&TopicPartition> =
            items.iter().map(|(partition, _)| partition).collect();
        client.leaders(&partitions).await
    }

    fn forget(&self, client: &Client, (partition, _): &Self::Item) {
        client.whereabouts().forget_leader(partition);
    }

    fn most(&self, _version: i16) -> usize {
        10_000
    }

    fn request(&self, items: &[&Self::Item], _version: i16) -> DeleteRecordsRequest {
        let partition = |(partition, offset): &(TopicPartition, i64)| {
            DeleteRecordsPartition::default()
                .with_partition_index(partition.partition)
                .with_offset(*offset)
        };
        let topics = by_topic(items.iter().map(|one| (&one.0, partition(one))));
        let topic = |(topic, partitions): (&Name, Vec<DeleteRecordsPartition>)| {
            DeleteRecordsTopic::default().with_name(topic_name(topic)).with_partitions(partitions)
        };
        DeleteRecordsRequest::default()
            .with_topics(topics.into_iter().map(topic).collect())
            .with_timeout_ms(self.timeout_ms)
    }

    fn answers(&self, reply: TrimReply, items: &[&Self::Item]) -> Vec<Option<ItemResult<i64>>> {
        let mut results: HashMap<TopicPartition, ItemResult<i64>> =
            reply.results.into_iter().collect();
        items.iter().map(|(partition, _)| results.remove(partition)).collect()
    }

    fn refused(&self, client: &Client, item: &Self::Item, error: KafkaError) -> Error {
        let _ = client;
        Error::failed(format!("cannot {} {}", Self::WHAT, self.name(item))).kafka(error)
    }
}

/// The answer to `DeleteRecords`.
pub(super) struct TrimReply {
    results: ByPartition<i64>,
}

impl Reply for TrimReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 2 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut results = Vec::new();
        for _ in 0..reader.array(3)? {
            let topic = Name::from(reader.string()?);
            for _ in 0..reader.array(14)? {
                let partition = TopicPartition::new(topic.clone(), reader.i32()?);
                let low = reader.i64()?;
                let error = kafka_error(reader.i16()?, None);
                reader.tags()?;
                results.push((partition, item(error, low)));
            }
            reader.tags()?;
        }
        reader.tags()?;
        Ok(Self { results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}
