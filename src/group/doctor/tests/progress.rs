//! Rules about commits.

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
    let again = scene.look(&[(0, Some(30), 60)]).look(&[(0, Some(29), 60)]);
    assert_eq!(
        again.only().evidence.as_deref(),
        Some("partition 0: 50 → 40 (the first of 3 times, 36 records in all)")
    );
}

#[test]
fn a_share_group_that_is_done_with_records_behind_its_start_is_not_stalled() {
    let share = |waiting: [i64; 3]| {
        let members = vec![member("a", &[0])];
        let group =
            GroupDescription { group_type: GroupType::Share, ..group(GroupState::Stable, members) };
        waiting.into_iter().fold(Scene::new(group), |scene, waiting| {
            let mut scene = scene.look(&[(0, Some(5), 100)]);
            scene.looks.last_mut().unwrap().lags[0].lag = Some(waiting);
            scene
        })
    };
    assert_eq!(share([90, 60, 30]).codes(), [""; 0]);
    let stuck = share([90, 90, 90]);
    assert_eq!(stuck.codes(), ["stalled warning"]);
    let evidence = "in 2s: lag 90 → 90, 0 consumed, 0 written";
    assert_eq!(stuck.only().evidence.as_deref(), Some(evidence));
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
    // One more than there are partitions would have nothing to do.
    let fix = "make the members faster, or add partitions (there is 1 partition for 1 member); \
               `kward group watch g` shows whether it helps";
    assert_eq!(finding.fix, fix);
    let many = group(GroupState::Stable, vec![member("a", &[0, 1])]);
    let many =
        (0..4).fold(Scene::new(many), |scene, n| scene.look(&[(0, Some(n * 30), 100 + n * 100)]));
    let fix = "add members (there is 1 for 2 partitions), or make them faster; `kward group watch g` shows \
               whether it helps";
    assert_eq!(many.only().fix, fix);
    // Without an age nobody knows.
    let hour = Retention { ms: Some(3_600_000), bytes: None, is_whole: true };
    scene.around.retention.insert("t".into(), hour);
    let known = "in 3s: lag 100 → 310, 90 consumed, 300 written";
    assert_eq!(scene.only().evidence.as_deref(), Some(known));
    assert_eq!(scene.only().severity, Severity::Warning);
    // What waits was written within 3.1 seconds: the age grows by 0.7 seconds a second.
    scene.looks.last_mut().unwrap().lags[0].time_lag_ms = Some(3_100);
    let finding = scene.only();
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(
        finding.evidence.as_deref(),
        Some(
            "in 3s: lag 100 → 310, 90 consumed, 300 written; records are kept for 1h, and the first \
             that waits is 3.1s old: at this pace the first are lost in about 1h 25m"
        )
    );
    // Commits that come in bursts explain a little.
    assert_eq!(at(80).codes(), [""; 0]);
    assert_eq!(at(100).codes(), [""; 0]);
}

/// 100 records a second are written.
#[test]
fn a_lag_that_grows_slowly_is_told_over_several_commit_intervals() {
    // So many are consumed a second, and committed at every such second; looks lie so many seconds apart.
    let codes = |pace: i64, commits: i64, apart: i64, looks: i64| {
        let mut scene = Scene::one();
        for look in 0..looks {
            // In the middle between two commits at first.
            let at = look * apart + 3;
            let committed = 1_000 + at / commits * commits * pace;
            scene = scene.look(&[(0, Some(committed), 9_000 + at * 100)]);
            scene.looks.last_mut().unwrap().at_ms = at * 1_000;
        }
        scene.codes()
    };
    let behind = ["falling-behind warning"];
    assert_eq!(codes(78, 5, 5, 5), behind);
    assert_eq!(codes(78, 5, 5, 4), behind);
    assert_eq!(codes(90, 5, 10, 6), behind);
    assert_eq!(codes(50, 5, 5, 4), behind);
    // Who keeps up, whenever it commits and is looked at.
    for (commits, apart) in [(1, 5), (5, 5), (5, 4), (5, 6), (5, 7), (3, 5), (4, 4), (10, 10)] {
        for looks in [4, 5, 8] {
            assert_eq!(codes(100, commits, apart, looks), [""; 0], "{commits} {apart} {looks}");
            assert_eq!(codes(120, commits, apart, looks), [""; 0], "{commits} {apart} {looks}");
        }
    }
}

#[test]
fn a_record_that_nobody_reads_is_lost_when_it_is_too_old() {
    let mut scene = Scene::new(group(GroupState::Empty, vec![]))
        .look(&[(0, Some(5), 9), (1, Some(5), 9)])
        .look(&[(0, Some(5), 9), (1, Some(5), 9)]);
    let kept = Retention { ms: Some(3_600_000), bytes: Some(1 << 30), is_whole: true };
    scene.around.retention.insert("t".into(), kept);
    let lags = &mut scene.looks.last_mut().unwrap().lags;
    (lags[0].time_lag_ms, lags[1].time_lag_ms) = (Some(600_000), Some(1_200_000));
    let quiet = "in 1s: lag 8 → 8, 0 consumed, 0 written";
    let rests = "`retention.bytes` (1.0 GiB a partition) may delete them sooner";
    assert_eq!(
        scene.only().evidence.as_deref(),
        Some(&*format!(
            "{quiet}; records are kept for 1h, and the first that waits is 20m old: it may be deleted \
             in 40m; {rests}"
        ))
    );
    scene.looks.last_mut().unwrap().lags[0].time_lag_ms = Some(3_700_000);
    let told = scene.only().evidence.unwrap();
    assert!(told.contains("is 1h 1m old: it may be deleted at any moment"), "{told}");
    // Only the size decides.
    scene.around.retention.insert("t".into(), Retention { ms: None, ..kept });
    assert_eq!(scene.only().evidence.as_deref(), Some(&*format!("{quiet}; {rests}")));
}

#[test]
fn what_waits_is_lost_when_the_log_is_too_large() {
    let at = |pace: i64| {
        let look = |scene: Scene, n| scene.look(&[(0, Some(n * pace), 1_000 + n * 100)]);
        let mut scene = (0..3).fold(Scene::one(), look);
        scene
            .around
            .retention
            .insert("t".into(), Retention { ms: None, bytes: Some(1 << 30), is_whole: true });
        scene
    };
    let mut scene = at(30);
    let known = "in 2s: lag 1000 → 1140, 60 consumed, 200 written";
    let sooner = "`retention.bytes` (1.0 GiB a partition) may delete them sooner";
    assert_eq!(scene.only().evidence.as_deref(), Some(&*format!("{known}; {sooner}")));
    // 1200 records of 512 KiB: 570 MiB wait, and 35 MiB more each second.
    scene.around.sizes.insert("t".into(), [(0, 1_200 * 512 * 1024)].into());
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("falling-behind", Severity::Error));
    assert_eq!(
        finding.evidence.as_deref(),
        Some(&*format!(
            "{known}; `retention.bytes` (1.0 GiB a partition) is reached by what waits (570 MiB, at 512 \
             KiB a record) in about 12.9s at this pace: from then on the first may be deleted"
        ))
    );
    // A member that stands still loses them as well.
    let mut stuck = at(0);
    stuck.around.sizes.insert("t".into(), [(0, 1_200 << 20)].into());
    let told = stuck.only().evidence.unwrap();
    let any = "is reached by what waits (1.2 GiB, at 1.0 MiB a record): the first may be deleted at any moment";
    assert!(told.ends_with(any), "{told}");
    // Of a log that does not grow nothing is lost by its size.
    let still = |end| Scene::one().look(&[(0, Some(5), end)]).look(&[(0, Some(5), end)]);
    let mut quiet = still(9);
    quiet
        .around
        .retention
        .insert("t".into(), Retention { ms: None, bytes: Some(1 << 30), is_whole: true });
    quiet.around.sizes.insert("t".into(), [(0, 9 << 10)].into());
    let told = quiet.only().evidence.unwrap();
    let never = "is not reached by what waits (4.0 KiB, at 1.0 KiB a record) at this pace";
    assert!(told.ends_with(never), "{told}");
}

#[test]
fn nothing_was_ever_committed() {
    let scene = Scene::one().look(&[(0, None, 9)]).look(&[(0, None, 9)]);
    assert_eq!(scene.codes(), ["no-commit warning"]);
    let reason = "partition 0 is held, has records, and nothing was ever committed";
    assert_eq!(scene.only().reason, reason);
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
