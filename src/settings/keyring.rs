//! The system's keyring: the Secret Service on Linux (GNOME's keyring, KWallet, KeePassXC), Keychain on
//! macOS. An entry of kward's has the service `kward` and a name of its own as the user.

use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{Error, Result};
use crate::model::visible;

/// This build knows it.
pub const AVAILABLE: bool = cfg!(feature = "keyring");

/// What the service is called.
pub const SERVICE: &str = "kward";

/// The secret of an entry; `named` says who asked for it. The keyring may ask to be unlocked.
pub(super) fn look_up(name: &str, named: &str) -> Result<Vec<u8>> {
    let shown = visible(name);
    match system::get(name) {
        Ok(Some(secret)) => Ok(secret.expose_secret().as_bytes().to_vec()),
        Ok(None) => Err(Error::invalid(format!(
            "the keyring has no entry `{shown}` of the service `{SERVICE}`, named by {named}"
        ))
        .hint(format!(
            "`secret-tool store --label {shown} service {SERVICE} username {shown}` makes it, and asks for \
             the secret"
        ))),
        Err(error) => Err(error.context(format!("{named} cannot be looked up"))),
    }
}

/// Whether there is such an entry.
pub fn has(name: &str) -> Result<bool> {
    system::get(name).map(|found| found.is_some())
}

/// Makes an entry, or gives it another secret.
pub fn keep(name: &str, secret: &SecretString) -> Result<()> {
    system::set(name, secret)
}

#[cfg(feature = "keyring")]
mod system {
    use keyring::{Entry, Error as Failure};

    use super::*;

    pub fn get(name: &str) -> Result<Option<SecretString>> {
        match entry(name)?.get_password() {
            Ok(text) => Ok(Some(SecretString::from(text))),
            Err(Failure::NoEntry) => Ok(None),
            Err(failure) => Err(told(&failure)),
        }
    }

    pub fn set(name: &str, secret: &SecretString) -> Result<()> {
        entry(name)?.set_password(secret.expose_secret()).map_err(|failure| told(&failure))
    }

    fn entry(name: &str) -> Result<Entry> {
        if let Err(failure) = Entry::store_status() {
            return Err(told(failure));
        }
        Entry::new(SERVICE, name).map_err(|failure| told(&failure))
    }

    /// Some failures hold what was found, which may be the secret: those are not repeated.
    fn told(failure: &Failure) -> Error {
        let why = match failure {
            Failure::BadEncoding(_) | Failure::BadDataFormat(..) => {
                "what it holds is no text".to_owned()
            }
            Failure::Ambiguous(found) => format!("{} entries have that name", found.len()),
            other => visible(&other.to_string()).into_owned(),
        };
        Error::failed("the system's keyring does not answer as it should").caused_by(why).hint(
            "a session without a desktop has no keyring unless one is started \
             (`gnome-keyring-daemon --unlock`, inside of `dbus-run-session`)",
        )
    }
}

#[cfg(not(feature = "keyring"))]
mod system {
    use super::{Error, Result, SecretString};

    pub fn get(_: &str) -> Result<Option<SecretString>> {
        Err(absent())
    }

    pub fn set(_: &str, _: &SecretString) -> Result<()> {
        Err(absent())
    }

    fn absent() -> Error {
        Error::invalid("this build of kward leaves the system's keyring out").hint(
            "build one with it: `cargo install --path . --locked --features keyring`; or let \
             `password-command` ask it: `secret-tool lookup service kward username NAME`",
        )
    }
}
