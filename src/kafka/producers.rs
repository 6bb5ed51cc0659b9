//! Producers of partitions, and the end of their transactions (KIP-664): `DescribeProducers` (61; READ
//! on the topic) and `WriteTxnMarkers` (27; ALTER on the cluster), both asked of the leaders.

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::messages::describe_producers_request::TopicRequest;
use kafka_protocol::messages::write_txn_markers_request::{
    WritableTxnMarker, WritableTxnMarkerTopic,
};
use kafka_protocol::messages::{DescribeProducersRequest, ProducerId, WriteTxnMarkersRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition, visible};

use super::acls::ItemResult;
use super::client::Client;
use super::codes::kafka_error;
use super::connection::Reply;
use super::reader::{Malformed, Reader};
use super::spread::{Spread, of_leader};
use super::topics::topic_name;

/// A producer as the leader of a partition knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Producer {
    /// Its id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i32,
    /// The sequence number of its last record; `None` when it has written none.
    pub last_sequence: Option<i32>,
    /// When it last wrote, in milliseconds since 1970; `None` when it has not.
    pub last_timestamp: Option<i64>,
    /// The epoch of the coordinator that ended its last transaction; `None` when none has.
    pub coordinator_epoch: Option<i32>,
    /// Where its open transaction begins; `None` when it has none.
    pub transaction_start: Option<i64>,
}

/// A marker that aborts a transaction in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbortMarker {
    /// Where.
    pub partition: TopicPartition,
    /// Whose.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// No lower than that of the last marker.
    pub coordinator_epoch: i32,
}

impl Client {
    /// The producers of each of these partitions, in their order.
    pub async fn describe_producers(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Result<Vec<Producer>>>> {
        self.spread(&Describe, partitions).await
    }

    /// Ends transactions in partitions, whatever their coordinator knows: what they wrote there is
    /// never seen by a consumer that reads what is committed.
    ///
    /// An item with an error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) has an unknown
    /// outcome.
    pub async fn abort_transactions(&self, markers: &[AbortMarker]) -> Result<Vec<Result<()>>> {
        self.spread(&Abort, markers).await
    }
}

fn shown(partition: &TopicPartition) -> String {
    format!("partition `{}`", visible(&partition.to_string()))
}

struct Describe;

impl Spread for Describe {
    type Item = TopicPartition;
    type Request = DescribeProducersRequest;
    type Reply = ProducersReply;
    type Answer = Vec<Producer>;

    const WHAT: &'static str = "describe the producers of";

    of_leader!(TopicPartition, |item| item);

    fn most(&self, _version: i16) -> usize {
        1_000
    }

    fn request(&self, items: &[&TopicPartition], _version: i16) -> DescribeProducersRequest {
        let mut topics: BTreeMap<&Name, Vec<i32>> = BTreeMap::new();
        for item in items {
            topics.entry(&item.topic).or_default().push(item.partition);
        }
        let topic = |(name, partitions): (&Name, Vec<i32>)| {
            TopicRequest::default().with_name(topic_name(name)).with_partition_indexes(partitions)
        };
        DescribeProducersRequest::default().with_topics(topics.into_iter().map(topic).collect())
    }

    fn answers(
        &self,
        reply: ProducersReply,
        items: &[&TopicPartition],
    ) -> Vec<Option<ItemResult<Vec<Producer>>>> {
        let mut found: HashMap<_, _> = reply.0.into_iter().collect();
        items.iter().map(|item| found.remove(*item)).collect()
    }
}

/// The answer to `DescribeProducers`.
pub(super) struct ProducersReply(Vec<(TopicPartition, ItemResult<Vec<Producer>>)>);

impl Reply for ProducersReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut all = Vec::new();
        for _ in 0..reader.array(3)? {
            let topic = Name::from(reader.string()?);
            for _ in 0..reader.array(9)? {
                let partition = TopicPartition::new(topic.clone(), reader.i32()?);
                let error = kafka_error(reader.i16()?, reader.nullable_string()?);
                let producers = reader.items(37, read_producer)?;
                reader.tags()?;
                all.push((partition, error.map_or(Ok(producers), Err)));
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

fn read_producer(reader: &mut Reader<'_>) -> std::result::Result<Producer, Malformed> {
    let producer_id = reader.i64()?;
    let producer_epoch = reader.i32()?;
    let last_sequence = Some(reader.i32()?).filter(|sequence| *sequence >= 0);
    let last_timestamp = Some(reader.i64()?).filter(|time| *time >= 0);
    let coordinator_epoch = Some(reader.i32()?).filter(|epoch| *epoch >= 0);
    let transaction_start = Some(reader.i64()?).filter(|offset| *offset >= 0);
    reader.tags()?;
    Ok(Producer {
        producer_id,
        producer_epoch,
        last_sequence,
        last_timestamp,
        coordinator_epoch,
        transaction_start,
    })
}

struct Abort;

impl Spread for Abort {
    type Item = AbortMarker;
    type Request = WriteTxnMarkersRequest;
    type Reply = MarkersReply;
    type Answer = ();

    const WHAT: &'static str = "abort the transaction in";
    const WRITES: bool = true;

    fn name(&self, item: &AbortMarker) -> String {
        shown(&item.partition)
    }

    async fn locate(
        &self,
        client: &Client,
        items: &[&AbortMarker],
    ) -> Result<Vec<ItemResult<i32>>> {
        let partitions: Vec<&TopicPartition> = items.iter().map(|item| &item.partition).collect();
        client.leaders(&partitions).await
    }

    fn forget(&self, client: &Client, item: &AbortMarker) {
        client.whereabouts().forget_leader(&item.partition);
    }

    fn most(&self, _version: i16) -> usize {
        1_000
    }

    fn request(&self, items: &[&AbortMarker], _version: i16) -> WriteTxnMarkersRequest {
        let marker = |item: &&AbortMarker| {
            let topic = WritableTxnMarkerTopic::default()
                .with_name(topic_name(&item.partition.topic))
                .with_partition_indexes(vec![item.partition.partition]);
            WritableTxnMarker::default()
                .with_producer_id(ProducerId(item.producer_id))
                .with_producer_epoch(item.producer_epoch)
                .with_transaction_result(false)
                .with_topics(vec![topic])
                .with_coordinator_epoch(item.coordinator_epoch)
        };
        WriteTxnMarkersRequest::default().with_markers(items.iter().map(marker).collect())
    }

    fn answers(&self, reply: MarkersReply, items: &[&AbortMarker]) -> Vec<Option<ItemResult<()>>> {
        let mut found: HashMap<_, _> = reply.0.into_iter().collect();
        let of = |item: &&AbortMarker| found.remove(&(item.producer_id, item.partition.clone()));
        items.iter().map(of).collect()
    }
}

/// The answer to `WriteTxnMarkers`, by producer and partition.
pub(super) struct MarkersReply(Vec<((i64, TopicPartition), ItemResult<()>)>);

impl Reply for MarkersReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 1 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        let mut all = Vec::new();
        for _ in 0..reader.array(10)? {
            let producer = reader.i64()?;
            for _ in 0..reader.array(3)? {
                let topic = Name::from(reader.string()?);
                for _ in 0..reader.array(7)? {
                    let partition = TopicPartition::new(topic.clone(), reader.i32()?);
                    let error = kafka_error(reader.i16()?, None);
                    reader.tags()?;
                    all.push(((producer, partition), error.map_or(Ok(()), Err)));
                }
                reader.tags()?;
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
