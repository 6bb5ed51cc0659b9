//! Topics and partitions as a broker describes them, and what may be wrong with a partition.

use std::collections::BTreeSet;

use crate::error::KafkaError;
use crate::model::{Name, Operation, TopicId, TopicPartition};

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: Name,
    /// Its id (KIP-516); brokers before 2.8 have none.
    pub id: Option<TopicId>,
    /// Made by Kafka for itself.
    pub internal: bool,
    /// By index.
    pub partitions: Vec<Partition>,
    /// What the caller may do (KIP-430); `None` when the broker was not asked or does not say.
    pub authorized_operations: Option<BTreeSet<Operation>>,
    /// Why nothing is known of it.
    pub error: Option<KafkaError>,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number, from 0.
    pub index: i32,
    /// The broker that leads it; `None` while there is none.
    pub leader: Option<i32>,
    /// The brokers that hold it, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Those that are in sync.
    pub in_sync: Vec<i32>,
    /// Those that are not available.
    pub offline: Vec<i32>,
    /// Those among `replicas` that a reassignment under way adds (KIP-455); empty where that was not
    /// asked.
    pub adding: Vec<i32>,
    /// Brokers that are to lose it when a reassignment under way is done.
    pub removing: Vec<i32>,
}

/// Replicas of a partition outside of the in-sync ones that may matter when it is without a leader (KIP-966).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Eligible {
    /// Those that have every record up to the high watermark: they may lead without loss.
    pub replicas: Vec<i32>,
    /// Those that were so when they were last seen, and have stopped without notice since.
    pub last_known: Vec<i32>,
}

/// What may be wrong with a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// No leader: nobody can read or write.
    Offline,
    /// Fewer replicas in sync than `min.insync.replicas`: producers with `acks=all` are refused.
    UnderMinIsr,
    /// As many as `min.insync.replicas`, and not all: one failure more and producers are refused.
    AtMinIsr,
    /// A replica is not in sync.
    UnderReplicated,
    /// Led by another than the first replica.
    LeaderNotPreferred,
}

/// A partition among topics that are sorted by name, each with its partitions by index.
pub fn find<'a>(topics: &'a [Topic], key: &TopicPartition) -> Option<&'a Partition> {
    let at = topics.binary_search_by(|topic| topic.name.cmp(&key.topic)).ok()?;
    let partitions = &topics[at].partitions;
    let at = partitions.binary_search_by_key(&key.partition, |partition| partition.index).ok()?;
    Some(&partitions[at])
}

impl Topic {
    /// How many replicas each partition has; the fewest that one has, where they differ.
    pub fn replication_factor(&self) -> usize {
        self.partitions.iter().map(Partition::replication_factor).min().unwrap_or(0)
    }

    /// The numbers of replicas that its partitions have, where they differ; empty where all have as many.
    pub fn differing_factors(&self) -> Vec<usize> {
        let all: BTreeSet<usize> =
            self.partitions.iter().map(Partition::replication_factor).collect();
        if all.len() > 1 { all.into_iter().collect() } else { Vec::new() }
    }

    /// Whether it has a partition of this number.
    pub fn has_partition(&self, number: i32) -> bool {
        self.partitions.iter().any(|partition| partition.index == number)
    }

    /// How many partitions have this problem; `min_isr` is the topic's `min.insync.replicas`.
    pub fn count(&self, problem: Problem, min_isr: Option<usize>) -> usize {
        self.partitions.iter().filter(|partition| partition.has(problem, min_isr)).count()
    }
}

impl Partition {
    /// How many replicas it has, without those that a reassignment is still filling: as Kafka's
    /// `kafka-topics` counts.
    pub fn replication_factor(&self) -> usize {
        self.replicas.len() - self.adding.iter().filter(|id| self.replicas.contains(id)).count()
    }

    /// The first replica, which leads when all is well.
    pub fn preferred_leader(&self) -> Option<i32> {
        self.replicas.first().copied()
    }

    /// Whether it has this problem. Without `min_isr` the two about it are not found.
    ///
    /// The counts are those of Kafka's `kafka-topics`, except that it reports every partition of
    /// replication factor 1 as "at min ISR": such a one has nothing to lose and is not reported here.
    pub fn has(&self, problem: Problem, min_isr: Option<usize>) -> bool {
        let in_sync = self.in_sync.len();
        match problem {
            Problem::Offline => self.leader.is_none(),
            Problem::UnderReplicated => in_sync < self.replication_factor(),
            // Without a leader nothing can be written, whatever is in sync.
            Problem::UnderMinIsr => {
                min_isr.is_some_and(|min| in_sync < min || self.leader.is_none())
            }
            Problem::AtMinIsr => {
                min_isr.is_some_and(|min| in_sync == min) && in_sync < self.replication_factor()
            }
            Problem::LeaderNotPreferred => {
                self.leader.is_some() && self.leader != self.preferred_leader()
            }
        }
    }

    /// Its problems, the worst first.
    pub fn problems(&self, min_isr: Option<usize>) -> Vec<Problem> {
        Problem::ALL.iter().copied().filter(|problem| self.has(*problem, min_isr)).collect()
    }
}

impl Problem {
    /// All, the worst first.
    pub const ALL: [Problem; 5] = [
        Problem::Offline,
        Problem::UnderMinIsr,
        Problem::AtMinIsr,
        Problem::UnderReplicated,
        Problem::LeaderNotPreferred,
    ];

    /// `underReplicated`, as in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Problem::Offline => "offline",
            Problem::UnderMinIsr => "underMinIsr",
            Problem::AtMinIsr => "atMinIsr",
            Problem::UnderReplicated => "underReplicated",
            Problem::LeaderNotPreferred => "leaderNotPreferred",
        }
    }

    /// `under-replicated`, for people; also the flag without its dashes.
    pub const fn word(self) -> &'static str {
        match self {
            Problem::Offline => "offline",
            Problem::UnderMinIsr => "under-min-isr",
            Problem::AtMinIsr => "at-min-isr",
            Problem::UnderReplicated => "under-replicated",
            Problem::LeaderNotPreferred => "leader-not-preferred",
        }
    }

    /// Whether the answer needs `min.insync.replicas`.
    pub const fn needs_min_isr(self) -> bool {
        matches!(self, Problem::UnderMinIsr | Problem::AtMinIsr)
    }
}

/// A partition for tests, at rest.
#[cfg(test)]
pub(super) fn partition(leader: Option<i32>, replicas: &[i32], in_sync: &[i32]) -> Partition {
    Partition {
        index: 0,
        leader,
        replicas: replicas.to_vec(),
        in_sync: in_sync.to_vec(),
        offline: Vec::new(),
        adding: Vec::new(),
        removing: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_being_copied_is_not_missing() {
        let moving = |in_sync: &[i32]| Partition {
            adding: vec![3],
            removing: Vec::new(),
            ..partition(Some(1), &[1, 2, 3], in_sync)
        };
        assert_eq!(moving(&[1, 2]).problems(Some(1)), []);
        assert_eq!(moving(&[1, 2]).replication_factor(), 2);
        assert_eq!(moving(&[1]).problems(Some(1)), [Problem::AtMinIsr, Problem::UnderReplicated]);
    }

    #[test]
    fn each_problem_is_told_apart() {
        let words = |partition: Partition, min| {
            let problems = partition.problems(min);
            problems.iter().map(|problem| problem.word()).collect::<Vec<_>>().join(" ")
        };
        for (leader, replicas, in_sync, min, wanted) in [
            (Some(1), &[1, 2, 3][..], &[1, 2, 3][..], Some(2), ""),
            (Some(2), &[1, 2, 3], &[1, 2, 3], Some(2), "leader-not-preferred"),
            (Some(1), &[1, 2, 3], &[1, 3], Some(2), "at-min-isr under-replicated"),
            (Some(1), &[1, 2, 3], &[1], Some(2), "under-min-isr under-replicated"),
            (Some(1), &[1, 2, 3], &[1], None, "under-replicated"),
            (None, &[1], &[1], Some(1), "offline under-min-isr"),
            // All replicas there are, and as many as are asked for: nothing is missing.
            (Some(1), &[1], &[1], Some(1), ""),
            (Some(1), &[1], &[1], Some(2), "under-min-isr"),
        ] {
            assert_eq!(words(partition(leader, replicas, in_sync), min), wanted, "{replicas:?}");
        }
    }

    #[test]
    fn counts_are_by_partition() {
        let topic = Topic {
            name: "t".into(),
            id: None,
            internal: false,
            partitions: vec![
                partition(Some(1), &[1, 2], &[1, 2]),
                partition(Some(1), &[2, 1], &[1]),
                partition(None, &[2, 1], &[2]),
            ],
            authorized_operations: None,
            error: None,
        };
        assert_eq!((topic.replication_factor(), topic.differing_factors()), (2, vec![]));
        assert_eq!(topic.count(Problem::UnderReplicated, None), 2);
        assert_eq!(topic.count(Problem::Offline, None), 1);
        assert_eq!(topic.count(Problem::LeaderNotPreferred, None), 1);
        assert_eq!(topic.count(Problem::AtMinIsr, Some(1)), 2);
        let mut uneven = topic;
        uneven.partitions.push(partition(Some(1), &[1], &[1]));
        assert_eq!((uneven.replication_factor(), uneven.differing_factors()), (1, vec![1, 2]));
    }
}
