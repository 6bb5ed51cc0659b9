//! `OffsetList`: offsets of partitions, and what they come to.

use std::borrow::Cow;

use serde::Serialize;

use super::acl_write::ItemError;
use super::units::count;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};
use crate::model::{Name, Time, visible};

/// A partition with its offsets. What was not asked for and what nobody tells is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OffsetItem {
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// Who leads it, and told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<i32>,
    /// The first offset that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_start_offset: Option<i64>,
    /// The offset of the next record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_end_offset: Option<i64>,
    /// How many lie between both; in a log with transactions or compaction at most so many records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<i64>,
    /// The offset that was asked for; absent where there is no such record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// The timestamp of its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Time>,
    /// Why nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

impl OffsetItem {
    /// A partition of which nothing is known.
    pub fn new(topic: Name, partition: i32) -> Self {
        Self {
            topic,
            partition,
            leader: None,
            log_start_offset: None,
            log_end_offset: None,
            records: None,
            offset: None,
            timestamp: None,
            error: None,
        }
    }
}

/// What the partitions of a topic, or all of them, come to. A sum is absent where a partition told nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OffsetTotal {
    /// The topic; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<Name>,
    /// How many partitions.
    pub partitions: usize,
    /// The sum of their records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<i64>,
    /// The sum of their offsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset_sum: Option<i64>,
}

/// Offsets of partitions.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OffsetList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Which offset was asked for: `latest`, or a time; absent for the first and the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// By topic and partition.
    pub items: Vec<OffsetItem>,
    /// By topic.
    pub totals: Vec<OffsetTotal>,
    /// Of all.
    pub total: OffsetTotal,
}

impl OffsetList {
    /// Of these, with their sums.
    pub fn new(cluster_id: Option<String>, at: Option<String>, items: Vec<OffsetItem>) -> Self {
        let of = |items: &[OffsetItem], topic: Option<&Name>| OffsetTotal {
            topic: topic.cloned(),
            partitions: items.len(),
            records: items
                .iter()
                .map(|item| item.records)
                .sum::<Option<i64>>()
                .filter(|_| at.is_none()),
            offset_sum: at.as_ref().and_then(|_| {
                let told = items.iter().all(|item| item.error.is_none());
                told.then(|| items.iter().filter_map(|item| item.offset).sum())
            }),
        };
        let by_topic = items.chunk_by(|a, b| a.topic == b.topic);
        let totals = by_topic.map(|of_topic| of(of_topic, Some(&of_topic[0].topic))).collect();
        let total = of(&items, None);
        Self { cluster_id, at, items, totals, total }
    }

    fn table(&self, wide: bool) -> Table<'_> {
        let mut columns = vec![Column::text("TOPIC"), Column::number("PARTITION")];
        let of_number = |number: Option<i64>| -> Cow<'_, str> {
            number.map_or(Cow::Borrowed("-"), |number| number.to_string().into())
        };
        if self.at.is_some() {
            columns.extend([Column::number("OFFSET"), Column::text("TIMESTAMP")]);
        } else {
            columns.extend(["START", "END", "RECORDS"].map(Column::number));
        }
        columns.extend([Column::number("LEADER"), Column::text("ERROR").keep(200)]);
        let mut table = Table::new(columns, "no partitions");
        for item in &self.items {
            let mut row =
                vec![Cow::Borrowed(item.topic.as_str()), item.partition.to_string().into()];
            if self.at.is_some() {
                let time = item.timestamp.map_or(Cow::Borrowed(""), |time| time.to_string().into());
                row.extend([of_number(item.offset), time]);
            } else {
                let all = [item.log_start_offset, item.log_end_offset, item.records];
                row.extend(all.map(of_number));
            }
            row.push(item.leader.map_or(Cow::Borrowed("none"), |id| id.to_string().into()));
            let name = |error: &ItemError| error.name.clone().into();
            row.push(item.error.as_ref().map_or(Cow::Borrowed(""), name));
            table.push(row);
        }
        if !wide {
            table = table.hide_column("LEADER");
        }
        table.without_empty_column("TIMESTAMP").without_empty_column("ERROR")
    }
}

impl OffsetTotal {
    /// `orders: 3 partitions, 120 records`.
    fn line(&self, style: Style, name: &str) -> Line<'static> {
        let partitions = count(self.partitions, "partition");
        let sum = match (self.records, self.offset_sum) {
            (Some(records), _) => count(usize::try_from(records).unwrap_or(usize::MAX), "record"),
            (None, Some(sum)) => format!("offsets {sum} together"),
            (None, None) => "not all known".to_owned(),
        };
        Line::styled(style, name.to_owned()).then(Style::Plain, format!(": {partitions}, {sum}"))
    }
}

impl Report for OffsetList {
    fn kind(&self) -> &'static str {
        "OffsetList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut blocks = vec![Block::Table(self.table(wide))];
        if self.items.len() > 1 {
            let of_topic = |total: &OffsetTotal| {
                let name = total.topic.as_ref().map_or("", Name::as_str);
                total.line(Style::Bold, &visible(name))
            };
            let mut lines = vec![Line::blank()];
            lines.extend(self.totals.iter().map(of_topic));
            if self.totals.len() > 1 {
                let all = format!("all {} topics", self.totals.len());
                lines.push(self.total.line(Style::Plain, &all));
            }
            blocks.push(Block::Lines(lines));
        }
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(vec![Block::Table(self.table(true))])
    }

    fn named_rows(&self) -> Option<(Vec<Table<'_>>, Vec<Cow<'_, str>>)> {
        None
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let names = self.totals.iter().filter_map(|total| total.topic.as_ref());
        names.map(|name| Cow::Borrowed(name.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(topic: &str, partition: i32, records: Option<i64>, offset: Option<i64>) -> OffsetItem {
        OffsetItem { records, offset, ..OffsetItem::new(topic.into(), partition) }
    }

    #[test]
    fn sums_are_those_of_a_topic_and_of_all_and_no_guess() {
        let list = OffsetList::new(
            None,
            None,
            vec![
                item("a", 0, Some(3), None),
                item("a", 1, Some(4), None),
                item("b", 0, None, None),
            ],
        );
        let told: Vec<_> = list.totals.iter().map(|t| (t.partitions, t.records)).collect();
        assert_eq!(told, [(2, Some(7)), (1, None)]);
        assert_eq!((list.total.partitions, list.total.records), (3, None));
        // A partition without such a record has an answer; one that failed has none.
        let mut items = vec![item("a", 0, None, Some(5)), item("a", 1, None, None)];
        let at = Some("latest-tiered".to_owned());
        let told = |items: &[OffsetItem]| {
            OffsetList::new(None, at.clone(), items.to_vec()).total.offset_sum
        };
        assert_eq!(told(&items), Some(5));
        items[1].error = Some(ItemError::unanswered(&crate::error::Error::failed("gone")));
        assert_eq!(told(&items), None);
    }
}
