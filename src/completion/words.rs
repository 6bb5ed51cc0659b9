//! Values that are the same on every cluster, and of which the grammar does not know.

use std::fs;

use super::Candidate;
use super::question::Question;
use crate::acl::file::{Inputs, describe_roles};
use crate::acl::lint::Code;
use crate::settings::Environment;
use crate::settings::contexts::SECRETS;

/// Releases of Kafka that stand for levels of features.
pub(super) const RELEASES: &[&str] =
    &["4.4", "4.3", "4.2", "4.1", "4.0", "3.9", "3.8", "3.7", "3.6", "3.5", "3.4", "3.3"];

/// Which offset of a partition by a word; a time is typed.
pub(super) const OFFSETS: &[&str] =
    &["earliest", "latest", "max-timestamp", "earliest-local", "latest-tiered"];

/// `group list --type`.
pub(super) const GROUP_TYPES: &[&str] = &["classic", "consumer", "share", "streams"];
/// `group list --state`.
pub(super) const GROUP_STATES: &[&str] = &[
    "stable",
    "empty",
    "preparing-rebalance",
    "completing-rebalance",
    "assigning",
    "reconciling",
    "not-ready",
    "dead",
];
/// `group list --protocol-type`: those of Kafka's own clients.
pub(super) const PROTOCOL_TYPES: &[&str] = &["consumer", "connect"];
/// `transaction list --state`.
pub(super) const TRANSACTION_STATES: &[&str] = &[
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "PrepareEpochFence",
    "Dead",
];

/// The word as somebody goes on to write it who began like this: case is no matter, and a shell offers only what
/// begins as the word at the cursor does.
pub(super) fn in_case(word: &str, begun: &str) -> String {
    match (word.get(..begun.len()), word.get(begun.len()..)) {
        (Some(head), Some(rest)) if head.eq_ignore_ascii_case(begun) && head != begun => {
            let lower = begun.chars().any(|c| c.is_ascii_lowercase());
            format!(
                "{begun}{}",
                if lower { rest.to_ascii_lowercase() } else { rest.to_ascii_uppercase() }
            )
        }
        _ => word.to_owned(),
    }
}

/// Whether the letters and digits that were typed stand in a word in this order, whatever their case: less than
/// that no shell's own way of matching takes.
pub(super) fn is_like(word: &str, typed: &str) -> bool {
    let mut letters = word.chars().flat_map(char::to_lowercase);
    let wanted = typed.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    wanted.into_iter().all(|wanted| letters.any(|letter| letter == wanted))
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group::{GroupState, GroupType};

    #[test]
    fn the_words_are_those_that_are_understood() {
        let types = GroupType::ALL;
        assert_eq!(GROUP_TYPES, types.each_ref().map(GroupType::as_str));
        let mut states: Vec<_> = GROUP_STATES.iter().map(|word| GroupState::from(*word)).collect();
        states.sort();
        let mut all = GroupState::ALL.to_vec();
        all.sort();
        assert_eq!(states, all);
    }

    #[test]
    fn what_a_shell_may_match_by_itself() {
        for (word, typed, like) in [
            ("payments", "PAY", true),
            ("payments", "ments", true),
            ("orders.checkout-events", "o.c-e", true),
            ("orders.checkout-events", "oe.c", true),
            ("payments", "yap", false),
            ("payments", "", true),
            ("User:ana", "User:x", false),
        ] {
            assert_eq!(is_like(word, typed), like, "{word} {typed}");
        }
    }

    #[test]
    fn words_go_on_in_the_case_that_they_began_in() {
        for (word, begun, expected) in [
            ("SCRAM-SHA-512", "", "SCRAM-SHA-512"),
            ("SCRAM-SHA-512", "SC", "SCRAM-SHA-512"),
            ("SCRAM-SHA-512", "sc", "scram-sha-512"),
            ("SCRAM-SHA-512", "Sc", "Scram-sha-512"),
            ("SCRAM-SHA-512", "pl", "SCRAM-SHA-512"),
            ("Ongoing", "on", "ongoing"),
            ("Ongoing", "On", "Ongoing"),
            ("stable", "S", "STABLE"),
            ("stable", "stablest", "stable"),
            ("é", "x", "é"),
        ] {
            assert_eq!(in_case(word, begun), expected, "{word} {begun}");
        }
    }
}
