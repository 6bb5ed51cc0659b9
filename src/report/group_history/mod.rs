//! `GroupHistory`: the past rebalances of a group.

mod view;

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
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// The member that held it until now; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    /// The member that holds it; absent when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Name>,
    /// Where nobody held it until now: the other member that was the last one to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_holder: Option<Name>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// A new generation or epoch.
    Rebalance,
    /// Members changed without one: a static member took its place over.
    Members,
    /// The group was deleted, by somebody or because its commits had expired.
    Deleted,
}

/// One rebalance, or what else happened: a change of members without one, the end of the group. What is not known is absent.
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
    /// Who subscribes to something else than before.
    #[serde(default)]
    pub changed: Vec<MemberRef>,
    /// How many partitions went from one member to another, be it that nobody held them in between.
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
    /// Compaction took records before it away: what it says of others is the net change since what is
    /// left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// A time of which the log does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// From here on.
    pub from: Time,
    /// Until there.
    pub to: Time,
}

/// Where the records come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRead {
    /// `__consumer_offsets`.
    pub topic: Name,
    /// The group's partition.
    pub partition: i32,
    /// The first offset that the log has.
    pub start_offset: i64,
    /// The offset behind the last record that was read.
    pub end_offset: i64,
    /// From this offset on nothing has been taken away.
    pub complete_from_offset: i64,
    /// How many records were read.
    pub records: u64,
    /// How many of them are about the group, its commits included.
    pub records_of_group: u64,
    /// How many of those are of a kind or version that is not known here.
    pub unknown_records: u64,
}

/// Who was behind rebalances: the members of one client on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Behind {
    /// `client.id`.
    pub client_id: Name,
    /// Where it comes from.
    pub host: Name,
    /// In how many rebalances members of it joined, left or returned.
    pub rebalances: usize,
    /// How many joined.
    pub joined: usize,
    /// How many left.
    pub left: usize,
    /// How many returned.
    pub returned: usize,
}

/// A time in which nothing moved, while there were members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// From the end of a rebalance.
    pub from: Time,
    /// To the next one, or to now.
    pub to: Time,
    /// How long, in milliseconds.
    pub ms: i64,
}

/// All of it in numbers. What is not known is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// What is counted begins here; absent when there is nothing to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// And ends here.
    pub to: Time,
    /// How many rebalances.
    pub rebalances: usize,
    /// How many an hour, where an hour at least is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebalances_per_hour: Option<f64>,
    /// How many members joined.
    pub joined: usize,
    /// How many left.
    pub left: usize,
    /// How many static members returned.
    pub returned: usize,
    /// How many partitions went from one member to another.
    pub moved: usize,
    /// How many stayed where they were.
    pub kept: usize,
    /// The share of the partitions that moved, among those that moved or stayed: 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_share: Option<f64>,
    /// The longest time between two rebalances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_stable: Option<Stretch>,
    /// Who was behind them, most rebalances first.
    pub behind: Vec<Behind>,
}

/// What part of a history is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// From this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Until this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// So many at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How many others are known.
    #[serde(default)]
    pub left_out: usize,
}

/// The past rebalances of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupHistory {
    /// The cluster asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// The group.
    pub group_id: Name,
    /// When it was read.
    pub captured_at: Time,
    /// Every rebalance since then is told, but for the gaps; absent when the log tells of none for sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaches_back_to: Option<Time>,
    /// Nothing was taken away: it reaches back to the beginning.
    pub complete: bool,
    /// What lies between what was saved and what the log still has.
    pub gaps: Vec<Gap>,
    /// Absent: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Oldest first.
    pub rebalances: Vec<Rebalance>,
    /// In numbers.
    pub summary: Summary,
    /// Where it comes from.
    pub log: LogRead,
}
