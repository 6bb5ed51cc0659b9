//! `dev/demo` shows what it promises, and leaves nothing behind.

use std::process::{Command, Stdio};

use crate::support::eventually;
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
fn the_demo_s_files_are_fine_on_their_own() {
    let nothing = r#"{"apiVersion":"kward/v1","kind":"AclList","complete":true,"items":[]}"#;
    for file in ["access.yaml", "access-changed.yaml"] {
        let sandbox = Sandbox::new();
        let nothing = sandbox.write("nothing.json", nothing);
        let file = format!("{}/examples/demo/{file}", env!("CARGO_MANIFEST_DIR"));
        let nothing = nothing.to_string_lossy();
        sandbox.kward(["acl", "plan", "-f", &file, "--against", &nothing]).assert().success();
    }
}
