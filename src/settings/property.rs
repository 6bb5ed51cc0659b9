//! One property with its value and its place, and how layers of them become one set: the highest
//! layer that says anything about a concept decides it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::client_config::Origin;
use super::names::{self, Concept, Meaning};
use super::secret::Source;
use super::{Environment, jaas, properties, providers};
use crate::cli::global::PropertyFlag;
use crate::error::{Error, Result};
use crate::model::visible;

/// A property that somebody set. `Debug` does not show the value.
#[derive(Debug, Clone)]
pub(super) struct Property {
    /// The name, as written.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Who set it.
    pub origin: Origin,
    /// The folder that a relative path in it is relative to.
    pub base: PathBuf,
}

/// What a property was set to. Every text may be a secret.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// The value itself.
    Text(SecretString),
    /// The value, which a config provider gave.
    LookedUp(SecretString),
    /// Where the value comes from, once it is needed.
    Later(Source),
}

impl Property {
    /// The value, without the blanks around it that Java's clients do not see either; empty when
    /// it is looked up later.
    pub fn text(&self) -> &str {
        match &self.value {
            Value::Text(text) | Value::LookedUp(text) => {
                text.expose_secret().trim_matches(|c| c <= ' ')
            }
            Value::Later(_) => "",
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        !matches!(self.value, Value::Later(_)) && self.text().is_empty()
    }

    /// Name and place, for messages: `` `ssl.ca.location` (client.properties:3) ``.
    pub fn named(&self) -> String {
        format!("`{}` ({})", visible(&self.key), self.origin)
    }

    /// The value with its blanks, for passwords; empty when it is looked up later.
    pub fn raw(&self) -> &str {
        match &self.value {
            Value::Text(text) | Value::LookedUp(text) => text.expose_secret(),
            Value::Later(_) => "",
        }
    }

    /// Whether it names controllers, where others name brokers.
    pub fn names_controllers(&self) -> bool {
        self.key == names::CONTROLLERS
    }

    /// A file and a text are never the same, even when they read the same; nor are a broker and a controller.
    fn agrees_with(&self, other: &Self) -> bool {
        ![self, other].iter().any(|property| matches!(property.value, Value::Later(_)))
            && self.raw() == other.raw()
            && self.key.ends_with(".location") == other.key.ends_with(".location")
            && self.names_controllers() == other.names_controllers()
    }

    fn with_text(&self, text: &str) -> Self {
        let text = SecretString::from(text);
        let value = match &self.value {
            Value::LookedUp(_) => Value::LookedUp(text),
            Value::Text(_) | Value::Later(_) => Value::Text(text),
        };
        Self { value, ..self.clone() }
    }
}

impl names::Refusal {
    pub fn error(&self, property: &Property) -> Error {
        Error::invalid(format!("{}: {}", property.named(), self.why)).hint(self.fix)
    }
}

/// What one source says; within it, the last of the same name counts, as in Java.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer(pub Vec<Property>);

fn is_address(property: &Property) -> bool {
    matches!(names::meaning(&property.key), Meaning::Used([Concept::Addresses]))
}

impl Layer {
    /// All of `-X`, in the order given.
    pub fn of_flags(flags: &[PropertyFlag], cwd: &Path) -> Result<Self> {
        let mut layer = Self::default();
        for (i, PropertyFlag(text)) in flags.iter().enumerate() {
            let wrong = || {
                // The text may be a password; only its place is told.
                Error::invalid(format!("`-X` number {} is not `KEY=VALUE`", i + 1))
                    .hint("for example `-X security.protocol=SASL_SSL`")
            };
            let (key, value) = text.expose_secret().split_once('=').ok_or_else(wrong)?;
            if key.trim().is_empty() {
                return Err(wrong());
            }
            layer.0.push(Property {
                key: key.trim().to_owned(),
                value: Value::Text(SecretString::from(value)),
                origin: Origin::Flag("-X".to_owned()),
                base: cwd.to_owned(),
            });
        }
        Ok(layer)
    }

    /// A `.properties` file; `path` as the user named it, for messages.
    pub fn of_file(
        bytes: &[u8],
        path: &Path,
        base: &Path,
        environment: &Environment,
    ) -> Result<Self> {
        let entries = properties::parse(bytes).map_err(|error| {
            let path = path.to_string_lossy();
            Error::invalid(format!("{}:{}: {}", visible(&path), error.line, error.message))
                .hint("in a properties file `\\` begins an escape: a backslash is written `\\\\`")
        })?;
        let properties = entries.into_iter().map(|entry| Property {
            key: entry.key,
            value: Value::Text(SecretString::from(entry.value.trim_matches(|c| c <= ' '))),
            origin: Origin::File(path.to_owned(), entry.line),
            base: base.to_owned(),
        });
        let mut layer = Self(properties.collect());
        providers::look_up(&mut layer, environment)?;
        Ok(layer)
    }

    /// Whether it names brokers or controllers.
    pub fn names_brokers(&self) -> bool {
        self.last().values().any(|property| is_address(property) && !property.is_empty())
    }

    /// Takes out what names brokers.
    pub fn forget_brokers(&mut self) {
        self.0.retain(|property| !is_address(property));
    }

    /// Whether values in it came from elsewhere.
    pub fn looks_up(&self) -> bool {
        self.0.iter().any(|property| matches!(property.value, Value::LookedUp(_)))
    }

    /// What in it must be kept from other people's eyes.
    pub fn secrets(&self) -> impl Iterator<Item = &Property> {
        let here = self.0.iter().filter(|property| matches!(property.value, Value::Text(_)));
        here.filter(|property| {
            names::is_secret(&property.key, property.text()) && !property.text().is_empty()
        })
    }

    /// The last of each name.
    fn last(&self) -> BTreeMap<&str, &Property> {
        self.0.iter().map(|property| (property.key.as_str(), property)).collect()
    }
}

/// Which class a JAAS entry names, whatever its package; the text itself may be a misplaced
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoginModule {
    Plain,
    Scram,
    OAuthBearer,
    Iam,
    Kerberos,
    Other,
}

/// Options of JAAS entries beside user and password, with the property that each stands for.
const JAAS_OPTIONS: &[(&str, Concept, &str)] = &[
    ("clientId", Concept::OAuthClientId, "sasl.jaas.config"),
    ("clientSecret", Concept::OAuthClientSecret, "sasl.jaas.config"),
    ("scope", Concept::OAuthScope, "sasl.jaas.config"),
    ("extensions", Concept::OAuthExtensions, "sasl.jaas.config"),
    ("ssl.truststore.location", Concept::EndpointTrust, "ssl.truststore.location"),
    ("ssl.truststore.certificates", Concept::EndpointTrust, "ssl.truststore.certificates"),
    ("ssl.truststore.type", Concept::EndpointTrustType, "ssl.truststore.type"),
    ("ssl.truststore.password", Concept::EndpointTrustPassword, "ssl.truststore.password"),
    ("awsProfileName", Concept::AwsProfile, "sasl.jaas.config"),
    ("awsRoleArn", Concept::AwsRole, "sasl.jaas.config"),
    ("serviceName", Concept::KerberosService, "sasl.kerberos.service.name"),
    ("principal", Concept::KerberosPrincipal, "sasl.kerberos.principal"),
    ("keyTab", Concept::KerberosKeytab, "sasl.kerberos.keytab"),
    ("ticketCache", Concept::KerberosCache, "sasl.jaas.config"),
];

/// What holds after all layers.
#[derive(Debug, Clone, Default)]
pub(super) struct Effective {
    used: BTreeMap<Concept, Property>,
    /// Refused ones.
    pub refused: Vec<(&'static names::Refusal, Property)>,
    /// Those that no client knows.
    pub unknown: Vec<Property>,
    /// The login module, where the user's name comes out of a JAAS entry.
    pub login_module: Option<(LoginModule, Property)>,
    /// The user and the password of that entry are those of a delegation token.
    pub token_auth: bool,
}

impl Effective {
    /// The property that decides a concept, unless it is empty.
    pub fn get(&self, concept: Concept) -> Option<&Property> {
        self.used.get(&concept).filter(|property| !property.is_empty())
    }

    /// The same, empty or not.
    pub fn said(&self, concept: Concept) -> Option<&Property> {
        self.used.get(&concept)
    }

    /// Every property that is used, with its concept.
    pub fn all(&self) -> impl Iterator<Item = (Concept, &Property)> {
        self.used.iter().map(|(concept, property)| (*concept, property))
    }

    /// Puts layers on top of each other, the highest first.
    pub fn of(layers: &[Layer]) -> Result<Self> {
        let mut effective = Self::default();
        let mut seen = BTreeSet::new();
        for layer in layers {
            effective.add(layer, &mut seen)?;
        }
        Ok(effective)
    }

    fn add(&mut self, layer: &Layer, seen: &mut BTreeSet<String>) -> Result<()> {
        let mut said: BTreeMap<Concept, Property> = BTreeMap::new();
        for (key, property) in layer.last() {
            match names::meaning(key) {
                Meaning::Used([Concept::Username, Concept::Password]) => {
                    self.add_login(property, &mut said).map_err(|error| {
                        // What nobody looked up is no JAAS entry.
                        let providers = layer.last().get("config.providers").copied();
                        let providers = providers.filter(|property| !property.is_empty());
                        match providers.map(|property| (property, names::meaning(&property.key))) {
                            Some((property, Meaning::Refused(refusal))) => refusal.error(property),
                            _ => error,
                        }
                    })?;
                }
                Meaning::Used(concepts) => {
                    for concept in concepts {
                        self.say(&mut said, *concept, property.clone())?;
                    }
                }
                Meaning::Refused(refusal) if seen.insert(key.to_owned()) => {
                    self.refused.push((refusal, property.clone()));
                }
                Meaning::Unknown if seen.insert(key.to_owned()) => {
                    self.unknown.push(property.clone());
                }
                Meaning::Refused(_) | Meaning::Unknown | Meaning::Ignored => {}
            }
        }
        if let Some(property) = layer.last().get("sasl.jaas.config") {
            self.add_options(property, &mut said);
        }
        self.used.extend(said);
        Ok(())
    }

    /// What a JAAS entry says about tokens and AWS; properties of the same layer go before it, as in
    /// Java. A mistake in it has been told.
    fn add_options(&self, property: &Property, said: &mut BTreeMap<Concept, Property>) {
        let Ok(login) = jaas::parse(property.text()) else { return };
        let mut options = login.options;
        let mut extensions: Vec<String> = options
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("extension_")?, value)))
            .map(|(name, value)| format!("{}{name}={value}", jaas::SEPARATOR))
            .collect();
        extensions.sort();
        options.insert("extensions".to_owned(), extensions.concat());
        // As in Java: without its switch, neither is looked at.
        for (option, switch) in [("keyTab", "useKeyTab"), ("ticketCache", "useTicketCache")] {
            if !options.get(switch).is_some_and(|on| on.eq_ignore_ascii_case("true")) {
                options.remove(option);
            }
        }
        for (option, concept, key) in JAAS_OPTIONS {
            if let Some(text) = options.get(*option).filter(|text| !text.is_empty())
                && !self.used.contains_key(concept)
                && !said.contains_key(concept)
            {
                let property = Property { key: (*key).to_owned(), ..property.with_text(text) };
                said.insert(*concept, property);
            }
        }
    }

    /// Takes user name and password out of a JAAS entry, unless higher layers said both.
    fn add_login(
        &mut self,
        property: &Property,
        said: &mut BTreeMap<Concept, Property>,
    ) -> Result<()> {
        let open = |concept| !self.used.contains_key(&concept);
        if property.is_empty() || !(open(Concept::Username) || open(Concept::Password)) {
            return Ok(());
        }
        let login = jaas::parse(property.text()).map_err(|message| {
            Error::invalid(format!("{} is no JAAS entry: {message}", property.named())).hint(
                "it looks like `org.apache.kafka.common.security.scram.ScramLoginModule required \
                 username=\"…\" password=\"…\";`",
            )
        })?;
        if open(Concept::Username) {
            let module = match login.module.rsplit('.').next().unwrap_or_default() {
                "PlainLoginModule" => LoginModule::Plain,
                "ScramLoginModule" => LoginModule::Scram,
                "OAuthBearerLoginModule" => LoginModule::OAuthBearer,
                "IAMLoginModule" => LoginModule::Iam,
                "Krb5LoginModule" => LoginModule::Kerberos,
                _ => LoginModule::Other,
            };
            self.login_module = Some((module, property.clone()));
        }
        for (concept, option) in [(Concept::Username, "username"), (Concept::Password, "password")]
        {
            if let Some(text) = login.options.get(option) {
                self.say(said, concept, property.with_text(text))?;
            }
        }
        if open(Concept::Username) {
            let option = login.options.get("tokenauth");
            self.token_auth = option.is_some_and(|option| option.eq_ignore_ascii_case("true"));
        }
        Ok(())
    }

    /// Within one layer, two properties that say the same thing must agree.
    fn say(
        &self,
        said: &mut BTreeMap<Concept, Property>,
        concept: Concept,
        property: Property,
    ) -> Result<()> {
        if self.used.contains_key(&concept) {
            return Ok(());
        }
        if let Some(other) = said.get(&concept).filter(|other| !other.is_empty()) {
            if property.is_empty() || other.agrees_with(&property) {
                return Ok(());
            }
            let said_by_controllers = other.names_controllers();
            let (one, other) = (other.named(), property.named());
            if property.names_controllers() != said_by_controllers {
                return Err(Error::invalid(format!("{one} and {other} name two ways into the cluster"))
                    .hint("keep one of them: brokers (`bootstrap.servers`) or controllers (`bootstrap.controllers`)"));
            }
            return Err(Error::invalid(format!("{one} and {other} contradict each other"))
                .hint("keep one of them"));
        }
        said.insert(concept, property);
        Ok(())
    }
}
