//! How the partitions lie on the brokers.

use std::collections::BTreeMap;

use super::state::Topic;

/// What one broker bears.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Replicas on it.
    pub replicas: usize,
    /// Partitions that it leads.
    pub leaders: usize,
    /// Partitions whose first replica it is.
    pub preferred: usize,
    /// Replicas on it that are not in sync.
    pub out_of_sync: usize,
}

/// The load of each of these brokers, and of any other that holds a replica. What a reassignment is still
/// filling is none yet.
pub fn loads(brokers: impl IntoIterator<Item = i32>, topics: &[Topic]) -> BTreeMap<i32, Load> {
    let mut loads: BTreeMap<i32, Load> =
        brokers.into_iter().map(|id| (id, Load::default())).collect();
    for partition in topics.iter().flat_map(|topic| &topic.partitions) {
        for id in partition.replicas.iter().filter(|id| !partition.adding.contains(id)) {
            let load = loads.entry(*id).or_default();
            load.replicas += 1;
            load.out_of_sync += usize::from(!partition.in_sync.contains(id));
        }
        if let Some(leader) = partition.leader {
            loads.entry(leader).or_default().leaders += 1;
        }
        if let Some(preferred) = partition.preferred_leader() {
            loads.entry(preferred).or_default().preferred += 1;
        }
    }
    loads
}

/// How far `value` is above (or, negative, below) the mean of `all`, in percent, rounded.
pub fn skew(value: u64, all: &[u64]) -> i64 {
    let sum: i128 = all.iter().map(|one| i128::from(*one)).sum();
    if sum == 0 {
        return 0;
    }
    let count = all.len() as i128;
    let twice = (i128::from(value) * count - sum) * 200 / sum;
    // Rounded half away from zero.
    i64::try_from(twice.midpoint(twice.signum())).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::state::{Partition, partition};
    use super::*;

    #[test]
    fn a_load_counts_replicas_leaders_and_those_that_lag() {
        let topic = Topic {
            name: "t".into(),
            id: None,
            internal: false,
            partitions: vec![
                partition(Some(2), &[1, 2], &[2]),
                partition(Some(2), &[2, 3], &[2, 3]),
                partition(None, &[9], &[]),
                Partition { adding: vec![4], ..partition(Some(3), &[3, 4], &[3]) },
            ],
            authorized_operations: None,
            error: None,
        };
        let loads = loads([1, 2, 3, 4], &[topic]);
        let told: Vec<_> = loads
            .iter()
            .map(|(id, l)| (*id, l.replicas, l.leaders, l.preferred, l.out_of_sync))
            .collect();
        assert_eq!(
            told,
            [(1, 1, 0, 1, 1), (2, 2, 2, 1, 0), (3, 2, 1, 1, 0), (4, 0, 0, 0, 0), (9, 1, 0, 1, 1)]
        );
    }

    #[test]
    fn skew_is_the_distance_from_the_mean() {
        assert_eq!(skew(10, &[10, 10]), 0);
        assert_eq!(skew(15, &[15, 5]), 50);
        assert_eq!(skew(5, &[15, 5]), -50);
        assert_eq!(skew(0, &[0, 0]), 0);
        assert_eq!(skew(2, &[1, 2]), 33);
        assert_eq!(skew(u64::MAX, &[u64::MAX, 0]), 100);
    }
}
