//! What happened between two descriptions of a group: who came and went, which partitions changed
//! hands, how state and epochs moved on. The net change, never a guess at what lay between.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::Name;
use crate::model::group::{Assignment, GroupDescription, GroupState, Member};

/// One difference between an earlier and a later description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum Change {
    /// The state is another.
    StateChanged {
        /// It was this.
        from: GroupState,
        /// It is this.
        to: GroupState,
    },
    /// The group's epoch is another (consumer, share, streams).
    EpochChanged {
        /// It was this.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<i32>,
        /// It is this.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<i32>,
    },
    /// The target assignment is of another epoch.
    AssignmentEpochChanged {
        /// It was this.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<i32>,
        /// It is this.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<i32>,
    },
    /// Somebody else decides on assignments.
    AssignorChanged {
        /// It was this.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Name>,
        /// It is this.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<Name>,
    },
    /// A member is new, with what it holds by now.
    MemberJoined(Box<Member>),
    /// A member is gone, with what it held.
    MemberLeft(Box<Member>),
    /// A static member is back under another member id. What its instance held until now it goes on
    /// holding, under its new id; what it has got or given up besides is told by
    /// [`Change::PartitionMoved`].
    MemberReturned(Box<Return>),
    /// What a member says of itself, or what it shall hold, is other than it was, or what it holds is
    /// told now or no longer; what that is, [`Change::PartitionMoved`] tells.
    MemberChanged {
        /// As it was.
        from: Box<Member>,
        /// As it is.
        to: Box<Member>,
    },
    /// A partition changed hands.
    PartitionMoved {
        /// The topic.
        topic: Name,
        /// The partition.
        partition: i32,
        /// Who held it; absent when nobody did.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<Name>,
        /// Who holds it; absent when nobody does.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<Name>,
    },
}

/// A static member that is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Return {
    /// The member as it is now.
    #[serde(flatten)]
    pub member: Member,
    /// The id that it had before.
    pub previous_member_id: Name,
    /// It took its own place over: nobody saw it away. Otherwise it had left meanwhile.
    pub replaced: bool,
}

/// The changes that lead from `before` to `after`: the group's own, then members that came, changed
/// and went, then partitions, each in the order of names.
pub fn diff(before: &GroupDescription, after: &GroupDescription) -> Vec<Change> {
    let mut changes = apart_from_partitions(before, after);
    let mut held = holders(before);
    renamed(&mut held, &changes);
    changes.extend(moves(&held, &holders(after)));
    changes
}

/// Who took a place over holds what its instance held.
pub(super) fn renamed(held: &mut Holders, changes: &[Change]) {
    for change in changes {
        let Change::MemberReturned(back) = change else { continue };
        for holders in held.values_mut() {
            if holders.remove(&back.previous_member_id) {
                holders.insert(back.member.member_id.clone());
            }
        }
    }
}

/// The same without who holds what.
pub(super) fn apart_from_partitions(
    before: &GroupDescription,
    after: &GroupDescription,
) -> Vec<Change> {
    let mut changes = Vec::new();
    if before.state != after.state {
        let (from, to) = (before.state.clone(), after.state.clone());
        changes.push(Change::StateChanged { from, to });
    }
    if before.group_epoch != after.group_epoch {
        let (from, to) = (before.group_epoch, after.group_epoch);
        changes.push(Change::EpochChanged { from, to });
    }
    if before.assignment_epoch != after.assignment_epoch {
        let (from, to) = (before.assignment_epoch, after.assignment_epoch);
        changes.push(Change::AssignmentEpochChanged { from, to });
    }
    if before.assignor != after.assignor {
        let (from, to) = (before.assignor.clone(), after.assignor.clone());
        changes.push(Change::AssignorChanged { from, to });
    }
    changes.extend(members(&by_id(before), &by_id(after)));
    changes
}

fn by_id(group: &GroupDescription) -> BTreeMap<&Name, &Member> {
    group.members.iter().map(|member| (&member.member_id, member)).collect()
}

fn members(before: &BTreeMap<&Name, &Member>, after: &BTreeMap<&Name, &Member>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut gone: BTreeMap<&Name, &Member> = before
        .iter()
        .filter(|(id, _)| !after.contains_key(*id))
        .map(|(id, member)| (*id, *member))
        .collect();
    // An instance has one member at a time.
    let mut seats: BTreeMap<&Name, &Name> =
        gone.iter().filter_map(|(id, was)| Some((was.instance_id.as_ref()?, *id))).collect();
    for (id, now) in after {
        match before.get(id) {
            None => {
                let seat = now.instance_id.as_ref().and_then(|instance| seats.remove(instance));
                let member = (*now).clone();
                changes.push(match seat {
                    Some(previous) => {
                        gone.remove(previous);
                        let previous_member_id = previous.clone();
                        let back = Return { member, previous_member_id, replaced: true };
                        Change::MemberReturned(Box::new(back))
                    }
                    None => Change::MemberJoined(Box::new(member)),
                });
            }
            Some(was) if !same_but_for_partitions(was, now) => {
                let (from, to) = (Box::new((*was).clone()), Box::new((*now).clone()));
                changes.push(Change::MemberChanged { from, to });
            }
            Some(_) => {}
        }
    }
    changes.extend(gone.into_values().map(|member| Change::MemberLeft(Box::new(member.clone()))));
    changes
}

fn same_but_for_partitions(a: &Member, b: &Member) -> bool {
    let bare = |member: &Member| {
        let assignment = Assignment::default().told_as(&member.assignment);
        Member { assignment, ..member.clone() }
    };
    bare(a) == bare(b)
}

/// Who holds each partition, by member id; in share groups there may be several.
pub(super) type Holders = BTreeMap<(Name, i32), BTreeSet<Name>>;

/// Who holds what in a group.
pub(super) fn holders(group: &GroupDescription) -> Holders {
    let mut all = Holders::new();
    for member in &group.members {
        for (topic, partition) in member.assignment.iter() {
            let of = all.entry((topic.clone(), partition)).or_default();
            of.insert(member.member_id.clone());
        }
    }
    all
}

/// The partitions that changed hands, in the order of names.
pub(super) fn moves(before: &Holders, after: &Holders) -> Vec<Change> {
    let partitions: BTreeSet<&(Name, i32)> = before.keys().chain(after.keys()).collect();
    let nobody = BTreeSet::new();
    let mut changes = Vec::new();
    for at in partitions {
        let was = before.get(at).unwrap_or(&nobody);
        let now = after.get(at).unwrap_or(&nobody);
        let (mut lost, mut got) = (was.difference(now), now.difference(was));
        loop {
            let (from, to) = (lost.next().cloned(), got.next().cloned());
            if from.is_none() && to.is_none() {
                break;
            }
            let (topic, partition) = at.clone();
            changes.push(Change::PartitionMoved { topic, partition, from, to });
        }
    }
    changes
}

/// Carries out `changes`: what [`diff`] found between two descriptions makes the earlier one into
/// the later one, as far as they describe the group itself (not its coordinator).
pub fn apply(before: &GroupDescription, changes: &[Change]) -> GroupDescription {
    let mut group = before.clone();
    let mut members: BTreeMap<Name, Member> =
        group.members.drain(..).map(|member| (member.member_id.clone(), member)).collect();
    for change in changes {
        match change {
            Change::StateChanged { to, .. } => group.state = to.clone(),
            Change::EpochChanged { to, .. } => group.group_epoch = *to,
            Change::AssignmentEpochChanged { to, .. } => group.assignment_epoch = *to,
            Change::AssignorChanged { to, .. } => group.assignor.clone_from(to),
            Change::MemberJoined(member) => {
                // Its partitions come by moves.
                let assignment = Assignment::default().told_as(&member.assignment);
                let bare = Member { assignment, ..(**member).clone() };
                members.insert(member.member_id.clone(), bare);
            }
            Change::MemberChanged { to, .. } => {
                if let Some(member) = members.get_mut(&to.member_id) {
                    let assignment = std::mem::take(&mut member.assignment).told_as(&to.assignment);
                    *member = Member { assignment, ..(**to).clone() };
                }
            }
            Change::MemberLeft(member) => {
                members.remove(&member.member_id);
            }
            Change::MemberReturned(back) => {
                let seat = members.remove(&back.previous_member_id);
                let assignment = seat.map(|seat| seat.assignment).unwrap_or_default();
                let assignment = assignment.told_as(&back.member.assignment);
                let member = Member { assignment, ..back.member.clone() };
                members.insert(member.member_id.clone(), member);
            }
            Change::PartitionMoved { topic, partition, from, to } => {
                if let Some(member) = from.as_ref().and_then(|id| members.get_mut(id)) {
                    member.assignment.remove(topic, *partition);
                }
                if let Some(member) = to.as_ref().and_then(|id| members.get_mut(id)) {
                    member.assignment.insert(topic.clone(), *partition);
                }
            }
        }
    }
    group.members = members.into_values().collect();
    group
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
