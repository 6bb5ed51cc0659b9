//! The specification: Kafka's rules as a loop over all bindings. Compare it with
//! `StandardAuthorizerData.findAclRule` and with `Authorizer.authorizeByResourceType`.
//! It asks one question of 100,000 bindings in about a millisecond.

use super::rules::{covers_name, matches, rank};
use super::{Assumptions, Decision, Reason, Request, any_topic};
use crate::model::{Binding, Operation, PermissionType, ResourceType};

/// What a broker decides when a client needs what `request` says: [`authorize`], and for
/// IDEMPOTENT_WRITE on the cluster also WRITE on any topic (KIP-679).
pub fn decide<'a, I>(bindings: I, assumptions: &Assumptions, request: &Request<'_>) -> Decision<'a>
where
    I: IntoIterator<Item = &'a Binding> + Clone,
{
    let decision = authorize(bindings.clone(), assumptions, request);
    if decision.allowed || !request.is_idempotent_write() {
        return decision;
    }
    let (write, topic) = (Operation::Write, ResourceType::Topic);
    let any = authorize_by_resource_type(bindings, assumptions, request, write, topic);
    if any.allowed { Decision { any_topic: true, ..any } } else { decision }
}

/// `StandardAuthorizer.authorize`.
pub fn authorize<'a, I>(
    bindings: I,
    assumptions: &Assumptions,
    request: &Request<'_>,
) -> Decision<'a>
where
    I: IntoIterator<Item = &'a Binding>,
{
    if assumptions.is_super_user(request.principal) {
        return Decision::new(Reason::SuperUser);
    }
    let (mut allow, mut deny, mut resource_has_acl) = (None, None, false);
    for binding in bindings {
        if binding.resource_type != request.resource_type || !covers_name(binding, request.name) {
            continue;
        }
        // Whoever and whatever it speaks of: it takes the resource out of the default rule.
        resource_has_acl = true;
        if !matches(binding, request, assumptions.cidr) {
            continue;
        }
        let best: &mut Option<&Binding> = match binding.permission_type {
            PermissionType::Deny => &mut deny,
            PermissionType::Allow => &mut allow,
            PermissionType::Unknown(_) => continue,
        };
        *best = best.iter().copied().chain([binding]).min_by_key(|binding| rank(binding, request));
    }
    Decision::new(match (deny, allow) {
        (Some(deny), _) => Reason::Deny(deny),
        (None, Some(allow)) => Reason::Allow(allow),
        (None, None) if !resource_has_acl && assumptions.allow_everyone_if_no_acl_found => {
            Reason::DefaultRule
        }
        (None, None) => Reason::NoMatch,
    })
}

/// `Authorizer.authorizeByResourceType`: whether `request.principal` may do `operation` on at
/// least one resource of the type. Kafka asks it for WRITE on topics only.
pub fn authorize_by_resource_type<'a, I>(
    bindings: I,
    assumptions: &Assumptions,
    request: &Request<'_>,
    operation: Operation,
    resource_type: ResourceType,
) -> Decision<'a>
where
    I: IntoIterator<Item = &'a Binding> + Clone,
{
    let trial = Request { operation, resource_type, name: any_topic::TRIAL_NAME, ..*request };
    let decision = authorize(bindings.clone(), assumptions, &trial);
    if decision.allowed {
        return decision;
    }
    let relevant = bindings.into_iter().filter(|binding| {
        binding.resource_type == resource_type
            && any_topic::takes_part(binding, request, operation, assumptions.cidr)
    });
    Decision::new(any_topic::undominated(relevant))
}
