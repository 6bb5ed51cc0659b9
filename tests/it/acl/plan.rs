//! `acl plan` and what a plan may touch: scope, prune, protect.

use serde_json::Value;

use super::{Bench, summary};
use crate::support::bindings::{Bindings, bindings, of_json};
use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::unique;

/// Every way to lie inside, at the edge of, and outside a scope of principals and resources.
#[test]
fn prune_cannot_leave_its_scope() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let n = unique("scope");
        let (mine, team, other) =
            (format!("User:{n}"), format!("User:{n}-team-a"), format!("User:{n}-other"));
        let inside = bindings([
            format!("{mine} allow read topic:{n}.a"),
            format!("{mine} deny write topic:{n}.* 10.0.0.7"),
            format!("{mine} allow read topic:{n}.b*"),
            format!("{team} allow read topic:{n}.a"),
            format!("{mine} allow read group:{n}"),
        ]);
        let outside = bindings([
            // The prefix itself is shorter than the scope's.
            format!("{mine} allow read topic:{n}*"),
            format!("{mine} allow read topic:{n}"),
            // A literal scope holds no prefix, and no longer name.
            format!("{mine} allow read group:{n}*"),
            format!("{mine} allow read group:{n}-b"),
            // A type that the scope does not name.
            format!("{mine} allow describe cluster"),
            format!("{mine} allow write transactional-id:{n}.a"),
            // LITERAL `*` lies in `*` only.
            format!("{mine} allow describe topic:*"),
            // Another principal.
            format!("{other} allow read topic:{n}.a"),
        ]);
        let everybody = [mine.as_str(), &team, &other];
        bench.file("state.json", &file_of(&(&inside | &outside)));
        bench.acl(&["apply", "-f", "state.json", "-y"]).ends(0);
        assert_eq!(bench.live(&everybody), &inside | &outside);

        bench.file(
            "a.yaml",
            &format!(
                "version: 1\nscope:\n  principal: [{mine}, {mine}-team-*]\n  topic: {n}.*\n  \
                 group: {n}\nrules:\n  - principal: {mine}\n    allow: {{ topic: {n}.new, operation: read }}\n"
            ),
        );
        let plan = bench.acl(&["plan", "-f", "a.yaml", "-o", "json"]).ends(0).json();
        assert_eq!(of_json(&plan["extra"]), inside);
        assert_eq!(of_json(&plan["delete"]), Bindings::new());
        assert_eq!(plan["inSync"], false);
        let pruning = bench.acl(&["plan", "-f", "a.yaml", "--prune", "-o", "json"]).ends(0).json();
        assert_eq!(of_json(&pruning["delete"]), inside);
        assert!(pruning["notManaged"].as_u64().unwrap() >= outside.len() as u64);

        // Without `--prune` an apply creates, and deletes nothing.
        bench
            .acl(&["apply", "-f", "a.yaml", "-y"])
            .ends(0)
            .prints("5 extra (`--prune` deletes them)");
        let new = bindings([format!("{mine} allow read topic:{n}.new")]);
        assert_eq!(bench.live(&everybody), &(&inside | &outside) | &new);

        let run = bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "-o", "json"]).ends(0);
        assert_eq!(summary(&run.json()), [("deleted".to_owned(), 5)]);
        assert_eq!(bench.live_by_kafka(&everybody), &outside | &new);
    });
}

/// Bindings as an ACL file that takes them verbatim.
fn file_of(bindings: &Bindings) -> String {
    serde_json::json!({ "version": 1, "bindings": bindings }).to_string()
}

#[test]
fn what_is_protected_is_never_deleted_and_no_drift() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let n = unique("protect");
    let user = format!("User:{n}");
    let kept = bindings([format!("{user} allow read topic:{n}.keep")]);
    let gone = bindings([format!("{user} allow read topic:{n}.gone")]);
    bench.file("state.json", &file_of(&(&kept | &gone)));
    bench.acl(&["apply", "-f", "state.json", "-y"]).ends(0);
    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nscope: {{ principal: {user} }}\nprotect:\n  - topic: {n}.keep\nrules:\n  \
             - principal: {user}\n    allow: {{ topic: {n}, operation: read }}\n"
        ),
    );
    let plan = bench.acl(&["plan", "-f", "a.yaml", "--prune", "-o", "json"]).ends(0).json();
    assert_eq!(of_json(&plan["delete"]), gone);
    assert_eq!(plan["protected"], 1);
    bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y"]).ends(0).prints("1 protected");
    let new = bindings([format!("{user} allow read topic:{n}")]);
    assert_eq!(bench.live(&[&user]), &kept | &new);
    bench
        .acl(&["plan", "-f", "a.yaml", "--prune", "--detailed-exitcode"])
        .ends(0)
        .prints("In sync");
}

#[test]
fn a_document_without_scope_only_adds() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (one, two) = (unique("User:scoped"), unique("User:added"));
    let rule = |user: &str| format!("rules:\n  - principal: {user}\n    produce: {}\n", &user[5..]);
    for user in [&one, &two] {
        bench.create(&["--allow-principal", user, "--operation", "delete", "--topic", &user[5..]]);
    }
    bench.file("two.yaml", &format!("version: 1\n{}", rule(&two)));
    bench.acl(&["apply", "-f", "two.yaml", "--prune", "-y"]).ends(4).says("no file has a `scope:`");
    assert_eq!(bench.live(&[&two]).len(), 1);
    bench.file("one.yaml", &format!("version: 1\nscope: {{ principal: {one} }}\n{}", rule(&one)));
    bench
        .acl(&["apply", "-f", "one.yaml", "-f", "two.yaml", "--prune", "-y"])
        .ends(0)
        .says("two.yaml has no scope: it only adds");
    let expected = bindings([
        format!("{one} allow write topic:{}", &one[5..]),
        format!("{one} allow describe topic:{}", &one[5..]),
        format!("{two} allow write topic:{}", &two[5..]),
        format!("{two} allow describe topic:{}", &two[5..]),
        format!("{two} allow delete topic:{}", &two[5..]),
    ]);
    assert_eq!(bench.live(&[&one, &two]), expected);
}

#[test]
fn the_exit_status_tells_drift_only_when_asked() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:drift");
    let n = &user[5..];
    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             allow: {{ topic: {n}, operation: read }}\n"
        ),
    );
    let plan = ["plan", "-f", "a.yaml"];
    let detailed = [&plan[..], &["--detailed-exitcode"]].concat();
    // Something to create.
    bench.acl(&plan).ends(0).prints("Plan: 1 to create");
    bench.acl(&detailed).ends(3);
    bench.acl(&["apply", "-f", "a.yaml", "-y"]).ends(0);
    bench.acl(&detailed).ends(0).prints("In sync");
    // Something extra, then something to delete.
    bench.create(&["--allow-principal", &user, "--operation", "write", "--topic", n]);
    bench.acl(&plan).ends(0).prints("Extra: in scope and not in the files");
    bench.acl(&detailed).ends(3);
    bench.acl(&[&detailed[..], &["--prune"]].concat()).ends(3).prints("1 to delete");
    // Only one principal's bindings.
    bench
        .acl(&[&detailed[..], &["--principal", "User:somebody-else"]].concat())
        .ends(0)
        .says("`User:somebody-else` has no binding, neither in the files nor on the cluster");
    bench.acl(&[&detailed[..], &["--principal", &user]].concat()).ends(3);
}

#[test]
fn a_plan_says_what_it_does_to_access() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:access");
    let n = &user[5..];
    bench.create(&["--allow-principal", &user, "--operation", "read", "--topic", n]);
    bench.create(&["--deny-principal", &user, "--operation", "write", "--topic", n]);
    bench.create(&["--allow-principal", &user, "--operation", "write", "--topic", n]);
    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nowner: team-a\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             allow: {{ topic: {n}, operation: write }}\n"
        ),
    );
    let run = bench.acl(&["plan", "-f", "a.yaml", "--prune", "-o", "json"]).ends(0);
    let plan = run.json();
    let changes: Vec<(&str, &str)> = plan["access"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["change"].as_str().unwrap(), line["operation"].as_str().unwrap()))
        .collect();
    assert!(changes.contains(&("gains", "WRITE")), "{run}");
    assert!(changes.contains(&("loses", "READ")), "{run}");
    assert_eq!(plan["owners"], serde_json::json!(["team-a"]));
    bench
        .acl(&["plan", "-f", "a.yaml", "--prune"])
        .ends(0)
        .prints(&format!("{user} gains write on topic:{n}"))
        .prints(&format!("{user} loses read on topic:{n}"));
    let markdown = bench.acl(&["plan", "-f", "a.yaml", "--prune", "-o", "markdown"]).ends(0).out;
    assert!(markdown.starts_with("### Kafka ACLs: changes\n"), "{markdown}");
    assert!(markdown.contains("```diff\n"), "{markdown}");
    assert!(markdown.contains(&format!("\n-   allow READ on topic:{n}\n")), "{markdown}");
    let yaml = bench.acl(&["plan", "-f", "a.yaml", "--prune", "-o", "yaml"]).ends(0).out;
    let mut yaml: Value = serde_saphyr::from_str(&yaml).expect("YAML");
    yaml["capturedAt"] = plan["capturedAt"].clone();
    // What others do on the shared cluster meanwhile is counted here.
    yaml["notManaged"] = plan["notManaged"].clone();
    assert_eq!(yaml, plan);
}

#[test]
fn a_saved_list_stands_in_for_the_cluster() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:offline");
        let n = &user[5..];
        bench.create(&["--allow-principal", &user, "--operation", "read", "--topic", n]);
        let list = bench.acl(&["list", "-o", "json"]).ends(0).out;
        bench.file("acls.json", &list);
        bench.file(
            "a.yaml",
            &format!(
                "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
                 allow: {{ topic: {n}, operation: [read, write] }}\n"
            ),
        );
        // No connection at all: this address answers nobody.
        let offline = |arguments: &[&str]| {
            let all = [&["acl", "-b", "127.0.0.1:1"], arguments].concat();
            crate::support::run::Run::of(&mut bench.sandbox.kward(all))
        };
        let plan = offline(&["plan", "-f", "a.yaml", "--against", "acls.json", "-o", "json"]);
        let plan = plan.ends(0).json();
        assert_eq!(of_json(&plan["create"]), bindings([format!("{user} allow write topic:{n}")]));
        assert_eq!(plan["unchanged"], 1);
        let live = bench.acl(&["plan", "-f", "a.yaml", "-o", "json"]).ends(0).json();
        for field in ["create", "delete", "extra", "access", "clusterId", "metadataVersion"] {
            assert_eq!(plan[field], live[field], "{field}");
        }

        let filtered = bench.acl(&["list", "-o", "json", "--principal", &user]).ends(0).out;
        bench.file("filtered.json", &filtered);
        offline(&["plan", "-f", "a.yaml", "--against", "filtered.json"])
            .ends(2)
            .says("`filtered.json` is a filtered list of ACLs");
        let partial = list.replacen("\"complete\": true", "\"complete\": false", 1);
        assert_ne!(partial, list);
        bench.file("partial.json", &partial);
        offline(&["plan", "-f", "a.yaml", "--against", "partial.json"]).ends(2);
        bench.file("plan.json", &bench.acl(&["plan", "-f", "a.yaml", "-o", "json"]).ends(0).out);
        offline(&["plan", "-f", "a.yaml", "--against", "plan.json"])
            .ends(2)
            .says("`AclPlan`, not `kward/v1` and `AclList`");
    });
}
