//! Records as Kafka's schemas (`group-coordinator/.../common/message`) lay them out.

use proptest::prelude::*;

use super::*;
use crate::group::history::{About, ClassicMember, Current};
use crate::model::group::Assignment;
use crate::model::{Name, TopicId};

/// Puts bytes together as Kafka does; `flexible` values have compact lengths and tagged fields.
struct Bytes {
    bytes: Vec<u8>,
    flexible: bool,
}

impl Bytes {
    fn new(flexible: bool) -> Self {
        Self { bytes: Vec::new(), flexible }
    }

    fn key(kind: i16, group: &str) -> Self {
        Self::new(false).i16(kind).text(group)
    }

    fn value(version: i16, flexible: bool) -> Self {
        Self::new(flexible).i16(version)
    }

    fn add(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn i8(self, number: i8) -> Self {
        self.add(&number.to_be_bytes())
    }

    fn i16(self, number: i16) -> Self {
        self.add(&number.to_be_bytes())
    }

    fn i32(self, number: i32) -> Self {
        self.add(&number.to_be_bytes())
    }

    fn i64(self, number: i64) -> Self {
        self.add(&number.to_be_bytes())
    }

    fn count(self, count: usize) -> Self {
        if self.flexible {
            self.i8(i8::try_from(count + 1).unwrap())
        } else {
            self.i32(i32::try_from(count).unwrap())
        }
    }

    fn text(self, text: &str) -> Self {
        let sized = if self.flexible {
            self.count(text.len())
        } else {
            self.i16(i16::try_from(text.len()).unwrap())
        };
        sized.add(text.as_bytes())
    }

    fn null(self) -> Self {
        if self.flexible { self.i8(0) } else { self.i16(-1) }
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        self.count(bytes.len()).add(bytes)
    }

    /// Fields that a later version added, or none.
    fn tags(self, tags: &[(i8, &[u8])]) -> Self {
        if !self.flexible {
            return self;
        }
        let start = self.i8(i8::try_from(tags.len()).unwrap());
        tags.iter().fold(start, |all, (tag, bytes)| {
            all.i8(*tag).i8(i8::try_from(bytes.len()).unwrap()).add(bytes)
        })
    }

    fn read(&self, key: &Self) -> Reading {
        read("g", Some(&key.bytes), Some(&self.bytes))
    }
}

const TOPIC: TopicId = TopicId([7; 16]);

fn held(partitions: &[i32]) -> Assignment {
    let topic = Name::from(TOPIC.to_string());
    partitions.iter().map(|partition| (topic.clone(), *partition)).collect()
}

/// One topic with these partitions, and a field of a later version.
fn topics(bytes: Bytes, partitions: &[i32]) -> Bytes {
    let bytes = bytes.count(1).add(&TOPIC.0).count(partitions.len());
    let bytes = partitions.iter().fold(bytes, |bytes, partition| bytes.i32(*partition));
    bytes.tags(&[(0, &[2, 0, 0, 0, 9])])
}

fn classic(version: i16) -> Bytes {
    let bytes = Bytes::value(version, version >= 4).text("consumer").i32(5).text("range").text("m");
    let bytes = if version >= 2 { bytes.i64(1_000) } else { bytes };
    let bytes = bytes.count(1).text("m");
    let bytes = if version >= 3 { bytes.text("seat") } else { bytes };
    let bytes = bytes.text("client").text("/127.0.0.1");
    let bytes = if version >= 1 { bytes.i32(300_000) } else { bytes };
    let assignment = Bytes::new(false).i16(1).count(1).text("orders").count(2).i32(0).i32(3);
    let assignment = assignment.i32(-1);
    let subscription = Bytes::new(false).i16(0).count(1).text("orders").i32(-1);
    bytes.i32(45_000).bytes(&subscription.bytes).bytes(&assignment.bytes).tags(&[]).tags(&[])
}

#[test]
fn every_version_of_a_classic_group() {
    let key = Bytes::key(2, "g");
    for version in 0..=4 {
        let Reading::Fact(Fact::Classic(Some(group))) = classic(version).read(&key) else {
            panic!("version {version} is not read");
        };
        assert_eq!((&*group.protocol_type, group.generation), ("consumer", 5));
        assert_eq!(group.protocol.as_deref(), Some("range"));
        assert_eq!(group.leader.as_deref(), Some("m"));
        assert_eq!(group.state_since, (version >= 2).then_some(1_000));
        let about = About {
            client_id: "client".into(),
            host: "127.0.0.1".into(),
            instance_id: (version >= 3).then(|| "seat".into()),
            assignor: None,
            subscription: vec!["orders".into()],
            pattern: None,
        };
        let assignment: Assignment =
            [("orders".into(), 0), ("orders".into(), 3)].into_iter().collect();
        let member = ClassicMember { member_id: "m".into(), about, assignment: Some(assignment) };
        assert_eq!(group.members, [member], "version {version}");
    }
    assert_eq!(classic(5).read(&key), Reading::Unknown);
    assert_eq!(read("g", Some(&key.bytes), None), Reading::Fact(Fact::Classic(None)));
    assert_eq!(classic(3).read(&Bytes::key(2, "another")), Reading::OfOthers);
}

#[test]
fn consumer_groups() {
    let member_key = |kind| Bytes::key(kind, "g").text("m");
    let epoch = Bytes::value(0, true).i32(4).tags(&[(0, &[0; 8])]);
    let fact = Fact::Epoch { group_type: GroupType::Consumer, epoch: Some(4) };
    assert_eq!(epoch.read(&Bytes::key(3, "g")), Reading::Fact(fact));
    let member = Bytes::value(0, true).null().text("rack").text("client").text("/10.0.0.1");
    let member = member
        .count(2)
        .text("orders")
        .text("billing")
        .text("o.*")
        .i32(300_000)
        .text("uniform")
        .tags(&[]);
    let about = About {
        client_id: "client".into(),
        host: "10.0.0.1".into(),
        instance_id: None,
        assignor: Some("uniform".into()),
        subscription: vec!["billing".into(), "orders".into()],
        pattern: Some("o.*".into()),
    };
    let fact = Fact::Member { member_id: "m".into(), about: Some(about) };
    assert_eq!(member.read(&member_key(5)), Reading::Fact(fact));
    let target_epoch = Bytes::value(0, true).i32(4).tags(&[]);
    assert_eq!(target_epoch.read(&Bytes::key(6, "g")), Reading::Fact(Fact::TargetEpoch(Some(4))));
    let target = topics(Bytes::value(0, true), &[1, 0]).tags(&[]);
    let fact = Fact::Target { member_id: "m".into(), partitions: Some(held(&[0, 1])) };
    assert_eq!(target.read(&member_key(7)), Reading::Fact(fact));
    let current = topics(Bytes::value(0, true).i32(4).i32(3).i8(1), &[0]);
    let current = topics(current, &[1]).tags(&[]);
    let expected = Current {
        epoch: 4,
        previous_epoch: 3,
        state: 1,
        assigned: held(&[0]),
        pending_revocation: held(&[1]),
    };
    let fact = Fact::Current { member_id: "m".into(), current: Some(expected) };
    assert_eq!(current.read(&member_key(8)), Reading::Fact(fact));
    for (kind, fact) in [
        (5, Fact::Member { member_id: "m".into(), about: None }),
        (7, Fact::Target { member_id: "m".into(), partitions: None }),
        (8, Fact::Current { member_id: "m".into(), current: None }),
        (16, Fact::Other),
    ] {
        assert_eq!(read("g", Some(&member_key(kind).bytes), None), Reading::Fact(fact));
    }
}

#[test]
fn share_and_streams_groups() {
    let member_key = |kind| Bytes::key(kind, "g").text("m");
    let about = |instance_id: Option<Name>| About {
        client_id: "client".into(),
        host: "10.0.0.1".into(),
        instance_id,
        assignor: None,
        subscription: Vec::new(),
        pattern: None,
    };
    let share = Bytes::value(0, true).null().text("client").text("/10.0.0.1").count(1);
    let share = share.text("orders").tags(&[]);
    let subscribed = About { subscription: vec!["orders".into()], ..about(None) };
    let fact = Fact::Member { member_id: "m".into(), about: Some(subscribed) };
    assert_eq!(share.read(&member_key(10)), Reading::Fact(fact));
    let epoch = Bytes::value(0, true).i32(2).i64(0).tags(&[]);
    let fact = Fact::Epoch { group_type: GroupType::Share, epoch: Some(2) };
    assert_eq!(epoch.read(&Bytes::key(11, "g")), Reading::Fact(fact));
    let streams = Bytes::value(0, true).text("seat").null().text("client").text("/10.0.0.1");
    let streams = streams.i32(300_000).i32(0).text("process").i8(0).count(0).tags(&[]);
    let fact = Fact::Member { member_id: "m".into(), about: Some(about(Some("seat".into()))) };
    assert_eq!(streams.read(&member_key(19)), Reading::Fact(fact));
    let tasks = |bytes: Bytes, partitions: &[i32]| {
        let bytes = bytes.count(1).text("0").count(partitions.len());
        partitions.iter().fold(bytes, |bytes, partition| bytes.i32(*partition)).tags(&[])
    };
    let target = tasks(tasks(tasks(Bytes::value(0, true), &[0, 1]), &[2]), &[3]).tags(&[]);
    let active: Assignment = [("0".into(), 0), ("0".into(), 1)].into_iter().collect();
    let fact = Fact::Target { member_id: "m".into(), partitions: Some(active) };
    assert_eq!(target.read(&member_key(21)), Reading::Fact(fact));
}

#[test]
fn what_is_not_known_is_told_from_what_is_others() {
    let member_key = Bytes::key(5, "g").text("m");
    let later = Bytes::value(1, true).tags(&[]);
    assert_eq!(later.read(&member_key), Reading::Unknown);
    for unassigned in [9, 18, 24, 99, -1] {
        assert_eq!(later.read(&Bytes::key(unassigned, "g")), Reading::Unknown, "{unassigned}");
    }
    assert_eq!(later.read(&Bytes::key(24, "another")), Reading::OfOthers);
    for commit in [0, 1] {
        let key = Bytes::key(commit, "g").text("orders").i32(0);
        assert_eq!(later.read(&key), Reading::Commit);
        assert_eq!(read("g", Some(&key.bytes), None), Reading::Commit);
    }
    assert_eq!(read("g", None, None), Reading::OfOthers);
    assert_eq!(Bytes::value(0, true).read(&member_key), Reading::Unknown, "it ends too early");
}

#[test]
fn the_partition_is_that_of_javas_hash() {
    // `Math.abs("…".hashCode()) % 50` in Java.
    for (group, partition) in [("", 0), ("a", 47), ("console-consumer-12345", 6), ("größe", 7)] {
        assert_eq!(partition_of(group, 50), Some(partition), "{group}");
    }
    // `"polygenelubricants".hashCode()` is the smallest number there is.
    assert_eq!(partition_of("polygenelubricants", 50), Some(0));
    assert_eq!(partition_of("a", 0), None);
}

proptest! {
    #[test]
    fn any_value_ends(kind in -1_i16..26, version in -1_i16..6, bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let key = Bytes::key(kind, "g").text("m");
        Bytes::value(version, true).add(&bytes).read(&key);
        read("g", Some(&bytes), Some(&bytes));
    }

    #[test]
    fn a_changed_byte_ends(version in 0_i16..5, at in 0_usize..200, byte: u8) {
        let mut value = classic(version);
        let at = at % value.bytes.len();
        value.bytes[at] = byte;
        value.read(&Bytes::key(2, "g"));
    }
}
