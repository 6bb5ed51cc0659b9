//! How a client says who it is, and whom it trusts, beyond users with passwords and PEM: Java's stores,
//! tokens of identity providers, AWS, and the way through proxies. Against real Kafka wherever there is
//! a real counterpart.

mod proxied;
mod stores;
mod tokens;

use std::path::Path;

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
