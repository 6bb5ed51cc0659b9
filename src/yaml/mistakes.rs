//! Every mistake of a run, collected with its place and shown at the end, all at once.

use std::cell::RefCell;
use std::collections::HashSet;

use super::Source;
use crate::error::{Diagnostic, Error};
use crate::model::visible;

/// How many mistakes are kept; beyond, they are only counted.
const KEPT: usize = 10_000;
/// How many mistakes get the nearest right word; a file of rubbish is not worth the search.
const SUGGESTED: usize = 100;
/// How many characters of a line are shown.
const SHOWN: usize = 160;
/// And how many more where the mistake is further behind: who draws the line shows the part around it.
const MORE: usize = 1_000;
/// Among more words than this the nearest is not searched.
const WORDS: usize = 1_000;

/// A place in one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct At {
    /// Index into the sources.
    pub file: u32,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// In characters; at least 1 when shown.
    pub width: u32,
}

#[derive(Debug)]
struct Mistake {
    at: At,
    message: String,
    hint: Option<String>,
}

/// The collection. Shared by reference all over the reading, hence the cell.
#[derive(Debug, Default)]
pub struct Mistakes {
    inner: RefCell<Inner>,
    /// Said behind each message: for which use of a role it is.
    context: RefCell<String>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: Vec<Mistake>,
    /// One message a place; a mistake in a role is met once for each rule that uses it.
    seen: HashSet<(At, u64)>,
    /// Places whose text was not read as written: whatever else is said of them is noise.
    spoiled: HashSet<(u32, u32, u32)>,
    total: usize,
    files: HashSet<u32>,
    broken: bool,
    other: Vec<Diagnostic>,
}

impl Mistakes {
    /// A mistake at a place.
    pub fn add(&self, at: At, message: impl Into<String>) {
        self.push(at, message.into(), None);
    }

    /// The same with what to do.
    pub fn add_hint(&self, at: At, message: impl Into<String>, hint: impl Into<String>) {
        self.push(at, message.into(), Some(hint.into()));
    }

    /// A mistake in the text itself: what stands at this place is not what was meant, so no
    /// other mistake is reported there.
    pub fn spoil(&self, at: At, message: impl Into<String>, hint: impl Into<String>) {
        self.add_hint(at, message, hint);
        self.inner.borrow_mut().spoiled.insert((at.file, at.line, at.column));
    }

    /// What is said behind each message from now on; returns what was.
    pub fn set_context(&self, context: String) -> String {
        self.context.replace(context)
    }

    /// A mistake outside of all files.
    pub fn add_other(&self, diagnostic: Diagnostic) {
        let mut inner = self.inner.borrow_mut();
        inner.total += 1;
        inner.other.push(diagnostic);
    }

    /// Says that a part of some file could not be read, so what is missing may be in there.
    pub fn set_broken(&self) {
        self.inner.borrow_mut().broken = true;
    }

    /// Whether a part of some file could not be read.
    pub fn is_broken(&self) -> bool {
        self.inner.borrow().broken
    }

    /// How many so far.
    pub fn total(&self) -> usize {
        self.inner.borrow().total
    }

    /// `, did you mean …?` where a word is near.
    pub fn nearest<'w>(&self, word: &str, words: impl IntoIterator<Item = &'w str>) -> String {
        did_you_mean(self.nearest_word(word, words))
    }

    /// The nearest word, while there are few enough mistakes to search for it.
    pub fn nearest_word<'w>(
        &self,
        word: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) -> Option<&'w str> {
        if self.total() > SUGGESTED {
            return None;
        }
        crate::model::nearest(word, words.into_iter().take(WORDS))
    }

    fn push(&self, at: At, mut message: String, hint: Option<String>) {
        message.push_str(&self.context.borrow());
        let mut inner = self.inner.borrow_mut();
        if inner.spoiled.contains(&(at.file, at.line, at.column)) {
            return;
        }
        if inner.kept.len() < KEPT {
            if inner.seen.insert((at, digest(&message))) {
                inner.total += 1;
                inner.files.insert(at.file);
                inner.kept.push(Mistake { at, message, hint });
            }
        } else {
            inner.total += 1;
            inner.files.insert(at.file);
        }
    }

    /// The error of the run, or nothing.
    pub fn take_error(&self, sources: &[Source]) -> Option<Error> {
        let inner = self.inner.take();
        if inner.total == 0 {
            return None;
        }
        // Those of variables that were given stand in none of these files.
        let files = if inner.other.is_empty() { inner.files.len() } else { 0 };
        let message = match (inner.total, files) {
            (1, 0) => "1 mistake".to_owned(),
            (n, 0) => format!("{n} mistakes"),
            (1, _) => format!("1 mistake in {}", name(sources, &inner.files)),
            (n, 1) => format!("{n} mistakes in {}", name(sources, &inner.files)),
            (n, files) => format!("{n} mistakes in {files} files"),
        };
        let shown = inner.kept.len() + inner.other.len();
        let mut diagnostics = render(inner.kept, sources);
        diagnostics.extend(inner.other);
        let mut error = Error::invalid(message).with_diagnostics(diagnostics);
        if shown < inner.total {
            error = error.hint(format!("the first {shown} are shown"));
        }
        Some(error)
    }
}

/// The beginning of a text that comes from others, safe to show. Whatever the length of the text,
/// no more of it is looked at.
pub fn shown(text: &str) -> String {
    const LENGTH: usize = 80;
    match text.char_indices().nth(LENGTH) {
        None => visible(text).into_owned(),
        Some((end, _)) => format!("{}…", visible(&text[..end])),
    }
}

/// `, did you mean …?`
pub fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!(", did you mean `{}`?", visible(near))).unwrap_or_default()
}

fn name(sources: &[Source], files: &HashSet<u32>) -> String {
    let file = files.iter().next().and_then(|file| sources.get(*file as usize));
    format!("`{}`", visible(file.map_or("", |source| &source.name)))
}

fn digest(message: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    message.hash(&mut hasher);
    hasher.finish()
}

/// Adds the lines of the sources, in one walk through each file.
fn render(mut mistakes: Vec<Mistake>, sources: &[Source]) -> Vec<Diagnostic> {
    mistakes.sort_by_key(|mistake| mistake.at);
    let mut lines = Lines::default();
    let (mut walked, mut walk) = (None, Walk::default());
    mistakes
        .into_iter()
        .map(|mistake| {
            let At { file, line, column, width } = mistake.at;
            let source = sources.get(file as usize);
            let line = lines.seek(file, source.map_or(&[], |s| &s.bytes), line);
            if walked.replace((file, line.number)) != Some((file, line.number)) {
                walk = Walk::default();
            }
            let column = (column as usize).max(1);
            let Excerpt { shown, cut, left } = walk.excerpt(line.text, column);
            Diagnostic {
                file: source.map_or_else(String::new, |s| s.name.clone()),
                line: line.number as usize,
                column,
                width: (width as usize).clamp(1, left.max(1)),
                source: shown,
                cut,
                message: mistake.message,
                hint: mistake.hint,
            }
        })
        .collect()
}

/// A walk through the lines of a file, forwards only.
#[derive(Default)]
struct Lines {
    file: Option<u32>,
    offset: usize,
    number: u32,
}

struct Line<'a> {
    text: &'a [u8],
    number: u32,
}

impl Lines {
    fn seek<'a>(&mut self, file: u32, bytes: &'a [u8], wanted: u32) -> Line<'a> {
        if self.file != Some(file) {
            let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            *self = Self { file: Some(file), offset: bom, number: 1 };
        }
        while self.number < wanted {
            let rest = &bytes[self.offset..];
            let Some(length) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) else { break };
            let ending = if rest[length..].starts_with(b"\r\n") { 2 } else { 1 };
            if self.offset + length + ending >= bytes.len() {
                // A scanner puts the end of the file on a line of its own; there is nothing to show there.
                break;
            }
            self.offset += length + ending;
            self.number += 1;
        }
        let rest = &bytes[self.offset..];
        let length = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        Line { text: &rest[..length], number: self.number }
    }
}

/// What is shown of a line.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    shown: String,
    /// What to take from a column of the line for the one in `shown`.
    cut: usize,
    /// How many characters there are from the mistake on.
    left: usize,
}

/// A walk along one line, forwards only: how far it has come.
#[derive(Default)]
struct Walk {
    characters: usize,
    bytes: usize,
}

impl Walk {
    /// The line as far as the mistake and a little more, and no more than `MORE` characters of it.
    fn excerpt(&mut self, line: &[u8], column: usize) -> Excerpt {
        let skipped = (column + SHOWN / 2).saturating_sub(MORE);
        while self.characters < skipped && self.bytes < line.len() {
            let more = |byte: &&u8| **byte & 0xc0 == 0x80;
            self.bytes += 1 + line[self.bytes + 1..].iter().take_while(more).count();
            self.characters += 1;
        }
        let (line, column) = (&line[self.bytes..], column - self.characters);
        let wanted = (column + SHOWN / 2).clamp(SHOWN, MORE);
        // Four bytes a character at most; the rest of a line of 64 MiB is never looked at.
        let head = &line[..line.len().min(4 * wanted)];
        let text = String::from_utf8_lossy(head);
        let all = text.chars().count();
        let mut shown: String = (self.characters > 0).then_some('…').into_iter().collect();
        shown.extend(text.chars().take(wanted).map(|c| if c == '\t' { ' ' } else { c }));
        if all > wanted || head.len() < line.len() {
            shown.push('…');
        }
        let left = all.min(wanted).saturating_sub(column - 1);
        Excerpt { shown, cut: self.characters.saturating_sub(1), left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut() {
        let line = "x".repeat(10_000_000);
        let mut walk = Walk::default();
        let Excerpt { shown, left, .. } = walk.excerpt(line.as_bytes(), 3);
        assert_eq!(shown.chars().count(), SHOWN + 1);
        assert_eq!(left, SHOWN - 2);
        let short = Excerpt { shown: "short".to_owned(), cut: 0, left: 4 };
        assert_eq!(Walk::default().excerpt(b"short", 2), short);
    }

    #[test]
    fn what_is_far_out_in_a_long_line_is_shown() {
        let line = format!("{}wrong{}", "größer, ".repeat(1_000), "y".repeat(10_000));
        let mut walk = Walk::default();
        for column in [2, 900, 4_001, 8_001, 8_001, 18_006] {
            let Excerpt { shown, cut, left } = walk.excerpt(line.as_bytes(), column);
            assert!(shown.chars().count() <= MORE + 2, "{column}");
            let there: String = shown.chars().skip(column - cut - 1).take(5).collect();
            let expected: String = line.chars().skip(column - 1).take(5).collect();
            assert_eq!(there, expected, "{column}");
            assert_eq!(left == 0, column == 18_006, "{column}: {left}");
        }
    }

    #[test]
    fn lines_end_in_any_way() {
        let bytes = b"\xef\xbb\xbfone\r\ntwo\rthree\nfour";
        let mut lines = Lines::default();
        for (number, text) in [(1, "one"), (2, "two"), (3, "three"), (4, "four"), (9, "four")] {
            assert_eq!(lines.seek(0, bytes, number).text, text.as_bytes());
        }
    }
}
