//! Replays the records of a group, and tells each rebalance.

use std::collections::BTreeMap;

use super::fact::{About, ClassicGroup, Fact};
use super::holders::{Held, Holder, Holders, Step};
use super::members::Members;
use crate::model::group::{Assignment, GroupType};
use crate::model::{Name, Time};
use crate::report::group_history::{Rebalance, What};

/// The highest epoch that brokers give a group to begin with.
const FIRST_EPOCHS: i32 = 2;

/// What the records so far make of a group.
#[derive(Debug, Clone, Default)]
pub struct Rebuild {
    members: Members,
    /// The assignors that members ask for.
    wishes: BTreeMap<Name, Name>,
    /// What each member shall hold.
    targets: BTreeMap<Name, Assignment>,
    holders: Holders,
    group_type: Option<GroupType>,
    generation: Option<i32>,
    epoch: Option<i32>,
    /// Epochs whose assignment has not been written yet.
    open: Vec<Rebalance>,
    /// Where members changed, while no step has told of it.
    changed: Option<(i64, Time)>,
    /// Where the group ended, while nothing says that it goes on as one of another type.
    deleted: Option<(i64, Time)>,
    /// When the last rebalance was.
    last: Option<Time>,
    /// What is told and not yet taken.
    done: Vec<Rebalance>,
    /// Records before this are gone from the log.
    thinned: bool,
    /// The state so far is that of the group, and not only what is left of it.
    grounded: bool,
}

impl Rebuild {
    /// A group of which nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Here in the log records are gone. Compaction keeps the last record of each key and begins at
    /// the start of the log, so what is left makes up the group's state again, and whatever the group
    /// writes a second time is behind all that was compacted.
    pub fn hole(&mut self) {
        self.thinned = true;
    }

    /// How many members there are.
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// What has been told since the last time.
    pub fn take(&mut self) -> Vec<Rebalance> {
        std::mem::take(&mut self.done)
    }

    /// No more records for now: what a coordinator writes at once is in one batch.
    pub fn pause(&mut self) {
        self.tell_deletion();
        if self.members.only_returned() {
            self.tell_members();
        }
    }

    /// No more records at all: tells also what is still under way.
    pub fn finish(&mut self) {
        self.close_open();
        self.tell_deletion();
        if self.members.has_changed() {
            self.tell_members();
        }
    }

    /// The next record.
    pub fn fact(&mut self, offset: i64, time: Time, fact: Fact) {
        if self.changed.or(self.deleted).is_some_and(|(_, at)| at != time) {
            self.pause();
        }
        match fact {
            Fact::Classic(Some(group)) => self.classic(offset, time, group),
            Fact::Classic(None) => {
                self.generation = None;
                self.grounded = true;
                // Members go on in a group of another type, if its records follow.
                self.members.become_these([]);
                self.note_change(offset, time);
                self.deleted = Some((offset, time));
            }
            Fact::Epoch { epoch: None, .. } => {
                self.close_open();
                self.epoch = None;
                self.grounded = true;
                self.deleted = Some((offset, time));
            }
            Fact::Epoch { group_type, epoch: Some(epoch) } => {
                self.epoch(offset, time, group_type, epoch);
            }
            Fact::Member { member_id, about: Some(about) } => {
                match &about.assignor {
                    Some(wish) => self.wishes.insert(member_id.clone(), wish.clone()),
                    None => self.wishes.remove(&member_id),
                };
                self.members.put(&member_id, &about);
                self.note_change(offset, time);
            }
            Fact::Member { member_id, about: None } => {
                self.wishes.remove(&member_id);
                self.members.remove(&member_id);
                self.note_change(offset, time);
            }
            Fact::Target { member_id, partitions: Some(partitions) } => {
                self.targets.insert(member_id, partitions);
            }
            Fact::Target { member_id, partitions: None } => {
                self.targets.remove(&member_id);
            }
            Fact::TargetEpoch(Some(epoch)) => self.assigned(epoch),
            Fact::TargetEpoch(None) | Fact::Current { .. } | Fact::Other => {}
        }
    }

    fn note_change(&mut self, offset: i64, time: Time) {
        self.changed = self.members.has_changed().then_some((offset, time));
    }

    fn classic(&mut self, offset: i64, time: Time, group: ClassicGroup) {
        self.close_open();
        self.deleted = None;
        let ClassicGroup { protocol_type, generation, protocol, members, .. } = group;
        let again = self.generation == Some(generation);
        let readable = members.iter().all(|member| member.assignment.is_some());
        let mut about: Vec<(Name, About)> = Vec::with_capacity(members.len());
        self.targets.clear();
        self.wishes.clear();
        for member in members {
            if let Some(assignment) = member.assignment {
                self.targets.insert(member.member_id.clone(), assignment);
            }
            about.push((member.member_id, member.about));
        }
        self.members.become_these(about);
        self.group_type = Some(GroupType::Classic);
        self.generation = Some(generation);
        self.epoch = None;
        // A group begins with nobody in it, before its first rebalance.
        let begins = generation == 0 && self.members.is_empty() && !self.members.has_changed();
        if begins || (again && !self.members.has_changed()) {
            self.grounded = true;
            return;
        }
        let what = if again { What::Members } else { What::Rebalance };
        let mut told = self.told(offset, time, what, GroupType::Classic);
        told.generation = Some(generation);
        told.protocol_type = Some(protocol_type).filter(|name| !name.is_empty());
        told.assignor.clone_from(&protocol);
        told.protocol = protocol;
        if readable {
            let step = self.holders.advance(self.held());
            told.moved_by(step);
        }
        self.push(told);
    }

    fn epoch(&mut self, offset: i64, time: Time, group_type: GroupType, epoch: i32) {
        self.deleted = None;
        if self.epoch == Some(epoch) && !self.members.has_changed() {
            return;
        }
        // Nothing was before the first epochs of a group, whatever is gone from the log.
        self.grounded |= self.epoch.is_none() && epoch <= FIRST_EPOCHS;
        self.epoch = Some(epoch);
        self.generation = None;
        self.group_type = Some(group_type.clone());
        let told = self.told(offset, time, What::Rebalance, group_type);
        self.open.push(told);
        if self.members.is_empty() {
            // Nobody is left to assign anything to.
            self.targets.clear();
            self.assigned(epoch);
        }
    }

    /// The target assignment of this epoch is written.
    fn assigned(&mut self, epoch: i32) {
        let step = self.holders.advance(self.held());
        let split = self.open.iter().take_while(|told| told.epoch <= Some(epoch)).count();
        let mut ready: Vec<Rebalance> = self.open.drain(..split).collect();
        // Epochs before it were overtaken: nobody ever assigned for them.
        if let Some(last) = ready.last_mut() {
            last.moved_by(step);
        }
        for told in ready {
            self.push(told);
        }
    }

    fn close_open(&mut self) {
        for told in std::mem::take(&mut self.open) {
            self.push(told);
        }
    }

    /// The group is gone, and with it what was known; one of its name would be another.
    fn tell_deletion(&mut self) {
        let Some((offset, time)) = self.deleted.take() else { return };
        let group_type = self.group_type.clone().unwrap_or(GroupType::Classic);
        let told = self.told(offset, time, What::Deleted, group_type);
        self.push(told);
        self.members = Members::default();
        self.holders = Holders::default();
        self.wishes.clear();
        self.targets.clear();
    }

    /// Members changed without a rebalance.
    fn tell_members(&mut self) {
        let (offset, time) = self.changed.unwrap_or((-1, Time(-1)));
        let group_type = self.group_type.clone().unwrap_or(GroupType::Classic);
        let mut told = self.told(offset, time, What::Members, group_type);
        told.generation = self.generation;
        if self.open.is_empty() {
            let step = self.holders.advance(self.held());
            told.moved_by(step);
        }
        self.push(told);
    }

    /// A rebalance, or another change, with what is known of members.
    fn told(&mut self, offset: i64, time: Time, change: What, group_type: GroupType) -> Rebalance {
        self.changed = None;
        let partial = self.thinned && !self.grounded;
        self.grounded = true;
        let mut change_of_members = self.members.take();
        if partial {
            change_of_members = super::members::Change::default();
        }
        Rebalance {
            time,
            offset,
            change,
            group_type,
            generation: None,
            epoch: self.epoch,
            members: self.members.len(),
            joined: change_of_members.joined,
            left: change_of_members.left,
            returned: change_of_members.returned,
            changed: change_of_members.changed,
            moved: None,
            kept: None,
            assigned: None,
            unassigned: None,
            moves: Vec::new(),
            assignor: self.wish(),
            protocol_type: None,
            protocol: None,
            since_previous_ms: None,
            partial,
        }
    }

    fn push(&mut self, mut told: Rebalance) {
        if told.change == What::Rebalance {
            told.since_previous_ms = self.last.map(|last| told.time.since(last));
            self.last = Some(told.time);
        }
        self.done.push(told);
    }

    /// The assignor that most members ask for.
    fn wish(&self) -> Option<Name> {
        let mut votes: BTreeMap<&Name, usize> = BTreeMap::new();
        for wish in self.wishes.values() {
            *votes.entry(wish).or_default() += 1;
        }
        votes.into_iter().max_by_key(|(_, votes)| *votes).map(|(wish, _)| wish.clone())
    }

    fn held(&self) -> Held {
        let mut held = Held::new();
        for (member_id, partitions) in &self.targets {
            let instance = self.members.get(member_id).and_then(|m| m.instance_id.clone());
            let identity = instance.unwrap_or_else(|| member_id.clone());
            for (topic, partition) in partitions.iter() {
                let holder = Holder { identity: identity.clone(), member_id: member_id.clone() };
                held.entry((topic.clone(), partition)).or_default().push(holder);
            }
        }
        held
    }
}

impl Rebalance {
    fn moved_by(&mut self, step: Step) {
        // Where it moved from is gone.
        if self.partial {
            return;
        }
        self.moved = Some(step.moved);
        self.kept = Some(step.kept);
        self.assigned = Some(step.assigned);
        self.unassigned = Some(step.unassigned);
        self.moves = step.moves;
    }
}
