//! A table on a terminal that is too narrow for it: a block of lines for each row, `NAME: value`.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::plain::style_of;
use super::{Layout, wrap};
use crate::report::{Line, Style, Table};

/// Values begin below each other as long as so much is left of the line.
const LEAST: usize = 16;

/// Writes the rows; a cell that is empty is no line.
pub(super) fn write(
    out: &mut dyn Write,
    table: &Table<'_>,
    width: usize,
    layout: Layout,
) -> io::Result<()> {
    let label = |at: usize| table.columns[at].name.width() + 1;
    let widest = (0..table.columns.len()).map(label).max().unwrap_or(0) + 1;
    let (aligned, indent) = if widest + LEAST <= width { (widest, widest) } else { (0, 2) };
    for (at, row) in table.rows.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        for (at, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            if cell.is_empty() {
                continue;
            }
            let style = style_of(column, cell);
            let title = Line::styled(Style::Bold, column.name).then(Style::Plain, ":");
            let gap = aligned.saturating_sub(label(at)).max(1);
            let below = aligned == 0 && label(at) + gap + cell.width() > width;
            let mut line = if below {
                layout.painter.line(out, &title, None)?;
                Line::plain(" ".repeat(indent))
            } else {
                title.then(Style::Plain, " ".repeat(gap))
            };
            let from = if below { indent } else { label(at) + gap };
            for piece in wrap::lines(cell, width.saturating_sub(from)) {
                layout.painter.line(out, &line.then(style, piece.to_owned()), None)?;
                line = Line::plain(" ".repeat(indent));
            }
        }
    }
    Ok(())
}
