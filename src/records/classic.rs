//! `GroupMetadataValue`, versions 0 to 4: a classic group as a whole.

use crate::group::consumer_protocol;
use crate::group::history::{About, ClassicGroup, ClassicMember};
use crate::model::Name;
use crate::wire::{Malformed, Reader};

/// Since this version the fields are flexible (KIP-915 reserves it; written by nobody so far).
const FLEXIBLE: i16 = 4;

/// The group that a value describes; `None` for an unknown version.
pub fn read(value: &[u8]) -> Result<Option<ClassicGroup>, Malformed> {
    let version = Reader::new(value, false).i16()?;
    if !(0..=FLEXIBLE).contains(&version) {
        return Ok(None);
    }
    let mut reader = Reader::new(&value[2..], version >= FLEXIBLE);
    let protocol_type = Name::from(reader.string()?);
    let generation = reader.i32()?;
    let protocol = reader.nullable_string()?.map(Name::from);
    let leader = reader.nullable_string()?.map(Name::from);
    let since = if version >= 2 { reader.i64()? } else { -1 };
    let consumers = &*protocol_type == "consumer";
    let members = reader.items(16, |reader| member(reader, version, consumers))?;
    reader.tags()?;
    let state_since = Some(since).filter(|since| *since >= 0);
    Ok(Some(ClassicGroup { protocol_type, generation, protocol, leader, state_since, members }))
}

fn member(
    reader: &mut Reader<'_>,
    version: i16,
    consumers: bool,
) -> Result<ClassicMember, Malformed> {
    let member_id = Name::from(reader.string()?);
    let instance_id = if version >= 3 { reader.nullable_string()?.map(Name::from) } else { None };
    let client_id = Name::from(reader.string()?);
    let host = host(reader.string()?);
    if version >= 1 {
        reader.i32()?;
    }
    reader.i32()?;
    let subscription = reader.nullable_bytes()?.unwrap_or_default();
    let assignment = reader.nullable_bytes()?.unwrap_or_default();
    reader.tags()?;
    let assignment = consumers.then(|| consumer_protocol::assignment(assignment).ok()).flatten();
    let subscription =
        if consumers { consumer_protocol::subscription(subscription).ok() } else { None };
    let mut subscription = subscription.map(|read| read.topics).unwrap_or_default();
    subscription.sort();
    let about = About { client_id, host, instance_id, assignor: None, subscription, pattern: None };
    Ok(ClassicMember { member_id, about, assignment })
}

/// Java prints an address with a slash in front.
pub fn host(text: &str) -> Name {
    Name::from(text.strip_prefix('/').unwrap_or(text))
}
