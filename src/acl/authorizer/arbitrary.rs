//! Random bindings and questions that collide often, for property tests.

use proptest::prelude::*;
use proptest::sample::select;

use super::{Assumptions, Request};
use crate::model::{Binding, Operation, PatternType, PermissionType, ResourceType};

/// So many cases; a failure prints its input and leaves no file behind.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

pub(crate) const NAMES: &[&str] = &[
    "a",
    "ab",
    "abc",
    "abd",
    "a.b",
    "b",
    "B",
    "ü",
    "üx",
    "*",
    "*a",
    "h",
    "hard",
    "hardcode",
    "kafka-",
    "kafka-cluster",
    "ac",
    "acd",
    "zz",
];
pub(crate) const PRINCIPALS: &[&str] = &["User:a", "User:b", "User:*", "User:A", "Group:*"];
pub(crate) const HOSTS: &[&str] = &[
    "*",
    "*",
    "*",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.0/8",
    "10.0.0.0/24",
    "10.0.0.9/24",
    "10.0.0.1/32",
    "0:0:0:0:0:0:0:1",
    "::1",
    "::/64",
    "0.0.0.0/0",
    "db",
    "",
];
pub(crate) const CLIENTS: &[Option<&str>] = &[
    None,
    Some("10.0.0.1"),
    Some("10.0.0.2"),
    Some("10.0.0.3"),
    Some("10.9.0.1"),
    Some("192.168.0.1"),
    Some("0:0:0:0:0:0:0:1"),
    Some("2001:db8:0:0:0:0:0:1"),
];
const TYPES: &[ResourceType] = &[
    ResourceType::Topic,
    ResourceType::Topic,
    ResourceType::Group,
    ResourceType::Cluster,
    ResourceType::TransactionalId,
];

/// Most of the time one of the first few, so that bindings meet, and sometimes any.
fn mostly<T: Copy + std::fmt::Debug + 'static>(
    few: &'static [T],
    all: &'static [T],
) -> impl Strategy<Value = T> {
    prop_oneof![3 => select(few), 1 => select(all)]
}

fn name() -> impl Strategy<Value = &'static str> {
    mostly(&["a", "ab", "abc", "*", "hardcode", "h"], NAMES)
}

fn resource_type() -> impl Strategy<Value = ResourceType> {
    mostly(&[ResourceType::Topic], TYPES)
}

/// Every operation, those that collide on topics more often.
fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    mostly(&[O::All, O::Read, O::Write, O::Write, O::Describe], Operation::ALL)
}

pub(crate) fn binding() -> impl Strategy<Value = Binding> {
    let patterns = &[PatternType::Literal, PatternType::Prefixed][..];
    let pattern = (resource_type(), name(), select(patterns));
    let host = mostly(&["*", "*", "10.0.0.1", "10.0.0.0/8"], HOSTS);
    let principal = mostly(&["User:a", "User:a", "User:*"], PRINCIPALS);
    let entry = (principal, host, operation(), prop::bool::weighted(0.25));
    (pattern, entry).prop_map(
        |((resource_type, name, pattern_type), (principal, host, operation, deny))| Binding {
            resource_type,
            // Most bindings of the cluster name it.
            resource_name: match (resource_type, name) {
                (ResourceType::Cluster, "a" | "ab" | "abc") => "kafka-cluster",
                _ => name,
            }
            .into(),
            pattern_type,
            principal: principal.into(),
            host: host.into(),
            operation: match (resource_type, operation) {
                (ResourceType::Cluster, Operation::Write) => Operation::IdempotentWrite,
                _ => operation,
            },
            permission_type: if deny { PermissionType::Deny } else { PermissionType::Allow },
        },
    )
}

pub(crate) fn bindings(most: usize) -> impl Strategy<Value = Vec<Binding>> {
    prop::collection::vec(binding(), 0..=most)
}

pub(crate) fn assumptions() -> impl Strategy<Value = Assumptions> {
    (prop::bool::weighted(0.2), prop::bool::weighted(0.3), any::<bool>()).prop_map(
        |(super_user, allow_everyone_if_no_acl_found, cidr)| Assumptions {
            super_users: if super_user { vec!["User:b".into()] } else { Vec::new() },
            allow_everyone_if_no_acl_found,
            cidr,
        },
    )
}

/// A question that a broker could ask: the operation means something for the type.
pub(crate) fn request() -> impl Strategy<Value = Request<'static>> {
    let principals = &["User:a", "User:b", "User:*", "User:fresh", "Group:x"];
    let principal = mostly(&["User:a"], principals);
    let host = mostly(&[None, Some("10.0.0.1"), Some("10.0.0.2")], CLIENTS);
    let rest = (resource_type(), operation(), name(), any::<prop::sample::Index>());
    (principal, host, rest).prop_map(|(principal, host, (resource_type, operation, name, any))| {
        let asked = resource_type.operations();
        let cluster = resource_type == ResourceType::Cluster;
        let operation = match operation {
            Operation::Write if cluster => Operation::IdempotentWrite,
            other if other != Operation::All && asked.contains(&other) => other,
            // The first is ALL.
            _ => asked[1 + any.index(asked.len() - 1)],
        };
        let name = if cluster { "kafka-cluster" } else { name };
        Request { principal, host, operation, resource_type, name }
    })
}
