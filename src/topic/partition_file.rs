//! The file that `kafka-leader-election.sh` reads: which partitions of which topics are meant.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::{Name, TopicPartition};

/// The partitions.
pub type Partitions = BTreeSet<TopicPartition>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<E> {
    partitions: Vec<E>,
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    topic: Name,
    partition: i32,
}

/// Reads its JSON, or lines `topic,partition`; the first line may name the columns.
pub fn partitions(text: &str) -> Result<Partitions, String> {
    let found = if text.trim_start().starts_with('{') { document(text) } else { lines(text) }?;
    if found.is_empty() { Err("it has no partitions".to_owned()) } else { Ok(found) }
}

/// What JSON of Kafka's own tools says of each partition.
pub(super) fn entries<E: DeserializeOwned>(text: &str) -> Result<Vec<E>, String> {
    let document: Document<E> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match document.version.filter(|version| *version != 1) {
        Some(version) => Err(format!("its version is {version}, and 1 is the only one")),
        None => Ok(document.partitions),
    }
}

fn document(text: &str) -> Result<Partitions, String> {
    let mut found = Partitions::new();
    for (at, Entry { topic, partition }) in entries(text)?.into_iter().enumerate() {
        add(&mut found, topic, partition).map_err(|why| format!("`partitions[{at}]`: {why}"))?;
    }
    Ok(found)
}

fn lines(text: &str) -> Result<Partitions, String> {
    let mut found = Partitions::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || (at == 0 && line == "topic,partition") {
            continue;
        }
        let here = |why: &str| format!("line {}: {why}", at + 1);
        // No topic has a comma in its name.
        let read = line.split_once(',').and_then(|(topic, partition)| {
            let topic = topic.trim().trim_matches('"');
            Some((topic, partition.trim().trim_matches('"').parse::<i32>().ok()?))
        });
        let Some((topic, partition)) = read.filter(|(topic, _)| !topic.is_empty()) else {
            return Err(here(&format!(
                "`{}` is no `topic,partition`",
                crate::model::visible(line)
            )));
        };
        add(&mut found, topic.into(), partition).map_err(|why| here(&why))?;
    }
    Ok(found)
}

fn add(found: &mut Partitions, topic: Name, partition: i32) -> Result<(), String> {
    if partition < 0 {
        return Err(format!("the partition {partition} is negative"));
    }
    if found.insert(TopicPartition::new(topic, partition)) {
        Ok(())
    } else {
        Err("that partition is named already".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kafkas_own_tool_reads_and_lines() {
        let expected = Ok(Partitions::from([
            TopicPartition::new("a", 0),
            TopicPartition::new("a", 1),
            TopicPartition::new("b", 7),
        ]));
        for text in [
            r#"{"partitions":[{"topic":"a","partition":1},{"topic":"b","partition":7},
                {"topic":"a","partition":0}]}"#,
            r#"{"version":1,"partitions":[{"topic":"a","partition":1},{"topic":"b","partition":7},
                {"topic":"a","partition":0}]}"#,
            "a,1\nb,7\na,0\n",
            "topic,partition\n# those of the night\n\"a\", 1\r\na,0\n\nb,7",
        ] {
            assert_eq!(partitions(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let one = r#"{"topic":"a","partition":0}"#;
        for (text, expected) in [
            (
                format!(r#"{{"partitions":[{one},{one}]}}"#),
                "`partitions[1]`: that partition is named",
            ),
            (
                format!(r#"{{"partitions":[{}]}}"#, one.replace('0', "-1")),
                "`partitions[0]`: the partition -1",
            ),
            (
                format!(r#"{{"partitions":[{}]}}"#, one.replace("topic", "topik")),
                "unknown field `topik`",
            ),
            (r#"{"partitions":[]}"#.to_owned(), "it has no partitions"),
            (r#"{"partitions":[],"version":2}"#.to_owned(), "its version is 2"),
            (String::new(), "it has no partitions"),
            ("a,0\na,0".to_owned(), "line 2: that partition is named"),
            ("a,0\na".to_owned(), "line 2: `a` is no `topic,partition`"),
            (",0".to_owned(), "line 1: `,0` is no"),
            ("a,0,5".to_owned(), "line 1: `a,0,5` is no"),
            ("a,0\ntopic,partition".to_owned(), "line 2: `topic,partition` is no"),
        ] {
            let why = partitions(&text).unwrap_err();
            assert!(why.starts_with(expected), "{text}: {why}");
        }
    }
}
