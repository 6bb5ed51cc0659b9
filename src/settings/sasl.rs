//! The SASL half of a connection: which mechanism, and what it takes.

use super::aws::IamPlan;
use super::client_config::{Address, Mechanism, PasswordLogin, Pem, Sasl};
use super::names::Concept;
use super::oauth::TokenPlan;
use super::property::{Effective, LoginModule, Property, Value};
use super::{Environment, files, secret};
use crate::error::{Error, Result};

/// SASL whose settings fit together; no secret is looked up yet.
#[derive(Debug, Clone)]
pub(super) enum SaslPlan {
    Password { mechanism: Mechanism, username: String, password: Property },
    OAuthBearer(TokenPlan),
    Iam(IamPlan),
}

/// Every mechanism that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Password(Mechanism),
    OAuthBearer,
    Iam,
}

impl Named {
    const ALL: [Self; 5] = [
        Named::Password(Mechanism::Plain),
        Named::Password(Mechanism::ScramSha256),
        Named::Password(Mechanism::ScramSha512),
        Named::OAuthBearer,
        Named::Iam,
    ];

    const fn name(self) -> &'static str {
        match self {
            Named::Password(mechanism) => mechanism.name(),
            Named::OAuthBearer => "OAUTHBEARER",
            Named::Iam => "AWS_MSK_IAM",
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
        }
    }

    fn password(mechanism: Mechanism, effective: &Effective) -> Result<Self> {
        let missing = |what: &str| {
            Error::invalid(format!("{} needs {what}, and none is given", mechanism.name()))
        };
        let username = effective.get(Concept::Username).ok_or_else(|| {
            missing("a user name")
                .hint("set `sasl.username`, or `sasl.jaas.config` as Java's clients have it")
        })?;
        let password = effective.get(Concept::Password).ok_or_else(|| {
            missing("a password").hint(
                "give it by `password-file`, `password-env` or `password-command` of a context, \
                 or by `sasl.password` in a properties file that only you can read",
            )
        })?;
        let (username, password) = (username.raw().to_owned(), password.clone());
        Ok(Self::Password { mechanism, username, password })
    }

    /// Who the client says it is, where that is known beforehand.
    pub fn user(&self) -> Option<&str> {
        match self {
            SaslPlan::Password { username, .. } => Some(username),
            // The token says whom it is for, once there is one.
            SaslPlan::OAuthBearer(_) | SaslPlan::Iam(_) => None,
        }
    }

    /// The secrets that are looked up when a connection is made.
    pub fn secrets(&self) -> Vec<&Property> {
        match self {
            SaslPlan::Password { password, .. } => vec![password],
            SaslPlan::OAuthBearer(token) => token.secrets(),
            SaslPlan::Iam(_) => Vec::new(),
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
            SaslPlan::Password { .. } | SaslPlan::Iam(_) => None,
        };
        if let Some(what) = what.filter(|_| !tls && !addresses.iter().all(local)) {
            warnings.push(format!("{what} unencrypted over the network"));
        }
        if let SaslPlan::OAuthBearer(token) = self {
            token.warn(warnings);
        }
        for property in self.secrets() {
            if let Value::Later(secret::Source::File(path)) = &property.value {
                let what = if property.key.contains("token") { "a token" } else { "a password" };
                warnings.extend(files::exposed(path, what));
            }
        }
    }

    /// `ca` is whom the brokers' certificates are held to.
    pub fn load(&self, ca: Option<&Pem>, environment: &Environment) -> Result<Sasl> {
        Ok(match self {
            SaslPlan::Password { mechanism, username, password } => Sasl::Password(PasswordLogin {
                mechanism: *mechanism,
                username: username.clone(),
                password: password.secret(environment)?,
            }),
            SaslPlan::OAuthBearer(token) => Sasl::OAuthBearer(token.load(ca, environment)?),
            SaslPlan::Iam(iam) => Sasl::Iam(iam.load()?),
        })
    }
}

fn names_iam_handler(effective: &Effective) -> bool {
    effective.refused.iter().any(|(refusal, property)| {
        refusal.key == "sasl.login.callback.handler.class"
            && property.text().ends_with(".IAMOAuthBearerLoginCallbackHandler")
    })
}

fn mechanism(effective: &Effective) -> Result<Named> {
    const CHOICE: &str = "set `sasl.mechanism` to `SCRAM-SHA-512`, `SCRAM-SHA-256`, `PLAIN`, `OAUTHBEARER` or `AWS_MSK_IAM`";
    let Some(property) = effective.get(Concept::Mechanism) else {
        return Err(Error::invalid(
            "`sasl.mechanism` is not set, and its default, GSSAPI, is not supported",
        )
        .hint(CHOICE));
    };
    let text = property.text().to_ascii_uppercase();
    if let Some(known) = Named::ALL.into_iter().find(|named| named.name() == text) {
        return Ok(known);
    }
    let what = match text.as_str() {
        "GSSAPI" => "Kerberos (GSSAPI) is not supported",
        _ => "no such mechanism is supported",
    };
    Err(Error::invalid(format!("{}: {what}", property.named())).hint(CHOICE))
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
                 or `IAMLoginModule` of MSK",
            ));
        }
        (LoginModule::Plain, Named::Password(mechanism)) => mechanism == Mechanism::Plain,
        (LoginModule::Scram, Named::Password(mechanism)) => mechanism != Mechanism::Plain,
        (LoginModule::OAuthBearer, Named::OAuthBearer) | (LoginModule::Iam, Named::Iam) => true,
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
