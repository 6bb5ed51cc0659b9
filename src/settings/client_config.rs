//! What it takes to talk to a cluster: the resolved form of every client property.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::Result;
use crate::model::visible;

/// One resolved connection; `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// `bootstrap.servers`, in the order given, at least one.
    pub bootstrap: Vec<Address>,
    /// They are those of controllers (`bootstrap.controllers`, KIP-919): no broker is talked to.
    pub controllers: bool,
    /// `client.id`, default `kward`.
    pub client_id: String,
    /// `security.protocol`: TLS when `SSL` or `SASL_SSL`.
    pub tls: Option<Tls>,
    /// `security.protocol`: SASL when `SASL_PLAINTEXT` or `SASL_SSL`.
    pub sasl: Option<Sasl>,
    /// `request.timeout.ms`, the longest that one request may take: by default 30 s, or half of a longer
    /// `--timeout`; the command's deadline still holds.
    pub request_timeout: Duration,
    /// `socket.connection.setup.timeout.ms`: for one address.
    pub connect_timeout: Duration,
    /// `proxy.url`: what every connection goes through.
    pub proxy: Option<Proxy>,
    /// The cluster id that the context pins; checked at connect, before anything else is asked.
    pub cluster_id: Option<String>,
}

impl ClientConfig {
    /// What one of those that are talked to is called, for messages.
    pub fn node(&self) -> &'static str {
        if self.controllers { "controller" } else { "broker" }
    }
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
pub enum Sasl {
    /// PLAIN or SCRAM.
    Password(PasswordLogin),
    /// OAUTHBEARER (RFC 7628, KIP-255).
    OAuthBearer(OAuthBearer),
    /// Credentials of AWS, for Amazon MSK.
    Iam(Iam),
    /// GSSAPI (RFC 4752) with Kerberos.
    Kerberos(Kerberos),
}

impl Sasl {
    /// The mechanism's name on the wire.
    pub const fn mechanism(&self) -> &'static str {
        match self {
            Sasl::Password(login) => login.mechanism.name(),
            Sasl::OAuthBearer(_) => "OAUTHBEARER",
            Sasl::Iam(iam) if iam.over_oauth => "OAUTHBEARER",
            Sasl::Iam(_) => "AWS_MSK_IAM",
            Sasl::Kerberos(_) => "GSSAPI",
        }
    }

    /// The user's name, where it is known before the broker has been asked.
    pub fn username(&self) -> Option<&str> {
        match self {
            // A token does not say whom it stands for.
            Sasl::Password(login) if login.is_token => None,
            Sasl::Password(login) => Some(&login.username),
            // By the brokers' default rule (`sasl.kerberos.principal.to.local.rules`).
            Sasl::Kerberos(kerberos) => kerberos.principal.as_deref()?.split(['/', '@']).next(),
            Sasl::OAuthBearer(_) | Sasl::Iam(_) => None,
        }
    }
}

/// A user with a password.
#[derive(Debug, Clone)]
pub struct PasswordLogin {
    /// `sasl.mechanism`.
    pub mechanism: Mechanism,
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: SecretString,
    /// The two are id and HMAC of a delegation token (KIP-48), for SCRAM.
    pub is_token: bool,
}

/// A bearer token, and what is said beside it.
#[derive(Debug, Clone)]
pub struct OAuthBearer {
    /// Where the token comes from.
    pub source: TokenSource,
    /// SASL extensions (KIP-342): name and value.
    pub extensions: Vec<(String, String)>,
}

/// Where a bearer token comes from.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// It was there when the settings were read.
    Given(GivenToken),
    /// An identity provider is asked for it.
    ClientCredentials(Box<ClientCredentials>),
}

/// A token out of a file, a variable or a command.
#[derive(Debug, Clone)]
pub struct GivenToken {
    /// What was found at first.
    pub first: SecretString,
    /// Looks again: for when the first has expired.
    pub again: Lookup<SecretString>,
    /// Who gives it, for messages.
    pub origin: String,
}

/// Something that is looked up when it is needed; it may block.
#[derive(Clone)]
pub struct Lookup<T>(pub Arc<dyn Fn() -> Result<T> + Send + Sync>);

impl<T> fmt::Debug for Lookup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}

/// The client credentials grant (RFC 6749, section 4.4).
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    /// The token endpoint.
    pub endpoint: Endpoint,
    /// The client's id there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The scope that is asked for.
    pub scope: Option<String>,
    /// `sasl.oauthbearer.header.urlencode`: id and secret are encoded before they are sent (RFC 6749,
    /// section 2.3.1), which not every provider expects.
    pub urlencode: bool,
    /// Whom to trust, where the endpoint speaks TLS.
    pub trust: EndpointTrust,
}

/// A URL of HTTP.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `https`.
    pub tls: bool,
    /// Where it is.
    pub address: Address,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Who names it, for messages.
    pub origin: String,
}

/// Which certificates a token endpoint may show.
#[derive(Debug, Clone)]
pub enum EndpointTrust {
    /// Those of these authorities alone.
    Only(Pem),
    /// Those that the system trusts, and those of the brokers' authorities.
    SystemAnd(Option<Pem>),
}

/// Signing in at Amazon MSK with credentials of AWS.
#[derive(Debug, Clone)]
pub struct Iam {
    /// What was found at first.
    pub first: AwsCredentials,
    /// Looks again: for when the first have expired.
    pub again: Lookup<AwsCredentials>,
    /// The region, where the broker's name does not tell it.
    pub region: Option<String>,
    /// By OAUTHBEARER, with a signed URL as the token.
    pub over_oauth: bool,
}

/// Keys of AWS.
#[derive(Debug, Clone)]
pub struct AwsCredentials {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: SecretString,
    /// `AWS_SESSION_TOKEN`, with keys that are temporary.
    pub session_token: Option<SecretString>,
    /// When they expire, where that is known.
    pub expires: Option<Timestamp>,
}

/// Signing in with a ticket of Kerberos.
#[derive(Debug, Clone)]
pub struct Kerberos {
    /// The first part of the brokers' principals: `kafka` of `kafka/broker1@EXAMPLE.COM`.
    pub service: String,
    /// Whose ticket; that of the ticket cache when absent.
    pub principal: Option<String>,
    /// The file with the principal's key; without one there is a ticket already.
    pub keytab: Option<PathBuf>,
    /// The ticket cache, where it is not the usual one.
    pub cache: Option<PathBuf>,
}

/// What every connection goes through.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// What it speaks.
    pub kind: ProxyKind,
    /// Where it is.
    pub address: Address,
    /// Whom to trust, where it is spoken to in TLS.
    pub tls: Option<EndpointTrust>,
    /// User and password, where it asks for them.
    pub login: Option<(String, SecretString)>,
    /// Who names it, for messages.
    pub origin: String,
}

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// SOCKS5 (RFC 1928).
    Socks5 {
        /// The proxy looks names up (`socks5h`), and not this machine.
        resolves: bool,
    },
    /// CONNECT of HTTP (RFC 9110).
    HttpConnect,
}

/// SASL mechanisms with a user and a password.
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
