//! Variables: those of a document, those of files of variables, and those that are given from outside.

use std::collections::HashMap;

use super::fields::named;
use super::mistakes::{Mistakes, shown};
use super::text::{Outside, Text, Vars, is_name, text};
use super::tree::{Kind, Node};
use super::{Source, documents};
use crate::error::{Diagnostic, Result};

/// What names are like (`is_name`).
const NAMES: &str = "names are letters, digits and `_`, and begin with no digit";

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

/// The `vars:` of a document.
pub fn of_document<'t>(node: Option<&'t Node>, mistakes: &Mistakes) -> Vars<'t> {
    let mut vars = Vars::default();
    let Some(node) = node else { return vars };
    for (name, value) in entries(node, mistakes) {
        match value {
            Some(value) => vars.insert(name.raw, value),
            None => vars.insert_bad(name),
        }
    }
    vars
}

/// Names of variables and their values; `None` for what is no value.
fn entries<'t>(node: &'t Node, mistakes: &Mistakes) -> Vec<(Text<'t>, Option<Text<'t>>)> {
    let mut found = Vec::new();
    for (name, value) in named(node, "the name of a variable", mistakes) {
        if is_name(name.raw) {
            found.push((name, text(value, "the value of a variable", mistakes)));
        } else {
            report_name(name, mistakes);
        }
    }
    found
}

/// Reports a name that `${…}` could not read.
pub fn report_name(name: Text<'_>, mistakes: &Mistakes) {
    let shown = shown(name.raw);
    mistakes.add_hint(name.at, format!("`{shown}` cannot be written as `${{{shown}}}`"), NAMES);
}

/// Reads files of variables, each one mapping of names to strings as in `vars:`, in their order.
/// Fails with [`crate::error::Kind::Invalid`] and every mistake of all files.
pub fn variables(sources: &[Source]) -> Result<Vec<Given>> {
    let mistakes = Mistakes::default();
    let wanted = "a file of variables says `NAME: VALUE`, a line each";
    let trees = documents(sources, wanted, &mistakes, |_, _| {});
    let mut given = Vec::new();
    for (index, tree) in trees.iter().enumerate() {
        let root = &tree.root;
        if trees[..index].iter().any(|other| other.file == tree.file) {
            let hint = "put all names into one, without `---`";
            mistakes.add_hint(root.inner().at, "a file of variables is one document", hint);
        } else if !root.is_null() && !matches!(root.inner().kind, Kind::Mapping(_)) {
            let message = format!("these are no variables, but {}", root.describe());
            mistakes.add_hint(root.inner().at, message, wanted);
        } else if !root.is_null() {
            let place = |line: u32| Some((sources[tree.file as usize].name.clone(), line as usize));
            given.extend(entries(root, &mistakes).into_iter().filter_map(|(name, value)| {
                let place = place(name.at.line);
                Some(Given { name: name.raw.to_owned(), value: value?.raw.to_owned(), place })
            }));
        }
    }
    mistakes.take_error(sources).map_or(Ok(given), Err)
}

/// The variables from outside by name.
pub fn given<'a>(vars: &'a [Given], mistakes: &Mistakes) -> HashMap<&'a str, &'a Given> {
    let mut given = HashMap::new();
    for var in vars {
        if is_name(&var.name) {
            given.insert(var.name.as_str(), var);
        } else {
            mistakes.add_other(of_given(var, "this is no name of a variable", NAMES));
        }
    }
    given
}

/// A variable that nothing uses is most often a misspelt one.
pub fn report_unused(outside: &Outside<'_>, mistakes: &Mistakes) {
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
