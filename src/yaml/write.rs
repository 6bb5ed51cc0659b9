//! YAML as a person would write it: short things on one line, long ones below one another, quotes
//! where YAML or the grammar of the file needs them.

use std::fmt::Write as _;

/// A line is not made longer than this by putting things side by side.
const LINE: usize = 100;

/// A value on its way to text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Text of YAML, quoted as needed.
    Word(String),
    /// Several values.
    List(Vec<Value>),
    /// Keys, which never need quotes, and values.
    Map(Vec<(&'static str, Value)>),
}

impl Value {
    /// One value as it is, several as a list.
    pub fn one_or_list(mut values: Vec<Value>) -> Value {
        if values.len() == 1 { values.remove(0) } else { Value::List(values) }
    }

    /// `true`.
    pub fn yes() -> Value {
        Value::Word("true".to_owned())
    }

    fn flow(&self, out: &mut String) {
        match self {
            Value::Word(word) => out.push_str(word),
            Value::List(values) => {
                out.push('[');
                for (i, value) in values.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    value.flow(out);
                }
                out.push(']');
            }
            Value::Map(pairs) => {
                out.push_str("{ ");
                for (i, (key, value)) in pairs.iter().enumerate() {
                    let _ = write!(out, "{}{key}: ", if i == 0 { "" } else { ", " });
                    value.flow(out);
                }
                out.push_str(" }");
            }
        }
    }

    /// Whether it fits on the rest of a line that has `used` characters already.
    fn fits(&self, used: usize) -> bool {
        fn length(value: &Value, left: usize) -> Option<usize> {
            match value {
                Value::Word(word) => left.checked_sub(word.chars().count()),
                Value::List(values) => {
                    values.iter().try_fold(left, |left, v| length(v, left.checked_sub(2)?))
                }
                Value::Map(pairs) => {
                    pairs.iter().try_fold(left.checked_sub(4)?, |left, (key, v)| {
                        length(v, left.checked_sub(key.len() + 4)?)
                    })
                }
            }
        }
        length(self, LINE.saturating_sub(used)).is_some()
    }

    /// The value behind a key or a `- ` that ends at column `used`; what does not fit goes below,
    /// indented by `indent`.
    fn value(&self, used: usize, indent: usize, out: &mut String) {
        match self {
            Value::Word(word) => {
                out.push(' ');
                out.push_str(word);
                out.push('\n');
            }
            value if value.fits(used) => {
                out.push(' ');
                value.flow(out);
                out.push('\n');
            }
            Value::List(values) => {
                out.push('\n');
                for value in values {
                    let _ = write!(out, "{:indent$}-", "");
                    value.entry(indent, out);
                }
            }
            Value::Map(pairs) => {
                out.push('\n');
                for (key, value) in pairs {
                    let _ = write!(out, "{:indent$}{key}:", "");
                    value.value(indent + key.len() + 1, indent + 2, out);
                }
            }
        }
    }

    /// The value behind the `-` of a list.
    fn entry(&self, indent: usize, out: &mut String) {
        match self {
            Value::Map(pairs) if !self.fits(indent + 2) => {
                for (i, (key, value)) in pairs.iter().enumerate() {
                    let before = if i == 0 { 1 } else { indent + 2 };
                    let _ = write!(out, "{:before$}{key}:", "");
                    value.value(indent + key.len() + 3, indent + 4, out);
                }
            }
            value => value.value(indent + 1, indent + 2, out),
        }
    }
}

/// `key: value` at the beginning of a line.
pub fn top(key: &str, value: &Value, out: &mut String) {
    let _ = write!(out, "{key}:");
    value.value(key.len() + 1, 2, out);
}

/// An entry of a list below a key of the first column: its keys always below one another.
pub fn entry(pairs: &[(&'static str, Value)], out: &mut String) {
    for (i, (key, value)) in pairs.iter().enumerate() {
        let _ = write!(out, "  {} {key}:", if i == 0 { "-" } else { " " });
        value.value(key.len() + 5, 6, out);
    }
}

/// Any text, for a place where variables have their meaning.
pub fn text(text: &str) -> Value {
    let text = escaped(text);
    // A `*` that is no pattern looks like one without quotes.
    Value::Word(if text.contains('*') { quoted(&text) } else { word(&text) })
}

/// The text so that no reference is read in it.
pub fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// The text as a word of YAML: as it is where nothing could misread it, else quoted.
pub fn word(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let ordinary = |c: char| c.is_ascii_alphanumeric() || (c.is_alphanumeric() && !is_odd(c));
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| ordinary(c) || c == '_');
    let (stem, star) = match text.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (text, false),
    };
    first
        && stem.chars().all(|c| ordinary(c) || matches!(c, '.' | '_' | '-' | '/' | ':' | '@' | '+'))
        // `a:` is a key, and `User:*` reads better in quotes.
        && !stem.ends_with(':')
        && (star || !is_misread(text))
}

/// What some version of YAML takes for something else than text.
fn is_misread(text: &str) -> bool {
    const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let number =
        |c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+' | ':' | 'e' | 'E');
    let hexadecimal = text.starts_with("0x") || text.starts_with("0o") || text.starts_with("0b");
    let address = text.parse::<std::net::Ipv4Addr>().is_ok();
    WORDS.contains(&text.to_lowercase().as_str())
        || hexadecimal
        || (!address && text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(number))
}

/// What a reader could not see or could mistake.
fn is_odd(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{ffff}' | '\u{a0}' | '\u{e0000}'..='\u{10ffff}')
}

/// The text in double quotes, everything that cannot be seen written out.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let code = u32::from(c);
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !is_odd(c) => out.push(c),
            _ if code <= 0xff => _ = write!(out, "\\x{code:02x}"),
            _ if code <= 0xffff => _ = write!(out, "\\u{code:04x}"),
            _ => _ = write!(out, "\\U{code:08x}"),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for plain in [
            "orders",
            "web.analytics.*",
            "User:ana",
            "10.0.0.7",
            "a-b_c/d",
            "größe",
            "v1.2",
            "User:a@b",
            "_x",
        ] {
            assert_eq!(word(plain), plain);
        }
        for text in [
            "",
            "*",
            "2024",
            "007",
            "1e3",
            "on",
            "No",
            "null",
            "~",
            "User:*",
            "a:",
            "a b",
            "a,b",
            "-x",
            "2024-01-01",
            "a#b",
            "0x1f",
            "12:30",
            "User:CN=a",
            "=",
            "{",
            "y",
            "\u{a0}",
        ] {
            assert!(word(text).starts_with('"'), "{text}");
        }
        assert_eq!(quoted("a\"\\\n\u{1b}\u{202e}\u{e0041}ü"), r#""a\"\\\n\x1b\u202e\U000e0041ü""#);
    }

    #[test]
    fn long_things_go_below() {
        let word = |text: &str| Value::Word(text.to_owned());
        let long = Value::List((0..12).map(|i| word(&format!("a-long-name-{i}"))).collect());
        let mut out = String::new();
        entry(
            &[
                ("principal", word("User:a")),
                ("consume", Value::Map(vec![("topic", long), ("group", word("g"))])),
            ],
            &mut out,
        );
        assert!(
            out.starts_with(
                "  - principal: User:a\n    consume:\n      topic:\n        - a-long-name-0\n"
            ),
            "{out}"
        );
        assert!(out.ends_with("        - a-long-name-11\n      group: g\n"), "{out}");
    }
}
