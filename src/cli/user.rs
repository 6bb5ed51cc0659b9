//! The grammar of `kward user`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::model::ScramMechanism;

use super::acl::Write;
use super::lazy::Lazy;
use super::values;

/// Users and their SCRAM credentials
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    List(Lazy<List>),
    Create(Lazy<Create>),
    Delete(Lazy<Delete>),
}

/// List users and their SCRAM credentials
///
/// Kafka keeps users of SCRAM only: those of PLAIN, of certificates and of Kerberos are not here.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward user list
  kward user list ana bo
  kward user list -o name")]
pub struct List {
    /// Only these users
    #[arg(value_name = "USER", value_parser = user)]
    pub names: Vec<String>,
    /// Only credentials of this mechanism
    #[arg(long, value_name = "MECHANISM", value_parser = values::scram_mechanism())]
    pub mechanism: Option<ScramMechanism>,
}

/// Where a password comes from; asked for on the terminal where none of these is given.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Password (default: asked for, twice)")]
pub struct Password {
    /// The content of this file; `/dev/stdin` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["password_env", "generate"])]
    pub password_file: Option<PathBuf>,
    /// The value of this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "generate")]
    pub password_env: Option<String>,
    /// Make a password of 32 characters for each user, and print it with the result
    #[arg(long)]
    pub generate: bool,
}

/// Create users, or give them another password
///
/// The salted password is computed here; the password itself is not sent. A credential that exists is
/// replaced after a question, unless `--if-not-exists` leaves it. No flag takes a password: everyone
/// on the machine could read it in the list of processes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward user create ana
  kward user create orders billing --generate -o json
  kward user create ana --mechanism scram-sha-256,scram-sha-512 --password-file ana.txt --yes
  pass show kafka/ana | kward user create ana --password-file /dev/stdin --if-not-exists")]
pub struct Create {
    /// The users, without `User:`
    #[arg(value_name = "USER", required = true, value_parser = user)]
    pub names: Vec<String>,
    /// For which mechanisms
    #[arg(long, value_name = "MECHANISM", value_parser = values::scram_mechanism(), value_delimiter = ',', default_value = "scram-sha-512")]
    pub mechanism: Vec<ScramMechanism>,
    /// How often the hash is applied: more makes guessing and logging in slower
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(4096..=16384))]
    pub iterations: u32,
    #[command(flatten)]
    pub password: Password,
    /// Leave a credential that exists as it is
    #[arg(long)]
    pub if_not_exists: bool,
    #[command(flatten)]
    pub write: Write,
}

/// Delete users' SCRAM credentials
///
/// Shows what there is, asks, and deletes it. A user whose last credential is gone cannot log in any
/// more; its ACLs and quotas stay, and connections that are open go on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward user delete ana
  kward user delete ana --mechanism scram-sha-256 --dry-run")]
pub struct Delete {
    /// The users, without `User:`
    #[arg(value_name = "USER", required = true, value_parser = user)]
    pub names: Vec<String>,
    /// Only the credentials of these mechanisms
    #[arg(long, value_name = "MECHANISM", value_parser = values::scram_mechanism(), value_delimiter = ',')]
    pub mechanism: Vec<ScramMechanism>,
    /// Exit status 1 when a user has no such credential
    #[arg(long)]
    pub must_exist: bool,
    #[command(flatten)]
    pub write: Write,
}

/// `User:ana` is a user's principal, not its name.
fn user(text: &str) -> Result<String, String> {
    match text.strip_prefix("User:") {
        Some(name) => Err(format!("that is a principal; the user is called `{name}`")),
        None if text.is_empty() => Err("a user has a name".to_owned()),
        None => Ok(text.to_owned()),
    }
}
