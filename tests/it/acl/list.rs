//! `acl list`.

use std::fs::{File, OpenOptions};
use std::process::Stdio;

use super::Bench;
use crate::support::bindings::{bindings, of_json};
use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::run::Run;
use crate::support::unique;

/// Two principals' bindings, made by Kafka's own tool.
fn prepare(bench: &Bench<'_>, one: &str, two: &str, topic: &str) {
    bench.broker.kafka_acls(&[
        "--add",
        "--allow-principal",
        one,
        "--allow-principal",
        two,
        "--consumer",
        "--topic",
        topic,
        "--group",
        topic,
    ]);
    bench.broker.kafka_acls(&[
        "--add",
        "--deny-principal",
        one,
        "--deny-host",
        "10.0.0.7",
        "--operation",
        "Write",
        "--topic",
        topic,
        "--resource-pattern-type",
        "prefixed",
    ]);
}

#[test]
fn lists_what_kafkas_own_tool_created() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (one, two, topic) = (unique("User:one"), unique("User:two"), unique("list"));
        prepare(&bench, &one, &two, &topic);
        let both = [one.as_str(), &two];
        let expected = bindings([
            format!("{one} allow read topic:{topic}"),
            format!("{one} allow describe topic:{topic}"),
            format!("{one} allow read group:{topic}"),
            format!("{one} deny write topic:{topic}* 10.0.0.7"),
            format!("{two} allow read topic:{topic}"),
            format!("{two} allow describe topic:{topic}"),
            format!("{two} allow read group:{topic}"),
        ]);
        assert_eq!(bench.live_by_kafka(&both), expected);
        assert_eq!(bench.live(&both), expected);

        let found = |arguments: &[&str]| {
            let run = bench.acl(&[&["list", "-o", "json"], arguments].concat()).ends(0);
            let document = run.json();
            assert_eq!(document["complete"], false, "{run}");
            assert!(document["filter"].is_string(), "{run}");
            of_json(&document["items"])
        };
        let matching = |wanted: &dyn Fn(&str) -> bool| {
            let shown = |b: &&kward::model::Binding| wanted(&b.to_string());
            expected.iter().filter(shown).cloned().collect()
        };
        let topics = |b: &str| b.contains("topic:");
        assert_eq!(found(&["--topic", &topic]), matching(&topics));
        assert_eq!(
            found(&["--topic", &topic, "--pattern", "literal"]),
            matching(&|b| topics(b) && !b.contains("DENY"))
        );
        assert_eq!(
            found(&["--topic", &topic, "--pattern", "prefixed"]),
            matching(&|b| b.contains("DENY"))
        );
        let longer = format!("{topic}-and-more");
        assert_eq!(
            found(&["--topic", &longer, "--pattern", "match", "--principal", &one]),
            matching(&|b| b.contains("DENY"))
        );
        assert!(found(&["--topic", &longer]).is_empty());
        assert_eq!(
            found(&["--group", &topic, "--operation", "read,describe", "--host", "*"]),
            matching(&|b| b.contains("group:"))
        );
        assert_eq!(
            found(&["--group", &topic, "--topic", &topic, "--principal", &two]),
            matching(&|b| b.starts_with(&two))
        );
        assert_eq!(
            found(&["--permission", "deny", "--principal", &one]),
            matching(&|b| b.contains("DENY"))
        );
    });
}

#[test]
fn what_everyone_has_is_effective_for_each() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (user, topic) = (unique("User:effective"), unique("effective"));
    bench.create(&["--allow-principal", &user, "--operation", "read", "--topic", &topic]);
    bench.create(&["--allow-principal", "User:*", "--operation", "describe", "--topic", &topic]);
    let list = |more: &[&str]| {
        let arguments = ["list", "-o", "json", "--topic", &topic, "--principal", &user];
        of_json(&bench.acl(&[&arguments, more].concat()).ends(0).json()["items"])
    };
    let own = format!("{user} allow read topic:{topic}");
    assert_eq!(list(&[]), bindings([&own]));
    let everyone = format!("User:* allow describe topic:{topic}");
    assert_eq!(list(&["--effective"]), bindings([&own, &everyone]));
}

#[test]
fn every_format_tells_the_same() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (user, topic) = (unique("User:formats"), unique("formats"));
    bench.create(&["--allow-principal", &user, "--operation", "read,write", "--topic", &topic]);
    let list =
        |more: &[&str]| bench.acl(&[&["list", "--principal", &user], more].concat()).ends(0).out;

    let width = user.len();
    let name = topic.len();
    let expected = format!(
        "{:width$}  PERMISSION  OPERATION  TYPE   {:name$}  PATTERN  HOST\n\
         {user}  ALLOW       READ       TOPIC  {topic}  LITERAL  *\n\
         {user}  ALLOW       WRITE      TOPIC  {topic}  LITERAL  *\n",
        "PRINCIPAL", "NAME"
    );
    assert_eq!(list(&[]), expected);
    assert_eq!(list(&["-o", "wide"]), expected);
    assert_eq!(list(&["-o", "name"]), format!("{user}\n"));
    assert_eq!(
        list(&["--columns", "operation,name", "--no-headers", "--sort-by", "operation"]),
        format!("READ   {topic}\nWRITE  {topic}\n")
    );
    let json: serde_json::Value = serde_json::from_str(&list(&["-o", "json"])).unwrap();
    let yaml: serde_json::Value = serde_saphyr::from_str(&list(&["-o", "yaml"])).unwrap();
    // The moment of the list is the only thing that differs.
    let without_time = |mut document: serde_json::Value| {
        document.as_object_mut().unwrap().remove("capturedAt").expect("a time");
        document
    };
    assert_eq!(without_time(json), without_time(yaml));
    let markdown = list(&["-o", "markdown"]);
    assert!(markdown.contains(&format!("| {user}")), "{markdown}");

    let nobody = unique("User:nobody");
    let none = bench.acl(&["list", "--principal", &nobody]).ends(0);
    assert_eq!((none.out.as_str(), none.err.as_str()), ("", "no ACLs\n"), "{none}");
}

#[test]
fn a_complete_list_says_so_and_of_which_cluster() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let document = bench.acl(&["list", "-o", "json"]).ends(0).json();
        assert_eq!(document["complete"], true);
        assert!(document.get("filter").is_none_or(serde_json::Value::is_null));
        assert!(document["clusterId"].as_str().is_some_and(|id| !id.is_empty()));
        let version = document["metadataVersion"].as_str().expect("a metadata version");
        let series = broker.version().rsplit_once('.').expect("a version").0;
        assert!(version.starts_with(series), "{version} on {series}");
    });
}

#[test]
fn a_full_disk_is_a_failure_and_a_closed_pipe_is_none() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let user = unique("User:full");
    bench.create(&["--allow-principal", &user, "--operation", "read", "--topic", &user[5..]]);
    let list = |format: &str, out: Stdio| {
        let mut command = bench.sandbox.process(["acl", "list", "-o", format]);
        command
            .arg("--command-config")
            .arg(broker.client("admin"))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(Stdio::piped());
        let child = command.spawn().expect("kward runs");
        Run::from_output(format!("{command:?}"), child.wait_with_output().expect("it ends"))
    };
    for format in ["table", "json", "yaml", "name"] {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        list(format, full.into()).ends(1).says("No space left on device");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let closed = list(format, writer.into()).ends(0);
        assert_eq!(closed.err, "", "{closed}");
        list(format, File::create("/dev/null").expect("/dev/null").into()).ends(0);
    }
}
