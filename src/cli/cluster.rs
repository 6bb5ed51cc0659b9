//! The grammar of `kward cluster`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::model::{DirectoryId, Listener, Release};

use super::acl::Write;
use super::global::parse_duration;
use super::lazy::Lazy;
use super::values;

/// The brokers, their disks, the controllers, and whether all is well
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    Describe(Lazy<Describe>),
    Brokers(Lazy<Brokers>),
    ApiVersions(Lazy<ApiVersions>),
    Features(Lazy<Features>),
    SetFeatures(Lazy<SetFeatures>),
    Quorum(Lazy<Quorum>),
    AddController(Lazy<AddController>),
    RemoveController(Lazy<RemoveController>),
    UnregisterBroker(Lazy<UnregisterBroker>),
    LogDirs(Lazy<LogDirs>),
    Health(Lazy<Health>),
}

/// Describe the cluster: id, version, controller, brokers, and what you may do on it
///
/// The version of a broker is the release of the highest metadata.version that it supports: brokers do not tell more.
/// With `--bootstrap-controller` it is the controllers that are listed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster describe
  kward cluster describe -o json
  kward cluster describe --bootstrap-controller controller1:9093")]
pub struct Describe {}

/// List the brokers with their partitions, leaders, sizes and how uneven they are
///
/// Also those that are not there: `fenced` are those that are still registered (Kafka 4.0 and later tell), `missing`
/// others that replicas lie on. Sizes need DESCRIBE on the cluster; without it they are left out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster brokers
  kward cluster brokers -o wide --sort-by -size")]
pub struct Brokers {}

/// List the APIs that brokers offer, with their versions
///
/// Brokers that offer the same are shown together.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster api-versions
  kward cluster api-versions --broker 1 -o json")]
pub struct ApiVersions {
    /// Only the broker with this id; the controller with `--bootstrap-controller`
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub broker: Vec<i32>,
}

/// List the features of the cluster: the level agreed on, and what the brokers support (KIP-584)
///
/// `--release` is what a release of Kafka stands for: the levels that its features have by default, and what each
/// needs of others. No cluster is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster features
  kward cluster features --release 4.1")]
pub struct Features {
    /// What this release stands for: `4.1`, or one of its levels of `metadata.version` by name
    #[arg(long, value_name = "RELEASE", value_parser = Release::parse)]
    pub release: Option<Release>,
}

/// Set the levels of features: upgrade or downgrade the cluster (KIP-584, KIP-1022)
///
/// Upgrade `metadata.version` when every broker is of the new release. The controller judges the levels
/// before anything is asked; `--dry-run` ends there. A level of 0 turns a feature off. `--release` sets the levels
/// that a release stands for: on the way up features that are off there or higher already stay as they are, and so does
/// `kraft.version`, which nothing takes back. Needs ALTER on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster set-features --release 4.1 --dry-run
  kward cluster set-features metadata.version=4.1 --dry-run
  kward cluster set-features metadata.version=4.1-IV1 share.version=1
  kward cluster set-features transaction.version=0")]
pub struct SetFeatures {
    /// Features with their levels; that of `metadata.version` may be a release: its last level
    #[arg(value_name = "FEATURE=LEVEL", required_unless_present = "release", conflicts_with = "release", value_parser = values::feature_level)]
    pub levels: Vec<(String, i16)>,
    /// The levels that this release stands for: `4.1`
    #[arg(long, alias = "release-version", value_name = "RELEASE", value_parser = Release::parse)]
    pub release: Option<Release>,
    /// Downgrade even where metadata is lost by it
    #[arg(long = "unsafe")]
    pub lossy: bool,
    #[command(flatten)]
    pub write: Write,
}

/// Show the quorum of controllers: voters, observers, and how far behind each is
///
/// Needs DESCRIBE on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster quorum
  kward cluster quorum --bootstrap-controller controller1:9093,controller2:9093")]
pub struct Quorum {}

/// Give a controller a vote in the quorum (KIP-853)
///
/// It has to run already, and to follow the metadata: its folder was formatted with
/// `kafka-storage format --no-initial-controllers`. Its directory is then found by its id. Where it listens says
/// `--listener`, or, on its own machine, the file that it starts with. Waits until the quorum shows it. Needs ALTER
/// on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster add-controller 4 --listener CONTROLLER=controller4:9093
  kward cluster add-controller --controller-config /etc/kafka/server.properties --dry-run")]
pub struct AddController {
    /// `node.id` of the controller
    #[arg(value_name = "ID", required_unless_present = "controller_config", value_parser = clap::value_parser!(i32).range(0..))]
    pub id: Option<i32>,
    /// The file that the controller starts with, for all that there is to know
    #[arg(long, value_name = "FILE", conflicts_with_all = ["directory_id", "listener"])]
    pub controller_config: Option<PathBuf>,
    /// The id of the folder of its metadata log, where the quorum does not know it
    #[arg(long, value_name = "DIRECTORY-ID", value_parser = values::directory_id)]
    pub directory_id: Option<DirectoryId>,
    /// Where the other controllers reach it
    #[arg(long, value_name = "NAME=HOST:PORT", value_parser = values::listener)]
    pub listener: Vec<Listener>,
    #[command(flatten)]
    pub write: Write,
}

/// Take the vote in the quorum from a controller (KIP-853)
///
/// Shows how many voters remain and how many of them may fail, and asks. The last voter is kept, and so is one
/// without which the voters that are there would be no majority. With `controller.quorum.auto.join.enable` stop the
/// controller first, or it joins again. Needs ALTER on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster remove-controller 3 --dry-run
  kward cluster remove-controller 3:ce1JLyEo7reNkYZLtXyk7A --yes")]
pub struct RemoveController {
    /// `node.id` of the controller, and the id of its directory where it has to be that one
    #[arg(value_name = "ID[:DIRECTORY-ID]", value_parser = values::controller)]
    pub controller: (i32, Option<DirectoryId>),
    #[command(flatten)]
    pub write: Write,
}

/// Make the cluster forget a broker that is gone for good
///
/// A broker that is alive, or that still has replicas as far as can be seen, is kept. Controllers
/// (`--bootstrap-controller`) do not tell of replicas. Needs ALTER on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster unregister-broker 3 --dry-run")]
pub struct UnregisterBroker {
    /// `node.id` of the broker
    #[arg(value_name = "ID", value_parser = clap::value_parser!(i32).range(0..))]
    pub id: i32,
    #[command(flatten)]
    pub write: Write,
}

/// What sizes are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum By {
    /// One row a broker
    Broker,
    /// One row a folder of a broker
    #[default]
    Dir,
    /// One row a topic, all brokers together
    Topic,
    /// One row a replica
    Replica,
}

/// Show what lies on the disks of the brokers, the largest first
///
/// Needs DESCRIBE on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster log-dirs
  kward cluster log-dirs --by topic
  kward cluster log-dirs --by replica --broker 1 --topic orders")]
pub struct LogDirs {
    /// What sizes are added up by
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub by: By,
    /// Only the brokers with these ids
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub broker: Vec<i32>,
    /// Only these topics
    #[arg(long, value_name = "NAME")]
    pub topic: Vec<String>,
}

/// Say on one screen what is wrong, and exit with status 3 when something is
///
/// Looks at partitions (offline, under-replicated, at or under `min.insync.replicas`), brokers (missing,
/// unbalanced), the quorum and the disks. What cannot be looked at for want of a permission is said.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward cluster health
  kward cluster health --max-skew 50 --max-quorum-lag 30s -o json")]
pub struct Health {
    /// How many percent more leaders than the mean a broker may have
    #[arg(long, value_name = "PERCENT", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..))]
    pub max_skew: i64,
    /// How long a controller or broker may be behind with the metadata
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    pub max_quorum_lag: Duration,
    /// How full a disk may be, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 90, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub max_disk: u8,
}
