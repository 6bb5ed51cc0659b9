//! Who is in the group, and who came and went since the last step.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::About;
use crate::model::Name;
use crate::report::group_history::{MemberRef, Returned};

/// The members, and the changes that no step has told yet.
#[derive(Debug, Clone, Default)]
pub struct Members {
    now: BTreeMap<Name, MemberRef>,
    /// What each subscribes to: topics, and a pattern.
    wants: BTreeMap<Name, (Vec<Name>, Option<Name>)>,
    joined: BTreeMap<Name, MemberRef>,
    left: BTreeMap<Name, MemberRef>,
    returned: BTreeMap<Name, Returned>,
    changed: BTreeSet<Name>,
    /// Static members that left: the instance, and its last member id.
    away: BTreeMap<Name, Name>,
}

/// What changed in a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Who is new.
    pub joined: Vec<MemberRef>,
    /// Who is gone.
    pub left: Vec<MemberRef>,
    /// Static members that are back.
    pub returned: Vec<Returned>,
    /// Who subscribes to something else.
    pub changed: Vec<MemberRef>,
}

impl Members {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.now.len()
    }

    pub fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    pub fn get(&self, id: &Name) -> Option<&MemberRef> {
        self.now.get(id)
    }

    /// Whether something changed that no step has told.
    pub fn has_changed(&self) -> bool {
        !(self.joined.is_empty() && self.left.is_empty() && self.returned.is_empty())
    }

    /// The members are these: a classic group tells them as a whole.
    pub fn become_these(&mut self, all: impl IntoIterator<Item = (Name, About)>) {
        let all: BTreeMap<Name, About> = all.into_iter().collect();
        let gone: Vec<Name> =
            self.now.keys().filter(|id| !all.contains_key(*id)).cloned().collect();
        for id in gone {
            self.remove(&id);
        }
        for (id, about) in all {
            self.put(&id, &about);
        }
    }

    /// A member is there, or says something else of itself.
    pub fn put(&mut self, id: &Name, about: &About) {
        let member = MemberRef {
            member_id: id.clone(),
            client_id: about.client_id.clone(),
            host: about.host.clone(),
            instance_id: about.instance_id.clone(),
        };
        let wants = (about.subscription.clone(), about.pattern.clone());
        let wanted = self.wants.insert(id.clone(), wants);
        if self.now.insert(id.clone(), member.clone()).is_some() {
            if wanted.as_ref() != self.wants.get(id) && !self.joined.contains_key(id) {
                self.changed.insert(id.clone());
            }
            return;
        }
        // It only changed the protocol that it speaks.
        if self.left.remove(id).is_some() {
            if let Some(instance) = &about.instance_id {
                self.away.remove(instance);
            }
            return;
        }
        let Some(instance) = &about.instance_id else {
            self.joined.insert(id.clone(), member);
            return;
        };
        let predecessor =
            self.left.values().find(|left| left.instance_id.as_ref() == Some(instance));
        let predecessor = predecessor.map(|left| left.member_id.clone());
        let previous = self.away.remove(instance);
        let (previous_member_id, replaces) = match predecessor {
            Some(id) => {
                self.left.remove(&id);
                (Some(id), true)
            }
            None => (previous, false),
        };
        match previous_member_id {
            Some(previous_member_id) => {
                let returned = Returned { member, previous_member_id, replaced: replaces };
                self.returned.insert(id.clone(), returned);
            }
            None => {
                self.joined.insert(id.clone(), member);
            }
        }
    }

    /// A member is gone.
    pub fn remove(&mut self, id: &Name) {
        let Some(member) = self.now.remove(id) else { return };
        self.wants.remove(id);
        self.changed.remove(id);
        if let Some(instance) = &member.instance_id {
            self.away.insert(instance.clone(), id.clone());
        }
        if self.joined.remove(id).is_some() {
            // It came and went between two steps.
            return;
        }
        if let Some(returned) = self.returned.remove(id) {
            // So did its return; what it replaced is gone in the end.
            if !returned.replaced {
                return;
            }
            let left = MemberRef { member_id: returned.previous_member_id, ..returned.member };
            self.left.insert(left.member_id.clone(), left);
            return;
        }
        self.left.insert(id.clone(), member);
    }

    /// The changes so far, which a step tells now.
    pub fn take(&mut self) -> Change {
        let changed = std::mem::take(&mut self.changed);
        Change {
            changed: changed.iter().filter_map(|id| self.now.get(id).cloned()).collect(),
            joined: std::mem::take(&mut self.joined).into_values().collect(),
            left: std::mem::take(&mut self.left).into_values().collect(),
            returned: std::mem::take(&mut self.returned).into_values().collect(),
        }
    }

    /// Whether nothing happened but that static members are back.
    pub fn only_returned(&self) -> bool {
        !self.returned.is_empty() && self.joined.is_empty() && self.left.is_empty()
    }
}
