//! Documents of `docs/` as manual pages: headings, paragraphs, lists, code and tables, which is
//! all of Markdown that they use.

use super::roff::{Roff, bold, escape, italic};

/// Appends a document. Its title is left out; what stands before the first heading becomes
/// `opening`.
pub(super) fn append(page: &mut Roff, document: &str, opening: &str) {
    let mut lines = document.lines().peekable();
    let mut opened = false;
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.starts_with("# ") {
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            page.section(&plain(title));
            opened = true;
            continue;
        }
        if !opened {
            page.section(opening);
            opened = true;
        }
        if let Some(title) = line.strip_prefix("### ") {
            page.subsection(&plain(title));
        } else if let Some(title) = line.strip_prefix("#### ") {
            page.paragraph();
            page.text(&bold(&plain(title)));
        } else if line.starts_with("```") {
            page.paragraph();
            page.verbatim(lines.by_ref().take_while(|line| !line.starts_with("```")));
        } else if line.starts_with('|') {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(row));
            }
            table(page, &rows);
        } else {
            let mut text = line.to_owned();
            let belongs = |line: &&str| !line.trim().is_empty() && !begins_block(line);
            while let Some(more) = lines.next_if(belongs) {
                text.push(' ');
                text += more.trim();
            }
            paragraph(page, &text);
        }
    }
}

/// A document as a terminal is to show it: what is one paragraph, which may be broken between words, with how far in
/// its further lines begin; and lines of code and of tables, which stand as they are (`None`).
pub fn unbroken(document: &str) -> Vec<(Option<usize>, String)> {
    let mut shown: Vec<(Option<usize>, String)> = Vec::new();
    let (mut in_code, mut open) = (false, false);
    for line in document.lines() {
        let fence = line.trim_start().starts_with("```");
        let as_it_is = in_code || fence || line.starts_with('|');
        in_code ^= fence;
        match shown.last_mut() {
            Some((_, text)) if open && !line.trim().is_empty() && !begins_block(line) => {
                text.push(' ');
                *text += line.trim();
            }
            _ => {
                open = !as_it_is && !line.trim().is_empty() && !line.starts_with('#');
                let text = item(line).map_or(line.trim_start(), |(_, _, text)| text);
                let indent = line.len() - text.len();
                shown.push(((!as_it_is).then_some(indent), line.to_owned()));
            }
        }
    }
    shown
}

fn begins_block(line: &str) -> bool {
    line.starts_with('#')
        || line.starts_with("```")
        || line.starts_with('|')
        || item(line).is_some()
}

/// The mark of an item of a list, how deep it stands, and its text.
fn item(line: &str) -> Option<(String, usize, &str)> {
    let text = line.trim_start();
    let depth = (line.len() - text.len()) / 2;
    if let Some(text) = text.strip_prefix("* ") {
        return Some(("\\(bu".to_owned(), depth, text));
    }
    let (number, text) = text.split_once(". ")?;
    (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
        .then(|| (format!("{number}."), depth, text))
}

fn paragraph(page: &mut Roff, text: &str) {
    let Some((mark, depth, text)) = item(text) else {
        page.paragraph();
        page.text(&inline(text));
        return;
    };
    if depth > 0 {
        page.raw(".RS 4");
    }
    page.raw(&format!(".IP {mark} 4"));
    page.text(&inline(text));
    if depth > 0 {
        page.raw(".RE");
    }
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// The first cell that says anything stands before the others; what is behind the second is
/// named by its heading.
fn table(page: &mut Roff, rows: &[Vec<&str>]) {
    let [heading, rule, rows @ ..] = rows else { return };
    let rows = if rule.iter().all(|cell| cell.starts_with("--")) { rows } else { &[] };
    for row in rows {
        let mut said = row.iter().zip(heading).filter(|(cell, _)| !cell.is_empty());
        let Some((tag, _)) = said.next() else { continue };
        page.tagged(&inline(tag));
        for (at, (cell, heading)) in said.enumerate() {
            if at == 0 {
                page.text(&inline(cell));
            } else {
                page.raw(".br");
                page.text(&format!("{}: {}", inline(heading), inline(cell)));
            }
        }
    }
}

fn plain(title: &str) -> String {
    title.replace('`', "")
}

/// `` `code` ``, `**bold**`, in which code may stand, `*emphasis*` and `[text](place)`.
fn inline(text: &str) -> String {
    let (mut marked, mut rest, mut strong) = (String::new(), text, false);
    while let Some(at) = rest.find(['`', '*', '[']) {
        marked += &escape(&rest[..at]);
        rest = &rest[at..];
        if let Some((code, behind)) = rest[1..].split_once('`').filter(|_| rest.starts_with('`')) {
            marked += &bold(code);
            marked += if strong { "\\fB" } else { "" };
            rest = behind;
        } else if rest.starts_with("**") && (strong || opens(&rest[2..])) {
            strong = !strong;
            marked += if strong { "\\fB" } else { "\\fR" };
            rest = &rest[2..];
        } else if let Some((inside, behind)) = emphasis(rest) {
            marked += &italic(inside);
            marked += if strong { "\\fB" } else { "" };
            rest = behind;
        } else if let Some((name, behind)) = link(rest) {
            marked += &inline(name);
            rest = behind;
        } else {
            marked += &escape(&rest[..1]);
            rest = &rest[1..];
        }
    }
    marked + &escape(rest)
}

/// Whether this, behind two stars, is what they make bold.
fn opens(text: &str) -> bool {
    let outside = text.split('`').step_by(2);
    !text.starts_with(char::is_whitespace) && outside.into_iter().any(|text| text.contains("**"))
}

fn emphasis(text: &str) -> Option<(&str, &str)> {
    let (inside, behind) = text.strip_prefix('*')?.split_once('*')?;
    let edges =
        inside.starts_with(char::is_alphanumeric) && inside.ends_with(char::is_alphanumeric);
    edges.then_some((inside, behind))
}

fn link(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix('[')?.split_once("](")?;
    let (_, behind) = behind.split_once(')')?;
    Some((name, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(document: &str) -> String {
        let mut page = Roff::default();
        append(&mut page, document, "DESCRIPTION");
        page.into_text()
    }

    #[test]
    fn inline_markup() {
        assert_eq!(inline("a **b** `*` *c d* [e](f.md)"), r"a \fBb\fR \fB*\fR \fIc d\fR e");
        assert_eq!(inline("2 * 3 [x]"), "2 * 3 [x]");
        assert_eq!(
            inline("**Strict.** `**` **a `b` c** d"),
            r"\fBStrict.\fR \fB**\fR \fBa \fBb\fR\fB c\fR d"
        );
        assert_eq!(inline("`a` ** b [`c`](d) `e"), r"\fBa\fR ** b \fBc\fR `e");
    }

    #[test]
    fn what_a_terminal_may_break_anew() {
        let text =
            "# T\n\nOne\ntwo.\n* a\n  b\n * c\n\n```sh\nkward x\n\nkward y\n```\nthree\n| k |\n";
        let shown: Vec<String> = unbroken(text)
            .into_iter()
            .map(|(indent, line)| indent.map_or("=".to_owned(), |i| i.to_string()) + &line)
            .collect();
        let expected =
            "0# T|0|0One two.|2* a b|3 * c|0|=```sh|=kward x|=|=kward y|=```|0three|=| k |";
        assert_eq!(shown.join("|"), expected);
    }

    #[test]
    fn blocks() {
        let text = "# T\n\nOne\ntwo.\n\n## Part `x`\n\n* a\n  b\n* c\n\n```sh\nkward x\n```\n\n\
                    | k | m | d |\n|---|---|---|\n| `a` | b | c |\n";
        assert_eq!(
            page(text),
            ".SH DESCRIPTION\nOne two.\n.SH \"PART X\"\n.IP \\(bu 4\na b\n.IP \\(bu 4\nc\n\
             .PP\n.RS 4\n.nf\nkward x\n.fi\n.RE\n.TP\n\\fBa\\fR\nb\n.br\nd: c\n"
        );
    }
}
