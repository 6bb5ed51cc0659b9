//! Topic ids and partitions.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Name;

/// The brokers' own topics (`Topic.INTERNAL_TOPICS` of Kafka, and the log of metadata).
pub const INTERNAL_TOPICS: [&str; 4] =
    ["__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"];

/// The id of a topic (KIP-516), printed as Kafka prints it: base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(pub [u8; 16]);

impl TopicId {
    /// No id: an older broker gave none.
    pub const ZERO: Self = Self([0; 16]);

    /// The id of these bytes; `None` where they say that there is none.
    pub fn of(bytes: [u8; 16]) -> Option<Self> {
        Some(Self(bytes)).filter(|id| id.is_known())
    }

    /// Whether there is one.
    pub fn is_known(self) -> bool {
        self != Self::ZERO
    }
}

/// The id of a log folder (KIP-858), of the same form: it is in the `meta.properties` there.
pub type DirectoryId = TopicId;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A text is no id of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoTopicId;

impl FromStr for TopicId {
    type Err = NoTopicId;

    /// What [`TopicId`] prints.
    fn from_str(text: &str) -> Result<Self, NoTopicId> {
        // 22 digits of 6 bits: the last 4 bits say nothing.
        if text.len() != 22 {
            return Err(NoTopicId);
        }
        let mut bits: u128 = 0;
        let mut rest = 0;
        for (at, digit) in text.bytes().enumerate() {
            let value = ALPHABET.iter().position(|known| *known == digit).ok_or(NoTopicId)?;
            let value = u128::try_from(value).map_err(|_| NoTopicId)?;
            if at < 21 {
                bits = bits << 6 | value;
            } else {
                bits = bits << 2 | value >> 4;
                rest = value & 0xf;
            }
        }
        if rest == 0 { Ok(Self(bits.to_be_bytes())) } else { Err(NoTopicId) }
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(24);
        for three in self.0.chunks(3) {
            let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for digit in 0..=three.len() {
                let at = bits >> (18 - 6 * digit) & 63;
                text.push(char::from(ALPHABET[at as usize]));
            }
        }
        f.pad(&text)
    }
}

impl Serialize for TopicId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A partition of a topic; `orders-3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Name,
    /// Its partition, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// The partition of that topic.
    pub fn new(topic: impl Into<Name>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.topic, self.partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_kafka_prints_it() {
        // `new Uuid(1, 2).toString()` and `Uuid.METADATA_TOPIC_ID` of Kafka.
        let id = |high: u64, low: u64| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&high.to_be_bytes());
            bytes[8..].copy_from_slice(&low.to_be_bytes());
            TopicId(bytes)
        };
        assert_eq!(id(0, 1).to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(id(1, 2).to_string(), "AAAAAAAAAAEAAAAAAAAAAg");
        assert_eq!(id(u64::MAX, u64::MAX).to_string(), "_____________________w");
        assert!(!TopicId::ZERO.is_known());
        for id in [id(0, 1), id(1, 2), id(u64::MAX, u64::MAX), id(7 << 40, 9 << 50)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for bad in ["", "orders", "AAAAAAAAAAAAAAAAAAAAAR", "AAAAAAAAAAAAAAAAAAAA!Q"] {
            assert_eq!(bad.parse::<TopicId>(), Err(NoTopicId), "{bad}");
        }
    }

    #[test]
    fn a_partition_reads_as_kafka_prints_it() {
        assert_eq!(TopicPartition::new("orders", 3).to_string(), "orders-3");
    }
}
