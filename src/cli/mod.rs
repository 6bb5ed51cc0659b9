//! The grammar: every command, flag and help text. Typed here; no strings for operations,
//! patterns and principals past it.

pub mod acl;
pub mod cluster;
pub mod columns;
pub mod config;
pub mod context;
pub mod global;
pub mod group;
pub mod group_values;
mod lazy;
pub mod manual;
pub mod quota;
pub mod reassign;
pub mod token;
pub mod topic;
pub mod topics;
pub mod transaction;
pub mod user;
pub mod values;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use self::acl::AclCommand;
use self::cluster::ClusterCommand;
use self::config::ConfigCommand;
use self::context::ContextCommand;
use self::global::Global;
use self::group::GroupCommand;
use self::quota::QuotaCommand;
use self::reassign::ReassignCommand;
use self::token::TokenCommand;
use self::topic::TopicCommand;
use self::transaction::TransactionCommand;
use self::user::UserCommand;

pub use self::lazy::{Lazy, parse};

/// The version, with the commit in a release build.
pub const VERSION: &str = env!("KWARD_VERSION");

/// The features that it was built with, with commas between, or `none`.
pub const FEATURES: &str = env!("KWARD_FEATURES");

/// What `--version` says: besides the version the features and the target.
const LONG_VERSION: &str = concat!(
    env!("KWARD_VERSION"),
    "\nfeatures: ",
    env!("KWARD_FEATURES"),
    "\ntarget: ",
    env!("KWARD_TARGET"),
);

/// Administer Apache Kafka and control access to it
///
/// Access lives in files: `kward acl plan -f access/` shows what would change, `kward acl apply -f access/`
/// changes it, any number of times.
#[derive(Debug, Parser)]
#[command(
    name = "kward",
    version = VERSION,
    long_version = LONG_VERSION,
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    infer_long_args = false,
    after_help = "Exit status: 0 done or yes, 1 failed, 2 wrong usage or input,
3 the answer is no, 4 refused, 5 unfinished (running it again is safe),
130 interrupted, 143 terminated."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Lazy<Command>,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Who may do what on which resources
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward acl list --topic orders
  kward acl plan -f access/
  kward acl can User:ana read topic:orders"
    )]
    Acl(Lazy<AclCommand>),
    /// Topics and their partitions
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward topic list
  kward topic describe orders"
    )]
    Topic(Lazy<TopicCommand>),
    /// The configuration of topics, brokers, loggers, groups and client metrics
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward config describe --topic orders --all
  kward config describe --all-brokers"
    )]
    Config(Lazy<ConfigCommand>),
    /// The brokers, their disks, the controllers, and whether all is well
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward cluster describe
  kward cluster health"
    )]
    Cluster(Lazy<ClusterCommand>),
    /// Users and their SCRAM credentials
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward user list
  kward user create ana"
    )]
    User(Lazy<UserCommand>),
    /// Delegation tokens: to log in for somebody, for a while
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward token list
  kward token create --max-lifetime 24h --hmac-file token.hmac"
    )]
    Token(Lazy<TokenCommand>),
    /// What clients may use: bytes, time, changes, connections
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward quota list
  kward quota set --user ana --producer-byte-rate 1MiB --consumer-byte-rate 2MiB"
    )]
    Quota(Lazy<QuotaCommand>),
    /// Groups of consumers, of every type: who is in them, what they hold, how far they are behind
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward group list
  kward group lag billing
  kward group reset-offsets billing --to earliest --dry-run"
    )]
    Group(Lazy<GroupCommand>),
    /// Which brokers hold which partitions: plan a change, make it, watch it, end it
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward reassign plan --drain 3
  kward reassign status"
    )]
    Reassign(Lazy<ReassignCommand>),
    /// Transactions, and those that hang
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward transaction list
  kward transaction find-hanging"
    )]
    Transaction(Lazy<TransactionCommand>),
    /// The clusters of the config file
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "Examples:
  kward context list
  kward context use prod
  kward context check"
    )]
    Context(Lazy<ContextCommand>),
    /// Print what support needs: version, settings, what the cluster offers; no secrets, no addresses
    #[command(after_help = "Examples:
  kward bug-report
  kward bug-report -c prod > report.txt")]
    BugReport,
    /// Print the completion script of a shell
    #[command(after_help = "Examples:
  source <(kward completion bash)                                # in ~/.bashrc
  source <(kward completion zsh)                                 # in ~/.zshrc, after compinit
  kward completion fish > ~/.config/fish/completions/kward.fish
  eval (kward completion elvish | slurp)                         # in ~/.config/elvish/rc.elv
  kward completion powershell | Out-String | Invoke-Expression   # in the file that $PROFILE names")]
    Completion {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: values::Shell,
    },
    /// Print the manual page of a command, or write them all
    ///
    /// On a terminal the page is typeset by `man` or `mandoc`; where neither is there, the help is shown. Into a pipe or
    /// a file goes its source.
    #[command(after_help = "Examples:
  kward man acl apply
  kward man acl-file
  kward man --write man")]
    Man {
        /// The command, for example `acl apply`, or a file format: `acl-file`, `topic-file`, `config-file`
        #[arg(value_name = "COMMAND", conflicts_with = "write")]
        command: Vec<String>,
        /// Write every page into this folder
        #[arg(long, value_name = "FOLDER")]
        write: Option<PathBuf>,
        /// Print the reference of every command, as Markdown
        #[arg(long, conflicts_with_all = ["command", "write"])]
        markdown: bool,
    },
    /// Explain a command or a topic; without one, list the topics
    #[command(after_help = "Examples:
  kward help
  kward help acl apply
  kward help acl-file")]
    Help {
        /// A command such as `acl apply`, or a topic such as `acl-file`
        #[arg(value_name = "COMMAND|TOPIC")]
        words: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    /// The commands whose help shows no example.
    fn without_examples(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            let help = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            if !help.starts_with("Examples:\n  ") || !help.contains(path.as_str()) {
                found.push(path.clone());
            }
            without_examples(sub, &path, found);
        }
    }

    #[test]
    fn every_command_shows_examples_of_itself() {
        let mut found = Vec::new();
        without_examples(&Cli::command(), "kward", &mut found);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn no_flag_of_a_command_collides_with_another() {
        Cli::command().debug_assert();
    }
}
