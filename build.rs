//! What the program says it is: the package's version with, in a release build, the commit that it was
//! built from; its features and its target. Reads files only, so that the same sources give the same program everywhere.

// The fence is for the program; a build script is told by the environment.
#![allow(clippy::disallowed_methods)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=KWARD_COMMIT");
    println!("cargo:rerun-if-env-changed=KWARD_PIE");
    let version = env::var("CARGO_PKG_VERSION").expect("cargo says it");
    // While one develops, a commit is no reason to build everything again.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let given = env::var("KWARD_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = given.or_else(|| if release { packaged().or_else(checked_out) } else { None });
    let version = match commit {
        Some(commit) => format!("{version} ({})", commit.get(..12).unwrap_or(&commit)),
        None => version,
    };
    println!("cargo:rustc-env=KWARD_VERSION={version}");
    println!("cargo:rustc-env=KWARD_FEATURES={}", features());
    println!("cargo:rustc-env=KWARD_TARGET={}", env::var("TARGET").expect("cargo says it"));
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|found| found == value);
    let linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if release && linux && env::var_os("KWARD_PIE").is_none() {
        start_fast();
    }
}

/// Most of the time of a short command is the dynamic linker's and that of page faults: a program that stays
/// where it was linked needs no relocations, one that holds the few functions of `libgcc_s` loads a library less,
/// whose start-up asks the processor for its features, and one whose functions of the start lie side by side
/// reads fewer pages (docs/performance.md).
fn start_fast() {
    println!("cargo:rustc-link-arg-bins=-no-pie");
    println!("cargo:rustc-link-lib=gcc_eh");
    let order = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo says it")).join(ORDER);
    println!("cargo:rerun-if-changed={ORDER}");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", order.display());
}

/// What the linker puts side by side; `benches/order` writes it.
const ORDER: &str = "build/start.ld";

/// The features that were asked for, in order, with commas between.
fn features() -> String {
    let mut features: Vec<String> = env::vars()
        .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_lowercase))
        .map(|name| name.replace('_', "-"))
        .filter(|name| name != "default")
        .collect();
    features.sort();
    if features.is_empty() { "none".to_owned() } else { features.join(", ") }
}

/// What `cargo package` notes.
fn packaged() -> Option<String> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, behind) = text.split_once("\"sha1\"")?;
    behind.split('"').nth(1).map(str::to_owned)
}

/// The commit of the working tree, without asking git.
fn checked_out() -> Option<String> {
    let mut folder = PathBuf::from(".git");
    if folder.is_file() {
        let text = fs::read_to_string(&folder).ok()?;
        folder = PathBuf::from(text.strip_prefix("gitdir:")?.trim());
    }
    let head = read(&folder.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref:").map(str::trim) else { return Some(head) };
    let shared = fs::read_to_string(folder.join("commondir"))
        .map_or_else(|_| folder.clone(), |common| folder.join(common.trim()));
    read(&folder.join(name)).or_else(|| read(&shared.join(name))).or_else(|| {
        let packed = read(&shared.join("packed-refs"))?;
        let line = packed.lines().find(|line| line.ends_with(name))?;
        line.split(' ').next().map(str::to_owned)
    })
}

fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo:rerun-if-changed={}", path.display());
    Some(text.trim().to_owned())
}
