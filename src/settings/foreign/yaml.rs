//! YAML whose scalars keep the text that they were written with: a password `0123` is no number, and `yes` no
//! truth. That is how a reader takes them that wants texts, and all that is wanted here are texts.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::model::without_bom;

/// Lists and mappings inside one another.
const LEVELS: usize = 64;
/// Values of a file, aliases expanded.
const VALUES: usize = 100_000;

/// Reads the first document: texts, nulls, lists and mappings. Without it, the line of the mistake.
pub(super) fn read(text: &str) -> Result<Map<String, Value>, Option<usize>> {
    let mut builder = Builder::default();
    let text = without_bom(text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Some(error.marker().line()))?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        builder.event(event).ok_or_else(|| Some(span.start.line()))?;
    }
    match builder.root {
        Some(Value::Object(document)) => Ok(document),
        _ => Err(None),
    }
}

enum Open {
    List(Vec<Value>),
    Mapping { table: Map<String, Value>, key: Option<String>, merged: Vec<Value> },
}

#[derive(Default)]
struct Builder {
    /// With the anchor of each.
    open: Vec<(usize, Open)>,
    anchors: HashMap<usize, Value>,
    values: usize,
    root: Option<Value>,
}

impl Builder {
    /// Nothing where the text makes no sense.
    fn event(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let null = tag.is_none()
                    && style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if null { Value::Null } else { Value::String(text.into_owned()) };
                self.place(value, anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor)?.clone();
                self.place(value, 0)
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, Open::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let (table, key, merged) = (Map::new(), None, Vec::new());
                self.begin(anchor, Open::Mapping { table, key, merged })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (anchor, open) = self.open.pop()?;
                let value = match open {
                    Open::List(list) => Value::Array(list),
                    Open::Mapping { mut table, merged, .. } => {
                        // What the mapping itself says goes before what it takes over.
                        for (key, value) in merged.into_iter().filter_map(mapping).flatten() {
                            table.entry(key).or_insert(value);
                        }
                        Value::Object(table)
                    }
                };
                self.place(value, anchor)
            }
            _ => Some(()),
        }
    }

    fn begin(&mut self, anchor: usize, open: Open) -> Option<()> {
        self.open.push((anchor, open));
        (self.open.len() <= LEVELS).then_some(())
    }

    fn place(&mut self, value: Value, anchor: usize) -> Option<()> {
        self.values += size(&value);
        if self.values > VALUES {
            return None;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some((_, Open::List(list))) => list.push(value),
            Some((_, Open::Mapping { table, key, merged })) => match (key.take(), value) {
                (None, Value::String(name)) => *key = Some(name),
                (None, _) => return None,
                (Some(name), Value::Array(all)) if name == "<<" => merged.extend(all),
                (Some(name), value) if name == "<<" => merged.push(value),
                (Some(name), _) if table.contains_key(&name) => return None,
                (Some(name), value) => {
                    table.insert(name, value);
                }
            },
        }
        Some(())
    }
}

fn mapping(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(table) => Some(table),
        _ => None,
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Object(table) => 1 + table.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_keep_their_text() {
        let words = "a: 0123\nb: 007\nc: 1e5\nd: 1_000\ne: 0x1F\nf: yes\ng: off\nh: 12.50\n\
                     i: 123456789012345678901234567890\nj: 'q: #'\nk: !!str 01\nl: |\n  x\n  y\nm: 2026-01-01\n";
        let expected = json!({
            "a": "0123", "b": "007", "c": "1e5", "d": "1_000", "e": "0x1F", "f": "yes", "g": "off", "h": "12.50",
            "i": "123456789012345678901234567890", "j": "q: #", "k": "01", "l": "x\ny\n", "m": "2026-01-01",
        });
        assert_eq!(Value::Object(read(words).unwrap()), expected);
        let nulls = read("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n").unwrap();
        let expected = json!({ "a": null, "b": null, "c": null, "d": "", "e": "null" });
        assert_eq!(Value::Object(nulls), expected);
    }

    #[test]
    fn anchors_and_merges() {
        let text =
            "base: &b { ca: x, on: true }\nlist: [*b, 1]\none: { <<: *b, ca: y }\n---\nother: 1\n";
        let base = json!({ "ca": "x", "on": "true" });
        let expected =
            json!({ "base": base, "list": [base, "1"], "one": { "ca": "y", "on": "true" } });
        assert_eq!(Value::Object(read(text).unwrap()), expected);
    }

    #[test]
    fn what_makes_no_sense_has_a_line() {
        for (text, line) in [
            ("a: 1\nb: [\n", None),
            ("a: 1\na: 2\n", Some(2)),
            ("a: *b\n", Some(1)),
            ("a: 1\n? [x]\n: 2\n", Some(2)),
            ("hunter2", None),
            ("", None),
        ] {
            let error = read(text).unwrap_err();
            assert!(line.is_none() || error == line, "{text}: {error:?}");
        }
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                    c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                    e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(read(bomb).is_err());
        assert!(read(&format!("a: {}{}", "[".repeat(100), "]".repeat(100))).is_err());
    }
}
