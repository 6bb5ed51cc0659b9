//! Where the default rule decides, because no binding speaks.

use std::collections::BTreeMap;

use super::grid::{Region, Regions};
use crate::acl::authorizer::Patterns;
use crate::model::{Binding, ResourceType};

/// Where no binding at all speaks, which the default rule asks, of each state.
pub(super) struct Silence<'a> {
    /// The regions that all bindings of both states make, and in which of the states nothing
    /// speaks of each.
    types: BTreeMap<ResourceType, (Regions, Vec<[bool; 2]>)>,
    /// Of each region that is not like the wider one a binding.
    pub(super) borders: Patterns<'a>,
}

impl<'a> Silence<'a> {
    /// Of the bindings of both states.
    pub(super) fn new(states: [&[&'a Binding]; 2]) -> Self {
        let (mut types, mut borders) = (BTreeMap::new(), Vec::new());
        for resource_type in ResourceType::ALL.iter().copied() {
            let of_type = states.map(|state| {
                let of_type = state.iter().copied().filter(|b| b.resource_type == resource_type);
                of_type.collect::<Vec<&Binding>>()
            });
            let regions = Regions::new(resource_type, of_type.iter().flatten().copied());
            let mut silent = vec![[true; 2]; regions.all().len()];
            let mut named: Vec<Option<&Binding>> = vec![None; silent.len()];
            for (side, bindings) in of_type.iter().enumerate() {
                for binding in bindings {
                    if let Some(at) = regions.of(binding) {
                        silent[at][side] = false;
                        named[at] = Some(binding);
                    }
                }
            }
            for (at, region) in regions.all().iter().enumerate() {
                let wider = region.parent.map_or([true; 2], |parent| silent[parent]);
                silent[at] = [silent[at][0] && wider[0], silent[at][1] && wider[1]];
                borders.extend(named[at].filter(|_| silent[at] != wider));
            }
            types.insert(resource_type, (regions, silent));
        }
        Self { types, borders: Patterns::new(borders) }
    }

    /// Whether nothing speaks of the region, in each of the states.
    pub(super) fn of(&self, resource_type: ResourceType, region: &Region) -> [bool; 2] {
        let known = self.types.get(&resource_type);
        let found = known.and_then(|(regions, silent)| silent.get(regions.find(region)?));
        found.copied().unwrap_or([true; 2])
    }
}
