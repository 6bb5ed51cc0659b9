//! What commands answer, as data: blocks for people, a JSON document for programs, bare names
//! for pipes. Pure; `output` draws it.

mod interaction;

pub use interaction::{Answer, Interaction, NoQuestions};

use std::borrow::Cow;

use serde_json::Value;

/// What a command answers.
pub trait Report {
    /// The `kind` of the JSON document: `AclList`.
    fn kind(&self) -> &'static str;

    /// The fields of the JSON document besides `apiVersion` and `kind`, in their order, camelCase.
    /// The caller guarantees that it is an object.
    fn json(&self) -> Value;

    /// What a person reads. `wide` asks for every column.
    fn blocks(&self, wide: bool) -> Vec<Block>;

    /// The bare names for `-o name`, one a line; empty where the kind has none.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// The report as Markdown, where it has one of its own; otherwise its blocks serve.
    fn markdown(&self) -> Option<String> {
        None
    }
}

/// A piece of what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines of text.
    Lines(Vec<Line>),
    /// Rows in columns.
    Table(Table),
}

/// A line: pieces with a meaning each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Span>);

/// A piece of a line. The text is shown as it is, except that `output` makes control characters visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: Cow<'static, str>,
    /// What it means; `output` chooses the colour.
    pub style: Style,
}

/// What a piece of text means. It must be readable without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading or a key word.
    Bold,
    /// Of less interest.
    Dim,
    /// Comes into being, is allowed.
    Added,
    /// Goes, is denied.
    Removed,
    /// Wants attention.
    Warning,
    /// Is well.
    Good,
    /// Is wrong.
    Bad,
}

/// Rows in columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, most important first where `output` has to drop some.
    pub columns: Vec<Column>,
    /// The rows, as many cells each as there are columns.
    pub rows: Vec<Vec<Cow<'static, str>>>,
    /// What is said instead of an empty table: `no ACLs`.
    pub empty: &'static str,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading, upper case: `PRINCIPAL`. Also the word that `--columns` and `--sort-by` take, case aside.
    pub name: &'static str,
    /// Numbers stand on the right.
    pub right: bool,
    /// The lower, the sooner it is dropped when the terminal is narrow; 255 is never dropped.
    pub keep: u8,
}

impl Column {
    /// A column of text that is never dropped.
    pub const fn text(name: &'static str) -> Self {
        Self { name, right: false, keep: 255 }
    }

    /// A column of numbers that is never dropped.
    pub const fn number(name: &'static str) -> Self {
        Self { name, right: true, keep: 255 }
    }

    /// The same column, dropped before others with a higher number.
    #[must_use]
    pub const fn keep(mut self, keep: u8) -> Self {
        self.keep = keep;
        self
    }
}

impl Line {
    /// A line of one plain piece.
    pub fn plain(text: impl Into<Cow<'static, str>>) -> Self {
        Self::default().then(Style::Plain, text)
    }

    /// A line of one piece.
    pub fn styled(style: Style, text: impl Into<Cow<'static, str>>) -> Self {
        Self::default().then(style, text)
    }

    /// An empty line.
    pub fn blank() -> Self {
        Self::default()
    }

    /// Adds a piece.
    #[must_use]
    pub fn then(mut self, style: Style, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Span { text: text.into(), style });
        self
    }

    /// The text without its meaning.
    pub fn text(&self) -> String {
        self.0.iter().map(|span| span.text.as_ref()).collect()
    }
}
