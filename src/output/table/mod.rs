//! Tables: which columns in which order, and how they are drawn.
//!
//! What a person looks at is fitted to the terminal, and where its words would not stay whole each row
//! becomes a block of lines; what is piped away, or longer than anyone scrolls, is written in plain aligned
//! columns as it goes.

mod drawn;
mod plain;
mod records;
mod select;
mod wrap;

use std::io::{self, Write};

pub(super) use select::{Selection, check_columns, order_of};

use super::paint::Painter;
use crate::model::visible;
use crate::report::Table;
use unicode_width::UnicodeWidthStr as _;

/// Beyond so many rows a table is not drawn for the terminal any more.
const MOST_DRAWN: usize = 2_000;

/// Cells between two columns.
const GAP: usize = 2;

/// How a table is to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Colours.
    pub(super) painter: Painter,
    /// The width of the terminal in cells; `None` where the table is piped away.
    pub(super) width: Option<usize>,
    /// Where lines between tables are broken; `None` where they stay whole.
    pub(super) line_width: Option<usize>,
    /// A line of headings.
    pub(super) headers: bool,
    /// Whether columns may be left out where the terminal is narrow.
    pub(super) may_drop: bool,
}

/// The cells' widths, row by row.
struct Widths {
    cells: Vec<u32>,
    /// The widest of each column, heading included.
    columns: Vec<usize>,
}

/// How a table was written.
#[derive(Default)]
pub(super) struct Written {
    /// The columns that were left out.
    pub(super) dropped: Vec<&'static str>,
    /// Each row is a block of lines.
    pub(super) in_blocks: bool,
}

/// Writes a table that is not empty.
pub(super) fn write(
    out: &mut dyn Write,
    mut table: Table<'_>,
    layout: Layout,
) -> io::Result<Written> {
    let mut widths = make_safe(&mut table, layout.headers);
    let Some(width) = layout.width else {
        plain::write(out, &table, &widths, layout)?;
        return Ok(Written::default());
    };
    let long = table.rows.len() > MOST_DRAWN;
    let narrow = wrap::total(widths.columns.iter().copied()) > width;
    let whole = (narrow && !long).then(|| table.clone());
    let mut dropped = Vec::new();
    if layout.may_drop {
        dropped = drawn::drop_columns(&mut table, &widths.columns, width);
        if !dropped.is_empty() {
            widths = make_safe(&mut table, layout.headers);
        }
    }
    match whole {
        Some(whole) if !wrap::fits(&table, &widths.columns, width, layout.headers) => {
            // Values without names would tell nothing.
            if layout.headers {
                records::write(out, &whole, width, layout)?;
                return Ok(Written { dropped: Vec::new(), in_blocks: true });
            }
            plain::write(out, &table, &widths, layout)?;
        }
        _ if long => plain::write(out, &table, &widths, layout)?,
        _ => drawn::write(out, &table, &widths.columns, width, layout)?,
    }
    Ok(Written { dropped, in_blocks: false })
}

/// Makes every cell safe to show and measures it.
fn make_safe(table: &mut Table<'_>, headers: bool) -> Widths {
    let mut columns: Vec<usize> =
        table.columns.iter().map(|column| if headers { column.name.width() } else { 0 }).collect();
    let mut cells = Vec::with_capacity(table.rows.len() * columns.len());
    for row in &mut table.rows {
        for (cell, widest) in row.iter_mut().zip(&mut columns) {
            let width = if cell.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                cell.len()
            } else {
                if let std::borrow::Cow::Owned(safe) = visible(cell) {
                    *cell = safe.into();
                }
                cell.width()
            };
            *widest = width.max(*widest);
            cells.push(u32::try_from(width).unwrap_or(u32::MAX));
        }
    }
    Widths { cells, columns }
}

#[cfg(test)]
mod tests;
