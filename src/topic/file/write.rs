//! Topics as a topic file that a person would have written.

use std::fmt::Write as _;

use crate::yaml::write::{Value, text, top};

/// A topic as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: usize,
    /// How many replicas of each.
    pub replication_factor: Option<usize>,
    /// What it sets itself; `None` where that may not be seen, and is left out.
    pub configs: Option<Vec<(String, String)>>,
}

/// The text of the file. Reading it gives exactly these topics.
pub fn write(cluster: Option<&str>, topics: &[Written]) -> String {
    let noun = if topics.len() == 1 { "topic" } else { "topics" };
    let mut out = format!("# Written by kward: {} {noun}.\nversion: 1\n", topics.len());
    if let Some(cluster) = cluster {
        top("cluster", &text(cluster), &mut out);
    }
    if topics.is_empty() {
        out.push_str("topics: {}\n");
        return out;
    }
    out.push_str("topics:\n");
    for topic in topics {
        let _ = writeln!(out, "  {}:", shown(&topic.name));
        let _ = writeln!(out, "    partitions: {}", topic.partitions);
        if let Some(factor) = topic.replication_factor {
            let _ = writeln!(out, "    replication-factor: {factor}");
        }
        match topic.configs.as_deref() {
            None => {}
            Some([]) => out.push_str("    configs: {}\n"),
            Some(configs) => {
                out.push_str("    configs:\n");
                for (key, value) in configs {
                    let _ = writeln!(out, "      {}: {}", shown(key), value_of(value));
                }
            }
        }
    }
    out
}

fn shown(word: &str) -> String {
    match text(word) {
        Value::Word(word) => word,
        _ => String::new(),
    }
}

/// Numbers and booleans stand without quotes: they are read as they are written.
fn value_of(value: &str) -> String {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let number = !unsigned.is_empty()
        && unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && unsigned.starts_with(|c: char| c.is_ascii_digit())
        && unsigned.matches('.').count() < 2;
    if number || matches!(value, "true" | "false") { value.to_owned() } else { shown(value) }
}
