//! `topic create`.

use super::{items, kward, kward_as, told_by_kafka, told_by_kward};
use crate::support::broker::{Broker, Listener, newest, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

#[test]
fn creates_what_kafka_then_describes() {
    on_each_version(|broker| {
        let (one, two) = (unique("create"), unique("create"));
        let arguments = ["topic", "create", &one, &two, "-p", "3", "--set", "retention.ms=600000"];
        let dry = kward(broker, &[&arguments[..], &["--dry-run", "-o", "json"]].concat()).ends(0);
        assert!(items(&dry).iter().all(|item| item["status"] == "planned"), "{dry}");
        let listed = broker.admin("topics", &["--list"]);
        assert!(!listed.contains(&one), "a dry run creates nothing");

        let run = kward(broker, &[&arguments[..], &["-o", "json"]].concat()).ends(0);
        for item in items(&run) {
            assert_eq!((&item["status"], &item["partitionCount"]), (&"created".into(), &3.into()));
            assert!(item["topicId"].is_string(), "{item}");
        }
        let described = || kward(broker, &["topic", "describe", &one, &two, "-o", "json"]);
        eventually("both are described", || described().status == 0);
        let mut by_kafka = String::new();
        for topic in [&one, &two] {
            by_kafka.push_str(&broker.admin("topics", &["--describe", "--topic", topic]));
        }
        assert_eq!(told_by_kward(&described()), told_by_kafka(&by_kafka));
        assert!(by_kafka.contains("retention.ms=600000"), "{by_kafka}");
    });
}

#[test]
fn more_replicas_in_sync_than_there_are_is_warned_of() {
    on_each_version(|broker| {
        let topic = unique("min-isr");
        let warning = |min: &str| {
            format!(
                "`min.insync.replicas` of topic `{topic}` is {min}, and a partition has 1 replica"
            )
        };
        let create = ["topic", "create", &topic, "-r", "1", "--set", "min.insync.replicas=2"];
        kward(broker, &[&create[..], &["--dry-run"]].concat()).ends(0).says(&warning("2"));
        kward(broker, &create).ends(0).says(&warning("2")).says("`acks=all` are refused");
        let configure = |min: &str| {
            let pair = format!("min.insync.replicas={min}");
            kward(broker, &["topic", "configure", &topic, "--set", &pair]).ends(0)
        };
        configure("3").says(&warning("3"));
        let well = configure("1");
        assert!(!well.err.contains("acks=all"), "{well}");
        let plain = kward(broker, &["topic", "create", &unique("plain"), "-p", "1"]).ends(0);
        assert!(!plain.err.contains("acks=all"), "{plain}");
    });
}

#[test]
fn numbers_below_zero_are_refused_as_numbers() {
    let broker = Broker::shared(&newest());
    for words in [
        &["topic", "create", "x", "-p", "-1"][..],
        &["topic", "create", "x", "--replication-factor", "-2"],
        &["topic", "add-partitions", "x", "--total", "-1"],
        &["transaction", "abort", "--topic", "x", "--partition", "-1", "--producer-id", "1"],
    ] {
        let run = kward(&broker, words).ends(2);
        assert!(run.err.contains("is not in "), "{run}");
        assert!(!run.err.contains("-- -"), "no tip that leads astray: {run}");
    }
}

#[test]
fn a_topic_that_exists_is_compared_with_what_was_asked() {
    on_each_version(|broker| {
        let topic = unique("exists");
        broker.create_topic(&topic);
        let asked = ["topic", "create", &topic, "-p", "4", "--set", "retention.ms=1", "-o", "json"];
        let run = kward(broker, &asked).ends(1);
        let item = &items(&run)[0];
        assert_eq!(item["status"], "failed");
        assert_eq!(item["error"]["name"], "TOPIC_ALREADY_EXISTS");
        let told = run.error();
        assert_eq!(told["hints"][0], "`--if-not-exists` takes an existing topic as it is");

        let run = kward(broker, &[&asked[..], &["--if-not-exists"]].concat()).ends(0);
        let item = &items(&run)[0];
        assert_eq!(item["status"], "existed");
        let differences: Vec<String> = item["differences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| format!("{} {} {}", d["what"], d["is"], d["asked"]).replace('"', ""))
            .collect();
        assert_eq!(differences, ["partitions 1 4", "retention.ms 604800000 1"]);
        let misspelt =
            ["topic", "create", &topic, "--if-not-exists", "--set", "retention.sm=1", "-o", "json"];
        kward(broker, &misspelt)
            .ends(0)
            .says("topics have no key `retention.sm`; did you mean `retention.ms`?");
        let same =
            kward(broker, &["topic", "create", &topic, "--if-not-exists", "-o", "json"]).ends(0);
        assert!(items(&same)[0].get("differences").is_none(), "nothing was asked for: {same}");
    });
}

#[test]
fn what_the_broker_refuses_is_told_for_each_and_the_others_are_made() {
    on_each_version(|broker| {
        let good = unique("good");
        let run = kward(broker, &["topic", "create", &good, "a b", "-o", "json"]).ends(1);
        let statuses: Vec<String> =
            items(&run).iter().map(|item| item["status"].as_str().unwrap().to_owned()).collect();
        assert_eq!(statuses, ["created", "failed"]);
        let summary = &run.json()["summary"];
        assert_eq!((&summary["created"], &summary["failed"]), (&1.into(), &1.into()));
        assert_eq!(run.error()["kafka"]["name"], "INVALID_TOPIC_EXCEPTION", "{run}");

        let run =
            kward(broker, &["topic", "create", &unique("rf"), "-r", "9", "--dry-run"]).ends(1);
        run.says("INVALID_REPLICATION_FACTOR");
        kward(broker, &["topic", "create", &good, &good]).ends(2).says("named twice");
        let twice =
            ["topic", "create", &good, "--set", "retention.ms=1", "--set", "retention.ms=2"];
        kward(broker, &twice).ends(2).says("`--set retention.ms=…` is given more than once");
        kward(broker, &["topic", "create", &good, "--assignment", "1:1"]).ends(2).says("twice");
        let run =
            kward(broker, &["topic", "create", &unique("k"), "--set", "retention.sm=1"]).ends(1);
        run.says("INVALID_CONFIG").says("did you mean `retention.ms`?");
    });
}

#[test]
fn who_is_not_let_in_has_changed_nothing() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let address = broker.bootstrap(Listener::SaslPlaintext);
        for more in [&[][..], &["--dry-run"]] {
            let words = ["topic", "create", &unique("nobody"), "-b", address];
            let run = Run::of(&mut sandbox.kward([&words[..], more].concat())).ends(1);
            let run = run.says("asks for SASL, and this client does not say who it is");
            assert!(!run.err.contains("outcome"), "{run}");
        }
    });
}

#[test]
fn whoever_may_not_create_learns_what_is_missing() {
    on_each_version(|broker| {
        let (topic, user) = (unique("mine"), unique("maker"));
        let client = broker.create_user(&user);
        let run = kward_as(broker, &client, &["topic", "create", &topic]).ends(1);
        let grant = format!(
            "kward acl create --allow-principal User:{user} --operation create --topic {topic}"
        );
        let run = run.says("TOPIC_AUTHORIZATION_FAILED").says("it needs CREATE").says(&grant);
        drop(run);
        // The advice is right: with it the topic can be created.
        let principal = format!("User:{user}");
        let words = ["acl", "create", "--allow-principal", &principal, "--operation", "create"];
        kward(broker, &[&words[..], &["--topic", &topic]].concat()).ends(0);
        eventually("it may", || {
            kward_as(broker, &client, &["topic", "create", &topic]).status == 0
        });
    });
}
