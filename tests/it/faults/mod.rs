//! `kward acl apply` against a broker that fails in every way: what was written is known or said to
//! be unknown, no later phase begins, and the next run finishes the work.

mod brokers;
mod ending;
mod phases;
mod signals;
mod time;
mod unknown;
mod writes;

use serde_json::Value;

use crate::support::bindings::{Bindings, bindings};
use crate::support::fake::Fake;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// A sandbox whose `a.yaml` wants exactly these bindings, in the scope of the whole cluster.
fn sandbox(wanted: &Bindings) -> Sandbox {
    let sandbox = Sandbox::new();
    let list = serde_json::to_string(wanted).expect("JSON");
    sandbox.write("a.yaml", &format!("version: 1\nscope: all\nbindings: {list}\n"));
    sandbox
}

const APPLY: [&str; 8] =
    ["acl", "apply", "-f", "a.yaml", "--prune", "-y", "--allow-lockout", "--allow-empty"];

/// The arguments of an apply that no guard stands against.
fn apply_arguments(fake: &Fake, more: &[&str]) -> Vec<String> {
    let address = fake.address();
    let deletes = ["--max-deletes", "100000", "-b", &address];
    [&APPLY[..], &deletes, more].concat().into_iter().map(str::to_owned).collect()
}

/// Applies `a.yaml` with JSON as output.
#[track_caller]
fn apply(sandbox: &Sandbox, fake: &Fake, more: &[&str]) -> Run {
    let arguments = apply_arguments(fake, &[&["-o", "json"], more].concat());
    Run::of(&mut sandbox.kward(arguments))
}

/// `created User:a ALLOW …`: what became of each binding.
#[track_caller]
fn outcomes(document: &Value) -> Vec<String> {
    let word = |item: &Value| {
        let [status, permission, operation, name] =
            ["status", "permissionType", "operation", "resourceName"]
                .map(|field| item[field].as_str().expect("a text"));
        format!("{status} {permission} {operation} {name}")
    };
    document["items"].as_array().expect("items").iter().map(word).collect()
}

/// `count` bindings of one principal.
fn many(permission: &str, count: usize) -> Bindings {
    bindings((0..count).map(|at| format!("User:a {permission} read topic:t{at:05}")))
}
