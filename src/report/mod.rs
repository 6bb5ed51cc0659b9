//! What commands answer, as data: blocks for people, a JSON document for programs, bare names
//! for pipes. Pure; `output` draws it.

pub mod access;
pub mod access_summary;
pub mod acl_diff;
pub mod acl_list;
pub mod acl_plan;
pub mod acl_roles;
pub mod acl_test;
pub mod acl_write;
mod annotation;
mod blocks;
pub mod bug_report;
pub mod cluster;
pub mod cluster_state;
mod comment;
pub mod configs;
pub mod context;
pub mod features;
pub mod findings;
pub mod group_health;
pub mod group_history;
pub mod group_lag;
pub mod group_list;
pub mod group_watch;
pub mod group_write;
pub mod grouped;
mod health;
mod interaction;
pub mod membership;
pub mod offsets;
mod plan_annotations;
pub mod quota;
pub mod reassign;
pub mod reassign_write;
pub mod text;
pub mod token;
pub mod topic_plan;
pub mod topic_write;
pub mod topics;
pub mod transaction;
pub mod units;
pub mod user;
pub mod write;
pub mod written;

pub use annotation::{Annotation, Severity};
pub use blocks::{Block, Column, Line, Span, Style, Table};
pub use interaction::{Answer, Gauge, Interaction, NoQuestions, Typed, TypedSecret, View};

use std::borrow::Cow;

/// What can be written as JSON or YAML: every `serde::Serialize` is one.
pub use erased_serde::Serialize as Json;

/// Rows of tables, and where the document has what they show.
#[derive(Debug)]
pub struct Rows<'a> {
    /// The lists of the document: `[["items"]]`, or, where each item has rows of its own,
    /// `[["items", "partitions"]]`. Their items, one after the other, are the rows in their order.
    pub lists: &'static [&'static [&'static str]],
    /// The tables, one after the other.
    pub tables: Vec<Table<'a>>,
}

impl<'a> Rows<'a> {
    /// The rows of all tables among these blocks.
    pub fn of(lists: &'static [&'static [&'static str]], blocks: Vec<Block<'a>>) -> Vec<Self> {
        let tables = blocks.into_iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Lines(_) => None,
        });
        vec![Self { lists, tables: tables.collect() }]
    }

    /// The same where the rows are the document's `items`.
    pub fn of_items(blocks: Vec<Block<'a>>) -> Vec<Self> {
        Self::of(&[&["items"]], blocks)
    }
}

/// What a command answers.
pub trait Report {
    /// The `kind` of the JSON document: `AclList`.
    fn kind(&self) -> &'static str;

    /// The fields of the JSON document besides `apiVersion` and `kind`, in their order, camelCase:
    /// a struct or a map, which is written as it goes, without a copy (`Box::new(self)` where the
    /// report itself is `Serialize`).
    fn json(&self) -> Box<dyn Json + '_>;

    /// What a person reads. `wide` asks for every column.
    fn blocks(&self, wide: bool) -> Vec<Block<'_>>;

    /// Whether the kind has names at all: for `-o name` to say so where it has none.
    fn has_names(&self) -> bool {
        true
    }

    /// The bare names for `-o name`, one a line; empty where the kind has none.
    fn names(&self) -> Vec<Cow<'_, str>> {
        Vec::new()
    }

    /// What is said on standard error beside bare names, which leave it out.
    fn beside_names(&self) -> Option<String> {
        None
    }

    /// The rows of its tables and the lists of the document that hold the same, for `--sort-by` in formats
    /// without a table. Empty where no list has rows.
    fn rows(&self) -> Vec<Rows<'_>> {
        Vec::new()
    }

    /// The name of each row of [`Report::rows`]; as many as [`Report::names`] where names are of rows.
    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.names()
    }

    /// Rows that have a name each, for `--sort-by` with `-o name`; `None` where names are not of rows.
    fn named_rows(&self) -> Option<(Vec<Table<'_>>, Vec<Cow<'_, str>>)> {
        let [rows] = <[Rows<'_>; 1]>::try_from(self.rows()).ok()?;
        Some((rows.tables, self.row_names()))
    }

    /// What nobody can learn any more when the report cannot be printed, and what to do about it.
    fn lost(&self) -> Option<String> {
        None
    }

    /// The report as Markdown, where it has one of its own; otherwise its blocks serve.
    fn markdown(&self) -> Option<String> {
        None
    }

    /// A text of the program's own that is printed as it is, for people and for files alike.
    fn verbatim(&self) -> Option<&str> {
        None
    }

    /// The report as SARIF 2.1.0, a whole document of its own, where it has one.
    fn sarif(&self) -> Option<Box<dyn Json + '_>> {
        None
    }

    /// What a code host shows beside the lines of files, for `-o github`; where there are none,
    /// the blocks serve.
    fn annotations(&self) -> Vec<Annotation> {
        Vec::new()
    }
}
