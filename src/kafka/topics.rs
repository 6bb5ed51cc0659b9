//! Topics as values, and `CreateTopics` (19; CREATE on the topic or the cluster), `DeleteTopics`
//! (20; DELETE on the topic) and `CreatePartitions` (37; ALTER on the topic).

use kafka_protocol::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, TopicName,
};
use kafka_protocol::protocol::{StrBytes, VersionRange};
use uuid::Uuid;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicId};
use crate::topic::wanted::Wanted;
use crate::topic::{Partition, Topic};

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::cluster::Cluster;
use super::codes::kafka_error;
use super::connection::Reply;
use super::metadata::{TopicMetadata, Topics};
use super::named::{NamedReply, Outcomes, item};
use super::reader::{Malformed, Reader};

/// A topic that was created, or would be, as the broker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id; brokers before 2.8 have none.
    pub id: Option<TopicId>,
    /// How many partitions; `None` when the caller may not know (DESCRIBE_CONFIGS on the topic).
    pub partitions: Option<i32>,
    /// How many replicas each.
    pub replication_factor: Option<i16>,
    /// `min.insync.replicas`, whatever sets it.
    pub min_in_sync: Option<usize>,
}

/// A topic that gets more partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The topic.
    pub topic: String,
    /// How many partitions it has afterwards.
    pub total: i32,
    /// The brokers of each new partition; Kafka chooses when empty.
    pub assignment: Vec<Vec<i32>>,
}

impl Client {
    /// The cluster and all topics that the caller may describe, or those of `names`, by one request
    /// (`Metadata`, 3), sorted by name.
    pub async fn cluster_and_topics(
        &self,
        names: Option<&[Name]>,
        operations: bool,
    ) -> Result<(Cluster, Vec<Topic>)> {
        let which = names.map_or(Topics::All, Topics::Named);
        let (cluster, topics) = self.metadata(which, operations).await?;
        Ok((cluster, topics.into_iter().map(Topic::from).collect()))
    }

    /// Creates topics by one request; one result for each, in their order.
    pub async fn create_topics(
        &self,
        topics: &[Wanted],
        validate_only: bool,
    ) -> Result<Outcomes<CreatedTopic>> {
        let timeout = self.patience_ms();
        let request = |open: &[&Wanted]| {
            CreateTopicsRequest::default()
                .with_topics(open.iter().map(|wanted| creatable(wanted)).collect())
                .with_timeout_ms(timeout)
                .with_validate_only(validate_only)
        };
        let key = |wanted: &Wanted| wanted.name.clone();
        let what = Purpose::of_check("create topics", validate_only);
        self.ask_named::<_, _, CreateReply>(what, Route::Any, topics, key, request).await
    }

    /// Deletes topics by one request; one result for each, in their order.
    pub async fn delete_topics(&self, names: &[Name]) -> Result<Outcomes<()>> {
        let timeout = self.patience_ms();
        let request = |open: &[&Name]| {
            // Versions to 5 and from 6 on name the topics in different fields; each is only
            // written in its own.
            let state =
                |name: &&Name| DeleteTopicState::default().with_name(Some(topic_name(name)));
            DeleteTopicsRequest::default()
                .with_topics(open.iter().map(state).collect())
                .with_timeout_ms(timeout)
        };
        let key = |name: &Name| name.to_string();
        self.write_named::<_, _, DeleteReply>("delete topics", Route::Any, names, key, request)
            .await
    }

    /// The same of topics with these ids (version 6, KIP-516): one that was made anew under the same name
    /// stays.
    pub async fn delete_topics_by_id(&self, ids: &[TopicId]) -> Result<Outcomes<()>> {
        let timeout = self.patience_ms();
        let request = |open: &[&TopicId]| {
            let state = |id: &&TopicId| {
                DeleteTopicState::default().with_name(None).with_topic_id(Uuid::from_bytes(id.0))
            };
            DeleteTopicsRequest::default()
                .with_topics(open.iter().map(state).collect())
                .with_timeout_ms(timeout)
        };
        let key = |id: &TopicId| *id;
        self.write_named::<_, _, DeleteByIdReply>("delete topics", Route::Any, ids, key, request)
            .await
    }

    /// Adds partitions by one request; one result for each topic, in their order.
    pub async fn create_partitions(
        &self,
        growths: &[Growth],
        validate_only: bool,
    ) -> Result<Outcomes<()>> {
        let timeout = self.patience_ms();
        let request = |open: &[&Growth]| {
            CreatePartitionsRequest::default()
                .with_topics(open.iter().map(|growth| grown(growth)).collect())
                .with_timeout_ms(timeout)
                .with_validate_only(validate_only)
        };
        let key = |growth: &Growth| growth.topic.clone();
        let what = Purpose::of_check("add partitions", validate_only);
        self.ask_named::<_, _, GrowReply>(what, Route::Any, growths, key, request).await
    }
}

impl From<TopicMetadata> for Topic {
    fn from(topic: TopicMetadata) -> Self {
        let partition = |partition: super::metadata::PartitionMetadata| Partition {
            index: partition.partition,
            leader: partition.leader,
            replicas: partition.replicas,
            in_sync: partition.in_sync,
            offline: partition.offline,
            adding: Vec::new(),
            removing: Vec::new(),
        };
        Topic {
            name: topic.name,
            id: Some(topic.id).filter(|id| id.is_known()),
            internal: topic.internal,
            partitions: topic.partitions.into_iter().map(partition).collect(),
            authorized_operations: topic.authorized_operations,
            error: topic.error,
        }
    }
}

pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

pub(super) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

pub(super) fn broker_ids(brokers: &[i32]) -> Vec<BrokerId> {
    brokers.iter().copied().map(BrokerId).collect()
}

fn creatable(wanted: &Wanted) -> CreatableTopic {
    let assigned = !wanted.assignment.is_empty();
    let config = |(key, value): &(String, String)| {
        CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value)))
    };
    let assignment = (0..).zip(&wanted.assignment).map(|(index, brokers)| {
        CreatableReplicaAssignment::default()
            .with_partition_index(index)
            .with_broker_ids(broker_ids(brokers))
    });
    // With an assignment both numbers have to be -1; without, -1 asks for the broker's default.
    CreatableTopic::default()
        .with_name(topic_name(&wanted.name))
        .with_num_partitions(wanted.partitions.filter(|_| !assigned).unwrap_or(-1))
        .with_replication_factor(wanted.replication_factor.filter(|_| !assigned).unwrap_or(-1))
        .with_assignments(assignment.collect())
        .with_configs(wanted.configs.iter().map(config).collect())
}

fn grown(growth: &Growth) -> CreatePartitionsTopic {
    let assignment = growth
        .assignment
        .iter()
        .map(|brokers| CreatePartitionsAssignment::default().with_broker_ids(broker_ids(brokers)));
    CreatePartitionsTopic::default()
        .with_name(topic_name(&growth.topic))
        .with_count(growth.total)
        .with_assignments((!growth.assignment.is_empty()).then(|| assignment.collect()))
}

/// The answer to `CreateTopics`.
struct CreateReply(Vec<(String, ItemResult<CreatedTopic>)>);

impl Reply for CreateReply {
    const VERSIONS: VersionRange = VersionRange { min: 4, max: 7 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let topics = reader.items(6, |reader| {
            let name = reader.string()?.to_owned();
            let id = if version >= 7 { TopicId(reader.uuid()?) } else { TopicId::ZERO };
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let mut created = CreatedTopic {
                id: Some(id).filter(|id| id.is_known()),
                partitions: None,
                replication_factor: None,
                min_in_sync: None,
            };
            if version >= 5 {
                created.partitions = Some(reader.i32()?).filter(|count| *count >= 0);
                created.replication_factor = Some(reader.i16()?).filter(|factor| *factor >= 0);
                reader.skip_items(6, |reader| {
                    let (key, value) = (reader.string()?, reader.nullable_string()?);
                    if key == "min.insync.replicas" {
                        created.min_in_sync = value.and_then(|value| value.parse().ok());
                    }
                    reader.bool()?;
                    reader.i8()?;
                    reader.bool()?;
                    reader.tags()
                })?;
            }
            reader.tags()?;
            Ok((name, item(error, created)))
        })?;
        reader.tags()?;
        Ok(Self(topics))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

/// The answer to `DeleteTopics`.
struct DeleteReply(Vec<(String, TopicId, ItemResult<()>)>);

impl Reply for DeleteReply {
    const VERSIONS: VersionRange = VersionRange { min: 6, max: 6 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let topics = reader.items(20, |reader| {
            let name = reader.nullable_string()?.unwrap_or_default().to_owned();
            let id = TopicId(reader.uuid()?);
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            Ok((name, id, item(error, ())))
        })?;
        reader.tags()?;
        Ok(Self(topics))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

impl NamedReply for DeleteReply {
    type Key = String;
    type Item = ();

    fn into_results(self) -> Vec<(String, ItemResult<()>)> {
        self.0.into_iter().map(|(name, _, result)| (name, result)).collect()
    }
}

/// The same, where ids were asked for.
struct DeleteByIdReply(DeleteReply);

impl Reply for DeleteByIdReply {
    const VERSIONS: VersionRange = DeleteReply::VERSIONS;

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        DeleteReply::read(reader, version).map(Self)
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

impl NamedReply for DeleteByIdReply {
    type Key = TopicId;
    type Item = ();

    fn into_results(self) -> Vec<(TopicId, ItemResult<()>)> {
        self.0.0.into_iter().map(|(_, id, result)| (id, result)).collect()
    }
}

/// The answer to `CreatePartitions`.
struct GrowReply(Vec<(String, ItemResult<()>)>);

impl Reply for GrowReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 3 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let topics = reader.items(5, |reader| {
            let name = reader.string()?.to_owned();
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            Ok((name, item(error, ())))
        })?;
        reader.tags()?;
        Ok(Self(topics))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

macro_rules! named {
    ($reply:ty, $item:ty) => {
        impl NamedReply for $reply {
            type Key = String;
            type Item = $item;

            fn into_results(self) -> Vec<(String, ItemResult<$item>)> {
                self.0
            }
        }
    };
}

named!(CreateReply, CreatedTopic);
named!(GrowReply, ());
