//! The grammar of `kward quota`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::acl::Write;

/// What clients may use: bytes, time, changes, connections
#[derive(Debug, Subcommand)]
pub enum QuotaCommand {
    List(List),
    Set(Set),
    Delete(Delete),
}

/// Whose quotas: users, client ids, both together, or addresses.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Whose (users and client ids given together are meant together)")]
pub struct Entities {
    /// This user, without `User:`
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub user: Vec<String>,
    /// Users without a quota of their own
    #[arg(long, alias = "user-defaults")]
    pub user_default: bool,
    /// Clients with this `client.id`
    #[arg(long, value_name = "ID", alias = "client", value_parser = NonEmptyStringValueParser::new())]
    pub client_id: Vec<String>,
    /// Client ids without a quota of their own
    #[arg(long, alias = "client-defaults")]
    pub client_id_default: bool,
    /// Connections from this address, or host that brokers know by this name; as it was set
    #[arg(long, value_name = "IP", value_parser = address, conflicts_with_all = ["user", "user_default", "client_id", "client_id_default"])]
    pub ip: Vec<String>,
    /// Addresses without a quota of their own
    #[arg(long, alias = "ip-defaults", conflicts_with_all = ["user", "user_default", "client_id", "client_id_default"])]
    pub ip_default: bool,
}

/// List quotas
///
/// All of them, or those that have to do with the given users, client ids or addresses. Needs
/// DESCRIBE_CONFIGS on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward quota list
  kward quota list --user ana
  kward quota list --user ana --strict
  kward quota list --user-default -o json")]
pub struct List {
    #[command(flatten)]
    pub entities: Entities,
    /// Exactly these: `--user ana` does not find what ana has for one client id
    #[arg(long)]
    pub strict: bool,
}

/// Set quotas
///
/// Shows what was and what is. A quota that is so already is left alone. With `--dry-run` the broker
/// checks the values. Needs ALTER_CONFIGS on the cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward quota set --user ana --producer-byte-rate 1MiB --consumer-byte-rate 2MiB
  kward quota set --user ana --client-id reports --request-percentage 50
  kward quota set --client-id-default --consumer-byte-rate 10MB --dry-run
  kward quota set --ip 10.0.0.7 --connection-creation-rate 5")]
pub struct Set {
    #[command(flatten)]
    pub entities: Entities,
    #[command(flatten)]
    pub values: Values,
    #[command(flatten)]
    pub write: Write,
}

/// The quotas that Kafka knows, and those that it will.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Quotas (per broker)")]
#[group(required = true, multiple = true)]
pub struct Values {
    /// Bytes a second that may be produced: `1048576`, `1MiB`, `1MB`
    #[arg(long, value_name = "BYTES", value_parser = bytes, alias = "producer_byte_rate")]
    pub producer_byte_rate: Option<f64>,
    /// Bytes a second that may be fetched
    #[arg(long, value_name = "BYTES", value_parser = bytes, alias = "consumer_byte_rate")]
    pub consumer_byte_rate: Option<f64>,
    /// The share of one thread's time that requests may take, in percent
    #[arg(long, value_name = "PERCENT", alias = "request_percentage")]
    pub request_percentage: Option<f64>,
    /// Partitions a second that may be created and deleted (KIP-599)
    #[arg(long, value_name = "RATE", alias = "controller_mutation_rate")]
    pub controller_mutation_rate: Option<f64>,
    /// Connections a second that an address may open (KIP-612)
    #[arg(long, value_name = "RATE", alias = "connection_creation_rate")]
    pub connection_creation_rate: Option<f64>,
    /// A quota of a newer broker
    #[arg(long = "set", value_name = "KEY=NUMBER", value_parser = pair)]
    pub others: Vec<(String, f64)>,
}

/// Delete quotas
///
/// Shows what there is, asks, and deletes it: the client falls back to the next wider quota or to
/// none. Only quotas of exactly this user, client id or both are meant.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward quota delete --user ana
  kward quota delete --user ana --client-id reports --key request_percentage --yes")]
pub struct Delete {
    #[command(flatten)]
    pub entities: Entities,
    /// Only these quotas (`producer_byte_rate`)
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub key: Vec<String>,
    /// Exit status 1 when there is no such quota
    #[arg(long)]
    pub must_exist: bool,
    #[command(flatten)]
    pub write: Write,
}

/// `1048576`, `1MiB`, `10 MB`.
pub(super) fn bytes(text: &str) -> Result<f64, String> {
    const UNITS: [(&str, f64); 9] = [
        ("kib", 1024.0),
        ("mib", 1_048_576.0),
        ("gib", 1_073_741_824.0),
        ("tib", 1_099_511_627_776.0),
        ("kb", 1e3),
        ("mb", 1e6),
        ("gb", 1e9),
        ("tb", 1e12),
        ("b", 1.0),
    ];
    let lower = text.trim().to_ascii_lowercase();
    let (number, factor) = UNITS
        .iter()
        .find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?.trim_end(), *factor)))
        .unwrap_or((lower.as_str(), 1.0));
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match number.parse::<f64>() {
        // There is no half a byte; of units the nearest number of bytes is meant.
        Ok(value) if plain && value >= 0.5 / factor && (factor > 1.0 || value.fract() == 0.0) => {
            Ok((value * factor).round())
        }
        _ => Err("a number of bytes above 0 is wanted: `1048576`, `1MiB`, `10MB`".to_owned()),
    }
}

/// As it stands: brokers keep the text, and `::1` and `0:0:0:0:0:0:0:1` are two entities to them.
fn address(text: &str) -> Result<String, String> {
    let is_host = |text: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            && text.contains(|c: char| c.is_ascii_alphabetic())
    };
    if text.parse::<std::net::IpAddr>().is_ok() || is_host(text) {
        return Ok(text.to_owned());
    }
    Err("an IP address is wanted, or the name of a host".to_owned())
}

fn pair(text: &str) -> Result<(String, f64), String> {
    let (key, value) = text.split_once('=').ok_or("`KEY=NUMBER` is wanted")?;
    let value: f64 = value.parse().map_err(|_| format!("`{value}` is no number"))?;
    if value.is_finite() { Ok((key.to_owned(), value)) } else { Err("a finite number".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_as_they_are() {
        for text in ["10.0.0.1", "::1", "0:0:0:0:0:0:0:1", "localhost", "a-1.example.org"] {
            assert_eq!(address(text).as_deref(), Ok(text));
        }
        for text in ["", "10.0.0.999", "10.0.0", "10.0.0.0/8", "a b", "host:9092"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "whole numbers")]
    fn bytes_have_units() {
        for (text, value) in [
            ("1024", 1024.0),
            ("1KiB", 1024.0),
            ("1.5 MiB", 1_572_864.0),
            ("10mb", 1e7),
            ("7B", 7.0),
            ("2GiB", 2_147_483_648.0),
        ] {
            assert_eq!(bytes(text), Ok(value), "{text}");
        }
        for text in
            ["", "0", "-1", "1.5", "0.4b", "0.0001KiB", "1e9", "MiB", "1 MiB/s", "inf", "nan", "."]
        {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
