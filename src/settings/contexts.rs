//! What `context list` and `context show` tell: contexts without their secrets; and the changes
//! of the config file.

use secrecy::ExposeSecret;

pub use super::config_file::SECRETS;
pub use super::edit::{Edited, NewContext, SecretFrom, add, remove, use_context};

use super::Environment;
use super::config_file::{ConfigFile, Context};
use super::jaas::SEPARATOR;
use super::names::Concept;
use super::property::{Effective, Layer, Property, Value};
use super::resolve;
use super::secret::Source;
use crate::cli::global::Global;
use crate::error::{Error, Result};
use crate::model::Principal;

/// A context in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// It is the one that these flags, this environment and this config file choose.
    pub current: bool,
    /// `bootstrap.servers` or `bootstrap.controllers`, as written.
    pub bootstrap: Option<String>,
    /// They are controllers.
    pub controllers: bool,
    /// `security.protocol`, upper case; `None` where what says it cannot be read.
    pub protocol: Option<String>,
    /// `sasl.mechanism`, as written.
    pub mechanism: Option<String>,
    /// The user's name.
    pub user: Option<String>,
    /// Writes are refused.
    pub read_only: bool,
    /// A write asks for the name to be typed.
    pub protected: bool,
    /// The pinned cluster id.
    pub cluster_id: Option<String>,
    /// Why it cannot be used, where that is known without connecting.
    pub problem: Option<String>,
}

/// A context in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The row.
    pub summary: Summary,
    /// The client properties in effect, by name.
    pub properties: Vec<Shown>,
    /// `super-users`.
    pub super_users: Vec<Principal>,
    /// `allow-everyone-if-no-acl-found`.
    pub allow_everyone_if_no_acl_found: Option<bool>,
    /// What to tell about it.
    pub warnings: Vec<String>,
}

/// A client property as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The name.
    pub key: String,
    /// The value, or where a secret comes from.
    pub value: String,
    /// Who set it: `client.properties:3`.
    pub origin: String,
}

/// All contexts of the config file, in the order of their names, with warnings about the file. A context
/// with mistakes is listed too.
pub fn list(global: &Global, environment: &Environment) -> Result<(Vec<Summary>, Vec<String>)> {
    let config = ConfigFile::load(global, environment)?;
    let settings = resolve(global, environment);
    let mut warnings = config.warnings.clone();
    warnings.extend(settings.as_ref().err().map(|error| error.message().to_owned()));
    let current = settings.ok().and_then(|settings| settings.context);
    let mut of_contexts = Vec::new();
    let summaries = config.contexts.iter().map(|context| {
        let is_current = current.as_deref() == Some(&context.name);
        let effective = effective(context, &config, environment, &mut of_contexts);
        summary(context, &effective, is_current, environment)
    });
    Ok((summaries.collect(), warnings))
}

/// One context, or the current one.
pub fn show(global: &Global, environment: &Environment, name: Option<&str>) -> Result<Details> {
    let config = ConfigFile::load(global, environment)?;
    let settings = resolve(global, environment);
    let current = settings.as_ref().ok().and_then(|settings| settings.context.clone());
    let context = match (name, &current) {
        (Some(name), _) => resolve::find(&config, name, "the argument")?,
        (None, Some(name)) => resolve::find(&config, name, "the settings")?,
        (None, None) => {
            // One that is named and is not there is what is wrong.
            settings?;
            return Err(Error::invalid("no context is in use")
                .hint("name one, or set `current-context` in the config file"));
        }
    };
    let is_current = current.as_deref() == Some(&context.name);
    let mut warnings = config.warnings.clone();
    let effective = effective(context, &config, environment, &mut warnings);
    let summary = summary(context, &effective, is_current, environment);
    let effective = effective.unwrap_or_else(|_| readable(context));
    Ok(Details {
        summary,
        properties: properties(&effective),
        super_users: context.super_users.clone(),
        allow_everyone_if_no_acl_found: context.allow_everyone_if_no_acl_found,
        warnings,
    })
}

/// As they may be shown, by name.
pub(super) fn properties(effective: &Effective) -> Vec<Shown> {
    let mut properties: Vec<_> = effective.all().map(|(concept, p)| shown(concept, p)).collect();
    properties.sort_by(|a, b| a.key.cmp(&b.key));
    properties.dedup();
    properties
}

fn effective(
    context: &Context,
    config: &ConfigFile,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Effective> {
    Effective::of(&resolve::context_layers(context, config, environment, warnings)?)
}

/// What can be told of a context whose properties are not all right: those of its own that are.
fn readable(context: &Context) -> Effective {
    let right = |property: &&Property| Effective::of(&[Layer(vec![(*property).clone()])]).is_ok();
    let own = context.layer.0.iter().filter(right).cloned().collect();
    Effective::of(&[Layer(own)]).unwrap_or_default()
}

fn summary(
    context: &Context,
    effective: &Result<Effective>,
    current: bool,
    environment: &Environment,
) -> Summary {
    let readable = if effective.is_err() { readable(context) } else { Effective::default() };
    let properties = effective.as_ref().unwrap_or(&readable);
    let text = |concept| properties.get(concept).map(|property| property.text().to_owned());
    let problem = match effective {
        Err(error) => Some(error.message().to_owned()),
        Ok(effective) => resolve::connection_of(context, effective, environment)
            .err()
            .map(|error| error.message().to_owned()),
    };
    Summary {
        name: context.name.clone(),
        current,
        bootstrap: properties
            .get(Concept::Addresses)
            .map(|property| super::addresses::shown(property.text())),
        protocol: text(Concept::Protocol)
            .or_else(|| effective.is_ok().then(|| "PLAINTEXT".to_owned()))
            .map(|protocol| protocol.to_ascii_uppercase()),
        controllers: properties.get(Concept::Addresses).is_some_and(Property::names_controllers),
        mechanism: text(Concept::Mechanism),
        user: text(Concept::Username),
        read_only: context.read_only,
        protected: context.protected,
        cluster_id: context.cluster_id.clone(),
        problem,
    }
}

/// Shows what is known not to be a secret, and nothing else.
fn shown(concept: Concept, property: &Property) -> Shown {
    let key = match concept {
        // These come out of a JAAS entry as well.
        Concept::Username => "sasl.username",
        Concept::Password => "sasl.password",
        Concept::OAuthClientId => "sasl.oauthbearer.client.credentials.client.id",
        Concept::OAuthClientSecret => "sasl.oauthbearer.client.credentials.client.secret",
        Concept::OAuthScope => "sasl.oauthbearer.scope",
        Concept::OAuthExtensions => "sasl.oauthbearer.extensions",
        Concept::KerberosCache => "sasl.jaas.config ticketCache",
        _ => property.key.as_str(),
    };
    let value = match (&property.value, concept) {
        (Value::Later(Source::File(path)), _) => format!("(from the file {})", path.display()),
        (Value::Later(Source::Variable(name)), _) => format!("(from the variable {name})"),
        (Value::Later(Source::Command(_)), _) => "(from a command)".to_owned(),
        (Value::Later(Source::Keyring(name)), _) => format!("(from the keyring, {name})"),
        (Value::LookedUp(_), _) => "(from a config provider)".to_owned(),
        (Value::Text(text), _) if text.expose_secret().is_empty() => String::new(),
        (
            Value::Text(_),
            Concept::Trust | Concept::EndpointTrust | Concept::Certificate | Concept::Key,
        ) if !property.key.ends_with(".location") => "(PEM)".to_owned(),
        (Value::Text(_), concept) if concept.is_secret() => "(set)".to_owned(),
        (Value::Text(_), Concept::Proxy | Concept::TokenEndpoint) => {
            super::url::shown(property.text())
        }
        (Value::Text(_), Concept::Addresses) => super::addresses::shown(property.text()),
        (Value::Text(_), _) => {
            property.text().trim_start_matches(SEPARATOR).replace(SEPARATOR, ",")
        }
    };
    Shown { key: key.to_owned(), value, origin: property.origin.to_string() }
}
