//! `--set-from FILE`: the values of a configuration out of a Java properties file, as those that
//! `kafka-configs --add-config-file` reads.

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;

use super::{Settings, files, properties};
use crate::error::{Error, Result};
use crate::model::visible;

/// A key with its value and its place. `Debug` does not show the value: it may be a secret.
pub struct KeyValue {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// Where it stands: `topic.properties:3`.
    pub place: String,
}

impl fmt::Debug for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("KeyValue");
        shown.field("key", &self.key).field("place", &self.place).finish_non_exhaustive()
    }
}

const NAMED: &str = "`--set-from`";

impl Settings {
    /// What the file sets; standard input for `-`.
    pub fn key_values(&self, path: &Path) -> Result<Vec<KeyValue>> {
        if path.as_os_str() != "-" {
            let bytes = files::read(path, files::MAX_SETTINGS, NAMED, self.environment.patience)?;
            return key_values(&bytes, &visible(&path.to_string_lossy()));
        }
        let mut bytes = Vec::new();
        io::stdin()
            .take(files::MAX_SETTINGS + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::invalid("cannot read standard input").caused_by(error))?;
        if bytes.len() as u64 > files::MAX_SETTINGS {
            return Err(Error::invalid(format!("standard input, named by {NAMED}, is too large"))
                .hint("1 MiB is the most"));
        }
        key_values(&bytes, "<stdin>")
    }
}

/// Each key once: Java would take the last, whatever was meant.
fn key_values(bytes: &[u8], name: &str) -> Result<Vec<KeyValue>> {
    let at = |line: usize, what: &str| Error::invalid(format!("{name}:{line}: {what}"));
    let entries = properties::parse(bytes).map_err(|error| {
        at(error.line, error.message)
            .hint("in a properties file `\\` begins an escape: a backslash is written `\\\\`")
    })?;
    let mut found: Vec<KeyValue> = Vec::with_capacity(entries.len());
    for properties::Entry { key, value, line } in entries {
        if key.is_empty() {
            return Err(at(line, "a value without a key").hint("wanted is `KEY=VALUE`"));
        }
        if let Some(before) = found.iter().find(|before| before.key == key) {
            let (key, place) = (visible(&key), &before.place);
            return Err(at(line, &format!("`{key}` is set already, by {place}"))
                .hint("one value a key; a list takes its words at once: `KEY=a,b`"));
        }
        found.push(KeyValue { key, value, place: format!("{name}:{line}") });
    }
    if found.is_empty() {
        return Err(Error::invalid(format!("{name}, named by {NAMED}, sets nothing")));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_place() {
        let text = b"# defaults\nretention.ms=1000\n\ncleanup.policy = compact,\\\n  delete\n";
        let found: Vec<String> = key_values(text, "a.properties")
            .unwrap_or_default()
            .iter()
            .map(|one| format!("{} {}={}", one.place, one.key, one.value))
            .collect();
        let expected =
            ["a.properties:2 retention.ms=1000", "a.properties:4 cleanup.policy=compact,delete"];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        for (text, expected) in [
            ("a=1\n\na=2", "f:3: `a` is set already, by f:1"),
            ("a=1\n=2", "f:2: a value without a key"),
            ("a=1\nb=\\u12", "f:2: "),
            ("# nothing\n", "f, named by `--set-from`, sets nothing"),
        ] {
            let error = key_values(text.as_bytes(), "f").expect_err(text);
            assert!(error.message().starts_with(expected), "{}", error.message());
        }
    }
}
