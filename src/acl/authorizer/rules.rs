//! When a binding speaks of a request, and what it says.

use std::cmp::Reverse;

use super::hosts::{client_address, range};
use super::{Request, hosts::Range};
use crate::model::{
    Binding, Host, Operation, PatternType, PermissionType, Principal, ResourceType, WILDCARD,
};

/// Whether `binding` takes part in the decision on `request`: principal, host, operation and
/// resource all match.
pub fn matches(binding: &Binding, request: &Request<'_>, cidr: bool) -> bool {
    binding.resource_type == request.resource_type
        && principal_matches(&binding.principal, request.principal)
        && covers_name(binding, request.name)
        && operation_matches(binding, request.operation)
        && host_matches(&binding.host, request.host, cidr)
}

/// `User:*` is everyone, of every type; any other principal is itself.
pub(super) fn principal_matches(principal: &Principal, asking: &str) -> bool {
    principal.as_str() == asking || principal.is_everyone()
}

/// Whether the pattern of `binding` matches the literal `name`. The type is not looked at.
pub(crate) fn covers_name(binding: &Binding, name: &str) -> bool {
    pattern_covers(binding.pattern_type, &binding.resource_name, name)
}

/// Whether a pattern matches the literal `name`.
pub fn pattern_covers(pattern_type: PatternType, pattern: &str, name: &str) -> bool {
    match pattern_type {
        PatternType::Literal => pattern == name || (pattern == WILDCARD && is_of_everything(name)),
        PatternType::Prefixed => name.starts_with(pattern),
        PatternType::Unknown(_) => false,
    }
}

/// Whether LITERAL `*` matches the literal `name`, or, of a prefix, the names that begin so.
///
/// `StandardAuthorizerData.checkSection` skips a literal that is a proper prefix of the name before
/// it looks whether the literal is `*`: what begins with `*` is not matched by it, save `*` itself.
pub(crate) fn is_of_everything(name: &str) -> bool {
    name == WILDCARD || !name.starts_with(WILDCARD)
}

/// ALL matches every operation; an ALLOW also grants what its operation implies, a DENY does not.
pub(super) fn operation_matches(binding: &Binding, asked: Operation) -> bool {
    binding.operation == Operation::All
        || binding.operation == asked
        || (binding.permission_type == PermissionType::Allow
            && binding.operation.implies().contains(&asked))
}

/// Whether the stored `host` matches a client at `client` (as Java prints it; `None`: an address
/// that only `*` matches).
pub fn host_matches(host: &Host, client: Option<&str>, cidr: bool) -> bool {
    if host.is_any() {
        return true;
    }
    let Some(client) = client else { return false };
    host.as_str() == client || (cidr && range_matches(range(host), client))
}

/// Whether every client that the host `narrow` matches is matched by `wide`, too, for stored hosts as
/// `HostParts` names them.
pub(crate) fn host_includes(wide: &Host, narrow: &Host, cidr: bool) -> bool {
    match (range(wide), range(narrow)) {
        _ if wide == narrow => true,
        (Some(wide), Some(narrow)) => cidr && wide.includes(narrow),
        _ => host_matches(wide, Some(narrow).filter(|h| !h.is_any()).map(Host::as_str), cidr),
    }
}

fn range_matches(range: Option<Range>, client: &str) -> bool {
    match (range, client_address(client)) {
        (Some(range), Some(address)) => range.contains(address),
        _ => false,
    }
}

/// Which of several matching bindings of one permission is named as the one that decided:
/// the least.
pub(super) fn rank<'a>(binding: &'a Binding, request: &Request<'_>) -> impl Ord + 'a {
    let specificity = match binding.pattern_type {
        PatternType::Literal if binding.resource_name.as_str() != WILDCARD => (0, Reverse(0)),
        PatternType::Prefixed => (1, Reverse(binding.resource_name.len())),
        PatternType::Literal | PatternType::Unknown(_) => (2, Reverse(0)),
    };
    let own = binding.principal.as_str() == request.principal;
    (
        specificity,
        !own,
        operation_rank(binding.operation, request.operation),
        host_rank(&binding.host, request.host),
        binding,
    )
}

/// The exact operation, then one that implies it, then ALL.
pub(super) fn operation_rank(operation: Operation, asked: Operation) -> u8 {
    if operation == asked {
        0
    } else if operation == Operation::All {
        2
    } else {
        1
    }
}

/// The exact host, then a range, then `*`.
pub(super) fn host_rank(host: &Host, client: Option<&str>) -> u8 {
    if host.is_any() { 2 } else { u8::from(client != Some(host.as_str())) }
}

/// A set of operations; those that this version does not know are in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OperationSet(u16);

impl OperationSet {
    pub(crate) const EMPTY: Self = Self(0);

    /// One operation and nothing else.
    pub(crate) const fn one(operation: Operation) -> Self {
        match operation {
            Operation::Unknown(_) => Self(0),
            // Codes are 2 to 15.
            known => Self(1 << known.code()),
        }
    }

    /// What may be asked of a resource of this type; ALL never is.
    pub(crate) fn of_type(resource_type: ResourceType) -> Self {
        resource_type
            .operations()
            .iter()
            .filter(|o| **o != Operation::All)
            .fold(Self(0), |set, operation| set.union(Self::one(*operation)))
    }

    /// The operations that `binding` speaks of, what an ALLOW implies included.
    pub(crate) fn of_binding(binding: &Binding) -> Self {
        if binding.operation == Operation::All {
            return Self::of_type(binding.resource_type);
        }
        let mut set = Self::one(binding.operation);
        if binding.permission_type == PermissionType::Allow {
            for implied in binding.operation.implies() {
                set = set.union(Self::one(*implied));
            }
        }
        set.intersection(Self::of_type(binding.resource_type))
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn contains(self, operation: Operation) -> bool {
        !Self::one(operation).intersection(self).is_empty()
    }

    /// In wire order.
    pub(crate) fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL.iter().copied().filter(move |operation| self.contains(*operation))
    }
}
