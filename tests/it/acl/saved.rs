//! Saved plans: `plan --out FILE`, then `apply FILE`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Bench, summary};
use crate::support::bindings::{Bindings, bindings};
use crate::support::broker::{Broker, newest, on_each_version, versions};
use crate::support::schemas::assert_valid;
use crate::support::unique;

/// A principal with one binding too many and one too few for `a.yaml`, and the plan saved.
fn planned(bench: &Bench<'_>, user: &str) {
    let n = &user[5..];
    bench.create(&["--allow-principal", user, "--operation", "write", "--topic", n]);
    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             allow: {{ topic: {n}, operation: read }}\n"
        ),
    );
    let plan = ["plan", "-f", "a.yaml", "--prune", "--out", "plan.json"];
    bench.acl(&plan).ends(0).says("plan saved, apply it with `kward acl apply plan.json`");
}

fn wanted(user: &str) -> Bindings {
    bindings([format!("{user} allow read topic:{}", &user[5..])])
}

#[test]
fn applies_exactly_what_was_reviewed() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:saved");
        planned(&bench, &user);
        let path = bench.sandbox.path().join("plan.json");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_valid(&serde_json::from_str(&bench.sandbox.read("plan.json")).expect("JSON"));
        // The files play no part any more.
        fs::remove_file(bench.sandbox.path().join("a.yaml")).unwrap();

        let dry = bench.acl(&["apply", "plan.json", "--dry-run", "-o", "json"]).ends(0).json();
        assert_eq!(summary(&dry), [("planned".to_owned(), 2)]);
        // It was reviewed: no question, no `-y`.
        let run = bench.acl(&["apply", "plan.json", "-o", "json"]).ends(0);
        assert_eq!(summary(&run.json()), [("created".to_owned(), 1), ("deleted".to_owned(), 1)]);
        assert_eq!(bench.live_by_kafka(&[&user]), wanted(&user));
        // Applied already, it is not the plan of this state any more.
        bench.acl(&["apply", "plan.json"]).ends(4).says("and this plan with them");
        assert_eq!(bench.live(&[&user]), wanted(&user));
    });
}

#[test]
fn an_edited_or_damaged_plan_is_refused() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:edited");
    planned(&bench, &user);
    let before = bench.live(&[&user]);
    let saved = bench.sandbox.read("plan.json");
    let edits = [
        ("READ", "WRITE"),
        (&user[5..], "other"),
        ("\"prune\": true", "\"prune\": false"),
        ("\"allowLockout\": false", "\"allowLockout\": true"),
    ];
    for (from, to) in edits {
        let edited = saved.replacen(from, to, 1);
        assert_ne!(edited, saved, "{from}");
        bench.file("plan.json", &edited);
        bench.acl(&["apply", "plan.json"]).ends(4).says("was edited or damaged");
    }
    for (content, status) in [
        (saved[..saved.len() / 2].to_owned(), 2),
        (saved.replacen("\"format\": 1", "\"format\": 2", 1), 2),
        (String::new(), 2),
        ("{}".to_owned(), 2),
    ] {
        bench.file("plan.json", &content);
        bench.acl(&["apply", "plan.json"]).ends(status).says("cannot apply `plan.json`");
    }
    bench.acl(&["apply", "missing.json"]).ends(2).says("cannot read the plan `missing.json`");
    assert_eq!(bench.live(&[&user]), before);
}

#[test]
fn the_plan_of_another_cluster_is_refused() {
    let all = versions();
    let [here, there] = [&all[0], all.last().unwrap()].map(|version| Broker::shared(version));
    assert!(all.len() > 1, "this test takes two clusters");
    let bench = Bench::new(&here);
    let user = unique("User:elsewhere");
    planned(&bench, &user);
    let bench_there = Bench::new(&there);
    bench_there.file("plan.json", &bench.sandbox.read("plan.json"));
    bench_there.acl(&["apply", "plan.json"]).ends(4).says("the plan is for the cluster");
    assert!(bench_there.live(&[&user]).is_empty());
}

#[test]
fn a_stale_plan_is_refused_and_what_does_not_touch_it_is_told() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (user, other) = (unique("User:stale"), unique("User:bystander"));
        let n = &user[5..];
        planned(&bench, &user);
        bench.create(&["--allow-principal", &user, "--operation", "delete", "--topic", n]);
        let before = bench.live(&[&user]);
        bench
            .acl(&["apply", "plan.json"])
            .ends(4)
            .says("the ACLs of the cluster have changed")
            .says("it was made at 20")
            .says(&format!("new since, and to be deleted: {user} ALLOW DELETE on topic:{n}"))
            .says("plan again");
        assert_eq!(bench.live(&[&user]), before);
        bench.acl(&["delete", "-y", "--principal", &user, "--operation", "delete"]).ends(0);

        bench.create(&["--allow-principal", &other, "--operation", "read", "--topic", n]);
        bench.acl(&["apply", "plan.json"]).ends(0).says("none of it touches the plan");
        assert_eq!(bench.live(&[&user]), wanted(&user));
        assert_eq!(bench.live(&[&other]).len(), 1);
    });
}

#[test]
fn guards_are_set_when_the_plan_is_made() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:guarded");
    planned(&bench, &user);
    let before = bench.live(&[&user]);
    let plan = ["plan", "-f", "a.yaml", "--prune", "--out", "plan.json", "--max-deletes"];
    bench
        .acl(&[&plan[..], &["0"]].concat())
        .ends(0)
        .prints("the plan deletes 1 binding, `--max-deletes` allows 0")
        .says("plan saved, but as it is it will be refused: plan again with `--max-deletes 1`");
    bench.acl(&["apply", "plan.json"]).ends(4).says("plan again with `--max-deletes 1`");
    // A flag that would be ignored is wrong usage.
    for flag in [
        &["--max-deletes", "1"][..],
        &["--allow-lockout"],
        &["--allow-empty"],
        &["--skip-tests"],
        &["--allow-open-default"],
        &["--as", "User:x"],
        &["--super-user", "User:x"],
        &["--allow-everyone-if-no-acl-found"],
    ] {
        bench.acl(&[&["apply", "plan.json"], flag].concat()).ends(2).says("cannot be used with");
    }
    assert_eq!(bench.live(&[&user]), before);
    bench.acl(&[&plan[..], &["1"]].concat()).ends(0);
    bench.acl(&["apply", "plan.json"]).ends(0);
    assert_eq!(bench.live(&[&user]), wanted(&user));
}

#[test]
fn a_plan_made_of_a_saved_list_applies() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:offline");
    planned(&bench, &user);
    bench.file("acls.json", &bench.acl(&["list", "-o", "json"]).ends(0).out);
    let plan =
        ["acl", "plan", "-f", "a.yaml", "--prune", "--out", "plan.json", "--against", "acls.json"];
    crate::support::run::Run::of(&mut bench.sandbox.kward(plan)).ends(0);
    bench.acl(&["apply", "plan.json"]).ends(0);
    assert_eq!(bench.live(&[&user]), wanted(&user));
}

#[test]
fn a_plan_is_written_whole_or_not_at_all() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:whole");
    planned(&bench, &user);
    // What stood there is replaced, and nobody else may read what takes its place.
    let path = bench.file("old.json", "something else");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    bench.acl(&["plan", "-f", "a.yaml", "--out", "old.json"]).ends(0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    bench
        .acl(&["plan", "-f", "a.yaml", "--out", "missing/plan.json"])
        .ends(1)
        .says("cannot write the plan to `missing/plan.json`");
    bench.acl(&["plan", "-f", "a.yaml", "--out", "."]).ends(1);
    let left: Vec<_> = fs::read_dir(bench.sandbox.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
