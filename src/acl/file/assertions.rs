//! `tests:`: assertions about access; here their form, elsewhere their truth.

use super::names::{Resolver, list, names, operation, operations_of};
use crate::acl::desired::{Assertion, Place};
use crate::model::{CLUSTER_NAME, Name, Operation, ResourceType};
use crate::yaml::fields::Fields;
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{Text, text};
use crate::yaml::tree::Node;

const KEYS: &[&str] = &["principal", "host", "can", "cannot"];

/// Requests of a run.
const REQUESTS: usize = 1_000_000;

/// Reads an entry of `tests:`.
pub(super) fn decode(
    node: &Node,
    resolver: &Resolver<'_, '_>,
    mistakes: &Mistakes,
    place: impl Fn(At) -> Place,
    out: &mut Vec<Assertion>,
) {
    let Some(fields) = Fields::open(node, "a test", KEYS, mistakes, |_| None) else { return };
    let principals = fields.require("principal").map(|node| names(node, "a principal", mistakes));
    let principals: Vec<_> =
        principals.unwrap_or_default().iter().filter_map(|name| resolver.principal(name)).collect();
    let mut hosts = Vec::new();
    if let Some(node) = fields.get("host") {
        list(node, "an address", mistakes, |node| {
            hosts.extend(
                text(node, "an address", mistakes)
                    .and_then(|text| resolver.address(text))
                    .map(Some),
            );
        });
    } else {
        hosts.push(None);
    }
    if fields.lacks("can") && fields.lacks("cannot") {
        let hint = "add `can`, `cannot` or both, with requests like `read topic:orders`";
        mistakes.add_hint(fields.at, "this test asserts nothing", hint);
    }
    for (key, allowed) in [("can", true), ("cannot", false)] {
        let Some(node) = fields.get(key) else { continue };
        list(node, "a request", mistakes, |node| {
            let Some(text) = text(node, "a request like `read topic:orders`", mistakes) else {
                return;
            };
            let Some(request) = request(text, resolver, mistakes) else { return };
            if out.len() + principals.len() * hosts.len() > REQUESTS {
                let message = "with this the tests ask for more than 1,000,000 requests";
                let hint = "a list in each of principal, host and request multiplies; name fewer";
                mistakes.add_hint(node.at, message, hint);
                return;
            }
            for principal in &principals {
                out.extend(hosts.iter().map(|host| Assertion {
                    principal: principal.clone(),
                    host: host.clone(),
                    allowed,
                    operation: request.operation,
                    resource_type: request.resource_type,
                    resource_name: request.resource_name.clone(),
                    place: place(text.at),
                }));
            }
        });
    }
}

struct Request {
    operation: Operation,
    resource_type: ResourceType,
    resource_name: Name,
}

/// Reads `OPERATION RESOURCE`.
fn request(text: Text<'_>, resolver: &Resolver<'_, '_>, mistakes: &Mistakes) -> Option<Request> {
    let at = text.at;
    let filled = resolver.env.fill(text)?;
    let request = filled.text.trim();
    let Some((word, rest)) = request.split_once(char::is_whitespace) else {
        let shown = shown(request);
        let message = format!("`{shown}` is no request: a request is an operation and a resource");
        mistakes.add_hint(at, message, "write it like `read topic:orders` or `alter cluster`");
        return None;
    };
    let operation = operation(at, word, mistakes)?;
    if operation == Operation::All {
        let hint = "ask for each operation that matters";
        mistakes.add_hint(at, "no client asks for `all`: a request is one operation", hint);
        return None;
    }
    let (resource_type, name) = resource(at, rest.trim(), mistakes)?;
    if !resource_type.supports(operation) {
        let word = operation.lower().unwrap_or_default();
        let message = format!("no client asks for `{word}` on {}", resource_type.plural());
        let hint = operations_of(resource_type, |operation| operation != Operation::All);
        mistakes.add_hint(at, message, hint);
        return None;
    }
    let resource_name = Name::verbatim(resolver.interner.get(name));
    Some(Request { operation, resource_type, resource_name })
}

fn resource<'x>(at: At, resource: &'x str, mistakes: &Mistakes) -> Option<(ResourceType, &'x str)> {
    if resource == "cluster" {
        return Some((ResourceType::Cluster, CLUSTER_NAME));
    }
    let named = || shown(resource);
    let Some((word, name)) = resource.split_once(':') else {
        let message = format!("`{}` is no resource", named());
        mistakes.add_hint(
            at,
            message,
            "write it like `topic:orders`, `group:billing` or `cluster`",
        );
        return None;
    };
    let resource_type = match super::body::RESOURCES.iter().find(|(key, _)| *key == word) {
        Some((_, resource_type)) => *resource_type,
        None if word == "cluster" => {
            mistakes.add_hint(
                at,
                "there is one cluster, and it has no name here",
                "write `cluster`",
            );
            return None;
        }
        None => {
            let words = super::body::RESOURCES.iter().map(|(key, _)| *key);
            let near = mistakes.nearest(word, words.clone().chain(["cluster"]));
            let shown = shown(word);
            let message = format!("unknown type of resource `{shown}`{near}");
            let all = words.collect::<Vec<_>>().join(", ");
            mistakes.add_hint(at, message, format!("the types are {all}, cluster"));
            return None;
        }
    };
    if name.is_empty() {
        mistakes.add(at, format!("`{}` names nothing", named()));
        return None;
    }
    // A principal may well have a `*` inside; nothing that a test asks for ends in one.
    let is_pattern =
        if resource_type == ResourceType::User { name.ends_with('*') } else { name.contains('*') };
    if is_pattern {
        let message =
            format!("`{}` is a pattern: a client asks for one resource by its name", named());
        mistakes.add_hint(
            at,
            message,
            "name one that the pattern covers, and one that it does not",
        );
        return None;
    }
    Some((resource_type, name))
}
