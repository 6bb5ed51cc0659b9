//! What slows a move down (KIP-73): rates on brokers, and on topics the replicas that they apply to.

use std::collections::{BTreeMap, BTreeSet};

use super::Move;
use crate::model::Name;

/// How fast a broker may send to throttled replicas, in bytes a second.
pub const LEADER_RATE: &str = "leader.replication.throttled.rate";
/// How fast a broker may fetch throttled replicas, in bytes a second.
pub const FOLLOWER_RATE: &str = "follower.replication.throttled.rate";
/// The replicas of a topic that are sent slowly: `PARTITION:BROKER,…`, or `*`.
pub const LEADER_REPLICAS: &str = "leader.replication.throttled.replicas";
/// The replicas of a topic that are fetched slowly.
pub const FOLLOWER_REPLICAS: &str = "follower.replication.throttled.replicas";

/// Whether the key is one that a reassignment puts on a topic for a while: it is not the topic's own.
pub fn is_passing(key: &str) -> bool {
    matches!(key, LEADER_REPLICAS | FOLLOWER_REPLICAS)
}

/// The replicas of a topic that are slowed down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replicas {
    /// Those that send: whoever holds the partition now.
    pub leaders: BTreeSet<String>,
    /// Those that fetch: whoever gets it.
    pub followers: BTreeSet<String>,
}

impl Replicas {
    /// As the value of a key.
    pub fn value(words: &BTreeSet<String>) -> String {
        words.iter().map(String::as_str).collect::<Vec<_>>().join(",")
    }
}

/// The replicas to slow down, by topic; topics of which nothing is copied are left out.
pub fn replicas(moves: &[Move]) -> BTreeMap<Name, Replicas> {
    let mut topics: BTreeMap<Name, Replicas> = BTreeMap::new();
    for one in moves.iter().filter(|one| !one.adding().is_empty()) {
        let topic = topics.entry(one.partition.topic.clone()).or_default();
        let word = |id: &i32| format!("{}:{id}", one.partition.partition);
        topic.leaders.extend(one.from.iter().map(word));
        topic.followers.extend(one.adding().iter().map(word));
    }
    topics
}

/// The brokers that send or get something.
pub fn brokers(moves: &[Move]) -> BTreeSet<i32> {
    let copying = moves.iter().filter(|one| !one.adding().is_empty());
    copying.flat_map(|one| one.from.iter().copied().chain(one.adding())).collect()
}
