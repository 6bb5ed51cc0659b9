//! PEM that a property holds, or the file or folder that it names.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};
use crate::settings::client_config::{Pem, SecretPem};
use crate::settings::connection::shown;
use crate::settings::pem::{self, KeyError};
use crate::settings::property::Property;
use crate::settings::{Environment, files};

/// PEM in a property, or in the file that it names.
#[derive(Debug, Clone)]
pub(in crate::settings) struct PemSource {
    pub property: Property,
    pub file: Option<PathBuf>,
    /// How long it is waited for where it is a pipe.
    patience: Option<Duration>,
}

impl PemSource {
    pub fn new(property: &Property, environment: &Environment) -> Self {
        let file = property
            .key
            .ends_with(".location")
            .then(|| environment.path(property.text(), &property.base));
        Self { property: property.clone(), file, patience: environment.patience }
    }

    /// What it is called in messages of others: the file, or the property.
    pub fn name(&self) -> String {
        self.file.as_deref().map_or_else(|| self.property.key.clone(), shown)
    }

    /// What it is called in messages about its content.
    pub fn origin(&self) -> String {
        match &self.file {
            Some(file) => format!("`{}`, named by {}", shown(file), self.property.named()),
            None => self.property.named(),
        }
    }

    /// What is in the file that it names.
    pub fn bytes(&self, file: &Path) -> Result<Vec<u8>> {
        files::read(file, files::MAX_PEM, &self.property.named(), self.patience)
    }

    fn read(&self) -> Result<SecretString> {
        let Some(file) = &self.file else { return Ok(SecretString::from(self.property.raw())) };
        if self.property.key == "ssl.ca.location" && file.is_dir() {
            return read_folder(file, &self.property.named());
        }
        let bytes = self.bytes(file)?;
        // Anything but PEM is found out by what is missing in it.
        Ok(SecretString::from(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Which kind of Java store the file is, by its first bytes.
    fn store(&self, file: &Path) -> Option<&'static str> {
        match self.bytes(file).ok()?[..] {
            [0xfe, 0xed, 0xfe, 0xed, ..] => Some("JKS"),
            // A sequence that begins with version 3; that of a certificate begins with another one.
            [0x30, 0x80, 0x02, 0x01, 0x03, ..] | [0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..] => {
                Some("PKCS12")
            }
            _ => None,
        }
    }

    pub fn certificates(&self) -> Result<Pem> {
        let text = self.read()?;
        let text = pem::certificates(text.expose_secret()).ok_or_else(|| {
            let what = format!("there is no certificate in {}", self.origin());
            if let Some(folder) = self.file.as_deref().filter(|file| file.is_dir()) {
                return Error::invalid(format!("{what}, which is a folder")).hint(format!(
                    "put the certificate of the CA there as a PEM file, or name the file itself: \
                     `{}={}`",
                    self.property.key,
                    shown(&folder.join("ca.pem"))
                ));
            }
            let error = Error::invalid(what);
            let error = error.hint("it must be PEM: `-----BEGIN CERTIFICATE-----`");
            match &self.file {
                Some(file) if let Some(kind) = self.store(file) => {
                    let trust = ["ssl.ca.location", "ssl.truststore.location"];
                    let trust = trust.contains(&&*self.property.key);
                    let store = if trust { "truststore" } else { "keystore" };
                    error.hint(format!(
                        "it is a {kind} store: `ssl.{store}.location` takes it, with `ssl.{store}.type={kind}`"
                    ))
                }
                Some(file) if !text.expose_secret().contains("-----BEGIN") => error.hint(format!(
                    "convert DER: `openssl x509 -inform der -in {} -out ca.pem`",
                    shown(file)
                )),
                _ => error,
            }
        })?;
        Ok(Pem { text, origin: self.name() })
    }

    /// The key, and whether it is encrypted.
    pub fn key(&self) -> Result<(SecretPem, bool)> {
        let text = self.read()?;
        let key = pem::key(text.expose_secret()).map_err(|why| {
            let origin = self.origin();
            match why {
                KeyError::None => Error::invalid(format!("there is no private key in {origin}"))
                    .hint("it must be PEM: `-----BEGIN PRIVATE KEY-----`"),
                KeyError::Several => {
                    Error::invalid(format!("there is more than one private key in {origin}"))
                        .hint("keep the one that belongs to the first certificate")
                }
                KeyError::OldEncryption => {
                    let file = self.file.as_deref().map_or("KEY".to_owned(), shown);
                    Error::invalid(format!(
                        "the private key in {origin} is encrypted in OpenSSL's old way, which is \
                         not supported"
                    ))
                    .hint(format!(
                        "convert it to PKCS#8: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in {file} -out key.pem`"
                    ))
                }
            }
        })?;
        Ok((SecretPem { text: key.text, origin: self.name() }, key.encrypted))
    }
}

/// All PEM files of a folder, as `ssl.ca.location` allows; links to the same file count once.
fn read_folder(folder: &Path, named: &str) -> Result<SecretString> {
    const MAX_FILES: usize = 2_000;
    let fail = |why: String| {
        Error::invalid(format!("cannot read the folder `{}`, named by {named}", shown(folder)))
            .caused_by(why)
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| fail(error.to_string()))? {
        let entry = entry.map_err(|error| fail(error.to_string()))?;
        // What a link leads to may be gone.
        if let Ok(path) = entry.path().canonicalize()
            && path.is_file()
        {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(fail(format!("it has more than {MAX_FILES} files")));
        }
    }
    paths.sort();
    paths.dedup();
    let mut text = String::new();
    for path in paths {
        let bytes = files::read(&path, files::MAX_PEM, named, None)?;
        if let Ok(content) = std::str::from_utf8(&bytes) {
            text.push_str(&pem::certificates(content).unwrap_or_default());
        }
        if text.len() as u64 > files::MAX_PEM {
            return Err(fail(format!("its certificates have more than {} bytes", files::MAX_PEM)));
        }
    }
    Ok(SecretString::from(text))
}
