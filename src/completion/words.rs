//! Values that are the same on every cluster, and of which the grammar does not know.

use std::fs;

use super::Candidate;
use super::question::Question;
use crate::acl::file::{Inputs, describe_roles};
use crate::acl::lint::Code;
use crate::settings::Environment;
use crate::settings::contexts::SECRETS;

/// The columns of the command that are not named yet, in the case of what was typed. Behind a `-` those of
/// `--sort-by` are the other way round.
pub(super) fn columns(question: &Question<'_>) -> Vec<Candidate> {
    let turned = if question.value.starts_with('-') { "-" } else { "" };
    let upper = question.value.chars().any(char::is_uppercase);
    let flag = question.prefix.rfind('=').map_or(0, |at| at + 1);
    let named = |column: &str| {
        let mut words = question.prefix[flag..].split(',');
        words.any(|word| word.trim_start_matches('-').eq_ignore_ascii_case(column))
    };
    crate::cli::columns::of(&question.path)
        .iter()
        .filter(|column| !named(column))
        .map(|column| {
            let word = if upper { (*column).to_owned() } else { column.to_lowercase() };
            Candidate::new(&format!("{turned}{word}"), "")
        })
        .collect()
}

/// The verbs that every ACL file has.
pub(super) fn verbs() -> Vec<Candidate> {
    let inputs = Inputs { vars: &[], env: &|_| None, cidr: true };
    let views = describe_roles(&[], &inputs).unwrap_or_default();
    let mut found: Vec<Candidate> = Vec::new();
    for view in views {
        // `connect` shows each of its parts.
        let name = view.name.split(' ').next().unwrap_or_default();
        if !found.iter().any(|candidate| candidate.value == name) {
            found.push(Candidate::new(name, "a verb of ACL files"));
        }
    }
    found
}

/// What `acl lint` finds.
pub(super) fn codes() -> Vec<Candidate> {
    Code::ALL.iter().map(|code| Candidate::new(code.word(), code.title())).collect()
}

/// Where offsets may go by a word; an offset or a time is typed.
pub(super) fn places() -> Vec<Candidate> {
    [
        ("earliest", "the first record that is there"),
        ("latest", "behind the last record"),
        ("current", "where the group is"),
    ]
    .map(|(word, about)| Candidate::new(word, about))
    .into()
}

/// The secrets of a context; behind the `=` the kinds of places that they come from, and the files.
pub(super) fn secrets(value: &str, environment: &Environment) -> Vec<Candidate> {
    let Some((secret, place)) = value.split_once('=') else {
        return SECRETS
            .iter()
            .map(|(secret, property)| Candidate::new(&format!("{secret}="), property))
            .collect();
    };
    if let Some(path) = place.strip_prefix("file:") {
        return paths(&format!("{secret}=file:"), path, environment);
    }
    [
        ("file", "a file that holds it"),
        ("env", "a variable of the environment"),
        ("command", "a command that prints it"),
        ("keyring", "an entry of the system's keyring"),
    ]
    .map(|(kind, about)| Candidate::new(&format!("{secret}={kind}:"), about))
    .into()
}

/// What a path that is part of a word may go on with; `head` stands before it. A shell's own completion of
/// files begins at the begin of a word.
pub(super) fn paths(head: &str, path: &str, environment: &Environment) -> Vec<Candidate> {
    let (folder, begun) = path.split_at(path.rfind('/').map_or(0, |at| at + 1));
    let place = environment.path(folder, &environment.cwd);
    let mut found: Vec<String> = fs::read_dir(place)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            // Hidden ones are for who begins with the dot.
            let fits = name.starts_with(begun) && name.starts_with('.') <= begun.starts_with('.');
            let end = if entry.path().is_dir() { "/" } else { "" };
            fits.then(|| format!("{head}{folder}{name}{end}"))
        })
        .collect();
    found.sort_unstable();
    found.iter().map(|value| Candidate::new(value, "")).collect()
}
