//! `group lag`, held to Kafka's own tool.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use super::*;
use crate::support::broker::{Authorizer, Options, on_each_version};
use crate::support::eventually_same;
use crate::support::producer::Producer;

/// Of 78 bytes each: more than the 16 KiB that are asked for at a time.
const MARKERS: i64 = 300;

/// (partition, committed, end, lag) as `kafka-consumer-groups` prints them.
fn by_kafka(bench: &Bench<'_>, group: &str) -> Vec<[String; 4]> {
    let text = bench.broker.admin("consumer-groups", &["--describe", "--group", group]);
    let mut rows: Vec<[String; 4]> = table(&text)
        .iter()
        .map(|row| ["PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"].map(|n| row[n].clone()))
        .collect();
    rows.sort();
    rows
}

fn by_kward(items: &[Value]) -> Vec<[String; 4]> {
    let mut rows: Vec<[String; 4]> = items
        .iter()
        .map(|item| {
            ["partition", "committedOffset", "logEndOffset", "lag"]
                .map(|field| item.get(field).map_or_else(|| "-".to_owned(), ToString::to_string))
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn lag_equals_that_of_kafkas_own_tool() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(3), unique("group"));
        bench.consume(&topic, &group, 17);
        bench.empty(&group);
        let items = bench.items(&["lag", &group, "--time"]);
        assert_eq!(by_kward(&items), by_kafka(&bench, &group));
        let document = bench.group(&["lag", &group, "-o", "json"]).ends(0).json();
        let sum: i64 = items.iter().filter_map(|item| item["lag"].as_i64()).sum();
        assert_eq!(sum, 60 - 17);
        assert_eq!(document["totals"][0]["lag"], sum);
        let late = |item: &Value| item["lag"] != 0;
        assert!(
            items.iter().filter(|item| late(item)).all(|item| item["timeLagMs"].as_i64() > Some(0))
        );
        assert!(items.iter().filter(|item| !late(item)).all(|item| item["timeLagMs"] == 0));

        let _live = bench.consumer(&topic, &group, &[]);
        eventually("everything is consumed", || {
            bench.items(&["lag", &group]).iter().all(|item| item["lag"] == 0)
        });
        let items = bench.items(&["lag", &group]);
        assert_eq!(by_kward(&items), by_kafka(&bench, &group));
        assert!(items.iter().all(|item| item["clientId"] == "console-consumer"));
    });
}

#[test]
fn a_limit_that_is_exceeded_is_a_no() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        bench.consume(&topic, &group, 10);
        let lag = |arguments: &[&str]| bench.group(&[&["lag", group.as_str()], arguments].concat());
        lag(&["--max", "30"]).ends(0);
        lag(&["--max", "29"]).ends(3).says("is 30 records behind, more than 29");
        let told =
            format!("::error title=group lag::`{group}` is 30 records behind, more than 29\n");
        assert_eq!(lag(&["--max", "29", "-o", "github"]).ends(3).out, told);
        lag(&["--max-time", "1h"]).ends(0);
        lag(&["--max-time", "1ms"]).ends(3).says("more than 1ms");
        // What is misspelt is not within any limit.
        let near = format!("{}x", &topic[..topic.len() - 1]);
        lag(&["--topic", &near, "--max", "0"])
            .ends(1)
            .says(&format!("the group `{group}` has nothing of the topic `{near}`"))
            .says(&format!("did you mean `{topic}`?"));
        let gone = format!("{topic}:1,7-8");
        lag(&["--topic", &gone, "--max", "30"])
            .ends(1)
            .says(&format!("the group `{group}` has nothing of `{topic}:7,8`"));
        lag(&["--topic", &format!("{topic}:0,1"), "--max", "30"]).ends(0);
        let all = ["lag", "--all", "--topic", &near];
        // Groups of other tests come and go, and one that cannot be read might have it.
        eventually("no group has it", || {
            let run = bench.group(&all);
            run.status == 1 && run.err.contains("no group has anything of the topic")
        });
    });
}

#[test]
fn an_age_is_that_of_the_first_unconsumed_record() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        // Kafka's own answer to which record was made when: the offsets at a time.
        let age =
            |at: usize| bench.items(&["lag", &group, "--time"])[at]["timeLagMs"].as_i64().unwrap();
        let now = || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            i64::try_from(now.unwrap().as_millis()).unwrap()
        };
        let (before, age, after) = (now(), age(0), now());
        let made = |time: i64| {
            let (topic, time) = (topic.as_str(), time.to_string());
            let told = broker.admin("get-offsets", &["--topic", topic, "--time", &time]);
            let offset = told.trim().rsplit(':').next().unwrap().to_owned();
            offset.parse::<i64>().unwrap_or(i64::MAX)
        };
        assert!(made(before - age) <= 5, "a record at or before offset 5 was made by then");
        assert!(made(after - age + 1) > 5, "the record at offset 5 was made no later");

        // Another group that is elsewhere in the same partition: each has its own record.
        let second = unique("group");
        bench.consume(&topic, &second, 2);
        broker.produce("admin", &topic, &["later"]).expect("a record");
        let end = broker.admin("get-offsets", &["--topic", &topic]);
        let last = end.trim().rsplit(':').next().unwrap().parse::<i64>().unwrap() - 1;
        bench.sandbox.write("last.csv", &format!("{topic},0,{last}"));
        bench.empty(&second);
        bench.group(&["reset-offsets", &second, "--from-file", "last.csv", "--yes"]).ends(0);
        let both = bench.items(&["lag", &group, &second, "--time"]);
        let age = |at: usize| both[at]["timeLagMs"].as_i64().expect("an age");
        let own = |at: usize| (both[at]["groupId"].clone(), both[at]["committedOffset"].clone());
        assert_eq!(
            [own(0), own(1)],
            [(group.as_str().into(), 5.into()), (second.as_str().into(), last.into())]
        );
        assert!(age(0) > age(1), "{both:#?}");
    });
}

/// Nobody consumes the marker of a transaction: the first unconsumed record lies behind it.
#[test]
fn an_age_is_never_that_of_a_marker() {
    let broker = Broker::own(&Options {
        authorizer: Authorizer::PlainAdmin,
        settings: vec!["transaction.partition.verification.enable=false".to_owned()],
        ..Options::default()
    });
    let bench = Bench::new(&broker);
    let (topic, group) = (unique("topic"), unique("group"));
    broker.admin("topics", &["--create", "--topic", &topic, "--partitions", "1"]);
    let mut producer = Producer::new(&broker, &unique("tx"));
    let hours = |hours: u64| Duration::from_hours(hours);
    producer.add_partition(&topic, 0);
    assert_eq!(producer.write(&topic, 0, hours(9)), 0);
    producer.end(true);
    // Aborted, without a record: nothing but markers, more than one answer of a broker holds.
    for _ in 0..MARKERS {
        producer.add_partition(&topic, 0);
        producer.end(false);
    }
    let mut another = Producer::new(&broker, &unique("tx"));
    eventually("a marker each", || {
        let end = broker.admin("get-offsets", &["--topic", &topic]);
        end.trim().ends_with(&format!(":{}", MARKERS + 2))
    });
    another.add_partition(&topic, 0);
    let record = another.write(&topic, 0, hours(5));
    assert_eq!(record, MARKERS + 2);
    another.end(true);

    let age_at = |offset: i64| {
        let to = offset.to_string();
        let reset = ["reset-offsets", &group, "--topic", &topic, "--to", &to, "--yes"];
        bench.group(&reset).ends(0);
        let item = bench.items(&["lag", &group, "--time"]).remove(0);
        (item["lag"].as_i64(), item["timeLagMs"].as_i64().map(|ms| ms / 3_600_000))
    };
    eventually("the last marker is there", || age_at(0) == (Some(record + 2), Some(9)));
    for offset in [1, 2, record / 2, record - 1, record] {
        assert_eq!(age_at(offset), (Some(record + 2 - offset), Some(5)), "at {offset}");
    }
    // How long until it is lost rests on that age: topics keep records for a week.
    let looks = ["doctor", &group, "--samples", "2", "--interval", "100ms"];
    let lost =
        "records are kept for 7d, and the first that waits is 5h old: it may be deleted in 6d 18h";
    bench.group(&looks).ends(3).prints(lost);
    // Behind the last record is a marker, which waits for nobody: no record has an age.
    assert_eq!(age_at(record + 1), (Some(1), None));
    // Groups at several places of one partition, each with its own.
    let second = unique("group");
    let reset = ["reset-offsets", &second, "--topic", &topic, "--to", "0", "--yes"];
    bench.group(&reset).ends(0);
    age_at(1);
    let both = bench.items(&["lag", &group, &second, "--time"]);
    let hours = both.iter().map(|item| item["timeLagMs"].as_i64().unwrap() / 3_600_000);
    assert_eq!(hours.collect::<Vec<_>>(), [5, 9]);
}

#[test]
fn what_has_no_number_says_why() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let set = |lines: &str| {
            bench.sandbox.write("offsets.csv", lines);
            let file = ["reset-offsets", &group, "--from-file", "offsets.csv", "--yes"];
            bench.group(&file).ends(0);
        };
        let problem = || bench.items(&["lag", &group])[0]["problem"].clone();
        set(&format!("{topic},0,5"));
        assert_eq!(problem(), Value::Null);
        let records = format!(
            "{{\"partitions\":[{{\"topic\":\"{topic}\",\"partition\":0,\"offset\":8}}],\"version\":1}}"
        );
        let file = bench.sandbox.write("delete.json", &records);
        let file = file.to_str().unwrap();
        broker.admin("org.apache.kafka.tools.DeleteRecordsCommand", &["--offset-json-file", file]);
        assert_eq!(problem(), "belowLogStart");
        bench.group(&["lag", &group, "--max", "1000"]).ends(3).says("has no lag");
        broker.admin("topics", &["--delete", "--topic", &topic]);
        eventually("the topic is gone", || {
            // A broker forgets the commits of a topic that is gone, and a group without commits.
            let run = bench.group(&["lag", &group, "-o", "json"]);
            run.status == 1 || run.json()["items"][0]["problem"] != "belowLogStart"
        });
    });
}

#[test]
fn all_groups_at_once_and_by_group() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, one, two) = (bench.topic(2), unique("one"), unique("two"));
        bench.consume(&topic, &one, 3);
        bench.consume(&topic, &two, 4);
        let document =
            bench.group(&["lag", "--all", "--topic", &topic, "-o", "json"]).ends(0).json();
        let total = |group: &str| {
            let totals = document["totals"].as_array().unwrap();
            totals.iter().find(|total| total["groupId"] == group).expect("a total")["lag"].clone()
        };
        assert_eq!((total(&one), total(&two)), (37.into(), 36.into()));
        let all = serde_json::json!({ "groups": 2, "lag": 73, "partitions": 4, "problems": 0 });
        assert_eq!(document["total"], all);
        let alone = bench.group(&["lag", &one, "-o", "json"]).ends(0).json();
        assert_eq!((&alone["total"]["groups"], &alone["total"]["lag"]), (&1.into(), &37.into()));
        let run = bench.group(&["lag", &one, &two, "--by", "group", "--no-headers"]).ends(0);
        let rows: Vec<Vec<&str>> =
            run.out.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!((rows[0][0], rows[0][2]), (one.as_str(), "37"));
        assert_eq!(rows[1][0], two);
        assert_eq!(
            rows[2..],
            [vec![], "all 2 groups: lag 73 in 4 partitions".split(' ').collect()]
        );
        // Nobody is there who could be behind.
        let by_member = bench.group(&["lag", &one, "--by", "member", "--no-headers"]).ends(0);
        assert_eq!(by_member.out.split_whitespace().last(), Some("37"), "{by_member}");
        by_member.prints("(no member known)");
        let aged = ["lag", &one, "--by", "group", "--columns", "group,age", "--no-headers"];
        let aged = bench.group(&aged).ends(0);
        assert_eq!(aged.out.split_whitespace().count(), 2, "a column that is asked for: {aged}");
        let run = bench.group(&["lag", &one, "no-such-group", &two]).ends(1);
        run.prints("73 in 4").says("there is no group `no-such-group`");
        bench.group(&["lag", "no-such-group"]).ends(1).says("there is no group `no-such-group`");
        for verb in ["lag", "watch", "doctor"] {
            bench
                .group(&[verb])
                .ends(2)
                .says("hint: name a group, or give `--all` for every group");
        }
    });
}

#[test]
fn a_share_group_has_its_lag_from_the_broker() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, share) = (bench.topic(1), unique("share"));
        let consumer = bench.share_consumer(&topic, &share);
        // The start of a share group moves on when it likes, also between two looks: what lies at it may be done
        // with long ago.
        eventually_same("Kafka's tool tells the same", || {
            (share_by_kward(&bench, &share), share_by_kafka(broker, &share))
        });
        let item = bench.items(&["lag", &share]).remove(0);
        assert_eq!(item["clientId"], "console-share-consumer");
        consumer.stop();
        eventually("the group is empty", || bench.member_count(&share) == 0);
        let before = std::time::Instant::now();
        broker.produce("admin", &topic, &["one that waits"]).expect("a record");
        eventually("it waits", || bench.items(&["lag", &share])[0]["lag"] == 1);
        let item = bench.items(&["lag", &share, "--time"]).remove(0);
        let age = item["timeLagMs"].as_u64().unwrap_or(0);
        assert!(u128::from(age) <= before.elapsed().as_millis(), "{item:#}");
    });
}

/// Where a share group stands in each partition, as Kafka's own tool tells it: `START-OFFSET` and `LAG`.
fn share_by_kafka(broker: &Broker, group: &str) -> Vec<(String, String, String)> {
    let tool = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
    let told = table(&broker.admin(tool, &["--describe", "--group", group]));
    let cell = |row: &std::collections::BTreeMap<String, String>, name: &str| row[name].clone();
    let mut rows: Vec<(String, String, String)> = told
        .iter()
        .map(|row| (cell(row, "PARTITION"), cell(row, "START-OFFSET"), cell(row, "LAG")))
        .collect();
    rows.sort();
    rows
}

/// The same as kward tells it.
fn share_by_kward(bench: &Bench<'_>, group: &str) -> Vec<(String, String, String)> {
    let text = |item: &Value, field: &str| item[field].to_string();
    let items = bench.items(&["lag", group]);
    let row = |i: &Value| (text(i, "partition"), text(i, "committedOffset"), text(i, "lag"));
    let mut rows: Vec<(String, String, String)> = items.iter().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn what_share_consumers_are_done_with_is_what_kafka_counts() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("share"));
        let of_group = ["--alter", "--entity-type", "groups", "--entity-name", &group];
        let earliest = ["--add-config", "share.auto.offset.reset=earliest"];
        broker.admin("configs", &[&of_group[..], &earliest].concat());
        let arguments = ["--topic", topic.as_str(), "--group", &group];
        let consumer = broker.start_tool("admin", "console-share-consumer", &arguments);
        let lags = |rows: &[(String, String, String)]| -> i64 {
            rows.iter().map(|(_, _, lag)| lag.parse::<i64>().unwrap_or(i64::MAX / 4)).sum()
        };
        eventually("the share consumer is in its group", || bench.member_count(&group) == 1);
        eventually("all 40 records are consumed", || {
            let told = share_by_kward(&bench, &group);
            told.len() == 2 && lags(&told) == 0
        });
        // Where it stands may move on between two looks.
        let both = || (share_by_kward(&bench, &group), share_by_kafka(broker, &group));
        eventually_same("Kafka's tool tells the same", both);

        // What is written while it is watched is what is consumed, and no more.
        let watch = ["watch", &group, "--interval", "200ms", "--for", "60s"];
        let mut command = bench.process(&watch);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut watching = command.spawn().expect("kward starts");
        let events = BufReader::new(watching.stdout.take().expect("its output")).lines();
        let (mut consumed, mut written, mut seen) = (0, 0, Vec::new());
        for line in events {
            let event: Value = serde_json::from_str(&line.expect("a line")).expect("an event");
            if event["event"] != "lag" {
                continue;
            }
            if seen.is_empty() {
                let lines: Vec<String> = (0..30).map(|n| format!("more {n}")).collect();
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                broker.produce("admin", &topic, &lines).expect("records");
            }
            consumed += event["consumed"].as_i64().unwrap_or(0);
            written += event["produced"].as_i64().unwrap_or(0);
            seen.push(event);
            if (consumed, written) == (30, 30) {
                break;
            }
        }
        drop(watching.kill());
        watching.wait().expect("it ends");
        assert_eq!((consumed, written), (30, 30), "{seen:#?}");
        assert_eq!(seen.last().expect("events")["lag"], 0, "{seen:#?}");
        eventually_same("Kafka's tool tells the same", both);

        // What nobody takes waits, and Kafka's tool counts it alike in each partition.
        consumer.stop();
        bench.empty(&group);
        broker.produce("admin", &topic, &["a", "b", "c", "d", "e", "f", "g"]).expect("records");
        eventually_same("Kafka's tool tells the same", both);
        let told = share_by_kward(&bench, &group);
        assert_eq!(lags(&told), 7, "{told:?}");
    });
}

/// Brokers count what waits in share groups since 4.2; those of 4.1 know only where it begins.
#[test]
fn what_a_broker_does_not_count_has_no_number() {
    let share = ["--feature", "share.version=1"].map(str::to_owned).to_vec();
    let version = Some("4.1.2".to_owned());
    let broker = Broker::own(&Options { version, format: share, ..Options::default() });
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(1), unique("share"));
    let arguments = ["--topic", topic.as_str(), "--group", &group];
    let consumer = broker.start_tool("admin", "console-share-consumer", &arguments);
    eventually("the share consumer is in its group", || bench.member_count(&group) == 1);
    eventually("the share group has begun", || {
        broker.produce("admin", &topic, &["one more"]).expect("a record");
        let items = bench.items(&["lag", &group]);
        items.first().is_some_and(|item| item["committedOffset"].is_i64())
    });
    consumer.stop();
    eventually("the group is empty", || bench.member_count(&group) == 0);
    broker.produce("admin", &topic, &["one that waits"]).expect("a record");
    let document = bench.group(&["lag", &group, "--time", "-o", "json"]).ends(0).json();
    let item = &document["items"][0];
    assert_eq!((&item["problem"], item.get("lag")), (&"notCounted".into(), None), "{document:#}");
    assert!(item["committedOffset"].as_i64() < item["logEndOffset"].as_i64(), "{document:#}");
    // What lies where it begins may be done with.
    assert_eq!(item.get("timeLagMs"), None, "{document:#}");
    assert_eq!(document["total"]["problems"], 1);
    let tool = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
    let by_kafka = || table(&broker.admin(tool, &["--describe", "--group", &group])).remove(0);
    // It may move on between two looks.
    eventually_same("Kafka's tool tells the same start", || {
        let item = bench.items(&["lag", &group]).remove(0);
        (item["committedOffset"].to_string(), by_kafka()["START-OFFSET"].clone())
    });
    assert_eq!(by_kafka().get("LAG"), None, "Kafka's tool has none either");
    let refused = bench.group(&["lag", &group, "--max", "1000"]).ends(3);
    refused.says(&format!("has no lag in `{group}`: its broker does not count"));
    bench.group(&["lag", &group]).ends(0).prints("lag unknown in 1 partition, 1 without a number");
    bench.group(&["lag", &group, "--max-time", "1h"]).ends(0);
    bench.group(&["lag", &group, "--max-time", "1ms"]).ends(3).says("is not known: at most");
}
