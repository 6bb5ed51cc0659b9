//! What files show together: rules that repeat others, and scopes that overlap.

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Evidence, Finding, Severity, Subject};
use crate::acl::desired::{
    Desired, Document, NameScope, Place, PrincipalPattern, ResourceScope, Selector,
};
use crate::model::{Binding, ResourceType, visible};

/// A rule: document and index.
type Rule = (u32, u32);

pub(super) fn check(subject: &Subject<'_>, desired: &Desired, findings: &mut Vec<Finding>) {
    duplicates(subject, desired, findings);
    overlaps(subject, desired, findings);
}

/// Rules all of whose bindings other rules have; of several that repeat each other the first stays.
fn duplicates(subject: &Subject<'_>, desired: &Desired, findings: &mut Vec<Finding>) {
    let mut rules: BTreeMap<Rule, Vec<&Binding>> = BTreeMap::new();
    let mut wanted: BTreeMap<&Binding, BTreeSet<Rule>> = BTreeMap::new();
    for (binding, places) in &desired.bindings {
        for rule in places.iter().filter_map(rule_of) {
            if wanted.entry(binding).or_default().insert(rule) {
                rules.entry(rule).or_default().push(binding);
            }
        }
    }
    for (rule, bindings) in rules.iter().rev() {
        let others = |binding: &&Binding| -> Vec<Rule> {
            wanted[binding].iter().copied().filter(|other| other != rule).collect()
        };
        if bindings.iter().any(|binding| others(binding).is_empty()) {
            continue;
        }
        let owner = |rule: &Rule| desired.documents.get(rule.0 as usize)?.owner.as_deref();
        let ours =
            |binding: &&Binding| others(binding).iter().any(|other| owner(other) == owner(rule));
        let same_owner = bindings.iter().all(ours);
        let first = others(&bindings[0])[0];
        let other_place = place_of(desired, first).map(|place| desired.place(place));
        if same_owner {
            for binding in bindings {
                wanted.entry(binding).or_default().remove(rule);
            }
        }
        findings.push(Finding {
            code: if same_owner { Code::Duplicate } else { Code::CoveredByOtherOwner },
            severity: if same_owner { Severity::Warning } else { Severity::Info },
            place: place_of(desired, *rule).and_then(|place| subject.location(place)),
            bindings: bindings.iter().map(|binding| (*binding).clone()).collect(),
            reason: format!(
                "every binding of this rule is also one of the rule at {}",
                visible(&other_place.unwrap_or_default())
            ),
            fix: if same_owner { "drop one of the two" } else { "agree who keeps it" }.to_owned(),
            evidence: Vec::new(),
        });
    }
}

fn rule_of(place: &Place) -> Option<Rule> {
    Some((place.document, place.rule?))
}

fn place_of(desired: &Desired, rule: Rule) -> Option<Place> {
    desired.documents.get(rule.0 as usize)?.rules.get(rule.1 as usize).copied()
}

/// Two owners' documents that both claim some binding.
fn overlaps(subject: &Subject<'_>, desired: &Desired, findings: &mut Vec<Finding>) {
    let owned: Vec<(&Document, &str, &Selector)> = desired
        .documents
        .iter()
        .filter_map(|document| {
            Some((document, document.owner.as_deref()?, document.scope.as_ref()?))
        })
        .collect();
    let mut said: BTreeSet<(&str, &str, &str, &str)> = BTreeSet::new();
    for (at, (document, owner, scope)) in owned.iter().enumerate() {
        for (other_document, other_owner, other_scope) in &owned[..at] {
            let pair = (*owner, *other_owner, &*document.file, &*other_document.file);
            if owner == other_owner || !overlap(scope, other_scope) || !said.insert(pair) {
                continue;
            }
            let both = |binding: &&Binding| scope.covers(binding) && other_scope.covers(binding);
            let contested: Vec<&Binding> = desired.binding_set().filter(both).take(10).collect();
            let place = document.rules.first().and_then(|rule| subject.location(*rule));
            findings.push(Finding {
                code: Code::ScopeOverlap,
                severity: Severity::Warning,
                place,
                bindings: Vec::new(),
                reason: format!(
                    "the scopes of {} ({}) and {} ({}) overlap: each may delete what the other wants",
                    visible(owner),
                    visible(&document.file),
                    visible(other_owner),
                    visible(&other_document.file)
                ),
                fix: "let each principal or resource be in the scope of one owner".to_owned(),
                evidence: contested
                    .into_iter()
                    .map(|binding| Evidence {
                        binding: binding.clone(),
                        place: subject.first_location(binding),
                    })
                    .collect(),
            });
        }
    }
}

/// Whether some binding can be in both.
fn overlap(a: &Selector, b: &Selector) -> bool {
    let principals = a.principals.is_empty()
        || b.principals.is_empty()
        || a.principals.iter().any(|a| b.principals.iter().any(|b| principals_meet(a, b)));
    let resources = a.resources.is_empty()
        || b.resources.is_empty()
        || a.resources.iter().any(|a| b.resources.iter().any(|b| resources_meet(a, b)));
    principals && resources
}

fn principals_meet(a: &PrincipalPattern, b: &PrincipalPattern) -> bool {
    use PrincipalPattern::{Exact, Prefix};
    match (a, b) {
        (Exact(a), Exact(b)) => a == b,
        (Exact(exact), Prefix(prefix)) | (Prefix(prefix), Exact(exact)) => {
            exact.starts_with(prefix.as_str())
        }
        (Prefix(a), Prefix(b)) => a.starts_with(b.as_str()) || b.starts_with(a.as_str()),
    }
}

fn resources_meet(a: &ResourceScope, b: &ResourceScope) -> bool {
    use NameScope::{All, Literal, Prefix};
    a.resource_type == b.resource_type
        && (a.resource_type == ResourceType::Cluster
            || match (&a.names, &b.names) {
                (All, _) | (_, All) => true,
                (Literal(a), Literal(b)) => a == b,
                (Literal(literal), Prefix(prefix)) | (Prefix(prefix), Literal(literal)) => {
                    literal.starts_with(prefix.as_str())
                }
                (Prefix(a), Prefix(b)) => a.starts_with(b.as_str()) || b.starts_with(a.as_str()),
            })
}
