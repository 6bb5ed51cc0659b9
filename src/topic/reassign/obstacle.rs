//! What keeps a partition from being moved for the time being: brokers that are not there.

use super::without;
use crate::topic::Partition;

/// Why nothing of a partition is copied, and whose return it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody leads it, so that there is nothing to copy from: one of these has to come back; empty where
    /// those that could lead it are there.
    NoLeader(Vec<i32>),
    /// These are to get it, and are not there: all of them have to come back.
    NotThere(Vec<i32>),
}

impl Obstacle {
    /// Of a partition as it is described, which `adding` are to get.
    pub fn of(
        partition: &Partition,
        adding: &[i32],
        is_there: impl Fn(i32) -> bool,
    ) -> Option<Self> {
        let gone =
            |ids: &[i32]| -> Vec<i32> { ids.iter().copied().filter(|id| !is_there(*id)).collect() };
        if partition.leader.is_none() {
            // Those that were in sync last can lead it; where eligible leaders are kept apart (KIP-966)
            // the list may be empty.
            let could = match &partition.in_sync[..] {
                [] => without(&partition.replicas, adding),
                in_sync => in_sync.to_vec(),
            };
            return Some(Self::NoLeader(gone(&could)));
        }
        let missing = gone(adding);
        (!missing.is_empty()).then_some(Self::NotThere(missing))
    }

    /// The brokers that it waits for.
    pub fn brokers(&self) -> &[i32] {
        match self {
            Self::NoLeader(ids) | Self::NotThere(ids) => ids,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::state::partition;

    #[test]
    fn a_move_waits_for_who_is_to_send_and_for_who_is_to_get() {
        let without_three =
            |partition: &Partition, adding: &[i32]| Obstacle::of(partition, adding, |id| id != 3);
        let led = partition(Some(1), &[1, 3], &[1]);
        assert_eq!(
            without_three(&led, &[2]),
            None,
            "a replica that is gone anyway is in nobody's way"
        );
        assert_eq!(without_three(&led, &[2, 3]), Some(Obstacle::NotThere(vec![3])));
        let leaderless = partition(None, &[3, 1], &[3]);
        assert_eq!(without_three(&leaderless, &[2]), Some(Obstacle::NoLeader(vec![3])));
        let unknown = partition(None, &[1, 3, 2], &[]);
        assert_eq!(without_three(&unknown, &[2]), Some(Obstacle::NoLeader(vec![3])));
        // Its broker is there, and its disk may not be.
        let there = partition(None, &[1], &[1]);
        assert_eq!(without_three(&there, &[2]), Some(Obstacle::NoLeader(Vec::new())));
    }
}
