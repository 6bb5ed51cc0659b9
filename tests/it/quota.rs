//! `kward quota` against real Kafka, held to what Kafka's own `kafka-configs` says.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

#[track_caller]
fn quota(sandbox: &Sandbox, broker: &Broker, arguments: &[&str]) -> Run {
    let arguments = ["quota"].iter().chain(arguments);
    Run::of(&mut sandbox.kward_on(broker, "admin", arguments))
}

/// Key, old, new and status of each item.
#[track_caller]
fn items(document: &Value) -> Vec<(String, Option<f64>, Option<f64>, String)> {
    let items = document["items"].as_array().expect("items");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .iter()
        .map(|i| (text(&i["key"]), i["old"].as_f64(), i["new"].as_f64(), text(&i["status"])))
        .collect()
}

/// `Quota configs for user-principal 'a', client-id 'b' are x=1.0, y=2.0`
fn told_by_kafka(broker: &Broker, entity: &[&str]) -> BTreeMap<String, f64> {
    let told = broker.admin("configs", &[&["--describe"], entity].concat());
    let line = told.lines().find(|line| line.starts_with("Quota configs"));
    let pairs = line.and_then(|line| line.split_once(" are ")).map_or("", |(_, pairs)| pairs);
    pairs
        .split(", ")
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.trim().parse().expect("a number")))
        .collect()
}

#[test]
fn what_is_set_is_what_kafka_says_and_the_reverse() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let (user, client) = (unique("quota"), unique("app"));
        let set = ["set", "--user", &user, "--client-id", &client];
        let rates = ["--producer-byte-rate", "1MiB", "--request-percentage", "12.5"];
        let run = quota(&sandbox, broker, &[&set[..], &rates, &["-o", "json"]].concat());
        let new = |key: &str, value| (key.to_owned(), None, Some(value), "created".to_owned());
        assert_eq!(
            items(&run.ends(0).json()),
            [new("producer_byte_rate", 1_048_576.0), new("request_percentage", 12.5)]
        );
        let entity = ["--entity-type", "users", "--entity-name", &user, "--entity-type", "clients"];
        let entity = [&entity[..], &["--entity-name", &client]].concat();
        let told = told_by_kafka(broker, &entity);
        assert_eq!(told["producer_byte_rate"], 1_048_576.0);
        assert_eq!(told["request_percentage"], 12.5);
        assert_eq!(told.len(), 2);

        // Old and new, and what is so already.
        let rates = ["--producer-byte-rate", "2097152", "--request-percentage", "12.5"];
        let run = quota(&sandbox, broker, &[&set[..], &rates, &["-o", "json"]].concat());
        let altered = items(&run.ends(0).json());
        assert_eq!(altered[0].1, Some(1_048_576.0));
        assert_eq!(altered[0].2, Some(2_097_152.0));
        assert_eq!([altered[0].3.as_str(), &altered[1].3], ["altered", "unchanged"]);
        assert_eq!(told_by_kafka(broker, &entity)["producer_byte_rate"], 2_097_152.0);

        // What Kafka's own tool sets.
        let by_kafka = ["--alter", "--add-config", "consumer_byte_rate=4096"];
        broker.admin("configs", &[&by_kafka[..], &entity].concat());
        let list = ["list", "--user", &user, "-o", "json"];
        eventually("the broker has heard of it", || {
            let listed = quota(&sandbox, broker, &list).ends(0).json();
            listed["items"][0]["quotas"]["consumer_byte_rate"] == 4096
        });
        let strict = ["list", "--strict", "--user", &user, "-o", "name"];
        assert_eq!(quota(&sandbox, broker, &strict).ends(0).out, "");

        let delete = ["delete", "--user", &user, "--client-id", &client];
        let keys = ["--key", "consumer-byte-rate,request_percentage"];
        quota(&sandbox, broker, &delete).ends(4).says("consumer_byte_rate 4096").says("`--yes`");
        let dry = quota(&sandbox, broker, &[&delete[..], &["--dry-run"]].concat());
        dry.ends(0).prints("3 would be written");
        quota(&sandbox, broker, &[&delete[..], &keys, &["-y"]].concat())
            .ends(0)
            .prints("2 deleted");
        let told = told_by_kafka(broker, &entity);
        assert_eq!(told.keys().collect::<Vec<_>>(), ["producer_byte_rate"]);
        quota(&sandbox, broker, &[&delete[..], &["-y"]].concat()).ends(0).prints("1 deleted");
        assert!(told_by_kafka(broker, &entity).is_empty());
        quota(&sandbox, broker, &[&delete[..], &["-y"]].concat()).ends(0).prints("1 not there");
        let must = [&delete[..], &["-y", "--must-exist"]].concat();
        quota(&sandbox, broker, &must).ends(1).says(&user);
    });
}

#[test]
fn addresses_and_several_at_once() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let set = ["set", "--ip", "10.9.8.7", "--ip", "::1", "--connection-creation-rate", "5"];
    quota(&sandbox, &broker, &set).ends(0).prints("2 created");
    let entity = ["--entity-type", "ips", "--entity-name", "10.9.8.7"];
    assert_eq!(told_by_kafka(&broker, &entity)["connection_creation_rate"], 5.0);
    let delete = ["delete", "--ip", "10.9.8.7", "--ip", "::1", "-y"];
    quota(&sandbox, &broker, &delete).ends(0).prints("2 deleted");
}

#[test]
fn a_dry_run_is_checked_by_the_broker() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let user = unique("quota");
    let dry = ["set", "--user", &user, "--dry-run"];
    let good = [&dry[..], &["--producer-byte-rate", "1MB"]].concat();
    quota(&sandbox, &broker, &good).ends(0).prints("1 would be written");
    let wrong = [&dry[..], &["--connection-creation-rate", "5", "-o", "json"]].concat();
    let run = quota(&sandbox, &broker, &wrong).ends(1);
    assert_eq!(run.json()["items"][0]["error"]["name"], "INVALID_REQUEST");
    let unknown = [&dry[..], &["--set", "no_such_quota=1"]].concat();
    quota(&sandbox, &broker, &unknown).ends(1).says("INVALID_REQUEST");
    quota(&sandbox, &broker, &["list", "--user", &user]).ends(0).says("no quotas");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_sent() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| quota(&sandbox, &broker, arguments).ends(2);
    run(&["set", "--user", "a"]).says("--producer-byte-rate");
    run(&["set", "--producer-byte-rate", "1"]).says("whose quotas are meant");
    run(&["set", "--user", "a", "--producer-byte-rate", "0"]).says("above 0");
    run(&["set", "--user", "a", "--ip", "10.0.0.1", "--request-percentage", "1"]).says("--ip");
    run(&["delete"]).says("whose quotas are meant");
    run(&["set", "--user", "User:ana", "--producer-byte-rate", "1"])
        .says("`User:ana` is a principal")
        .says("`--user ana`");
    run(&["delete", "--user", "a", "--key", "producer_byte_raet"])
        .says("there is no quota `producer_byte_raet`")
        .says("did you mean `producer_byte_rate`?");
    run(&["delete", "--user", "a", "--key", "banana"]).says("the quotas are producer_byte_rate, ");
    run(&["set", "--user", "a", "--producer-byte-rate", "-1"]).says("above 0");
    run(&["set", "--user", "a", "--producer-byte-rate", "6", "--set", "producer_byte_rate=5"])
        .says("`producer_byte_rate` is given more than once");
    let list = ["quota", "list", "--user", "User:ana"];
    Run::of(&mut sandbox.kward_on(&broker, "admin", list)).ends(0).says("`--user ana`");
    let as_alice = ["quota", "list"];
    Run::of(&mut sandbox.kward_on(&broker, "alice-scram512", as_alice))
        .ends(1)
        .says("not authorized to list quotas")
        .says("--operation describe-configs --cluster");
    let set = ["quota", "set", "--user", "a", "--request-percentage", "1"];
    Run::of(&mut sandbox.kward_on(&broker, "alice-scram512", set)).ends(1).says("not authorized");

    // Who may look and not set is told the ACL that helps, before anybody is asked.
    let name = unique("looker");
    let client = broker.create_user(&name);
    let grant = ["--allow-principal", &format!("User:{name}"), "--operation", "DescribeConfigs"];
    broker.kafka_acls(&[&["--add", "--cluster"], &grant[..]].concat());
    let mut set = sandbox.kward_on(&broker, &client, set);
    let run = Run::of(set.arg("--yes")).ends(1).says("CLUSTER_AUTHORIZATION_FAILED");
    run.says("it needs ALTER_CONFIGS").says("--operation alter-configs --cluster");
}
