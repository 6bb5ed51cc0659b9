//! The plan: what would have to be created and deleted so that the live bindings are the desired
//! ones, and what that does to access. A value: computed here, executed elsewhere, unchanged.

mod assess;
mod guards;
mod phases;
mod saved;

use std::collections::HashSet;

use crate::acl::desired::Desired;
use crate::acl::file::ScopeIndex;
use crate::model::{Binding, Principal};

pub use assess::{Assessment, TestOutcome, assess};
pub use guards::{Guard, GuardCode, GuardSettings, may_alter};
pub use phases::{Phase, Step, phases};
pub use saved::{FORMAT, Parts, SavedPlan, SavedPlanError, digest_of};

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `--prune`: delete what is extra.
    pub prune: bool,
    /// `--principal`: only this principal's bindings.
    pub principal: Option<Principal>,
}

/// The difference between the desired and the live bindings. Every list is sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Desired and not live.
    pub create: Vec<Binding>,
    /// In scope, not desired, and to be deleted because of `--prune`.
    pub delete: Vec<Binding>,
    /// In scope and not desired, kept because `--prune` was not given.
    pub extra: Vec<Binding>,
    /// Desired and live.
    pub unchanged: usize,
    /// Live, not desired, out of every scope.
    pub not_managed: usize,
    /// Live, not desired, and never deleted: protected or of an unknown kind.
    pub protected: usize,
    /// Live with a type, an operation, a pattern or a permission that this version does not know.
    pub unknown: usize,
    /// Live bindings that lie in some scope: what the default of `--max-deletes` is a quarter of.
    pub in_scope: usize,
    /// Only this principal's bindings were looked at.
    pub principal: Option<Principal>,
}

impl Plan {
    /// Nothing to create, nothing to delete, nothing extra.
    pub fn in_sync(&self) -> bool {
        self.create.is_empty() && self.delete.is_empty() && self.extra.is_empty()
    }

    /// Whether applying it writes nothing.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.delete.is_empty()
    }

    /// The live bindings as they are when everything has been carried out, sorted.
    pub fn applied_to(&self, live: &[Binding]) -> Vec<Binding> {
        let gone: HashSet<&Binding> = self.delete.iter().collect();
        let mut after: Vec<Binding> =
            live.iter().filter(|binding| !gone.contains(binding)).cloned().collect();
        after.extend(self.create.iter().cloned());
        after.sort_unstable();
        after.dedup();
        after
    }
}

/// Compares `desired` with `live`. Order and repetition of `live` play no part.
pub fn plan(desired: &Desired, live: &[Binding], options: &Options) -> Plan {
    let wanted = |binding: &Binding| {
        options.principal.as_ref().is_none_or(|principal| binding.principal == *principal)
    };
    let mut sorted: Vec<&Binding> = live.iter().filter(|binding| wanted(binding)).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let scopes: Vec<ScopeIndex> =
        desired.documents.iter().filter_map(|d| d.scope.as_ref()).map(ScopeIndex::new).collect();
    let protect: Vec<ScopeIndex> = desired.protect.iter().map(ScopeIndex::new).collect();
    let mut plan = Plan { principal: options.principal.clone(), ..Plan::default() };
    let mut surplus = Vec::new();
    let mut desired_bindings = desired.binding_set().filter(|binding| wanted(binding)).peekable();
    // Most often the scope that has one binding has the next one too.
    let mut last = 0;
    // Both sides are sorted: one walk over the two finds what is on one side only.
    for binding in sorted {
        while let Some(missing) = desired_bindings.next_if(|next| *next < binding) {
            plan.create.push(missing.clone());
        }
        let covers = |at: usize| scopes.get(at).is_some_and(|scope| scope.covers(binding));
        let in_scope =
            covers(last) || (0..scopes.len()).find(|at| covers(*at)).map(|at| last = at).is_some();
        plan.in_scope += usize::from(in_scope);
        plan.unknown += usize::from(!binding.is_known());
        if desired_bindings.next_if(|next| *next == binding).is_some() {
            plan.unchanged += 1;
        } else if !binding.is_known() || protect.iter().any(|entry| entry.covers(binding)) {
            // Protected by the files, or of a kind that this version does not know: never deleted.
            plan.protected += 1;
        } else if in_scope {
            surplus.push(binding.clone());
        } else {
            plan.not_managed += 1;
        }
    }
    plan.create.extend(desired_bindings.cloned());
    if options.prune {
        plan.delete = surplus;
    } else {
        plan.extra = surplus;
    }
    plan
}

/// The principals that have bindings in `live` and none once `plan` has been carried out, sorted.
pub fn principals_that_lose_all(plan: &Plan, live: &[Binding]) -> Vec<Principal> {
    if plan.delete.is_empty() {
        return Vec::new();
    }
    let mut losing: Vec<&Principal> =
        plan.delete.iter().map(|binding| &binding.principal).collect();
    losing.sort_unstable();
    losing.dedup();
    let gone: HashSet<&Binding> = plan.delete.iter().collect();
    let kept: HashSet<&Principal> = live
        .iter()
        .filter(|binding| !gone.contains(binding))
        .chain(&plan.create)
        .map(|binding| &binding.principal)
        .collect();
    losing.into_iter().filter(|principal| !kept.contains(principal)).cloned().collect()
}

#[cfg(test)]
mod tests;
