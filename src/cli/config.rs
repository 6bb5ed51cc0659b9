//! The grammar of `kward config`.

use clap::{Arg, Args, Subcommand};

use super::acl::Write;
use super::lazy::Lazy;
use super::topic::Changes;

/// The configuration of topics, brokers, loggers, groups and client metrics
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    Describe(Lazy<Describe>),
    Set(Lazy<Set>),
}

/// Whose configuration is meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Whose configuration")]
#[command(group = clap::ArgGroup::new("whose").required(true).multiple(true))]
pub struct Whose {
    /// Topics of this name
    #[arg(long, value_name = "NAME", group = "whose")]
    pub topic: Vec<String>,
    /// Brokers with this id
    #[arg(long, value_name = "ID", group = "whose", value_delimiter = ',')]
    pub broker: Vec<i32>,
    /// Every broker
    #[arg(long, group = "whose", conflicts_with = "broker")]
    pub all_brokers: bool,
    /// What all brokers have in common, unless one has a value of its own
    #[arg(long, group = "whose")]
    pub broker_defaults: bool,
    /// The log levels of the broker with this id
    #[arg(long, value_name = "ID", group = "whose", value_delimiter = ',')]
    pub logger: Vec<i32>,
    /// Groups of this name
    #[arg(long, value_name = "NAME", group = "whose")]
    pub group: Vec<String>,
    /// Subscriptions to client metrics of this name
    #[arg(long, value_name = "NAME", group = "whose")]
    pub client_metrics: Vec<String>,
}

/// Describe configurations: value, where it comes from, type
///
/// Shows what differs from the default; `--all` shows every key. Sensitive values are never told by
/// a broker. `--group` and `--client-metrics` without a NAME are all that have a configuration of their
/// own; with `-o name` their names (groups are listed by Kafka 4.1 and later). With `--bootstrap-controller`, a `--broker`
/// or `--logger` is a controller: only a broker itself tells what it has. Needs DESCRIBE_CONFIGS on the topic, the group
/// or the cluster.
#[derive(Debug, Args)]
#[command(mut_args(name_is_optional))]
#[command(after_help = "Examples:
  kward config describe --topic orders --all
  kward config describe --broker 1 --key log.retention.ms --synonyms --docs
  kward config describe --all-brokers
  kward config describe --logger 1 --match kafka.server.
  kward config describe --client-metrics
  kward config describe --group -o name")]
pub struct Describe {
    #[command(flatten)]
    pub whose: Whose,
    /// Only these keys
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub key: Vec<String>,
    /// Only keys that contain this
    #[arg(long = "match", value_name = "TEXT", conflicts_with = "key")]
    pub containing: Option<String>,
    /// Also keys that have their default
    #[arg(long)]
    pub all: bool,
    /// Also what sets each value and what would set it otherwise
    #[arg(long)]
    pub synonyms: bool,
    /// Also what the broker says about each key
    #[arg(long)]
    pub docs: bool,
}

/// Without a name all that have a configuration are meant, as an empty name says.
fn name_is_optional(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "group" | "client_metrics" => arg.num_args(0..=1).default_missing_value(""),
        _ => arg,
    }
}

/// Change configurations
///
/// Only the named keys change; `--unset-all` takes every value away that was set so, which deletes a subscription to
/// client metrics. Shows the old value, where it came from, and the new one. A change to brokers, and `--unset-all`,
/// ask first. A password goes by `--set-file` or `--set-env`: what stands on the command line can
/// be read in the list of processes. With `--bootstrap-controller` a `--broker` need not be there; its old values are not
/// told then. Needs ALTER_CONFIGS on the topic, the group or the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward config set --broker-defaults --set log.retention.ms=604800000
  kward config set --broker 1 --unset log.cleaner.threads
  kward config set --broker 1 --set-file listener.name.ssl.ssl.keystore.password=keystore.txt
  kward config set --broker-defaults --set-from brokers.properties --dry-run
  kward config set --broker 3 --unset ssl.cipher.suites --bootstrap-controller controller1:9093
  kward config set --logger 1 --set kafka.server.KafkaApis=DEBUG
  kward config set --group billing --set consumer.session.timeout.ms=60000
  kward config set --client-metrics all --set interval.ms=60000 --append metrics=org.apache.kafka.consumer.
  kward config set --generate-name --set match=client_software_name=apache-kafka-java
  kward config set --client-metrics all --unset-all")]
pub struct Set {
    #[command(flatten)]
    pub whose: Whose,
    /// A new subscription to client metrics, with a name that nobody has yet: the result tells it
    #[arg(
        long,
        group = "whose",
        conflicts_with = "client_metrics",
        help_heading = "Whose configuration"
    )]
    pub generate_name: bool,
    #[command(flatten)]
    pub changes: Changes,
    #[command(flatten)]
    pub write: Write,
}
