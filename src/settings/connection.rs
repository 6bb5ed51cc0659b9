//! From properties to one connection. Two steps: [`Connection`] is checked without touching secrets or
//! the files that properties name; [`Connection::client_config`] reads them.

use std::time::Duration;

use secrecy::SecretString;

use super::addresses;
use super::client_config::{Address, ClientConfig, Origin};
use super::names::{Concept, Scope};
use super::property::{Effective, Property, Value};
use super::proxy::ProxyPlan;
use super::sasl::SaslPlan;
use super::secret::Source;
use super::tls::TlsPlan;
use super::typed::{Ask, Secrets, Typed};
use super::{Environment, names};
use crate::error::{Error, Result};
use crate::model::visible;

/// A connection whose settings fit together. Its secrets are not looked up yet.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The brokers or controllers to begin with.
    pub bootstrap: Vec<Address>,
    /// They are controllers.
    pub controllers: bool,
    /// Who names them, for messages.
    pub named: String,
    /// What to tell the user, one line each; never a secret.
    pub warnings: Vec<String>,
    client_id: String,
    tls: Option<TlsPlan>,
    sasl: Option<SaslPlan>,
    proxy: Option<ProxyPlan>,
    /// Where a property says it.
    request_timeout: Option<Duration>,
    /// How long the command may take: half of it may be one request's, where no property says otherwise.
    pub(super) timeout: Duration,
    connect_timeout: Duration,
    cluster_id: Option<String>,
    environment: Environment,
    /// Properties that mean nothing: typing mistakes.
    unknown: Vec<String>,
    /// What was asked for; kept for further connections.
    pub(super) typed: Typed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Protocol {
    name: &'static str,
    tls: bool,
    sasl: bool,
}

const PROTOCOLS: [Protocol; 4] = [
    Protocol { name: "PLAINTEXT", tls: false, sasl: false },
    Protocol { name: "SSL", tls: true, sasl: false },
    Protocol { name: "SASL_PLAINTEXT", tls: false, sasl: true },
    Protocol { name: "SASL_SSL", tls: true, sasl: true },
];

impl Connection {
    /// Checks what the properties say. `addresses` is who names the brokers.
    pub(super) fn new(
        effective: &Effective,
        addresses: &Property,
        cluster_id: Option<&str>,
        environment: &Environment,
    ) -> Result<Self> {
        let mut warnings = unknown(&effective.unknown);
        let protocol = protocol(effective)?;
        let (controllers, named) = (addresses.names_controllers(), addresses.named());
        let parse = if controllers { addresses::parse_controllers } else { addresses::parse };
        let addresses = parse(addresses.text()).map_err(|why| {
            Error::invalid(format!("{} is wrong: {why}", addresses.named()))
                .hint("addresses are `HOST:PORT`, separated by commas")
        })?;
        for before in addresses.protocols.iter().filter(|name| *name != protocol.name) {
            warnings.push(format!(
                "`{before}://` before an address means nothing to clients, and the protocol is {}; \
                 set `security.protocol={before}`",
                protocol.name
            ));
        }
        not_refused(effective, protocol)?;
        unused_security(effective, protocol, &mut warnings)?;
        let tls = if protocol.tls {
            Some(TlsPlan::new(effective, environment, &mut warnings)?)
        } else {
            None
        };
        let sasl = if protocol.sasl {
            Some(SaslPlan::new(effective, environment, &mut warnings)?)
        } else {
            None
        };
        if let Some(sasl) = &sasl {
            sasl.warn(protocol.tls, &addresses.list, &mut warnings);
        }
        let proxy = ProxyPlan::new(effective, environment, &mut warnings)?;
        Ok(Self {
            bootstrap: addresses.list,
            controllers,
            named,
            warnings,
            client_id: effective.get(Concept::ClientId).map_or("kward", Property::text).to_owned(),
            tls,
            sasl,
            proxy,
            request_timeout: milliseconds(effective, Concept::RequestTimeout)?,
            timeout: Duration::ZERO,
            connect_timeout: milliseconds(effective, Concept::ConnectTimeout)?
                .unwrap_or(Duration::from_secs(10)),
            cluster_id: cluster_id.map(str::to_owned),
            environment: environment.clone(),
            unknown: unknown(&effective.unknown),
            typed: Typed::default(),
        })
    }

    /// `SASL_SSL`.
    pub fn protocol(&self) -> &'static str {
        let wanted = (self.tls.is_some(), self.sasl.is_some());
        PROTOCOLS.iter().find(|p| (p.tls, p.sasl) == wanted).map_or("PLAINTEXT", |p| p.name)
    }

    /// Whether [`Connection::client_config`] would run a command, or somebody might be asked.
    pub fn runs_a_command(&self) -> bool {
        let command = |property: &Property| {
            matches!(property.value, Value::Later(Source::Command(_) | Source::Keyring(_)))
        };
        let proxy = self.proxy.as_ref().and_then(ProxyPlan::secret);
        self.tls.as_ref().is_some_and(|tls| tls.secrets().any(command))
            || proxy.is_some_and(command)
            || self.sasl.as_ref().is_some_and(|sasl| {
                sasl.asks_for().is_some_and(|concept| !self.typed.has(concept))
                    || sasl.runs_a_command()
                    || sasl.secrets().into_iter().any(command)
            })
    }

    /// Who the client says it is, where SASL is spoken.
    pub fn user(&self) -> Option<&str> {
        self.sasl.as_ref().and_then(SaslPlan::user)
    }

    /// Reads the files that the properties name and looks the secrets up; may run a
    /// `password-command`, and blocks meanwhile. Nobody is asked.
    pub fn client_config(&self) -> Result<ClientConfig> {
        self.client_config_asking(&|_| Ok(None))
    }

    /// The same; a secret that it takes and that nothing says is asked for, once for all connections.
    pub fn client_config_asking(&self, ask: &Ask<'_>) -> Result<ClientConfig> {
        let secrets = Secrets { environment: &self.environment, typed: &self.typed, ask };
        let tls = self.tls.as_ref().map(|tls| tls.load(&secrets)).transpose()?;
        let ca = tls.as_ref().and_then(|tls| tls.ca.as_ref());
        let sasl = self
            .sasl
            .as_ref()
            .map(|sasl| sasl.load(ca, &secrets))
            .transpose()
            // A property with a typing mistake is often why.
            .map_err(|error| self.unknown.iter().fold(error, Error::hint))?;
        let proxy = self.proxy.as_ref().map(|proxy| proxy.load(&secrets)).transpose()?;
        Ok(ClientConfig {
            bootstrap: self.bootstrap.clone(),
            controllers: self.controllers,
            client_id: self.client_id.clone(),
            tls,
            sasl,
            proxy,
            request_timeout: self.request_timeout.unwrap_or(REQUEST_TIMEOUT.max(self.timeout / 2)),
            connect_timeout: self.connect_timeout,
            cluster_id: self.cluster_id.clone(),
        })
    }
}

/// The value of a property that counts milliseconds.
pub(super) fn milliseconds(effective: &Effective, concept: Concept) -> Result<Option<Duration>> {
    let Some(property) = effective.get(concept) else { return Ok(None) };
    match property.text().parse::<u32>() {
        Ok(millis) if millis > 0 => Ok(Some(Duration::from_millis(u64::from(millis)))),
        _ => Err(Error::invalid(format!(
            "{} is no number of milliseconds above 0",
            property.named()
        ))),
    }
}

/// As Kafka's clients have it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

fn protocol(effective: &Effective) -> Result<Protocol> {
    let Some(property) = effective.get(Concept::Protocol) else { return Ok(PROTOCOLS[0]) };
    let text = property.text();
    PROTOCOLS.into_iter().find(|protocol| protocol.name.eq_ignore_ascii_case(text)).ok_or_else(
        || {
            Error::invalid(format!("{} is no security protocol", property.named()))
                .hint("it is one of `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT`, `SASL_SSL`")
        },
    )
}

pub(super) fn unknown(properties: &[Property]) -> Vec<String> {
    const SHOWN: usize = 5;
    // As they stand in the file.
    let mut properties: Vec<&Property> = properties.iter().collect();
    properties.sort_by_key(|property| match &property.origin {
        Origin::File(_, line) | Origin::Context(_, _, line) => *line,
        _ => 0,
    });
    let mut warnings: Vec<_> = properties
        .iter()
        .take(SHOWN)
        .map(|property| match names::nearest(&property.key) {
            Some(near) => {
                format!("unknown client property {}; did you mean `{near}`?", property.named())
            }
            None if is_shown(property) => {
                format!("unknown client property {}", property.named())
            }
            None => format!(
                "{} is no client property (it may hold a secret and is not shown): a value of several lines \
                 wants a `\\` at the end of each but the last",
                property.origin
            ),
        })
        .collect();
    if properties.len() > SHOWN {
        warnings.push(format!("{} more unknown client properties", properties.len() - SHOWN));
    }
    warnings
}

/// Names of properties are words with dots between; a line of a key or a password, which only a properties
/// file can make a name, is not.
fn is_shown(property: &Property) -> bool {
    let key = property.key.as_str();
    !matches!(property.origin, Origin::File(..)) || looks_like_a_name(key)
}

fn looks_like_a_name(key: &str) -> bool {
    key.len() <= 80
        && key.contains('.')
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}

fn not_refused(effective: &Effective, protocol: Protocol) -> Result<()> {
    for (refusal, property) in &effective.refused {
        let matters = match refusal.scope {
            Scope::Always => true,
            Scope::Tls => protocol.tls,
            Scope::Sasl => protocol.sasl,
        };
        let value = property.text().to_ascii_lowercase().replace([' ', '\t'], "");
        if matters && !value.is_empty() && !refusal.harmless.contains(&value.as_str()) {
            return Err(refusal.error(property));
        }
    }
    Ok(())
}

/// Credentials that the protocol would not use are a mistake when the protocol is only the
/// default, and worth a word when somebody chose it.
fn unused_security(
    effective: &Effective,
    protocol: Protocol,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let chosen = effective.get(Concept::Protocol);
    let mut check = |used: bool, concepts: &[Concept], fix: &str| {
        let given = concepts.iter().find_map(|concept| effective.get(*concept));
        match (given.filter(|_| !used), chosen) {
            (None, _) => Ok(()),
            (Some(given), None) => Err(Error::invalid(format!(
                "{} is given, but `security.protocol` is not: its default, PLAINTEXT, would not \
                 use it",
                given.named()
            ))
            .hint(fix.to_owned())),
            (Some(given), Some(chosen)) => {
                let line = format!(
                    "{} is not used, because {} is {}",
                    given.named(),
                    chosen.named(),
                    protocol.name
                );
                warnings.push(line);
                Ok(())
            }
        }
    };
    check(
        protocol.sasl,
        &[Concept::Username, Concept::Password, Concept::Token, Concept::OAuthClientSecret],
        "set `security.protocol=SASL_SSL`, or `SASL_PLAINTEXT` where the brokers speak no TLS",
    )?;
    // The authorities are trusted for a token endpoint as well.
    let for_endpoint = protocol.sasl && effective.get(Concept::TokenEndpoint).is_some();
    let all = [Concept::Certificate, Concept::Key, Concept::Trust];
    check(
        protocol.tls,
        if for_endpoint { &all[..2] } else { &all },
        "set `security.protocol=SSL`, or `SASL_SSL` together with a user",
    )
}

impl Property {
    /// Looks the value up where it is a secret of elsewhere.
    pub(super) fn secret(&self, environment: &Environment) -> Result<SecretString> {
        match &self.value {
            Value::Text(text) | Value::LookedUp(text) => Ok(text.clone()),
            Value::Later(source) => source.look_up(&self.named(), environment),
        }
    }
}

/// The end of a message that names a file.
pub(super) fn shown(path: &std::path::Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}
