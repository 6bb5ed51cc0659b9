//! The records of consumer (KIP-848), share (KIP-932) and streams groups (KIP-1071), all of version 0
//! and flexible; what later brokers add comes in tagged fields.

use super::classic::host;
use crate::group::history::{About, Current, Fact};
use crate::model::group::{Assignment, GroupType};
use crate::model::{Name, TopicId};
use crate::wire::{Malformed, Reader};

type Read<T> = Result<T, Malformed>;

/// What a record of this type says; the group has been read from the key. `None` for an unknown
/// version.
pub fn read(
    kind: i16,
    group_type: GroupType,
    key: &mut Reader<'_>,
    value: Option<&[u8]>,
) -> Read<Option<Fact>> {
    // A tombstone has no version.
    let mut reader = match value {
        None => None,
        Some(value) if Reader::new(value, true).i16()? != 0 => return Ok(None),
        Some(value) => Some(Reader::new(&value[2..], true)),
    };
    let mut read = Fields { group_type, key, value: reader.as_mut() };
    let fact = match kind {
        3 | 11 | 17 => {
            let epoch = read.value(Reader::i32)?;
            Fact::Epoch { group_type: read.group_type, epoch }
        }
        5 | 10 | 19 => {
            let (member_id, group_type) = (read.member()?, read.group_type.clone());
            Fact::Member { member_id, about: read.value(|reader| about(reader, &group_type))? }
        }
        6 | 12 | 20 => Fact::TargetEpoch(read.value(Reader::i32)?),
        7 | 13 | 21 => {
            let (member_id, read_part) = (read.member()?, read.part());
            Fact::Target { member_id, partitions: read.value(|reader| list(reader, read_part))? }
        }
        8 | 14 | 22 => {
            let (member_id, group_type) = (read.member()?, read.group_type.clone());
            let part = read.part();
            let current = read.value(|reader| current(reader, &group_type, part))?;
            Fact::Current { member_id, current }
        }
        _ => Fact::Other,
    };
    Ok(Some(fact))
}

struct Fields<'r, 'k, 'v> {
    group_type: GroupType,
    key: &'r mut Reader<'k>,
    value: Option<&'r mut Reader<'v>>,
}

/// Reads partitions of one topic, or tasks of one subtopology.
type Part = fn(&mut Reader<'_>, &mut Assignment) -> Read<()>;

impl<'v> Fields<'_, '_, 'v> {
    fn member(&mut self) -> Read<Name> {
        self.key.string().map(Name::from)
    }

    /// `None` for a tombstone.
    fn value<T>(&mut self, read: impl FnOnce(&mut Reader<'v>) -> Read<T>) -> Read<Option<T>> {
        self.value.as_mut().map(|reader| read(reader)).transpose()
    }

    fn part(&self) -> Part {
        if self.group_type == GroupType::Streams { tasks } else { partitions }
    }
}

fn name(reader: &mut Reader<'_>) -> Read<Option<Name>> {
    Ok(reader.nullable_string()?.map(Name::from))
}

fn about(reader: &mut Reader<'_>, group_type: &GroupType) -> Read<About> {
    let instance_id = if *group_type == GroupType::Share { None } else { name(reader)? };
    // The rack.
    name(reader)?;
    let client_id = Name::from(reader.string()?);
    let host = host(reader.string()?);
    let (mut subscription, mut pattern, mut assignor) = (Vec::new(), None, None);
    if *group_type != GroupType::Streams {
        subscription = reader.items(1, |reader| reader.string().map(Name::from))?;
        subscription.sort();
    }
    if *group_type == GroupType::Consumer {
        pattern = name(reader)?;
        // The timeout of a rebalance.
        reader.i32()?;
        assignor = name(reader)?;
    }
    Ok(About { client_id, host, instance_id, assignor, subscription, pattern })
}

fn list(reader: &mut Reader<'_>, part: Part) -> Read<Assignment> {
    let mut all = Assignment::default();
    reader.skip_items(3, |reader| part(reader, &mut all))?;
    Ok(all)
}

fn partitions(reader: &mut Reader<'_>, all: &mut Assignment) -> Read<()> {
    let topic = Name::from(TopicId(reader.uuid()?).to_string());
    numbers(reader, &topic, all)
}

fn tasks(reader: &mut Reader<'_>, all: &mut Assignment) -> Read<()> {
    let subtopology = Name::from(reader.string()?);
    numbers(reader, &subtopology, all)
}

fn numbers(reader: &mut Reader<'_>, topic: &Name, all: &mut Assignment) -> Read<()> {
    reader.skip_items(4, |reader| {
        all.insert(topic.clone(), reader.i32()?);
        Ok(())
    })?;
    reader.tags()
}

fn current(reader: &mut Reader<'_>, group_type: &GroupType, part: Part) -> Read<Current> {
    let epoch = reader.i32()?;
    let previous_epoch = reader.i32()?;
    let state = reader.i8()?;
    let assigned = list(reader, part)?;
    let pending_revocation = match group_type {
        GroupType::Consumer => list(reader, part)?,
        GroupType::Streams => {
            // Standby and warm-up tasks.
            list(reader, part)?;
            list(reader, part)?;
            list(reader, part)?
        }
        _ => Assignment::default(),
    };
    Ok(Current { epoch, previous_epoch, state, assigned, pending_revocation })
}
