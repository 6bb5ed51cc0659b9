//! `GroupHealth`: what is wrong with groups, with the evidence and what to do.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{Finding, Name};

use super::health::{annotation, finding_lines, not_checked, verdict};
use super::units::count;
use super::{Annotation, Block, Json, Report, Style};

/// What is wrong with groups.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupHealth {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// When the last sample was taken, RFC 3339 in UTC.
    pub captured_at: String,
    /// Nothing was found, and nothing was left out.
    pub healthy: bool,
    /// How many groups were looked at.
    pub groups: usize,
    /// How often they were looked at.
    pub samples: usize,
    /// From the first sample to the last, in milliseconds.
    pub window_ms: i64,
    /// What could not be looked at, and why.
    pub not_checked: Vec<String>,
    /// What was found, by group, the worst first.
    pub items: Vec<GroupFinding>,
}

/// One thing that is wrong with a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupFinding {
    /// The group.
    pub group_id: Name,
    /// What is wrong.
    #[serde(flatten)]
    pub finding: Finding,
}

impl Report for GroupHealth {
    fn kind(&self) -> &'static str {
        "GroupHealth"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let window = if self.samples > 1 {
            format!(" over {}", super::group_lag::duration(self.window_ms))
        } else {
            String::new()
        };
        let looked_at =
            format!("{}, {}{window}", count(self.groups, "group"), count(self.samples, "sample"));
        let verdict = verdict(self.healthy, self.items.len(), &self.not_checked);
        let mut lines = vec![verdict.then(Style::Plain, format!(": {looked_at}"))];
        lines.extend(self.items.iter().flat_map(|item| finding_lines(&item.finding)));
        lines.extend(not_checked(&self.not_checked));
        vec![Block::Lines(lines)]
    }

    /// The groups with findings.
    fn names(&self) -> Vec<Cow<'_, str>> {
        let mut names: Vec<&str> = self.items.iter().map(|item| item.group_id.as_str()).collect();
        names.dedup();
        names.into_iter().map(Cow::Borrowed).collect()
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.items.iter().map(|item| annotation(&item.finding)).collect()
    }
}
