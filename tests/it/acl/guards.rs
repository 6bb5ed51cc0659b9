//! The guards of an apply: each refuses with status 4, names what it found and the flag that
//! overrides it, and nothing is written.

use super::Bench;
use crate::support::bindings::bindings;
use crate::support::broker::{Authorizer, Broker, newest, on_each_version};
use crate::support::unique;

fn scoped(user: &str, rules: &str) -> String {
    format!("version: 1\nscope: {{ principal: {user} }}\n{rules}")
}

#[test]
fn the_number_of_deletions_is_limited() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:many");
        let topics: Vec<String> = (0..12).map(|i| format!("{}-{i}", &user[5..])).collect();
        let mut create = vec!["--allow-principal", &user, "--operation", "read"];
        create.extend(topics.iter().flat_map(|topic| ["--topic", topic.as_str()]));
        bench.create(&create);
        let rule = format!(
            "rules:\n  - principal: {user}\n    allow: {{ topic: {}, operation: read }}\n",
            topics[0]
        );
        bench.file("a.yaml", &scoped(&user, &rule));
        let apply = ["apply", "-f", "a.yaml", "--prune", "-y"];
        bench
            .acl(&apply)
            .ends(4)
            .says("the plan deletes 11 of the 12 bindings in scope, 10 are allowed")
            .says("`--max-deletes 11` allows it");
        // An explicit number is exact, also when it is lower than the default.
        bench.acl(&[&apply[..], &["--max-deletes", "10"]].concat()).ends(4);
        assert_eq!(bench.live(&[&user]).len(), 12);
        bench.acl(&[&apply[..], &["--max-deletes", "11"]].concat()).ends(0).prints("11 deleted");

        bench.create(&["--allow-principal", &user, "--operation", "write", "--topic", &topics[0]]);
        bench.acl(&[&apply[..], &["--max-deletes", "0"]].concat()).ends(4);
        assert_eq!(bench.live(&[&user]).len(), 2);
        // `acl plan` shows what would refuse, and ends well.
        let plan = ["plan", "-f", "a.yaml", "--prune", "--max-deletes", "0", "-o", "json"];
        let plan = bench.acl(&plan).ends(0).json();
        assert_eq!(plan["guards"][0]["code"], "maxDeletes");
        assert_eq!(plan["guards"][0]["overridden"], false);
    });
}

#[test]
fn an_empty_desired_state_is_refused() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:empty");
    bench.create(&["--allow-principal", &user, "--operation", "read", "--topic", &user[5..]]);
    bench.file("a.yaml", &scoped(&user, "rules: []\n"));
    let apply = ["apply", "-f", "a.yaml", "--prune", "-y"];
    bench
        .acl(&apply)
        .ends(4)
        .says("the desired state of a scope is empty")
        .says("the scope of a.yaml wants no binding at all: 1 would be deleted")
        .says("`--allow-empty` allows it");
    assert_eq!(bench.live(&[&user]).len(), 1);
    bench
        .acl(&[&apply[..], &["--allow-empty"]].concat())
        .ends(0)
        .says(&format!("{user} loses all its ACLs"));
    assert!(bench.live(&[&user]).is_empty());
}

#[test]
fn nobody_is_locked_out_unasked() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:ops");
        let n = &user[5..];
        for operation in ["alter", "cluster-action", "describe"] {
            bench.create(&["--allow-principal", &user, "--operation", operation, "--cluster"]);
        }
        let rule = |operations: &str| {
            let rule = format!(
                "rules:\n  - principal: {user}\n    allow: {{ cluster: true, operation: {operations} }}\n"
            );
            bench.file("a.yaml", &scoped(&user, &rule));
        };
        let apply = ["apply", "-f", "a.yaml", "--prune", "-y"];
        rule("describe");
        bench
            .acl(&apply)
            .ends(4)
            .says("could lock administrators or everyone out")
            .says(&format!("{user} loses alter on the cluster"))
            .says(&format!("{user} loses cluster-action on the cluster"))
            .says("`--allow-lockout` allows it");
        assert_eq!(bench.live(&[&user]).len(), 3);
        // Losing DESCRIBE locks nobody out; ALTER implies it anyway.
        rule("[alter, cluster-action]");
        bench.acl(&apply).ends(0);
        // With ALL nothing is lost.
        rule("all");
        bench.acl(&apply).ends(0);
        assert_eq!(bench.live(&[&user]), bindings([format!("{user} allow all cluster")]));
        rule("describe");
        bench.acl(&[&apply[..], &["--allow-lockout"]].concat()).ends(0);

        // A DENY for everyone on what is wide; `pii` is not.
        for (deny, refused) in [
            ("{ cluster: true, operation: alter }", true),
            ("{ topic: \"*\", operation: read }", true),
            ("{ topic: __*, operation: read }", true),
            (&format!("{{ topic: {n}.pii.*, operation: read }}"), false),
        ] {
            bench.file(
                "deny.yaml",
                &format!("version: 1\nrules:\n  - principal: \"User:*\"\n    deny: {deny}\n"),
            );
            let run = bench.acl(&["apply", "-f", "deny.yaml", "--dry-run"]);
            if refused {
                run.ends(4).says("new: User:* DENY");
            } else {
                run.ends(0);
            }
        }
    });
}

#[test]
fn who_applies_must_still_be_able_to_afterwards() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (ci, ops) = (unique("User:ci"), unique("User:ops"));
    for user in [&ci, &ops] {
        bench.create(&["--allow-principal", user, "--operation", "alter", "--cluster"]);
    }
    let deny = format!(
        "version: 1\nscope: {{ principal: {ci} }}\nrules:\n  - principal: {ci}\n    host: 10.0.0.7\n    \
         deny: {{ cluster: true, operation: alter }}\n  - principal: {ci}\n    \
         allow: {{ cluster: true, operation: describe }}\n"
    );
    bench.file("a.yaml", &deny);
    let plan = |who: &str| {
        let plan = ["plan", "-f", "a.yaml", "--prune", "--as", who, "-o", "json"];
        bench.acl(&plan).ends(0).json()["guards"][0]["details"].to_string()
    };
    assert!(plan(&ci).contains(&format!("{ci}, who applies this")));
    assert!(!plan(&ops).contains("who applies this"));
    bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "--as", &ci]).ends(4);
    assert_eq!(bench.live(&[&ci]).len(), 1);
    // Of somebody who may not do it now either the guard knows nothing.
    let nobody = bench.acl(&["plan", "-f", "a.yaml", "--as", "User:nobody"]).ends(0);
    nobody
        .says("`User:nobody` (`--as`) may not alter ACLs as it is: if it is a super user, say so");
    let root = ["plan", "-f", "a.yaml", "--as", "User:root", "--super-user", "User:root"];
    let root = bench.acl(&root).ends(0);
    assert!(!root.err.contains("may not alter"), "{root}");
}

#[test]
fn a_principal_without_alter_writes_nothing_at_all() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let name = unique("reader");
        let client = broker.create_user(&name);
        let user = format!("User:{name}");
        bench.create(&["--allow-principal", &user, "--operation", "describe", "--cluster"]);
        bench.file(
            "a.yaml",
            &format!("version: 1\nrules:\n  - principal: {user}\n    produce: {name}\n"),
        );
        // Reading is allowed.
        bench.acl_as(&client, &["plan", "-f", "a.yaml"]).ends(0);
        bench
            .acl_as(&client, &["apply", "-f", "a.yaml", "-y"])
            .ends(1)
            .says("not authorized")
            .says("it needs ALTER on the cluster")
            .says("nothing was written")
            .says(&format!(
                "kward acl create --allow-principal {user} --operation alter --cluster"
            ));
        assert_eq!(bench.live(&[&user]).len(), 1);
    });
}

#[test]
fn an_open_default_rule_is_heeded() {
    let broker = Broker::shared_with(&newest(), Authorizer::AllowWithoutAcl);
    let bench = Bench::new(&broker);
    let user = unique("User:open");
    let n = &user[5..];
    bench.context("open", "allow-everyone-if-no-acl-found = true");
    bench.file(
        "a.yaml",
        &scoped(
            &user,
            &format!(
                "rules:\n  - principal: {user}\n    allow: {{ topic: {n}, operation: read }}\n    \
                 deny: {{ topic: {n}, operation: write }}\n"
            ),
        ),
    );
    let closes = format!("topic:{n} gets its first binding and closes to everyone else");
    let apply = ["apply", "-f", "a.yaml", "--prune", "-y"];
    bench
        .acl_in_context("open", &apply)
        .ends(4)
        .says(&closes)
        .says("`--allow-open-default` allows");
    bench.acl(&[&apply[..], &["--allow-everyone-if-no-acl-found"]].concat()).ends(4).says(&closes);
    assert!(bench.live(&[&user]).is_empty());

    // Where the first binding closes a resource, what is allowed comes first.
    let open = [&apply[..], &["--allow-open-default", "-o", "json"]].concat();
    let done = bench.acl_in_context("open", &open).ends(0).json();
    let order: Vec<_> = done["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["permissionType"].as_str().unwrap())
        .collect();
    assert_eq!(order, ["ALLOW", "DENY"]);

    bench.file("a.yaml", &scoped(&user, "rules: []\n"));
    let empty = [&apply[..], &["--allow-empty"]].concat();
    bench
        .acl_in_context("open", &empty)
        .ends(4)
        .says(&format!("topic:{n} is left without any binding and opens to everyone"));
    assert_eq!(bench.live(&[&user]).len(), 2);
    bench.acl_in_context("open", &[&empty[..], &["--allow-open-default"]].concat()).ends(0);
    assert!(bench.live(&[&user]).is_empty());
}

#[test]
fn a_failing_test_of_the_files_refuses_the_apply() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:tested");
    let n = &user[5..];
    let document = |expected: &str| {
        scoped(
            &user,
            &format!(
                "rules:\n  - principal: {user}\n    allow: {{ topic: {n}, operation: read }}\ntests:\n  \
                 - principal: {user}\n    can: read topic:{n}\n  - principal: {user}\n    {expected}\n"
            ),
        )
    };
    bench.file("a.yaml", &document(&format!("cannot: describe topic:{n}")));
    bench
        .acl(&["apply", "-f", "a.yaml", "-y"])
        .ends(4)
        .says("1 of 2 tests fail")
        .says(&format!("{user} cannot describe topic:{n}"))
        .says("`--skip-tests` allows it");
    assert!(bench.live(&[&user]).is_empty());
    bench.acl(&["plan", "-f", "a.yaml"]).ends(0).prints("1 of 2 failed");
    bench
        .acl(&["apply", "-f", "a.yaml", "-y", "--skip-tests"])
        .ends(0)
        .says("2 tests were skipped");
    bench.file("a.yaml", &document(&format!("cannot: write topic:{n}")));
    let plan = bench.acl(&["plan", "-f", "a.yaml", "-o", "json"]).ends(0).json();
    assert_eq!(plan["tests"].as_array().unwrap().len(), 2);
    assert_eq!(plan["tests"][0]["passed"], true);
    // What others hold counts: the tests run on the whole cluster as it will be.
    bench.create(&["--allow-principal", "User:*", "--operation", "write", "--topic", n]);
    bench.acl(&["apply", "-f", "a.yaml", "-y"]).ends(4).says("1 of 2 tests fail");
}
