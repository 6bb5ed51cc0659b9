//! Says who we are: `SaslHandshake` (17) version 1 and `SaslAuthenticate` (36, KIP-152), with
//! PLAIN, SCRAM, OAUTHBEARER, AWS_MSK_IAM and GSSAPI.

use std::str::FromStr as _;
use std::time::Duration;

use jiff::Timestamp;
use kafka_protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::VersionRange;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::error::{Error, KafkaError};
use crate::model::visible;
use crate::settings::kerberos::{Pipes, Word};
use crate::settings::{AwsCredentials, Iam, Kerberos, Mechanism, PasswordLogin, Sasl};

use super::codes::{
    ILLEGAL_SASL_STATE, SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM, kafka_error,
};
use super::dial::aside;
use super::failure;
use super::fault::{Fault, Outcome};
use super::iam;
use super::oauth::Token;
use super::reader::{Malformed, Reader};
use super::scram::{Scram, ScramError};
use super::setup::Raw;
use super::versions::Versions;

/// Authenticates the connection; how long its session lasts, where the broker says so (KIP-368).
pub(super) async fn authenticate(
    raw: &mut Raw<'_>,
    sasl: &Sasl,
    versions: &Versions,
) -> Outcome<Option<Duration>> {
    let ready = Ready::of(raw, sasl).await?;
    let handshake = handshake(raw, sasl.mechanism(), versions).await?;
    match handshake.error {
        None => {}
        Some(error) if error.code == UNSUPPORTED_SASL_MECHANISM => {
            let (mechanism, enabled) = (sasl.mechanism(), &handshake.enabled);
            let error = failure::mechanism_not_enabled(&raw.name, mechanism, enabled, error);
            return Err(Fault::here(error));
        }
        Some(error) if error.code == ILLEGAL_SASL_STATE => {
            return Err(Fault::here(failure::no_sasl_here(&raw.name, raw.tls(), error)));
        }
        Some(error) => return Err(Fault::elsewhere(failure::sasl(&raw.name, error))),
    }
    let version = versions
        .pick::<SaslAuthenticateRequest>(VersionRange { min: 0, max: 1 }, &raw.name)
        .map_err(Fault::here)?;
    let session = match &ready {
        Ready::Password(login) if login.mechanism == Mechanism::Plain => {
            let password = login.password.expose_secret();
            let token = format!("\0{}\0{password}", login.username).into_bytes();
            step(raw, &ready, version, token).await?.session
        }
        Ready::Password(login) => scram(raw, login, version).await?,
        Ready::Token(token, extensions) => {
            bearer(raw, &ready, &token.text, extensions, version).await?
        }
        Ready::Aws { credentials, region, over_oauth: true } => {
            let token = iam::token(credentials, region, Timestamp::now()).into();
            bearer(raw, &ready, &token, &[], version).await?
        }
        Ready::Aws { credentials, region, .. } => {
            let host = raw.address.host.clone();
            let message = iam::payload(credentials, region, &host, Timestamp::now());
            step(raw, &ready, version, message).await?.session
        }
        Ready::Kerberos(login) => kerberos(raw, &ready, login, version).await?,
    };
    Ok((session > 0).then(|| Duration::from_millis(session.unsigned_abs())))
}

/// What it takes, looked up.
enum Ready<'a> {
    Password(&'a PasswordLogin),
    Token(Token, &'a [(String, String)]),
    Aws { credentials: AwsCredentials, region: String, over_oauth: bool },
    Kerberos(&'a Kerberos),
}

impl<'a> Ready<'a> {
    async fn of(raw: &Raw<'_>, sasl: &'a Sasl) -> Outcome<Self> {
        match sasl {
            Sasl::Password(login) => {
                let parts = [login.username.as_str(), login.password.expose_secret()];
                if login.mechanism == Mechanism::Plain
                    && parts.iter().any(|part| part.contains('\0'))
                {
                    // It separates the two.
                    let error = Error::invalid(
                        "the user or the password has a NUL in it, which SASL PLAIN cannot carry",
                    );
                    return Err(Fault::everywhere(
                        error.hint("look at where they come from: text has none"),
                    ));
                }
                Ok(Ready::Password(login))
            }
            Sasl::Kerberos(login) => Ok(Ready::Kerberos(login)),
            Sasl::OAuthBearer(oauth) => {
                let token = raw.setup.tokens.get(raw.setup, oauth, raw.deadline).await?;
                Ok(Ready::Token(token, &oauth.extensions))
            }
            Sasl::Iam(iam) => {
                let credentials = aws_credentials(raw, iam).await?;
                let region = iam::region_of(&raw.address.host).or(iam.region.as_deref());
                let Some(region) = region.map(str::to_owned) else {
                    let error = Error::invalid(format!(
                        "the name of `{}` does not tell its region of AWS, and nothing else does",
                        raw.name
                    ));
                    return Err(Fault::everywhere(error.hint("set `AWS_REGION`")));
                };
                Ok(Ready::Aws { credentials, region, over_oauth: iam.over_oauth })
            }
        }
    }

    /// What a refusal reads like.
    fn refused(&self, broker: &str, error: KafkaError) -> Error {
        match self {
            Ready::Password(login) => failure::credentials(broker, login, error),
            Ready::Token(token, _) => failure::token(broker, token.claims.told(), error),
            Ready::Aws { credentials, .. } => {
                failure::aws(broker, &credentials.access_key_id, error)
            }
            Ready::Kerberos(login) => failure::kerberos(broker, login, error),
        }
    }
}

/// Those that were there at first, or, when they have expired, those that are there now.
async fn aws_credentials(raw: &Raw<'_>, iam: &Iam) -> Outcome<AwsCredentials> {
    let now = Timestamp::now();
    if iam.first.expires.is_none_or(|at| at > now) {
        return Ok(iam.first.clone());
    }
    let again = iam.again.clone();
    let looked = raw.deadline.within(Duration::MAX, aside(move || (again.0)())).await;
    let looked =
        looked.map_err(|_| Fault::deadline(raw.deadline, "looking the credentials of AWS up"))?;
    looked
        .map_err(|error| Error::failed("cannot start a thread").caused_by(error))
        .and_then(|found| found)
        .map_err(Fault::everywhere)
}

/// RFC 7628 as Kafka has it (KIP-255): what stands in the way comes as a message of its own, and the
/// error behind the answer `%x01` to it.
async fn bearer(
    raw: &mut Raw<'_>,
    ready: &Ready<'_>,
    token: &SecretString,
    extensions: &[(String, String)],
    version: i16,
) -> Outcome<i64> {
    let mut message = format!("n,,\u{1}auth=Bearer {}", token.expose_secret());
    for (name, value) in extensions {
        message += &format!("\u{1}{name}={value}");
    }
    message += "\u{1}\u{1}";
    let answer = step(raw, ready, version, message.into_bytes()).await?;
    if answer.token.is_empty() {
        return Ok(answer.session);
    }
    let why = Value::from_str(&String::from_utf8_lossy(&answer.token)).unwrap_or_default();
    let why = why["status"].as_str().map(|status| visible(status).into_owned());
    let told = |error: Error| match &why {
        Some(status) => error.caused_by(format!("its reason is `{status}`")),
        None => error,
    };
    if let Err(fault) = step(raw, ready, version, vec![1]).await {
        return Err(Fault { error: told(fault.error), ..fault });
    }
    let error = Error::failed(format!("`{}` does not accept the token", raw.name));
    Err(Fault::everywhere(told(error)))
}

async fn scram(raw: &mut Raw<'_>, login: &PasswordLogin, version: i16) -> Outcome<i64> {
    let failed = |name: &str, error: ScramError| {
        Fault::everywhere(failure::scram(name, login.mechanism.name(), &error.0))
    };
    let (scram, first) = Scram::start(login.mechanism, &login.username, login.is_token)
        .map_err(|error| failed(&raw.name, error))?;
    let ready = Ready::Password(login);
    let answer = step(raw, &ready, version, first).await?;
    let challenge = scram.challenge(&answer.token).map_err(|error| failed(&raw.name, error))?;
    let password = login.password.clone();
    let derived = aside(move || challenge.answer(password.expose_secret().as_bytes()));
    let Ok(derived) = raw.deadline.within(Duration::MAX, derived).await else {
        let phase = format!("deriving the SCRAM keys for `{}`", raw.name);
        return Err(Fault::deadline(raw.deadline, &phase));
    };
    let (last, verifier) = derived.map_err(|error| {
        Fault::everywhere(Error::failed("cannot start a thread").caused_by(error))
    })?;
    let answer = step(raw, &ready, version, last).await?;
    verifier.check(&answer.token).map_err(|error| failed(&raw.name, error))?;
    Ok(answer.session)
}

/// RFC 4752, whose tokens come from a process of its own and go to it.
async fn kerberos(
    raw: &mut Raw<'_>,
    ready: &Ready<'_>,
    login: &Kerberos,
    version: i16,
) -> Outcome<i64> {
    let failed = |broker: &str, why: &str| Fault::elsewhere(failure::no_ticket(broker, login, why));
    let (_process, mut pipes) = login.begin(&raw.address.host).map_err(Fault::everywhere)?;
    let mut token = Vec::new();
    loop {
        let asked = aside(move || {
            let word = pipes.step(&token);
            (pipes, word)
        });
        let Ok(asked) = raw.deadline.within(Duration::MAX, asked).await else {
            let phase = format!("asking Kerberos for a ticket for `{}`", raw.name);
            return Err(Fault::deadline(raw.deadline, &phase));
        };
        let asked: std::io::Result<(Pipes, std::io::Result<Word>)> = asked;
        let (kept, word) = asked.map_err(|error| failed(&raw.name, &error.to_string()))?;
        pipes = kept;
        match word {
            Ok(Word::Token(next)) => token = step(raw, ready, version, next).await?.token,
            Ok(Word::Last(last)) => return Ok(step(raw, ready, version, last).await?.session),
            Ok(Word::Failed(why)) => return Err(failed(&raw.name, &why)),
            Err(error) => return Err(failed(&raw.name, &error.to_string())),
        }
    }
}

/// The answer to a handshake.
pub(super) struct Handshake {
    pub error: Option<KafkaError>,
    pub enabled: Vec<String>,
}

/// Proposes a mechanism.
pub(super) async fn handshake(
    raw: &mut Raw<'_>,
    mechanism: &str,
    versions: &Versions,
) -> Outcome<Handshake> {
    let version = versions
        .pick::<SaslHandshakeRequest>(VersionRange { min: 1, max: 1 }, &raw.name)
        .map_err(Fault::here)?;
    let request = SaslHandshakeRequest::default().with_mechanism(mechanism.to_owned().into());
    let answer = raw.ask(&request, version).await?;
    let bytes = answer.map_err(|cut| raw.cut_in_sasl(cut))?;
    let read = |bytes| -> Result<Handshake, Malformed> {
        let mut reader = Reader::new(bytes, false);
        let code = reader.i16()?;
        let enabled = reader.items(2, |reader| reader.string().map(str::to_owned))?;
        Ok(Handshake { error: kafka_error(code, None), enabled })
    };
    read(&bytes).map_err(|malformed| raw.malformed::<SaslHandshakeRequest>(malformed))
}

/// What the broker says to a token.
struct Answer {
    token: Vec<u8>,
    /// How long the session lasts, in milliseconds; 0 when it has no end.
    session: i64,
}

/// Sends a token and receives the broker's.
async fn step(
    raw: &mut Raw<'_>,
    ready: &Ready<'_>,
    version: i16,
    token: Vec<u8>,
) -> Outcome<Answer> {
    let request = SaslAuthenticateRequest::default().with_auth_bytes(token.into());
    let answer = raw.ask(&request, version).await?;
    let bytes = answer.map_err(|cut| raw.cut_in_sasl(cut))?;
    let mut reader = Reader::new(&bytes, false);
    let mut read = || -> Result<_, Malformed> {
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let token = reader.nullable_bytes()?.unwrap_or_default().to_vec();
        let session = if version >= 1 { reader.i64()? } else { 0 };
        Ok((error, Answer { token, session }))
    };
    match read() {
        Ok((None, answer)) => Ok(answer),
        Ok((Some(error), _)) if error.code == SASL_AUTHENTICATION_FAILED => {
            Err(Fault::everywhere(ready.refused(&raw.name, error)))
        }
        Ok((Some(error), _)) => Err(Fault::elsewhere(failure::sasl(&raw.name, error))),
        Err(malformed) => Err(raw.malformed::<SaslAuthenticateRequest>(malformed)),
    }
}
