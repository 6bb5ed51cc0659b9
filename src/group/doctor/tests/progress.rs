//! Rules about commits.

use super::super::progress::time_to_loss;
use super::*;

#[test]
fn commits_stand_still_while_the_log_grows() {
    let scene = Scene::one().look(&[(0, Some(5), 100)]).look(&[(0, Some(5), 150)]).look(&[(
        0,
        Some(5),
        200,
    )]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("stalled", Severity::Error));
    assert_eq!(finding.reason, "the commits of partition 0 stand still while the log grows");
    assert_eq!(finding.evidence.as_deref(), Some("in 2s: lag 95 → 195, 0 consumed, 100 written"));
    assert!(finding.fix.contains("a at 10.0.0.7"));
}

#[test]
fn commits_stand_still_in_a_quiet_log() {
    let still = |end| Scene::one().look(&[(0, Some(5), end)]).look(&[(0, Some(5), end)]);
    assert_eq!(still(9).codes(), ["stalled warning"]);
    // The mark of a transaction is no record that waits.
    assert_eq!(still(6).codes(), [""; 0]);
    assert_eq!(still(5).codes(), [""; 0]);
    // One look compares nothing.
    assert_eq!(Scene::one().look(&[(0, Some(5), 100)]).codes(), [""; 0]);
}

#[test]
fn a_member_that_commits_is_not_stalled() {
    let scene = Scene::one().look(&[(0, Some(5), 100)]).look(&[(0, Some(6), 100)]);
    assert_eq!(scene.codes(), [""; 0]);
}

#[test]
fn nobody_consumes() {
    let empty = || Scene::new(group(GroupState::Empty, vec![]));
    let grows = empty().look(&[(0, Some(5), 9)]).look(&[(0, Some(5), 10)]);
    assert_eq!(grows.codes(), ["stopped error"]);
    assert_eq!(grows.only().reason, "the group has no members, and the log of partition 0 grows");
    let quiet = empty().look(&[(0, Some(5), 9)]).look(&[(0, Some(5), 9)]);
    assert_eq!(quiet.codes(), ["stopped warning"]);
    assert_eq!(quiet.only().reason, "the group has no members, and 4 records wait");
    let done = empty().look(&[(0, Some(9), 9)]).look(&[(0, Some(9), 9)]);
    assert_eq!(done.codes(), [""; 0]);
    // Partition 1 is nobody's any more.
    let left = Scene::one()
        .look(&[(0, Some(5), 5), (1, Some(5), 9)])
        .look(&[(0, Some(5), 5), (1, Some(5), 10)]);
    assert_eq!(left.codes(), ["stopped warning"]);
    assert_eq!(left.only().reason, "no member holds partition 1, and the log grows");
}

#[test]
fn commits_run_backwards() {
    let scene = Scene::one().look(&[(0, Some(50), 60)]).look(&[(0, Some(40), 60)]).look(&[(
        0,
        Some(55),
        60,
    )]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("rewind", Severity::Warning));
    assert_eq!(finding.evidence.as_deref(), Some("partition 0: 50 → 40"));
}

#[test]
fn falling_behind() {
    let at = |pace: i64| {
        (0..4).fold(Scene::one(), |scene, n| scene.look(&[(0, Some(n * pace), 100 + n * 100)]))
    };
    let mut scene = at(30);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("falling-behind", Severity::Warning));
    assert_eq!(
        finding.reason,
        "100/s are written and 30/s consumed: the lag grew from 100 to 310 in 3s"
    );
    // 100 records a second for an hour are 360,000: the lag gets there at 70 more a second.
    scene.around.retention_ms.insert("t".into(), 3_600_000);
    let finding = scene.only();
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(
        finding.evidence.as_deref(),
        Some(
            "in 3s: lag 100 → 310, 90 consumed, 300 written; records are kept for 1h, \
             the first are lost in about 1h 25m"
        )
    );
    // Commits that come in bursts explain a little.
    assert_eq!(at(80).codes(), [""; 0]);
    assert_eq!(at(100).codes(), [""; 0]);
}

#[test]
fn until_records_are_lost() {
    for (lag, consumed, produced, kept_ms, expected) in [
        (0, 0.0, 10.0, 60_000, Some(60_000)),
        (300, 5.0, 10.0, 60_000, Some(60_000)),
        (600, 0.0, 10.0, 60_000, Some(0)),
        (900, 0.0, 10.0, 60_000, Some(0)),
        (5, 10.0, 10.0, 60_000, None),
        (5, 11.0, 10.0, 60_000, None),
        (5, 0.0, 0.0, 60_000, None),
    ] {
        assert_eq!(time_to_loss(lag, consumed, produced, kept_ms), expected, "{lag} {consumed}");
    }
}

#[test]
fn nothing_was_ever_committed() {
    let scene = Scene::one().look(&[(0, None, 9)]).look(&[(0, None, 9)]);
    assert_eq!(scene.codes(), ["no-commit warning"]);
    let empty = Scene::one().look(&[(0, None, 0)]).look(&[(0, None, 0)]);
    assert_eq!(empty.codes(), [""; 0]);
}

#[test]
fn one_member_is_slow() {
    let two = || {
        let members = vec![member("a", &[0]), member("b", &[1])];
        Scene::new(group(GroupState::Stable, members))
    };
    let scene = two()
        .look(&[(0, Some(0), 900), (1, Some(100), 120)])
        .look(&[(0, Some(50), 950), (1, Some(150), 170)]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("slow-member", Severity::Warning));
    assert_eq!(finding.reason, "a at 10.0.0.7 is far further behind than the others");
    assert_eq!(
        finding.evidence.as_deref(),
        Some(
            "a at 10.0.0.7: 900 records a partition, 1 partition, b at 10.0.0.7: 20 records a partition, 1 partition"
        )
    );
    // Slow together, or little behind, is not slow against the others.
    let alike = two().look(&[(0, Some(0), 900), (1, Some(0), 800)]);
    assert_eq!(alike.codes(), [""; 0]);
    let little = two().look(&[(0, Some(0), 90), (1, Some(0), 0)]);
    assert_eq!(little.codes(), [""; 0]);
}
