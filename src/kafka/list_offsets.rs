//! Offsets of partitions: `ListOffsets` (2; DESCRIBE on each topic), asked of the leaders.

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::acls::ItemResult;
use super::client::Client;
use super::codes::kafka_error;
use super::connection::Reply;
use super::offsets::topic_name;
use super::reader::{Malformed, Reader};
use super::spread::{Spread, of_leader};

/// Which offset of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetAt {
    /// The first that is there.
    Earliest,
    /// That of the next record.
    Latest,
    /// That of the record with the greatest timestamp (KIP-734; brokers from 3.0).
    GreatestTimestamp,
    /// The first that is on the leader's own disk (KIP-405; brokers from 3.6).
    EarliestLocal,
    /// The last that is in remote storage (KIP-1005; brokers from 3.9).
    LatestTiered,
    /// The first whose record is not older than this, in milliseconds since 1970.
    Time(i64),
}

/// An offset and the timestamp of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetFound {
    /// `None` where there is no such record.
    pub offset: Option<i64>,
    /// In milliseconds since 1970; `None` where it was not asked for or there is none.
    pub timestamp: Option<i64>,
}

impl Client {
    /// An offset of each of these partitions, in their order.
    pub async fn list_offsets(
        &self,
        partitions: &[TopicPartition],
        at: OffsetAt,
    ) -> Result<Vec<Result<OffsetFound>>> {
        // The broker gives up first.
        let left = self.deadline().remaining().as_millis() * 9 / 10;
        let timeout_ms = i32::try_from(left).unwrap_or(i32::MAX);
        self.spread(&Listing { at, timeout_ms }, partitions).await
    }
}

struct Listing {
    at: OffsetAt,
    timeout_ms: i32,
}

impl Listing {
    fn code(&self) -> i64 {
        match self.at {
            OffsetAt::Latest => -1,
            OffsetAt::Earliest => -2,
            OffsetAt::GreatestTimestamp => -3,
            OffsetAt::EarliestLocal => -4,
            OffsetAt::LatestTiered => -5,
            OffsetAt::Time(time) => time.max(0),
        }
    }
}

impl Spread for Listing {
    type Item = TopicPartition;
    type Request = ListOffsetsRequest;
    type Reply = OffsetsReply;
    type Answer = OffsetFound;

    const WHAT: &'static str = "list offsets of";

    of_leader!(TopicPartition, |item| item);

    fn most(&self, _version: i16) -> usize {
        10_000
    }

    fn least(&self) -> Option<(i16, &'static str)> {
        match self.at {
            OffsetAt::Earliest | OffsetAt::Latest | OffsetAt::Time(_) => None,
            OffsetAt::GreatestTimestamp => Some((7, "3.0")),
            OffsetAt::EarliestLocal => Some((8, "3.6")),
            OffsetAt::LatestTiered => Some((9, "3.9")),
        }
    }

    fn request(&self, items: &[&TopicPartition], version: i16) -> ListOffsetsRequest {
        let mut topics: BTreeMap<&Name, Vec<ListOffsetsPartition>> = BTreeMap::new();
        for item in items {
            let partition = ListOffsetsPartition::default()
                .with_partition_index(item.partition)
                .with_current_leader_epoch(-1)
                .with_timestamp(self.code());
            topics.entry(&item.topic).or_default().push(partition);
        }
        let topic = |(name, partitions): (&Name, Vec<ListOffsetsPartition>)| {
            ListOffsetsTopic::default().with_name(topic_name(name)).with_partitions(partitions)
        };
        let request = ListOffsetsRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_topics(topics.into_iter().map(topic).collect());
        if version >= 10 { request.with_timeout_ms(self.timeout_ms) } else { request }
    }

    fn answers(
        &self,
        reply: OffsetsReply,
        items: &[&TopicPartition],
    ) -> Vec<Option<ItemResult<OffsetFound>>> {
        let mut found: HashMap<TopicPartition, ItemResult<OffsetFound>> =
            reply.0.into_iter().collect();
        items.iter().map(|item| found.remove(*item)).collect()
    }
}

/// The answer.
pub(super) struct OffsetsReply(Vec<(TopicPartition, ItemResult<OffsetFound>)>);

impl Reply for OffsetsReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 10 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        if version >= 2 {
            reader.throttle()?;
        }
        let mut all = Vec::new();
        for _ in 0..reader.array(3)? {
            let topic = Name::from(reader.string()?);
            for _ in 0..reader.array(22)? {
                let partition = TopicPartition::new(topic.clone(), reader.i32()?);
                let error = kafka_error(reader.i16()?, None);
                let known = |value: i64| Some(value).filter(|value| *value >= 0);
                let timestamp = known(reader.i64()?);
                let offset = known(reader.i64()?);
                if version >= 4 {
                    reader.i32()?;
                }
                reader.tags()?;
                all.push((partition, error.map_or(Ok(OffsetFound { offset, timestamp }), Err)));
            }
            reader.tags()?;
        }
        reader.tags()?;
        Ok(Self(all))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}
