//! What concerns whole clusters: every type and operation, `scope: all`, export and back. On
//! clusters of its own kind, one test at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Bench, summary};
use crate::support::bindings::{Bindings, bindings, of_json, of_kafka_acls};
use crate::support::broker::{Authorizer, Broker, newest, on_each_version};
use crate::support::run::Run;
use crate::support::unique;
use kward::model::{Operation, ResourceType};

/// Every operation that means something, on every resource type, allowed, denied and prefixed.
fn everything(broker: &Broker, user: &str) -> Bindings {
    let n = &user[5..];
    let mut texts = Vec::new();
    for kind in ResourceType::ALL.iter().copied() {
        for operation in kind.operations().iter().copied() {
            // KIP-939: not before 4.0.
            if operation == Operation::TwoPhaseCommit && !broker.is_at_least("4.0") {
                continue;
            }
            let (kind, operation) = (kind.lower().unwrap(), operation.lower().unwrap());
            let resource = match kind {
                "cluster" => "cluster".to_owned(),
                "user" => format!("user:User:{n}"),
                kind => format!("{kind}:{n}"),
            };
            texts.push(format!("{user} allow {operation} {resource}"));
            texts.push(format!("{user} deny {operation} {resource} 10.0.0.7"));
            if kind != "cluster" {
                texts.push(format!("{user} allow {operation} {resource}*"));
            }
        }
    }
    bindings(texts)
}

/// Bindings as an ACL file that takes them verbatim.
fn verbatim(bindings: &Bindings, head: &str) -> String {
    let list = serde_json::to_string(bindings).expect("JSON");
    format!("version: 1\n{head}bindings: {list}\n")
}

#[test]
fn every_type_and_operation_goes_there_and_back() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:all");
        let expected = everything(broker, &user);
        assert!(expected.len() > 70, "{}", expected.len());
        let scope = format!("scope: {{ principal: {user} }}\n");
        bench.file("a.yaml", &verbatim(&expected, &scope));
        let apply = ["apply", "-f", "a.yaml", "-y", "--prune", "-o", "json"];
        let first = bench.acl(&apply).ends(0).json();
        assert_eq!(summary(&first), [("created".to_owned(), expected.len() as u64)]);
        assert_eq!(bench.live_by_kafka(&[&user]), expected);
        assert_eq!(bench.live(&[&user]), expected);
        assert!(summary(&bench.acl(&apply).ends(0).json()).is_empty());
        bench.acl(&["plan", "-f", "a.yaml", "--prune", "--detailed-exitcode"]).ends(0);

        // What is exported of it is in sync, with and without verbs.
        for raw in [&[][..], &["--raw"]] {
            let export = [&["export", "--principal", &user], raw].concat();
            let text = bench.acl(&export).ends(0).out;
            bench.file("exported.yaml", &text);
            let plan = ["plan", "-f", "exported.yaml", "-o", "json", "--principal", &user];
            let plan = bench.acl(&plan).ends(0).json();
            assert_eq!(of_json(&plan["create"]), Bindings::new(), "{text}");
            assert_eq!(plan["unchanged"], expected.len() as u64, "{text}");
        }

        let lockout = ["delete", "--principal", &user, "-y", "-o", "json"];
        let gone = bench.acl(&lockout).ends(0).json();
        assert_eq!(summary(&gone), [("deleted".to_owned(), expected.len() as u64)]);
        assert!(bench.live(&[&user]).is_empty());
    });
}

/// A cluster that one test at a time has for itself, without any ACL, reached over PLAINTEXT.
pub(super) struct Whole {
    broker: Arc<Broker>,
    _alone: MutexGuard<'static, ()>,
}

impl Whole {
    pub(super) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let whole =
            Self { broker: Broker::shared_with(&newest(), Authorizer::PlainAdmin), _alone: alone };
        whole.bench().acl(&["delete", "--all", "-y"]).ends(0);
        whole
    }

    pub(super) fn bench(&self) -> Bench<'_> {
        Bench { client: "plaintext", ..Bench::new(&self.broker) }
    }

    /// Everything that Kafka's own tool lists.
    fn listed_by_kafka(&self) -> Bindings {
        of_kafka_acls(&self.broker.kafka_acls(&["--list"]))
    }
}

#[test]
fn an_export_of_what_another_tool_created_is_in_sync() {
    let whole = Whole::new();
    let bench = whole.bench();
    for arguments in [
        &[
            "--allow-principal",
            "User:orders",
            "--producer",
            "--topic",
            "orders",
            "--transactional-id",
            "orders-",
            "--resource-pattern-type",
            "prefixed",
        ][..],
        &[
            "--allow-principal",
            "User:billing",
            "--consumer",
            "--topic",
            "orders",
            "--group",
            "billing",
        ],
        &[
            "--allow-principal",
            "User:ana",
            "--allow-principal",
            "User:bo",
            "--operation",
            "Read",
            "--operation",
            "Describe",
            "--topic",
            "web.",
            "--group",
            "ds-",
            "--resource-pattern-type",
            "prefixed",
        ],
        &[
            "--deny-principal",
            "User:*",
            "--deny-host",
            "10.0.0.7",
            "--operation",
            "All",
            "--topic",
            "*",
        ],
        &[
            "--allow-principal",
            "User:CN=etl,OU=data,O=acme",
            "--operation",
            "Alter",
            "--operation",
            "Describe",
            "--cluster",
        ],
        // Nothing matches these two; a cluster holds them all the same.
        &[
            "--allow-principal",
            "User:odd",
            "--allow-host",
            "db.example.com",
            "--operation",
            "Read",
            "--topic",
            "odd",
        ],
        &["--allow-principal", "User:star*", "--operation", "Read", "--topic", "a*"],
    ] {
        whole.broker.kafka_acls(&[&["--add"], arguments].concat());
    }
    let before = whole.listed_by_kafka();
    assert!(before.len() > 15);

    for raw in [&[][..], &["--raw"]] {
        let text = bench.acl(&[&["export"], raw].concat()).ends(0).out;
        if raw.is_empty() {
            // A file that a person would have written.
            assert!(
                text.contains("consume: {topic: orders, group: billing}")
                    || text.contains("consume: { topic: orders, group: billing }"),
                "{text}"
            );
        }
        bench.file("exported.yaml", &text);
        let plan = ["plan", "-f", "exported.yaml", "--detailed-exitcode"];
        bench.acl(&plan).ends(0).prints("In sync");
    }

    // And back: what was exported, applied to an empty cluster, is what there was.
    bench.acl(&["delete", "--all", "-y"]).ends(0);
    assert_eq!(whole.listed_by_kafka(), Bindings::new());
    bench.acl(&["apply", "-f", "exported.yaml", "-y", "--allow-lockout"]).ends(0);
    assert_eq!(whole.listed_by_kafka(), before);
    bench.file("acls.json", &bench.acl(&["list", "-o", "json"]).ends(0).out);
    let offline = ["acl", "export", "--against", "acls.json"];
    let offline = Run::of(&mut bench.sandbox.kward(offline)).ends(0).out;
    assert_eq!(offline, bench.acl(&["export"]).ends(0).out);
}

#[test]
fn the_whole_cluster_may_be_in_scope() {
    let whole = Whole::new();
    let bench = whole.bench();
    let wanted = bindings(["User:a allow read topic:x", "User:admin allow alter cluster"]);
    let surplus = bindings([
        "User:b allow read topic:y*",
        "User:* deny write topic:y 10.0.0.7",
        "User:c allow describe cluster",
    ]);
    bench.file("state.yaml", &verbatim(&(&wanted | &surplus), ""));
    bench.acl(&["apply", "-f", "state.yaml", "-y"]).ends(0);
    bench.file("a.yaml", &verbatim(&wanted, "scope: all\n"));
    let plan = bench.acl(&["plan", "-f", "a.yaml", "-o", "json"]).ends(0).json();
    assert_eq!(of_json(&plan["extra"]), surplus);
    assert_eq!(plan["notManaged"], 0);
    bench
        .acl(&["apply", "-f", "a.yaml", "--prune", "-y"])
        .ends(0)
        .says("User:b loses all its ACLs")
        .prints("3 deleted");
    assert_eq!(whole.listed_by_kafka(), wanted);
    let summary = "In sync: 0 to create, 0 to delete, 2 unchanged\n";
    bench.acl(&["plan", "-f", "a.yaml", "--prune"]).ends(0).prints(summary);
}

#[test]
fn a_difference_has_two_sides() {
    let whole = Whole::new();
    let bench = whole.bench();
    let create = |user: &str, operation: &str| {
        let arguments =
            ["create", "--allow-principal", user, "--operation", operation, "--topic", "x"];
        bench.acl(&arguments).ends(0);
    };
    create("User:a", "read");
    create("User:b", "read");
    bench.file("before.json", &bench.acl(&["list", "-o", "json"]).ends(0).out);
    create("User:a", "write");
    bench.acl(&["delete", "--principal", "User:b", "-y"]).ends(0);
    let diff =
        |more: &[&str]| bench.acl(&[&["diff", "snapshot:before.json", "cluster"], more].concat());
    let document = diff(&["-o", "json"]).ends(0).json();
    assert_eq!(of_json(&document["added"]), bindings(["User:a allow write topic:x"]));
    assert_eq!(of_json(&document["removed"]), bindings(["User:b allow read topic:x"]));
    assert_eq!((&document["unchanged"], &document["inSync"]), (&1.into(), &false.into()));
    diff(&["--detailed-exitcode"])
        .ends(3)
        .prints("User:a gains write on topic:x")
        .prints("User:b loses read, describe on topic:x")
        .prints("1 only in snapshot:before.json, 1 only in cluster, 1 in both");

    // The cluster is the second side unless it is said otherwise.
    bench.file("now.json", &bench.acl(&["list", "-o", "json"]).ends(0).out);
    let same = ["diff", "snapshot:now.json", "--detailed-exitcode"];
    bench.acl(&same).ends(0).prints("0 only in");
    bench.file("files/a.yaml", "version: 1\nrules:\n  - principal: User:a\n    allow: { topic: x, operation: [read, write] }\n");
    let files = ["diff", "files:files", "cluster", "--detailed-exitcode"];
    bench.acl(&files).ends(0);
}
