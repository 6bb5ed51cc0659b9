//! Who gains and who loses what between two states.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::grid::{Grid, Regions, Rights};
use super::lines::{Changes, Dissent, Found, Line};
use super::silence::Silence;
use super::{AccessChange, AccessPart, Change};
use crate::acl::authorizer::{Assumptions, Authorizer, HostParts, OperationSet, Patterns, Request};
use crate::model::{Binding, CLUSTER_NAME, Operation, PatternType, Principal, ResourceType};

/// How effective access differs. What a wider line says is not repeated for narrower resources,
/// hosts or, where `User:*` is said, principals; of what it excepts, or says to have been so already, it
/// says nothing, so that changes in there have lines of their own. Access that a deleted or narrowed DENY gives comes
/// first, the rest by principal and resource.
///
/// WRITE on any topic lets a principal write idempotently (KIP-679), which counts like any other right;
/// where it comes or goes with WRITE on a topic, only the topic is listed (under deny by default). Super
/// users are never listed.
pub fn difference(
    before: &[Binding],
    after: &[Binding],
    assumptions: &Assumptions,
) -> Vec<AccessChange> {
    let (before, after) = (sorted(before), sorted(after));
    let changed = changed(&before, &after);
    if changed.is_empty() {
        return Vec::new();
    }
    let states = States {
        before: State::new(&before, assumptions),
        after: State::new(&after, assumptions),
        changed: Patterns::new(changed.iter().copied()),
        silence: assumptions
            .allow_everyone_if_no_acl_found
            .then(|| Silence::new([&before, &after])),
        assumptions,
    };
    let everyone_changed = assumptions.allow_everyone_if_no_acl_found
        || changed.iter().any(|binding| binding.principal.is_everyone());
    let mut principals: BTreeSet<&Principal> = if everyone_changed {
        before.iter().chain(&after).map(|binding| &binding.principal).collect()
    } else {
        changed.iter().map(|binding| &binding.principal).collect()
    };
    let everyone = Principal::from(Principal::EVERYONE);
    if everyone_changed {
        principals.insert(&everyone);
    }
    let mut found = Found::default();
    for principal in principals {
        if principal.is_everyone() || !assumptions.is_super_user(principal) {
            states.compare(principal, everyone_changed, &mut found);
        }
    }
    found.into_lines(assumptions.cidr)
}

fn sorted(bindings: &[Binding]) -> Vec<&Binding> {
    let mut bindings: Vec<&Binding> = bindings.iter().collect();
    bindings.sort_unstable();
    bindings.dedup();
    bindings
}

/// The bindings that only one of the two has.
fn changed<'a>(before: &[&'a Binding], after: &[&'a Binding]) -> Vec<&'a Binding> {
    let mut changed = Vec::new();
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => return changed,
            (Some(a), Some(b)) if a == b => {
                left.next();
                right.next();
            }
            (Some(a), b) if b.is_none_or(|b| a < b) => changed.extend(left.next()),
            _ => changed.extend(right.next()),
        }
    }
}

/// One state, arranged.
struct State<'a> {
    /// Sorted, so that each principal's stand together.
    bindings: &'a [&'a Binding],
    everyone: Patterns<'a>,
    authorizer: OnceCell<Authorizer<'a>>,
    assumptions: &'a Assumptions,
}

impl<'a> State<'a> {
    fn new(bindings: &'a [&'a Binding], assumptions: &'a Assumptions) -> Self {
        Self {
            bindings,
            everyone: Patterns::new(own(bindings, Principal::EVERYONE).iter().copied()),
            authorizer: OnceCell::new(),
            assumptions,
        }
    }

    fn writes_any_topic(&self, principal: &str, client: Option<&str>) -> bool {
        let authorizer = self
            .authorizer
            .get_or_init(|| Authorizer::new(self.bindings.iter().copied(), self.assumptions));
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

fn own<'s, 'a>(bindings: &'s [&'a Binding], principal: &str) -> &'s [&'a Binding] {
    let start = bindings.partition_point(|b| b.principal.as_str() < principal);
    let end = bindings.partition_point(|b| b.principal.as_str() <= principal);
    &bindings[start..end]
}

/// Who writes to any topic writes idempotently.
const IDEMPOTENT: OperationSet = OperationSet::one(Operation::IdempotentWrite);

/// Both states.
struct States<'a> {
    before: State<'a>,
    after: State<'a>,
    /// The bindings that only one of the two has.
    changed: Patterns<'a>,
    /// Only where the default rule is allow.
    silence: Option<Silence<'a>>,
    assumptions: &'a Assumptions,
}

/// A region and a part of the hosts.
type Place = (usize, usize);

impl<'a> States<'a> {
    /// Whether no change meets the resources of the principal's bindings. What the cluster's come
    /// to depends on topics as well, and under an open default anyone's bindings matter.
    fn is_untouched(
        &self,
        principal: &Principal,
        resource_type: ResourceType,
        own: &[Vec<&'a Binding>; 2],
    ) -> bool {
        let local = !principal.is_everyone()
            && resource_type != ResourceType::Cluster
            && !self.assumptions.allow_everyone_if_no_acl_found;
        let concerns = |b: &&Binding| b.principal == *principal || b.principal.is_everyone();
        local && !relevant(&self.changed, resource_type, own.iter().flatten()).iter().any(concerns)
    }

    /// The bindings on which it depends whether the principal writes to any topic; they matter to
    /// the cluster alone.
    fn topic_writers(
        &self,
        principal: &Principal,
        resource_type: ResourceType,
    ) -> impl Iterator<Item = &'a Binding> {
        let states = [self.before.bindings, self.after.bindings];
        let of = move |principal: &str| {
            states.into_iter().flat_map(|state| own(state, principal).to_vec()).collect::<Vec<_>>()
        };
        let mut bindings = Vec::new();
        if resource_type == ResourceType::Cluster {
            bindings.extend(of(principal));
            bindings.extend(of(Principal::EVERYONE));
        }
        bindings.into_iter().filter(|binding| {
            binding.resource_type == ResourceType::Topic
                && matches!(binding.operation, Operation::Write | Operation::All)
        })
    }

    /// Whether idempotent writes that come or go with WRITE on a topic have lines of their own. Where the
    /// default is allow, the right needs a binding, and WRITE on an open topic needs none. And no line is of
    /// topics that begin with `*`, which no broker creates.
    fn list_any_topic(&self, principal: &Principal, resource_type: ResourceType) -> bool {
        let odd = |b: &Binding| {
            b.resource_name.starts_with('*')
                && (b.resource_name.len() > 1 || b.pattern_type != PatternType::Literal)
        };
        self.assumptions.allow_everyone_if_no_acl_found
            || self.topic_writers(principal, resource_type).any(odd)
    }

    fn compare(&self, principal: &'a Principal, everyone_changed: bool, found: &mut Found) {
        let sides = [&self.before, &self.after];
        let open = self.assumptions.allow_everyone_if_no_acl_found;
        for resource_type in ResourceType::ALL.iter().copied() {
            let own = sides.map(|side| {
                let own = own(side.bindings, principal).iter().copied();
                own.filter(|b| b.resource_type == resource_type).collect::<Vec<&Binding>>()
            });
            let named = own.iter().flatten();
            if self.is_untouched(principal, resource_type, &own) {
                continue;
            }
            let near = |patterns| relevant(patterns, resource_type, named.clone());
            let borders = self.silence.as_ref().map(|silence| &silence.borders);
            let sets = if principal.is_everyone() {
                let all = |patterns: &Patterns<'a>| patterns.of_type(resource_type).to_vec();
                let others = borders.map_or_else(Vec::new, all);
                Sets { own, everyone: [Vec::new(), Vec::new()], others }
            } else {
                let everyone = sides.map(|side| near(&side.everyone));
                let others = borders.map_or_else(Vec::new, near);
                Sets { own, everyone, others }
            };
            // Where a principal has no bindings of its own, everyone's line speaks for it.
            let concerned = sets.own.iter().any(|own| !own.is_empty())
                || (principal.is_everyone() && open)
                || self.topic_writers(principal, resource_type).any(|b| b.principal == *principal);
            if concerned {
                let everyone_speaks = everyone_changed && !principal.is_everyone();
                Scene::new(self, principal, resource_type, &sets).report(everyone_speaks, found);
            }
        }
    }
}

/// Bindings of one type, of both states.
struct Sets<'a> {
    /// Of the principal.
    own: [Vec<&'a Binding>; 2],
    /// Of `User:*`, as far as they touch the principal's.
    everyone: [Vec<&'a Binding>; 2],
    /// Of anyone, where what the default rule opens begins or ends.
    others: Vec<&'a Binding>,
}

/// Those bindings whose resources have anything in common with those of `own`, and those on `*`.
pub(crate) fn relevant<'a, 'b>(
    patterns: &Patterns<'a>,
    resource_type: ResourceType,
    own: impl Iterator<Item = &'b &'b Binding>,
) -> Vec<&'a Binding> {
    if resource_type == ResourceType::Cluster {
        return patterns.of_type(resource_type).to_vec();
    }
    let mut found: Vec<&Binding> =
        patterns.everything(resource_type).into_iter().flatten().copied().collect();
    for binding in own {
        let name = &binding.resource_name;
        match binding.pattern_type {
            PatternType::Literal if name.as_str() == "*" => {
                return patterns.of_type(resource_type).to_vec();
            }
            PatternType::Literal => found.extend(patterns.of_name(resource_type, name).flatten()),
            PatternType::Prefixed => {
                found.extend(patterns.of_prefix(resource_type, name).flatten());
                found.extend(patterns.inside(resource_type, name));
            }
            PatternType::Unknown(_) => {}
        }
    }
    found
}

/// One principal and one resource type, divided into regions and parts.
struct Scene<'s, 'a> {
    states: &'s States<'a>,
    principal: &'a Principal,
    resource_type: ResourceType,
    regions: Regions,
    hosts: HostParts,
    of_principal: Standing,
    of_everyone: Standing,
    /// For each region, before and after: the default rule applies, and it is allow.
    open: Vec<[bool; 2]>,
    /// Idempotent writes that come or go with WRITE on a topic have lines, too.
    lists_any_topic: bool,
}

/// What somebody may do in each cell, before and after.
struct Standing {
    rights: [Grid<Rights>; 2],
    /// For each part of the hosts, before and after: WRITE on some topic lets idempotent writes through.
    /// Empty where nobody asks.
    any_topic: Vec<[bool; 2]>,
}

impl<'s, 'a> Scene<'s, 'a> {
    fn new(
        states: &'s States<'a>,
        principal: &'a Principal,
        resource_type: ResourceType,
        sets: &Sets<'a>,
    ) -> Self {
        let mine = || sets.own.iter().chain(&sets.everyone).flatten().copied();
        let others = sets.others.iter().copied();
        let regions = Regions::new(resource_type, mine().chain(others));
        let writers = states.topic_writers(principal, resource_type);
        // Addresses may leave nothing of a range: then lines of `User:*` speak of them in its place, and
        // here it is to be divided as there.
        let of_everyone =
            |state: &'s State<'a>| state.everyone.of_type(resource_type).iter().copied();
        let ranges = mine().any(|binding| binding.host.contains('/'));
        let dividing = [&states.before, &states.after].into_iter().filter(|_| ranges);
        let all_hosts = mine().chain(writers).chain(dividing.flat_map(of_everyone));
        let all_hosts = all_hosts.map(|binding| &binding.host);
        let hosts = HostParts::new(all_hosts, states.assumptions.cidr);
        let grid = |side: usize| {
            let bindings = sets.own[side].iter().chain(&sets.everyone[side]).copied();
            Grid::new(bindings, &regions, &hosts)
        };
        let everyone_grid =
            |side: usize| Grid::new(sets.everyone[side].iter().copied(), &regions, &hosts);
        let standing = |rights| Standing { rights, any_topic: Vec::new() };
        let of_principal = standing([grid(0), grid(1)]);
        let of_everyone = standing([everyone_grid(0), everyone_grid(1)]);
        let open =
            |region| states.silence.as_ref().map_or([false; 2], |s| s.of(resource_type, region));
        let open = regions.all().iter().map(open).collect();
        let lists_any_topic = states.list_any_topic(principal, resource_type);
        Self {
            states,
            principal,
            resource_type,
            regions,
            hosts,
            of_principal,
            of_everyone,
            open,
            lists_any_topic,
        }
    }

    /// Adds a line for each change that no wider line says.
    fn report(&mut self, everyone_speaks: bool, found: &mut Found) {
        if self.resource_type == ResourceType::Cluster && !self.mind_any_topic() {
            return;
        }
        let by_all = if everyone_speaks {
            self.said_of_everyone(found)
        } else {
            Grid::empty(&self.regions, &self.hosts)
        };
        let mut said: Grid<Changes> = Grid::empty(&self.regions, &self.hosts);
        for (at, part) in self.cells() {
            let wider = self.inherited(&said, (at, part));
            let listed = self.listed(&self.of_principal, (at, part));
            let news = listed.without(wider).without(*by_all.at(at, part));
            *said.at_mut(at, part) = wider.and(news);
            for (change, operations) in [(Change::Gains, news.gains), (Change::Loses, news.loses)] {
                for operation in operations.iter() {
                    self.say((at, part), change, operation, &by_all, found);
                }
            }
        }
    }

    /// Wider ones before narrower ones.
    fn cells(&self) -> impl Iterator<Item = Place> + use<> {
        let (regions, parts) = (self.regions.all().len(), self.hosts.parts().len());
        (0..regions).flat_map(move |at| (0..parts).map(move |part| (at, part)))
    }

    fn is_inhabited(&self, (at, part): Place) -> bool {
        self.regions.is_inhabited(at) && self.hosts.is_inhabited(part)
    }

    /// What the next wider cells hold.
    fn inherited(&self, said: &Grid<Changes>, (at, part): Place) -> Changes {
        let above = self.regions.all()[at].parent.map(|parent| *said.at(parent, part));
        above.unwrap_or_default().and(*said.at(at, self.hosts.parts()[part].parent))
    }

    /// What the lines of `User:*` say of the principal in each cell. Where it is otherwise for `User:*` they
    /// say nothing, and neither where it is for the principal, which is noted.
    fn said_of_everyone(&self, found: &mut Found) -> Grid<Changes> {
        let empty = || Grid::<Changes>::empty(&self.regions, &self.hosts);
        let (mut said, mut excepted) = (empty(), empty());
        let (mut of_principal, mut dissent) = (empty(), empty());
        for (at, part) in self.cells() {
            let wider = self.inherited(&said, (at, part));
            let mut silent = self.inherited(&excepted, (at, part));
            let inhabited = self.is_inhabited((at, part));
            if inhabited {
                silent = silent.and(wider.without(self.changes(&self.of_everyone, (at, part))));
            }
            let listed = self.listed(&self.of_everyone, (at, part));
            let now = wider.without(silent).and(listed);
            *excepted.at_mut(at, part) = silent.without(listed);
            *said.at_mut(at, part) = now;

            // Where a line begins, and no other goes on, it speaks of the principal again.
            let mut other = self.inherited(&dissent, (at, part)).without(listed.without(wider));
            if inhabited {
                let otherwise = now.without(self.changes(&self.of_principal, (at, part)));
                self.note_dissent((at, part), otherwise, found);
                other = other.and(otherwise);
            }
            *dissent.at_mut(at, part) = other;
            *of_principal.at_mut(at, part) = now.without(other);
        }
        of_principal
    }

    /// Notes that what the lines of `User:*` say of a cell does not hold for the principal.
    fn note_dissent(&self, (at, part): Place, changes: Changes, found: &mut Found) {
        let after = self.effective(&self.of_principal, 1, (at, part));
        for change in [Change::Gains, Change::Loses] {
            found.dissents.extend(changes.of(change).iter().map(|operation| Dissent {
                operation,
                resource_type: self.resource_type,
                change,
                already: after.contains(operation) == (change == Change::Gains),
                part: AccessPart {
                    principal: Some(self.principal.clone()),
                    ..self.part_of((at, part))
                },
            }));
        }
    }

    /// A cell, as it is named.
    fn part_of(&self, (at, part): Place) -> AccessPart {
        let region = &self.regions.all()[at];
        AccessPart {
            principal: None,
            pattern_type: region.pattern_type,
            resource_name: region.name.clone(),
            host: self.hosts.parts()[part].host.clone(),
        }
    }

    /// Adds a line, and one for each change inside of what it excepts.
    fn say(
        &self,
        cell: Place,
        change: Change,
        operation: Operation,
        by_all: &Grid<Changes>,
        found: &mut Found,
    ) {
        let mut unsaid = self.add(cell, change, operation, found);
        while let Some((at, part)) = unsaid.pop_first() {
            let listed = self.listed(&self.of_principal, (at, part));
            if listed.without(*by_all.at(at, part)).of(change).contains(operation) {
                let excepted = self.add((at, part), change, operation, found);
                let regions: BTreeSet<usize> = self.regions.inside(at).collect();
                let parts: BTreeSet<usize> = self.hosts.inside(part).collect();
                unsaid.retain(|cell| {
                    !(regions.contains(&cell.0) && parts.contains(&cell.1))
                        || excepted.contains(cell)
                });
            }
        }
    }

    /// What changes in a cell; nothing where nobody is.
    fn changes(&self, standing: &Standing, (at, part): Place) -> Changes {
        if !self.is_inhabited((at, part)) {
            return Changes::default();
        }
        let effective = |side: usize| self.effective(standing, side, (at, part));
        Changes::between(effective(0), effective(1))
    }

    fn effective(&self, standing: &Standing, side: usize, (at, part): Place) -> OperationSet {
        let by_topic = standing.any_topic.get(part).is_some_and(|sides| sides[side]);
        let by_topic = if by_topic { IDEMPOTENT } else { OperationSet::EMPTY };
        self.plainly(standing, side, (at, part)).union(by_topic)
    }

    /// By bindings of this type alone.
    fn plainly(&self, standing: &Standing, side: usize, (at, part): Place) -> OperationSet {
        if self.open[at][side] {
            OperationSet::of_type(self.resource_type)
        } else {
            standing.rights[side].at(at, part).effective()
        }
    }

    /// Those changes of a cell that have lines: not the idempotent writes that come or go with WRITE on a
    /// topic, which has a line of its own.
    fn listed(&self, standing: &Standing, cell: Place) -> Changes {
        let changes = self.changes(standing, cell);
        if self.resource_type != ResourceType::Cluster || self.lists_any_topic {
            return changes;
        }
        let [before, after] = [0, 1].map(|side| self.plainly(standing, side, cell));
        let plain = Changes::between(before, after);
        let hidden = IDEMPOTENT.without(plain.gains.union(plain.loses));
        changes.without(Changes { gains: hidden, loses: hidden })
    }

    /// Finds out who writes idempotently by WRITE on a topic. False where no line depends on it, nor any
    /// other is to be said.
    fn mind_any_topic(&mut self) -> bool {
        let differs = |standing: &Standing| {
            self.cells()
                .any(|cell| self.plainly(standing, 0, cell) != self.plainly(standing, 1, cell))
        };
        let concerned =
            self.lists_any_topic || differs(&self.of_principal) || differs(&self.of_everyone);
        if concerned {
            let writes = |principal: &str| {
                let clients = self.hosts.parts().iter().map(|part| part.client.as_deref());
                let sides = [&self.states.before, &self.states.after];
                clients.map(|client| sides.map(|s| s.writes_any_topic(principal, client))).collect()
            };
            let (own, all) = (writes(self.principal), writes(Principal::EVERYONE));
            self.of_principal.any_topic = own;
            self.of_everyone.any_topic = all;
        }
        concerned
    }

    /// Where, inside a cell that is said to change, it does not change in this way: the widest such cells,
    /// by whether it was so already, and all of them.
    fn exceptions(
        &self,
        (at, part): Place,
        change: Change,
        operation: Operation,
    ) -> (Vec<AccessPart>, Vec<AccessPart>, BTreeSet<Place>) {
        let parts = self.hosts.parts();
        let inner_parts: Vec<usize> = self.hosts.inside(part).collect();
        let mut excepted = BTreeSet::new();
        let (mut except, mut already) = (Vec::new(), Vec::new());
        for inner in self.regions.inside(at) {
            let region = &self.regions.all()[inner];
            for inner_part in &inner_parts {
                let cell = (inner, *inner_part);
                let wider = [
                    region.parent.filter(|_| inner != at).map(|parent| (parent, *inner_part)),
                    (*inner_part != part).then(|| (inner, parts[*inner_part].parent)),
                ];
                if wider.iter().flatten().any(|wider| excepted.contains(wider)) {
                    excepted.insert(cell);
                    continue;
                }
                let changes = self.changes(&self.of_principal, cell);
                if !self.is_inhabited(cell) || changes.of(change).contains(operation) {
                    continue;
                }
                excepted.insert(cell);
                let after = self.effective(&self.of_principal, 1, cell);
                let so = after.contains(operation) == (change == Change::Gains);
                if so { &mut already } else { &mut except }.push(self.part_of(cell));
            }
        }
        (except, already, excepted)
    }

    /// Adds a line; the cells that it excepts.
    fn add(
        &self,
        (at, part): Place,
        change: Change,
        operation: Operation,
        found: &mut Found,
    ) -> BTreeSet<Place> {
        let (except, already, excepted) = self.exceptions((at, part), change, operation);
        let before = self.of_principal.rights[0].at(at, part);
        let hidden = before.allow.intersection(before.deny);
        let AccessPart { pattern_type, resource_name, host, .. } = self.part_of((at, part));
        found.lines.push(Line {
            lifted: change == Change::Gains && hidden.contains(operation),
            change: AccessChange {
                principal: self.principal.clone(),
                host,
                operation,
                resource_type: self.resource_type,
                pattern_type,
                resource_name,
                change,
                except,
                already,
            },
        });
        excepted
    }
}

#[cfg(test)]
#[path = "difference_properties.rs"]
mod properties;
#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
