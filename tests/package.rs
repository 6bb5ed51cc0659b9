//! What `dev/package` makes: a Debian package that installs, works and goes without a trace, and the list
//! of what is inside.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs to success; what it printed.
fn run(command: &mut Command) -> String {
    let output = command.current_dir(ROOT).output().expect("it starts");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    out.into_owned()
}

/// A command that may pretend to be root, as Debian's tools want it.
fn as_root(program: &str) -> Command {
    if run(Command::new("id").arg("-u")).trim() == "0" {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", program]);
    command
}

fn package(out: &Path) -> PathBuf {
    let mut command = Command::new("dev/package");
    command.args(["deb", "--program", env!("CARGO_BIN_EXE_kward"), "--out"]).arg(out);
    PathBuf::from(run(&mut command).trim())
}

/// Every file below a folder.
fn files(root: &Path) -> BTreeSet<String> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_debian_package_installs_works_and_goes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let package_file = package(&folder.path().join("one"));
    let again = package(&folder.path().join("two"));
    assert_eq!(fs::read(&package_file).unwrap(), fs::read(&again).unwrap(), "not reproducible");
    let field = |name: &str| run(Command::new("dpkg-deb").arg("-f").arg(&package_file).arg(name));
    assert_eq!(field("Package").trim(), "kward");
    assert_eq!(field("Version").trim(), env!("CARGO_PKG_VERSION"));
    assert!(field("Depends").contains("libc6 (>= 2."), "{}", field("Depends"));

    let root = folder.path().join("root");
    for made in ["var/lib/dpkg/info", "var/lib/dpkg/updates"] {
        fs::create_dir_all(root.join(made)).unwrap();
    }
    fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
    let dpkg = |arguments: &[&str]| {
        // Nothing else is installed there, not even the C library.
        let mut dpkg = as_root("dpkg");
        dpkg.args(["--force-depends", "--force-script-chrootless", "--log=/dev/null"]);
        dpkg.arg(format!("--root={}", root.display())).args(arguments);
        run(&mut dpkg)
    };
    let own = |files: BTreeSet<String>| -> BTreeSet<String> {
        files.into_iter().filter(|file| !file.starts_with("var/lib/dpkg/")).collect()
    };
    dpkg(&["--install", package_file.to_str().unwrap()]);
    let installed = own(files(&root));
    for expected in [
        "usr/bin/kward",
        "usr/share/bash-completion/completions/kward",
        "usr/share/doc/kward/copyright",
        "usr/share/doc/kward/schemas/AclPlan.json",
        "usr/share/fish/vendor_completions.d/kward.fish",
        "usr/share/man/man1/kward-acl-apply.1.gz",
        "usr/share/man/man5/kward-acl-file.5.gz",
        "usr/share/zsh/vendor-completions/_kward",
    ] {
        assert!(installed.contains(expected), "{expected} is missing: {installed:#?}");
    }
    let pages = installed.iter().filter(|file| file.starts_with("usr/share/man/")).count();
    assert_eq!(pages, fs::read_dir(Path::new(ROOT).join("man")).unwrap().count());
    let said = run(Command::new(root.join("usr/bin/kward")).arg("--version").env_clear());
    assert!(said.starts_with(concat!("kward ", env!("CARGO_PKG_VERSION"))), "{said}");
    assert!(said.contains("\nfeatures:") && said.contains("\ntarget: "), "{said}");
    dpkg(&["--verify", "kward"]);
    dpkg(&["--purge", "kward"]);
    assert_eq!(own(files(&root)), BTreeSet::new());
}

/// cargo-deb's table names files that are there.
#[test]
fn cargo_deb_finds_its_files() {
    let text = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().expect("TOML");
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().expect("assets");
    for asset in assets {
        let source = asset[0].as_str().expect("a source");
        if source == "target/release/kward" {
            continue;
        }
        let (folder, name) = source.rsplit_once('/').unwrap_or((".", source));
        let (start, end) = name.split_once('*').unwrap_or((name, ""));
        let found = fs::read_dir(Path::new(ROOT).join(folder)).unwrap().any(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.starts_with(start) && name.ends_with(end)
        });
        assert!(found, "{source}");
    }
}

#[test]
fn the_list_of_what_is_inside_is_whole() {
    let text = run(Command::new("dev/package").arg("sbom").env("CARGO_NET_OFFLINE", "true"));
    let list: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&list["bomFormat"], &list["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let components = list["components"].as_array().expect("components");
    let names: BTreeSet<&str> = components.iter().map(|c| c["name"].as_str().unwrap()).collect();
    for inside in ["tokio", "rustls", "ring", "kafka-protocol", "serde"] {
        assert!(names.contains(inside), "{inside}");
    }
    // The tests' alone.
    for outside in ["rdkafka", "trycmd", "insta", "proptest"] {
        assert!(!names.contains(outside), "{outside}");
    }
    let lock: toml::Table =
        fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap().parse().expect("TOML");
    let locked = lock["package"].as_array().expect("packages");
    for component in components {
        let (name, version) = (&component["name"], &component["version"]);
        let lines = locked.iter().find(|package| {
            package["name"].as_str() == name.as_str()
                && package["version"].as_str() == version.as_str()
        });
        let checksum = lines.and_then(|package| package["checksum"].as_str());
        assert_eq!(component["hashes"][0]["content"].as_str(), checksum, "{name} {version}");
        assert!(component["licenses"][0]["expression"].is_string(), "{name}");
    }
    let known: BTreeSet<&str> =
        components.iter().map(|component| component["bom-ref"].as_str().unwrap()).collect();
    for edge in list["dependencies"].as_array().expect("dependencies") {
        for to in edge["dependsOn"].as_array().expect("dependencies") {
            assert!(known.contains(to.as_str().unwrap()), "{to} is not listed");
        }
    }
}
