//! The grammar of `kward topic`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueHint};
use regex_lite::Regex;

use super::acl::Write;
use super::lazy::Lazy;
use super::values;
use crate::model::TopicId;

/// Topics and their partitions
#[derive(Debug, Subcommand)]
pub enum TopicCommand {
    List(Lazy<List>),
    Describe(Lazy<Describe>),
    Offsets(Lazy<Offsets>),
    Create(Lazy<Create>),
    Delete(Lazy<Delete>),
    AddPartitions(Lazy<AddPartitions>),
    Configure(Lazy<Configure>),
    Trim(Lazy<Trim>),
    ElectLeaders(Lazy<ElectLeaders>),
    Plan(Lazy<Plan>),
    Apply(Lazy<Apply>),
    Export(Lazy<Export>),
}

/// Which topics are meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which topics")]
pub struct Which {
    /// Topics whose name begins so
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "names")]
    pub prefix: Option<String>,
    /// Topics whose whole name this regular expression matches
    #[arg(long = "match", value_name = "REGEX", value_parser = values::whole_name, conflicts_with = "names")]
    pub pattern: Option<Regex>,
    /// Kafka's own topics too (`__consumer_offsets`)
    #[arg(long)]
    pub internal: bool,
}

/// List topics
///
/// One request, however many topics there are, and one more while a replica is out of sync. `-o wide`
/// and `-o markdown` add sizes on disk and health, which takes a request to each broker; other formats
/// have them where `--columns` names them (`-o json --columns name,size`). Needs DESCRIBE on each topic
/// that is to be seen.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic list
  kward topic list --prefix orders. -o name
  kward topic list --match '.*-v[0-9]+' -o wide --sort-by -size")]
pub struct List {
    /// Only these topics
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub which: Which,
}

/// What has to be wrong with a partition for it to be shown.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Only partitions (several flags: any of them)")]
pub struct Problems {
    /// that have replicas which are not in sync
    #[arg(long)]
    pub under_replicated: bool,
    /// with fewer replicas in sync than `min.insync.replicas`
    #[arg(long)]
    pub under_min_isr: bool,
    /// with as many replicas in sync as `min.insync.replicas`, and not all
    #[arg(long)]
    pub at_min_isr: bool,
    /// without a leader
    #[arg(long, alias = "unavailable")]
    pub offline: bool,
    /// that another than the first replica leads
    #[arg(long)]
    pub leader_not_preferred: bool,
}

/// Describe topics: partitions, replicas, offsets, sizes, configuration
///
/// Without a name, all topics. Shows the values that differ from the default; `kward config describe`
/// shows the others. With a filter, only the partitions that it finds. `--id` finds out what the id in a
/// log or in a folder's name stands for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic describe orders
  kward topic describe --under-replicated
  kward topic describe --overridden -o name
  kward topic describe --prefix orders. -o json")]
pub struct Describe {
    /// These topics
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Topics with these ids
    #[arg(long, alias = "topic-id", value_name = "ID", value_delimiter = ',', value_parser = values::topic_id, conflicts_with_all = ["names", "prefix", "pattern"])]
    pub id: Vec<TopicId>,
    /// Only topics that have values of their own
    #[arg(long, alias = "topics-with-overrides")]
    pub overridden: bool,
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub problems: Problems,
}

/// Show the offsets of partitions
///
/// Without `--at` the first that is there, the next, and how many records lie between them: in a log with
/// transactions or compaction at most so many. `--at` is one offset of each partition, with the timestamp of its
/// record where the broker tells it: `max-timestamp` that of the youngest record, `earliest-local` and
/// `latest-tiered` where tiered storage keeps records elsewhere; a time is the first record that is not older.
/// Without a name, all topics. Needs DESCRIBE on each topic.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic offsets orders
  kward topic offsets orders --partition 0,3 --at latest
  kward topic offsets --prefix orders. --at 1h
  kward topic offsets orders --at 2026-01-31T00:00:00Z -o json")]
pub struct Offsets {
    /// Only these topics
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Only these partitions
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = clap::value_parser!(i32).range(0..))]
    pub partition: Vec<i32>,
    /// Which offset: `earliest`, `latest`, `max-timestamp`, `earliest-local`, `latest-tiered`, or a time (RFC 3339, or
    /// how long ago: `7d`, `12h`)
    #[arg(long, alias = "time", value_name = "WHICH", value_parser = values::which_offset)]
    pub at: Option<values::WhichOffset>,
    #[command(flatten)]
    pub which: Which,
}

/// Create topics
///
/// Several names get the same settings. `--dry-run` has the broker check everything and create
/// nothing. With `--if-not-exists` a topic that is there is no failure, and what differs from what
/// was asked for is told. `--like` takes over the settings of a topic, not its records. Needs CREATE on the
/// topic or on the cluster; `--like` DESCRIBE and DESCRIBE_CONFIGS on that topic.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic create orders --partitions 12 --replication-factor 3
  kward topic create orders --if-not-exists --set retention.ms=604800000 --set cleanup.policy=compact
  kward topic create orders-v2 --like orders --partitions 24
  kward topic create orders billing --set-from topic.properties
  kward topic create orders --assignment 1:2,2:3,3:1 --dry-run")]
pub struct Create {
    /// Their names
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// How many partitions [default: the broker's `num.partitions`]
    #[arg(short = 'p', long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    pub partitions: Option<i32>,
    /// How many replicas of each [default: the broker's `default.replication.factor`]
    #[arg(short = 'r', long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    pub replication_factor: Option<i16>,
    /// The brokers of each partition, the preferred leader first: `1:2,2:3`
    #[arg(long, value_name = "BROKERS", value_parser = values::assignment, alias = "replica-assignment", conflicts_with_all = ["partitions", "replication_factor"])]
    pub assignment: Option<values::Assignment>,
    /// Partitions, replicas and configuration as this topic has them, where no other flag says otherwise
    #[arg(long, value_name = "TOPIC")]
    pub like: Option<String>,
    /// A value of the topic's configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = values::key_value)]
    pub set: Vec<(String, String)>,
    /// Values of its configuration from a Java properties file (`-`: standard input)
    #[arg(long, alias = "add-config-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub set_from: Option<PathBuf>,
    /// A topic that is there already is no failure
    #[arg(long)]
    pub if_not_exists: bool,
    #[command(flatten)]
    pub write: Write,
}

/// Delete topics with everything in them
///
/// Shows size, last write and the groups that have committed offsets there, and asks. Of several
/// topics one that is not there fails for itself, and the others go. Needs DELETE on each topic.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic delete orders-v1
  kward topic delete --match 'test-.*' --dry-run
  kward topic delete --id IMYrer6NReaCezWtnUGdag
  kward topic delete orders-v1 orders-v2 --if-exists --yes")]
pub struct Delete {
    /// Their names
    #[arg(value_name = "NAME", required_unless_present_any = ["id", "prefix", "pattern"])]
    pub names: Vec<String>,
    /// Topics with these ids, as `topic list -o wide` tells them: what has the name by now stays
    #[arg(long, alias = "topic-id", value_name = "ID", value_delimiter = ',', value_parser = values::topic_id, conflicts_with_all = ["names", "prefix", "pattern"])]
    pub id: Vec<TopicId>,
    /// Topics whose name begins so
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "names")]
    pub prefix: Option<String>,
    /// Topics whose whole name this regular expression matches
    #[arg(long = "match", value_name = "REGEX", value_parser = values::whole_name, conflicts_with = "names")]
    pub pattern: Option<Regex>,
    /// A topic that is not there is no failure
    #[arg(long)]
    pub if_exists: bool,
    #[command(flatten)]
    pub write: Write,
}

/// Add partitions to topics
///
/// The records with one key may go to another partition than before: whoever relies on their order
/// loses it. Run again, `--total` adds nothing more, and `--count` adds as many again. Needs ALTER on each topic.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("how_many").required(true))]
#[command(after_help = "Examples:
  kward topic add-partitions orders --total 24
  kward topic add-partitions orders --count 4
  kward topic add-partitions orders --total 4 --assignment 3:1 --dry-run")]
pub struct AddPartitions {
    /// Their names
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// How many partitions there are afterwards
    #[arg(long, value_name = "N", group = "how_many", value_parser = clap::value_parser!(i32).range(1..))]
    pub total: Option<i32>,
    /// How many there are more than before
    #[arg(long, value_name = "N", group = "how_many", value_parser = clap::value_parser!(i32).range(1..))]
    pub count: Option<i32>,
    /// The brokers of each new partition, the preferred leader first: `1:2,2:3`
    #[arg(long, value_name = "BROKERS", value_parser = values::assignment)]
    pub assignment: Option<values::Assignment>,
    #[command(flatten)]
    pub write: Write,
}

/// What becomes of keys of a configuration.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Changes")]
pub struct Changes {
    /// Set a value; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::key_value)]
    pub set: Vec<(String, String)>,
    /// Set a value to the content of a file (`/dev/stdin` is standard input): for secrets and keys
    #[arg(long, value_name = "KEY=FILE", value_parser = values::key_value, value_hint = ValueHint::FilePath)]
    pub set_file: Vec<(String, String)>,
    /// Set the values of a Java properties file (`-`: standard input)
    #[arg(long, alias = "add-config-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub set_from: Option<PathBuf>,
    /// Set a value to that of an environment variable
    #[arg(long, value_name = "KEY=NAME", value_parser = values::key_value)]
    pub set_env: Vec<(String, String)>,
    /// Take a value away, so that what stands behind it holds again
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub unset: Vec<String>,
    /// Take every value of its own away, but for the keys that are set, and `leader.replication.throttled.replicas` and
    /// `follower.replication.throttled.replicas`: those belong to a reassignment, and `--unset` takes them away
    #[arg(long, conflicts_with_all = ["unset", "append", "subtract"])]
    pub unset_all: bool,
    /// Add words to a list
    #[arg(long, value_name = "KEY=WORD,…", value_parser = values::key_value)]
    pub append: Vec<(String, String)>,
    /// Take words from a list
    #[arg(long, value_name = "KEY=WORD,…", value_parser = values::key_value)]
    pub subtract: Vec<(String, String)>,
    /// Let keys through that the broker does not list, as those of plug-ins
    #[arg(long)]
    pub allow_unknown_keys: bool,
}

/// Change the configuration of topics
///
/// Only the named keys change; with `--unset-all` every value of the topic's own goes that is not set. Shows the old
/// value, where it came from, and the new one. What the broker does not take is told before the question. Needs ALTER_CONFIGS on each topic, and
/// DESCRIBE_CONFIGS.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic configure orders --set retention.ms=604800000
  kward topic configure orders --unset retention.ms --append cleanup.policy=compact
  kward topic configure orders --unset-all --dry-run
  kward topic configure orders billing --set-from topic.properties --dry-run
  kward topic configure orders billing --set min.insync.replicas=2 --dry-run")]
pub struct Configure {
    /// Their names
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    #[command(flatten)]
    pub changes: Changes,
    #[command(flatten)]
    pub write: Write,
}

/// Delete the oldest records of topics
///
/// Deletes the records before an offset, before a time, or all there are now; with `--from-file` those
/// before the offset of each partition that the file names, and of no other. Shows how many and asks.
/// Needs DELETE on each topic.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic trim orders --before 2026-01-31T00:00:00Z
  kward topic trim orders --before 7d --partition 0,1
  kward topic trim orders --to-offset 1200 --partition 3
  kward topic trim orders --to-end --dry-run
  kward topic trim --from-file offsets.json --dry-run")]
#[command(group = clap::ArgGroup::new("until").required(true))]
pub struct Trim {
    /// Their names
    #[arg(
        value_name = "NAME",
        required_unless_present = "from_file",
        conflicts_with = "from_file"
    )]
    pub names: Vec<String>,
    /// Only these partitions
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = clap::value_parser!(i32).range(0..), conflicts_with = "from_file")]
    pub partition: Vec<i32>,
    /// Records before this offset
    #[arg(long, value_name = "OFFSET", group = "until", value_parser = clap::value_parser!(i64).range(0..))]
    pub to_offset: Option<i64>,
    /// Records before this time (RFC 3339), or older than this (`7d`, `12h`)
    #[arg(long, value_name = "TIME", group = "until", value_parser = values::moment)]
    pub before: Option<values::Moment>,
    /// All records there are now
    #[arg(long, group = "until")]
    pub to_end: bool,
    /// What a file says: `topic,partition,offset` lines or the JSON of kafka-delete-records.sh (`-`: standard input)
    #[arg(long, alias = "offset-json-file", value_name = "FILE", group = "until", value_hint = ValueHint::FilePath)]
    pub from_file: Option<PathBuf>,
    #[command(flatten)]
    pub write: Write,
}

/// Elect the leaders of partitions
///
/// Makes the first replica of each partition its leader again. `--unclean` lets a replica lead that
/// is not in sync where no other is left: the records that it lacks are lost. `--from-file` names partitions of
/// several topics. Needs ALTER on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic elect-leaders orders
  kward topic elect-leaders orders --partition 0,3
  kward topic elect-leaders --all
  kward topic elect-leaders --from-file partitions.json
  kward topic elect-leaders orders --unclean --dry-run")]
pub struct ElectLeaders {
    /// Their names
    #[arg(value_name = "NAME", required_unless_present_any = ["all", "from_file"], conflicts_with_all = ["all", "from_file"])]
    pub names: Vec<String>,
    /// Only these partitions
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = clap::value_parser!(i32).range(0..), requires = "names")]
    pub partition: Vec<i32>,
    /// All topics
    #[arg(long)]
    pub all: bool,
    /// The partitions that a file names: `topic,partition` lines or the JSON of kafka-leader-election.sh (`-`: standard
    /// input)
    #[arg(long, alias = "path-to-json-file", value_name = "FILE", conflicts_with = "all", value_hint = ValueHint::FilePath)]
    pub from_file: Option<PathBuf>,
    /// Elect a replica that is not in sync, where there is no leader: loses records
    #[arg(long)]
    pub unclean: bool,
    #[command(flatten)]
    pub write: Write,
}

/// The files that say which topics there are to be, and what fills `${…}` in them.
#[derive(Debug, Clone, Default, Args)]
pub struct Files {
    /// Topic files or folders of them; `-` is standard input
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// A variable of the files, over their own `vars:`
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// A YAML file of variables, over their own `vars:`
    #[arg(long = "var-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_files: Vec<PathBuf>,
    /// Also take away the values that these topics set and the files do not name; no topic is ever deleted
    #[arg(long)]
    pub prune: bool,
    /// Let keys through that the broker does not list, as those of plug-ins
    #[arg(long)]
    pub allow_unknown_keys: bool,
}

/// Show what would make topics those of a file
///
/// Compares the files with the cluster and writes nothing. Topics that are missing are created, partitions
/// added and values set; what topics set themselves and the files do not name is shown as extra. Topics
/// that no file names are not looked at. `kward help topic-file` has the format of the files. Needs DESCRIBE and
/// DESCRIBE_CONFIGS on the topics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic plan -f topics.yaml
  kward topic plan -f topics/ --prune --detailed-exitcode
  kward topic export --prefix orders. | kward topic plan -f -")]
pub struct Plan {
    #[command(flatten)]
    pub source: Files,
    /// Exit status 3 when there is something to create, to change, extra or not to be done here
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Make topics those of a file
///
/// Shows the plan, has the broker check it, asks where something is lost or cannot be taken back, writes,
/// and waits until it is to be seen. Applying twice writes nothing. Partitions are never taken away,
/// replicas never moved and topics never deleted: what would take that fails for itself (status 1), and the
/// others are done. Needs CREATE on topics that are missing, ALTER on those that get partitions,
/// ALTER_CONFIGS on those whose configuration changes, and DESCRIBE and DESCRIBE_CONFIGS.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic apply -f topics.yaml
  kward topic apply -f topics.yaml --dry-run
  kward topic apply -f topics/ --prune --yes")]
pub struct Apply {
    #[command(flatten)]
    pub source: Files,
    #[command(flatten)]
    pub write: Write,
}

/// Write topics as a topic file
///
/// `topic plan` on the result finds nothing to do. What topics set themselves is in it, but for the lists of
/// replicas that a reassignment throttles. Needs DESCRIBE and DESCRIBE_CONFIGS on the topics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward topic export > topics.yaml
  kward topic export orders billing
  kward topic export --prefix orders. > orders.yaml")]
pub struct Export {
    /// Only these topics
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub which: Which,
}
