//! How wide columns are on a narrow terminal, and where their cells break: at blanks and commas, where
//! that is not enough at the signs inside of names, and in the middle of a word only where there is no
//! other way.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::Table;

/// Narrower than this no column is made as long as there is room.
const NARROW: usize = 8;

/// Narrower than this no column is made at all; the terminal then breaks the lines.
pub(super) const NARROWEST: usize = 4;

/// Where a cell may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// Behind blanks, commas and semicolons.
    Words,
    /// Behind the signs of which names are made, too.
    Signs,
}

impl At {
    fn breaks_behind(self, c: char) -> bool {
        match self {
            At::Words => matches!(c, ' ' | ',' | ';'),
            At::Signs => {
                matches!(c, ' ' | ',' | ';' | ':' | '/' | '=' | '-' | '_' | '.' | '@' | '|')
            }
        }
    }

    /// The pieces of a text that do not break.
    fn pieces(self, text: &str) -> impl Iterator<Item = &str> {
        let mut rest = text;
        std::iter::from_fn(move || {
            let mut before = None;
            // Of several signs in a row (`, `) the last one is where it breaks.
            let end = rest.char_indices().find_map(|(at, c)| {
                let end = before.is_some_and(|b| self.breaks_behind(b)) && !self.breaks_behind(c);
                before = Some(c);
                end.then_some(at)
            });
            let piece;
            (piece, rest) = rest.split_at(end.unwrap_or(rest.len()));
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// The width of the widest piece; the blanks at its end are not drawn.
    fn widest(self, text: &str) -> usize {
        self.pieces(text).map(|piece| piece.trim_end().width()).max().unwrap_or(0)
    }
}

/// What a column needs.
struct Needs {
    /// To show its cells on one line each.
    whole: usize,
    /// To break them between words only.
    words: usize,
    /// To break no piece of a name or of the heading.
    signs: usize,
    /// To break no piece of a name; the heading may be broken.
    names: usize,
}

impl Needs {
    fn of(table: &Table<'_>, at: usize, whole: usize, headers: bool) -> Self {
        let column = &table.columns[at];
        if column.right {
            return Self { whole, words: whole, signs: whole, names: whole };
        }
        let title = if headers { column.name } else { "" };
        let widest =
            |tier: At| table.rows.iter().map(|row| tier.widest(&row[at])).max().unwrap_or(0);
        let names = widest(At::Signs);
        Self {
            whole,
            words: widest(At::Words).max(title.width()),
            signs: names.max(At::Signs.widest(title)),
            names: names.max(title.width().min(NARROWEST)),
        }
    }
}

/// The widths of the columns, `room` cells together, from how wide their cells are.
pub(super) fn fitted(
    table: &Table<'_>,
    widths: &[usize],
    room: usize,
    headers: bool,
) -> Vec<usize> {
    let needs: Vec<Needs> = widths
        .iter()
        .enumerate()
        .map(|(at, whole)| Needs::of(table, at, *whole, headers))
        .collect();
    let total = |need: fn(&Needs) -> usize| needs.iter().map(need).sum::<usize>();
    let bounds: Vec<(usize, usize)> = if total(|n| n.words) <= room {
        needs.iter().map(|n| (n.words, n.whole)).collect()
    } else if total(|n| n.signs) <= room {
        needs.iter().map(|n| (n.signs, n.words)).collect()
    } else if total(|n| n.names) <= room {
        needs.iter().map(|n| (n.names, n.signs)).collect()
    } else if total(|n| n.names.min(NARROW)) <= room {
        needs.iter().map(|n| (n.names.min(NARROW), n.names)).collect()
    } else {
        needs.iter().map(|n| (n.names.min(NARROWEST), n.names.min(NARROW))).collect()
    };
    level(&bounds, room)
}

/// As much for each as there is: what is narrow is left whole, and the widest give.
fn level(bounds: &[(usize, usize)], room: usize) -> Vec<usize> {
    let at = |cap: usize| bounds.iter().map(move |(least, most)| cap.clamp(*least, *most));
    let highest = bounds.iter().map(|(_, most)| *most).max().unwrap_or(0);
    let (mut low, mut high) = (0, highest);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if at(middle).sum::<usize>() <= room { low = middle } else { high = middle - 1 }
    }
    let mut widths: Vec<usize> = at(low).collect();
    // What is left over is less than a cell for each that could be wider.
    let mut left = room.saturating_sub(widths.iter().sum());
    for (width, (_, most)) in widths.iter_mut().zip(bounds) {
        if left > 0 && *width < *most {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

/// The lines of a cell, none wider than `width`.
pub(super) fn lines(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Lines { text, width: width.max(1), from: 0, to: 0, done: Vec::new() };
    for word in At::Words.pieces(text) {
        if lines.takes(word) || word.trim_end().width() <= lines.width {
            lines.push(word);
            continue;
        }
        for piece in At::Signs.pieces(word) {
            if lines.takes(piece) || piece.trim_end().width() <= lines.width {
                lines.push(piece);
                continue;
            }
            for character in characters(piece) {
                lines.push(character);
            }
        }
    }
    lines.end();
    lines.done
}

/// Characters, each with the marks that stand on it.
fn characters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let second = rest.char_indices().skip(1).find(|(_, c)| c.width().unwrap_or(0) > 0);
        let character;
        (character, rest) = rest.split_at(second.map_or(rest.len(), |(at, _)| at));
        (!character.is_empty()).then_some(character)
    })
}

/// A cell as it is broken: pieces that follow each other in the text.
struct Lines<'a> {
    text: &'a str,
    width: usize,
    from: usize,
    to: usize,
    done: Vec<&'a str>,
}

impl Lines<'_> {
    /// Whether the piece still fits on the line.
    fn takes(&self, piece: &str) -> bool {
        self.text[self.from..self.to + piece.len()].trim_end().width() <= self.width
    }

    fn push(&mut self, piece: &str) {
        if !self.takes(piece) && self.from < self.to {
            self.end();
        }
        self.to += piece.len();
    }

    fn end(&mut self) {
        self.done.push(self.text[self.from..self.to].trim_end());
        self.from = self.to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_break_where_they_may() {
        for (text, width, expected) in [
            ("", 5, &[""][..]),
            ("READ", 4, &["READ"]),
            ("READ, WRITE, DESCRIBE", 12, &["READ, WRITE,", "DESCRIBE"]),
            ("READ,WRITE,DESCRIBE", 8, &["READ,", "WRITE,", "DESCRIBE"]),
            ("User:ana", 8, &["User:ana"]),
            ("User:ana", 7, &["User:", "ana"]),
            ("User:ana.smith-jones", 12, &["User:ana.", "smith-jones"]),
            (
                "User:CN=etl,OU=data engineering,O=acme",
                18,
                &["User:CN=etl,", "OU=data", "engineering,O=acme"],
            ),
            ("abcdefghij", 4, &["abcd", "efgh", "ij"]),
            ("x.abcdefghij", 4, &["x.ab", "cdef", "ghij"]),
            ("größe订单订单", 6, &["größe", "订单订", "单"]),
            ("e\u{301}e\u{301}e\u{301}", 2, &["e\u{301}e\u{301}", "e\u{301}"]),
            ("订", 1, &["订"]),
        ] {
            assert_eq!(lines(text, width), expected, "{text} at {width}");
            let all: String = lines(text, width).concat();
            assert_eq!(all.replace(' ', ""), text.replace(' ', ""), "nothing is lost of {text}");
        }
    }

    #[test]
    fn the_widest_give_and_what_is_short_stays_whole() {
        assert_eq!(level(&[(4, 4), (8, 40), (8, 20)], 40), [4, 18, 18]);
        assert_eq!(level(&[(4, 4), (8, 40), (8, 40)], 41), [4, 19, 18]);
        assert_eq!(level(&[(4, 4), (8, 12)], 100), [4, 12]);
        assert_eq!(level(&[(8, 8), (8, 8)], 10), [8, 8], "there is no other way");
    }
}
