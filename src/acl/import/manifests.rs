//! Tools whose files are YAML documents.

use serde_json::Value;

use super::{Words, Wrong};
use crate::model::Binding;

pub(super) type Found = Result<Vec<Binding>, String>;

/// Every document of a file.
pub(super) fn read(text: &str, document: fn(&Value) -> Found) -> Result<Vec<Binding>, Wrong> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| {
        let line = error.location().map_or(1, |at| at.line());
        Wrong { place: format!("line {line}"), why: "this is no valid YAML".to_owned() }
    })?;
    let mut found = Vec::new();
    for (at, value) in documents.iter().enumerate().filter(|(_, value)| !value.is_null()) {
        let wrong = |why| Wrong { place: format!("document {}", at + 1), why };
        found.extend(document(value).map_err(wrong)?);
    }
    if found.is_empty() {
        let why = "there is no ACL in it; is it this tool's?".to_owned();
        return Err(Wrong { place: "as a whole".to_owned(), why });
    }
    Ok(found)
}

/// A text at a path, or what holds without it.
pub(super) fn text<'v>(value: &'v Value, path: &str, default: &'v str) -> Result<&'v str, String> {
    match value.pointer(path) {
        None | Some(Value::Null) => Ok(default),
        Some(found) => found.as_str().ok_or_else(|| format!("`{path}` is no text")),
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

/// Whether a document is what the tool calls ACLs; of other kinds nothing is taken.
fn is_kind(document: &Value, kind: &str) -> bool {
    document["kind"].as_str() == Some(kind)
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

/// Strimzi's `KafkaUser`: its principal is `User:CN=NAME` where it has a certificate.
pub(super) fn strimzi(document: &Value) -> Found {
    if !is_kind(document, "KafkaUser") {
        return Ok(Vec::new());
    }
    let name = text(document, "/metadata/name", "")?;
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
pub(super) fn topicctl(document: &Value) -> Found {
    each(document, "/spec/acls", |entry| {
        Ok(Words {
            resource_type: text(entry, "/resource/type", "")?,
            name: text(entry, "/resource/name", "")?,
            pattern: text(entry, "/resource/patternType", "literal")?,
            principal: text(entry, "/resource/principal", "")?,
            host: text(entry, "/resource/host", "*")?,
            permission: text(entry, "/resource/permission", "allow")?,
            operation: "",
        })
    })
}

/// Jikkou's `KafkaPrincipalAuthorization`; roles stand in other documents and are not resolved.
pub(super) fn jikkou(document: &Value) -> Found {
    if !is_kind(document, "KafkaPrincipalAuthorization") {
        return Ok(Vec::new());
    }
    if !list(document, "/spec/roles")?.is_empty() {
        return Err("`spec.roles` is not taken over: write the ACLs of the roles out".to_owned());
    }
    each(document, "/spec/acls", |entry| {
        Ok(Words {
            resource_type: text(entry, "/resource/type", "")?,
            name: text(entry, "/resource/pattern", "")?,
            pattern: text(entry, "/resource/patternType", "LITERAL")?,
            principal: text(document, "/metadata/name", "")?,
            host: text(entry, "/host", "*")?,
            permission: text(entry, "/type", "ALLOW")?,
            operation: "",
        })
    })
}
