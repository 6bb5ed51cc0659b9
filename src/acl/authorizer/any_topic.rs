//! The second half of `Authorizer.authorizeByResourceType` (KIP-679): is there one ALLOW that no
//! DENY dominates?

use std::collections::{BTreeSet, HashSet};

use super::rules::{host_matches, principal_matches};
use super::{Reason, Request};
use crate::model::{Binding, Operation, PatternType, PermissionType, WILDCARD};

/// The name that Kafka tries first, for super users.
pub(super) const TRIAL_NAME: &str = "hardcode";

/// Whether `binding`, of the right type, speaks of `operation` by the principal of `request`.
/// Nothing is implied here.
pub(super) fn takes_part(
    binding: &Binding,
    request: &Request<'_>,
    operation: Operation,
    cidr: bool,
) -> bool {
    (binding.operation == operation || binding.operation == Operation::All)
        && principal_matches(&binding.principal, request.principal)
        && host_matches(&binding.host, request.host, cidr)
}

/// The first ALLOW (`*` before all others, then in order) that no DENY dominates; otherwise the
/// DENY on `*` or [`Reason::NoMatch`].
///
/// A DENY on `*` decides alone. An ALLOW on `*` is dominated by nothing else. A literal ALLOW is
/// dominated by a literal DENY of its name, and every ALLOW by a DENY on a prefix of its name.
pub(super) fn undominated<'a>(bindings: impl Iterator<Item = &'a Binding>) -> Reason<'a> {
    let mut denied_names: HashSet<&str> = HashSet::new();
    let mut denied_prefixes = Prefixes::default();
    let mut denied_everything: Option<&Binding> = None;
    let mut allows: Vec<&Binding> = Vec::new();
    for binding in bindings {
        let name = binding.resource_name.as_str();
        match (binding.permission_type, binding.pattern_type) {
            (PermissionType::Deny, PatternType::Literal) if name == WILDCARD => {
                denied_everything = Some(denied_everything.map_or(binding, |d| d.min(binding)));
            }
            (PermissionType::Deny, PatternType::Literal) => {
                denied_names.insert(name);
            }
            (PermissionType::Deny, PatternType::Prefixed) => {
                denied_prefixes.insert(name);
            }
            (PermissionType::Allow, PatternType::Literal | PatternType::Prefixed) => {
                allows.push(binding);
            }
            _ => {}
        }
    }
    if let Some(deny) = denied_everything {
        return Reason::Deny(deny);
    }
    allows
        .into_iter()
        .filter(|allow| {
            let name = allow.resource_name.as_str();
            let literal = allow.pattern_type == PatternType::Literal;
            (literal && name == WILDCARD)
                || !((literal && denied_names.contains(name)) || denied_prefixes.any_of(name))
        })
        .min_by_key(|allow| {
            let everything =
                allow.pattern_type == PatternType::Literal && allow.resource_name.as_str() == "*";
            (!everything, *allow)
        })
        .map_or(Reason::NoMatch, Reason::Allow)
}

/// The DENYs on prefixes.
#[derive(Default)]
struct Prefixes<'a> {
    prefixes: HashSet<&'a str>,
    lengths: BTreeSet<usize>,
}

impl<'a> Prefixes<'a> {
    fn insert(&mut self, prefix: &'a str) {
        self.prefixes.insert(prefix);
        self.lengths.insert(prefix.len());
    }

    fn any_of(&self, name: &str) -> bool {
        self.lengths
            .iter()
            .filter_map(|length| name.get(..*length))
            .any(|prefix| self.prefixes.contains(prefix))
    }
}
