//! The order of writes: under deny-by-default every moment in between grants at least what both
//! ends grant and nothing that neither end grants.

use crate::model::{Binding, PermissionType};

use super::Plan;

/// What a phase does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Create DENY bindings.
    CreateDeny,
    /// Create ALLOW bindings.
    CreateAllow,
    /// Delete ALLOW bindings.
    DeleteAllow,
    /// Delete DENY bindings.
    DeleteDeny,
}

impl Step {
    /// Whether bindings come into being.
    pub const fn creates(self) -> bool {
        matches!(self, Step::CreateDeny | Step::CreateAllow)
    }

    /// `create DENY`, for messages.
    pub const fn describe(self) -> &'static str {
        match self {
            Step::CreateDeny => "creating the DENY bindings",
            Step::CreateAllow => "creating the ALLOW bindings",
            Step::DeleteAllow => "deleting the ALLOW bindings",
            Step::DeleteDeny => "deleting the DENY bindings",
        }
    }
}

/// One phase: it begins only when every item of the one before succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase<'a> {
    /// What it does.
    pub step: Step,
    /// With which bindings, sorted.
    pub bindings: Vec<&'a Binding>,
}

/// The phases of `plan` that have anything to do, in order.
///
/// `open_default` (`allow.everyone.if.no.acl.found`): the first binding of a resource closes it to
/// everyone else, so the ALLOWs come before the DENYs.
pub fn phases(plan: &Plan, open_default: bool) -> Vec<Phase<'_>> {
    let order = if open_default {
        [Step::CreateAllow, Step::CreateDeny, Step::DeleteAllow, Step::DeleteDeny]
    } else {
        [Step::CreateDeny, Step::CreateAllow, Step::DeleteAllow, Step::DeleteDeny]
    };
    order
        .into_iter()
        .map(|step| {
            let source = if step.creates() { &plan.create } else { &plan.delete };
            let denies = matches!(step, Step::CreateDeny | Step::DeleteDeny);
            let bindings = source
                .iter()
                .filter(|binding| (binding.permission_type == PermissionType::Deny) == denies)
                .collect();
            Phase { step, bindings }
        })
        .filter(|phase| !phase.bindings.is_empty())
        .collect()
}
