//! `kward reassign` on clusters of three brokers, held to what Kafka's own tools say.

mod absent;
mod batches;
mod folders;
mod moving;
mod patient;
mod planning;
mod refusals;
mod throttles;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::support::broker::{Broker, Options, newest, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{Shared, eventually, unique};
use crate::topic::items;

pub const TOOL: &str = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand";

/// A cluster of three brokers, each in a rack of its own. One test has it at a time: draining a broker
/// and throttling are everybody's.
pub struct Cluster(MutexGuard<'static, Broker>);

impl std::ops::Deref for Cluster {
    type Target = Broker;

    fn deref(&self) -> &Broker {
        &self.0
    }
}

impl Cluster {
    pub fn of(version: &str) -> Self {
        static ALL: Shared<Mutex<Broker>> = Shared::new();
        let cluster = ALL.of(version, || {
            let settings = [
                "broker.rack=rack-{node}",
                // The test says who leads.
                "auto.leader.rebalance.enable=false",
            ];
            let options = Options {
                version: Some(version.to_owned()),
                three_brokers: true,
                settings: settings.map(str::to_owned).to_vec(),
                ..Options::default()
            };
            Mutex::new(Broker::own(&options))
        });
        Self(cluster.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs the body on a cluster of each version to test; a failure names the version.
pub fn on_each_cluster(body: impl Fn(&Cluster)) {
    for version in versions() {
        eprintln!("on Kafka {version}");
        body(&Cluster::of(&version));
    }
}

pub fn on_the_newest() -> Cluster {
    Cluster::of(&newest())
}

/// A sandbox in which plans lie.
pub struct Bench<'a> {
    pub cluster: &'a Broker,
    pub sandbox: Sandbox,
}

impl<'a> Bench<'a> {
    pub fn new(cluster: &'a Broker) -> Self {
        Self { cluster, sandbox: Sandbox::new() }
    }

    /// `kward …` as the super user.
    #[track_caller]
    pub fn kward(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.sandbox.kward_on(self.cluster, "admin", arguments))
    }

    /// `kward reassign … -o json`. What it has changed is known to each broker then: the next command may ask
    /// any of them.
    #[track_caller]
    pub fn reassign(&self, arguments: &[&str]) -> Run {
        let run = self.kward(&[&["reassign"], arguments, &["-o", "json"]].concat());
        let writes = ["apply", "cancel"].contains(&arguments[0]);
        if writes && run.status == 0 && !arguments.contains(&"--dry-run") {
            self.cluster.caught_up("admin");
        }
        run
    }

    /// A topic whose partitions lie as `1:2,2:3` says.
    pub fn topic(&self, name: &str, assignment: &str) -> String {
        let topic = unique(name);
        self.kward(&["topic", "create", &topic, "--assignment", assignment]).ends(0);
        // The controller has it; each broker learns of it in its time.
        let config = self.cluster.client("admin");
        for broker in self.cluster.bootstrap_of("admin").split(',') {
            let describe = ["topic", "describe", &topic, "-b", broker, "--command-config"];
            eventually("a broker knows the topic", || {
                let mut command = self.sandbox.kward(describe);
                Run::of(command.arg(&config)).status == 0
            });
        }
        topic
    }

    /// Where the partitions of a topic lie: `1:2,2:3`.
    #[track_caller]
    pub fn lies(&self, topic: &str) -> String {
        let run = self.kward(&["topic", "describe", topic, "-o", "json"]).ends(0);
        let partitions = items(&run)[0]["partitions"].as_array().expect("partitions").clone();
        let one = |partition: &Value| ids(&partition["replicas"]).replace(',', ":");
        partitions.iter().map(one).collect::<Vec<_>>().join(",")
    }

    /// Megabytes of records.
    pub fn fill(&self, topic: &str, megabytes: usize) {
        let line = "x".repeat(100_000);
        let lines = vec![line.as_str(); megabytes * 10];
        self.cluster.produce("admin", topic, &lines).expect("a super user may write");
    }

    /// `kafka-reassign-partitions --list`: partitions with replicas, adding and removing.
    pub fn listed_by_kafka(&self) -> Vec<(String, String, String, String)> {
        let text = self.cluster.admin(TOOL, &["--list"]);
        let lines = text.lines().filter(|line| line.contains(": replicas: "));
        lines
            .map(|line| {
                let (name, rest) = line.split_once(": replicas: ").unwrap();
                let field = |name: &str| {
                    let rest = rest.split(&format!("{name}: ")).nth(1).unwrap_or_default();
                    rest.split('.').next().unwrap_or_default().trim().to_owned()
                };
                let replicas = rest.split('.').next().unwrap().to_owned();
                (name.trim().to_owned(), replicas, field("adding"), field("removing"))
            })
            .collect()
    }

    /// The same by `kward reassign status`.
    #[track_caller]
    pub fn listed_by_kward(&self) -> Vec<(String, String, String, String)> {
        let run = self.reassign(&["status", "--keep-throttle"]).ends(0);
        let one = |item: &Value| {
            let name = format!("{}-{}", item["topic"].as_str().unwrap(), item["partition"]);
            (name, ids(&item["replicas"]), ids(&item["adding"]), ids(&item["removing"]))
        };
        items(&run).iter().map(one).collect()
    }

    /// What slows replication down, by `kafka-configs`: lines that name a throttle of this cluster.
    pub fn throttles_by_kafka(&self, topics: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let entity = |kind, name: &str| {
            let words = ["--describe", "--entity-type", kind, "--entity-name", name];
            self.cluster.admin("configs", &words)
        };
        for id in ["1", "2", "3"] {
            found.push(entity("brokers", id));
        }
        for topic in topics {
            found.push(entity("topics", topic));
        }
        let lines = found.iter().flat_map(|text| text.lines());
        let of_throttle = lines.filter(|line| line.contains("replication.throttled"));
        of_throttle.map(|line| line.trim().to_owned()).collect()
    }

    /// The same of a topic, once it is that many lines: a broker hears of a change a little after who made it
    /// is answered.
    pub fn throttles_once(&self, topic: &str, lines: usize) -> Vec<String> {
        let mut told = Vec::new();
        eventually(&format!("{lines} lines of throttles"), || {
            told = self.throttles_by_kafka(&[topic]);
            told.len() == lines
        });
        told
    }
}

/// `1,2`.
pub fn ids(list: &Value) -> String {
    let ids: Vec<String> = list.as_array().expect("ids").iter().map(Value::to_string).collect();
    ids.join(",")
}

/// The status of each item.
#[track_caller]
pub fn statuses(run: &Run) -> Vec<String> {
    let items = items(run);
    items.iter().map(|item| item["status"].as_str().expect("a status").to_owned()).collect()
}
