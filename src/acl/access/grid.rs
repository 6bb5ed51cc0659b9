//! The finite picture behind effective access: the patterns of some bindings divide all names into
//! regions, their hosts divide all clients into parts, and inside one region and one part every
//! name and client gets the same answer. (Left out is the one name `*`, which LITERAL `*` and
//! PREFIXED `*` both match, and which no pattern names alone.)

use crate::acl::authorizer::{HostParts, OperationSet, covers_name};
use crate::model::{
    Binding, CLUSTER_NAME, Name, PatternType, PermissionType, ResourceType, WILDCARD,
};

/// A set of names: a literal, or what begins with a prefix and lies in no narrower region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) name: Name,
    pub(crate) pattern_type: PatternType,
    /// The next wider region. Everything has none, and neither has the widest of the names that
    /// begin with `*`: they are not part of everything (see `is_of_everything`).
    pub(crate) parent: Option<usize>,
}

/// All names of one type, divided. Wider regions stand before narrower ones; number 0 is what
/// only `*` matches.
#[derive(Debug)]
pub(crate) struct Regions {
    resource_type: ResourceType,
    regions: Vec<Region>,
}

impl Regions {
    /// The regions that the patterns of these bindings make. The bindings are of one type; the
    /// cluster has one name only, and one region for it.
    pub(crate) fn new<'a>(
        resource_type: ResourceType,
        bindings: impl IntoIterator<Item = &'a Binding>,
    ) -> Self {
        let root =
            Region { name: WILDCARD.into(), pattern_type: PatternType::Literal, parent: None };
        if resource_type == ResourceType::Cluster {
            let only = Region { name: CLUSTER_NAME.into(), ..root.clone() };
            return Self { resource_type, regions: vec![root, only] };
        }
        // A prefix stands before the literal of the same name.
        let mut patterns: Vec<(&Name, bool)> = bindings
            .into_iter()
            .filter(|binding| binding.pattern_type.is_known() && !is_everything(binding))
            .map(|binding| (&binding.resource_name, binding.pattern_type == PatternType::Literal))
            .collect();
        patterns.sort_unstable();
        patterns.dedup();
        let mut regions = Vec::with_capacity(patterns.len() + 1);
        regions.push(root);
        let mut around: Vec<usize> = Vec::new();
        for (name, literal) in patterns {
            while around.last().is_some_and(|top| !name.starts_with(&*regions[*top].name)) {
                around.pop();
            }
            let parent = around.last().copied().or((!name.starts_with(WILDCARD)).then_some(0));
            let pattern_type = if literal {
                PatternType::Literal
            } else {
                around.push(regions.len());
                PatternType::Prefixed
            };
            regions.push(Region { name: name.clone(), pattern_type, parent });
        }
        Self { resource_type, regions }
    }

    pub(crate) fn all(&self) -> &[Region] {
        &self.regions
    }

    /// Region `at` and those inside it.
    pub(crate) fn inside(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let region = &self.regions[at];
        let literal = region.pattern_type == PatternType::Literal;
        // Everything is all but what begins with `*`; what begins with a prefix stands together.
        let end = match (at, literal) {
            (0, _) => self.regions.len(),
            (_, true) => at + 1,
            (_, false) => {
                let inside = |inner: &Region| inner.name.starts_with(&*region.name);
                at + self.regions[at..].partition_point(inside)
            }
        };
        (at..end).filter(move |inner| {
            at != 0 || *inner == 0 || !self.regions[*inner].name.starts_with(WILDCARD)
        })
    }

    /// Whether region `at` has names. Of the cluster, only its one name is.
    pub(crate) fn is_inhabited(&self, at: usize) -> bool {
        at != 0 || self.resource_type != ResourceType::Cluster
    }

    /// The widest region that `binding` covers; it covers those inside it as well.
    pub(crate) fn of(&self, binding: &Binding) -> Option<usize> {
        if self.resource_type == ResourceType::Cluster {
            return covers_name(binding, CLUSTER_NAME).then_some(1);
        }
        if !binding.pattern_type.is_known() {
            return None;
        }
        if is_everything(binding) {
            return Some(0);
        }
        let literal = binding.pattern_type == PatternType::Literal;
        let key = (&binding.resource_name, literal);
        let found = self.regions[1..].binary_search_by(|region| {
            (&region.name, region.pattern_type == PatternType::Literal).cmp(&key)
        });
        found.ok().map(|at| at + 1)
    }
}

/// LITERAL `*`, and the empty prefix, which no broker stores.
fn is_everything(binding: &Binding) -> bool {
    match binding.pattern_type {
        PatternType::Literal => binding.resource_name.as_str() == WILDCARD,
        PatternType::Prefixed => binding.resource_name.is_empty(),
        PatternType::Unknown(_) => false,
    }
}

/// What a grid keeps for one region and one part.
pub(crate) trait Cell: Copy + Default {
    /// Notes a binding that covers the cell.
    fn note(&mut self, binding: &Binding);
    /// Adds what a wider cell holds.
    fn absorb(&mut self, wider: Self);
}

/// What is allowed and what is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rights {
    pub(crate) allow: OperationSet,
    pub(crate) deny: OperationSet,
}

impl Rights {
    /// What a client may do.
    pub(crate) const fn effective(self) -> OperationSet {
        self.allow.without(self.deny)
    }
}

impl Cell for Rights {
    fn note(&mut self, binding: &Binding) {
        let set = match binding.permission_type {
            PermissionType::Allow => &mut self.allow,
            PermissionType::Deny => &mut self.deny,
            PermissionType::Unknown(_) => return,
        };
        *set = set.union(OperationSet::of_binding(binding));
    }

    fn absorb(&mut self, wider: Self) {
        self.allow = self.allow.union(wider.allow);
        self.deny = self.deny.union(wider.deny);
    }
}

/// A cell for each region and part.
#[derive(Debug)]
pub(crate) struct Grid<C> {
    width: usize,
    cells: Vec<C>,
}

impl<C: Cell> Grid<C> {
    /// The bindings are of the type of `regions`, and those of one principal together with those
    /// of `User:*`.
    pub(crate) fn new<'a>(
        bindings: impl IntoIterator<Item = &'a Binding>,
        regions: &Regions,
        hosts: &HostParts,
    ) -> Self {
        let mut grid = Self::empty(regions, hosts);
        for binding in bindings {
            if let (Some(region), Some(part)) = (regions.of(binding), hosts.named(&binding.host)) {
                grid.at_mut(region, part).note(binding);
            }
        }
        for (at, region) in regions.all().iter().enumerate() {
            let Some(parent) = region.parent else { continue };
            for part in 0..grid.width {
                let wider = *grid.at(parent, part);
                grid.at_mut(at, part).absorb(wider);
            }
        }
        for at in 0..regions.all().len() {
            for (part, narrower) in hosts.parts().iter().enumerate().skip(1) {
                let wider = *grid.at(at, narrower.parent);
                grid.at_mut(at, part).absorb(wider);
            }
        }
        grid
    }
}

impl<C: Copy + Default> Grid<C> {
    pub(crate) fn empty(regions: &Regions, hosts: &HostParts) -> Self {
        let width = hosts.parts().len();
        Self { width, cells: vec![C::default(); width * regions.all().len()] }
    }

    pub(crate) fn at(&self, region: usize, part: usize) -> &C {
        &self.cells[region * self.width + part]
    }

    pub(crate) fn at_mut(&mut self, region: usize, part: usize) -> &mut C {
        &mut self.cells[region * self.width + part]
    }
}
