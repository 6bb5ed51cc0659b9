//! How JSON is laid out: the document's own fields and the items of its lists on a line each,
//! what is inside an item on that line. A snapshot then compares, greps and sorts by item,
//! and is two thirds the size of one that is indented throughout.
//!
//! Characters that could fool a reader of the raw text are escaped.

use std::io::{self, Write};

use serde_json::ser::Formatter;

use crate::model::is_hidden;

/// Items a line each.
#[derive(Debug, Default)]
pub(super) struct Readable {
    depth: usize,
    /// Whether the innermost broken container holds something.
    filled: bool,
}

/// How deep containers are broken over lines: the document, and the lists and objects in it.
const BROKEN: usize = 2;

impl Readable {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.depth <= BROKEN && self.filled {
            new_line(writer, self.depth - 1)?;
        }
        self.depth -= 1;
        self.filled = true;
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= BROKEN { new_line(writer, self.depth) } else { Ok(()) }
    }
}

fn new_line<W: ?Sized + Write>(writer: &mut W, depth: usize) -> io::Result<()> {
    writer.write_all(&b"\n    "[..=2 * depth])
}

impl Formatter for Readable {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth <= BROKEN { b": " } else { b":" })
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaped(writer, fragment)
    }
}

/// Everything on one line.
#[derive(Debug)]
pub(super) struct Compact;

impl Formatter for Compact {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaped(writer, fragment)
    }
}

/// What `serde_json` leaves as it is, with hidden characters escaped as UTF-16 units.
fn write_escaped<W: ?Sized + Write>(writer: &mut W, fragment: &str) -> io::Result<()> {
    // Of ASCII, serde_json has escaped everything but DEL.
    if fragment.bytes().all(|byte| byte < 0x7f) || !fragment.chars().any(is_hidden) {
        return writer.write_all(fragment.as_bytes());
    }
    let mut start = 0;
    for (at, c) in fragment.char_indices().filter(|(_, c)| is_hidden(*c)) {
        writer.write_all(&fragment.as_bytes()[start..at])?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{unit:04x}")?;
        }
        start = at + c.len_utf8();
    }
    writer.write_all(&fragment.as_bytes()[start..])
}

#[cfg(test)]
mod tests {
    use super::super::document::{json, json_line};
    use serde_json::{Value, json};

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        json(&mut out, "Test", value).unwrap();
        let text = String::from_utf8(out).unwrap();
        let mut back: Value = serde_json::from_str(&text).unwrap();
        let fields = back.as_object_mut().unwrap();
        assert_eq!(fields.shift_remove("apiVersion"), Some(json!("kward/v1")));
        assert_eq!(fields.shift_remove("kind"), Some(json!("Test")));
        assert_eq!(&back, value, "reads back as it was");
        text
    }

    #[test]
    fn items_have_a_line_each() {
        insta::assert_snapshot!(written(&json!({
            "clusterId": "abc",
            "complete": true,
            "nothing": null,
            "items": [{"a": "x", "n": [1, -2, 2.5]}, {"b": {"c": []}}, "s"],
            "empty": [],
            "filter": {"host": "*", "inner": {"deep": {}}},
            "none": {},
        })), @r#"
        {
          "apiVersion": "kward/v1",
          "kind": "Test",
          "clusterId": "abc",
          "complete": true,
          "nothing": null,
          "items": [
            {"a":"x","n":[1,-2,2.5]},
            {"b":{"c":[]}},
            "s"
          ],
          "empty": [],
          "filter": {
            "host": "*",
            "inner": {"deep":{}}
          },
          "none": {}
        }
        "#);
    }

    #[test]
    fn hidden_characters_are_escaped_and_read_back() {
        let nasty = "a\u{1b}[31m\u{202e}\u{7f}\u{9b}\u{e0001}\n\t\"\\ größe 订单";
        insta::assert_snapshot!(
            written(&json!({ "items": [nasty] })).lines().nth(4).unwrap().trim(),
            @r#""a\u001b[31m\u202e\u007f\u009b\udb40\udc01\n\t\"\\ größe 订单""#
        );
    }

    #[test]
    fn an_event_is_one_line() {
        let mut out = Vec::new();
        json_line(&mut out, "Event", &json!({"x": [{"y": "\u{202e}"}]})).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"apiVersion\":\"kward/v1\",\"kind\":\"Event\",\"x\":[{\"y\":\"\\u202e\"}]}\n"
        );
    }
}
