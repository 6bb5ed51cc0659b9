//! The documents for programs: one JSON or YAML document for a report, one line for an event.
//! Written as they go: a list of 100,000 items is never held a second time.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::json::{Compact, Readable};
use super::yaml::Yaml;
use crate::report::Json;

/// The version of everything that programs read. Within one, fields are only added.
pub const API_VERSION: &str = "kward/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'a str,
    #[serde(flatten)]
    fields: Fields<'a>,
}

struct Fields<'a>(&'a dyn Json);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(self.0, serializer)
    }
}

/// A document with its `apiVersion` and `kind`, one item a line.
pub(super) fn json(out: &mut dyn Write, kind: &str, fields: &dyn Json) -> io::Result<()> {
    let document = Document { api_version: API_VERSION, kind, fields: Fields(fields) };
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Readable::default());
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// The same on one line.
pub(super) fn json_line(out: &mut dyn Write, kind: &str, fields: &dyn Json) -> io::Result<()> {
    let document = Document { api_version: API_VERSION, kind, fields: Fields(fields) };
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Compact);
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// The same as YAML.
pub(super) fn yaml(out: &mut dyn Write, kind: &str, fields: &dyn Json) -> io::Result<()> {
    let document = Document { api_version: API_VERSION, kind, fields: Fields(fields) };
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Yaml::default());
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}
