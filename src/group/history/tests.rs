//! History: what brokers write in known situations, and what must hold for whatever they write.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::group::{Assignment, GroupType};
use crate::model::{Name, Time};
use crate::report::group_history::{Gap, GroupHistory, LogRead, Move, Rebalance, Summary, What};

fn about(member: &str) -> About {
    // `seat/2` is the second process of the static member `seat`.
    let instance = member.split_once('/').map(|(instance, _)| Name::from(instance));
    About {
        client_id: format!("client-{}", &member[..1]).into(),
        host: "10.0.0.1".into(),
        instance_id: instance,
        assignor: None,
        subscription: vec!["t".into()],
        pattern: None,
    }
}

fn partitions(of: &[i32]) -> Assignment {
    of.iter().map(|partition| (Name::from("t"), *partition)).collect()
}

fn classic(generation: i32, members: &[(&str, &[i32])]) -> Fact {
    Fact::Classic(Some(ClassicGroup {
        protocol_type: "consumer".into(),
        generation,
        protocol: (!members.is_empty()).then(|| "range".into()),
        leader: None,
        state_since: None,
        members: members
            .iter()
            .map(|(id, held)| ClassicMember {
                member_id: (*id).into(),
                about: about(id),
                assignment: Some(partitions(held)),
            })
            .collect(),
    }))
}

fn member(id: &str) -> Fact {
    Fact::Member { member_id: id.into(), about: Some(about(id)) }
}

fn gone(id: &str) -> [Fact; 3] {
    let member_id = Name::from(id);
    [
        Fact::Current { member_id: member_id.clone(), current: None },
        Fact::Target { member_id: member_id.clone(), partitions: None },
        Fact::Member { member_id, about: None },
    ]
}

fn epoch(epoch: i32) -> Fact {
    Fact::Epoch { group_type: GroupType::Consumer, epoch: Some(epoch) }
}

fn target(id: &str, held: &[i32]) -> Fact {
    Fact::Target { member_id: id.into(), partitions: Some(partitions(held)) }
}

/// Each step is written at once, a second after the one before.
fn replay(rebuild: &mut Rebuild, steps: Vec<Vec<Fact>>) {
    let mut offset = 0;
    for (second, step) in (0..).zip(steps) {
        for fact in step {
            rebuild.fact(offset, Time(second * 1_000), fact);
            offset += 1;
        }
        rebuild.pause();
    }
}

/// `2: +b/2 -a ~c m1 k2 a0 u1`: number, who joined, left and returned, what moved and stayed.
fn line(told: &Rebalance) -> String {
    let number = told.generation.or(told.epoch).unwrap_or(-1);
    let mut words = vec![format!("{number}:")];
    words.extend(told.joined.iter().map(|member| format!("+{}", member.member_id)));
    words.extend(told.left.iter().map(|member| format!("-{}", member.member_id)));
    words.extend(told.changed.iter().map(|member| format!("!{}", member.member_id)));
    words.extend(told.returned.iter().map(|returned| {
        let sign = if returned.replaced { "=" } else { "~" };
        format!("{sign}{}", returned.member.member_id)
    }));
    for (sign, count) in
        [("m", told.moved), ("k", told.kept), ("a", told.assigned), ("u", told.unassigned)]
    {
        words.extend(count.filter(|count| *count > 0).map(|count| format!("{sign}{count}")));
    }
    match told.change {
        What::Rebalance => {}
        What::Members => words.push("no rebalance".to_owned()),
        What::Deleted => words.push("deleted".to_owned()),
    }
    if told.partial {
        words.push("partial".to_owned());
    }
    words.join(" ")
}

fn lines(steps: Vec<Vec<Fact>>) -> Vec<String> {
    let mut rebuild = Rebuild::new();
    replay(&mut rebuild, steps);
    rebuild.finish();
    rebuild.take().iter().map(line).collect()
}

#[test]
fn a_classic_group() {
    let told = lines(vec![
        vec![classic(0, &[])],
        vec![classic(1, &[("a", &[0, 1, 2, 3])])],
        vec![classic(2, &[("a", &[0, 1]), ("b", &[2, 3])])],
        vec![classic(3, &[("b", &[0, 1, 2, 3])])],
        vec![classic(4, &[])],
        vec![classic(5, &[("c", &[0, 1, 2, 3])])],
    ]);
    let expected = ["1: +a a4", "2: +b m2 k2", "3: -a m2 k2", "4: -b u4", "5: +c m4"];
    assert_eq!(told, expected);
}

#[test]
fn a_group_that_is_deleted_and_made_anew_is_another() {
    let ended = || {
        vec![Fact::TargetEpoch(None), {
            Fact::Epoch { group_type: GroupType::Consumer, epoch: None }
        }]
    };
    let told = lines(vec![
        vec![classic(1, &[("s/1", &[0])])],
        vec![classic(2, &[])],
        vec![Fact::Classic(None)],
        vec![member("s/2"), epoch(1), target("s/2", &[0]), Fact::TargetEpoch(Some(1))],
        [gone("s/2").to_vec(), vec![epoch(2)]].concat(),
        ended(),
    ]);
    let expected =
        ["1: +s/1 a1", "2: -s/1 u1", "-1: deleted", "1: +s/2 a1", "2: -s/2 u1", "-1: deleted"];
    assert_eq!(told, expected);
    // What compaction left of a group may be its end alone.
    assert_eq!(lines(vec![ended()]), ["-1: deleted"]);
}

#[test]
fn a_cooperative_rebalance_moves_in_two_steps() {
    let told = lines(vec![
        vec![classic(1, &[("a", &[0, 1])])],
        vec![classic(2, &[("a", &[0]), ("b", &[])])],
        vec![classic(3, &[("a", &[0]), ("b", &[1])])],
    ]);
    assert_eq!(told, ["1: +a a2", "2: +b k1 u1", "3: m1 k1"]);
}

#[test]
fn a_partition_is_given_up_once() {
    let moves = |steps| -> Vec<Vec<String>> {
        let mut rebuild = Rebuild::new();
        replay(&mut rebuild, steps);
        let name = |name: &Option<Name>| name.as_deref().unwrap_or("-").to_owned();
        let word = |m: &Move| {
            format!("{} {} {} ({})", m.partition, name(&m.from), name(&m.to), name(&m.last_holder))
        };
        rebuild.take().iter().map(|told| told.moves.iter().map(word).collect()).collect()
    };
    // In two steps of a cooperative rebalance, and while a group is empty.
    let told = moves(vec![
        vec![classic(1, &[("a", &[0, 1])])],
        vec![classic(2, &[("a", &[0]), ("b", &[])])],
        vec![classic(3, &[("a", &[0]), ("b", &[1])])],
        vec![classic(4, &[])],
        vec![classic(5, &[("c", &[0]), ("b", &[1])])],
    ]);
    assert_eq!(told[1], ["1 a - (-)"]);
    assert_eq!(told[2], ["1 - b (a)"]);
    assert_eq!(told[3], ["0 a - (-)", "1 b - (-)"]);
    assert_eq!(told[4], ["0 - c (a)", "1 - b (-)"]);
}

#[test]
fn a_static_member_that_is_back_is_no_other() {
    let told = lines(vec![
        vec![classic(1, &[("s/1", &[0]), ("b", &[1])])],
        vec![classic(1, &[("s/2", &[0]), ("b", &[1])])],
        vec![classic(2, &[("b", &[0, 1])])],
        vec![classic(3, &[("s/3", &[0]), ("b", &[1])])],
    ]);
    let expected = ["1: +b +s/1 a2", "1: =s/2 k2 no rebalance", "2: -s/2 m1 k1", "3: ~s/3 m1 k1"];
    assert_eq!(told, expected);
}

#[test]
fn a_consumer_group() {
    let leave = |id: &str, then: i32| {
        let mut step = gone(id).to_vec();
        step.push(epoch(then));
        step
    };
    let told = lines(vec![
        vec![member("a"), epoch(2), target("a", &[0, 1]), Fact::TargetEpoch(Some(2))],
        // The assignment comes later, and tells for both that had joined.
        vec![member("b"), epoch(3)],
        vec![member("c"), epoch(4)],
        vec![target("a", &[0]), target("b", &[1]), Fact::TargetEpoch(Some(4))],
        leave("a", 5),
        vec![target("c", &[0]), Fact::TargetEpoch(Some(5))],
        leave("b", 6),
        leave("c", 7),
    ]);
    let expected = ["2: +a a2", "3: +b", "4: +c m1 k1", "5: -a m1 k1", "6: -b", "7: -c u2"];
    assert_eq!(told, expected);
}

#[test]
fn a_rebalance_without_anybody_new_is_one_of_subscriptions() {
    let more = Fact::Member {
        member_id: "a".into(),
        about: Some(About { pattern: Some("u.*".into()), ..about("a") }),
    };
    let told = lines(vec![
        vec![member("a"), epoch(2), target("a", &[0]), Fact::TargetEpoch(Some(2))],
        vec![more, epoch(3), target("a", &[0, 1]), Fact::TargetEpoch(Some(3))],
        // A topic has another partition: nobody did anything.
        vec![epoch(4), target("a", &[0, 1, 2]), Fact::TargetEpoch(Some(4))],
    ]);
    assert_eq!(told, ["2: +a a1", "3: !a k1 a1", "4: k2 a1"]);
}

#[test]
fn a_static_member_of_a_consumer_group_takes_its_place_over() {
    let mut replaced = gone("s/1").to_vec();
    replaced.extend([member("s/2"), target("s/2", &[0])]);
    let told = lines(vec![
        vec![member("s/1"), epoch(2), target("s/1", &[0]), Fact::TargetEpoch(Some(2))],
        replaced,
    ]);
    assert_eq!(told, ["2: +s/1 a1", "2: =s/2 k1 no rebalance"]);
}

#[test]
fn members_go_on_when_a_group_changes_its_protocol() {
    let mut back = gone("a").to_vec();
    back.extend(gone("b"));
    back.extend([
        Fact::TargetEpoch(None),
        Fact::Epoch { group_type: GroupType::Consumer, epoch: None },
    ]);
    back.push(classic(3, &[("a", &[0]), ("b", &[1])]));
    let told = lines(vec![
        vec![classic(1, &[("a", &[0, 1])])],
        vec![
            Fact::Classic(None),
            member("a"),
            epoch(1),
            target("a", &[0, 1]),
            Fact::TargetEpoch(Some(1)),
        ],
        vec![
            member("b"),
            epoch(2),
            target("a", &[0]),
            target("b", &[1]),
            Fact::TargetEpoch(Some(2)),
        ],
        back,
    ]);
    assert_eq!(told, ["1: +a a2", "1: k2", "2: +b m1 k1", "3: k2"]);
}

#[test]
fn what_is_left_of_a_log_is_a_beginning_and_no_rebalance_to_count() {
    let mut rebuild = Rebuild::new();
    rebuild.hole();
    let steps = vec![
        vec![classic(7, &[("a", &[0, 1]), ("s/1", &[])])],
        vec![classic(8, &[("a", &[0]), ("b", &[1]), ("s/1", &[])])],
    ];
    replay(&mut rebuild, steps);
    assert_eq!(rebuild.take().iter().map(line).collect::<Vec<_>>(), ["7: partial", "8: +b m1 k1"]);
    assert_eq!(rebuild.members(), 3);
}

#[test]
fn a_group_that_begins_in_a_log_with_a_hole_is_told_from_its_beginning() {
    for first in [1, 2, 3] {
        let mut rebuild = Rebuild::new();
        rebuild.hole();
        let held = vec![target("a", &[0, 1]), Fact::TargetEpoch(Some(first))];
        let steps = vec![vec![member("a"), epoch(first)], held];
        replay(&mut rebuild, steps);
        let expected = match first {
            3 => format!("{first}: partial"),
            _ => format!("{first}: +a a2"),
        };
        assert_eq!(rebuild.take().iter().map(line).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn numbers_of_a_history() {
    let at = |minutes: i64, fact: Fact| (Time(minutes * 60_000), fact);
    let mut rebuild = Rebuild::new();
    for (offset, (time, fact)) in (0..).zip([
        at(0, classic(1, &[("a", &[0, 1])])),
        at(10, classic(2, &[("a", &[0]), ("b", &[1])])),
        at(100, classic(3, &[("a", &[0, 1])])),
        at(110, classic(4, &[])),
    ]) {
        rebuild.fact(offset, time, fact);
    }
    let told = rebuild.take();
    let after: Vec<_> =
        told.iter().map(|told| told.since_previous_ms.map(|ms| ms / 60_000)).collect();
    assert_eq!(after, [None, Some(10), Some(90), Some(10)]);
    let summary = summarize(&told, Some(Time(0)), Time(240 * 60_000), &[]);
    assert_eq!((summary.rebalances, summary.joined, summary.left), (4, 2, 2));
    assert_eq!(summary.rebalances_per_hour, Some(1.0));
    assert_eq!((summary.moved, summary.kept, summary.moved_share), (2, 2, Some(0.5)));
    let longest = summary.longest_stable.unwrap();
    assert_eq!(longest.ms, 90 * 60_000, "an empty group does not count");
    let behind: Vec<_> =
        summary.behind.iter().map(|b| (&*b.client_id, b.rebalances, b.joined, b.left)).collect();
    assert_eq!(behind, [("client-a", 2, 1, 1), ("client-b", 2, 1, 1)]);
    let gap = Gap { from: Time(20 * 60_000), to: Time(80 * 60_000) };
    let summary = summarize(&told, Some(Time(0)), Time(240 * 60_000), &[gap]);
    assert_eq!(summary.rebalances_per_hour, Some(1.333));
    assert_eq!(summary.longest_stable.unwrap().ms, 10 * 60_000);
    assert_eq!(summarize(&told, None, Time(0), &[]).rebalances, 0);
}

fn history(
    told: Vec<Rebalance>,
    reaches: Option<i64>,
    captured: i64,
    log: (i64, i64),
) -> GroupHistory {
    let reaches = reaches.map(Time);
    let summary: Summary = summarize(&told, reaches, Time(captured), &[]);
    GroupHistory {
        cluster_id: Some("c".into()),
        group_id: "g".into(),
        captured_at: Time(captured),
        reaches_back_to: reaches,
        complete: log.0 == 0,
        gaps: Vec::new(),
        window: None,
        rebalances: told,
        summary,
        log: LogRead {
            topic: "__consumer_offsets".into(),
            partition: 3,
            start_offset: 0,
            end_offset: log.1,
            complete_from_offset: log.0,
            records: 0,
            records_of_group: 0,
            unknown_records: 0,
        },
    }
}

/// Three rebalances, at 0, 1 and 2 seconds, offsets 0 to 2.
fn three() -> Vec<Rebalance> {
    let mut rebuild = Rebuild::new();
    let steps = vec![
        vec![classic(1, &[("a", &[0, 1])])],
        vec![classic(2, &[("a", &[0]), ("b", &[1])])],
        vec![classic(3, &[("a", &[0, 1])])],
    ];
    replay(&mut rebuild, steps);
    rebuild.take()
}

#[test]
fn what_was_saved_outlives_compaction() {
    let all = three();
    let saved = history(all[..2].to_vec(), Some(0), 1_500, (0, 2));
    // The log has lost the first one, and the second is only what is left.
    let left = Rebalance { partial: true, joined: Vec::new(), ..all[1].clone() };
    let now = history(vec![left, all[2].clone()], Some(1_100), 5_000, (2, 3));
    let merged = merge::merge(saved.clone(), now);
    assert_eq!(merged.rebalances, all);
    assert_eq!((merged.reaches_back_to, merged.gaps.len()), (Some(Time(0)), 0));
    assert_eq!((merged.summary.rebalances, merged.complete), (3, true));
    // It has lost more than that.
    let now = history(vec![all[2].clone()], Some(1_900), 5_000, (7, 9));
    let merged = merge::merge(saved, now);
    assert_eq!(merged.gaps, [Gap { from: Time(1_500), to: Time(1_900) }]);
    assert!(!merged.complete);
}

#[test]
fn a_file_says_what_it_is() {
    let saved = history(three(), Some(0), 5_000, (0, 3));
    let text = merge::to_text(&saved).unwrap();
    let group = Name::from("g");
    assert_eq!(merge::from_text(&text, &group, Some("c")).unwrap(), saved);
    let refused = |text: &str, group: &str, cluster: &str| {
        merge::from_text(text, &group.into(), Some(cluster)).unwrap_err().to_string()
    };
    assert_eq!(refused(&text, "h", "c"), "it is of the group `g`");
    assert!(refused(&text, "g", "d").contains("it is of the cluster `c`"));
    assert_eq!(
        refused(&text.replace("kward/v1", "kward/v2"), "g", "c"),
        "it is of the version `kward/v2`, and this kward reads kward/v1"
    );
    assert!(
        refused(&text.replace("\"GroupHistory\"", "\"GroupLag\""), "g", "c").contains("GroupLag")
    );
    assert_eq!(refused("{}", "g", "c"), "it is no history");
    let part = text.replacen("\"rebalances\"", "\"window\":{\"limit\":1},\"rebalances\"", 1);
    assert_eq!(refused(&part, "g", "c"), "it is a part of a history only");
}

#[test]
fn events_of_a_rebalance() {
    let all = three();
    let told = events(&"g".into(), Some(&all[0]), &all[1]);
    let lines: Vec<String> =
        told.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    let expected = [
        r#"{"time":"1970-01-01T00:00:01.000Z","groupId":"g","event":"generationChanged","from":1,"to":2,"members":2}"#,
        r#"{"time":"1970-01-01T00:00:01.000Z","groupId":"g","event":"memberJoined","memberId":"b","clientId":"client-b","host":"10.0.0.1"}"#,
        r#"{"time":"1970-01-01T00:00:01.000Z","groupId":"g","event":"partitionMoved","topic":"t","partition":1,"from":"a","to":"b"}"#,
    ];
    assert_eq!(lines, expected);
    let mut rebuild = Rebuild::new();
    replay(&mut rebuild, vec![vec![classic(1, &[])], vec![Fact::Classic(None)]]);
    let ended = rebuild.take();
    let last = events(&"g".into(), ended.iter().rev().nth(1), ended.last().unwrap());
    assert_eq!(
        serde_json::to_string(&last).unwrap(),
        r#"[{"time":"1970-01-01T00:00:01.000Z","groupId":"g","event":"groupDeleted"}]"#
    );
}

/// Members with what each holds: every partition has one holder at most.
fn any_members() -> impl Strategy<Value = BTreeMap<String, Vec<i32>>> {
    let ids = prop::sample::subsequence(vec!["a", "b", "c", "s/1", "t/1", "s/2"], 0..=6);
    (ids, prop::collection::vec(any::<prop::sample::Index>(), 5)).prop_map(|(mut ids, owners)| {
        // An instance has one member.
        if ids.contains(&"s/1") {
            ids.retain(|id| *id != "s/2");
        }
        let mut members: BTreeMap<String, Vec<i32>> =
            ids.iter().map(|id| ((*id).to_owned(), Vec::new())).collect();
        for (partition, owner) in (0..).zip(owners) {
            // Some are nobody's.
            let at = owner.index(ids.len() + 1);
            if let Some(id) = ids.get(at) {
                members.get_mut(*id).unwrap().push(partition);
            }
        }
        members
    })
}

/// What a broker writes to come from one state of a group to the next.
fn steps_of(states: &[BTreeMap<String, Vec<i32>>], modern: bool) -> Vec<Vec<Fact>> {
    let mut before: BTreeSet<String> = BTreeSet::new();
    let mut steps = Vec::new();
    for (number, state) in (1..).zip(states) {
        let members: Vec<(&str, &[i32])> =
            state.iter().map(|(id, held)| (id.as_str(), held.as_slice())).collect();
        if !modern {
            steps.push(vec![classic(number, &members)]);
            continue;
        }
        let now: BTreeSet<String> = state.keys().cloned().collect();
        let mut step: Vec<Fact> = before.difference(&now).flat_map(|id| gone(id)).collect();
        step.extend(now.difference(&before).map(|id| member(id)));
        step.push(epoch(number));
        if !now.is_empty() {
            step.extend(members.iter().map(|(id, held)| target(id, held)));
            step.push(Fact::TargetEpoch(Some(number)));
        }
        steps.push(step);
        before = now;
    }
    steps
}

proptest! {
    #[test]
    fn who_came_and_went_adds_up_and_partitions_are_conserved(
        states in prop::collection::vec(any_members(), 1..12), modern: bool,
    ) {
        let mut rebuild = Rebuild::new();
        replay(&mut rebuild, steps_of(&states, modern));
        rebuild.finish();
        let told = rebuild.take();
        prop_assert_eq!(told.len(), states.len());
        let (mut members, mut holders) = (0, BTreeMap::new());
        for (told, state) in told.iter().zip(&states) {
            let back = told.returned.iter().filter(|returned| !returned.replaced).count();
            members = members + told.joined.len() + back - told.left.len();
            prop_assert_eq!(members, state.len());
            prop_assert_eq!(told.members, state.len());
            for Move { topic: _, partition, from, to, last_holder } in &told.moves {
                let held = match to {
                    Some(to) => holders.insert(*partition, to.clone()),
                    None => holders.remove(partition),
                };
                let instance = |id: &Name| about(id).instance_id.unwrap_or(id.clone());
                prop_assert_eq!(held.as_ref().map(instance), from.as_ref().map(instance));
                prop_assert!(last_holder.is_none() || from.is_none());
            }
            let now: BTreeMap<i32, String> = state
                .iter()
                .flat_map(|(id, held)| held.iter().map(move |partition| (*partition, id.clone())))
                .collect();
            let keys = |map: &BTreeMap<i32, String>| map.keys().copied().collect::<BTreeSet<_>>();
            prop_assert_eq!(holders.keys().copied().collect::<BTreeSet<_>>(), keys(&now));
            let (moved, kept) = (told.moved.unwrap(), told.kept.unwrap());
            prop_assert_eq!(moved + kept + told.assigned.unwrap(), now.len());
            prop_assert_eq!(told.moves.len(), moved + told.assigned.unwrap() + told.unassigned.unwrap());
        }
        // Replayed to the end, it is the last state.
        prop_assert_eq!(rebuild.members(), states.last().unwrap().len());
    }

    #[test]
    fn a_log_without_its_beginning_ends_in_the_same_state(
        states in prop::collection::vec(any_members(), 2..10), cut in 0_usize..8,
    ) {
        let cut = cut % (states.len() - 1);
        let steps = steps_of(&states, false);
        let (mut whole, mut rest) = (Rebuild::new(), Rebuild::new());
        rest.hole();
        replay(&mut whole, steps.clone());
        replay(&mut rest, steps[cut..].to_vec());
        let (whole, rest) = (whole.take(), rest.take());
        prop_assert!(rest[0].partial);
        for (whole, rest) in whole[cut + 1..].iter().zip(&rest[1..]) {
            prop_assert_eq!(whole.members, rest.members);
            prop_assert_eq!(&whole.left, &rest.left);
            prop_assert!(!rest.partial);
        }
    }
}
