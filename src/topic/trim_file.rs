//! The file that `kafka-delete-records.sh` reads: before which offsets of which partitions records go.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::partition_file::entries;
use crate::model::{Name, TopicPartition};

/// The offset of each partition before which records go; `None` is all that are there.
pub type Offsets = BTreeMap<TopicPartition, Option<i64>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    topic: Name,
    partition: i32,
    offset: i64,
}

/// Reads it.
pub fn offsets(text: &str) -> Result<Offsets, String> {
    let mut offsets = Offsets::new();
    for (at, Entry { topic, partition, offset }) in entries(text)?.into_iter().enumerate() {
        let wrong = |what: &str| Err(format!("`partitions[{at}]`: {what}"));
        if partition < 0 {
            return wrong(&format!("the partition {partition} is negative"));
        }
        if offset < -1 {
            return wrong(&format!("the offset {offset} is negative; -1 is all records there are"));
        }
        let upto = Some(offset).filter(|offset| *offset >= 0);
        if offsets.insert(TopicPartition::new(topic, partition), upto).is_some() {
            return wrong("there is an offset for that partition already");
        }
    }
    if offsets.is_empty() { Err("it has no partitions".to_owned()) } else { Ok(offsets) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kafkas_own_tool_reads() {
        let text = r#"{"partitions":[{"topic":"a","partition":1,"offset":7},
            {"topic":"a","partition":0,"offset":-1}],"version":1}"#;
        let expected = [("a", 0, None), ("a", 1, Some(7))];
        let expected = expected.map(|(topic, at, upto)| (TopicPartition::new(topic, at), upto));
        assert_eq!(offsets(text), Ok(Offsets::from(expected)));
        assert_eq!(offsets(&text.replace(",\"version\":1", "")), offsets(text));
    }

    #[test]
    fn what_it_would_refuse_and_what_it_would_not() {
        let one = |topic: &str, partition: i32, offset: i64| {
            format!(r#"{{"topic":"{topic}","partition":{partition},"offset":{offset}}}"#)
        };
        let of = |entries: &[String]| format!(r#"{{"partitions":[{}]}}"#, entries.join(","));
        for (text, expected) in [
            (of(&[one("a", 0, 1), one("a", -1, 1)]), "`partitions[1]`: the partition -1"),
            (of(&[one("a", 0, -2)]), "`partitions[0]`: the offset -2 is negative"),
            (of(&[one("a", 0, 1), one("a", 0, 2)]), "`partitions[1]`: there is an offset"),
            (of(&[]), "it has no partitions"),
            (of(&[one("a", 0, 1)]).replace("offset", "ofset"), "unknown field `ofset`"),
            (r#"{"partitions":[],"version":2}"#.to_owned(), "its version is 2"),
        ] {
            let why = offsets(&text).unwrap_err();
            assert!(why.starts_with(expected), "{text}: {why}");
        }
    }
}
