//! Differences between descriptions: tables, and what must hold for any two.

use proptest::prelude::*;

use super::*;
use crate::model::group::GroupType;

fn group(state: GroupState, epoch: i32, members: Vec<Member>) -> GroupDescription {
    GroupDescription {
        group_id: "g".into(),
        group_type: GroupType::Consumer,
        state,
        protocol_type: None,
        coordinator: None,
        group_epoch: Some(epoch),
        assignment_epoch: Some(epoch),
        topology_epoch: None,
        subtopologies: Vec::new(),
        assignor: Some("uniform".into()),
        members,
        authorized_operations: None,
    }
}

fn member(id: &str, epoch: i32, partitions: &[(&str, i32)]) -> Member {
    Member {
        member_epoch: Some(epoch),
        assignment: partitions.iter().map(|(topic, p)| (Name::from(*topic), *p)).collect(),
        ..Member::new(id)
    }
}

fn seated(id: &str, instance: &str, partitions: &[(&str, i32)]) -> Member {
    Member { instance_id: Some(instance.into()), ..member(id, 3, partitions) }
}

fn told(changes: &[Change]) -> Vec<String> {
    let words = |change: &Change| match change {
        Change::StateChanged { from, to } => format!("state {from} {to}"),
        Change::EpochChanged { from, to } => format!("epoch {from:?} {to:?}"),
        Change::AssignmentEpochChanged { from, to } => format!("target {from:?} {to:?}"),
        Change::AssignorChanged { .. } => "assignor".to_owned(),
        Change::MemberJoined(member) => format!("joined {}", member.member_id),
        Change::MemberLeft(member) => format!("left {}", member.member_id),
        Change::MemberReturned(back) => {
            format!("{} is now {}", back.previous_member_id, back.member.member_id)
        }
        Change::MemberChanged { to, .. } => format!("changed {}", to.member_id),
        Change::PartitionMoved { topic, partition, from, to } => {
            format!("{topic}-{partition} {} {}", name(from.as_ref()), name(to.as_ref()))
        }
    };
    changes.iter().map(words).collect()
}

fn name(name: Option<&Name>) -> &str {
    name.map_or("-", |name| name)
}

#[test]
fn nothing_happened() {
    let same = group(GroupState::Stable, 3, vec![member("a", 3, &[("t", 0)])]);
    assert_eq!(diff(&same, &same), []);
}

#[test]
fn a_member_joins_and_takes_over() {
    let before = group(GroupState::Stable, 3, vec![member("a", 3, &[("t", 0), ("t", 1)])]);
    let after = group(
        GroupState::Stable,
        4,
        vec![member("a", 4, &[("t", 0)]), member("b", 4, &[("t", 1)])],
    );
    assert_eq!(
        told(&diff(&before, &after)),
        ["epoch Some(3) Some(4)", "target Some(3) Some(4)", "changed a", "joined b", "t-1 a b"]
    );
}

#[test]
fn a_member_leaves_and_nobody_takes_over_yet() {
    let before = group(GroupState::Stable, 3, vec![member("a", 3, &[("t", 0)])]);
    let after = group(GroupState::Empty, 3, vec![]);
    assert_eq!(told(&diff(&before, &after)), ["state Stable Empty", "left a", "t-0 a -"]);
}

#[test]
fn a_static_member_that_is_back_is_no_other() {
    let before = group(
        GroupState::Stable,
        3,
        vec![seated("s-1", "s", &[("t", 0), ("t", 1)]), member("b", 3, &[("t", 2)])],
    );
    let after = |back: Member, other: Member| group(GroupState::Stable, 3, vec![back, other]);
    let same = after(seated("s-2", "s", &[("t", 0), ("t", 1)]), member("b", 3, &[("t", 2)]));
    assert_eq!(told(&diff(&before, &same)), ["s-1 is now s-2"]);
    // What it gives up at the same time moves, and is told of the member that is there.
    let less = after(seated("s-2", "s", &[("t", 0)]), member("b", 3, &[("t", 1), ("t", 2)]));
    assert_eq!(told(&diff(&before, &less)), ["s-1 is now s-2", "t-1 s-2 b"]);
    // Another instance is another member.
    let other = after(seated("s-2", "other", &[("t", 0), ("t", 1)]), member("b", 3, &[("t", 2)]));
    assert_eq!(
        told(&diff(&before, &other)),
        ["joined s-2", "left s-1", "t-0 s-1 s-2", "t-1 s-1 s-2"]
    );
    let changes = diff(&before, &same);
    let event = serde_json::to_value(&changes[0]).unwrap();
    assert_eq!(
        (&event["event"], &event["memberId"], &event["instanceId"]),
        (&"memberReturned".into(), &"s-2".into(), &"s".into())
    );
    assert_eq!((&event["previousMemberId"], &event["replaced"]), (&"s-1".into(), &true.into()));
}

#[test]
fn what_is_not_told_is_unknown_and_not_nothing() {
    let unknown = |id: &str| Member { assignment: Assignment::unknown(), ..member(id, 3, &[]) };
    let of = |members| group(GroupState::Stable, 3, members);
    for (before, after, expected) in [
        (member("a", 3, &[("t", 0)]), unknown("a"), &["changed a", "t-0 a -"][..]),
        (unknown("a"), member("a", 3, &[("t", 0)]), &["changed a", "t-0 - a"]),
        (unknown("a"), member("a", 3, &[]), &["changed a"]),
        (unknown("a"), unknown("a"), &[]),
    ] {
        let (before, after) = (of(vec![before]), of(vec![after]));
        let changes = diff(&before, &after);
        assert_eq!(told(&changes), expected);
        assert_eq!(apply(&before, &changes), after);
    }
    let joined = of(vec![unknown("b")]);
    assert_eq!(apply(&of(vec![]), &diff(&of(vec![]), &joined)), joined);
}

#[test]
fn a_shared_partition_has_several_holders() {
    let before = group(
        GroupState::Stable,
        1,
        vec![member("a", 1, &[("t", 0)]), member("b", 1, &[("t", 0)]), member("c", 1, &[])],
    );
    let after = group(
        GroupState::Stable,
        1,
        vec![member("a", 1, &[("t", 0)]), member("b", 1, &[]), member("c", 1, &[("t", 0)])],
    );
    assert_eq!(told(&diff(&before, &after)), ["t-0 b c"]);
}

#[test]
fn events_have_the_promised_form() {
    let moved = Change::PartitionMoved {
        topic: "t".into(),
        partition: 1,
        from: None,
        to: Some("a".into()),
    };
    assert_eq!(
        serde_json::to_string(&moved).unwrap(),
        r#"{"event":"partitionMoved","topic":"t","partition":1,"to":"a"}"#
    );
    let state = Change::StateChanged { from: GroupState::Stable, to: GroupState::Empty };
    assert_eq!(
        serde_json::to_string(&state).unwrap(),
        r#"{"event":"stateChanged","from":"Stable","to":"Empty"}"#
    );
    let joined = Change::MemberJoined(Box::new(member("a", 1, &[])));
    assert!(
        serde_json::to_string(&joined)
            .unwrap()
            .starts_with(r#"{"event":"memberJoined","memberId":"a","#)
    );
}

prop_compose! {
    fn any_member(id: String)(
        epoch in 0..3, target in proptest::option::of(any::<bool>()), client in "[pq]",
        partitions in proptest::collection::btree_set((0..2_usize, 0..4), 0..6),
        wanted in proptest::collection::btree_set((0..2_usize, 0..4), 0..6),
    ) -> Member {
        // `s/1` and `s/2` are two processes of the static member `s`.
        let instance = id.split_once('/').map(|(instance, _)| Name::from(instance));
        let topics = ["t", "u"];
        let set = |partitions: BTreeSet<(usize, i32)>| -> Assignment {
            partitions.into_iter().map(|(topic, p)| (Name::from(topics[topic]), p)).collect()
        };
        let member = Member {
            client_id: client.into(),
            instance_id: instance,
            member_epoch: Some(epoch),
            assignment: set(partitions),
            ..Member::new(id.as_str())
        };
        match target {
            Some(true) => member.towards(set(wanted)),
            Some(false) => member,
            None => Member {
                assignment: Assignment::unknown(),
                pending_revocation: Assignment::unknown(),
                ..member
            },
        }
    }
}

fn any_group() -> impl Strategy<Value = GroupDescription> {
    let some = |id: &str| proptest::option::of(any_member(id.to_owned()));
    let states = prop_oneof![Just(GroupState::Stable), Just(GroupState::Reconciling)];
    let seat = prop_oneof![some("s/1"), some("s/2")];
    (states, 0..3, some("a"), some("b"), some("c"), seat).prop_map(|(state, epoch, a, b, c, s)| {
        group(state, epoch, [a, b, c, s].into_iter().flatten().collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_diff_applied_gives_the_new_state(before in any_group(), after in any_group()) {
        prop_assert_eq!(apply(&before, &diff(&before, &after)), after);
    }

    #[test]
    fn partitions_are_conserved(before in any_group(), after in any_group()) {
        let mut balance: BTreeMap<(Name, i32), i64> = BTreeMap::new();
        let mut count = |group: &GroupDescription, sign: i64| {
            for member in &group.members {
                for (topic, partition) in member.assignment.iter() {
                    *balance.entry((topic.clone(), partition)).or_default() += sign;
                }
            }
        };
        count(&before, 1);
        count(&after, -1);
        for change in diff(&before, &after) {
            if let Change::PartitionMoved { topic, partition, from, to } = change {
                prop_assert_ne!(&from, &to);
                let net = i64::from(to.is_some()) - i64::from(from.is_some());
                *balance.entry((topic, partition)).or_default() += net;
            }
        }
        prop_assert!(balance.values().all(|left| *left == 0), "{:?}", balance);
    }
}
