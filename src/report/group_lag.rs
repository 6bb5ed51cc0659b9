//! `GroupLag`: how far groups are behind, partition by partition, and the totals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Name;

use super::{Annotation, Block, Column, Json, Line, Report, Severity, Style, Table};

/// A partition that a group has to do with. What is not known is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionLag {
    /// The group.
    pub group_id: Name,
    /// The topic.
    pub topic: Name,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record that the group would read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_offset: Option<i64>,
    /// The first offset that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_start_offset: Option<i64>,
    /// The offset behind the last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_end_offset: Option<i64>,
    /// How many records wait; in a log with transactions or compaction at most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// How old the first of them is, in milliseconds; 0 where none waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_lag_ms: Option<i64>,
    /// How old it is at most, where which one it is is not known.
    #[serde(skip)]
    pub at_most_ms: Option<i64>,
    /// Who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<Name>,
    /// That one's `client.id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Name>,
    /// Where that one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// Why there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl PartitionLag {
    /// A partition of which nothing is known.
    pub fn new(group_id: Name, topic: Name, partition: i32) -> Self {
        Self {
            group_id,
            topic,
            partition,
            committed_offset: None,
            log_start_offset: None,
            log_end_offset: None,
            lag: None,
            time_lag_ms: None,
            at_most_ms: None,
            member_id: None,
            client_id: None,
            host: None,
            problem: None,
        }
    }

    /// Whether records behind the commit are done with, or may be where a broker does not count them, as
    /// in share groups: then the first that waits is not the one at the commit, and nobody tells which it is.
    pub fn has_gaps(&self) -> bool {
        let all = self.log_end_offset.zip(self.committed_offset);
        let less = |(lag, (end, committed)): (i64, (i64, i64))| lag < end.saturating_sub(committed);
        self.problem == Some(Problem::NotCounted) || self.lag.zip(all).is_some_and(less)
    }

    /// The offset that as many records lie before as are done with, where that is known: the commit, and in
    /// a share group, which may be done with records behind its start, so much more.
    pub fn done(&self) -> Option<i64> {
        match (self.log_end_offset, self.lag) {
            (Some(end), Some(lag)) => Some(end.saturating_sub(lag)),
            _ if self.problem == Some(Problem::NotCounted) => None,
            _ => self.committed_offset,
        }
    }
}

/// Why a partition has no lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Problem {
    /// The group has committed nothing: `auto.offset.reset` decides where it begins.
    NoCommit,
    /// The records behind the commit are gone: consumers lose data, or begin where
    /// `auto.offset.reset` says.
    BelowLogStart,
    /// The commit is beyond the end: the log was truncated, or the topic made anew.
    AboveLogEnd,
    /// The topic or partition does not exist.
    UnknownTopic,
    /// The topic may not be described.
    HiddenTopic,
    /// The log's offsets could not be read.
    NotReadable,
    /// A share group, and its broker does not count what waits.
    NotCounted,
}

impl Problem {
    /// The word, as in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Problem::NoCommit => "noCommit",
            Problem::BelowLogStart => "belowLogStart",
            Problem::AboveLogEnd => "aboveLogEnd",
            Problem::UnknownTopic => "unknownTopic",
            Problem::HiddenTopic => "hiddenTopic",
            Problem::NotReadable => "notReadable",
            Problem::NotCounted => "notCounted",
        }
    }

    /// The same in a sentence.
    pub const fn reason(self) -> &'static str {
        match self {
            Problem::NoCommit => "nothing is committed",
            Problem::BelowLogStart => "the records behind its commit are gone",
            Problem::AboveLogEnd => "its commit lies beyond the end of the log",
            Problem::UnknownTopic => "there is no such partition",
            Problem::HiddenTopic => "you may not describe the topic",
            Problem::NotReadable => "its offsets could not be read",
            Problem::NotCounted => "its broker does not count what waits in share groups",
        }
    }
}

/// The lag of several partitions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LagSum {
    /// The sum over those partitions that have a number; absent where none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// The largest over those partitions that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_lag_ms: Option<i64>,
    /// How many partitions.
    pub partitions: usize,
    /// How many of them have a problem and no number.
    pub problems: usize,
}

impl LagSum {
    /// The lag of one partition.
    pub fn of(item: &PartitionLag) -> Self {
        Self {
            lag: item.lag,
            time_lag_ms: item.time_lag_ms,
            partitions: 1,
            problems: usize::from(item.problem.is_some()),
        }
    }

    /// Adds that of other partitions.
    pub fn add(&mut self, other: Self) {
        if let Some(lag) = other.lag {
            self.lag = Some(self.lag.unwrap_or(0).saturating_add(lag));
        }
        self.time_lag_ms = self.time_lag_ms.max(other.time_lag_ms);
        self.partitions += other.partitions;
        self.problems += other.problems;
    }
}

/// The lag of a group, of a group in a topic, or of a member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LagTotal {
    /// The group.
    pub group_id: Name,
    /// Of this topic only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Name>,
    /// Of this member only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<Name>,
    /// How far that is behind.
    #[serde(flatten)]
    pub sum: LagSum,
}

impl LagTotal {
    /// Whether it is that of a whole group.
    pub fn is_whole(&self) -> bool {
        self.topic.is_none() && self.member_id.is_none()
    }
}

/// The lag of all groups together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LagOfAll {
    /// How many groups.
    pub groups: usize,
    /// How far they are behind.
    #[serde(flatten)]
    pub sum: LagSum,
}

impl LagOfAll {
    /// The sum of what whole groups have among `totals`.
    pub fn of(totals: &[LagTotal]) -> Self {
        let mut all = Self::default();
        for total in totals.iter().filter(|total| total.is_whole()) {
            all.groups += 1;
            all.sum.add(total.sum);
        }
        all
    }
}

/// What a row of the table is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rows {
    /// A partition.
    #[default]
    Partitions,
    /// A topic.
    Topics,
    /// A member.
    Members,
    /// A group.
    Groups,
}

/// The lag of groups.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupLag {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// When, RFC 3339 in UTC.
    pub captured_at: String,
    /// Whether every broker answered, every group could be read, and neither a group nor a topic that one
    /// may have commits on is hidden from the caller.
    pub complete: bool,
    /// By group, topic and partition.
    pub items: Vec<PartitionLag>,
    /// By group; each first as a whole, then by topic, then by member.
    pub totals: Vec<LagTotal>,
    /// Of all groups.
    pub total: LagOfAll,
    /// What a person is shown.
    #[serde(skip)]
    pub rows: Rows,
    /// The limits that are exceeded, in words.
    #[serde(skip)]
    pub exceeded: Vec<String>,
}

impl Report for GroupLag {
    fn kind(&self) -> &'static str {
        "GroupLag"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let table = match self.rows {
            Rows::Partitions => self.partitions(wide),
            Rows::Topics => self.totals(|total| total.topic.is_some()),
            Rows::Members => self.members(),
            Rows::Groups => self.totals(LagTotal::is_whole),
        };
        let mut blocks = vec![Block::Table(table)];
        let mut lines = if self.rows == Rows::Partitions && !self.items.is_empty() {
            self.of_groups().map(|total| sum(Style::Bold, &total.group_id, &total.sum)).collect()
        } else {
            Vec::new()
        };
        if self.total.groups > 1 {
            let all = format!("all {} groups", self.total.groups);
            lines.push(sum(Style::Plain, &all, &self.total.sum));
        }
        if !lines.is_empty() {
            lines.insert(0, Line::blank());
            blocks.push(Block::Lines(lines));
        }
        blocks
    }

    fn rows(&self) -> Vec<super::Rows<'_>> {
        // Whatever a person is shown: the items are partitions.
        vec![super::Rows { lists: &[&["items"]], tables: vec![self.partitions(true)] }]
    }

    fn named_rows(&self) -> Option<(Vec<Table<'_>>, Vec<Cow<'_, str>>)> {
        Some((vec![self.totals(LagTotal::is_whole)], self.names()))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.of_groups().map(|total| Cow::Borrowed(total.group_id.as_str())).collect()
    }

    fn annotations(&self) -> Vec<Annotation> {
        let annotation = |words: &String| Annotation {
            severity: Severity::Error,
            place: None,
            column: None,
            title: Some("group lag".to_owned()),
            message: words.clone(),
        };
        self.exceeded.iter().map(annotation).collect()
    }
}

const PROBLEMS: &[(&str, Style)] = &[
    ("noCommit", Style::Warning),
    ("belowLogStart", Style::Bad),
    ("aboveLogEnd", Style::Bad),
    ("unknownTopic", Style::Bad),
    ("hiddenTopic", Style::Warning),
    ("notReadable", Style::Bad),
    ("notCounted", Style::Warning),
];

fn number(number: Option<i64>) -> Cow<'static, str> {
    number.map_or(Cow::Borrowed(""), |number| number.to_string().into())
}

fn name(name: Option<&Name>) -> Cow<'_, str> {
    name.map_or(Cow::Borrowed(""), |name| Cow::Borrowed(name.as_str()))
}

impl GroupLag {
    fn partitions(&self, wide: bool) -> Table<'_> {
        let columns = vec![
            Column::text("GROUP"),
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::number("COMMITTED"),
            Column::number("START").keep(90),
            Column::number("END"),
            Column::number("LAG"),
            Column::number("AGE"),
            Column::text("PROBLEM").styles(PROBLEMS),
            Column::text("CLIENT").keep(120),
            Column::text("HOST").keep(110),
            Column::text("MEMBER").keep(100),
        ];
        let mut table = Table::new(columns, NOTHING);
        for item in &self.items {
            table.push([
                Cow::Borrowed(item.group_id.as_str()),
                Cow::Borrowed(item.topic.as_str()),
                item.partition.to_string().into(),
                number(item.committed_offset),
                number(item.log_start_offset),
                number(item.log_end_offset),
                number(item.lag),
                age(item.time_lag_ms),
                item.problem.map_or("", Problem::word).into(),
                name(item.client_id.as_ref()),
                name(item.host.as_ref()),
                name(item.member_id.as_ref()),
            ]);
        }
        if self.total.groups < 2 && !wide {
            table = table.hide_column("GROUP");
        }
        ["AGE", "PROBLEM", "CLIENT", "HOST", "MEMBER"]
            .into_iter()
            .fold(table, Table::without_empty_column)
    }

    /// One row a member, and behind those of each group what no member is known to hold.
    fn members(&self) -> Table<'_> {
        let mut unheld: BTreeMap<&Name, LagSum> = BTreeMap::new();
        for item in self.items.iter().filter(|item| item.member_id.is_none()) {
            unheld.entry(&item.group_id).or_default().add(LagSum::of(item));
        }
        let mut table = Table::new(total_columns(), NOTHING);
        for of_group in self.totals.chunk_by(|a, b| a.group_id == b.group_id) {
            for total in of_group.iter().filter(|total| total.member_id.is_some()) {
                table.push(self.total(total));
            }
            let group = &of_group[0].group_id;
            if let Some(sum) = unheld.get(group) {
                table.push(total_cells(group, [Cow::Borrowed(""), NOBODY, Cow::Borrowed("")], sum));
            }
        }
        without_empty(table)
    }

    fn totals(&self, of: impl Fn(&LagTotal) -> bool) -> Table<'_> {
        let mut table = Table::new(total_columns(), NOTHING);
        for total in self.totals.iter().filter(|total| of(total)) {
            table.push(self.total(total));
        }
        without_empty(table)
    }

    fn total<'t>(&'t self, total: &'t LagTotal) -> [Cow<'t, str>; 8] {
        let client = self
            .items
            .iter()
            .find(|item| total.member_id.is_some() && item.member_id == total.member_id);
        let client = name(client.and_then(|item| item.client_id.as_ref()));
        let of = [name(total.topic.as_ref()), name(total.member_id.as_ref()), client];
        total_cells(&total.group_id, of, &total.sum)
    }

    /// The total of each group.
    fn of_groups(&self) -> impl Iterator<Item = &LagTotal> {
        self.totals.iter().filter(|total| total.is_whole())
    }
}

fn total_columns() -> Vec<Column> {
    vec![
        Column::text("GROUP"),
        Column::text("TOPIC"),
        Column::text("MEMBER"),
        Column::text("CLIENT").keep(120),
        Column::number("PARTITIONS").keep(150),
        Column::number("LAG"),
        Column::number("AGE"),
        Column::number("PROBLEMS").keep(160),
    ]
}

/// A row of totals: the group, its topic, member and client, and how far that is behind.
fn total_cells<'t>(
    group: &'t Name,
    [topic, member, client]: [Cow<'t, str>; 3],
    sum: &LagSum,
) -> [Cow<'t, str>; 8] {
    [
        Cow::Borrowed(group.as_str()),
        topic,
        member,
        client,
        sum.partitions.to_string().into(),
        number(sum.lag),
        age(sum.time_lag_ms),
        match sum.problems {
            0 => Cow::Borrowed(""),
            count => count.to_string().into(),
        },
    ]
}

fn without_empty(table: Table<'_>) -> Table<'_> {
    ["TOPIC", "MEMBER", "CLIENT", "AGE", "PROBLEMS"]
        .into_iter()
        .fold(table, Table::without_empty_column)
}

/// A total on a line.
fn sum(style: Style, name: &str, total: &LagSum) -> Line<'static> {
    if total.partitions == 0 {
        return Line::styled(style, name.to_owned()).then(Style::Plain, format!(": {NOTHING}"));
    }
    let lag = total.lag.map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
    let mut line = Line::styled(style, name.to_owned())
        .then(Style::Plain, format!(": lag {lag} in {}", partitions(total.partitions)));
    if let Some(ms) = total.time_lag_ms.filter(|ms| *ms > 0) {
        line = line.then(Style::Plain, format!(", oldest record {}", duration(ms)));
    }
    if total.problems > 0 {
        line = line.then(Style::Warning, format!(", {} without a number", total.problems));
    }
    line
}

/// In place of a member: nobody holds it, or members do not tell what they hold.
const NOBODY: Cow<'static, str> = Cow::Borrowed("(no member known)");

/// Of a group without commits, whose members hold nothing.
const NOTHING: &str = "nothing committed and nothing assigned";

fn partitions(count: usize) -> String {
    if count == 1 { "1 partition".to_owned() } else { format!("{count} partitions") }
}

fn age(ms: Option<i64>) -> Cow<'static, str> {
    ms.map_or(Cow::Borrowed(""), |ms| duration(ms).into())
}

/// `0s`, `850ms`, `3.2s`, `5m 10s`, `2h 5m`, `3d 4h`.
pub fn duration(ms: i64) -> String {
    let pair = |large: i64, unit: &str, small: i64, part: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit} {small}{part}") }
    };
    let seconds = ms / 1000;
    match ms {
        i64::MIN..=0 => "0s".to_owned(),
        1..1_000 => format!("{ms}ms"),
        1_000..60_000 => {
            let tenths = ms / 100;
            if tenths % 10 == 0 {
                format!("{seconds}s")
            } else {
                format!("{seconds}.{}s", tenths % 10)
            }
        }
        60_000..3_600_000 => pair(seconds / 60, "m", seconds % 60, "s"),
        3_600_000..86_400_000 => pair(seconds / 3600, "h", seconds / 60 % 60, "m"),
        _ => pair(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no member holds is behind, too: a group without members, and a partition that nobody has.
    #[test]
    fn rows_of_members_add_up_to_the_group() {
        let item = |group: &str, partition: i32, member: Option<&str>, lag: i64| PartitionLag {
            lag: Some(lag),
            member_id: member.map(Name::from),
            client_id: member.map(Name::from),
            ..PartitionLag::new(group.into(), "t".into(), partition)
        };
        let items = vec![
            item("empty", 0, None, 50),
            item("empty", 1, None, 2),
            item("half", 0, Some("a"), 0),
            item("half", 1, None, 1491),
            item("whole", 0, Some("b"), 3),
        ];
        let totals = crate::group::lag::totals(&items, []);
        let report = GroupLag {
            cluster_id: None,
            captured_at: String::new(),
            complete: true,
            total: LagOfAll::of(&totals),
            items,
            totals,
            rows: Rows::Members,
            exceeded: Vec::new(),
        };
        let blocks = report.blocks(false);
        let Block::Table(table) = &blocks[0] else { panic!("{blocks:?}") };
        let rows: Vec<String> = table.rows.iter().map(|row| row.join("|")).collect();
        assert_eq!(
            rows,
            [
                "empty|(no member known)||2|52",
                "half|a|a|1|0",
                "half|(no member known)||1|1491",
                "whole|b|b|1|3",
            ]
        );
    }

    #[test]
    fn ages_read_well() {
        for (ms, shown) in [
            (-5, "0s"),
            (850, "850ms"),
            (1_000, "1s"),
            (3_250, "3.2s"),
            (310_000, "5m 10s"),
            (7_500_000, "2h 5m"),
            (86_400_000 * 3 + 3_600_000 * 4, "3d 4h"),
        ] {
            assert_eq!(duration(ms), shown);
        }
    }
}
