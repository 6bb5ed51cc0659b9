//! `group history` and its log: compression, compaction, what is saved, what is followed.

use std::fs::File;
use std::process::{Child, Command};

use super::*;
use crate::support::broker::{Options, on_each_version};
use crate::support::consumer::Consumer;

impl Bench<'_> {
    /// A member comes and goes: two rebalances.
    fn visit(&self, topic: &str, group: &str, client: &str) {
        let consumer = Consumer::of(self.broker, group, topic).client_id(client).start();
        consumer.holding(1);
        consumer.leave();
        self.empty(group);
    }

    fn rebalances(&self, group: &str, arguments: &[&str]) -> Vec<Value> {
        let arguments = [&["history", group, "-o", "json"], arguments].concat();
        let document = self.group(&arguments).ends(0).json();
        document["rebalances"].as_array().expect("rebalances").clone()
    }

    /// Changes the configuration of the groups' own topic.
    fn configure_log(&self, change: &str) {
        let entity = ["--entity-type", "topics", "--entity-name", "__consumer_offsets"];
        self.broker.admin("configs", &[&["--alter", "--add-config", change], &entity[..]].concat());
    }
}

fn clients(rebalances: &[Value], field: &str) -> Vec<String> {
    let of = |told: &Value| told[field].as_array().expect("members").clone();
    let name = |member: Value| member["clientId"].as_str().expect("a client").to_owned();
    rebalances.iter().flat_map(of).map(name).collect()
}

#[test]
fn every_compression_is_read() {
    let broker = Broker::own(&Options::default());
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(1), unique("group"));
    let codecs = ["uncompressed", "gzip", "snappy", "lz4", "zstd"];
    bench.visit(&topic, &group, "before");
    for codec in codecs {
        bench.configure_log(&format!("compression.type={codec}"));
        bench.visit(&topic, &group, codec);
    }
    let told = bench.rebalances(&group, &[]);
    let expected = ["before", "uncompressed", "gzip", "snappy", "lz4", "zstd"];
    assert_eq!(clients(&told, "joined"), expected);
    assert_eq!(clients(&told, "left"), expected);
    // The broker did compress: the tool says so of each batch.
    let partition = kward::records::partition_of(&group, 4).unwrap();
    let files = broker.log_files("__consumer_offsets", partition);
    let files: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    let dump = broker.admin("dump-log", &["--files", &files.join(",")]);
    for codec in &codecs[1..] {
        assert!(dump.contains(&format!("compresscodec: {codec}")), "{codec}: {dump}");
    }
}

#[test]
fn what_is_saved_outlives_compaction() {
    let settings = vec!["log.cleaner.backoff.ms=100".to_owned()];
    let broker = Broker::own(&Options { settings, ..Options::default() });
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(1), unique("group"));
    for client in ["one", "two"] {
        bench.visit(&topic, &group, client);
    }
    let file = bench.sandbox.path().join("kept.json");
    let file = file.to_str().unwrap();
    let before = bench.rebalances(&group, &["--save", file]);
    assert_eq!(before.len(), 4);

    bench.configure_log("min.cleanable.dirty.ratio=0.01");
    bench.configure_log("segment.ms=500");
    // A segment is closed by the first record that comes too late for it.
    let lost = |when: &dyn Fn(&Value) -> bool| {
        let mut left = Value::Null;
        eventually("the log is compacted", || {
            bench.visit(&topic, &group, "passer-by");
            left = bench.group(&["history", &group, "-o", "json"]).ends(0).json();
            left["rebalances"][0]["partial"] == true && when(&left)
        });
        left
    };
    let left = lost(&|_| true);
    assert_eq!(left["complete"], false);
    assert!(left["reachesBackTo"].as_str() > before[0]["time"].as_str(), "{left:#}");
    let after = left["rebalances"].as_array().unwrap();
    assert!(!clients(after, "joined").contains(&"one".to_owned()));
    bench.group(&["history", &group]).ends(0).prints("compaction has taken older records away");
    let merged = || {
        let merged = bench.group(&["history", &group, "--from", file, "-o", "json"]).ends(0).json();
        let told = merged["rebalances"].as_array().unwrap();
        assert_eq!(told[..4], before, "what was kept is still there, as it was");
        let visitors = clients(told, "joined");
        assert_eq!(visitors[..2], ["one", "two"]);
        assert!(visitors[2..].iter().all(|client| client == "passer-by"));
        merged
    };
    let last =
        |told: &Value| told["rebalances"].as_array().unwrap().last().unwrap()["offset"].clone();
    assert_eq!(last(&merged()), last(&left));

    // Compaction takes away what was never kept: it says so.
    let kept: Value = serde_json::from_str(&bench.sandbox.read("kept.json")).unwrap();
    let read_to = kept["log"]["endOffset"].as_i64().unwrap();
    let left = lost(&|left| left["log"]["completeFromOffset"].as_i64() > Some(read_to));
    let merged = merged();
    let gaps = merged["gaps"].as_array().unwrap();
    assert_eq!((gaps.len(), merged["complete"].clone()), (1, false.into()));
    assert_eq!((&gaps[0]["from"], &gaps[0]["to"]), (&kept["capturedAt"], &left["reachesBackTo"]));
    assert_eq!(merged["reachesBackTo"], kept["reachesBackTo"]);
    bench.group(&["history", &group, "--from", file]).ends(0).prints("nothing is known from");

    // A file that is saved into again keeps what it had.
    bench.group(&["history", &group, "--save", file]).ends(0);
    let kept: Value = serde_json::from_str(&bench.sandbox.read("kept.json")).unwrap();
    crate::support::schemas::assert_valid(&kept);
    assert_eq!(kept["rebalances"], merged["rebalances"]);
    let run = bench.group(&["history", "another", "--from", file]).ends(2);
    run.says("is not used").says("it is of the group");
}

/// `kward group history --follow`, writing into a file.
struct Following<'a> {
    bench: &'a Bench<'a>,
    child: Child,
}

impl<'a> Following<'a> {
    fn start(bench: &'a Bench<'a>, group: &str, arguments: &[&str]) -> Self {
        let client = bench.broker.client("admin");
        let bootstrap = bench.broker.bootstrap_of("admin");
        let all = ["group", "history", group, "--follow", "--bootstrap-server", &bootstrap];
        let all = [&all[..], &["--command-config", client.to_str().unwrap()], arguments].concat();
        let mut process: Command = bench.sandbox.process(all);
        let out = File::create(bench.sandbox.path().join("events")).unwrap();
        let err = File::create(bench.sandbox.path().join("errors")).unwrap();
        let child = process.stdout(out).stderr(err).spawn().expect("kward runs");
        Self { bench, child }
    }

    fn events(&self) -> Vec<Value> {
        let text = self.bench.sandbox.read("events");
        let line = |line: &str| serde_json::from_str(line).expect("an object a line");
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(line).collect()
    }

    /// Waits for an event of this kind of this client.
    fn heard(&self, event: &str, client: &str) {
        let is_it = |told: &Value| told["event"] == event && told["clientId"] == client;
        eventually(&format!("{event} of {client}"), || self.events().iter().any(is_it));
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_happens_is_followed() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let first = Consumer::of(broker, &group, &topic).client_id("first").start();
        first.holding(2);
        bench.settled(&group);
        let since = bench.rebalances(&group, &[])[0]["time"].as_str().unwrap().to_owned();
        let file = bench.sandbox.path().join("kept.json");
        let arguments = ["--since", &since, "--save", file.to_str().unwrap()];
        let mut following = Following::start(&bench, &group, &arguments);
        following.heard("memberJoined", "first");
        let second = Consumer::of(broker, &group, &topic).client_id("second").start();
        following.heard("memberJoined", "second");
        second.holding(1);
        second.leave();
        following.heard("memberLeft", "second");
        let status =
            Command::new("kill").args(["-INT", &following.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
        assert_eq!(following.child.wait().unwrap().code(), Some(130));
        let events = following.events();
        let generations: Vec<_> = events
            .iter()
            .filter(|e| e["event"] == "generationChanged")
            .map(|e| e["to"].clone())
            .collect();
        assert_eq!(generations, [1, 2, 3]);
        let moved = events.iter().filter(|event| event["event"] == "partitionMoved").count();
        assert_eq!(moved, 2 + 1 + 1, "assigned, then one there and back");
        for event in &events {
            crate::support::schemas::assert_valid(event);
            assert_eq!(
                (&event["apiVersion"], &event["kind"]),
                (&"kward/v1".into(), &"GroupEvent".into())
            );
            assert_eq!(event["groupId"], group.as_str());
        }
        // It has kept what it followed.
        let kept: Value = serde_json::from_str(&bench.sandbox.read("kept.json")).unwrap();
        assert_eq!(kept["rebalances"], serde_json::json!(bench.rebalances(&group, &[])));
        drop(first);
    });
}

#[test]
fn following_outlasts_brokers_that_are_gone_for_longer_than_the_timeout() {
    let broker = Broker::own(&Options::default());
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(2), unique("group"));
    let first = Consumer::of(&broker, &group, &topic).client_id("first").start();
    first.holding(2);
    bench.settled(&group);
    let since = bench.rebalances(&group, &[])[0]["time"].as_str().unwrap().to_owned();
    let mut following = Following::start(&bench, &group, &["--since", &since, "--timeout", "5s"]);
    following.heard("memberJoined", "first");
    let said = || bench.sandbox.read("errors");
    let paused = broker.pause(1);
    eventually("the outage is told", || said().contains("; going on"));
    drop(paused);
    eventually("its end is told", || said().contains("all is answered again"));
    let second = Consumer::of(&broker, &group, &topic).client_id("second").start();
    following.heard("memberJoined", "second");
    assert!(following.child.try_wait().expect("its status").is_none(), "{}", said());
    let said = said();
    for words in ["still asking", "all is answered again"] {
        assert_eq!(said.matches(words).count(), 1, "{said}");
    }
    drop((first, second));
}

#[test]
fn following_ends_when_its_time_is_over() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        bench.consume(&bench.topic(1), &unique("group"), 1);
        // Nobody has to be there yet.
        let run = bench.group(&["history", &unique("nobody"), "--follow", "--for", "1s"]).ends(0);
        assert_eq!(run.out, "");
    });
}
