//! Moving partitions between brokers (KIP-455): what is to lie where, the plan that copies the least to
//! get there, the file that holds a plan, and how far a move has come.

pub mod bearing;
mod board;
mod even;
pub mod file;
pub mod obstacle;
mod planner;
pub mod progress;
pub mod record;
pub mod throttle;

use std::collections::BTreeSet;

use crate::model::TopicPartition;

pub use planner::plan;

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: i32,
    /// Its rack; of one that is not there, `None` may also mean that nobody tells.
    pub rack: Option<String>,
    /// Whether it is there. One that is not gets nothing, and what lies on it counts for the racks.
    pub alive: bool,
}

/// A partition and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The partition.
    pub partition: TopicPartition,
    /// The brokers that hold it, the preferred leader first; while it moves, those that will.
    pub replicas: Vec<i32>,
    /// Those that are in sync.
    pub in_sync: Vec<i32>,
    /// What its largest replica takes on a disk; `None` when no broker told.
    pub bytes: Option<u64>,
    /// Whether it may be moved.
    pub movable: bool,
    /// Whether the number of its replicas may be changed.
    pub resizable: bool,
}

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goal {
    /// Brokers that hold nothing afterwards.
    pub drain: BTreeSet<i32>,
    /// Brokers that get nothing.
    pub exclude: BTreeSet<i32>,
    /// How many replicas each partition has afterwards.
    pub replication_factor: Option<usize>,
    /// Spread replicas and preferred leaders evenly.
    pub even: bool,
    /// Pay no heed to racks.
    pub ignore_racks: bool,
}

/// A partition that is to lie elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The partition.
    pub partition: TopicPartition,
    /// The brokers that hold it.
    pub from: Vec<i32>,
    /// The brokers that are to hold it, the preferred leader first.
    pub to: Vec<i32>,
    /// What one replica takes on a disk.
    pub bytes: Option<u64>,
}

/// A partition that is being moved (`ListPartitionReassignments`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ongoing {
    /// The partition.
    pub partition: TopicPartition,
    /// All brokers that hold it, those that get it included.
    pub replicas: Vec<i32>,
    /// Those that get it.
    pub adding: Vec<i32>,
    /// Those that lose it at the end.
    pub removing: Vec<i32>,
}

impl Move {
    /// The brokers that get it.
    pub fn adding(&self) -> Vec<i32> {
        without(&self.to, &self.from)
    }

    /// The brokers that lose it.
    pub fn removing(&self) -> Vec<i32> {
        without(&self.from, &self.to)
    }

    /// What is to be copied between brokers, in bytes; `None` when that is not known.
    pub fn bytes_to_copy(&self) -> Option<u64> {
        match self.adding().len() as u64 {
            0 => Some(0),
            copies => self.bytes.map(|bytes| bytes.saturating_mul(copies)),
        }
    }
}

impl Ongoing {
    /// The brokers that hold it in the end, the preferred leader first.
    pub fn target(&self) -> Vec<i32> {
        without(&self.replicas, &self.removing)
    }

    /// The brokers that held it before it began to move, as far as that can be known: their order is
    /// not kept.
    pub fn origin(&self) -> Vec<i32> {
        without(&self.replicas, &self.adding)
    }

    /// Whether a broker gets it that is to lose it: Kafka 4.4 never ends such a move (3.9 does). It comes of a
    /// request that gives up what is still being added and adds nothing else.
    pub fn is_endless(&self) -> bool {
        self.adding.iter().any(|id| self.removing.contains(id))
    }

    /// Whether a request to let it lie on `to` instead would make it endless: the move has to be ended first.
    pub fn is_in_the_way_of(&self, to: &[i32]) -> bool {
        self.adding.iter().any(|id| !to.contains(id)) && without(to, &self.replicas).is_empty()
    }
}

/// The moves after which replicas lie in fewer racks than before, though there are enough of them; and the racks.
pub fn in_fewer_racks<'a>(
    sites: &'a [Site],
    moves: &'a [Move],
) -> Vec<(&'a Move, BTreeSet<&'a str>)> {
    let racks = |brokers: &[i32]| -> BTreeSet<&'a str> {
        let rack = |id: &i32| sites.iter().find(|site| site.id == *id)?.rack.as_deref();
        brokers.iter().filter_map(rack).collect()
    };
    let fewer = |one: &&Move| racks(&one.to).len() < racks(&one.from).len().min(one.to.len());
    moves.iter().filter(fewer).map(|one| (one, racks(&one.to))).collect()
}

/// Those of `all` that are not among `others`.
fn without(all: &[i32], others: &[i32]) -> Vec<i32> {
    all.iter().copied().filter(|id| !others.contains(id)).collect()
}

/// What all moves copy between brokers, in bytes; `None` when that is not known.
pub fn bytes_to_copy(moves: &[Move]) -> Option<u64> {
    moves.iter().map(Move::bytes_to_copy).try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?)))
}

#[cfg(test)]
mod tests;
