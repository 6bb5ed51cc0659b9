//! Bindings arranged by resource: every pattern that matches a name is found in one binary search
//! and a walk through ever shorter around.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use super::rules::is_of_everything;
use crate::model::{Binding, Host, PatternType, ResourceType, WILDCARD};

/// The bindings of one resource pattern.
#[derive(Debug)]
struct Node<'a> {
    resource_type: ResourceType,
    name: &'a str,
    prefixed: bool,
    /// The longest proper prefix among the patterns of the type.
    parent: Option<usize>,
    entries: Range<usize>,
}

/// Bindings by type and pattern; those of unknown pattern types, which match nothing, are left out.
#[derive(Debug)]
pub(crate) struct Patterns<'a> {
    /// By pattern, then by principal, permission, operation, ranges last, host.
    entries: Vec<&'a Binding>,
    /// By type and name, a prefix before the literal of the same name. LITERAL `*` is not here.
    nodes: Vec<Node<'a>>,
    /// LITERAL `*` of each type.
    everything: Vec<(ResourceType, Range<usize>)>,
}

impl<'a> Patterns<'a> {
    pub(crate) fn new(bindings: impl IntoIterator<Item = &'a Binding>) -> Self {
        let (entries, ends) = arranged(bindings);
        let mut this = Self { entries, nodes: Vec::new(), everything: Vec::new() };
        let mut start = 0;
        let mut around: Vec<usize> = Vec::new();
        for end in ends {
            let first = this.entries[start];
            let range = std::mem::replace(&mut start, end)..end;
            let (resource_type, name) = (first.resource_type, first.resource_name.as_str());
            let prefixed = first.pattern_type == PatternType::Prefixed;
            if !prefixed && name == WILDCARD {
                this.everything.push((resource_type, range));
                continue;
            }
            while around.last().is_some_and(|top| {
                let top = &this.nodes[*top];
                top.resource_type != resource_type || !name.starts_with(top.name)
            }) {
                around.pop();
            }
            let parent = around.last().copied();
            if prefixed {
                around.push(this.nodes.len());
            }
            this.nodes.push(Node { resource_type, name, prefixed, parent, entries: range });
        }
        this
    }

    /// The bindings of every pattern that matches the literal `name`, the most specific pattern
    /// first, `*` last.
    pub(crate) fn of_name<'s>(
        &'s self,
        resource_type: ResourceType,
        name: &str,
    ) -> impl Iterator<Item = &'s [&'a Binding]> + 's {
        let end = self
            .nodes
            .partition_point(|node| (node.resource_type, node.name) <= (resource_type, name));
        let of_everything = is_of_everything(name);
        let literal = end.checked_sub(1).filter(|at| self.is(*at, resource_type, name, false));
        let longest = self.longest_prefix(end, resource_type, name);
        literal
            .into_iter()
            .chain(self.upwards(longest))
            .map(|at| self.entries_at(at))
            .chain(self.everything(resource_type).filter(|_| of_everything))
    }

    /// The bindings of every pattern that matches all names beginning with `prefix`: prefixes of
    /// it, itself included, the longest first, and `*`.
    pub(crate) fn of_prefix<'s>(
        &'s self,
        resource_type: ResourceType,
        prefix: &str,
    ) -> impl Iterator<Item = &'s [&'a Binding]> + 's {
        let end = self
            .nodes
            .partition_point(|node| (node.resource_type, node.name) <= (resource_type, prefix));
        let longest = self.longest_prefix(end, resource_type, prefix);
        let of_everything = !prefix.starts_with(WILDCARD);
        let everything = self.everything(resource_type).filter(|_| of_everything);
        self.upwards(longest).map(|at| self.entries_at(at)).chain(everything)
    }

    /// The bindings of LITERAL `*`.
    pub(crate) fn everything(&self, resource_type: ResourceType) -> Option<&[&'a Binding]> {
        let found = self.everything.iter().find(|(of, _)| *of == resource_type)?;
        Some(&self.entries[found.1.clone()])
    }

    /// The bindings of patterns that lie inside PREFIXED `prefix`: literals that begin so and
    /// prefixes that begin so, itself included.
    pub(crate) fn inside(&self, resource_type: ResourceType, prefix: &str) -> &[&'a Binding] {
        let start = self
            .nodes
            .partition_point(|node| (node.resource_type, node.name) < (resource_type, prefix));
        let inside = self.nodes[start..].partition_point(|node| {
            node.resource_type == resource_type && node.name.starts_with(prefix)
        });
        match inside {
            0 => &[],
            // LITERAL `*` sorts among the names and may lie between two nodes.
            count => {
                let (first, last) = (&self.nodes[start], &self.nodes[start + count - 1]);
                &self.entries[first.entries.start..last.entries.end]
            }
        }
    }

    /// All bindings of a type, in order.
    pub(crate) fn of_type(&self, resource_type: ResourceType) -> &[&'a Binding] {
        let start = self.entries.partition_point(|b| b.resource_type < resource_type);
        let end = self.entries.partition_point(|b| b.resource_type <= resource_type);
        &self.entries[start..end]
    }

    fn is(&self, at: usize, resource_type: ResourceType, name: &str, prefixed: bool) -> bool {
        let node = &self.nodes[at];
        node.prefixed == prefixed && node.name == name && node.resource_type == resource_type
    }

    /// The longest prefix of `name` among the nodes, where `end` counts those that sort up to it.
    /// What sorts between a prefix of a name and the name begins with that prefix as well, so that
    /// the walk upwards from the last node passes all prefixes of the name.
    fn longest_prefix(&self, end: usize, resource_type: ResourceType, name: &str) -> Option<usize> {
        let mut at = end.checked_sub(1);
        while let Some(node) = at.map(|at| &self.nodes[at]) {
            if node.resource_type != resource_type {
                return None;
            }
            if node.prefixed && name.starts_with(node.name) {
                return at;
            }
            at = node.parent;
        }
        None
    }

    fn upwards(&self, from: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(from, |at| self.nodes[*at].parent)
    }

    fn entries_at(&self, at: usize) -> &[&'a Binding] {
        &self.entries[self.nodes[at].entries.clone()]
    }
}

/// The bindings by pattern, principal, permission, operation, ranges last, host; and where the
/// bindings of each pattern end. Texts are compared once for each that is different, not once for
/// each pair of bindings: a large state repeats few.
fn arranged<'a>(bindings: impl IntoIterator<Item = &'a Binding>) -> (Vec<&'a Binding>, Vec<usize>) {
    let bindings: Vec<&Binding> =
        bindings.into_iter().filter(|binding| binding.pattern_type.is_known()).collect();
    let patterns = ranks(bindings.iter().map(|binding| {
        let literal = binding.pattern_type == PatternType::Literal;
        (binding.resource_type, binding.resource_name.as_str(), literal)
    }));
    let principals = ranks(bindings.iter().map(|binding| binding.principal.as_str()));
    let mut keys: Vec<_> = bindings
        .iter()
        .zip(patterns.into_iter().zip(principals))
        .map(|(b, rank)| (rank, b.permission_type, b.operation, is_range(&b.host), *b))
        .collect();
    keys.sort_unstable_by(|a, b| {
        let (a_binding, b_binding) = (a.4, b.4);
        (a.0, a.1, a.2, a.3)
            .cmp(&(b.0, b.1, b.2, b.3))
            .then_with(|| a_binding.host.cmp(&b_binding.host))
    });
    let ends = keys.chunk_by(|a, b| a.0.0 == b.0.0).scan(0, |end, chunk| {
        *end += chunk.len();
        Some(*end)
    });
    (keys.iter().map(|key| key.4).collect(), ends.collect())
}

/// The rank of each among those that are different.
fn ranks<T: Ord + Hash + Copy>(of: impl Iterator<Item = T>) -> Vec<usize> {
    let mut known: HashMap<T, usize> = HashMap::new();
    let numbers: Vec<usize> = of
        .map(|item| {
            let next = known.len();
            *known.entry(item).or_insert(next)
        })
        .collect();
    let mut order: Vec<(T, usize)> = known.into_iter().collect();
    order.sort_unstable();
    let mut ranks = vec![0; order.len()];
    for (rank, (_, number)) in order.into_iter().enumerate() {
        ranks[number] = rank;
    }
    numbers.into_iter().map(|number| ranks[number]).collect()
}

/// Whether `host` may be a range.
pub(crate) fn is_range(host: &Host) -> bool {
    host.contains('/')
}
