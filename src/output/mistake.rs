//! A mistake in a file with its line and a mark under it, as rustc shows it.
//!
//! The place is the one in the file, whatever is shown of its line: hidden characters are written
//! out, and of a long line only the part around the mistake is there.

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::paint::Painter;
use crate::error::Diagnostic;
use crate::model::visible;
use crate::report::Style;

/// The width of what is no terminal.
const USUAL_WIDTH: usize = 120;

/// However narrow the terminal, so much of the line is shown.
const LEAST_SHOWN: usize = 20;

pub(super) fn text(
    out: &mut dyn Write,
    diagnostic: &Diagnostic,
    painter: Painter,
    width: Option<usize>,
) -> io::Result<()> {
    let number = diagnostic.line.to_string();
    let blank = " ".repeat(number.len());
    let room = width.unwrap_or(USUAL_WIDTH).saturating_sub(number.len() + 3).max(LEAST_SHOWN);
    let shown = Shown::of(diagnostic, room);

    painter.safe(out, Style::Bad, "error")?;
    out.write_all(b": ")?;
    painter.text(out, Style::Bold, &diagnostic.message)?;
    out.write_all(b"\n")?;
    painter.safe(out, Style::Dim, &format!("{blank}-->"))?;
    let Diagnostic { file, line, column, .. } = diagnostic;
    writeln!(out, " {}:{line}:{column}", visible(file))?;
    painter.safe(out, Style::Dim, &format!("{blank} |"))?;
    out.write_all(b"\n")?;
    painter.safe(out, Style::Dim, &format!("{number} |"))?;
    writeln!(out, " {}{}{}", shown.before, shown.mistake, shown.behind)?;
    painter.safe(out, Style::Dim, &format!("{blank} |"))?;
    write!(out, " {}", " ".repeat(shown.before.width()))?;
    painter.safe(out, Style::Bad, &"^".repeat(shown.mistake.width().max(1)))?;
    out.write_all(b"\n")?;
    if let Some(hint) = &diagnostic.hint {
        painter.safe(out, Style::Dim, &format!("{blank} = "))?;
        painter.safe(out, Style::Good, "hint")?;
        writeln!(out, ": {}", visible(hint))?;
    }
    Ok(())
}

/// What is shown of a line, safe to show.
struct Shown<'a> {
    before: Cow<'a, str>,
    mistake: Cow<'a, str>,
    behind: Cow<'a, str>,
}

impl<'a> Shown<'a> {
    fn of(diagnostic: &'a Diagnostic, room: usize) -> Self {
        let Diagnostic { column, cut, .. } = diagnostic;
        let (before, rest) = at_char(&diagnostic.source, (column - cut).saturating_sub(1));
        let (mistake, behind) = at_char(rest, diagnostic.width.max(1));
        let (before, mistake, behind) = (visible(before), visible(mistake), visible(behind));
        if before.width() + mistake.width() + behind.width() <= room {
            return Self { before, mistake, behind };
        }
        // A third of the room for what comes before, more where the rest is short.
        let rest = mistake.width() + behind.width();
        let before = last_cells(before, (room / 3).max(room.saturating_sub(rest)));
        let mistake = first_cells(mistake, room - before.width());
        let behind = first_cells(behind, room - before.width() - mistake.width());
        Self { before, mistake, behind }
    }
}

/// Splits behind `count` characters, or at the end.
fn at_char(text: &str, count: usize) -> (&str, &str) {
    text.split_at(text.char_indices().nth(count).map_or(text.len(), |(at, _)| at))
}

/// The first cells of a text; an `…` ends what is cut.
fn first_cells(text: Cow<'_, str>, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return text;
    }
    let kept = taken(text.chars(), cells);
    kept.into_iter().chain((cells > 0).then_some('…')).collect::<String>().into()
}

/// The last cells of a text; an `…` begins what is cut.
fn last_cells(text: Cow<'_, str>, cells: usize) -> Cow<'_, str> {
    if text.width() <= cells {
        return text;
    }
    let kept = taken(text.chars().rev(), cells);
    (cells > 0).then_some('…').into_iter().chain(kept.into_iter().rev()).collect::<String>().into()
}

/// Characters as long as there is room for them and for an `…`.
fn taken(chars: impl Iterator<Item = char>, cells: usize) -> Vec<char> {
    let mut room = cells.saturating_sub(1);
    chars
        .take_while(|c| {
            let width = c.width().unwrap_or(0);
            let fits = width <= room;
            room = room.saturating_sub(width);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Painter = Painter { color: false };

    fn mistake() -> Diagnostic {
        Diagnostic {
            file: "access/orders.yaml".to_owned(),
            line: 12,
            column: 5,
            width: 8,
            source: "    opertion: read".to_owned(),
            cut: 0,
            message: "unknown key `opertion`, did you mean `operation`?".to_owned(),
            hint: None,
        }
    }

    fn shown(diagnostic: &Diagnostic, painter: Painter, width: Option<usize>) -> String {
        let mut out = Vec::new();
        text(&mut out, diagnostic, painter, width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_mark_stands_under_the_mistake() {
        insta::assert_snapshot!(shown(&mistake(), PLAIN, None), @r#"
        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:5
           |
        12 |     opertion: read
           |     ^^^^^^^^
        "#);
        let colored = shown(&mistake(), Painter { color: true }, None);
        insta::assert_snapshot!(colored.replace('\x1b', "^"), @r#"
        ^[1;31merror^[0m: ^[1munknown key `opertion`, did you mean `operation`?^[0m
        ^[2m  -->^[0m access/orders.yaml:12:5
        ^[2m   |^[0m
        ^[2m12 |^[0m     opertion: read
        ^[2m   |^[0m     ^[1;31m^^^^^^^^^[0m
        "#);
    }

    #[test]
    fn hidden_and_wide_characters_keep_the_mark_in_its_place() {
        let nasty = Diagnostic {
            file: "<stdin>".to_owned(),
            line: 1007,
            column: 10,
            width: 2,
            source: "größe: 订单\u{1b}\u{202e} # 订".to_owned(),
            cut: 0,
            message: "an escape\u{1b}[2J".to_owned(),
            hint: Some("write `orders`".to_owned()),
        };
        insta::assert_snapshot!(shown(&nasty, PLAIN, None), @r#"
        error: an escape\u{1b}[2J
            --> <stdin>:1007:10
             |
        1007 | größe: 订单\u{1b}\u{202e} # 订
             |            ^^^^^^^^^^^^^^
             = hint: write `orders`
        "#);
    }

    #[test]
    fn a_mistake_behind_the_end_is_marked_there() {
        let beyond = Diagnostic { column: 900, source: "version: 1".to_owned(), ..mistake() };
        insta::assert_snapshot!(shown(&beyond, PLAIN, None), @r#"
        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:900
           |
        12 | version: 1
           |           ^
        "#);
    }

    #[test]
    fn a_long_line_is_cut_around_its_mistake() {
        let source = format!("{}wrong{}", "x".repeat(2000), "y".repeat(2000));
        let long = Diagnostic { column: 2001, width: 5, source, ..mistake() };
        insta::assert_snapshot!(shown(&long, PLAIN, Some(60)), @r#"
        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:2001
           |
        12 | …xxxxxxxxxxxxxxxxxwrongyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
           |                   ^^^^^
        "#);
        let at_end = Diagnostic { column: 3996, width: 10, ..long.clone() };
        insta::assert_snapshot!(shown(&at_end, PLAIN, Some(60)), @r#"
        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:3996
           |
        12 | …yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
           |                                              ^^^^^^^^^^
        "#);
        let all = Diagnostic { column: 1, width: 4005, source: "订".repeat(4005), ..long };
        insta::assert_snapshot!(shown(&all, PLAIN, Some(60)), @r#"
        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:1
           |
        12 | 订订订订订订订订订订订订订订订订订订订订订订订订订订订…
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        "#);
    }
}
