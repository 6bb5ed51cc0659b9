//! `kward config` against real Kafka.

use serde_json::Value;

use crate::support::broker::on_each_version;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};
use crate::topic::{asked, items, kward, kward_as};

/// `key=value` of `kafka-configs --describe`, where it may be seen.
fn told_by_kafka(text: &str) -> Vec<String> {
    let pair = |line: &str| Some(line.trim().split(" sensitive=").next()?.to_owned());
    let mut pairs: Vec<String> =
        text.lines().filter(|line| line.contains(" sensitive=false ")).filter_map(pair).collect();
    pairs.sort();
    pairs
}

fn told_by_kward(configs: &Value) -> Vec<String> {
    let mut pairs: Vec<String> = configs
        .as_array()
        .expect("configs")
        .iter()
        .filter(|config| config["sensitive"] == false)
        .map(|config| {
            let value = config["value"].as_str().unwrap_or("null");
            format!("{}={value}", config["name"].as_str().unwrap())
        })
        .collect();
    pairs.sort();
    pairs
}

#[test]
fn describes_what_kafkas_own_tool_describes() {
    on_each_version(|broker| {
        let topic = unique("config");
        broker.create_topic(&topic);
        for (flags, kind, name) in
            [(["--topic", &topic], "topics", topic.as_str()), (["--broker", "1"], "brokers", "1")]
        {
            let run = kward(
                broker,
                &[&["config", "describe", "--all", "-o", "json"], &flags[..]].concat(),
            )
            .ends(0);
            let entity = ["--describe", "--all", "--entity-type", kind, "--entity-name", name];
            let by_kafka = broker.admin("configs", &entity);
            // What another test sets for a while on all brokers is of no interest here.
            let but = |mut told: Vec<String>| {
                told.retain(|pair| !pair.starts_with("log.cleaner.backoff.ms="));
                told
            };
            let by_kward = but(told_by_kward(&items(&run)[0]["configs"]));
            assert_eq!(by_kward, but(told_by_kafka(&by_kafka)), "{kind}");
        }
        let run =
            kward(broker, &["config", "describe", "--all-brokers", "--all", "-o", "json"]).ends(0);
        let configs = items(&run)[0]["configs"].as_array().unwrap().clone();
        let sensitive: Vec<&Value> = configs.iter().filter(|c| c["sensitive"] == true).collect();
        assert!(!sensitive.is_empty(), "brokers have passwords");
        assert!(sensitive.iter().all(|config| config.get("value").is_none()), "{sensitive:?}");
        assert!(!run.out.contains("-secret"), "no password is anywhere");
    });
}

#[test]
fn keys_synonyms_and_documentation_on_request() {
    on_each_version(|broker| {
        let one = ["config", "describe", "--broker", "1", "--key", "log.retention.hours"];
        let run =
            kward(broker, &[&one[..], &["--synonyms", "--docs", "-o", "json"]].concat()).ends(0);
        let config = &items(&run)[0]["configs"][0];
        assert_eq!((&config["value"], &config["type"]), (&"168".into(), &"INT".into()));
        assert_eq!(config["synonyms"][0]["source"], "DEFAULT_CONFIG");
        assert!(config["documentation"].as_str().unwrap().contains("hours"), "{config}");
        kward(broker, &one).ends(0).prints("log.retention.hours");
        let wrong = ["config", "describe", "--broker", "1", "--key", "log.retention.huors"];
        kward(broker, &wrong).ends(2).says("did you mean `log.retention.hours`?");
        let found =
            kward(broker, &["config", "describe", "--broker", "1", "--match", "ssl.key"]).ends(0);
        found.prints("(sensitive)");
        kward(broker, &["config", "describe"]).ends(2);
        kward(broker, &["config", "describe", "--topic", &unique("nowhere")])
            .ends(1)
            .says("UNKNOWN_TOPIC_OR_PARTITION");
    });
}

#[test]
fn broker_defaults_loggers_groups_and_client_metrics_are_set() {
    on_each_version(|broker| {
        let set = |arguments: &[&str]| {
            kward(broker, &[&["config", "set", "-o", "json"], arguments].concat())
        };
        let described = |flags: &[&str], key: &str| {
            let words = [&["config", "describe", "-o", "json", "--all"], flags].concat();
            let configs = items(&kward(broker, &words).ends(0))[0]["configs"].clone();
            let all = configs.as_array().unwrap().clone();
            all.iter().find(|c| c["name"] == key).map(|c| c["value"].clone())
        };
        // A logger, on the broker itself.
        let logger = ["--logger", "1"];
        set(&["--logger", "1", "--set", "kafka.no.such=DEBUG"]).ends(2).says("unknown key");
        let key = "kafka.server.KafkaApis";
        let level =
            set(&["--logger", "1", "--set", &format!("{key}=ERROR"), "--allow-unknown-keys"]);
        assert_eq!(items(&level.ends(0))[0]["status"], "altered");
        eventually("the level is set", || described(&logger, key) == Some("ERROR".into()));

        // What all brokers have in common asks first.
        let defaults = ["--broker-defaults", "--set", "log.cleaner.backoff.ms=16000"];
        set(&defaults).ends(4).says("there is no terminal");
        let dry = set(&[&defaults[..], &["--dry-run"]].concat()).ends(0);
        assert_eq!(items(&dry)[0]["status"], "planned");
        set(&[&defaults[..], &["--yes"]].concat()).ends(0);
        eventually("the default is set", || {
            described(&["--broker-defaults"], "log.cleaner.backoff.ms") == Some("16000".into())
        });
        // The keys are those of a broker: what is none, or cannot change, is refused with the nearest.
        set(&["--broker-defaults", "--set", "log.cleaner.bakcoff.ms=1", "--yes"])
            .ends(2)
            .says("did you mean `log.cleaner.backoff.ms`?");
        set(&["--broker-defaults", "--set", "log.dirs=/tmp", "--yes"])
            .ends(2)
            .says("cannot be changed while the broker runs");
        set(&["--broker-defaults", "--append", "log.cleaner.threads=1", "--yes"])
            .ends(2)
            .says("is no list");
        let back = ["--broker-defaults", "--unset", "log.cleaner.backoff.ms", "--yes"];
        assert_eq!(items(&set(&back).ends(0))[0]["oldValue"], "16000");

        // A subscription to client metrics comes into being with its first value.
        let name = unique("metrics");
        let metrics = ["--client-metrics", &name, "--set", "interval.ms=60000"];
        assert_eq!(items(&set(&metrics).ends(0))[0]["status"], "altered");
        eventually("the interval is set", || {
            described(&["--client-metrics", &name], "interval.ms") == Some("60000".into())
        });
        let more = ["--client-metrics", &name, "--append", "metrics=org.apache.kafka.consumer."];
        assert_eq!(items(&set(&more).ends(0))[0]["newValue"], "org.apache.kafka.consumer.");
        eventually("the metrics are set", || {
            described(&["--client-metrics", &name], "metrics")
                == Some("org.apache.kafka.consumer.".into())
        });
        let less = ["--client-metrics", &name, "--subtract", "metrics=org.apache.kafka.consumer."];
        assert_eq!(items(&set(&less).ends(0))[0]["operation"], "subtract");
        let unset = ["--client-metrics", &name, "--unset", "interval.ms", "--dry-run"];
        assert_eq!(items(&set(&unset).ends(0))[0]["newValue"], "300000");
        let unset = ["--logger", "1", "--unset", key, "--dry-run"];
        assert!(items(&set(&unset).ends(0))[0]["newValue"].is_string(), "the level above it");
        // It is listed as before, with the level above it.
        let run = set(&["--logger", "1", "--unset", key, "--yes"]).ends(0);
        assert!(!run.err.contains("does not show it yet"), "{run}");
        let limit = "listener.name.sasl_plaintext.max.connections=2000000000";
        let run = set(&["--broker", "1", "--set", limit, "--dry-run"]).ends(0);
        assert_eq!(items(&run)[0]["oldValue"], "2147483647", "{run}");
        let unset = ["--broker", "1", "--unset", "listener.name.x.ssl.keystore.password", "--yes"];
        assert_eq!(items(&set(&unset).ends(0))[0]["status"], "unchanged", "it was never set");
        // Keys that a broker tells only when they are set.
        let throttle = "leader.replication.throttled.rate=5000000";
        let set_throttle = set(&["--broker", "1", "--set", throttle, "--yes", "--dry-run"]).ends(0);
        assert_eq!(items(&set_throttle)[0]["newValue"], "5000000");
        let unset = ["config", "describe", "--broker-defaults", "--key", "log.cleaner.backoff.ms"];
        kward(broker, &unset).ends(0).prints("log.cleaner.backoff.ms");
        if broker.is_at_least("4.0") {
            let group = unique("group");
            let session = "consumer.session.timeout.ms";
            let pair = format!("{session}=50000");
            set(&["--group", &group, "--set", &pair]).ends(0);
            eventually("the group has it", || {
                described(&["--group", &group], session) == Some("50000".into())
            });
        }
    });
}

#[test]
fn what_has_a_configuration_of_its_own_is_found() {
    on_each_version(|broker| {
        let (metrics, group) = (unique("found"), unique("found"));
        let described = |words: &[&str]| kward(broker, &[&["config", "describe"], words].concat());
        let name_of = |item: &Value| item["entityName"].as_str().map(str::to_owned);
        let set = ["config", "set", "--client-metrics", &metrics, "--set", "interval.ms=60000"];
        kward(broker, &set).ends(0);
        eventually("the subscription is listed", || {
            let found = items(&described(&["--client-metrics", "-o", "json"]).ends(0));
            let it = found.iter().find(|item| name_of(item).as_ref() == Some(&metrics));
            it.is_some_and(|it| it["configs"][0]["value"] == "60000")
        });
        let listed = described(&["--client-metrics", "-o", "name"]).ends(0);
        let by_kafka = broker.admin("client-metrics", &["--list"]);
        assert!(by_kafka.contains(&metrics), "{by_kafka}");
        listed.prints(&format!("{metrics}\n"));
        let with_a_topic = described(&["--client-metrics", "--broker", "1", "-o", "json"]).ends(0);
        let types: Vec<Value> =
            items(&with_a_topic).iter().map(|item| item["entityType"].clone()).collect();
        assert!(types.contains(&"BROKER".into()) && types.contains(&"CLIENT_METRICS".into()));

        if broker.is_at_least("4.1") {
            let pair = "consumer.session.timeout.ms=50000";
            kward(broker, &["config", "set", "--group", &group, "--set", pair]).ends(0);
            eventually("the group is listed", || {
                described(&["--group", "-o", "name"]).ends(0).out.lines().any(|one| one == group)
            });
        } else {
            let run = described(&["--group"]).ends(1);
            run.says("cannot list which groups have a configuration").says("`--group NAME`");
        }
        // What is written to has a name.
        kward(broker, &["config", "set", "--group", "--set", "a=b"]).ends(2).says("--group <NAME>");
        let user = unique("nosy");
        let client = broker.create_user(&user);
        let run = kward_as(broker, &client, &["config", "describe", "--client-metrics"]).ends(1);
        run.says("CLUSTER_AUTHORIZATION_FAILED").says("--operation describe-configs --cluster");
    });
}

#[test]
fn what_cannot_be_set_is_said_before_anything_is_sent() {
    on_each_version(|broker| {
        let set = |arguments: &[&str]| kward(broker, &[&["config", "set"], arguments].concat());
        set(&["--broker", "1", "--set", "node.id=7", "--yes"])
            .ends(2)
            .says("cannot be changed while the broker runs");
        set(&["--broker", "1", "--set", "log.cleaner.thraeds=1", "--yes"])
            .ends(2)
            .says("did you mean `log.cleaner.threads`?");
        // A broker that is not there is one mistake, wherever it is made.
        for words in [
            &["config", "set", "--broker", "7", "--set", "log.cleaner.threads=1", "--yes"][..],
            &["config", "describe", "--broker", "7"],
            &["config", "describe", "--logger", "7"],
            &["group", "list", "--coordinator", "7"],
            &["cluster", "log-dirs", "--broker", "7"],
        ] {
            let run = kward(broker, words).ends(2);
            run.says("there is no broker 7").says("the brokers that are there are 1");
        }
        // One of several fails for itself.
        let key = "log.cleaner.backoff.ms";
        let two = ["--broker", "1", "--broker", "7", "-o", "json"];
        let run =
            set(&[&two[..], &["--set", "log.cleaner.backoff.ms=16000", "--dry-run"]].concat());
        let run = run.ends(1).says("the brokers that are there are 1");
        let told: Vec<Value> = items(&run);
        let outcome = |id: &str| {
            told.iter().find(|item| item["entityName"] == id).map(|item| item["status"].clone())
        };
        assert_eq!(outcome("7"), Some("failed".into()), "{run}");
        assert_eq!(outcome("1"), Some("planned".into()), "{run}");
        let run = kward(broker, &[&["config", "describe", "--key", key], &two[..]].concat());
        let run = run.ends(1).says("there is no broker 7");
        assert_eq!(items(&run)[0]["configs"][0]["name"], key, "{run}");
        // A name that is near is told.
        let topic = unique("near");
        broker.create_topic(&topic);
        let wrong = format!("{topic}x");
        let near = format!("did you mean `{topic}`?");
        kward(broker, &["config", "describe", "--topic", &wrong]).ends(1).says(&near);
        set(&["--topic", &wrong, "--set", "retention.ms=1", "-y"]).ends(1).says(&near);
        kward(broker, &["topic", "configure", &wrong, "--unset", "retention.ms"])
            .ends(1)
            .says(&near);
        kward(broker, &["topic", "describe", &wrong]).ends(1).says(&near);
        let user = unique("nosy");
        let client = broker.create_user(&user);
        let run = kward_as(broker, &client, &["config", "describe", "--broker", "1"]).ends(1);
        run.says("CLUSTER_AUTHORIZATION_FAILED").says("--operation describe-configs --cluster");
    });
}

#[test]
fn a_secret_is_kept_off_the_command_line_and_never_shown() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let key = "listener.name.nowhere.ssl.truststore.password";
        let set = |words: &[&str]| {
            let words = [&["config", "set", "--broker-defaults", "--yes", "--dry-run"], words];
            let words = [&words.concat()[..], &["-o", "json"]].concat();
            let mut command = sandbox.kward_on(broker, "admin", words);
            Run::of(command.env("STORE", "hunter2"))
        };
        let pair = format!("{key}=hunter2");
        let warning = format!("everyone on this machine can read `{key}=…`");
        let typed = set(&["--set", &pair]);
        assert!(typed.err.contains(&warning), "{typed}");
        assert!(typed.err.contains(&format!("--set-file {key}=FILE")), "{typed}");
        let file = sandbox.write("store.txt", "hunter2\n");
        let from_file = set(&["--set-file", &format!("{key}={}", file.display())]);
        let from_variable = set(&["--set-env", &format!("{key}=STORE")]);
        for run in [&from_file, &from_variable] {
            assert!(!run.err.contains("everyone on this machine"), "{run}");
            assert_eq!(run.out, typed.out, "the same otherwise");
        }
        for run in [&typed, &from_file, &from_variable] {
            assert!(!format!("{}{}", run.out, run.err).contains("hunter2"), "{run}");
        }
        set(&["--set-env", &format!("{key}=NOWHERE")])
            .ends(2)
            .says("the environment variable `NOWHERE`");
        set(&["--set-file", &format!("{key}=nowhere.txt")]).ends(2).says("--set-file");

        // What comes from a file is what is set, and may be a secret of another key.
        let topic = unique("from-file");
        broker.create_topic(&topic);
        let value = sandbox.write("retention.txt", "86400000\n");
        let from = format!("retention.ms={}", value.display());
        let configure = ["topic", "configure", &topic, "--set-file", &from, "--yes", "-o", "json"];
        let run = Run::of(&mut sandbox.kward_on(broker, "admin", configure));
        let run = run.ends(0);
        assert!(items(&run)[0]["newValue"].is_null() && !run.err.contains("86400000"), "{run}");
        eventually("Kafka has it", || {
            let entity = ["--entity-type", "topics", "--entity-name", &topic];
            let told = broker.admin("configs", &[&["--describe"], &entity[..]].concat());
            told.contains("retention.ms=86400000")
        });
    });
}

#[test]
fn values_come_out_of_a_file_and_mistakes_are_told_with_their_line() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let (topic, made) = (unique("set-from"), unique("set-from"));
        broker.create_topic(&topic);
        let run = |words: &[&str]| Run::of(&mut sandbox.kward_on(broker, "admin", words));
        let configure = |file: &str, more: &[&str]| {
            let words = ["topic", "configure", &topic, "--yes", "-o", "json", "--set-from", file];
            run(&[&words[..], more].concat())
        };
        let text =
            "# kept for a day\nretention.ms = 86400000\n\ncleanup.policy=compact,\\\n  delete\n";
        let file = sandbox.write("topic.properties", text);
        let file = file.to_str().unwrap();
        let told = items(&configure(file, &["--set", "segment.ms=100000"]).ends(0));
        assert_eq!(told.len(), 3, "{told:?}");
        let create = ["topic", "create", &made, "--set-from", file];
        run(&create).ends(0);
        for name in [&topic, &made] {
            eventually("Kafka has it", || {
                let entity = ["--entity-type", "topics", "--entity-name", name.as_str()];
                let told = broker.admin("configs", &[&["--describe"], &entity[..]].concat());
                told.contains("retention.ms=86400000")
                    && told.contains("cleanup.policy=compact,delete")
            });
        }
        let words = ["config", "set", "--broker-defaults", "--set-from", "-", "-o", "json"];
        let words = [&words[..], &["--dry-run"]].concat();
        let mut piped = sandbox.kward_on(broker, "admin", words);
        let piped = Run::of(piped.write_stdin("log.cleaner.backoff.ms=16000\n")).ends(0);
        assert_eq!(items(&piped)[0]["newValue"], "16000");

        for (text, told) in [
            ("retention.ms=1\nretention.sm=1\n", "wrong.properties:2: topic"),
            (
                "retention.ms=1\nretention.ms=2\n",
                "wrong.properties:2: `retention.ms` is set already",
            ),
            ("retention.ms=\\u12\n", "wrong.properties:1: "),
            ("# nothing\n", "sets nothing"),
        ] {
            let wrong = sandbox.write("wrong.properties", text);
            configure(wrong.to_str().unwrap(), &[]).ends(2).says(told);
        }
        configure(file, &["--unset", "retention.ms"]).ends(2).says("named more than once");
        configure("nowhere.properties", &[])
            .ends(2)
            .says("`nowhere.properties`, named by `--set-from`");
        // What only the broker knows to be wrong has its place, too.
        let wrong = sandbox.write("wrong.properties", "retention.ms=1\nretention.sm=1\n");
        let create = ["topic", "create", &unique("set-from"), "--set-from"];
        let create = [&create[..], &[wrong.to_str().unwrap()]].concat();
        run(&create).ends(2).says("wrong.properties:2").says("did you mean `retention.ms`?");
        run(&[&create[..], &["--set", "retention.ms=3"]].concat())
            .ends(2)
            .says("wrong.properties:1: `--set");
    });
}

#[test]
fn an_unclean_leader_is_asked_about() {
    on_each_version(|broker| {
        let (topic, made) = (unique("unclean"), unique("unclean"));
        broker.create_topic(&topic);
        let unclean = ["--set", "unclean.leader.election.enable=true"];
        for words in [["topic", "create", &made], ["topic", "configure", &topic]] {
            let screen = asked(broker, &[&words[..], &unclean].concat());
            assert!(screen.contains("Let replicas lead that are not in sync"), "{screen}");
            kward(broker, &[&words[..], &unclean, &["-y"]].concat()).ends(0);
        }
        let listed = || broker.admin("topics", &["--describe", "--topic", &made]);
        eventually("Kafka has it", || listed().contains("unclean.leader.election.enable=true"));
    });
}

#[test]
fn what_stands_behind_a_topics_times_is_told_as_it_will_hold() {
    on_each_version(|broker| {
        let topic = unique("behind");
        broker.create_topic(&topic);
        let configure = |arguments: &[&str]| {
            let words = [&["topic", "configure", &topic], arguments, &["--yes", "-o", "json"]];
            items(&kward(broker, &words.concat()).ends(0))
        };
        let holds = |key: &str| {
            let words = ["config", "describe", "--topic", &topic, "--key", key, "-o", "json"];
            items(&kward(broker, &words).ends(0))[0]["configs"][0]["value"].clone()
        };
        configure(&["--set", "retention.ms=1000", "--set", "segment.ms=100000"]);
        eventually("they are set", || holds("segment.ms") == "100000");
        // Brokers say both in hours by default, and a topic does not tell them.
        let unset = ["--unset", "retention.ms", "--unset", "segment.ms"];
        let told: Vec<Value> = configure(&[&unset[..], &["--dry-run"]].concat())
            .iter()
            .map(|item| item["newValue"].clone())
            .collect();
        configure(&unset);
        eventually("they hold again", || holds("segment.ms") != "100000");
        assert_eq!(told, [holds("retention.ms"), holds("segment.ms")]);
    });
}

/// Brokers parse what is set, and show what they have understood.
#[test]
fn a_value_in_another_spelling_is_the_same_value() {
    on_each_version(|broker| {
        let topic = unique("spelt");
        broker.create_topic(&topic);
        let words = ["topic", "configure", &topic, "--yes", "-o", "json"];
        let spelt =
            ["compression.type=zstd ", "min.cleanable.dirty.ratio=25e-2", "segment.ms=099999"];
        let sets: Vec<&str> = spelt.iter().flat_map(|pair| ["--set", pair]).collect();
        let configure = || kward(broker, &[&words[..], &sets].concat()).ends(0);
        let first = configure();
        assert!(!first.err.contains("does not show it yet"), "{first}");
        let told = |run: &Run, field: &str| -> Vec<Value> {
            items(run).iter().map(|item| item[field].clone()).collect()
        };
        assert_eq!(told(&first, "status"), ["altered"; 3]);
        assert_eq!(told(&first, "newValue"), ["zstd", "0.25", "99999"]);
        assert_eq!(told(&configure(), "status"), ["unchanged"; 3]);
        let by_kafka = broker
            .admin("configs", &["--describe", "--entity-type", "topics", "--entity-name", &topic]);
        for shown in
            ["compression.type=zstd ", "min.cleanable.dirty.ratio=0.25 ", "segment.ms=99999 "]
        {
            assert!(by_kafka.contains(shown), "{by_kafka}");
        }
    });
}

/// What one command has set, the next one finds: also where a broker lists only what is set.
#[test]
fn what_was_set_just_now_can_be_unset() {
    on_each_version(|broker| {
        let subscription = unique("subscription");
        let secret = "listener.name.here.ssl.keystore.password";
        let metrics: &[&str] = &["--client-metrics", &subscription];
        let sandbox = Sandbox::new();
        let file = sandbox.write("secret", "hidden");
        let from_file = format!("{secret}={}", file.display());
        let of_broker: &[&str] = &["--broker", "1", "--allow-unknown-keys", "--yes"];
        for round in 0..4 {
            for (whose, set, key) in [
                (metrics, ["--set", "interval.ms=5000"], "interval.ms"),
                (of_broker, ["--set-file", &from_file], secret),
            ] {
                let config = |change: &[&str]| {
                    let words = [&["config", "set", "-o", "json"], whose, change].concat();
                    let run = kward(broker, &words).ends(0);
                    items(&run)[0]["status"].as_str().expect("a status").to_owned()
                };
                assert_eq!(config(&set), "altered", "{key} in round {round}");
                assert_eq!(config(&["--unset", key]), "altered", "{key} in round {round}");
            }
        }
    });
}
