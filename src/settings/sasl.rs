//! The SASL half of a connection: which mechanism, and what it takes.

use super::aws::IamPlan;
use super::client_config::{Address, Mechanism, PasswordLogin, Pem, Sasl};
use super::kerberos::{self, KerberosPlan};
use super::names::Concept;
use super::oauth::TokenPlan;
use super::property::{Effective, LoginModule, Property, Value};
use super::typed::{Secrets, ways};
use super::{Environment, files, secret};
use crate::error::{Error, Result};
use crate::model::visible;

/// SASL whose settings fit together; no secret is looked up yet.
#[derive(Debug, Clone)]
pub(super) enum SaslPlan {
    /// Without a password it is asked for.
    Password {
        mechanism: Mechanism,
        username: String,
        password: Option<Property>,
        /// They are those of a delegation token.
        is_token: bool,
    },
    OAuthBearer(TokenPlan),
    Iam(IamPlan),
    Kerberos(KerberosPlan),
}

/// Every mechanism that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Password(Mechanism),
    OAuthBearer,
    Iam,
    Kerberos,
}

impl Named {
    const ALL: [Self; 6] = [
        Named::Password(Mechanism::Plain),
        Named::Password(Mechanism::ScramSha256),
        Named::Password(Mechanism::ScramSha512),
        Named::OAuthBearer,
        Named::Iam,
        Named::Kerberos,
    ];

    const fn name(self) -> &'static str {
        match self {
            Named::Password(mechanism) => mechanism.name(),
            Named::OAuthBearer => "OAUTHBEARER",
            Named::Iam => "AWS_MSK_IAM",
            Named::Kerberos => "GSSAPI",
        }
    }
}

impl SaslPlan {
    pub fn new(
        effective: &Effective,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        let mechanism = mechanism(effective)?;
        if let Some((module, property)) = &effective.login_module {
            login_module(*module, property, mechanism, warnings)?;
        }
        match mechanism {
            Named::Password(mechanism) => Self::password(mechanism, effective),
            // The login handler of MSK makes its tokens out of AWS's credentials.
            Named::OAuthBearer if names_iam_handler(effective) => {
                Ok(Self::Iam(IamPlan::new(effective, environment, true)?))
            }
            Named::OAuthBearer => Ok(Self::OAuthBearer(TokenPlan::new(effective, environment)?)),
            Named::Iam => Ok(Self::Iam(IamPlan::new(effective, environment, false)?)),
            Named::Kerberos => Ok(Self::Kerberos(KerberosPlan::new(effective, environment))),
        }
    }

    fn password(mechanism: Mechanism, effective: &Effective) -> Result<Self> {
        let username = effective.get(Concept::Username).ok_or_else(|| {
            missing(mechanism, "a user name")
                .hint("set `sasl.username`, or `sasl.jaas.config` as Java's clients have it")
        })?;
        let username = username.raw().to_owned();
        let password = effective.get(Concept::Password).cloned();
        // PLAIN has no tokens, and Java's clients do not look at the option there.
        let is_token = effective.token_auth && mechanism != Mechanism::Plain;
        Ok(Self::Password { mechanism, username, password, is_token })
    }

    /// Who the client says it is, where that is known beforehand.
    pub fn user(&self) -> Option<&str> {
        match self {
            // The broker knows whom a token is for.
            SaslPlan::Password { is_token: true, .. }
            | SaslPlan::OAuthBearer(_)
            | SaslPlan::Iam(_) => None,
            SaslPlan::Password { username, .. } => Some(username),
            SaslPlan::Kerberos(plan) => plan.principal(),
        }
    }

    /// The secret that nothing says.
    pub fn asks_for(&self) -> Option<Concept> {
        match self {
            SaslPlan::Password { password: None, .. } => Some(Concept::Password),
            SaslPlan::OAuthBearer(token) => {
                token.lacks_a_secret().then_some(Concept::OAuthClientSecret)
            }
            _ => None,
        }
    }

    /// The secrets that are looked up when a connection is made.
    pub fn secrets(&self) -> Vec<&Property> {
        match self {
            SaslPlan::Password { password, .. } => password.iter().collect(),
            SaslPlan::OAuthBearer(token) => token.secrets(),
            SaslPlan::Iam(_) | SaslPlan::Kerberos(_) => Vec::new(),
        }
    }

    /// Whether it runs a program that no property names.
    pub fn runs_a_command(&self) -> bool {
        matches!(self, SaslPlan::Iam(iam) if iam.runs_a_command())
    }

    pub fn warn(&self, tls: bool, addresses: &[Address], warnings: &mut Vec<String>) {
        let local = |address: &Address| {
            address.host == "localhost"
                || address.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        };
        let what = match self {
            SaslPlan::Password { mechanism: Mechanism::Plain, .. } => {
                Some("SASL_PLAINTEXT with PLAIN sends the password")
            }
            SaslPlan::OAuthBearer(_) => Some("SASL_PLAINTEXT with OAUTHBEARER sends the token"),
            SaslPlan::Password { .. } | SaslPlan::Iam(_) | SaslPlan::Kerberos(_) => None,
        };
        if let Some(what) = what.filter(|_| !tls && !addresses.iter().all(local)) {
            warnings.push(format!("{what} unencrypted over the network"));
        }
        if let SaslPlan::OAuthBearer(token) = self {
            token.warn(warnings);
        }
        if let SaslPlan::Kerberos(plan) = self {
            warnings.extend(plan.exposed());
        }
        for property in self.secrets() {
            if let Value::Later(secret::Source::File(path)) = &property.value {
                let what = if property.key.contains("token") { "a token" } else { "a password" };
                warnings.extend(files::exposed(path, what));
            }
        }
    }

    /// `ca` is whom the brokers' certificates are held to.
    pub fn load(&self, ca: Option<&Pem>, secrets: &Secrets<'_>) -> Result<Sasl> {
        Ok(match self {
            SaslPlan::Password { mechanism, username, password, is_token } => {
                Sasl::Password(PasswordLogin {
                    mechanism: *mechanism,
                    is_token: *is_token,
                    username: username.clone(),
                    password: secrets
                        .find(
                            password.as_ref(),
                            Concept::Password,
                            &format!("Password to connect as `{}`:", visible(username)),
                        )?
                        .ok_or_else(|| {
                            ways(missing(*mechanism, "a password"), "sasl.password", "password")
                        })?,
                })
            }
            SaslPlan::OAuthBearer(token) => Sasl::OAuthBearer(token.load(ca, secrets)?),
            SaslPlan::Iam(iam) => Sasl::Iam(iam.load()?),
            SaslPlan::Kerberos(plan) => Sasl::Kerberos(plan.load()?),
        })
    }
}

fn missing(mechanism: Mechanism, what: &str) -> Error {
    Error::invalid(format!("{} needs {what}, and none is given", mechanism.name()))
}

fn names_iam_handler(effective: &Effective) -> bool {
    effective.refused.iter().any(|(refusal, property)| {
        refusal.key == "sasl.login.callback.handler.class"
            && property.text().ends_with(".IAMOAuthBearerLoginCallbackHandler")
    })
}

fn mechanism(effective: &Effective) -> Result<Named> {
    const CHOICE: &str = "set `sasl.mechanism` to `SCRAM-SHA-512`, `SCRAM-SHA-256`, `PLAIN`, \
                          `OAUTHBEARER`, `AWS_MSK_IAM` or `GSSAPI`";
    let Some(property) = effective.get(Concept::Mechanism) else {
        // The default of every client, where something says that it is meant.
        if let Some(property) = kerberos::meant(effective) {
            return kerberos::available(property).map(|()| Named::Kerberos);
        }
        return Err(Error::invalid(
            "`sasl.mechanism` is not set, and nothing says that its default, GSSAPI, is meant",
        )
        .hint(CHOICE));
    };
    let text = property.text().to_ascii_uppercase();
    let named = Named::ALL.into_iter().find(|named| named.name() == text).ok_or_else(|| {
        // What does not look like the name of a mechanism may be anything, a password too.
        let is_sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-_".contains(c);
        let what = match property.text() {
            text if text.len() <= 20 && text.chars().all(is_sign) => {
                format!("no mechanism `{text}` is supported")
            }
            _ => "no such mechanism is supported".to_owned(),
        };
        Error::invalid(format!("{}: {what}", property.named())).hint(CHOICE)
    })?;
    if named == Named::Kerberos {
        kerberos::available(property)?;
    }
    Ok(named)
}

/// A module for another mechanism is told; one that asks for something else entirely is refused.
fn login_module(
    module: LoginModule,
    property: &Property,
    mechanism: Named,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let fits = match (module, mechanism) {
        (LoginModule::Other, _) => {
            return Err(Error::invalid(format!(
                "{} names a login module that is not supported",
                property.named()
            ))
            .hint(
                "use `ScramLoginModule`, `PlainLoginModule` or `OAuthBearerLoginModule` of Kafka, \
                 `Krb5LoginModule` of Java, or `IAMLoginModule` of MSK",
            ));
        }
        (LoginModule::Plain, Named::Password(mechanism)) => mechanism == Mechanism::Plain,
        (LoginModule::Scram, Named::Password(mechanism)) => mechanism != Mechanism::Plain,
        (LoginModule::OAuthBearer, Named::OAuthBearer)
        | (LoginModule::Iam, Named::Iam)
        | (LoginModule::Kerberos, Named::Kerberos) => true,
        _ => false,
    };
    if !fits {
        warnings.push(format!(
            "{} names the login module of another mechanism than {}",
            property.named(),
            mechanism.name()
        ));
    }
    Ok(())
}
