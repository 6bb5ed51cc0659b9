//! `topic plan`, `apply` and `export`: topics of a file.

mod input;
mod meaning;

use std::collections::BTreeMap;

use serde_json::Value;

use super::items;
use crate::support::broker::Broker;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// A folder with files, and who talks to the broker from there.
struct Desk<'a> {
    broker: &'a Broker,
    sandbox: Sandbox,
}

impl<'a> Desk<'a> {
    fn new(broker: &'a Broker) -> Self {
        Self { broker, sandbox: Sandbox::new() }
    }

    /// Writes `topics.yaml`: what stands below `topics:`.
    fn topics(&self, body: &str) {
        self.sandbox.write("topics.yaml", &format!("version: 1\ntopics:\n{body}"));
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> Run {
        self.run_as("admin", words)
    }

    #[track_caller]
    fn run_as(&self, client: &str, words: &[&str]) -> Run {
        Run::of(&mut self.sandbox.kward_on(self.broker, client, words))
    }

    /// `topic VERB -f topics.yaml …`
    #[track_caller]
    fn verb(&self, verb: &str, more: &[&str]) -> Run {
        self.run(&[&["topic", verb, "-f", "topics.yaml"], more].concat())
    }

    /// What `kafka-topics` says of a topic: how many partitions and replicas.
    fn numbers(&self, topic: &str) -> (String, String) {
        let told = self.broker.admin("topics", &["--describe", "--topic", topic]);
        let field = |name: &str| {
            let rest = told.split(&format!("{name}: ")).nth(1).unwrap_or_default();
            rest.split_whitespace().next().unwrap_or_default().to_owned()
        };
        (field("PartitionCount"), field("ReplicationFactor"))
    }

    /// What `kafka-configs` says that the topic sets itself.
    fn configs(&self, topic: &str) -> BTreeMap<String, String> {
        let words = ["--describe", "--entity-type", "topics", "--entity-name", topic];
        let told = self.broker.admin("configs", &words);
        let pair = |line: &str| {
            let (pair, _) = line.trim().split_once(" sensitive=")?;
            let (key, value) = pair.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        };
        told.lines().filter_map(pair).collect()
    }

    fn is_there(&self, topic: &str) -> bool {
        self.broker.admin("topics", &["--list"]).lines().any(|line| line == topic)
    }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What each item is about and what became of it: `partitions altered`.
fn told(run: &Run) -> Vec<String> {
    let word = |item: &Value| {
        let what = item["key"].as_str().or(item["what"].as_str()).unwrap_or_default();
        format!("{what} {}", item["status"].as_str().unwrap_or_default())
    };
    items(run).iter().map(word).collect()
}
