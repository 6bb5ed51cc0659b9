//! `ReassignmentWriteResult`: what became of partitions that were to be moved, and what slows them down.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::reassign::{ThrottleItem, WrittenReassignment};
use super::units::{bytes, ids};
use super::write::WriteResult;
use super::{Block, Json, Line, Report, Rows, Style, Table};
use crate::model::visible;
use crate::topic::reassign::throttle::{FOLLOWER_RATE, LEADER_RATE};

/// The result of a write, and the throttles that were put on or taken off, or would be.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReassignmentWriteResult {
    /// What became of the partitions.
    #[serde(flatten)]
    pub result: WriteResult<WrittenReassignment>,
    /// The throttles, in the order written; absent where none were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub throttles: Vec<ThrottleItem>,
}

/// What brokers have in common that are told in one line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rate<'a> {
    old: Option<&'a str>,
    new: &'a str,
    removed: bool,
    restored: Option<&'a str>,
}

/// Those whose rate of sending is so, and those whose rate of fetching.
type Both = [BTreeSet<i32>; 2];

impl ReassignmentWriteResult {
    fn throttle_lines(&self) -> Vec<Line<'_>> {
        let mut rates: BTreeMap<Rate<'_>, Both> = BTreeMap::new();
        let (mut topics, mut topics_off) = (BTreeSet::new(), BTreeSet::new());
        for item in &self.throttles {
            let direction = match &*item.key {
                LEADER_RATE => 0,
                FOLLOWER_RATE => 1,
                _ => {
                    let which = if item.removed { &mut topics_off } else { &mut topics };
                    which.insert(&*item.entity_name);
                    continue;
                }
            };
            let rate = Rate {
                old: item.old_value.as_deref(),
                new: &item.value,
                removed: item.removed,
                restored: item.restored.as_deref(),
            };
            let id = item.entity_name.parse::<i32>();
            rates.entry(rate).or_default()[direction].extend(id);
        }
        let mut lines: Vec<Line<'_>> =
            rates.iter().flat_map(|(rate, who)| self.rate_lines(rate, who)).collect();
        topics_off.retain(|name| !topics.contains(name));
        let would = if self.result.dry_run { "would be " } else { "" };
        for (names, what) in [(topics, "slowed down"), (topics_off, "not slowed down any more")] {
            if !names.is_empty() {
                let text = format!("throttle: replicas of {} {would}{what}", topics_of(&names));
                lines.push(Line::styled(Style::Dim, text));
            }
        }
        lines
    }

    /// A line for the brokers of which both rates are so, and for those of which one is.
    fn rate_lines(&self, rate: &Rate<'_>, [send, fetch]: &Both) -> Vec<Line<'static>> {
        let both = send.intersection(fetch).copied().collect();
        let (sends, fetches) = (send - fetch, fetch - send);
        let told = [(both, ""), (sends, " (sending)"), (fetches, " (fetching)")];
        let told = told.into_iter().filter(|(who, _): &(BTreeSet<i32>, _)| !who.is_empty());
        told.map(|(who, which)| {
            let list: Vec<i32> = who.into_iter().collect();
            let word = if list.len() == 1 { "broker" } else { "brokers" };
            let text = format!("throttle: {word} {}{which} {}", ids(&list), self.rate_words(rate));
            Line::styled(Style::Dim, text)
        })
        .collect()
    }

    /// `at 500 KiB/s (was 10.0 KiB/s)`.
    fn rate_words(&self, Rate { old, new, removed, restored }: &Rate<'_>) -> String {
        let (new, dry) = (a_second(new), self.result.dry_run);
        let old = old.map_or("not throttled".to_owned(), a_second);
        match (removed, restored) {
            (true, None) => format!("at {new}, taken off"),
            (true, Some(before)) => {
                format!("at {new}, taken off: {} holds again", a_second(before))
            }
            (false, _) if dry => format!("would be at {new} (now {old})"),
            (false, _) => format!("at {new} (was {old})"),
        }
    }
}

fn a_second(rate: &str) -> String {
    match rate.parse() {
        Ok(rate) => format!("{}/s", bytes(rate)),
        Err(_) => format!("`{}`", visible(rate)),
    }
}

/// Their names, when they are few.
fn topics_of(names: &BTreeSet<&str>) -> String {
    const FEW: usize = 5;
    if names.len() > FEW {
        return format!("{} topics", names.len());
    }
    names.iter().map(|name| visible(name)).collect::<Vec<_>>().join(", ")
}

impl Report for ReassignmentWriteResult {
    fn kind(&self) -> &'static str {
        "ReassignmentWriteResult"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut blocks = self.result.blocks(wide);
        let lines = self.throttle_lines();
        if !lines.is_empty() {
            blocks.push(Block::Lines(lines));
        }
        blocks
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.result.names()
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        self.result.rows()
    }

    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.result.row_names()
    }

    fn named_rows(&self) -> Option<(Vec<Table<'_>>, Vec<Cow<'_, str>>)> {
        self.result.named_rows()
    }

    fn lost(&self) -> Option<String> {
        self.result.lost()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::reassign::throttle::LEADER_REPLICAS;

    fn item(entity_name: &str, key: &str, old: Option<&str>, value: &str) -> ThrottleItem {
        ThrottleItem {
            entity_type: if key == LEADER_REPLICAS { "TOPIC" } else { "BROKER" },
            entity_name: entity_name.into(),
            key: key.into(),
            old_value: old.map(str::to_owned),
            value: value.into(),
            removed: false,
            planned: false,
            restored: None,
        }
    }

    fn lines(dry_run: bool, throttles: Vec<ThrottleItem>) -> Vec<String> {
        let result = WriteResult::new(None, dry_run, Vec::new());
        let result = ReassignmentWriteResult { result, throttles };
        let text = |line: &Line<'_>| line.0.iter().map(|span| &*span.text).collect();
        result.throttle_lines().iter().map(text).collect()
    }

    #[test]
    fn rates_are_told_with_what_they_were() {
        let mut items = vec![item("t", LEADER_REPLICAS, None, "0:1")];
        for id in ["1", "2"] {
            items.push(item(id, LEADER_RATE, Some("10240"), "512000"));
            items.push(item(id, FOLLOWER_RATE, Some("10240"), "512000"));
        }
        items.push(item("3", LEADER_RATE, None, "512000"));
        assert_eq!(
            lines(false, items.clone()),
            [
                "throttle: broker 3 (sending) at 500 KiB/s (was not throttled)",
                "throttle: brokers 1,2 at 500 KiB/s (was 10.0 KiB/s)",
                "throttle: replicas of t slowed down",
            ]
        );
        assert_eq!(
            lines(true, items.clone())[1..],
            [
                "throttle: brokers 1,2 would be at 500 KiB/s (now 10.0 KiB/s)",
                "throttle: replicas of t would be slowed down",
            ]
        );
        items.retain(|one| one.entity_name != "3");
        for one in &mut items {
            one.removed = true;
            one.restored = (one.entity_type == "BROKER").then(|| "7".to_owned());
        }
        assert_eq!(
            lines(false, items),
            [
                "throttle: brokers 1,2 at 500 KiB/s, taken off: 7 B/s holds again",
                "throttle: replicas of t not slowed down any more",
            ]
        );
    }

    #[test]
    fn throttles_stand_beside_the_items_in_json() {
        let result = WriteResult::new(None, false, Vec::new());
        let throttles = vec![item("1", LEADER_RATE, Some("10240"), "512000")];
        let result = ReassignmentWriteResult { result, throttles };
        let json = serde_json::to_value(&result).unwrap();
        assert_eq!(json["throttles"][0]["oldValue"], "10240");
        assert_eq!(json["throttles"][0]["value"], "512000");
        assert!(json["items"].is_array() && json["result"].is_null());
    }
}
