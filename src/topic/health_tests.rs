//! What counts as ill, and what does not.

use std::collections::BTreeMap;

use super::*;
use crate::topic::quorum::Member;
use crate::topic::state::Partition;

fn topic(partitions: &[(Option<i32>, &[i32], &[i32])]) -> Topic {
    let partitions = (0..).zip(partitions).map(|(index, (leader, replicas, in_sync))| Partition {
        index,
        leader: *leader,
        replicas: replicas.to_vec(),
        in_sync: in_sync.to_vec(),
        offline: Vec::new(),
        adding: Vec::new(),
        removing: Vec::new(),
    });
    Topic {
        name: "orders".into(),
        id: None,
        internal: false,
        partitions: partitions.collect(),
        authorized_operations: None,
        error: None,
    }
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_partition_counts_once_at_its_worst() {
    let topic = topic(&[
        (Some(1), &[1, 2, 3], &[1, 2, 3]),
        (Some(1), &[1, 2, 3], &[1]),
        (Some(1), &[1, 2, 3], &[1, 2]),
        (None, &[3], &[3]),
        (Some(2), &[1, 2], &[1, 2]),
    ]);
    let found = of_topics(&[topic], |_| Some(2));
    assert_eq!(codes(&found), ["offline", "under-min-isr", "at-min-isr"]);
    assert_eq!(found[1].evidence.as_deref(), Some("partitions 1; not in sync on broker 2, 3"));
    assert!(found[1].reason.starts_with("1 of 5 partitions have fewer"), "{}", found[1].reason);
}

#[test]
fn a_healthy_topic_is_not_mentioned() {
    assert_eq!(of_topics(&[topic(&[(Some(2), &[1, 2], &[1, 2])])], |_| Some(1)), []);
}

#[test]
fn brokers_that_are_gone_and_leaders_that_crowd() {
    let load = |leaders, preferred| Load { replicas: 40, leaders, preferred, out_of_sync: 0 };
    let loads = BTreeMap::from([(1, load(30, 10)), (2, load(5, 15)), (3, load(0, 10))]);
    let found = of_balance(&[1, 2], &loads, Limits::default());
    assert_eq!(codes(&found), ["broker-missing", "unbalanced-leaders"]);
    assert_eq!(found[0].place, "broker 3");
    assert!(found[1].fix.contains("elect-leaders"), "{}", found[1].fix);
    let idle = Load { replicas: 0, leaders: 0, preferred: 0, out_of_sync: 0 };
    let found = of_balance(&[1], &BTreeMap::from([(1, load(1, 1)), (3, idle)]), Limits::default());
    assert_eq!(codes(&found), ["broker-missing"]);
    assert!(found[0].fix.contains("unregister-broker 3"), "{}", found[0].fix);
    let even = BTreeMap::from([(1, load(10, 10)), (2, load(11, 11))]);
    assert_eq!(of_balance(&[1, 2], &even, Limits::default()), []);
    let tiny = BTreeMap::from([(1, load(3, 3)), (2, load(0, 0))]);
    assert_eq!(of_balance(&[1, 2], &tiny, Limits::default()), [], "three leaders are no crowd");
}

fn member(id: i32, end_offset: i64, caught_up: i64) -> Member {
    Member {
        id,
        directory: None,
        listeners: Vec::new(),
        end_offset: Some(end_offset),
        last_fetch_ms: Some(caught_up),
        last_caught_up_ms: Some(caught_up),
    }
}

#[test]
fn a_quorum_that_lags() {
    let healthy = Quorum {
        leader: 1,
        epoch: 4,
        high_watermark: 100,
        voters: vec![member(1, 100, 50_000), member(2, 99, 49_900), member(3, 100, 50_000)],
        observers: vec![member(7, 98, 49_000)],
    };
    assert_eq!(of_quorum(&healthy, Limits::default()), []);
    assert_eq!(healthy.lag(&healthy.observers[0]), Some(2));
    assert_eq!(healthy.spare(), 1);

    let mut ill = healthy.clone();
    ill.voters[1] = member(2, 10, 1_000);
    ill.observers[0] = Member {
        end_offset: None,
        last_fetch_ms: None,
        last_caught_up_ms: None,
        ..member(7, 0, 0)
    };
    let found = of_quorum(&ill, Limits::default());
    assert_eq!(codes(&found), ["quorum-lag", "quorum-lag", "quorum-at-risk"]);
    assert_eq!(found[0].reason, "has not had all metadata for 49 s");
    assert_eq!(found[0].evidence.as_deref(), Some("90 records behind"));
    assert_eq!(found[1].place, "observer 7");
}

#[test]
fn a_moment_without_anything_missing_is_no_lag() {
    let quorum = |end_offset, caught_up| Quorum {
        leader: 1,
        epoch: 4,
        high_watermark: 100,
        voters: vec![member(1, 100, 50_000)],
        observers: vec![member(7, end_offset, caught_up)],
    };
    let limits = Limits { quorum_lag_ms: 1, ..Limits::default() };
    assert_eq!(of_quorum(&quorum(100, 49_600), limits), []);
    let found = of_quorum(&quorum(99, 49_600), limits);
    assert_eq!(found[0].reason, "has not had all metadata for 400 ms");
    assert_eq!(found[0].evidence.as_deref(), Some("1 records behind"));
    let found = of_quorum(&quorum(100, 48_000), limits);
    assert_eq!(found[0].reason, "has not had all metadata for 2 s");
    assert_eq!(found[0].evidence, None);
}

#[test]
fn disks() {
    let dir = |total, usable| LogDir {
        path: "/data".to_owned(),
        error: None,
        total_bytes: total,
        usable_bytes: usable,
        replicas: Vec::new(),
    };
    let limits = Limits::default();
    assert_eq!(of_disks(1, &[dir(Some(100), Some(50)), dir(None, None)], limits), []);
    assert_eq!(codes(&of_disks(1, &[dir(Some(100), Some(5))], limits)), ["disk-full"]);
    let error = crate::error::KafkaError {
        name: "KAFKA_STORAGE_ERROR".to_owned(),
        code: 56,
        message: None,
        retriable: true,
    };
    let failed = LogDir { error: Some(error), ..dir(None, None) };
    assert_eq!(codes(&of_disks(1, &[failed], limits)), ["log-dir-failed"]);
}

#[test]
fn who_asks_for_metadata_is_there_however_far_behind() {
    let at = |id, fetched: Option<i64>, caught_up: Option<i64>| Member {
        last_fetch_ms: fetched,
        last_caught_up_ms: caught_up,
        ..member(id, 10, 0)
    };
    let quorum = Quorum {
        leader: 1,
        epoch: 4,
        high_watermark: 100,
        voters: vec![at(1, Some(50_000), Some(50_000)), at(2, None, None)],
        observers: vec![
            at(4, Some(49_000), Some(1_000)),
            at(5, Some(49_000), None),
            at(6, Some(39_000), Some(39_000)),
            at(7, None, None),
        ],
    };
    for (id, there) in [
        (1, Some(true)),
        (2, None),
        (4, Some(true)),
        (5, Some(true)),
        (6, Some(false)),
        (7, None),
        (9, Some(false)),
    ] {
        assert_eq!(quorum.is_there(id, 10_000), there, "{id}");
    }
}
