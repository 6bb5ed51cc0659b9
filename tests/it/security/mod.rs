//! How a client says who it is, and whom it trusts, beyond users with passwords and PEM: Java's stores,
//! tokens of identity providers, AWS, and the way through proxies. Against real Kafka wherever there is
//! a real counterpart.

mod commands;
#[cfg(feature = "gssapi")]
mod kerberos;
#[cfg(feature = "keyring")]
mod keyring;
mod kinds;
mod passwords;
mod pipes;
mod proxied;
mod stores;
mod tokens;

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::support::broker::{Broker, Listener, on_each_version};
use super::support::run::Run;
use super::support::sandbox::Sandbox;

/// `kward cluster describe`, as the properties say.
fn describe(sandbox: &Sandbox, addresses: &str, properties: &str) -> Run {
    let file = sandbox.write("client.properties", properties);
    private(&file);
    let what = ["cluster", "describe", "-o", "json"];
    let how = ["-b", addresses, "--command-config", "client.properties"];
    Run::of(&mut sandbox.kward([what, how].concat()))
}

/// Nobody else may read what holds secrets.
fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("the mode");
}

/// A server that shows the broker's certificate.
fn server_config(broker: &Broker) -> ServerConfig {
    let pem = |name: &str| std::fs::read(broker.certificate(name)).expect("a certificate");
    let chain = vec![CertificateDer::from_pem_slice(&pem("broker.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(&pem("broker.key")).expect("a key");
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a server")
}
