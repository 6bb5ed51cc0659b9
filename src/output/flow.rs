//! Lines of text on a narrow terminal, which would break them in the middle of a word: they are broken
//! between words, and what is in backticks, a command or a name to be copied, stays in one piece.

use std::ops::Range;

use unicode_width::UnicodeWidthStr as _;

/// Narrower than this nothing reads well, and the terminal breaks the lines.
const NARROWEST: usize = 20;

/// How much further in the lines begin that go on.
const INDENT: usize = 2;

/// Where a line is to be broken: the blanks in whose place a line break stands, and how far in the next
/// line begins.
pub(super) struct Breaks {
    pub(super) at: Vec<Range<usize>>,
    pub(super) indent: usize,
}

impl Breaks {
    /// Of a text without line breaks, on a terminal so many cells wide.
    pub(super) fn of(text: &str, width: usize) -> Self {
        let leading = text.len() - text.trim_start_matches(' ').len();
        let mut at = Vec::new();
        if width < NARROWEST || text.width() <= width {
            return Self { at, indent: 0 };
        }
        let fits = |indent: &usize| 2 * indent <= width;
        let columns = columns(text, leading).filter(fits);
        let indent = columns.last().or(Some(leading + INDENT).filter(fits)).unwrap_or(INDENT);
        let mut column = 0;
        let mut last: Option<Range<usize>> = None;
        for word in words(text, leading) {
            let gap = last.as_ref().map_or(0..word.start, |before| before.end..word.start);
            let needed = text[word.clone()].width();
            if last.is_some() && column + gap.len() + needed > width {
                column = indent + needed;
                at.push(gap);
            } else {
                column += gap.len() + needed;
            }
            last = Some(word);
        }
        Self { at, indent }
    }

    /// A piece of the text, which begins at `from` in it, with its line breaks.
    pub(super) fn piece(&self, piece: &str, from: usize) -> String {
        let mut out = String::with_capacity(piece.len() + 16);
        let mut done = 0;
        for gap in &self.at {
            // A gap may begin in one piece and end in another: the break stands where it begins.
            let (start, end) = (gap.start.max(from), gap.end.min(from + piece.len()));
            if start >= end {
                continue;
            }
            out.push_str(&piece[done..start - from]);
            if start == gap.start {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', self.indent));
            }
            done = end - from;
        }
        out.push_str(&piece[done..]);
        out
    }
}

/// Where the columns of a line begin, behind two blanks or more, other than the first.
fn columns(text: &str, leading: usize) -> impl Iterator<Item = usize> {
    let gaps = text.match_indices("  ").filter(move |(at, _)| *at >= leading);
    gaps.filter_map(|(at, _)| {
        let before = &text[..at];
        // What is in backticks has blanks of its own.
        let quoted = before.matches('`').count() % 2 == 1;
        let rest = text[at..].trim_start_matches(' ');
        (!quoted && !rest.is_empty()).then(|| text[..text.len() - rest.len()].width())
    })
}

/// The pieces between blanks; what is in backticks is no place to break.
fn words(text: &str, from: usize) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quoted_until = from;
    for (at, c) in text.char_indices().filter(|(at, _)| *at >= from) {
        if c == '`' && at >= quoted_until {
            let end = text[at + 1..].find('`').map(|length| at + 1 + length + 1);
            quoted_until = end.unwrap_or(at);
        }
        match (start, c == ' ' && at >= quoted_until) {
            (None, false) => start = Some(at),
            (Some(begin), true) => {
                words.push(begin..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|begin| begin..text.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: usize) -> String {
        Breaks::of(text, width).piece(text, 0)
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(broken("error: short", 30), "error: short");
        assert_eq!(
            broken("error: the topic has no partition that is led", 24),
            "error: the topic has no\n  partition that is led"
        );
        assert_eq!(broken("  in further than others are", 20), "  in further than\n    others are");
        assert_eq!(
            broken("two  blanks where it breaks off", 20),
            "two  blanks where it\n     breaks off"
        );
        assert_eq!(
            broken("ok     step    what was found", 20),
            "ok     step    what\n       was found",
            "where the last column would leave no room, under the one before"
        );
        let far_in = "              fix: start it again";
        assert_eq!(broken(far_in, 20), "              fix:\n  start it again");
        assert_eq!(broken("größe 订单订单 größe 订单", 20), "größe 订单订单 größe\n  订单");
        assert_eq!(broken("much too narrow for anything", 9), "much too narrow for anything");
    }

    #[test]
    fn what_is_to_be_copied_stays_in_one_piece() {
        assert_eq!(
            broken("hint: `kward topic list --internal` shows all", 26),
            "hint:\n  `kward topic list --internal`\n  shows all"
        );
        assert_eq!(broken("a lonely ` is no quote at all", 20), "a lonely ` is no\n  quote at all");
        let name = "x".repeat(40);
        assert_eq!(
            broken(&format!("no topic {name} here"), 20),
            format!("no topic\n  {name}\n  here")
        );
    }

    #[test]
    fn pieces_together_are_the_whole() {
        let text = "place  a reason that is long  and what to do about it";
        let breaks = Breaks::of(text, 24);
        assert!(!breaks.at.is_empty());
        for split in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (first, second) = text.split_at(split);
            let together = breaks.piece(first, 0) + &breaks.piece(second, split);
            assert_eq!(together, breaks.piece(text, 0), "split at {split}");
        }
    }
}
