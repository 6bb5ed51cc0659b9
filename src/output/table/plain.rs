//! Plain aligned columns, streamed.

use std::io::{self, Write};

use super::{GAP, Layout, Widths};
use crate::report::{Column, Style, Table};

/// No column is wider than what topics can be called: a longer cell stands out of it, and blanks are not as many as
/// one such cell has letters in every row.
const WIDEST: usize = 250;

pub(super) fn write(
    out: &mut dyn Write,
    table: &Table<'_>,
    widths: &Widths,
    layout: Layout,
) -> io::Result<()> {
    let mut line = Line { bytes: Vec::with_capacity(256), owed: 0 };
    let columns: Vec<usize> = widths.columns.iter().map(|widest| WIDEST.min(*widest)).collect();
    if layout.headers {
        let codes = layout.painter.codes(Style::Bold);
        for (column, widest) in table.columns.iter().zip(&columns) {
            let width = unicode_width::UnicodeWidthStr::width(column.name);
            line.cell(column.name, width, *widest, column.right, codes);
        }
        line.end(out)?;
    }
    let mut measured = widths.cells.iter();
    for row in &table.rows {
        for ((cell, column), widest) in row.iter().zip(&table.columns).zip(&columns) {
            let width = measured.next().map_or(0, |width| *width as usize);
            let codes = layout.painter.codes(style_of(column, cell));
            line.cell(cell, width, *widest, column.right, codes);
        }
        line.end(out)?;
    }
    Ok(())
}

/// What a cell means.
pub(super) fn style_of(column: &Column, cell: &str) -> Style {
    column.styles.iter().find(|(text, _)| *text == cell).map_or(Style::Plain, |(_, style)| *style)
}

struct Line {
    bytes: Vec<u8>,
    /// Blanks that are due before the next cell, and never at the end of the line.
    owed: usize,
}

impl Line {
    fn cell(&mut self, text: &str, width: usize, widest: usize, right: bool, codes: &str) {
        let padding = widest.saturating_sub(width);
        if right {
            self.owed += padding;
        }
        if !text.is_empty() {
            self.bytes.resize(self.bytes.len() + self.owed, b' ');
            self.owed = 0;
            if codes.is_empty() {
                self.bytes.extend_from_slice(text.as_bytes());
            } else {
                for part in ["\x1b[", codes, "m", text, "\x1b[0m"] {
                    self.bytes.extend_from_slice(part.as_bytes());
                }
            }
        }
        if !right {
            self.owed += padding;
        }
        self.owed += GAP;
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.bytes.push(b'\n');
        out.write_all(&self.bytes)?;
        self.bytes.clear();
        self.owed = 0;
        Ok(())
    }
}
