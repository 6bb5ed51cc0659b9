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

pub(crate) fn binding() -> impl Strategy<Value = Binding> {
    let pattern =
        (select(TYPES), select(NAMES), select(&[PatternType::Literal, PatternType::Prefixed][..]));
    let entry = (select(PRINCIPALS), select(HOSTS), operation(), prop::bool::weighted(0.25));
    (pattern, entry).prop_map(
        |((resource_type, name, pattern_type), (principal, host, operation, deny))| Binding {
            resource_type,
            resource_name: name.into(),
            pattern_type,
            principal: principal.into(),
            host: host.into(),
            operation,
            permission_type: if deny { PermissionType::Deny } else { PermissionType::Allow },
        },
    )
}

/// Every operation, those that collide on topics more often.
fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    prop_oneof![
        select(Operation::ALL),
        select(&[O::All, O::Read, O::Write, O::Describe, O::IdempotentWrite, O::AlterConfigs][..]),
    ]
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
    let resource = select(TYPES).prop_flat_map(|resource_type| {
        let asked: Vec<Operation> =
            resource_type.operations().iter().copied().filter(|o| *o != Operation::All).collect();
        (Just(resource_type), select(asked), select(NAMES))
    });
    let fresh = select(&["User:a", "User:b", "User:*", "User:fresh", "Group:x"][..]);
    (fresh, select(CLIENTS), resource).prop_map(
        |(principal, host, (resource_type, operation, name))| Request {
            principal,
            host,
            operation,
            resource_type,
            name: if resource_type == ResourceType::Cluster { "kafka-cluster" } else { name },
        },
    )
}
