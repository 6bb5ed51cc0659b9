//! The order of writes: under deny-by-default every moment in between grants at least what both
//! ends grant and nothing that neither end grants.

use crate::model::{Binding, Operation, PermissionType, ResourceType};

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
    /// With which bindings, sorted; those last that let ACLs be altered.
    pub bindings: Vec<&'a Binding>,
}

/// The phases of `plan` that have anything to do, in order.
///
/// What is deleted of the cluster goes last, and of that the right to alter ACLs: it may be the one by which the
/// rest is deleted.
///
/// `open_default` (`allow.everyone.if.no.acl.found`): the first binding of a resource closes it to
/// everyone else, so the ALLOWs come before the DENYs.
pub fn phases(plan: &Plan, open_default: bool) -> Vec<Phase<'_>> {
    let creates = if open_default {
        [Step::CreateAllow, Step::CreateDeny]
    } else {
        [Step::CreateDeny, Step::CreateAllow]
    };
    let of_cluster = |binding: &Binding| binding.resource_type == ResourceType::Cluster;
    let create = |step| (step, plan.create.iter().collect::<Vec<_>>());
    let delete = |step, cluster| {
        (step, plan.delete.iter().filter(|binding| of_cluster(binding) == cluster).collect())
    };
    creates
        .into_iter()
        .map(create)
        .chain([
            delete(Step::DeleteAllow, false),
            delete(Step::DeleteDeny, false),
            delete(Step::DeleteAllow, true),
            delete(Step::DeleteDeny, true),
        ])
        .map(|(step, mut bindings)| {
            let denies = matches!(step, Step::CreateDeny | Step::DeleteDeny);
            bindings.retain(|binding| (binding.permission_type == PermissionType::Deny) == denies);
            bindings.sort_by_key(|binding| of_cluster(binding) && alters(binding.operation));
            Phase { step, bindings }
        })
        .filter(|phase| !phase.bindings.is_empty())
        .collect()
}

fn alters(operation: Operation) -> bool {
    matches!(operation, Operation::Alter | Operation::All)
}
