//! What became of each thing that a command was to change, whatever kind of thing it is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::acl_write::ItemError;
use super::write::{error_cell, framed};
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

pub use super::write::{Action as Change, Status as Fate};

/// A kind of thing that is written.
pub trait Thing: Serialize + std::fmt::Debug {
    /// The `kind` of the document: `TopicWriteResult`.
    const KIND: &'static str;

    /// The columns of a row about it.
    fn columns() -> Vec<Column>;

    /// The cells, in the order of the columns.
    fn cells(&self) -> Vec<Cow<'_, str>>;

    /// Its bare name.
    fn name(&self) -> Cow<'_, str>;
}

/// A thing and what became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Written<T> {
    /// The thing.
    #[serde(flatten)]
    pub thing: T,
    /// What was to be done.
    pub action: Change,
    /// What became of it.
    pub status: Fate,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

/// The results of a write, one an item.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteResult<T> {
    /// The cluster written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Nothing was written: `--dry-run`.
    pub dry_run: bool,
    /// The items, in the order asked.
    pub items: Vec<Written<T>>,
    /// How many of each status; those that are none are absent.
    pub summary: BTreeMap<&'static str, usize>,
    /// What may be there, is not seen, and stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<&'static str>,
    /// The file that keeps what was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
}

impl<T: Thing> WriteResult<T> {
    /// A result whose summary counts `items`.
    pub fn new(cluster_id: Option<String>, dry_run: bool, items: Vec<Written<T>>) -> Self {
        let mut summary = BTreeMap::new();
        for item in &items {
            *summary.entry(item.status.word()).or_default() += 1;
        }
        Self { cluster_id, dry_run, items, summary, left_out: None, backup: None }
    }

    /// The same, with what is left out because it is not seen.
    #[must_use]
    pub fn without(mut self, left_out: Option<&'static str>) -> Self {
        self.left_out = left_out;
        self
    }

    /// The columns of the table, whether it shows any row or not.
    pub fn columns() -> Vec<Column> {
        framed(T::columns())
    }

    /// How many items have this status.
    pub fn count(&self, status: Fate) -> usize {
        self.summary.get(status.word()).copied().unwrap_or(0)
    }

    /// `2 created, 1 existed already`; `nothing to do` when there were no items.
    pub fn sentence(&self) -> String {
        const ALL: [Fate; 10] = [
            Fate::Created,
            Fate::Altered,
            Fate::Deleted,
            Fate::Planned,
            Fate::Existed,
            Fate::Unchanged,
            Fate::Absent,
            Fate::Failed,
            Fate::Skipped,
            Fate::Unknown,
        ];
        let parts: Vec<String> = ALL
            .into_iter()
            .filter(|status| self.count(*status) > 0)
            .map(|status| format!("{} {}", self.count(status), status.counted()))
            .collect();
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }
}

/// What is about to be written, before it is asked for: no statuses and no errors.
pub fn table<T: Thing>(items: &[Written<T>]) -> Table<'_> {
    let mut table = Table::new(T::columns(), "nothing to do");
    for item in items.iter().filter(|item| item.status == Fate::Planned) {
        table.push(item.thing.cells());
    }
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    names.into_iter().fold(table, Table::without_empty_column)
}

fn kept(backup: &str) -> String {
    format!("backup of what was there: {backup}")
}

impl<T: Thing> Report for WriteResult<T> {
    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        const MANY: usize = 50;
        let mut table = Table::new(Self::columns(), "");
        // All when they are few, else those that did not go well.
        let all = wide || self.items.len() <= MANY;
        for item in self.items.iter().filter(|item| all || item.status.is_bad()) {
            let mut row = vec![Cow::Borrowed(item.status.word())];
            row.extend(item.thing.cells());
            row.push(error_cell(item.error.as_ref()));
            table.push(row);
        }
        let mut blocks = Vec::new();
        if !table.rows.is_empty() {
            let names: Vec<&str> = table.columns.iter().skip(1).map(|c| c.name).collect();
            let table = names.into_iter().fold(table, Table::without_empty_column);
            blocks.push(Block::Table(table));
        }
        let well = !self.items.iter().any(|item| item.status.is_bad());
        let style = if well { Style::Good } else { Style::Bad };
        let mut lines = vec![Line::styled(style, self.sentence())];
        if let Some(what) = self.left_out {
            lines.push(Line::styled(Style::Warning, format!("left out: {what}")));
        }
        if let Some(backup) = &self.backup {
            lines.push(Line::styled(Style::Dim, kept(backup)));
        }
        blocks.push(Block::Lines(lines));
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn beside_names(&self) -> Option<String> {
        self.backup.as_deref().map(kept)
    }

    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.thing.name()).collect()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let mut names = self.row_names();
        names.dedup();
        names
    }
}
