//! The authorizer that runs: [`reference`](super::reference), by index.

use std::sync::OnceLock;

use super::patterns::{Patterns, is_range};
use super::rules::{host_matches, host_rank};
use super::{Assumptions, Decision, Reason, Request, any_topic};
use crate::model::{Binding, Operation, PermissionType, Principal, ResourceType, WILDCARD};

/// Bindings arranged to answer many questions. A single one is answered sooner by
/// [`reference::decide`](super::reference::decide).
#[derive(Debug)]
pub struct Authorizer<'a> {
    pub(super) patterns: Patterns<'a>,
    pub(super) assumptions: Assumptions,
    /// The bindings of topics that speak of WRITE, by principal; arranged when first asked for.
    topic_writers: OnceLock<Vec<&'a Binding>>,
}

impl<'a> Authorizer<'a> {
    /// Arranges the bindings. The same binding twice is one.
    pub fn new(bindings: impl IntoIterator<Item = &'a Binding>, assumptions: &Assumptions) -> Self {
        Self {
            patterns: Patterns::new(bindings),
            assumptions: assumptions.clone(),
            topic_writers: OnceLock::new(),
        }
    }

    /// What was assumed of the broker's settings.
    pub fn assumptions(&self) -> &Assumptions {
        &self.assumptions
    }

    /// What a broker decides when a client needs what `request` says: [`Self::authorize`], and for
    /// IDEMPOTENT_WRITE on the cluster also WRITE on any topic (KIP-679).
    pub fn decide(&self, request: &Request<'_>) -> Decision<'a> {
        let decision = self.authorize(request);
        if decision.allowed || !request.is_idempotent_write() {
            return decision;
        }
        let any = self.authorize_any_topic(request);
        if any.allowed { Decision { any_topic: true, ..any } } else { decision }
    }

    /// `StandardAuthorizer.authorize`.
    pub fn authorize(&self, request: &Request<'_>) -> Decision<'a> {
        if self.assumptions.is_super_user(request.principal) {
            return Decision::new(Reason::SuperUser);
        }
        let everyone = Principal::EVERYONE;
        let principals = [Some(request.principal), Some(everyone)];
        let principals = if request.principal == everyone { &principals[1..] } else { &principals };
        let (mut allow, mut resource_has_acl) = (None, false);
        for bindings in self.patterns.of_name(request.resource_type, request.name) {
            resource_has_acl = true;
            for principal in principals.iter().flatten() {
                let own = of_principal(bindings, principal);
                if let Some(deny) = self.best(own, PermissionType::Deny, request) {
                    return Decision::new(Reason::Deny(deny));
                }
                if allow.is_none() {
                    allow = self.best(own, PermissionType::Allow, request);
                }
            }
        }
        Decision::new(match allow {
            Some(allow) => Reason::Allow(allow),
            None if !resource_has_acl && self.assumptions.allow_everyone_if_no_acl_found => {
                Reason::DefaultRule
            }
            None => Reason::NoMatch,
        })
    }

    /// `Authorizer.authorizeByResourceType` for WRITE on topics, the only question of this kind
    /// that Kafka asks.
    pub fn authorize_any_topic(&self, request: &Request<'_>) -> Decision<'a> {
        let (operation, resource_type) = (Operation::Write, ResourceType::Topic);
        let trial = Request { operation, resource_type, name: any_topic::TRIAL_NAME, ..*request };
        let decision = self.authorize(&trial);
        if decision.allowed {
            return decision;
        }
        let mut relevant = self.topic_writers_of(request.principal);
        if request.principal != Principal::EVERYONE {
            relevant.extend(self.topic_writers_of(Principal::EVERYONE));
        }
        relevant.retain(|b| any_topic::takes_part(b, request, operation, self.assumptions.cidr));
        Decision::new(any_topic::undominated(relevant.into_iter()))
    }

    /// Every binding that takes part in [`Self::authorize`], the most specific pattern first.
    pub fn matching<'s>(
        &'s self,
        request: &'s Request<'_>,
    ) -> impl Iterator<Item = &'a Binding> + 's {
        let everyone = (request.principal != Principal::EVERYONE).then_some(Principal::EVERYONE);
        let principals = [Some(request.principal), everyone];
        self.patterns
            .of_name(request.resource_type, request.name)
            .flat_map(move |bindings| {
                principals.into_iter().flatten().flat_map(move |p| of_principal(bindings, p))
            })
            .copied()
            .filter(|binding| super::matches(binding, request, self.assumptions.cidr))
    }

    pub(super) fn topic_writers(&self) -> &[&'a Binding] {
        self.topic_writers.get_or_init(|| {
            let topics = self.patterns.of_type(ResourceType::Topic).iter().copied();
            let mut writers: Vec<&Binding> = topics
                .filter(|b| matches!(b.operation, Operation::Write | Operation::All))
                .collect();
            writers.sort_unstable_by(|a, b| a.principal.cmp(&b.principal));
            writers
        })
    }

    fn topic_writers_of(&self, principal: &str) -> Vec<&'a Binding> {
        of_principal(self.topic_writers(), principal).to_vec()
    }

    /// The binding of this permission, of those of one pattern and principal, that decides.
    fn best(
        &self,
        bindings: &[&'a Binding],
        permission: PermissionType,
        request: &Request<'_>,
    ) -> Option<&'a Binding> {
        let start = bindings.partition_point(|b| b.permission_type < permission);
        let end = bindings.partition_point(|b| b.permission_type <= permission);
        let bindings = &bindings[start..end];
        if bindings.is_empty() {
            return None;
        }
        let of = |operation| self.best_host(of_operation(bindings, operation), request.host);
        let implying = || {
            let operations = Operation::ALL.iter().copied();
            operations
                .filter(|operation| {
                    permission == PermissionType::Allow
                        && operation.implies().contains(&request.operation)
                })
                .filter_map(of)
                .min_by_key(|binding| (host_rank(&binding.host, request.host), *binding))
        };
        of(request.operation).or_else(implying).or_else(|| of(Operation::All))
    }

    /// Of bindings that differ by their host only: the exact one, a range, `*`.
    fn best_host(&self, bindings: &[&'a Binding], client: Option<&str>) -> Option<&'a Binding> {
        let (plain, ranges) = bindings.split_at(bindings.partition_point(|b| !is_range(&b.host)));
        let find = |bindings: &[&'a Binding], host: &str| {
            bindings.binary_search_by(|b| b.host.as_str().cmp(host)).ok().map(|at| bindings[at])
        };
        client
            .and_then(|client| find(plain, client).or_else(|| find(ranges, client)))
            .or_else(|| {
                let cidr = self.assumptions.cidr && client.is_some();
                let mut ranges = ranges.iter().filter(|_| cidr);
                ranges.find(|b| host_matches(&b.host, client, true)).copied()
            })
            .or_else(|| find(plain, WILDCARD))
    }
}

fn of_operation<'s, 'a>(bindings: &'s [&'a Binding], operation: Operation) -> &'s [&'a Binding] {
    let start = bindings.partition_point(|b| b.operation < operation);
    let end = bindings.partition_point(|b| b.operation <= operation);
    &bindings[start..end]
}

/// Those of one principal, of bindings that are sorted by it.
pub(super) fn of_principal<'s, 'a>(
    bindings: &'s [&'a Binding],
    principal: &str,
) -> &'s [&'a Binding] {
    let start = bindings.partition_point(|b| b.principal.as_str() < principal);
    let end = start + bindings[start..].partition_point(|b| b.principal.as_str() <= principal);
    &bindings[start..end]
}
