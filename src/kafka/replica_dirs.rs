//! Replicas in the folders of brokers: `AlterReplicaLogDirs` (34, KIP-113; ALTER on the cluster).

use std::collections::BTreeMap;

use futures_util::future::join_all;
use kafka_protocol::messages::AlterReplicaLogDirsRequest;
use kafka_protocol::messages::alter_replica_log_dirs_request::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic,
};
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::Reply;
use super::reader::{Malformed, Reader};
use super::topics::{text, topic_name};

/// A replica with the folder that it is to lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaDir {
    /// The partition.
    pub partition: TopicPartition,
    /// The broker.
    pub broker: i32,
    /// The folder.
    pub dir: String,
}

/// The replica is not there yet: the broker keeps the folder in mind, and makes it there.
const REPLICA_NOT_AVAILABLE: i16 = 9;

impl Client {
    /// Has brokers move replicas to these folders, or make them there; asked side by side. One result for
    /// each, in their order.
    pub async fn alter_replica_dirs(&self, wanted: &[ReplicaDir]) -> Vec<Result<()>> {
        let mut shares: BTreeMap<i32, Vec<&ReplicaDir>> = BTreeMap::new();
        for one in wanted {
            shares.entry(one.broker).or_default().push(one);
        }
        let asked = shares.iter().map(|(broker, share)| async move {
            let purpose = Purpose::Write("move replicas between folders");
            let reply: Result<DirsReply> =
                self.ask(Route::Broker(*broker), purpose, &request(share)).await;
            (*broker, reply)
        });
        let replies: BTreeMap<i32, Result<DirsReply>> = join_all(asked).await.into_iter().collect();
        let of = |one: &ReplicaDir| match &replies[&one.broker] {
            Err(error) => Err(error.clone()),
            Ok(reply) => match reply.0.get(&one.partition) {
                Some(Some(error)) => Err(not_moved(one, error.clone())),
                Some(None) => Ok(()),
                None => Err(Error::failed(format!("broker {} left out a replica", one.broker))),
            },
        };
        wanted.iter().map(of).collect()
    }
}

fn not_moved(one: &ReplicaDir, error: KafkaError) -> Error {
    Error::failed(format!("the replica on broker {} was not moved", one.broker)).kafka(error)
}

fn request(share: &[&ReplicaDir]) -> AlterReplicaLogDirsRequest {
    let mut dirs: BTreeMap<&str, BTreeMap<&Name, Vec<i32>>> = BTreeMap::new();
    for one in share {
        let topics = dirs.entry(&one.dir).or_default();
        topics.entry(&one.partition.topic).or_default().push(one.partition.partition);
    }
    let topic = |(name, partitions): (&Name, Vec<i32>)| {
        AlterReplicaLogDirTopic::default().with_name(topic_name(name)).with_partitions(partitions)
    };
    let dir = |(path, topics): (&str, BTreeMap<&Name, Vec<i32>>)| {
        AlterReplicaLogDir::default()
            .with_path(text(path))
            .with_topics(topics.into_iter().map(topic).collect())
    };
    AlterReplicaLogDirsRequest::default().with_dirs(dirs.into_iter().map(dir).collect())
}

/// The answer: why a replica is not moved.
struct DirsReply(BTreeMap<TopicPartition, Option<KafkaError>>);

impl Reply for DirsReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 2 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut found = BTreeMap::new();
        for _ in 0..reader.array(2)? {
            let topic = Name::from(reader.string()?);
            for _ in 0..reader.array(6)? {
                let partition = TopicPartition::new(topic.clone(), reader.i32()?);
                let error = kafka_error(reader.i16()?, None);
                let error = error.filter(|error| error.code != REPLICA_NOT_AVAILABLE);
                found.insert(partition, error);
                reader.tags()?;
            }
            reader.tags()?;
        }
        reader.tags()?;
        Ok(Self(found))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}
