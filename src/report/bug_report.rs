//! `BugReport`: what support asks for first, without secrets.

use serde::Serialize;

use super::context::PropertyItem;
use super::units::count;
use super::{Block, Json, Line, Report, Style};

/// What to paste into a report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BugReport {
    /// The version, with the commit where it is known.
    pub version: String,
    /// What was compiled in, besides what always is.
    pub features: Vec<String>,
    /// `linux x86_64`.
    pub platform: String,
    /// The config file, and whether it is there.
    pub config_file: String,
    /// The context in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What holds, by guard or client property; never a secret.
    pub settings: Vec<PropertyItem>,
    /// What is wrong with the settings or the connection.
    pub problems: Vec<String>,
    /// The cluster, where it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterPart>,
}

/// What the cluster says.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterPart {
    /// How many brokers are alive.
    pub brokers: usize,
    /// How many controllers there are, where those are talked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controllers: Option<usize>,
    /// `4.4-IV1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_version: Option<String>,
    /// What kward and the brokers have spoken for this report.
    pub negotiated: Vec<NegotiatedVersion>,
    /// What the broker that answered offers.
    pub versions: Vec<OfferedVersion>,
}

/// A kind of request, and the version that both sides know.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NegotiatedVersion {
    /// `DescribeCluster`.
    pub api: String,
    /// The version that was spoken.
    pub version: i16,
}

/// A kind of request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedVersion {
    /// `DescribeAcls`, or the number of one that this version does not know.
    pub api: String,
    /// The lowest.
    pub min: i16,
    /// The highest.
    pub max: i16,
}

impl Report for BugReport {
    fn kind(&self) -> &'static str {
        "BugReport"
    }

    fn has_names(&self) -> bool {
        false
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let said = |name: &str, value: &str| Line::plain(format!("{name:<13}{value}"));
        let mut lines = vec![said("kward", &self.version), said("platform", &self.platform)];
        let features = self.features.join(", ");
        lines.push(said("features", if features.is_empty() { "none" } else { &features }));
        lines.push(said("config file", &self.config_file));
        lines.extend(self.context.as_deref().map(|name| said("context", name)));
        lines.extend(self.problems.iter().map(|what| {
            Line::styled(Style::Bad, format!("{:<13}", "problem")).then(Style::Plain, what)
        }));
        lines.push(Line::blank());
        lines.push(Line::styled(Style::Bold, "Settings"));
        for PropertyItem { name, value, origin } in &self.settings {
            let line = Line::plain(format!("  {name} = {value}"));
            lines.push(line.then(Style::Dim, format!("  ({origin})")));
        }
        if let Some(cluster) = &self.cluster {
            lines.push(Line::blank());
            lines.push(Line::styled(Style::Bold, "Cluster"));
            let nodes = match cluster.controllers {
                Some(controllers) => count(controllers, "controller"),
                None => count(cluster.brokers, "broker"),
            };
            lines.push(Line::plain(format!("  {nodes}")));
            let version = cluster.metadata_version.as_deref();
            lines.push(Line::plain(format!("  metadata.version {}", version.unwrap_or("unknown"))));
            let negotiated: Vec<String> =
                cluster.negotiated.iter().map(|n| format!("{} {}", n.api, n.version)).collect();
            lines.push(Line::plain(format!("  negotiated {}", negotiated.join(", "))));
            lines.push(Line::plain("  offered"));
            for row in cluster.versions.chunks(4) {
                let row: Vec<String> =
                    row.iter().map(|v| format!("{} {}-{}", v.api, v.min, v.max)).collect();
                lines.push(Line::plain(format!("  {}", row.join(", "))));
            }
        }
        vec![Block::Lines(lines)]
    }
}
