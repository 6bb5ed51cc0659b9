//! The desired state that a set of ACL files means: the output of [`super::file`], the input of
//! [`super::plan`] and of the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::PatternType;
use crate::model::{
    Binding, CLUSTER_NAME, Host, Name, Operation, Principal, ResourceType, WILDCARD,
};

/// What the files say, expanded: roles, verbs, lists and variables are gone.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The documents, in the order read.
    pub documents: Vec<Document>,
    /// Every binding that should exist, with the rules that want it (at least one).
    pub bindings: BTreeMap<Binding, Vec<Place>>,
    /// Those among them that `bindings:` takes as they are; lint warns of each.
    pub verbatim: BTreeSet<Binding>,
    /// Never deleted: the union of all documents' `protect`.
    pub protect: Vec<Selector>,
    /// The assertions of all documents, one request each.
    pub tests: Vec<Assertion>,
    /// The cluster id that the files name, and where.
    pub cluster: Option<(String, Place)>,
}

/// One YAML document.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file as the user named it; `<stdin>` for standard input.
    pub file: Arc<str>,
    /// `owner:`.
    pub owner: Option<String>,
    /// What the document is authoritative for; without one it only adds.
    pub scope: Option<Selector>,
    /// Its `rules:`, in order, for coverage and for messages: the place of each.
    pub rules: Vec<Place>,
}

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Index into [`Desired::documents`].
    pub document: u32,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// Index into [`Document::rules`] where a rule stands behind it.
    pub rule: Option<u32>,
    /// A verb or a role: what it brings comes and goes together.
    #[serde(skip)]
    pub bundled: bool,
}

impl Desired {
    /// `access/orders.yaml:12:5`.
    pub fn place(&self, place: Place) -> String {
        let file = self.documents.get(place.document as usize).map_or("", |d| &*d.file);
        format!("{file}:{}:{}", place.line, place.column)
    }

    /// The bindings alone, sorted.
    pub fn binding_set(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.keys()
    }
}

/// A part of all possible bindings: what `scope` and an entry of `protect` say.
/// Host, operation and permission play no part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// Any of these; any principal when empty.
    pub principals: Vec<PrincipalPattern>,
    /// Any of these; any resource when empty.
    pub resources: Vec<ResourceScope>,
}

/// A principal of a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PrincipalPattern {
    /// This one. `User:*` is the principal of that name and nothing else.
    Exact(Principal),
    /// Those that begin so.
    Prefix(String),
}

/// Resources of a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceScope {
    /// The type.
    pub resource_type: ResourceType,
    /// The names.
    pub names: NameScope,
}

/// Names of a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NameScope {
    /// `*`: everything of the type.
    All,
    /// The LITERAL pattern of this name.
    Literal(Name),
    /// LITERAL names and PREFIXED patterns that begin so.
    Prefix(Name),
}

impl Selector {
    /// Whether `binding` lies inside.
    pub fn covers(&self, binding: &Binding) -> bool {
        (self.principals.is_empty() || self.principals.iter().any(|p| p.covers(&binding.principal)))
            && (self.resources.is_empty() || self.resources.iter().any(|r| r.covers(binding)))
    }
}

impl PrincipalPattern {
    /// Whether `principal` is meant.
    pub fn covers(&self, principal: &Principal) -> bool {
        match self {
            PrincipalPattern::Exact(exact) => exact == principal,
            PrincipalPattern::Prefix(prefix) => principal.starts_with(prefix.as_str()),
        }
    }
}

impl ResourceScope {
    /// Whether the resource pattern of `binding` lies inside.
    pub fn covers(&self, binding: &Binding) -> bool {
        if binding.resource_type != self.resource_type {
            return false;
        }
        if self.resource_type == ResourceType::Cluster {
            return true;
        }
        let name = &binding.resource_name;
        match (&self.names, binding.pattern_type) {
            (NameScope::All, _) => true,
            // LITERAL `*` lies in `*` only: checked before any prefix, the empty one included.
            (_, PatternType::Literal) if name.as_str() == WILDCARD => false,
            (NameScope::Literal(wanted), PatternType::Literal) => name == wanted,
            (NameScope::Prefix(prefix), PatternType::Literal | PatternType::Prefixed) => {
                name.starts_with(prefix.as_str())
            }
            _ => false,
        }
    }

    /// `cluster: true`.
    pub fn cluster() -> Self {
        Self {
            resource_type: ResourceType::Cluster,
            names: NameScope::Literal(CLUSTER_NAME.into()),
        }
    }
}

/// One assertion of `tests:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// Who asks.
    pub principal: Principal,
    /// From where; `None`: see "Tests" in the description of the file.
    pub host: Option<Host>,
    /// `can` (true) or `cannot` (false).
    pub allowed: bool,
    /// What.
    pub operation: Operation,
    /// On a resource of this type …
    pub resource_type: ResourceType,
    /// … and this literal name.
    pub resource_name: Name,
    /// Where the request is written.
    pub place: Place,
}
