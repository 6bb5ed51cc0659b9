//! One document: its keys, what belongs to it alone, and its rules.

use std::collections::BTreeMap;

use super::assertions;
use super::body::{self, BODY};
use super::expand::{Expander, Wanted};
use super::names::list;
use super::roles::Roles;
use super::scope::{ScopeIndex, selector};
use super::verbatim;
use crate::acl::desired::{Desired, Document, Place, Selector};
use crate::model::{Binding, Host, Principal};
use crate::yaml::fields::{Fields, named, section};
use crate::yaml::head::{check_version, report_missing_version, written_by_kward};
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{Vars, text};
use crate::yaml::tree::{Node, Tree};
use crate::yaml::vars;

const KEYS: &[&str] = &[
    "version", "cluster", "owner", "scope", "protect", "vars", "roles", "rules", "bindings",
    "tests",
];
const RULE: &[&str] =
    &["principal", "host", "produce", "consume", "streams", "connect", "role", "allow", "deny"];

/// A document whose keys were checked.
pub(super) struct Opened<'t, 'm> {
    pub file: u32,
    fields: Fields<'t, 'm>,
}

/// Opens a document; `None` where nothing in it can be read as version 1.
pub(super) fn open<'t, 'm>(tree: &'t Tree, mistakes: &'m Mistakes) -> Option<Opened<'t, 'm>> {
    let root = &tree.root;
    if root.is_null() {
        let hint = "an ACL file begins with `version: 1`; a `---` with nothing behind it is an empty document";
        mistakes.add_hint(root.inner().at, "this document is empty", hint);
        return None;
    }
    if let Some(kind) = written_by_kward(root) {
        let hint = match kind {
            "AclSavedPlan" => "a saved plan is applied without `-f`: `kward acl apply FILE`",
            "AclBackup" => "a backup is put back by `kward acl apply --undo FILE`",
            "AclList" => {
                "a saved list is what `--against` takes; `kward acl export` makes an ACL file"
            }
            _ => "an ACL file begins with `version: 1`",
        };
        mistakes.add_hint(
            root.inner().at,
            format!("this is no ACL file, its kind is `{}`", shown(kind)),
            hint,
        );
        return None;
    }
    if !check_version(root, mistakes) {
        mistakes.set_broken();
        return None;
    }
    let hint = |key: &str| match key {
        "topics" => Some("`topics` belongs in a topic file: `kward topic plan -f FILE`".to_owned()),
        _ => RULE.contains(&key).then(|| format!("`{key}` belongs to an entry of `rules:`")),
    };
    let fields = Fields::open(root, "an ACL file", KEYS, mistakes, hint)?;
    if fields.get("version").is_none() {
        report_missing_version(root, mistakes);
    }
    Some(Opened { file: tree.file, fields })
}

impl<'t> Opened<'t, '_> {
    /// `vars:`.
    pub fn vars(&self, mistakes: &Mistakes) -> Vars<'t> {
        vars::of_document(self.fields.get("vars"), mistakes)
    }

    /// `roles:`.
    pub fn roles(
        &self,
        document: usize,
        files: &[&str],
        roles: &mut Roles<'t>,
        mistakes: &Mistakes,
    ) {
        let Some(node) = self.fields.get("roles") else { return };
        for (name, definition) in named(node, "the name of a role", mistakes) {
            roles.define(name, definition, document, files, mistakes);
        }
    }

    /// Everything else.
    pub fn read(
        &self,
        document: usize,
        expander: &Expander<'_, 't>,
        desired: &mut Desired,
        mistakes: &Mistakes,
    ) {
        let resolver = expander.resolver(document);
        let string = |key: &str, what: &str| {
            let text = self.fields.text(key, what)?;
            let filled = resolver.env.fill(text)?;
            if filled.text.is_empty() {
                mistakes.add_hint(
                    text.at,
                    format!("`{key}` is empty"),
                    "write it, or remove the key",
                );
                return None;
            }
            Some((text.at, filled.text.into_owned()))
        };
        let number = u32::try_from(document).unwrap_or(u32::MAX);
        let place = |at: At, rule| {
            let At { line, column, .. } = at;
            Place { document: number, line, column, rule, bundled: false }
        };
        if let Some((at, id)) = string("cluster", "the id of a cluster") {
            self.cluster(id, at, place(at, None), desired, expander, mistakes);
        }
        let owner = string("owner", "a name").map(|(_, owner)| owner);
        let scope = self.fields.get("scope").and_then(|node| match node.scalar() {
            Some("all") => Some(Selector::default()),
            _ if node.is_null() => {
                let hint = "name principals or resources; a document that owns the whole cluster says `scope: all`";
                mistakes.add_hint(node.inner().at, "`scope` has no value", hint);
                None
            }
            _ => selector(node, "`scope`", &resolver, mistakes),
        });
        if let Some(node) = self.fields.get("protect") {
            for entry in section(node, "protect", mistakes) {
                desired.protect.extend(selector(
                    entry,
                    "an entry of `protect`",
                    &resolver,
                    mistakes,
                ));
            }
        }
        let mut wants = Wants {
            scope: scope.as_ref().map(ScopeIndex::new),
            place: &place,
            document,
            expander,
            mistakes,
            bindings: &mut desired.bindings,
        };
        let mut rules = Vec::new();
        if let Some(node) = self.fields.get("rules") {
            for (rule, index) in section(node, "rules", mistakes).iter().zip(0..) {
                rules.push(place(rule.inner().at, Some(index)));
                wants.rule(rule, index);
            }
        }
        if let Some(node) = self.fields.get("bindings") {
            for entry in section(node, "bindings", mistakes) {
                let Some((at, binding)) = verbatim::decode(entry, expander.interner, mistakes)
                else {
                    continue;
                };
                desired.verbatim.insert(binding.clone());
                wants.verbatim(at, binding);
            }
        }
        if let Some(node) = self.fields.get("tests") {
            for entry in section(node, "tests", mistakes) {
                let place = |at| place(at, None);
                assertions::decode(entry, &resolver, mistakes, place, &mut desired.tests);
            }
        }
        let file = expander.files.get(self.file as usize).copied().unwrap_or_default();
        desired.documents.push(Document { file: file.into(), owner, scope, rules });
    }

    fn cluster(
        &self,
        id: String,
        at: At,
        place: Place,
        desired: &mut Desired,
        expander: &Expander<'_, '_>,
        mistakes: &Mistakes,
    ) {
        match &desired.cluster {
            Some((other, first)) if *other != id => {
                let files = expander.files;
                let file = desired.documents.get(first.document as usize).map(|d| &*d.file);
                let file = file.or(files.get(self.file as usize).copied()).unwrap_or_default();
                let message = format!(
                    "this document is for the cluster `{}`, another one for `{}` ({}:{})",
                    shown(&id),
                    shown(other),
                    shown(file),
                    first.line
                );
                mistakes.add_hint(
                    at,
                    message,
                    "one run is about one cluster; apply the files separately",
                );
            }
            Some(_) => {}
            None => desired.cluster = Some((id, place)),
        }
    }
}

/// Puts what rules want into the desired state.
struct Wants<'w, 'e, 't> {
    scope: Option<ScopeIndex>,
    place: &'w dyn Fn(At, Option<u32>) -> Place,
    document: usize,
    expander: &'w Expander<'e, 't>,
    mistakes: &'w Mistakes,
    bindings: &'w mut BTreeMap<Binding, Vec<Place>>,
}

impl<'t> Wants<'_, '_, 't> {
    fn rule(&mut self, node: &'t Node, index: u32) {
        let mistakes = self.mistakes;
        let hint = |key: &str| match key {
            "topic" | "group" | "operation" | "transactional-id" | "cluster" => Some(format!(
                "`{key}` belongs inside a verb, `allow` or `deny`: `consume: {{ topic: …, group: … }}`"
            )),
            "principals" => Some("write `principal`; it takes a list".to_owned()),
            _ => None,
        };
        let Some(fields) = Fields::open(node, "a rule", RULE, mistakes, hint) else { return };
        let resolver = self.expander.resolver(self.document);
        if fields.lacks("principal") {
            let hint = "say who: `principal: User:orders`";
            mistakes.add_hint(fields.at, "`principal` is missing in a rule", hint);
        }
        let principals = body::names_of(&fields, "principal", "a principal", mistakes);
        let principals: Vec<_> = principals
            .iter()
            .filter_map(|name| Some((name.text.at, resolver.principal(name)?)))
            .collect();
        let mut hosts = Vec::new();
        if let Some(node) = fields.get("host") {
            list(node, "a host", mistakes, |node| {
                hosts.extend(text(node, "a host", mistakes).and_then(|text| resolver.host(text)));
            });
        } else {
            hosts.push(Host::any());
        }
        let items = body::items(&fields, mistakes);
        let wanted = self.expander.rule(&items, self.document);
        self.check_scope(&principals, &wanted);
        let copies = principals.len() * hosts.len();
        if copies > 1 && !self.expander.spend(fields.at, copies.saturating_mul(wanted.len())) {
            return;
        }
        for (_, principal) in &principals {
            for host in &hosts {
                for wanted in &wanted {
                    let place = (self.place)(wanted.at, Some(index));
                    let place = Place { bundled: wanted.bundled, ..place };
                    self.add(binding(wanted, principal, host), place);
                }
            }
        }
    }

    fn add(&mut self, binding: Binding, place: Place) {
        let places = self.bindings.entry(binding).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }

    fn verbatim(&mut self, at: At, binding: Binding) {
        if self.scope.as_ref().is_some_and(|scope| !scope.covers(&binding)) {
            self.outside(at, &[format!("{} of {}", binding.pattern(), binding.principal)]);
        }
        self.add(binding, (self.place)(at, None));
    }

    fn check_scope(&self, principals: &[(At, Principal)], wanted: &[Wanted]) {
        let Some(scope) = &self.scope else { return };
        for (at, principal) in principals {
            if !scope.covers_principal(principal) {
                self.outside(*at, &[principal.as_str()]);
            }
        }
        // One message for each verb, not one for each binding.
        for of_one in wanted.chunk_by(|a, b| a.at == b.at) {
            let patterns = of_one.iter().map(|wanted| &wanted.grant).filter(|grant| {
                !scope.covers_pattern(grant.resource_type, grant.pattern_type, &grant.name)
            });
            let mut outside: Vec<String> = Vec::new();
            for grant in patterns {
                let pattern = crate::model::ResourcePattern {
                    resource_type: grant.resource_type,
                    name: grant.name.clone(),
                    pattern_type: grant.pattern_type,
                };
                let pattern = pattern.to_string();
                if outside.last() != Some(&pattern) {
                    outside.push(pattern);
                }
            }
            if !outside.is_empty() {
                outside.sort_unstable();
                outside.dedup();
                self.outside(of_one[0].at, &outside);
            }
        }
    }

    fn outside(&self, at: At, what: &[impl AsRef<str>]) {
        const NAMED: usize = 5;
        let names: Vec<String> =
            what.iter().take(NAMED).map(|name| format!("`{}`", shown(name.as_ref()))).collect();
        let names = match (what.len().saturating_sub(NAMED), names.as_slice()) {
            (0, [names @ .., last]) if !names.is_empty() => {
                format!("{} and {last} lie", names.join(", "))
            }
            (0, _) => format!("{} lies", names.join(", ")),
            (more, _) => format!("{} and {more} more lie", names.join(", ")),
        };
        let message = format!("{names} outside the document's own `scope`");
        let hint = "widen `scope`, or move the rule to the document that owns it";
        self.mistakes.add_hint(at, message, hint);
    }
}

fn binding(wanted: &Wanted, principal: &Principal, host: &Host) -> Binding {
    Binding {
        resource_type: wanted.grant.resource_type,
        resource_name: wanted.grant.name.clone(),
        pattern_type: wanted.grant.pattern_type,
        principal: principal.clone(),
        host: host.clone(),
        operation: wanted.grant.operation,
        permission_type: wanted.permission,
    }
}

/// The keys of a rule are those of a body and two more.
const _: () = assert!(RULE.len() == BODY.len() + 2);
