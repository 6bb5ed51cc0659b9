//! The offsets of share groups: where each partition begins to be shared out, and how many records
//! wait. `DescribeShareGroupOffsets` (90), `AlterShareGroupOffsets` (91) and
//! `DeleteShareGroupOffsets` (92; whole topics).

use kafka_protocol::messages::alter_share_group_offsets_request::{
    AlterShareGroupOffsetsRequestPartition, AlterShareGroupOffsetsRequestTopic,
};
use kafka_protocol::messages::delete_share_group_offsets_request::DeleteShareGroupOffsetsRequestTopic;
use kafka_protocol::messages::describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup;
use kafka_protocol::messages::{
    AlterShareGroupOffsetsRequest, DeleteShareGroupOffsetsRequest, DescribeShareGroupOffsetsRequest,
};
use kafka_protocol::protocol::buf::ByteBufMut;
use kafka_protocol::protocol::{Encodable, HeaderVersion, Message, VersionRange};

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::frame::Ask;
use super::super::groups::{by_group, group_id, of_group};
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::commit::{OffsetsOfGroup, whole};
use super::delete::PartitionsOfGroup;
use super::{by_partition, by_topic, topic_name};

/// Where a partition stands in a share group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareOffset {
    /// The partition.
    pub partition: TopicPartition,
    /// The first offset that is not done with; `None` before the group has begun with it.
    pub start: Option<i64>,
    /// How many records wait; brokers since 4.2 (KIP-1226).
    pub lag: Option<i64>,
}

impl Client {
    /// Where share groups stand; one result for each group, in their order (DESCRIBE on the group
    /// and on each topic).
    pub async fn share_offsets(&self, groups: &[Name]) -> Result<Vec<Result<Vec<ShareOffset>>>> {
        self.spread(&DescribeOffsets, groups).await
    }

    /// Sets where share groups without members go on; one result for each group, and in it for each
    /// partition, in their order (READ on the group and on each topic).
    pub async fn alter_share_offsets(
        &self,
        groups: &[OffsetsOfGroup],
    ) -> Result<Vec<Result<Vec<ItemResult<()>>>>> {
        self.spread(&AlterOffsets, groups).await
    }

    /// Makes share groups without members forget whole topics, those of the partitions given; one
    /// result for each group, and in it for each partition, in their order (DELETE on the group, READ
    /// on each topic).
    pub async fn delete_share_offsets(
        &self,
        groups: &[PartitionsOfGroup],
    ) -> Result<Vec<Result<Vec<ItemResult<()>>>>> {
        self.spread(&DeleteOffsets, groups).await
    }
}

/// The request of the codec crate, which knows it in version 0 only; version 1 differs in the answer.
#[derive(Debug)]
struct DescribeRequest(DescribeShareGroupOffsetsRequest);

impl Message for DescribeRequest {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };
    const DEPRECATED_VERSIONS: Option<VersionRange> = None;
}

impl HeaderVersion for DescribeRequest {
    fn header_version(_version: i16) -> i16 {
        2
    }
}

impl Encodable for DescribeRequest {
    fn encode<B: ByteBufMut>(
        &self,
        buf: &mut B,
        _version: i16,
    ) -> std::result::Result<(), anyhow::Error> {
        self.0.encode(buf, 0)
    }

    fn compute_size(&self, _version: i16) -> std::result::Result<usize, anyhow::Error> {
        self.0.compute_size(0)
    }
}

impl Ask for DescribeRequest {
    const KEY: i16 = 90;
    const NAME: &'static str = "DescribeShareGroupOffsets";
}

struct DescribeOffsets;

impl Spread for DescribeOffsets {
    type Item = Name;
    type Request = DescribeRequest;
    type Reply = DescribeReply;
    type Answer = Vec<ShareOffset>;

    const WHAT: &'static str = "read the offsets of";

    of_group!(Name, |group| group, "describe");

    fn most(&self, _version: i16) -> usize {
        500
    }

    fn request(&self, groups: &[&Name], _version: i16) -> DescribeRequest {
        let group = |name: &&Name| {
            let group = DescribeShareGroupOffsetsRequestGroup::default();
            group.with_group_id(group_id(name)).with_topics(None)
        };
        let groups = groups.iter().map(group).collect();
        DescribeRequest(DescribeShareGroupOffsetsRequest::default().with_groups(groups))
    }

    fn answers(
        &self,
        reply: DescribeReply,
        groups: &[&Name],
    ) -> Vec<Option<ItemResult<Vec<ShareOffset>>>> {
        by_group(groups.iter().copied(), reply.0)
    }
}

struct DescribeReply(Vec<(Name, ItemResult<Vec<ShareOffset>>)>);

impl Reply for DescribeReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let groups = reader.items(6, |reader| {
            let group = Name::from(reader.string()?);
            let mut all = Vec::new();
            reader.skip_items(19, |reader| {
                let topic = Name::from(reader.string()?);
                reader.uuid()?;
                reader.skip_items(20, |reader| {
                    let partition =
                        TopicPartition { topic: topic.clone(), partition: reader.i32()? };
                    let start = Some(reader.i64()?).filter(|offset| *offset >= 0);
                    reader.i32()?;
                    let lag = if version >= 1 { reader.i64()? } else { -1 };
                    let code = reader.i16()?;
                    reader.nullable_string()?;
                    reader.tags()?;
                    if code == 0 {
                        let lag = Some(lag).filter(|lag| *lag >= 0);
                        all.push(ShareOffset { partition, start, lag });
                    }
                    Ok(())
                })?;
                reader.tags()
            })?;
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            Ok((group, error.map_or(Ok(all), Err)))
        })?;
        reader.tags()?;
        Ok(Self(groups))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

struct AlterOffsets;

impl Spread for AlterOffsets {
    type Item = OffsetsOfGroup;
    type Request = AlterShareGroupOffsetsRequest;
    type Reply = AlterReply;
    type Answer = Vec<ItemResult<()>>;

    const WHAT: &'static str = "set the offsets of";
    const WRITES: bool = true;

    of_group!(OffsetsOfGroup, |item| &item.group, "read");

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(&self, items: &[&OffsetsOfGroup], _version: i16) -> AlterShareGroupOffsetsRequest {
        let item = items[0];
        let commits = item.commits.iter().map(|commit| (&commit.partition, commit.offset));
        let topics = by_topic(commits).into_iter().map(|(topic, partitions)| {
            let partition = |(partition, offset): (i32, i64)| {
                AlterShareGroupOffsetsRequestPartition::default()
                    .with_partition_index(partition)
                    .with_start_offset(offset)
            };
            AlterShareGroupOffsetsRequestTopic::default()
                .with_topic_name(topic_name(topic))
                .with_partitions(partitions.into_iter().map(partition).collect())
        });
        AlterShareGroupOffsetsRequest::default()
            .with_group_id(group_id(&item.group))
            .with_topics(topics.collect())
    }

    fn answers(
        &self,
        reply: AlterReply,
        items: &[&OffsetsOfGroup],
    ) -> Vec<Option<ItemResult<Vec<ItemResult<()>>>>> {
        let partitions = items[0].commits.iter().map(|commit| &commit.partition);
        vec![whole(by_partition(partitions, reply.results))]
    }
}

struct AlterReply {
    error: Option<KafkaError>,
    results: Vec<(TopicPartition, ItemResult<()>)>,
}

impl Reply for AlterReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let mut results = Vec::new();
        reader.skip_items(19, |reader| {
            let topic = Name::from(reader.string()?);
            reader.uuid()?;
            reader.skip_items(8, |reader| {
                let partition = TopicPartition { topic: topic.clone(), partition: reader.i32()? };
                let error = kafka_error(reader.i16()?, reader.nullable_string()?);
                reader.tags()?;
                results.push((partition, error.map_or(Ok(()), Err)));
                Ok(())
            })?;
            reader.tags()
        })?;
        reader.tags()?;
        Ok(Self { error, results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

struct DeleteOffsets;

impl Spread for DeleteOffsets {
    type Item = PartitionsOfGroup;
    type Request = DeleteShareGroupOffsetsRequest;
    type Reply = DeleteReply;
    type Answer = Vec<ItemResult<()>>;

    const WHAT: &'static str = "delete offsets of";
    const WRITES: bool = true;

    of_group!(PartitionsOfGroup, |item| &item.group, "delete");

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(
        &self,
        items: &[&PartitionsOfGroup],
        _version: i16,
    ) -> DeleteShareGroupOffsetsRequest {
        let item = items[0];
        let topics = by_topic(item.partitions.iter().map(|partition| (partition, ())));
        let topic = |topic: &Name| {
            DeleteShareGroupOffsetsRequestTopic::default().with_topic_name(topic_name(topic))
        };
        DeleteShareGroupOffsetsRequest::default()
            .with_group_id(group_id(&item.group))
            .with_topics(topics.into_keys().map(topic).collect())
    }

    fn answers(
        &self,
        reply: DeleteReply,
        items: &[&PartitionsOfGroup],
    ) -> Vec<Option<ItemResult<Vec<ItemResult<()>>>>> {
        let of = |partition: &TopicPartition| {
            let found = reply.topics.iter().find(|(topic, _)| *topic == partition.topic);
            found.map(|(_, result)| result.clone())
        };
        vec![whole(items[0].partitions.iter().map(of).collect())]
    }
}

struct DeleteReply {
    error: Option<KafkaError>,
    topics: Vec<(Name, ItemResult<()>)>,
}

impl Reply for DeleteReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let topics = reader.items(20, |reader| {
            let topic = Name::from(reader.string()?);
            reader.uuid()?;
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            Ok((topic, error.map_or(Ok(()), Err)))
        })?;
        reader.tags()?;
        Ok(Self { error, topics })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
