//! What every verb prints where no real cluster is needed, as snapshots: help, errors, output.

use std::fmt::Write as _;

use crate::support::bindings::bindings;
use crate::support::fake::Fake;
use crate::support::sandbox::Sandbox;
use crate::support::transcript::transcript;

/// Holds a text to its file in `tests/it/snapshots`.
#[track_caller]
fn hold(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The transcripts of several lines in one sandbox.
#[track_caller]
fn hold_lines(name: &str, sandbox: &Sandbox, lines: &[&str], more: &[&str]) {
    let mut all = String::new();
    for line in lines {
        let _ = writeln!(all, "{}", transcript(sandbox, line, more));
    }
    hold(name, &all);
}

const VERBS: [&str; 14] = [
    "apply", "can", "copy", "create", "delete", "diff", "explain", "export", "lint", "list",
    "plan", "roles", "test", "who-can",
];

#[test]
fn help_of_every_verb() {
    let sandbox = Sandbox::new();
    hold("help_acl", &transcript(&sandbox, "acl --help", &[]));
    let text = transcript(&sandbox, "acl -h", &[]);
    for verb in VERBS {
        assert!(text.contains(&format!("\n  {verb} ")), "{verb} is not in {text}");
        let help = transcript(&sandbox, &format!("acl {verb} --help"), &[]);
        assert!(help.ends_with("=> 0\n"), "{help}");
        // The global flags are the same everywhere; one snapshot has them.
        let own = help.split("Global options:").next().expect("the verb's own part");
        hold(&format!("help_acl_{}", verb.replace('-', "_")), own);
    }
}

#[test]
fn wrong_usage_of_the_words_of_kafka_acls() {
    let sandbox = Sandbox::new();
    hold_lines(
        "errors_create",
        &sandbox,
        &[
            "acl create",
            "acl create --allow-principal User:a",
            "acl create --allow-principal User:a --topic x",
            "acl create --allow-principal User:a --operation read",
            "acl create --allow-principal a --operation read --topic x",
            "acl create --allow-principal User:a --operation reed --topic x",
            "acl create --allow-principal User:a --operation write --group g",
            "acl create --allow-principal User:a --operation idempotent-write --topic x",
            "acl create --allow-principal User:a --operation read --topic ''",
            "acl create --allow-principal User:a --operation read --topic orders*",
            "acl create --allow-principal User:a --operation read --topic x --pattern match",
            "acl create --allow-principal User:a --allow-host db.example.com --operation read --topic x",
            "acl create --allow-principal User:a --allow-host 10.0.0.5/8 --operation read --topic x",
            "acl create --allow-principal User:a --allow-host fe80::1%eth0 --operation read --topic x",
            "acl create --allow-principal User:a --deny-host 10.0.0.7 --operation read --topic x",
            "acl create --allow-principal User:a --producer",
            "acl create --allow-principal User:a --producer --group g",
            "acl create --allow-principal User:a --producer --operation read --topic x",
            "acl create --deny-principal User:a --producer --topic x",
            "acl create --allow-principal User:a --consumer --topic x",
            "acl create --allow-principal User:a --consumer --topic x --group g --idempotent",
            "acl create --allow-principal User:a --consumer --user User:b",
        ],
        &["-b", "127.0.0.1:1"],
    );
    hold_lines(
        "errors_delete",
        &sandbox,
        &[
            "acl delete",
            "acl delete --operation read",
            "acl delete --permission deny",
            "acl delete --topic x --pattern match",
            "acl delete --topic orders*",
            "acl delete --producer --topic x",
            "acl delete --allow-principal User:a --deny-principal User:b --topic x",
            "acl delete --allow-principal User:a --principal User:b",
            "acl delete --allow-principal User:a --permission deny",
            "acl delete --principal a",
        ],
        &["-b", "127.0.0.1:1"],
    );
    hold_lines(
        "errors_others",
        &sandbox,
        &[
            "acl",
            "acl lst",
            "version",
            "acl list --effective",
            "acl list --principal a",
            "acl list --pattern exact",
            "acl list --operation reed",
            "acl list -o csv",
            "acl list --timeout 0s",
            "acl list --timeout 30",
            "acl list -q -v",
            "acl copy --from User:a",
            "acl copy --from User:a --to User:a",
            "acl diff",
            "acl diff left right",
            "acl diff snapshot: cluster",
            "acl diff snapshot:missing.json snapshot:missing.json",
            "acl diff files:missing cluster",
            "acl export --against missing.json",
            "acl roles nothing-like-it",
            "acl roles prodce",
        ],
        &[],
    );
}

#[test]
fn wrong_usage_of_plan_and_apply() {
    let sandbox = Sandbox::new();
    sandbox.write("a.yaml", "version: 1\nrules:\n  - principal: User:a\n    produce: x\n");
    sandbox.write("vars.yaml", "a: [1]\n");
    sandbox.write("nothing.yaml", "");
    sandbox.write("list.yaml", "- a\n");
    sandbox.write("twice.yaml", "a: x\na: y\n");
    sandbox.write("unused.yaml", "# Nobody's.\n\"unused\": x\n");
    sandbox.write(
        "list.json",
        r#"{"apiVersion":"kward/v1","kind":"AclList","complete":true,"items":[]}"#,
    );
    sandbox.write(
        "part.json",
        r#"{"apiVersion":"kward/v1","kind":"AclList","filter":"topic x","complete":false,"items":[]}"#,
    );
    sandbox.write("other.json", r#"{"apiVersion":"kward/v1","kind":"AclPlan"}"#);
    sandbox.write("half.json", r#"{"apiVersion":"kward/v1","#);
    std::fs::create_dir(sandbox.path().join("empty")).unwrap();
    hold_lines(
        "errors_plan",
        &sandbox,
        &[
            "acl plan",
            "acl plan access/",
            "acl plan -f missing.yaml",
            "acl plan -f empty",
            "acl plan -f a.yaml -f - -f -",
            "acl plan -f a.yaml --max-deletes many",
            "acl plan -f a.yaml --as nobody",
            "acl plan -f a.yaml --metadata-version four",
            "acl plan -f a.yaml --var novalue",
            "acl plan -f a.yaml --var unused=1 --against list.json",
            "acl plan -f a.yaml --var-file unused.yaml --against list.json",
            "acl plan -f a.yaml --var-file vars.yaml",
            "acl plan -f a.yaml --var-file nothing.yaml",
            "acl plan -f a.yaml --var-file list.yaml",
            "acl plan -f a.yaml --var-file twice.yaml",
            "acl plan -f a.yaml --var-file missing.yaml",
            "acl plan -f a.yaml --prune --against list.json",
            "acl plan -f a.yaml --against missing.json",
            "acl plan -f a.yaml --against part.json",
            "acl plan -f a.yaml --against other.json",
            "acl plan -f a.yaml --against half.json",
            "acl plan -f a.yaml --against empty",
            "acl plan -f a.yaml --against list.json --out plan.json",
            "acl plan -f a.yaml",
            "acl plan -f a.yaml -b 127.0.0.1:1",
            "acl plan -f a.yaml -c nowhere",
        ],
        &[],
    );
    hold_lines(
        "errors_apply",
        &sandbox,
        &[
            "acl apply",
            "acl apply missing.json",
            "acl apply other.json",
            "acl apply half.json",
            "acl apply plan.json -f a.yaml",
            "acl apply plan.json --prune",
            "acl apply plan.json --undo backup.json",
            "acl apply plan.json --var a=b",
            "acl apply plan.json --allow-lockout",
            "acl apply --undo missing.json",
            "acl apply --undo list.json",
            "acl apply --undo backup.json --max-deletes 3",
            "acl apply -f missing.yaml",
            "acl apply -f a.yaml --prune",
        ],
        &["-b", "127.0.0.1:1"],
    );
}

#[test]
fn every_mistake_in_a_file_is_told_with_its_place() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "wrong.yaml",
        "version: 1\n\
         ownr: team\n\
         scope: { principal: User:a, topics: x }\n\
         vars: { n: 1, used: v }\n\
         roles:\n  self: [{ role: self }]\n  loose: { params: [p], rules: [{ produce: x }] }\n\
         rules:\n\
         \x20 - principal: a\n    produce: x\n\
         \x20 - principal: User:a\n    host: db.example.com\n    allow: { topic: x, opertion: read }\n\
         \x20 - principal: User:a\n    allow: { topic: x, operation: reed }\n\
         \x20 - principal: User:a\n    allow: { topic: a*b, operation: read }\n\
         \x20 - principal: User:a\n    allow: { group: g, operation: write }\n\
         \x20 - principal: [User:CN=etl,OU=data]\n    produce: ${missing}\n\
         \x20 - principal: User:b\n    produce: x\n\
         \x20 - principal: User:a*\n    role: nobody\n\
         \x20 - principal: User:a\n\
         \x20 - produce: x\n",
    );
    sandbox.write(
        "traps.yaml",
        "version: 1\nrules:\n  - principal: User:a\n    allow: { topic: *, operation: read }\n",
    );
    sandbox.write("twice.yaml", "version: 1\nrules: []\nrules: []\n");
    sandbox.write("version.yaml", "version: 2\nrules: []\n");
    sandbox.write("nothing.yaml", "");
    sandbox.write("text.yaml", "just a text\n");
    sandbox.write(
        "names.yaml",
        "version: 1\nrules:\n  - principal: User:a\n    produce: { topic: [on, 007, 2024, ~] }\n",
    );
    sandbox
        .write("plan.json", "{\"apiVersion\":\"kward/v1\",\"kind\":\"AclSavedPlan\",\"x\":[]}\n");
    sandbox.write("bare.json", "{\"rules\": []}\n");
    sandbox.write("control.yaml", "version: 1\n\"evil\\u001b[31m\\u202e\": 1\nrules: []\n");
    sandbox.write("tests.yaml", "version: 1\nrules: []\ntests:\n  - principal: User:a\n    can: read topic:x*\n    cannot: [all topic:x, fly cluster, read]\n");
    hold_lines(
        "errors_files",
        &sandbox,
        &[
            "acl plan -f wrong.yaml",
            "acl plan -f traps.yaml",
            "acl plan -f twice.yaml",
            "acl plan -f version.yaml",
            "acl plan -f nothing.yaml",
            "acl plan -f text.yaml",
            "acl plan -f plan.json -f bare.json",
            "acl plan -f names.yaml",
            "acl plan -f control.yaml",
            "acl plan -f tests.yaml",
            "acl plan -f twice.yaml -f version.yaml -o json",
            "acl plan -f twice.yaml -o github",
        ],
        &["-b", "127.0.0.1:1"],
    );
}

#[test]
fn contexts_that_cannot_be_used() {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".config/kward/config.toml",
        "[contexts.ro]\nbootstrap-servers = \"127.0.0.1:1\"\nread-only = true\n\
         [contexts.prod]\nbootstrap-servers = \"127.0.0.1:1\"\nprotected = true\n",
    );
    sandbox.write("wrong.toml", "[contexts.x]\nbootstrap-server = \"a\"\nread-only = \"yes\"\n");
    hold_lines(
        "errors_contexts",
        &sandbox,
        &[
            "acl list",
            "acl list -c missing",
            "acl list -c prd",
            "acl list --config wrong.toml -c x",
            "acl list --config missing.toml",
            "acl delete -c ro --principal User:a -y",
            "acl create -c ro --allow-principal User:a --operation read --topic x",
            "acl list --command-config missing.properties",
        ],
        &[],
    );
}

/// A cluster that nobody else writes to.
fn cluster() -> Fake {
    Fake::new(bindings([
        "User:* deny all topic:pii.* 10.0.0.7",
        "User:CN=etl,OU=data allow alter cluster",
        "User:ana allow read topic:web.*",
        "User:ana allow describe topic:web.*",
        "User:ana allow read group:ds-*",
        "User:old allow read topic:orders",
        "User:ops allow all topic:*",
        "User:orders allow write topic:orders",
        "User:odd allow read topic:a\u{202e}b db.example.com",
    ]))
}

const FILE: &str = r#"version: 1
owner: platform-team
scope: { principal: [User:ana, User:old, User:orders, "User:*"] }
protect: [{ principal: "User:*" }]
rules:
  - principal: User:orders
    produce: { topic: orders, transactional-id: orders-* }
  - principal: User:ana
    consume: { topic: web.*, group: ds-* }
    deny: { topic: web.secret, operation: [read, describe] }
tests:
  - principal: User:ana
    can: read topic:web.clicks
    cannot: read topic:web.secret
"#;

#[test]
fn what_is_printed_of_a_small_cluster() {
    let fake = cluster();
    let sandbox = Sandbox::new();
    let address = fake.address();
    let more = ["-b", &address];
    sandbox.write("a.yaml", FILE);
    hold_lines(
        "output_list",
        &sandbox,
        &[
            "acl list",
            "acl list -o name",
            "acl list -o markdown",
            "acl list -o yaml --principal User:ana --topic web.",
            "acl list -o json --topic orders --pattern match",
            "acl list --columns name,nonsense",
            "acl list --principal User:nobody",
        ],
        &more,
    );
    hold_lines(
        "output_plan",
        &sandbox,
        &[
            "acl plan -f a.yaml",
            "acl plan -f a.yaml --prune",
            "acl plan -f a.yaml --prune -o wide",
            "acl plan -f a.yaml --prune -o markdown",
            "acl plan -f a.yaml --prune -o yaml",
            "acl plan -f a.yaml --prune -o github",
            "acl plan -f a.yaml --principal User:ana --detailed-exitcode",
            "acl plan -f a.yaml --prune --max-deletes 0",
        ],
        &more,
    );
    hold_lines(
        "output_export",
        &sandbox,
        &["acl export", "acl export --raw --principal User:orders", "acl export -o json"],
        &more,
    );
    hold_lines(
        "output_writes",
        &sandbox,
        &[
            "acl create --dry-run --allow-principal User:new --operation read --topic x",
            "acl create --allow-principal User:new --operation read,write --topic x",
            "acl create --allow-principal User:new --operation write --topic x --topic y",
            "acl copy --from User:new --to User:newer",
            "acl delete --principal User:new",
            "acl delete --principal User:new --dry-run",
            "acl delete --principal User:new --principal User:newer -y",
            "acl delete --principal User:new -y --must-exist",
            "acl diff files:a.yaml cluster --detailed-exitcode",
            "acl apply -f a.yaml --prune",
            "acl apply -f a.yaml --prune --dry-run",
            "acl apply -f a.yaml --prune -y",
            "acl apply -f a.yaml --prune -y",
            "acl apply -f a.yaml -q",
        ],
        &more,
    );
}

#[test]
fn what_refuses_an_apply() {
    let mut acls = bindings((0..11).map(|at| format!("User:many allow read topic:t{at:02}")));
    acls.append(&mut bindings([
        "User:ops allow alter cluster",
        "User:ops allow describe cluster",
        "User:a allow read topic:x",
    ]));
    let fake = Fake::new(acls);
    let sandbox = Sandbox::new();
    let address = fake.address();
    let more = ["-b", &address];
    let file = |name: &str, text: &str| sandbox.write(name, &format!("version: 1\n{text}"));
    file(
        "many.yaml",
        "scope: { principal: User:many }\nrules: [{ principal: User:many, produce: x }]\n",
    );
    file("empty.yaml", "scope: { principal: User:a }\nrules: []\n");
    file(
        "ops.yaml",
        "scope: { principal: User:ops }\nrules:\n  - principal: User:ops\n    \
         allow: { cluster: true, operation: describe }\n",
    );
    file(
        "deny.yaml",
        "rules:\n  - principal: \"User:*\"\n    deny: { topic: \"*\", operation: read }\n",
    );
    file("first.yaml", "rules:\n  - principal: User:b\n    produce: never-named\n");
    file(
        "tests.yaml",
        "rules:\n  - principal: User:a\n    produce: x\ntests:\n  - principal: User:a\n    \
         cannot: [write topic:x, read topic:x, read topic:y]\n",
    );
    file("cluster.yaml", "cluster: AAAAAAAAAAAAAAAAAAAAAA\nrules: []\n");
    file("range.yaml", "rules:\n  - principal: User:a\n    host: 10.0.0.0/8\n    produce: x\n");
    file(
        "plain.yaml",
        "scope: { principal: User:a }\nrules:\n  - principal: User:a\n    produce: x\n",
    );
    sandbox.write(
        "elsewhere.json",
        r#"{"apiVersion":"kward/v1","kind":"AclBackup","clusterId":"AAAAAAAAAAAAAAAAAAAAAA","createdAt":"2026-01-31T09:00:00Z","deleted":[]}"#,
    );
    let mut all = String::new();
    let mut run = |line: &str| {
        let _ = writeln!(all, "{}", transcript(&sandbox, line, &more));
    };
    for line in [
        "acl apply -f many.yaml --prune -y",
        "acl apply -f many.yaml --prune -y -o json",
        "acl apply -f empty.yaml --prune -y",
        "acl apply -f ops.yaml --prune -y --as User:ops",
        "acl apply -f deny.yaml -y",
        "acl apply -f first.yaml -y --allow-everyone-if-no-acl-found",
        "acl apply -f tests.yaml -y",
        "acl apply -f many.yaml -f ops.yaml -f tests.yaml --prune -y",
        "acl apply -f cluster.yaml -y",
        "acl apply -f range.yaml -y",
        "acl apply --undo elsewhere.json -y",
        "acl plan -f plain.yaml --prune --max-deletes 0 --out guarded.json",
        "acl apply guarded.json",
        "acl plan -f plain.yaml --prune --out plan.json -q -o name",
    ] {
        run(line);
    }
    let saved = sandbox.read("plan.json");
    sandbox.write("edited.json", &saved.replacen("WRITE", "ALTER", 1));
    sandbox.write("newer.json", &saved.replacen("\"format\": 1", "\"format\": 2", 1));
    sandbox.write("elsewhere-plan.json", &saved);
    run("acl apply plain.yaml");
    run("acl apply edited.json");
    run("acl apply newer.json");
    fake.state().acls.append(&mut bindings(["User:z allow read topic:unrelated"]));
    run("acl apply plan.json --dry-run");
    fake.state().acls.append(&mut bindings(["User:a allow describe topic:x"]));
    run("acl apply plan.json");
    fake.state().may_alter = false;
    run("acl apply -f plain.yaml -y");
    hold("refusals_apply", &all);
    assert!(fake.state().writes.is_empty());
}
