//! `topic offsets`.

use kafka_protocol::messages::{ApiKey, ListOffsetsResponse};
use serde_json::Value;

use super::{items, kward, kward_as};
use crate::support::alone::{alone_offering, topic};
use crate::support::broker::{Broker, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::Reply;
use crate::support::{eventually, unique};

/// `topic:partition:offset`, as `kafka-get-offsets` prints it.
fn lines(run: &Run, field: &str) -> Vec<String> {
    let line = |item: &Value| {
        let offset = item[field].as_i64()?;
        Some(format!("{}:{}:{offset}", item["topic"].as_str()?, item["partition"]))
    };
    items(run).iter().filter_map(line).collect()
}

#[track_caller]
fn offsets(broker: &Broker, arguments: &[&str]) -> Run {
    kward(broker, &[&["topic", "offsets", "-o", "json"], arguments].concat()).ends(0)
}

#[test]
fn offsets_are_those_of_kafkas_own_tool() {
    on_each_version(|broker| {
        let topic = unique("offsets");
        kward(broker, &["topic", "create", &topic, "--partitions", "3"]).ends(0);
        let records: Vec<String> = (0..60).map(|number| format!("record {number}")).collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        broker.produce("admin", &topic, &records).expect("a super user may write");
        let newest = offsets(broker, &[&topic, "--at", "max-timestamp"]);
        let newest = items(&newest);
        let newest = newest.iter().find(|item| item["offset"].is_i64()).expect("a record");
        let partition = newest["partition"].to_string();
        let trim = ["topic", "trim", &topic, "--to-offset", "1", "--partition", &partition, "-y"];
        kward(broker, &trim).ends(0);
        let time: jiff::Timestamp = newest["timestamp"].as_str().unwrap().parse().unwrap();
        let millis = time.as_millisecond().to_string();
        let time = time.to_string();
        for (at, by_kafka) in [
            ("earliest", "earliest"),
            ("latest", "latest"),
            ("max-timestamp", "max-timestamp"),
            ("earliest-local", "earliest-local"),
            ("latest-tiered", "latest-tiered"),
            (&*time, &*millis),
        ] {
            let told = broker.admin("get-offsets", &["--topic", &topic, "--time", by_kafka]);
            let told: Vec<&str> = told.lines().collect();
            assert_eq!(lines(&offsets(broker, &[&topic, "--at", at]), "offset"), told, "{at}");
        }
        // Without it both ends, and what lies between them.
        let both = offsets(broker, &[&topic]);
        for (field, time) in [("logStartOffset", "earliest"), ("logEndOffset", "latest")] {
            let told = broker.admin("get-offsets", &["--topic", &topic, "--time", time]);
            assert_eq!(lines(&both, field), told.lines().collect::<Vec<_>>());
        }
        let both = both.json();
        assert_eq!(
            (&both["total"]["partitions"], &both["total"]["records"]),
            (&3.into(), &59.into())
        );
        assert_eq!(both["totals"][0]["records"], 59);
        let sum = offsets(broker, &[&topic, "--at", "latest"]).json();
        assert_eq!(sum["total"]["offsetSum"], 60);
        let table = kward(broker, &["topic", "offsets", &topic]).ends(0);
        table.prints(&format!("{topic}: 3 partitions, 59 records")).prints("RECORDS");
        // A day ago there was none of them; in a day there will be none as young.
        let (old, none) = (offsets(broker, &[&topic, "--at", "1d"]), "2100-01-01T00:00:00Z");
        let starts = broker.admin("get-offsets", &["--topic", &topic, "--time", "earliest"]);
        assert_eq!(
            lines(&old, "offset").iter().filter(|line| starts.contains(*line)).count(),
            lines(&old, "offset").len()
        );
        assert!(lines(&offsets(broker, &[&topic, "--at", none]), "offset").is_empty());
        kward(broker, &["topic", "offsets", &topic, "--at", "-1"]).ends(2);
        kward(broker, &["topic", "offsets", &topic, "--at", "newest"]).ends(2).says("wanted is");
    });
}

#[test]
fn which_are_meant_and_which_are_not_there() {
    on_each_version(|broker| {
        let prefix = unique("which");
        let [one, three] = [("1", 1), ("3", 3)].map(|(end, partitions)| {
            let name = format!("{prefix}.{end}");
            let count = i32::to_string(&partitions);
            kward(broker, &["topic", "create", &name, "--partitions", &count]).ends(0);
            name
        });
        let told = |arguments: &[&str]| lines(&offsets(broker, arguments), "logEndOffset");
        let all = [
            format!("{one}:0:0"),
            format!("{three}:0:0"),
            format!("{three}:1:0"),
            format!("{three}:2:0"),
        ];
        assert_eq!(told(&["--prefix", &prefix]), all);
        assert_eq!(told(&["--match", &format!("{prefix}.[13]")]), all);
        assert_eq!(
            told(&["--prefix", &prefix, "--partition", "0,2"]),
            [&*all[0], &all[1], &all[3]]
        );
        let whole = kward(broker, &["topic", "offsets", "-o", "name"]).ends(0);
        assert!(
            whole.out.lines().any(|line| line == three) && !whole.out.contains("__"),
            "{whole}"
        );
        let ends = |arguments: &[&str], status: i32| {
            kward(broker, &[&["topic", "offsets", "-o", "json"], arguments].concat()).ends(status)
        };
        let none = ends(&["--prefix", &format!("{prefix}x")], 0).says("no topic matches");
        assert!(items(&none).is_empty());
        let none = ends(&["--prefix", &prefix, "--partition", "9"], 0);
        assert!(items(&none.says("no topic has such a partition")).is_empty());
        let text = format!("topic `{one}` has no partition 2: it has 1 partition");
        let lost = ends(&[&one, &three, "--partition", "2"], 2).says(&text);
        assert_eq!(lines(&lost, "logEndOffset"), [&*all[3]], "what is there is told");
        let lost = ends(&[&one, &format!("{three}x")], 1).says(&format!("did you mean `{three}`?"));
        assert_eq!(lines(&lost, "logEndOffset"), [&*all[0]]);

        let user = broker.create_user(&unique("blind"));
        let principal = format!("User:{}", user.trim_end_matches("-scram512"));
        eventually("it is not let see the topic", || {
            let run = kward_as(broker, &user, &["topic", "offsets", &one]);
            run.err.contains("TOPIC_AUTHORIZATION_FAILED") && run.status == 1
        });
        let grant = ["acl", "create", "--allow-principal", &principal, "--operation", "describe"];
        kward(broker, &[&grant[..], &["--topic", &one]].concat()).ends(0);
        eventually("DESCRIBE is enough", || {
            kward_as(broker, &user, &["topic", "offsets", &one]).status == 0
        });
        let seen =
            kward_as(broker, &user, &["topic", "offsets", "--prefix", &prefix, "-o", "json"]);
        assert_eq!(lines(&seen, "logEndOffset"), [&*all[0]]);
    });
}

/// A broker of Kafka 2.8 with the topic `orders`.
#[test]
fn a_broker_that_is_too_old_for_an_offset_is_said_to_be() {
    let orders = topic("orders", &[1]);
    let broker = alone_offering(&[(ApiKey::ListOffsets, 0, 6)], vec![orders], |request| {
        match request.key {
            // It would take an unknown number for a time.
            ApiKey::ListOffsets => request.answer(&ListOffsetsResponse::default()),
            _ => Reply::Close,
        }
    });
    for (at, release) in
        [("max-timestamp", "3.0"), ("earliest-local", "3.6"), ("latest-tiered", "3.9")]
    {
        let address = broker.address.to_string();
        let words = ["topic", "offsets", "orders", "--at", at, "-b", &address, "--timeout", "5s"];
        let run = Run::of(&mut Sandbox::new().kward(words)).ends(1);
        run.says(&format!("is too old for this: Kafka {release} is needed")).says("6 offered");
    }
    assert!(broker.seen().iter().all(|(_, key, _)| *key != ApiKey::ListOffsets), "it is not asked");
}
