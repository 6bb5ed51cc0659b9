//! The keys of a mapping: each known, each once, each of the right kind.

use std::collections::HashMap;

use super::mistakes::{At, Mistakes, did_you_mean, shown};
use super::text::{Text, text};
use super::tree::{Kind, Node};

/// A mapping whose keys were checked.
pub struct Fields<'t, 'm> {
    /// Where the mapping begins.
    pub at: At,
    what: &'m str,
    entries: Vec<(&'static str, &'t Node, &'t Node)>,
    /// What unknown keys were probably meant to be.
    meant: Vec<&'static str>,
    /// Whether there are such.
    pub has_unknown: bool,
    mistakes: &'m Mistakes,
}

impl<'t, 'm> Fields<'t, 'm> {
    /// Opens a mapping that may have the keys `known`. `what` names it in messages, with its
    /// article; `hint` may know better about a key that is not known.
    pub fn open(
        node: &'t Node,
        what: &'m str,
        known: &'static [&'static str],
        mistakes: &'m Mistakes,
        hint: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let node = node.inner();
        let Kind::Mapping(pairs) = &node.kind else {
            let message = format!("expected {what} (a mapping), found {}", node.describe());
            mistakes.add_hint(node.at, message, format!("it has the keys {}", listed(known)));
            return None;
        };
        let mut entries: Vec<(&'static str, &Node, &Node)> =
            Vec::with_capacity(pairs.len().min(known.len()));
        let mut meant = Vec::new();
        let (mut before, mut has_unknown) = (None, false);
        for (key, value) in pairs {
            let at = key.inner().at;
            let Some(word) = key.scalar() else {
                mistakes.add(at, format!("a key of {what} is a word, not {}", key.describe()));
                continue;
            };
            match known.iter().find(|known| **known == word) {
                None if value.is_null() && report_split_key(word, at, before, mistakes) => {}
                None => {
                    has_unknown = true;
                    meant.extend(unknown_key(word, at, what, known, mistakes, &hint));
                }
                Some(known) => match entries.iter().find(|(other, ..)| other == known) {
                    Some((_, first, _)) => {
                        let hint = "keep one of the two; several values of one key are a list";
                        duplicate(word, at, first.inner().at, hint, mistakes);
                    }
                    None => entries.push((*known, key, value)),
                },
            }
            before = Some(value);
        }
        Some(Self { at: node.at, what, entries, meant, has_unknown, mistakes })
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'t Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value.
    pub fn entry(&self, key: &str) -> Option<(&'t Node, &'t Node)> {
        self.entries.iter().find(|(known, ..)| *known == key).map(|(_, key, value)| (*key, *value))
    }

    /// The keys that are there, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, At, &'t Node)> {
        self.entries.iter().map(|(known, key, value)| (*known, key.inner().at, *value))
    }

    /// Whether a key is neither there nor was probably meant by one that is.
    pub fn lacks(&self, key: &str) -> bool {
        self.get(key).is_none() && !self.meant.contains(&key)
    }

    /// The value of a key that must be there.
    pub fn require(&self, key: &str) -> Option<&'t Node> {
        let value = self.get(key);
        if self.lacks(key) {
            self.mistakes.add(self.at, format!("`{key}` is missing in {}", self.what));
        }
        value
    }

    /// The value of a `true` or `false`; false when absent.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| flag(node, key, self.mistakes).unwrap_or(false))
    }

    /// The text of a key.
    pub fn text(&self, key: &str, what: &str) -> Option<Text<'t>> {
        text(self.get(key)?, what, self.mistakes)
    }
}

/// `true` or `false`, or a mistake.
pub fn flag(node: &Node, key: &str, mistakes: &Mistakes) -> Option<bool> {
    if let Kind::Scalar { text, plain: true } = &node.inner().kind {
        match &**text {
            "true" | "True" | "TRUE" => return Some(true),
            "false" | "False" | "FALSE" => return Some(false),
            _ => {}
        }
    }
    let message = format!("`{key}` is `true` or `false`, without quotes");
    mistakes.add(node.inner().at, message);
    None
}

fn unknown_key(
    word: &str,
    at: At,
    what: &str,
    known: &'static [&'static str],
    mistakes: &Mistakes,
    hint: impl Fn(&str) -> Option<String>,
) -> Option<&'static str> {
    let near = mistakes.nearest_word(word, known.iter().copied());
    let shown = shown(word);
    let message = |near: Option<&str>| match near {
        None => format!("unknown key `{shown}` in {what}"),
        Some(_) => format!("unknown key `{shown}`{}", did_you_mean(near)),
    };
    match hint(word) {
        Some(hint) => mistakes.add_hint(at, message(None), hint),
        None if word == "<<" => {
            mistakes.add_hint(at, message(None), "merge keys are not read; write the keys out");
        }
        None => {
            mistakes.add_hint(
                at,
                message(near),
                format!("the keys of {what} are {}", listed(known)),
            );
        }
    }
    near
}

fn duplicate(word: &str, at: At, first: At, hint: &str, mistakes: &Mistakes) {
    let shown = shown(word);
    let message = format!("the key `{shown}` stands here twice, first in line {}", first.line);
    mistakes.add_hint(at, message, hint);
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The entries of a mapping whose keys are names that the file chooses: variables, roles,
/// parameters. `what` names such a key, with its article.
pub fn named<'t>(node: &'t Node, what: &str, mistakes: &Mistakes) -> Vec<(Text<'t>, &'t Node)> {
    let node = node.inner();
    let Kind::Mapping(pairs) = &node.kind else {
        let message =
            format!("expected a mapping with {what} as each key, found {}", node.describe());
        mistakes.add_hint(node.at, message, "write `{}` if there is none, or remove the key");
        return Vec::new();
    };
    let mut seen: HashMap<&str, At> = HashMap::new();
    let mut out = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        if key.scalar() == Some("<<") {
            mistakes.add_hint(
                key.inner().at,
                "unknown key `<<`",
                "merge keys are not read; write the keys out",
            );
            continue;
        }
        let Some(name) = text(key, what, mistakes) else { continue };
        if let Some(first) = seen.insert(name.raw, name.at) {
            duplicate(name.raw, name.at, first, "keep one of the two", mistakes);
        } else {
            out.push((name, value));
        }
    }
    out
}

/// The entries of a section that is a list, possibly an empty one.
pub fn section<'t>(node: &'t Node, key: &str, mistakes: &Mistakes) -> &'t [Node] {
    let node = node.inner();
    match &node.kind {
        Kind::Sequence { items, .. } => items,
        Kind::Scalar { .. } if node.is_null() => {
            let message = format!("`{key}` has no value");
            mistakes.add_hint(
                node.at,
                message,
                format!("write `{key}: []` if there is none, or remove the key"),
            );
            &[]
        }
        _ => {
            let message = format!("`{key}` is a list, found {}", node.describe());
            mistakes.add_hint(node.at, message, "put each entry behind `- `");
            &[]
        }
    }
}

/// Whether `second` is what follows a comma of the distinguished name that `first` begins.
pub fn is_split_name(first: &str, second: &str) -> bool {
    let attribute = second.split_once('=').map(|(key, _)| key);
    first.contains('=')
        && attribute.is_some_and(|key| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
        })
}

/// Reports it; `whole` is the name as it was meant.
pub fn report_split(at: At, whole: &str, mistakes: &Mistakes) {
    let shown = shown(whole);
    let message = "inside `[…]` and `{…}` YAML splits this distinguished name at its commas";
    mistakes.spoil(at, message, format!("quote it: `\"{shown}\"`"));
}

/// The same for a mapping: `{ principal: User:CN=etl,OU=data }` makes a key of `OU=data`.
fn report_split_key(key: &str, at: At, before: Option<&Node>, mistakes: &Mistakes) -> bool {
    let Some(before) = before.and_then(Node::scalar) else { return false };
    let split = is_split_name(before, key);
    if split {
        report_split(at, &format!("{before},{key}"), mistakes);
    }
    split
}
