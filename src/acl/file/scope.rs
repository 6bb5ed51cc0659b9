//! `scope` and `protect`: parts of all possible bindings; and a form of them that answers fast.

use std::collections::{HashMap, HashSet};

use super::body::resources;
use super::names::{Resolver, names};
use crate::acl::desired::{NameScope, PrincipalPattern, ResourceScope, Selector};
use crate::model::{Binding, Name, PatternType, Principal, ResourceType, WILDCARD};
use crate::yaml::fields::Fields;
use crate::yaml::mistakes::Mistakes;
use crate::yaml::tree::Node;

const KEYS: &[&str] =
    &["principal", "topic", "group", "transactional-id", "delegation-token", "user", "cluster"];

/// Reads `scope`, or an entry of `protect`. `None`: mistakes, which were reported.
pub(super) fn selector(
    node: &Node,
    what: &str,
    resolver: &Resolver<'_, '_>,
    mistakes: &Mistakes,
) -> Option<Selector> {
    let before = mistakes.total();
    let hint = |key: &str| match key {
        "principals" => Some("write `principal`; it takes a list".to_owned()),
        "host" | "operation" => {
            Some("what is managed is chosen by principal and resource".to_owned())
        }
        _ => None,
    };
    let fields = Fields::open(node, what, KEYS, mistakes, hint)?;
    if fields.iter().next().is_none() && mistakes.total() == before {
        let hint = match what {
            "`scope`" => {
                "name principals or resources; a document that owns the whole cluster says `scope: all`"
            }
            _ => "name principals or resources, or remove it",
        };
        mistakes.add_hint(fields.at, format!("{what} says nothing"), hint);
    }
    let mut selector = Selector::default();
    if let Some(node) = fields.get("principal") {
        let names = names(node, "a principal", mistakes);
        selector
            .principals
            .extend(names.iter().filter_map(|name| resolver.principal_pattern(name)));
    }
    for (resource_type, names) in resources(&fields, mistakes) {
        if resource_type == ResourceType::Cluster {
            selector.resources.push(ResourceScope::cluster());
        }
        for name in names {
            let Some(pattern) = resolver.pattern(&name) else { continue };
            let names = match pattern.pattern_type {
                PatternType::Literal if &*pattern.name == WILDCARD => NameScope::All,
                PatternType::Prefixed => NameScope::Prefix(pattern.name),
                _ => NameScope::Literal(pattern.name),
            };
            selector.resources.push(ResourceScope { resource_type, names });
        }
    }
    // Part of a selector is a wider or a narrower one; neither may be acted on.
    (mistakes.total() == before).then_some(selector)
}

/// A [`Selector`] that answers in the time that its answer takes to look up, however long it is.
#[derive(Debug, Clone, Default)]
pub struct ScopeIndex {
    principals: Option<Texts>,
    resources: Option<HashMap<ResourceType, TypeScope>>,
}

#[derive(Debug, Clone, Default)]
struct TypeScope {
    all: bool,
    names: Texts,
}

/// Exact texts, and prefixes none of which begins with another.
#[derive(Debug, Clone, Default)]
struct Texts {
    exact: HashSet<String>,
    prefixes: Vec<String>,
}

impl Texts {
    fn finish(&mut self) {
        self.prefixes.sort_unstable();
        let mut kept: Vec<String> = Vec::new();
        for prefix in self.prefixes.drain(..) {
            if !kept.last().is_some_and(|last| prefix.starts_with(last.as_str())) {
                kept.push(prefix);
            }
        }
        self.prefixes = kept;
    }

    fn has_prefix_of(&self, text: &str) -> bool {
        // Whatever sorts between a prefix and `text` begins with that prefix, so it was left out.
        let after = self.prefixes.partition_point(|prefix| prefix.as_str() <= text);
        after > 0 && text.starts_with(self.prefixes[after - 1].as_str())
    }
}

impl ScopeIndex {
    /// Indexes a selector; the answers are those of [`Selector::covers`].
    pub fn new(selector: &Selector) -> Self {
        let mut principals = Texts::default();
        for pattern in &selector.principals {
            match pattern {
                PrincipalPattern::Exact(exact) => _ = principals.exact.insert(exact.to_string()),
                PrincipalPattern::Prefix(prefix) => principals.prefixes.push(prefix.clone()),
            }
        }
        principals.finish();
        let mut resources: HashMap<ResourceType, TypeScope> = HashMap::new();
        for resource in &selector.resources {
            let scope = resources.entry(resource.resource_type).or_default();
            match &resource.names {
                NameScope::All => scope.all = true,
                NameScope::Literal(name) => _ = scope.names.exact.insert(name.to_string()),
                NameScope::Prefix(prefix) => scope.names.prefixes.push(prefix.to_string()),
            }
        }
        for (resource_type, scope) in &mut resources {
            scope.all |= *resource_type == ResourceType::Cluster;
            scope.names.finish();
        }
        Self {
            principals: (!selector.principals.is_empty()).then_some(principals),
            resources: (!selector.resources.is_empty()).then_some(resources),
        }
    }

    /// Whether `binding` lies inside.
    pub fn covers(&self, binding: &Binding) -> bool {
        self.covers_principal(&binding.principal)
            && self.covers_pattern(
                binding.resource_type,
                binding.pattern_type,
                &binding.resource_name,
            )
    }

    /// Whether bindings of `principal` can lie inside.
    pub fn covers_principal(&self, principal: &Principal) -> bool {
        self.principals.as_ref().is_none_or(|principals| {
            principals.exact.contains(principal.as_str()) || principals.has_prefix_of(principal)
        })
    }

    /// Whether bindings on this resource pattern can lie inside.
    pub fn covers_pattern(
        &self,
        resource_type: ResourceType,
        pattern_type: PatternType,
        name: &Name,
    ) -> bool {
        let Some(resources) = &self.resources else { return true };
        let Some(scope) = resources.get(&resource_type) else { return false };
        if scope.all {
            return true;
        }
        match pattern_type {
            PatternType::Literal if name.as_str() == WILDCARD => false,
            PatternType::Literal => {
                scope.names.exact.contains(name.as_str()) || scope.names.has_prefix_of(name)
            }
            PatternType::Prefixed => scope.names.has_prefix_of(name),
            PatternType::Unknown(_) => false,
        }
    }
}
