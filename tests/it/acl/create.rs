//! `acl create`.

use super::{Bench, summary};
use crate::support::bindings::{Bindings, bindings, of_json};
use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::unique;
use kward::model::Binding;

#[test]
fn creates_what_is_missing_and_says_what_existed() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (user, name) = (unique("User:create"), unique("create"));
        let first = ["create", "--allow-principal", &user, "--operation", "read", "--topic", &name];
        bench
            .acl(&first)
            .ends(0)
            .says(&format!("+ allow READ on topic:{name}"))
            .prints("1 created");
        let both = [&first[..4], &["read,write", "--topic", &name, "-o", "json"]].concat();
        let both = [&both[..3], &["--operation"], &both[4..]].concat();
        let document = bench.acl(&both).ends(0).json();
        assert_eq!(summary(&document), [("created".to_owned(), 1), ("existed".to_owned(), 1)]);
        let expected = bindings([
            format!("{user} allow read topic:{name}"),
            format!("{user} allow write topic:{name}"),
        ]);
        assert_eq!(of_json(&document["items"]), expected);
        assert_eq!(bench.live_by_kafka(&[&user]), expected);

        let again = bench.acl(&both).ends(0).json();
        assert_eq!(summary(&again), [("existed".to_owned(), 2)]);
    });
}

#[test]
fn a_dry_run_writes_nothing() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:dry");
    let run = bench.acl(&[
        "create",
        "--dry-run",
        "--allow-principal",
        &user,
        "--operation",
        "read",
        "--topic",
        "x",
        "-o",
        "json",
    ]);
    let document = run.ends(0).json();
    assert_eq!(document["dryRun"], true);
    assert_eq!(summary(&document), [("planned".to_owned(), 1)]);
    assert!(bench.live(&[&user]).is_empty());
}

/// The same bindings for another principal.
fn given_to(bindings: &Bindings, principal: &str) -> Bindings {
    bindings.iter().map(|b| Binding { principal: principal.into(), ..b.clone() }).collect()
}

#[test]
fn producers_and_consumers_are_those_of_kafkas_own_tool() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (ours, theirs) = (unique("User:ours"), unique("User:theirs"));
        let (topic, other) = (unique("convenience"), unique("convenience"));
        for arguments in [
            &["--producer", "--idempotent", "--topic", &topic, "--transactional-id", &topic][..],
            &["--consumer", "--topic", &other, "--group", &other][..],
        ] {
            broker.kafka_acls(&[&["--add", "--allow-principal", &theirs], arguments].concat());
            bench.create(&[&["--allow-principal", &ours], arguments].concat());
        }
        let expected = given_to(&bench.live_by_kafka(&[&theirs]), &ours);
        assert_eq!(bench.live(&[&ours]), expected);
        assert_eq!(expected.len(), 9);
    });
}

#[test]
fn hosts_stay_with_their_own_permission() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (good, bad, name) = (unique("User:good"), unique("User:bad"), unique("hosts"));
    bench.create(&[
        "--allow-principal",
        &good,
        "--allow-host",
        "10.0.0.1",
        "--allow-host",
        "::1",
        "--deny-principal",
        &bad,
        "--deny-host",
        "10.0.0.2",
        "--operation",
        "Read",
        "--topic",
        &name,
        "--resource-pattern-type",
        "Prefixed",
    ]);
    let expected = bindings([
        format!("{good} allow read topic:{name}* 10.0.0.1"),
        format!("{good} allow read topic:{name}* 0:0:0:0:0:0:0:1"),
        format!("{bad} deny read topic:{name}* 10.0.0.2"),
    ]);
    assert_eq!(bench.live_by_kafka(&[&good, &bad]), expected);
}

#[test]
fn a_column_that_does_not_exist_is_told_before_anything_is_written() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:columns");
    let create =
        ["create", "--allow-principal", &user, "--operation", "read", "--topic", &user[5..]];
    let with = |more: &[&str]| bench.acl(&[&create[..], more].concat());
    with(&["--columns", "nonsense"]).ends(2).says("unknown column `nonsense`");
    with(&["--sort-by", "nonsense"]).ends(2).says("unknown column `nonsense`");
    assert!(bench.live(&[&user]).is_empty());
    // One that says nothing this time exists all the same.
    let run = with(&["--columns", "status,error", "--no-headers"]).ends(0);
    assert!(run.out.starts_with("created\n"), "{run}");
}
