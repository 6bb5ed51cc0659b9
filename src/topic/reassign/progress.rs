//! How far a move has come: bytes copied, how fast, how long it will take.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::Ongoing;
use crate::model::{Name, TopicPartition};
use crate::topic::disk::LogDir;

/// The size of each replica, in bytes, by partition and broker.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    replicas: HashMap<Name, BTreeMap<(i32, i32), u64>>,
    /// The brokers that told: what they have nothing of is not there.
    told: BTreeSet<i32>,
}

impl Sizes {
    /// Of what lies in the folders of brokers; replicas that change folders count where they are used.
    pub fn of<'a>(brokers: impl IntoIterator<Item = (&'a i32, &'a Vec<LogDir>)>) -> Self {
        let mut sizes: HashMap<Name, BTreeMap<(i32, i32), u64>> = HashMap::new();
        let mut told = BTreeSet::new();
        for (broker, dirs) in brokers {
            told.insert(*broker);
            for replica in dirs.iter().flat_map(|dir| &dir.replicas).filter(|one| !one.future) {
                let key = (replica.partition, *broker);
                sizes.entry(replica.topic.clone()).or_default().insert(key, replica.bytes);
            }
        }
        Self { replicas: sizes, told }
    }

    /// The size of one replica.
    pub fn replica(&self, partition: &TopicPartition, broker: i32) -> Option<u64> {
        self.replicas.get(&partition.topic)?.get(&(partition.partition, broker)).copied()
    }

    /// The size of the largest replica on these brokers.
    pub fn largest(&self, partition: &TopicPartition, brokers: &[i32]) -> Option<u64> {
        brokers.iter().filter_map(|broker| self.replica(partition, *broker)).max()
    }
}

/// Bytes copied, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// There already.
    pub done: u64,
    /// In all, as large as the partition is now.
    pub total: u64,
}

impl Copied {
    /// How far a partition has come; `None` when its size is not known, or a broker that it goes to does not
    /// tell how much it has.
    pub fn of(moving: &Ongoing, sizes: &Sizes) -> Option<Self> {
        if moving.adding.is_empty() {
            return Some(Self::default());
        }
        if !moving.adding.iter().all(|broker| sizes.told.contains(broker)) {
            return None;
        }
        let size = sizes.largest(&moving.partition, &moving.origin())?;
        let there = |broker: &i32| sizes.replica(&moving.partition, *broker).unwrap_or(0).min(size);
        Some(Self {
            done: moving.adding.iter().map(there).sum(),
            total: size.saturating_mul(moving.adding.len() as u64),
        })
    }

    /// The share that is there, in percent, rounded down; 100 of nothing.
    pub fn percent(self) -> u64 {
        let percent = u128::from(self.done) * 100;
        percent.checked_div(u128::from(self.total)).map_or(100, |p| u64::try_from(p).unwrap_or(100))
    }
}

/// Estimates from what was seen in the last half minute.
#[derive(Debug, Clone, Default)]
pub struct Meter(VecDeque<(Duration, u64)>);

impl Meter {
    const WINDOW: Duration = Duration::from_secs(30);

    /// So many bytes were there so long after the beginning.
    pub fn note(&mut self, at: Duration, done: u64) {
        self.0.push_back((at, done));
        while self.0.len() > 2
            && self.0.front().is_some_and(|(first, _)| at.saturating_sub(*first) > Self::WINDOW)
        {
            self.0.pop_front();
        }
    }

    /// Bytes a second; `None` before anything can be said.
    pub fn rate(&self) -> Option<u64> {
        let ((from, before), (to, after)) = (self.0.front()?, self.0.back()?);
        let millis = to.checked_sub(*from)?.as_millis();
        let bytes = u128::from(after.checked_sub(*before)?);
        (millis > 0).then(|| u64::try_from(bytes * 1000 / millis).unwrap_or(u64::MAX))
    }

    /// How long the rest takes at that rate; `None` when it stands still.
    pub fn remaining(&self, copied: Copied) -> Option<Duration> {
        let rate = self.rate().filter(|rate| *rate > 0)?;
        Some(Duration::from_secs(copied.total.saturating_sub(copied.done).div_ceil(rate)))
    }
}
