//! The smallest binding that allows a request, and bindings as lines of the ACL file.

use std::fmt::Write as _;

use crate::acl::authorizer::Request;
use crate::model::{
    Binding, CLUSTER_NAME, Host, PatternType, PermissionType, ResourceType, WILDCARD, visible,
};

/// The binding that allows `request` and as little else as a binding can. `None` where there is no
/// such binding: an empty name, another name than `kafka-cluster` for the cluster, a type or an
/// operation that this version does not know.
pub fn smallest_grant(request: &Request<'_>) -> Option<Binding> {
    let cluster = request.resource_type == ResourceType::Cluster;
    let possible = request.resource_type.is_known()
        && request.operation.is_known()
        && !request.name.is_empty()
        && (!cluster || request.name == CLUSTER_NAME);
    possible.then(|| Binding {
        resource_type: request.resource_type,
        resource_name: request.name.into(),
        // LITERAL `*` would be every resource.
        pattern_type: if request.name == WILDCARD {
            PatternType::Prefixed
        } else {
            PatternType::Literal
        },
        principal: request.principal.into(),
        host: request.host.map_or_else(Host::any, Host::from),
        operation: request.operation,
        permission_type: PermissionType::Allow,
    })
}

/// `binding` as one line of `rules:`, in YAML's flow style:
/// `- { principal: User:ana, allow: { topic: orders, operation: read } }`.
/// `None` where the grammar has no words for it: unknown codes, and names that are empty.
pub fn grant_line(binding: &Binding) -> Option<String> {
    if binding.resource_name.is_empty() || !binding.is_known() {
        return None;
    }
    let mut line = format!("- {{ principal: {}", principal(&binding.principal));
    if !binding.host.is_any() {
        let _ = write!(line, ", host: {}", scalar(&binding.host));
    }
    let _ = write!(
        line,
        ", {}: {{ {}: {}, operation: {} }} }}",
        binding.permission_type.lower()?,
        binding.resource_type.lower()?,
        resource(binding),
        binding.operation.lower()?,
    );
    Some(line)
}

fn principal(name: &str) -> String {
    if name.ends_with('*') && name != "User:*" {
        format!("{{ literal: {} }}", quoted(name))
    } else {
        scalar(name)
    }
}

fn resource(binding: &Binding) -> String {
    let name = binding.resource_name.as_str();
    let cluster = binding.resource_type == ResourceType::Cluster;
    match binding.pattern_type {
        PatternType::Literal if cluster && name == CLUSTER_NAME => "true".to_owned(),
        PatternType::Literal if name == WILDCARD => quoted(name),
        PatternType::Literal if name.contains('*') => format!("{{ literal: {} }}", quoted(name)),
        PatternType::Literal => scalar(name),
        _ if name.contains('*') => format!("{{ prefix: {} }}", quoted(name)),
        _ => scalar(&format!("{name}*")),
    }
}

/// A YAML scalar of a flow mapping that is read back as this text: plain where that is safe.
fn scalar(text: &str) -> String {
    let mut chars = text.chars();
    let plain = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars
            .clone()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '*'))
        && !text.ends_with(':');
    // What other YAML readers take for a boolean, a null or a number.
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "none"
    );
    if plain && !word { text.to_owned() } else { quoted(text) }
}

/// A double-quoted YAML scalar, with nothing in it that hides from a reader.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.replace("${", "$${").chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if visible(c.encode_utf8(&mut [0; 4])) != *c.encode_utf8(&mut [0; 4]) => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::acl::authorizer::arbitrary::cases;
    use crate::acl::file::{Inputs, Source, load};
    use crate::model::Operation;

    /// The bindings that the file means which has only this rule.
    fn read_back(line: &str) -> Vec<Binding> {
        let text = format!("version: 1\nrules:\n  {line}\n");
        let source = Source { name: "a.yaml".to_owned(), bytes: text.into_bytes() };
        let inputs = Inputs { vars: &[], env: &|_| None, cidr: true };
        let desired = load(&[source], &inputs).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        desired.binding_set().cloned().collect()
    }

    proptest! {
        #![proptest_config(cases(2000))]

        #[test]
        fn a_grant_is_read_back_as_the_binding(
            principal in prop_oneof![
                "[A-Za-z]{1,5}:[^\\x00-\\x1f]{1,12}",
                Just("User:*".to_owned()),
                "User:[a-z*]{1,4}",
            ],
            name in prop_oneof![
                "\\PC{1,12}",
                "[-a-z0-9.*${}_~:,#&!|>%@\"'\\[\\] ]{1,8}",
                prop::sample::select(&["*", "none", "true", "null", "1e3", "0x1f", "~", "a:", "${x}"][..])
                    .prop_map(str::to_owned),
            ],
            host in prop::sample::select(&[None, Some("10.0.0.7"), Some("0:0:0:0:0:0:0:1")][..]),
            kind in prop::sample::select(ResourceType::ALL),
            operation in any::<prop::sample::Index>(),
        ) {
            let operations = kind.operations();
            let cluster = kind == ResourceType::Cluster;
            let request = Request {
                principal: &principal,
                host,
                operation: operations[1 + operation.index(operations.len() - 1)],
                resource_type: kind,
                name: if cluster { CLUSTER_NAME } else { &name },
            };
            let binding = smallest_grant(&request).unwrap();
            prop_assert_eq!(read_back(&grant_line(&binding).unwrap()), [binding]);
        }
    }

    fn line(principal: &str, name: &str, host: Option<&str>) -> String {
        let request = Request {
            principal,
            host,
            operation: Operation::AlterConfigs,
            resource_type: ResourceType::Topic,
            name,
        };
        grant_line(&smallest_grant(&request).unwrap()).unwrap()
    }

    #[test]
    fn a_grant_is_a_line_of_the_file() {
        assert_eq!(
            line("User:ana", "orders", None),
            "- { principal: User:ana, allow: { topic: orders, operation: alter-configs } }"
        );
        assert_eq!(
            line("User:CN=etl,OU=data", "2024", Some("0:0:0:0:0:0:0:1")),
            "- { principal: \"User:CN=etl,OU=data\", host: \"0:0:0:0:0:0:0:1\", \
             allow: { topic: \"2024\", operation: alter-configs } }"
        );
        assert_eq!(
            line("User:a*", "b*", None),
            "- { principal: { literal: \"User:a*\" }, \
             allow: { topic: { literal: \"b*\" }, operation: alter-configs } }"
        );
        assert!(line("User:*", "*", None).contains("topic: { prefix: \"*\" }"));
        assert!(line("User:*", "*", None).starts_with("- { principal: User:*, "));
        assert!(line("User:a", "on", None).contains("topic: \"on\""));
        assert!(line("User:a", "${x}\u{202e}\"", None).contains("\"$${x}\\U0000202e\\\"\""));
    }

    #[test]
    fn the_cluster_and_what_no_binding_can_say() {
        let request = |resource_type, name| Request {
            principal: "User:a",
            host: None,
            operation: Operation::Alter,
            resource_type,
            name,
        };
        let cluster = smallest_grant(&request(ResourceType::Cluster, CLUSTER_NAME)).unwrap();
        assert!(grant_line(&cluster).unwrap().contains("{ cluster: true, operation: alter }"));
        assert_eq!(smallest_grant(&request(ResourceType::Cluster, "other")), None);
        assert_eq!(smallest_grant(&request(ResourceType::Topic, "")), None);
        assert_eq!(smallest_grant(&request(ResourceType::Unknown(99), "a")), None);
    }
}
