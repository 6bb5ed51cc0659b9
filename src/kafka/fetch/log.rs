//! A partition's log, part by part.

use std::time::Duration;

use kafka_protocol::messages::FetchRequest;

use crate::error::{Error, KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::metadata::Topics;
use super::super::offsets::refused;
use super::super::spread::{Spread, of_leader};
use super::{FetchReply, FirstRecord, Patience, request};

/// Bytes a request. A batch that is larger comes alone and whole.
const BYTES: i32 = 4 << 20;

const WHAT: &str = "read";

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPart {
    /// Batches of records, as they are stored. The first one may begin before the offset that was asked
    /// for, and the last one may be cut off.
    pub records: Vec<u8>,
    /// The offset behind the last record that consumers may see.
    pub high_watermark: i64,
    /// The first offset that is there.
    pub log_start: i64,
}

impl Client {
    /// How many partitions a topic has (`Metadata`; DESCRIBE on the topic); `None` where there is no
    /// such topic. For somebody who wants to read it: a refusal names the permission to read.
    pub async fn partitions_to_read(&self, topic: &Name) -> Result<Option<usize>> {
        const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
        let names = std::slice::from_ref(topic);
        let topics = self.topics(Topics::Named(names), false).await?;
        let Some(found) = topics.into_iter().find(|found| found.name == *topic) else {
            return Ok(None);
        };
        match found.error {
            None => Ok(Some(found.partitions.len())),
            Some(error) if error.code == UNKNOWN_TOPIC_OR_PARTITION => Ok(None),
            Some(error) => {
                Err(refused(self, WHAT, WHAT, &TopicPartition::new(topic.clone(), 0), error))
            }
        }
    }

    /// The part of a log that begins at `place`; where it ends there, the broker waits up to `wait` for
    /// more.
    pub async fn read_log(&self, place: &FirstRecord, wait: Duration) -> Result<LogPart> {
        let call = ReadLog(Patience(wait));
        let mut parts = self.spread(&call, std::slice::from_ref(place)).await?;
        parts.pop().unwrap_or_else(|| Err(Error::failed("the broker answered nothing")))
    }
}

struct ReadLog(Patience);

impl Spread for ReadLog {
    type Item = FirstRecord;
    type Request = FetchRequest;
    type Reply = FetchReply;
    type Answer = LogPart;

    const WHAT: &'static str = WHAT;

    of_leader!(FirstRecord, |place| &place.partition);

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(&self, places: &[&FirstRecord], _version: i16) -> FetchRequest {
        request(places, BYTES, self.0)
    }

    fn answers(
        &self,
        reply: FetchReply,
        places: &[&FirstRecord],
    ) -> Vec<Option<ItemResult<LogPart>>> {
        let part = |fetched: super::Fetched| LogPart {
            records: fetched.records,
            high_watermark: fetched.high_watermark,
            log_start: fetched.log_start,
        };
        reply.of(places).into_iter().map(|answer| Some(answer?.map(part))).collect()
    }

    fn refused(&self, client: &Client, place: &FirstRecord, error: KafkaError) -> Error {
        refused(client, WHAT, WHAT, &place.partition, error)
    }
}
