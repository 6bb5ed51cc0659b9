//! The characters of a file on their way into the YAML scanner.
//!
//! Four things happen on the way. A reference `${name}` is shielded, because YAML ends an
//! unquoted word of a flow collection at a brace. A document that begins with a brace (JSON) gets
//! its `---`, without which the scanner holds all of it back to see whether it is a key. A character
//! that JSON writes as two escapes (`\ud83d\ude00`) gets through as two that YAML takes. And what the
//! scanner swallows between two events is measured, because it may hold back a flow collection of
//! any length.

use std::cell::Cell;
use std::collections::HashSet;
use std::str::Chars;

/// More steps inside one held-back flow collection are refused; a shorter text cannot have so many.
pub const STEPS: usize = 250_000;
/// What a document that begins with a brace gets in front.
pub const DOCUMENT_START: &str = "--- ";

/// What the scanner swallowed since the last event.
#[derive(Debug, Default)]
pub struct Gauge {
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
pub struct Shield {
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

/// How many code points are halves of a pair.
const HALVES: u32 = 0x800;
/// The bytes of a pair: `\ud83d\ude00`.
const PAIR: usize = 12;

/// What stands for the halves of pairs: as many characters, none of them among those of the file, whose
/// escapes are as long.
#[derive(Debug, Clone, Copy)]
pub struct Halves {
    base: u32,
}

impl Halves {
    /// A third of the private use area of which `text` has nothing, as it is or as an escape; nothing
    /// where it has no pair.
    pub fn for_text(text: &str) -> Option<Self> {
        let is_pair = |(at, _)| is_pair(&text.as_bytes()[at..]);
        if !text.match_indices("\\u").any(is_pair) {
            return None;
        }
        let mut free = [true; 3];
        for c in text.chars().chain(escapes(text)) {
            if let Some(block) = u32::from(c).checked_sub(0xe000).map(|c| c / HALVES)
                && let Some(free) = free.get_mut(block as usize)
            {
                *free = false;
            }
        }
        let free = free.iter().zip(0..).find(|(free, _)| **free);
        free.map(|(_, block)| Self { base: 0xe000 + block * HALVES })
    }

    fn has(self, c: char) -> bool {
        u32::from(c).checked_sub(self.base).is_some_and(|half| half < HALVES)
    }

    /// The text of double quotes, each pair as the character that it is.
    pub fn join(self, text: &str) -> Option<String> {
        if !text.contains(|c| self.has(c)) {
            return None;
        }
        let half = |c: char| u16::try_from(u32::from(c) - self.base + 0xd800).unwrap_or_default();
        let mut units = Vec::with_capacity(text.len());
        for c in text.chars() {
            if self.has(c) {
                units.push(half(c));
            } else {
                units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            }
        }
        Some(String::from_utf16_lossy(&units))
    }

    /// Whether what is no escape, outside of double quotes, was taken for a pair.
    pub fn changed(self, text: &str) -> bool {
        escapes(text).any(|c| self.has(c))
    }

    /// The first two of four digits of a half, for what stands for it.
    fn digit(self, second: bool, c: char) -> char {
        let value = match (second, c.to_digit(16)) {
            (true, Some(digit)) => (self.base >> 8 & 0xf) + (digit & 7),
            _ => self.base >> 12,
        };
        char::from_digit(value, 16).unwrap_or(c)
    }
}

/// Whether two escapes begin here that are one character in JSON.
fn is_pair(text: &[u8]) -> bool {
    let half = |at: usize, second: &[u8]| {
        matches!(text.get(at..at + 6), Some([b'\\', b'u', b'd' | b'D', c, x, y])
            if second.contains(&c.to_ascii_lowercase())
                && x.is_ascii_hexdigit() && y.is_ascii_hexdigit())
    };
    half(0, b"89ab") && half(6, b"cdef")
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
pub struct Feed<'a> {
    text: &'a str,
    chars: Chars<'a>,
    inserted: Chars<'static>,
    shield: Option<Shield>,
    halves: Option<Halves>,
    /// Where the pair under way begins, and the last backslash that is escaped by the one before it.
    pair: Option<usize>,
    escaped: usize,
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
        (shield, halves): (Option<Shield>, Option<Halves>),
        stars: &'a [usize],
        gauge: &'a Gauge,
    ) -> Self {
        let inserted = if insert { DOCUMENT_START } else { "" };
        Self {
            text,
            chars: text.chars(),
            inserted: inserted.chars(),
            shield,
            halves,
            pair: None,
            escaped: usize::MAX,
            open: usize::MAX,
            close: usize::MAX,
            stars,
            gauge,
        }
    }

    fn backslash(&mut self, here: usize) {
        if self.halves.is_some() && here != self.escaped {
            self.escaped = here + 1;
            if is_pair(&self.text.as_bytes()[here..]) {
                self.pair = Some(here);
            }
        }
    }

    /// A character of the pair that began at `start`.
    fn half(&mut self, start: usize, here: usize, c: char) -> char {
        let at = here - start;
        if at + 1 >= PAIR {
            self.pair = None;
        }
        match (at % (PAIR / 2), self.halves) {
            (2, Some(halves)) => halves.digit(false, c),
            (3, Some(halves)) => halves.digit(true, c),
            _ => c,
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
        if let Some(start) = self.pair {
            return Some(self.half(start, here, c));
        }
        Some(match c {
            '\\' => {
                self.backslash(here);
                c
            }
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
        let fed: String = Feed::new(text, false, (Some(shield), None), &[], &gauge).collect();
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
    fn pairs_are_carried_at_their_length() {
        let text = r"\ud83D\uDe00 \\ud83d\ude00 \\\ud83d\ude00 \ud83d \ud83d\ud83d\ude00";
        let gauge = Gauge::default();
        let halves = Halves::for_text(text).unwrap();
        let fed: String = Feed::new(text, false, (None, Some(halves)), &[], &gauge).collect();
        assert_eq!(fed, r"\ue03D\ue600 \\ud83d\ude00 \\\ue03d\ue600 \ud83d \ud83d\ue03d\ue600");
        assert_eq!(halves.join("a\u{e03d}\u{e600}é").as_deref(), Some("a😀é"));
        assert!(halves.changed(&fed) && !halves.changed(text));
        // What the text has itself stands for nothing else.
        let taken = format!("{text}\u{e7ff}\\ue800");
        assert_eq!(Halves::for_text(&taken).unwrap().base, 0xf000);
        assert!(Halves::for_text(&format!("{taken}\u{f123}")).is_none());
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        for text in ["[".repeat(1_000_000), "[\"a\"\n".to_owned() + &"\"a\"\n".repeat(1_000_000)] {
            let gauge = Gauge::default();
            let fed = Feed::new(&text, false, (None, None), &[], &gauge).count();
            assert!(gauge.is_spent());
            assert!(fed < text.len());
        }
    }
}
