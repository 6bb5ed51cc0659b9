//! Tools whose files are YAML documents.

use std::collections::BTreeMap;

use serde_json::Value;

use super::shape::Node;
use super::shape::Shape::{self, Any, Each, Keys, Named};
use super::{Taken, Words, Wrong};
use crate::model::{Binding, nearest};

pub(super) type Found = Result<Vec<Binding>, String>;

/// What a tool's documents are.
pub(super) struct Format {
    /// The `kind` of those that hold ACLs, where documents say one.
    kind: Option<&'static str>,
    shape: Shape,
    /// Why a document that holds ACLs does not stand for them.
    void: fn(&Value) -> Option<String>,
    bindings: fn(&Value) -> Found,
}

impl Format {
    pub const fn new(shape: Shape, bindings: fn(&Value) -> Found) -> Self {
        Self { kind: None, shape, void: |_| None, bindings }
    }
}

/// A list of documents, as `kubectl get` prints it.
const LIST: Shape =
    Keys(&[("apiVersion", Any), ("kind", Any), ("metadata", Any), ("items", Each(&Any))]);

/// What was found so far.
#[derive(Default)]
struct Reading {
    taken: Taken,
    /// How many documents there are of other kinds.
    others: BTreeMap<String, usize>,
}

/// Every document of a file.
pub(super) fn read(text: &str, format: &Format) -> Result<Taken, Wrong> {
    let documents: Vec<Node> = serde_saphyr::from_multiple(text).map_err(|error| {
        let line = error.location().map_or(1, |at| at.line());
        Wrong { place: format!("line {line}"), why: "this is no valid YAML".to_owned() }
    })?;
    let mut reading = Reading::default();
    for (at, node) in documents.iter().enumerate().filter(|(_, node)| !node.is_null()) {
        format.document(node, &format!("document {}", at + 1), None, &mut reading)?;
    }
    let Reading { mut taken, others } = reading;
    if !others.is_empty() {
        let others: Vec<String> =
            others.iter().map(|(kind, count)| format!("{count} of kind `{kind}`")).collect();
        taken.notes.push(format!("documents that are not taken over: {}", others.join(", ")));
    }
    taken.unless_empty()
}

impl Format {
    /// `inherited`: the kind of the documents of the list that it stands in.
    fn document(
        &self,
        node: &Node,
        place: &str,
        inherited: Option<&str>,
        reading: &mut Reading,
    ) -> Result<(), Wrong> {
        if let Some(kind) = self.kind {
            let Some(said) = node.get("kind").and_then(Node::text).or(inherited) else {
                return Err(node.wrong(format!("there is no `kind` here, as `{kind}`")));
            };
            let is_ours = said.strip_suffix("List").is_some_and(|of| of.is_empty() || of == kind);
            if is_ours || said.ends_with("List") && said != kind && node.get("items").is_some() {
                return self.list(node, place, said, reading);
            }
            if said != kind {
                let list = format!("{kind}List");
                if let Some(near) = nearest(said, [kind, &list]) {
                    let why = format!("`{said}` is no kind of documents, did you mean `{near}`?");
                    return Err(node.wrong(why));
                }
                *reading.others.entry(said.to_owned()).or_default() += 1;
                return Ok(());
            }
        }
        node.check(&self.shape, place)?;
        let value = node.value();
        if let Some(why) = (self.void)(&value) {
            reading.taken.notes.push(format!("{place}: {why}"));
            return Ok(());
        }
        let found = (self.bindings)(&value);
        let wrong = |why| Wrong { place: place.to_owned(), why };
        reading.taken.bindings.extend(found.map_err(wrong)?);
        Ok(())
    }

    fn list(
        &self,
        node: &Node,
        place: &str,
        said: &str,
        reading: &mut Reading,
    ) -> Result<(), Wrong> {
        node.check(&LIST, place)?;
        // `List` and `ResourceList` are of anything.
        let of = said.strip_suffix("List").filter(|of| !matches!(*of, "" | "Resource"));
        let items = node.get("items").and_then(Node::list).unwrap_or_default();
        for (at, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            self.document(item, &format!("{place}, item {}", at + 1), of, reading)?;
        }
        Ok(())
    }
}

/// A text at a path, or what holds without it.
pub(super) fn text<'v>(value: &'v Value, path: &str, default: &'v str) -> Result<&'v str, String> {
    match value.pointer(path) {
        None | Some(Value::Null) => Ok(default),
        Some(found) => found.as_str().ok_or_else(|| format!("`{path}` is no text")),
    }
}

/// A text that must be there.
pub(super) fn needed<'v>(value: &'v Value, path: &str) -> Result<&'v str, String> {
    match text(value, path, "")? {
        "" => Err(format!("`{}` is missing", path[1..].replace('/', "."))),
        text => Ok(text),
    }
}

/// A truth at a path, as a word of its own or as text, which the tools in Java take for one.
pub(super) fn truth(value: &Value, path: &str) -> Result<Option<bool>, String> {
    match value.pointer(path) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(Value::String(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
        Some(_) => Err(format!("`{path}` is neither `true` nor `false`")),
    }
}

pub(super) fn list<'v>(value: &'v Value, path: &str) -> Result<&'v [Value], String> {
    match value.pointer(path) {
        None | Some(Value::Null) => Ok(&[]),
        Some(found) => {
            found.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{path}` is no list"))
        }
    }
}

/// The entries of a table at a path, by their names.
pub(super) fn table<'v>(
    value: &'v Value,
    path: &str,
) -> Result<impl Iterator<Item = (&'v str, &'v Value)>, String> {
    let entries = match value.pointer(path) {
        None | Some(Value::Null) => None,
        Some(found) => Some(found.as_object().ok_or_else(|| match path {
            "" => "it is no table".to_owned(),
            path => format!("`{path}` is no table"),
        })?),
    };
    Ok(entries.into_iter().flatten().map(|(name, entry)| (name.as_str(), entry)))
}

/// The texts of a list at a path.
pub(super) fn texts<'v>(value: &'v Value, path: &str) -> Result<Vec<&'v str>, String> {
    let all = list(value, path)?.iter();
    all.map(|item| item.as_str().ok_or_else(|| format!("`{path}` holds something that is no text")))
        .collect()
}

/// A binding for each operation of an entry.
fn operations(entry: &Value, words: &Words<'_>, found: &mut Vec<Binding>) -> Result<(), String> {
    let several = list(entry, "/operations")?.iter();
    let all: Vec<&Value> = several.chain(entry.get("operation")).collect();
    if all.is_empty() {
        return Err("an entry names no operation".to_owned());
    }
    for operation in all {
        let operation = operation.as_str().ok_or("an operation is no text")?;
        found.push(Words { operation, ..*words }.binding()?);
    }
    Ok(())
}

/// The bindings of the entries at a path, each in the words that `words` finds in it.
fn each<'v>(
    document: &'v Value,
    path: &str,
    words: impl Fn(&'v Value) -> Result<Words<'v>, String>,
) -> Found {
    let mut found = Vec::new();
    for entry in list(document, path)? {
        operations(entry, &words(entry)?, &mut found)?;
    }
    Ok(found)
}

/// Strimzi's `KafkaUser` (v1 and the versions before it).
pub(super) const STRIMZI: Format = Format {
    kind: Some("KafkaUser"),
    shape: Keys(&[
        ("apiVersion", Any),
        ("kind", Any),
        ("metadata", Any),
        ("status", Any),
        (
            "spec",
            Keys(&[
                (
                    "authentication",
                    Keys(&[
                        ("type", Any),
                        ("password", Any),
                        ("validityDays", Any),
                        ("renewalDays", Any),
                    ]),
                ),
                ("authorization", Keys(&[("type", Any), ("acls", Each(&STRIMZI_RULE))])),
                ("quotas", Any),
                ("template", Any),
            ]),
        ),
    ]),
    void: |_| None,
    bindings: strimzi,
};

const STRIMZI_RULE: Shape = Keys(&[
    ("type", Any),
    ("resource", Keys(&[("type", Any), ("name", Any), ("patternType", Any)])),
    ("host", Any),
    ("operations", Any),
    ("operation", Any),
]);

/// The principal is `User:CN=NAME` where the user has a certificate.
fn strimzi(document: &Value) -> Found {
    let name = needed(document, "/metadata/name")?;
    let certificate =
        matches!(text(document, "/spec/authentication/type", "")?, "tls" | "tls-external");
    let principal = if certificate { format!("User:CN={name}") } else { format!("User:{name}") };
    let kind = text(document, "/spec/authorization/type", "simple")?;
    if kind != "simple" {
        return Err(format!("an authorization of type `{kind}` has no ACLs of Kafka"));
    }
    each(document, "/spec/authorization/acls", |entry| {
        Ok(Words {
            resource_type: text(entry, "/resource/type", "")?,
            name: text(entry, "/resource/name", "")?,
            pattern: text(entry, "/resource/patternType", "literal")?,
            principal: &principal,
            host: text(entry, "/host", "*")?,
            permission: text(entry, "/type", "allow")?,
            operation: "",
        })
    })
}

/// topicctl's ACL configs.
pub(super) const TOPICCTL: Format = Format::new(
    Keys(&[
        ("meta", Any),
        (
            "spec",
            Keys(&[(
                "acls",
                Each(&Keys(&[
                    (
                        "resource",
                        Keys(&[
                            ("type", Any),
                            ("name", Any),
                            ("patternType", Any),
                            ("principal", Any),
                            ("host", Any),
                            ("permission", Any),
                        ]),
                    ),
                    ("operations", Any),
                ])),
            )]),
        ),
    ]),
    topicctl,
);

/// A text in which topicctl puts nothing of the environment.
fn written<'v>(value: &'v Value, path: &str, default: &'v str) -> Result<&'v str, String> {
    match text(value, path, default)? {
        text if text.contains('$') => Err(format!(
            "`{text}`: topicctl puts the environment in where `$` stands; write it out"
        )),
        text => Ok(text),
    }
}

fn topicctl(document: &Value) -> Found {
    each(document, "/spec/acls", |entry| {
        Ok(Words {
            resource_type: text(entry, "/resource/type", "")?,
            name: written(entry, "/resource/name", "")?,
            pattern: text(entry, "/resource/patternType", "")?,
            principal: written(entry, "/resource/principal", "")?,
            host: written(entry, "/resource/host", "*")?,
            permission: text(entry, "/resource/permission", "allow")?,
            operation: "",
        })
    })
}

/// Jikkou's `KafkaPrincipalAuthorization`.
pub(super) const JIKKOU: Format = Format {
    kind: Some("KafkaPrincipalAuthorization"),
    shape: Keys(&[
        ("apiVersion", Any),
        ("kind", Any),
        ("metadata", Keys(&[("name", Any), ("labels", Any), ("annotations", Named(&Any))])),
        ("template", Any),
        (
            "spec",
            Keys(&[
                ("roles", Any),
                (
                    "acls",
                    Each(&Keys(&[
                        (
                            "resource",
                            Keys(&[("type", Any), ("pattern", Any), ("patternType", Any)]),
                        ),
                        ("type", Any),
                        ("operations", Any),
                        ("host", Any),
                    ])),
                ),
            ]),
        ),
    ]),
    void: jikkou_void,
    bindings: jikkou,
};

/// What Jikkou deletes, or leaves alone.
fn jikkou_void(document: &Value) -> Option<String> {
    ["jikkou.io/delete", "jikkou.io/ignore"].into_iter().find_map(|annotation| {
        // As Jikkou reads a truth.
        let is_set = match &document["metadata"]["annotations"][annotation] {
            Value::Bool(truth) => *truth,
            Value::String(text) => {
                ["true", "yes", "y"].iter().any(|word| text.eq_ignore_ascii_case(word))
                    || matches!(text.as_bytes(), [digit] if digit.is_ascii_digit())
            }
            Value::Null => false,
            _ => true,
        };
        let name = document["metadata"]["name"].as_str().unwrap_or_default();
        is_set.then(|| {
            format!("`{name}` is annotated `{annotation}`, so its ACLs are not taken over")
        })
    })
}

/// A text that Jinja fills in.
fn template(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => {
            ["{{", "{%", "{#"].iter().any(|open| text.contains(open)).then_some(text)
        }
        Value::Array(values) => values.iter().find_map(template),
        Value::Object(values) => values.values().find_map(template),
        _ => None,
    }
}

/// Roles stand in other documents and are not resolved.
fn jikkou(document: &Value) -> Found {
    if !list(document, "/spec/roles")?.is_empty() {
        return Err("`spec.roles` is not taken over: write the ACLs of the roles out".to_owned());
    }
    if let Some(text) = template(document) {
        return Err(format!(
            "`{text}` is a template, which Jikkou fills in: import what it makes of it"
        ));
    }
    let principal = needed(document, "/metadata/name")?;
    each(document, "/spec/acls", |entry| {
        Ok(Words {
            resource_type: text(entry, "/resource/type", "")?,
            name: text(entry, "/resource/pattern", "")?,
            pattern: text(entry, "/resource/patternType", "LITERAL")?,
            principal,
            host: text(entry, "/host", "*")?,
            permission: text(entry, "/type", "ALLOW")?,
            operation: "",
        })
    })
}
