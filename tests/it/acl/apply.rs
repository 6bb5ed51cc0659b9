//! `acl apply -f`: what it makes of a cluster, judged by Kafka's own tool.

use super::{Bench, summary};
use crate::support::bindings::{bindings, of_json};
use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::unique;

#[test]
fn what_is_applied_is_what_kafka_lists_and_once_is_enough() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (orders, billing, ana) =
            (unique("User:orders"), unique("User:billing"), unique("User:ana"));
        let n = unique("apply");
        bench.file(
            "access/a.yaml",
            &format!(
                r#"
version: 1
scope: {{ principal: ["{orders}", "{billing}", "{ana}"] }}
roles:
  reader:
    params: [what]
    rules:
      - consume: {{ topic: "${{what}}.*", group: "${{what}}-*" }}
rules:
  - principal: "{orders}"
    produce: {{ topic: {n}, transactional-id: {n}-* }}
  - principal: "{billing}"
    host: [10.0.0.7, "::1"]
    consume: {{ topic: {n}, group: none }}
  - principal: "{ana}"
    role: {{ reader: {{ what: {n} }} }}
    deny: {{ topic: {n}.pii.*, operation: [read, write] }}
"#
            ),
        );
        let all = [orders.as_str(), &billing, &ana];
        let v6 = "0:0:0:0:0:0:0:1";
        let expected = bindings([
            format!("{orders} allow write topic:{n}"),
            format!("{orders} allow describe topic:{n}"),
            format!("{orders} allow write transactional-id:{n}-*"),
            format!("{orders} allow describe transactional-id:{n}-*"),
            format!("{billing} allow read topic:{n} 10.0.0.7"),
            format!("{billing} allow describe topic:{n} 10.0.0.7"),
            format!("{billing} allow read topic:{n} {v6}"),
            format!("{billing} allow describe topic:{n} {v6}"),
            format!("{ana} allow read topic:{n}.*"),
            format!("{ana} allow describe topic:{n}.*"),
            format!("{ana} allow read group:{n}-*"),
            format!("{ana} deny read topic:{n}.pii.*"),
            format!("{ana} deny write topic:{n}.pii.*"),
        ]);

        // Without a terminal and without `-y` it shows the plan, asks nobody and writes nothing.
        bench
            .acl(&["apply", "-f", "access"])
            .ends(4)
            .says(&format!("+ DENY READ, WRITE on topic:{n}.pii.*"))
            .says("Plan: 13 to create, 0 to delete")
            .says("`--yes` answers");
        let dry = bench.acl(&["apply", "-f", "access", "--dry-run", "-o", "json"]).ends(0).json();
        assert_eq!(summary(&dry), [("planned".to_owned(), 13)]);
        assert!(bench.live(&all).is_empty());

        let first = bench.acl(&["apply", "-f", "access", "-y", "-o", "json"]).ends(0).json();
        assert_eq!(summary(&first), [("created".to_owned(), 13)]);
        assert_eq!(of_json(&first["items"]), expected);
        assert_eq!(bench.live_by_kafka(&all), expected);

        let second = bench.acl(&["apply", "-f", "access", "-o", "json"]).ends(0).json();
        assert_eq!(second["items"].as_array().unwrap().len(), 0, "{second:#}");
        assert_eq!(second["unchanged"], 13);
        bench.acl(&["apply", "-f", "access"]).ends(0).prints("nothing to do");
        let plan = ["plan", "-f", "access", "--detailed-exitcode", "--prune"];
        bench.acl(&plan).ends(0).prints("In sync");
    });
}

#[test]
fn denies_come_before_what_they_restrict() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (user, n) = (unique("User:order"), unique("order"));
    let document = |permission: &str| {
        format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             {permission}: {{ topic: [{n}-a, {n}-b], operation: read }}\n    \
             allow: {{ group: {n}, operation: read }}\n"
        )
    };
    bench.file("a.yaml", &document("deny"));
    let first = bench.acl(&["apply", "-f", "a.yaml", "-y", "-o", "json"]).ends(0).json();
    let phases = |document: &serde_json::Value| -> Vec<String> {
        let word = |item: &serde_json::Value| {
            format!(
                "{} {}",
                item["action"].as_str().unwrap(),
                item["permissionType"].as_str().unwrap()
            )
        };
        document["items"].as_array().unwrap().iter().map(word).collect()
    };
    assert_eq!(phases(&first), ["create DENY", "create DENY", "create ALLOW"]);

    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             deny: {{ topic: {n}-c, operation: read }}\n    \
             allow: {{ topic: {n}, operation: read }}\n"
        ),
    );
    let second = bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "-o", "json"]);
    assert_eq!(
        phases(&second.ends(0).json()),
        ["create DENY", "create ALLOW", "delete ALLOW", "delete DENY", "delete DENY"]
    );
}

#[test]
fn standard_input_and_variables_make_a_desired_state() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (user, n) = (unique("User:stdin"), unique("stdin"));
    let text = "version: 1\nvars: { who: nobody, more: none }\nrules:\n  - principal: ${who}\n    \
                allow: { topic: \"${topic}-${env.SUFFIX}\", operation: \"${op:-read}\" }\n    \
                produce: ${more}\n";
    bench.file("vars.yaml", &format!("topic: {n}\nwho: User:other\n"));
    let mut command = bench.sandbox.kward_on(
        &broker,
        "admin",
        [
            "acl",
            "apply",
            "-f",
            "-",
            "-y",
            "--var-file",
            "vars.yaml",
            "--var",
            &format!("who={user}"),
            "--var",
            &format!("more={n}-more"),
        ],
    );
    command.env("SUFFIX", "x").write_stdin(text);
    crate::support::run::Run::of(&mut command).ends(0).prints("3 created");
    let expected = bindings([
        format!("{user} allow read topic:{n}-x"),
        format!("{user} allow write topic:{n}-more"),
        format!("{user} allow describe topic:{n}-more"),
    ]);
    assert_eq!(bench.live(&[&user]), expected);
}

#[test]
fn several_documents_and_folders_are_one_desired_state() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (one, two, n) = (unique("User:one"), unique("User:two"), unique("many"));
    let rule = |user: &str, topic: &str| {
        format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             produce: {topic}\n"
        )
    };
    bench.file("all/team/one.yaml", &rule(&one, &n));
    bench.file("all/two.yml", &format!("{}---\n{}", rule(&two, &n), rule(&two, &format!("{n}-b"))));
    bench.file(
        "all/three.json",
        &format!(
            r#"{{"version": 1, "bindings": [{{"resourceType": "TOPIC", "resourceName": "{n}",
            "patternType": "LITERAL", "principal": "{one}", "host": "*", "operation": "READ",
            "permissionType": "ALLOW"}}]}}"#
        ),
    );
    bench.file("all/.hidden.yaml", "this is not read");
    bench.file("all/notes.txt", "nor is this");
    // The same file twice is read once.
    let files = ["-f", "all", "-f", "all/two.yml", "-f", "all/team/../two.yml"];
    bench.acl(&[&["apply", "-y"], &files[..]].concat()).ends(0).prints("7 created");
    let both = [one.as_str(), &two];
    assert_eq!(
        bench.live(&both),
        bindings([
            format!("{one} allow write topic:{n}"),
            format!("{one} allow describe topic:{n}"),
            format!("{one} allow read topic:{n}"),
            format!("{two} allow write topic:{n}"),
            format!("{two} allow describe topic:{n}"),
            format!("{two} allow write topic:{n}-b"),
            format!("{two} allow describe topic:{n}-b"),
        ])
    );
}

#[test]
fn another_cluster_than_the_files_name_is_refused() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:cluster");
        let id = bench.acl(&["list", "-o", "json", "--principal", &user]).ends(0).json();
        let id = id["clusterId"].as_str().expect("an id").to_owned();
        let document = |cluster: &str| {
            format!(
                "version: 1\ncluster: \"{cluster}\"\nrules:\n  - principal: {user}\n    produce: {}\n",
                &user[5..]
            )
        };
        bench.file("a.yaml", &document("AAAAAAAAAAAAAAAAAAAAAA"));
        for verb in ["plan", "apply"] {
            bench
                .acl(&[verb, "-f", "a.yaml", "-y"])
                .ends(4)
                .says("the files are for the cluster `AAAAAAAAAAAAAAAAAAAAAA`")
                .says("a.yaml:2");
        }
        assert!(bench.live(&[&user]).is_empty());
        bench.file("a.yaml", &document(&id));
        bench.acl(&["apply", "-f", "a.yaml", "-y"]).ends(0);
        assert_eq!(bench.live(&[&user]).len(), 2);
    });
}

#[test]
fn ranges_of_addresses_need_a_cluster_that_understands_them() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (user, n) = (unique("User:cidr"), unique("cidr"));
        bench.file(
            "a.yaml",
            &format!(
                "version: 1\nrules:\n  - principal: {user}\n    host: 10.0.0.0/8\n    \
                 allow: {{ topic: {n}, operation: read }}\n"
            ),
        );
        let apply = bench.acl(&["apply", "-f", "a.yaml", "-y"]);
        if broker.is_at_least("4.4") {
            apply.ends(0);
            let expected = bindings([format!("{user} allow read topic:{n} 10.0.0.0/8")]);
            assert_eq!(bench.live_by_kafka(&[&user]), expected);
        } else {
            apply.ends(2).says("a.yaml:4:11").says("10.0.0.0/8").says("4.4");
            assert!(bench.live(&[&user]).is_empty());
        }
        // Who believes that somebody is denied must be right.
        let deny = ["create", "--deny-principal", &user, "--deny-host", "10.0.0.0/9"];
        let create = bench.acl(&[&deny[..], &["--operation", "write", "--topic", &n]].concat());
        if broker.is_at_least("4.4") {
            create.ends(0);
        } else {
            create.ends(2).says("silently matches nobody");
            assert!(bench.live(&[&user]).is_empty());
            let add = ["--add", "--deny-principal", &user, "--deny-host", "10.0.0.0/9"];
            broker.kafka_acls(&[&add[..], &["--operation", "Write", "--topic", &n]].concat());
            let copy = ["copy", "--from", &user, "--to", &format!("{user}2")];
            bench.acl(&copy).ends(0).says("silently matches nobody");
        }
    });
}

#[test]
fn what_a_real_broker_refuses_fails_alone_and_stops_what_follows() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:refused");
        let n = &user[5..];
        bench.create(&["--allow-principal", &user, "--operation", "delete", "--topic", n]);
        let document = |bad: &str| {
            let binding = |name: &str, kind: &str| {
                format!(
                    "  - {{ resourceType: {kind}, resourceName: {name}, patternType: LITERAL, \
                     principal: \"{user}\", host: \"*\", operation: DESCRIBE, permissionType: ALLOW }}\n"
                )
            };
            format!(
                "version: 1\nscope: {{ principal: {user} }}\nbindings:\n{}{bad}{}",
                binding(n, "TOPIC"),
                binding(n, "GROUP"),
            )
        };
        // The one name that the broker takes for a cluster is another.
        let bad = format!(
            "  - {{ resourceType: CLUSTER, resourceName: another, patternType: LITERAL, principal: \
             \"{user}\", host: \"*\", operation: DESCRIBE, permissionType: ALLOW }}\n"
        );
        bench.file("a.yaml", &document(&bad));
        let apply = ["apply", "-f", "a.yaml", "--prune", "-y"];
        let run = bench.acl(&[&apply[..], &["-o", "json"]].concat()).ends(5);
        let expected = [("created", 2), ("failed", 1), ("skipped", 1)];
        let expected = expected.map(|(status, count)| (status.to_owned(), count));
        assert_eq!(summary(&run.json()), expected);
        let run = run
            .says("a.yaml:5:5: no broker takes this binding: the only name of the resource CLUSTER")
            .says(
                "mend what was refused; after that, running it again is safe and finishes the work",
            );
        assert_eq!(run.error()["kafka"]["name"], "INVALID_REQUEST");
        assert_eq!(bench.live(&[&user]).len(), 3);

        bench.file("a.yaml", &document(""));
        bench.acl(&apply).ends(0).prints("1 deleted");
        let expected = bindings([
            format!("{user} allow describe topic:{n}"),
            format!("{user} allow describe group:{n}"),
        ]);
        assert_eq!(bench.live_by_kafka(&[&user]), expected);
    });
}

#[test]
fn what_matches_nobody_is_told_beforehand() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:useless");
        let text = format!(
            "version: 1\nrules:\n  - principal: {user}\n    \
             host: [10.0.0.1, 10.0.0.2]\n    \
             allow: {{ user: bob, operation: [create-tokens, describe-tokens] }}\nbindings:\n  \
             - {{ resourceType: TOPIC, resourceName: t, patternType: LITERAL, principal: \"{user}\", \
             host: \"10.0.0.0/8\", operation: READ, permissionType: ALLOW }}\n"
        );
        bench.file("a.yaml", &text);
        let run = bench.acl(&["plan", "-f", "a.yaml"]).ends(0);
        let run = run.says("`bob` names no user: brokers ask for `User:bob`");
        assert_eq!(run.err.matches("names no user").count(), 1, "once for each place: {run}");
        let told = run.err.contains("`10.0.0.0/8` is a range");
        assert_eq!(told, !broker.is_at_least("4.4"), "{run}");
    });
}
