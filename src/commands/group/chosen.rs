//! Which topics and partitions a command is about: `--topic orders:0,3-5`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Name, TopicPartition};

/// Topics, each with some or all of its partitions; nothing named is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicChoice(BTreeMap<Name, Option<BTreeSet<i32>>>);

impl TopicChoice {
    /// What was named; `None` is every partition of a topic. What one topic is given twice adds up.
    pub fn new(given: impl IntoIterator<Item = (Name, Option<BTreeSet<i32>>)>) -> Self {
        let mut all: BTreeMap<Name, Option<BTreeSet<i32>>> = BTreeMap::new();
        for (topic, partitions) in given {
            match (all.get_mut(&topic), partitions) {
                (None, partitions) => {
                    all.insert(topic, partitions);
                }
                (Some(Some(known)), Some(more)) => known.extend(more),
                (Some(known), None) => *known = None,
                (Some(None), Some(_)) => {}
            }
        }
        Self(all)
    }

    /// Whether nothing was named.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// The topics named, with the partitions named of each.
    pub fn topics(&self) -> impl Iterator<Item = (&Name, Option<&BTreeSet<i32>>)> {
        self.0.iter().map(|(topic, partitions)| (topic, partitions.as_ref()))
    }

    /// Whether this partition is among them.
    pub fn contains(&self, partition: &TopicPartition) -> bool {
        let all = |of: &Option<BTreeSet<i32>>| {
            of.as_ref().is_none_or(|some| some.contains(&partition.partition))
        };
        self.is_everything() || self.0.get(&partition.topic).is_some_and(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_adds_up() {
        let some = |partitions: &[i32]| Some(partitions.iter().copied().collect::<BTreeSet<_>>());
        let is = |choice: &TopicChoice, topic: &str, partition| {
            choice.contains(&TopicPartition::new(topic, partition))
        };
        assert!(is(&TopicChoice::default(), "a", 0));
        let choice = TopicChoice::new([
            ("a".into(), some(&[0])),
            ("a".into(), some(&[2])),
            ("b".into(), some(&[1])),
            ("b".into(), None),
            ("b".into(), some(&[1])),
        ]);
        assert!(is(&choice, "a", 0) && is(&choice, "a", 2) && !is(&choice, "a", 1));
        assert!(is(&choice, "b", 7) && !is(&choice, "c", 0));
    }
}
