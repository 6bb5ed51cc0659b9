//! What a group that is looked at again and again has told so far, and what the next look adds.
//!
//! Two looks may fall into a rebalance. A classic group does not say then who holds what, nor by
//! which protocol; a partition that one member has given up and another has not got yet is held by
//! nobody. Neither is a change: what is not said stays as it was, and a partition on its way is told
//! when it has arrived, or when the group is settled without it. A static member that left and is back
//! is no new one.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::group::{GroupDescription, GroupState, GroupType, Member};

use super::diff::{Change, Holders, Return, apart_from_partitions, holders, moves, renamed};

/// A group as far as its changes have been told.
#[derive(Debug, Clone)]
pub struct Follower {
    shown: GroupDescription,
    held: Holders,
    /// It began in a rebalance of a classic group, which did not say who held what.
    blind: bool,
    /// Since the last look it says so.
    learned: bool,
    /// Static members that left: the instance, and its last member id.
    away: BTreeMap<Name, Name>,
    /// Who left and is still spoken of: what they held has nobody yet.
    departed: BTreeMap<Name, Member>,
}

impl Follower {
    /// Begins with what is there; nothing has changed yet.
    pub fn new(group: GroupDescription) -> Self {
        Self {
            held: holders(&group),
            blind: group.is_silent(),
            learned: false,
            away: BTreeMap::new(),
            departed: BTreeMap::new(),
            shown: group,
        }
    }

    /// The group as it was last seen, with what it did not say filled in.
    pub fn group(&self) -> &GroupDescription {
        &self.shown
    }

    /// The partitions that were given up and have nobody yet.
    pub fn on_the_way(&self) -> usize {
        let held = holders(&self.shown);
        self.held.keys().filter(|at| !held.contains_key(*at)).count()
    }

    /// Whether only the last look said who holds what.
    pub fn has_learned(&self) -> bool {
        self.learned
    }

    /// Everybody whom the changes of the last look may speak of.
    pub fn mentioned(&self) -> impl Iterator<Item = &Member> {
        self.departed.values().chain(&self.shown.members)
    }

    /// What changed since the last look.
    pub fn next(&mut self, now: &GroupDescription) -> Vec<Change> {
        let now = self.completed(now);
        let mut held = holders(&now);
        self.learned = self.blind && !now.is_silent();
        if self.learned {
            self.learn(&now);
        }
        let mut changes = apart_from_partitions(&self.shown, &now);
        self.recognise(&mut changes);
        renamed(&mut self.held, &changes);
        self.remember(&changes, &now.state);
        if is_moving(&now.state) {
            for (at, who) in &self.held {
                held.entry(at.clone()).or_insert_with(|| who.clone());
            }
        }
        changes.extend(moves(&self.held, &held));
        (self.shown, self.held) = (now, held);
        changes
    }

    /// Who joined and was here before, as a static member, is back.
    fn recognise(&mut self, changes: &mut [Change]) {
        for change in &mut *changes {
            match change {
                Change::MemberLeft(member) => {
                    if let Some(instance) = &member.instance_id {
                        self.away.insert(instance.clone(), member.member_id.clone());
                    }
                }
                Change::MemberJoined(member) => {
                    let instance = member.instance_id.as_ref();
                    let previous = instance.and_then(|instance| self.away.remove(instance));
                    if let Some(previous_member_id) = previous {
                        let member = (**member).clone();
                        let back = Return { member, previous_member_id, replaced: false };
                        *change = Change::MemberReturned(Box::new(back));
                    }
                }
                _ => {}
            }
        }
    }

    /// Keeps those who leave for as long as something is said of them.
    fn remember(&mut self, changes: &[Change], state: &GroupState) {
        let held = &self.held;
        self.departed.retain(|id, _| held.values().any(|who| who.contains(id)));
        for change in changes {
            if let Change::MemberLeft(member) = change {
                self.departed.insert(member.member_id.clone(), (**member).clone());
            }
        }
        if *state == GroupState::Dead {
            // One of its name would be another.
            self.away.clear();
        }
    }

    /// What was not said at the beginning, and is said now, is no change; what was said may be one.
    fn learn(&mut self, now: &GroupDescription) {
        self.blind = false;
        let known: BTreeMap<&Name, &Member> =
            now.members.iter().map(|member| (&member.member_id, member)).collect();
        for member in &mut self.shown.members {
            if let Some(is) = known.get(&member.member_id) {
                member.subscription.clone_from(&is.subscription);
                member.rack_id.clone_from(&is.rack_id);
                member.assignment.clone_from(&is.assignment);
                member.pending_revocation.clone_from(&is.pending_revocation);
            }
        }
        self.shown.assignor.clone_from(&now.assignor);
        // Brokers since 4.0 tell what members held until then: that may have moved.
        let told = std::mem::replace(&mut self.held, holders(now));
        self.held.extend(told);
    }

    /// `now`, with what a classic group in a rebalance does not say as it was said before.
    fn completed(&self, now: &GroupDescription) -> GroupDescription {
        let mut now = now.clone();
        if !now.is_silent() {
            return now;
        }
        let known: BTreeMap<&Name, &Member> =
            self.shown.members.iter().map(|member| (&member.member_id, member)).collect();
        let seats: BTreeMap<&Name, &Member> = self
            .shown
            .members
            .iter()
            .filter_map(|member| Some((member.instance_id.as_ref()?, member)))
            .collect();
        for member in &mut now.members {
            let seat = member.instance_id.as_ref().and_then(|instance| seats.get(instance));
            let Some(was) = known.get(&member.member_id).or(seat) else { continue };
            if member.subscription.is_unknown() {
                member.subscription.clone_from(&was.subscription);
                member.rack_id.clone_from(&was.rack_id);
            }
            if member.assignment.is_empty() {
                member.assignment.clone_from(&was.assignment);
                member.pending_revocation.clone_from(&was.pending_revocation);
            }
        }
        if now.assignor.is_none() {
            now.assignor.clone_from(&self.shown.assignor);
        }
        now
    }
}

/// Whether partitions may be between two members.
fn is_moving(state: &GroupState) -> bool {
    state.is_rebalancing() || *state == GroupState::NotReady
}

/// A group that is not there, or no longer: dead, as Kafka calls it, and without members.
pub fn absent(group: &Name, kind: GroupType) -> GroupDescription {
    GroupDescription {
        group_id: group.clone(),
        group_type: kind,
        state: GroupState::Dead,
        protocol_type: None,
        coordinator: None,
        group_epoch: None,
        assignment_epoch: None,
        topology_epoch: None,
        subtopologies: Vec::new(),
        assignor: None,
        members: Vec::new(),
        authorized_operations: None,
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
