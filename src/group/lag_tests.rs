//! Lag: table tests, and sums that must come out.

use proptest::prelude::*;

use super::*;
use crate::report::group_lag::LagOfAll;

fn commitment(offset: Option<i64>) -> Commitment {
    offset.map_or(Commitment::NONE, Commitment::at)
}

#[test]
fn a_number_or_the_reason_why_there_is_none() {
    let log = Log::Known { start: 10, end: 20 };
    for (committed, log, expected) in [
        (Some(10), log, Ok(10)),
        (Some(15), log, Ok(5)),
        (Some(20), log, Ok(0)),
        (Some(9), log, Err(Problem::BelowLogStart)),
        (Some(21), log, Err(Problem::AboveLogEnd)),
        (None, log, Err(Problem::NoCommit)),
        (Some(15), Log::Unknown, Err(Problem::UnknownTopic)),
        (None, Log::Unknown, Err(Problem::UnknownTopic)),
        (None, Log::Hidden, Err(Problem::HiddenTopic)),
        (Some(15), Log::NotReadable, Err(Problem::NotReadable)),
        (None, Log::NotReadable, Err(Problem::NoCommit)),
        (Some(0), Log::Known { start: 0, end: 0 }, Ok(0)),
    ] {
        assert_eq!(lag_of(commitment(committed), log), expected, "{committed:?} {log:?}");
    }
    assert_eq!(lag_of(shared(12, Some(3)), log), Ok(3), "the broker knows what is done with");
    assert_eq!(lag_of(shared(12, None), log), Err(Problem::NotCounted), "or nobody does");
    assert_eq!(lag_of(shared(20, None), log), Ok(0), "but behind the last record nothing waits");
}

fn shared(offset: i64, lag: Option<i64>) -> Commitment {
    Commitment { offset: Some(offset), waiting: Waiting::Counted(lag) }
}

#[test]
fn a_start_that_stays_changes_what_was_acknowledged_behind_it() {
    let log = Log::Known { start: 0, end: 50 };
    assert!(changes(shared(0, Some(0)), Some(0), log), "all 50 are to be read again");
    assert!(changes(shared(4, Some(46)), Some(0), log));
    assert!(changes(shared(4, Some(46)), None, log));
    assert!(!changes(shared(0, Some(50)), Some(0), log));
    assert!(changes(shared(0, None), Some(0), log), "nobody knows what was acknowledged");
    assert!(!changes(shared(50, None), Some(50), log), "there is nothing behind it");
    assert!(changes(shared(0, Some(50)), Some(0), Log::NotReadable));
    assert!(!changes(Commitment::at(7), Some(7), log));
    assert!(!changes(Commitment::at(7), Some(7), Log::Unknown));
    assert!(changes(Commitment::at(7), Some(8), log));
    assert!(changes(Commitment::NONE, Some(0), log));
    assert!(!changes(Commitment::NONE, None, log));
}

#[test]
fn a_group_that_has_nothing_has_a_total_too() {
    let items = [row("a", "t", 0)];
    let groups = ["a".into(), "b".into()];
    let totals = totals(&items, &groups);
    let told: Vec<_> =
        totals.iter().map(|t| (&*t.group_id, t.topic.is_some(), t.sum.partitions)).collect();
    assert_eq!(told, [("a", false, 1), ("a", true, 1), ("b", false, 0)]);
    assert_eq!(totals[2].sum.lag, None);
}

#[test]
fn what_has_no_number_exceeds_every_limit() {
    let item = |lag: Option<i64>, problem| PartitionLag {
        lag,
        problem,
        time_lag_ms: lag.map(|lag| lag * 1000),
        ..row("g", "t", 0)
    };
    let check = |items: &[PartitionLag], lag, time_ms| {
        Limits { lag, time_ms }.exceeded(items, &totals(items, [])).len()
    };
    let (behind, missing) = (item(Some(5), None), item(None, Some(Problem::NoCommit)));
    assert_eq!(check(std::slice::from_ref(&behind), Some(5), Some(5_000)), 0);
    assert_eq!(check(std::slice::from_ref(&behind), Some(4), Some(4_999)), 2);
    assert_eq!(check(&[behind.clone(), missing.clone()], Some(5), None), 1);
    assert_eq!(check(&[behind, missing.clone()], None, None), 0);
    let log = |start, end| PartitionLag {
        log_start_offset: Some(start),
        log_end_offset: Some(end),
        ..missing.clone()
    };
    assert_eq!(check(&[log(3, 3)], Some(0), None), 0, "nothing waits in an empty log");
    assert_eq!(check(&[log(3, 4)], Some(0), None), 1);
}

/// A share group is done with records behind its start, which moves on later.
#[test]
fn an_age_that_is_not_known_passes_a_gate_only_by_what_it_is_at_most() {
    let share = PartitionLag {
        committed_offset: Some(48),
        log_end_offset: Some(94),
        lag: Some(18),
        ..row("g", "t", 0)
    };
    assert!(share.has_gaps());
    assert!(!PartitionLag { lag: Some(46), ..share.clone() }.has_gaps());
    assert!(!PartitionLag { lag: None, ..share.clone() }.has_gaps());
    // A broker that does not count what waits may be done with records, too.
    let problem = Some(Problem::NotCounted);
    let uncounted = PartitionLag { lag: None, problem, ..share.clone() };
    assert!(uncounted.has_gaps());
    let gate = |item: &PartitionLag, limits: Limits| {
        let item = PartitionLag { at_most_ms: Some(39_100), ..item.clone() };
        let totals = totals(std::slice::from_ref(&item), []);
        limits.exceeded(&[item], &totals)
    };
    let at_most = |max| Limits { lag: None, time_ms: Some(max) };
    for item in [&share, &uncounted] {
        assert_eq!(gate(item, at_most(39_100)), [""; 0]);
        let words = "how old the first unconsumed record of `g` in partition 0 of `t` is, is not known: at \
                     most 39.1s, and no more than 30s is asked for";
        assert_eq!(gate(item, at_most(30_000)), [words]);
    }
    let both = Limits { lag: Some(1_000), ..at_most(39_100) };
    let words = "partition 0 of `t` has no lag in `g`: its broker does not count what waits in share groups";
    assert_eq!(gate(&uncounted, both), [words]);
    let unread = Limits { lag: None, time_ms: Some(1) }.exceeded(&[uncounted], &[]);
    assert_eq!(unread, [words], "its age could not be read either");
}

fn row(group: &str, topic: &str, partition: i32) -> PartitionLag {
    PartitionLag {
        group_id: group.into(),
        topic: topic.into(),
        partition,
        committed_offset: None,
        log_start_offset: None,
        log_end_offset: None,
        lag: None,
        time_lag_ms: None,
        at_most_ms: None,
        member_id: None,
        client_id: None,
        host: None,
        problem: None,
    }
}

prop_compose! {
    fn any_row()(
        group in "[ab]", topic in "[xyz]", partition in 0..5,
        lag in proptest::option::of(0..1_000_i64), member in proptest::option::of("[mn]"),
        time in proptest::option::of(0..1_000_i64),
    ) -> PartitionLag {
        PartitionLag {
            lag,
            time_lag_ms: time,
            member_id: member.map(Name::from),
            problem: lag.is_none().then_some(Problem::NoCommit),
            ..row(&group, &topic, partition)
        }
    }
}

proptest! {
    #[test]
    fn totals_add_up(items in proptest::collection::vec(any_row(), 0..40)) {
        let totals = totals(&items, []);
        let of = |kind: fn(&LagTotal) -> bool| totals.iter().filter(move |total| kind(total));
        let sum = |of: &mut dyn Iterator<Item = &LagTotal>| {
            of.fold((0, 0, 0), |sum, total| {
                let lag = total.sum.lag.unwrap_or(0);
                (sum.0 + lag, sum.1 + total.sum.partitions, sum.2 + total.sum.problems)
            })
        };
        let lag: i64 = items.iter().filter_map(|item| item.lag).sum();
        let problems = items.iter().filter(|item| item.problem.is_some()).count();
        let all = (lag, items.len(), problems);
        let whole = LagOfAll::of(&totals);
        let told = (whole.sum.lag.unwrap_or(0), whole.sum.partitions, whole.sum.problems);
        prop_assert_eq!(told, all);
        let groups: BTreeSet<&Name> = items.iter().map(|item| &item.group_id).collect();
        prop_assert_eq!(whole.groups, groups.len());
        prop_assert_eq!(sum(&mut of(LagTotal::is_whole)), all);
        prop_assert_eq!(sum(&mut of(|t| t.topic.is_some())), all);
        let owned: Vec<_> = items.iter().filter(|item| item.member_id.is_some()).collect();
        let owned_lag: i64 = owned.iter().filter_map(|item| item.lag).sum();
        let members = sum(&mut of(|t| t.member_id.is_some()));
        prop_assert_eq!((members.0, members.1), (owned_lag, owned.len()));
        let oldest = items.iter().filter_map(|item| item.time_lag_ms).max();
        prop_assert_eq!(totals.iter().filter_map(|total| total.sum.time_lag_ms).max(), oldest);
    }
}
