//! A proxy between this machine and the brokers: `proxy.url`, which is kward's own property, with
//! `proxy.password` for what should not stand in a URL.

use secrecy::{ExposeSecret, SecretString};

use super::client_config::{EndpointTrust, Proxy, ProxyKind};
use super::names::Concept;
use super::property::{Effective, Property};
use super::secret::Source;
use super::tls::TrustPlan;
use super::typed::Secrets;
use super::url::Url;
use super::{Environment, files};
use crate::error::{Error, Result};

/// A proxy whose settings fit together; its password is not looked up yet.
#[derive(Debug, Clone)]
pub(super) struct ProxyPlan {
    property: Property,
    kind: ProxyKind,
    url: Url,
    username: Option<Property>,
    password: Option<Property>,
    /// Trusted in place of the system's, where TLS is spoken.
    trust: Option<TrustPlan>,
}

impl ProxyPlan {
    /// `None` when no proxy is named, or none on purpose: `proxy.url=none`.
    pub fn new(
        effective: &Effective,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>> {
        let Some(property) = effective.get(Concept::Proxy) else { return Ok(None) };
        if property.text().eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let wrong = |why: &str| {
            // Not the value: a password may be in it.
            Error::invalid(format!("{} is wrong: {why}", property.named())).hint(
                "it is `socks5h://HOST:PORT` (the proxy looks names up), `socks5://HOST:PORT` (this \
                 machine does), `http://HOST:PORT` (CONNECT) or `https://HOST:PORT` (the same in TLS)",
            )
        };
        let url = Url::parse(property.text()).map_err(wrong)?;
        let kind = match url.scheme.as_str() {
            "socks5h" => ProxyKind::Socks5 { resolves: true },
            "socks5" => ProxyKind::Socks5 { resolves: false },
            "http" | "https" => ProxyKind::HttpConnect,
            "socks4" | "socks4a" => return Err(wrong("version 4 of SOCKS is not supported")),
            _ => return Err(wrong("its scheme is that of no proxy")),
        };
        if url.host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let plan = Self {
            kind,
            username: effective.get(Concept::ProxyUsername).cloned(),
            password: effective.get(Concept::ProxyPassword).cloned(),
            trust: TrustPlan::of_endpoint(effective, environment)?,
            property: property.clone(),
            url,
        };
        if let (None, None, Some(password)) = (&plan.username, &plan.url.login, &plan.password) {
            return Err(Error::invalid(format!("{} is given without a user", password.named()))
                .hint("set `proxy.username`"));
        }
        if let Some(super::property::Value::Later(Source::File(path))) =
            plan.password.as_ref().map(|password| &password.value)
        {
            warnings.extend(files::exposed(path, "a password"));
        }
        Ok(Some(plan))
    }

    /// The secret that is looked up when a connection is made.
    pub fn secret(&self) -> Option<&Property> {
        self.password.as_ref()
    }

    pub fn load(&self, secrets: &Secrets<'_>) -> Result<Proxy> {
        let (user, password) = self.url.login.clone().unzip();
        let username = self.username.as_ref().map(|name| name.raw().to_owned()).or(user);
        let password = match &self.password {
            Some(property) => Some(property.secret(secrets.environment)?),
            None => password,
        };
        let login = username.map(|name| (name, password.unwrap_or_else(|| SecretString::from(""))));
        if let Some((name, password)) = &login {
            self.fits(name, password)?;
        }
        let in_tls = self.url.scheme == "https";
        let default_port = match self.kind {
            ProxyKind::HttpConnect if in_tls => 443,
            ProxyKind::HttpConnect => 8080,
            ProxyKind::Socks5 { .. } => 1080,
        };
        let trust = self.trust.as_ref().filter(|_| in_tls);
        let trust = trust.map(|plan| plan.load(secrets)).transpose()?;
        Ok(Proxy {
            kind: self.kind,
            address: self.url.address(default_port),
            tls: in_tls.then(|| trust.map_or(EndpointTrust::SystemAnd(None), EndpointTrust::Only)),
            login,
            origin: self.property.named(),
        })
    }

    /// SOCKS5 has a byte for each length (RFC 1929); in HTTP's Basic a name has no colon.
    fn fits(&self, name: &str, password: &SecretString) -> Result<()> {
        let lengths = [name.len(), password.expose_secret().len()];
        let why = match self.kind {
            ProxyKind::Socks5 { .. } if name.is_empty() || lengths.iter().any(|l| *l > 255) => {
                "user and password of a SOCKS5 proxy have 1 to 255 bytes"
            }
            ProxyKind::HttpConnect if name.contains(':') => {
                "the user of an HTTP proxy has no colon in its name"
            }
            _ => return Ok(()),
        };
        Err(Error::invalid(format!("{}: {why}", self.property.named())))
    }
}
