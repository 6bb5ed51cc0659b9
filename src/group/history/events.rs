//! A rebalance as the events that `watch` and `history --follow` print.

use serde::Serialize;

use crate::model::Name;
use crate::report::group_history::{MemberRef, Move, Rebalance, Returned, What};
use crate::report::group_watch::GroupEvent;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Happened {
    /// A classic group has another generation.
    GenerationChanged {
        /// It was this; absent when that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<i32>,
        /// It is this.
        to: i32,
        /// How many members there are.
        members: usize,
    },
    /// Any other group has another epoch.
    EpochChanged {
        /// It was this; absent when that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<i32>,
        /// It is this.
        to: i32,
        /// How many members there are.
        members: usize,
    },
    /// The group is gone.
    GroupDeleted,
    /// A member is new.
    MemberJoined(MemberRef),
    /// A member is gone.
    MemberLeft(MemberRef),
    /// A static member is back.
    MemberReturned(Returned),
    /// A partition changed hands.
    PartitionMoved(Move),
}

/// The events of a rebalance; `before` is the one before it, where that is known.
pub fn events(
    group: &Name,
    before: Option<&Rebalance>,
    now: &Rebalance,
) -> Vec<GroupEvent<Happened>> {
    let mut happened = Vec::new();
    let (members, from) = (now.members, before);
    if let Some(to) = now.generation.filter(|to| from.and_then(|b| b.generation) != Some(*to)) {
        let from = from.and_then(|before| before.generation);
        happened.push(Happened::GenerationChanged { from, to, members });
    }
    if let Some(to) = now.epoch.filter(|to| from.and_then(|b| b.epoch) != Some(*to)) {
        let from = from.and_then(|before| before.epoch);
        happened.push(Happened::EpochChanged { from, to, members });
    }
    happened.extend(now.joined.iter().cloned().map(Happened::MemberJoined));
    happened.extend(now.returned.iter().cloned().map(Happened::MemberReturned));
    happened.extend(now.left.iter().cloned().map(Happened::MemberLeft));
    happened.extend(now.moves.iter().cloned().map(Happened::PartitionMoved));
    if now.change == What::Deleted {
        happened.push(Happened::GroupDeleted);
    }
    let time = now.time.to_string();
    let event = |what| GroupEvent { time: time.clone(), group_id: group.clone(), what };
    happened.into_iter().map(event).collect()
}
