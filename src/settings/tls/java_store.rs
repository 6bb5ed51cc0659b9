//! A keystore or truststore of Java's that a property names: what is taken out of it, and what to say
//! when that cannot be.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::pem_source::PemSource;
use crate::error::{Error, Result};
use crate::model::visible;
use crate::settings::client_config::{Identity, Pem, SecretPem};
use crate::settings::connection::shown;
use crate::settings::keystore::{self, Entries, KeyEntry, Kind, StoreError};
use crate::settings::names::Concept;
use crate::settings::pem;
use crate::settings::property::{Effective, Property};
use crate::settings::typed::{Secrets, ways};

/// What a password is called that no property says.
const TYPED: &str = "what was typed";

/// What a store is for, and what its properties are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::settings) enum Purpose {
    Trust,
    Identity,
    /// A truststore for a token endpoint, named inside of a JAAS entry.
    EndpointTrust,
}

/// A file that is a store of Java's, as far as its properties say.
#[derive(Debug, Clone)]
pub(in crate::settings) struct JavaStore {
    source: PemSource,
    file: PathBuf,
    purpose: Purpose,
    kind: Option<Property>,
    password: Option<Property>,
    alias: Option<Property>,
}

/// What the file turned out to be.
enum Content {
    /// PEM, and nobody said that it is something else.
    Pem,
    Entries(Entries),
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Purpose::Trust | Purpose::EndpointTrust => "truststore",
            Purpose::Identity => "keystore",
        }
    }

    const fn password(self) -> Concept {
        match self {
            Purpose::Trust => Concept::TruststorePassword,
            Purpose::Identity => Concept::KeystorePassword,
            Purpose::EndpointTrust => Concept::EndpointTrustPassword,
        }
    }

    /// `ssl.keystore.type`.
    fn property(self, part: &str) -> String {
        format!("ssl.{}.{part}", self.word())
    }
}

impl JavaStore {
    /// The store that a property names; `None` when the property is about PEM.
    pub fn of(source: &PemSource, purpose: Purpose, effective: &Effective) -> Result<Option<Self>> {
        let Some(file) = source.file.clone() else { return Ok(None) };
        if source.property.key != purpose.property("location") {
            return Ok(None);
        }
        let kind = match purpose {
            Purpose::Trust => Concept::TruststoreType,
            Purpose::Identity => Concept::KeystoreType,
            Purpose::EndpointTrust => Concept::EndpointTrustType,
        };
        let kind = effective.get(kind).cloned();
        match kind.as_ref().map(|kind| kind.text().to_ascii_uppercase()).as_deref() {
            Some("PEM") => return Ok(None),
            None | Some("JKS" | "PKCS12") => {}
            Some(_) => {
                let named = kind.as_ref().map(Property::named).unwrap_or_default();
                let error = Error::invalid(format!(
                    "{named} is a type of {} that is not supported; `PKCS12`, `JKS` and `PEM` are",
                    purpose.word()
                ));
                return Err(error.hint(convert(&file)));
            }
        }
        let password = effective.get(purpose.password()).cloned();
        let alias = effective.get(Concept::KeystoreAlias).cloned();
        Ok(Some(Self { source: source.clone(), file, purpose, kind, password, alias }))
    }

    /// The secret that it takes to open it.
    pub fn password(&self) -> Option<&Property> {
        self.password.as_ref()
    }

    /// The certificates that it trusts.
    pub fn trusted(&self, secrets: &Secrets<'_>) -> Result<Pem> {
        let entries = match self.open(None, secrets)? {
            Content::Pem => return self.source.certificates(),
            Content::Entries(entries) => entries,
        };
        if entries.trusted.is_empty() {
            let error = self.error("there is no trusted certificate in");
            return Err(if entries.keys.is_empty() {
                let file = shown(&self.file);
                error.hint(format!(
                    "put one in: `keytool -importcert -alias ca -file ca.pem -keystore {file}`"
                ))
            } else {
                error.hint(
                    "it holds private keys with their certificates: a keystore is named by \
                     `ssl.keystore.location`",
                )
            });
        }
        Ok(self.certificates(&entries.trusted))
    }

    /// The private key that it holds, with its certificates.
    pub fn identity(
        &self,
        key_password: Option<&Property>,
        secrets: &Secrets<'_>,
    ) -> Result<Identity> {
        let entries = match self.open(key_password, secrets)? {
            Content::Pem => {
                return super::pem_identity(&self.source, &self.source, key_password, secrets);
            }
            Content::Entries(entries) => entries,
        };
        let entry = self.choose(&entries)?;
        if entry.chain.is_empty() {
            let what = format!("the private key {} has no certificate in", name_of(entry));
            return Err(self.error(&what));
        }
        let key = pem::of_der("PRIVATE KEY", entry.key.expose_secret());
        Ok(Identity {
            certificate: self.certificates(&entry.chain),
            key: SecretPem { text: key.into(), origin: self.source.name() },
            key_password: None,
        })
    }

    fn choose<'e>(&self, entries: &'e Entries) -> Result<&'e KeyEntry> {
        const ALIAS: &str = "`ssl.keystore.alias` names the one to use";
        let all = || {
            let mut all: Vec<_> = entries.keys.iter().map(name_of).collect();
            // A JKS store has them in the order of a hash.
            all.sort_unstable();
            all.join(", ")
        };
        if let Some(alias) = self.alias.as_ref().filter(|_| !entries.keys.is_empty()) {
            // The case of an alias counts for none of Java's two formats.
            let wanted = alias.text().to_lowercase();
            let found = entries.keys.iter().find(|key| key.alias.to_lowercase() == wanted);
            return found.ok_or_else(|| {
                self.error(&format!("{} names no private key in", alias.named()))
                    .hint(format!("it holds {}", all()))
            });
        }
        match entries.keys.as_slice() {
            [only] => Ok(only),
            [] => {
                let error = self.error("there is no private key in");
                Err(if entries.trusted.is_empty() {
                    error
                } else {
                    error.hint(
                        "it holds trusted certificates: a truststore is named by \
                         `ssl.truststore.location`",
                    )
                })
            }
            _ => {
                let what = format!("there is more than one private key ({}) in", all());
                Err(self.error(&what).hint(ALIAS))
            }
        }
    }

    fn certificates(&self, chain: &[Vec<u8>]) -> Pem {
        let text = chain.iter().map(|der| pem::of_der("CERTIFICATE", der)).collect();
        Pem { text, origin: self.source.name() }
    }

    fn open(&self, key_password: Option<&Property>, secrets: &Secrets<'_>) -> Result<Content> {
        let bytes = self.source.bytes(&self.file)?;
        let kind = match keystore::kind(&bytes) {
            Ok(kind) => kind,
            Err(StoreError::Pem) if self.kind.is_none() => return Ok(Content::Pem),
            Err(error) => return Err(self.explain(error, None, None)),
        };
        let given = |p: &Property| p.secret(secrets.environment);
        let mut password = self.password.as_ref().map(given).transpose()?;
        // A PKCS12 store has one password for everything.
        let separate = key_password.filter(|_| kind == Kind::Jks);
        let mut separate = separate.map(given).transpose()?;
        // What it takes is known when it has been tried.
        let error = loop {
            let store = password.as_ref().map(SecretString::expose_secret);
            let key = separate.as_ref().map(SecretString::expose_secret);
            let error = match keystore::read(&bytes, store, key) {
                Ok(entries) => return Ok(Content::Entries(entries)),
                Err(error) => error,
            };
            let (secret, concept, what) = match error {
                StoreError::NeedsPassword if password.is_none() => {
                    (&mut password, self.purpose.password(), "the")
                }
                StoreError::KeyPassword if kind == Kind::Jks && separate.is_none() => {
                    (&mut separate, Concept::KeyPassword, "the private key in the")
                }
                _ => break error,
            };
            let (word, name) = (self.purpose.word(), self.source.name());
            *secret =
                secrets.find(None, concept, &format!("Password of {what} {word} `{name}`:"))?;
            if secret.is_none() {
                break error;
            }
        };
        let of_key = key_password.map(Property::named);
        let of_key = of_key.or_else(|| separate.map(|_| TYPED.to_owned()));
        Err(self.explain(error, Some(kind), of_key.as_deref()))
    }

    /// A message that ends with what the store is called.
    fn error(&self, what: &str) -> Error {
        Error::invalid(format!("{what} the {} {}", self.purpose.word(), self.source.origin()))
    }

    fn explain(&self, error: StoreError, kind: Option<Kind>, key_password: Option<&str>) -> Error {
        let (word, file) = (self.purpose.word(), shown(&self.file));
        let the_store = format!("the {word} {}", self.source.origin());
        match error {
            StoreError::WrongPassword => {
                let password = self.password.as_ref().map_or(TYPED.to_owned(), Property::named);
                Error::invalid(format!("{password} is not the password of {the_store}"))
                    .caused_by(
                        "its checksum does not fit: the password is wrong, or the file is damaged",
                    )
                    .hint(format!("try the password: `keytool -list -keystore {file}`"))
            }
            StoreError::NeedsPassword => {
                let what = format!("{the_store} needs its password, and none is given");
                ways(
                    Error::invalid(what),
                    &self.purpose.property("password"),
                    &format!("{word}-password"),
                )
            }
            StoreError::KeyPassword => self.key_password_error(&the_store, kind, key_password),
            StoreError::NoStore => Error::invalid(format!("{the_store} is neither PKCS12 nor JKS"))
                .hint(format!("look at it: `keytool -list -keystore {file}`"))
                .hint(format!(
                    "a certificate alone is named by `ssl.ca.location`, once it is PEM: \
                         `openssl x509 -inform der -in {file} -out ca.pem`"
                )),
            StoreError::Pem => {
                let said = self.kind.as_ref().map(Property::named).unwrap_or_default();
                Error::invalid(format!("{the_store} is PEM, and {said} says otherwise"))
                    .hint(format!("set `{}=PEM`", self.purpose.property("type")))
            }
            StoreError::Jceks => {
                Error::invalid(format!("{the_store} is a JCEKS store, which is not supported"))
                    .hint(convert(&self.file))
            }
            StoreError::Unsupported => {
                Error::invalid(format!("{the_store} is protected in a way that is not supported"))
                    .hint(convert(&self.file))
            }
            StoreError::Costly => Error::invalid(format!(
                "to open {the_store} takes more work than kward does for it"
            ))
            .caused_by("a password is hashed 1000000 times at most, and the store says how often")
            .hint(convert(&self.file)),
            StoreError::Broken(why) => {
                Error::invalid(format!("{the_store} cannot be read")).caused_by(visible(&why))
            }
        }
    }

    fn key_password_error(
        &self,
        the_store: &str,
        kind: Option<Kind>,
        key_password: Option<&str>,
    ) -> Error {
        let what = format!("a private key in {the_store} is under another password");
        if kind == Some(Kind::Pkcs12) {
            return Error::invalid(format!("{what} than the store"))
                .hint(format!("give both the same: {}", convert(&self.file)));
        }
        if let Some(given) = key_password {
            return Error::invalid(format!("{what} than {given}"));
        }
        let what = format!("{what} than the store, and none is given");
        ways(Error::invalid(what), "ssl.key.password", "key-password")
    }
}

fn name_of(entry: &KeyEntry) -> String {
    if entry.alias.is_empty() {
        return "(without a name)".to_owned();
    }
    format!("`{}`", visible(&entry.alias))
}

fn convert(file: &Path) -> String {
    format!(
        "convert it: `keytool -importkeystore -srckeystore {} -destkeystore client.p12 \
         -deststoretype PKCS12`",
        shown(file)
    )
}
