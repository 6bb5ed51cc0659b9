//! Names and principals as the grammar of the file reads them.

use crate::model::{PatternType, Principal, WILDCARD};
use crate::yaml::write::{Value, escaped, quoted, text, word};

/// A name or a prefix, for a place where variables and a trailing `*` have their meaning.
pub(super) fn pattern(pattern_type: PatternType, name: &str) -> Value {
    let prefixed = pattern_type == PatternType::Prefixed;
    if !prefixed && name == WILDCARD {
        return Value::Word(quoted(WILDCARD));
    }
    if name.contains('*') {
        let form = if prefixed { "prefix" } else { "literal" };
        return Value::Map(vec![(form, text(name))]);
    }
    if prefixed {
        return Value::Word(word(&format!("{}*", escaped(name))));
    }
    text(name)
}

/// The name of a group in `consume`, where `none` is a keyword.
pub(super) fn group(pattern_type: PatternType, name: &str) -> Value {
    if pattern_type == PatternType::Literal && name == "none" {
        return Value::Map(vec![("literal", text(name))]);
    }
    pattern(pattern_type, name)
}

/// A principal of a rule or a scope.
pub(super) fn principal(principal: &Principal) -> Value {
    if principal.ends_with('*') && !principal.is_everyone() {
        return Value::Map(vec![("literal", text(principal))]);
    }
    text(principal)
}
