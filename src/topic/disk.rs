//! The log folders of brokers and what lies in them (`DescribeLogDirs`, 35).

use std::collections::BTreeMap;

use crate::error::KafkaError;
use crate::model::{Name, TopicPartition};

/// A folder of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDir {
    /// Its path on the broker.
    pub path: String,
    /// Why the broker cannot use it.
    pub error: Option<KafkaError>,
    /// The size of its volume in bytes (KIP-827; brokers from 3.3).
    pub total_bytes: Option<u64>,
    /// What is free of it.
    pub usable_bytes: Option<u64>,
    /// What lies in it.
    pub replicas: Vec<Replica>,
}

/// A replica in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many records it is behind: its leader, or for a future replica the current one.
    pub lag: i64,
    /// It is being moved here from another folder.
    pub future: bool,
}

impl LogDir {
    /// What all replicas in it take, in bytes.
    pub fn bytes(&self) -> u64 {
        self.replicas.iter().map(|replica| replica.bytes).sum()
    }

    /// How much of the volume is used, from 0 to 1; `None` when the broker does not say.
    pub fn used(&self) -> Option<f64> {
        let (total, usable) = (self.total_bytes?, self.usable_bytes?);
        #[expect(clippy::cast_precision_loss, reason = "a share of a disk")]
        (total > 0).then(|| 1.0 - usable as f64 / total as f64)
    }
}

/// A replica that is being moved from one folder of its broker to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderMove {
    /// The partition.
    pub partition: TopicPartition,
    /// The broker.
    pub broker: i32,
    /// The folder that it is used in; `None` when it is in none that the broker can use.
    pub from: Option<String>,
    /// The folder that it is to lie in.
    pub to: String,
    /// What lies there already, in bytes.
    pub done: u64,
    /// What is to lie there.
    pub total: u64,
}

/// The replicas that are being moved between the folders of these brokers.
pub fn folder_moves(brokers: &BTreeMap<i32, Vec<LogDir>>) -> Vec<FolderMove> {
    let mut moves = Vec::new();
    for (broker, dirs) in brokers {
        for to in dirs {
            for future in to.replicas.iter().filter(|replica| replica.future) {
                let is_it = |replica: &&Replica| {
                    !replica.future
                        && replica.topic == future.topic
                        && replica.partition == future.partition
                };
                let current =
                    dirs.iter().find_map(|dir| Some((dir, dir.replicas.iter().find(is_it)?)));
                moves.push(FolderMove {
                    partition: TopicPartition::new(future.topic.clone(), future.partition),
                    broker: *broker,
                    from: current.map(|(dir, _)| dir.path.clone()),
                    to: to.path.clone(),
                    done: future.bytes,
                    total: current
                        .map_or(future.bytes, |(_, replica)| replica.bytes.max(future.bytes)),
                });
            }
        }
    }
    moves.sort_by(|a, b| (&a.partition, a.broker).cmp(&(&b.partition, b.broker)));
    moves
}

/// The bytes of each topic over all brokers, replicas counted each.
pub fn bytes_by_topic<'a>(dirs: impl IntoIterator<Item = &'a LogDir>) -> BTreeMap<&'a str, u64> {
    let mut sizes = BTreeMap::new();
    for replica in dirs.into_iter().flat_map(|dir| &dir.replicas) {
        *sizes.entry(replica.topic.as_str()).or_default() += replica.bytes;
    }
    sizes
}
