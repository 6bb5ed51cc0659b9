//! What each broker bears before and after a plan.

use std::collections::BTreeMap;

use super::{Move, Placement};

/// What one broker bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearing {
    /// Replicas on it.
    pub replicas: usize,
    /// Partitions whose first replica it is.
    pub preferred: usize,
    /// What its replicas take, each as large as the largest of its partition; `None` when that is not
    /// known of some.
    pub bytes: Option<u64>,
}

impl Default for Bearing {
    fn default() -> Self {
        Self { replicas: 0, preferred: 0, bytes: Some(0) }
    }
}

impl Bearing {
    fn bear(&mut self, placement: &Placement, first: bool) {
        self.replicas += 1;
        self.preferred += usize::from(first);
        self.bytes = self.bytes.zip(placement.bytes).map(|(sum, one)| sum.saturating_add(one));
    }
}

/// What each of these brokers, and any other that holds or gets a replica, bears before and after.
pub fn bearings(
    brokers: impl IntoIterator<Item = i32>,
    placements: &[Placement],
    moves: &[Move],
) -> BTreeMap<i32, (Bearing, Bearing)> {
    let mut borne: BTreeMap<i32, (Bearing, Bearing)> =
        brokers.into_iter().map(|id| (id, Default::default())).collect();
    let targets: BTreeMap<_, _> = moves.iter().map(|one| (&one.partition, &one.to)).collect();
    for placement in placements {
        for (position, id) in placement.replicas.iter().enumerate() {
            borne.entry(*id).or_default().0.bear(placement, position == 0);
        }
        let after = targets.get(&placement.partition).map_or(&placement.replicas, |to| to);
        for (position, id) in after.iter().enumerate() {
            borne.entry(*id).or_default().1.bear(placement, position == 0);
        }
    }
    borne
}
