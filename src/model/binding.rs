//! An ACL binding: who may (or may not) do what, from where, on which resources.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Host, Name, Operation, PatternType, PermissionType, Principal, ResourceType, visible};

/// `org.apache.kafka.common.acl.AclBinding`; equal only when all seven fields are.
///
/// The fields stand in the order of the JSON form. Bindings sort in the order in which
/// people read: by principal, then by resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// Of which type the resources are.
    pub resource_type: ResourceType,
    /// The name, or the prefix, of the resources.
    pub resource_name: Name,
    /// Whether the name is one resource or a prefix.
    pub pattern_type: PatternType,
    /// Who.
    pub principal: Principal,
    /// From where.
    pub host: Host,
    /// What.
    pub operation: Operation,
    /// Whether it allows or denies.
    pub permission_type: PermissionType,
}

impl Ord for Binding {
    fn cmp(&self, other: &Self) -> Ordering {
        self.principal
            .cmp(&other.principal)
            .then_with(|| self.resource_type.cmp(&other.resource_type))
            .then_with(|| self.resource_name.cmp(&other.resource_name))
            .then_with(|| self.pattern_type.cmp(&other.pattern_type))
            .then_with(|| self.permission_type.cmp(&other.permission_type))
            .then_with(|| self.operation.cmp(&other.operation))
            .then_with(|| self.host.cmp(&other.host))
    }
}

impl PartialOrd for Binding {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The resources of a binding: type, pattern and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePattern {
    /// The type.
    pub resource_type: ResourceType,
    /// The name or the prefix.
    pub name: Name,
    /// Literal or prefixed.
    pub pattern_type: PatternType,
}

impl Binding {
    /// The resources that this binding speaks of.
    pub fn pattern(&self) -> ResourcePattern {
        ResourcePattern {
            resource_type: self.resource_type,
            name: self.resource_name.clone(),
            pattern_type: self.pattern_type,
        }
    }

    /// Whether every code of it is one that this version knows. What is not is never written.
    pub fn is_known(&self) -> bool {
        self.resource_type.is_known()
            && self.pattern_type.is_known()
            && self.permission_type.is_known()
            && self.operation.is_known()
    }

    /// Why CreateAcls refuses it on every broker (`AclApis.handleCreateAcls`,
    /// `AclControlManager.validateNewAcl`); `None` where a broker may take it.
    pub fn unstorable(&self) -> Option<&'static str> {
        if self.resource_name.is_empty() {
            Some("its resource has no name")
        } else if self.resource_type == ResourceType::Cluster
            && self.resource_name.as_str() != super::CLUSTER_NAME
        {
            Some("the only name of the resource CLUSTER is `kafka-cluster`")
        } else if !self.principal.contains(':') {
            Some("its principal has no type, as `User:` is one")
        } else {
            None
        }
    }

    /// Whether it is on a user without a type, such as `bob`: the broker stores it and asks for `User:bob`
    /// (`KafkaApis.allowTokenRequests`, KIP-373), which it does not match.
    pub fn names_no_user(&self) -> bool {
        self.resource_type == ResourceType::User
            && self.pattern_type == PatternType::Literal
            && self.resource_name.as_str() != super::WILDCARD
            && !self.resource_name.contains(':')
    }
}

impl fmt::Display for ResourcePattern {
    /// `topic:orders`, `topic:web.*`, `cluster`; a literal that ends in `*` keeps its pattern type visible.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource_type.lower() {
            Some(word) => f.write_str(word)?,
            None => write!(f, "{}", self.resource_type)?,
        }
        if self.resource_type == ResourceType::Cluster
            && self.pattern_type == PatternType::Literal
            && self.name.as_str() == super::CLUSTER_NAME
        {
            return Ok(());
        }
        write!(f, ":{}", pattern_text(self.pattern_type, &self.name))
    }
}

/// A name as the ACL file writes it: `orders`, `orders.*`, `*`; what that cannot say is said in words.
pub(super) fn pattern_text(pattern_type: PatternType, name: &str) -> String {
    let shown = visible(name);
    match pattern_type {
        PatternType::Literal if name == "*" || !name.ends_with('*') => shown.into_owned(),
        PatternType::Literal => format!("{{literal: \"{shown}\"}}"),
        PatternType::Prefixed if name.is_empty() || name.contains('*') => {
            format!("{{prefix: \"{shown}\"}}")
        }
        PatternType::Prefixed => format!("{shown}*"),
        PatternType::Unknown(_) => format!("{{{pattern_type}: \"{shown}\"}}"),
    }
}

impl fmt::Display for Binding {
    /// One line: `User:ana allow READ on topic:orders from *`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} on {}{}",
            visible(&self.principal),
            self.permission_type,
            self.operation,
            self.pattern(),
            self.host.phrase()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(resource_type: ResourceType, name: &str, principal: &str) -> Binding {
        Binding {
            resource_type,
            resource_name: name.into(),
            pattern_type: PatternType::Literal,
            principal: principal.into(),
            host: Host::any(),
            operation: Operation::Describe,
            permission_type: PermissionType::Allow,
        }
    }

    #[test]
    fn what_no_broker_stores() {
        use ResourceType::{Cluster, Topic};
        for (resource_type, name, principal, why) in [
            (Topic, "t", "User:a", None),
            (Cluster, "kafka-cluster", "User:a", None),
            (Topic, "", "User:a", Some("its resource has no name")),
            (
                Cluster,
                "other",
                "User:a",
                Some("the only name of the resource CLUSTER is `kafka-cluster`"),
            ),
            (Topic, "t", "a", Some("its principal has no type, as `User:` is one")),
        ] {
            assert_eq!(binding(resource_type, name, principal).unstorable(), why, "{name}");
        }
    }

    #[test]
    fn one_unknown_code_makes_a_binding_unknown() {
        let known = binding(ResourceType::Topic, "t", "User:a");
        assert!(known.is_known());
        for unknown in [
            Binding { resource_type: ResourceType::Unknown(99), ..known.clone() },
            Binding { pattern_type: PatternType::Unknown(99), ..known.clone() },
            Binding { operation: Operation::Unknown(99), ..known.clone() },
            Binding { permission_type: PermissionType::Unknown(99), ..known },
        ] {
            assert!(!unknown.is_known(), "{unknown}");
        }
    }

    #[test]
    fn a_pattern_reads_as_the_file_writes_it() {
        use PatternType::{Literal, Prefixed, Unknown};
        use ResourceType::{Cluster, Group, Topic};
        for (resource_type, pattern_type, name, shown) in [
            (Topic, Literal, "t", "topic:t"),
            (Topic, Literal, "*", "topic:*"),
            (Topic, Literal, "a*", "topic:{literal: \"a*\"}"),
            (Topic, Prefixed, "a", "topic:a*"),
            (Topic, Prefixed, "", "topic:{prefix: \"\"}"),
            (Topic, Prefixed, "a*b", "topic:{prefix: \"a*b\"}"),
            (Group, Unknown(9), "g", "group:{UNKNOWN(9): \"g\"}"),
            (Cluster, Literal, "kafka-cluster", "cluster"),
            (Cluster, Prefixed, "kafka-cluster", "cluster:kafka-cluster*"),
            (Cluster, Literal, "other", "cluster:other"),
            (Topic, Literal, "kafka-cluster", "topic:kafka-cluster"),
            (ResourceType::Unknown(99), Literal, "x", "UNKNOWN(99):x"),
        ] {
            let pattern = ResourcePattern { resource_type, name: name.into(), pattern_type };
            assert_eq!(pattern.to_string(), shown);
        }
    }

    #[test]
    fn bindings_sort_as_people_read() {
        let first = binding(ResourceType::Topic, "a", "User:a");
        let denied = Binding { permission_type: PermissionType::Deny, ..first.clone() };
        // Each is greater than the one before by one field, whatever the later fields say.
        let sorted = [
            Binding { host: "0.0.0.0".into(), operation: Operation::Read, ..denied.clone() },
            Binding { host: "*".into(), ..denied.clone() },
            Binding { host: "0.0.0.0".into(), ..denied },
            Binding { operation: Operation::All, ..first.clone() },
            Binding {
                permission_type: PermissionType::Deny,
                pattern_type: PatternType::Prefixed,
                ..first.clone()
            },
            Binding {
                resource_name: "b".into(),
                permission_type: PermissionType::Deny,
                ..first.clone()
            },
            Binding { resource_type: ResourceType::Group, ..first.clone() },
            Binding { principal: "User:b".into(), ..first },
        ];
        for pair in sorted.windows(2) {
            assert!(pair[0] < pair[1], "{} before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn a_host_is_shown_only_where_it_narrows() {
        let mut binding = binding(ResourceType::Topic, "t", "User:a");
        assert_eq!(binding.to_string(), "User:a ALLOW DESCRIBE on topic:t");
        binding.host = "10.0.0.1".into();
        assert_eq!(binding.to_string(), "User:a ALLOW DESCRIBE on topic:t from 10.0.0.1");
    }
}
