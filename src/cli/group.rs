//! The grammar of `kward group`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::model::Name;
use crate::model::group::{GroupState, GroupType};

use super::acl::Write;
use super::group_values::{self as values, Partitions, Since, To};

/// Consumer groups of every type
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    List(List),
    Describe(Describe),
    Members(Members),
    Lag(Lag),
    History(History),
    Watch(Watch),
    Doctor(Doctor),
    ResetOffsets(ResetOffsets),
    DeleteOffsets(DeleteOffsets),
    Delete(Delete),
    RemoveMembers(RemoveMembers),
}

/// List groups
///
/// Asks all brokers side by side. Without DESCRIBE on the cluster, only the groups are listed that
/// you may describe.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group list
  kward group list --type consumer --state empty
  kward group list -o name --state empty | xargs -d '\\n' kward group delete --yes --")]
pub struct List {
    /// Only groups of this type: classic, consumer, share, streams
    #[arg(long = "type", value_name = "TYPE", value_parser = values::group_type, value_delimiter = ',')]
    pub types: Vec<GroupType>,
    /// Only groups in this state: stable, empty, preparing-rebalance, completing-rebalance, assigning, reconciling, not-ready, dead
    #[arg(long = "state", value_name = "STATE", value_parser = values::group_state, value_delimiter = ',')]
    pub states: Vec<GroupState>,
    /// Only groups of this protocol type: consumer, connect, …; '' for groups that only hold commits
    #[arg(long, value_name = "PROTOCOL")]
    pub protocol_type: Option<String>,
    /// Only groups that this broker coordinates
    #[arg(long, value_name = "BROKER")]
    pub coordinator: Option<i32>,
    /// Count the members too, which describes every group
    #[arg(long)]
    pub members: bool,
}

/// Describe groups and their members
///
/// The type of a group is found out. State, epochs, assignor, coordinator, and who holds what.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group describe billing
  kward group describe billing shipping -o json")]
pub struct Describe {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    pub groups: Vec<Name>,
}

/// List the members of groups
///
/// Client, host, instance id, epoch, subscription, what each holds, and what is still moving. Idle
/// members are shown too. For members with a target, `+` is what they are about to get and `-` what
/// they have to give up.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group members billing
  kward group members billing -o wide
  kward group members billing -o name")]
pub struct Members {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    pub groups: Vec<Name>,
}

/// How `lag` puts its rows together for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// One row a partition, then the totals
    #[default]
    Partition,
    /// One row a topic
    Topic,
    /// One row a member
    Member,
    /// One row a group
    Group,
}

/// Show how far groups are behind
///
/// Committed offset, start and end of the log, lag and owner of every partition, with totals by topic,
/// member and group. A partition without a commit, or whose commit lies outside of the log, is said to
/// be so and gets no number.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group lag billing
  kward group lag --all --by group
  kward group lag billing --time --max-time 10m --max 100000

Exit status 3 when `--max` or `--max-time` is exceeded, or a lag that they ask for is not known: also \
when there may be commits on topics that you may not describe, unless `--topic` names what is asked \
for. With DESCRIBE on the cluster it is known whether there are such topics, Kafka's own aside. With \
`--all`, when there may be groups that you may not describe.")]
pub struct Lag {
    /// The groups
    #[arg(value_name = "GROUP", required_unless_present = "all", conflicts_with = "all")]
    pub groups: Vec<Name>,
    /// All groups of the cluster
    #[arg(long)]
    pub all: bool,
    /// Only these topics, or partitions of them: `orders`, `orders:0,3-5`
    #[arg(long, value_name = "TOPIC[:PARTITIONS]", value_parser = values::partitions)]
    pub topic: Vec<Partitions>,
    /// Also how old the first unconsumed record of each partition is (needs READ on the topics)
    #[arg(long)]
    pub time: bool,
    /// The rows of the table
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub by: By,
    /// Exit status 3 when a group is behind by more than so many records
    #[arg(long, value_name = "N")]
    pub max: Option<u64>,
    /// Exit status 3 when a group has a first unconsumed record older than this; implies `--time`
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub max_time: Option<Duration>,
}

/// Show the past rebalances of a group
///
/// When, how many members, who joined, left and returned (static members), how many partitions moved and
/// stayed, by which assignor; then how often, and who was behind them. Read out of the group's partition of
/// `__consumer_offsets` (needs READ on that topic) without joining. Compaction takes old records away: the
/// answer says how far back it reaches, and `--save` keeps what it found.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group history billing
  kward group history billing --since 2h -o wide
  kward group history billing --since 2026-01-31T03:00 --until 2026-01-31T03:30
  kward group history billing --save billing.json     # outlives compaction
  kward group history billing --from billing.json -o json
  kward group history billing --follow >>events.ndjson

A leave, a session that timed out and a member that was sent away look the same in the log.")]
pub struct History {
    /// The group
    #[arg(value_name = "GROUP")]
    pub group: Name,
    /// Only what happened since a time (`2026-01-31T08:00:00Z`), or within a time ago (`90m`, `3d`)
    #[arg(long, value_name = "WHEN", value_parser = values::since)]
    pub since: Option<Since>,
    /// Only what happened until a time, likewise
    #[arg(long, value_name = "WHEN", value_parser = values::since, conflicts_with = "follow")]
    pub until: Option<Since>,
    /// Only the last N; the summary counts all of them
    #[arg(long, value_name = "N", value_parser = values::limit, conflicts_with = "follow")]
    pub limit: Option<usize>,
    /// Go on with what happens from now on, after what `--since` asks for: one JSON object a line
    #[arg(long)]
    pub follow: bool,
    /// End `--follow` after this time
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration, requires = "follow")]
    pub at_most: Option<Duration>,
    /// Keep all of it in this file; what the file has already stays
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Add what this file has kept, or an earlier `-o json`
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

/// What `watch` waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// Every group is stable
    Stable,
    /// No group has members
    Empty,
}

/// Watch groups: who joins and leaves, which partitions move, how far they are behind
///
/// On a terminal a view that is drawn anew at every look; of more than three groups a row each, the worst
/// first unless `--sort-by` says otherwise. Elsewhere, and with `-o json`, one JSON object a line: first each
/// group as it is when it is first seen (`groupSeen`), then each thing that changed between two looks:
/// `stateChanged`, `epochChanged`, `memberJoined`, `memberLeft`, `memberReturned` (a static member under
/// another id), `memberChanged`, `partitionMoved`, `lag`. A partition on its way from one member to another is told when it has arrived. Goes on
/// when a coordinator moves or a broker restarts, and says so. `--timeout` counts for each look.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group watch billing
  kward group watch --all --interval 10s
  kward group watch billing -o json --for 1h >events.ndjson
  kward group watch billing --until stable --for 5m   # after a deployment
  kward group watch billing --until empty --for 1m    # before its offsets are reset

Exit status 3 when `--for` is over before the groups are what `--until` says; 1 when `--all` sees no \
group for want of rights.")]
pub struct Watch {
    /// The groups; one that does not exist yet is waited for
    #[arg(value_name = "GROUP", required_unless_present = "all", conflicts_with = "all")]
    pub groups: Vec<Name>,
    /// All groups of the cluster, as they come and go
    #[arg(long)]
    pub all: bool,
    /// From one look to the next, at least 100ms
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = values::pause)]
    pub interval: Duration,
    /// End after this time
    #[arg(long = "for", value_name = "DURATION", value_parser = values::duration)]
    pub at_most: Option<Duration>,
    /// End when every group is that; with `--all`, groups without members count as stable
    #[arg(long, value_name = "STATE", value_enum)]
    pub until: Option<Until>,
}

/// Say what is wrong with groups, and exit with status 3 when something is
///
/// Looks several times. Finds groups that are not stable, that rebalance again and again, whose members have no
/// partitions or far more than others, that do not reach their target, or that speak two protocols; commits
/// that stand still, run backwards or fall behind (with the time until records are lost); offsets outside of
/// the log; topics that do not exist. Each finding has its evidence and the next step.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group doctor billing
  kward group doctor --all -o json
  kward group doctor billing --samples 10 --interval 30s

Consumers commit every 5 seconds unless they are told otherwise: looks that lie closer together than \
that take a consumer for stalled that is not.")]
pub struct Doctor {
    /// The groups
    #[arg(value_name = "GROUP", required_unless_present = "all", conflicts_with = "all")]
    pub groups: Vec<Name>,
    /// All groups of the cluster
    #[arg(long)]
    pub all: bool,
    /// How often to look; once shows only what needs no comparison
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub samples: u32,
    /// From one look to the next, at least 100ms
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = values::pause)]
    pub interval: Duration,
}

/// Set the committed offsets of groups
///
/// Shows old and new offsets, asks, writes a backup file first, and commits without ever joining. Refused while
/// the group has members. Without `--topic`: every partition that the group has committed. `--undo` makes a
/// group that is gone anew: a share group as such, any other as one that only holds commits.
#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("target").required(true).args(["to", "shift_by", "to_group", "from_file", "undo"])),
    after_help = "Examples:
  kward group reset-offsets billing --to earliest --dry-run
  kward group reset-offsets billing --topic orders:0,1 --to 2026-01-31T08:00:00Z
  kward group reset-offsets billing --to 2h           # where the log was two hours ago
  kward group reset-offsets billing --shift-by -100
  kward group reset-offsets billing-v2 --to-group billing
  kward group reset-offsets --undo backup.json"
)]
pub struct ResetOffsets {
    /// The groups
    #[arg(value_name = "GROUP", required_unless_present = "undo")]
    pub groups: Vec<Name>,
    /// Only these topics, or partitions of them: `orders`, `orders:0,3-5`
    #[arg(long, value_name = "TOPIC[:PARTITIONS]", value_parser = values::partitions, conflicts_with_all = ["undo"])]
    pub topic: Vec<Partitions>,
    /// `earliest`, `latest`, `current`, an offset, a time (`2026-01-31T08:00:00Z`), or a time ago (`90m`, `PT2H`)
    #[arg(long, value_name = "WHERE", value_parser = values::to, allow_hyphen_values = true)]
    pub to: Option<To>,
    /// So many records on, or back when negative
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub shift_by: Option<i64>,
    /// The offsets that another group has committed
    #[arg(long, value_name = "GROUP")]
    pub to_group: Option<Name>,
    /// The offsets of a file: a backup, the output of `group lag -o json`, or `topic,partition,offset` lines; `-`: standard input
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// Put back what the command that wrote this backup changed; with groups named, only theirs
    #[arg(long, value_name = "BACKUP")]
    pub undo: Option<PathBuf>,
    /// Where the backup is written [default: the state folder]
    #[arg(long, value_name = "FOLDER")]
    pub backup_dir: Option<PathBuf>,
    #[command(flatten)]
    pub write: Write,
}

/// Delete committed offsets of groups
///
/// Also of live groups, where no member subscribes to the topic: `--dry-run` says where one does. A backup
/// is written first; `reset-offsets --undo` puts it back. Share groups forget whole topics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group delete-offsets billing --topic old-orders
  kward group delete-offsets billing --topic orders:7 --yes")]
pub struct DeleteOffsets {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    pub groups: Vec<Name>,
    /// The topics, or partitions of them: `orders`, `orders:0,3-5`
    #[arg(long, value_name = "TOPIC[:PARTITIONS]", value_parser = values::partitions, required = true)]
    pub topic: Vec<Partitions>,
    /// Where the backup is written [default: the state folder]
    #[arg(long, value_name = "FOLDER")]
    pub backup_dir: Option<PathBuf>,
    #[command(flatten)]
    pub write: Write,
}

/// Delete groups
///
/// Only groups without members can go. Their committed offsets go with them, and are kept in a backup
/// that `reset-offsets --undo` puts back; of share groups it keeps where each partition began, not what
/// was acknowledged behind that. `--dry-run` says which groups have members.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward group delete billing-old
  kward group list -o name --state empty | xargs -d '\\n' kward group delete --dry-run --")]
pub struct Delete {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    pub groups: Vec<Name>,
    /// Exit status 1 when a group does not exist
    #[arg(long)]
    pub must_exist: bool,
    /// Where the backup is written [default: the state folder]
    #[arg(long, value_name = "FOLDER")]
    pub backup_dir: Option<PathBuf>,
    #[command(flatten)]
    pub write: Write,
}

/// Send members of a group away
///
/// Static members by instance id, others by member id; `--all` takes every member. A live client joins
/// again at once, a static member under its instance id: stop it instead. Classic and consumer groups
/// only.
#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("who").required(true).multiple(true).args(["member", "instance_id", "all"])),
    after_help = "Examples:
  kward group remove-members billing --instance-id billing-3
  kward group remove-members billing --member consumer-1-0c2f… --reason 'host is gone'
  kward group remove-members billing --all --yes"
)]
pub struct RemoveMembers {
    /// The group
    #[arg(value_name = "GROUP")]
    pub group: Name,
    /// A member, by its id; may be repeated
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub member: Vec<Name>,
    /// A static member, by its `group.instance.id`; may be repeated
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub instance_id: Vec<Name>,
    /// Every member
    #[arg(long, conflicts_with_all = ["member", "instance_id"])]
    pub all: bool,
    /// Why, for the broker's log
    #[arg(long, value_name = "TEXT", default_value = "removed with kward")]
    pub reason: String,
    #[command(flatten)]
    pub write: Write,
}
