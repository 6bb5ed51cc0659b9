//! Offsets in a file: a backup of kward's own, the output of `group lag -o json`, or the lines that
//! Kafka's own tool exports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::group::GroupType;
use crate::model::{Name, TopicPartition, visible, without_bom};
use crate::report::group_lag::PartitionLag;

/// The `kind` of a backup.
pub const BACKUP: &str = "GroupOffsetsBackup";
/// The version of the documents that are read.
pub const API_VERSION: &str = "kward/v1";

/// What groups had committed, as a command that changed it found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    /// `kward/v1`.
    pub api_version: String,
    /// [`BACKUP`].
    pub kind: String,
    /// The cluster.
    pub cluster_id: String,
    /// When, RFC 3339 in UTC.
    pub created_at: String,
    /// The groups.
    pub groups: Vec<GroupOffsets>,
}

/// What one group had committed, of those partitions that were changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupOffsets {
    /// The group.
    pub group_id: Name,
    /// Its kind.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// The commits.
    pub offsets: Vec<SavedOffset>,
}

/// What was committed for a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedOffset {
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// The offset; absent where nothing was committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// The leader epoch beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_epoch: Option<i32>,
    /// The text beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
}

impl SavedOffset {
    /// The partition.
    pub fn partition(&self) -> TopicPartition {
        TopicPartition::new(self.topic.clone(), self.partition)
    }
}

/// Offsets by group; those of no group in particular are under `None`.
pub type GivenOffsets = BTreeMap<Option<Name>, BTreeMap<TopicPartition, i64>>;

/// The offsets that `given` has for a group: its own, or those of no group in particular, or those of
/// the only group that it names.
pub fn for_group<'a>(
    given: &'a GivenOffsets,
    group: &Name,
) -> Option<&'a BTreeMap<TopicPartition, i64>> {
    let only = || given.values().next().filter(|_| given.len() == 1);
    given.get(&Some(group.clone())).or_else(|| given.get(&None)).or_else(only)
}

/// What a document says that it is.
#[derive(Deserialize)]
struct Head {
    kind: String,
}

/// Reads a backup.
pub fn backup(text: &str) -> Result<Backup, String> {
    let text = without_bom(text);
    if let Ok(Head { kind }) = serde_json::from_str(text)
        && kind != BACKUP
    {
        return Err(format!("it is a `{}`, not a `{BACKUP}`", visible(&kind)));
    }
    let backup: Backup = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if backup.kind != BACKUP || backup.api_version != API_VERSION {
        return Err(format!("its kind is not `{BACKUP}` of `{API_VERSION}`"));
    }
    Ok(backup)
}

/// The parts of `group lag -o json` that matter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lag {
    api_version: String,
    kind: String,
    items: Vec<PartitionLag>,
}

/// Reads offsets, whatever the form.
pub fn offsets(text: &str) -> Result<GivenOffsets, String> {
    let text = without_bom(text);
    if !text.trim_start().starts_with('{') {
        return lines(text);
    }
    let mut given = GivenOffsets::new();
    let mut add = |group: &Name, partition: TopicPartition, offset: i64| {
        given.entry(Some(group.clone())).or_default().insert(partition, offset);
    };
    if text.contains(BACKUP) {
        for group in backup(text)?.groups {
            for saved in &group.offsets {
                if let Some(offset) = saved.offset {
                    add(&group.group_id, saved.partition(), offset);
                }
            }
        }
        return Ok(given);
    }
    let lag: Lag = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if lag.kind != "GroupLag" || lag.api_version != API_VERSION {
        return Err(format!("its kind is neither `{BACKUP}` nor `GroupLag` of `{API_VERSION}`"));
    }
    for item in lag.items {
        if let Some(offset) = item.committed_offset {
            add(&item.group_id, TopicPartition::new(item.topic, item.partition), offset);
        }
    }
    Ok(given)
}

/// `topic,partition,offset` or `group,topic,partition,offset`, as kafka-consumer-groups exports them; the
/// first line may name the columns.
pub fn lines(text: &str) -> Result<GivenOffsets, String> {
    let mut given = GivenOffsets::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = || {
            format!(
                "line {}: `{line}` is neither `topic,partition,offset` nor \
                 `group,topic,partition,offset`",
                at + 1
            )
        };
        let fields: Vec<&str> =
            line.split(',').map(|field| field.trim().trim_matches('"')).collect();
        let (group, topic, partition, offset) = match fields[..] {
            [topic, partition, offset] => (None, topic, partition, offset),
            [group, topic, partition, offset] => (Some(group), topic, partition, offset),
            _ => return Err(bad()),
        };
        // The names of the columns, as spreadsheets keep them.
        if given.is_empty() && [partition, offset].map(str::to_lowercase) == ["partition", "offset"]
        {
            continue;
        }
        let partition: i32 = partition.parse().map_err(|_| bad())?;
        let offset: i64 = offset.parse().map_err(|_| bad())?;
        if topic.is_empty() || partition < 0 {
            return Err(bad());
        }
        if offset < 0 {
            return Err(format!("line {}: the offset {offset} is negative", at + 1));
        }
        let of_group = given.entry(group.map(Name::from)).or_default();
        if of_group.insert(TopicPartition::new(topic, partition), offset).is_some() {
            return Err(format!("line {}: there is an offset for that partition already", at + 1));
        }
    }
    if given.is_empty() { Err("it has no offsets".to_owned()) } else { Ok(given) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(partition: i32) -> TopicPartition {
        TopicPartition::new("orders", partition)
    }

    #[test]
    fn lines_of_kafkas_own_tool() {
        let given = offsets("orders,0,17\n\"orders\",1,5\n\n").unwrap();
        assert_eq!(given[&None], BTreeMap::from([(partition(0), 17), (partition(1), 5)]));
        let given = offsets("# group\na,orders,0,17\nb,orders,0,5").unwrap();
        assert_eq!(for_group(&given, &"b".into()).unwrap()[&partition(0)], 5);
        assert_eq!(for_group(&given, &"c".into()), None);
        let given = offsets("GROUP,TOPIC,PARTITION,OFFSET\na,orders,0,17").unwrap();
        assert_eq!(given[&Some("a".into())], BTreeMap::from([(partition(0), 17)]));
        // As spreadsheets on Windows write them.
        let given = offsets("\u{feff}topic, partition, offset\r\norders,0,17\r\n").unwrap();
        assert_eq!(given[&None], BTreeMap::from([(partition(0), 17)]));
        let given = offsets("\u{feff}orders,0,17").unwrap();
        assert_eq!(given[&None], BTreeMap::from([(partition(0), 17)]));
        assert_eq!(offsets("orders,0,-1").unwrap_err(), "line 1: the offset -1 is negative");
        assert!(offsets("topic,partition,offset\n").unwrap_err().contains("no offsets"));
        let second = offsets("orders,0,17\ntopic,partition,offset").unwrap_err();
        assert!(second.starts_with("line 2: `topic,partition,offset` is neither"), "{second}");
        for bad in ["", "orders", "orders,x,1", "orders,0,-1", "orders,0,1\norders,0,2", ",0,1"] {
            assert!(offsets(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn documents_of_our_own() {
        let lag = r#"{"apiVersion":"kward/v1","kind":"GroupLag","capturedAt":"","items":[
            {"groupId":"a","topic":"orders","partition":0,"committedOffset":3,"lag":0},
            {"groupId":"a","topic":"orders","partition":1,"problem":"noCommit"}],"totals":[]}"#;
        let given = offsets(lag).unwrap();
        // The only group of a file stands for any.
        assert_eq!(for_group(&given, &"z".into()).unwrap(), &BTreeMap::from([(partition(0), 3)]));
        let saved = |partition, offset| SavedOffset {
            topic: "orders".into(),
            partition,
            offset,
            leader_epoch: Some(4),
            metadata: String::new(),
        };
        let whole = Backup {
            api_version: API_VERSION.to_owned(),
            kind: BACKUP.to_owned(),
            cluster_id: "c".to_owned(),
            created_at: "2026-01-31T08:00:00Z".to_owned(),
            groups: vec![GroupOffsets {
                group_id: "a".into(),
                group_type: GroupType::Classic,
                offsets: vec![saved(0, Some(9)), saved(1, None)],
            }],
        };
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(backup(&text), Ok(whole.clone()));
        assert_eq!(backup(&format!("\u{feff}{text}")), Ok(whole));
        let refused = backup(lag).unwrap_err();
        assert_eq!(refused, "it is a `GroupLag`, not a `GroupOffsetsBackup`");
        assert_eq!(offsets(&text).unwrap()[&Some("a".into())], BTreeMap::from([(partition(0), 9)]));
        assert!(offsets("{}").is_err());
        assert!(offsets(&text.replace("kward/v1", "kward/v9")).is_err());
    }
}
