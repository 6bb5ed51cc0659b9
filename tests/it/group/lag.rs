//! `group lag`, held to Kafka's own tool.

use super::*;
use crate::support::broker::{Options, on_each_version};

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
    });
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
        let _consumer = bench.share_consumer(&topic, &share);
        let tool = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
        let told = broker.admin(tool, &["--describe", "--group", &share]);
        let by_kafka = &table(&told)[0];
        let item = bench.items(&["lag", &share]).remove(0);
        assert_eq!(item["committedOffset"].to_string(), by_kafka["START-OFFSET"]);
        assert_eq!(item["lag"].to_string(), by_kafka["LAG"]);
        assert_eq!(item["clientId"], "console-share-consumer");
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
    drop(consumer);
    eventually("the group is empty", || bench.member_count(&group) == 0);
    broker.produce("admin", &topic, &["one that waits"]).expect("a record");
    let document = bench.group(&["lag", &group, "--time", "-o", "json"]).ends(0).json();
    let item = &document["items"][0];
    assert_eq!((&item["problem"], item.get("lag")), (&"notCounted".into(), None), "{document:#}");
    assert!(item["committedOffset"].as_i64() < item["logEndOffset"].as_i64(), "{document:#}");
    assert!(item["timeLagMs"].as_i64() > Some(0), "where it begins is known: {document:#}");
    assert_eq!(document["total"]["problems"], 1);
    let tool = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
    let told = broker.admin(tool, &["--describe", "--group", &group]);
    let by_kafka = &table(&told)[0];
    assert_eq!(item["committedOffset"].to_string(), by_kafka["START-OFFSET"]);
    assert_eq!(by_kafka.get("LAG"), None, "Kafka's tool has none either: {told}");
    let refused = bench.group(&["lag", &group, "--max", "1000"]).ends(3);
    refused.says(&format!("has no lag in `{group}`: notCounted"));
    bench.group(&["lag", &group]).ends(0).prints("lag unknown in 1 partition, 1 without a number");
}
