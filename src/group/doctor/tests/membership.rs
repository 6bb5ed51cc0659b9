//! Rules about members.

use std::collections::BTreeMap;

use super::*;
use crate::model::group::{MemberType, TaskSets, Tasks, TasksOfMember};

fn stable(members: Vec<Member>) -> GroupDescription {
    group(GroupState::Stable, members)
}

#[test]
fn not_stable_for_long() {
    let joining = |state| group(state, vec![member("a", &[])]);
    let scene = Scene::new(joining(GroupState::PreparingRebalance))
        .look(&[])
        .group(joining(GroupState::CompletingRebalance))
        .look(&[])
        .look(&[]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("not-stable", Severity::Error));
    assert_eq!(finding.reason, "was not stable at any of 3 looks in 2s");
    assert_eq!(
        finding.evidence.as_deref(),
        Some("PreparingRebalance → CompletingRebalance; 1 member")
    );
    // Stable once is stable, and one look says nothing of time.
    let calmed = scene.clone().group(stable(vec![member("a", &[0])])).look(&[]);
    assert_eq!(calmed.codes(), [""; 0]);
    let once = Scene::new(joining(GroupState::PreparingRebalance)).look(&[]);
    assert_eq!(once.codes(), [""; 0]);
}

#[test]
fn a_static_member_that_is_away() {
    let seat =
        Member { instance_id: Some("seat".into()), member_epoch: Some(-2), ..member("a", &[0]) };
    let scene = Scene::new(group(GroupState::Reconciling, vec![seat])).look(&[]).look(&[]);
    let finding = scene.only();
    assert_eq!(finding.code, "not-stable");
    assert_eq!(finding.evidence.as_deref(), Some("Reconciling; 1 member; away: seat at 10.0.0.7"));
    assert!(finding.fix.contains("kward group remove-members g --instance-id seat"));
}

#[test]
fn a_member_that_does_not_give_up_what_it_has_to() {
    let target = |partitions: &[i32]| member("x", partitions).assignment;
    let keeps = member("a", &[0, 1]).towards(target(&[0]));
    let waits = member("b", &[]).towards(target(&[1]));
    let scene = Scene::new(group(GroupState::Reconciling, vec![keeps.clone(), waits]))
        .look(&[])
        .look(&[])
        .look(&[]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("not-converged", Severity::Error));
    assert_eq!(
        finding.evidence.as_deref(),
        Some("a at 10.0.0.7 has to give up t 1, b at 10.0.0.7 waits for t 1")
    );
    assert!(finding.fix.contains("kward group remove-members g --member a-0"));
    // Another target at every look is not a member that stands still.
    let moves =
        scene.group(group(GroupState::Reconciling, vec![keeps.towards(target(&[1]))])).look(&[]);
    assert!(!moves.codes().contains(&"not-converged error".to_owned()));
}

#[test]
fn flapping() {
    let with = |ids: &[&str]| stable(ids.iter().map(|id| member(id, &[0])).collect());
    let scene = Scene::new(with(&["a"]))
        .look(&[])
        .group(with(&["a", "b"]))
        .look(&[])
        .look(&[])
        .group(with(&["a"]))
        .look(&[]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("flapping", Severity::Warning));
    assert_eq!(finding.reason, "rebalanced 2 times in 3s");
    assert_eq!(
        finding.evidence.as_deref(),
        Some("in 2 of 3 intervals; came: b at 10.0.0.7 (1); went: b at 10.0.0.7 (1)")
    );
    // A static member that comes back is no rebalance.
    let seat = |process: u8| Member {
        instance_id: Some("seat".into()),
        ..member(&format!("a{process}"), &[0])
    };
    let restarts = Scene::new(stable(vec![seat(1)]))
        .look(&[])
        .group(stable(vec![seat(2)]))
        .look(&[])
        .group(stable(vec![seat(3)]))
        .look(&[]);
    assert_eq!(restarts.codes(), [""; 0]);
    // Once is a deployment.
    let once = Scene::new(with(&["a"])).look(&[]).group(with(&["a", "b"])).look(&[]).look(&[]);
    assert_eq!(once.codes(), [""; 0]);
}

#[test]
fn members_without_partitions() {
    let mut scene = Scene::new(stable(vec![member("a", &[0]), member("b", &[])])).look(&[]);
    scene.around.topics.insert("t".into(), Topic::There(1));
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("idle-members", Severity::Warning));
    assert_eq!(finding.reason, "1 of 2 members has no partitions");
    assert_eq!(finding.evidence.as_deref(), Some("b at 10.0.0.7"));
    assert!(finding.fix.contains("kward topic add-partitions t --total 2"), "{}", finding.fix);
    assert!(finding.fix.starts_with("there is only 1 partition: "), "{}", finding.fix);
    // There would be enough.
    scene.around.topics.insert("t".into(), Topic::There(2));
    assert!(scene.only().fix.contains("kward group members g -o wide"));
    // Each topic has too few for all, and `range` begins with the first member every time.
    let mut by_topic = scene.clone();
    by_topic.looks[0].group.assignor = Some("range".into());
    let fix = by_topic.only().fix;
    assert!(fix.starts_with("`range` deals out each topic by itself"), "{fix}");
    assert!(fix.ends_with("use `group.remote.assignor=uniform`"), "{fix}");
    // A topic that does not exist has no room for anybody, and is a finding of its own.
    let mut without = Scene::new(stable(vec![member("a", &[]), member("b", &[])])).look(&[]);
    without.around.topics.insert("t".into(), Topic::Absent);
    assert_eq!(without.codes(), ["unknown-topic error"]);
    // What a client writes in other words than those of its protocol is unknown, and not nothing.
    let odd = Member { assignment: Assignment::unknown(), ..member("b", &[]) };
    assert_eq!(Scene::new(stable(vec![member("a", &[0]), odd])).look(&[]).codes(), [""; 0]);
    // What cannot be read is not missed: other protocols, share groups, rebalances.
    for change in [
        |group: &mut GroupDescription| group.protocol_type = Some("connect".into()),
        |group: &mut GroupDescription| group.group_type = GroupType::Share,
        |group: &mut GroupDescription| group.state = GroupState::PreparingRebalance,
    ] {
        let mut other = scene.clone();
        change(&mut other.looks[0].group);
        assert_eq!(other.codes(), [""; 0]);
    }
}

#[test]
fn uneven_load() {
    let of =
        |a: &[i32], b: &[i32]| Scene::new(stable(vec![member("a", a), member("b", b)])).look(&[]);
    for (a, b, found) in [
        (&[0, 1][..], &[2][..], false),
        (&[0, 1, 2], &[3, 4], false),
        (&[0, 1, 2, 3, 4, 5, 6], &[7, 8, 9, 10, 11], false),
        // What `range` makes of two topics with three partitions each.
        (&[0, 1, 2, 3], &[4, 5], true),
        (&[0, 1, 2], &[3], true),
        (&[0, 1, 2, 3, 4, 5], &[6, 7], true),
    ] {
        assert_eq!(of(a, b).codes().len(), usize::from(found), "{a:?} {b:?}");
    }
    let finding = of(&[0, 1, 2], &[3]).only();
    assert_eq!(finding.code, "uneven-load");
    assert_eq!(finding.evidence.as_deref(), Some("a at 10.0.0.7 holds 3, b at 10.0.0.7 holds 1"));
    // Those that want something else hold something else.
    let mut other = member("b", &[3]);
    other.subscription = vec!["t".into(), "u".into()].into();
    let scene = Scene::new(stable(vec![member("a", &[0, 1, 2]), other])).look(&[]);
    assert_eq!(scene.codes(), [""; 0]);
}

#[test]
fn partitions_that_nobody_was_given() {
    let of = |kind: GroupType, members| GroupDescription { group_type: kind, ..stable(members) };
    let classic = |members| Scene::new(of(GroupType::Classic, members));
    let members = || vec![member("a", &[0, 1]), member("b", &[2, 3])];
    let mut scene = classic(members()).look(&[(4, Some(1), 1)]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("not-assigned", Severity::Warning));
    assert_eq!(finding.reason, "members subscribe to it, and no member holds partitions 5-7");
    assert_eq!(finding.place, "group g, topic t");
    scene.around.topics.insert("t".into(), Topic::There(6));
    assert_eq!(scene.only().reason, "members subscribe to it, and no member holds partition 5");
    scene.around.topics.insert("t".into(), Topic::There(5));
    assert_eq!(scene.codes(), [""; 0]);
    // What is not told is not nothing; brokers deal out by themselves.
    let unknown = Member { assignment: Assignment::unknown(), ..member("b", &[]) };
    assert_eq!(classic(vec![member("a", &[0]), unknown]).look(&[]).codes(), [""; 0]);
    assert_eq!(Scene::new(of(GroupType::Consumer, members())).look(&[]).codes(), [""; 0]);
}

/// Whoever has the task of a subtopology that reads two topics holds a partition of each.
#[test]
fn tasks_that_read_several_topics_are_one_each() {
    let tasks = |numbers: &[i32]| {
        let active = Tasks { subtopology_id: "0".into(), partitions: numbers.to_vec() };
        let now = TaskSets { active: vec![active], ..TaskSets::default() };
        Some(TasksOfMember {
            process_id: "p".into(),
            topology_epoch: None,
            user_endpoint: None,
            client_tags: BTreeMap::new(),
            now,
            target: None,
            task_offsets: Vec::new(),
            task_end_offsets: Vec::new(),
        })
    };
    let works = |id: &str, numbers: &[i32], partitions: &[i32]| Member {
        tasks: tasks(numbers),
        ..member(id, partitions)
    };
    let of = |members| {
        let group = GroupDescription { group_type: GroupType::Streams, ..stable(members) };
        Scene::new(group).look(&[])
    };
    let alike = of(vec![works("a", &[0], &[0, 1, 2]), works("b", &[1], &[3])]);
    assert_eq!(alike.codes(), [""; 0]);
    let uneven = of(vec![works("a", &[0, 1, 2], &[0, 1, 2]), works("b", &[3], &[3])]).only();
    assert_eq!(uneven.reason, "the members want the same, and one holds 3 tasks, another 1");
}

#[test]
fn two_protocols_in_one_group() {
    let speaks =
        |id: &str, partition, kind| Member { member_type: Some(kind), ..member(id, &[partition]) };
    let scene = Scene::new(stable(vec![
        speaks("a", 0, MemberType::Classic),
        speaks("b", 1, MemberType::Consumer),
    ]))
    .look(&[]);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("mixed-protocols", Severity::Warning));
    assert_eq!(finding.evidence.as_deref(), Some("a at 10.0.0.7"));
    let migrated = stable(vec![speaks("a", 0, MemberType::Consumer)]);
    assert_eq!(Scene::new(migrated).look(&[]).codes(), [""; 0]);
}

#[test]
fn the_assignor_changes() {
    let mut other = stable(vec![member("a", &[0])]);
    other.assignor = Some("range".into());
    let scene = Scene::one().look(&[]).group(other).look(&[]);
    let finding = scene.only();
    assert_eq!(finding.code, "assignor-changed");
    assert_eq!(finding.evidence.as_deref(), Some("uniform → range"));
}
