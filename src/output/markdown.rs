//! Blocks as Markdown, for a comment in a review: tables as tables, lines as they are.

use std::io::{self, Write};

use crate::model::visible;
use crate::report::{Block, Table};

pub(super) fn blocks(out: &mut dyn Write, blocks: &[Block<'_>]) -> io::Result<()> {
    let says = |block: &&Block<'_>| match block {
        Block::Lines(lines) => lines.iter().any(|line| !line.text().is_empty()),
        Block::Table(_) => true,
    };
    for (at, block) in blocks.iter().filter(says).enumerate() {
        if at > 0 {
            out.write_all(b"\n")?;
        }
        match block {
            Block::Lines(lines) => {
                let text: Vec<String> =
                    lines.iter().map(|line| visible(&line.text()).into_owned()).collect();
                fenced(out, &text)?;
            }
            Block::Table(table) if table.rows.is_empty() => writeln!(out, "{}", table.empty)?,
            Block::Table(table) => self::table(out, table)?,
        }
    }
    Ok(())
}

/// A report's own Markdown, line by line made safe to show.
pub(super) fn text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    for line in text.lines() {
        writeln!(out, "{}", visible(line))?;
    }
    Ok(())
}

/// Between fences that are longer than any inside.
fn fenced(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    let longest =
        lines.iter().flat_map(|line| line.split(|c| c != '`').map(str::len)).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    writeln!(out, "{fence}text")?;
    for line in lines {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{fence}")
}

fn table(out: &mut dyn Write, table: &Table<'_>) -> io::Result<()> {
    for column in &table.columns {
        write!(out, "| {} ", escaped(column.name))?;
    }
    out.write_all(b"|\n")?;
    for column in &table.columns {
        out.write_all(if column.right { b"| --: " } else { b"| --- " })?;
    }
    out.write_all(b"|\n")?;
    for row in &table.rows {
        for cell in row {
            write!(out, "| {} ", escaped(cell))?;
        }
        out.write_all(b"|\n")?;
    }
    Ok(())
}

/// Text that Markdown takes for nothing but text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // A mention notifies people, and an address becomes a link.
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Column, Line};

    #[test]
    fn tables_and_lines() {
        let mut table = Table::new(vec![Column::text("NAME"), Column::number("LAG")], "nothing");
        table.push(["a|b*c_d`e`<b>@team".into(), "7".into()]);
        table.push(["x\ny\u{202e}".into(), "10".into()]);
        let all = [
            Block::Lines(vec![Line::plain("+ ``` is no end"), Line::plain("a\nb")]),
            Block::Table(table),
            Block::Table(Table::new(vec![Column::text("NAME")], "no ACLs")),
        ];
        let mut out = Vec::new();
        blocks(&mut out, &all).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        ````text
        + ``` is no end
        a\nb
        ````

        | NAME | LAG |
        | --- | --: |
        | a\|b\*c\_d\`e\`&lt;b>&#64;team | 7 |
        | x\\ny\\u{202e} | 10 |

        no ACLs
        "#);
    }

    #[test]
    fn a_report_s_own_text_keeps_its_lines() {
        let mut out = Vec::new();
        text(&mut out, "# Plan\n\n- a\u{1b}[2Jb").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "# Plan\n\n- a\\u{1b}[2Jb\n");
    }
}
