//! `bindings:`: bindings in their JSON form, exactly as a cluster holds them.

use super::names::Interner;
use crate::model::{
    Binding, Host, Name, Operation, PatternType, PermissionType, Principal, ResourceType,
    UnknownWord,
};
use crate::yaml::fields::Fields;
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{LONGEST, text};
use crate::yaml::tree::Node;

const KEYS: &[&str] = &[
    "resourceType",
    "resourceName",
    "patternType",
    "principal",
    "host",
    "operation",
    "permissionType",
];

/// Reads an entry. Nothing is normalised and no variable is put in.
pub(super) fn decode(
    node: &Node,
    interner: &Interner,
    mistakes: &Mistakes,
) -> Option<(At, Binding)> {
    let hint = |key: &str| match key {
        "topic" | "group" | "allow" | "deny" | "produce" | "consume" | "role" => Some(
            "`bindings` takes the JSON form of bindings; what people write goes under `rules`"
                .to_owned(),
        ),
        _ => None,
    };
    let fields = Fields::open(node, "a binding", KEYS, mistakes, hint)?;
    let resource_type = word::<ResourceType>(&fields, "resourceType", mistakes);
    let resource_name = string(&fields, "resourceName", mistakes);
    let pattern_type = word::<PatternType>(&fields, "patternType", mistakes);
    let principal = string(&fields, "principal", mistakes);
    let host = string(&fields, "host", mistakes);
    let operation = word::<Operation>(&fields, "operation", mistakes);
    let permission_type = word::<PermissionType>(&fields, "permissionType", mistakes);
    let binding = Binding {
        resource_type: resource_type?,
        resource_name: Name::verbatim(interner.get(resource_name?)),
        pattern_type: pattern_type?,
        principal: Principal::verbatim(interner.get(principal?)),
        host: Host::verbatim(interner.get(host?)),
        operation: operation?,
        permission_type: permission_type?,
    };
    Some((fields.at, binding))
}

fn string<'t>(fields: &Fields<'t, '_>, key: &str, mistakes: &Mistakes) -> Option<&'t str> {
    let text = text(fields.require(key)?, "text", mistakes)?;
    if text.raw.len() > LONGEST {
        let message =
            format!("`{key}` has {} bytes; a request holds at most {LONGEST}", text.raw.len());
        mistakes.add_hint(text.at, message, "no cluster can hold this binding: remove it");
        return None;
    }
    Some(text.raw)
}

fn word<T: std::str::FromStr<Err = UnknownWord>>(
    fields: &Fields<'_, '_>,
    key: &str,
    mistakes: &Mistakes,
) -> Option<T> {
    let word = text(fields.require(key)?, "a word of Kafka's", mistakes)?;
    if word.raw.starts_with("UNKNOWN") {
        let shown = shown(word.raw);
        let message =
            format!("`{shown}`: this version does not know that code, so it never writes it");
        mistakes.add_hint(
            word.at,
            message,
            "remove the binding; what is not known is never deleted either",
        );
        return None;
    }
    match word.raw.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            let UnknownWord { what, word: given, nearest } = error;
            let shown = shown(&given);
            let near = nearest.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            mistakes.add(word.at, format!("unknown {what} `{shown}`{near}"));
            None
        }
    }
}
