//! What it takes to talk to a cluster: the resolved form of every client property.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::model::visible;

/// One resolved connection; `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// `bootstrap.servers`, in the order given, at least one.
    pub bootstrap: Vec<Address>,
    /// `client.id`, default `kward`.
    pub client_id: String,
    /// `security.protocol`: TLS when `SSL` or `SASL_SSL`.
    pub tls: Option<Tls>,
    /// `security.protocol`: SASL when `SASL_PLAINTEXT` or `SASL_SSL`.
    pub sasl: Option<Sasl>,
    /// `request.timeout.ms`, the longest that one request may take; the command's deadline still holds.
    pub request_timeout: Duration,
    /// `socket.connection.setup.timeout.ms`: for one address.
    pub connect_timeout: Duration,
    /// The cluster id that the context pins; checked at connect, before anything else is asked.
    pub cluster_id: Option<String>,
}

/// Host and port of a broker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name or an IP literal (IPv6 without brackets).
    pub host: String,
    /// From 1.
    pub port: u16,
}

/// How TLS is spoken.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Trusted certificates; the system's roots when absent.
    pub ca: Option<Pem>,
    /// The client's certificate chain, its own first, and its key.
    pub identity: Option<Identity>,
    /// `ssl.endpoint.identification.algorithm` is `https` (the default) and not empty.
    pub verify_hostname: bool,
    /// Only what `enable.ssl.certificate.verification=false` (librdkafka) says; default true.
    pub verify_certificate: bool,
}

/// A client certificate.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The chain, PEM.
    pub certificate: Pem,
    /// The key, PEM: PKCS#8, encrypted or not, PKCS#1 or SEC1.
    pub key: SecretPem,
    /// `ssl.key.password`.
    pub key_password: Option<SecretString>,
}

/// PEM text that is no secret, and where it came from (for messages).
#[derive(Debug, Clone)]
pub struct Pem {
    /// The text.
    pub text: String,
    /// A file or the name of a property, without quotes.
    pub origin: String,
}

/// PEM text that holds a private key, and where it came from.
#[derive(Debug, Clone)]
pub struct SecretPem {
    /// The text.
    pub text: SecretString,
    /// A file or the name of a property, without quotes.
    pub origin: String,
}

/// How the client says who it is.
#[derive(Debug, Clone)]
pub struct Sasl {
    /// `sasl.mechanism`.
    pub mechanism: Mechanism,
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: SecretString,
}

/// SASL mechanisms that this version speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// RFC 7677.
    ScramSha256,
    /// RFC 5802 with SHA-512, as Kafka has it (KIP-84).
    ScramSha512,
}

impl Mechanism {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Who set a property, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `-X` or another flag.
    Flag(String),
    /// An environment variable.
    Environment(String),
    /// A line of a file.
    File(PathBuf, usize),
    /// A context, and the line of the config file.
    Context(String, PathBuf, usize),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) | Origin::Environment(name) => f.write_str(name),
            Origin::File(path, line) => write!(f, "{}:{line}", visible(&path.to_string_lossy())),
            Origin::Context(name, path, line) => write!(
                f,
                "context `{}`, {}:{line}",
                visible(name),
                visible(&path.to_string_lossy())
            ),
            Origin::Default => f.write_str("the default"),
        }
    }
}
