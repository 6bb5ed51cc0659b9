//! `dev/demo` shows what it promises, and leaves nothing behind.

use std::process::{Command, Stdio};

use crate::support::eventually;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

#[test]
fn the_demo_shows_who_may_and_who_may_not_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    let state = sandbox.path().join("clusters");
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/dev/demo"))
        .env("KWARD_STATE", &state)
        .env("KWARD_PROGRAM", env!("CARGO_BIN_EXE_kward"))
        .stdin(Stdio::null())
        .output()
        .expect("dev/demo runs");
    let shown = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}\n{said}");

    for expected in [
        "Plan: 29 to create, 0 to delete, 0 unchanged",
        "nothing to do",
        "allowed  User:billing may read orders",
        "denied   User:billing may not write orders: TopicAuthorizationException",
        "Plan: 3 to create, 4 to delete, 25 unchanged",
        "denied   User:ds-ana may not read errors.checkout: TopicAuthorizationException",
        "In sync",
    ] {
        assert!(
            shown.contains(expected) || said.contains(expected),
            "{expected}:\n{shown}\n{said}"
        );
    }
    eventually("the demo leaves its clusters' folder not behind", || !state.exists());
}

#[test]
fn each_folder_of_examples_is_fine_on_its_own() {
    let nothing = r#"{"apiVersion":"kward/v1","kind":"AclList","complete":true,"items":[]}"#;
    for file in ["demo", "demo-changed", "recipes"] {
        let sandbox = Sandbox::new();
        let nothing = sandbox.write("nothing.json", nothing);
        let file = format!("{}/examples/{file}", env!("CARGO_MANIFEST_DIR"));
        let nothing = nothing.to_string_lossy();
        sandbox.kward(["acl", "plan", "-f", &file, "--against", &nothing]).assert().success();
    }
}

/// What a comment of theirs shows is how they are used.
#[test]
fn the_rules_that_recipes_show_use_their_roles() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recipes");
    for entry in std::fs::read_dir(folder).expect("the recipes") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a recipe");
        let shown: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("#     ")).collect();
        let sandbox = Sandbox::new();
        sandbox.write("access/rules.yaml", &format!("version: 1\n{}\n", shown.join("\n")));
        sandbox.write("access/roles.yaml", &text);
        let run =
            Run::of(&mut sandbox.kward(["acl", "lint", "-f", "access", "-o", "json"])).ends(0);
        assert_eq!(run.json()["items"], serde_json::json!([]), "{}: {run}", path.display());
    }
}
