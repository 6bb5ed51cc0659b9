//! Holds the table of the architecture: which room of the house may use which other.
//!
//! The sources are parsed, so that a path in the middle of a function or inside a macro counts as
//! much as one in a `use`. What is only compiled for unit tests is left alone, and so is the glue
//! that ties the rooms together (`lib.rs`, `main.rs`, `run`).

mod layers_support;

use std::fs;
use std::path::{Path, PathBuf};

use layers_support::{Source, parse};
use walkdir::WalkDir;

/// One row of the table.
struct Room {
    name: &'static str,
    /// The other rooms that it may use.
    rooms: &'static [&'static str],
    /// Pure rooms do no I/O of any kind, have no clock and no environment, and use few libraries.
    pure: bool,
}

const fn room(name: &'static str, rooms: &'static [&'static str]) -> Room {
    Room { name, rooms, pure: false }
}

const fn pure(name: &'static str, rooms: &'static [&'static str]) -> Room {
    Room { name, rooms, pure: true }
}

const ROOMS: &[Room] = &[
    pure("model", &[]),
    pure("wire", &[]),
    pure("error", &["model"]),
    pure("yaml", &["model", "error"]),
    pure("report", &["model", "error", "topic"]),
    pure("acl", &["model", "error", "report", "yaml"]),
    pure("group", &["model", "error", "report", "wire"]),
    pure("topic", &["model", "error", "yaml"]),
    room("cli", &["model", "error"]),
    room("hangup", &[]),
    room("settings", &["cli", "model", "error", "hangup"]),
    room("kafka", &["settings", "model", "error", "acl", "group", "topic", "wire"]),
    pure("records", &["model", "group", "wire"]),
    room(
        "commands",
        &[
            "settings", "kafka", "records", "acl", "group", "topic", "report", "model", "error",
            "yaml",
        ],
    ),
    room("completion", &["cli", "settings", "kafka", "acl", "model", "topic", "error"]),
    room("output", &["report", "acl", "model", "error", "hangup"]),
];

/// Libraries that belong to some rooms only. `run` and `main.rs` are not asked.
const LIBRARIES: &[(&str, &[&str])] = &[
    // The words of the config file are those of the flags.
    ("clap", &["cli", "completion", "settings"]),
    ("comfy_table", &["output"]),
    ("dialoguer", &["output"]),
    ("httparse", &["kafka"]),
    ("kafka_protocol", &["kafka"]),
    ("keyring", &["settings"]),
    ("libgssapi", &["kafka"]),
    ("p12_keystore", &["settings"]),
    ("rsasl", &["kafka"]),
    ("rustls", &["kafka"]),
    ("rustls_native_certs", &["kafka"]),
    ("tokio_rustls", &["kafka"]),
    ("x509_parser", &["kafka"]),
    ("tokio", &["completion", "kafka", "commands"]),
];

/// The libraries that pure rooms may use.
const PURE_LIBRARIES: &[&str] = &[
    "annotate_snippets",
    "erased_serde",
    "flate2",
    "jiff",
    "lz4_flex",
    "regex_lite",
    "ruzstd",
    "saphyr_parser",
    "schemars",
    "secrecy",
    "serde",
    "serde_json",
    "serde_saphyr",
    "sha2",
    "snap",
    "unicode_width",
];

/// What the standard library offers that pure rooms may not touch.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Methods of `Path` that ask the file system, in pure rooms.
const IMPURE_METHODS: &[&str] = &[
    "canonicalize",
    "is_dir",
    "is_file",
    "is_symlink",
    "metadata",
    "read_dir",
    "read_link",
    "try_exists",
];

/// Parts of the standard library that belong to some rooms only.
const STANDARD: &[(&str, &[&str])] = &[
    ("std::env", &["settings"]),
    ("std::io::stderr", &["output"]),
    ("std::io::stdout", &["output"]),
    ("std::process::Command", &["output", "settings"]),
    ("std::process::exit", &[]),
];

const PRINTING: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];

const GLUE: &[&str] = &["lib", "main", "run"];

#[test]
fn every_room_keeps_to_its_row_of_the_table() {
    let mut wrong = Vec::new();
    let sources = sources();
    for (file, source) in &sources {
        let Some(name) = source.module.first() else { continue };
        if !GLUE.contains(&name.as_str()) {
            wrong.extend(
                violations(name, source)
                    .into_iter()
                    .map(|what| format!("{}: {what}", file.display())),
            );
        }
    }
    assert!(sources.len() > 10, "the sources were not found");
    assert!(wrong.is_empty(), "{} uses against the table:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_file_can_be_read_in_one_sitting_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for file in files() {
        let lines = fs::read_to_string(&file).expect("a source file").lines().count();
        if lines > 600 {
            wrong.push(format!("{}: {lines} lines, and 600 are the most", file.display()));
        }
    }
    for (file, _) in sources() {
        if !fs::read_to_string(&file).expect("a source file").starts_with("//! ") {
            wrong.push(format!("{}: does not open with `//!` and what it is for", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sources as the crate sees them; what only unit tests see is left out.
fn sources() -> Vec<(PathBuf, Source)> {
    let parsed: Vec<_> = files()
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).expect("a source file");
            let source = parse(module_of(&file), &text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            (file, source)
        })
        .collect();
    let modules: Vec<_> =
        parsed.iter().flat_map(|(_, source)| source.test_modules.clone()).collect();
    let beside: Vec<_> = parsed
        .iter()
        .flat_map(|(file, source)| source.test_files.iter().map(|name| file.with_file_name(name)))
        .collect();
    let for_tests = |file: &PathBuf, source: &Source| {
        beside.contains(file) || modules.iter().any(|test| source.module.starts_with(test))
    };
    parsed.into_iter().filter(|(file, source)| !for_tests(file, source)).collect()
}

fn files() -> Vec<PathBuf> {
    // Cargo runs tests in the package's folder.
    let mut files: Vec<_> = WalkDir::new("src")
        .into_iter()
        .map(|entry| entry.expect("a folder of sources").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

/// `src/acl/file/mod.rs` is `acl::file`, `src/acl/plan.rs` is `acl::plan`.
fn module_of(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix("src").expect("a file below src").with_extension("");
    let mut module: Vec<_> =
        inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

fn violations(name: &str, source: &Source) -> Vec<String> {
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        return vec![format!("`{name}` is no room of the table")];
    };
    let mut wrong = Vec::new();
    for path in &source.paths {
        if let Some(why) = refuses(room, &path.segments) {
            wrong.push(format!("line {}: `{}`: {why}", path.line, path.segments.join("::")));
        }
    }
    for call in &source.macros {
        if PRINTING.contains(&call.name.as_str()) && room.name != "output" {
            wrong.push(format!("line {}: `{}!`: only `output` prints", call.line, call.name));
        }
    }
    for call in &source.methods {
        if room.pure && IMPURE_METHODS.contains(&call.name.as_str()) {
            wrong.push(format!(
                "line {}: `.{}()` asks the file system, and `{name}` is pure",
                call.line, call.name
            ));
        }
    }
    wrong
}

/// Why a room may not use a path, if it may not.
fn refuses(room: &Room, path: &[String]) -> Option<String> {
    let name = room.name;
    match path.first().map(String::as_str)? {
        "crate" => {
            let other = path.get(1)?.as_str();
            let allowed = other == name || room.rooms.contains(&other);
            (!allowed).then(|| format!("`{name}` may not use `{other}`"))
        }
        "std" => standard(room, path),
        library => {
            if path.len() < 2 {
                return None;
            }
            if let Some((_, rooms)) = LIBRARIES.iter().find(|(fenced, _)| *fenced == library) {
                return (!rooms.contains(&name))
                    .then(|| format!("`{library}` belongs to {}", rooms.join(", ")));
            }
            if room.pure && is_dependency(library) && !PURE_LIBRARIES.contains(&library) {
                return Some(format!(
                    "`{name}` is pure, and `{library}` is not among its libraries"
                ));
            }
            let clock = room.pure && path.last().is_some_and(|last| last == "now");
            clock.then(|| format!("`{name}` is pure and has no clock"))
        }
    }
}

fn standard(room: &Room, path: &[String]) -> Option<String> {
    let used = path.join("::");
    let touches = |fenced: &str| {
        let inside = used == fenced || used.starts_with(&format!("{fenced}::"));
        // `use std::net::*` brings everything below it.
        inside || used.strip_suffix('*').is_some_and(|all| fenced.starts_with(all))
    };
    if room.pure && IMPURE.iter().any(|fenced| touches(fenced)) {
        return Some(format!("`{}` is pure: no I/O, no clock, no environment", room.name));
    }
    let (fenced, rooms) =
        STANDARD.iter().find(|(fenced, rooms)| touches(fenced) && !rooms.contains(&room.name))?;
    Some(if rooms.is_empty() {
        format!("`{fenced}` belongs to `main`")
    } else {
        format!("`{fenced}` belongs to {}", rooms.join(", "))
    })
}

fn is_dependency(library: &str) -> bool {
    let manifest: toml::Table =
        fs::read_to_string("Cargo.toml").expect("Cargo.toml").parse().expect("TOML");
    let dependencies = manifest["dependencies"].as_table().expect("the dependencies");
    dependencies.keys().any(|name| name.replace('-', "_") == library)
}

/// The test tests itself: each of these must be found, wherever it hides.
#[test]
fn a_forbidden_use_is_found_wherever_it_hides() {
    let hidden = [
        ("acl", "use crate::kafka::Client;"),
        ("acl", "use crate::{model::Binding, kafka};"),
        ("acl", "use crate::*;"),
        ("acl", "fn f() { let c = crate::kafka::Client::new(); }"),
        ("acl", "fn f() { assert!(crate::kafka::alive()); }"),
        ("acl", "fn f() { println!(\"x\"); }"),
        ("acl", "mod inner { use super::super::super::kafka::Client; }"),
        ("acl", "use std::{collections::BTreeMap, fs};"),
        ("acl", "use std::time; fn f() { time::Instant::now(); }"),
        ("acl", "use std::net as n; fn f(s: n::TcpStream) {}"),
        ("acl", "use std::net::*;"),
        ("acl", "fn f() -> bool { ::std::env::args().count() > 0 }"),
        ("acl", "fn f(p: &std::path::Path) -> bool { p.is_file() }"),
        ("acl", "fn f() { jiff::Timestamp::now(); }"),
        ("acl", "use tokio::time::sleep;"),
        ("acl", "use rustls::ClientConfig;"),
        ("model", "use crate::error::Error;"),
        ("commands", "use clap::Parser;"),
        ("commands", "#[derive(clap::Parser)] struct S;"),
        ("commands", "use crate::output::Ui;"),
        ("commands", "fn f() { eprintln!(\"x\"); }"),
        ("commands", "use kafka_protocol::messages::ApiKey;"),
        ("commands", "fn f() { std::process::exit(1) }"),
        ("kafka", "fn f() { let home = std::env::var(\"HOME\"); }"),
        ("kafka", "use std::env; fn f() { env::var(\"HOME\"); }"),
        ("output", "use crate::kafka::Client;"),
        ("cli", "use crate::settings::ClientConfig;"),
        ("cupboard", "use std::fmt;"),
    ];
    for (room, text) in hidden {
        let source = parse(vec![room.to_owned(), "file".to_owned()], text).expect("Rust");
        assert!(!violations(room, &source).is_empty(), "not found in `{room}`: {text}");
    }
}

#[test]
fn an_allowed_use_is_let_pass() {
    let fine = [
        (
            "acl",
            "use std::{collections::BTreeMap, fmt, net::IpAddr}; use crate::model::Binding; use super::plan;",
        ),
        ("acl", "use serde::Serialize; #[derive(Serialize)] struct S;"),
        ("acl", "#[cfg(test)] mod tests { use std::fs; use crate::kafka::Client; }"),
        ("commands", "use crate::kafka::Client; use crate::report::AclList; use std::fs;"),
        ("output", "fn f() { println!(\"x\"); }"),
        ("settings", "use std::env; use std::process::Command;"),
        ("kafka", "use tokio::net::TcpStream; use kafka_protocol::messages::ApiKey;"),
    ];
    for (room, text) in fine {
        let source = parse(vec![room.to_owned(), "file".to_owned()], text).expect("Rust");
        assert_eq!(violations(room, &source), Vec::<String>::new(), "{text}");
    }
}
