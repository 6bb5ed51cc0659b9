//! The grammar of `kward context`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

/// The clusters of the config file
#[derive(Debug, Subcommand)]
pub enum ContextCommand {
    List(List),
    Show(Show),
    Add(Box<Add>),
    Use(Use),
    Remove(Remove),
    Check(Check),
    Trust(Trust),
}

/// List the contexts of the config file
///
/// Also those with mistakes, with what is wrong. Secrets are not looked up.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward context list
  kward context list -o name")]
pub struct List {}

/// Show a context: what it sets, and which file says so
///
/// Secrets are not looked up and not shown, only where they come from.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward context show
  kward context show prod")]
pub struct Show {
    /// The context [default: the current one]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Add a context to the config file
///
/// The brokers come from `-b`, or controllers from `--bootstrap-controller`, other client properties from `-X`. On a terminal it asks for the name and the brokers
/// where no flag says them, and then for all that they need; and for the place of a user's password. What is typed goes
/// before what a file says. No secret is written into the config file: say where the password comes from. A password that
/// stands in another tool's file is copied into a file of its own beside the config file, readable by you only. The config file
/// keeps its comments.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("whose").multiple(true))]
#[command(after_help = "Examples:
  kward context add dev -b localhost:9092 --use
  kward context add prod -b broker1:9093 --user ana --ca prod-ca.pem --password-command 'pass show kafka/prod' --pin
  kward context add mend --bootstrap-controller controller1:9093 --user admin --mechanism PLAIN
  kward context add staging --from-properties client.properties
  kward context add sso -b broker1:9093 --token-url https://idp/token --client-id me --secret client-secret=env:SECRET
  kward context add java -b broker1:9093 --keystore client.p12 --secret keystore-password=file:client.pass
  kward context add --from-kcl ~/.config/kcl/config.toml --profile prod
  kward context add test --from-kafkactl ~/.config/kafkactl/config.yml")]
pub struct Add {
    /// Its name
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// Take over the properties file of a client, Java's or librdkafka's; what is secret stays in that file
    #[arg(long, value_name = "FILE", groups = ["import", "whose"])]
    pub from_properties: Option<PathBuf>,
    /// Take over a cluster of kcl's config file
    #[arg(long, value_name = "FILE", groups = ["import", "tool", "whose"])]
    pub from_kcl: Option<PathBuf>,
    /// Take over a context of kafkactl's config file
    #[arg(long, value_name = "FILE", groups = ["import", "tool", "whose"])]
    pub from_kafkactl: Option<PathBuf>,
    /// Take over a profile of rpk's config file
    #[arg(long, value_name = "FILE", groups = ["import", "tool", "whose"])]
    pub from_rpk: Option<PathBuf>,
    /// Which cluster of that tool's file [default: its current one]
    #[arg(long, value_name = "NAME", requires = "tool")]
    pub profile: Option<String>,
    /// The security protocol [default: SASL_SSL with a user, SSL with a certificate, else PLAINTEXT]
    #[arg(long, value_name = "PROTOCOL", value_parser = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], ignore_case = true, hide_possible_values = true)]
    pub protocol: Option<String>,
    /// Trust the certificates of this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Trust the certificates of this truststore, PKCS12 or JKS
    #[arg(long, value_name = "FILE", conflicts_with = "ca")]
    pub truststore: Option<PathBuf>,
    /// The client's certificate with its chain, PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The private key of the client's certificate, PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// The keystore with the client's certificate and key, PKCS12 or JKS
    #[arg(long, value_name = "FILE", conflicts_with = "certificate")]
    pub keystore: Option<PathBuf>,
    /// The SASL mechanism [default: SCRAM-SHA-512 with a user, OAUTHBEARER with a token]
    #[arg(long, value_name = "MECHANISM", value_parser = ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER", "AWS_MSK_IAM", "GSSAPI"], ignore_case = true)]
    pub mechanism: Option<String>,
    /// The user, where the cluster asks for one
    #[arg(long, value_name = "USER", group = "whose")]
    pub user: Option<String>,
    /// The user's password is in this file
    #[arg(long, value_name = "FILE", requires = "whose", group = "password")]
    pub password_file: Option<PathBuf>,
    /// The user's password is in this environment variable
    #[arg(long, value_name = "VARIABLE", requires = "whose", group = "password")]
    pub password_env: Option<String>,
    /// This command prints the user's password
    #[arg(long, value_name = "COMMAND", requires = "whose", group = "password")]
    pub password_command: Option<String>,
    /// The user's password is this entry of the system's keyring; asked for when the keyring has none yet
    #[arg(long, value_name = "ENTRY", requires = "whose", group = "password")]
    pub password_keyring: Option<String>,
    /// The URL of an identity provider's token endpoint
    #[arg(long, value_name = "URL", requires = "client_id")]
    pub token_url: Option<String>,
    /// The client's id at the identity provider; its secret is `client-secret`
    #[arg(long, value_name = "ID", requires = "token_url")]
    pub client_id: Option<String>,
    /// The scope of the token that is asked for
    #[arg(long, value_name = "SCOPE", requires = "token_url")]
    pub scope: Option<String>,
    /// Where a secret comes from: password, key-password, keystore-password, truststore-password, token,
    /// client-secret or proxy-password; `=` and `file:PATH`, `env:VARIABLE`, `command:COMMAND` or `keyring:ENTRY`
    #[arg(long, value_name = "SECRET=PLACE")]
    pub secret: Vec<String>,
    /// Connect through this proxy: `socks5h://HOST:PORT`, `socks5://…`, `http://…` or `https://…`
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Connect, and note the cluster's id: any other is refused from then on
    #[arg(long, conflicts_with = "cluster_id")]
    pub pin: bool,
    /// The cluster's id: any other is refused
    #[arg(long, value_name = "ID")]
    pub cluster_id: Option<String>,
    /// Refuse every write
    #[arg(long)]
    pub read_only: bool,
    /// Ask for the context's name to be typed before a write
    #[arg(long)]
    pub protected: bool,
    /// Make it the current context
    #[arg(long = "use")]
    pub make_current: bool,
    /// Show what would be written, commands and secrets left out, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Make a context the current one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward context use prod
  kward context use prod --dry-run")]
pub struct Use {
    /// The context
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Say what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Remove a context from the config file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward context remove old --dry-run
  kward context remove old --yes")]
pub struct Remove {
    /// The context
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Say what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Try a connection step by step, and say what to do about the first that fails
///
/// Settings, secrets, name lookup, TCP, TLS with the chain and its expiry, Kafka's protocol, SASL, the
/// cluster's id, the authorizer, and what the principal may do on the cluster. Exit status 1 when a step fails.
/// Without a name, what the flags and the environment say is tried.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward context check
  kward context check prod
  kward context check -b broker1:9093 --command-config client.properties -o json")]
pub struct Check {
    /// The context
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Trust the project file of a folder, as it is now
///
/// A project file (`.kward.toml`) is found from the working folder upwards to the root of the repository. Unless it
/// is trusted it may only name a context and set defaults. Trust is given to its content: a change ends it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward context trust .kward.toml
  kward context trust --remove .kward.toml")]
pub struct Trust {
    /// The file, or the folder that it is in
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Trust it no longer
    #[arg(long)]
    pub remove: bool,
    /// Say what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
