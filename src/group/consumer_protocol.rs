//! What members of classic consumer groups tell each other through the coordinator
//! (`ConsumerProtocolSubscription`, `ConsumerProtocolAssignment`): a version, then fields that later
//! versions only add to, so that a newer version is read as the newest known one.

use crate::model::Name;
use crate::model::group::Assignment;

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
    let mut rest = Rest(bytes);
    let version = rest.i16()?;
    for _ in 0..rest.count(2)? {
        subscription.topics.push(rest.text()?.ok_or(NotConsumerProtocol)?.into());
    }
    rest.skip_bytes()?;
    if version >= 1 {
        subscription.owned = rest.partitions()?;
    }
    if version >= 2 {
        subscription.generation = Some(rest.i32()?).filter(|generation| *generation >= 0);
    }
    if version >= 3 {
        subscription.rack_id = rest.text()?.map(Name::from);
    }
    Ok(subscription)
}

/// Reads what the leader assigned to a member; empty bytes are an empty assignment.
pub fn assignment(bytes: &[u8]) -> Result<Assignment, NotConsumerProtocol> {
    if bytes.is_empty() {
        return Ok(Assignment::default());
    }
    let mut rest = Rest(bytes);
    rest.i16()?;
    rest.partitions()
}

/// The bytes not yet read. Nothing is allocated by what they declare.
struct Rest<'a>(&'a [u8]);

type Read<T> = Result<T, NotConsumerProtocol>;

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NotConsumerProtocol)?;
        self.0 = rest;
        Ok(taken)
    }

    fn i16(&mut self) -> Read<i16> {
        let bytes = self.take(2)?;
        Ok(i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> Read<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn count(&mut self, smallest: usize) -> Read<usize> {
        let count = usize::try_from(self.i32()?).map_err(|_| NotConsumerProtocol)?;
        if count > self.0.len() / smallest { Err(NotConsumerProtocol) } else { Ok(count) }
    }

    fn text(&mut self) -> Read<Option<&'a str>> {
        let length = self.i16()?;
        if length == -1 {
            return Ok(None);
        }
        let bytes = self.take(usize::try_from(length).map_err(|_| NotConsumerProtocol)?)?;
        str::from_utf8(bytes).map(Some).map_err(|_| NotConsumerProtocol)
    }

    fn skip_bytes(&mut self) -> Read<()> {
        match self.i32()? {
            -1 => Ok(()),
            length => {
                self.take(usize::try_from(length).map_err(|_| NotConsumerProtocol)?).map(drop)
            }
        }
    }

    fn partitions(&mut self) -> Read<Assignment> {
        let mut all = Assignment::default();
        for _ in 0..self.count(6)? {
            let topic = Name::from(self.text()?.ok_or(NotConsumerProtocol)?);
            for _ in 0..self.count(4)? {
                all.insert(topic.clone(), self.i32()?);
            }
        }
        Ok(all)
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
