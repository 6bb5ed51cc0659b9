//! Topics, their partitions and who leads them: `Metadata` (3; DESCRIBE on each topic).

use std::collections::BTreeSet;

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{MetadataRequest, TopicName};
use kafka_protocol::protocol::{StrBytes, VersionRange};

use crate::error::{KafkaError, Result};
use crate::model::{Name, Operation, TopicId, TopicPartition};

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::cluster::{Cluster, ClusterReply, operations_of, read_broker};
use super::codes::{LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION, kafka_error};
use super::connection::Reply;
use super::reader::{Malformed, Reader};

/// A topic as a broker knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMetadata {
    /// Its name; empty where an id was asked for that the cluster does not have.
    pub name: Name,
    /// Its id; [`TopicId::ZERO`] from brokers before 2.8.
    pub id: TopicId,
    /// Whether it is Kafka's own.
    pub internal: bool,
    /// Why nothing is known of it.
    pub error: Option<KafkaError>,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionMetadata>,
    /// What the caller may do on it (KIP-430); `None` when that was not asked for.
    pub authorized_operations: Option<BTreeSet<Operation>>,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// Its number, from 0.
    pub partition: i32,
    /// Who leads it; `None` while nobody does.
    pub leader: Option<i32>,
    /// The epoch of the leader; -1 from brokers before 2.1.
    pub leader_epoch: i32,
    /// Who has a copy, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Whose copy is in sync.
    pub in_sync: Vec<i32>,
    /// Whose copy is offline.
    pub offline: Vec<i32>,
}

/// The log of what groups have committed, which is there in every cluster in use.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Which topics.
#[derive(Debug, Clone, Copy)]
pub enum Topics<'a> {
    /// All that the caller may describe.
    All,
    /// Those of these names.
    Named(&'a [Name]),
    /// Those with these ids; brokers since 3.1 (`Metadata` 12).
    WithIds(&'a [TopicId]),
}

impl Client {
    /// The names of all topics that the caller may describe, sorted.
    pub async fn list_topics(&self) -> Result<Vec<String>> {
        let topics = self.topics(Topics::All, false).await?;
        Ok(topics.into_iter().map(|topic| topic.name.to_string()).collect())
    }

    /// Topics by name, sorted; each says itself whether it is there and may be described.
    /// `operations`: also what the caller may do on each, which costs the broker a little more.
    /// No topic is created by asking.
    pub async fn topics(&self, which: Topics<'_>, operations: bool) -> Result<Vec<TopicMetadata>> {
        Ok(self.metadata(which, operations).await?.1)
    }

    /// The same with the cluster, which the same answer describes.
    pub(super) async fn metadata(
        &self,
        which: Topics<'_>,
        operations: bool,
    ) -> Result<(Cluster, Vec<TopicMetadata>)> {
        let topic = |name: &Name| {
            let name = TopicName(StrBytes::from_string(name.to_string()));
            MetadataRequestTopic::default().with_name(Some(name))
        };
        let with_id = |id: &TopicId| {
            let topic = MetadataRequestTopic::default().with_name(None);
            topic.with_topic_id(uuid::Uuid::from_bytes(id.0))
        };
        let asked = match which {
            Topics::All => None,
            Topics::Named(names) => Some(names.iter().map(topic).collect()),
            Topics::WithIds(ids) => Some(ids.iter().map(with_id).collect()),
        };
        let make = |version: i16| {
            MetadataRequest::default()
                .with_topics(asked.clone())
                .with_allow_auto_topic_creation(false)
                .with_include_topic_authorized_operations(operations && version >= 8)
        };
        let reply: MetadataReply = self.ask_by_version(Route::Any, Purpose::Read, make).await?;
        self.remember(&reply.cluster.cluster);
        let mut topics = reply.topics;
        topics.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for topic in &topics {
            self.whereabouts().learn_leaders(topic);
        }
        Ok((reply.cluster.cluster, topics))
    }

    /// Who leads each of these partitions, from what is known or else from `Metadata`.
    pub(super) async fn leaders(
        &self,
        partitions: &[&TopicPartition],
    ) -> Result<Vec<ItemResult<i32>>> {
        let unknown =
            |partition: &&&TopicPartition| self.whereabouts().leader_of(partition).is_none();
        let names: BTreeSet<&Name> =
            partitions.iter().filter(unknown).map(|partition| &partition.topic).collect();
        let mut topics = Vec::new();
        if !names.is_empty() {
            let names: Vec<Name> = names.into_iter().cloned().collect();
            topics = self.topics(Topics::Named(&names), false).await?;
        }
        let refusal = |partition: &TopicPartition| {
            let topic = topics.iter().find(|topic| topic.name == partition.topic);
            if let Some(error) = topic.and_then(|topic| topic.error.clone()) {
                return error;
            }
            let mut all = topic.iter().flat_map(|topic| &topic.partitions);
            let there = all.any(|known| known.partition == partition.partition);
            let code = if there { LEADER_NOT_AVAILABLE } else { UNKNOWN_TOPIC_OR_PARTITION };
            kafka_error(code, None).expect("not 0")
        };
        let leader = |partition: &&TopicPartition| {
            self.whereabouts().leader_of(partition).ok_or_else(|| refusal(partition))
        };
        Ok(partitions.iter().map(leader).collect())
    }
}

/// The cluster without any topic.
pub(super) fn no_topics() -> MetadataRequest {
    MetadataRequest::default().with_topics(Some(Vec::new())).with_allow_auto_topic_creation(false)
}

/// The answer.
pub(super) struct MetadataReply {
    pub cluster: ClusterReply,
    pub topics: Vec<TopicMetadata>,
}

impl Reply for MetadataReply {
    const VERSIONS: VersionRange = VersionRange { min: 4, max: 12 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Result<Self, Malformed> {
        reader.throttle()?;
        let brokers = reader.items(10, |reader| {
            let broker = read_broker(reader, true)?;
            reader.tags()?;
            Ok(broker)
        })?;
        let id = reader.nullable_string()?.map(str::to_owned);
        let controller = reader.i32()?;
        let topics = reader.items(5, |reader| read_topic(reader, version))?;
        let operations = if (8..=10).contains(&version) { reader.i32()? } else { i32::MIN };
        let cluster = Cluster {
            id,
            controller: Some(controller).filter(|id| *id >= 0),
            brokers,
            controllers: Vec::new(),
            authorized_operations: operations_of(operations),
        };
        reader.tags()?;
        let cluster = ClusterReply { error: None, cluster, fenced: Vec::new() };
        Ok(Self { cluster: cluster.sorted(), topics })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_topic(reader: &mut Reader<'_>, version: i16) -> Result<TopicMetadata, Malformed> {
    let error = kafka_error(reader.i16()?, None);
    let name = Name::from(reader.nullable_string()?.unwrap_or_default());
    let id = if version >= 10 { TopicId(reader.uuid()?) } else { TopicId::ZERO };
    let internal = reader.bool()?;
    let mut partitions = reader.items(14, |reader| read_partition(reader, version))?;
    partitions.sort_unstable_by_key(|partition| partition.partition);
    let operations = if version >= 8 { reader.i32()? } else { i32::MIN };
    reader.tags()?;
    let authorized_operations = operations_of(operations);
    Ok(TopicMetadata { name, id, internal, error, partitions, authorized_operations })
}

fn read_partition(reader: &mut Reader<'_>, version: i16) -> Result<PartitionMetadata, Malformed> {
    // The partition's own error says the same as what follows: no leader, a replica offline.
    reader.i16()?;
    let partition = reader.i32()?;
    let leader = Some(reader.i32()?).filter(|id| *id >= 0);
    let leader_epoch = if version >= 7 { reader.i32()? } else { -1 };
    let replicas = reader.items(4, Reader::i32)?;
    let in_sync = reader.items(4, Reader::i32)?;
    let offline = if version >= 5 { reader.items(4, Reader::i32)? } else { Vec::new() };
    reader.tags()?;
    Ok(PartitionMetadata { partition, leader, leader_epoch, replicas, in_sync, offline })
}
