//! Tests of the ACL file: one table for each part of its description.

// Clearer than `write!` where a test builds its file.
#![allow(clippy::format_push_string)]

mod example;
mod grammar;
mod limits;
mod messages;
mod properties;
mod roles;
mod scopes;
mod verbs;

use super::{Given, Inputs, Source, load};
use crate::acl::desired::Desired;
use crate::error::Diagnostic;

/// A file called `a.yaml`.
fn source(text: &str) -> Source {
    named("a.yaml", text)
}

fn named(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn env(name: &str) -> Option<String> {
    match name {
        "TEAM" => Some("blue".to_owned()),
        "EMPTY" => Some(String::new()),
        "STAR" => Some("x*".to_owned()),
        _ => None,
    }
}

fn load_all(
    sources: &[Source],
    vars: &[(&str, &str)],
    cidr: bool,
) -> crate::error::Result<Desired> {
    let given = |(name, value): &(&str, &str)| Given {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        place: None,
    };
    let vars: Vec<Given> = vars.iter().map(given).collect();
    load(sources, &Inputs { vars: &vars, env: &env, cidr })
}

/// The state of one good file.
#[track_caller]
fn good(text: &str) -> Desired {
    match load_all(&[source(text)], &[], false) {
        Ok(desired) => desired,
        Err(error) => panic!("{error}: {:#?}\n{text}", error.diagnostics()),
    }
}

/// Its bindings, one line each: `User:a ALLOW READ on topic:x`.
#[track_caller]
fn bindings(text: &str) -> Vec<String> {
    lines(&good(text))
}

fn lines(desired: &Desired) -> Vec<String> {
    desired.binding_set().map(ToString::to_string).collect()
}

/// The bindings of the rules, written below `version: 1`.
#[track_caller]
fn rules(rules: &str) -> Vec<String> {
    bindings(&format!("version: 1\nrules:\n{rules}\n"))
}

/// What is wrong with a file.
#[track_caller]
fn diagnostics(text: &str) -> Vec<Diagnostic> {
    diagnostics_of(load_all(&[source(text)], &[], false), text)
}

#[track_caller]
fn diagnostics_of(result: crate::error::Result<Desired>, text: &str) -> Vec<Diagnostic> {
    let error = match result {
        Ok(desired) => panic!("no mistake found: {:?}\n{text}", lines(&desired)),
        Err(error) => error,
    };
    assert_eq!(error.kind(), crate::error::Kind::Invalid);
    for diagnostic in error.diagnostics() {
        let Diagnostic { line, column, width, message, source, .. } = diagnostic;
        assert!(*line >= 1 && *column >= 1 && *width >= 1, "{diagnostic:?}");
        assert!(
            !message.is_empty() && !message.ends_with('.') && !message.contains('\n'),
            "{diagnostic:?}"
        );
        assert!(source.chars().count() < 1_010, "{diagnostic:?}");
    }
    error.diagnostics().to_vec()
}

/// What is wrong, one line each: `3:5 message | hint`.
#[track_caller]
fn mistakes(text: &str) -> Vec<String> {
    diagnostics(text).iter().map(show).collect()
}

fn show(diagnostic: &Diagnostic) -> String {
    let Diagnostic { line, column, message, hint, .. } = diagnostic;
    match hint {
        Some(hint) => format!("{line}:{column} {message} | {hint}"),
        None => format!("{line}:{column} {message}"),
    }
}

/// Asserts that a file has exactly one mistake, and that `piece` is in it.
#[track_caller]
fn bad(text: &str, piece: &str) {
    let found = mistakes(text);
    assert!(
        found.len() == 1 && found[0].contains(piece),
        "expected `{piece}`, found {found:#?}\n{text}"
    );
}

/// The same for rules, written below `version: 1`.
#[track_caller]
fn bad_rules(rules: &str, piece: &str) {
    bad(&format!("version: 1\nrules:\n{rules}\n"), piece);
}
