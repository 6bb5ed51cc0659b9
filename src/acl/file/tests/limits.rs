//! Files of a hostile kind: a clear error, in bounded time and memory.

use super::*;
use crate::acl::file::{Ignore, Loaded, load_with_ignores};

#[track_caller]
fn bytes_are_bad(bytes: &[u8], piece: &str) {
    let source = Source { name: "a.yaml".to_owned(), bytes: bytes.to_vec() };
    let found = diagnostics_of(load_all(&[source], &[], false), "");
    assert!(
        found.len() == 1 && show(&found[0]).contains(piece),
        "expected `{piece}`, found {found:#?}"
    );
}

#[test]
fn encodings() {
    bytes_are_bad(
        b"version: 1\nowner: caf\xe9\n",
        "2:11 the file is not UTF-8: the byte 0xE9 begins no character",
    );
    bytes_are_bad(b"\xff\xfev\0e\0", "the file is UTF-16");
    bytes_are_bad(
        b"version: 1\nowner: a\0b\n",
        "2:9 a control character (U+0000) stands here as it is",
    );
    bytes_are_bad(b"version: 1\r\nowner: a\x1b[31m\n", "2:9 a control character (U+001B)");
    bytes_are_bad(b"\xe2\x82", "1:1 the file is not UTF-8");
}

#[test]
fn deep_nesting() {
    const DEEP: &str = "lists and mappings nest deeper than 64 levels";
    bad(&"[".repeat(1_000_000), DEEP);
    bad(&"{a: ".repeat(1_000_000), DEEP);
    bad(&"- ".repeat(1_000_000), DEEP);
    bad(&format!("version: 1\nrules:\n  - {}", "[".repeat(1_000_000)), DEEP);
    let nested =
        |levels: usize| format!("version: 1\nx: {}{}\n", "[".repeat(levels), "]".repeat(levels));
    bad(&nested(63), "unknown key `x`");
    bad(&nested(64), DEEP);
    // Aliases add up.
    let aliased = format!(
        "version: 1\nx: &x {}{}\ny: {}*x{}\n",
        "[".repeat(40),
        "]".repeat(40),
        "[".repeat(40),
        "]".repeat(40)
    );
    bad(&aliased, DEEP);
}

#[test]
fn a_billion_laughs() {
    let mut text = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        text += &format!("a{i}: &a{i} [{aliases}]\n");
    }
    bad(&text, "the files hold more than 5,000,000 nodes, aliases counted each time");
    bad("version: 1\nx: &x [*x]", "this alias names what is not complete here");
}

#[test]
fn what_the_scanner_would_hold_back() {
    let text = format!("version: 1\nrules:\n  - [{}]\n", "a,".repeat(1_000_000));
    bad(&text, "this is too much to read in one piece");
}

#[test]
fn lists_and_roles_multiply() {
    let list =
        |prefix: &str| (0..200).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "version: 1\nrules:\n  - principal: [{}]\n    host: [{}]\n    allow: {{ topic: [{}], operation: read }}\n",
        list("User:a"),
        list("10.0.0."),
        list("t"),
    );
    bad(&text, "with this the files ask for more than 2,000,000 bindings");
    let mut text = "version: 1\nroles:\n  r0: [{ produce: x }]\n".to_owned();
    for i in 1..64 {
        text += &format!("  r{i}: [{{ role: [r{0}, r{0}] }}]\n", i - 1);
    }
    text += "rules: [{ principal: User:a, role: r63 }]\n";
    bad(&text, "the files ask for more than 2,000,000 bindings");
    let mut text = "version: 1\nroles:\n  r0: [{ produce: x }]\n".to_owned();
    for i in 1..10_000 {
        text += &format!("  r{i}: [{{ role: r{} }}]\n", i - 1);
    }
    text += "rules: [{ principal: User:a, role: r9999 }]\n";
    bad(&text, "roles use one another more than 64 deep");
    let mut text = "version: 1\nvars:\n  v0: aaaaaaaa\n".to_owned();
    for i in 1..40 {
        text += &format!("  v{i}: ${{v{0}}}${{v{0}}}\n", i - 1);
    }
    bad(&text, "longer than 32767 bytes");
}

#[test]
fn parameters_and_tests_multiply() {
    let list =
        |prefix: &str, n| (0..n).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>().join(", ");
    let text =
        format!("version: 1\nroles: {{ r: {{ params: [{}], rules: [] }} }}\n", list("p", 101));
    bad(&text, "a role has at most 100 parameters");
    let text = format!(
        "version: 1\ntests:\n  - principal: [{}]\n    host: [{}]\n    can: [{}]\n",
        list("User:a", 500),
        list("10.0.0.", 250),
        list("read topic:t", 20),
    );
    let found = mistakes(&text);
    assert!(
        found.len() > 1 && found.iter().all(|m| m.contains("more than 1,000,000 requests")),
        "{found:#?}"
    );
}

#[test]
fn one_line_of_many_megabytes() {
    let long = "x".repeat(1 << 20);
    let found = diagnostics(&format!("version: 1\nrules: [{{ principal: {long}, produce: t }}]"));
    assert_eq!(found.len(), 1);
    let shown = format!("{found:?}");
    assert!(shown.len() < 4_000, "{} bytes", shown.len());
    bad(
        &format!("version: 1\nrules: [{{ principal: User:a, produce: {long} }}]"),
        "this name has 1048576 bytes; Kafka stores at most 32767",
    );
    let found = diagnostics(&format!("version: 1\n{long}: 1\nowner: \"${{{long}}}\"\n"));
    assert!(format!("{found:?}").len() < 8_000);
}

#[test]
fn a_file_that_is_too_large() {
    bytes_are_bad(
        &vec![b' '; (64 << 20) + 1],
        "the file has 67108865 bytes; at most 64 MiB are read",
    );
}

#[test]
fn many_mistakes_are_counted() {
    let text =
        format!("version: 1\nrules:\n{}", "  - principal: a\n    produce: x\n".repeat(15_000));
    let error = load_all(&[source(&text)], &[], false).unwrap_err();
    assert_eq!(error.message(), "15000 mistakes in `a.yaml`");
    assert_eq!(error.diagnostics().len(), 10_000);
    assert_eq!(error.hints(), ["the first 10000 are shown"]);
}

#[test]
fn mistakes_of_several_files() {
    let a = named("a.yaml", "version: 1\nrule: []\n");
    let b = named("b.yaml", "version: 1\nrules: [{ principal: User:a, produce: 7, consume: 8 }]\n");
    let error = load_all(&[a, named("c.yaml", "version: 1"), b], &[], false).unwrap_err();
    assert_eq!(error.message(), "3 mistakes in 2 files");
    let places: Vec<_> =
        error.diagnostics().iter().map(|d| format!("{}:{}:{}", d.file, d.line, d.column)).collect();
    assert_eq!(places, ["a.yaml:2:1", "b.yaml:2:39", "b.yaml:2:51"]);
}

#[test]
fn a_document_that_cannot_be_read_hides_no_other() {
    let text = "version: 1\nroles: { r: [{ produce: x }]\n---\nversion: 1\nrule: []\nrules: [{ principal: User:a, role: r }]\n";
    let found = mistakes(text);
    // The role may be in what could not be read: not a mistake of its own.
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("2:8 this bracket is never closed"), "{found:#?}");
    assert!(found[1].starts_with("5:1 unknown key `rule`"), "{found:#?}");
}

#[test]
fn comments_for_lint() {
    let text = "version: 1 # kward: ignore W1 at the top
rules:
  - principal: User:a # kward: ignore over-broad they asked for it
    produce: \"x # kward: ignore W2 no\"
  - principal: User:b
    consume:
      group: none
      topic: |-
        # kward: ignore W3 no
        y
  # kward: ignore W4
";
    let inputs = Inputs { vars: &[], env: &env, cidr: false };
    let Loaded { ignores, .. } = load_with_ignores(&[source(text)], &inputs).unwrap();
    let ignore = |(line, column), code: &str, reason: &str| Ignore {
        file: "a.yaml".into(),
        line,
        column,
        code: code.to_owned(),
        reason: reason.to_owned(),
    };
    assert_eq!(
        ignores,
        [
            ignore((1, 12), "W1", "at the top"),
            ignore((3, 23), "over-broad", "they asked for it"),
            ignore((11, 3), "W4", "")
        ]
    );
}

#[test]
fn a_hundred_thousand_bindings() {
    let mut text = "version: 1\nrules:\n".to_owned();
    for i in 0..50_000 {
        text += &format!(
            "  - principal: User:svc-{}\n    produce: team-{}.orders-{i}\n",
            i % 1000,
            i % 100
        );
    }
    let start = std::time::Instant::now();
    assert_eq!(good(&text).bindings.len(), 100_000);
    // A development build on a busy machine; what is quadratic takes minutes.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
