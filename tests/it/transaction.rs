//! `kward transaction` against real Kafka, held to what Kafka's own `kafka-transactions` says.

use std::time::Duration;

use crate::support::broker::{Authorizer, Broker, Options, versions};
use crate::support::producer::Producer;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::unique;

#[track_caller]
fn transaction(sandbox: &Sandbox, broker: &Broker, arguments: &[&str]) -> Run {
    let arguments = ["transaction"].iter().chain(arguments);
    Run::of(&mut sandbox.kward_on(broker, "admin", arguments))
}

/// A cluster whose leaders believe a producer that its transaction is known.
fn credulous() -> Broker {
    Broker::own(&Options {
        authorizer: Authorizer::PlainAdmin,
        settings: vec!["transaction.partition.verification.enable=false".to_owned()],
        ..Options::default()
    })
}

/// Producers with open transactions in partition 0, each with where that begins.
#[track_caller]
fn writers_are_those_of_kafka(
    broker: &Broker,
    sandbox: &Sandbox,
    topic: &str,
    producers: [(i64, i64); 2],
) {
    let run = |arguments: &[&str]| transaction(sandbox, broker, arguments);
    let partition = ["--topic", topic, "--partition", "0"];
    let listed = run(&[&["producers"], &partition[..], &["-o", "json"]].concat()).ends(0).json();
    let by_kafka =
        broker.admin("transactions", &[&["describe-producers"], &partition[..]].concat());
    for (id, start) in producers {
        let items = listed["items"].as_array().expect("items");
        let item = items.iter().find(|item| item["producerId"] == id).expect("the producer");
        let line = by_kafka.lines().find(|line| line.starts_with(&id.to_string()));
        let words: Vec<&str> = line.expect("the producer").split_whitespace().collect();
        assert_eq!(item["producerEpoch"].to_string(), words[1]);
        assert_eq!(item["lastSequence"].to_string(), words[3]);
        assert_eq!(item["transactionStartOffset"], start);
        assert_eq!(words[5], start.to_string());
    }
    run(&["producers", "--topic", topic, "--partition", "77"]).ends(2).says("has no partition 77");
    run(&["producers", "--topic", "no-such-topic"]).ends(1).says("no-such-topic");
    let misspelt = format!("{topic}x");
    let abort = ["abort", "--topic", &misspelt, "--partition", "0", "--start-offset", "1", "-y"];
    run(&abort).ends(1).says(&misspelt).says(&format!("did you mean `{topic}`?"));
    who_may_not_read_is_told(broker, sandbox, topic);
}

/// To see who writes to a topic takes READ on it.
#[track_caller]
fn who_may_not_read_is_told(broker: &Broker, sandbox: &Sandbox, topic: &str) {
    let grant = ["--allow-principal", "User:alice", "--operation", "describe", "--topic", topic];
    broker.kafka_acls(&[&["--add"], &grant[..]].concat());
    let alice = "alice-scram512";
    broker.everywhere(alice, "it may look", &["topic", "list", topic], |run| run.status == 0);
    let partition = ["--topic", topic, "--partition", "0"];
    for words in [&["producers"][..], &["find-hanging"], &["abort", "--start-offset", "1", "-y"]] {
        let words = [&["transaction"], words, &partition[..]].concat();
        let run = Run::of(&mut sandbox.kward_on(broker, alice, words)).ends(1);
        run.says("TOPIC_AUTHORIZATION_FAILED").says(&format!("--operation read --topic {topic}"));
    }
}

#[test]
fn what_hangs_is_found_and_aborted_and_what_lives_is_left_alone() {
    let broker = credulous();
    let sandbox = Sandbox::new();
    let (topic, live, lost) = (unique("orders"), unique("live"), unique("lost"));
    broker.create_topic(&topic);
    let hour = Duration::from_hours(1);
    let mut living = Producer::new(&broker, &live);
    living.add_partition(&topic, 0);
    let live_start = living.write(&topic, 0, hour);
    let mut losing = Producer::new(&broker, &lost);
    let lost_start = losing.write(&topic, 0, hour);
    let run = |arguments: &[&str]| transaction(&sandbox, &broker, arguments);

    // Who coordinates what, and what is under way.
    let list = run(&["list", "-o", "json"]).ends(0).json();
    assert_eq!(list["complete"], true);
    let of = |id: &str| {
        let items = list["items"].as_array().expect("items");
        items.iter().find(|item| item["transactionalId"] == id).expect("the transaction").clone()
    };
    assert_eq!(of(&live)["state"], "Ongoing");
    assert_eq!(of(&live)["producerId"], living.producer_id);
    assert_eq!(of(&lost)["state"], "Empty");
    assert_eq!(run(&["list", "--state", "Ongoing", "-o", "name"]).ends(0).out.trim(), live);
    assert_eq!(run(&["list", "--match", "lost.*", "-o", "name"]).ends(0).out.trim(), lost);
    run(&["list", "--match", "ost", "-o", "name"]).ends(0).prints("");
    run(&["list", "--older-than", "1h"]).ends(0).says("no transactions");
    run(&["find-hanging", "--broker", "9"]).ends(2).says("there is no broker 9");
    run(&["find-hanging", "--topic", &topic, "--partition", "77"])
        .ends(2)
        .says("has no partition 77");
    run(&["list", "--state", "Asleep"]).ends(2).says("know no state `Asleep`");
    let by_kafka = broker.admin("transactions", &["list"]);
    assert!(by_kafka.lines().any(|line| line.contains(&live) && line.contains("Ongoing")));

    let described = run(&["describe", &live, "-o", "json"]).ends(0).json();
    let item = &described["items"][0];
    assert_eq!(item["partitions"], serde_json::json!([{ "topic": topic, "partition": 0 }]));
    assert_eq!(item["timeoutMs"], 600_000);
    assert_eq!(item["producerEpoch"], i64::from(living.epoch));
    let by_kafka = broker.admin("transactions", &["describe", "--transactional-id", &live]);
    assert!(by_kafka.contains("600000") && by_kafka.contains(&format!("{topic}-0")), "{by_kafka}");
    let nobody = run(&["describe", "nobody"]).ends(1).says("TRANSACTIONAL_ID_NOT_FOUND");
    nobody.says("`kward transaction list`").says("none of them is there");

    writers_are_those_of_kafka(
        &broker,
        &sandbox,
        &topic,
        [(living.producer_id, live_start), (losing.producer_id, lost_start)],
    );

    // Both are open, and old; one of them nobody will end.
    let hanging = run(&["find-hanging", "-o", "json"]).ends(3).json();
    let items = hanging["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{hanging}");
    assert_eq!(items[0]["startOffset"], lost_start);
    assert_eq!(items[0]["producerId"], losing.producer_id);
    assert_eq!(items[0]["transactionalId"], lost);
    let leader = ["--broker-id", "1", "--max-transaction-timeout", "15"];
    let by_kafka = broker.admin("transactions", &[&["find-hanging"], &leader[..]].concat());
    assert!(
        by_kafka.lines().any(|line| {
            line.contains(&topic) && line.contains(&losing.producer_id.to_string())
        })
    );
    assert!(!by_kafka.contains(&live), "{by_kafka}");
    run(&["find-hanging", "--max-transaction-timeout", "2h"]).ends(0);
    run(&["find-hanging", "--topic", "no-such-topic"]).ends(1).says("no-such-topic");

    let at = |offset: i64| offset.to_string();
    let abort = ["abort", "--topic", &topic, "--partition", "0", "--start-offset"];
    let (lost_at, live_at) = (at(lost_start), at(live_start));
    run(&[&abort[..], &[&live_at, "-y"]].concat()).ends(4).says("does not hang").says(&live);
    run(&[&abort[..], &["77", "-y"]].concat()).ends(1).says("begins at offset 77").says(&lost_at);
    run(&[&abort[..], &[&lost_at]].concat()).ends(4).says("from offset").says("`--yes`");
    let dry = run(&[&abort[..], &[&lost_at, "--dry-run", "-o", "json"]].concat()).ends(0).json();
    assert_eq!(dry["items"][0]["status"], "planned");
    run(&["find-hanging"]).ends(3);

    let done = run(&[&abort[..], &[&lost_at, "-y", "-o", "json"]].concat()).ends(0).json();
    assert_eq!(done["items"][0]["status"], "altered");
    run(&["find-hanging"]).ends(0).says("no hanging transactions");
    let partition = ["--topic", &topic, "--partition", "0"];
    let by_kafka =
        broker.admin("transactions", &[&["describe-producers"], &partition[..]].concat());
    let words = by_kafka.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let id = losing.producer_id.to_string();
    let line = words.into_iter().find(|words| words.first() == Some(&id.as_str()));
    assert!(line.is_some_and(|words| words.last() == Some(&"None")), "{by_kafka}");

    // By producer, and alive, when somebody insists.
    let producer = living.producer_id.to_string();
    let by_producer = ["abort", "--topic", &topic, "--partition", "0", "--producer-id", &producer];
    run(&[&by_producer[..], &["-y"]].concat()).ends(4);
    run(&[&by_producer[..], &["-y", "--allow-live"]].concat()).ends(0).prints("1 altered");

    // Who may not.
    let as_alice =
        |arguments: &[&str]| Run::of(&mut sandbox.kward_on(&broker, "alice-scram512", arguments));
    as_alice(&["transaction", "list"]).ends(0).says("may not DESCRIBE");
    as_alice(&["transaction", "describe", &live])
        .ends(1)
        .says("TRANSACTIONAL_ID_AUTHORIZATION_FAILED")
        .says(&format!("--operation describe --transactional-id {live}"));
    as_alice(&["transaction", "find-hanging", "--topic", &topic]).ends(1);
    as_alice(&["transaction", "producers", "--topic", &topic]).ends(1);
}

/// Whoever has left without ending what it began leaves it to its coordinator, for as long as its timeout is.
#[test]
fn what_a_producer_has_left_open_is_ended_by_its_id() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        let broker = Broker::own(&Options {
            version: Some(version),
            authorizer: Authorizer::PlainAdmin,
            ..Options::default()
        });
        let sandbox = Sandbox::new();
        let (topic, open, idle) = (unique("orders"), unique("open"), unique("idle"));
        broker.create_topic(&topic);
        let mut left = Producer::new(&broker, &open);
        left.add_partition(&topic, 0);
        let other = Producer::new(&broker, &idle);
        let run = |arguments: &[&str]| transaction(&sandbox, &broker, arguments);
        let told = |run: &Run| -> Vec<String> {
            let json = run.json();
            let items = json["items"].as_array().expect("items");
            items.iter().map(|item| item["status"].as_str().unwrap().to_owned()).collect()
        };
        let both = ["terminate", &open, &idle];
        run(&both).ends(4).says(&format!("{topic}-0")).says("there is no terminal to ask on");
        let dry = run(&[&both[..], &["--dry-run", "-o", "json"]].concat()).ends(0);
        // In the order of their names.
        assert_eq!(told(&dry), ["unchanged", "planned"]);
        let state = |id: &str| {
            let described = run(&["describe", id, "-o", "json"]).ends(0).json();
            (described["items"][0]["state"].clone(), described["items"][0]["producerEpoch"].clone())
        };
        assert_eq!(state(&open).0, "Ongoing");
        let done = run(&[&both[..], &["-y", "-o", "json"]].concat()).ends(0);
        assert_eq!(told(&done), ["unchanged", "altered"]);
        let by_kafka = broker.admin("transactions", &["list"]);
        let line = by_kafka.lines().find(|line| line.contains(&open)).expect("the transaction");
        assert!(!line.contains("Ongoing"), "{line}");
        assert_ne!(state(&open).1, i64::from(left.epoch), "whoever uses it is fenced");
        assert_eq!(state(&idle).1, i64::from(other.epoch), "and nobody else");
        let again = run(&["terminate", &open, "-y", "-o", "json"]).ends(0);
        assert_eq!(told(&again), ["unchanged"]);
        let nobody = run(&["terminate", "nobody", "-y"]).ends(1);
        nobody.says("TRANSACTIONAL_ID_NOT_FOUND").says("`kward transaction list`");
        let as_alice = ["transaction", "terminate", &open, "-y"];
        Run::of(&mut sandbox.kward_on(&broker, "alice-scram512", as_alice))
            .ends(1)
            .says(&format!("--operation write --transactional-id {open}"));
    }
}
