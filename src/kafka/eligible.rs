//! Which replicas outside of the in-sync ones may lead without loss: `DescribeTopicPartitions` (75,
//! KIP-966; DESCRIBE on the topic; brokers since 3.8, with KRaft).

use std::collections::HashMap;

use kafka_protocol::messages::DescribeTopicPartitionsRequest;
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};
use crate::topic::Eligible;

use super::client::{Client, Purpose, Route};
use super::connection::Reply;
use super::frame::Ask;
use super::reader::{Malformed, Reader};
use super::topics::topic_name;

/// Partitions in one answer; a broker gives as many at most (`max.request.partition.size.limit`).
const MOST: i32 = 2_000;

impl Client {
    /// The eligible leader replicas of the partitions of these topics; topics that are not there are left
    /// out. `None` where brokers do not know of them.
    pub async fn eligible_leaders(
        &self,
        topics: &[Name],
    ) -> Result<Option<HashMap<TopicPartition, Eligible>>> {
        let mut found = HashMap::new();
        if !self.offers(DescribeTopicPartitionsRequest::KEY).await? {
            return Ok(None);
        }
        if topics.is_empty() {
            return Ok(Some(found));
        }
        let named = |name: &Name| TopicRequest::default().with_name(topic_name(name));
        let mut cursor: Option<(Name, i32)> = None;
        loop {
            // What was told of is not asked for again.
            let rest = |name: &&Name| cursor.as_ref().is_none_or(|(topic, _)| *name >= topic);
            let rest = topics.iter().filter(rest).map(named).collect();
            let from = cursor.take().map(|(topic, partition)| {
                let cursor = Cursor::default().with_topic_name(topic_name(&topic));
                cursor.with_partition_index(partition)
            });
            let request = DescribeTopicPartitionsRequest::default()
                .with_topics(rest)
                .with_response_partition_limit(MOST)
                .with_cursor(from);
            let reply: DescribeReply = self.ask(Route::Any, Purpose::Read, &request).await?;
            let before = found.len();
            found.extend(reply.partitions);
            cursor = reply.next;
            // A broker that goes round in circles is not followed.
            if cursor.is_none() || found.len() == before {
                return Ok(Some(found));
            }
        }
    }
}

/// The answer.
struct DescribeReply {
    partitions: Vec<(TopicPartition, Eligible)>,
    next: Option<(Name, i32)>,
}

impl Reply for DescribeReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut partitions = Vec::new();
        for _ in 0..reader.array(26)? {
            reader.i16()?;
            let topic = Name::from(reader.nullable_string()?.unwrap_or_default());
            reader.uuid()?;
            reader.bool()?;
            for _ in 0..reader.array(20)? {
                let (index, eligible) = read_partition(reader)?;
                partitions.push((TopicPartition::new(topic.clone(), index), eligible));
            }
            reader.i32()?;
            reader.tags()?;
        }
        let next = if reader.i8()? < 0 {
            None
        } else {
            let next = (Name::from(reader.string()?), reader.i32()?);
            reader.tags()?;
            Some(next)
        };
        reader.tags()?;
        Ok(Self { partitions, next })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_partition(reader: &mut Reader<'_>) -> std::result::Result<(i32, Eligible), Malformed> {
    reader.i16()?;
    let index = reader.i32()?;
    // The leader, its epoch, the replicas, those in sync.
    reader.i64()?;
    reader.skip_items(4, |reader| reader.i32().map(drop))?;
    reader.skip_items(4, |reader| reader.i32().map(drop))?;
    let replicas = reader.items(4, Reader::i32)?;
    let last_known = reader.items(4, Reader::i32)?;
    reader.skip_items(4, |reader| reader.i32().map(drop))?;
    reader.tags()?;
    Ok((index, Eligible { replicas, last_known }))
}
