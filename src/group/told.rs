//! Changes of a group in words, for people.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::group::{Assignment, GroupDescription, Member};
use crate::report::units::count;

use super::diff::Change;

/// A line for each change that says something to a person. `members` are those of whom it speaks: the
/// fewest words name them that tell them apart.
pub fn lines<'a>(changes: &[Change], members: impl Iterator<Item = &'a Member>) -> Vec<String> {
    let names = Names::of(members);
    let mut lines: Vec<String> = changes.iter().filter_map(|change| names.line(change)).collect();
    let mut moves: BTreeMap<(Option<&Name>, Option<&Name>), Assignment> = BTreeMap::new();
    for change in changes {
        if let Change::PartitionMoved { topic, partition, from, to } = change {
            let of = moves.entry((from.as_ref(), to.as_ref())).or_default();
            of.insert(topic.clone(), *partition);
        }
    }
    for ((from, to), partitions) in moves {
        let what = partitions.summary();
        lines.push(match (from, to) {
            (Some(from), Some(to)) => {
                format!("{what}: {} → {}", names.of_id(from), names.of_id(to))
            }
            (Some(from), None) => format!("{what}: {} → nobody", names.of_id(from)),
            (None, Some(to)) => format!("{what}: nobody → {}", names.of_id(to)),
            (None, None) => continue,
        });
    }
    lines
}

/// `Stable, 2 members`: a group that was not there before.
pub fn standing(group: &GroupDescription) -> String {
    format!("{}, {}", group.state, count(group.members.len(), "member"))
}

/// What members are called.
struct Names(BTreeMap<Name, String>);

impl Names {
    fn of<'a>(members: impl Iterator<Item = &'a Member>) -> Self {
        let members: BTreeMap<&Name, &Member> =
            members.map(|member| (&member.member_id, member)).collect();
        let candidates = |member: &Member| -> [Option<String>; 4] {
            let client = Some(&member.client_id).filter(|client| !client.is_empty());
            [
                client.map(ToString::to_string),
                member.instance_id.as_ref().map(ToString::to_string),
                client.map(|client| format!("{client} at {}", member.host)),
                client.map(|client| format!("{client} {}", short(&member.member_id, client))),
            ]
        };
        let mut known: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for member in members.values() {
            for (kind, words) in candidates(member).into_iter().enumerate() {
                *known.entry((kind, words.unwrap_or_default())).or_default() += 1;
            }
        }
        let name = |member: &Member| {
            let mut all = candidates(member).into_iter().enumerate();
            let alone = all.find_map(|(kind, words)| {
                let key = (kind, words?);
                (known.get(&key) == Some(&1)).then_some(key.1)
            });
            alone.unwrap_or_else(|| member.member_id.to_string())
        };
        Self(members.into_values().map(|member| (member.member_id.clone(), name(member))).collect())
    }

    fn of_id(&self, id: &Name) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn line(&self, change: &Change) -> Option<String> {
        let number = |epoch: &Option<i32>| epoch.map_or("none".to_owned(), |e| e.to_string());
        let word = |word: &Option<Name>| word.as_deref().unwrap_or("none").to_owned();
        let at = |member: &Member| {
            let name = self.of_id(&member.member_id);
            let besides = match &member.instance_id {
                Some(instance) if *name == **instance => format!("{}, ", member.client_id),
                Some(instance) => format!("instance {instance}, "),
                None if name.ends_with(&format!(" at {}", member.host)) => return name,
                None => String::new(),
            };
            format!("{name} ({besides}{})", member.host)
        };
        Some(match change {
            Change::StateChanged { from, to } => format!("{from} → {to}"),
            Change::EpochChanged { from, to } => format!("epoch {} → {}", number(from), number(to)),
            Change::AssignorChanged { from, to } => {
                format!("assignor {} → {}", word(from), word(to))
            }
            Change::MemberJoined(member) => format!("joined: {}", at(member)),
            Change::MemberLeft(member) => format!("left: {}", at(member)),
            Change::MemberReturned(back) => format!("returned: {}", at(&back.member)),
            Change::MemberChanged { from, to } if to.is_away() && !from.is_away() => {
                format!("away, its place is kept: {}", at(to))
            }
            Change::AssignmentEpochChanged { .. }
            | Change::MemberChanged { .. }
            | Change::PartitionMoved { .. } => return None,
        })
    }
}

/// What of a member's id tells it from others, without the client that brokers begin it with.
fn short(id: &Name, client: &Name) -> String {
    const LONG: usize = 16;
    const SHORT: usize = 8;
    let rest = id.strip_prefix(client.as_str()).and_then(|rest| rest.strip_prefix('-'));
    let rest = rest.unwrap_or(id);
    if rest.chars().count() <= LONG {
        return rest.to_owned();
    }
    rest.chars().take(SHORT).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::diff::Return;
    use super::*;
    use crate::model::group::GroupState;

    fn member(id: &str, client: &str, host: &str) -> Member {
        Member { client_id: client.into(), host: host.into(), ..Member::new(id) }
    }

    fn moved(partition: i32, from: Option<&str>, to: Option<&str>) -> Change {
        Change::PartitionMoved {
            topic: "t".into(),
            partition,
            from: from.map(Name::from),
            to: to.map(Name::from),
        }
    }

    #[test]
    fn people_read_who_and_what() {
        let seated =
            |id: &str| Member { instance_id: Some("seat".into()), ..member(id, "b", "10.0.0.7") };
        let members = [member("a-1", "a", "10.0.0.7"), seated("b-1"), seated("b-2")];
        let changes = [
            Change::StateChanged { from: GroupState::Empty, to: GroupState::Stable },
            Change::EpochChanged { from: None, to: Some(2) },
            Change::MemberJoined(Box::new(seated("b-2"))),
            Change::MemberLeft(Box::new(member("a-1", "a", "10.0.0.7"))),
            Change::MemberReturned(Box::new(Return {
                member: seated("b-2"),
                previous_member_id: "b-1".into(),
                replaced: true,
            })),
            Change::MemberChanged {
                from: Box::new(seated("b-1")),
                to: Box::new(Member { member_epoch: Some(-2), ..seated("b-1") }),
            },
            moved(0, Some("a-1"), Some("b-2")),
            moved(1, Some("a-1"), Some("b-2")),
            moved(2, Some("b-1"), None),
            moved(3, None, Some("a-1")),
        ];
        assert_eq!(
            lines(&changes, members.iter()),
            [
                "Empty → Stable",
                "epoch none → 2",
                "joined: b 2 (instance seat, 10.0.0.7)",
                "left: a (10.0.0.7)",
                "returned: b 2 (instance seat, 10.0.0.7)",
                "away, its place is kept: b 1 (instance seat, 10.0.0.7)",
                "t 3: nobody → a",
                "t 0,1: a → b 2",
                "t 2: b 1 → nobody",
            ]
        );
    }

    #[test]
    fn members_are_told_apart_by_as_little_as_it_takes() {
        let seat = |id: &str, seat: &str| Member {
            instance_id: Some(seat.into()),
            ..member(id, "a", "10.0.0.7")
        };
        let told = |members: &[Member]| -> Vec<String> {
            let joined = |member: &Member| Change::MemberJoined(Box::new(member.clone()));
            let changes: Vec<Change> = members.iter().map(joined).collect();
            lines(&changes, members.iter())
        };
        let hosts = [member("a-1", "a", "10.0.0.7"), member("a-2", "a", "10.0.0.8")];
        assert_eq!(told(&hosts), ["joined: a at 10.0.0.7", "joined: a at 10.0.0.8"]);
        let seats = [seat("x", "s-1"), seat("y", "s-2")];
        assert_eq!(told(&seats), ["joined: s-1 (a, 10.0.0.7)", "joined: s-2 (a, 10.0.0.7)"]);
        let ids = [
            member("a-20dbfa9e-788f-4931-a989-6735a9c0", "a", "10.0.0.7"),
            member("JB3ePyefQICJdIdngAe1Dw", "a", "10.0.0.7"),
        ];
        assert_eq!(
            told(&ids),
            ["joined: a 20dbfa9e… (10.0.0.7)", "joined: a JB3ePyef… (10.0.0.7)"]
        );
        // Nobody knows more than the id.
        let bare = [moved(0, Some("gone"), None)];
        assert_eq!(lines(&bare, std::iter::empty()), ["t 0: gone → nobody"]);
        assert_eq!(told(&[member("m", "", "10.0.0.7")]), ["joined: m (10.0.0.7)"]);
    }
}
