//! A topic that is to be created, and in what an existing one of that name differs.

use serde::Serialize;

use super::config::ConfigEntry;
use super::state::Topic;
use super::typed::canonical;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// How many partitions; the broker's `num.partitions` when absent.
    pub partitions: Option<i32>,
    /// How many replicas each; the broker's `default.replication.factor` when absent.
    pub replication_factor: Option<i16>,
    /// The brokers of each partition, in place of the two numbers.
    pub assignment: Vec<Vec<i32>>,
    /// Its own configuration.
    pub configs: Vec<(String, String)>,
}

/// Something in which the topic is not as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// `partitions`, `replicationFactor`, `assignment`, or a key of the configuration.
    pub what: String,
    /// As it is.
    pub is: String,
    /// As it was asked for.
    pub asked: String,
}

impl Wanted {
    /// The same, where what is not asked for is as `topic` is, which sets `own` itself.
    #[must_use]
    pub fn like(mut self, topic: &Topic, own: &[(String, String)]) -> Self {
        if self.assignment.is_empty() {
            let partitions = || i32::try_from(topic.partitions.len()).ok();
            let replicas = || i16::try_from(topic.replication_factor()).ok();
            self.partitions = self.partitions.or_else(partitions);
            self.replication_factor = self.replication_factor.or_else(replicas);
        }
        let asked = |key: &str| self.configs.iter().any(|(known, _)| known == key);
        let others: Vec<_> = own.iter().filter(|(key, _)| !asked(key)).cloned().collect();
        self.configs.extend(others);
        self
    }

    /// In what `topic`, which has `configs`, is other than asked. What was not asked for is no difference.
    pub fn differences(&self, topic: &Topic, configs: &[ConfigEntry]) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut compare = |what: &str, is: String, asked: String| {
            if is != asked {
                found.push(Difference { what: what.to_owned(), is, asked });
            }
        };
        if self.assignment.is_empty() {
            if let Some(asked) = self.partitions {
                compare("partitions", topic.partitions.len().to_string(), asked.to_string());
            }
            if let Some(asked) = self.replication_factor {
                let is = topic.replication_factor().to_string();
                compare("replicationFactor", is, asked.to_string());
            }
        } else {
            let is: Vec<Vec<i32>> = topic.partitions.iter().map(|p| p.replicas.clone()).collect();
            compare("assignment", show_assignment(&is), show_assignment(&self.assignment));
        }
        for (key, asked) in &self.configs {
            let Some(entry) = configs.iter().find(|entry| entry.name == *key) else { continue };
            if entry.sensitive {
                continue;
            }
            compare(key, entry.value.clone().unwrap_or_default(), canonical(entry.kind, asked));
        }
        found
    }
}

/// `1:2,2:3`, as `kafka-topics --replica-assignment` takes it.
pub fn show_assignment(assignment: &[Vec<i32>]) -> String {
    let one =
        |brokers: &Vec<i32>| brokers.iter().map(ToString::to_string).collect::<Vec<_>>().join(":");
    assignment.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::super::config::{ConfigSource, ConfigType};
    use super::super::state::Partition;
    use super::*;

    #[test]
    fn only_what_was_asked_for_can_differ() {
        let partition = |index, replicas: &[i32]| Partition {
            index,
            leader: Some(1),
            replicas: replicas.to_vec(),
            in_sync: replicas.to_vec(),
            offline: Vec::new(),
            adding: Vec::new(),
            removing: Vec::new(),
        };
        let topic = Topic {
            name: "t".into(),
            id: None,
            internal: false,
            partitions: vec![partition(0, &[1, 2]), partition(1, &[2, 1])],
            authorized_operations: None,
            error: None,
        };
        let retention = ConfigEntry {
            name: "retention.ms".to_owned(),
            value: Some("5".to_owned()),
            source: ConfigSource::DefaultConfig,
            read_only: false,
            sensitive: false,
            kind: ConfigType::Long,
            synonyms: Vec::new(),
            documentation: None,
        };
        let differences = |wanted: &Wanted| -> String {
            let found = wanted.differences(&topic, std::slice::from_ref(&retention));
            let shown = found.iter().map(|d| format!("{} {}≠{}", d.what, d.is, d.asked));
            shown.collect::<Vec<_>>().join(" ")
        };
        let wanted = Wanted { name: "t".to_owned(), ..Wanted::default() };
        assert_eq!(differences(&wanted), "");
        let other = Wanted {
            partitions: Some(3),
            replication_factor: Some(2),
            configs: vec![
                ("retention.ms".to_owned(), "6".to_owned()),
                ("no.such.key".to_owned(), "1".to_owned()),
            ],
            ..wanted.clone()
        };
        assert_eq!(differences(&other), "partitions 2≠3 retention.ms 5≠6");
        let assigned = Wanted { assignment: vec![vec![1, 2], vec![1, 2]], ..wanted.clone() };
        assert_eq!(differences(&assigned), "assignment 1:2,2:1≠1:2,1:2");
        let same = Wanted { assignment: vec![vec![1, 2], vec![2, 1]], ..wanted };
        assert_eq!(differences(&same), "");
    }

    #[test]
    fn assignments_are_shown_as_they_are_typed() {
        assert_eq!(show_assignment(&[vec![1, 2], vec![2, 3]]), "1:2,2:3");
    }
}
