//! `TopicWriteResult`, `ConfigWriteResult` and `PartitionWriteResult`: the things that commands on
//! topics, configurations and partitions write.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{Name, Time, TopicId, TopicPartition, visible};
use crate::topic::wanted::Difference;
use crate::topic::{Asked, ConfigChange, ConfigOperation, ConfigSource, EntityType};

use super::units::bytes;
use super::write::Subject;
use super::{Column, Line, Style};

/// A topic that is created, deleted or gets partitions. What is not known is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenTopic {
    /// Its name.
    pub name: String,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<TopicId>,
    /// How many partitions it has afterwards, or had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_count: Option<usize>,
    /// How many it had, where that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_partition_count: Option<usize>,
    /// How many replicas of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<usize>,
    /// What it took on the disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// When it was last written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_write: Option<LastWrite>,
    /// The groups that have committed offsets on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Name>>,
    /// Whether there are no others, which may not be described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_complete: Option<bool>,
    /// In what an existing topic is other than asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// When a topic was last written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LastWrite {
    /// The greatest timestamp of its records.
    At(Time),
    /// It holds no record.
    Never,
}

fn shown<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string()))
}

impl Subject for WrittenTopic {
    const KIND: &'static str = "TopicWriteResult";
    const PLURAL: &'static str = "topics";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TOPIC"),
            Column::number("PARTITIONS"),
            Column::number("REPLICAS"),
            Column::number("SIZE"),
            Column::text("DIFFERS").keep(240),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        let partitions = match (self.old_partition_count, self.partition_count) {
            (Some(old), Some(new)) => format!("{old} → {new}").into(),
            (_, count) => shown(count),
        };
        let differs: Vec<String> = self
            .differences
            .iter()
            .map(|d| {
                format!("{} is {}, asked {}", visible(&d.what), visible(&d.is), visible(&d.asked))
            })
            .collect();
        vec![
            Cow::Borrowed(&self.name),
            partitions,
            shown(self.replication_factor),
            shown(self.size_bytes.map(bytes)),
            differs.join("; ").into(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }
}

/// A key of a configuration that is changed. What is not set, not known or sensitive is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenConfig {
    /// `TOPIC`, `BROKER`, …
    pub entity_type: &'static str,
    /// Its name; the id of a broker; empty for what all brokers have in common.
    pub entity_name: String,
    /// The key.
    pub key: String,
    /// `set`, `unset`, `append`, `subtract`.
    pub operation: &'static str,
    /// The value in force before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<String>,
    /// What set it: `DEFAULT_CONFIG`.
    pub old_source: &'static str,
    /// The value in force afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<String>,
    /// What sets it then.
    pub new_source: &'static str,
    /// Neither value may be shown.
    pub sensitive: bool,
}

const UNKNOWN: &str = ConfigSource::Unknown(0).upper();

impl WrittenConfig {
    /// The change of that entity.
    pub fn new(kind: EntityType, name: &str, change: &ConfigChange) -> Self {
        Self {
            entity_type: kind.upper(),
            entity_name: name.to_owned(),
            key: change.asked.key.clone(),
            operation: change.asked.operation.word(),
            old_value: change.old.clone().filter(|_| !change.is_hidden()),
            old_source: change.old_source.upper(),
            new_value: change.new.clone().filter(|_| !change.is_hidden()),
            new_source: change.new_source.upper(),
            sensitive: change.is_hidden(),
        }
    }

    /// A change of an entity that cannot be asked what it has.
    pub fn not_looked_at(kind: EntityType, name: &str, asked: &Asked) -> Self {
        Self {
            entity_type: kind.upper(),
            entity_name: name.to_owned(),
            key: asked.key.clone(),
            operation: asked.operation.word(),
            old_value: None,
            old_source: UNKNOWN,
            new_value: None,
            new_source: UNKNOWN,
            sensitive: asked.hidden,
        }
    }

    fn value<'a>(&self, value: Option<&'a str>, source: &str) -> Cow<'a, str> {
        match value {
            None if source == UNKNOWN => Cow::Borrowed("-"),
            _ if self.sensitive => Cow::Borrowed("(not shown)"),
            Some("") => Cow::Borrowed("\"\""),
            Some(value) => Cow::Borrowed(value),
            None => Cow::Borrowed("(not set)"),
        }
    }
}

/// The line that shows a change before it is made.
pub fn change_line(change: &ConfigChange) -> Line<'static> {
    let value = |value: Option<&str>| match value {
        _ if change.is_hidden() => "(not shown)".to_owned(),
        Some("") => "\"\"".to_owned(),
        Some(value) => visible(value).into_owned(),
        None if matches!(change.old_source, ConfigSource::Unknown(_)) => "(not told)".to_owned(),
        None => "(not set)".to_owned(),
    };
    // What stands behind a value is not always told.
    let unset = change.asked.operation == ConfigOperation::Unset && !change.is_hidden();
    let new = match (&change.new, unset) {
        (None, true) => "(whatever stands behind it)".to_owned(),
        (new, _) => value(new.as_deref()),
    };
    let line = Line::plain(format!("  {}: ", visible(&change.asked.key)))
        .then(Style::Removed, value(change.old.as_deref()))
        .then(Style::Dim, format!(" ({})", change.old_source.words()))
        .then(Style::Plain, " → ")
        .then(Style::Added, new)
        .then(Style::Dim, format!(" ({})", change.new_source.words()));
    if change.changes { line } else { line.then(Style::Dim, "  nothing to do") }
}

impl Subject for WrittenConfig {
    const KIND: &'static str = "ConfigWriteResult";
    const PLURAL: &'static str = "keys";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TYPE"),
            Column::text("NAME"),
            Column::text("KEY"),
            Column::text("OLD"),
            Column::text("FROM").keep(100),
            Column::text("NEW"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![
            Cow::Borrowed(self.entity_type),
            Cow::Borrowed(if self.entity_name.is_empty() { "(all)" } else { &self.entity_name }),
            Cow::Borrowed(&self.key),
            self.value(self.old_value.as_deref(), self.old_source),
            Cow::Borrowed(if self.old_source == UNKNOWN { "-" } else { self.old_source }),
            self.value(self.new_value.as_deref(), self.new_source),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.entity_name)
    }

    fn title(&self) -> String {
        let (key, entity) = (visible(&self.key), self.entity_type.to_lowercase().replace('_', " "));
        match &*self.entity_name {
            "" => format!("`{key}` of every {entity}"),
            name => format!("`{key}` of {entity} `{}`", visible(name)),
        }
    }
}

/// A partition that is trimmed or gets another leader. What is not known is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenPartition {
    /// The topic.
    pub topic: String,
    /// The partition; absent where the topic is not there, or may not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// The first offset before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_log_start_offset: Option<i64>,
    /// The first offset afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_start_offset: Option<i64>,
    /// How many offsets lie between the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<i64>,
    /// Who led it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_leader: Option<i32>,
    /// Who leads it afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<i32>,
}

impl WrittenPartition {
    /// The partition, where there is one.
    pub fn key(&self) -> Option<TopicPartition> {
        Some(TopicPartition::new(self.topic.as_str(), self.partition?))
    }
}

impl Subject for WrittenPartition {
    const KIND: &'static str = "PartitionWriteResult";
    const PLURAL: &'static str = "partitions";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::number("OLD-START"),
            Column::number("NEW-START"),
            Column::number("RECORDS"),
            Column::number("OLD-LEADER"),
            Column::number("LEADER"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![
            Cow::Borrowed(&self.topic),
            shown(self.partition),
            shown(self.old_log_start_offset),
            shown(self.log_start_offset),
            shown(self.records),
            shown(self.old_leader),
            shown(self.leader),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        match self.key() {
            Some(key) => key.to_string().into(),
            None => Cow::Borrowed(&self.topic),
        }
    }

    fn resource(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(hidden: bool, old: Option<&str>) -> ConfigChange {
        let key = "num.io.threads".to_owned();
        let value = Some("s3cret-Pw".to_owned());
        let asked = Asked { key, operation: ConfigOperation::Set, value: value.clone(), hidden };
        ConfigChange {
            asked,
            old: old.map(str::to_owned),
            held: Vec::new(),
            old_source: ConfigSource::DynamicBrokerConfig,
            new: value,
            new_source: ConfigSource::DynamicBrokerConfig,
            sensitive: false,
            changes: true,
        }
    }

    #[test]
    fn a_value_from_a_file_of_its_own_is_shown_nowhere() {
        // What was there before may be the same.
        for old in [Some("s3cret-Pw"), None] {
            let change = change(true, old);
            let written = WrittenConfig::new(EntityType::Broker, "2", &change);
            let line: String = change_line(&change).0.iter().map(|span| &*span.text).collect();
            let json = serde_json::to_string(&written).unwrap();
            for shown in [written.row().join(" "), line, json] {
                assert!(!shown.contains("s3cret"), "{shown}");
            }
            assert!(written.sensitive);
        }
        let typed = WrittenConfig::new(EntityType::Broker, "2", &change(false, None));
        assert!(typed.row().contains(&"s3cret-Pw".into()));
    }

    #[test]
    fn where_a_value_comes_from_that_nobody_told_is_a_dash() {
        let asked = Asked::unset("retention.ms");
        let row = WrittenConfig::not_looked_at(EntityType::Topic, "gone", &asked);
        assert_eq!(row.row(), ["TOPIC", "gone", "retention.ms", "-", "-", "-"]);
    }
}
