//! `topic trim`.

use super::{items, kward, kward_as};
use crate::support::broker::{Broker, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

const DELETE_RECORDS: &str = "org.apache.kafka.tools.DeleteRecordsCommand";

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
fn a_file_says_an_offset_of_each_partition() {
    on_each_version(|broker| {
        let (topic, other) = (unique("each"), unique("each"));
        for (name, partitions) in [(&topic, "2"), (&other, "1")] {
            kward(broker, &["topic", "create", name, "--partitions", partitions]).ends(0);
            let records: Vec<String> = (0..20).map(|number| format!("record {number}")).collect();
            let records: Vec<&str> = records.iter().map(String::as_str).collect();
            broker.produce("admin", name, &records).expect("a super user may write");
        }
        let ends = broker.admin("get-offsets", &["--topic", &topic, "--time", "latest"]);
        let end = |partition: &str| {
            let of =
                ends.lines().find_map(|line| line.strip_prefix(&format!("{topic}:{partition}:")));
            of.expect("a line of each partition").parse::<i64>().unwrap()
        };
        let sandbox = Sandbox::new();
        let trim = |text: &str, more: &[&str]| {
            let file = sandbox.write("offsets", text);
            let words = ["topic", "trim", "--from-file", file.to_str().unwrap(), "-o", "json"];
            kward(broker, &[&words[..], more].concat())
        };
        let entry = |topic: &str, partition: i32, offset: i64| {
            format!(r#"{{"topic":"{topic}","partition":{partition},"offset":{offset}}}"#)
        };
        let json =
            |entries: &[String]| format!(r#"{{"partitions":[{}],"version":1}}"#, entries.join(","));
        // Partitions that are not named keep what they have, wherever the records went.
        let all_of_one = json(&[entry(&topic, 1, -1), entry(&other, 0, 3)]);
        trim(&all_of_one, &[]).ends(4).says("OLD-START");
        let gone = items(&trim(&all_of_one, &["--yes"]).ends(0));
        assert_eq!(gone.len(), 2, "{gone:?}");
        assert_eq!(starts(broker, &topic), format!("{topic}:0:0\n{topic}:1:{}\n", end("1")));
        assert_eq!(starts(broker, &other), format!("{other}:0:3\n"));
        // The same file is what Kafka's own tool reads.
        let file = sandbox.write("offsets.json", &json(&[entry(&other, 0, 4)]));
        let offsets = ["--offset-json-file", file.to_str().unwrap()];
        broker.admin(DELETE_RECORDS, &offsets);
        assert_eq!(starts(broker, &other), format!("{other}:0:4\n"));

        let lines = format!("topic,partition,offset\n{other},0,5\n");
        assert_eq!(items(&trim(&lines, &["--yes"]).ends(0))[0]["records"], 1);
        let mut piped = sandbox.kward_on(broker, "admin", ["topic", "trim", "--from-file", "-"]);
        let piped =
            Run::of(piped.args(["--yes", "-o", "json"]).write_stdin(format!("{other},0,6")));
        assert_eq!(items(&piped.ends(0))[0]["logStartOffset"], 6);

        // What is wrong is told with its place, and nothing goes.
        for (text, told) in [
            (format!("{other},0,7\n{other},zero,7"), "line 2: "),
            (format!("g,{other},0,7"), "it has offsets of a group, `g`"),
            (json(&[entry(&other, 0, 7), entry(&other, 0, 8)]), "`partitions[1]`: "),
            (json(&[entry(&other, 0, 7)]).replace("offset", "offest"), "unknown field `offest`"),
            (json(&[entry(&other, 5, 7)]), "has no partition 5"),
            (json(&[entry(&other, 0, 700)]), "ends at offset 20, before 700"),
        ] {
            trim(&text, &["--yes"]).ends(2).says(told);
        }
        let nowhere = format!("{other}x,0,7");
        trim(&nowhere, &["--yes"]).ends(1).says(&format!("did you mean `{other}`?"));
        assert_eq!(starts(broker, &other), format!("{other}:0:6\n"));
        kward(broker, &["topic", "trim", &other, "--from-file", "x"])
            .ends(2)
            .says("cannot be used");
    });
}

#[test]
fn what_is_only_compacted_is_refused_before_anybody_is_asked() {
    on_each_version(|broker| {
        let (compacted, both) = (unique("compacted"), unique("both"));
        for (topic, policy) in [(&compacted, "compact"), (&both, "compact,delete")] {
            let set = format!("cleanup.policy={policy}");
            kward(broker, &["topic", "create", topic, "--set", &set]).ends(0);
            // One option name for all tools came with 4.2 (KIP-1147).
            let option = if broker.is_at_least("4.2") { "--reader-property" } else { "--property" };
            let keyed = [option, "parse.key=true", option, "key.separator=:"];
            let arguments = [&["--topic", topic.as_str()], &keyed[..]].concat();
            let output = broker.tool("admin", "console-producer", &arguments, "k:a\nk:b\n");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let trim = |more: &[&str]| {
            let words = ["topic", "trim", &compacted, &both, "--to-offset", "1", "-o", "json"];
            kward(broker, &[&words[..], more].concat())
        };
        let hint = format!("kward topic configure {compacted} --append cleanup.policy=delete");
        let dry = trim(&["--dry-run"]).ends(1).says(&hint);
        let told = |run: &Run| -> Vec<(String, String)> {
            let one = |item: &serde_json::Value| {
                let word = |field: &str| item[field].as_str().unwrap().to_owned();
                (word("topic"), word("status"))
            };
            let mut told: Vec<_> = items(run).iter().map(one).collect();
            told.sort();
            told
        };
        let expected = |status: &str| {
            let mut all =
                [(compacted.clone(), "failed".to_owned()), (both.clone(), status.to_owned())];
            all.sort();
            all.to_vec()
        };
        assert_eq!(told(&dry), expected("planned"));
        let run = trim(&["--yes"]).ends(1).says("POLICY_VIOLATION");
        assert_eq!(told(&run), expected("deleted"));
        assert_eq!(starts(broker, &compacted), format!("{compacted}:0:0\n"));
        assert_eq!(starts(broker, &both), format!("{both}:0:1\n"));
        // It is what the broker says.
        let plan = format!(
            r#"{{"version":1,"partitions":[{{"topic":"{compacted}","partition":0,"offset":1}}]}}"#
        );
        let sandbox = Sandbox::new();
        let file = sandbox.write("offsets.json", &plan);
        let arguments = ["--offset-json-file", file.to_str().unwrap()];
        let output = broker.tool("admin", DELETE_RECORDS, &arguments, "");
        let by_kafka = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(by_kafka.contains("PolicyViolationException"), "{by_kafka}");
        // Of Kafka's own topics that is no advice.
        broker.consume("admin", &both, &unique("commits"), 1).expect("it may");
        let own = kward(broker, &["topic", "trim", "__consumer_offsets", "--to-end"]).ends(1);
        assert!(own.err.contains("POLICY_VIOLATION"), "{own}");
        assert!(!own.err.contains("kward topic configure"), "{own}");
        let words = ["topic", "trim", &both, "--to-end", "--partition", "first"];
        kward(broker, &words).ends(2).says("a whole number is wanted");
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
