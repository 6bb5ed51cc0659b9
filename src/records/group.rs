//! The records of `__consumer_offsets` (`CoordinatorRecordType`): which group one is about, and what
//! it says.

use super::{classic, modern};
use crate::group::history::Fact;
use crate::model::group::GroupType;
use crate::wire::{Malformed, Reader};

/// What one record is to somebody who asks about one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It is about another group, or about none.
    OfOthers,
    /// The group committed an offset, or forgot one.
    Commit,
    /// It says something about the group.
    Fact(Fact),
    /// It is about the group, and of a type or version that is not known here, or not readable.
    Unknown,
}

/// The partition that holds the records of a group (`GroupCoordinatorService.partitionFor`): Java's
/// hash code of the name, without its sign, modulo the number of partitions.
pub fn partition_of(group: &str, partitions: usize) -> Option<i32> {
    let hash = group
        .encode_utf16()
        .fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    // Java has no positive counterpart of the smallest number; Kafka takes 0.
    let positive = hash.checked_abs().unwrap_or(0);
    positive.checked_rem(i32::try_from(partitions).ok()?)
}

/// What a record is to somebody who asks about `group`. Others' records are told by their keys.
pub fn read(group: &str, key: Option<&[u8]>, value: Option<&[u8]>) -> Reading {
    let Some(key) = key else { return Reading::OfOthers };
    // Keys are never flexible.
    let mut key = Reader::new(key, false);
    let (Ok(kind), Ok(of)) = (key.i16(), key.string()) else { return Reading::OfOthers };
    if of != group {
        return Reading::OfOthers;
    }
    if matches!(kind, 0 | 1) {
        return Reading::Commit;
    }
    match fact(kind, &mut key, value) {
        Ok(Some(fact)) => Reading::Fact(fact),
        Ok(None) | Err(_) => Reading::Unknown,
    }
}

/// `None` for an unknown type or version.
fn fact(kind: i16, key: &mut Reader<'_>, value: Option<&[u8]>) -> Result<Option<Fact>, Malformed> {
    if kind == 2 {
        return Ok(match value {
            None => Some(Fact::Classic(None)),
            Some(value) => classic::read(value)?.map(|group| Fact::Classic(Some(group))),
        });
    }
    let group_type = match kind {
        3..=8 | 16 => GroupType::Consumer,
        10..=15 => GroupType::Share,
        17 | 19..=23 => GroupType::Streams,
        _ => return Ok(None),
    };
    modern::read(kind, group_type, key, value)
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
