//! `ReassignmentPlan`, `ReassignmentList` and `ReassignmentWriteResult`.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{TopicPartition, visible};
use crate::topic::disk::FolderMove;
use crate::topic::reassign::{Move, Ongoing, file};

use super::units::{bytes, count, ids};
use super::write::Subject;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// The brokers without which a partition cannot be moved.
const WAITS_FOR: Column = Column::text("WAITS-FOR");

/// What is to move, and what brokers bear before and after.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReassignmentPlan {
    /// The cluster that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// When it was made, RFC 3339 in UTC.
    pub created_at: String,
    /// The partitions that move, by topic and number.
    pub items: Vec<PlannedMove>,
    /// What is copied between brokers; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_to_copy: Option<u64>,
    /// The brokers, by id.
    pub brokers: Vec<BrokerChange>,
}

/// A partition that moves.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedMove {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The brokers that hold it, the preferred leader first.
    pub from: Vec<i32>,
    /// Those that are to hold it.
    pub to: Vec<i32>,
    /// Those that get it.
    pub adding: Vec<i32>,
    /// Those that lose it.
    pub removing: Vec<i32>,
    /// What is copied between brokers; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_to_copy: Option<u64>,
    /// Brokers that are not there, and without which it cannot be moved; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<i32>,
}

/// What a broker bears before and after.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerChange {
    /// `node.id`.
    pub id: i32,
    /// Its rack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// Whether it is there.
    pub alive: bool,
    /// Replicas on it.
    pub replicas: Change<usize>,
    /// Partitions whose first replica it is.
    pub preferred_leaders: Change<usize>,
    /// What its replicas take; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<Change<u64>>,
}

/// A number before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// As it is.
    pub before: T,
    /// As it is to be.
    pub after: T,
}

impl<T: PartialEq + Copy> Change<T> {
    fn shown(&self, show: impl Fn(T) -> String) -> String {
        if self.before == self.after {
            show(self.before)
        } else {
            format!("{} → {}", show(self.before), show(self.after))
        }
    }
}

impl From<&Move> for PlannedMove {
    fn from(one: &Move) -> Self {
        Self {
            topic: one.partition.topic.to_string(),
            partition: one.partition.partition,
            from: one.from.clone(),
            to: one.to.clone(),
            adding: one.adding(),
            removing: one.removing(),
            bytes_to_copy: one.bytes_to_copy(),
            waits_for: Vec::new(),
        }
    }
}

impl ReassignmentPlan {
    /// `3 partitions move, 1.2 GiB to copy`.
    pub fn sentence(&self) -> String {
        if self.items.is_empty() {
            return "nothing to move".to_owned();
        }
        let move_ = if self.items.len() == 1 { "moves" } else { "move" };
        let copied = match self.bytes_to_copy {
            Some(size) => format!("{} to copy", bytes(size)),
            None => "how much is to be copied is not known".to_owned(),
        };
        format!("{} {move_}, {copied}", count(self.items.len(), "partition"))
    }

    fn moves(&self) -> Table<'_> {
        let columns = vec![
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::text("FROM"),
            Column::text("TO"),
            Column::number("COPY"),
            WAITS_FOR,
        ];
        let mut table = Table::new(columns, "");
        for item in &self.items {
            table.push(vec![
                Cow::Borrowed(&*item.topic),
                item.partition.to_string().into(),
                ids(&item.from).into(),
                ids(&item.to).into(),
                item.bytes_to_copy.map_or("-".into(), |size| bytes(size).into()),
                ids(&item.waits_for).into(),
            ]);
        }
        table.without_empty_column(WAITS_FOR.name)
    }

    fn broker_table(&self) -> Table<'_> {
        let columns = vec![
            Column::number("BROKER"),
            Column::text("RACK"),
            Column::text("REPLICAS"),
            Column::text("PREFERRED-LEADER"),
            Column::text("SIZE"),
            Column::text("STATE").styles(&[("missing", Style::Bad)]),
        ];
        let mut table = Table::new(columns, "");
        for broker in &self.brokers {
            let number = |number: usize| number.to_string();
            table.push(vec![
                broker.id.to_string().into(),
                broker.rack.as_deref().unwrap_or("").into(),
                broker.replicas.shown(number).into(),
                broker.preferred_leaders.shown(number).into(),
                broker.size_bytes.map_or("-".into(), |size| size.shown(bytes).into()),
                if broker.alive { "".into() } else { "missing".into() },
            ]);
        }
        table.without_empty_column("RACK").without_empty_column("STATE")
    }
}

impl Report for ReassignmentPlan {
    fn kind(&self) -> &'static str {
        file::KIND
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let sentence = Line::styled(Style::Bold, self.sentence());
        if self.items.is_empty() {
            return vec![Block::Lines(vec![sentence])];
        }
        vec![
            Block::Table(self.moves()),
            Block::Lines(vec![Line::blank()]),
            Block::Table(self.broker_table()),
            Block::Lines(vec![Line::blank(), sentence]),
        ]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        vec![
            Rows { lists: &[&["items"]], tables: vec![self.moves()] },
            Rows { lists: &[&["brokers"]], tables: vec![self.broker_table()] },
        ]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| format!("{}-{}", item.topic, item.partition).into()).collect()
    }
}

/// What is being moved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReassignmentList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// By topic and partition.
    pub items: Vec<OngoingItem>,
    /// Replicas that are moved between folders of a broker; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log_dir_moves: Vec<LogDirMove>,
    /// The throttles of replication that are set; absent when they could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttles: Option<Vec<ThrottleItem>>,
}

/// A partition that is being moved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OngoingItem {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// All brokers that hold it, those that get it included.
    pub replicas: Vec<i32>,
    /// Those that get it.
    pub adding: Vec<i32>,
    /// Those that lose it at the end.
    pub removing: Vec<i32>,
    /// What lies on those that get it; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_copied: Option<u64>,
    /// What is to lie there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_to_copy: Option<u64>,
    /// Brokers that are not there, and without which it is not moved; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<i32>,
}

/// A replica that is moved between folders of its broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogDirMove {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The broker.
    pub broker: i32,
    /// The folder that it is used in; absent where the broker cannot use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The folder that it is to lie in.
    pub to: String,
    /// What lies there already.
    pub bytes_copied: u64,
    /// What is to lie there.
    pub bytes_to_copy: u64,
}

impl From<FolderMove> for LogDirMove {
    fn from(one: FolderMove) -> Self {
        Self {
            topic: one.partition.topic.to_string(),
            partition: one.partition.partition,
            broker: one.broker,
            from: one.from,
            to: one.to,
            bytes_copied: one.done,
            bytes_to_copy: one.total,
        }
    }
}

impl LogDirMove {
    fn line(&self) -> Line<'static> {
        let what = format!("{}-{} on broker {}", self.topic, self.partition, self.broker);
        let from = self.from.as_deref().map_or(String::new(), |from| format!("{from} "));
        let far = format!("  {} of {}", bytes(self.bytes_copied), bytes(self.bytes_to_copy));
        let text = format!("{what}: {from}→ {}", self.to);
        Line::plain(visible(&text).into_owned()).then(Style::Dim, far)
    }
}

/// A throttle of replication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThrottleItem {
    /// `BROKER` or `TOPIC`.
    pub entity_type: &'static str,
    /// The id or the name.
    pub entity_name: String,
    /// `leader.replication.throttled.rate`, …
    pub key: String,
    /// What was there before it was written just now; absent: nothing, or it was not written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<String>,
    /// Bytes a second, or the replicas that are slowed down.
    pub value: String,
    /// Whether it was taken off just now.
    pub removed: bool,
    /// Whether it would be taken off (`--dry-run`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
    /// The value that was there before it was put on, and holds again; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<String>,
}

impl OngoingItem {
    /// Of an answer of the cluster, with the bytes that are there and that are to be there, and the
    /// brokers that it waits for.
    pub fn new(moving: &Ongoing, copied: Option<(u64, u64)>, waits_for: &[i32]) -> Self {
        Self {
            topic: moving.partition.topic.to_string(),
            partition: moving.partition.partition,
            replicas: moving.replicas.clone(),
            adding: moving.adding.clone(),
            removing: moving.removing.clone(),
            bytes_copied: copied.map(|(done, _)| done),
            bytes_to_copy: copied.map(|(_, total)| total),
            waits_for: waits_for.to_vec(),
        }
    }

    fn progress(&self) -> String {
        match (self.bytes_copied, self.bytes_to_copy) {
            (Some(done), Some(total)) if total > 0 => {
                let percent = u128::from(done) * 100 / u128::from(total);
                format!("{} of {} ({percent} %)", bytes(done), bytes(total))
            }
            (Some(_), Some(_)) => "nothing to copy".to_owned(),
            _ => "-".to_owned(),
        }
    }
}

impl Report for ReassignmentList {
    fn kind(&self) -> &'static str {
        "ReassignmentList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::text("REPLICAS"),
            Column::text("ADDING"),
            Column::text("REMOVING"),
            Column::text("COPIED"),
            WAITS_FOR,
        ];
        let mut table = Table::new(columns, "nothing is being moved");
        for item in &self.items {
            table.push(vec![
                Cow::Borrowed(&*item.topic),
                item.partition.to_string().into(),
                ids(&item.replicas).into(),
                ids(&item.adding).into(),
                ids(&item.removing).into(),
                item.progress().into(),
                ids(&item.waits_for).into(),
            ]);
        }
        let table = table.without_empty_column(WAITS_FOR.name);
        let mut lines: Vec<Line<'_>> = self.log_dir_moves.iter().map(LogDirMove::line).collect();
        for throttle in self.throttles.iter().flatten() {
            let ThrottleItem {
                entity_type,
                entity_name,
                key,
                value,
                removed,
                planned,
                restored,
                ..
            } = throttle;
            let whose = match (entity_type, entity_name.as_str()) {
                // As Kafka's own tool calls what all of them have in common.
                (_, "") => "all brokers".to_owned(),
                (kind, name) => format!("{} {}", kind.to_lowercase(), visible(name)),
            };
            let what = format!("{whose}: {key} = {}", visible(value));
            let note = match (removed, restored) {
                (false, _) if *planned => "in force, would be taken off".to_owned(),
                (false, _) => "in force".to_owned(),
                (true, None) => "taken off".to_owned(),
                (true, Some(before)) => format!("taken off, {} holds again", visible(before)),
            };
            lines.push(Line::plain(what).then(Style::Dim, format!("  {note}")));
        }
        if !lines.is_empty() && !self.items.is_empty() {
            lines.insert(0, Line::blank());
        }
        vec![Block::Table(table), Block::Lines(lines)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| format!("{}-{}", item.topic, item.partition).into()).collect()
    }
}

/// A partition that was to be moved, or whose move was to end. What is not known is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenReassignment {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The brokers that held it, the preferred leader first.
    pub from: Vec<i32>,
    /// Those that are to hold it.
    pub to: Vec<i32>,
    /// What is copied between brokers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_to_copy: Option<u64>,
    /// Whether it lies there.
    pub completed: bool,
    /// Why it does not, where the cluster took the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl WrittenReassignment {
    /// The partition from there to there.
    pub fn new(partition: &TopicPartition, from: Vec<i32>, to: Vec<i32>) -> Self {
        Self {
            topic: partition.topic.to_string(),
            partition: partition.partition,
            from,
            to,
            ..Self::default()
        }
    }

    /// The partition.
    pub fn key(&self) -> TopicPartition {
        TopicPartition::new(self.topic.as_str(), self.partition)
    }
}

impl Subject for WrittenReassignment {
    const KIND: &'static str = "ReassignmentWriteResult";
    const PLURAL: &'static str = "partitions";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::text("FROM"),
            Column::text("TO"),
            Column::number("COPY"),
            Column::text("COMPLETED"),
            Column::text("REASON").keep(240),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![
            Cow::Borrowed(&self.topic),
            self.partition.to_string().into(),
            ids(&self.from).into(),
            ids(&self.to).into(),
            self.bytes_to_copy.map_or("".into(), |size| bytes(size).into()),
            if self.completed { "yes".into() } else { "no".into() },
            self.reason.as_deref().map(visible).unwrap_or_default(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        format!("{}-{}", self.topic, self.partition).into()
    }
}
