//! `topic trim`.

use super::{items, kward, kward_as};
use crate::support::broker::{Broker, on_each_version};
use crate::support::{eventually, unique};

fn starts(broker: &Broker, topic: &str) -> String {
    broker.admin("get-offsets", &["--topic", topic, "--time", "earliest"])
}

#[test]
fn records_go_before_an_offset_a_time_or_all() {
    on_each_version(|broker| {
        let topic = unique("trim");
        broker.create_topic(&topic);
        broker
            .produce("admin", &topic, &["a", "b", "c", "d", "e"])
            .expect("a super user may write");
        let trim = |arguments: &[&str]| {
            kward(broker, &[&["topic", "trim", &topic, "-o", "json"], arguments].concat())
        };
        trim(&["--to-offset", "2"]).ends(4).says("OLD-START").says("there is no terminal");
        let dry = items(&trim(&["--to-offset", "2", "--dry-run"]).ends(0));
        assert_eq!((&dry[0]["status"], &dry[0]["records"]), (&"planned".into(), &2.into()));
        assert_eq!(starts(broker, &topic), format!("{topic}:0:0\n"));

        let gone = items(&trim(&["--to-offset", "2", "--yes"]).ends(0));
        assert_eq!(
            (&gone[0]["status"], &gone[0]["logStartOffset"]),
            (&"deleted".into(), &2.into())
        );
        assert_eq!(starts(broker, &topic), format!("{topic}:0:2\n"));
        let again = items(&trim(&["--to-offset", "2", "--yes"]).ends(0));
        assert_eq!(again[0]["status"], "unchanged");

        let old = items(&trim(&["--before", "7d", "--yes"]).ends(0));
        assert_eq!(old[0]["status"], "unchanged", "all records are younger");
        trim(&["--to-offset", "9", "--yes"]).ends(2).says("ends at offset 5, before 9");
        trim(&["--to-offset", "9", "--partition", "7"]).ends(2).says("has no partition 7");
        trim(&["--to-offset", "9", "--to-end"]).ends(2);

        let all = items(&trim(&["--to-end", "--yes"]).ends(0));
        assert_eq!((&all[0]["records"], &all[0]["logStartOffset"]), (&3.into(), &5.into()));
        assert_eq!(starts(broker, &topic), format!("{topic}:0:5\n"));
    });
}

#[test]
fn who_may_not_is_told_about_the_topic() {
    on_each_version(|broker| {
        let topic = unique("kept");
        broker.create_topic(&topic);
        broker.produce("admin", &topic, &["a"]).expect("a super user may write");
        let client = broker.create_user(&unique("trimmer"));
        let principal = format!("User:{}", client.trim_end_matches("-scram512"));
        let words = ["acl", "create", "--allow-principal", &principal, "--operation", "describe"];
        kward(broker, &[&words[..], &["--topic", &topic]].concat()).ends(0);
        let trim = ["topic", "trim", &topic, "--to-end", "-y"];
        eventually("it sees the topic", || {
            kward_as(broker, &client, &trim).err.contains("cannot delete records")
        });
        let run = kward_as(broker, &client, &trim).ends(1);
        run.says(&format!("--operation delete --topic {topic}`"));
    });
}

#[test]
fn a_time_in_the_future_means_everything_there_is() {
    on_each_version(|broker| {
        let topic = unique("future");
        broker.create_topic(&topic);
        broker.produce("admin", &topic, &["a", "b"]).expect("a super user may write");
        let arguments = ["topic", "trim", &topic, "--before", "2100-01-01T00:00:00Z", "--dry-run"];
        let run = kward(broker, &[&arguments[..], &["-o", "json"]].concat()).ends(0);
        assert_eq!(items(&run)[0]["records"], 2);
    });
}
