//! What kward has put on to slow moves down, so that exactly that goes again, by whichever run finds them
//! over: Kafka itself keeps no word of who has set a value, or of what it was before.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The `kind` of the file.
pub const KIND: &str = "ThrottleRecord";

/// What was put on and not taken off yet, in one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Rates of brokers.
    pub rates: Vec<Rate>,
    /// Words in the lists of topics.
    pub replicas: Vec<Words>,
}

/// A rate of a broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// The broker.
    pub broker: i32,
    /// `leader.replication.throttled.rate`, …
    pub key: String,
    /// The values that kward has set, in bytes a second.
    pub put: BTreeSet<String>,
    /// What the broker had before; absent: nothing of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Words in a list of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Words {
    /// The topic.
    pub topic: String,
    /// `leader.replication.throttled.replicas`, …
    pub key: String,
    /// `PARTITION:BROKER`.
    pub words: BTreeSet<String>,
}

impl Record {
    /// Whether nothing is to be taken off.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() && self.replicas.is_empty()
    }

    /// A rate that is about to be set. What kward itself has set is not what was there before.
    pub fn add_rate(&mut self, broker: i32, key: &str, put: String, before: Option<String>) {
        let known = self.rates.iter_mut().find(|rate| rate.broker == broker && rate.key == key);
        if let Some(rate) = known {
            rate.put.insert(put);
        } else {
            let put = BTreeSet::from([put]);
            self.rates.push(Rate { broker, key: key.to_owned(), put, before });
        }
    }

    /// Words that are about to be added to a list.
    pub fn add_words(&mut self, topic: &str, key: &str, words: BTreeSet<String>) {
        let known = self.replicas.iter_mut().find(|one| one.topic == topic && one.key == key);
        match known {
            Some(one) => one.words.extend(words),
            None if words.is_empty() => {}
            None => {
                self.replicas.push(Words { topic: topic.to_owned(), key: key.to_owned(), words });
            }
        }
    }

    /// The words of partitions that do not move any more.
    pub fn over(&self, moves: impl Fn(&str, i32) -> bool) -> Vec<Words> {
        let over = |one: &Words| {
            let still = |word: &String| partition_of(word).is_some_and(|p| moves(&one.topic, p));
            let words: BTreeSet<String> =
                one.words.iter().filter(|word| !still(word)).cloned().collect();
            (!words.is_empty()).then(|| Words { words, ..one.clone() })
        };
        self.replicas.iter().filter_map(over).collect()
    }

    /// Whether a list names the partition by a word that kward has not put there. `*` is what a person has
    /// throttled for good, and belongs to no move.
    pub fn is_named_by_others(&self, topic: &str, key: &str, list: &str, partition: i32) -> bool {
        let ours = |word: &String| {
            let mut of_list =
                self.replicas.iter().filter(|one| one.topic == topic && one.key == key);
            of_list.any(|one| one.words.contains(word))
        };
        words(list).iter().any(|word| partition_of(word) == Some(partition) && !ours(word))
    }

    /// Whether kward has set this rate.
    pub fn has_rate(&self, broker: i32, key: &str) -> bool {
        self.rates.iter().any(|rate| rate.broker == broker && rate.key == key)
    }

    /// Whether anything of this key is to be taken off: a broker's rate, or words in the list of a topic.
    pub fn has(&self, broker: Option<i32>, topic: &str, key: &str) -> bool {
        match broker {
            Some(id) => self.has_rate(id, key),
            None => self.replicas.iter().any(|one| one.topic == topic && one.key == key),
        }
    }

    /// The brokers of which replicas are named.
    pub fn brokers(&self) -> BTreeSet<i32> {
        let words = self.replicas.iter().flat_map(|one| &one.words);
        words.filter_map(|word| word.split_once(':')?.1.parse().ok()).collect()
    }

    /// The rates of other brokers than these.
    pub fn rates_besides(&self, needed: &BTreeSet<i32>) -> Vec<Rate> {
        self.rates.iter().filter(|rate| !needed.contains(&rate.broker)).cloned().collect()
    }

    /// These words are off.
    pub fn drop_words(&mut self, off: &Words) {
        for one in &mut self.replicas {
            if one.topic == off.topic && one.key == off.key {
                one.words.retain(|word| !off.words.contains(word));
            }
        }
        self.replicas.retain(|one| !one.words.is_empty());
    }

    /// This rate is off.
    pub fn drop_rate(&mut self, off: &Rate) {
        self.rates.retain(|rate| rate.broker != off.broker || rate.key != off.key);
    }
}

impl Rate {
    /// Whether `now`, which the broker has, is still what kward has set. A broker may tell for a moment yet
    /// what it had before; a value that is neither is somebody else's.
    pub fn is_ours(&self, now: Option<&str>) -> bool {
        now == self.before.as_deref() || now.is_some_and(|now| self.put.contains(now))
    }
}

fn partition_of(word: &str) -> Option<i32> {
    word.split_once(':')?.0.parse().ok()
}

/// The words of a list.
pub fn words(list: &str) -> BTreeSet<String> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a list slows a replica of the partition down.
pub fn slows(list: &str, partition: i32) -> bool {
    list.trim() == "*" || words(list).iter().any(|word| partition_of(word) == Some(partition))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "leader.replication.throttled.rate";

    #[test]
    fn what_was_there_before_is_what_was_there_before_the_first_run() {
        let mut record = Record::default();
        record.add_rate(1, KEY, "10".into(), Some("7".into()));
        record.add_rate(1, KEY, "20".into(), Some("10".into()));
        let rate = &record.rates[0];
        assert_eq!((record.rates.len(), rate.before.as_deref()), (1, Some("7")));
        for (now, ours) in [
            (Some("10"), true),
            (Some("20"), true),
            (Some("7"), true),
            (Some("8"), false),
            (None, false),
        ] {
            assert_eq!(rate.is_ours(now), ours, "{now:?}");
        }
        let rate = rate.clone();
        record.drop_rate(&rate);
        assert!(record.is_empty());
    }

    #[test]
    fn a_rate_goes_with_the_last_move_of_its_broker() {
        let mut record = Record::default();
        for id in [1, 2, 4] {
            record.add_rate(id, KEY, "10".into(), None);
        }
        record.add_words("a", "k", words("0:1,0:4"));
        record.add_words("b", "k", words("0:1,0:2"));
        let rates = |record: &Record| -> Vec<i32> {
            record.rates_besides(&record.brokers()).iter().map(|rate| rate.broker).collect()
        };
        assert_eq!(rates(&record), [] as [i32; 0]);
        for over in record.over(|topic, _| topic == "b") {
            record.drop_words(&over);
        }
        assert_eq!(rates(&record), [4]);
        assert!(record.has(None, "b", "k") && !record.has(None, "a", "k"));
        assert!(record.has(Some(4), "", KEY) && !record.has(Some(3), "", KEY));
    }

    #[test]
    fn words_go_with_their_partitions() {
        let mut record = Record::default();
        record.add_words("t", "k", words("0:1, 1:1"));
        record.add_words("t", "k", words("1:2"));
        record.add_words("u", "k", BTreeSet::new());
        assert_eq!(record.replicas.len(), 1);
        let over = record.over(|topic, partition| topic == "t" && partition == 1);
        assert_eq!(over[0].words, words("0:1"));
        record.drop_words(&over[0]);
        assert_eq!(record.replicas[0].words, words("1:1,1:2"));
        let over = record.over(|_, _| false);
        record.drop_words(&over[0]);
        assert!(record.is_empty());
        record.add_words("t", "k", words("1:1"));
        for (topic, list, others) in [
            ("t", "1:1", false),
            ("t", "1:1,1:2", true),
            ("t", "2:1", false),
            ("t", "*", false),
            ("u", "1:1", true),
        ] {
            assert_eq!(record.is_named_by_others(topic, "k", list, 1), others, "{topic} {list}");
        }
        assert!(slows("3:1,4:2", 4) && slows("*", 9) && !slows("3:1", 1) && !slows("", 0));
    }
}
