//! What members of classic consumer groups tell each other through the coordinator
//! (`ConsumerProtocolSubscription`, `ConsumerProtocolAssignment`): a version, then fields that later
//! versions only add to, so that a newer version is read as the newest known one.

use crate::model::Name;
use crate::model::group::Assignment;
use crate::wire::{Malformed, Reader};

/// What a member wants and has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    /// The topics that it wants.
    pub topics: Vec<Name>,
    /// What it held when it joined (version 1, cooperative assignors).
    pub owned: Assignment,
    /// The generation of `owned` (version 2); -1 for none.
    pub generation: Option<i32>,
    /// `client.rack` (version 3).
    pub rack_id: Option<Name>,
}

/// The bytes are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotConsumerProtocol;

/// Reads a member's metadata; empty bytes are an empty subscription.
pub fn subscription(bytes: &[u8]) -> Result<Subscription, NotConsumerProtocol> {
    let mut subscription = Subscription::default();
    if bytes.is_empty() {
        return Ok(subscription);
    }
    let mut rest = Reader::new(bytes, false);
    let version = rest.i16()?;
    subscription.topics = rest.items(2, |rest| rest.string().map(Name::from))?;
    rest.nullable_bytes()?;
    if version >= 1 {
        subscription.owned = partitions(&mut rest)?;
    }
    if version >= 2 {
        subscription.generation = Some(rest.i32()?).filter(|generation| *generation >= 0);
    }
    if version >= 3 {
        let rack = rest.nullable_string()?.filter(|rack| !rack.is_empty());
        subscription.rack_id = rack.map(Name::from);
    }
    Ok(subscription)
}

/// Reads what the leader assigned to a member; empty bytes are an empty assignment.
pub fn assignment(bytes: &[u8]) -> Result<Assignment, NotConsumerProtocol> {
    if bytes.is_empty() {
        return Ok(Assignment::default());
    }
    let mut rest = Reader::new(bytes, false);
    rest.i16()?;
    partitions(&mut rest)
}

fn partitions(rest: &mut Reader<'_>) -> Result<Assignment, NotConsumerProtocol> {
    let mut all = Assignment::default();
    rest.skip_items(6, |rest| {
        let topic = Name::from(rest.string()?);
        rest.skip_items(4, |rest| {
            all.insert(topic.clone(), rest.i32()?);
            Ok(())
        })
    })?;
    Ok(all)
}

impl From<Malformed> for NotConsumerProtocol {
    fn from(_: Malformed) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version, then `topics` and no user data.
    fn start(version: i16, topics: &[&str]) -> Vec<u8> {
        let mut bytes = version.to_be_bytes().to_vec();
        bytes.extend(i32::try_from(topics.len()).unwrap().to_be_bytes());
        for topic in topics {
            bytes.extend(text(topic));
        }
        bytes.extend((-1i32).to_be_bytes());
        bytes
    }

    fn text(text: &str) -> Vec<u8> {
        let mut bytes = i16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes
    }

    /// One topic with these partitions.
    fn owned(topic: &str, partitions: &[i32]) -> Vec<u8> {
        let mut bytes = 1i32.to_be_bytes().to_vec();
        bytes.extend(text(topic));
        bytes.extend(i32::try_from(partitions.len()).unwrap().to_be_bytes());
        bytes.extend(partitions.iter().flat_map(|partition| partition.to_be_bytes()));
        bytes
    }

    #[test]
    fn every_version_is_read() {
        let read = subscription(&start(0, &["b", "a"])).unwrap();
        assert_eq!(read.topics, ["b".into(), "a".into()]);
        assert_eq!(read.generation, None);
        let mut third = start(3, &["a"]);
        third.extend(owned("a", &[1, 0]));
        third.extend(7i32.to_be_bytes());
        third.extend(text("rack"));
        let read = subscription(&third).unwrap();
        assert_eq!(read.owned.summary(), "a 0,1");
        assert_eq!((read.generation, read.rack_id), (Some(7), Some("rack".into())));
    }

    #[test]
    fn a_newer_version_is_read_as_the_newest_known() {
        let mut newer = start(9, &["a"]);
        newer.extend(owned("a", &[0]));
        newer.extend((-1i32).to_be_bytes());
        newer.extend((-1i16).to_be_bytes());
        newer.extend([1, 2, 3]);
        let read = subscription(&newer).unwrap();
        assert_eq!((read.generation, read.rack_id), (None, None));
        let mut bytes = 9i16.to_be_bytes().to_vec();
        bytes.extend(owned("a", &[5]));
        assert_eq!(assignment(&bytes).unwrap().summary(), "a 5");
    }

    #[test]
    fn other_bytes_are_refused_and_none_are_nothing() {
        assert_eq!(subscription(&[]), Ok(Subscription::default()));
        assert_eq!(assignment(&[]), Ok(Assignment::default()));
        for bytes in [&[0][..], &[0, 0, 0x7f, 0xff, 0xff, 0xff], &[0, 0, 0xff, 0, 0, 0], b"connect"]
        {
            assert_eq!(subscription(bytes), Err(NotConsumerProtocol));
            assert_eq!(assignment(bytes), Err(NotConsumerProtocol));
        }
    }
}
