//! The ACL file: from the text of files to the bindings that should exist.
//!
//! Text becomes trees of nodes with places ([`crate::yaml`]), trees become documents ([`document`]),
//! bodies of rules are decoded with their variables still in them ([`body`]) and expanded for each
//! use ([`expand`]). Every mistake on the way is collected; one is enough for the whole to fail.
//! Reading files, folders and the environment happens elsewhere.

mod assertions;
mod body;
mod connect;
mod describe;
mod document;
mod expand;
mod ignores;
mod names;
mod roles;
mod scope;
mod verbatim;
pub mod verbs;

#[cfg(test)]
mod tests;

pub use crate::yaml::Source;
pub use crate::yaml::text::LONGEST as LONGEST_NAME;
pub use crate::yaml::vars::{Given, variables};
pub use describe::{GrantView, RoleView, describe_roles};
pub use ignores::Ignore;
pub use scope::ScopeIndex;

use self::expand::Expander;
use self::names::Interner;
use self::roles::Roles;
use crate::acl::desired::Desired;
use crate::error::Result;
use crate::yaml::documents;
use crate::yaml::mistakes::Mistakes;
use crate::yaml::text::{Outside, Vars};
use crate::yaml::vars::{given, report_unused};

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
    let mut ignores = Vec::new();
    let wanted = "an ACL file begins with `version: 1`";
    let trees = documents(sources, wanted, &mistakes, |source, contents| {
        ignores.extend(ignores::find(&source.name, &source.bytes, &contents.quoted));
    });
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
