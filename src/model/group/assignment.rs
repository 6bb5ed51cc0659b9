//! Sets of partitions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::{Name, TopicPartition};

/// A set of partitions, by topic. No topic is empty. Where nobody can tell what is in it, it is
/// [unknown](Assignment::unknown): without partitions, and absent in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assignment {
    topics: BTreeMap<Name, BTreeSet<i32>>,
    unknown: bool,
}

/// Partitions of one topic, as in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicPartitions {
    /// The topic.
    pub topic: Name,
    /// Its partitions, sorted.
    pub partitions: Vec<i32>,
}

impl Assignment {
    /// What nobody tells: a classic group's while it rebalances, and what is held in words that only its
    /// holders read, connectors and tasks, or anything else.
    pub fn unknown() -> Self {
        Self { topics: BTreeMap::new(), unknown: true }
    }

    /// Whether nobody can tell what is in it.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// Adds a partition; whether it was not there. What was unknown is known then.
    pub fn insert(&mut self, topic: Name, partition: i32) -> bool {
        self.unknown = false;
        self.topics.entry(topic).or_default().insert(partition)
    }

    /// Takes a partition out; whether it was there.
    pub fn remove(&mut self, topic: &Name, partition: i32) -> bool {
        let Some(partitions) = self.topics.get_mut(topic) else { return false };
        let was = partitions.remove(&partition);
        if partitions.is_empty() {
            self.topics.remove(topic);
        }
        was
    }

    /// Whether the partition is in it.
    pub fn contains(&self, topic: &Name, partition: i32) -> bool {
        self.topics.get(topic).is_some_and(|partitions| partitions.contains(&partition))
    }

    /// The number of partitions.
    pub fn len(&self) -> usize {
        self.topics.values().map(BTreeSet::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// The topics, sorted, with their partitions.
    pub fn topics(&self) -> impl Iterator<Item = (&Name, &BTreeSet<i32>)> {
        self.topics.iter()
    }

    /// The partitions, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, i32)> {
        self.topics
            .iter()
            .flat_map(|(topic, all)| all.iter().map(move |partition| (topic, *partition)))
    }

    /// The same as far as it is told in `now`: unknown where that is unknown, without partitions where
    /// only this is.
    #[must_use]
    pub fn told_as(self, now: &Self) -> Self {
        match (self.unknown, now.unknown) {
            (_, true) => Self::unknown(),
            (true, false) => Self::default(),
            (false, false) => self,
        }
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.iter()
            .filter(|(topic, partition)| !other.contains(topic, *partition))
            .map(|(topic, partition)| (topic.clone(), partition))
            .collect()
    }

    /// `orders 0-3,7; payments 1`.
    pub fn summary(&self) -> String {
        let topics =
            self.topics().map(|(topic, partitions)| format!("{topic} {}", ranges(partitions)));
        topics.collect::<Vec<_>>().join("; ")
    }
}

/// `0-3,7`.
pub fn ranges(numbers: &BTreeSet<i32>) -> String {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let run = |(first, last): &(i32, i32)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(",")
}

impl FromIterator<(Name, i32)> for Assignment {
    fn from_iter<I: IntoIterator<Item = (Name, i32)>>(partitions: I) -> Self {
        let mut assignment = Self::default();
        for (topic, partition) in partitions {
            assignment.insert(topic, partition);
        }
        assignment
    }
}

impl FromIterator<TopicPartition> for Assignment {
    fn from_iter<I: IntoIterator<Item = TopicPartition>>(partitions: I) -> Self {
        partitions.into_iter().map(|p| (p.topic, p.partition)).collect()
    }
}

impl Serialize for Assignment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.topics.iter().map(|(topic, partitions)| TopicPartitions {
            topic: topic.clone(),
            partitions: partitions.iter().copied().collect(),
        }))
    }
}

impl<'de> Deserialize<'de> for Assignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let topics = Vec::<TopicPartitions>::deserialize(deserializer)?;
        let partitions = topics.into_iter().flat_map(|of| {
            of.partitions.into_iter().map(move |partition| (of.topic.clone(), partition))
        });
        Ok(partitions.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignment(partitions: &[(&str, i32)]) -> Assignment {
        partitions.iter().map(|(topic, partition)| (Name::from(*topic), *partition)).collect()
    }

    #[test]
    fn sets_of_partitions() {
        let mut some = assignment(&[("b", 1), ("a", 0), ("a", 3), ("a", 1), ("a", 2), ("a", 7)]);
        assert_eq!((some.len(), some.summary().as_str()), (6, "a 0-3,7; b 1"));
        assert_eq!(some.without(&assignment(&[("a", 1), ("b", 1)])).summary(), "a 0,2,3,7");
        assert!(some.remove(&"b".into(), 1) && !some.remove(&"b".into(), 1));
        assert_eq!(some.topics().count(), 1);
    }

    #[test]
    fn json_and_back() {
        let some = assignment(&[("a", 1), ("a", 0), ("b", 2)]);
        let json = serde_json::to_string(&some).unwrap();
        assert_eq!(json, r#"[{"topic":"a","partitions":[0,1]},{"topic":"b","partitions":[2]}]"#);
        assert_eq!(serde_json::from_str::<Assignment>(&json).unwrap(), some);
    }
}
