//! Roles: named lists of rule bodies, shared by all documents.

use std::cell::Cell;
use std::collections::HashMap;

use super::body::{BODY, Item, What, items};
use crate::yaml::fields::{Fields, section};
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{Text, is_name, text};
use crate::yaml::tree::{Kind, Node};
use crate::yaml::vars::report_name;

/// Parameters of a role; they are looked up one after the other.
const PARAMS: usize = 100;

/// A role before it is used.
#[derive(Debug)]
pub(super) struct Role<'t> {
    pub name: Text<'t>,
    /// The document that defines it, whose variables it sees.
    pub document: usize,
    pub params: Vec<Text<'t>>,
    pub items: Vec<Item<'t>>,
    /// Whether a mistake was found in it; then it is never expanded.
    pub bad: Cell<bool>,
}

/// All roles of a run.
#[derive(Debug, Default)]
pub(super) struct Roles<'t> {
    pub list: Vec<Role<'t>>,
    by_name: HashMap<&'t str, usize>,
}

impl<'t> Roles<'t> {
    /// Decodes an entry of `roles:`.
    pub fn define(
        &mut self,
        name: Text<'t>,
        node: &'t Node,
        document: usize,
        names: &[&str],
        mistakes: &Mistakes,
    ) {
        let before = mistakes.total();
        let (params, items) = definition(node, mistakes);
        if let Some(first) = self.find(name.raw) {
            let first = self.list[first].name.at;
            let file = names.get(first.file as usize).copied().unwrap_or_default();
            let message = format!(
                "the role `{}` is already defined at {}:{}:{}",
                shown(name.raw),
                shown(file),
                first.line,
                first.column
            );
            mistakes.add_hint(
                name.at,
                message,
                "roles are shared by all documents; rename one of the two",
            );
            return;
        }
        let bad = Cell::new(mistakes.total() > before);
        self.by_name.insert(name.raw, self.list.len());
        self.list.push(Role { name, document, params, items, bad });
    }

    /// The role of that name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The names, for a suggestion.
    pub fn names(&self) -> impl Iterator<Item = &'t str> {
        self.list.iter().map(|role| role.name.raw)
    }

    /// Reports roles that use themselves, directly or through others, each circle once.
    pub fn check_circles(&self, mistakes: &Mistakes) {
        // Depth first without recursion: a chain may be as long as the file.
        let mut state = vec![Visit::New; self.list.len()];
        for start in 0..self.list.len() {
            if state[start] != Visit::New {
                continue;
            }
            let mut path: Vec<(usize, Vec<(usize, At)>)> = vec![(start, self.uses(start))];
            state[start] = Visit::Open;
            while let Some((role, uses)) = path.last_mut() {
                let role = *role;
                match uses.pop() {
                    None => {
                        state[role] = Visit::Done;
                        path.pop();
                    }
                    Some((used, at)) => match state[used] {
                        Visit::Done => {}
                        Visit::Open => self.report_circle(used, at, &path, mistakes),
                        Visit::New => {
                            state[used] = Visit::Open;
                            path.push((used, self.uses(used)));
                        }
                    },
                }
            }
        }
    }

    /// The roles that a role uses by plain names, last first.
    fn uses(&self, role: usize) -> Vec<(usize, At)> {
        let items = self.list[role].items.iter().rev();
        items
            .filter_map(|item| match &item.what {
                What::Role(role) => Some((self.find(role.name.raw)?, item.at)),
                _ => None,
            })
            .collect()
    }

    fn report_circle(
        &self,
        used: usize,
        at: At,
        path: &[(usize, Vec<(usize, At)>)],
        mistakes: &Mistakes,
    ) {
        let from = path.iter().position(|(role, _)| *role == used).unwrap_or(0);
        let circle = path[from..].iter().map(|(role, _)| *role);
        let mut names = Vec::new();
        for role in circle {
            self.list[role].bad.set(true);
            names.push(shown(self.list[role].name.raw));
        }
        let name = names[0].clone();
        names.push(name.clone());
        if names.len() > 6 {
            names.splice(3..names.len() - 2, ["…".to_owned()]);
        }
        let message = format!("the role `{name}` uses itself: {}", names.join(" → "));
        mistakes.add_hint(at, message, "leave this use out");
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// A list of bodies, or a mapping with `params` and `rules`.
fn definition<'t>(node: &'t Node, mistakes: &Mistakes) -> (Vec<Text<'t>>, Vec<Item<'t>>) {
    if !matches!(node.inner().kind, Kind::Mapping(_)) {
        return (Vec::new(), bodies(node, mistakes));
    }
    let hint = |key: &str| {
        BODY.contains(&key)
            .then(|| format!("a role is a list of rule bodies: put `- ` in front of `{key}`"))
    };
    let Some(fields) = Fields::open(node, "a role", &["params", "rules"], mistakes, hint) else {
        return (Vec::new(), Vec::new());
    };
    let params = fields.get("params").map(|node| params(node, mistakes)).unwrap_or_default();
    // A body where `rules` belongs was reported; saying that `rules` is missing adds nothing.
    let is_body = node.inner().is_body();
    let rules = if is_body { fields.get("rules") } else { fields.require("rules") };
    (params, rules.map(|node| bodies(node, mistakes)).unwrap_or_default())
}

impl Node {
    fn is_body(&self) -> bool {
        matches!(&self.kind, Kind::Mapping(pairs)
            if pairs.iter().any(|(key, _)| key.scalar().is_some_and(|key| BODY.contains(&key))))
    }
}

fn params<'t>(node: &'t Node, mistakes: &Mistakes) -> Vec<Text<'t>> {
    let mut out: Vec<Text<'t>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let items = section(node, "params", mistakes);
    if items.len() > PARAMS {
        let message = format!("a role has at most {PARAMS} parameters");
        mistakes.add_hint(node.inner().at, message, "split the role");
        return out;
    }
    for item in items {
        let Some(name) = text(item, "the name of a parameter", mistakes) else { continue };
        if !is_name(name.raw) {
            report_name(name, mistakes);
        } else if seen.insert(name.raw) {
            out.push(name);
        } else {
            mistakes.add(name.at, format!("the parameter `{}` stands here twice", name.raw));
        }
    }
    out
}

fn bodies<'t>(node: &'t Node, mistakes: &Mistakes) -> Vec<Item<'t>> {
    let hint = |key: &str| match key {
        "principal" | "host" => Some(format!("a role has no `{key}`; the rule that uses it has")),
        _ => None,
    };
    let mut out = Vec::new();
    for body in section(node, "a role", mistakes) {
        if let Some(fields) = Fields::open(body, "a rule of a role", BODY, mistakes, hint) {
            out.extend(items(&fields, mistakes));
        }
    }
    out
}
