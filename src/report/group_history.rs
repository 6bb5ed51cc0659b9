//! `GroupHistory`: the past rebalances of a group.

use serde::{Deserialize, Serialize};

use crate::model::group::GroupType;
use crate::model::{Name, Time};

/// A member, as the log names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberRef {
    /// Its id.
    pub member_id: Name,
    /// `client.id`.
    pub client_id: Name,
    /// Where it comes from.
    pub host: Name,
    /// `group.instance.id` of a static member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<Name>,
}

/// A static member that is back under another member id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    /// The member as it is now.
    #[serde(flatten)]
    pub member: MemberRef,
    /// The id that it had before.
    pub previous_member_id: Name,
    /// It took its own place over, which had been kept; otherwise it had left meanwhile.
    pub replaced: bool,
}

/// A partition that changed hands; in a streams group the topic is the subtopology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// The member that held it, or was the last one to; absent when nobody else ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// The member that holds it; absent when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Name>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// A new generation or epoch.
    Rebalance,
    /// Members changed without one: a static member took its place over.
    Members,
}

/// One rebalance, or a change of members without one. What is not known is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rebalance {
    /// When it was written.
    pub time: Time,
    /// Where in the log.
    pub offset: i64,
    /// What happened.
    pub change: What,
    /// The type of the group then.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// The generation of a classic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i32>,
    /// The epoch of any other group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i32>,
    /// How many members there were afterwards.
    pub members: usize,
    /// Who is new.
    pub joined: Vec<MemberRef>,
    /// Who is gone.
    pub left: Vec<MemberRef>,
    /// Static members that are back.
    pub returned: Vec<Returned>,
    /// How many partitions went from one member to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<usize>,
    /// How many stayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<usize>,
    /// How many were assigned that nobody had, and nobody else had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<usize>,
    /// How many nobody holds any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unassigned: Option<usize>,
    /// Each partition that changed hands.
    pub moves: Vec<Move>,
    /// Who decided: the chosen protocol of a classic group, what the members of a consumer group ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignor: Option<Name>,
    /// `consumer`, `connect`, … of a classic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_type: Option<Name>,
    /// The chosen protocol of a classic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Name>,
    /// Milliseconds since the last rebalance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_previous_ms: Option<i64>,
    /// Milliseconds until every member held what it should; classic groups do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_ms: Option<i64>,
    /// Compaction took records before it away: what it says of others is the net change since what is
    /// left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}
