//! `kward acl` against real Kafka: a module per verb, then what verbs have in common.

mod answers;
mod apply;
mod clients;
mod contexts;
mod copy;
mod create;
mod delete;
mod guards;
mod import;
mod input;
mod list;
mod listeners;
mod messages;
mod output;
mod plan;
mod refused;
mod saved;
mod terminal;
mod undo;
mod whole;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::bindings::{Bindings, of_json, of_kafka_acls, only};
use crate::support::broker::Broker;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// A broker, and the program in a sandbox beside it.
struct Bench<'a> {
    broker: &'a Broker,
    sandbox: Sandbox,
    /// Whom the broker trusts.
    client: &'static str,
}

impl<'a> Bench<'a> {
    fn new(broker: &'a Broker) -> Self {
        Self { broker, sandbox: Sandbox::new(), client: "admin" }
    }

    /// `kward acl …` as the super user.
    #[track_caller]
    fn acl(&self, arguments: &[&str]) -> Run {
        self.acl_as(self.client, arguments)
    }

    /// `kward acl …` as another client of the broker.
    #[track_caller]
    fn acl_as(&self, client: &str, arguments: &[&str]) -> Run {
        let arguments = ["acl"].iter().chain(arguments);
        Run::of(&mut self.sandbox.kward_on(self.broker, client, arguments))
    }

    /// Creates bindings of exactly one principal in the words of `kafka-acls`, for a test's own state.
    #[track_caller]
    fn create(&self, arguments: &[&str]) {
        self.acl(&[&["create"], arguments].concat()).ends(0);
    }

    /// The bindings of these principals, as kward lists them.
    #[track_caller]
    fn live(&self, principals: &[&str]) -> Bindings {
        let mut arguments = vec!["list", "-o", "json"];
        arguments.extend(principals.iter().flat_map(|principal| ["--principal", principal]));
        of_json(&self.acl(&arguments).ends(0).json()["items"])
    }

    /// The bindings of these principals, as Kafka's own tool lists them.
    #[track_caller]
    fn live_by_kafka(&self, principals: &[&str]) -> Bindings {
        only(&of_kafka_acls(&self.broker.kafka_acls(&["--list"])), principals)
    }

    /// An ACL file in the sandbox.
    fn file(&self, name: &str, content: &str) -> PathBuf {
        self.sandbox.write(name, content)
    }

    /// A config file with one context that reaches the broker as the super user.
    fn context(&self, name: &str, lines: &str) {
        let properties = self.broker.client("admin");
        let text = format!(
            "[contexts.{name}]\nbootstrap-servers = \"{}\"\ncommand-config = \"{}\"\n{lines}\n",
            self.broker.bootstrap_of("admin"),
            properties.display(),
        );
        self.add_config(&text);
    }

    fn add_config(&self, text: &str) {
        let path = self.sandbox.path().join(".config/kward/config.toml");
        let before = fs::read_to_string(path).unwrap_or_default();
        self.sandbox.write(".config/kward/config.toml", &format!("{before}{text}"));
    }

    /// `kward acl …` with nothing but the config file.
    #[track_caller]
    fn acl_in_context(&self, context: &str, arguments: &[&str]) -> Run {
        let arguments = [&["acl", "-c", context], arguments].concat();
        Run::of(&mut self.sandbox.kward(arguments))
    }
}

/// How many items of a write have each status, those that have any.
#[track_caller]
pub fn summary(document: &Value) -> Vec<(String, u64)> {
    let counts = document["summary"].as_object().expect("a summary");
    let count = |(status, count): (&String, &Value)| (status.clone(), count.as_u64().unwrap());
    counts.iter().map(count).filter(|(_, count)| *count > 0).collect()
}
