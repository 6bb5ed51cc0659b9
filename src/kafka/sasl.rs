//! Says who we are: `SaslHandshake` (17) version 1 and `SaslAuthenticate` (36, KIP-152), with
//! PLAIN and SCRAM.

use kafka_protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::VersionRange;
use secrecy::ExposeSecret;

use crate::error::{Error, KafkaError};
use crate::settings::{Mechanism, Sasl};

use super::codes::{
    ILLEGAL_SASL_STATE, SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM, kafka_error,
};
use super::dial::aside;
use super::failure;
use super::fault::{Fault, Outcome};
use super::reader::{Malformed, Reader};
use super::scram::{Scram, ScramError};
use super::setup::Raw;
use super::versions::Versions;

/// Authenticates the connection.
pub(super) async fn authenticate(
    raw: &mut Raw<'_>,
    sasl: &Sasl,
    versions: &Versions,
) -> Outcome<()> {
    let handshake = handshake(raw, sasl.mechanism.name(), versions).await?;
    match handshake.error {
        None => {}
        Some(error) if error.code == UNSUPPORTED_SASL_MECHANISM => {
            let mechanism = sasl.mechanism.name();
            let enabled = &handshake.enabled;
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
    match sasl.mechanism {
        Mechanism::Plain => {
            let password = sasl.password.expose_secret();
            let token = format!("\0{}\0{password}", sasl.username).into_bytes();
            step(raw, sasl, version, token).await.map(drop)
        }
        Mechanism::ScramSha256 | Mechanism::ScramSha512 => scram(raw, sasl, version).await,
    }
}

async fn scram(raw: &mut Raw<'_>, sasl: &Sasl, version: i16) -> Outcome<()> {
    let failed = |name: &str, error: ScramError| {
        Fault::everywhere(failure::scram(name, sasl.mechanism.name(), &error.0))
    };
    let (scram, first) =
        Scram::start(sasl.mechanism, &sasl.username).map_err(|error| failed(&raw.name, error))?;
    let answer = step(raw, sasl, version, first).await?;
    let challenge = scram.challenge(&answer).map_err(|error| failed(&raw.name, error))?;
    let password = sasl.password.clone();
    let derived = aside(move || challenge.answer(password.expose_secret().as_bytes()));
    let Ok(derived) = raw.deadline.within(std::time::Duration::MAX, derived).await else {
        let phase = format!("deriving the SCRAM keys for `{}`", raw.name);
        return Err(Fault::deadline(raw.deadline, &phase));
    };
    let (last, verifier) = derived.map_err(|error| {
        Fault::everywhere(Error::failed("cannot start a thread").caused_by(error))
    })?;
    let answer = step(raw, sasl, version, last).await?;
    verifier.check(&answer).map_err(|error| failed(&raw.name, error))
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

/// Sends a token and receives the broker's.
async fn step(raw: &mut Raw<'_>, sasl: &Sasl, version: i16, token: Vec<u8>) -> Outcome<Vec<u8>> {
    let request = SaslAuthenticateRequest::default().with_auth_bytes(token.into());
    let answer = raw.ask(&request, version).await?;
    let bytes = answer.map_err(|cut| raw.cut_in_sasl(cut))?;
    let mut reader = Reader::new(&bytes, false);
    let mut read = || -> Result<_, Malformed> {
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        Ok((error, reader.nullable_bytes()?.unwrap_or_default().to_vec()))
    };
    match read() {
        Ok((None, token)) => Ok(token),
        Ok((Some(error), _)) if error.code == SASL_AUTHENTICATION_FAILED => {
            Err(Fault::everywhere(failure::credentials(&raw.name, sasl, error)))
        }
        Ok((Some(error), _)) => Err(Fault::elsewhere(failure::sasl(&raw.name, error))),
        Err(malformed) => Err(raw.malformed::<SaslAuthenticateRequest>(malformed)),
    }
}
