//! Deleting what a group has committed: `OffsetDelete` (47; DELETE on the group and READ on each
//! topic). Topics that a member subscribes to are refused; other topics of a live group are not.

use kafka_protocol::messages::OffsetDeleteRequest;
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::groups::{group_id, of_group};
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::commit::{read_results, whole};
use super::{by_partition, by_topic, topic_name};

/// Partitions whose offsets in one group are to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionsOfGroup {
    /// The group.
    pub group: Name,
    /// The partitions.
    pub partitions: Vec<TopicPartition>,
}

impl Client {
    /// Deletes what groups have committed; one result for each group, and in it for each partition,
    /// in their order. Not for share groups.
    pub async fn delete_offsets(
        &self,
        groups: &[PartitionsOfGroup],
    ) -> Result<Vec<Result<Vec<ItemResult<()>>>>> {
        self.spread(&OffsetDelete, groups).await
    }
}

struct OffsetDelete;

impl Spread for OffsetDelete {
    type Item = PartitionsOfGroup;
    type Request = OffsetDeleteRequest;
    type Reply = DeleteReply;
    type Answer = Vec<ItemResult<()>>;

    const WHAT: &'static str = "delete offsets of";
    const WRITES: bool = true;

    of_group!(PartitionsOfGroup, |item| &item.group, "delete");

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(&self, items: &[&PartitionsOfGroup], _version: i16) -> OffsetDeleteRequest {
        let item = items[0];
        let partitions = item.partitions.iter().map(|partition| (partition, ()));
        let topics = by_topic(partitions).into_iter().map(|(topic, partitions)| {
            let partition = |(partition, ()): (i32, ())| {
                OffsetDeleteRequestPartition::default().with_partition_index(partition)
            };
            OffsetDeleteRequestTopic::default()
                .with_name(topic_name(topic))
                .with_partitions(partitions.into_iter().map(partition).collect())
        });
        OffsetDeleteRequest::default()
            .with_group_id(group_id(&item.group))
            .with_topics(topics.collect())
    }

    fn answers(
        &self,
        reply: DeleteReply,
        items: &[&PartitionsOfGroup],
    ) -> Vec<Option<ItemResult<Vec<ItemResult<()>>>>> {
        vec![whole(by_partition(items[0].partitions.iter(), reply.results))]
    }
}

/// The answer.
struct DeleteReply {
    error: Option<KafkaError>,
    results: Vec<(TopicPartition, ItemResult<()>)>,
}

impl Reply for DeleteReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        let error = kafka_error(reader.i16()?, None);
        reader.throttle()?;
        let results = read_results(reader)?;
        Ok(Self { error, results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
