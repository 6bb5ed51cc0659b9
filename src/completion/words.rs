//! Values that are the same on every cluster, and of which the grammar does not know.

use super::Candidate;
use crate::acl::file::{Inputs, describe_roles};
use crate::acl::lint::Code;
use crate::settings::contexts::SECRETS;

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

/// The secrets of a context; behind the `=` the kinds of places that they come from.
pub(super) fn secrets(value: &str) -> Vec<Candidate> {
    let Some((secret, _)) = value.split_once('=') else {
        return SECRETS
            .iter()
            .map(|(secret, property)| Candidate::new(&format!("{secret}="), property))
            .collect();
    };
    [
        ("file", "a file that holds it"),
        ("env", "a variable of the environment"),
        ("command", "a command that prints it"),
        ("keyring", "an entry of the system's keyring"),
    ]
    .map(|(kind, about)| Candidate::new(&format!("{secret}={kind}:"), about))
    .into()
}
