//! What the records of `__consumer_offsets` say about one group.

use crate::model::Name;
use crate::model::group::{Assignment, GroupType};

/// What one record says. Topics of groups other than classic ones are told by their ids, printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A classic group as a whole; `None`: it is deleted, or not a classic group any more.
    Classic(Option<ClassicGroup>),
    /// The group's epoch; `None`: it is deleted, or of another type now.
    Epoch {
        /// What type of group says so.
        group_type: GroupType,
        /// The epoch.
        epoch: Option<i32>,
    },
    /// A member; `None`: it left, or was fenced.
    Member {
        /// Its id.
        member_id: Name,
        /// What it says of itself.
        about: Option<About>,
    },
    /// The epoch of the target assignment, once all its parts have been written.
    TargetEpoch(Option<i32>),
    /// What a member shall hold; `None`: it left.
    Target {
        /// Its id.
        member_id: Name,
        /// What it shall hold.
        partitions: Option<Assignment>,
    },
    /// What a member holds; `None`: it left.
    Current {
        /// Its id.
        member_id: Name,
        /// What it holds.
        current: Option<Current>,
    },
    /// What tells nothing of rebalances: the topics of a pattern, a topology, a share group's
    /// beginnings.
    Other,
}

/// A classic group when a rebalance had ended, or when it had become empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicGroup {
    /// `consumer`, `connect`, …
    pub protocol_type: Name,
    /// Grows with every rebalance.
    pub generation: i32,
    /// What the members agreed on: an assignor's name, in consumer groups.
    pub protocol: Option<Name>,
    /// The member that assigned.
    pub leader: Option<Name>,
    /// Since when it is in its state, in milliseconds since 1970.
    pub state_since: Option<i64>,
    /// The members.
    pub members: Vec<ClassicMember>,
}

/// A member of a classic group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassicMember {
    /// Its id.
    pub member_id: Name,
    /// What it says of itself.
    pub about: About,
    /// What it holds; `None` where that is not a consumer's matter, or not readable.
    pub assignment: Option<Assignment>,
}

/// What a member says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// `client.id`.
    pub client_id: Name,
    /// Where it comes from.
    pub host: Name,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<Name>,
    /// `group.remote.assignor`: the assignor that it would like.
    pub assignor: Option<Name>,
    /// The topics that it subscribes to, sorted; empty where that is not known.
    pub subscription: Vec<Name>,
    /// The pattern of topics that it subscribes to.
    pub pattern: Option<Name>,
}

/// What a member of a consumer, share or streams group holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// The epoch that it has come to.
    pub epoch: i32,
    /// The epoch before.
    pub previous_epoch: i32,
    /// 0 stable, 1 has to give up partitions, 2 waits for others to; other numbers in streams groups.
    pub state: i8,
    /// What it holds.
    pub assigned: Assignment,
    /// What it still has to give up.
    pub pending_revocation: Assignment,
}
