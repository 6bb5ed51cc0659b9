//! What must hold for any looks.

use proptest::prelude::*;

use super::*;

/// Two partitions and two members through up to five looks: what is committed and written, and who
/// holds what.
fn any_scene() -> impl Strategy<Value = Scene> {
    let offsets = (proptest::option::of(0..200_i64), 0..200_i64);
    let holders = (0..4_usize, 0..4_usize);
    let look = (offsets.clone(), offsets, holders, 0..4_usize);
    proptest::collection::vec(look, 1..5).prop_map(|looks| {
        let states = [
            GroupState::Stable,
            GroupState::Reconciling,
            GroupState::PreparingRebalance,
            GroupState::Empty,
        ];
        looks.into_iter().fold(Scene::one(), |scene, (first, second, held, state)| {
            let of = |number: usize| -> Vec<i32> {
                let both = [(0, held.0), (1, held.1)];
                both.into_iter().filter(|(_, who)| *who == number).map(|(p, _)| p).collect()
            };
            let state = states[state].clone();
            let members = if state == GroupState::Empty {
                Vec::new()
            } else {
                vec![member("a", &of(0)), member("b", &of(1))]
            };
            let row = |partition, (committed, end): (Option<i64>, i64)| {
                (partition, committed.map(|committed| committed.min(end)), end)
            };
            scene.group(group(state, members)).look(&[row(0, first), row(1, second)])
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn findings_are_complete_and_each_is_said_once(scene in any_scene()) {
        let found = scene.found();
        prop_assert!(found.is_sorted_by_key(|finding| finding.severity));
        let mut keys: Vec<(&str, &str)> = found.iter().map(|f| (f.code, f.place.as_str())).collect();
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        prop_assert_eq!(keys.len(), count);
        for finding in &found {
            prop_assert!(!finding.reason.is_empty() && !finding.fix.is_empty());
            prop_assert!(finding.evidence.is_some(), "{:?}", finding);
            for text in [&finding.reason, &finding.fix] {
                prop_assert!(!text.ends_with('.') && !text.contains('\n'), "{}", text);
            }
        }
    }

    /// The same look again and again, with everything consumed, is a healthy group.
    #[test]
    fn what_is_consumed_and_quiet_is_well(end in 0..1_000_i64, times in 1..6_usize) {
        let scene = (0..times).fold(Scene::one(), |scene, _| scene.look(&[(0, Some(end), end)]));
        prop_assert_eq!(scene.found(), vec![]);
    }

    /// A group whose commits go on in every interval is never called stalled, stopped or without commits.
    #[test]
    fn who_goes_on_is_not_stalled(steps in proptest::collection::vec((1..50_i64, 0..50_i64), 1..6)) {
        let (mut committed, mut end) = (0, 10_000);
        let mut scene = Scene::one().look(&[(0, Some(0), end)]);
        for (consumed, written) in steps {
            committed += consumed;
            end += written;
            scene = scene.look(&[(0, Some(committed), end)]);
        }
        let wrong = ["stalled", "stopped", "no-commit", "rewind"];
        prop_assert!(scene.found().iter().all(|finding| !wrong.contains(&finding.code)));
    }
}
