//! `QuorumDescription`, `LogDirList` and `ClusterHealth`.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::Finding;

use super::acl_write::ItemError;
use super::health::{annotation, finding_lines, not_checked, verdict};
use super::units::{bytes, count};
use super::{Annotation, Block, Column, Json, Line, Report, Rows, Style, Table};

/// The quorum of controllers. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuorumDescription {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// The active controller.
    pub leader_id: i32,
    /// Its epoch.
    pub leader_epoch: i32,
    /// Up to where the metadata log is committed.
    pub high_watermark: i64,
    /// The greatest lag of a voter, in records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_follower_lag: Option<i64>,
    /// Those that vote.
    pub voters: Vec<QuorumMember>,
    /// Those that only read.
    pub observers: Vec<QuorumMember>,
}

/// A voter or an observer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuorumMember {
    /// `node.id`.
    pub id: i32,
    /// The id of the folder of its metadata log; absent in a static quorum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_id: Option<String>,
    /// Where it listens, of voters: `CONTROLLER://host:9093`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<String>,
    /// The end of its copy of the metadata log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_end_offset: Option<i64>,
    /// How many records it is behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// How long ago it had everything, in milliseconds, by the leader's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<i64>,
    /// When it last fetched, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_fetch: Option<String>,
}

impl Report for QuorumDescription {
    fn kind(&self) -> &'static str {
        "QuorumDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let head = format!(
            "leader {}, epoch {}, high watermark {}",
            self.leader_id, self.leader_epoch, self.high_watermark
        );
        let mut columns = vec![
            Column::number("ID"),
            Column::text("ROLE").styles(&[("leader", Style::Good)]),
            Column::text("DIRECTORY"),
            Column::number("END"),
            Column::number("LAG"),
            Column::number("LAG-MS"),
            Column::text("LAST-FETCH").keep(100),
        ];
        if wide {
            columns.push(Column::text("LISTENERS"));
        }
        let mut table = Table::new(columns, "");
        let number = |value: Option<i64>| {
            value.map_or(Cow::Borrowed("-"), |value| Cow::Owned(value.to_string()))
        };
        let voters = self.voters.iter().map(|member| ("voter", member));
        let observers = self.observers.iter().map(|member| ("observer", member));
        for (role, member) in voters.chain(observers) {
            let role = if member.id == self.leader_id && role == "voter" { "leader" } else { role };
            let mut row = vec![
                member.id.to_string().into(),
                role.into(),
                member.directory_id.as_deref().unwrap_or("").into(),
                number(member.log_end_offset),
                number(member.lag),
                number(member.lag_ms),
                member.last_fetch.as_deref().unwrap_or("-").into(),
            ];
            if wide {
                row.push(member.listeners.join(",").into());
            }
            table.push(row);
        }
        let table = ["DIRECTORY", "LISTENERS"].into_iter().fold(table, Table::without_empty_column);
        vec![Block::Lines(vec![Line::styled(Style::Bold, head)]), Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of(&[&["voters"], &["observers"]], self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.voters.iter().map(|member| member.id.to_string().into()).collect()
    }
}

/// What lies on disks, the largest first. What a row is not about is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogDirList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// `broker`, `dir`, `topic`, `replica`.
    pub by: &'static str,
    /// The rows.
    pub items: Vec<LogDirItem>,
}

/// A row.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogDirItem {
    /// The broker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker_id: Option<i32>,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// What it takes; unknown of a folder that the broker cannot use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Of how many replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<usize>,
    /// The size of the volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// What is free of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usable_bytes: Option<u64>,
    /// How many records the replica is behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// It is being moved here from another folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub future: Option<bool>,
    /// Why the broker cannot use the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

fn shown<'a, T: ToString>(value: Option<T>) -> Cow<'a, str> {
    value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string()))
}

impl Report for LogDirList {
    fn kind(&self) -> &'static str {
        "LogDirList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::number("BROKER"),
            Column::text("DIR"),
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::number("SIZE"),
            Column::number("REPLICAS"),
            Column::number("DISK"),
            Column::number("FREE"),
            Column::number("LAG"),
            Column::text("FUTURE"),
            Column::text("ERROR").keep(200),
        ];
        let mut table = Table::new(columns, "nothing lies there");
        for item in &self.items {
            table.push(vec![
                shown(item.broker_id),
                item.path.as_deref().unwrap_or("").into(),
                item.topic.as_deref().unwrap_or("").into(),
                shown(item.partition),
                item.size_bytes.map_or(Cow::Borrowed("-"), |size| bytes(size).into()),
                shown(item.replicas),
                shown(item.total_bytes.map(bytes)),
                shown(item.usable_bytes.map(bytes)),
                shown(item.lag),
                if item.future == Some(true) { "yes" } else { "" }.into(),
                item.error.as_ref().map_or("", |error| &error.name).into(),
            ]);
        }
        let all = [
            "BROKER",
            "DIR",
            "TOPIC",
            "PARTITION",
            "REPLICAS",
            "DISK",
            "FREE",
            "LAG",
            "FUTURE",
            "ERROR",
        ];
        vec![Block::Table(all.into_iter().fold(table, Table::without_empty_column))]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let name = |item: &LogDirItem| match (&item.topic, &item.path, item.broker_id) {
            (Some(topic), _, _) => Some(topic.clone()),
            (None, Some(path), _) => Some(path.clone()),
            (None, None, id) => id.map(|id| id.to_string()),
        };
        self.items.iter().filter_map(name).map(Cow::Owned).collect()
    }
}

/// What is wrong with a cluster.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterHealth {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Nothing was found, and everything was looked at.
    pub healthy: bool,
    /// How many brokers are alive; `None` where controllers were asked, as they do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brokers: Option<usize>,
    /// How many topics were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<usize>,
    /// How many partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<usize>,
    /// What could not be looked at, and why.
    pub not_checked: Vec<String>,
    /// What was found, the worst first.
    pub items: Vec<Finding>,
}

impl Report for ClusterHealth {
    fn kind(&self) -> &'static str {
        "ClusterHealth"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        /// Findings of a kind on one screen.
        const SHOWN: usize = 3;
        let known =
            [(self.brokers, "broker"), (self.topics, "topic"), (self.partitions, "partition")];
        let known: Vec<String> =
            known.iter().filter_map(|(number, what)| Some(count((*number)?, what))).collect();
        let verdict = verdict(self.items.is_empty(), self.items.len(), &self.not_checked);
        let looked_at = match known[..] {
            [] => String::new(),
            _ => format!(": {}", known.join(", ")),
        };
        let mut lines = vec![verdict.then(Style::Plain, looked_at)];
        for alike in self.items.chunk_by(|a, b| a.code == b.code) {
            let shown = if wide || alike.len() <= SHOWN + 1 { alike.len() } else { SHOWN };
            lines.extend(alike[..shown].iter().flat_map(finding_lines));
            if let Some(more @ 1..) = alike.len().checked_sub(shown) {
                let text =
                    format!("    and {more} more of {} (`-o wide` shows all)", alike[0].code);
                lines.push(Line::styled(Style::Dim, text));
            }
        }
        lines.extend(not_checked(&self.not_checked));
        vec![Block::Lines(lines)]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|finding| Cow::Borrowed(finding.code)).collect()
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.items.iter().map(annotation).collect()
    }
}
