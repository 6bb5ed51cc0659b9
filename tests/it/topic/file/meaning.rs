//! What becomes of what a file says, held against what Kafka's own tools then say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{items, texts};
use super::{Desk, pairs, told};
use crate::support::broker::{Broker, Listener, Options, on_each_version};
use crate::support::{eventually, unique};

#[test]
fn what_a_file_says_is_made_and_a_second_run_finds_nothing() {
    on_each_version(|broker| {
        let desk = Desk::new(broker);
        let (one, two) = (unique("file"), unique("bare"));
        desk.topics(&format!(
            "  {one}:
    partitions: 3
    replication-factor: 1
    configs:
      cleanup.policy: [compact, delete]
      retention.ms: 600000
      preallocate: true
  {two}: {{}}
"
        ));
        let plan = desk.verb("plan", &["--detailed-exitcode", "-o", "json"]).ends(3);
        let created = &plan.json()["create"];
        assert_eq!(texts(created.as_array().unwrap(), "name"), [&one, &two]);
        assert_eq!(created[0]["configs"]["cleanup.policy"], "compact,delete");
        assert_eq!(created[1]["place"]["line"], 10);
        desk.verb("plan", &[])
            .ends(0)
            .prints(&format!("  + {one}: 3 partitions, 1 replica of each"));
        let dry = desk.verb("apply", &["--dry-run", "-o", "json"]).ends(0);
        assert_eq!(told(&dry), ["topic planned", "topic planned"]);
        assert!(!desk.is_there(&one), "a dry run creates nothing");

        let run = desk.verb("apply", &["-o", "json"]).ends(0);
        assert_eq!(told(&run), ["topic created", "topic created"]);
        let made = items(&run);
        assert!(made[0]["topicId"].is_string(), "{run}");
        assert_eq!(
            (&made[1]["partitionCount"], &made[1]["replicationFactor"]),
            (&1.into(), &1.into())
        );
        // What is told to be made can be seen: the next run relies on it.
        desk.verb("apply", &[]).ends(0).prints("nothing to do\n");
        let plan = desk.verb("plan", &["--detailed-exitcode", "-o", "json"]).ends(0).json();
        assert_eq!((&plan["inSync"], &plan["unchanged"]), (&true.into(), &2.into()));
        assert_eq!(desk.numbers(&one), ("3".to_owned(), "1".to_owned()));
        let wanted = [
            ("cleanup.policy", "compact,delete"),
            ("preallocate", "true"),
            ("retention.ms", "600000"),
        ];
        assert_eq!(desk.configs(&one), pairs(&wanted));
        assert_eq!(desk.configs(&two), pairs(&[]));
    });
}

#[test]
fn what_drifts_is_put_right_and_what_cannot_be_is_told() {
    on_each_version(|broker| {
        let desk = Desk::new(broker);
        let (topic, other) = (unique("drift"), unique("other"));
        let create = ["--create", "--topic", topic.as_str(), "--partitions", "2"];
        let own = ["--config", "retention.bytes=5000000", "--config", "segment.bytes=2000000"];
        broker.admin("topics", &[&create[..], &own].concat());
        broker.admin("topics", &["--create", "--topic", &other, "--partitions", "3"]);
        desk.topics(&format!(
            "  {topic}:
    partitions: 4
    replication-factor: 2
    configs: {{ retention.bytes: 1000000, compression.type: gzip }}
  {other}: {{ partitions: 2 }}
"
        ));
        let plan = desk.verb("plan", &["--detailed-exitcode"]).ends(3);
        let plan = plan
            .prints("      partitions: 2 → 4\n")
            .prints("      retention.bytes: 5000000 (topic) → 1000000 (topic)\n")
            .prints("      compression.type: producer (default) → gzip (topic)\n")
            .prints(&format!("  ? {topic}: segment.bytes=2000000\n"))
            .prints(&format!(
                "  ! topic `{topic}` has 1 replica of each partition, and the file says 2\n"
            ))
            .prints(&format!(
                "`kward reassign plan --replication-factor 2 --topic {topic} --out plan.json`"
            ))
            .prints(&format!("  ! topic `{other}` has 3 partitions, and the file says 2\n"));
        plan.prints("Plan: 0 topics to create, 1 to change, 0 unchanged, 1 value extra, 2 changes not made\n");

        // Without anybody to ask nothing is written.
        let words = ["-o", "json"];
        let run = desk.verb("apply", &words).ends(4).says("there is no terminal to ask on");
        let run = run.says("records with one key may go to another partition than before");
        drop(run);
        assert_eq!(desk.numbers(&topic).0, "2");

        let run = desk.verb("apply", &["--yes", "-o", "json"]).ends(1);
        let expected = [
            "partitions altered",
            "retention.bytes altered",
            "compression.type altered",
            "replicationFactor failed",
            "partitions failed",
        ];
        assert_eq!(told(&run), expected, "{run}");
        let failed = &items(&run)[3..];
        let codes: Vec<&Value> = failed.iter().map(|item| &item["error"]["name"]).collect();
        assert_eq!(codes, ["INVALID_REPLICATION_FACTOR", "INVALID_PARTITIONS"]);
        let told = run.error();
        assert_eq!(told["exitStatus"], 1);
        let hints: Vec<&str> =
            told["hints"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(hints[0].starts_with("replicas are not moved here: `kward reassign plan"), "{run}");
        assert!(hints[1].starts_with("partitions cannot be taken away"), "{run}");
        assert_eq!(desk.numbers(&topic).0, "4");
        let set = [("compression.type", "gzip"), ("retention.bytes", "1000000")];
        let extra = ("segment.bytes", "2000000");
        assert_eq!(desk.configs(&topic), pairs(&[set[0], set[1], extra]));

        // What is extra goes only when that is asked for.
        desk.topics(&format!(
            "  {topic}: {{ configs: {{ retention.bytes: 1000000, compression.type: gzip }} }}\n"
        ));
        desk.verb("apply", &[])
            .ends(0)
            .says("1 value that topics set are in no file")
            .prints("nothing to do");
        desk.verb("plan", &["--detailed-exitcode"]).ends(3);
        desk.verb("apply", &["--prune", "-o", "json"]).ends(0);
        assert_eq!(desk.configs(&topic), pairs(&set));
        desk.verb("plan", &["--prune", "--detailed-exitcode"]).ends(0).prints("In sync: ");
        // And what a file does not speak of is left alone.
        desk.topics(&format!("  {topic}: {{ partitions: 4 }}\n"));
        desk.verb("apply", &["--prune"]).ends(0).prints("nothing to do");
        assert_eq!(desk.configs(&topic), pairs(&set));
    });
}

#[test]
fn where_records_would_go_somebody_is_asked() {
    on_each_version(|broker| {
        let desk = Desk::new(broker);
        let topic = unique("asked");
        desk.topics(&format!("  {topic}: {{ configs: {{ retention.ms: 100000000 }} }}\n"));
        desk.verb("apply", &[]).ends(0).prints("1 created");
        desk.topics(&format!("  {topic}: {{ configs: {{ retention.ms: 1000 }} }}\n"));
        desk.verb("apply", &[]).ends(4);
        desk.topics(&format!(
            "  {topic}: {{ configs: {{ unclean.leader.election.enable: true }} }}\n"
        ));
        desk.verb("apply", &[]).ends(4);
        desk.topics(&format!("  {topic}: {{ configs: {{}} }}\n"));
        desk.verb("plan", &["--prune"])
            .ends(0)
            .prints("retention.ms: 100000000 (topic) → 604800000");
        desk.verb("apply", &["--prune", "--yes"]).ends(0).prints("1 altered");
        // More is kept than before: nobody has to be asked.
        desk.topics(&format!("  {topic}: {{ configs: {{ retention.ms: -1 }} }}\n"));
        desk.verb("apply", &[]).ends(0).prints("1 altered");
    });
}

#[test]
fn what_the_broker_refuses_fails_for_itself_and_is_foreseen() {
    on_each_version(|broker| {
        let desk = Desk::new(broker);
        let [good, many, odd, old] = ["good", "many", "odd", "old"].map(unique);
        broker.create_topic(&old);
        desk.topics(&format!(
            "  {good}: {{ partitions: 1 }}
  {many}: {{ replication-factor: 9 }}
  {odd}: {{ configs: {{ cleanup.policy: nonsense }} }}
  {old}:
    configs:
      cleanup.policy: nonsense
      segment.bytes: 2000000
"
        ));
        let dry = desk.verb("apply", &["--dry-run", "-o", "json"]).ends(1);
        let fates = |well: &str| {
            let more =
                ["topic failed", "topic failed", "cleanup.policy failed", "segment.bytes skipped"];
            [vec![format!("topic {well}")], more.map(str::to_owned).to_vec()].concat()
        };
        assert_eq!(told(&dry), fates("planned"), "{dry}");
        assert!(!desk.is_there(&good));
        let run = desk.verb("apply", &["-o", "json"]).ends(1);
        assert_eq!(told(&run), fates("created"), "{run}");
        let names: Vec<Value> =
            items(&run)[1..4].iter().map(|item| item["error"]["name"].clone()).collect();
        assert_eq!(names, ["INVALID_REPLICATION_FACTOR", "INVALID_CONFIG", "INVALID_CONFIG"]);
        let error = run.error();
        assert_eq!(error["message"], "of 5 changes, 3 failed, 1 not tried");
        let hint = error["hints"][0].as_str().unwrap_or_default();
        assert_eq!(hint, "what failed stands at topics.yaml:4, topics.yaml:5, topics.yaml:8");
        assert_eq!(desk.configs(&old), pairs(&[]));

        // The controller's own policy.
        let huge = unique("huge");
        desk.topics(&format!("  {huge}: {{ partitions: 200000 }}\n"));
        let run = desk.verb("apply", &["--dry-run"]).ends(1).says("POLICY_VIOLATION");
        run.says("what failed stands at topics.yaml:3");

        // What no topic can have is found in the file, and nothing at all is written.
        let (never, wrong) = (unique("never"), "retention.sm");
        desk.topics(&format!(
            "  {never}: {{ configs: {{ {wrong}: 1 }} }}\n  {old}: {{ configs: {{ segment.bytes: 1MiB }} }}\n"
        ));
        for verb in ["plan", "apply"] {
            let run = desk.verb(verb, &[]).ends(2);
            let run = run.says("topics.yaml:3:").says("unknown key `retention.sm`");
            run.says("did you mean `retention.ms`?").says("write `segment.bytes: 1048576`");
        }
        assert!(!desk.is_there(&never));
        // The broker has the last word where that is asked for.
        desk.topics(&format!("  {never}: {{ configs: {{ {wrong}: 1 }} }}\n"));
        desk.verb("apply", &["--allow-unknown-keys"]).ends(1).says("INVALID_CONFIG");
    });
}

#[test]
fn whoever_may_not_learns_what_is_missing() {
    on_each_version(|broker| {
        let desk = Desk::new(broker);
        let (topic, new, user) = (unique("mine"), unique("new"), unique("maker"));
        broker.create_topic(&topic);
        let client = broker.create_user(&user);
        let may = |operation: &str, on: &str| {
            let principal = format!("User:{user}");
            let words = ["acl", "create", "--allow-principal", &principal, "--topic", on];
            desk.run(&[&words[..], &["--operation", operation]].concat()).ends(0);
        };
        desk.topics(&format!("  {topic}: {{ partitions: 2, configs: {{ preallocate: true }} }}\n"));
        let plan = ["topic", "plan", "-f", "topics.yaml"];
        let run = desk.run_as(&client, &plan).ends(1);
        let run = run.says(&format!("topic `{topic}` cannot be described"));
        run.says(&format!(
            "kward acl create --allow-principal User:{user} --operation describe --topic {topic}"
        ));

        may("describe", &topic);
        let configs = "describe-configs";
        eventually("it may describe", || {
            let run = desk.run_as(&client, &plan);
            run.err.contains(&format!("--operation {configs} --topic {topic}"))
        });
        let run = desk.run_as(&client, &plan).ends(1);
        run.prints("partitions: 1 → 2")
            .prints(&format!("the configuration of topic `{topic}` cannot be read"));

        may(configs, &topic);
        eventually("it may see", || desk.run_as(&client, &plan).status == 0);
        desk.topics(&format!(
            "  {topic}: {{ partitions: 2, configs: {{ preallocate: true }} }}\n  {new}: {{}}\n"
        ));
        may("describe", &new);
        eventually("it may see the other", || desk.run_as(&client, &plan).status == 0);
        let words = ["topic", "apply", "-f", "topics.yaml", "-o", "json", "--yes"];
        let run = desk.run_as(&client, &words).ends(1);
        assert_eq!(
            told(&run),
            ["partitions failed", "preallocate failed", "topic failed"],
            "{run}"
        );
        for item in items(&run) {
            assert_eq!(item["error"]["name"], "TOPIC_AUTHORIZATION_FAILED", "{run}");
        }
        run.says(&format!("--operation alter --topic {topic}"));
        may("alter", &topic);
        may("alter-configs", &topic);
        may("create", &new);
        eventually("it may do it all", || desk.run_as(&client, &words).status == 0);
        desk.verb("plan", &["--detailed-exitcode"]).ends(0);
    });
}

#[test]
fn what_is_exported_plans_to_no_change_and_is_what_kafka_says() {
    on_each_version(|broker| {
        let desk = Desk::new(broker);
        let prefix = unique("export");
        let (one, two) = (format!("{prefix}.one"), format!("{prefix}.two"));
        let own = ["--config", "cleanup.policy=compact,delete", "--config", "retention.ms=-1"];
        let own = [&own[..], &["--config", "min.cleanable.dirty.ratio=0.25"]].concat();
        let create = ["--create", "--topic", &one, "--partitions", "5"];
        broker.admin("topics", &[&create[..], &own].concat());
        broker.admin("topics", &["--create", "--topic", &two]);
        // A throttle is there for a while only.
        let throttle = "leader.replication.throttled.replicas=*";
        desk.run(&["topic", "configure", &two, "--set", throttle, "-y"]).ends(0);

        let run = desk.run(&["topic", "export", "--prefix", &prefix]).ends(0);
        assert!(
            run.out.starts_with("# Written by kward: 2 topics.\nversion: 1\ncluster: "),
            "{run}"
        );
        desk.sandbox.write("topics.yaml", &run.out);
        let plan = desk.verb("plan", &["--detailed-exitcode", "-o", "json"]).ends(0).json();
        assert_eq!((&plan["inSync"], &plan["unchanged"]), (&true.into(), &2.into()));
        let json = desk.run(&["topic", "export", &one, &two, "-o", "json"]).ends(0).json();
        assert_eq!(json["text"], run.out);

        // Kafka's own tools say the same of each.
        for topic in [&one, &two] {
            let (_, section) = run.out.split_once(&format!("  {topic}:\n")).expect("its section");
            let section: Vec<&str> =
                section.lines().take_while(|line| line.starts_with("    ")).collect();
            let field = |line: &str| {
                let (key, value) = line.trim().split_once(": ").expect("a key");
                (key.to_owned(), value.trim_matches('"').to_owned())
            };
            let numbers = desk.numbers(topic);
            assert_eq!(field(section[0]), ("partitions".to_owned(), numbers.0));
            assert_eq!(field(section[1]), ("replication-factor".to_owned(), numbers.1));
            let written: BTreeMap<String, String> = section[3..].iter().map(|l| field(l)).collect();
            let mut own = desk.configs(topic);
            own.remove("leader.replication.throttled.replicas");
            assert_eq!(written, own, "{run}");
        }

        // And elsewhere it makes the same topics.
        let copy = run.out.replace(&prefix, &unique("copy"));
        desk.sandbox.write("topics.yaml", &copy);
        desk.verb("apply", &[]).ends(0).prints("2 created");
        desk.verb("plan", &["--detailed-exitcode"]).ends(0);
        let wrong = format!("{one}x");
        desk.run(&["topic", "export", &wrong]).ends(1).says(&format!("did you mean `{one}`?"));
    });
}

#[test]
fn another_number_of_replicas_is_what_the_reassignment_makes_it() {
    let broker = Broker::own(&Options { three_brokers: true, ..Options::default() });
    let desk = Desk::new(&broker);
    let topic = unique("moved");
    let file = |replicas: u8| {
        desk.topics(&format!("  {topic}: {{ partitions: 2, replication-factor: {replicas} }}\n"));
    };
    file(1);
    desk.verb("apply", &[]).ends(0).prints("1 created");
    // Each broker learns of it in its own time, and each command asks any of them.
    broker.caught_up("admin");
    file(3);
    let run = desk.verb("apply", &[]).ends(1);
    let (_, rest) = run.err.split_once("`kward ").expect("a command");
    let (command, _) = rest.split_once('`').expect("its end");
    desk.run(&command.split(' ').collect::<Vec<_>>()).ends(0);
    desk.run(&["reassign", "apply", "plan.json", "--yes"]).ends(0);
    broker.caught_up("admin");
    desk.verb("plan", &["--detailed-exitcode"]).ends(0);
    assert_eq!(desk.numbers(&topic).1, "3");
    let at = broker.bootstrap(Listener::SaslPlaintext);
    assert!(at.contains(','), "three brokers: {at}");
}
