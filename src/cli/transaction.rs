//! The grammar of `kward transaction`.

use std::time::Duration;

use clap::{Args, Subcommand};
use regex_lite::Regex;

use super::acl::Write;
use super::global::parse_duration;
use super::values;

/// Transactions, and those that hang
#[derive(Debug, Subcommand)]
pub enum TransactionCommand {
    List(List),
    Describe(Describe),
    #[command(alias = "describe-producers")]
    Producers(Producers),
    FindHanging(FindHanging),
    Abort(Abort),
    #[command(alias = "force-terminate")]
    Terminate(Terminate),
}

/// List transactional ids
///
/// Every coordinator is asked, side by side. Shows the ids on which DESCRIBE is allowed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward transaction list
  kward transaction list --state Ongoing --older-than 10m
  kward transaction list --match 'orders-.*' -o name")]
pub struct List {
    /// Only in this state: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<String>,
    /// Only of this producer
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub producer_id: Vec<i64>,
    /// Only those that have been running longer (brokers from 3.8)
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub older_than: Option<Duration>,
    /// Only transactional ids that this regular expression matches as a whole
    #[arg(long = "match", value_name = "REGEX", value_parser = values::whole_name)]
    pub pattern: Option<Regex>,
}

/// Describe transactions
///
/// State, producer, age, and the partitions that a transaction holds. Needs DESCRIBE on each id.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward transaction describe orders-1 orders-2
  kward transaction describe orders-1 -o json")]
pub struct Describe {
    /// The transactional ids
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
}

/// List the producers of partitions
///
/// Who writes with an id of a producer, idempotent or in transactions, as the leaders know it: the last sequence
/// number, the last write, and where an open transaction begins. Needs READ on the topics.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward transaction producers --topic orders
  kward transaction producers --topic orders --partition 3 -o json")]
pub struct Producers {
    /// Of these topics
    #[arg(long, value_name = "NAME", required = true)]
    pub topic: Vec<String>,
    /// Only of this partition
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub partition: Option<i32>,
}

/// Find transactions that hang
///
/// A transaction that is open in a partition and that no coordinator holds is never ended: consumers
/// that read what is committed stop there for good. Exit status 3 when there are some. Needs READ on
/// the topics and DESCRIBE on the transactional ids.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward transaction find-hanging
  kward transaction find-hanging --topic orders --partition 3
  kward transaction find-hanging --broker 2 --max-transaction-timeout 1h")]
pub struct FindHanging {
    /// Only in these topics
    #[arg(long, value_name = "NAME")]
    pub topic: Vec<String>,
    /// Only in this partition
    #[arg(long, value_name = "N", requires = "topic", value_parser = clap::value_parser!(i32).range(0..))]
    pub partition: Option<i32>,
    /// Only in partitions that this broker leads
    #[arg(long, value_name = "ID")]
    pub broker: Option<i32>,
    /// Look at producers that have not written for this long: `transaction.max.timeout.ms` of the brokers
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "15m")]
    pub max_transaction_timeout: Duration,
}

/// Abort a transaction that hangs
///
/// Shows it, asks, and writes an abort marker into the one partition. Refuses a transaction that its
/// coordinator still holds. Needs ALTER on the cluster and READ on the topic.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward transaction abort --topic orders --partition 3 --start-offset 1203
  kward transaction abort --topic orders --partition 3 --producer-id 9001 --dry-run")]
pub struct Abort {
    /// The topic
    #[arg(long, value_name = "NAME")]
    pub topic: String,
    /// Its partition
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub partition: i32,
    /// Where the transaction begins, as `find-hanging` says
    #[arg(
        long,
        value_name = "OFFSET",
        required_unless_present = "producer_id",
        conflicts_with = "producer_id"
    )]
    pub start_offset: Option<i64>,
    /// Whose transaction it is
    #[arg(long, value_name = "ID")]
    pub producer_id: Option<i64>,
    /// Abort it even if its coordinator still holds it, or cannot be asked
    #[arg(long)]
    pub allow_live: bool,
    #[command(flatten)]
    pub write: Write,
}

/// Abort open transactions, and fence their producers
///
/// For producers that are gone and whose transactions nobody ends: what they wrote is never read as committed, and
/// their coordinator lets them write no more under the transactional id until they begin anew. Shows the
/// transactions, and asks. Ids without an open transaction are left alone. Needs WRITE on the transactional ids.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward transaction terminate orders-1
  kward transaction terminate orders-1 orders-2 --dry-run")]
pub struct Terminate {
    /// The transactional ids
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
    #[command(flatten)]
    pub write: Write,
}
