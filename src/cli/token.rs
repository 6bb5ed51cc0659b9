//! The grammar of `kward token`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::model::Principal;

use super::acl::Write;
use super::lazy::Lazy;
use super::values;

/// Delegation tokens: to log in for somebody, for a while
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    List(Lazy<List>),
    Create(Lazy<Create>),
    Renew(Lazy<Renew>),
    Expire(Lazy<Expire>),
}

/// List delegation tokens
///
/// One's own and those that one may renew; those of others need DESCRIBE_TOKENS on the user, or DESCRIBE on the
/// token. The HMAC, which is as good as a password, is never shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward token list
  kward token list --owner User:ana -o json")]
pub struct List {
    /// Only tokens of this owner
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub owner: Vec<Principal>,
}

/// Make a delegation token, and print its HMAC
///
/// The id of the token is the user and the HMAC the password of a SCRAM login with `tokenauth="true"` in
/// `sasl.jaas.config`. The HMAC is printed once, with the result, or goes into a file that only you can read.
/// The brokers need `delegation.token.secret.key`; a connection that is plain, or logged in by a token, gets none.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward token create --max-lifetime 24h
  kward token create --renewer User:scheduler --hmac-file token.hmac
  kward token create --owner User:ana -o json")]
pub struct Create {
    /// Whom it stands for, where that is not you; needs CREATE_TOKENS on that user (KIP-373)
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub owner: Option<Principal>,
    /// Who may renew and expire it, beside its owner
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub renewer: Vec<Principal>,
    /// How long it can be renewed at most; as long as the broker allows unless it is given
    #[arg(long, value_name = "DURATION", value_parser = super::global::parse_duration)]
    pub max_lifetime: Option<Duration>,
    /// Write the HMAC into this file, readable by you only, and do not print it
    #[arg(long, value_name = "FILE")]
    pub hmac_file: Option<PathBuf>,
    #[command(flatten)]
    pub write: Write,
}

/// Which tokens.
#[derive(Debug, Clone, Default, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// The ids of the tokens
    #[arg(value_name = "TOKEN-ID")]
    pub ids: Vec<String>,
    /// The token whose HMAC is in this file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub hmac_file: Option<PathBuf>,
}

/// Put off the end of delegation tokens
///
/// For the owner and the renewers of a token. It cannot live longer than it was made for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward token renew --hmac-file token.hmac
  kward token renew XzbBPaJAQS-M5W9QmK3Ddg --for 24h")]
pub struct Renew {
    #[command(flatten)]
    pub which: Which,
    /// For how long from now on; as long as the broker does unless it is given
    #[arg(long = "for", value_name = "DURATION", value_parser = super::global::parse_duration)]
    pub by: Option<Duration>,
    #[command(flatten)]
    pub write: Write,
}

/// End delegation tokens, at once or later
///
/// For the owner and the renewers of a token. Nobody can log in with it any more; connections that are open go on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward token expire --hmac-file token.hmac --yes
  kward token expire XzbBPaJAQS-M5W9QmK3Ddg --in 1h")]
pub struct Expire {
    #[command(flatten)]
    pub which: Which,
    /// In how long; at once unless it is given
    #[arg(long = "in", value_name = "DURATION", value_parser = super::global::parse_duration)]
    pub after: Option<Duration>,
    #[command(flatten)]
    pub write: Write,
}
