//! Topic ids and partitions.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Name;

/// The id of a topic (KIP-516), printed as Kafka prints it: base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(pub [u8; 16]);

impl TopicId {
    /// No id: an older broker gave none.
    pub const ZERO: Self = Self([0; 16]);

    /// Whether there is one.
    pub fn is_known(self) -> bool {
        self != Self::ZERO
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
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
    }

    #[test]
    fn a_partition_reads_as_kafka_prints_it() {
        assert_eq!(TopicPartition::new("orders", 3).to_string(), "orders-3");
    }
}
