//! Bindings without which every decision is the same: redundant, and shadowed by a DENY.
//!
//! One binding after the other is taken out, the narrow before the wide, where each region and part
//! that it covers stays as it is: another ALLOW gives the operation or a DENY takes it, and for a
//! DENY another DENY takes it. So all that are found can go together.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;

use super::{Code, Fault, Severity, Subject};
use crate::acl::access::{Cell, Grid, Regions, relevant};
use crate::acl::authorizer::{Assumptions, Authorizer, HostParts, OperationSet, Patterns, Request};
use crate::acl::desired::Place;
use crate::model::{
    Binding, CLUSTER_NAME, Operation, PermissionType, Principal, ResourceType, visible,
};

pub(super) fn check<'a>(
    subject: &Subject<'a>,
    assumptions: &Assumptions,
    faults: &mut Vec<Fault<'a>>,
) {
    let proof = Proof { subject, assumptions, authorizer: OnceCell::new() };
    let (everyone, named): (Vec<&Binding>, Vec<&Binding>) =
        subject.all.iter().copied().partition(|binding| binding.principal.is_everyone());
    let mut gone = BTreeSet::new();
    for resource_type in ResourceType::ALL.iter().copied() {
        let own = of_type(&everyone, resource_type);
        gone.extend(Scene::new(&proof, resource_type, &own, &[]).check(faults));
    }
    let everyone = Patterns::new(everyone.into_iter().filter(|binding| !gone.contains(binding)));
    for own in named.chunk_by(|a, b| a.principal == b.principal) {
        if own.first().is_some_and(|first| assumptions.is_super_user(&first.principal)) {
            continue;
        }
        for resource_type in ResourceType::ALL.iter().copied() {
            let own = of_type(own, resource_type);
            if !own.is_empty() {
                let near = relevant(&everyone, resource_type, own.iter());
                Scene::new(&proof, resource_type, &own, &near).check(faults);
            }
        }
    }
}

fn of_type<'a>(bindings: &[&'a Binding], resource_type: ResourceType) -> Vec<&'a Binding> {
    bindings.iter().copied().filter(|binding| binding.resource_type == resource_type).collect()
}

struct Proof<'s, 'a> {
    subject: &'s Subject<'a>,
    assumptions: &'s Assumptions,
    authorizer: OnceCell<Authorizer<'a>>,
}

impl Proof<'_, '_> {
    /// WRITE on a topic lets the principal write idempotently whatever the cluster's bindings say.
    fn writes_any_topic(&self, principal: &str, client: Option<&str>) -> bool {
        let authorizer = self
            .authorizer
            .get_or_init(|| Authorizer::new(self.subject.all.iter().copied(), self.assumptions));
        let request = Request {
            principal,
            host: client,
            operation: Operation::IdempotentWrite,
            resource_type: ResourceType::Cluster,
            name: CLUSTER_NAME,
        };
        authorizer.authorize_any_topic(&request).allowed
    }
}

/// How many bindings allow and deny each operation.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    allow: [u32; 16],
    deny: [u32; 16],
}

impl Counts {
    fn of(&mut self, permission: PermissionType) -> Option<&mut [u32; 16]> {
        match permission {
            PermissionType::Allow => Some(&mut self.allow),
            PermissionType::Deny => Some(&mut self.deny),
            PermissionType::Unknown(_) => None,
        }
    }

    fn forget(&mut self, binding: &Binding) {
        if let Some(counts) = self.of(binding.permission_type) {
            for operation in OperationSet::of_binding(binding).iter() {
                counts[index(operation)] = counts[index(operation)].saturating_sub(1);
            }
        }
    }
}

impl Cell for Counts {
    fn note(&mut self, binding: &Binding) {
        if let Some(counts) = self.of(binding.permission_type) {
            for operation in OperationSet::of_binding(binding).iter() {
                counts[index(operation)] += 1;
            }
        }
    }

    fn absorb(&mut self, wider: Self) {
        for (mine, wider) in self.allow.iter_mut().zip(wider.allow) {
            *mine += wider;
        }
        for (mine, wider) in self.deny.iter_mut().zip(wider.deny) {
            *mine += wider;
        }
    }
}

/// Codes are 2 to 15; others are in no set of operations.
fn index(operation: Operation) -> usize {
    usize::try_from(operation.code()).unwrap_or(0) & 15
}

/// Why a binding can go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Others say it.
    Covered,
    /// DENYs take all of it, whoever else allows it.
    Denied,
    /// DENYs take what no other says.
    PartlyDenied,
    /// It lets who writes to a topic write idempotently, which they can anyhow.
    AnyTopic,
}

/// The bindings of one principal and type, and those of everyone that touch them.
struct Scene<'s, 'a> {
    proof: &'s Proof<'s, 'a>,
    own: Vec<&'a Binding>,
    /// Of all, the bindings that stand for exactly one region and part.
    notes: BTreeMap<(usize, usize), Vec<&'a Binding>>,
    regions: Regions,
    hosts: HostParts,
    counts: Grid<Counts>,
}

impl<'s, 'a> Scene<'s, 'a> {
    fn new(
        proof: &'s Proof<'s, 'a>,
        resource_type: ResourceType,
        own: &[&'a Binding],
        everyone: &[&'a Binding],
    ) -> Self {
        // Counted, so each once.
        let mut everyone = everyone.to_vec();
        everyone.sort_unstable();
        everyone.dedup();
        let all = || own.iter().chain(&everyone).copied();
        let topics = own.first().filter(|_| resource_type == ResourceType::Cluster);
        let writers = topics.map(|first| writers(&proof.subject.all, &first.principal));
        let regions = Regions::new(resource_type, all());
        let hosts = all().chain(writers.into_iter().flatten()).map(|binding| &binding.host);
        let hosts = HostParts::new(hosts, proof.assumptions.cidr);
        let counts = Grid::new(all(), &regions, &hosts);
        let mut notes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for binding in all() {
            if let (Some(region), Some(part)) = (regions.of(binding), hosts.named(&binding.host)) {
                notes.entry((region, part)).or_default().push(binding);
            }
        }
        Self { proof, own: own.to_vec(), notes, regions, hosts, counts }
    }

    /// The bindings that can go, all together.
    fn check(mut self, faults: &mut Vec<Fault<'a>>) -> Vec<&'a Binding> {
        let mut gone: BTreeSet<&Binding> = BTreeSet::new();
        let mut candidates: Vec<(&Binding, usize, usize)> = self
            .own
            .iter()
            .filter(|binding| !OperationSet::of_binding(binding).is_empty())
            .filter_map(|b| Some((*b, self.regions.of(b)?, self.hosts.named(&b.host)?)))
            .collect();
        candidates.sort_by_key(|(binding, region, part)| {
            let depth = |from: usize| self.depth(from);
            let wide = OperationSet::of_binding(binding).iter().count();
            let all = binding.operation == Operation::All;
            (Reverse(depth(*region)), Reverse(*part), wide, all, *binding)
        });
        for (binding, region, part) in candidates {
            let beside = self.customary(binding, &gone);
            let count = u32::try_from(beside.len()).unwrap_or(u32::MAX);
            let Some(why) = self.can_go(binding, region, part, count) else {
                faults.extend(self.weakened(binding, region, part, &gone));
                continue;
            };
            let all = OperationSet::of_binding(binding);
            let coverers = self.coverers((binding, all), region, part, &gone, (why, &beside));
            let found = self.faults(binding, why, &coverers);
            if found.iter().all(|fault| fault.code != Code::CoveredByOtherOwner) {
                self.forget(binding, region, part);
                gone.insert(binding);
            }
            faults.extend(found);
        }
        gone.into_iter().collect()
    }

    fn depth(&self, region: usize) -> usize {
        successors(Some(region), |at| self.regions.all()[*at].parent).count()
    }

    /// The bindings beside a DESCRIBE that imply it and by custom do not make it redundant: READ, WRITE,
    /// DELETE and ALTER on the same resources, in files where one of them stands in the same rule.
    fn customary(&self, binding: &Binding, gone: &BTreeSet<&Binding>) -> Vec<Binding> {
        let rules = |binding: &Binding| -> BTreeSet<_> {
            let places = self.proof.subject.places(binding).iter();
            places.map(|place| (place.document, place.rule)).collect()
        };
        let implying: &[Operation] = match (binding.permission_type, binding.operation) {
            (PermissionType::Allow, Operation::Describe) => {
                &[Operation::Read, Operation::Write, Operation::Delete, Operation::Alter]
            }
            (PermissionType::Allow, Operation::DescribeConfigs) => &[Operation::AlterConfigs],
            _ => return Vec::new(),
        };
        let beside =
            implying.iter().map(|operation| Binding { operation: *operation, ..binding.clone() });
        let beside: Vec<Binding> = beside
            .filter(|beside| self.own.binary_search(&beside).is_ok() && !gone.contains(beside))
            .collect();
        let by_custom = self.proof.subject.desired.is_none()
            || beside.iter().any(|beside| !rules(binding).is_disjoint(&rules(beside)));
        if by_custom { beside } else { Vec::new() }
    }

    fn cells(&self, region: usize, part: usize) -> Vec<(usize, usize)> {
        let parts: Vec<usize> = self.hosts.inside(part).collect();
        let regions = self.regions.inside(region);
        regions.flat_map(|region| parts.iter().map(move |part| (region, *part))).collect()
    }

    fn can_go(&self, binding: &Binding, region: usize, part: usize, beside: u32) -> Option<Why> {
        let mut why = Why::Covered;
        let mut denied = binding.permission_type == PermissionType::Allow;
        for (region, part) in self.cells(region, part) {
            if !self.regions.is_inhabited(region) || !self.hosts.is_inhabited(part) {
                continue;
            }
            let counts = self.counts.at(region, part);
            for operation in OperationSet::of_binding(binding).iter() {
                let (allow, deny) = (counts.allow[index(operation)], counts.deny[index(operation)]);
                let said = match binding.permission_type {
                    PermissionType::Deny => deny >= 2,
                    _ => allow >= 2 + beside,
                };
                denied &= deny >= 1;
                if said {
                    continue;
                }
                why = if binding.permission_type == PermissionType::Allow && deny >= 1 {
                    Why::PartlyDenied
                } else if self.any_topic(binding, operation, part) {
                    Why::AnyTopic
                } else {
                    return None;
                };
            }
        }
        Some(if denied { Why::Denied } else { why })
    }

    /// Of an ALLOW whose own operation DENYs take everywhere, only what it implies is left.
    fn weakened(
        &self,
        binding: &'a Binding,
        region: usize,
        part: usize,
        gone: &BTreeSet<&Binding>,
    ) -> Option<Fault<'a>> {
        let all = OperationSet::of_binding(binding);
        if binding.permission_type != PermissionType::Allow || binding.operation == Operation::All {
            return None;
        }
        let mut cells = self.cells(region, part);
        cells.retain(|(at, part)| self.regions.is_inhabited(*at) && self.hosts.is_inhabited(*part));
        let denied = |operation: Operation| {
            cells.iter().all(|(at, part)| self.counts.at(*at, *part).deny[index(operation)] > 0)
        };
        if !all.contains(binding.operation) || !denied(binding.operation) {
            return None;
        }
        let left: Vec<String> =
            all.iter().filter(|operation| !denied(*operation)).map(|o| o.to_string()).collect();
        let wanted = (binding, OperationSet::one(binding.operation));
        let by = self.coverers(wanted, region, part, gone, (Why::Denied, &[]));
        Some(Fault {
            code: Code::Weakened,
            severity: Severity::Warning,
            binding,
            reason: format!(
                "`{binding}` gives no {}: a DENY takes it back,{}; all that is left of it is {}",
                binding.operation,
                named(&by),
                left.join(", ")
            ),
            fix: "narrow the DENY, or allow only what is left".to_owned(),
            evidence: by,
            place: None,
        })
    }

    /// Of everyone's bindings it is not known who else they serve; under an open default the
    /// cluster's last binding would open it.
    fn any_topic(&self, binding: &Binding, operation: Operation, part: usize) -> bool {
        let client = self.hosts.parts()[part].client.as_deref();
        operation == Operation::IdempotentWrite
            && binding.permission_type == PermissionType::Allow
            && !binding.principal.is_everyone()
            && !self.proof.assumptions.allow_everyone_if_no_acl_found
            && self.proof.writes_any_topic(&binding.principal, client)
    }

    fn forget(&mut self, binding: &Binding, region: usize, part: usize) {
        for (region, part) in self.cells(region, part) {
            self.counts.at_mut(region, part).forget(binding);
        }
    }

    /// The bindings that say a part of what `binding` says of these operations, or take it: of one that says all
    /// of it that one alone, the narrowest first.
    fn coverers(
        &self,
        (binding, operations): (&Binding, OperationSet),
        region: usize,
        part: usize,
        gone: &BTreeSet<&Binding>,
        (why, beside): (Why, &[Binding]),
    ) -> Vec<&'a Binding> {
        let serves = |other: &&Binding| {
            let speaks = OperationSet::of_binding(other).intersection(operations);
            let permission = other.permission_type == PermissionType::Deny
                || (why != Why::Denied && other.permission_type == binding.permission_type);
            *other != binding
                && !beside.contains(other)
                && !gone.contains(other)
                && !speaks.is_empty()
                && permission
        };
        let around: Vec<&Binding> = self.around(region, part).filter(serves).collect();
        let whole = around
            .iter()
            .copied()
            .filter(|other| OperationSet::of_binding(other).intersection(operations) == operations);
        let preference = |other: &&Binding| {
            let same = other.permission_type == binding.permission_type;
            (!same, !self.share_owner(binding, other), Reverse(other.resource_name.len()))
        };
        if let Some(whole) = whole.min_by_key(preference) {
            return vec![whole];
        }
        let inside = self.cells(region, part).into_iter().filter(|cell| *cell != (region, part));
        let inside = inside.flat_map(|cell| self.notes.get(&cell).into_iter().flatten().copied());
        around.into_iter().chain(inside.filter(serves)).collect()
    }

    /// The bindings of the cells that contain this one, itself included.
    fn around(&self, region: usize, part: usize) -> impl Iterator<Item = &'a Binding> + '_ {
        let regions = successors(Some(region), |at| self.regions.all()[*at].parent);
        regions.flat_map(move |region| {
            let wider = |part: &usize| (*part != 0).then(|| self.hosts.parts()[*part].parent);
            let parts = successors(Some(part), wider);
            parts.flat_map(move |part| {
                self.notes.get(&(region, part)).into_iter().flatten().copied()
            })
        })
    }

    fn owners(&self, binding: &Binding) -> BTreeSet<Option<&str>> {
        self.proof.subject.places(binding).iter().map(|place| self.owner(*place)).collect()
    }

    fn owner(&self, place: Place) -> Option<&str> {
        let documents = &self.proof.subject.desired?.documents;
        documents.get(place.document as usize)?.owner.as_deref()
    }

    fn share_owner(&self, a: &Binding, b: &Binding) -> bool {
        self.proof.subject.desired.is_none() || !self.owners(a).is_disjoint(&self.owners(b))
    }

    /// One fault for the places of the owners who have the coverers too, one for those of others.
    fn faults(&self, binding: &'a Binding, why: Why, coverers: &[&'a Binding]) -> Vec<Fault<'a>> {
        let owners: Vec<_> = coverers.iter().map(|coverer| self.owners(coverer)).collect();
        let (own, others): (Vec<Place>, Vec<Place>) =
            self.proof.subject.places(binding).iter().copied().partition(|place| {
                owners.iter().all(|owners| owners.contains(&self.owner(*place)))
            });
        let fault = |place: Option<Place>, other_owner| Fault {
            place,
            ..Self::fault(binding, why, coverers.to_vec(), other_owner)
        };
        match (own.first(), others.first()) {
            (Some(own), Some(other)) => {
                vec![fault(Some(*own), false), fault(Some(*other), true)]
            }
            (_, other) => vec![fault(None, other.is_some() && !coverers.is_empty())],
        }
    }

    fn fault(
        binding: &'a Binding,
        why: Why,
        coverers: Vec<&'a Binding>,
        other_owner: bool,
    ) -> Fault<'a> {
        let by = named(&coverers);
        let (code, severity, reason, fix) = match why {
            Why::AnyTopic => (
                Code::Redundant,
                Severity::Warning,
                format!(
                    "`{binding}` gives nothing: `{}` writes to a topic, which stands in for it (KIP-679)",
                    visible(&binding.principal)
                ),
                super::DROP,
            ),
            Why::PartlyDenied => (
                Code::Shadowed,
                Severity::Warning,
                format!(
                    "`{binding}` gives nothing: what others do not give a DENY takes back,{by}"
                ),
                "drop it, or narrow the DENY",
            ),
            Why::Denied => (
                Code::Shadowed,
                Severity::Warning,
                format!("`{binding}` gives nothing: a DENY takes it back,{by}"),
                "drop it, or narrow the DENY",
            ),
            Why::Covered if other_owner => (
                Code::CoveredByOtherOwner,
                Severity::Info,
                format!("`{binding}` changes nothing as long as another owner has{by}"),
                "keep it if the other's binding may go",
            ),
            Why::Covered => (
                Code::Redundant,
                Severity::Warning,
                format!("`{binding}` changes nothing beside{by}"),
                super::DROP,
            ),
        };
        // What is shadowed by another owner's DENY stays: the DENY may go.
        let taken = matches!(why, Why::Denied | Why::PartlyDenied);
        let code = if taken && other_owner { Code::CoveredByOtherOwner } else { code };
        let severity = if code == Code::CoveredByOtherOwner { Severity::Info } else { severity };
        Fault {
            code,
            severity,
            binding,
            reason,
            fix: fix.to_owned(),
            evidence: coverers,
            place: None,
        }
    }
}

/// ` `the first` and 2 more together`.
fn named(bindings: &[&Binding]) -> String {
    match bindings {
        [] => String::new(),
        [one] => format!(" `{one}`"),
        [first, rest @ ..] => format!(" `{first}` and {} more together", rest.len()),
    }
}

/// The topics' bindings on which it depends whether a principal writes to any topic.
fn writers<'a>(all: &[&'a Binding], principal: &Principal) -> Vec<&'a Binding> {
    let mut found = Vec::new();
    for of in [principal.as_str(), Principal::EVERYONE] {
        let start = all.partition_point(|b| b.principal.as_str() < of);
        let end = all.partition_point(|b| b.principal.as_str() <= of);
        found.extend(all[start..end].iter().copied().filter(|b| {
            b.resource_type == ResourceType::Topic
                && matches!(b.operation, Operation::Write | Operation::All)
        }));
    }
    found
}
