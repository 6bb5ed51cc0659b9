//! The grammar of `kward reassign`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use regex_lite::Regex;

use super::acl::Write;
use super::lazy::Lazy;
use super::{group_values, values};

/// Which brokers hold which partitions: plan a change, make it, watch it, end it
#[derive(Debug, Subcommand)]
pub enum ReassignCommand {
    Plan(Lazy<Plan>),
    Apply(Lazy<Apply>),
    Status(Lazy<Status>),
    Cancel(Lazy<Cancel>),
}

/// What is wanted, and of which topics.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is wanted (several together are one plan)")]
#[command(group = clap::ArgGroup::new("goal").multiple(true))]
pub struct Goals {
    /// Move everything off these brokers
    #[arg(long = "drain", value_name = "ID,…", value_delimiter = ',', group = "goal")]
    pub drain_brokers: Vec<i32>,
    /// Give each partition this many replicas
    ///
    /// Kafka's own topics are left as they are, unless they are named or `--internal` is given.
    #[arg(short = 'r', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), group = "goal")]
    pub replication_factor: Option<u16>,
    /// Spread replicas and preferred leaders evenly over brokers and racks
    #[arg(long, group = "goal")]
    pub even: bool,
    /// Give nothing to these brokers
    #[arg(long = "exclude", value_name = "ID,…", value_delimiter = ',')]
    pub exclude_brokers: Vec<i32>,
    /// Pay no heed to racks
    #[arg(long, alias = "disable-rack-aware")]
    pub ignore_racks: bool,
    /// Move partitions of these topics only; the others count as load
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Which topics", conflicts_with_all = ["prefix", "pattern"])]
    pub topic: Vec<String>,
    /// Topics whose name begins so
    #[arg(long, value_name = "TEXT", help_heading = "Which topics")]
    pub prefix: Option<String>,
    /// Topics whose whole name this regular expression matches
    #[arg(long = "match", value_name = "REGEX", value_parser = values::whole_name, help_heading = "Which topics")]
    pub pattern: Option<Regex>,
    /// Kafka's own topics too, where topics are chosen or get another number of replicas
    #[arg(long, help_heading = "Which topics")]
    pub internal: bool,
}

/// Plan where partitions are to lie, and write nothing
///
/// Copies as little as the goal takes: what lies well is left alone, and racks are heeded where every
/// broker has one. Shows each partition that moves, what is copied, and what each broker bears before and
/// after. Needs DESCRIBE on the cluster and on the topics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward reassign plan --drain 3
  kward reassign plan --replication-factor 3 --topic orders --out plan.json
  kward reassign plan --even --exclude 5 --prefix orders.")]
#[command(mut_group("goal", |group| group.required(true)))]
pub struct Plan {
    /// Write the plan into this file, for `reassign apply` and for Kafka's own `kafka-reassign-partitions`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    // Last, because its headings hold for what comes after it.
    #[command(flatten)]
    pub goals: Goals,
}

/// Move partitions to where a plan says, and wait until they are there
///
/// Takes a plan file or the flags of `reassign plan`, shows the plan and asks. Where the file has
/// `log_dirs`, replicas are moved to those folders of their brokers, too, at full speed. Applying the same plan again
/// goes on where it stopped. What a throttle has put on is taken off again when it is done: that and
/// nothing else, and a rate that a broker had before comes back. Should the run be killed, or not wait,
/// the next `apply`, `status` or `cancel` of the same user does it: the state folder keeps what is to go.
/// Ctrl-C ends the waiting only. With `--batch-size` so many partitions move at a time, the next when those are there:
/// what was not begun when it ends stays where it is, and is begun when the plan is applied again. Needs ALTER on the cluster; a throttle DESCRIBE_CONFIGS and ALTER_CONFIGS
/// on the cluster and on the topics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward reassign apply plan.json --throttle 50MB
  kward reassign apply --drain 3 --dry-run
  kward reassign apply --drain 3 --batch-size 10
  kward reassign apply --even --throttle 20MiB --no-wait --yes")]
pub struct Apply {
    /// A plan of `reassign plan`, or any file that Kafka's own tool takes
    #[arg(value_name = "PLANFILE", value_hint = ValueHint::FilePath, required_unless_present = "goal", conflicts_with_all = ["goal", "exclude_brokers", "ignore_racks", "topic", "prefix", "pattern", "internal"])]
    pub plan: Option<PathBuf>,
    /// Copy at most so many bytes a second to and from each broker: `50MB`, `20MiB`
    #[arg(long, value_name = "RATE", value_parser = values::rate)]
    pub throttle: Option<u64>,
    /// Move so many partitions at a time
    #[arg(long, value_name = "N", value_parser = group_values::limit, conflicts_with = "no_wait")]
    pub batch_size: Option<usize>,
    /// End when everything is under way
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub write: Write,
    #[command(flatten)]
    pub goals: Goals,
}

/// Show what is being moved, and how far it has come
///
/// Takes off what earlier runs of the same user have put on to throttle moves that are over; a rate that was
/// there before comes back. Throttles of others are shown, and stay: `--remove-throttle` takes them off too,
/// as Kafka's own `kafka-reassign-partitions --verify` does. Needs DESCRIBE on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward reassign status
  kward reassign status orders --wait
  kward reassign status --keep-throttle -o json
  kward reassign status --remove-throttle --dry-run
  kward reassign status --wait --remove-throttle")]
pub struct Status {
    /// Only these topics
    #[arg(value_name = "TOPIC")]
    pub topics: Vec<String>,
    /// Only these partitions of them
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "topics")]
    pub partition: Vec<i32>,
    /// Wait until nothing of it moves any more
    #[arg(long)]
    pub wait: bool,
    /// Only look: leave a throttle where nothing moves
    #[arg(long, alias = "preserve-throttles")]
    pub keep_throttle: bool,
    /// When nothing moves, take off the throttles of the topics and of all brokers, whoever has put them on
    ///
    /// With topics named, the rates of brokers go only when no other topic is throttled. What throttles every
    /// replica of a topic (`*`) stays, and the rates with it.
    #[arg(long, conflicts_with = "keep_throttle")]
    pub remove_throttle: bool,
    #[command(flatten)]
    pub write: Write,
}

/// End moves under way: partitions stay on the brokers that they were on
///
/// Those between the folders of a broker, too. What was copied so far is thrown away. Kafka does not keep the order of
/// the replicas: another may be the first one afterwards, which is preferred as the leader, and a note says where it
/// does not lead (`kward topic elect-leaders`). Shows what is moving, and asks. What kward has put on to throttle
/// it is taken off. Needs ALTER on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward reassign cancel orders --partition 0,3
  kward reassign cancel --all --dry-run")]
pub struct Cancel {
    /// Of these topics
    #[arg(value_name = "TOPIC", required_unless_present = "all", conflicts_with = "all")]
    pub topics: Vec<String>,
    /// Only these partitions of them
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "topics")]
    pub partition: Vec<i32>,
    /// Everything that moves
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub write: Write,
}
