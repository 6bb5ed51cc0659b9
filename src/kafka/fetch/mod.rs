//! Records: `Fetch` (1; READ on the topic), asked of the leaders.

mod log;
mod times;

pub use log::LogPart;

use std::time::Duration;

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::KafkaError;
use crate::model::{Name, TopicPartition};

use super::acls::ItemResult;
use super::codes::kafka_error;
use super::connection::Reply;
use super::offsets::{by_partition, by_topic, topic_name};
use super::reader::{Malformed, Reader};

/// A place in a partition from which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstRecord {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset of the record, or of the first one behind it that is still there.
    pub offset: i64,
}

/// How long the broker may wait for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Patience(Duration);

impl Patience {
    const NONE: Self = Self(Duration::ZERO);
}

fn request(places: &[&FirstRecord], bytes: i32, patience: Patience) -> FetchRequest {
    let topics = by_topic(places.iter().map(|place| (&place.partition, place.offset)));
    let topics = topics.into_iter().map(|(topic, partitions)| {
        let partition = |(partition, offset): (i32, i64)| {
            FetchPartition::default()
                .with_partition(partition)
                .with_fetch_offset(offset)
                .with_partition_max_bytes(bytes)
        };
        FetchTopic::default()
            .with_topic(topic_name(topic))
            .with_partitions(partitions.into_iter().map(partition).collect())
    });
    let many = i32::try_from(places.len()).unwrap_or(i32::MAX);
    FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(i32::try_from(patience.0.as_millis()).unwrap_or(i32::MAX))
        .with_min_bytes(i32::from(patience != Patience::NONE))
        .with_max_bytes(bytes.saturating_mul(many))
        .with_session_epoch(-1)
        .with_topics(topics.collect())
}

/// What was fetched of a partition.
struct Fetched {
    high_watermark: i64,
    log_start: i64,
    records: Vec<u8>,
}

/// The answer: the records of each partition.
struct FetchReply {
    error: Option<KafkaError>,
    partitions: Vec<(TopicPartition, ItemResult<Fetched>)>,
}

impl FetchReply {
    fn of(self, places: &[&FirstRecord]) -> Vec<Option<ItemResult<Fetched>>> {
        by_partition(places.iter().map(|place| &place.partition), self.partitions)
    }
}

impl Reply for FetchReply {
    // Since version 13 topics have ids; their names serve as well.
    const VERSIONS: VersionRange = VersionRange { min: 4, max: 12 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Result<Self, Malformed> {
        reader.throttle()?;
        let mut error = None;
        if version >= 7 {
            error = kafka_error(reader.i16()?, None);
            reader.i32()?;
        }
        let mut partitions = Vec::new();
        reader.skip_items(3, |reader| {
            let topic = Name::from(reader.string()?);
            reader.skip_items(20, |reader| {
                let partition = TopicPartition { topic: topic.clone(), partition: reader.i32()? };
                let error = kafka_error(reader.i16()?, None);
                let high_watermark = reader.i64()?;
                // The end of what is certain of transactions.
                reader.i64()?;
                let log_start = if version >= 5 { reader.i64()? } else { 0 };
                reader.skip_items(16, |reader| {
                    reader.i64()?;
                    reader.i64()?;
                    reader.tags()
                })?;
                if version >= 11 {
                    reader.i32()?;
                }
                let records = reader.nullable_bytes()?.unwrap_or_default().to_vec();
                reader.tags()?;
                let fetched = Fetched { high_watermark, log_start, records };
                partitions.push((partition, error.map_or(Ok(fetched), Err)));
                Ok(())
            })?;
            reader.tags()
        })?;
        reader.tags()?;
        Ok(Self { error, partitions })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
