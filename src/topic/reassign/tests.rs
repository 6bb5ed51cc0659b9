//! Plans: what holds for any cluster, and what is expected of a few.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::file::{PlanFile, Wish, read, write};
use super::progress::{Copied, Meter, Sizes};
use super::*;
use crate::model::Name;
use crate::topic::disk::{LogDir, Replica};

fn sites(count: i32, racks: usize) -> Vec<Site> {
    let rack = |id: i32| {
        let number = usize::try_from(id).unwrap() % racks.max(1);
        (racks > 0).then(|| format!("rack-{number}"))
    };
    (1..=count).map(|id| Site { id, rack: rack(id), alive: true }).collect()
}

fn placement(topic: &str, partition: i32, replicas: &[i32]) -> Placement {
    Placement {
        partition: TopicPartition::new(topic, partition),
        replicas: replicas.to_vec(),
        in_sync: replicas.to_vec(),
        bytes: Some(1 + u64::try_from(partition).unwrap()),
        movable: true,
        resizable: true,
    }
}

/// Where everything lies after the moves.
fn after(placements: &[Placement], moves: &[Move]) -> Vec<Placement> {
    let as_moved = |placement: &Placement| {
        let found = moves.iter().find(|one| one.partition == placement.partition);
        let replicas = found.map_or(&placement.replicas, |one| &one.to).clone();
        Placement { in_sync: replicas.clone(), replicas, ..placement.clone() }
    };
    placements.iter().map(as_moved).collect()
}

fn counts<'a>(placements: impl IntoIterator<Item = &'a Placement>) -> BTreeMap<i32, i64> {
    let mut counts = BTreeMap::new();
    for id in placements.into_iter().flat_map(|placement| &placement.replicas) {
        *counts.entry(*id).or_default() += 1;
    }
    counts
}

/// The most less the least that one of these brokers has.
fn spread(counts: &BTreeMap<i32, i64>, brokers: &[Site]) -> i64 {
    let of = |site: &Site| counts.get(&site.id).copied().unwrap_or(0);
    brokers.iter().map(of).max().unwrap_or(0) - brokers.iter().map(of).min().unwrap_or(0)
}

fn racks(sites: &[Site], replicas: &[i32]) -> BTreeSet<String> {
    let rack = |id: &i32| sites.iter().find(|site| site.id == *id)?.rack.clone();
    replicas.iter().filter_map(rack).collect()
}

/// A cluster with partitions anywhere on it: brokers, racks, and for each topic its partitions.
fn clusters() -> impl Strategy<Value = (Vec<Site>, Vec<Placement>)> {
    (2_i32..9, 0_usize..4).prop_flat_map(|(brokers, racks)| {
        let ids: Vec<i32> = (1..=brokers).collect();
        let most = usize::try_from(brokers.min(4)).unwrap();
        let shuffled = Just(ids).prop_shuffle();
        let topic = (1..=most, prop::collection::vec(shuffled, 1..12));
        prop::collection::vec(topic, 1..6).prop_map(move |topics| {
            let mut placements = Vec::new();
            for (number, (factor, partitions)) in topics.iter().enumerate() {
                for (index, order) in (0..).zip(partitions) {
                    let replicas = &order[..*factor];
                    placements.push(placement(&format!("t{number}"), index, replicas));
                }
            }
            (sites(brokers, racks), placements)
        })
    })
}

fn check_sane(sites: &[Site], placements: &[Placement], moves: &[Move]) {
    for one in moves {
        let before = placements.iter().find(|p| p.partition == one.partition).unwrap();
        assert_eq!(one.from, before.replicas);
        assert_ne!(one.from, one.to, "a move that moves nothing");
        assert_eq!(one.to.iter().collect::<BTreeSet<_>>().len(), one.to.len(), "{one:?}");
        let is_there = |id: &i32| sites.iter().any(|site| site.id == *id);
        assert!(one.adding().iter().all(is_there), "{one:?}");
    }
}

proptest! {
    #[test]
    fn a_drained_broker_is_empty_and_nothing_else_is_copied(
        (sites, placements) in clusters(), which in 0_usize..8, excluded in 0_usize..8,
    ) {
        let drained = sites[which % sites.len()].id;
        let excluded = sites[excluded % sites.len()].id;
        let goal = Goal { drain: [drained].into(), exclude: [excluded].into(), ..Goal::default() };
        let Ok(moves) = plan(&sites, &placements, &goal) else {
            // Then there is a partition that cannot lie anywhere.
            let left = sites.iter().filter(|s| s.id != drained && s.id != excluded);
            let left: Vec<i32> = left.map(|s| s.id).collect();
            let stuck = |p: &Placement| {
                p.replicas.contains(&drained) && left.iter().all(|id| p.replicas.contains(id))
            };
            prop_assert!(placements.iter().any(stuck));
            return Ok(());
        };
        check_sane(&sites, &placements, &moves);
        let on_it = placements.iter().filter(|p| p.replicas.contains(&drained)).count();
        prop_assert_eq!(moves.len(), on_it);
        for one in &moves {
            prop_assert_eq!(one.removing(), vec![drained]);
            prop_assert_eq!(one.adding().len(), 1);
            prop_assert!(!one.adding().contains(&excluded));
            // The others keep their places, unless the preferred leader goes.
            for (old, new) in one.from.iter().zip(&one.to) {
                prop_assert!(old == new || *old == drained || one.from[0] == drained);
            }
            let free: Vec<i32> = sites.iter().map(|s| s.id)
                .filter(|id| *id != drained && *id != excluded && !one.from.contains(id)).collect();
            let (before, now) = (racks(&sites, &one.from), racks(&sites, &one.to));
            let new_rack = free.iter().any(|id| !racks(&sites, &[*id]).is_subset(&racks(&sites, &without(&one.from, &[drained]))));
            prop_assert!(now.len() >= before.len() || !new_rack, "{:?}", one);
        }
    }

    #[test]
    fn a_replication_factor_changes_by_what_is_missing_or_too_much(
        (sites, placements) in clusters(), factor in 1_usize..5,
    ) {
        let goal = Goal { replication_factor: Some(factor), ..Goal::default() };
        let Ok(moves) = plan(&sites, &placements, &goal) else {
            prop_assert!(factor > sites.len());
            return Ok(());
        };
        check_sane(&sites, &placements, &moves);
        let now = after(&placements, &moves);
        prop_assert!(now.iter().all(|p| p.replicas.len() == factor));
        for one in &moves {
            prop_assert_eq!(one.adding().len(), factor.saturating_sub(one.from.len()));
            prop_assert_eq!(one.removing().len(), one.from.len().saturating_sub(factor));
            prop_assert_eq!(one.from[0], one.to[0], "the preferred leader stays");
        }
    }

    #[test]
    fn what_is_evened_out_is_even_and_stays_so((sites, placements) in clusters()) {
        let goal = Goal { even: true, ..Goal::default() };
        let moves = plan(&sites, &placements, &goal).unwrap();
        check_sane(&sites, &placements, &moves);
        let now = after(&placements, &moves);
        prop_assert!(plan(&sites, &now, &goal).unwrap().is_empty(), "even twice");
        let all_racks: BTreeSet<_> = sites.iter().filter_map(|site| site.rack.clone()).collect();
        for placement in &now {
            let most = placement.replicas.len().min(all_racks.len());
            prop_assert_eq!(racks(&sites, &placement.replicas).len(), most);
        }
        if all_racks.is_empty() {
            prop_assert!(spread(&counts(&now), &sites) <= 1, "{:?}", counts(&now));
            for topic in now.iter().map(|p| &p.partition.topic).collect::<BTreeSet<&Name>>() {
                let of_topic = counts(now.iter().filter(|p| p.partition.topic == *topic));
                prop_assert!(spread(&of_topic, &sites) <= 1, "{}: {:?}", topic, of_topic);
            }
        }
    }

    #[test]
    fn the_rack_of_a_broker_that_is_not_there_is_kept_in_mind(
        (sites, placements) in clusters(), gone in prop::collection::vec(0_usize..8, 1..3),
        known in any::<bool>(),
    ) {
        let mut told = sites.clone();
        for at in gone {
            let site = &mut told[at % sites.len()];
            site.alive = false;
            site.rack = site.rack.take().filter(|_| known);
        }
        let alive: Vec<Site> = told.iter().filter(|site| site.alive).cloned().collect();
        let goal = Goal { even: true, ..Goal::default() };
        let moves = plan(&told, &placements, &goal).unwrap();
        for one in &moves {
            prop_assert!(one.adding().iter().all(|id| alive.iter().any(|site| site.id == *id)));
            // As they lie when the broker is back, whatever was known of it; and until then.
            for sites in [&sites, &alive] {
                let (before, after) = (racks(sites, &one.from), racks(sites, &one.to));
                prop_assert!(after.len() >= before.len(), "{:?}", one);
            }
        }
        prop_assert!(plan(&told, &after(&placements, &moves), &goal).unwrap().is_empty(), "even twice");
    }

    #[test]
    fn what_may_not_be_moved_is_not((sites, mut placements) in clusters()) {
        for placement in placements.iter_mut().filter(|p| &*p.partition.topic == "t0") {
            placement.movable = false;
        }
        let goal = Goal { even: true, ..Goal::default() };
        let moves = plan(&sites, &placements, &goal).unwrap();
        prop_assert!(moves.iter().all(|one| &*one.partition.topic != "t0"));
    }

    #[test]
    fn a_file_gives_back_what_was_written((_, placements) in clusters()) {
        let moves: Vec<Move> = placements.iter().map(|p| Move {
            partition: p.partition.clone(),
            from: p.replicas.clone(),
            to: p.replicas.iter().rev().copied().collect(),
            bytes: None,
        }).collect();
        let text = write(Some("abc"), &moves);
        let items = moves.iter().map(|one| Wish {
            partition: one.partition.clone(), from: Some(one.from.clone()), to: one.to.clone(),
            dirs: Vec::new(),
        }).collect();
        prop_assert_eq!(read(&text).unwrap(), PlanFile { cluster_id: Some("abc".to_owned()), items });
    }

    #[test]
    fn any_text_is_a_plan_or_a_mistake(text in "\\PC*") {
        let _ = read(&text);
    }
}

fn shown(moves: &[Move]) -> Vec<String> {
    let one = |m: &Move| format!("{} {:?} {:?}", m.partition, m.from, m.to);
    moves.iter().map(one).collect()
}

#[test]
fn a_new_broker_gets_its_share_and_nothing_else_moves() {
    let mut placements = Vec::new();
    for index in 0..12 {
        let first = index % 3 + 1;
        placements.push(placement("t", index, &[first, first % 3 + 1]));
    }
    let goal = Goal { even: true, ..Goal::default() };
    assert_eq!(plan(&sites(3, 0), &placements, &goal).unwrap(), []);
    let moves = plan(&sites(4, 0), &placements, &goal).unwrap();
    let copied: Vec<&Move> = moves.iter().filter(|one| !one.adding().is_empty()).collect();
    assert_eq!(copied.len(), 6, "24 replicas on 4 brokers: {:?}", shown(&moves));
    assert!(copied.iter().all(|one| one.adding() == [4]));
    let firsts = after(&placements, &moves);
    let mut leaders = BTreeMap::new();
    for placement in &firsts {
        *leaders.entry(placement.replicas[0]).or_insert(0) += 1;
    }
    assert_eq!(leaders, BTreeMap::from([(1, 3), (2, 3), (3, 3), (4, 3)]));
}

#[test]
fn the_leaders_of_a_drained_broker_go_to_those_that_lead_little() {
    let placements: Vec<Placement> = (0..6).map(|index| placement("t", index, &[3, 1])).collect();
    let goal = Goal { drain: [3].into(), ..Goal::default() };
    let moves = plan(&sites(3, 0), &placements, &goal).unwrap();
    let first = |id: i32| moves.iter().filter(|one| one.to[0] == id).count();
    assert_eq!((first(1), first(2)), (3, 3), "{:?}", shown(&moves));
}

#[test]
fn leaders_are_spread_without_copying_anything() {
    let placements: Vec<Placement> =
        (0..6).map(|index| placement("t", index, &[1, 2 + index % 2])).collect();
    let goal = Goal { even: true, exclude: [1].into(), ..Goal::default() };
    assert_eq!(plan(&sites(3, 0), &placements, &goal).unwrap(), [], "1 is left alone");
    let placements: Vec<Placement> =
        (0..6).map(|index| placement("t", index, &[1, 2, 3])).collect();
    let goal = Goal { even: true, ..Goal::default() };
    let moves = plan(&sites(3, 0), &placements, &goal).unwrap();
    assert_eq!(bytes_to_copy(&moves), Some(0));
    assert_eq!(moves.len(), 4, "two each: {:?}", shown(&moves));
}

#[test]
fn racks_are_heeded_unless_they_are_to_be_ignored() {
    // rack-1: 1 and 3; rack-0: 2 and 4.
    let placements = [placement("t", 0, &[1, 2])];
    let drain = Goal { drain: [2].into(), ..Goal::default() };
    assert_eq!(plan(&sites(4, 2), &placements, &drain).unwrap()[0].to, [1, 4]);
    let ignore = Goal { ignore_racks: true, ..drain };
    assert_eq!(plan(&sites(4, 2), &placements, &ignore).unwrap()[0].to, [1, 3]);
    let three = Goal { replication_factor: Some(1), ..Goal::default() };
    let crowded = [placement("t", 0, &[2, 1, 3])];
    assert_eq!(plan(&sites(4, 2), &crowded, &three).unwrap()[0].to, [2]);
    let two = Goal { replication_factor: Some(2), ..Goal::default() };
    assert_eq!(plan(&sites(4, 2), &crowded, &two).unwrap()[0].to, [2, 1], "one of each rack");
    // What a drained broker holds is not what is too much, where it is alone in its rack.
    let both = Goal { drain: [2].into(), ..two };
    let placements = [placement("t", 0, &[1, 2, 3]), placement("t", 1, &[2, 1, 3])];
    for one in plan(&sites(4, 2), &placements, &both).unwrap() {
        assert_eq!(racks(&sites(4, 2), &one.to).len(), 2, "{one:?}");
        assert_eq!(one.adding(), [4], "{one:?}");
    }
}

#[test]
fn what_lies_on_a_broker_that_is_gone_leaves_its_rack_to_it() {
    // rack-1: 1 and 3; rack-0: 2 and 4, which is gone.
    let mut told = sites(4, 2);
    told[3].alive = false;
    let placements: Vec<Placement> = (0..6).map(|index| placement("t", index, &[1, 4])).collect();
    let goal = Goal { even: true, ..Goal::default() };
    for rack in [told[3].rack.clone(), None] {
        told[3].rack = rack;
        let moves = plan(&told, &placements, &goal).unwrap();
        assert_eq!(moves.len(), 3, "half of what broker 1 has: {:?}", shown(&moves));
        assert!(moves.iter().all(|one| one.to == [3, 4]), "within the rack: {:?}", shown(&moves));
    }
    // Two that share a rack are parted, whatever the third one's is.
    let crowded = [placement("t", 0, &[1, 3, 4])];
    assert_eq!(plan(&told, &crowded, &goal).unwrap()[0].to, [1, 2, 4]);
    let drain = Goal { drain: [4].into(), ..Goal::default() };
    assert_eq!(plan(&told, &placements[..1], &drain).unwrap()[0].to, [1, 2]);
    let ignore = Goal { ignore_racks: true, ..goal };
    let to: BTreeSet<i32> =
        plan(&told, &placements, &ignore).unwrap().iter().map(|m| m.to[0]).collect();
    assert_eq!(to, [2, 3].into());
}

#[test]
fn a_smaller_factor_gives_up_what_is_ill_first() {
    let mut ill = placement("t", 0, &[1, 2, 3]);
    ill.in_sync = vec![1, 3];
    let two = Goal { replication_factor: Some(2), ..Goal::default() };
    assert_eq!(plan(&sites(3, 0), &[ill.clone()], &two).unwrap()[0].to, [1, 3]);
    // 9 is not there any more, and it was the first.
    ill.replicas = vec![9, 2, 3];
    ill.in_sync = vec![2, 3];
    assert_eq!(plan(&sites(3, 0), &[ill.clone()], &two).unwrap()[0].to, [2, 3]);
    ill.resizable = false;
    assert_eq!(plan(&sites(3, 0), &[ill], &two).unwrap(), []);
    let drain = Goal { drain: [3].into(), ..two };
    assert_eq!(plan(&sites(3, 0), &[placement("t", 0, &[3, 2, 1])], &drain).unwrap()[0].to, [2, 1]);
}

#[test]
fn what_cannot_be_says_why() {
    let placements = [placement("t", 0, &[1, 2]), placement("t", 1, &[2, 1])];
    let told = |goal: Goal| {
        let error = plan(&sites(2, 0), &placements, &goal).unwrap_err();
        format!("{}; {}", error.message(), error.causes().join("; "))
    };
    assert_eq!(
        told(Goal { drain: [2].into(), ..Goal::default() }),
        "too few brokers for the 2 replicas of `t-0`, and so for 1 more; only broker 1 may get replicas"
    );
    assert_eq!(
        told(Goal { replication_factor: Some(3), ..Goal::default() }),
        "too few brokers for the 3 replicas of `t-0`, and so for 1 more; only brokers 1, 2 may get replicas"
    );
    assert_eq!(
        told(Goal { drain: [7].into(), ..Goal::default() }),
        "there is no broker 7; the cluster has brokers 1, 2"
    );
}

#[test]
fn files_of_kafkas_tool_and_of_our_own_are_read() {
    let kafka = r#"{"version":1,"partitions":[
        {"topic":"orders","partition":0,"replicas":[1,2],"log_dirs":["any","any"]}]}"#;
    let plan = read(kafka).unwrap();
    assert_eq!(plan.cluster_id, None);
    assert_eq!((plan.items[0].from.clone(), plan.items[0].to.clone()), (None, vec![1, 2]));
    let ours = r#"{"apiVersion":"kward/v1","kind":"ReassignmentPlan","clusterId":"abc","items":[
        {"topic":"orders","partition":0,"from":[2,3],"to":[1,2]}]}"#;
    let plan = read(ours).unwrap();
    assert_eq!(plan.cluster_id.as_deref(), Some("abc"));
    assert_eq!(
        (plan.items[0].from.clone(), plan.items[0].to.clone()),
        (Some(vec![2, 3]), vec![1, 2])
    );
    assert_eq!(read(&write(None, &[])).unwrap(), PlanFile::default());
    // As Kafka's tool takes it.
    assert_eq!(read(&kafka.replace(r#""version":1,"#, "")).unwrap(), read(kafka).unwrap());
}

#[test]
fn mistakes_in_a_file_are_named() {
    for (text, why) in [
        ("", "it is no JSON"),
        ("[]", "it is no plan of a reassignment"),
        (r#"{"version":2,"partitions":[]}"#, "it is a plan of version 2: only 1 is known"),
        (r#"{"version":1}"#, "it is no plan of a reassignment"),
        (r#"{"version":1,"partitions":{}}"#, "it has no list of partitions"),
        (r#"{"version":1,"partitions":[{}]}"#, "partition 1 of the plan: it names no `topic`"),
        (
            r#"{"version":1,"partitions":[{"topic":"t","partition":-1,"replicas":[1]}]}"#,
            "partition 1 of the plan: `partition` is no number from 0",
        ),
        (
            r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[]}]}"#,
            "partition 1 of the plan: `replicas` of `t-0` is empty",
        ),
        (
            r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2,1]}]}"#,
            "partition 1 of the plan: `replicas` of `t-0` names broker 1 twice",
        ),
        (
            r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":["1"]}]}"#,
            "partition 1 of the plan: `replicas` of `t-0` is no list of broker ids",
        ),
        (
            r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1]},
                {"topic":"t","partition":0,"replicas":[2]}]}"#,
            "the plan names `t-0` twice",
        ),
    ] {
        assert_eq!(read(text).unwrap_err().message(), why, "{text}");
    }
}

#[test]
fn folders_are_read_and_mistakes_in_them_named() {
    let plan = |folders: &str| {
        let at = format!(r#""topic":"t","partition":0,"replicas":[1,2],"log_dirs":{folders}"#);
        read(&format!(r#"{{"version":1,"partitions":[{{{at}}}]}}"#))
    };
    let dirs = plan(r#"["any","/d/"]"#).unwrap().items.remove(0).dirs;
    assert_eq!(dirs, [None, Some("/d".to_owned())]);
    for (folders, why) in [
        (r#"["/d"]"#, "has 1 entries for the 2 in `replicas`"),
        (r#"["any","d"]"#, "has `\"d\"`: wanted is an absolute path or `any`"),
        (r#""/d""#, "is no list of folders"),
    ] {
        let error = plan(folders).unwrap_err();
        let expected = format!("partition 1 of the plan: `log_dirs` of `t-0` {why}");
        assert_eq!(error.message(), expected);
    }
}

#[test]
fn what_is_copied_is_slowed_down() {
    let one = |partition, from: &[i32], to: &[i32]| Move {
        partition: TopicPartition::new("t", partition),
        from: from.to_vec(),
        to: to.to_vec(),
        bytes: None,
    };
    let moves = [one(0, &[1, 2], &[2, 3]), one(1, &[1, 2], &[2, 1]), one(2, &[1, 2], &[1])];
    let topics = throttle::replicas(&moves);
    let value = throttle::Replicas::value;
    assert_eq!(topics.len(), 1);
    let of = &topics[&Name::from("t")];
    assert_eq!((value(&of.leaders), value(&of.followers)), ("0:1,0:2".into(), "0:3".into()));
    assert_eq!(throttle::brokers(&moves), [1, 2, 3].into());
    assert_eq!(throttle::replicas(&moves[1..]), BTreeMap::new(), "nothing is copied");
    assert_eq!(bytes_to_copy(&moves[1..]), Some(0));
    assert_eq!(bytes_to_copy(&moves), None, "its size is not known");
}

#[test]
fn progress_is_what_lies_there_of_what_is_to_lie_there() {
    let dir = |broker: i32, bytes: u64| {
        let replica = |future| Replica {
            topic: "t".into(),
            partition: 0,
            bytes: if future { 7 } else { bytes },
            lag: 0,
            future,
        };
        let dir = LogDir {
            path: "/d".to_owned(),
            error: None,
            total_bytes: None,
            usable_bytes: None,
            replicas: vec![replica(false), replica(true)],
        };
        (broker, vec![dir])
    };
    let mut dirs = BTreeMap::from([dir(1, 100), dir(2, 90), dir(3, 25)]);
    let without_one = Sizes::of(&dirs);
    dirs.insert(4, Vec::new());
    let sizes = Sizes::of(&dirs);
    let moving = Ongoing {
        partition: TopicPartition::new("t", 0),
        replicas: vec![3, 4, 1, 2],
        adding: vec![3, 4],
        removing: vec![1, 2],
    };
    assert_eq!((moving.target(), moving.origin()), (vec![3, 4], vec![1, 2]));
    let copied = Copied::of(&moving, &sizes).unwrap();
    assert_eq!((copied, copied.percent()), (Copied { done: 25, total: 200 }, 12));
    assert_eq!(Copied::of(&moving, &without_one), None, "broker 4 does not tell what it has");
    let unknown = Ongoing { partition: TopicPartition::new("u", 0), ..moving };
    assert_eq!(Copied::of(&unknown, &sizes), None);

    let mut meter = Meter::default();
    assert_eq!(meter.rate(), None);
    for second in 0..=60 {
        meter.note(Duration::from_secs(second), if second < 30 { 0 } else { (second - 30) * 10 });
    }
    assert_eq!(meter.rate(), Some(10), "what was long ago counts no more");
    let copied = Copied { done: 300, total: 1000 };
    assert_eq!(meter.remaining(copied), Some(Duration::from_secs(70)));
    let mut still = Meter::default();
    still.note(Duration::ZERO, 5);
    still.note(Duration::from_secs(1), 5);
    assert_eq!((still.rate(), still.remaining(copied)), (Some(0), None));
}

#[test]
fn replicas_that_come_to_lie_in_fewer_racks_are_found() {
    let site = |id, rack: Option<&str>| Site { id, rack: rack.map(str::to_owned), alive: true };
    let sites = [site(1, Some("a")), site(2, Some("b")), site(3, Some("a")), site(4, None)];
    let fewer = |from: &[i32], to: &[i32]| {
        let one = Move {
            partition: TopicPartition::new(Name::from("t"), 0),
            from: from.to_vec(),
            to: to.to_vec(),
            bytes: None,
        };
        let moves = [one];
        let found = in_fewer_racks(&sites, &moves);
        found.first().map(|(_, racks)| racks.iter().copied().collect::<Vec<_>>().join(","))
    };
    assert_eq!(fewer(&[1, 2], &[1, 3]).as_deref(), Some("a"));
    assert_eq!(fewer(&[1, 2], &[3, 2]), None, "as many");
    assert_eq!(fewer(&[1, 3], &[3, 2]), None, "more");
    assert_eq!(fewer(&[1, 2], &[1]), None, "one replica lies in one rack");
    assert_eq!(fewer(&[1, 2], &[1, 4]).as_deref(), Some("a"), "a broker without rack is in none");
}
