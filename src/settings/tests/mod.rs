//! Tables for every rule of the settings, from the command line to the resolved connection.

mod config;
mod contexts;
mod documents;
mod edit;
mod kerberos;
mod oauth;
mod priority;
mod project;
mod properties;
mod providers;
mod proxy;
mod refusals;
mod secrets;
mod stores;
mod typed;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use secrecy::ExposeSecret;

use super::*;
use crate::cli::global::Global;
use crate::error::{Error, Result};

/// The content of a certificate, as far as settings look.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n";
const ENCRYPTED_KEY: &str =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nCCCC\n-----END ENCRYPTED PRIVATE KEY-----\n";

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    global: Global,
}

/// A home folder of its own, which is the working folder too, and an environment.
pub(super) struct World {
    folder: tempfile::TempDir,
    pub(super) environment: Environment,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment {
            home: Some(folder.path().to_owned()),
            cwd: folder.path().to_owned(),
            ..Environment::default()
        };
        Self { folder, environment }
    }

    fn with_config(text: &str) -> Self {
        let world = Self::new();
        world.file(".config/kward/config.toml", text);
        world
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that only its owner can read.
    pub(super) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        chmod(&path, 0o600);
        path
    }

    fn settings(&self, arguments: &[&str]) -> Result<Settings> {
        let arguments = std::iter::once("kward").chain(arguments.iter().copied());
        let program = Program::try_parse_from(arguments).unwrap_or_else(|error| panic!("{error}"));
        resolve(&program.global, &self.environment)
    }

    fn connection(&self, arguments: &[&str]) -> Result<Connection> {
        self.settings(arguments)?.connection()
    }

    fn client(&self, arguments: &[&str]) -> Result<ClientConfig> {
        self.connection(arguments)?.client_config()
    }

    /// A client's properties file, with an address when it names none.
    fn properties(&self, text: &str) -> Result<ClientConfig> {
        self.file("client.properties", text);
        self.client(&with_address(text))
    }

    fn warnings(&self, text: &str) -> Vec<String> {
        self.file("client.properties", text);
        self.connection(&with_address(text)).unwrap().warnings
    }
}

fn with_address(text: &str) -> Vec<&'static str> {
    let mut arguments = vec!["--command-config", "client.properties"];
    if !text.contains("bootstrap.servers") && !text.contains("broker.list") {
        arguments.extend(["-b", "kafka:9092"]);
    }
    arguments
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn chmod(_: &Path, _: u32) {}

/// A connection in one line, secrets included.
fn summary(config: &ClientConfig) -> String {
    let mut words = Vec::new();
    words.extend(
        config.bootstrap.iter().map(|address| format!("{}:{}", address.host, address.port)),
    );
    if let Some(tls) = &config.tls {
        words.push("TLS".to_owned());
        words.extend(tls.ca.as_ref().map(|ca| format!("ca={}", inner(&ca.text))));
        if let Some(identity) = &tls.identity {
            words.push(format!("cert={}", inner(&identity.certificate.text)));
            words.push(format!("key={}", inner(identity.key.text.expose_secret())));
            let password = identity.key_password.as_ref();
            words.extend(password.map(|password| format!("keypass={}", password.expose_secret())));
        }
        words.extend((!tls.verify_hostname).then(|| "anyhost".to_owned()));
        words.extend((!tls.verify_certificate).then(|| "unverified".to_owned()));
    }
    if let Some(sasl) = &config.sasl {
        words.push(sasl.mechanism().to_owned());
        match sasl {
            Sasl::Password(login) => {
                words.push(format!("{}/{}", login.username, login.password.expose_secret()));
                words.extend(login.is_token.then(|| "(token)".to_owned()));
            }
            Sasl::OAuthBearer(oauth) => words.push(of_token(oauth)),
            Sasl::Kerberos(login) => words.push(format!("{login:?}")),
            Sasl::Iam(iam) => words.push(format!(
                "{}/{} {}",
                iam.first.access_key_id,
                iam.first.secret_access_key.expose_secret(),
                iam.region.as_deref().unwrap_or_default()
            )),
        }
    }
    words.join(" ")
}

fn of_token(oauth: &OAuthBearer) -> String {
    let mut words = vec![match &oauth.source {
        TokenSource::Given(given) => format!("token={}", given.first.expose_secret()),
        TokenSource::ClientCredentials(client) => {
            let Endpoint { tls, address, path, .. } = &client.endpoint;
            let trust = match &client.trust {
                EndpointTrust::Only(pem) => format!("only={}", inner(&pem.text)),
                EndpointTrust::SystemAnd(Some(pem)) => format!("and={}", inner(&pem.text)),
                EndpointTrust::SystemAnd(None) => "system".to_owned(),
            };
            format!(
                "tls={tls} {}:{}{path} {}/{} scope={} {trust}{}",
                address.host,
                address.port,
                client.client_id,
                client.client_secret.expose_secret(),
                client.scope.as_deref().unwrap_or_default(),
                if client.urlencode { " urlencode" } else { "" },
            )
        }
    }];
    words.extend(oauth.extensions.iter().map(|(name, value)| format!("{name}={value}")));
    words.join(" ")
}

/// What stands between the lines of dashes.
fn inner(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("+")
}

/// All that a user would see of an error.
fn shown(error: &Error) -> String {
    let mut lines = vec![error.message().to_owned()];
    lines.extend(error.causes().iter().cloned());
    lines.extend(error.hints().iter().cloned());
    for d in error.diagnostics() {
        let hint = d.hint.as_deref().unwrap_or_default();
        lines.push(format!(
            "{}:{}:{}: {} [{}] {hint}",
            d.file, d.line, d.column, d.message, d.source
        ));
    }
    lines.join("\n")
}
