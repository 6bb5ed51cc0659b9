//! What a plan is made of: brokers, partitions, their sizes, and what moves already (Metadata: DESCRIBE
//! on the topics; ListPartitionReassignments, DescribeLogDirs: DESCRIBE on the cluster).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Wanted;
use super::obstacles::{Obstacles, note_replaced, warn_of_kept, warn_of_racks};
use crate::commands::Context;
use crate::commands::topic::fetch;
use crate::error::Result;
use crate::kafka::{Broker, Client, Cluster, Entity};
use crate::model::{Name, TopicPartition};
use crate::report::reassign::{BrokerChange, Change, PlannedMove, ReassignmentPlan};
use crate::topic::reassign::bearing::{Bearing, bearings};
use crate::topic::reassign::progress::Sizes;
use crate::topic::reassign::{Move, Ongoing, Placement, Site, bytes_to_copy};
use crate::topic::select::Selection;
use crate::topic::state::find;
use crate::topic::{Partition, Topic};

/// How long a broker may take to tell what lies on its disks; a plan can do without.
const PATIENCE: Duration = Duration::from_secs(10);

/// The cluster as it is.
pub struct State {
    pub cluster: Cluster,
    pub topics: Vec<Topic>,
    /// What moves, by partition.
    pub ongoing: BTreeMap<TopicPartition, Ongoing>,
    /// Brokers that hold replicas and are not there.
    absent: Vec<Site>,
    sizes: Sizes,
}

impl State {
    pub async fn fetch(context: &Context<'_>, client: &Client) -> Result<Self> {
        let (topics, ongoing) =
            tokio::join!(client.cluster_and_topics(None, false), client.list_reassignments());
        let ((cluster, mut topics), ongoing) = (topics?, ongoing?);
        topics.retain(|topic| topic.error.is_none());
        let patience = client.with_half().within(PATIENCE);
        let dirs = fetch::log_dirs(context, &patience, &cluster, None).await;
        let ongoing = ongoing.into_iter().map(|one| (one.partition.clone(), one)).collect();
        let absent = absent(&patience, &cluster, &topics).await;
        Ok(Self { cluster, topics, ongoing, absent, sizes: Sizes::of(&dirs) })
    }

    /// Brokers that are there, and those that hold replicas and are not.
    pub fn sites(&self) -> Vec<Site> {
        let alive =
            |broker: &Broker| Site { id: broker.id, rack: broker.rack.clone(), alive: true };
        self.cluster.brokers.iter().map(alive).chain(self.absent.iter().cloned()).collect()
    }

    pub fn is_alive(&self, id: i32) -> bool {
        self.cluster.brokers.iter().any(|broker| broker.id == id)
    }

    /// The partition as it is described.
    pub fn partition(&self, key: &TopicPartition) -> Option<&Partition> {
        find(&self.topics, key)
    }

    /// Where a partition lies, or will when it has been moved.
    pub fn replicas(&self, key: &TopicPartition) -> Option<Vec<i32>> {
        match self.ongoing.get(key) {
            Some(moving) => Some(moving.target()),
            None => self.partition(key).map(|partition| partition.replicas.clone()),
        }
    }

    /// The size of its largest replica.
    pub fn size(&self, key: &TopicPartition) -> Option<u64> {
        let partition = self.partition(key)?;
        self.sizes.largest(key, &partition.replicas)
    }

    /// Every partition, with what may be done with it.
    pub fn placements(&self, wanted: &Wanted) -> Vec<Placement> {
        let mut all = Vec::new();
        for topic in &self.topics {
            let movable = wanted.topics.as_ref().is_none_or(|selection| selection.matches(topic));
            let named = wanted.topics.as_ref().is_some_and(|s| !s.names.is_empty());
            let resizable = movable && (!topic.internal || wanted.internal || named);
            for partition in &topic.partitions {
                let key = TopicPartition::new(topic.name.clone(), partition.index);
                all.push(Placement {
                    replicas: self.replicas(&key).unwrap_or_default(),
                    in_sync: partition.in_sync.clone(),
                    bytes: self.sizes.largest(&key, &partition.replicas),
                    partition: key,
                    movable,
                    resizable,
                });
            }
        }
        all
    }

    /// What keeps the moves from being carried out as the cluster is.
    pub fn obstacles(&self, moves: &[Move]) -> Obstacles {
        let keys = moves.iter().map(|one| (&one.partition, one.adding()));
        Obstacles::of(&self.topics, &self.cluster, keys)
    }

    /// Warns of what the moves will wait for, and of what they leave where it is ill.
    pub async fn warn_of_obstacles(&self, context: &Context<'_>, client: &Client, moves: &[Move]) {
        self.obstacles(moves).warn_of(context);
        note_replaced(context, &self.ongoing, moves);
        warn_of_racks(context, &self.sites(), moves);
        warn_of_kept(context, &self.cluster, moves);
        self.warn_of_fewer(context, client, moves).await;
    }

    /// Warns of topics that nobody can write to when they have as few replicas as the moves leave. Whose
    /// configuration may not be seen is left to its owner.
    async fn warn_of_fewer(&self, context: &Context<'_>, client: &Client, moves: &[Move]) {
        let mut left: BTreeMap<&Name, usize> = BTreeMap::new();
        for one in moves.iter().filter(|one| one.to.len() < one.from.len()) {
            let fewest = left.entry(&one.partition.topic).or_insert(one.to.len());
            *fewest = one.to.len().min(*fewest);
        }
        if left.is_empty() {
            return;
        }
        let entities: Vec<Entity> = left.keys().map(|t| Entity::topic(t.to_string())).collect();
        let question = fetch::min_isr_question();
        let Ok(answers) = client.describe_configs(&entities, &question).await else { return };
        let asking: Vec<(&str, usize, usize)> = left
            .iter()
            .zip(answers)
            .filter_map(|((topic, replicas), configs)| {
                Some((topic.as_str(), fetch::min_isr_of(&configs.ok()?)?, *replicas))
            })
            .collect();
        fetch::warn_of_min_isr(context, &asking);
    }

    /// The moves as they are shown.
    pub fn report(&self, context: &Context<'_>, moves: &[Move]) -> ReassignmentPlan {
        let placements = self.placements(&Wanted::default());
        let brokers = self.cluster.brokers.iter().map(|broker| broker.id);
        let obstacles = self.obstacles(moves);
        let planned = |one: &Move| PlannedMove {
            waits_for: obstacles.brokers(&one.partition).to_vec(),
            ..PlannedMove::from(one)
        };
        let rack = |id: i32| self.sites().into_iter().find(|site| site.id == id)?.rack;
        let broker = |(id, (before, after)): (i32, (Bearing, Bearing))| BrokerChange {
            id,
            rack: rack(id),
            alive: self.is_alive(id),
            replicas: Change { before: before.replicas, after: after.replicas },
            preferred_leaders: Change { before: before.preferred, after: after.preferred },
            size_bytes: before
                .bytes
                .zip(after.bytes)
                .map(|(before, after)| Change { before, after }),
        };
        ReassignmentPlan {
            cluster_id: self.cluster.id.clone(),
            created_at: context.timestamp(),
            items: moves.iter().map(planned).collect(),
            bytes_to_copy: bytes_to_copy(moves),
            brokers: bearings(brokers, &placements, moves).into_iter().map(broker).collect(),
        }
    }

    /// The moves that reach what is wanted. What is on its way elsewhere is copied from where it lies whole.
    pub async fn plan(&self, client: &Client, wanted: &Wanted) -> Result<Vec<Move>> {
        if let Some(selection) = wanted.topics.as_ref().filter(|s| !s.names.is_empty()) {
            self.all_there(client, selection).await?;
        }
        let placements = self.placements(wanted);
        let mut moves = crate::topic::reassign::plan(&self.sites(), &placements, &wanted.goal)?;
        for one in &mut moves {
            if let Some(moving) = self.ongoing.get(&one.partition) {
                one.from = moving.origin();
            }
        }
        Ok(moves)
    }

    /// A name that nothing has is a mistake in typing, or a topic that may not be seen.
    async fn all_there(&self, client: &Client, selection: &Selection) -> Result<()> {
        let there = |name: &String| self.topics.iter().any(|topic| *topic.name == **name);
        if selection.names.iter().all(there) {
            return Ok(());
        }
        let (_, topics) = fetch::topics(client, selection, false).await?;
        fetch::all_there(client, &topics).await
    }
}

/// The brokers that hold replicas and are not there. Who does not learn their racks can do without.
async fn absent(client: &Client, cluster: &Cluster, topics: &[Topic]) -> Vec<Site> {
    let held = topics.iter().flat_map(|topic| &topic.partitions).flat_map(|p| &p.replicas);
    let mut ids: BTreeSet<i32> = held.copied().collect();
    for broker in &cluster.brokers {
        ids.remove(&broker.id);
    }
    if ids.is_empty() {
        return Vec::new();
    }
    let fenced = client.fenced_brokers().await.unwrap_or_default();
    let rack = |id| fenced.iter().find(|broker| broker.id == id)?.rack.clone();
    ids.into_iter().map(|id| Site { id, rack: rack(id), alive: false }).collect()
}
