//! `TransactionList`, `TransactionDescription`, `ProducerList`, `HangingTransactionList`,
//! `TransactionWriteResult` and `TransactionTerminationResult`.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::units::span;
use super::write::Subject;
use super::{Block, Column, Json, Report, Rows, Table};
use crate::model::{Name, TopicPartition};

/// The transactional ids of a cluster.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionList {
    /// The cluster asked.
    pub cluster_id: String,
    /// Whether every coordinator answered.
    pub complete: bool,
    /// By transactional id.
    pub items: Vec<ListedTransaction>,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedTransaction {
    /// The id.
    pub transactional_id: Name,
    /// Kafka's word: `Ongoing`.
    pub state: String,
    /// The producer that uses it.
    pub producer_id: i64,
    /// The broker that coordinates it.
    pub coordinator: i32,
}

impl Report for TransactionList {
    fn kind(&self) -> &'static str {
        "TransactionList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::text("TRANSACTIONAL-ID"),
            Column::text("STATE"),
            Column::number("PRODUCER-ID"),
            Column::number("COORDINATOR").keep(100),
        ];
        let mut table = Table::new(columns, "no transactions");
        for item in &self.items {
            table.push([
                Cow::Borrowed(item.transactional_id.as_str()),
                Cow::Borrowed(item.state.as_str()),
                item.producer_id.to_string().into(),
                item.coordinator.to_string().into(),
            ]);
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.transactional_id.as_str().into()).collect()
    }
}

/// Transactions as their coordinators describe them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionDescription {
    /// The cluster asked.
    pub cluster_id: String,
    /// In the order asked.
    pub items: Vec<Transaction>,
}

/// One of them. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The id.
    pub transactional_id: Name,
    /// Kafka's word: `Ongoing`.
    pub state: String,
    /// The broker that coordinates it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<i32>,
    /// The producer that uses it.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// After how long the coordinator aborts it.
    pub timeout_ms: i32,
    /// When it began, RFC 3339 in UTC; absent when none is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// For how long it has been running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<i64>,
    /// The partitions that it has written to and that have no marker yet.
    pub partitions: Vec<Partition>,
}

/// A partition.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Partition {
    /// The topic.
    pub topic: Name,
    /// From 0.
    pub partition: i32,
}

impl From<&TopicPartition> for Partition {
    fn from(partition: &TopicPartition) -> Self {
        Self { topic: partition.topic.clone(), partition: partition.partition }
    }
}

fn age(millis: Option<i64>) -> Cow<'static, str> {
    let millis = millis.and_then(|millis| u64::try_from(millis).ok());
    millis.map_or(Cow::Borrowed(""), |millis| span(Duration::from_millis(millis)).into())
}

impl Report for TransactionDescription {
    fn kind(&self) -> &'static str {
        "TransactionDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::text("TRANSACTIONAL-ID"),
            Column::text("STATE"),
            Column::number("PRODUCER-ID"),
            Column::number("EPOCH"),
            Column::number("COORDINATOR").keep(100),
            Column::number("TIMEOUT").keep(110),
            Column::text("STARTED").keep(120),
            Column::number("AGE"),
            Column::text("PARTITIONS"),
        ];
        let mut table = Table::new(columns, "none of them is there");
        for item in &self.items {
            let partitions: Vec<String> =
                item.partitions.iter().map(|p| format!("{}-{}", p.topic, p.partition)).collect();
            table.push([
                Cow::Borrowed(item.transactional_id.as_str()),
                Cow::Borrowed(item.state.as_str()),
                item.producer_id.to_string().into(),
                item.producer_epoch.to_string().into(),
                item.coordinator.map_or_else(String::new, |id| id.to_string()).into(),
                age(Some(i64::from(item.timeout_ms))),
                item.started_at.as_deref().unwrap_or_default().into(),
                age(item.age_ms),
                partitions.join(", ").into(),
            ]);
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.transactional_id.as_str().into()).collect()
    }
}

/// Producers with ids, as the leaders of partitions know them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProducerList {
    /// The cluster asked.
    pub cluster_id: String,
    /// Whether every partition could be looked at.
    pub complete: bool,
    /// By partition.
    pub items: Vec<ListedProducer>,
}

/// One of them. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedProducer {
    /// The topic.
    pub topic: Name,
    /// From 0.
    pub partition: i32,
    /// Its id.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i32,
    /// The sequence number of its last record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sequence: Option<i32>,
    /// When it last wrote, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_write_at: Option<String>,
    /// The epoch of the coordinator that ended its last transaction; absent when none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinator_epoch: Option<i32>,
    /// Where its open transaction begins; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_start_offset: Option<i64>,
}

impl Report for ProducerList {
    fn kind(&self) -> &'static str {
        "ProducerList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::text("PARTITION"),
            Column::number("PRODUCER-ID"),
            Column::number("EPOCH"),
            Column::number("LAST-SEQUENCE").keep(100),
            Column::text("LAST-WRITE"),
            Column::number("COORDINATOR-EPOCH").keep(110),
            Column::number("TRANSACTION-START"),
        ];
        let mut table = Table::new(columns, "no producers with ids");
        let known = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        for item in &self.items {
            table.push([
                format!("{}-{}", item.topic, item.partition).into(),
                item.producer_id.to_string().into(),
                item.producer_epoch.to_string().into(),
                known(item.last_sequence.map(i64::from)).into(),
                item.last_write_at.as_deref().unwrap_or_default().into(),
                known(item.coordinator_epoch.map(i64::from)).into(),
                known(item.transaction_start_offset).into(),
            ]);
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.producer_id.to_string().into()).collect()
    }
}

/// Transactions that hold partitions up and that no coordinator will end.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HangingTransactionList {
    /// The cluster asked.
    pub cluster_id: String,
    /// Whether every partition and every coordinator could be asked.
    pub complete: bool,
    /// How many partitions were looked at.
    pub partition_count: usize,
    /// By partition.
    pub items: Vec<HangingTransaction>,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HangingTransaction {
    /// The topic.
    pub topic: Name,
    /// From 0.
    pub partition: i32,
    /// Whose.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i32,
    /// The epoch of the coordinator that ended its last transaction; absent when none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinator_epoch: Option<i32>,
    /// Where it begins: consumers that read what is committed stop there.
    pub start_offset: i64,
    /// When the producer last wrote, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_write_at: Option<String>,
    /// How long ago that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<i64>,
    /// The transactional id of the producer, where a coordinator knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transactional_id: Option<Name>,
}

const HANGING: [Column; 6] = [
    Column::text("PARTITION"),
    Column::number("START-OFFSET"),
    Column::number("PRODUCER-ID"),
    Column::number("EPOCH"),
    Column::number("IDLE"),
    Column::text("TRANSACTIONAL-ID").keep(120),
];

impl HangingTransaction {
    fn cells(&self) -> [Cow<'_, str>; 6] {
        [
            format!("{}-{}", self.topic, self.partition).into(),
            self.start_offset.to_string().into(),
            self.producer_id.to_string().into(),
            self.producer_epoch.to_string().into(),
            age(self.age_ms),
            self.transactional_id.as_deref().unwrap_or_default().into(),
        ]
    }
}

impl Report for HangingTransactionList {
    fn kind(&self) -> &'static str {
        "HangingTransactionList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let mut table = Table::new(HANGING.to_vec(), "no hanging transactions");
        for item in &self.items {
            table.push(item.cells());
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| format!("{}-{}", item.topic, item.partition).into()).collect()
    }
}

impl Subject for HangingTransaction {
    const KIND: &'static str = "TransactionWriteResult";
    const PLURAL: &'static str = "transactions";

    fn columns() -> Vec<Column> {
        HANGING.to_vec()
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        Self::cells(self).to_vec()
    }

    fn name(&self) -> Cow<'_, str> {
        format!("{}-{}", self.topic, self.partition).into()
    }
}

/// A transaction that is ended by its id. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminatedTransaction {
    /// The id.
    pub transactional_id: Name,
    /// What it was in before, in Kafka's word: `Ongoing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The producer that used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub producer_id: Option<i64>,
    /// Its epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub producer_epoch: Option<i16>,
    /// For how long it had been running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<i64>,
    /// The partitions that it had written to.
    pub partitions: Vec<Partition>,
}

impl Subject for TerminatedTransaction {
    const KIND: &'static str = "TransactionTerminationResult";
    const PLURAL: &'static str = "transactions";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TRANSACTIONAL-ID"),
            Column::text("STATE"),
            Column::number("PRODUCER-ID"),
            Column::number("EPOCH"),
            Column::number("AGE"),
            Column::text("PARTITIONS"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        let partitions: Vec<String> =
            self.partitions.iter().map(|p| format!("{}-{}", p.topic, p.partition)).collect();
        vec![
            self.transactional_id.as_str().into(),
            self.state.as_deref().unwrap_or_default().into(),
            self.producer_id.map_or_else(String::new, |id| id.to_string()).into(),
            self.producer_epoch.map_or_else(String::new, |epoch| epoch.to_string()).into(),
            age(self.age_ms),
            partitions.join(", ").into(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        self.transactional_id.as_str().into()
    }
}
