//! The characters of a file on their way into the YAML scanner.
//!
//! Three things happen on the way. A reference `${name}` is shielded, because YAML ends an
//! unquoted word of a flow collection at a brace. A document that begins with a brace (JSON) gets
//! its `---`, without which the scanner holds all of it back to see whether it is a key. And what
//! the scanner swallows between two events is measured, because it may hold back a flow
//! collection of any length.

use std::cell::Cell;
use std::collections::HashSet;
use std::str::Chars;

/// More steps inside one held-back flow collection are refused; a shorter text cannot have so many.
pub(super) const STEPS: usize = 250_000;
/// What a document that begins with a brace gets in front.
pub(super) const DOCUMENT_START: &str = "--- ";

/// What the scanner swallowed since the last event.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    opens: Cell<u32>,
    steps: Cell<usize>,
    spent: Cell<bool>,
    /// How far the text was handed out, and where the last bracket was opened.
    here: Cell<usize>,
    opened: Cell<usize>,
}

/// How many bytes the scanner looks ahead at most (16 characters): a bracket that close may
/// belong to what comes after an event.
const AHEAD: usize = 64;

impl Gauge {
    /// An event arrived.
    pub fn reset(&self) {
        let close = self.here.get() - self.opened.get() <= AHEAD;
        self.opens.set(if close { self.opens.get().min(16) } else { 0 });
        self.steps.set(0);
    }

    /// Whether the bound was reached; the scanner was told that the file ends.
    pub fn is_spent(&self) -> bool {
        self.spent.get()
    }

    fn step(&self, open: bool) {
        let opens = self.opens.get() + u32::from(open);
        if open {
            self.opened.set(self.here.get());
        }
        if opens == 0 {
            return;
        }
        self.opens.set(opens);
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS {
            self.spent.set(true);
        }
    }
}

/// The two characters that stand for the braces of a reference; not among those of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shield {
    open: char,
    close: char,
}

impl Shield {
    /// Two noncharacters that `text` contains neither as they are nor as an escape; nothing when
    /// it has no reference, or (never, outside of mischief) all of them.
    pub fn for_text(text: &str) -> Option<Self> {
        if !text.contains("${") {
            return None;
        }
        let escaped: HashSet<char> = escapes(text).collect();
        let mut free =
            ('\u{fdd0}'..='\u{fdef}').filter(|c| !escaped.contains(c) && !text.contains(*c));
        Some(Self { open: free.next()?, close: free.next()? })
    }

    /// The text as it was written.
    pub fn remove(self, text: &str) -> Option<String> {
        text.contains(self.open).then(|| {
            text.chars()
                .map(|c| match c {
                    c if c == self.open => '{',
                    c if c == self.close => '}',
                    c => c,
                })
                .collect()
        })
    }
}

/// Whatever could be an escape of a character in double quotes.
fn escapes(text: &str) -> impl Iterator<Item = char> {
    let digits = |rest: &str, count: usize| {
        let code = u32::from_str_radix(rest.get(..count)?, 16).ok()?;
        char::from_u32(code)
    };
    text.match_indices('\\').filter_map(move |(at, _)| {
        let rest = &text[at + 1..];
        match rest.as_bytes().first() {
            Some(b'u') => digits(&rest[1..], 4),
            Some(b'U') => digits(&rest[1..], 8),
            _ => None,
        }
    })
}

/// The characters.
pub(super) struct Feed<'a> {
    text: &'a str,
    chars: Chars<'a>,
    inserted: Chars<'static>,
    shield: Option<Shield>,
    /// Byte offsets of the braces of the reference under way.
    open: usize,
    close: usize,
    /// Byte offsets of `*` to be read as an ordinary character.
    stars: &'a [usize],
    gauge: &'a Gauge,
}

impl<'a> Feed<'a> {
    /// `insert`: with [`DOCUMENT_START`] in front.
    pub fn new(
        text: &'a str,
        insert: bool,
        shield: Option<Shield>,
        stars: &'a [usize],
        gauge: &'a Gauge,
    ) -> Self {
        let inserted = if insert { DOCUMENT_START } else { "" };
        Self {
            text,
            chars: text.chars(),
            inserted: inserted.chars(),
            shield,
            open: usize::MAX,
            close: usize::MAX,
            stars,
            gauge,
        }
    }

    fn special(&mut self, here: usize, c: char) -> char {
        match (c, self.shield) {
            ('$', Some(_)) => {
                if let Some(length) = reference(self.chars.as_str()) {
                    self.open = here + 1;
                    self.close = here + length;
                }
                c
            }
            ('{', Some(shield)) if here == self.open => shield.open,
            ('}', Some(shield)) if here == self.close => shield.close,
            ('[' | '{', _) => {
                self.gauge.step(true);
                c
            }
            ('*', _) if self.stars.contains(&here) => '_',
            _ => {
                self.gauge.step(false);
                c
            }
        }
    }
}

impl Iterator for Feed<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(c) = self.inserted.next() {
            return Some(c);
        }
        if self.gauge.is_spent() {
            return None;
        }
        let here = self.text.len() - self.chars.as_str().len();
        let c = self.chars.next()?;
        self.gauge.here.set(here);
        Some(match c {
            '$' | '[' | '{' | ']' | '}' | ',' | ':' | '"' | '\'' | '&' | '*' | '!' | '\n'
            | '\r' => self.special(here, c),
            c => c,
        })
    }
}

/// The length of `{name}` at the beginning of `text`, where it is a reference that keeps to one
/// line and has nothing in it that could be structure.
fn reference(text: &str) -> Option<usize> {
    const LONGEST: usize = 512;
    let body = text.strip_prefix('{')?;
    let first = body.bytes().next()?;
    if !(first.is_ascii_alphabetic() || first == b'_') {
        return None;
    }
    let end = body.bytes().take(LONGEST).position(|b| {
        matches!(b, b'}' | b'{' | b'[' | b']' | b',' | b'"' | b'\'' | b'\n' | b'\r' | b'#')
    })?;
    (body.as_bytes()[end] == b'}').then_some(end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_shielded_and_nothing_else() {
        let text = "{a: ${x}.*, b: ${y:-d}, c: ${, d: {e: ${z\n}}";
        let gauge = Gauge::default();
        let shield = Shield::for_text(text).unwrap();
        let fed: String = Feed::new(text, false, Some(shield), &[], &gauge).collect();
        assert_eq!(
            fed,
            "{a: $\u{fdd0}x\u{fdd1}.*, b: $\u{fdd0}y:-d\u{fdd1}, c: ${, d: {e: ${z\n}}"
        );
        assert_eq!(shield.remove(&fed).unwrap(), text);
    }

    #[test]
    fn the_shield_is_nothing_that_the_text_has() {
        let shield = Shield::for_text("\u{fdd0} ${x} \\uFDd1 \\U0000fdd3 \\ufdd").unwrap();
        assert_eq!((shield.open, shield.close), ('\u{fdd2}', '\u{fdd4}'));
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        for text in ["[".repeat(1_000_000), "[\"a\"\n".to_owned() + &"\"a\"\n".repeat(1_000_000)] {
            let gauge = Gauge::default();
            let fed = Feed::new(&text, false, None, &[], &gauge).count();
            assert!(gauge.is_spent());
            assert!(fed < text.len());
        }
    }
}
