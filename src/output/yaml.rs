//! JSON's data as a YAML 1.2 document in block style, through `serde_json`'s serialiser, so that
//! both formats hold exactly the same.
//!
//! A string stands bare only where every reader, those of YAML 1.1 included, takes it for a
//! string; otherwise it is double-quoted, with hidden characters escaped.

use std::io::{self, Write};

use serde_json::ser::{CharEscape, Formatter};

use crate::model::is_hidden;

/// The layout of a YAML document.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    /// The containers that are open, innermost last.
    open: Vec<Container>,
    /// A key's `:` is written, its value is not.
    after_key: bool,
    /// The string that is being collected.
    text: String,
}

#[derive(Debug)]
struct Container {
    /// The column at which its entries stand.
    indent: usize,
    /// Its first entry goes on the line where it began: at the top, and behind `- `.
    inline: bool,
    empty: bool,
}

impl Yaml {
    fn begin(&mut self) {
        let (indent, inline) = match self.open.last() {
            None => (0, true),
            Some(outer) => (outer.indent + 2, !self.after_key),
        };
        self.open.push(Container { indent, inline, empty: true });
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, brackets: &[u8]) -> io::Result<()> {
        let Some(container) = self.open.pop() else { return Ok(()) };
        if container.empty {
            self.scalar(writer)?;
            writer.write_all(brackets)?;
        }
        Ok(())
    }

    /// To where the next entry of the innermost container stands.
    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.after_key = false;
        let Some(container) = self.open.last_mut() else { return Ok(()) };
        let stays = container.empty && container.inline;
        container.empty = false;
        if stays {
            return Ok(());
        }
        write!(writer, "\n{:1$}", "", container.indent)
    }

    /// Before a value that stays on the line of its key.
    fn scalar<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if std::mem::take(&mut self.after_key) { writer.write_all(b" ") } else { Ok(()) }
    }
}

macro_rules! scalars {
    ($($name:ident: $type:ty),+) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W, value: $type) -> io::Result<()> {
            self.scalar(writer)?;
            write!(writer, "{value}")
        })+
    };
}

impl Formatter for Yaml {
    scalars!(
        write_bool: bool, write_i8: i8, write_i16: i16, write_i32: i32, write_i64: i64, write_i128: i128,
        write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64, write_u128: u128,
        write_number_str: &str
    );

    // `Debug` keeps the point of a whole number, and serde_json has dealt with what is no number.
    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.scalar(writer)?;
        write!(writer, "{value:?}")
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.scalar(writer)?;
        write!(writer, "{value:?}")
    }

    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.scalar(writer)?;
        writer.write_all(b"null")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.begin();
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"[]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.entry(writer)?;
        writer.write_all(b"- ")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.begin();
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"{}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.entry(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.after_key = true;
        writer.write_all(b":")
    }

    fn begin_string<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.text.clear();
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        _: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.text.push_str(fragment);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        _: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.text.push(match escape {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        });
        Ok(())
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.scalar(writer)?;
        if is_bare(&self.text) {
            writer.write_all(self.text.as_bytes())
        } else {
            quoted(writer, &self.text)
        }
    }
}

/// Words that some reader takes for a boolean, a null or a number.
const RESERVED: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan"];

fn is_bare(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-./:,=@+ ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && text.len() <= 1024
        && text.chars().all(inside)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn quoted<W: ?Sized + Write>(writer: &mut W, text: &str) -> io::Result<()> {
    writer.write_all(b"\"")?;
    for c in text.chars() {
        match c {
            '"' => writer.write_all(b"\\\"")?,
            '\\' => writer.write_all(b"\\\\")?,
            '\n' => writer.write_all(b"\\n")?,
            '\r' => writer.write_all(b"\\r")?,
            '\t' => writer.write_all(b"\\t")?,
            // The last two of each plane are no characters, and YAML takes them for unprintable.
            c if is_hidden(c) || u32::from(c) & 0xfffe == 0xfffe => match u32::from(c) {
                code @ ..=0xff => write!(writer, "\\x{code:02x}")?,
                code @ ..=0xffff => write!(writer, "\\u{code:04x}")?,
                code => write!(writer, "\\U{code:08x}")?,
            },
            c => writer.write_all(c.encode_utf8(&mut [0; 4]).as_bytes())?,
        }
    }
    writer.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::super::document::yaml;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        yaml(&mut out, "Test", value).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn read(text: &str) -> Value {
        let mut back: Value =
            serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let fields = back.as_object_mut().unwrap();
        assert_eq!(fields.shift_remove("apiVersion"), Some(json!("kward/v1")));
        assert_eq!(fields.shift_remove("kind"), Some(json!("Test")));
        back
    }

    #[test]
    fn block_style() {
        let value = json!({
            "clusterId": "abc",
            "items": [
                {"principal": "User:CN=etl,OU=data", "host": "*", "count": 7},
                {"deep": {"list": [1, [2, [3]], {"x": null}], "empty": []}},
                "plain", {}, [],
            ],
            "empty": {}, "ok": true, "ratio": 1.0,
        });
        let text = written(&value);
        assert_eq!(read(&text), value);
        insta::assert_snapshot!(text, @r#"
        apiVersion: kward/v1
        kind: Test
        clusterId: abc
        items:
          - principal: User:CN=etl,OU=data
            host: "*"
            count: 7
          - deep:
              list:
                - 1
                - - 2
                  - - 3
                - x: null
              empty: []
          - plain
          - {}
          - []
        empty: {}
        ok: true
        ratio: 1.0
        "#);
    }

    #[test]
    fn what_is_no_string_to_some_reader_is_quoted() {
        let words = [
            "no",
            "On",
            "NULL",
            "~",
            "",
            "1",
            "007",
            "1e3",
            "0x1f",
            "1:30",
            "2026-01-01",
            ".inf",
            "a: b",
            "a #b",
            "- a",
            "#a",
            "a:",
            " a",
            "a ",
            "&a",
            "*a",
            "!a",
            "{a}",
            "[a]",
            "%a",
            "@a",
            "`a",
            "'a",
            "\"a",
            "---",
            "...",
            "a\nb",
            "a\u{1b}[31m",
            "\u{202e}b",
            "\u{85}",
            "\u{e0001}",
            "größe",
            "=",
            "<<",
            "\u{feff}x",
            "\u{ffff}",
        ];
        let value = json!({ "items": words.to_vec() });
        let text = written(&value);
        assert_eq!(read(&text), value);
        for line in text.lines().skip(3) {
            assert!(line.starts_with("  - \"") && line.ends_with('"'), "{line}");
        }
        assert!(!text.chars().any(|c| c != '\n' && crate::model::is_hidden(c)), "{text:?}");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[a-zA-Z0-9_:.,=@+ #-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-z0-9 :#*-]{0,6}", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_back_as_it_was(value in any_value()) {
            let value = json!({ "value": value });
            prop_assert_eq!(read(&written(&value)), value);
        }
    }
}
