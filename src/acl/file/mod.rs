//! The ACL file: from the text of files to the bindings that should exist.
//!
//! Text becomes trees of nodes with places ([`yaml`]), trees become documents ([`document`]),
//! bodies of rules are decoded with their variables still in them ([`body`]) and expanded for each
//! use ([`expand`]). Every mistake on the way is collected ([`mistakes`]); one is enough for the
//! whole to fail. Reading files, folders and the environment happens elsewhere.

mod assertions;
mod body;
mod connect;
mod describe;
mod document;
mod expand;
mod feed;
mod fields;
mod ignores;
mod mistakes;
mod names;
mod roles;
mod scope;
mod syntax;
mod text;
mod tree;
mod verbatim;
pub mod verbs;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use describe::{GrantView, RoleView, describe_roles};
pub use ignores::Ignore;
pub use scope::ScopeIndex;
pub use text::LONGEST as LONGEST_NAME;

use self::expand::Expander;
use self::mistakes::{At, Mistakes, shown};
use self::names::Interner;
use self::roles::Roles;
use self::text::{Outside, Vars, is_name};
use self::tree::Tree;
use crate::acl::desired::Desired;
use crate::error::{Diagnostic, Result};

/// A file, read.
#[derive(Clone)]
pub struct Source {
    /// As shown: `access/orders.yaml` or `<stdin>`.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// A variable that is given from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The file of variables and the line in it, counted from 1; `None` for `--var`.
    pub place: Option<(String, usize)>,
}

/// What the files do not say themselves.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// `--var` and `--var-file`, later ones win. Each must be used by something.
    pub vars: &'a [Given],
    /// `${env.NAME}`.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the cluster knows CIDR hosts: metadata.version 4.4-IV1 or newer.
    pub cidr: bool,
}

impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs")
            .field("vars", &self.vars)
            .field("cidr", &self.cidr)
            .finish_non_exhaustive()
    }
}

/// What [`load_with_ignores`] returns.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What the files mean.
    pub desired: Desired,
    /// Their comments for lint, in the order of the files.
    pub ignores: Vec<Ignore>,
}

/// Reads the files. Fails with [`crate::error::Kind::Invalid`] and every mistake of all files.
pub fn load(sources: &[Source], inputs: &Inputs<'_>) -> Result<Desired> {
    load_with_ignores(sources, inputs).map(|loaded| loaded.desired)
}

/// The same, with the comments that speak to lint.
pub fn load_with_ignores(sources: &[Source], inputs: &Inputs<'_>) -> Result<Loaded> {
    let mut desired = Desired::default();
    let ignores = run(sources, inputs, |expander, documents| {
        for (document, opened) in documents.iter().enumerate() {
            opened.read(document, expander, &mut desired, expander.outside.mistakes);
        }
    })?;
    Ok(Loaded { desired, ignores })
}

/// Reads everything up to the roles, lets `finish` do the rest, and fails if there were mistakes.
fn run(
    sources: &[Source],
    inputs: &Inputs<'_>,
    finish: impl for<'t> FnOnce(&Expander<'_, 't>, &[document::Opened<'t, '_>]),
) -> Result<Vec<Ignore>> {
    let mistakes = Mistakes::default();
    let (trees, ignores) = read(sources, "an ACL file begins with `version: 1`", &mistakes);
    let files: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let given = given(inputs.vars, &mistakes);
    let outside = Outside::new(given, inputs.env, &mistakes);
    let interner = Interner::default();

    let documents: Vec<_> =
        trees.iter().filter_map(|tree| document::open(tree, &mistakes)).collect();
    let vars: Vec<Vars<'_>> = documents.iter().map(|opened| opened.vars(&mistakes)).collect();
    let mut roles = Roles::default();
    for (document, opened) in documents.iter().enumerate() {
        opened.roles(document, &files, &mut roles, &mistakes);
    }
    roles.check_circles(&mistakes);
    let expander = Expander::new(&outside, &interner, inputs.cidr, &roles, &vars, &files);
    for document in 0..vars.len() {
        expander.resolver(document).env.check_vars();
    }
    for role in &roles.list {
        expander.check_role(role);
    }
    finish(&expander, &documents);
    report_unused(&outside, &mistakes);
    drop(documents);
    match mistakes.take_error(sources) {
        Some(error) => Err(error),
        None => Ok(ignores),
    }
}

/// The documents of the files; `wanted` says what an empty one lacks.
fn read(sources: &[Source], wanted: &str, mistakes: &Mistakes) -> (Vec<Tree>, Vec<Ignore>) {
    let mut budget = yaml::Budget::default();
    let mut trees = Vec::new();
    let mut ignores = Vec::new();
    for (file, source) in (0..).zip(sources) {
        let contents = yaml::read(file, source, mistakes, &mut budget);
        if contents.trees.is_empty() && !mistakes.is_broken() {
            let at = At { file, line: 1, column: 1, width: 1 };
            mistakes.add_hint(at, "the file is empty", wanted);
        }
        ignores.extend(ignores::find(&source.name, &source.bytes, &contents.quoted));
        trees.extend(contents.trees);
    }
    (trees, ignores)
}

/// Reads files of variables, each one mapping of names to strings as in `vars:`, in their order.
/// Fails with [`crate::error::Kind::Invalid`] and every mistake of all files.
pub fn variables(sources: &[Source]) -> Result<Vec<Given>> {
    let mistakes = Mistakes::default();
    let wanted = "a file of variables says `NAME: VALUE`, a line each";
    let (trees, _) = read(sources, wanted, &mistakes);
    let mut given = Vec::new();
    for (index, tree) in trees.iter().enumerate() {
        let root = &tree.root;
        if trees[..index].iter().any(|other| other.file == tree.file) {
            let hint = "put all names into one, without `---`";
            mistakes.add_hint(root.inner().at, "a file of variables is one document", hint);
        } else if !root.is_null() && !matches!(root.inner().kind, tree::Kind::Mapping(_)) {
            let message = format!("these are no variables, but {}", root.describe());
            mistakes.add_hint(root.inner().at, message, wanted);
        } else if !root.is_null() {
            let place = |line: u32| Some((sources[tree.file as usize].name.clone(), line as usize));
            given.extend(document::variables(root, &mistakes).into_iter().filter_map(
                |(name, value)| {
                    let place = place(name.at.line);
                    Some(Given { name: name.raw.to_owned(), value: value?.raw.to_owned(), place })
                },
            ));
        }
    }
    mistakes.take_error(sources).map_or(Ok(given), Err)
}

/// The variables from outside by name.
fn given<'a>(vars: &'a [Given], mistakes: &Mistakes) -> HashMap<&'a str, &'a Given> {
    let mut given = HashMap::new();
    for var in vars {
        if is_name(&var.name) {
            given.insert(var.name.as_str(), var);
        } else {
            let hint = "names are letters, digits and `_`, and begin with no digit";
            mistakes.add_other(of_given(var, "this is no name of a variable", hint));
        }
    }
    given
}

/// A variable that nothing uses is most often a misspelt one.
fn report_unused(outside: &Outside<'_>, mistakes: &Mistakes) {
    if mistakes.is_broken() {
        return;
    }
    let used = outside.used.borrow();
    let mut unused: Vec<_> =
        outside.given.iter().filter(|(name, _)| !used.contains(**name)).collect();
    unused.sort_unstable_by_key(|(name, _)| **name);
    for (name, var) in unused {
        let message = "nothing in the files uses this variable";
        let hint = format!("write `${{{name}}}` where it belongs, or leave the variable out");
        mistakes.add_other(of_given(var, message, &hint));
    }
}

fn of_given(var: &Given, message: &str, hint: &str) -> Diagnostic {
    let shown = shown(&var.name);
    let (file, line, between) = match &var.place {
        Some((file, line)) => (file.as_str(), *line, ": "),
        None => ("--var", 1, "="),
    };
    Diagnostic {
        file: file.to_owned(),
        line,
        column: 1,
        width: shown.chars().count().max(1),
        source: format!("{shown}{between}…"),
        cut: 0,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    }
}
