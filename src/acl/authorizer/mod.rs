//! Kafka's decision about access, as `org.apache.kafka.metadata.authorizer.StandardAuthorizer`
//! (Kafka 3.2 to 4.4) takes it: pure, total, and with the binding that decided.
//!
//! [`reference`] is the specification, a loop over all bindings that can be read against Kafka's
//! source, and the fastest way to ask one question. [`Authorizer`] is the index for many.
//! A property test holds the two equal, a differential test holds them equal to Kafka's classes.

mod any_topic;
mod hosts;
mod index;
mod patterns;
pub mod reference;
mod rules;
mod who_can;

#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(test)]
mod tests;

pub(crate) use hosts::HostParts;
pub use index::Authorizer;
pub(crate) use patterns::{Patterns, is_range};
pub(crate) use rules::host_includes;
pub(crate) use rules::{OperationSet, covers_name};
pub use rules::{host_matches, matches, pattern_covers};
pub use who_can::{Exception, WhoCan};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Binding, CLUSTER_NAME, Operation, Principal, ResourceType};

/// What only the broker's settings know. Kafka returns both as sensitive, without a value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Assumptions {
    /// `super.users`: allowed everything, whatever the bindings say.
    pub super_users: Vec<Principal>,
    /// `allow.everyone.if.no.acl.found`: whether a resource that no binding at all speaks of is
    /// open to everyone.
    pub allow_everyone_if_no_acl_found: bool,
    /// Whether a CIDR range matches as a host: from metadata.version 4.4-IV1 (KIP-1276).
    pub cidr: bool,
}

impl Assumptions {
    /// Whether `principal` is a super user; compared as the exact string `Type:name`.
    pub fn is_super_user(&self, principal: &str) -> bool {
        self.super_users.iter().any(|user| user.as_str() == principal)
    }
}

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Who asks: `Type:name`.
    pub principal: &'a str,
    /// The client's address as Java's `InetAddress.getHostAddress()` prints it (see
    /// [`Host::of_address`](crate::model::Host::of_address)); `None` is a client whose address
    /// only `*` matches.
    pub host: Option<&'a str>,
    /// What. Kafka never asks for ALL.
    pub operation: Operation,
    /// On a resource of this type …
    pub resource_type: ResourceType,
    /// … and this literal name.
    pub name: &'a str,
}

impl Request<'_> {
    /// Whether this is the check of `InitProducerId` without a transactional id, which WRITE on
    /// any topic passes as well (KIP-679).
    pub fn is_idempotent_write(&self) -> bool {
        self.operation == Operation::IdempotentWrite
            && self.resource_type == ResourceType::Cluster
            && self.name == CLUSTER_NAME
    }
}

/// Why a decision is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason<'a> {
    /// This ALLOW matches, and no DENY does.
    Allow(&'a Binding),
    /// This DENY matches; it beats every ALLOW, however specific.
    Deny(&'a Binding),
    /// A super user.
    SuperUser,
    /// No binding at all speaks of the resource, and `allow.everyone.if.no.acl.found` opens it.
    DefaultRule,
    /// No ALLOW matches.
    NoMatch,
}

impl<'a> Reason<'a> {
    /// The word of the JSON form: `allow`, `deny`, `superUser`, `defaultRule`, `noMatch`.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Allow(_) => "allow",
            Reason::Deny(_) => "deny",
            Reason::SuperUser => "superUser",
            Reason::DefaultRule => "defaultRule",
            Reason::NoMatch => "noMatch",
        }
    }

    /// The binding that decided.
    pub const fn binding(self) -> Option<&'a Binding> {
        match self {
            Reason::Allow(binding) | Reason::Deny(binding) => Some(binding),
            Reason::SuperUser | Reason::DefaultRule | Reason::NoMatch => None,
        }
    }

    const fn allows(self) -> bool {
        matches!(self, Reason::Allow(_) | Reason::SuperUser | Reason::DefaultRule)
    }
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Yes or no.
    pub allowed: bool,
    /// Why. Among several bindings that decide alike: the most specific pattern, then the
    /// principal's own before `User:*`, then the exact operation and host, then the order of
    /// bindings.
    pub reason: Reason<'a>,
    /// The answer is yes because WRITE on any one topic stands in for IDEMPOTENT_WRITE on the
    /// cluster (KIP-679); the reason is that of the topic.
    pub any_topic: bool,
}

impl<'a> Decision<'a> {
    pub(crate) const fn new(reason: Reason<'a>) -> Self {
        Self { allowed: reason.allows(), reason, any_topic: false }
    }
}

impl fmt::Display for Decision<'_> {
    /// `denied by `User:* DENY ALL on topic:pii.*``; names are made safe to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::Allow(binding) if self.any_topic => {
                write!(
                    f,
                    "allowed by `{binding}`: WRITE on any topic stands in for IDEMPOTENT_WRITE"
                )
            }
            Reason::Allow(binding) => write!(f, "allowed by `{binding}`"),
            Reason::Deny(binding) => write!(f, "denied by `{binding}`"),
            Reason::SuperUser => f.write_str("allowed to a super user"),
            Reason::DefaultRule => {
                f.write_str("allowed by the default rule: no binding speaks of the resource")
            }
            Reason::NoMatch => f.write_str("denied: no ALLOW matches"),
        }
    }
}
