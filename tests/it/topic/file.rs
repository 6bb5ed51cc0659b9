//! `topic plan`, `apply` and `export`: topics of a file.

use std::collections::BTreeMap;
use std::fs;

use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::{
    ApiKey, CreateTopicsRequest, CreateTopicsResponse, DescribeConfigsResponse, TopicName,
};
use serde_json::Value;

use super::{items, texts};
use crate::support::alone::alone;
use crate::support::broker::{Broker, Listener, Options, newest, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, text};
use crate::support::transcript::transcript;
use crate::support::{eventually, unique};

/// A folder with files, and who talks to the broker from there.
struct Desk<'a> {
    broker: &'a Broker,
    sandbox: Sandbox,
}

impl<'a> Desk<'a> {
    fn new(broker: &'a Broker) -> Self {
        Self { broker, sandbox: Sandbox::new() }
    }

    /// Writes `topics.yaml`: what stands below `topics:`.
    fn topics(&self, body: &str) {
        self.sandbox.write("topics.yaml", &format!("version: 1\ntopics:\n{body}"));
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> Run {
        self.run_as("admin", words)
    }

    #[track_caller]
    fn run_as(&self, client: &str, words: &[&str]) -> Run {
        Run::of(&mut self.sandbox.kward_on(self.broker, client, words))
    }

    /// `topic VERB -f topics.yaml …`
    #[track_caller]
    fn verb(&self, verb: &str, more: &[&str]) -> Run {
        self.run(&[&["topic", verb, "-f", "topics.yaml"], more].concat())
    }

    /// What `kafka-topics` says of a topic: how many partitions and replicas.
    fn numbers(&self, topic: &str) -> (String, String) {
        let told = self.broker.admin("topics", &["--describe", "--topic", topic]);
        let field = |name: &str| {
            let rest = told.split(&format!("{name}: ")).nth(1).unwrap_or_default();
            rest.split_whitespace().next().unwrap_or_default().to_owned()
        };
        (field("PartitionCount"), field("ReplicationFactor"))
    }

    /// What `kafka-configs` says that the topic sets itself.
    fn configs(&self, topic: &str) -> BTreeMap<String, String> {
        let words = ["--describe", "--entity-type", "topics", "--entity-name", topic];
        let told = self.broker.admin("configs", &words);
        let pair = |line: &str| {
            let (pair, _) = line.trim().split_once(" sensitive=")?;
            let (key, value) = pair.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        };
        told.lines().filter_map(pair).collect()
    }

    fn is_there(&self, topic: &str) -> bool {
        self.broker.admin("topics", &["--list"]).lines().any(|line| line == topic)
    }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What each item is about and what became of it: `partitions altered`.
fn told(run: &Run) -> Vec<String> {
    let word = |item: &Value| {
        let what = item["key"].as_str().or(item["what"].as_str()).unwrap_or_default();
        format!("{what} {}", item["status"].as_str().unwrap_or_default())
    };
    items(run).iter().map(word).collect()
}

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
fn files_folders_and_standard_input_are_one_wish() {
    let broker = Broker::shared(&newest());
    let desk = Desk::new(&broker);
    let (one, two, three) = (unique("one"), unique("two"), unique("three"));
    let file =
        |topic: &str| format!("version: 1\ntopics: {{ {topic}: {{ partitions: ${{n:-1}} }} }}\n");
    desk.sandbox.write("topics/a.yaml", &file(&one));
    desk.sandbox.write("topics/deep/b.yml", &file(&two));
    let words = ["topic", "apply", "-f", "topics", "-f", "-", "--var", "n=2", "-o", "name"];
    let mut command = desk.sandbox.kward_on(&broker, "admin", words);
    let run = Run::of(command.write_stdin(file(&three))).ends(0);
    assert_eq!(run.out, format!("{one}\n{two}\n{three}\n"), "{run}");
    for topic in [&one, &two, &three] {
        assert_eq!(desk.numbers(topic).0, "2");
    }
    // The same topic in two files.
    desk.sandbox.write("topics/c.yaml", &file(&one));
    let run = desk.run(&["topic", "plan", "-f", "topics"]).ends(2);
    run.says("topics/c.yaml:2:")
        .says(&format!("the topic `{one}` is described twice, first at topics/a.yaml:2"));
    // A file for another cluster.
    desk.sandbox.write("other.yaml", &format!("cluster: other\n{}", file(&one)));
    let run = desk.run(&["topic", "apply", "-f", "other.yaml", "--var", "n=2"]).ends(4);
    run.says("the files are for the cluster `other`").says("`cluster:` at other.yaml:1");
}

/// Nothing is asked of a cluster: there is none.
#[test]
fn wrong_files_are_told_with_their_places() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "topics.yaml",
        "version: 1
topics:
  orders:
    partitons: 12
    replication-factor: \"3\"
    retention.ms: 1000
  or ders: {}
  audit:
  big: { partitions: 3000000000, configs: { cleanup.policy: } }
",
    );
    sandbox.write("more/a.yaml", "version: 1\ntopics: { a: { partitions: ${m} } }\n");
    sandbox.write("more/b.yaml", "topics: { a: {}, b: { partitions: 2 } }\nrules: []\n");
    sandbox.write("list.json", "{\"apiVersion\": \"kward/v1\", \"kind\": \"TopicList\"}\n");
    fs::create_dir(sandbox.path().join("empty")).expect("a folder");
    let mut all = String::new();
    for line in [
        "topic plan -f topics.yaml",
        "topic apply -f more --var n=1",
        "topic plan -f list.json",
        "topic plan -f absent.yaml",
        "topic plan -f empty",
        "topic plan",
        "topic export --prefix x orders",
    ] {
        all.push_str(&transcript(&sandbox, line, &["-b", "127.0.0.1:1"]));
        all.push('\n');
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("errors_topic_file", all));
}

#[test]
fn contexts_hold_a_writer_back() {
    let broker = Broker::shared(&newest());
    let desk = Desk::new(&broker);
    let topic = unique("held");
    desk.topics(&format!("  {topic}: {{}}\n"));
    let context = |line: &str| {
        let properties = fs::read_to_string(broker.client("admin")).expect("the client's");
        desk.sandbox.write("client.properties", &properties);
        let table = format!(
            "[contexts.it]\nbootstrap-servers = \"{}\"\n{line}\n",
            broker.bootstrap_of("admin")
        );
        desk.sandbox.write(".config/kward/config.toml", &table);
    };
    let apply = |more: &[&str]| {
        let words = ["-c", "it", "--command-config", "client.properties", "topic", "apply", "-f"];
        Run::of(&mut desk.sandbox.kward([&words[..], &["topics.yaml"], more].concat()))
    };
    context("read-only = true");
    apply(&["--yes"]).ends(4).says("the context `it` is read-only");
    apply(&["--dry-run"]).ends(0);
    context("protected = true");
    apply(&["--yes"]).ends(4).says("the context `it` is protected");
    assert!(!desk.is_there(&topic));
    apply(&["--confirm-context", "it"]).ends(0).prints("1 created");
}

#[test]
fn all_of_a_kind_goes_in_one_request() {
    let broker = Broker::shared(&newest());
    let desk = Desk::new(&broker);
    let names: Vec<String> = (0..40).map(|_| unique("many")).collect();
    let body = |partitions: usize| {
        let one = |name: &String| {
            format!(
                "  {name}: {{ partitions: {partitions}, configs: {{ retention.ms: {partitions}00000 }} }}\n"
            )
        };
        desk.topics(&names.iter().map(one).collect::<String>());
    };
    let asked = |run: &Run, request: &str| {
        let sign = format!(" {request} v");
        run.err.lines().filter(|line| line.contains(&sign)).count()
    };
    body(1);
    let run = desk.verb("apply", &["-v"]).ends(0).prints("40 created");
    assert_eq!(asked(&run, "CreateTopics"), 2, "the check and the doing: {run}");
    body(2);
    let plan = desk.verb("plan", &["-v"]).ends(0);
    assert_eq!((asked(&plan, "Metadata"), asked(&plan, "DescribeConfigs")), (1, 1), "{plan}");
    let run = desk.verb("apply", &["-v", "--yes"]).ends(0).prints("80 altered");
    assert_eq!(asked(&run, "CreatePartitions"), 2, "{run}");
    assert_eq!(asked(&run, "IncrementalAlterConfigs"), 2, "{run}");
    let idle = desk.verb("apply", &["-v"]).ends(0).prints("nothing to do");
    for write in ["CreateTopics", "CreatePartitions", "IncrementalAlterConfigs"] {
        assert_eq!(asked(&idle, write), 0, "{idle}");
    }
}

#[test]
fn an_answer_that_never_came_leaves_the_outcome_open() {
    let answer = |request: &Request| match request.key {
        ApiKey::CreateTopics if request.decode::<CreateTopicsRequest>().validate_only => {
            let fine = CreatableTopicResult::default().with_name(TopicName(text("new")));
            request.answer(&CreateTopicsResponse::default().with_topics(vec![fine]))
        }
        ApiKey::DescribeConfigs => request.answer(&DescribeConfigsResponse::default()),
        _ => Reply::Close,
    };
    let absent = kafka_protocol::messages::metadata_response::MetadataResponseTopic::default()
        .with_name(Some(TopicName(text("new"))))
        .with_error_code(3);
    let broker = alone(vec![absent], answer);
    let sandbox = Sandbox::new();
    sandbox.write("topics.yaml", "version: 1\ntopics: { new: { partitions: 2 } }\n");
    let address = broker.address.to_string();
    let words = ["topic", "apply", "-f", "topics.yaml", "-b", &address, "-o", "json"];
    let run = Run::of(&mut sandbox.kward(words)).ends(5);
    assert_eq!(told(&run), ["topic unknown"], "{run}");
    run.says("running it again is safe");
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
    file(3);
    let run = desk.verb("apply", &[]).ends(1);
    let (_, rest) = run.err.split_once("`kward ").expect("a command");
    let (command, _) = rest.split_once('`').expect("its end");
    desk.run(&command.split(' ').collect::<Vec<_>>()).ends(0);
    desk.run(&["reassign", "apply", "plan.json", "--yes"]).ends(0);
    desk.verb("plan", &["--detailed-exitcode"]).ends(0);
    assert_eq!(desk.numbers(&topic).1, "3");
    let at = broker.bootstrap(Listener::SaslPlaintext);
    assert!(at.contains(','), "three brokers: {at}");
}
