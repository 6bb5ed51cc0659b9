//! What `cargo deny check bans licenses sources` holds, for machines that do not have it: the same
//! `deny.toml` against what the lock file brings for this platform.

use std::fs;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_dependency_is_as_deny_toml_says() {
    let rules: toml::Table =
        fs::read_to_string("deny.toml").expect("deny.toml").parse().expect("TOML");
    let allowed = names(&rules["licenses"]["allow"]);
    let banned: Vec<_> = rules["bans"]["deny"]
        .as_array()
        .expect("the bans")
        .iter()
        .map(|ban| ban["crate"].as_str().expect("a crate's name"))
        .collect();
    let packages = packages();
    assert!(packages.len() > 50, "the dependencies were not found");

    let wrong: Vec<_> =
        packages.iter().flat_map(|package| complaints(package, &allowed, &banned)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn names(list: &toml::Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|name| name.as_str().expect("a string")).collect()
}

fn packages() -> Vec<Value> {
    let host = Command::new("rustc").args(["--print", "host-tuple"]).output().expect("rustc runs");
    let host = String::from_utf8(host.stdout).expect("a platform");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--filter-platform",
            host.trim(),
        ])
        // What can be left out counts where it is built.
        .args(cfg!(all(feature = "gssapi", feature = "keyring")).then_some("--all-features"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON of cargo");
    let Value::Array(packages) = metadata["packages"].take() else { panic!("no packages") };
    packages
}

fn complaints(package: &Value, allowed: &[&str], banned: &[&str]) -> Vec<String> {
    let name = package["name"].as_str().expect("a name");
    let mut wrong = Vec::new();
    if banned.contains(&name) {
        wrong.push(format!("{name}: banned"));
    }
    if !may_be_used(package["license"].as_str(), allowed) {
        wrong.push(format!("{name}: its licence is {}", package["license"]));
    }
    // The package itself has no source; all others come from the one registry.
    if package["source"].as_str().is_some_and(|source| !source.starts_with("registry+")) {
        wrong.push(format!("{name}: it comes from {}", package["source"]));
    }
    wrong
}

fn may_be_used(license: Option<&str>, allowed: &[&str]) -> bool {
    let Some(license) = license else { return false };
    let mode = spdx::ParseMode { allow_slash_as_or_operator: true, ..spdx::ParseMode::STRICT };
    let Ok(expression) = spdx::Expression::parse_mode(license, mode) else { return false };
    expression.evaluate(|needed| {
        needed.addition.is_none() && allowed.contains(&needed.license.to_string().as_str())
    })
}

#[test]
fn a_licence_that_is_not_allowed_is_refused() {
    let allowed = ["MIT", "Apache-2.0"];
    for fine in
        ["MIT", "MIT OR GPL-3.0-only", "MIT/GPL-3.0-only", "(MIT AND Apache-2.0) OR GPL-3.0-only"]
    {
        assert!(may_be_used(Some(fine), &allowed), "{fine}");
    }
    for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MIT OR", ""] {
        assert!(!may_be_used(Some(refused), &allowed), "{refused}");
    }
    assert!(!may_be_used(None, &allowed));
}

#[test]
fn another_source_and_a_banned_crate_are_refused() {
    let package =
        serde_json::json!({ "name": "serde", "license": "MIT", "source": "git+file:///serde" });
    assert_eq!(complaints(&package, &["MIT"], &["serde"]).len(), 2);
}
