//! `kward topic` against real Kafka: a module per verb, and what needs three brokers.

mod controller;
mod create;
mod delete;
mod describe;
mod elect;
mod file;
mod health;
mod list;
mod offsets;
mod outcomes;
mod partitions;
mod silent;
mod size;
mod trim;
mod unknown;

pub use health::{one_that_may_go, quick_to_miss};

use serde_json::Value;

use crate::support::broker::Broker;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::terminal::Terminal;

/// `kward …` as the super user.
#[track_caller]
pub fn kward(broker: &Broker, arguments: &[&str]) -> Run {
    kward_as(broker, "admin", arguments)
}

/// `kward …` as another client of the broker.
#[track_caller]
pub fn kward_as(broker: &Broker, client: &str, arguments: &[&str]) -> Run {
    Run::of(&mut Sandbox::new().kward_on(broker, client, arguments))
}

/// What `kward …` asks the super user on a terminal and writes before it, on one line; the answer is no.
#[track_caller]
pub fn asked(broker: &Broker, arguments: &[&str]) -> String {
    let sandbox = Sandbox::new();
    let mut command = sandbox.process(arguments);
    command.args(["-b", &broker.bootstrap_of("admin"), "--command-config"]);
    let mut terminal = Terminal::start(command.arg(broker.client("admin")), None);
    terminal.wait_for("[y/N]", 0);
    terminal.keys("n\n");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 4, "{screen}");
    // Where a line is broken is of no interest.
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The items of a document.
#[track_caller]
pub fn items(run: &Run) -> Vec<Value> {
    run.json()["items"].as_array().expect("items").clone()
}

/// A field of each item, as text.
pub fn texts<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[field].as_str().unwrap_or_default()).collect()
}

/// A partition as both Kafka's tool and kward describe it: leader, replicas, in sync.
pub type Told = (String, i64, String, String, String);

/// The lines of `kafka-topics --describe` that are about partitions.
pub fn told_by_kafka(text: &str) -> Vec<Told> {
    let field = |line: &str, name: &str| {
        let rest = line.split(&format!("{name}: ")).nth(1).unwrap_or_default();
        rest.split('\t').next().unwrap_or_default().trim().to_owned()
    };
    let mut told: Vec<Told> = text
        .lines()
        .filter(|line| line.contains("\tPartition: "))
        .map(|line| {
            let number = field(line, "Partition").parse().expect("a partition");
            let [leader, replicas, isr] =
                ["Leader", "Replicas", "Isr"].map(|name| field(line, name));
            (field(line, "Topic"), number, leader, replicas, isr)
        })
        .collect();
    told.sort();
    told
}

/// The same from a `TopicDescription`.
pub fn told_by_kward(run: &Run) -> Vec<Told> {
    let ids = |list: &Value| {
        let ids: Vec<String> = list.as_array().unwrap().iter().map(Value::to_string).collect();
        ids.join(",")
    };
    let mut told = Vec::new();
    for item in items(run) {
        for partition in item["partitions"].as_array().expect("partitions") {
            let leader =
                partition["leader"].as_i64().map_or("none".to_owned(), |id| id.to_string());
            told.push((
                item["name"].as_str().unwrap().to_owned(),
                partition["partition"].as_i64().unwrap(),
                leader,
                ids(&partition["replicas"]),
                ids(&partition["inSync"]),
            ));
        }
    }
    told.sort();
    told
}
