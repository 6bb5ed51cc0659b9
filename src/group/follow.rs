//! What a group that is looked at again and again has told so far, and what the next look adds.
//!
//! Two looks may fall into a rebalance. A classic group does not say then who holds what, nor by
//! which protocol; a partition that one member has given up and another has not got yet is held by
//! nobody. Neither is a change: what is not said stays as it was, and a partition on its way is told
//! when it has arrived, or when the group is settled without it.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::group::{GroupDescription, GroupState, GroupType, Member};

use super::diff::{Change, Holders, apart_from_partitions, holders, moves};

/// A group as far as its changes have been told.
#[derive(Debug, Clone)]
pub struct Follower {
    shown: GroupDescription,
    held: Holders,
    /// It began in a rebalance of a classic group, which did not say who held what.
    blind: bool,
}

impl Follower {
    /// Begins with what is there; nothing has changed yet.
    pub fn new(group: GroupDescription) -> Self {
        Self { held: holders(&group), blind: is_silent(&group), shown: group }
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

    /// What changed since the last look.
    pub fn next(&mut self, now: &GroupDescription) -> Vec<Change> {
        let now = self.completed(now);
        let mut held = holders(&now);
        if self.blind && !is_silent(&now) {
            self.learn(&now);
        }
        if is_moving(&now.state) {
            for (at, who) in &self.held {
                held.entry(at.clone()).or_insert_with(|| who.clone());
            }
        }
        let mut changes = apart_from_partitions(&self.shown, &now);
        changes.extend(moves(&self.held, &held));
        (self.shown, self.held) = (now, held);
        changes
    }

    /// What was not said at the beginning, and is said now, is no change.
    fn learn(&mut self, now: &GroupDescription) {
        self.blind = false;
        let known: BTreeMap<&Name, &Member> =
            now.members.iter().map(|member| (&member.member_id, member)).collect();
        for member in &mut self.shown.members {
            if let Some(is) = known.get(&member.member_id) {
                member.subscription.clone_from(&is.subscription);
                member.rack_id.clone_from(&is.rack_id);
            }
        }
        self.shown.assignor.clone_from(&now.assignor);
        self.held = holders(now);
    }

    /// `now`, with what a classic group in a rebalance does not say as it was said before.
    fn completed(&self, now: &GroupDescription) -> GroupDescription {
        let mut now = now.clone();
        if !is_silent(&now) {
            return now;
        }
        let known: BTreeMap<&Name, &Member> =
            self.shown.members.iter().map(|member| (&member.member_id, member)).collect();
        for member in &mut now.members {
            let Some(was) = known.get(&member.member_id) else { continue };
            if member.subscription.is_empty() {
                member.subscription.clone_from(&was.subscription);
                member.rack_id.clone_from(&was.rack_id);
            }
            if member.assignment.is_empty() {
                member.assignment.clone_from(&was.assignment);
            }
        }
        if now.assignor.is_none() {
            now.assignor.clone_from(&self.shown.assignor);
        }
        now
    }
}

/// Whether it does not say who holds what.
fn is_silent(group: &GroupDescription) -> bool {
    group.group_type == GroupType::Classic && is_moving(&group.state)
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
        assignor: None,
        members: Vec::new(),
        authorized_operations: None,
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
