//! `config set --unset-all`, generated names, and what is asked about what is kept of records.

use crate::support::broker::{Broker, Options, on_each_version, versions};
use crate::support::run::Run;
use crate::support::{eventually, unique};
use crate::topic::{asked, items, kward};

fn by_kafka(broker: &Broker, kind: &str, name: &str) -> String {
    broker.admin("configs", &["--describe", "--entity-type", kind, "--entity-name", name])
}

fn set(broker: &Broker, arguments: &[&str]) -> Run {
    kward(broker, &[&["config", "set", "-o", "json"], arguments].concat())
}

#[test]
fn everything_that_a_topic_sets_is_taken_away_at_once() {
    on_each_version(|broker| {
        let topic = unique("bare");
        let own = ["retention.ms=900000", "cleanup.policy=compact", "max.message.bytes=2000"];
        let sets: Vec<&str> = own.iter().flat_map(|pair| ["--set", pair]).collect();
        kward(broker, &[&["topic", "create", &topic], &sets[..]].concat()).ends(0);
        let configure = |more: &[&str]| {
            kward(broker, &[&["topic", "configure", &topic, "-o", "json"], more].concat())
        };
        let asked = configure(&["--unset-all"]).ends(4);
        asked.says("900000 (topic) → 604800000").says("there is no terminal");
        let dry = items(&configure(&["--unset-all", "--dry-run"]).ends(0));
        assert_eq!(dry.len(), 3, "{dry:?}");
        assert!(dry.iter().all(|item| item["operation"] == "unset" && item["status"] == "planned"));
        // What is set stays, and everything else goes.
        let but = ["--unset-all", "--set", "max.message.bytes=2000", "--set", "segment.ms=100000"];
        let but = items(&configure(&[&but[..], &["-y"]].concat()).ends(0));
        assert_eq!(but.len(), 4, "{but:?}");
        eventually("Kafka has only that", || {
            let told = by_kafka(broker, "topics", &topic);
            told.contains("segment.ms=100000")
                && told.contains("max.message.bytes=2000")
                && !told.contains("retention.ms")
                && !told.contains("cleanup.policy")
        });
        configure(&["--unset-all", "-y"]).ends(0);
        eventually("and now nothing", || !by_kafka(broker, "topics", &topic).contains('='));
        // What slows a move down is not the topic's: it goes with the move, or by its name.
        let throttled = "leader.replication.throttled.replicas";
        configure(&["--set", &format!("{throttled}=0:1")]).ends(0);
        eventually("it is set", || by_kafka(broker, "topics", &topic).contains("=0:1"));
        assert!(items(&configure(&["--unset-all", "-y"]).ends(0)).is_empty());
        assert!(by_kafka(broker, "topics", &topic).contains("=0:1"), "it stays");
        configure(&["--unset", throttled]).ends(0);
        eventually("and now nothing", || !by_kafka(broker, "topics", &topic).contains('='));
        let again = configure(&["--unset-all"]).ends(0);
        again.clone().says(&format!("topic {topic} sets nothing itself"));
        assert!(items(&again).is_empty());
        configure(&["--unset-all", "--unset", "retention.ms"]).ends(2);
        let absent = format!("{topic}x");
        let run =
            kward(broker, &["topic", "configure", &absent, "--unset-all", "-o", "json"]).ends(1);
        assert_eq!(
            (&items(&run)[0]["key"], &items(&run)[0]["status"]),
            (&"*".into(), &"failed".into())
        );
        set(broker, &["--logger", "1", "--unset-all"]).ends(2).says("which levels were set");
    });
}

#[test]
fn a_subscription_gets_a_name_and_goes_as_a_whole() {
    on_each_version(|broker| {
        let made =
            ["--generate-name", "--set", "interval.ms=60000", "--set", "match=client_id=a.*"];
        let made = items(&set(broker, &made).ends(0));
        let name = made[0]["entityName"].as_str().unwrap().to_owned();
        assert!(name.len() == 22 && !name.starts_with('-'), "{name}");
        let listed = || broker.admin("client-metrics", &["--list"]);
        eventually("Kafka lists it", || listed().lines().any(|line| line == name));
        let described = ["config", "describe", "--client-metrics", "-o", "name"];
        let ours = || kward(broker, &described).ends(0).out;
        eventually("so do we", || ours().lines().any(|line| line == name));
        let delete = ["--client-metrics", &name, "--unset-all"];
        set(broker, &delete).ends(4).says("60000 (client metrics) → 300000");
        let gone = items(&set(broker, &[&delete[..], &["--yes"]].concat()).ends(0));
        assert_eq!(gone.len(), 2, "{gone:?}");
        eventually("it is gone", || !listed().contains(&name) && !ours().contains(&name));
        set(broker, &delete).ends(0).says("sets nothing itself");
        let both = ["--generate-name", "--client-metrics", &name, "--set", "interval.ms=60000"];
        set(broker, &both).ends(2).says("cannot be used with");
        set(broker, &["--generate-name"]).ends(2).says("no change is asked for");
    });
}

#[test]
fn a_group_is_bare_again() {
    on_each_version(|broker| {
        if broker.is_at_least("4.0") {
            let group = unique("bare");
            let pair = "consumer.session.timeout.ms=50000";
            set(broker, &["--group", &group, "--set", pair]).ends(0);
            let told = || by_kafka(broker, "groups", &group);
            eventually("the group has it", || told().contains(pair));
            set(broker, &["--group", &group, "--unset-all", "--yes"]).ends(0);
            eventually("the group is bare", || !told().contains(pair));
        }
    });
}

#[test]
fn a_broker_is_bare_again() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        // What other tests set on the shared one would go as well.
        let broker = &Broker::own(&Options { version: Some(version), ..Options::default() });
        let rate = "follower.replication.throttled.rate=5000000";
        set(broker, &["--broker", "1", "--set", rate, "--yes"]).ends(0);
        let told = || by_kafka(broker, "brokers", "1");
        eventually("the broker has it", || told().contains(rate));
        let dry = items(&set(broker, &["--broker", "1", "--unset-all", "--dry-run"]).ends(0));
        assert!(dry.iter().any(|item| item["key"] == "follower.replication.throttled.rate"));
        set(broker, &["--broker", "1", "--unset-all", "--yes"]).ends(0);
        eventually("the broker is bare", || !told().contains(rate));
    }
}

#[test]
fn a_longer_retention_of_brokers_is_no_loss() {
    on_each_version(|broker| {
        // Seven days are the default, and it stands in hours.
        for whose in [&["--broker-defaults"][..], &["--broker", "1"]] {
            for (pair, loses) in [
                ("log.retention.ms=604800001", false),
                ("log.retention.ms=604799999", true),
                ("log.retention.bytes=1000000", true),
                ("log.cleanup.policy=delete", false),
                ("log.cleanup.policy=compact", true),
            ] {
                let screen = asked(broker, &[&["config", "set"], whose, &["--set", pair]].concat());
                let told = screen.contains("Kafka deletes records that it would have kept");
                assert_eq!(told, loses, "{whose:?} {pair}: {screen}");
                assert_eq!(screen.contains("Change the configuration of brokers?"), !loses);
            }
        }
    });
}
