//! OAUTHBEARER: where the token comes from. A file (Java's `file:` URL), whatever `token-file`,
//! `token-env` or `token-command` of a context say, or the token endpoint of an identity provider
//! (KIP-768: the client credentials grant), by the names of Java's clients and of librdkafka.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::Environment;
use super::client_config::{
    ClientCredentials, Endpoint, EndpointTrust, GivenToken, Lookup, OAuthBearer, Pem, TokenSource,
};
use super::names::Concept;
use super::property::{Effective, Property, Value};
use super::secret::Source;
use super::tls::TrustPlan;
use super::typed::{Secrets, ways};
use super::url::{Url, decode};
use crate::error::{Error, Result};
use crate::model::visible;

/// Where a token comes from; nothing is looked up yet.
#[derive(Debug, Clone)]
pub(super) struct TokenPlan {
    source: Origin,
    extensions: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
enum Origin {
    /// A property whose value, now or later, is the token.
    Given(Property),
    Endpoint(Box<EndpointPlan>),
}

#[derive(Debug, Clone)]
struct EndpointPlan {
    property: Property,
    url: Url,
    client_id: Property,
    /// Without one it is asked for.
    secret: Option<Property>,
    scope: Option<String>,
    urlencode: bool,
    /// Trusted for the endpoint alone.
    trust: Option<TrustPlan>,
    /// Named for brokers, which speak no TLS.
    without_tls: Option<TrustPlan>,
}

impl TokenPlan {
    pub fn new(effective: &Effective, environment: &Environment) -> Result<Self> {
        let extensions = match effective.get(Concept::OAuthExtensions) {
            Some(property) => extensions(property)?,
            None => Vec::new(),
        };
        let source = Self::source(effective, environment)?;
        Ok(Self { source, extensions })
    }

    fn source(effective: &Effective, environment: &Environment) -> Result<Origin> {
        if let Some(token) = effective.get(Concept::Token) {
            return Ok(Origin::Given(token.clone()));
        }
        let Some(property) = effective.get(Concept::TokenEndpoint) else {
            return Err(Error::invalid(
                "OAUTHBEARER needs a token, and nothing says where it comes from",
            )
            .hint(
                "a token that is there: `token-file`, `token-env` or `token-command` of a context, or \
                 `sasl.oauthbearer.token.endpoint.url=file:///PATH`",
            )
            .hint(
                "an identity provider: `sasl.oauthbearer.token.endpoint.url` with \
                 `sasl.oauthbearer.client.credentials.client.id` and its secret",
            ));
        };
        let wrong = |why: &str| {
            Error::invalid(format!("{} is wrong: {why}", property.named())).hint(
                "it is `https://HOST/PATH`, or `file:///PATH` for a file with the token in it",
            )
        };
        let url = Url::parse(property.text()).map_err(wrong)?;
        match url.scheme.as_str() {
            "file" => {
                let path = decode(&url.path).map_err(wrong)?;
                if !path.starts_with('/') || !url.host.is_empty() && url.host != "localhost" {
                    return Err(wrong("it names no absolute path"));
                }
                let value = Value::Later(Source::File(PathBuf::from(path)));
                Ok(Origin::Given(Property { value, ..property.clone() }))
            }
            "https" | "http" if url.host.is_empty() => Err(wrong("it names no host")),
            "https" | "http" if url.login.is_some() => {
                Err(wrong("user and password have properties of their own"))
            }
            "https" | "http" => {
                let plan = EndpointPlan::new(effective, environment, property, url)?;
                Ok(Origin::Endpoint(Box::new(plan)))
            }
            _ => Err(wrong("its scheme is neither `https` nor `file`")),
        }
    }

    pub fn secrets(&self) -> Vec<&Property> {
        match &self.source {
            Origin::Given(property) => vec![property],
            Origin::Endpoint(endpoint) => {
                [endpoint.secret.as_ref(), endpoint.trust.as_ref().and_then(TrustPlan::secret)]
                    .into_iter()
                    .flatten()
                    .collect()
            }
        }
    }

    /// Whether it takes a client's secret, which nothing says.
    pub fn lacks_a_secret(&self) -> bool {
        matches!(&self.source, Origin::Endpoint(endpoint) if endpoint.secret.is_none())
    }

    pub fn warn(&self, warnings: &mut Vec<String>) {
        if let Origin::Endpoint(endpoint) = &self.source
            && endpoint.url.scheme == "http"
            && !matches!(endpoint.url.host.as_str(), "localhost" | "127.0.0.1" | "::1")
        {
            warnings.push(format!(
                "{} is no `https` URL: the client's secret and the token go unencrypted over the \
                 network",
                endpoint.property.named()
            ));
        }
    }

    /// `ca` is whom the brokers' certificates are held to.
    pub fn load(&self, ca: Option<&Pem>, secrets: &Secrets<'_>) -> Result<OAuthBearer> {
        let environment = secrets.environment;
        let source = match &self.source {
            Origin::Given(property) => {
                let first = token(property, environment)?;
                let (again, surroundings) = (property.clone(), environment.clone());
                TokenSource::Given(GivenToken {
                    first,
                    again: Lookup(Arc::new(move || token(&again, &surroundings))),
                    origin: property.named(),
                })
            }
            Origin::Endpoint(endpoint) => {
                TokenSource::ClientCredentials(Box::new(endpoint.load(ca, secrets)?))
            }
        };
        Ok(OAuthBearer { source, extensions: self.extensions.clone() })
    }
}

/// The token that a property gives; blanks around it do not count.
fn token(property: &Property, environment: &Environment) -> Result<SecretString> {
    let text = property.secret(environment)?;
    let trimmed = text.expose_secret().trim();
    // RFC 6750.
    let fine = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    if trimmed.is_empty() || !trimmed.chars().all(fine) {
        let named = property.named();
        let told = match &property.value {
            Value::Later(source) => source.told(&named),
            _ => named,
        };
        let error = Error::invalid(format!("what {told} gives is no token"))
            .caused_by("a token is one word of letters, digits and `-._~+/=`");
        return Err(if trimmed.starts_with('{') {
            error.hint("of a provider's answer take the token alone: `… | jq -r .access_token`")
        } else if trimmed.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            error.hint("leave `Bearer` out")
        } else {
            error
        });
    }
    Ok(SecretString::from(trimmed))
}

impl EndpointPlan {
    fn new(
        effective: &Effective,
        environment: &Environment,
        property: &Property,
        url: Url,
    ) -> Result<Self> {
        let client_id = effective.get(Concept::OAuthClientId).cloned().ok_or_else(|| {
            lacks(property, "a client id").hint(
                "set `sasl.oauthbearer.client.credentials.client.id`, or `clientId` in \
                 `sasl.jaas.config`",
            )
        })?;
        let urlencode = match effective.get(Concept::OAuthUrlencode) {
            None => false,
            Some(said) => match said.text().to_ascii_lowercase().as_str() {
                "true" => true,
                "false" => false,
                _ => {
                    let what = format!("{} is neither `true` nor `false`", said.named());
                    return Err(Error::invalid(what));
                }
            },
        };
        let protocol = effective.get(Concept::Protocol).map(|p| p.text().to_ascii_uppercase());
        let with_tls = protocol.as_deref() == Some("SASL_SSL");
        let without_tls = if with_tls { None } else { TrustPlan::new(effective, environment)? };
        Ok(Self {
            property: property.clone(),
            url,
            client_id,
            secret: effective.get(Concept::OAuthClientSecret).cloned(),
            scope: effective.get(Concept::OAuthScope).map(|scope| scope.text().to_owned()),
            urlencode,
            trust: TrustPlan::of_endpoint(effective, environment)?,
            without_tls,
        })
    }

    fn load(&self, ca: Option<&Pem>, secrets: &Secrets<'_>) -> Result<ClientCredentials> {
        let tls = self.url.scheme == "https";
        let load = |plan: &Option<TrustPlan>| {
            plan.as_ref().filter(|_| tls).map(|plan| plan.load(secrets)).transpose()
        };
        let trust = match load(&self.trust)? {
            Some(only) => EndpointTrust::Only(only),
            None if ca.is_some() => EndpointTrust::SystemAnd(ca.cloned()),
            None => EndpointTrust::SystemAnd(load(&self.without_tls)?),
        };
        let path = if self.url.path.starts_with('/') {
            self.url.path.clone()
        } else {
            format!("/{}", self.url.path)
        };
        let endpoint = Endpoint {
            tls,
            address: self.url.address(if tls { 443 } else { 80 }),
            path,
            origin: self.property.named(),
        };
        let client_id = self.client_id.text().to_owned();
        let question = format!("Secret of the client `{}`:", visible(&client_id));
        let secret = secrets.find(self.secret.as_ref(), Concept::OAuthClientSecret, &question)?;
        Ok(ClientCredentials {
            endpoint,
            client_id,
            client_secret: secret.ok_or_else(|| {
                let property = "sasl.oauthbearer.client.credentials.client.secret";
                ways(lacks(&self.property, "a client secret"), property, "client-secret")
            })?,
            scope: self.scope.clone(),
            urlencode: self.urlencode,
            trust,
        })
    }
}

fn lacks(property: &Property, what: &str) -> Error {
    Error::invalid(format!("{} needs {what}, and none is given", property.named()))
}

/// SASL extensions (KIP-342): `name=value`, separated by commas, or by what stands between those of a
/// JAAS entry.
fn extensions(property: &Property) -> Result<Vec<(String, String)>> {
    let wrong = |why: &str| {
        Error::invalid(format!("{} is wrong: {why}", property.named()))
            .hint("for example `logicalCluster=lkc-1,identityPoolId=pool-1`")
    };
    let text = property.text();
    let separator =
        if text.contains(super::jaas::SEPARATOR) { super::jaas::SEPARATOR } else { ',' };
    let mut extensions = Vec::new();
    for part in text.split(separator).map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) =
            part.split_once('=').ok_or_else(|| wrong("an extension is not `name=value`"))?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic()) {
            return Err(wrong("the name of an extension has letters only"));
        }
        if name == "auth" {
            return Err(wrong("`auth` is the token's own name"));
        }
        let fine = |c: char| c.is_ascii_graphic() || " \t\r\n".contains(c);
        if value.is_empty() || !value.chars().all(fine) {
            let what = format!("the value of `{}` is empty or not ASCII", visible(name));
            return Err(wrong(&what));
        }
        extensions.push((name.to_owned(), value.to_owned()));
    }
    Ok(extensions)
}
