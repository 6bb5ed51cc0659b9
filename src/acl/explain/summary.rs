//! Everything that a principal can do: by resource, the widest pattern first, what is denied inside
//! it, nothing twice.

use std::collections::BTreeMap;
use std::iter::successors;

use crate::acl::access::{Grid, Regions, Rights};
use crate::acl::authorizer::{Assumptions, HostParts, OperationSet, Request, reference};
use crate::model::{
    Binding, CLUSTER_NAME, Host, Name, Operation, PatternType, PermissionType, Principal,
    ResourceType,
};

/// What one principal can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary<'a> {
    /// Who.
    pub principal: Principal,
    /// A super user can do everything; the grants then say nothing.
    pub super_user: bool,
    /// The default rule is allow: besides the grants, everything on resources that no binding at
    /// all speaks of.
    pub open_default: bool,
    /// Types in wire order, wider patterns before narrower ones.
    pub grants: Vec<Grant<'a>>,
    /// Where IDEMPOTENT_WRITE on the cluster is in no grant, but WRITE on a topic stands in for it
    /// (KIP-679), wider hosts first.
    pub any_topic: Vec<AnyTopic<'a>>,
}

/// Idempotent writes that WRITE on a topic lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyTopic<'a> {
    /// From here …
    pub host: Host,
    /// … but not from there.
    pub except: Vec<Host>,
    /// The binding on topics that stands in.
    pub by: &'a Binding,
}

/// Operations on the resources of one pattern, from one host, that no wider grant says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant<'a> {
    /// Of this type …
    pub resource_type: ResourceType,
    /// … those whose name is, or begins with, …
    pub pattern_type: PatternType,
    /// … this.
    pub resource_name: Name,
    /// `*`, an address, or a range.
    pub host: Host,
    /// What, those implied included, in wire order.
    pub operations: Vec<Operation>,
    /// The bindings that allow it, those of `User:*` among them.
    pub by: Vec<&'a Binding>,
    /// What is denied inside.
    pub except: Vec<Except<'a>>,
}

/// A part of a grant that is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Except<'a> {
    /// These resources of the grant's type …
    pub pattern_type: PatternType,
    /// … by name.
    pub resource_name: Name,
    /// `*`, an address, or a range.
    pub host: Host,
    /// The operations of the grant that are denied here.
    pub operations: Vec<Operation>,
    /// The DENYs.
    pub by: Vec<&'a Binding>,
}

/// Sums up what `principal` can do under `bindings`.
pub fn summary<'a>(
    principal: &str,
    bindings: impl IntoIterator<Item = &'a Binding>,
    assumptions: &Assumptions,
) -> Summary<'a> {
    let concerns = |b: &&Binding| b.principal.as_str() == principal || b.principal.is_everyone();
    let mut bindings: Vec<&Binding> = bindings.into_iter().filter(concerns).collect();
    bindings.sort_unstable();
    bindings.dedup();
    let super_user = assumptions.is_super_user(principal);
    let mut grants = Vec::new();
    for resource_type in ResourceType::ALL.iter().filter(|_| !super_user) {
        let of_type = bindings.iter().copied().filter(|b| b.resource_type == *resource_type);
        Page::new(*resource_type, of_type.collect(), assumptions.cidr).write(&mut grants);
    }
    Summary {
        principal: principal.into(),
        super_user,
        open_default: assumptions.allow_everyone_if_no_acl_found,
        any_topic: any_topic(principal, &bindings, assumptions),
        grants,
    }
}

fn any_topic<'a>(
    principal: &str,
    bindings: &[&'a Binding],
    assumptions: &Assumptions,
) -> Vec<AnyTopic<'a>> {
    let matters = |b: &&&Binding| match b.resource_type {
        ResourceType::Topic => matches!(b.operation, Operation::Write | Operation::All),
        other => other == ResourceType::Cluster,
    };
    let hosts = HostParts::new(bindings.iter().filter(matters).map(|b| &b.host), assumptions.cidr);
    let mut found: Vec<AnyTopic<'_>> = Vec::new();
    // For each part, what has been found that speaks of it.
    let mut speakers: Vec<Option<usize>> = Vec::with_capacity(hosts.parts().len());
    for (at, part) in hosts.parts().iter().enumerate() {
        let mut speaker = speakers.get(part.parent).copied().flatten();
        let request = Request {
            principal,
            host: part.client.as_deref(),
            operation: Operation::IdempotentWrite,
            resource_type: ResourceType::Cluster,
            name: CLUSTER_NAME,
        };
        let decision = reference::decide(bindings.iter().copied(), assumptions, &request);
        if hosts.is_inhabited(at) {
            if decision.any_topic && speaker.is_none() {
                speaker = Some(found.len());
                let by = decision.reason.binding();
                let host = part.host.clone();
                found.extend(by.map(|by| AnyTopic { host, except: Vec::new(), by }));
            } else if !decision.allowed
                && let Some(wider) = speaker.take()
            {
                found[wider].except.push(part.host.clone());
            }
        }
        speakers.push(speaker);
    }
    found
}

/// The grants of one resource type.
struct Page<'a> {
    resource_type: ResourceType,
    regions: Regions,
    hosts: HostParts,
    rights: Grid<Rights>,
    /// The bindings that stand for exactly one region and part.
    notes: BTreeMap<(usize, usize), Vec<&'a Binding>>,
}

/// For one region and part: the wider grants that speak of it, each with the operations that are
/// not yet denied in them.
type Speakers = BTreeMap<usize, OperationSet>;

impl<'a> Page<'a> {
    fn new(resource_type: ResourceType, bindings: Vec<&'a Binding>, cidr: bool) -> Self {
        let regions = Regions::new(resource_type, bindings.iter().copied());
        let hosts = HostParts::new(bindings.iter().map(|b| &b.host), cidr);
        let rights = Grid::new(bindings.iter().copied(), &regions, &hosts);
        let mut notes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for binding in bindings {
            if let (Some(region), Some(part)) = (regions.of(binding), hosts.named(&binding.host)) {
                notes.entry((region, part)).or_default().push(binding);
            }
        }
        Self { resource_type, regions, hosts, rights, notes }
    }

    fn write(&self, grants: &mut Vec<Grant<'a>>) {
        let width = self.hosts.parts().len();
        let mut speakers: Vec<Speakers> = Vec::with_capacity(width * self.regions.all().len());
        for (at, region) in self.regions.all().iter().enumerate() {
            for (part, narrower) in self.hosts.parts().iter().enumerate() {
                let nobody = Speakers::new();
                let of = |region: usize, part: usize| speakers.get(region * width + part);
                let above = region.parent.and_then(|parent| of(parent, part)).unwrap_or(&nobody);
                let around = of(at, narrower.parent).filter(|_| part != 0).unwrap_or(&nobody);
                let mut here = merge(above, around);
                if self.regions.is_inhabited(at) && self.hosts.is_inhabited(part) {
                    self.write_cell(at, part, &mut here, grants);
                }
                speakers.push(here);
            }
        }
    }

    fn write_cell(
        &self,
        at: usize,
        part: usize,
        speakers: &mut Speakers,
        grants: &mut Vec<Grant<'a>>,
    ) {
        let region = &self.regions.all()[at];
        let host = &self.hosts.parts()[part].host;
        let effective = self.rights.at(at, part).effective();
        let mut said = OperationSet::EMPTY;
        for (grant, live) in speakers.iter_mut() {
            let denied = live.without(effective);
            if !denied.is_empty() {
                grants[*grant].except.push(Except {
                    pattern_type: region.pattern_type,
                    resource_name: region.name.clone(),
                    host: host.clone(),
                    operations: denied.iter().collect(),
                    by: self.notes(at, part, PermissionType::Deny, denied),
                });
            }
            *live = live.intersection(effective);
            said = said.union(*live);
        }
        let news = effective.without(said);
        if !news.is_empty() {
            speakers.insert(grants.len(), news);
            grants.push(Grant {
                resource_type: self.resource_type,
                pattern_type: region.pattern_type,
                resource_name: region.name.clone(),
                host: host.clone(),
                operations: news.iter().collect(),
                by: self.notes(at, part, PermissionType::Allow, news),
                except: Vec::new(),
            });
        }
    }

    /// The bindings of one permission that cover the cell and speak of any of the operations, the
    /// narrowest first.
    fn notes(
        &self,
        at: usize,
        part: usize,
        permission: PermissionType,
        operations: OperationSet,
    ) -> Vec<&'a Binding> {
        let mut found: Vec<&Binding> = Vec::new();
        let regions = self.regions.all();
        let wider_part = |part: &usize| (*part != 0).then(|| self.hosts.parts()[*part].parent);
        for region in successors(Some(at), |at| regions[*at].parent) {
            for part in successors(Some(part), wider_part) {
                let notes = self.notes.get(&(region, part)).into_iter().flatten().copied();
                found.extend(notes.filter(|binding| {
                    let speaks = OperationSet::of_binding(binding).intersection(operations);
                    binding.permission_type == permission && !speaks.is_empty()
                }));
            }
        }
        found
    }
}

/// What has been denied on either way stays denied.
fn merge(above: &Speakers, around: &Speakers) -> Speakers {
    let mut merged = above.clone();
    for (grant, live) in around {
        merged
            .entry(*grant)
            .and_modify(|known| *known = known.intersection(*live))
            .or_insert(*live);
    }
    merged
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
