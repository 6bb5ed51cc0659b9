//! `AclDiff`: what two sets of bindings have each for itself, and what that means for access.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::Binding;

use super::acl_plan::{AccessLine, access_lines};
use super::grouped::{Mark, grouped, principals};
use super::{Block, Json, Line, Report, Style};

/// The difference of two sets.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AclDiff {
    /// The first side, as it was named.
    pub from: String,
    /// The second side.
    pub to: String,
    /// Neither side has anything that the other has not.
    pub in_sync: bool,
    /// Only on the second side.
    pub added: Vec<Binding>,
    /// Only on the first side.
    pub removed: Vec<Binding>,
    /// On both.
    pub unchanged: usize,
    /// Who can do more, and who less, on the second side.
    pub access: Vec<AccessLine>,
}

impl Report for AclDiff {
    fn kind(&self) -> &'static str {
        "AclDiff"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut lines = grouped(&[(Mark::Remove, &self.removed), (Mark::Add, &self.added)], !wide);
        if !self.access.is_empty() {
            lines.push(Line::blank());
            lines.push(Line::styled(Style::Bold, "Access"));
            lines.extend(access_lines(&self.access));
        }
        if !lines.is_empty() {
            lines.push(Line::blank());
        }
        let text = format!(
            "{} only in {}, {} only in {}, {} in both",
            self.removed.len(),
            self.from,
            self.added.len(),
            self.to,
            self.unchanged
        );
        lines.push(Line::styled(if self.in_sync { Style::Good } else { Style::Bold }, text));
        vec![Block::Lines(lines)]
    }

    /// Whose ACLs differ.
    fn names(&self) -> Vec<Cow<'_, str>> {
        principals(self.removed.iter().chain(&self.added))
    }
}
