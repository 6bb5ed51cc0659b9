//! Changes of a group in words, for people.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::group::{Assignment, GroupDescription, Member};

use super::diff::Change;

/// A line for each change that says something to a person. `before` and `after` name the members: by
/// `client.id` where that is one member's alone, otherwise by their ids.
pub fn lines(
    changes: &[Change],
    before: &GroupDescription,
    after: &GroupDescription,
) -> Vec<String> {
    let names = Names::of(before, after);
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

/// What members are called.
struct Names(BTreeMap<Name, String>);

impl Names {
    fn of(before: &GroupDescription, after: &GroupDescription) -> Self {
        let members: BTreeMap<&Name, &Member> = before
            .members
            .iter()
            .chain(&after.members)
            .map(|member| (&member.member_id, member))
            .collect();
        let mut clients: BTreeMap<&Name, usize> = BTreeMap::new();
        for member in members.values() {
            *clients.entry(&member.client_id).or_default() += 1;
        }
        let name = |member: &Member| {
            let alone = !member.client_id.is_empty() && clients[&member.client_id] == 1;
            if alone { member.client_id.to_string() } else { member.member_id.to_string() }
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
            let instance = member.instance_id.as_ref();
            let instance = instance.map_or_else(String::new, |id| format!("instance {id}, "));
            format!("{} ({instance}{})", self.of_id(&member.member_id), member.host)
        };
        Some(match change {
            Change::StateChanged { from, to } => format!("{from} → {to}"),
            Change::EpochChanged { from, to } => format!("epoch {} → {}", number(from), number(to)),
            Change::AssignorChanged { from, to } => {
                format!("assignor {} → {}", word(from), word(to))
            }
            Change::MemberJoined(member) => format!("joined: {}", at(member)),
            Change::MemberLeft(member) => format!("left: {}", at(member)),
            Change::AssignmentEpochChanged { .. }
            | Change::MemberChanged { .. }
            | Change::PartitionMoved { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::follow::absent;
    use super::*;
    use crate::model::group::{GroupState, GroupType};

    #[test]
    fn people_read_who_and_what() {
        let member = |id: &str, client: &str| Member {
            client_id: client.into(),
            host: "10.0.0.7".into(),
            ..Member::new(id)
        };
        let group = |members: &[Member]| GroupDescription {
            members: members.to_vec(),
            state: GroupState::Stable,
            ..absent(&"g".into(), GroupType::Classic)
        };
        let before = group(&[member("a-1", "a"), member("b-1", "b")]);
        let mut seated = member("b-2", "b");
        seated.instance_id = Some("seat".into());
        let after = group(&[member("a-1", "a"), seated.clone()]);
        let moved = |partition, from: Option<&str>, to: Option<&str>| Change::PartitionMoved {
            topic: "t".into(),
            partition,
            from: from.map(Name::from),
            to: to.map(Name::from),
        };
        let changes = [
            Change::StateChanged { from: GroupState::Empty, to: GroupState::Stable },
            Change::EpochChanged { from: None, to: Some(2) },
            Change::MemberJoined(Box::new(seated)),
            Change::MemberLeft(Box::new(member("a-1", "a"))),
            moved(0, Some("a-1"), Some("b-2")),
            moved(1, Some("a-1"), Some("b-2")),
            moved(2, Some("b-1"), None),
            moved(3, None, Some("a-1")),
        ];
        assert_eq!(
            lines(&changes, &before, &after),
            [
                "Empty → Stable",
                "epoch none → 2",
                "joined: b-2 (instance seat, 10.0.0.7)",
                "left: a (10.0.0.7)",
                "t 3: nobody → a",
                "t 0,1: a → b-2",
                "t 2: b-1 → nobody",
            ]
        );
    }
}
