//! The guards: what a plan must not do unless it is said so.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::acl::access::{AccessChange, Change};
use crate::acl::authorizer::{Assumptions, Authorizer, Request};
use crate::acl::desired::Desired;
use crate::model::{
    Binding, CLUSTER_NAME, INTERNAL_TOPICS, Operation, PatternType, PermissionType, Principal,
    ResourcePattern, ResourceType, WILDCARD, visible,
};

use super::Plan;

/// How the guards are set; everything off is the strict default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GuardSettings {
    /// `--allow-lockout`
    pub allow_lockout: bool,
    /// `--max-deletes`
    pub max_deletes: Option<usize>,
    /// `--allow-empty`
    pub allow_empty: bool,
    /// `--allow-open-default`
    pub allow_open_default: bool,
    /// `--skip-tests`
    pub skip_tests: bool,
    /// `--as`
    pub as_principal: Option<Principal>,
}

/// Which guard speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardCode {
    /// Somebody could lose the right to administer.
    Lockout,
    /// More deletions than allowed.
    MaxDeletes,
    /// A scope ends up empty.
    Empty,
    /// A resource opens to, or closes for, everyone.
    OpenDefault,
    /// A test fails.
    Tests,
}

impl GuardCode {
    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            GuardCode::Lockout => "lockout",
            GuardCode::MaxDeletes => "maxDeletes",
            GuardCode::Empty => "empty",
            GuardCode::OpenDefault => "openDefault",
            GuardCode::Tests => "tests",
        }
    }
}

/// A guard that speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Which.
    pub code: GuardCode,
    /// One line, no final period.
    pub message: String,
    /// What it found.
    pub details: Vec<String>,
    /// The flag that overrides it, with its value.
    pub flag: String,
    /// Whether the flag was given.
    pub overridden: bool,
}

/// Everything that the guards look at.
pub(super) struct Situation<'a> {
    pub plan: &'a Plan,
    pub desired: &'a Desired,
    pub live: &'a [Binding],
    pub after: &'a [Binding],
    pub access: &'a [AccessChange],
    pub assumptions: &'a Assumptions,
    pub settings: &'a GuardSettings,
}

/// The guards that speak, overridden or not.
pub(super) fn guards(situation: &Situation<'_>) -> Vec<Guard> {
    if situation.plan.is_empty() {
        return Vec::new();
    }
    [lockout(situation), max_deletes(situation), empty(situation), open_default(situation)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether a principal may alter ACLs, from a host that only `*` matches.
pub fn may_alter(principal: &Principal, bindings: &[Binding], assumptions: &Assumptions) -> bool {
    may(principal, Operation::Alter, bindings, assumptions)
}

/// Those who keep the right to alter ACLs and lose the one to see them: they could neither list nor plan nor
/// apply any more.
fn blinded(s: &Situation<'_>) -> Vec<String> {
    let loses = |change: &&AccessChange| {
        change.change == Change::Loses
            && change.resource_type == ResourceType::Cluster
            && change.operation == Operation::Describe
            && may_alter(&change.principal, s.after, s.assumptions)
    };
    let told = |change: &AccessChange| {
        format!(
            "{} keeps alter on the cluster and loses describe, without which no ACL is seen",
            visible(&change.principal)
        )
    };
    s.access.iter().filter(loses).map(told).collect()
}

/// Whether a principal may do so with the cluster, from a host that only `*` matches.
fn may(
    principal: &Principal,
    operation: Operation,
    bindings: &[Binding],
    assumptions: &Assumptions,
) -> bool {
    let request = Request {
        principal,
        host: None,
        operation,
        resource_type: ResourceType::Cluster,
        name: CLUSTER_NAME,
    };
    Authorizer::new(bindings, assumptions).decide(&request).allowed
}

fn lockout(s: &Situation<'_>) -> Option<Guard> {
    let mut details = Vec::new();
    for change in s.access {
        let administers = matches!(
            change.operation,
            Operation::Alter | Operation::ClusterAction | Operation::All
        );
        if change.change == Change::Loses
            && change.resource_type == ResourceType::Cluster
            && administers
        {
            let host = change.host.phrase();
            details.push(format!(
                "{} loses {} on the cluster{host}",
                visible(&change.principal),
                change.operation.lower().unwrap_or("unknown"),
            ));
        }
    }
    details.extend(blinded(s));
    if let Some(principal) = &s.settings.as_principal {
        let may =
            |operation, bindings: &[Binding]| may(principal, operation, bindings, s.assumptions);
        let who = visible(principal);
        for (operation, what) in [(Operation::Alter, "alter"), (Operation::Describe, "see")] {
            if may(operation, s.live) && !may(operation, s.after) {
                details.push(format!("{who}, who applies this, could not {what} ACLs afterwards"));
            }
        }
    }
    details.extend(
        s.plan
            .create
            .iter()
            .filter(|binding| is_wide_deny(binding))
            .map(|binding| format!("new: {binding}")),
    );
    (!details.is_empty()).then(|| Guard {
        code: GuardCode::Lockout,
        message: "the plan could lock administrators or everyone out".to_owned(),
        details,
        flag: "--allow-lockout".to_owned(),
        overridden: s.settings.allow_lockout,
    })
}

/// A DENY for `User:*` on the cluster, on `*`, or on topics of the brokers themselves.
fn is_wide_deny(binding: &Binding) -> bool {
    let name = binding.resource_name.as_str();
    binding.permission_type == PermissionType::Deny
        && binding.principal.is_everyone()
        && (binding.resource_type == ResourceType::Cluster
            || match binding.pattern_type {
                PatternType::Literal => {
                    name == WILDCARD || is_internal(binding, |topic| topic == name)
                }
                _ => is_internal(binding, |topic| topic.starts_with(name)),
            })
}

fn is_internal(binding: &Binding, matches: impl Fn(&str) -> bool) -> bool {
    binding.resource_type == ResourceType::Topic && INTERNAL_TOPICS.into_iter().any(matches)
}

fn max_deletes(s: &Situation<'_>) -> Option<Guard> {
    let count = s.plan.delete.len();
    let default = (s.plan.in_scope / 4).clamp(10, 100);
    let most = s.settings.max_deletes.unwrap_or(default);
    // An explicit limit that suffices is silent; one that does not cannot be overridden but by a higher one.
    (count > most).then(|| Guard {
        code: GuardCode::MaxDeletes,
        message: match s.settings.max_deletes {
            Some(most) => {
                let bindings = if count == 1 { "binding" } else { "bindings" };
                format!("the plan deletes {count} {bindings}, `--max-deletes` allows {most}")
            }
            None => format!(
                "the plan deletes {count} of the {} bindings in scope, {most} are allowed without being asked for",
                s.plan.in_scope
            ),
        },
        details: Vec::new(),
        flag: format!("--max-deletes {count}"),
        overridden: false,
    })
}

fn empty(s: &Situation<'_>) -> Option<Guard> {
    let mut details = Vec::new();
    for document in &s.desired.documents {
        let Some(scope) = &document.scope else { continue };
        let deletes = s.plan.delete.iter().filter(|binding| scope.covers(binding)).count();
        let wants = || s.desired.binding_set().any(|binding| scope.covers(binding));
        if deletes > 0 && !wants() {
            details.push(format!(
                "the scope of {} wants no binding at all: {deletes} would be deleted",
                visible(&document.file)
            ));
        }
    }
    (!details.is_empty()).then(|| Guard {
        code: GuardCode::Empty,
        message: "the desired state of a scope is empty".to_owned(),
        details,
        flag: "--allow-empty".to_owned(),
        overridden: s.settings.allow_empty,
    })
}

fn open_default(s: &Situation<'_>) -> Option<Guard> {
    if !s.assumptions.allow_everyone_if_no_acl_found {
        return None;
    }
    let before = Closed::new(s.live);
    let after = Closed::new(s.after);
    let patterns = |bindings: &[Binding]| -> BTreeSet<ResourcePattern> {
        bindings.iter().map(Binding::pattern).collect()
    };
    let closes = patterns(&s.plan.create)
        .into_iter()
        .filter(|pattern| !before.covers(pattern))
        .map(|pattern| format!("{pattern} gets its first binding and closes to everyone else"));
    let opens = patterns(&s.plan.delete)
        .into_iter()
        .filter(|pattern| !after.covers(pattern))
        .map(|pattern| format!("{pattern} is left without any binding and opens to everyone"));
    let details: Vec<String> = closes.chain(opens).collect();
    (!details.is_empty()).then(|| Guard {
        code: GuardCode::OpenDefault,
        message: "the default rule lets everyone in where no ACL is found, and this changes where that is"
            .to_owned(),
        details,
        flag: "--allow-open-default".to_owned(),
        overridden: s.settings.allow_open_default,
    })
}

/// The resources that some binding speaks of: closed under an open default rule.
struct Closed<'a> {
    names: HashMap<(ResourceType, PatternType), BTreeSet<&'a str>>,
}

impl<'a> Closed<'a> {
    fn new(bindings: &'a [Binding]) -> Self {
        let mut names: HashMap<_, BTreeSet<&str>> = HashMap::new();
        for binding in bindings {
            names
                .entry((binding.resource_type, binding.pattern_type))
                .or_default()
                .insert(&binding.resource_name);
        }
        Self { names }
    }

    /// Whether every resource of `pattern` has a binding.
    fn covers(&self, pattern: &ResourcePattern) -> bool {
        let has = |kind, name: &str| {
            self.names.get(&(pattern.resource_type, kind)).is_some_and(|names| names.contains(name))
        };
        let name = pattern.name.as_str();
        let literal = pattern.pattern_type == PatternType::Literal;
        has(PatternType::Literal, WILDCARD)
            || (literal && has(PatternType::Literal, name))
            || (!(literal && name == WILDCARD)
                && name
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([name.len()])
                    .any(|end| has(PatternType::Prefixed, &name[..end])))
    }
}
