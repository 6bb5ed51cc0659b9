//! Lines and tables for people.

use std::io::{self, Write};

use super::table::{self, Layout};
use crate::report::{Block, Line};

/// Writes the blocks; answers what is to be said beside them, on standard error: that a table is
/// empty, and which columns there was no room for.
pub(super) fn write(
    out: &mut dyn Write,
    blocks: Vec<Block<'_>>,
    layout: Layout,
) -> io::Result<Vec<String>> {
    let mut remarks = Vec::new();
    let mut dropped: Vec<&str> = Vec::new();
    let mut in_blocks = false;
    for block in blocks {
        // The last row's block has an end, too.
        let blank = matches!(&block, Block::Lines(lines) if lines.first() == Some(&Line::blank()));
        if std::mem::take(&mut in_blocks) && !blank {
            out.write_all(b"\n")?;
        }
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
                let written = table::write(out, table, layout)?;
                in_blocks = written.in_blocks;
                for column in written.dropped {
                    // Several tables may lack the same columns.
                    if !dropped.contains(&column) {
                        dropped.push(column);
                    }
                }
            }
        }
    }
    if !dropped.is_empty() {
        remarks.push(format!(
            "not shown for want of room: {} (`-o wide` or `--columns` shows them)",
            dropped.join(", ")
        ));
    }
    Ok(remarks)
}

#[cfg(test)]
mod tests {
    use super::super::paint::Painter;
    use super::*;
    use crate::report::{Column, Table};

    /// Each table has a column that no other has, and none of them room for it.
    #[test]
    fn what_several_tables_lack_is_said_in_one_remark() {
        let table = |own: &'static str| {
            let columns = vec![
                Column::text("NAME"),
                Column::text(own).keep(200),
                Column::text("HOST").keep(210),
            ];
            let mut table = Table::new(columns, "");
            table.push(
                ["a-name-that-needs-all-of-it", "a-value-of-its-own", "a-host"].map(Into::into),
            );
            Block::Table(table)
        };
        let painter = Painter { color: false };
        let width = Some(30);
        let layout = Layout { painter, width, line_width: width, headers: true, may_drop: true };
        let said = write(&mut Vec::new(), vec![table("ONE"), table("TWO"), table("ONE")], layout);
        assert_eq!(
            said.unwrap(),
            ["not shown for want of room: ONE, HOST, TWO (`-o wide` or `--columns` shows them)"]
        );
    }
}
