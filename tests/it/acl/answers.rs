//! Answers about access and about files, without a cluster: what a person might misread.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::bindings::bindings;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// A saved list of these bindings.
fn saved(sandbox: &Sandbox, lines: &[&str]) {
    let mut list = json!({
        "apiVersion": "kward/v1", "kind": "AclList", "complete": true, "clusterId": "c",
        "metadataVersion": "4.4-IV2", "fieldOfALaterRelease": 1,
    });
    list["items"] =
        serde_json::to_value(bindings(lines.iter().map(|line| (*line).to_owned()))).expect("JSON");
    for item in list["items"].as_array_mut().expect("items") {
        item["fieldOfALaterRelease"] = Value::from(1);
    }
    sandbox.write("list.json", &list.to_string());
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    Run::of(&mut sandbox.kward(arguments))
}

fn ask(sandbox: &Sandbox, questions: &str, arguments: &[&str]) -> Run {
    let all = [&["acl", "can", "--against", "list.json"], arguments].concat();
    Run::of(sandbox.kward(all).write_stdin(questions))
}

#[test]
fn questions_are_about_one_resource_and_say_what_is_assumed() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &["User:ana allow read topic:orders*"]);
    ask(&sandbox, "User:ana read topic:orders.*\n", &[]).ends(2).says("not a pattern");
    let questions = "\u{feff}User:ana Read topic:orders\nUser:ana describe_configs topic:orders\n";
    let answered = ask(&sandbox, questions, &[]).ends(3);
    answered.prints("assumed: no super users");
    let document = ask(&sandbox, questions, &["-o", "json"]).ends(3).json();
    assert_eq!([&document["allowed"], &document["denied"]], [&json!(1), &json!(1)]);
}

#[test]
fn json_questions_are_told_by_their_lines() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &[]);
    let good = r#"{"principal":"User:{a\"","operation":"read","resource":"topic:t"}"#;
    let bad = good.replace("read", "raed");
    ask(&sandbox, &format!("[{good},\n {good},\n {bad}\n]"), &[]).ends(2).says("<stdin>:3:1");
    ask(&sandbox, &format!("{bad}\n{good}\n"), &[]).ends(2).says("<stdin>:1:1");
    // What is no question hides no other mistake.
    let strange = good.replace("principal", "principals");
    let both = ask(&sandbox, &format!("{strange}\n{good}\n{bad}\n"), &[]).ends(2);
    let both = both.says("2 of the questions cannot be read").says("unknown field `principals`");
    both.says("<stdin>:1:1").says("<stdin>:3:1").says("unknown operation `raed`");
}

#[test]
fn one_thing_comes_from_standard_input() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &["User:a allow read topic:t"]);
    let list = sandbox.read("list.json");
    sandbox.write("a.yaml", "version: 1\ntests:\n  - can: User:a read topic:t\n");
    let given = |arguments: &[&str]| Run::of(sandbox.kward(arguments).write_stdin(list.as_str()));
    given(&["acl", "can", "User:a", "read", "topic:t", "--against", "-"]).ends(0);
    given(&["acl", "export", "--against", "-"]).ends(0).prints("User:a");
    for both in [
        &["acl", "can", "--against", "-"][..],
        &["acl", "can", "-f", "-"],
        &["acl", "plan", "-f", "-", "--against", "-"],
        &["acl", "test", "-f", "-", "--against", "-"],
    ] {
        given(both).ends(2).says("both come from standard input");
    }
}

#[test]
fn a_denial_is_not_all_that_stands_in_the_way() {
    let sandbox = Sandbox::new();
    let denials = ["User:a deny read topic:t", "User:* deny read topic:*"];
    saved(&sandbox, &denials);
    let question = ["acl", "can", "User:a", "read", "topic:t", "--against", "list.json"];
    let no = run(&sandbox, &question).ends(3);
    no.prints("to allow it, all of these have to go:")
        .prints("and nothing allows it: the smallest grant, as a rule of the ACL file:");
    let document = run(&sandbox, &[&question[..], &["-o", "json"]].concat()).json();
    assert_eq!(document["deniedBy"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["missing"]["operation"], "READ");
    saved(&sandbox, &[&denials[..], &["User:a allow all topic:t"]].concat());
    let no = run(&sandbox, &question).ends(3).prints("all of these have to go");
    assert!(!no.out.contains("smallest grant"), "{no}");
}

#[test]
fn idempotent_writes_by_a_topic_are_summed_up_with_their_host() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &["User:e allow write topic:t 10.0.0.3"]);
    run(&sandbox, &["acl", "explain", "User:e", "--against", "list.json"])
        .ends(0)
        .prints("cluster: idempotent-write from 10.0.0.3");
}

#[test]
fn a_super_user_of_the_log_needs_no_grant() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &[]);
    let line = "Principal = User:kafka is Allowed operation = CLUSTER_ACTION from host = 10.0.0.7 on \
                resource = Cluster:LITERAL:kafka-cluster for request = Fetch with resourceRefCount = 1 \
                based on rule SuperUser";
    let told = run(&sandbox, &["acl", "explain", "--log", line, "--against", "list.json"])
        .prints("--super-user User:kafka");
    assert!(!told.out.contains("smallest grant"), "{told}");
}

#[test]
fn a_plan_says_where_access_does_not_change() {
    let sandbox = Sandbox::new();
    let plan = |file: &str| {
        sandbox.write("a.yaml", file);
        run(&sandbox, &["acl", "plan", "--prune", "-f", "a.yaml", "--against", "list.json"])
    };
    saved(&sandbox, &["User:* deny read topic:pii.*"]);
    plan("version: 1\nscope: { principal: User:n }\nrules:\n  - principal: User:n\n    allow: { topic: \"*\", operation: read }\n")
        .prints("User:n gains read on topic:* but not on topic:pii.*");
    saved(&sandbox, &["User:a allow read topic:t*"]);
    plan("version: 1\nscope: { principal: User:a }\nrules:\n  - principal: User:a\n    allow: { topic: t1, operation: read }\n")
        .prints("User:a loses read, describe on topic:t* but not on topic:t1");
    saved(
        &sandbox,
        &["User:* allow read topic:t*", "User:a allow read topic:t1", "User:b deny read topic:t*"],
    );
    plan("version: 1\nscope: { principal: \"User:*\" }\nrules: []\n").prints(
        "User:* loses read on topic:t* but not User:a on topic:t1 (did not have it: User:b)",
    );
    saved(&sandbox, &["User:a allow read topic:t1"]);
    plan("version: 1\nscope: { principal: User:a }\nrules:\n  - principal: User:a\n    allow: { topic: t*, operation: read }\n")
        .prints("User:a gains read, describe on topic:t* (had it already: on topic:t1)");
}

/// `User:CN=a,OU=b` is one principal.
#[test]
fn principals_with_commas_are_told_apart() {
    let sandbox = Sandbox::new();
    let dn = "User:CN=a,OU=b";
    saved(
        &sandbox,
        &[
            "User:* allow read topic:t",
            &format!("{dn} deny read topic:t"),
            "User:CN=c,OU=d deny read topic:t",
        ],
    );
    let against = ["--against", "list.json", "--super-user", dn, "--super-user", "User:root"];
    run(&sandbox, &[&["acl", "can", "User:x", "read", "topic:t"], &against[..]].concat())
        .prints("super users User:CN=a,OU=b; User:root, nobody");
    run(&sandbox, &["acl", "who-can", "read", "topic:t", "--against", "list.json"])
        .prints("but not User:CN=a,OU=b; User:CN=c,OU=d");
    sandbox.write("a.yaml", "version: 1\nscope: { principal: \"User:*\" }\nrules: []\n");
    let plan = ["acl", "plan", "--prune", "-f", "a.yaml", "--against", "list.json"];
    run(&sandbox, &plan).prints("(did not have it: User:CN=a,OU=b; User:CN=c,OU=d)");
    sandbox.write(
        ".config/kward/config.toml",
        &format!("[contexts.a]\nbootstrap-servers = 'a:1'\nsuper-users = ['{dn}', 'User:root']\n"),
    );
    run(&sandbox, &["context", "show", "a"]).ends(0).prints("User:CN=a,OU=b; User:root");
}

#[test]
fn a_failing_test_is_a_no_and_names_are_those_whose_acls_change() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &[]);
    sandbox.write("t.yaml", "version: 1\ntests: [{ principal: User:a, can: read topic:x }]\n");
    let plan = |file, more: &[&str]| {
        let plan = ["acl", "plan", "-f", file, "--against", "list.json"];
        run(&sandbox, &[&plan, more].concat())
    };
    plan("t.yaml", &[]).ends(0);
    plan("t.yaml", &["--detailed-exitcode"]).ends(3);
    // A plan for one principal says nothing of what others may do.
    plan("t.yaml", &["--detailed-exitcode", "--principal", "User:a"]).ends(3);
    plan("t.yaml", &["--detailed-exitcode", "--principal", "User:b"]).ends(0);
    sandbox.write(
        "a.yaml",
        "version: 1\nrules:\n  - principal: [User:b, User:a]\n    produce: { topic: x }\n",
    );
    assert_eq!(plan("a.yaml", &["-o", "name"]).ends(0).out, "User:a\nUser:b\n");
    let diff = ["acl", "diff", "snapshot:list.json", "files:a.yaml", "-o", "name"];
    assert_eq!(run(&sandbox, &diff).ends(0).out, "User:a\nUser:b\n");
}

#[test]
fn a_saved_plan_replaces_no_link_and_no_pipe() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &[]);
    sandbox
        .write("a.yaml", "version: 1\nrules:\n  - principal: User:a\n    produce: { topic: x }\n");
    let plan = |out| {
        run(&sandbox, &["acl", "plan", "-f", "a.yaml", "--against", "list.json", "--out", out])
    };
    plan("-").ends(2).says("`--out` takes a file");
    assert!(!sandbox.path().join("-").exists());
    sandbox.write("old.json", "old");
    symlink("old.json", sandbox.path().join("link.json")).unwrap();
    plan("link.json").ends(0);
    assert!(fs::symlink_metadata(sandbox.path().join("link.json")).unwrap().is_symlink());
    assert!(sandbox.read("old.json").contains("clusterId"));
    let pipe = sandbox.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).stdin(Stdio::null()).status();
    assert!(made.expect("`mkfifo` runs").success());
    plan("pipe").ends(1).says("no regular file");
    assert!(!fs::symlink_metadata(&pipe).unwrap().is_file());
    // Nor does one wait for what a pipe may bring.
    for apply in [&["acl", "apply", "pipe"][..], &["acl", "apply", "--undo", "pipe", "-y"]] {
        let apply = [apply, &["-b", "127.0.0.1:1"]].concat();
        run(&sandbox, &apply).ends(2).says("it is not a regular file");
    }
}

#[test]
fn everyone_is_whoever_no_acl_names() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.yaml",
        "version: 1\nrules:\n  - principal: User:tt\n    allow: { topic: pii., operation: read }\ntests:\n  \
         - principal: \"User:*\"\n    cannot: read topic:pii.\n",
    );
    run(&sandbox, &["acl", "test", "-f", "a.yaml"]).ends(3).prints(", for User:tt");
    let can = ["acl", "can", "User:*", "read", "topic:pii.", "-f", "a.yaml"];
    run(&sandbox, &can).ends(3).says("asked for as a client that no ACL names");
}

#[test]
fn everything_is_not_created_by_a_prefix() {
    let sandbox = Sandbox::new();
    let create = ["acl", "create", "-b", "127.0.0.1:1", "--allow-principal", "User:a"];
    let prefixed = ["--operation", "write", "--topic", "*", "--pattern", "prefixed"];
    run(&sandbox, &[&create[..], &prefixed].concat()).ends(2).says("begins with a star");
}

#[test]
fn lint_finds_what_can_be_mended_where_it_stands() {
    let sandbox = Sandbox::new();
    let codes = |file: &str| -> Vec<String> {
        sandbox.write("a b.yaml", file);
        let found = run(&sandbox, &["acl", "lint", "-f", "a b.yaml", "-o", "json"]).json();
        let found = found["items"].as_array().expect("items").clone();
        found.iter().map(|item| format!("{} {}", item["code"], item["place"]["line"])).collect()
    };
    let rules = |lines: &str| format!("version: 1\nrules:\n{lines}");
    // What one verb brings along.
    for verb in [
        "streams: { application-id: etl, input: in, output: out }",
        "produce: { topic: d }",
        "allow: { topic: t, operation: [read, delete, describe] }",
    ] {
        let own = rules(&format!("  - principal: User:e\n    {verb}\n"));
        assert!(codes(&own).is_empty(), "{verb}");
    }
    let beside = "  - principal: User:e\n    allow: { topic: \"*\", operation: describe }\n";
    let verb = format!("{beside}  - principal: User:e\n    produce: {{ topic: d }}\n");
    assert!(codes(&rules(&verb)).is_empty());
    // What a DENY takes back of a verb, though the rest of it is needed.
    let consume = "  - principal: User:e\n    consume: { topic: t, group: g }\n";
    let taken = "  - principal: \"User:*\"\n    deny: { topic: t, operation: read }\n";
    assert_eq!(codes(&rules(&format!("{consume}{taken}"))), ["\"shadowed\" 4"]);
    // Names that nothing has, hosts that nobody comes from.
    for (rule, code) in [
        ("allow: { topic: a b, operation: read }", "\"inert-resource\" 4"),
        ("allow: { user: bob, operation: create-tokens }", "\"inert-resource\" 4"),
    ] {
        let own = rules(&format!("  - principal: User:e\n    {rule}\n"));
        assert!(codes(&own).iter().any(|found| found == code), "{rule}: {:?}", codes(&own));
    }
    // Comments that say nothing to lint.
    for comment in
        ["# kward: ignore", "# kward: ignor over-broad why", "# Kward: Ignore nothing why"]
    {
        let own =
            rules(&format!("  {comment}\n  - principal: User:e\n    produce: {{ topic: d }}\n"));
        assert_eq!(codes(&own), ["\"unused-ignore\" 3"], "{comment}");
    }
    let sarif = run(&sandbox, &["acl", "lint", "-f", "a b.yaml", "-o", "sarif"]);
    assert!(sarif.out.contains("\"a%20b.yaml\""), "{sarif}");
    // What cannot be read is no clean run.
    sandbox.write("bad.yaml", "version: 1\nruls: []\n");
    let bad = run(&sandbox, &["acl", "lint", "-f", "bad.yaml", "-o", "sarif"]).ends(2);
    let log: Value = serde_json::from_str(&bad.out).expect("SARIF");
    let found = &log["runs"][0]["results"][0];
    assert_eq!((&found["ruleId"], &found["level"]), (&json!("mistake"), &json!("error")), "{bad}");
    assert_eq!(found["locations"][0]["physicalLocation"]["region"]["startLine"], 2, "{bad}");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false, "{bad}");

    saved(&sandbox, &["User:a deny read topic:t 10.0.0.0/33", "User:* allow read topic:t"]);
    let lint = ["acl", "lint", "--against", "list.json"];
    run(&sandbox, &lint).ends(3).prints("error[inert-host]");
}

/// Brokers ask for CREATE on the cluster first, and of the topic only then.
#[test]
fn who_creates_by_the_cluster_is_told() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &["User:ana allow create cluster", "User:bo allow create topic:mine"]);
    let can =
        |who| run(&sandbox, &["acl", "can", who, "create", "topic:t", "--against", "list.json"]);
    let told = "`User:ana` may create on the cluster, and so brokers let it create any topic";
    can("User:ana").ends(3).says(told);
    assert_eq!(can("User:bo").ends(3).err, "");
    let who = run(&sandbox, &["acl", "who-can", "create", "topic:t", "--against", "list.json"]);
    who.ends(3).says("who may create on the cluster may create any topic, too");
    let of = |who: &str| format!("  - {{ principal: '{who}', cannot: create topic:t }}\n");
    let tests = ["User:ana", "User:bo"].map(of).concat();
    sandbox.write("t.yaml", &format!("version: 1\ntests:\n{tests}"));
    let test = ["acl", "test", "-f", "t.yaml", "--against", "list.json"];
    let passed = run(&sandbox, &test).ends(0).says(told);
    assert!(!passed.err.contains("User:bo"), "{passed}");
}

#[test]
fn an_export_of_some_principals_speaks_for_them() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &["User:a allow read topic:t", "User:b allow read topic:t"]);
    let export = |more: &[&str]| {
        run(&sandbox, &[&["acl", "export", "--against", "list.json"], more].concat()).ends(0)
    };
    let of_a = export(&["--principal", "User:a"]).prints("scope: { principal: User:a }");
    sandbox.write("a.yaml", &of_a.out);
    saved(&sandbox, &["User:a allow read topic:t", "User:a allow write topic:new"]);
    let plan = ["acl", "plan", "-f", "a.yaml", "--against", "list.json", "--detailed-exitcode"];
    run(&sandbox, &plan).ends(3).prints("topic:new");
    // A part of what is theirs speaks for nothing.
    let part = export(&["--principal", "User:a", "--topic", "t"]);
    assert!(!part.out.contains("scope:"), "{part}");
    export(&["--principal", "User:nobody"]).says("no such ACL is of `User:nobody`");
}

#[test]
fn what_is_read_is_not_written_over() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &["User:a allow read topic:t"]);
    let file = "version: 1\ntests:\n  - can: User:a read topic:t\n";
    sandbox.write("access/a.yaml", file);
    for (verb, flag, out) in [
        ("plan", "--out", "access/a.yaml"),
        ("plan", "--out", "list.json"),
        ("test", "--junit", "access/a.yaml"),
        ("test", "--junit", "list.json"),
    ] {
        let list = sandbox.read("list.json");
        run(&sandbox, &["acl", verb, "-f", "access", "--against", "list.json", flag, out])
            .ends(2)
            .says(&format!("`{flag} {out}` is a file that is read"));
        assert_eq!((sandbox.read("access/a.yaml"), sandbox.read("list.json")), (file.into(), list));
    }
}

#[test]
fn what_can_hang_a_broker_is_told_before_it_is_written() {
    let sandbox = Sandbox::new();
    saved(&sandbox, &[]);
    sandbox.write(
        "a.yaml",
        "version: 1\nrules:\n  - { principal: User:q, allow: { topic: '#t', operation: read } }\n",
    );
    let plan = ["acl", "plan", "-f", "a.yaml", "--against", "list.json"];
    run(&sandbox, &plan).ends(0).says("authorizer loop for ever").says("a.yaml:3:");
}
