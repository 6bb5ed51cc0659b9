//! Tables that a person looks at: fitted to the terminal by wrapping cells, and, where that
//! would leave too little of them, by leaving out the least important columns.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, LineStyle, TableStyle};

use super::plain::style_of;
use super::wrap::{self, LONG, total};
use super::{GAP, Layout};
use crate::report::{Column, Style, Table};

/// Only a line under the headings.
const LIGHT: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Leaves out columns, empty ones and then the least important first, until the others fit; answers their names.
pub(super) fn drop_columns(
    table: &mut Table<'_>,
    widths: &[usize],
    width: usize,
) -> Vec<&'static str> {
    let mut kept: Vec<usize> = (0..table.columns.len()).collect();
    let told: Vec<bool> =
        (0..table.columns.len()).map(|i| table.rows.iter().any(|row| !row[i].is_empty())).collect();
    let mut dropped = Vec::new();
    while total(kept.iter().map(|i| widths[*i].min(wrapped(&table.columns[*i])))) > width {
        // What is empty tells nothing; of equally unimportant columns the last goes first.
        let least = kept
            .iter()
            .enumerate()
            .filter(|(_, i)| table.columns[**i].keep < 255)
            .min_by_key(|(at, i)| (told[**i], table.columns[**i].keep, std::cmp::Reverse(*at)));
        let Some((at, _)) = least else { break };
        dropped.push(table.columns[kept.remove(at)].name);
    }
    if !dropped.is_empty() {
        table.keep_columns(&kept);
    }
    dropped
}

/// What is wider may be wrapped, rather than a column be left out.
fn wrapped(column: &Column) -> usize {
    LONG.max(column.name.len())
}

pub(super) fn write(
    out: &mut dyn Write,
    table: &Table<'_>,
    widths: &[usize],
    width: usize,
    layout: Layout,
) -> io::Result<()> {
    let color = layout.painter.color;
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(LIGHT).force_no_tty();
    if color {
        // The choice is made already; the drawing must not ask the environment again.
        crossterm::style::force_color_output(true);
        drawn.enforce_styling().style_text_only();
    }
    let narrow = (total(widths.iter().copied()) > width).then(|| {
        let room = width.saturating_sub(GAP * widths.len().saturating_sub(1));
        wrap::fitted(table, widths, room, layout.headers)
    });
    let cell = |at: usize, text: &str, style: Style| match &narrow {
        Some(widths) => styled(&wrap::lines(text, widths[at]).join("\n"), style, color),
        None => styled(text, style, color),
    };
    if layout.headers {
        let columns = table.columns.iter().enumerate();
        drawn.set_header(columns.map(|(at, column)| cell(at, column.name, Style::Bold)));
    }
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).enumerate();
        drawn.add_row(cells.map(|(at, (text, column))| cell(at, text, style_of(column, text))));
    }
    let last = table.columns.len().saturating_sub(1);
    for (at, column) in table.columns.iter().enumerate() {
        let Some(drawn_column) = drawn.column_mut(at) else { continue };
        drawn_column.set_padding((0, u16::from(at != last)));
        if column.right {
            drawn_column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in drawn.lines() {
        out.write_all(line.trim_end_matches(' ').as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn styled(text: &str, style: Style, color: bool) -> Cell {
    let cell = Cell::new(text);
    if !color {
        return cell;
    }
    match style {
        Style::Plain => cell,
        Style::Bold => cell.add_attribute(Attribute::Bold),
        Style::Dim => cell.add_attribute(Attribute::Dim),
        Style::Added | Style::Good => cell.fg(Color::DarkGreen),
        Style::Removed => cell.fg(Color::DarkRed),
        Style::Warning => cell.fg(Color::DarkYellow),
        Style::Bad => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
    }
}
