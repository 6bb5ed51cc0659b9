//! The backup of what an apply deletes, and `apply --undo`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{Bench, summary};
use crate::support::bindings::{Bindings, bindings, of_json};
use crate::support::broker::{Broker, newest, on_each_version, versions};
use crate::support::schemas::assert_valid;
use crate::support::unique;

/// A principal with three bindings of which `a.yaml` wants one; gives the two others.
fn surplus(bench: &Bench<'_>, user: &str) -> Bindings {
    let n = &user[5..];
    bench.create(&[
        "--allow-principal",
        user,
        "--operation",
        "read,write",
        "--topic",
        n,
        "--deny-principal",
        user,
        "--deny-host",
        "10.0.0.7",
    ]);
    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             allow: {{ topic: {n}, operation: read }}\n"
        ),
    );
    bindings([
        format!("{user} allow write topic:{n}"),
        format!("{user} deny read topic:{n} 10.0.0.7"),
        format!("{user} deny write topic:{n} 10.0.0.7"),
    ])
}

#[test]
fn puts_back_what_was_deleted() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:undo");
        let gone = surplus(&bench, &user);
        let before = bench.live(&[&user]);

        let run = bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "-o", "json"]).ends(0);
        let backup = PathBuf::from(run.json()["backup"].as_str().expect("a backup"));
        assert!(backup.starts_with(bench.sandbox.path().join(".state/kward")), "{run}");
        assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
        let content: serde_json::Value =
            serde_json::from_slice(&fs::read(&backup).unwrap()).unwrap();
        assert_valid(&content);
        assert_eq!(of_json(&content["deleted"]), gone);
        assert_eq!(bench.live(&[&user]), &before - &gone);

        let backup = backup.to_str().unwrap();
        bench.acl(&["apply", "--undo", backup]).ends(4).says("`--yes`");
        let dry = bench.acl(&["apply", "--undo", backup, "--dry-run", "-o", "json"]).ends(0);
        assert_eq!(summary(&dry.json()), [("planned".to_owned(), 3)]);
        assert_eq!(bench.live(&[&user]), &before - &gone);
        bench.acl(&["apply", "--undo", backup, "-y"]).ends(0).prints("3 created");
        assert_eq!(bench.live_by_kafka(&[&user]), before);
        bench.acl(&["apply", "--undo", backup, "-y"]).ends(0).prints("3 existed already");
    });
}

#[test]
fn what_is_put_back_is_guarded_and_its_access_shown() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:undo-guarded");
    let gone = surplus(&bench, &user);
    bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "--backup-dir", "b"]).ends(0);
    let backup = fs::read_dir(bench.sandbox.path().join("b")).unwrap().next().unwrap().unwrap();
    let text = fs::read_to_string(backup.path()).unwrap();
    let run = bench.acl(&["apply", "--undo", backup.path().to_str().unwrap(), "--dry-run"]);
    let run =
        run.ends(0).says("Access").says(&format!("{user} gains write on topic:{}", &user[5..]));
    let run = run.says("but not from 10.0.0.7").says(&format!("{user} loses read"));
    assert!(run.err.contains(" from 10.0.0.7"), "{run}");
    // A DENY for everyone, as only the backup of another apply would have it.
    let everyone = text.replacen(
        &format!("\"principal\": \"{user}\""),
        "\"principal\": \"User:*\"",
        usize::MAX,
    );
    assert_ne!(everyone, text);
    let everyone = everyone.replace("\"resourceType\": \"TOPIC\"", "\"resourceType\": \"CLUSTER\"");
    let everyone = everyone
        .replace(
            &format!("\"resourceName\": \"{}\"", &user[5..]),
            "\"resourceName\": \"kafka-cluster\"",
        )
        .replace("\"operation\": \"READ\"", "\"operation\": \"ALTER\"")
        .replace("\"operation\": \"WRITE\"", "\"operation\": \"ALTER\"");
    bench.file("everyone.json", &everyone);
    let undo = ["apply", "--undo", "everyone.json", "--dry-run"];
    bench.acl(&undo).ends(4).says("`--allow-lockout` allows it");
    bench.acl(&[&undo[..], &["--allow-lockout"]].concat()).ends(0);
    assert!(bench.live(&[&user]).is_disjoint(&gone));
}

#[test]
fn the_backup_comes_before_any_write() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:backup");
    surplus(&bench, &user);
    let before = bench.live(&[&user]);
    let apply = ["apply", "-f", "a.yaml", "--prune", "-y", "--backup-dir"];
    bench.file("in-the-way", "a file, no folder");
    bench
        .acl(&[&apply[..], &["in-the-way"]].concat())
        .ends(1)
        .says("cannot write the backup into `in-the-way`")
        .says("`--backup-dir` names another folder");
    assert_eq!(bench.live(&[&user]), before);

    let run = bench.acl(&[&apply[..], &["kept/here"]].concat()).ends(0);
    let files: Vec<_> = fs::read_dir(bench.sandbox.path().join("kept/here")).unwrap().collect();
    assert_eq!(files.len(), 1, "{run}");
    assert!(run.out.contains("backup of what was deleted: kept/here/acl-"), "{run}");
}

#[test]
fn only_a_backup_of_this_cluster_is_put_back() {
    let all = versions();
    let [here, there] = [&all[0], all.last().unwrap()].map(|version| Broker::shared(version));
    assert!(all.len() > 1, "this test takes two clusters");
    let bench = Bench::new(&here);
    let user = unique("User:undone-elsewhere");
    surplus(&bench, &user);
    bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "--backup-dir", "b"]).ends(0);
    let backup = fs::read_dir(bench.sandbox.path().join("b")).unwrap().next().unwrap().unwrap();
    let bench_there = Bench::new(&there);
    let path = backup.path();
    let path = path.to_str().unwrap();
    bench_there.acl(&["apply", "--undo", path, "-y"]).ends(4).says("the backup is of the cluster");
    assert!(bench_there.live(&[&user]).is_empty());

    for (name, content) in [
        ("list.json", bench.acl(&["list", "-o", "json", "--principal", &user]).ends(0).out),
        ("empty.json", String::new()),
    ] {
        bench.file(name, &content);
        bench.acl(&["apply", "--undo", name, "-y"]).ends(2).says("is no backup of an apply");
    }
    bench.acl(&["apply", "--undo", "missing.json", "-y"]).ends(2).says("No such file");
}
