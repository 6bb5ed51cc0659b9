//! Whose offsets a broker does not delete while a group has members (`OffsetDelete`,
//! `DeleteShareGroupOffsets`).

use crate::model::Name;
use crate::model::group::{GroupDescription, GroupType, Member, Subtopology};

/// Why a broker refuses to delete something of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `NON_EMPTY_GROUP`.
    HasMembers,
    /// `GROUP_SUBSCRIBED_TO_TOPIC`.
    Subscribed,
}

/// Why a broker would not delete the offsets of a group in a topic, as far as a description tells. What
/// a classic group in a rebalance is subscribed to, it does not; nor which topics a pattern matches that
/// nobody has been given a partition of.
pub fn refusal(group: &GroupDescription, topic: &Name) -> Option<Refusal> {
    if group.members.is_empty() {
        return None;
    }
    let consumers = group.protocol_type.as_deref().is_none_or(|kind| kind == "consumer");
    match group.group_type {
        GroupType::Share => Some(Refusal::HasMembers),
        GroupType::Classic if !consumers => Some(Refusal::HasMembers),
        _ => {
            let wanted = reads(group, topic) || group.members.iter().any(|m| wants(m, topic));
            wanted.then_some(Refusal::Subscribed)
        }
    }
}

/// Whether a streams application reads a topic.
fn reads(group: &GroupDescription, topic: &Name) -> bool {
    let read = |part: &Subtopology| {
        part.source_topics.contains(topic) || part.repartition_source_topics.contains(topic)
    };
    group.subtopologies.iter().any(read)
}

/// Whether a member is subscribed to a topic: by name, or else by what it is given of it.
fn wants(member: &Member, topic: &Name) -> bool {
    let given = [Some(&member.assignment), member.target_assignment.as_ref()];
    member.subscription.contains(topic)
        || given.into_iter().flatten().any(|all| all.topics().any(|(name, _)| name == topic))
}

#[cfg(test)]
mod tests {
    use super::super::follow::absent;
    use super::*;

    #[test]
    fn what_members_want_stays() {
        let group =
            |kind: GroupType, protocol: Option<&str>, members: &[Member]| GroupDescription {
                protocol_type: protocol.map(Name::from),
                members: members.to_vec(),
                ..absent(&"g".into(), kind)
            };
        let member = Member { subscription: vec!["a".into()].into(), ..Member::new("m") };
        let given = Member {
            assignment: [(Name::from("b"), 0)].into_iter().collect(),
            ..Member::new("by-pattern")
        };
        let about_to = Member::new("n").towards([(Name::from("c"), 0)].into_iter().collect());
        let all = [member, given, about_to];
        for kind in [GroupType::Consumer, GroupType::Streams] {
            for (topic, expected) in [("a", true), ("b", true), ("c", true), ("d", false)] {
                let told = refusal(&group(kind.clone(), None, &all), &topic.into());
                assert_eq!(told, expected.then_some(Refusal::Subscribed), "{kind} {topic}");
            }
        }
        let classic = |protocol| group(GroupType::Classic, Some(protocol), &all);
        assert_eq!(refusal(&classic("consumer"), &"a".into()), Some(Refusal::Subscribed));
        assert_eq!(refusal(&classic("consumer"), &"d".into()), None);
        assert_eq!(refusal(&classic("connect"), &"d".into()), Some(Refusal::HasMembers));
        let share = group(GroupType::Share, None, &all);
        assert_eq!(refusal(&share, &"d".into()), Some(Refusal::HasMembers));
        assert_eq!(refusal(&group(GroupType::Share, None, &[]), &"a".into()), None);
    }
}
