//! A document of a topic file: its keys, and what each topic is to be.

use super::{Setting, Spec};
use crate::yaml::fields::{Fields, named};
use crate::yaml::head::{check_version, report_missing_version, written_by_kward};
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{Env, Text, text};
use crate::yaml::tree::{Kind, Node, Plain};

const KEYS: &[&str] = &["version", "cluster", "vars", "topics"];
const TOPIC: &[&str] = &["partitions", "replication-factor", "configs"];
/// The keys of ACL files that are none of topic files.
const OF_ACLS: &[&str] =
    &["owner", "scope", "protect", "roles", "rules", "bindings", "tests", "principal"];

/// Opens a document; `None` where nothing in it can be read as version 1.
pub fn open<'t, 'm>(root: &'t Node, mistakes: &'m Mistakes) -> Option<Fields<'t, 'm>> {
    let begins = "a topic file begins with `version: 1`";
    if root.is_null() {
        let hint = format!("{begins}; a `---` with nothing behind it is an empty document");
        mistakes.add_hint(root.inner().at, "this document is empty", hint);
        return None;
    }
    if let Some(kind) = written_by_kward(root) {
        let message = format!("this is no topic file, its kind is `{}`", shown(kind));
        let hint = format!("{begins}; `kward topic export` makes one");
        mistakes.add_hint(root.inner().at, message, hint);
        return None;
    }
    if !check_version(root, mistakes) {
        mistakes.set_broken();
        return None;
    }
    let hint = |key: &str| match key {
        _ if TOPIC.contains(&key) => {
            Some(format!("`{key}` belongs below the name of a topic, below `topics:`"))
        }
        _ if OF_ACLS.contains(&key) => {
            Some(format!("`{key}` belongs in an ACL file: `kward acl plan -f FILE`"))
        }
        _ => None,
    };
    let fields = Fields::open(root, "a topic file", KEYS, mistakes, hint)?;
    if fields.get("version").is_none() {
        report_missing_version(root, mistakes);
    }
    fields.require("topics");
    Some(fields)
}

/// `cluster:`.
pub fn cluster(fields: &Fields<'_, '_>, env: &Env<'_, '_>) -> Option<(String, At)> {
    let text = fields.text("cluster", "the id of a cluster")?;
    let id = env.fill(text)?.text;
    if id.is_empty() {
        let hint = "write it, or remove the key";
        env.outside.mistakes.add_hint(text.at, "`cluster` is empty", hint);
        return None;
    }
    Some((id.into_owned(), text.at))
}

/// `topics:`.
pub fn topics(fields: &Fields<'_, '_>, env: &Env<'_, '_>) -> Vec<Spec> {
    let Some(node) = fields.get("topics") else { return Vec::new() };
    let topics = named(node, "the name of a topic", env.outside.mistakes);
    topics.into_iter().filter_map(|(key, body)| topic(key, body, env)).collect()
}

fn topic(key: Text<'_>, body: &Node, env: &Env<'_, '_>) -> Option<Spec> {
    let mistakes = env.outside.mistakes;
    let name = env.fill(key)?.text.into_owned();
    let well_named = check_name(&name, key.at, mistakes);
    if body.is_null() {
        let shown = shown(key.raw);
        let hint = format!("write `{shown}: {{}}` for one that is as the broker makes it");
        mistakes.add_hint(body.inner().at, format!("nothing says what `{shown}` is to be"), hint);
        return None;
    }
    let hint = |key: &str| {
        match key {
        "replicationFactor" | "replication_factor" | "replicas" => {
            Some("it is called `replication-factor` here".to_owned())
        }
        "settings" | "config" => Some("it is called `configs` here".to_owned()),
        "retentionMinutes" => {
            Some("write `retention.ms` below `configs:`, in milliseconds".to_owned())
        }
        "assignment" | "assignments" => Some(
            "where the replicas lie is no matter of the file: `kward topic create --assignment …` and \
             `kward reassign` decide it"
                .to_owned(),
        ),
        _ if key.contains('.') => Some(format!("`{}` belongs below `configs:`", shown(key))),
        _ => None,
    }
    };
    let fields = Fields::open(body, "a topic", TOPIC, mistakes, hint)?;
    let partitions = number(&fields, "partitions", i32::MAX, env);
    let replicas = number(&fields, "replication-factor", i16::MAX.into(), env);
    let spec = Spec {
        name,
        at: key.at,
        partitions,
        replication_factor: replicas.and_then(|number| i16::try_from(number).ok()),
        configs: fields.get("configs").map(|node| configs(node, env)),
    };
    well_named.then_some(spec)
}

/// What Kafka takes for a name (`Topic.validate`).
fn check_name(name: &str, at: At, mistakes: &Mistakes) -> bool {
    const LONGEST: usize = 249;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let why = match name {
        "" => "it is empty",
        "." | ".." => "it is a folder's",
        _ if !name.chars().all(legal) => "it may have letters, digits, `.`, `_` and `-`",
        _ if name.len() > LONGEST => "it may have 249 characters",
        _ => return true,
    };
    mistakes.add(at, format!("no topic can be called `{}`: {why}", shown(name)));
    false
}

/// A whole number from 1 to `most`, which a variable may bring.
fn number(fields: &Fields<'_, '_>, key: &str, most: i32, env: &Env<'_, '_>) -> Option<i32> {
    let node = fields.get(key)?.inner();
    let mistakes = env.outside.mistakes;
    let wanted = format!("`{key}` is a whole number from 1 to {most}");
    let Kind::Scalar { text, plain } = &node.kind else {
        mistakes.add(node.at, format!("{wanted}, found {}", node.describe()));
        return None;
    };
    if !plain && !text.contains("${") {
        mistakes.add_hint(node.at, format!("{wanted}, without quotes"), "take the quotes away");
        return None;
    }
    if node.is_null() {
        let hint = "leave the key out for what the broker makes of it";
        mistakes.add_hint(node.at, format!("{wanted}, and nothing stands here"), hint);
        return None;
    }
    let filled = env.fill(Text { at: node.at, raw: text })?.text;
    let digits = filled.bytes().all(|b| b.is_ascii_digit()) && !filled.is_empty();
    let number = filled.parse().ok().filter(|number| digits && (1..=most).contains(number));
    if number.is_none() {
        let message = format!("{wanted}, not `{}`", shown(&filled));
        match &*filled {
            "-1" => mistakes.add_hint(
                node.at,
                message,
                "leave the key out for what the broker makes of it",
            ),
            _ => mistakes.add(node.at, message),
        }
    }
    number
}

fn configs(node: &Node, env: &Env<'_, '_>) -> Vec<Setting> {
    let keys = named(node, "a key of the configuration", env.outside.mistakes);
    let setting = |(key, value): (Text<'_>, &Node)| {
        let name = env.fill(key)?.text.into_owned();
        let value_at = value.inner().at;
        let value = setting_of(&name, value, env)?;
        Some(Setting { key: name, value, at: key.at, value_at })
    };
    let mut settings: Vec<Setting> = Vec::new();
    for setting in keys.into_iter().filter_map(setting) {
        // Two that are spelt otherwise may be the same with their variables put in.
        if settings.iter().any(|other| other.key == setting.key) {
            let message = format!("the key `{}` stands here twice", shown(&setting.key));
            env.outside.mistakes.add_hint(setting.at, message, "keep one of the two");
        } else {
            settings.push(setting);
        }
    }
    settings
}

/// A value: whatever YAML takes it for, it is meant as it stands; a list is Kafka's `a,b`.
fn setting_of(key: &str, node: &Node, env: &Env<'_, '_>) -> Option<String> {
    let mistakes = env.outside.mistakes;
    let node = node.inner();
    let word = |node: &Node| {
        let text = node.scalar()?;
        Some(env.fill(Text { at: node.inner().at, raw: text })?.text.into_owned())
    };
    match &node.kind {
        Kind::Scalar { text, plain: true } if Plain::of(text) == Plain::Null => {
            let hint = "write its value, `\"\"` for an empty one; what is left out is not set";
            mistakes.add_hint(node.at, format!("nothing stands behind `{}`", shown(key)), hint);
            None
        }
        Kind::Scalar { .. } => word(node),
        Kind::Sequence { items, .. } => {
            let what = "a word of a list";
            let plain = |item: &Node| match &item.inner().kind {
                Kind::Scalar { text, plain: true } if Plain::of(text) != Plain::Null => word(item),
                _ => {
                    let text = text(item, what, mistakes)?;
                    Some(env.fill(text)?.text.into_owned())
                }
            };
            let words: Vec<String> = items.iter().map(plain).collect::<Option<_>>()?;
            Some(words.join(","))
        }
        _ => {
            let message = format!(
                "`{}` has one value or a list of words, found {}",
                shown(key),
                node.describe()
            );
            mistakes.add(node.at, message);
            None
        }
    }
}
