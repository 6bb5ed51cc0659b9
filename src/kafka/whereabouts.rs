//! What is known of who serves what: the brokers' addresses, the groups' coordinators, the
//! partitions' leaders. A broker that says that it is not the one makes the entry be forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Name, TopicPartition};
use crate::settings::Address;

use super::cluster::{Broker, Cluster};
use super::dial::show_address;
use super::metadata::TopicMetadata;

/// Shared by the clones of a client.
#[derive(Debug, Default)]
pub(super) struct Whereabouts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    cluster: Option<String>,
    brokers: HashMap<i32, Address>,
    coordinators: HashMap<Name, i32>,
    leaders: HashMap<Name, HashMap<i32, i32>>,
}

impl Whereabouts {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the broker with this id is.
    pub fn address_of(&self, id: i32) -> Option<Address> {
        self.known().brokers.get(&id).cloned()
    }

    /// The id of the broker with this address, as [`show_address`] shows it.
    pub fn id_of(&self, shown: &str) -> Option<i32> {
        let known = self.known();
        let mut found = known.brokers.iter().filter(|(_, address)| show_address(address) == shown);
        found.next().map(|(id, _)| *id)
    }

    /// Takes the brokers of the cluster for all that there are, or its controllers.
    pub fn learn_brokers(&self, cluster: &Cluster) {
        let mut known = self.known();
        known.brokers =
            cluster.nodes().iter().map(|broker| (broker.id, broker.address())).collect();
        known.cluster.clone_from(&cluster.id);
    }

    /// The id of the cluster.
    pub fn cluster_id(&self) -> Option<String> {
        self.known().cluster.clone()
    }

    /// Adds one broker.
    pub fn learn_broker(&self, broker: &Broker) {
        self.known().brokers.insert(broker.id, broker.address());
    }

    pub fn forget_broker(&self, id: i32) {
        self.known().brokers.remove(&id);
    }

    pub fn coordinator_of(&self, group: &Name) -> Option<i32> {
        self.known().coordinators.get(group).copied()
    }

    pub fn learn_coordinator(&self, group: &Name, broker: i32) {
        self.known().coordinators.insert(group.clone(), broker);
    }

    /// The same for all groups of a broker.
    pub fn learn_coordinators<'g>(
        &self,
        groups: impl ExactSizeIterator<Item = &'g Name>,
        broker: i32,
    ) {
        let known = &mut self.known().coordinators;
        known.reserve(groups.len());
        known.extend(groups.map(|group| (group.clone(), broker)));
    }

    pub fn forget_coordinator(&self, group: &Name) {
        self.known().coordinators.remove(group);
    }

    pub fn leader_of(&self, partition: &TopicPartition) -> Option<i32> {
        self.known().leaders.get(&partition.topic)?.get(&partition.partition).copied()
    }

    /// The leaders of a topic's partitions, as far as there are any.
    pub fn learn_leaders(&self, topic: &TopicMetadata) {
        let leaders = topic.partitions.iter().filter_map(|p| Some((p.partition, p.leader?)));
        self.known().leaders.insert(topic.name.clone(), leaders.collect());
    }

    pub fn forget_leader(&self, partition: &TopicPartition) {
        if let Some(leaders) = self.known().leaders.get_mut(&partition.topic) {
            leaders.remove(&partition.partition);
        }
    }
}
