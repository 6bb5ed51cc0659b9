//! Setting what a group without members has committed: `OffsetCommit` (8; READ on the group and on
//! each topic), without joining. `AlterShareGroupOffsets` (91) does it for share groups.

use kafka_protocol::messages::OffsetCommitRequest;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::groups::{group_id, of_group, text};
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::{by_partition, by_topic, retriable_as_a_whole, topic_name};

/// Offsets to be set for one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetsOfGroup {
    /// The group.
    pub group: Name,
    /// One for each partition.
    pub commits: Vec<Commit>,
}

/// An offset to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset of the next record to read.
    pub offset: i64,
    /// The leader epoch, where it is known.
    pub leader_epoch: Option<i32>,
    /// What stands beside it.
    pub metadata: String,
}

impl Client {
    /// Sets what groups have committed; one result for each group, and in it for each partition, in
    /// their order. A broker takes it only when the group has no members; a group that does not
    /// exist comes into being. Not for share groups.
    pub async fn commit_offsets(
        &self,
        groups: &[OffsetsOfGroup],
    ) -> Result<Vec<Result<Vec<ItemResult<()>>>>> {
        self.spread(&OffsetCommit, groups).await
    }
}

struct OffsetCommit;

impl Spread for OffsetCommit {
    type Item = OffsetsOfGroup;
    type Request = OffsetCommitRequest;
    type Reply = CommitReply;
    type Answer = Vec<ItemResult<()>>;

    const WHAT: &'static str = "set the offsets of";
    const WRITES: bool = true;

    of_group!(OffsetsOfGroup, |item| &item.group, "read");

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(&self, items: &[&OffsetsOfGroup], version: i16) -> OffsetCommitRequest {
        let item = items[0];
        let commits = item.commits.iter().map(|commit| (&commit.partition, commit));
        let topics = by_topic(commits).into_iter().map(|(topic, partitions)| {
            let partition = |(partition, commit): (i32, &Commit)| {
                let epoch = if version >= 6 { commit.leader_epoch.unwrap_or(-1) } else { -1 };
                OffsetCommitRequestPartition::default()
                    .with_partition_index(partition)
                    .with_committed_offset(commit.offset)
                    .with_committed_leader_epoch(epoch)
                    .with_committed_metadata(Some(text(&commit.metadata)))
            };
            OffsetCommitRequestTopic::default()
                .with_name(topic_name(topic))
                .with_partitions(partitions.into_iter().map(partition).collect())
        });
        OffsetCommitRequest::default()
            .with_group_id(group_id(&item.group))
            .with_generation_id_or_member_epoch(-1)
            .with_retention_time_ms(-1)
            .with_topics(topics.collect())
    }

    fn answers(
        &self,
        reply: CommitReply,
        items: &[&OffsetsOfGroup],
    ) -> Vec<Option<ItemResult<Vec<ItemResult<()>>>>> {
        let partitions = items[0].commits.iter().map(|commit| &commit.partition);
        vec![whole(by_partition(partitions, reply.0))]
    }
}

/// The results of all partitions, or what holds for the request as a whole.
pub(super) fn whole(
    results: Vec<Option<ItemResult<()>>>,
) -> Option<ItemResult<Vec<ItemResult<()>>>> {
    let results: Vec<ItemResult<()>> = results.into_iter().collect::<Option<_>>()?;
    Some(match retriable_as_a_whole(&results) {
        Some(error) => Err(error),
        None => Ok(results),
    })
}

/// The answer.
struct CommitReply(Vec<(TopicPartition, ItemResult<()>)>);

impl Reply for CommitReply {
    const VERSIONS: VersionRange = VersionRange { min: 2, max: 9 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        if version >= 3 {
            reader.throttle()?;
        }
        let all = read_results(reader)?;
        reader.tags()?;
        Ok(Self(all))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

/// Topics with partitions, each with a code.
pub(super) fn read_results(
    reader: &mut Reader<'_>,
) -> std::result::Result<Vec<(TopicPartition, ItemResult<()>)>, Malformed> {
    let mut all = Vec::new();
    reader.skip_items(3, |reader| {
        let topic = Name::from(reader.string()?);
        reader.skip_items(6, |reader| {
            let partition = TopicPartition { topic: topic.clone(), partition: reader.i32()? };
            let error = kafka_error(reader.i16()?, None);
            reader.tags()?;
            all.push((partition, error.map_or(Ok(()), Err)));
            Ok(())
        })?;
        reader.tags()
    })?;
    Ok(all)
}
