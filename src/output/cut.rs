//! Lines that a terminal has no room for: cut where it ends, visibly.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

/// The line with at most so many cells, the last of them `…` where something is missing. Colours
/// (`ESC [ … m`) take no room, and end where they did.
pub(super) fn cut(line: &str, width: usize) -> Cow<'_, str> {
    let (mut cells, mut room) = (0, 0);
    for (at, c) in visible(line) {
        // What still fits when `…` has to follow.
        if cells < width {
            room = at;
        }
        cells += c.width().unwrap_or(0);
    }
    if cells <= width {
        return line.into();
    }
    let mut short = String::with_capacity(line.len());
    short.push_str(&line[..room]);
    if width > 0 {
        short.push('…');
    }
    short.extend(line[room..].split_inclusive('m').filter_map(|part| {
        let code = part.rfind("\u{1b}[").map(|at| &part[at..])?;
        code.ends_with('m').then_some(code)
    }));
    short.into()
}

/// The characters that are drawn, with where they stand.
fn visible(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut in_code = false;
    line.char_indices().filter(move |(_, c)| match (in_code, c) {
        (true, 'm') => {
            in_code = false;
            false
        }
        (true, _) => false,
        (false, '\u{1b}') => {
            in_code = true;
            false
        }
        (false, _) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_by_cells_and_visibly() {
        for (line, width, expected) in [
            ("", 0, ""),
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("longer", 1, "…"),
            ("longer", 0, ""),
            ("订单订单", 8, "订单订单"),
            ("订单订单", 7, "订单订…"),
            ("订单订单", 6, "订单…"),
            ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}…"),
            ("\u{1b}[1mlonger\u{1b}[0m", 6, "\u{1b}[1mlonger\u{1b}[0m"),
            ("\u{1b}[1mlonger\u{1b}[0m", 4, "\u{1b}[1mlon…\u{1b}[0m"),
            (
                "\u{1b}[1mmm\u{1b}[0m \u{1b}[2mmmm\u{1b}[0m",
                4,
                "\u{1b}[1mmm\u{1b}[0m \u{1b}[2m…\u{1b}[0m",
            ),
        ] {
            assert_eq!(cut(line, width), expected, "{line:?} at {width}");
        }
    }
}
