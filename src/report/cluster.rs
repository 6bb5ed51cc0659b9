//! `ClusterDescription`, `BrokerList`, `ApiVersionList` and `FeatureList`.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{Operation, host_and_port, visible};

use super::units::{bytes, ids};
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// A cluster. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterDescription {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// The finalized metadata.version: `4.4-IV2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_version: Option<String>,
    /// The active controller: with KRaft the leader of the quorum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller_id: Option<i32>,
    /// Whether the brokers have an authorizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer: Option<bool>,
    /// What the caller may do on the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorized_operations: Option<Vec<Operation>>,
    /// The brokers that are alive, by id.
    pub brokers: Vec<BrokerItem>,
    /// The controllers, by id, where one of them was asked: those tell of no brokers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controllers: Vec<BrokerItem>,
    /// The features, by name.
    pub features: Vec<FeatureItem>,
}

/// A broker.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerItem {
    /// Its id.
    pub id: i32,
    /// The advertised host; absent for one that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The advertised port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Its rack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// Its release of Kafka, as far as the features that it supports tell: `4.4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'static str>,
}

/// A feature (KIP-584).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeatureItem {
    /// Its name: `metadata.version`.
    pub name: String,
    /// The level that the cluster has agreed on; absent when it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finalized: Option<i16>,
    /// The name of that level, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finalized_name: Option<String>,
    /// The lowest level that every broker supports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supported_min: Option<i16>,
    /// The highest level that every broker supports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supported_max: Option<i16>,
}

impl Report for ClusterDescription {
    fn kind(&self) -> &'static str {
        "ClusterDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let fact = |name: &str, value: String| {
            Line::styled(Style::Bold, format!("{name:<18}")).then(Style::Plain, value)
        };
        let or = |value: Option<String>| value.unwrap_or_else(|| "not known".to_owned());
        let mut lines = vec![
            fact("cluster id", or(self.cluster_id.as_deref().map(|id| visible(id).into_owned()))),
            fact("metadata.version", or(self.metadata_version.clone())),
            fact("controller", or(self.controller_id.map(|id| id.to_string()))),
            fact(
                "authorizer",
                match self.authorizer {
                    Some(true) => "yes".to_owned(),
                    Some(false) => "none: everyone may do everything".to_owned(),
                    None => "not known".to_owned(),
                },
            ),
        ];
        if let Some(operations) = &self.authorized_operations {
            let words: Vec<String> = operations.iter().map(ToString::to_string).collect();
            let told = if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
            lines.push(fact("you may", told));
        }
        lines.push(Line::blank());
        if !self.controllers.is_empty() {
            lines.push(Line::styled(Style::Bold, "controllers"));
        }
        let columns = vec![
            Column::number("ID"),
            Column::text("HOST"),
            Column::number("PORT"),
            Column::text("RACK"),
            Column::text("VERSION"),
        ];
        let mut nodes = Table::new(columns, "no brokers");
        for broker in self.brokers.iter().chain(&self.controllers) {
            nodes.push(vec![
                broker.id.to_string().into(),
                broker.host.as_deref().unwrap_or("-").into(),
                broker.port.map_or("-".into(), |port| port.to_string().into()),
                broker.rack.as_deref().unwrap_or("").into(),
                broker.version.unwrap_or("-").into(),
            ]);
        }
        let mut blocks =
            vec![Block::Lines(lines), Block::Table(nodes.without_empty_column("RACK"))];
        if wide && !self.features.is_empty() {
            blocks.push(Block::Lines(vec![Line::blank()]));
            blocks.push(Block::Table(feature_table(&self.features)));
        }
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        let features = vec![feature_table(&self.features)];
        let list: &[&[&str]] =
            if self.controllers.is_empty() { &[&["brokers"]] } else { &[&["controllers"]] };
        let mut rows = Rows::of(list, self.blocks(false));
        rows.push(Rows { lists: &[&["features"]], tables: features });
        rows
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.cluster_id.as_deref().map(Cow::Borrowed).into_iter().collect()
    }
}

fn feature_table(features: &[FeatureItem]) -> Table<'_> {
    let columns = vec![
        Column::text("FEATURE"),
        Column::number("FINALIZED"),
        Column::text("NAME"),
        Column::text("SUPPORTED"),
    ];
    let mut table = Table::new(columns, "the brokers have no features");
    for feature in features {
        table.push(vec![
            Cow::Borrowed(&*feature.name),
            feature.finalized.map_or("off".into(), |level| level.to_string().into()),
            feature.finalized_name.as_deref().unwrap_or("").into(),
            match (feature.supported_min, feature.supported_max) {
                (Some(min), Some(max)) => format!("{min} to {max}").into(),
                _ => "-".into(),
            },
        ]);
    }
    table
}

/// The features of a cluster.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeatureList {
    /// How often they were changed; absent without KRaft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i64>,
    /// By name.
    pub items: Vec<FeatureItem>,
}

impl Report for FeatureList {
    fn kind(&self) -> &'static str {
        "FeatureList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        vec![Block::Table(feature_table(&self.items))]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(item.name.as_str())).collect()
    }
}

/// The brokers with what they bear.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// By id; also brokers that are not there: those that are still registered, and those that hold replicas.
    pub items: Vec<BrokerLoad>,
}

/// A broker with what it bears.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokerLoad {
    /// Who it is.
    #[serde(flatten)]
    pub broker: BrokerItem,
    /// Whether it is there.
    pub alive: bool,
    /// It is registered and not there; its address is the one that it had (Kafka 4.0 and later tell).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fenced: bool,
    /// Whether it is the active controller; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    /// Replicas on it; this and the other counts are absent where no topic may be described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<usize>,
    /// Partitions that it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaders: Option<usize>,
    /// Partitions whose first replica it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_leaders: Option<usize>,
    /// Replicas on it that are not in sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_sync: Option<usize>,
    /// What lies on its disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Leaders above the mean, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leader_skew_percent: Option<i64>,
    /// Replicas above the mean, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_skew_percent: Option<i64>,
    /// Bytes above the mean, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_skew_percent: Option<i64>,
}

impl Report for BrokerList {
    fn kind(&self) -> &'static str {
        "BrokerList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut columns = vec![
            Column::number("ID"),
            Column::text("ADDRESS"),
            Column::text("RACK").keep(130),
            Column::number("REPLICAS").keep(140),
            Column::number("LEADERS"),
            Column::number("OUT-OF-SYNC").keep(200),
            Column::number("SIZE").keep(190),
            Column::number("LEADER-SKEW").keep(120),
        ];
        if wide {
            columns.extend([
                Column::number("PREFERRED"),
                Column::number("REPLICA-SKEW"),
                Column::number("SIZE-SKEW"),
            ]);
        }
        // Who is missing is not to be missed.
        columns
            .push(Column::text("ROLE").styles(&[("missing", Style::Bad), ("fenced", Style::Bad)]));
        let percent = |value: Option<i64>| -> Cow<'static, str> {
            value.map_or("-".into(), |value| format!("{value:+} %").into())
        };
        let number = |value: Option<usize>| -> Cow<'static, str> {
            value.map_or("-".into(), |value| value.to_string().into())
        };
        let mut table = Table::new(columns, "no brokers");
        for item in &self.items {
            let address = match (&item.broker.host, item.broker.port) {
                (Some(host), Some(port)) => host_and_port(host, port),
                _ => "-".to_owned(),
            };
            let mut row: Vec<Cow<'_, str>> = vec![
                item.broker.id.to_string().into(),
                address.into(),
                item.broker.rack.as_deref().unwrap_or("").into(),
                number(item.replicas),
                number(item.leaders),
                number(item.out_of_sync),
                item.size_bytes.map_or("-".into(), |size| bytes(size).into()),
                percent(item.leader_skew_percent),
            ];
            if wide {
                row.extend([
                    number(item.preferred_leaders),
                    percent(item.replica_skew_percent),
                    percent(item.size_skew_percent),
                ]);
            }
            row.push(match (item.alive, item.controller) {
                (false, _) if item.fenced => "fenced".into(),
                (false, _) => "missing".into(),
                (true, Some(true)) => "controller".into(),
                _ => "".into(),
            });
            table.push(row);
        }
        vec![Block::Table(table.without_empty_column("RACK").without_empty_column("ROLE"))]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.broker.id.to_string().into()).collect()
    }
}

/// What the brokers offer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiVersionList {
    /// One for each set of brokers that offer the same.
    pub items: Vec<ApiVersionSet>,
}

/// What some brokers offer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiVersionSet {
    /// The brokers, by id.
    pub brokers: Vec<i32>,
    /// The controllers, by id, where those were asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controllers: Vec<i32>,
    /// The APIs, by key.
    pub apis: Vec<ApiItem>,
}

/// An API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiItem {
    /// Its key.
    pub key: i16,
    /// Its name; absent for one that this program does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The lowest version.
    pub min_version: i16,
    /// The highest version.
    pub max_version: i16,
}

impl Report for ApiVersionList {
    fn kind(&self) -> &'static str {
        "ApiVersionList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        for item in &self.items {
            let (node, asked) = if item.controllers.is_empty() {
                ("broker", &item.brokers)
            } else {
                ("controller", &item.controllers)
            };
            let plural = if asked.len() == 1 { "" } else { "s" };
            let mut lines = Vec::new();
            if !blocks.is_empty() {
                lines.push(Line::blank());
            }
            lines.push(Line::styled(Style::Bold, format!("{node}{plural} {}", ids(asked))));
            blocks.push(Block::Lines(lines));
            let columns = vec![
                Column::number("KEY"),
                Column::text("API"),
                Column::number("MIN"),
                Column::number("MAX"),
            ];
            let mut table = Table::new(columns, "no APIs");
            for api in &item.apis {
                table.push(vec![
                    api.key.to_string().into(),
                    api.name.as_deref().unwrap_or("(unknown)").into(),
                    api.min_version.to_string().into(),
                    api.max_version.to_string().into(),
                ]);
            }
            blocks.push(Block::Table(table));
        }
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of(&[&["items", "apis"]], self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let apis = self.items.iter().flat_map(|item| &item.apis);
        let mut names: Vec<Cow<'_, str>> =
            apis.filter_map(|api| api.name.as_deref().map(Cow::Borrowed)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sees_no_topic_is_told_no_counts() {
        let load = BrokerLoad {
            broker: BrokerItem { id: 1, ..BrokerItem::default() },
            alive: true,
            fenced: false,
            controller: None,
            replicas: None,
            leaders: None,
            preferred_leaders: None,
            out_of_sync: None,
            size_bytes: None,
            leader_skew_percent: None,
            replica_skew_percent: None,
            size_skew_percent: None,
        };
        let list = BrokerList { cluster_id: None, items: vec![load] };
        for (wide, cells) in [(false, 7), (true, 10)] {
            let blocks = list.blocks(wide);
            let [Block::Table(table)] = &blocks[..] else { panic!("one table") };
            assert_eq!(table.rows[0][0], "1");
            assert_eq!(table.rows[0][1..], vec!["-"; cells - 1]);
        }
    }
}
