//! What the program generates and the repository holds is the same: manual pages and completion
//! scripts. After a change of the grammar:
//!
//! ```sh
//! cargo run -- man --write man
//! cargo run -- man --markdown > docs/reference.md
//! for shell in bash zsh fish powershell elvish; do cargo run -- completion $shell > completions/kward.$shell; done
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

fn kward(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kward"))
        .args(arguments)
        .env_clear()
        .output()
        .expect("kward runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().unwrap()).collect()
}

#[test]
fn the_manual_is_fresh() {
    let fresh = tempfile::tempdir().expect("a temporary folder");
    kward(&["man", "--write", fresh.path().to_str().unwrap()]);
    let wanted = names(fresh.path());
    assert!(wanted.contains("kward-acl-apply.1") && wanted.contains("kward-acl-file.5"));
    assert_eq!(names(Path::new("man")), wanted, "stale: `kward man --write man`");
    for name in wanted {
        let generated = fs::read_to_string(fresh.path().join(&name)).unwrap();
        let committed = fs::read_to_string(Path::new("man").join(&name)).unwrap();
        assert!(generated == committed, "man/{name} is stale: `kward man --write man`");
    }
}

#[test]
fn the_reference_is_fresh() {
    let committed = fs::read_to_string("docs/reference.md").unwrap();
    let stale = "docs/reference.md is stale: `kward man --markdown > docs/reference.md`";
    assert!(kward(&["man", "--markdown"]) == committed, "{stale}");
    for command in ["kward acl apply", "kward group doctor", "kward context add", "kward help"] {
        assert!(committed.contains(&format!(" {command}\n")), "{command}");
    }
}

#[test]
fn the_completion_scripts_are_fresh() {
    let wanted: BTreeSet<_> = SHELLS.iter().map(|shell| format!("kward.{shell}")).collect();
    assert_eq!(names(Path::new("completions")), wanted);
    for shell in SHELLS {
        let file = format!("completions/kward.{shell}");
        let committed = fs::read_to_string(&file).unwrap();
        assert!(
            kward(&["completion", shell]) == committed,
            "{file} is stale: `kward completion {shell} > {file}`"
        );
    }
}

/// mandoc is what reads manual pages most strictly; dev/setup installs it.
#[test]
fn the_manual_is_clean() {
    let mut pages: Vec<_> = names(Path::new("man")).into_iter().collect();
    pages.sort();
    let output = Command::new("mandoc")
        .args(["-T", "lint", "-W", "style"])
        .args(pages)
        .current_dir("man")
        .output()
        .expect("mandoc runs (dev/setup installs it)");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
