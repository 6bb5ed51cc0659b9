//! Moving partitions between brokers (KIP-455): `AlterPartitionReassignments` (45; ALTER on the cluster)
//! and `ListPartitionReassignments` (46; DESCRIBE on the cluster).

use kafka_protocol::messages::alter_partition_reassignments_request::{
    ReassignablePartition, ReassignableTopic,
};
use kafka_protocol::messages::{
    AlterPartitionReassignmentsRequest, ListPartitionReassignmentsRequest,
};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};
use crate::topic::reassign::Ongoing;

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::codes::{NOT_CONTROLLER, kafka_error};
use super::connection::Reply;
use super::named::{NamedReply, Outcomes};
use super::partitions::{by_topic, outcomes};
use super::reader::{Malformed, Reader};
use super::topics::{broker_ids, topic_name};

/// A partition and the brokers that are to hold it, the preferred leader first; `None` ends a move under
/// way and puts the partition back to where it lay.
pub type Reassignment = (TopicPartition, Option<Vec<i32>>);

impl Client {
    /// Has partitions moved, by one request; one result for each, in their order. What is copied goes
    /// on in the cluster afterwards.
    ///
    /// A partition that is not moving and is to be left as it was is answered with
    /// `NO_REASSIGNMENT_IN_PROGRESS`.
    pub async fn alter_reassignments(&self, moves: &[Reassignment]) -> Result<Outcomes<()>> {
        let timeout = self.patience_ms();
        let partition = |(partition, replicas): &Reassignment| {
            ReassignablePartition::default()
                .with_partition_index(partition.partition)
                .with_replicas(replicas.as_deref().map(broker_ids))
        };
        let topic = |(topic, partitions): (&Name, Vec<ReassignablePartition>)| {
            ReassignableTopic::default().with_name(topic_name(topic)).with_partitions(partitions)
        };
        let request = |open: &[&Reassignment]| {
            let topics = by_topic(open.iter().map(|one| (&one.0, partition(one))));
            AlterPartitionReassignmentsRequest::default()
                .with_timeout_ms(timeout)
                .with_topics(topics.into_iter().map(topic).collect())
        };
        let key = |one: &Reassignment| one.0.clone();
        let write = async |route| {
            let what = "reassign partitions";
            self.write_named::<_, _, AlterReply>(what, route, moves, key, request).await
        };
        match write(Route::Any).await {
            Err(error) if error.kafka_error().is_some_and(|e| e.code == NOT_CONTROLLER) => {
                write(Route::Controller).await
            }
            outcome => outcome,
        }
    }

    /// The partitions that are being moved, sorted.
    pub async fn list_reassignments(&self) -> Result<Vec<Ongoing>> {
        let request = ListPartitionReassignmentsRequest::default()
            .with_timeout_ms(self.patience_ms())
            .with_topics(None);
        let mut reply: ListReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        if reply.error.as_ref().is_some_and(|error| error.code == NOT_CONTROLLER) {
            reply = self.ask(Route::Controller, Purpose::Read, &request).await?;
        }
        match reply.error {
            None => {
                reply.ongoing.sort_by(|a, b| a.partition.cmp(&b.partition));
                Ok(reply.ongoing)
            }
            Some(error) => Err(self.refused("list reassignments", "describe", error)),
        }
    }
}

/// Not to be asked again where it was: a broker that is not the controller stays one for a while.
fn of_the_whole(code: i16, message: Option<&str>) -> Option<KafkaError> {
    let mut error = kafka_error(code, message)?;
    if error.code == NOT_CONTROLLER {
        error.retriable = false;
    }
    Some(error)
}

/// The answer to `AlterPartitionReassignments`.
struct AlterReply {
    error: Option<KafkaError>,
    results: Vec<(TopicPartition, ItemResult<()>)>,
}

impl Reply for AlterReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        if version >= 1 {
            reader.bool()?;
        }
        let error = of_the_whole(reader.i16()?, reader.nullable_string()?);
        let results = outcomes(reader)?;
        reader.tags()?;
        Ok(Self { error, results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

impl NamedReply for AlterReply {
    type Key = TopicPartition;
    type Item = ();

    fn into_results(self) -> Vec<(TopicPartition, ItemResult<()>)> {
        self.results
    }
}

/// The answer to `ListPartitionReassignments`.
struct ListReply {
    error: Option<KafkaError>,
    ongoing: Vec<Ongoing>,
}

impl Reply for ListReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = of_the_whole(reader.i16()?, reader.nullable_string()?);
        let mut ongoing = Vec::new();
        for _ in 0..reader.array(3)? {
            let topic = Name::from(reader.string()?);
            for _ in 0..reader.array(8)? {
                let partition = TopicPartition::new(topic.clone(), reader.i32()?);
                let replicas = reader.items(4, Reader::i32)?;
                let adding = reader.items(4, Reader::i32)?;
                let removing = reader.items(4, Reader::i32)?;
                reader.tags()?;
                ongoing.push(Ongoing { partition, replicas, adding, removing });
            }
            reader.tags()?;
        }
        reader.tags()?;
        Ok(Self { error, ongoing })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
