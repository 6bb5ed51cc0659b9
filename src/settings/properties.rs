//! Java's `.properties` syntax, as `java.util.Properties.load` reads it, with the line of each
//! entry. librdkafka's `key=value` files are read by the same rules.
//!
//! One difference is wanted: Java takes every file for ISO 8859-1. Here a file that is valid UTF-8
//! is UTF-8, which is what everybody writes, and any other is ISO 8859-1.

use std::fmt;

/// One `key=value`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key, unescaped.
    pub key: String,
    /// The value, unescaped; blanks at its end stay, as in Java.
    pub value: String,
    /// The line it begins on, from 1.
    pub line: usize,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

/// Why a file is no properties file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub message: &'static str,
}

/// Reads the text of a file.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Entry>, SyntaxError> {
    let text = decode(bytes);
    let mut lines = LogicalLines { chars: text.chars().peekable(), line: 1 };
    let mut entries = Vec::new();
    while let Some((line, text)) = lines.next() {
        let (key, value) = split(&text);
        let unescape =
            |part: &[char]| unescape(part).map_err(|message| SyntaxError { line, message });
        // Java makes an entry even of a lone backslash.
        if key.is_empty() && value.is_empty() {
            continue;
        }
        entries.push(Entry { key: unescape(key)?, value: unescape(value)?, line });
    }
    Ok(entries)
}

fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Lines with their continuations joined, without comments and blank lines.
struct LogicalLines<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl LogicalLines<'_> {
    /// Takes a character; `\r\n` is one.
    fn take(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\r' && self.chars.peek() == Some(&'\n') {
            self.chars.next();
        }
        if is_break(c) {
            self.line += 1;
        }
        Some(c)
    }

    fn skip_comment(&mut self) {
        while let Some(c) = self.take() {
            if is_break(c) {
                return;
            }
        }
    }

    fn next(&mut self) -> Option<(usize, Vec<char>)> {
        let mut text = Vec::new();
        let mut start = self.line;
        let (mut at_start, mut continued, mut backslash) = (true, false, false);
        loop {
            let line = self.line;
            let Some(c) = self.take() else {
                if text.is_empty() {
                    return None;
                }
                if backslash {
                    text.pop();
                }
                return Some((start, text));
            };
            if at_start {
                if is_blank(c) || (!continued && is_break(c)) {
                    continue;
                }
                (at_start, continued) = (false, false);
            }
            if text.is_empty() {
                if matches!(c, '#' | '!') {
                    self.skip_comment();
                    at_start = true;
                    continue;
                }
                start = line;
            }
            if !is_break(c) {
                text.push(c);
                backslash = c == '\\' && !backslash;
            } else if text.is_empty() {
                at_start = true;
            } else if backslash && self.chars.peek().is_some() {
                text.pop();
                (at_start, continued, backslash) = (true, true, false);
            } else {
                if backslash {
                    text.pop();
                }
                return Some((start, text));
            }
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Splits at the first `=`, `:` or blank that no backslash precedes.
fn split(text: &[char]) -> (&[char], &[char]) {
    let mut backslash = false;
    let mut end = text.len();
    for (i, &c) in text.iter().enumerate() {
        if !backslash && (matches!(c, '=' | ':') || is_blank(c)) {
            end = i;
            break;
        }
        backslash = c == '\\' && !backslash;
    }
    let (key, mut value) = text.split_at(end);
    let mut separator = false;
    while let [c, rest @ ..] = value {
        if matches!(c, '=' | ':') && !separator {
            separator = true;
        } else if !is_blank(*c) {
            break;
        }
        value = rest;
    }
    (key, value)
}

fn unescape(text: &[char]) -> Result<String, &'static str> {
    const MALFORMED: &str = "`\\u` wants four hexadecimal digits";
    // UTF-16, because `\uD83D\uDE00` is one character.
    let mut out: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.iter().copied();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        let c = if c == '\\' {
            chars.next().unwrap_or('\\')
        } else {
            out.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        };
        let c = match c {
            'u' => {
                let mut unit = 0u16;
                for _ in 0..4 {
                    let digit = chars.next().and_then(|c| c.to_digit(16)).ok_or(MALFORMED)?;
                    unit = unit << 4 | u16::try_from(digit).map_err(|_| MALFORMED)?;
                }
                out.push(unit);
                continue;
            }
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            'f' => '\u{c}',
            c => c,
        };
        out.extend_from_slice(c.encode_utf16(&mut buffer));
    }
    String::from_utf16(&out).map_err(|_| "`\\u` escapes half a character")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[u8]) -> Vec<(String, String)> {
        parse(text).unwrap().into_iter().map(|e| (e.key, e.value)).collect()
    }

    /// Each line was checked against `java.util.Properties` of Java 17.
    #[test]
    fn as_java_reads_it() {
        #[rustfmt::skip]
        let table: &[(&str, &[(&str, &str)])] = &[
            ("a=b", &[("a", "b")]),
            ("a = b", &[("a", "b")]),
            ("a:b", &[("a", "b")]),
            ("a b", &[("a", "b")]),
            ("a\tb", &[("a", "b")]),
            ("a = = b", &[("a", "= b")]),
            ("a : = b", &[("a", "= b")]),
            ("a", &[("a", "")]),
            ("=b", &[("", "b")]),
            ("  a=b  ", &[("a", "b  ")]),
            ("a\\=b=c", &[("a=b", "c")]),
            ("a\\ b c", &[("a b", "c")]),
            ("a\\\\=b", &[("a\\", "b")]),
            ("a=b\\\n   c", &[("a", "bc")]),
            ("a=b\\\r\n   c", &[("a", "bc")]),
            ("a=b\\\\\nc=d", &[("a", "b\\"), ("c", "d")]),
            ("a=b\\\n#c", &[("a", "b#c")]),
            ("a=b\\\n\nc=d", &[("a", "b"), ("c", "d")]),
            ("\\\n#c=d\ne=f", &[("e", "f")]),
            ("\\\na=b", &[("a", "b")]),
            ("# a\\\nb=c", &[("b", "c")]),
            ("  ! a=b\nc=d", &[("c", "d")]),
            ("a=#b", &[("a", "#b")]),
            ("a=b\\", &[("a", "b")]),
            ("a=b\\\n", &[("a", "b")]),
            ("a=\\u00e4\\u20AC", &[("a", "ä€")]),
            ("a=\\uD83D\\uDE00", &[("a", "😀")]),
            ("a=\\t\\n\\r\\f\\q\\\"", &[("a", "\t\n\r\u{c}q\"")]),
            ("a=1\na=2", &[("a", "1"), ("a", "2")]),
            ("a=b\rc=d", &[("a", "b"), ("c", "d")]),
            ("", &[]),
            ("\n\n  \n#", &[]),
        ];
        for (text, expected) in table {
            let expected: Vec<_> =
                expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(pairs(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn utf_8_where_it_is_valid_and_latin_1_otherwise() {
        assert_eq!(pairs("a=ü€".as_bytes()), [("a".into(), "ü€".into())]);
        assert_eq!(pairs(b"a=\xfc"), [("a".into(), "ü".into())]);
        assert_eq!(pairs("\u{feff}a=b".as_bytes()), [("a".into(), "b".into())]);
    }

    #[test]
    fn entries_know_their_line() {
        let entries = parse(b"# c\n\na=1\\\n  2\r\nb=3\n\\\nc=4").unwrap();
        let lines: Vec<_> = entries.iter().map(|e| (e.key.as_str(), e.line)).collect();
        assert_eq!(lines, [("a", 3), ("b", 5), ("c", 7)]);
    }

    #[test]
    fn malformed_escapes() {
        for text in ["a=\\u12", "a=\\u12G4", "\n\na=\\u", "a=\\uD83D"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse(b"\n\na=\\u").unwrap_err().line, 3);
    }

    #[test]
    fn values_are_not_in_debug() {
        assert!(!format!("{:?}", parse(b"sasl.password=hunter2").unwrap()).contains("hunter2"));
    }
}
