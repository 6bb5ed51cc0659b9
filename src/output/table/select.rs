//! `--columns` and `--sort-by`.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::model::{nearest, visible};
use crate::report::{Block, Column, Report, Table};

/// What of the tables is wanted, and in which order.
#[derive(Debug, Clone, Copy)]
pub(in crate::output) struct Selection<'a> {
    /// These columns, in this order; all when empty.
    pub(in crate::output) columns: &'a [String],
    /// This column, behind a `-` the other way round.
    pub(in crate::output) sort_by: Option<&'a str>,
    /// Every column.
    pub(in crate::output) wide: bool,
}

impl Selection<'_> {
    /// The report's blocks, cut and sorted. A column that only the wide form has may be asked for,
    /// and sorted by without being shown.
    pub(in crate::output) fn blocks<'r>(&self, report: &'r dyn Report) -> Result<Vec<Block<'r>>> {
        if self.columns.is_empty() && self.sort_by.is_none() {
            return Ok(report.blocks(self.wide));
        }
        let mut blocks = report.blocks(true);
        let known: Vec<&'static str> =
            tables(&blocks).flat_map(|t| t.columns.iter().map(|c| c.name)).collect();
        self.check(&known)?;
        self.cut(&mut blocks);
        if self.columns.is_empty() && !self.wide {
            narrow(&mut blocks, &report.blocks(false));
        }
        Ok(blocks)
    }

    /// Sorts tables and cuts them, as far as they have the columns.
    pub(in crate::output) fn cut(&self, blocks: &mut Vec<Block<'_>>) {
        if let Some((name, descending)) = self.sorting() {
            for table in tables_mut(blocks) {
                if let Some(at) = position(&table.columns, name) {
                    sort(&mut table.rows, at, table.columns[at].right, descending);
                }
            }
        }
        if self.columns.is_empty() {
            return;
        }
        for table in tables_mut(blocks) {
            let wanted: Vec<usize> =
                self.columns.iter().filter_map(|c| position(&table.columns, c)).collect();
            table.keep_columns(&wanted);
        }
        // A table that has none of the columns was not asked for.
        blocks.retain(|block| !matches!(block, Block::Table(t) if t.columns.is_empty()));
    }

    fn sorting(&self) -> Option<(&str, bool)> {
        let by = self.sort_by?;
        Some(by.strip_prefix('-').map_or((by, false), |name| (name, true)))
    }

    /// Whether every column that is named exists.
    fn check(&self, known: &[&'static str]) -> Result<()> {
        let sorting = self.sorting().map(|(name, _)| name);
        for name in self.columns.iter().map(String::as_str).chain(sorting) {
            if known.iter().any(|k| k.eq_ignore_ascii_case(name)) {
                continue;
            }
            let mut error = Error::invalid(format!("unknown column `{}`", visible(name)));
            if let Some(near) = nearest(name, known.iter().copied()) {
                error = error.hint(format!("did you mean `{near}`?"));
            }
            return Err(match known {
                [] => error.hint("this command prints no table"),
                known => error.hint(format!("the columns are {}", known.join(", "))),
            });
        }
        Ok(())
    }
}

/// Whether the columns that are asked for are among `known`; for commands that write, before they do.
pub(in crate::output) fn check_columns(
    columns: &[String],
    sort_by: Option<&str>,
    known: &[Column],
) -> Result<()> {
    let known: Vec<&'static str> = known.iter().map(|column| column.name).collect();
    Selection { columns, sort_by, wide: true }.check(&known)
}

/// Leaves in each table what the same table of the narrow form has.
fn narrow(blocks: &mut [Block<'_>], model: &[Block<'_>]) {
    for (table, model) in tables_mut(blocks).zip(tables(model)) {
        let wanted: Vec<usize> =
            model.columns.iter().filter_map(|c| position(&table.columns, c.name)).collect();
        table.keep_columns(&wanted);
    }
}

fn tables<'b, 'a>(blocks: &'b [Block<'a>]) -> impl Iterator<Item = &'b Table<'a>> {
    blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Lines(_) => None,
    })
}

fn tables_mut<'b, 'a>(blocks: &'b mut [Block<'a>]) -> impl Iterator<Item = &'b mut Table<'a>> {
    blocks.iter_mut().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Lines(_) => None,
    })
}

fn position(columns: &[Column], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
}

/// A cell to sort by: numbers by their value, and before everything that is none.
enum Key {
    Number(f64, i128),
    Text(String),
}

fn sort(rows: &mut Vec<Vec<Cow<'_, str>>>, at: usize, numbers: bool, descending: bool) {
    let mut keyed: Vec<(Key, Vec<Cow<'_, str>>)> =
        std::mem::take(rows).into_iter().map(|row| (Key::of(&row[at], numbers), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b, descending));
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

/// A number, a size (`1.5 KiB`) or a share (`+30 %`).
fn measured(cell: &str) -> Option<f64> {
    const UNITS: [&str; 8] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "%"];
    let Some((value, unit)) = cell.split_once(' ') else { return cell.parse().ok() };
    let power = UNITS.iter().position(|known| *known == unit)?;
    let scale = if unit == "%" { 1.0 } else { 1024_f64.powi(i32::try_from(power).ok()?) };
    Some(value.parse::<f64>().ok()? * scale)
}

impl Key {
    fn of(cell: &str, number: bool) -> Self {
        match measured(cell) {
            // The integer decides between two that are one floating-point number.
            Some(value) if number => Key::Number(value, cell.parse().unwrap_or(0)),
            _ => Key::Text(cell.to_owned()),
        }
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Key::Number(a, i), Key::Number(b, j)) => a.total_cmp(b).then(i.cmp(j)),
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            // What has no number stays last either way.
            (Key::Number(..), Key::Text(_)) => return Ordering::Less,
            (Key::Text(_), Key::Number(..)) => return Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }
}
