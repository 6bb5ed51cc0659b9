//! Following a group: what a look into a rebalance may not be taken for, and what must hold for any
//! sequence of looks.

use proptest::prelude::*;

use super::*;
use crate::model::group::{Assignment, Subscription};

fn group(kind: GroupType, state: GroupState, members: Vec<Member>) -> GroupDescription {
    GroupDescription { state, members, ..absent(&"g".into(), kind) }
}

/// As a broker describes a member of a classic group in a rebalance.
fn bare(id: &str) -> Member {
    let unknown = Assignment::unknown;
    Member {
        subscription: Subscription::unknown(),
        assignment: unknown(),
        pending_revocation: unknown(),
        ..member(id, &[])
    }
}

fn member(id: &str, partitions: &[i32]) -> Member {
    // `s/2` is the second process of the static member `s`.
    let instance = id.split_once('/').map(|(instance, _)| Name::from(instance));
    Member {
        instance_id: instance,
        subscription: partitions.iter().take(1).map(|_| "t".into()).collect::<Vec<_>>().into(),
        assignment: partitions.iter().map(|p| (Name::from("t"), *p)).collect(),
        ..Member::new(id)
    }
}

/// The moves and who came and went.
fn told(changes: &[Change]) -> Vec<String> {
    let name = |name: &Option<Name>| name.as_deref().unwrap_or("-").to_owned();
    let words = |change: &Change| match change {
        Change::MemberJoined(member) => Some(format!("+{}", member.member_id)),
        Change::MemberLeft(member) => Some(format!("-{}", member.member_id)),
        Change::MemberReturned(back) => {
            let sign = if back.replaced { "=" } else { "~" };
            Some(format!("{sign}{}", back.member.member_id))
        }
        Change::MemberChanged { to, .. } => Some(format!("~{}", to.member_id)),
        Change::PartitionMoved { partition, from, to, .. } => {
            Some(format!("{partition} {} {}", name(from), name(to)))
        }
        Change::StateChanged { to, .. } => Some(to.to_string()),
        _ => None,
    };
    changes.iter().filter_map(words).collect()
}

#[test]
fn a_classic_group_that_rebalances_does_not_say_who_holds_what() {
    use GroupState::{CompletingRebalance, PreparingRebalance, Stable};
    let of = |state, members| group(GroupType::Classic, state, members);
    let mut follower = Follower::new(of(Stable, vec![member("a", &[0, 1])]));
    let joining = of(PreparingRebalance, vec![bare("a"), bare("b")]);
    assert_eq!(told(&follower.next(&joining)), ["PreparingRebalance", "+b"]);
    let syncing = of(CompletingRebalance, vec![bare("a"), bare("b")]);
    assert_eq!(told(&follower.next(&syncing)), ["CompletingRebalance"]);
    assert_eq!(follower.group().members[0].assignment.len(), 2);
    let dealt = of(Stable, vec![member("a", &[0]), member("b", &[1])]);
    assert_eq!(told(&follower.next(&dealt)), ["Stable", "~b", "1 a b"]);
    // Who leaves in the middle hands over when the others have it.
    let leaving = of(PreparingRebalance, vec![bare("b")]);
    assert_eq!(told(&follower.next(&leaving)), ["PreparingRebalance", "-a"]);
    assert_eq!(follower.on_the_way(), 1);
    let rest = of(Stable, vec![member("b", &[0, 1])]);
    assert_eq!(told(&follower.next(&rest)), ["Stable", "0 a b"]);
    assert_eq!(follower.on_the_way(), 0);
    let gone = of(GroupState::Empty, vec![]);
    assert_eq!(told(&follower.next(&gone)), ["Empty", "-b", "0 b -", "1 b -"]);
}

#[test]
fn what_was_not_said_at_the_beginning_is_no_news() {
    let of = |state, members| group(GroupType::Classic, state, members);
    let mut follower =
        Follower::new(of(GroupState::PreparingRebalance, vec![bare("a"), bare("b")]));
    let dealt = of(GroupState::Stable, vec![member("a", &[0]), member("b", &[1])]);
    assert_eq!(told(&follower.next(&dealt)), ["Stable"]);
    assert!(follower.has_learned());
    let other = of(GroupState::Stable, vec![member("a", &[1]), member("b", &[0])]);
    assert_eq!(told(&follower.next(&other)), ["0 a b", "1 b a"]);
    assert!(!follower.has_learned());
}

/// Since 4.0 brokers tell in a rebalance what members held until then.
#[test]
fn what_was_said_at_the_beginning_of_a_rebalance_has_moved() {
    use GroupState::{CompletingRebalance, PreparingRebalance, Stable};
    let of = |state, members| group(GroupType::Classic, state, members);
    let until_then = Member { subscription: Subscription::unknown(), ..member("a", &[0, 1, 2]) };
    let members = || vec![until_then.clone(), bare("b"), bare("c")];
    let mut follower = Follower::new(of(PreparingRebalance, members()));
    assert_eq!(told(&follower.next(&of(CompletingRebalance, members()))), ["CompletingRebalance"]);
    let dealt = of(
        Stable,
        vec![member("a", &[0]), member("b", &[1, 3]), member("c", &[2]), member("d", &[4])],
    );
    // Who held 3 and 4 was not said.
    assert_eq!(told(&follower.next(&dealt)), ["Stable", "+d", "1 a b", "2 a c"]);
    assert!(follower.has_learned());
    let later = of(Stable, vec![member("a", &[0, 1, 2, 3, 4])]);
    assert_eq!(
        told(&follower.next(&later)),
        ["-b", "-c", "-d", "1 b a", "2 c a", "3 b a", "4 d a"]
    );
}

#[test]
fn a_partition_on_its_way_is_told_when_it_has_arrived() {
    use GroupState::{Reconciling, Stable};
    let of = |state, members| group(GroupType::Consumer, state, members);
    let mut follower = Follower::new(of(Stable, vec![member("a", &[0, 1]), member("b", &[2])]));
    let given_up = of(Reconciling, vec![member("a", &[0]), member("b", &[2])]);
    assert_eq!(told(&follower.next(&given_up)), ["Reconciling"]);
    assert_eq!(follower.on_the_way(), 1);
    let arrived = of(Stable, vec![member("a", &[0]), member("b", &[1, 2])]);
    assert_eq!(told(&follower.next(&arrived)), ["Stable", "1 a b"]);
    // Settled without it: the topic is gone, or nobody wants it.
    let without = of(Stable, vec![member("a", &[]), member("b", &[1, 2])]);
    assert_eq!(told(&follower.next(&without)).last().unwrap(), "0 a -");
}

#[test]
fn a_static_member_that_is_back_has_what_it_had() {
    use GroupState::{CompletingRebalance, PreparingRebalance, Stable};
    let of = |state, members| group(GroupType::Classic, state, members);
    let mut follower = Follower::new(of(Stable, vec![member("b", &[1]), member("s/1", &[0])]));
    let back = of(Stable, vec![member("b", &[1]), member("s/2", &[0])]);
    assert_eq!(told(&follower.next(&back)), ["=s/2"]);
    // Back in the middle of a rebalance, which does not say who holds what.
    let silent = |state, seat| of(state, vec![bare("b"), bare(seat)]);
    assert_eq!(
        told(&follower.next(&silent(PreparingRebalance, "s/3"))),
        ["PreparingRebalance", "=s/3"]
    );
    let dealt = of(Stable, vec![member("b", &[1]), member("s/3", &[0])]);
    assert_eq!(told(&follower.next(&dealt)), ["Stable"]);
    // Its session is over before it is back: others have what it had.
    let without = of(Stable, vec![member("b", &[0, 1])]);
    assert_eq!(told(&follower.next(&without)), ["-s/3", "0 s/3 b"]);
    let again = of(Stable, vec![member("b", &[0]), member("s/4", &[1])]);
    assert_eq!(told(&follower.next(&again)), ["~s/4", "1 b s/4"]);
    // Gone and back within one rebalance, it has moved nothing.
    let leaving = of(PreparingRebalance, vec![bare("b")]);
    assert_eq!(told(&follower.next(&leaving)), ["PreparingRebalance", "-s/4"]);
    assert_eq!(
        told(&follower.next(&silent(CompletingRebalance, "s/5"))),
        ["CompletingRebalance", "~s/5"]
    );
    let settled = of(Stable, vec![member("b", &[0]), member("s/5", &[1])]);
    assert_eq!(told(&follower.next(&settled)), ["Stable", "~s/5"]);
}

#[test]
fn who_left_is_known_for_as_long_as_they_are_spoken_of() {
    let of = |state, members| group(GroupType::Classic, state, members);
    let named = |follower: &Follower| -> Vec<String> {
        follower.mentioned().map(|member| member.member_id.to_string()).collect()
    };
    let mut follower =
        Follower::new(of(GroupState::Stable, vec![member("a", &[0]), member("b", &[1])]));
    follower.next(&of(GroupState::PreparingRebalance, vec![bare("b")]));
    assert_eq!(named(&follower), ["a", "b"]);
    let dealt = of(GroupState::Stable, vec![member("b", &[0, 1])]);
    assert_eq!(told(&follower.next(&dealt)), ["Stable", "0 a b"]);
    assert_eq!(named(&follower), ["a", "b"]);
    follower.next(&dealt);
    assert_eq!(named(&follower), ["b"]);
}

#[test]
fn a_group_comes_and_goes() {
    let mut follower = Follower::new(absent(&"g".into(), GroupType::Share));
    let there = group(GroupType::Share, GroupState::Stable, vec![member("a", &[0])]);
    assert_eq!(told(&follower.next(&there)), ["Stable", "+a", "0 - a"]);
    let gone = absent(&"g".into(), GroupType::Share);
    assert_eq!(told(&follower.next(&gone)), ["Dead", "-a", "0 a -"]);
}

fn any_group() -> impl Strategy<Value = GroupDescription> {
    let states = prop_oneof![
        Just(GroupState::Stable),
        Just(GroupState::PreparingRebalance),
        Just(GroupState::Reconciling),
        Just(GroupState::Empty),
    ];
    // The last one is a static member, in one of three processes.
    let holders = proptest::collection::vec(proptest::option::of(0..4_usize), 5);
    let there = proptest::collection::btree_set(0..4_usize, 0..=4);
    (states, there, holders, any::<bool>(), 0..3).prop_map(
        |(state, there, holders, classic, process)| {
            let empty = state == GroupState::Empty;
            let silent = classic && state.is_rebalancing();
            let members = there.into_iter().filter(|_| !empty).map(|number| {
                let holds: Vec<i32> = (0..5)
                    .zip(&holders)
                    .filter(|(_, who)| !silent && **who == Some(number))
                    .map(|(partition, _)| partition)
                    .collect();
                let id = match number {
                    3 => format!("s/{process}"),
                    _ => format!("m{number}"),
                };
                if silent { bare(&id) } else { member(&id, &holds) }
            });
            let kind = if classic { GroupType::Classic } else { GroupType::Consumer };
            group(kind, state, members.collect())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// What is told adds up: after every look at a settled group the moves lead from the first holders
    /// to those of now, and no member comes twice or goes unseen.
    #[test]
    fn moves_and_members_add_up(
        first in any_group(), looks in proptest::collection::vec(any_group(), 1..8),
    ) {
        let settled = |group: &GroupDescription| !is_moving(&group.state);
        prop_assume!(settled(&first));
        let mut held: BTreeMap<(Name, i32), Name> = first
            .members
            .iter()
            .flat_map(|member| member.assignment.iter().map(|(t, p)| ((t.clone(), p), member.member_id.clone())))
            .collect();
        let mut there: Vec<Name> = first.members.iter().map(|m| m.member_id.clone()).collect();
        let mut follower = Follower::new(first);
        for look in &looks {
            for change in follower.next(look) {
                match change {
                    Change::PartitionMoved { topic, partition, from, to } => {
                        let at = (topic, partition);
                        prop_assert_eq!(held.get(&at), from.as_ref());
                        match to {
                            Some(to) => drop(held.insert(at, to)),
                            None => drop(held.remove(&at)),
                        }
                    }
                    Change::MemberJoined(member) => {
                        prop_assert!(!there.contains(&member.member_id));
                        there.push(member.member_id);
                    }
                    Change::MemberLeft(member) => {
                        prop_assert!(there.contains(&member.member_id));
                        there.retain(|id| *id != member.member_id);
                    }
                    Change::MemberReturned(back) => {
                        let (was, is) = (&back.previous_member_id, &back.member.member_id);
                        prop_assert_eq!(there.contains(was), back.replaced);
                        there.retain(|id| id != was);
                        there.push(is.clone());
                        held.values_mut().filter(|who| *who == was).for_each(|who| who.clone_from(is));
                    }
                    _ => {}
                }
            }
            let mut ids: Vec<Name> = look.members.iter().map(|m| m.member_id.clone()).collect();
            ids.sort();
            there.sort();
            prop_assert_eq!(&there, &ids);
            if settled(look) {
                let told: Assignment = held.keys().cloned().collect();
                prop_assert_eq!(told, look.assigned());
                for ((topic, partition), who) in &held {
                    let owner = look.owner(topic, *partition).map(|owner| &owner.member_id);
                    prop_assert_eq!(owner, Some(who));
                }
            }
        }
    }
}
