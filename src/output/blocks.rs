//! Lines and tables for people.

use std::io::{self, Write};

use super::table::{self, Layout};
use crate::report::Block;

/// Writes the blocks; answers what is to be said beside them, on standard error: that a table is
/// empty, and which columns there was no room for.
pub(super) fn write(
    out: &mut dyn Write,
    blocks: Vec<Block<'_>>,
    layout: Layout,
) -> io::Result<Vec<String>> {
    let mut remarks = Vec::new();
    for block in blocks {
        match block {
            Block::Lines(lines) => {
                for line in &lines {
                    layout.painter.line(out, line, layout.line_width)?;
                }
            }
            Block::Table(table) if table.rows.is_empty() => {
                if !table.empty.is_empty() {
                    remarks.push(table.empty.to_owned());
                }
            }
            Block::Table(table) => {
                let dropped = table::write(out, table, layout)?;
                if !dropped.is_empty() {
                    remarks.push(format!(
                        "not shown for want of room: {} (`-o wide` or `--columns` shows them)",
                        dropped.join(", ")
                    ));
                }
            }
        }
    }
    Ok(remarks)
}
