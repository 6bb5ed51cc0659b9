//! What keeps partitions from being moved for the time being, found out and said (Metadata: DESCRIBE on
//! the topics).

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::Context;
use crate::error::Result;
use crate::kafka::{Client, Cluster};
use crate::model::{Name, TopicPartition, visible};
use crate::report::units::{and_more, count, ids};
use crate::topic::Topic;
use crate::topic::reassign::obstacle::Obstacle;
use crate::topic::reassign::{Move, Ongoing, Site, in_fewer_racks};
use crate::topic::state::find;

/// By partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obstacles(BTreeMap<TopicPartition, Obstacle>);

impl Obstacles {
    /// Of partitions and those that are to get them; `topics` are sorted by name.
    pub fn of<'a>(
        topics: &[Topic],
        cluster: &Cluster,
        moving: impl IntoIterator<Item = (&'a TopicPartition, Vec<i32>)>,
    ) -> Self {
        let there: BTreeSet<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
        let found = moving.into_iter().filter_map(|(key, adding)| {
            let partition = find(topics, key)?;
            Some((key.clone(), Obstacle::of(partition, &adding, |id| there.contains(&id))?))
        });
        Self(found.collect())
    }

    /// Of what is being moved.
    pub async fn look(client: &Client, moving: &[Ongoing]) -> Result<Self> {
        let names: BTreeSet<&Name> = moving.iter().map(|one| &one.partition.topic).collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        let names: Vec<Name> = names.into_iter().cloned().collect();
        let (cluster, topics) = client.cluster_and_topics(Some(&names), false).await?;
        let keys = moving.iter().map(|one| (&one.partition, one.adding.clone()));
        Ok(Self::of(&topics, &cluster, keys))
    }

    /// Whether nothing is in the way.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The brokers that a partition waits for.
    pub fn brokers(&self, key: &TopicPartition) -> &[i32] {
        self.0.get(key).map_or(&[], Obstacle::brokers)
    }

    /// Why a partition waits, in a few words: `it waits for broker 3, which is not there`.
    pub fn reason(&self, key: &TopicPartition) -> Option<String> {
        let obstacle = self.0.get(key)?;
        let brokers: BTreeSet<i32> = obstacle.brokers().iter().copied().collect();
        Some(match brokers.len() {
            0 => "it waits for a leader".to_owned(),
            1 => format!("it waits for {}, which is not there", named(&brokers)),
            _ => format!("it waits for {}, which are not there", named(&brokers)),
        })
    }

    /// Everything that something waits for: `broker 2`, `brokers 2,3`, `a leader`; empty when nothing does.
    pub fn awaited(&self) -> String {
        let all: BTreeSet<i32> = self.0.values().flat_map(Obstacle::brokers).copied().collect();
        match (self.is_empty(), all.is_empty()) {
            (true, _) => String::new(),
            (false, true) => "a leader".to_owned(),
            (false, false) => named(&all),
        }
    }

    /// What is in the way: the brokers that have to come back, and what lacks them.
    fn told(&self) -> Vec<(BTreeSet<i32>, String)> {
        let leaderless = |one: &Obstacle| matches!(one, Obstacle::NoLeader(_));
        let mut kinds: BTreeMap<(bool, bool), Vec<(&TopicPartition, &Obstacle)>> = BTreeMap::new();
        for (key, one) in &self.0 {
            let kind = (!leaderless(one), one.brokers().is_empty());
            kinds.entry(kind).or_default().push((key, one));
        }
        let told = kinds.into_iter().map(|((led, _), these)| {
            let first = these[0].0.to_string();
            let name = visible(&first);
            let (which, has) = match these.len() {
                1 => (format!("partition `{name}`"), "has"),
                number => (format!("{} (`{name}` first)", count(number, "partition")), "have"),
            };
            let what = if led {
                format!("{which} cannot be copied there")
            } else {
                format!("{which} {has} no leader and cannot be copied")
            };
            (these.iter().flat_map(|(_, one)| one.brokers()).copied().collect(), what)
        });
        told.collect()
    }

    /// Warns of what a plan will wait for.
    pub fn warn_of(&self, context: &Context<'_>) {
        for (brokers, what) in self.told() {
            context.ui.warn(&match brokers.len() {
                0 => format!("{what}, and nothing is copied before there is one"),
                1 => format!("{} is not there: {what} before it is back", named(&brokers)),
                _ => format!("{} are not there: {what} before they are back", named(&brokers)),
            });
        }
    }

    /// Says what is waited for.
    pub fn say(&self, context: &Context<'_>) {
        for (brokers, what) in self.told() {
            context.ui.warn(&match brokers.len() {
                0 => format!("waiting for a leader: {what}"),
                1 => format!("waiting for {}, which is not there: {what}", named(&brokers)),
                _ => format!("waiting for {}, which are not there: {what}", named(&brokers)),
            });
        }
    }
}

fn named(brokers: &BTreeSet<i32>) -> String {
    let all: Vec<i32> = brokers.iter().copied().collect();
    format!("{} {}", if all.len() == 1 { "broker" } else { "brokers" }, ids(&all))
}

/// Warns where replicas lie in fewer racks afterwards, though there are not fewer of them.
pub fn warn_of_racks(context: &Context<'_>, sites: &[Site], moves: &[Move]) {
    let fewer = in_fewer_racks(sites, moves);
    let Some((first, racks)) = fewer.first() else { return };
    context.ui.warn(&format!(
        "the replicas of {} (`{}` first) lie in fewer racks afterwards: it is in {}",
        count(fewer.len(), "partition"),
        visible(&first.partition.to_string()),
        racks.iter().map(|rack| visible(rack)).collect::<Vec<_>>().join(", ")
    ));
}

/// Warns of moves that Kafka never ends.
pub fn warn_of_endless(context: &Context<'_>, moving: &[Ongoing]) {
    let mut endless = moving.iter().filter(|one| one.is_endless());
    let Some(first) = endless.next() else { return };
    let more = and_more(endless.count(), "of ");
    context.ui.warn(&format!(
        "Kafka never ends the move of `{}`{more}: a broker gets the partition that is to lose it; \
         `kward reassign cancel` ends it",
        visible(&first.partition.to_string())
    ));
}

/// Notes where moves take the place of others that are under way.
pub fn note_replaced(
    context: &Context<'_>,
    ongoing: &BTreeMap<TopicPartition, Ongoing>,
    moves: &[Move],
) {
    let mut replaced = moves.iter().filter(|one| ongoing.contains_key(&one.partition));
    let Some(first) = replaced.next() else { return };
    let more = and_more(replaced.count(), "");
    context.ui.note(&format!(
        "`{}`{more} is being moved already: the plan takes the place of that move",
        visible(&first.partition.to_string())
    ));
}

/// Warns where moves leave replicas on brokers that are not there: they are moved, and still ill.
pub fn warn_of_kept(context: &Context<'_>, cluster: &Cluster, moves: &[Move]) {
    let there = |id: &i32| cluster.brokers.iter().any(|broker| broker.id == *id);
    let kept = |one: &Move| -> Vec<i32> {
        one.to.iter().copied().filter(|id| one.from.contains(id) && !there(id)).collect()
    };
    let with: Vec<Vec<i32>> = moves.iter().map(kept).filter(|ids| !ids.is_empty()).collect();
    let brokers: BTreeSet<i32> = with.iter().flatten().copied().collect();
    if brokers.is_empty() {
        return;
    }
    let all: Vec<i32> = brokers.iter().copied().collect();
    let keep = if with.len() == 1 { "keeps" } else { "keep" };
    let are = if brokers.len() == 1 { "is" } else { "are" };
    context.ui.warn(&format!(
        "{} of the plan {keep} a replica on {}, which {are} not there: `--drain {}` moves it away",
        count(with.len(), "partition"),
        named(&brokers),
        ids(&all)
    ));
}
