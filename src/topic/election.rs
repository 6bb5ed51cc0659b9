//! What an election of a partition's leader would come to (KIP-460).

use super::state::Partition;

/// PREFERRED_LEADER_NOT_AVAILABLE.
pub const PREFERRED_LEADER_NOT_AVAILABLE: (i16, &str) = (80, "PREFERRED_LEADER_NOT_AVAILABLE");
/// ELIGIBLE_LEADERS_NOT_AVAILABLE.
pub const ELIGIBLE_LEADERS_NOT_AVAILABLE: (i16, &str) = (83, "ELIGIBLE_LEADERS_NOT_AVAILABLE");

/// What it would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prospect {
    /// Whoever leads stays.
    NotNeeded,
    /// There is a replica that can lead.
    Possible,
    /// There is none: the controller's error, and why.
    Impossible((i16, &'static str), String),
}

/// What an election of the first replica would come to, or, `unclean`, of any where nobody leads.
pub fn prospect(partition: &Partition, unclean: bool, is_there: impl Fn(i32) -> bool) -> Prospect {
    if unclean {
        return match (&partition.leader, &partition.replicas[..]) {
            (Some(_), _) => Prospect::NotNeeded,
            (None, ids) if ids.iter().any(|id| is_there(*id)) => Prospect::Possible,
            (None, [id]) => Prospect::Impossible(
                ELIGIBLE_LEADERS_NOT_AVAILABLE,
                format!("broker {id} is not there, and no other holds it"),
            ),
            (None, _) => Prospect::Impossible(
                ELIGIBLE_LEADERS_NOT_AVAILABLE,
                "no broker that holds it is there".to_owned(),
            ),
        };
    }
    let Some(first) = partition.preferred_leader() else { return Prospect::NotNeeded };
    let why = if partition.leader == Some(first) {
        return Prospect::NotNeeded;
    } else if !is_there(first) {
        "is not there"
    } else if !partition.in_sync.contains(&first) {
        "is not in sync"
    } else {
        return Prospect::Possible;
    };
    Prospect::Impossible(
        PREFERRED_LEADER_NOT_AVAILABLE,
        format!("broker {first}, its first replica, {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::state::partition;
    use super::*;

    #[test]
    fn who_is_gone_or_behind_cannot_be_elected() {
        let told = |leader, replicas: &[i32], in_sync: &[i32], unclean| match prospect(
            &partition(leader, replicas, in_sync),
            unclean,
            |id| id != 3,
        ) {
            Prospect::NotNeeded => "not needed".to_owned(),
            Prospect::Possible => "possible".to_owned(),
            Prospect::Impossible((code, _), why) => format!("{code}: {why}"),
        };
        for (leader, replicas, in_sync, wanted) in [
            (Some(1), &[1, 2][..], &[1, 2][..], "not needed"),
            (Some(2), &[1, 2], &[1, 2], "possible"),
            (Some(2), &[1, 2], &[2], "80: broker 1, its first replica, is not in sync"),
            (Some(2), &[3, 2], &[2], "80: broker 3, its first replica, is not there"),
            (None, &[3], &[3], "80: broker 3, its first replica, is not there"),
            (None, &[1, 3], &[1], "possible"),
        ] {
            assert_eq!(told(leader, replicas, in_sync, false), wanted, "{replicas:?} {in_sync:?}");
        }
        for (leader, replicas, wanted) in [
            (Some(2), &[1, 2][..], "not needed"),
            (None, &[3, 2], "possible"),
            (None, &[3], "83: broker 3 is not there, and no other holds it"),
            (None, &[3, 3], "83: no broker that holds it is there"),
        ] {
            assert_eq!(told(leader, replicas, &[3], true), wanted, "{replicas:?}");
        }
    }
}
