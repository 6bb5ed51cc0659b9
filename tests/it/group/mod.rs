//! `kward group` against real Kafka and its real consumers: a module per verb.

mod connect;
mod delete;
mod doctor;
mod dump;
mod gate;
mod history;
mod history_log;
mod lag;
mod list;
mod members;
mod offsets;
mod refused;
mod reset;
mod silent;
mod types;
mod view;
mod watch;
mod watching;

use serde_json::Value;

use crate::support::broker::{Broker, Running};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

/// A broker, and the program in a sandbox beside it.
struct Bench<'a> {
    broker: &'a Broker,
    sandbox: Sandbox,
}

impl<'a> Bench<'a> {
    fn new(broker: &'a Broker) -> Self {
        Self { broker, sandbox: Sandbox::new() }
    }

    /// `kward group …` as the super user.
    #[track_caller]
    fn group(&self, arguments: &[&str]) -> Run {
        self.group_as("admin", arguments)
    }

    /// `kward group …` as another client of the broker.
    #[track_caller]
    fn group_as(&self, client: &str, arguments: &[&str]) -> Run {
        let arguments = ["group"].iter().chain(arguments);
        Run::of(&mut self.sandbox.kward_on(self.broker, client, arguments))
    }

    /// The same as a process that a test starts itself.
    fn process(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.process(["group"].iter().chain(arguments));
        command
            .arg("--bootstrap-server")
            .arg(self.broker.bootstrap_of("admin"))
            .arg("--command-config")
            .arg(self.broker.client("admin"));
        command
    }

    /// The items of a document.
    #[track_caller]
    fn items(&self, arguments: &[&str]) -> Vec<Value> {
        let document = self.group(&[arguments, &["-o", "json"]].concat()).ends(0).json();
        document["items"].as_array().expect("items").clone()
    }

    /// A new topic with so many partitions, and in partition n 10 * (n + 1) records.
    fn topic(&self, partitions: i32) -> String {
        let topic = unique("topic");
        let count = partitions.to_string();
        self.broker.admin("topics", &["--create", "--topic", &topic, "--partitions", &count]);
        // A key decides on the partition; murmur2 spreads them, so that each gets some.
        let lines: Vec<String> = (0..20 * partitions).map(|n| format!("k{n}:v{n}")).collect();
        let lines: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        let with_keys = ["--property", "parse.key=true", "--property", "key.separator=:"];
        let arguments = [&["--topic", topic.as_str()], &with_keys[..]].concat();
        let output = self.broker.tool("admin", "console-producer", &arguments, &lines);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        topic
    }

    /// Reads so many records of a topic as a group, and leaves.
    fn consume(&self, topic: &str, group: &str, count: usize) {
        self.broker.consume("admin", topic, group, count).expect("records");
    }

    /// A consumer that stays in its group until it is dropped; waits until it is in it.
    fn consumer(&self, topic: &str, group: &str, properties: &[&str]) -> Running {
        let option = if self.broker.is_at_least("4.2") {
            "--command-property"
        } else {
            "--consumer-property"
        };
        let mut arguments = vec!["--topic", topic, "--group", group, "--from-beginning"];
        arguments.extend(properties.iter().flat_map(|property| [option, property]));
        let before = self.member_count(group);
        let running = self.broker.start_tool("admin", "console-consumer", &arguments);
        eventually("the consumer is in its group", || self.member_count(group) > before);
        self.settled(group);
        running
    }

    /// A share consumer that stays in its group until it is dropped; waits until the group knows
    /// where it is in the topic's only partition, for which it takes records.
    fn share_consumer(&self, topic: &str, group: &str) -> Running {
        let arguments = ["--topic", topic, "--group", group];
        let running = self.broker.start_tool("admin", "console-share-consumer", &arguments);
        eventually("the share consumer is in its group", || self.member_count(group) == 1);
        eventually("the share group has begun", || {
            self.broker.produce("admin", topic, &["one more"]).expect("a record");
            let items = self.items(&["lag", group]);
            items.first().is_some_and(|item| item["lag"] == 0 && item["committedOffset"].is_i64())
        });
        running
    }

    fn member_count(&self, group: &str) -> usize {
        let run = self.group(&["members", group, "-o", "name"]);
        if run.status == 0 { run.out.lines().count() } else { 0 }
    }

    fn state(&self, group: &str) -> String {
        let described = self.items(&["describe", group]);
        described[0]["state"].as_str().expect("a state").to_owned()
    }

    /// Waits until the group is stable.
    fn settled(&self, group: &str) {
        eventually("the group is stable", || self.state(group) == "Stable");
    }

    /// Waits until nobody is in the group.
    fn empty(&self, group: &str) {
        eventually("the group is empty", || self.state(group) == "Empty");
    }

    /// What the group has committed, as kward tells it: partition and offset.
    fn committed(&self, group: &str) -> Vec<(i64, i64)> {
        let number = |item: &Value, field: &str| item[field].as_i64();
        let items = self.items(&["lag", group]);
        let pair =
            |item: &Value| Some((number(item, "partition")?, number(item, "committedOffset")?));
        items.iter().filter_map(pair).collect()
    }
}

/// The table of `kafka-consumer-groups --describe`: the cells of each row, by heading.
fn table(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_head = |line: &&str| line.starts_with("GROUP");
    let head = lines.by_ref().find(is_head).unwrap_or_else(|| panic!("no table in:\n{text}"));
    let names: Vec<&str> = head.split_whitespace().collect();
    let row = |line: &str| {
        let cells = line.split_whitespace().map(str::to_owned);
        names.iter().map(|name| (*name).to_owned()).zip(cells).collect()
    };
    lines.map(row).collect()
}
