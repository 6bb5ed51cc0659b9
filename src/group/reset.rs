//! Where a reset leads: the new offset of each partition from what was asked for, what is committed,
//! and where the log is.

use std::collections::BTreeMap;

use crate::model::{Time, TopicPartition};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The first record that is kept.
    Earliest,
    /// Behind the last record.
    Latest,
    /// Where it is.
    Current,
    /// This offset.
    Offset(i64),
    /// The first record at or after a time; each partition's offset was looked up.
    Time,
    /// So many records on from where it is; back when negative.
    ShiftBy(i64),
    /// Offsets given one by one: another group's, or a file's.
    Given(BTreeMap<TopicPartition, i64>),
}

/// What is known of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// What the group has committed.
    pub committed: Option<i64>,
    /// The first offset that is kept.
    pub start: i64,
    /// The offset behind the last record.
    pub end: i64,
    /// The first offset at or after the time asked for; `None` where every record is older.
    pub at_time: Option<i64>,
}

/// Where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewOffset {
    /// The offset.
    pub offset: i64,
    /// What was asked for, where that lies outside of the log and the nearest offset inside was taken.
    pub asked: Option<i64>,
}

/// Why it leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nowhere {
    /// There is no commit to start from.
    NoCommit,
    /// No offset was given for it.
    NotGiven,
}

impl Nowhere {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Nowhere::NoCommit => "the group has no commit there to start from",
            Nowhere::NotGiven => "no offset is given for it",
        }
    }
}

/// The new offset of one partition, within the log.
pub fn new_offset(
    target: &Target,
    partition: &TopicPartition,
    place: Place,
) -> Result<NewOffset, Nowhere> {
    let committed = place.committed.ok_or(Nowhere::NoCommit);
    let asked = match target {
        Target::Earliest => place.start,
        Target::Latest => place.end,
        Target::Current => committed?,
        Target::Offset(offset) => *offset,
        Target::Time => place.at_time.unwrap_or(place.end),
        Target::ShiftBy(records) => committed?.saturating_add(*records),
        Target::Given(offsets) => *offsets.get(partition).ok_or(Nowhere::NotGiven)?,
    };
    // A log may be empty and begin behind its first offset: the end is never before the start.
    let offset = asked.clamp(place.start, place.end.max(place.start));
    Ok(NewOffset { offset, asked: (asked != offset).then_some(asked) })
}

/// The time that a number plainly stands for: seconds or milliseconds since 1970, from 2001 to 2286.
pub fn epoch(number: i64) -> Option<Time> {
    match number {
        1_000_000_000..10_000_000_000 => Some(Time(number * 1000)),
        1_000_000_000_000..10_000_000_000_000 => Some(Time(number)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "reset_tests.rs"]
mod tests;
