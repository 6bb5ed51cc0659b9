//! Contexts that hold a writer back: `read-only`, `protected`, `cluster-id`.

use super::Bench;
use crate::support::broker::{Broker, Listener, newest};
use crate::support::sandbox::Sandbox;
use crate::support::terminal::Terminal;
use crate::support::unique;

/// Every way to write, for a principal.
fn writes(user: &str) -> Vec<Vec<String>> {
    [
        format!("create --allow-principal {user} --operation read --topic x"),
        format!("delete --principal {user} -y"),
        format!("copy --from {user} --to {user}-copy"),
        "apply -f a.yaml -y".to_owned(),
        "apply plan.json".to_owned(),
        "apply --undo backup.json -y".to_owned(),
    ]
    .iter()
    .map(|line| line.split(' ').map(str::to_owned).collect())
    .collect()
}

/// What the writes need: one binding, a file with another, a plan and a backup.
fn prepare(bench: &Bench<'_>, user: &str) {
    let n = &user[5..];
    bench.create(&["--allow-principal", user, "--operation", "delete", "--topic", n]);
    bench.create(&["--allow-principal", user, "--operation", "write", "--topic", n]);
    let file = |operation: &str| {
        let text = format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
             allow: {{ topic: {n}, operation: {operation} }}\n"
        );
        bench.file("a.yaml", &text);
    };
    file("delete");
    bench.acl(&["apply", "-f", "a.yaml", "--prune", "-y", "--backup-dir", "b"]).ends(0);
    let backup = std::fs::read_dir(bench.sandbox.path().join("b")).unwrap().next().unwrap();
    std::fs::rename(backup.unwrap().path(), bench.sandbox.path().join("backup.json")).unwrap();
    file("[delete, read]");
    bench.acl(&["plan", "-f", "a.yaml", "--out", "plan.json"]).ends(0);
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

#[test]
fn a_read_only_context_writes_nothing() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:ro");
    prepare(&bench, &user);
    bench.context("ro", "read-only = true");
    let before = bench.live(&[&user]);
    for line in writes(&user) {
        bench.acl_in_context("ro", &words(&line)).ends(4).says("the context `ro` is read-only");
        // Everything but the writing is allowed.
        let dry = [words(&line), vec!["--dry-run"]].concat();
        bench.acl_in_context("ro", &dry).ends(0);
        // Another address of it is no way round.
        let address = broker.bootstrap_of("admin");
        let elsewhere = [words(&line), vec!["-b", &address]].concat();
        bench.acl_in_context("ro", &elsewhere).ends(4);
    }
    bench.acl_in_context("ro", &["list", "--principal", &user]).ends(0);
    bench.acl_in_context("ro", &["plan", "-f", "a.yaml"]).ends(0);
    bench.acl_in_context("ro", &["export", "--principal", &user]).ends(0);
    assert_eq!(bench.live(&[&user]), before);
}

#[test]
fn a_protected_context_wants_its_name() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:pro");
    prepare(&bench, &user);
    bench.context("prod", "protected = true");
    let before = bench.live(&[&user]);
    for line in writes(&user) {
        bench
            .acl_in_context("prod", &words(&line))
            .ends(4)
            .says("the context `prod` is protected")
            .says("`--confirm-context prod`");
        let wrong = [words(&line), vec!["--confirm-context", "staging"]].concat();
        bench
            .acl_in_context("prod", &wrong)
            .ends(4)
            .says("`staging` is not the name of the protected context `prod`");
    }
    assert_eq!(bench.live(&[&user]), before);
    let plan = ["apply", "plan.json", "--confirm-context", "prod"];
    bench.acl_in_context("prod", &plan).ends(0).prints("1 created");
    let create = [
        "create",
        "--allow-principal",
        &user,
        "--operation",
        "alter",
        "--topic",
        "x",
        "--confirm-context",
        "prod",
    ];
    bench.acl_in_context("prod", &create).ends(0);
    let delete = ["delete", "--principal", &user, "--confirm-context", "prod"];
    bench.acl_in_context("prod", &delete).ends(0).prints("3 deleted");
}

#[test]
fn a_context_may_pin_its_cluster() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:pin");
    let list = bench.acl(&["list", "-o", "json", "--principal", &user]).ends(0).json();
    let id = list["clusterId"].as_str().unwrap();
    bench.context("right", &format!("cluster-id = \"{id}\""));
    bench.context("wrong", "cluster-id = \"AAAAAAAAAAAAAAAAAAAAAA\"");
    let list = ["list", "--principal", &user];
    bench.acl_in_context("right", &list).ends(0);
    bench
        .acl_in_context("wrong", &list)
        .ends(4)
        .says("does not belong to the cluster `AAAAAAAAAAAAAAAAAAAAAA`")
        .says(id);
    let create = ["create", "--allow-principal", &user, "--operation", "read", "--topic", "x"];
    bench.acl_in_context("wrong", &create).ends(4);
    assert!(bench.live(&[&user]).is_empty());
}

/// Two clusters may ask alike: each question says whose it is.
#[test]
fn each_question_of_a_diff_names_its_side() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let context = |name: &str| {
        format!(
            "[contexts.{name}]\nbootstrap-servers = \"{}\"\n[contexts.{name}.properties]\n\
             security.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"SCRAM-SHA-512\"\nsasl.username = \"admin\"\n",
            broker.bootstrap(Listener::SaslPlaintext)
        )
    };
    sandbox.write(".config/kward/config.toml", &(context("one") + &context("two")));
    let diff = ["-c", "one", "acl", "diff", "cluster", "context:two", "--no-pager"];
    let mut terminal = Terminal::start(&sandbox.process(diff), None);
    let mut at = 0;
    for side in ["cluster", "context:two"] {
        at = terminal.wait_for(&format!("Password to connect as `admin` ({side}):"), at);
        terminal.keys("admin-secret\r");
    }
    let (status, screen) = terminal.ended();
    assert_eq!(status, 0, "{screen}");
}

#[test]
fn a_diff_reaches_into_another_context() {
    let all = crate::support::broker::versions();
    let [here, there] = [&all[0], all.last().unwrap()].map(|version| Broker::shared(version));
    let bench = Bench::new(&here);
    let bench_there = Bench::new(&there);
    let user = unique("User:diff");
    let n = &user[5..];
    bench.create(&["--allow-principal", &user, "--operation", "read,write", "--topic", n]);
    bench_there.create(&["--allow-principal", &user, "--operation", "read,delete", "--topic", n]);
    bench.context("here", "");
    let text = format!(
        "[contexts.there]\nbootstrap-servers = \"{}\"\ncommand-config = \"{}\"\n",
        there.bootstrap_of("admin"),
        there.client("admin").display()
    );
    bench.add_config(&text);
    let diff = bench
        .acl_in_context("here", &["diff", "cluster", "context:there", "-o", "json"])
        .ends(0)
        .out;
    let diff: serde_json::Value = serde_json::from_str(&diff).unwrap();
    let of = |field: &str| {
        let all = crate::support::bindings::of_json(&diff[field]);
        crate::support::bindings::only(&all, &[&user])
    };
    let one = |operation: &str| {
        crate::support::bindings::bindings([format!("{user} allow {operation} topic:{n}")])
    };
    assert_eq!(of("removed"), one("write"));
    assert_eq!(of("added"), one("delete"));
    bench
        .acl_in_context("here", &["diff", "context:here", "context:there", "--detailed-exitcode"])
        .ends(3)
        .prints(&format!("{user} loses write on topic:{n}"));
    bench.acl_in_context("here", &["diff", "context:nowhere", "cluster"]).ends(2).says("nowhere");
}
