//! The TLS half of a connection: which certificates are trusted, and who the client is.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::client_config::{Identity, Pem, SecretPem, Tls};
use super::connection::shown;
use super::names::Concept;
use super::pem::{self, KeyError};
use super::property::{Effective, Property};
use super::{Environment, files};
use crate::error::{Error, Result};

/// TLS whose settings fit together; no file is read yet.
#[derive(Debug, Clone)]
pub(super) struct TlsPlan {
    trust: Option<PemSource>,
    identity: Option<(PemSource, PemSource)>,
    key_password: Option<Property>,
    verify_hostname: bool,
    verify_certificate: bool,
}

/// PEM in a property, or in the file that it names.
#[derive(Debug, Clone)]
struct PemSource {
    property: Property,
    file: Option<PathBuf>,
}

impl TlsPlan {
    pub fn new(
        effective: &Effective,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        let source = |concept| effective.get(concept).map(|p| PemSource::new(p, environment));
        let trust = effective
            .get(Concept::Trust)
            .filter(|property| property.key != "ssl.ca.location" || property.text() != "probe")
            .map(|property| PemSource::new(property, environment));
        if let Some(trust) = &trust {
            trust.is_no_store(effective.get(Concept::TruststoreType), &TRUSTSTORE)?;
        }
        let (certificate, key) = (source(Concept::Certificate), source(Concept::Key));
        for source in [&certificate, &key].into_iter().flatten() {
            source.is_no_store(effective.get(Concept::KeystoreType), &KEYSTORE)?;
        }
        let identity = match (certificate, key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                warnings.extend(key.file.as_ref().and_then(|f| files::exposed(f, "a private key")));
                Some((certificate, key))
            }
            (Some(certificate), None) => {
                return Err(half(&certificate, "private key", "ssl.key.location"));
            }
            (None, Some(key)) => return Err(half(&key, "certificate", "ssl.certificate.location")),
        };
        let verify_certificate = verify_certificate(effective)?;
        if !verify_certificate {
            warnings.push(
                "the brokers' certificates are not verified: anyone on the way can pretend to be \
                 the cluster"
                    .to_owned(),
            );
        }
        Ok(Self {
            trust,
            identity,
            key_password: effective.get(Concept::KeyPassword).cloned(),
            verify_hostname: verify_hostname(effective)?,
            verify_certificate,
        })
    }

    /// The secrets that are looked up when a connection is made.
    pub fn secrets(&self) -> impl Iterator<Item = &Property> {
        self.key_password.iter()
    }

    pub fn load(&self, environment: &Environment) -> Result<Tls> {
        let identity = match &self.identity {
            None => None,
            Some((certificate, key)) => Some(self.identity(certificate, key, environment)?),
        };
        Ok(Tls {
            ca: self.trust.as_ref().map(PemSource::certificates).transpose()?,
            identity,
            verify_hostname: self.verify_hostname,
            verify_certificate: self.verify_certificate,
        })
    }

    fn identity(
        &self,
        certificate: &PemSource,
        key: &PemSource,
        environment: &Environment,
    ) -> Result<Identity> {
        let certificate = certificate.certificates()?;
        let named = key.origin();
        let (key, encrypted) = key.key()?;
        // A password that nothing needs is not looked up: a command may ask a question.
        let key_password = match &self.key_password {
            _ if !encrypted => None,
            Some(password) => Some(password.secret(environment)?),
            None => {
                return Err(Error::invalid(format!(
                    "the private key of {named} is encrypted, and no password is given"
                ))
                .hint("set `ssl.key.password`, or `key-password-file` of a context"));
            }
        };
        Ok(Identity { certificate, key, key_password })
    }
}

fn half(given: &PemSource, missing: &str, property: &str) -> Error {
    Error::invalid(format!("{} is given without a {missing}", given.property.named()))
        .hint(format!("set `{property}` too: a client certificate is both"))
}

fn verify_hostname(effective: &Effective) -> Result<bool> {
    let Some(property) = effective.said(Concept::Hostname) else { return Ok(true) };
    match property.text().to_ascii_lowercase().as_str() {
        "https" => Ok(true),
        "" | "none" => Ok(false),
        _ => Err(Error::invalid(format!("{} is not supported", property.named()))
            .hint("it is `https`, or empty (`none` for librdkafka) to accept any host name")),
    }
}

fn verify_certificate(effective: &Effective) -> Result<bool> {
    let Some(property) = effective.get(Concept::Verification) else { return Ok(true) };
    match property.text().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::invalid(format!("{} is neither `true` nor `false`", property.named()))),
    }
}

/// What to say about a Java store that is not PEM.
struct Store {
    what: &'static str,
    type_property: &'static str,
    fix: fn(&str, &str) -> Vec<String>,
}

const TRUSTSTORE: Store = Store {
    what: "truststore",
    type_property: "ssl.truststore.type",
    fix: |file, kind| {
        let convert = if kind == "PKCS12" {
            format!("`openssl pkcs12 -in {file} -nokeys -out ca.pem`")
        } else {
            format!("`keytool -list -rfc -keystore {file} > ca.pem`")
        };
        vec![
            format!("convert it once: {convert}"),
            "then set `ssl.truststore.type=PEM` and `ssl.truststore.location=ca.pem`".to_owned(),
        ]
    },
};

const KEYSTORE: Store = Store {
    what: "keystore",
    type_property: "ssl.keystore.type",
    fix: |file, kind| {
        let mut hints = Vec::new();
        let mut file = file.to_owned();
        if kind != "PKCS12" {
            hints.push(format!(
                "convert it once, first to PKCS12: `keytool -importkeystore -srckeystore {file} \
                 -destkeystore client.p12 -deststoretype PKCS12`"
            ));
            "client.p12".clone_into(&mut file);
        }
        hints.push(format!(
            "convert PKCS12 to PEM: `openssl pkcs12 -in {file} -out client.pem`; it asks for the \
             store's password and for one that protects the key in the new file"
        ));
        hints.push(
            "then set `ssl.keystore.type=PEM`, `ssl.keystore.location=client.pem` and \
             `ssl.key.password`"
                .to_owned(),
        );
        hints
    },
};

impl PemSource {
    fn new(property: &Property, environment: &Environment) -> Self {
        let file = property
            .key
            .ends_with(".location")
            .then(|| environment.path(property.text(), &property.base));
        Self { property: property.clone(), file }
    }

    /// Refuses a store of Java's other kinds, by its type: JKS when nothing is said, as in Java.
    fn is_no_store(&self, kind: Option<&Property>, store: &Store) -> Result<()> {
        if !matches!(
            self.property.key.as_str(),
            "ssl.truststore.location" | "ssl.keystore.location"
        ) {
            return Ok(());
        }
        let file = self.property.text();
        let named = self.property.named();
        let error = match kind.map(|kind| (kind, kind.text().to_ascii_uppercase())) {
            Some((_, kind)) if kind == "PEM" => return Ok(()),
            Some((property, kind)) => (store.fix)(&shown(Path::new(file)), &kind).into_iter().fold(
                Error::invalid(format!(
                    "{named} is a {} of another type than PEM, says {}; only PEM is supported",
                    store.what,
                    property.named()
                )),
                Error::hint,
            ),
            None => (store.fix)(&shown(Path::new(file)), guess(file)).into_iter().fold(
                Error::invalid(format!(
                    "{named} is a {} of Java's own format, because `{}` is not set; only PEM is \
                     supported",
                    store.what, store.type_property
                ))
                .hint(format!("if the file is PEM, set `{}=PEM`", store.type_property)),
                Error::hint,
            ),
        };
        Err(error)
    }

    /// What it is called in messages of others: the file, or the property.
    fn name(&self) -> String {
        self.file.as_deref().map_or_else(|| self.property.key.clone(), shown)
    }

    /// What it is called in messages about its content.
    fn origin(&self) -> String {
        match &self.file {
            Some(file) => format!("`{}`, named by {}", shown(file), self.property.named()),
            None => self.property.named(),
        }
    }

    fn read(&self) -> Result<SecretString> {
        let Some(file) = &self.file else { return Ok(SecretString::from(self.property.raw())) };
        let named = self.property.named();
        if self.property.key == "ssl.ca.location" && file.is_dir() {
            return read_folder(file, &named);
        }
        let bytes = files::read(file, files::MAX_PEM, &named)?;
        // Anything but PEM is found out by what is missing in it.
        Ok(SecretString::from(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn certificates(&self) -> Result<Pem> {
        let text = self.read()?;
        let text = pem::certificates(text.expose_secret()).ok_or_else(|| {
            let error = Error::invalid(format!("there is no certificate in {}", self.origin()));
            let error = error.hint("it must be PEM: `-----BEGIN CERTIFICATE-----`");
            match &self.file {
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
    fn key(&self) -> Result<(SecretPem, bool)> {
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

/// PKCS12 by the usual endings of its name.
fn guess(file: &str) -> &'static str {
    let ending = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if matches!(ending.as_str(), "p12" | "pfx" | "pkcs12") { "PKCS12" } else { "JKS" }
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
        let bytes = files::read(&path, files::MAX_PEM, named)?;
        if let Ok(content) = std::str::from_utf8(&bytes) {
            text.push_str(&pem::certificates(content).unwrap_or_default());
        }
        if text.len() as u64 > files::MAX_PEM {
            return Err(fail(format!("its certificates have more than {} bytes", files::MAX_PEM)));
        }
    }
    Ok(SecretString::from(text))
}
