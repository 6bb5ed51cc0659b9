//! `TopicList` and `TopicDescription`.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::KafkaError;
use crate::model::{Operation, TopicId, visible};
use crate::topic::{ConfigEntry, Partition, Problem, Topic};

use super::acl_write::ItemError;
use super::units::{bytes, count, ids};
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// A topic. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicItem {
    /// Its name.
    pub name: String,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<TopicId>,
    /// Made by Kafka for itself.
    pub internal: bool,
    /// How many partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_count: Option<usize>,
    /// How many replicas of each; the fewest that one has, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<usize>,
    /// The numbers of replicas that its partitions have, where they differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replication_factors: Vec<usize>,
    /// What all replicas take on the disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Partitions with a replica that is not in sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_replicated: Option<usize>,
    /// Partitions with fewer replicas in sync than `min.insync.replicas`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_min_isr: Option<usize>,
    /// Partitions with as many as that, and not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_min_isr: Option<usize>,
    /// Partitions without a leader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline: Option<usize>,
    /// Partitions that another than the first replica leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_not_preferred: Option<usize>,
    /// Why nothing is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
    /// Values that differ from the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configs: Option<Vec<ConfigItem>>,
    /// What the caller may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized_operations: Option<Vec<Operation>>,
    /// The partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<Vec<PartitionItem>>,
}

/// A value of the configuration.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigItem {
    /// The key.
    pub name: String,
    /// The value; absent when it is not set or sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Kafka's name of what sets it: `DYNAMIC_TOPIC_CONFIG`.
    pub source: &'static str,
    /// The broker keeps it to itself.
    pub sensitive: bool,
}

/// A partition. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionItem {
    /// Its number.
    pub partition: i32,
    /// Who leads it; absent while nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader: Option<i32>,
    /// Who has a replica, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Whose replica is in sync.
    pub in_sync: Vec<i32>,
    /// Whose replica is offline.
    pub offline: Vec<i32>,
    /// Who gets a replica from a reassignment under way; absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adding_replicas: Vec<i32>,
    /// Who loses its replica to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removing_replicas: Vec<i32>,
    /// Who is not in sync and may lead without loss (KIP-966); absent where brokers do not know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// Who was so when last seen, and stopped without notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_known_eligible_leader_replicas: Option<Vec<i32>>,
    /// The first offset that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_start_offset: Option<i64>,
    /// The offset of the next record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_end_offset: Option<i64>,
    /// What its largest replica takes on a disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// `offline`, `underMinIsr`, `atMinIsr`, `underReplicated`, `leaderNotPreferred`.
    pub problems: Vec<&'static str>,
}

impl TopicItem {
    /// Without its partitions.
    pub fn new(topic: &Topic, min_isr: Option<usize>) -> Self {
        let told = topic.error.is_none();
        let with_min = |problem| min_isr.filter(|_| told).map(|_| topic.count(problem, min_isr));
        let count = |problem| told.then(|| topic.count(problem, None));
        Self {
            name: topic.name.to_string(),
            topic_id: topic.id,
            internal: topic.internal,
            partition_count: told.then_some(topic.partitions.len()),
            replication_factor: told.then(|| topic.replication_factor()),
            replication_factors: topic.differing_factors(),
            size_bytes: None,
            under_replicated: count(Problem::UnderReplicated),
            under_min_isr: with_min(Problem::UnderMinIsr),
            at_min_isr: with_min(Problem::AtMinIsr),
            offline: count(Problem::Offline),
            leader_not_preferred: count(Problem::LeaderNotPreferred),
            error: topic.error.as_ref().map(ItemError::from),
            configs: None,
            authorized_operations: topic
                .authorized_operations
                .as_ref()
                .filter(|_| told)
                .map(|all| all.iter().copied().collect()),
            partitions: None,
        }
    }

    /// `3`, or where partitions differ `1-3`.
    fn replicas(&self) -> Option<String> {
        match &self.replication_factors[..] {
            [least, .., most] => Some(format!("{least}-{most}")),
            _ => self.replication_factor.map(|factor| factor.to_string()),
        }
    }

    /// `ok`, or what is wrong: `2 under-replicated, 1 offline`.
    pub fn health(&self) -> String {
        if let Some(error) = &self.error {
            return error.name.clone();
        }
        let parts: Vec<String> = [
            (self.offline.unwrap_or(0), Problem::Offline),
            (self.under_min_isr.unwrap_or(0), Problem::UnderMinIsr),
            (self.at_min_isr.unwrap_or(0), Problem::AtMinIsr),
            (self.under_replicated.unwrap_or(0), Problem::UnderReplicated),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, problem)| format!("{count} {}", problem.word()))
        .chain(self.under_min_isr.is_none().then(|| "min-isr not known".to_owned()))
        .collect();
        if parts.is_empty() { "ok".to_owned() } else { parts.join(", ") }
    }
}

impl From<&ConfigEntry> for ConfigItem {
    fn from(entry: &ConfigEntry) -> Self {
        Self {
            name: entry.name.clone(),
            value: entry.value.clone(),
            source: entry.source.upper(),
            sensitive: entry.sensitive,
        }
    }
}

impl PartitionItem {
    /// Whether a reassignment is under way.
    fn moves(&self) -> bool {
        !self.adding_replicas.is_empty() || !self.removing_replicas.is_empty()
    }

    /// Without offsets and size.
    pub fn new(partition: &Partition, min_isr: Option<usize>) -> Self {
        Self {
            partition: partition.index,
            leader: partition.leader,
            replicas: partition.replicas.clone(),
            in_sync: partition.in_sync.clone(),
            offline: partition.offline.clone(),
            adding_replicas: partition.adding.clone(),
            removing_replicas: partition.removing.clone(),
            eligible_leader_replicas: None,
            last_known_eligible_leader_replicas: None,
            log_start_offset: None,
            log_end_offset: None,
            size_bytes: None,
            problems: partition.problems(min_isr).into_iter().map(Problem::code).collect(),
        }
    }
}

/// Topics, a row each.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// By name.
    pub items: Vec<TopicItem>,
    /// Only some were asked for: that there are none is not said.
    #[serde(skip)]
    pub filtered: bool,
}

fn or_dash<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed("-"), |value| Cow::Owned(value.to_string()))
}

impl Report for TopicList {
    fn kind(&self) -> &'static str {
        "TopicList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut columns =
            vec![Column::text("NAME"), Column::number("PARTITIONS"), Column::number("REPLICAS")];
        if wide {
            columns.extend([
                Column::number("SIZE"),
                Column::text("HEALTH").styles(&[("ok", Style::Good)]),
                Column::text("INTERNAL").keep(90),
                Column::text("TOPIC-ID").keep(80),
            ]);
        }
        let mut table = Table::new(columns, if self.filtered { "" } else { "no topics" });
        for item in &self.items {
            let mut row: Vec<Cow<'_, str>> = vec![
                Cow::Borrowed(&item.name),
                or_dash(item.partition_count),
                or_dash(item.replicas()),
            ];
            if wide {
                row.extend([
                    or_dash(item.size_bytes.map(bytes)),
                    item.health().into(),
                    if item.internal { "yes" } else { "no" }.into(),
                    or_dash(item.topic_id),
                ]);
            }
            table.push(row);
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(item.name.as_str())).collect()
    }
}

/// Topics with their partitions.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicDescription {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Only some partitions are here, as asked for.
    #[serde(skip)]
    pub filtered: bool,
    /// By name.
    pub items: Vec<TopicItem>,
}

impl Report for TopicDescription {
    fn kind(&self) -> &'static str {
        "TopicDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        if self.filtered {
            let partitions = || self.items.iter().flat_map(|item| item.partitions.iter().flatten());
            let shown = Shown { topic: true, problems: true, ..Shown::of(partitions(), wide) };
            let mut table = Table::new(shown.columns(), "no partition matches");
            for item in &self.items {
                for partition in item.partitions.iter().flatten() {
                    table.push(shown.row(&item.name, partition));
                }
            }
            return vec![Block::Table(table)];
        }
        let mut blocks = Vec::new();
        for item in &self.items {
            let mut lines = head(item, wide);
            if !blocks.is_empty() {
                lines.insert(0, Line::blank());
            }
            blocks.push(Block::Lines(lines));
            let partitions = item.partitions.as_deref().unwrap_or_default();
            if item.error.is_some() {
                continue;
            }
            let shown = Shown::of(partitions.iter(), wide);
            let mut table = Table::new(shown.columns(), "no partitions");
            for partition in partitions {
                table.push(shown.row(&item.name, partition));
            }
            blocks.push(Block::Table(table));
        }
        if self.items.is_empty() {
            let all = Shown { topic: true, problems: true, ..Shown::default() };
            blocks.push(Block::Table(Table::new(all.columns(), "no topics")));
        }
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of(&[&["items", "partitions"]], self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        // What is not there is no name to go on with.
        let there = self.items.iter().filter(|item| item.error.is_none());
        there.map(|item| Cow::Borrowed(item.name.as_str())).collect()
    }
}

/// What stands above a topic's partitions.
fn head(item: &TopicItem, wide: bool) -> Vec<Line<'_>> {
    let mut first = Line::styled(Style::Bold, visible(&item.name));
    if item.internal {
        first = first.then(Style::Dim, " (internal)");
    }
    if let Some(error) = &item.error {
        let error = KafkaError::from(error);
        return vec![first, Line::styled(Style::Bad, format!("  {error}"))];
    }
    let mut facts = format!(
        "  {}, replication factor {}",
        count(item.partition_count.unwrap_or_default(), "partition"),
        item.replicas().unwrap_or_default()
    );
    if let Some(size) = item.size_bytes {
        facts.push_str(&format!(", {} on disk", bytes(size)));
    }
    if let Some(id) = item.topic_id {
        facts.push_str(&format!(", id {id}"));
    }
    let mut lines = vec![first, Line::plain(facts)];
    let health = item.health();
    if health != "ok" {
        lines.push(Line::styled(Style::Bad, format!("  {health}")));
    }
    for config in item.configs.iter().flatten() {
        let value = match &config.value {
            Some(value) => visible(value).into_owned(),
            None if config.sensitive => "(sensitive)".to_owned(),
            None => "(not set)".to_owned(),
        };
        let line = Line::plain(format!("  {}={value}", visible(&config.name)));
        lines.push(line.then(Style::Dim, format!("  {}", config.source)));
    }
    if let (true, Some(operations)) = (wide, &item.authorized_operations) {
        let words: Vec<String> = operations.iter().map(ToString::to_string).collect();
        lines.push(Line::styled(Style::Dim, format!("  you may: {}", words.join(", "))));
    }
    lines
}

/// What of partitions is shown besides what always is.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    topic: bool,
    problems: bool,
    /// Who may lead without being in sync.
    eligible: bool,
    /// What a reassignment under way does.
    moving: bool,
}

impl Shown {
    /// What there is to be shown of these, or all that is known.
    fn of<'a>(partitions: impl Iterator<Item = &'a PartitionItem>, wide: bool) -> Self {
        let mut shown = Self { problems: wide, ..Self::default() };
        for partition in partitions {
            shown.problems |= !partition.problems.is_empty();
            shown.moving |= partition.moves();
            for told in [
                &partition.eligible_leader_replicas,
                &partition.last_known_eligible_leader_replicas,
            ] {
                shown.eligible |= told.as_ref().is_some_and(|told| wide || !told.is_empty());
            }
        }
        shown
    }

    fn columns(self) -> Vec<Column> {
        let mut columns = if self.topic { vec![Column::text("TOPIC")] } else { Vec::new() };
        columns.extend([
            Column::number("PARTITION"),
            Column::number("LEADER").styles(&[("none", Style::Bad)]),
            Column::text("REPLICAS"),
            Column::text("IN-SYNC"),
        ]);
        if self.moving {
            columns.push(Column::text("MOVING"));
        }
        if self.eligible {
            columns.extend([Column::text("ELR"), Column::text("LAST-KNOWN-ELR").keep(120)]);
        }
        columns.extend([
            Column::number("START").keep(100),
            Column::number("END").keep(110),
            Column::number("SIZE").keep(90),
        ]);
        if self.problems {
            columns.push(Column::text("PROBLEMS"));
        }
        columns
    }

    fn row<'a>(self, topic: &'a str, partition: &PartitionItem) -> Vec<Cow<'a, str>> {
        let mut row: Vec<Cow<'a, str>> = if self.topic { vec![topic.into()] } else { Vec::new() };
        row.extend([
            Cow::Owned(partition.partition.to_string()),
            partition.leader.map_or(Cow::Borrowed("none"), |id| Cow::Owned(id.to_string())),
            Cow::Owned(ids(&partition.replicas)),
            Cow::Owned(ids(&partition.in_sync)),
        ]);
        if self.moving {
            let signed = |sign: char, ids: &[i32]| {
                ids.iter().map(|id| format!("{sign}{id}")).collect::<Vec<_>>()
            };
            let added = signed('+', &partition.adding_replicas);
            let all = [added, signed('-', &partition.removing_replicas)].concat();
            row.push(if all.is_empty() { "-".into() } else { all.join(" ").into() });
        }
        if self.eligible {
            let told = |told: &Option<Vec<i32>>| match told.as_deref() {
                None | Some([]) => Cow::Borrowed("-"),
                Some(told) => Cow::Owned(ids(told)),
            };
            row.push(told(&partition.eligible_leader_replicas));
            row.push(told(&partition.last_known_eligible_leader_replicas));
        }
        row.extend([
            or_dash(partition.log_start_offset),
            or_dash(partition.log_end_offset),
            or_dash(partition.size_bytes.map(bytes)),
        ]);
        if self.problems {
            let words = Problem::ALL.iter().filter(|p| partition.problems.contains(&p.code()));
            row.push(words.map(|p| p.word()).collect::<Vec<_>>().join(", ").into());
        }
        row
    }
}
