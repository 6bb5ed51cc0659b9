//! Bindings that do nothing, do too much, or do not do what they seem to.
//!
//! What is called redundant or shadowed is proven: without all of those bindings at once every
//! decision is the same, that on idempotent writes included.

mod checks;
mod codes;
mod entries;
mod ignores;
mod owners;
mod proof;

pub use checks::{endangers_brokers, mistaken_patterns};
pub use codes::{Code, Severity};
pub use ignores::silence;

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::authorizer::Assumptions;
use super::desired::{Desired, Place};
use crate::model::{Binding, Name, Principal};

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Where, in files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Location>,
    /// What is found fault with; of files, all bindings of one rule together.
    pub bindings: Vec<Binding>,
    /// Why: one line without a final period, made safe to show.
    pub reason: String,
    /// What to do.
    pub fix: String,
    /// The bindings that prove it.
    pub evidence: Vec<Evidence>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// As the user named it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// The line on which the rule begins.
    #[serde(skip)]
    pub rule_line: Option<u32>,
}

/// Another binding that has to do with a finding, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The binding.
    pub binding: Binding,
    /// Where, in files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Location>,
}

/// What lint may know besides the bindings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The topics of the cluster, sorted; `None`: not asked.
    pub topics: Option<&'a [Name]>,
    /// The principals that can authenticate, sorted; `None`: not asked, or not only such can.
    pub users: Option<&'a [Principal]>,
}

/// Looks at the bindings of a cluster.
pub fn lint_bindings(
    bindings: &[Binding],
    assumptions: &Assumptions,
    surroundings: &Surroundings<'_>,
) -> Vec<Finding> {
    let mut all: Vec<&Binding> = bindings.iter().collect();
    all.sort_unstable();
    all.dedup();
    let subject = Subject { all, desired: None };
    subject.lint(assumptions, surroundings)
}

/// Looks at files.
pub fn lint_files(
    desired: &Desired,
    assumptions: &Assumptions,
    surroundings: &Surroundings<'_>,
) -> Vec<Finding> {
    let subject = Subject { all: desired.binding_set().collect(), desired: Some(desired) };
    subject.lint(assumptions, surroundings)
}

/// Leaves out the findings that are allowed, and makes errors of those that are denied.
pub fn judge(findings: Vec<Finding>, deny: &[Code], allow: &[Code]) -> Vec<Finding> {
    findings
        .into_iter()
        .filter(|finding| !allow.contains(&finding.code))
        .map(|finding| {
            let denied = deny.contains(&finding.code);
            Finding { severity: if denied { Severity::Error } else { finding.severity }, ..finding }
        })
        .collect()
}

/// What is looked at.
struct Subject<'a> {
    /// Sorted, each once.
    all: Vec<&'a Binding>,
    desired: Option<&'a Desired>,
}

/// A fault of one binding, before those of one rule are put together.
struct Fault<'a> {
    code: Code,
    severity: Severity,
    binding: &'a Binding,
    reason: String,
    fix: String,
    evidence: Vec<&'a Binding>,
    /// In files: where, if not where the binding stands first.
    place: Option<Place>,
}

/// The fix of what does nothing.
const DROP: &str = "drop it";

impl<'a> Subject<'a> {
    fn lint(&self, assumptions: &Assumptions, surroundings: &Surroundings<'_>) -> Vec<Finding> {
        let mut faults = Vec::new();
        checks::check(self, assumptions, surroundings, &mut faults);
        let mut needless = Vec::new();
        proof::check(self, assumptions, &mut needless);
        faults.extend(entries::settle(self, needless));
        let mut findings = self.together(faults);
        if let Some(desired) = self.desired {
            owners::check(self, desired, &mut findings);
        }
        findings.sort_by(|a, b| {
            (&a.place, a.severity, a.code, &a.bindings).cmp(&(
                &b.place,
                b.severity,
                b.code,
                &b.bindings,
            ))
        });
        findings
    }

    fn places(&self, binding: &Binding) -> &'a [Place] {
        self.desired.and_then(|desired| desired.bindings.get(binding)).map_or(&[], Vec::as_slice)
    }

    fn location(&self, place: Place) -> Option<Location> {
        let document = self.desired?.documents.get(place.document as usize)?;
        let rule = place.rule.and_then(|rule| document.rules.get(rule as usize));
        Some(Location {
            file: document.file.to_string(),
            line: place.line,
            column: place.column,
            rule_line: rule.map(|rule| rule.line),
        })
    }

    /// Where a binding is written first.
    fn first_location(&self, binding: &Binding) -> Option<Location> {
        self.places(binding).first().and_then(|place| self.location(*place))
    }

    fn evidence(&self, bindings: &[&Binding]) -> Vec<Evidence> {
        let evidence = |binding: &&Binding| Evidence {
            binding: (*binding).clone(),
            place: self.first_location(binding),
        };
        bindings.iter().map(evidence).collect()
    }

    /// One finding for the faults of one kind and fix at one place, with the reason of the first.
    fn together(&self, faults: Vec<Fault<'a>>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::with_capacity(faults.len());
        // Of each, how many have a reason of their own.
        let mut differ: Vec<usize> = Vec::new();
        let mut known: BTreeMap<(Code, Severity, Location, String), usize> = BTreeMap::new();
        for fault in faults {
            let place = fault.place.or_else(|| self.places(fault.binding).first().copied());
            let place = place.and_then(|place| self.location(place));
            let key =
                place.clone().map(|place| (fault.code, fault.severity, place, fault.fix.clone()));
            let evidence = self.evidence(&fault.evidence);
            if let Some(at) = key.as_ref().and_then(|key| known.get(key)) {
                let finding = &mut findings[*at];
                finding.bindings.push(fault.binding.clone());
                differ[*at] += usize::from(finding.reason != fault.reason);
                finding.evidence.extend(evidence);
                continue;
            }
            if let Some(key) = key {
                known.insert(key, findings.len());
            }
            differ.push(0);
            findings.push(Finding {
                code: fault.code,
                severity: fault.severity,
                place,
                bindings: vec![fault.binding.clone()],
                reason: fault.reason,
                fix: fault.fix,
                evidence,
            });
        }
        for (finding, others) in findings.iter_mut().zip(differ) {
            let mut known = HashSet::new();
            finding.evidence.retain(|one| known.insert(one.binding.clone()));
            if others > 0 {
                let acls = if others == 1 { "ACL" } else { "ACLs" };
                finding.reason =
                    format!("{}, and so it is with {others} more {acls} here", finding.reason);
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests;
