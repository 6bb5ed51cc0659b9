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
    // A build for developers is large, and takes a minute to compress.
    command.env("KWARD_DEB_COMPRESSION", "none");
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
    if cfg!(feature = "gssapi") {
        assert!(field("Depends").contains(", libgssapi-krb5-2"), "{}", field("Depends"));
    }

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
        "usr/share/doc/kward/docs/schemas/AclPlan.json",
        "usr/share/fish/vendor_completions.d/kward.fish",
        "usr/share/man/man1/kward-acl-apply.1.gz",
        "usr/share/man/man5/kward-acl-file.5.gz",
        "usr/share/man/man5/kward-topic-file.5.gz",
        "usr/share/zsh/vendor-completions/_kward",
    ] {
        assert!(installed.contains(expected), "{expected} is missing: {installed:#?}");
    }
    let is_document = |file: &str| Path::new(file).extension().is_some_and(|kind| kind == "md");
    let documents: Vec<_> = installed.iter().filter(|file| is_document(file)).collect();
    assert!(documents.len() > 10, "{documents:#?}");
    for document in documents {
        let place = root.join(document);
        let text = fs::read_to_string(&place).expect("a document");
        for link in text.split("](").skip(1) {
            let to = link.split([')', '#']).next().unwrap_or_default();
            // Debian has the one under a name of its own, the other is for the sources.
            let elsewhere = matches!(to, "CHANGELOG.md" | "CONTRIBUTING.md");
            if is_document(to) && !to.contains(':') && !elsewhere {
                assert!(place.with_file_name(to).is_file(), "{document} leads to {to}");
            }
        }
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

/// `cargo install` builds one program, from what is in the package: what the sources take in, too. That it
/// compiles is what all other tests run on; to compile it once more would take longer than they do.
#[test]
fn what_cargo_install_builds_from_is_in_the_package() {
    let cargo = || Command::new(env!("CARGO"));
    let told = run(cargo().args(["metadata", "--format-version=1", "--no-deps"]));
    let metadata: Value = serde_json::from_str(&told).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let kward = packages.iter().find(|package| package["name"] == "kward").expect("it");
    let targets = kward["targets"].as_array().expect("targets");
    let programs: Vec<&Value> =
        targets.iter().filter(|target| target["kind"][0] == "bin").collect();
    assert_eq!(programs.len(), 1, "{programs:?}");
    assert_eq!(
        (&programs[0]["name"], &programs[0]["required-features"]),
        (&"kward".into(), &Value::Null)
    );

    let listed = run(cargo().args(["package", "--list", "--allow-dirty", "--offline"]));
    let listed: BTreeSet<&str> = listed.lines().collect();
    assert!(listed.contains("Cargo.lock"), "`--locked` has nothing to go by");
    let mut taken = vec!["build.rs".to_owned(), "build/start.ld".to_owned()];
    for file in files(&Path::new(ROOT).join("src")) {
        let file = Path::new("src").join(file);
        let folder = Path::new(ROOT).join(file.parent().expect("a folder"));
        let text = fs::read_to_string(Path::new(ROOT).join(&file)).expect("text");
        for rest in text.split("include_str!(\"").skip(1) {
            let path = rest.split('"').next().unwrap_or_default();
            let whole = folder.join(path).canonicalize().expect("a file");
            let path = whole.strip_prefix(Path::new(ROOT).canonicalize().unwrap()).unwrap();
            taken.push(path.to_str().unwrap().to_owned());
        }
        taken.push(file.to_str().unwrap().to_owned());
    }
    assert!(taken.iter().any(|file| file == "docs/acl-file.md"), "nothing is found: {taken:?}");
    // Their names are put together from words.
    taken.extend(
        ["guide", "access-model", "exit-status", "coming-from", "managed/aiven"]
            .map(|name| format!("docs/{name}.md")),
    );
    let missing: Vec<&String> =
        taken.iter().filter(|file| !listed.contains(file.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Docker's own words, as far as the file has them: the instruction and the rest of its line.
fn dockerfile() -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("Dockerfile")).expect("the Dockerfile");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            line.split_once(' ').unwrap_or_else(|| panic!("one instruction a line: {line}"))
        })
        .map(|(word, rest)| (word.to_owned(), rest.to_owned()))
        .collect()
}

/// What can be known without Docker: what the image is built from is there, and each step gives what the
/// next one takes.
#[test]
fn the_image_is_built_from_what_is_there() {
    let root = Path::new(ROOT);
    let ignored = fs::read_to_string(root.join(".dockerignore")).expect(".dockerignore");
    let ignored: Vec<&str> = ignored.lines().collect();
    assert_eq!(ignored, ["/target", "/.git"], "all else is there in the image");
    let file = dockerfile();
    let mut stages = Vec::new();
    let (mut ran, mut copied) = (Vec::new(), Vec::new());
    for (word, rest) in &file {
        let words: Vec<&str> = rest.split(' ').collect();
        match (word.as_str(), &words[..]) {
            ("FROM", ["scratch"])
            | ("COPY", [".", "."])
            | ("ARG" | "ENV" | "WORKDIR" | "USER", _) => {}
            ("FROM", [image, "AS", name]) => {
                let tag = image.strip_prefix("rust:").expect("an image of Rust");
                let version = tag.split('-').next().unwrap_or_default();
                let wanted = env!("CARGO_PKG_RUST_VERSION");
                assert!(["1", wanted].contains(&version), "{image} has not the Rust {wanted}");
                stages.push(*name);
            }
            ("COPY", [from, source, target]) => {
                let stage = from.strip_prefix("--from=").expect("a stage");
                assert!(stages.contains(&stage), "there is no stage {stage}");
                copied.push((*source, *target));
            }
            ("RUN", _) => ran.push(rest.as_str()),
            ("ENTRYPOINT", _) => {
                let program: Vec<String> = serde_json::from_str(rest).expect("a list");
                assert!(copied.iter().any(|(_, target)| *target == program[0]), "{rest}");
            }
            _ => panic!("{word} {rest}: say here what it takes"),
        }
    }
    assert_eq!(ran, ["dev/package musl --out /out"]);
    let sources: Vec<&str> = copied.iter().map(|(source, _)| *source).collect();
    assert_eq!(sources, ["/etc/ssl/certs/ca-certificates.crt", "/out/kward"]);
    // The script is a program that knows these words; without a toolchain it says what it lacks.
    let script = fs::read_to_string(root.join("dev/package")).expect("the script");
    assert!(script.contains("\n        musl) musl "), "`musl` is one of its words");
    assert!(script.contains("install -m 755 \"$built\" \"$out/kward\""), "where the program goes");
    let unknown = Command::new("dev/package").arg("nonsense").current_dir(ROOT).output();
    let unknown = unknown.expect("it starts");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("`musl`"), "{unknown:?}");
    // What Docker is told beside the file.
    assert!(file.contains(&("ARG".to_owned(), "KWARD_COMMIT=".to_owned())));
    assert!(script.contains("--build-arg \"KWARD_COMMIT="));
}
