//! The pieces of what a person reads: lines of spans with a meaning each, and tables.

use std::borrow::Cow;

/// A piece of what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block<'a> {
    /// Lines of text.
    Lines(Vec<Line<'a>>),
    /// Rows in columns.
    Table(Table<'a>),
}

/// A line: pieces with a meaning each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line<'a>(pub Vec<Span<'a>>);

/// A piece of a line. The text is shown as it is, except that `output` makes control characters visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<'a> {
    /// The text.
    pub text: Cow<'a, str>,
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
pub struct Table<'a> {
    /// The columns, most important first where `output` has to drop some.
    pub columns: Vec<Column>,
    /// The rows, as many cells each as there are columns.
    pub rows: Vec<Vec<Cow<'a, str>>>,
    /// What is said instead of an empty table: `no ACLs`.
    pub empty: &'static str,
    /// Columns with their cells that tell nothing here, and are shown where somebody asks for them by name.
    pub hidden: Vec<(Column, Vec<Cow<'a, str>>)>,
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
    /// What certain cells mean: `("DENY", Style::Removed)`.
    pub styles: &'static [(&'static str, Style)],
}

impl Column {
    /// A column of text that is never dropped.
    pub const fn text(name: &'static str) -> Self {
        Self { name, right: false, keep: 255, styles: &[] }
    }

    /// A column of numbers that is never dropped.
    pub const fn number(name: &'static str) -> Self {
        Self { name, right: true, keep: 255, styles: &[] }
    }

    /// The same column, dropped before others with a higher number.
    #[must_use]
    pub const fn keep(mut self, keep: u8) -> Self {
        self.keep = keep;
        self
    }

    /// The same column, whose cells mean something where they read exactly so.
    #[must_use]
    pub const fn styles(mut self, styles: &'static [(&'static str, Style)]) -> Self {
        self.styles = styles;
        self
    }
}

impl<'a> Table<'a> {
    /// A table without rows yet.
    pub fn new(columns: Vec<Column>, empty: &'static str) -> Self {
        Self { columns, empty, ..Self::default() }
    }

    /// Adds a row; it has as many cells as there are columns.
    pub fn push(&mut self, row: impl Into<Vec<Cow<'a, str>>>) {
        let row = row.into();
        debug_assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// Leaves these columns, in this order.
    pub fn keep_columns(&mut self, wanted: &[usize]) {
        self.columns = wanted.iter().map(|at| self.columns[*at].clone()).collect();
        for row in &mut self.rows {
            // A column may be asked for twice, hence no moving out.
            *row = wanted.iter().map(|at| row[*at].clone()).collect();
        }
    }
}

impl Table<'_> {
    /// Hides the column `name` when none of its cells says anything.
    #[must_use]
    pub fn without_empty_column(self, name: &str) -> Self {
        let Some(at) = self.columns.iter().position(|column| column.name == name) else {
            return self;
        };
        if self.rows.iter().all(|row| row[at].is_empty()) { self.hide_column(name) } else { self }
    }

    /// Hides the column `name`, because it tells nothing here.
    #[must_use]
    pub fn hide_column(mut self, name: &str) -> Self {
        if let Some(at) = self.columns.iter().position(|column| column.name == name) {
            let cells = self.rows.iter_mut().map(|row| row.remove(at)).collect();
            self.hidden.push((self.columns.remove(at), cells));
        }
        self
    }

    /// Puts what is hidden behind the other columns.
    pub fn show_hidden(&mut self) {
        for (column, cells) in std::mem::take(&mut self.hidden) {
            self.columns.push(column);
            for (row, cell) in self.rows.iter_mut().zip(cells) {
                row.push(cell);
            }
        }
    }

    /// Leaves out the column `name`, whoever asks for it.
    #[must_use]
    pub fn without_column(mut self, name: &str) -> Self {
        if let Some(at) = self.columns.iter().position(|column| column.name == name) {
            self.columns.remove(at);
            for row in &mut self.rows {
                row.remove(at);
            }
        }
        self
    }
}

impl<'a> Line<'a> {
    /// A line of one plain piece.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self::default().then(Style::Plain, text)
    }

    /// A line of one piece.
    pub fn styled(style: Style, text: impl Into<Cow<'a, str>>) -> Self {
        Self::default().then(style, text)
    }

    /// An empty line.
    pub fn blank() -> Self {
        Self::default()
    }

    /// Adds a piece.
    #[must_use]
    pub fn then(mut self, style: Style, text: impl Into<Cow<'a, str>>) -> Self {
        self.0.push(Span { text: text.into(), style });
        self
    }

    /// The text without its meaning.
    pub fn text(&self) -> String {
        self.0.iter().map(|span| span.text.as_ref()).collect()
    }
}
