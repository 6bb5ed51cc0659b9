//! The file that holds a plan: what `kafka-reassign-partitions --reassignment-json-file` reads and writes,
//! with fields of our own beside it that Kafka's tool passes over; and the document of `-o json`.

use serde::Serialize;
use serde_json::Value;

use super::Move;
use crate::error::{Error, Result};
use crate::model::{Name, TopicPartition, visible};

/// The `kind` of the document that `reassign plan -o json` prints.
pub const KIND: &str = "ReassignmentPlan";

/// A plan as a file holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanFile {
    /// The cluster that it was made for; Kafka's own files do not say.
    pub cluster_id: Option<String>,
    /// The partitions, in the file's order.
    pub items: Vec<Wish>,
}

/// Where a partition is to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The partition.
    pub partition: TopicPartition,
    /// Where it lay when the plan was made; Kafka's own files do not say.
    pub from: Option<Vec<i32>>,
    /// Where it is to lie, the preferred leader first.
    pub to: Vec<i32>,
    /// The folder of each of those brokers, where the file asks for one.
    pub dirs: Vec<Option<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<&'a str>,
    partitions: Vec<WrittenPartition<'a>>,
}

#[derive(Serialize)]
struct WrittenPartition<'a> {
    topic: &'a str,
    partition: i32,
    replicas: &'a [i32],
    /// Ours: where it lies now.
    from: &'a [i32],
}

/// The plan as a file that Kafka's own tool takes as well.
pub fn write(cluster_id: Option<&str>, moves: &[Move]) -> String {
    let partition = |one: &Move| {
        let parts = WrittenPartition {
            topic: &one.partition.topic,
            partition: one.partition.partition,
            replicas: &one.to,
            from: &one.from,
        };
        format!("    {}", serde_json::to_string(&parts).unwrap_or_default())
    };
    // A line for each partition: so that a person can read it and a difference shows what differs.
    let head = Written { version: 1, cluster_id, partitions: Vec::new() };
    let head = serde_json::to_string(&head).unwrap_or_default();
    let head = head.trim_end_matches("]}");
    let lines: Vec<String> = moves.iter().map(partition).collect();
    if lines.is_empty() {
        format!("{head}]}}\n")
    } else {
        format!("{head}\n{}\n]}}\n", lines.join(",\n"))
    }
}

/// Reads a plan: Kafka's format, version 1 (`ReassignPartitionsCommand.parseReassignPartitionsData`), or the document of `reassign plan -o json`.
pub fn read(text: &str) -> Result<PlanFile> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Error::invalid("it is no JSON").caused_by(error))?;
    let (items, replicas) = if document["kind"] == KIND {
        (&document["items"], "to")
    } else if document.get("partitions").is_some() {
        // As Kafka's own tool does: a file without one is of version 1.
        let version = document.get("version").unwrap_or(&Value::Null);
        if !version.is_null() && *version != 1 {
            let version = visible(&version.to_string()).into_owned();
            return Err(Error::invalid(format!(
                "it is a plan of version {version}: only 1 is known"
            )));
        }
        (&document["partitions"], "replicas")
    } else {
        return Err(Error::invalid("it is no plan of a reassignment").hint(format!(
            "wanted is `{{\"version\":1,\"partitions\":[…]}}`, as `kward reassign plan --out FILE` and Kafka's \
             tool write it, or a document of the kind `{KIND}`"
        )));
    };
    let items = items.as_array().ok_or_else(|| Error::invalid("it has no list of partitions"))?;
    let wishes = items.iter().enumerate();
    let wishes: Vec<Wish> = wishes
        .map(|(at, item)| {
            wish(item, replicas)
                .map_err(|why| Error::invalid(format!("partition {} of the plan: {why}", at + 1)))
        })
        .collect::<Result<_>>()?;
    refuse_repeats(&wishes)?;
    let cluster_id = document["clusterId"].as_str().map(str::to_owned);
    Ok(PlanFile { cluster_id, items: wishes })
}

fn wish(item: &Value, replicas: &str) -> Result<Wish, String> {
    let topic = item["topic"].as_str().filter(|topic| !topic.is_empty());
    let topic = topic.ok_or("it names no `topic`")?;
    let number = |value: &Value| {
        value.as_i64().and_then(|n| i32::try_from(n).ok()).filter(|number| *number >= 0)
    };
    let partition = number(&item["partition"]).ok_or("`partition` is no number from 0")?;
    let brokers = |value: &Value| -> Option<Vec<i32>> {
        value.as_array()?.iter().map(number).collect::<Option<Vec<i32>>>()
    };
    let name = visible(topic);
    let to = brokers(&item[replicas])
        .ok_or_else(|| format!("`{replicas}` of `{name}-{partition}` is no list of broker ids"))?;
    if to.is_empty() {
        return Err(format!("`{replicas}` of `{name}-{partition}` is empty"));
    }
    if let Some(twice) = (1..to.len()).find(|at| to[..*at].contains(&to[*at])) {
        return Err(format!(
            "`{replicas}` of `{name}-{partition}` names broker {} twice",
            to[twice]
        ));
    }
    let dirs = folders(&item["log_dirs"], to.len())
        .map_err(|why| format!("`log_dirs` of `{name}-{partition}` {why}"))?;
    let partition = TopicPartition::new(Name::from(topic), partition);
    Ok(Wish { partition, from: brokers(&item["from"]), to, dirs })
}

/// A folder for each replica; `any` is none in particular.
fn folders(value: &Value, replicas: usize) -> Result<Vec<Option<String>>, String> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let all = value.as_array().ok_or("is no list of folders")?;
    if all.len() != replicas {
        return Err(format!("has {} entries for the {replicas} in `replicas`", all.len()));
    }
    let one = |folder: &Value| match folder.as_str() {
        Some("any") => Ok(None),
        Some(path) if path.starts_with('/') => {
            let path = path.trim_end_matches('/');
            Ok(Some(if path.is_empty() { "/" } else { path }.to_owned()))
        }
        _ => Err(format!(
            "has `{}`: wanted is an absolute path or `any`",
            visible(&folder.to_string())
        )),
    };
    all.iter().map(one).collect()
}

fn refuse_repeats(wishes: &[Wish]) -> Result<()> {
    let mut all: Vec<&TopicPartition> = wishes.iter().map(|wish| &wish.partition).collect();
    all.sort_unstable();
    match all.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => {
            Err(Error::invalid(format!("the plan names `{}` twice", visible(&pair[0].to_string()))))
        }
    }
}
