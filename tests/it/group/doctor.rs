//! `group doctor` on groups that are ill in ways that real clients can be.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use super::*;
use crate::support::broker::{on_each_version, on_the_newest};
use crate::support::consumer::{Consumer, Protocol};

/// Looks that lie close together: the consumers here commit every 100 ms.
const LOOKS: [&str; 4] = ["--samples", "3", "--interval", "400ms"];

/// The findings of a document: code, severity, place.
fn found(document: &Value) -> Vec<(String, String, String)> {
    let text = |item: &Value, field: &str| item[field].as_str().expect("a text").to_owned();
    let items = document["items"].as_array().expect("items");
    items.iter().map(|i| (text(i, "code"), text(i, "severity"), text(i, "place"))).collect()
}

fn codes(document: &Value) -> Vec<String> {
    found(document).into_iter().map(|(code, _, _)| code).collect()
}

fn doctor(bench: &Bench<'_>, groups: &[&str]) -> Run {
    bench.group(&[&["doctor", "-o", "json"], &LOOKS[..], groups].concat())
}

/// Does something while the doctor looks, after its first look.
fn meanwhile(bench: &Bench<'_>, group: &str, deed: impl FnOnce()) -> Run {
    let arguments = ["doctor", group, "-o", "json", "-v", "--samples", "8", "--interval", "1s"];
    let mut command = bench.process(&arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kward starts");
    let mut said = BufReader::new(child.stderr.take().expect("its standard error"));
    let mut line = String::new();
    while !line.contains("ListOffsets") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("the request log"), 0, "it ended early");
    }
    // Nothing may fill the pipe meanwhile.
    let rest = std::thread::spawn(move || {
        let mut text = String::new();
        said.read_to_string(&mut text).map(|_| text)
    });
    deed();
    let mut output = child.wait_with_output().expect("it ends");
    output.stderr = rest.join().expect("a thread").expect("the request log").into_bytes();
    Run::from_output(format!("{command:?}"), output)
}

#[test]
fn a_group_that_keeps_up_is_healthy() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let topic = bench.topic(2);
        let mut protocols = vec![Protocol::Eager, Protocol::Cooperative];
        if broker.is_at_least("4.0") {
            protocols.push(Protocol::Consumer);
        }
        for protocol in protocols {
            let group = unique("group");
            let start = || Consumer::of(broker, &group, &topic).protocol(protocol).start();
            let (first, second) = (start(), start());
            first.holding(1);
            second.holding(1);
            bench.settled(&group);
            eventually("everything is consumed", || {
                bench.items(&["lag", &group]).iter().all(|item| item["lag"] == 0)
            });
            let document = doctor(&bench, &[&group]).ends(0).json();
            assert_eq!(document["healthy"], true, "{document:#}");
            assert_eq!(
                (document["groups"].clone(), document["samples"].clone()),
                (1.into(), 3.into())
            );
            assert!(document["windowMs"].as_i64() >= Some(800), "{document:#}");
        }
        bench.group(&["doctor", "no-such-group"]).ends(1).says("there is no group `no-such-group`");
    });
}

#[test]
fn a_consumer_that_stands_still_is_found() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let mut consumer = Consumer::of(broker, &group, &topic).client_id("stuck").start();
        consumer.having_consumed(20);
        eventually("it has committed", || bench.committed(&group) == [(0, 20)]);
        consumer.pause();
        let produce = |lines: &[&str]| broker.produce("admin", &topic, lines).expect("records");
        produce(&["one", "two", "three"]);
        let place = format!("group {group}, topic {topic}");
        let of = |severity: &str| vec![("stalled".to_owned(), severity.to_owned(), place.clone())];
        let document = doctor(&bench, &[&group]).ends(3).json();
        assert_eq!(found(&document), of("warning"), "{document:#}");
        let document = meanwhile(&bench, &group, || produce(&["four"])).ends(3).json();
        assert_eq!(found(&document), of("error"), "{document:#}");
        let item = &document["items"][0];
        assert_eq!(item["groupId"], *group);
        assert!(item["fix"].as_str().unwrap().contains("stuck at 127.0.0.1"), "{item:#}");
        assert!(item["evidence"].as_str().unwrap().contains("lag 3 → 4, 0 consumed, 1 written"));
        consumer.resume();
        eventually("it goes on", || bench.committed(&group) == [(0, 24)]);
        doctor(&bench, &[&group]).ends(0);
    });
}

#[test]
fn a_group_without_members_has_stopped() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        let run = bench.group(&[&["doctor", &group], &LOOKS[..]].concat()).ends(3);
        let run = run.prints("stopped").prints("the group has no members, and 15 records wait");
        run.prints(&format!("`kward group delete {group}`")).prints("lag 15 → 15");
        let names = bench.group(&[&["doctor", &group, "-o", "name"], &LOOKS[..]].concat()).ends(3);
        assert_eq!(names.out.trim(), group);
        let document = meanwhile(&bench, &group, || {
            broker.produce("admin", &topic, &["more"]).expect("a record");
        });
        let item = document.ends(3).json()["items"][0].clone();
        assert_eq!(
            (item["code"].clone(), item["severity"].clone()),
            ("stopped".into(), "error".into())
        );
    });
}

#[test]
fn commits_that_run_backwards_are_found() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 20);
        bench.empty(&group);
        let run = meanwhile(&bench, &group, || {
            bench.group(&["reset-offsets", &group, "--to", "3", "--yes"]).ends(0);
        });
        let document = run.ends(3).json();
        let rewind = found(&document).into_iter().find(|(code, _, _)| code == "rewind");
        assert!(rewind.is_some(), "{document:#}");
        let item = document["items"].as_array().unwrap().iter().find(|i| i["code"] == "rewind");
        assert_eq!(item.unwrap()["evidence"], "partition 0: 20 → 3");
    });
}

#[test]
fn idle_members_and_topics_that_are_not_there() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group, lost) = (bench.topic(1), unique("group"), unique("lost"));
        let first = Consumer::of(broker, &group, &topic).client_id("first").start();
        let second = Consumer::of(broker, &group, &topic).client_id("second").start();
        eventually("both are there", || bench.member_count(&group) == 2);
        bench.settled(&group);
        eventually("everything is consumed", || first.consumed() + second.consumed() == 20);
        eventually("it is committed", || bench.committed(&group) == [(0, 20)]);
        let document = doctor(&bench, &[&group]).ends(3).json();
        assert_eq!(codes(&document), ["idle-members"], "{document:#}");
        let fix = document["items"][0]["fix"].as_str().unwrap();
        assert!(fix.contains(&format!("kward topic add-partitions {topic} --total 2")), "{fix}");

        let missing = unique("missing");
        let _lost = bench.consumer(&missing, &lost, &["allow.auto.create.topics=false"]);
        let document = doctor(&bench, &[&lost]).ends(3).json();
        assert!(codes(&document).contains(&"unknown-topic".to_owned()), "{document:#}");
        let item =
            document["items"].as_array().unwrap().iter().find(|i| i["code"] == "unknown-topic");
        assert_eq!(item.unwrap()["severity"], "error");

        // Both at once, among all others.
        let all = doctor(&bench, &["--all"]).ends(3).json();
        let of = |name: &str| -> Vec<&Value> {
            all["items"].as_array().unwrap().iter().filter(|i| i["groupId"] == name).collect()
        };
        assert_eq!(of(&group)[0]["code"], "idle-members");
        assert!(of(&lost).iter().any(|item| item["code"] == "unknown-topic"));
    });
}

#[test]
fn offsets_outside_of_the_log_are_found_at_one_look() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        bench.group(&["doctor", &group, "--samples", "1"]).ends(0).prints("healthy");
        let trim = ["topic", "trim", &topic, "--to-offset", "8", "--yes"];
        Run::of(&mut bench.sandbox.kward_on(broker, "admin", trim)).ends(0);
        let run = bench.group(&["doctor", &group, "--samples", "1", "-o", "json"]).ends(3).json();
        assert_eq!(codes(&run), ["below-log-start"]);
        let item = &run["items"][0];
        assert_eq!(item["evidence"], "partition 0 committed 5 where the log goes from 8 to 20");
        // The next step does what it says.
        let fix = item["fix"].as_str().unwrap();
        let (_, command) = fix.split_once("`kward group ").expect("a command");
        let words: Vec<&str> = command.trim_end_matches('`').split(' ').chain(["--yes"]).collect();
        bench.group(&words).ends(0);
        bench.group(&["doctor", &group, "--samples", "1"]).ends(0);
    });
}

/// A log that may have so many bytes: what waits is measured, where the caller may know it.
#[test]
fn the_size_of_a_log_tells_when_records_are_lost() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group, user) = (unique("topic"), unique("group"), unique("reader"));
        let limits = ["--config", "retention.bytes=3145728", "--config", "retention.ms=-1"];
        broker.admin("topics", &[&["--create", "--topic", &topic][..], &limits].concat());
        let record = "x".repeat(2_000);
        let produce = |count| {
            broker.produce("admin", &topic, &vec![record.as_str(); count]).expect("records");
        };
        produce(200);
        let begin = ["reset-offsets", &group, "--to", "earliest", "--topic", &topic, "--yes"];
        bench.group(&begin).ends(0);
        let document = meanwhile(&bench, &group, || produce(50)).ends(3).json();
        let item = &document["items"][0];
        assert_eq!((&item["code"], &item["severity"]), (&"stopped".into(), &"error".into()));
        let evidence = item["evidence"].as_str().expect("a text");
        let size = |path: &std::path::PathBuf| std::fs::metadata(path).expect("a log").len();
        let size: u64 = broker.log_files(&topic, 0).iter().map(size).sum();
        let told = format!(
            "`retention.bytes` (3.0 MiB a partition) is reached by what waits ({}, at 2.0 KiB a record) \
             in about ",
            kward::report::units::bytes(size)
        );
        assert!(evidence.contains(&told), "{told}: {evidence}");

        // 1600 more and it is reached; nothing is written any more.
        produce(1_600);
        let doctor = ["doctor", &group, "--samples", "2", "--interval", "100ms"];
        bench.group(&doctor).ends(3).prints("the first may be deleted at any moment");
        // Who may not know it is told so, as before.
        let client = broker.create_user(&user);
        let principal = format!("User:{user}");
        for (operation, resource) in [
            ("Describe", ["--group", &group]),
            ("Describe", ["--topic", &topic]),
            ("DescribeConfigs", ["--topic", &topic]),
        ] {
            let grant = ["--add", "--allow-principal", &principal, "--operation", operation];
            broker.kafka_acls(&[&grant[..], &resource].concat());
        }
        let words = "`retention.bytes` (3.0 MiB a partition) may delete them sooner";
        eventually("it may look", || bench.group_as(&client, &doctor).out.contains(words));
    });
}

/// Three topics with three partitions each, dealt out by `range` to two members, and what the advice makes
/// of it.
#[test]
fn what_range_deals_out_unevenly_is_even_after_the_advice() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let topics = [bench.topic(3), bench.topic(3), bench.topic(3)].join(",");
        let classic = (Protocol::Eager, None, "use the cooperative sticky assignor");
        let modern = (Protocol::Consumer, Some("range"), "use `group.remote.assignor=uniform`");
        let cases = if broker.is_at_least("4.0") { vec![classic, modern] } else { vec![classic] };
        for (protocol, assignor, advice) in cases {
            let group = unique("group");
            let start = |id: &str, protocol, assignor: Option<&str>| {
                let start = Consumer::of(broker, &group, &topics).protocol(protocol).client_id(id);
                let start = match assignor {
                    Some(assignor) => start.set("group.remote.assignor", assignor),
                    None => start,
                };
                start.start()
            };
            let caught_up = || {
                bench.settled(&group);
                let is_done = |item: &Value| item["lag"] == 0;
                eventually("all is consumed", || {
                    let items = bench.items(&["lag", &group]);
                    items.len() == 9 && items.iter().all(is_done)
                });
            };
            let pair = (start("a", protocol, assignor), start("b", protocol, assignor));
            let held = || [pair.0.holds().len(), pair.1.holds().len()];
            eventually("one holds twice as much", || {
                held().iter().max() == Some(&6) && held().iter().min() == Some(&3)
            });
            caught_up();
            let document = doctor(&bench, &[&group]).ends(3).json();
            assert_eq!(codes(&document), ["uneven-load"], "{document:#}");
            let item = &document["items"][0];
            let text = |field: &str| item[field].as_str().expect("a text");
            assert_eq!(
                text("reason"),
                "the members want the same, and one holds 6 partitions, another 3"
            );
            assert!(text("fix").contains(advice), "{item:#}");
            pair.0.leave();
            pair.1.leave();
            bench.empty(&group);

            let (protocol, assignor) = match protocol {
                Protocol::Consumer => (protocol, Some("uniform")),
                _ => (Protocol::Cooperative, None),
            };
            let pair = (start("a", protocol, assignor), start("b", protocol, assignor));
            eventually("they hold as much", || {
                let mut held = [pair.0.holds().len(), pair.1.holds().len()];
                held.sort_unstable();
                held == [4, 5]
            });
            caught_up();
            doctor(&bench, &[&group]).ends(0);
        }
    });
}

#[test]
fn two_protocols_in_one_group_are_a_migration() {
    on_the_newest(|broker| {
        if !broker.is_at_least("4.0") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let old = Consumer::of(broker, &group, &topic).client_id("old").start();
        old.holding(2);
        let new = Consumer::of(broker, &group, &topic).protocol(Protocol::Consumer);
        let new = new.client_id("new").start();
        new.holding(1);
        bench.settled(&group);
        let document = doctor(&bench, &[&group]).ends(3).json();
        assert_eq!(codes(&document), ["mixed-protocols"], "{document:#}");
        assert_eq!(document["items"][0]["evidence"], "old at 127.0.0.1");
    });
}
