//! `--columns` and `--sort-by`.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::model::{nearest, visible};
use crate::report::{Block, Column, Report, Table};

/// Whether every column that `--columns` and `--sort-by` name is among `known`; asked before anything is
/// done.
pub(in crate::output) fn check_columns(
    columns: &[String],
    sort_by: &[String],
    known: &[&'static str],
) -> Result<()> {
    let sorting = sort_by.iter().map(|by| direction(by).0);
    for name in columns.iter().map(String::as_str).chain(sorting) {
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

/// What of the tables is wanted, and in which order.
#[derive(Debug, Clone, Copy)]
pub(in crate::output) struct Selection<'a> {
    /// These columns, in this order; all when empty.
    pub(in crate::output) columns: &'a [String],
    /// By these columns, the first one first; behind a `-` the other way round.
    pub(in crate::output) sort_by: &'a [String],
    /// Every column.
    pub(in crate::output) wide: bool,
}

impl Selection<'_> {
    /// The report's blocks, cut and sorted. A column that only the wide form has may be asked for,
    /// and sorted by without being shown.
    pub(in crate::output) fn blocks<'r>(&self, report: &'r dyn Report) -> Vec<Block<'r>> {
        if self.columns.is_empty() && self.sort_by.is_empty() {
            return report.blocks(self.wide);
        }
        let mut blocks = report.blocks(true);
        self.cut(&mut blocks);
        if self.columns.is_empty() && !self.wide {
            narrow(&mut blocks, &report.blocks(false));
        }
        blocks
    }

    /// Sorts tables and cuts them, as far as they have the columns.
    pub(in crate::output) fn cut(&self, blocks: &mut Vec<Block<'_>>) {
        if !self.columns.is_empty() {
            // What a script asks for is there, whatever it says this time.
            tables_mut(blocks).for_each(Table::show_hidden);
        }
        for table in tables_mut(blocks) {
            let order = order_of(std::slice::from_ref(&*table), self.sort_by);
            let mut rows: Vec<_> = std::mem::take(&mut table.rows).into_iter().map(Some).collect();
            table.rows = order.into_iter().filter_map(|at| rows[at].take()).collect();
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
}

/// A column of `--sort-by`, and whether it is the other way round.
fn direction(by: &str) -> (&str, bool) {
    by.strip_prefix('-').map_or((by, false), |name| (name, true))
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

/// The order of the rows of these tables, one after the other, by the columns of `--sort-by`. A table that
/// lacks a column says nothing about it.
pub(in crate::output) fn order_of(tables: &[Table<'_>], sort_by: &[String]) -> Vec<usize> {
    let mut keyed: Vec<(Vec<Key>, usize)> = Vec::new();
    for table in tables {
        let columns: Vec<Option<(usize, bool)>> = sort_by
            .iter()
            .map(|by| position(&table.columns, direction(by).0))
            .map(|at| at.map(|at| (at, table.columns[at].right)))
            .collect();
        for row in &table.rows {
            let key = |column: &Option<(usize, bool)>| {
                column.map_or(Key::Text(String::new()), |(at, numbers)| Key::of(&row[at], numbers))
            };
            keyed.push((columns.iter().map(key).collect(), keyed.len()));
        }
    }
    let descending: Vec<bool> = sort_by.iter().map(|by| direction(by).1).collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let by_column = a.iter().zip(b).zip(&descending);
        by_column.fold(Ordering::Equal, |order, ((a, b), descending)| {
            order.then_with(|| a.compare(b, *descending))
        })
    });
    keyed.into_iter().map(|(_, at)| at).collect()
}

/// A number, a size (`1.5 KiB`), a share (`+30 %`) or a time (`850ms`, `2h 5m`, `5 min`).
fn measured(cell: &str) -> Option<f64> {
    const UNITS: [&str; 8] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "%"];
    let Some((value, unit)) = cell.split_once(' ') else {
        return cell.parse().ok().or_else(|| seconds(cell));
    };
    let Some(power) = UNITS.iter().position(|known| *known == unit) else {
        return seconds(cell);
    };
    let scale = if unit == "%" { 1.0 } else { 1024_f64.powi(i32::try_from(power).ok()?) };
    Some(value.parse::<f64>().ok()? * scale)
}

/// The seconds of a time, however its numbers and units are set.
fn seconds(cell: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 0.001), ("min", 60.0), ("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
    let (mut rest, mut sum) = (cell.trim_start(), 0.0);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let value: f64 = rest[..end].parse().ok()?;
        let unit = rest[end..].trim_start();
        let (word, scale) = UNITS.iter().find(|(word, _)| unit.starts_with(word))?;
        sum += value * scale;
        rest = unit[word.len()..].trim_start();
    }
    (!cell.trim().is_empty()).then_some(sum)
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
