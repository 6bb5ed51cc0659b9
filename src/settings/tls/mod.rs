//! The TLS half of a connection: which certificates are trusted, and who the client is.

mod java_store;
mod pem_source;

use java_store::{JavaStore, Purpose};
use pem_source::PemSource;

use super::client_config::{Identity, Pem, Tls};
use super::names::Concept;
use super::property::{Effective, Property};
use super::typed::{Secrets, ways};
use super::{Environment, files};
use crate::error::{Error, Result};
use crate::model::visible;

/// TLS whose settings fit together; no file is read yet.
#[derive(Debug, Clone)]
pub(super) struct TlsPlan {
    trust: Option<TrustPlan>,
    identity: Option<IdentityPlan>,
    key_password: Option<Property>,
    verify_hostname: bool,
    verify_certificate: bool,
}

/// Where the trusted certificates come from.
#[derive(Debug, Clone)]
pub(super) enum TrustPlan {
    Pem(PemSource),
    Store(Box<JavaStore>),
}

/// Where the client's certificate and key come from.
#[derive(Debug, Clone)]
enum IdentityPlan {
    /// Certificate and key.
    Pem(Box<(PemSource, PemSource)>),
    Store(Box<JavaStore>),
}

impl TrustPlan {
    /// What the properties say; `None` when the system's certificates are meant.
    pub fn new(effective: &Effective, environment: &Environment) -> Result<Option<Self>> {
        Self::of(Concept::Trust, Purpose::Trust, effective, environment)
    }

    /// The same for a token endpoint: `https.ca.location` of librdkafka, or `ssl.truststore.location`
    /// inside of the JAAS entry, as in Java.
    pub fn of_endpoint(effective: &Effective, environment: &Environment) -> Result<Option<Self>> {
        Self::of(Concept::EndpointTrust, Purpose::EndpointTrust, effective, environment)
    }

    fn of(
        concept: Concept,
        purpose: Purpose,
        effective: &Effective,
        environment: &Environment,
    ) -> Result<Option<Self>> {
        let by_system = |property: &&Property| {
            property.key.ends_with("ca.location") && property.text() == "probe"
        };
        let Some(property) = effective.get(concept).filter(|p| !by_system(p)) else {
            return Ok(None);
        };
        let source = PemSource::new(property, environment);
        let store = JavaStore::of(&source, purpose, effective)?;
        Ok(Some(store.map_or(Self::Pem(source), |store| Self::Store(Box::new(store)))))
    }

    /// The secret that it takes to read them.
    pub fn secret(&self) -> Option<&Property> {
        match self {
            TrustPlan::Pem(_) => None,
            TrustPlan::Store(store) => store.password(),
        }
    }

    /// Reads them.
    pub fn load(&self, secrets: &Secrets<'_>) -> Result<Pem> {
        match self {
            TrustPlan::Pem(source) => source.certificates(),
            TrustPlan::Store(store) => store.trusted(secrets),
        }
    }
}

impl IdentityPlan {
    fn new(
        effective: &Effective,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>> {
        let source = |concept| effective.get(concept).map(|p| PemSource::new(p, environment));
        let (certificate, key) = match (source(Concept::Certificate), source(Concept::Key)) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(certificate), None) => {
                return Err(half(&certificate, "private key", "ssl.key.location"));
            }
            (None, Some(key)) => return Err(half(&key, "certificate", "ssl.certificate.location")),
        };
        let store = |source| JavaStore::of(source, Purpose::Identity, effective);
        match (store(&certificate)?, store(&key)?) {
            (Some(store), Some(_)) => Ok(Some(Self::Store(Box::new(store)))),
            (None, None) => {
                warnings.extend(key.file.as_ref().and_then(|f| files::exposed(f, "a private key")));
                Ok(Some(Self::Pem(Box::new((certificate, key)))))
            }
            _ => Err(Error::invalid(format!(
                "{} and {} contradict each other: a keystore holds both certificate and key",
                certificate.property.named(),
                key.property.named()
            ))
            .hint("name the keystore alone, or both as PEM")),
        }
    }

    fn load(&self, key_password: Option<&Property>, secrets: &Secrets<'_>) -> Result<Identity> {
        match self {
            IdentityPlan::Pem(both) => pem_identity(&both.0, &both.1, key_password, secrets),
            IdentityPlan::Store(store) => store.identity(key_password, secrets),
        }
    }
}

impl TlsPlan {
    pub fn new(
        effective: &Effective,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        let verify_certificate = verify_certificate(effective)?;
        if !verify_certificate {
            warnings.push(
                "the brokers' certificates are not verified: anyone on the way can pretend to be \
                 the cluster"
                    .to_owned(),
            );
        }
        Ok(Self {
            trust: TrustPlan::new(effective, environment)?,
            identity: IdentityPlan::new(effective, environment, warnings)?,
            key_password: effective.get(Concept::KeyPassword).cloned(),
            verify_hostname: verify_hostname(effective)?,
            verify_certificate,
        })
    }

    /// The secrets that are looked up when a connection is made.
    pub fn secrets(&self) -> impl Iterator<Item = &Property> {
        let identity = match &self.identity {
            Some(IdentityPlan::Store(store)) => store.password(),
            _ => None,
        };
        let trust = self.trust.as_ref().and_then(TrustPlan::secret);
        self.key_password.iter().chain(identity).chain(trust)
    }

    pub fn load(&self, secrets: &Secrets<'_>) -> Result<Tls> {
        let identity = self.identity.as_ref();
        Ok(Tls {
            ca: self.trust.as_ref().map(|trust| trust.load(secrets)).transpose()?,
            identity: identity
                .map(|identity| identity.load(self.key_password.as_ref(), secrets))
                .transpose()?,
            verify_hostname: self.verify_hostname,
            verify_certificate: self.verify_certificate,
        })
    }
}

fn pem_identity(
    certificate: &PemSource,
    key: &PemSource,
    key_password: Option<&Property>,
    secrets: &Secrets<'_>,
) -> Result<Identity> {
    let certificate = certificate.certificates()?;
    let named = key.origin();
    let (key, encrypted) = key.key()?;
    // A password that nothing needs is not looked up: a command may ask a question.
    let key_password = if encrypted {
        let question = format!("Password of the private key `{}`:", visible(&key.origin));
        let found = secrets.find(key_password, Concept::KeyPassword, &question)?;
        Some(found.ok_or_else(|| {
            let what = format!(
                "the private key of {named} is encrypted: it needs its password, and none is given"
            );
            ways(Error::invalid(what), "ssl.key.password", "key-password")
        })?)
    } else {
        None
    };
    Ok(Identity { certificate, key, key_password })
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
