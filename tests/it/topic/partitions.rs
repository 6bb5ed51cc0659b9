//! `topic add-partitions` and `topic configure`.

use super::{items, kward, told_by_kafka, told_by_kward};
use crate::support::broker::on_each_version;
use crate::support::{eventually, unique};

#[test]
fn partitions_are_added_once_after_a_warning_about_keys() {
    on_each_version(|broker| {
        let topic = unique("grow");
        broker.create_topic(&topic);
        let grow = ["topic", "add-partitions", &topic, "--total", "3", "-o", "json"];
        kward(broker, &grow).ends(4).says("records with one key may go to another partition");
        let dry = kward(broker, &[&grow[..], &["--dry-run"]].concat()).ends(0);
        assert_eq!(items(&dry)[0]["status"], "planned");
        let run = kward(broker, &[&grow[..], &["--yes"]].concat()).ends(0);
        let item = &items(&run)[0];
        assert_eq!(item["status"], "altered");
        assert_eq!((&item["oldPartitionCount"], &item["partitionCount"]), (&1.into(), &3.into()));
        let described = || kward(broker, &["topic", "describe", &topic, "-o", "json"]).ends(0);
        eventually("there are three", || told_by_kward(&described()).len() == 3);
        let by_kafka = broker.admin("topics", &["--describe", "--topic", &topic]);
        assert_eq!(told_by_kward(&described()), told_by_kafka(&by_kafka));

        let again = kward(broker, &[&grow[..], &["--yes"]].concat()).ends(0);
        assert_eq!(items(&again)[0]["status"], "unchanged", "asking twice adds none");
        let less = ["topic", "add-partitions", &topic, "--total", "2", "--yes"];
        kward(broker, &less).ends(2).says("has 3 partitions, and `--total 2` is less");
        let both = ["topic", "add-partitions", &topic, "--total", "5", "--count", "2"];
        kward(broker, &both).ends(2).says("cannot be used with");
        kward(broker, &["topic", "add-partitions", &topic]).ends(2).says("--total <N>|--count <N>");
        let more = ["topic", "add-partitions", &topic, "--count", "2", "-o", "json"];
        kward(broker, &more).ends(4).says("3 → 5 partitions");
        let more = &items(&kward(broker, &[&more[..], &["--yes"]].concat()).ends(0))[0];
        assert_eq!((&more["status"], &more["partitionCount"]), (&"altered".into(), &5.into()));
        eventually("there are five", || told_by_kward(&described()).len() == 5);
        let odd = ["topic", "add-partitions", &topic, "--total", "7", "--assignment", "1", "-y"];
        kward(broker, &odd).ends(2).says("names 1 partitions");
        // Nobody is asked about what the broker would not take: a question would be refused here, with 4.
        let gone = ["topic", "add-partitions", &topic, "--total", "6", "--assignment", "99"];
        let gone = kward(broker, &gone).ends(1).says("INVALID_REPLICA_ASSIGNMENT");
        assert!(!gone.err.contains("records with one key"), "{gone}");
        // There is one from the first commit on.
        broker.produce("admin", &topic, &["one"]).expect("it may");
        broker.consume("admin", &topic, &unique("commits"), 1).expect("it may");
        let own = ["topic", "add-partitions", "__consumer_offsets", "--total", "99", "--dry-run"];
        kward(broker, &own).ends(0).says("`__consumer_offsets` is Kafka's own topic");
    });
}

#[test]
fn configuration_changes_only_what_is_named_and_shows_what_was() {
    on_each_version(|broker| {
        let topic = unique("configure");
        broker.create_topic(&topic);
        let configure = |arguments: &[&str]| {
            kward(broker, &[&["topic", "configure", &topic, "-o", "json"], arguments].concat())
        };
        configure(&["--set", "retention.ms=900000"])
            .ends(4)
            .says("604800000 (default) → 900000 (topic)");
        let dry = configure(&["--set", "retention.ms=900000", "--dry-run"]).ends(0);
        assert_eq!(items(&dry)[0]["status"], "planned");
        let set =
            configure(&["--set", "retention.ms=900000", "--set", "max.message.bytes=2000", "-y"]);
        let set = items(&set.ends(0));
        assert_eq!(set[0]["oldValue"], "604800000");
        assert_eq!(
            (&set[0]["oldSource"], &set[0]["status"]),
            (&"DEFAULT_CONFIG".into(), &"altered".into())
        );

        let append = items(&configure(&["--append", "cleanup.policy=compact", "-y"]).ends(0));
        assert_eq!(append[0]["newValue"], "delete,compact");
        let by_kafka = || {
            let entity = ["--describe", "--entity-type", "topics", "--entity-name", &topic];
            broker.admin("configs", &entity)
        };
        let expected =
            ["retention.ms=900000", "max.message.bytes=2000", "cleanup.policy=delete,compact"];
        eventually("Kafka's tool shows all three", || {
            let told = by_kafka();
            expected.iter().all(|pair| told.contains(pair))
        });

        let again = items(
            &configure(&["--set", "retention.ms=900000", "--append", "cleanup.policy=compact"])
                .ends(0),
        );
        assert!(again.iter().all(|item| item["status"] == "unchanged"), "{again:?}");
        let undo = configure(&[
            "--unset",
            "retention.ms,max.message.bytes",
            "--subtract",
            "cleanup.policy=compact",
            "-y",
        ]);
        let undo = items(&undo.ends(0));
        assert_eq!(undo.iter().filter(|item| item["status"] == "altered").count(), 3, "{undo:?}");
        eventually("nothing is left", || !by_kafka().contains("retention.ms=900000"));
    });
}

#[test]
fn keys_and_values_that_are_wrong_are_refused_before_anything_is_written() {
    on_each_version(|broker| {
        let topic = unique("wrong");
        broker.create_topic(&topic);
        let configure = |arguments: &[&str]| {
            kward(broker, &[&["topic", "configure", &topic], arguments].concat())
        };
        configure(&["--set", "retention.sm=1"]).ends(2).says("did you mean `retention.ms`?");
        configure(&["--append", "retention.ms=1"]).ends(2).says("is no list: its type is LONG");
        configure(&[]).ends(2).says("no change is asked for");
        configure(&["--set", "retention.ms"]).ends(2).says("KEY=VALUE");
        configure(&["--set", "max.message.bytes=lots", "--dry-run"])
            .ends(2)
            .says("`max.message.bytes` takes a whole number up to 2147483647, not `lots`");
        configure(&["--set", "retention.ms=7d"]).ends(2).says("write `retention.ms=604800000`");
        let run = configure(&["--set", "retention.ms=-5", "--dry-run"]).ends(1);
        run.says("INVALID_CONFIG")
            .says(&format!("cannot change key `retention.ms` of topic `{topic}`"));
        // The broker answers once for all keys; each gets what is its own.
        let both = ["--set", "cleanup.policy=compact,delete", "--set", "retention.ms=-5"];
        let run = configure(&[&both[..], &["-o", "json"]].concat()).ends(1);
        let told: Vec<_> =
            items(&run).iter().map(|i| (i["key"].clone(), i["status"].clone())).collect();
        let expected = [("cleanup.policy", "skipped"), ("retention.ms", "failed")];
        assert_eq!(told, expected.map(|(key, status)| (key.into(), status.into())));
        // No question, which would be answered for nothing.
        let run = configure(&["--set", "retention.ms=-5"]).ends(1).says("INVALID_CONFIG");
        assert!(!run.err.contains("Change `retention.ms`?"), "{run}");
        assert!(!run.err.contains("no terminal"), "{run}");
        kward(broker, &["topic", "configure", &unique("nowhere"), "--set", "retention.ms=1"])
            .ends(1)
            .says("UNKNOWN_TOPIC_OR_PARTITION");
    });
}
