//! Callers without rights, and clusters without an authorizer.

use super::Bench;
use crate::support::broker::{Authorizer, Broker, newest, on_each_version};
use crate::support::unique;

/// The command that the hint of an error gives, without the program's name.
fn granting(hint: &str) -> Vec<String> {
    let command = hint.split('`').nth(1).expect("a command between backticks");
    let words = command.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words[..3], ["kward", "acl", "create"], "{hint}");
    words[2..].to_vec()
}

#[test]
fn an_error_names_the_missing_right_and_the_grant_that_gives_it() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let name = unique("norights");
        let client = broker.create_user(&name);
        let principal = format!("User:{name}");
        bench.file(
            "a.yaml",
            &format!("version: 1\nrules:\n  - principal: {principal}\n    produce: {name}\n"),
        );
        let create =
            ["create", "--allow-principal", &principal, "--operation", "read", "--topic", &name];
        let delete = ["delete", "--principal", &principal, "-y"];
        for (verb, arguments) in [
            ("list", &["list"][..]),
            ("create", &create),
            ("delete", &delete),
            ("copy", &["copy", "--from", &principal, "--to", "User:x"]),
            ("diff", &["diff", "cluster", "files:a.yaml"]),
            ("plan", &["plan", "-f", "a.yaml"]),
            ("apply", &["apply", "-f", "a.yaml", "-y"]),
            ("export", &["export"]),
        ] {
            let run = bench
                .acl_as(&client, arguments)
                .ends(1)
                .says("error: not authorized to list ACLs on `")
                .says("CLUSTER_AUTHORIZATION_FAILED (31)")
                .says("it needs DESCRIBE on the cluster");
            assert_eq!(run.out, "", "{verb}");
        }

        // The hint is the one ACL that helps: carried out by somebody who may, it is enough.
        let grant = |arguments: &[&str]| {
            let run = bench.acl_as(&client, &[arguments, &["-o", "json"]].concat()).ends(1);
            let error = run.error();
            assert_eq!(error["exitStatus"], 1);
            assert_eq!(error["kafka"]["name"], "CLUSTER_AUTHORIZATION_FAILED");
            assert_eq!(error["kafka"]["retriable"], false);
            let hint = granting(error["hints"][0].as_str().expect("a hint"));
            bench.acl(&hint.iter().map(String::as_str).collect::<Vec<_>>()).ends(0);
        };
        grant(&["list"]);
        bench.acl_as(&client, &["list"]).ends(0);
        // Everything but the writing: that it would be refused is a part of it.
        for dry in [&create[..], &delete, &["apply", "-f", "a.yaml", "-y"]] {
            let run = bench.acl_as(&client, &[dry, &["--dry-run"]].concat()).ends(1);
            run.says("not authorized to alter ACLs").prints("planned");
        }
        bench.acl_as(&client, &create).ends(1).says("not authorized to create ACLs");
        bench.acl_as(&client, &delete).ends(1).says("not authorized to delete ACLs");
        assert_eq!(bench.live(&[&principal]).len(), 1);
        grant(&create);
        bench.acl_as(&client, &create).ends(0).prints("1 created");
        bench.acl_as(&client, &["apply", "-f", "a.yaml", "-y"]).ends(0);
        // It takes its own rights away; what the broker shows of that is known all the same.
        bench.acl(&delete).ends(0).prints("5 deleted");
    });
}

#[test]
fn an_operation_that_the_brokers_do_not_know_is_refused_before_anything_is_written() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:two-phase");
        let id = &user[5..];
        let rule =
            format!("produce: {{ topic: {id}, transactional-id: {id}, two-phase-commit: true }}");
        bench.file("a.yaml", &format!("version: 1\nrules:\n  - principal: {user}\n    {rule}\n"));
        let knows = broker.is_at_least("4");
        for words in [&["apply", "-f", "a.yaml", "--dry-run"][..], &["apply", "-f", "a.yaml", "-y"]]
        {
            let run = bench.acl(words).ends(i32::from(!knows));
            if !knows {
                run.says("do not know the operation TWO_PHASE_COMMIT").says("nothing was written");
            }
        }
        let create = ["create", "--allow-principal", &user, "--operation", "two-phase-commit"];
        let on = ["--transactional-id", id];
        for words in [&["plan", "-f", "a.yaml"][..], &[&create[..], &on].concat()] {
            let run = bench.acl(words).ends(i32::from(!knows));
            if !knows {
                run.says("do not know the operation TWO_PHASE_COMMIT").says("came with Kafka 4");
            }
        }
        assert_eq!(bench.live(&[&user]).is_empty(), !knows);
    });
}

#[test]
fn whoever_is_nobody_is_told_so() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    bench
        .acl_as("plaintext", &["list"])
        .ends(1)
        .says("not authorized to list ACLs")
        .says("--allow-principal User:ANONYMOUS --operation describe --cluster");
}

#[test]
fn a_cluster_without_an_authorizer_has_no_acls() {
    let broker = Broker::shared_with(&newest(), Authorizer::None);
    let bench = Bench::new(&broker);
    bench.file("a.yaml", "version: 1\nrules:\n  - principal: User:a\n    produce: x\n");
    for arguments in [
        &["list"][..],
        &["create", "--allow-principal", "User:a", "--operation", "read", "--topic", "x"],
        &["delete", "--principal", "User:a", "-y"],
        &["plan", "-f", "a.yaml"],
        &["apply", "-f", "a.yaml", "-y"],
        &["export"],
    ] {
        bench
            .acl(arguments)
            .ends(1)
            .says("has no authorizer")
            .says("SECURITY_DISABLED (54)")
            .says("`authorizer.class.name`");
    }
    let error = bench.acl(&["list", "-o", "json"]).ends(1).error();
    assert_eq!(error["kafka"]["name"], "SECURITY_DISABLED");
}
