//! GSSAPI: which ticket of Kerberos, out of a keytab or a ticket cache, by the names of Java's clients
//! (`Krb5LoginModule`) and of librdkafka (`sasl.kerberos.*`); and the process that asks for it.
//!
//! Kerberos' library learns by the environment alone where keytab and ticket cache are, and waits for the
//! KDC as long as it likes. So each exchange has a process of its own: this program again, called
//! [`HELPER`], which gets tokens and gives tokens, and which is ended when nobody waits any longer.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::client_config::Kerberos;
use super::names::Concept;
use super::property::{Effective, LoginModule, Property};
use super::{Environment, files};
use crate::error::{Error, Result};
use crate::model::visible;

/// This build speaks GSSAPI.
pub const AVAILABLE: bool = cfg!(feature = "gssapi");

/// The first argument of the process; service, host and, where it is known, principal follow.
pub const HELPER: &str = "__gssapi";

/// The most that a token may have; those of Kerberos have a few KiB.
const LARGEST: u32 = 1 << 20;

/// Which ticket is meant; nothing is looked at yet.
#[derive(Debug, Clone)]
pub(super) struct KerberosPlan {
    service: String,
    principal: Option<String>,
    keytab: Option<(PathBuf, String)>,
    cache: Option<PathBuf>,
}

/// Who says that Kerberos is meant, where nobody names a mechanism.
pub(super) fn meant(effective: &Effective) -> Option<&Property> {
    let module = effective.login_module.as_ref();
    module
        .filter(|(module, _)| *module == LoginModule::Kerberos)
        .map(|(_, property)| property)
        .or_else(|| {
            let mut concepts = [Concept::KerberosKeytab, Concept::KerberosPrincipal].into_iter();
            concepts.find_map(|concept| effective.get(concept))
        })
}

/// `property` asks for Kerberos: does this build have it?
pub(super) fn available(property: &Property) -> Result<()> {
    if AVAILABLE { Ok(()) } else { Err(absent(&property.named())) }
}

fn absent(named: &str) -> Error {
    Error::invalid(format!("{named} asks for Kerberos (GSSAPI), which this build of kward leaves out"))
        .hint(
            "build one with it: `cargo install --path . --locked --features gssapi`; it needs the headers of \
             MIT's library (Debian's libkrb5-dev) and libclang",
        )
}

impl KerberosPlan {
    pub fn new(effective: &Effective, environment: &Environment) -> Self {
        let text = |concept| effective.get(concept).map(|property| property.text().to_owned());
        let path = |concept| {
            effective.get(concept).map(|property| {
                let text = property.text();
                // As Java and Kerberos' own tools have it.
                let kind = text.get(..5).filter(|kind| kind.eq_ignore_ascii_case("file:"));
                let bare = kind.map_or(text, |kind| &text[kind.len()..]);
                (environment.path(bare, &property.base), property.named())
            })
        };
        Self {
            // What librdkafka takes for granted.
            service: text(Concept::KerberosService).unwrap_or_else(|| "kafka".to_owned()),
            principal: text(Concept::KerberosPrincipal),
            keytab: path(Concept::KerberosKeytab),
            cache: path(Concept::KerberosCache).map(|(path, _)| path),
        }
    }

    pub fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    pub fn exposed(&self) -> Option<String> {
        files::exposed(&self.keytab.as_ref()?.0, "keys")
    }

    pub fn load(&self) -> Result<Kerberos> {
        if let Some((path, named)) = &self.keytab {
            // The library would only say that there is no ticket.
            files::read(path, files::MAX_SETTINGS, named, None)?;
        }
        Ok(Kerberos {
            service: self.service.clone(),
            principal: self.principal.clone(),
            keytab: self.keytab.as_ref().map(|(path, _)| path.clone()),
            cache: self.cache.clone(),
        })
    }
}

/// The process of one exchange; it ends with this value.
#[derive(Debug)]
pub struct Exchange(Child);

/// What goes to the process and comes from it.
#[derive(Debug)]
pub struct Pipes {
    input: ChildStdin,
    output: ChildStdout,
}

/// What the other side of a pipe says.
#[derive(Debug, PartialEq, Eq)]
pub enum Word {
    /// A token for the peer, whose answer is awaited.
    Token(Vec<u8>),
    /// The last token for the peer.
    Last(Vec<u8>),
    /// Why there is none.
    Failed(String),
}

impl Kerberos {
    /// Starts the exchange with the broker on `host`.
    pub fn begin(&self, host: &str) -> Result<(Exchange, Pipes)> {
        let fail = |error: io::Error| {
            Error::failed("cannot start the process that speaks Kerberos").caused_by(error)
        };
        let mut command = Command::new(std::env::current_exe().map_err(fail)?);
        command.arg(HELPER).arg(&self.service).arg(host).args(&self.principal);
        let file = |path: &Path| format!("FILE:{}", path.display());
        if let Some(keytab) = &self.keytab {
            // The ticket that it gives goes nowhere, and leaves that of the user alone.
            command.env("KRB5_CLIENT_KTNAME", file(keytab)).env("KRB5CCNAME", "MEMORY:kward");
        }
        if let Some(cache) = &self.cache {
            command.env("KRB5CCNAME", file(cache));
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(fail)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok((Exchange(child), Pipes { input, output })),
            _ => Err(fail(io::Error::other("it has no pipes"))),
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Pipes {
    /// Hands over what the peer said, and waits for what it is to be told.
    pub fn step(&mut self, token: &[u8]) -> io::Result<Word> {
        send(&mut self.input, &Word::Token(token.to_vec()))?;
        receive(&mut self.output)
    }
}

/// Writes a word: its kind, its length, its bytes.
pub fn send(output: &mut impl Write, word: &Word) -> io::Result<()> {
    let (kind, bytes) = match word {
        Word::Token(bytes) => (0_u8, bytes.as_slice()),
        Word::Last(bytes) => (1, bytes.as_slice()),
        Word::Failed(why) => (2, why.as_bytes()),
    };
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    output.write_all(&[kind])?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(bytes)?;
    output.flush()
}

/// Reads a word.
pub fn receive(input: &mut impl Read) -> io::Result<Word> {
    let (mut kind, mut length) = ([0; 1], [0; 4]);
    input.read_exact(&mut kind)?;
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LARGEST {
        return Err(io::Error::other("a token that is too large"));
    }
    let mut bytes = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() != length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match kind[0] {
        0 => Ok(Word::Token(bytes)),
        1 => Ok(Word::Last(bytes)),
        _ => Ok(Word::Failed(visible(&String::from_utf8_lossy(&bytes)).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were() {
        let mut pipe = Vec::new();
        let words =
            [Word::Token(Vec::new()), Word::Last(vec![1, 2]), Word::Failed("no ticket".to_owned())];
        for word in &words {
            send(&mut pipe, word).unwrap();
        }
        let mut pipe = pipe.as_slice();
        for word in words {
            assert_eq!(receive(&mut pipe).unwrap(), word);
        }
        assert!(receive(&mut pipe).is_err(), "the other side has ended");
        assert!(receive(&mut [0, 0, 0, 0, 2, 1].as_slice()).is_err(), "broken off");
        assert!(receive(&mut [0, 255, 255, 255, 255].as_slice()).is_err(), "too large");
    }

    #[test]
    fn a_build_without_it_says_how_to_get_it() {
        let error = absent("`sasl.mechanism` (client.properties:2)");
        assert!(
            error.message().contains("asks for Kerberos (GSSAPI), which this build"),
            "{error}"
        );
        assert!(error.hints()[0].contains("--features gssapi"), "{error:?}");
    }
}
