//! A group as its coordinator lists and describes it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::{Name, Operation};
use super::{Assignment, GroupState, GroupType, Subscription, Subtopology, TasksOfMember};

/// The broker that coordinates a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinator {
    /// `node.id`.
    pub id: i32,
    /// Its advertised host; absent when only the id is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// Its advertised port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// A group in a list. Absent means that the broker does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupListing {
    /// Its name.
    pub group_id: Name,
    /// Brokers since 3.8.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub group_type: Option<GroupType>,
    /// Brokers since 2.6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<GroupState>,
    /// `consumer`, `connect`, …; empty for a group that only holds commits.
    pub protocol_type: Name,
    /// How many members it has, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<usize>,
    /// Who coordinates it.
    pub coordinator: Coordinator,
}

/// A group with its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupDescription {
    /// Its name.
    pub group_id: Name,
    /// Its kind.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// Its state.
    pub state: GroupState,
    /// Classic groups: `consumer`, `connect`, …; empty for a group that only holds commits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_type: Option<Name>,
    /// Who coordinates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<Coordinator>,
    /// Grows with every change of members or subscriptions; classic groups do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_epoch: Option<i32>,
    /// The epoch of the target assignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_epoch: Option<i32>,
    /// The epoch of a streams group's topology.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology_epoch: Option<i32>,
    /// What a streams application is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subtopologies: Vec<Subtopology>,
    /// Who decides on assignments: `uniform`, `range`, …; classic groups: the chosen protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignor: Option<Name>,
    /// Its members, by id.
    pub members: Vec<Member>,
    /// What the caller may do with it (KIP-430).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_operations: Option<BTreeSet<Operation>>,
}

/// How a member of a consumer group speaks, while a group migrates (KIP-1099).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberType {
    /// The classic protocol.
    Classic,
    /// The protocol of its group's type.
    Consumer,
}

impl MemberType {
    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Consumer => "consumer",
        }
    }
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Its id.
    pub member_id: Name,
    /// `client.id`.
    pub client_id: Name,
    /// Where it comes from.
    pub host: Name,
    /// `group.instance.id` of a static member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<Name>,
    /// `client.rack`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack_id: Option<Name>,
    /// The epoch of what it holds; classic groups do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_epoch: Option<i32>,
    /// How it speaks, where the broker says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_type: Option<MemberType>,
    /// The topics that it wants; unknown while a classic group rebalances, and where only its group reads
    /// it, as with the workers of Connect.
    #[serde(default = "Subscription::unknown", skip_serializing_if = "Subscription::is_unknown")]
    pub subscription: Subscription,
    /// The pattern of topics that it wants (RE2/J).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_pattern: Option<Name>,
    /// What it holds; unknown while a classic group rebalances, and where only its group reads it, as with
    /// the workers of Connect.
    #[serde(default = "Assignment::unknown", skip_serializing_if = "Assignment::is_unknown")]
    pub assignment: Assignment,
    /// What it shall hold; classic groups have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_assignment: Option<Assignment>,
    /// What it holds and has to give up: in `assignment`, not in `targetAssignment`.
    #[serde(default = "Assignment::unknown", skip_serializing_if = "Assignment::is_unknown")]
    pub pending_revocation: Assignment,
    /// Its tasks, in a streams group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TasksOfMember>,
}

impl GroupDescription {
    /// The partitions that some member holds.
    pub fn assigned(&self) -> Assignment {
        let all = self.members.iter().flat_map(|member| member.assignment.iter());
        all.map(|(topic, partition)| (topic.clone(), partition)).collect()
    }

    /// Whether it tells what its members hold. What protocols other than that of consumers assign, as
    /// Connect's does, is their own matter.
    pub fn tells_assignments(&self) -> bool {
        self.protocol_type.as_deref().is_none_or(|kind| matches!(kind, "consumer" | ""))
    }

    /// Whether it is a classic group in a rebalance: such a group does not tell what its members want, nor
    /// what they are to hold; what they held until then brokers tell since 4.0.
    pub fn is_silent(&self) -> bool {
        self.group_type == GroupType::Classic && self.state.is_rebalancing()
    }

    /// Who holds a partition; in share groups the first of those who do.
    pub fn owner(&self, topic: &Name, partition: i32) -> Option<&Member> {
        self.members.iter().find(|member| member.assignment.contains(topic, partition))
    }
}

impl Member {
    /// A member of which nothing is known but its id.
    pub fn new(member_id: impl Into<Name>) -> Self {
        Self {
            member_id: member_id.into(),
            client_id: "".into(),
            host: "".into(),
            instance_id: None,
            rack_id: None,
            member_epoch: None,
            member_type: None,
            subscription: Subscription::default(),
            subscription_pattern: None,
            assignment: Assignment::default(),
            target_assignment: None,
            pending_revocation: Assignment::default(),
            tasks: None,
        }
    }

    /// How many partitions it holds, where that is known.
    pub fn held(&self) -> Option<usize> {
        (!self.assignment.is_unknown()).then(|| self.assignment.len())
    }

    /// The same member, on its way to this target.
    #[must_use]
    pub fn towards(mut self, target: Assignment) -> Self {
        self.pending_revocation = self.assignment.without(&target);
        self.target_assignment = Some(target);
        self
    }

    /// Whether it is a static member that left for a while: its place is kept until its session is over
    /// (KIP-848; it says so by its epoch).
    pub fn is_away(&self) -> bool {
        self.member_epoch == Some(-2)
    }

    /// What it shall hold and does not hold yet.
    pub fn pending_assignment(&self) -> Assignment {
        let target = self.target_assignment.as_ref();
        target.map(|target| target.without(&self.assignment)).unwrap_or_default()
    }
}
