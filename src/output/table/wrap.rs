//! How wide columns are on a narrow terminal, and where their cells break: at blanks and commas, where
//! that is not enough at the signs inside of long names, and in the middle of a piece only where that is longer
//! than a column can be.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

use super::GAP;
use crate::report::Table;

/// A word of this width is not broken as long as there is room.
const SHORT: usize = 16;

/// A piece of a name that is wider is broken where there is no other way, and so may a cell be, rather than a
/// column be left out.
pub(super) const LONG: usize = 24;

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
                // An address or a version is one piece.
                let end = end && !(before == Some('.') && c.is_ascii_digit());
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

/// What columns of these widths take together.
pub(super) fn total(widths: impl Iterator<Item = usize>) -> usize {
    widths.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

/// What a column needs.
struct Needs {
    /// To show its cells on one line each.
    whole: usize,
    /// To break them between words only.
    words: usize,
    /// To break no short word, and no piece of a longer one.
    short: usize,
    /// To break no piece of a name.
    signs: usize,
    /// To break only pieces that are long.
    least: usize,
}

impl Needs {
    fn of(table: &Table<'_>, at: usize, whole: usize, headers: bool) -> Self {
        let column = &table.columns[at];
        let title = if headers { column.name } else { "" };
        let cells = || table.rows.iter().map(|row| &*row[at]);
        if column.right {
            // Numbers do not break.
            let widest = cells().map(UnicodeWidthStr::width).max().unwrap_or(0);
            let least = widest.max(At::Signs.widest(title));
            return Self { whole, words: whole, short: least, signs: least, least };
        }
        let widest = |of: &dyn Fn(&str) -> usize| cells().map(of).max().unwrap_or(0);
        let words = widest(&|cell| At::Words.widest(cell)).max(title.width());
        let short = widest(&short).max(short(title));
        let signs = widest(&|cell| At::Signs.widest(cell)).max(At::Signs.widest(title));
        Self { whole, words, short, signs, least: signs.min(LONG) }
    }

    fn of_all(table: &Table<'_>, widths: &[usize], headers: bool) -> Vec<Self> {
        widths.iter().enumerate().map(|(at, whole)| Self::of(table, at, *whole, headers)).collect()
    }
}

/// The widest of the short words and of the pieces of others.
fn short(text: &str) -> usize {
    let least = |word: &str| {
        let whole = word.trim_end().width();
        if whole <= SHORT { whole } else { At::Signs.widest(word) }
    };
    At::Words.pieces(text).map(least).max().unwrap_or(0)
}

/// Whether a terminal of this width has room for these columns without a word being broken that is not long.
pub(super) fn fits(table: &Table<'_>, widths: &[usize], width: usize, headers: bool) -> bool {
    let needs = Needs::of_all(table, widths, headers);
    total(needs.iter().map(|needs| needs.least)) <= width
}

/// The widths of the columns, `room` cells together, from how wide their cells are.
pub(super) fn fitted(
    table: &Table<'_>,
    widths: &[usize],
    room: usize,
    headers: bool,
) -> Vec<usize> {
    let needs = Needs::of_all(table, widths, headers);
    let total = |need: fn(&Needs) -> usize| needs.iter().map(need).sum::<usize>();
    let bounds: Vec<(usize, usize)> = if total(|n| n.words) <= room {
        needs.iter().map(|n| (n.words, n.whole)).collect()
    } else if total(|n| n.short) <= room {
        needs.iter().map(|n| (n.short, n.words)).collect()
    } else if total(|n| n.signs) <= room {
        needs.iter().map(|n| (n.signs, n.short)).collect()
    } else {
        needs.iter().map(|n| (n.least, n.signs)).collect()
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
