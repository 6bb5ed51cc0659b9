//! Delegation tokens: `CreateDelegationToken` (38), `RenewDelegationToken` (39), `ExpireDelegationToken` (40),
//! `DescribeDelegationToken` (41; all KIP-48, owners KIP-373). One's own are free; those of others need CREATE_TOKENS
//! or DESCRIBE_TOKENS on the user, or DESCRIBE on the token. Not on a connection that is plain, or by a token itself.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kafka_protocol::messages::create_delegation_token_request::CreatableRenewers;
use kafka_protocol::messages::describe_delegation_token_request::DescribeDelegationTokenOwner;
use kafka_protocol::messages::{
    CreateDelegationTokenRequest, DescribeDelegationTokenRequest, ExpireDelegationTokenRequest,
    RenewDelegationTokenRequest,
};
use kafka_protocol::protocol::VersionRange;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use crate::error::{Error, KafkaError, Result};
use crate::model::{Principal, Time};

use super::client::{Client, Purpose, Route};
use super::codes::{NOT_CONTROLLER, kafka_error};
use super::connection::Reply;
use super::named::{Outcomes, item};
use super::reader::{Malformed, Reader};
use super::topics::text;

/// The secret part of a token: who has it and the id can log in. `Debug` hides it.
#[derive(Clone)]
pub struct Hmac(SecretSlice<u8>);

impl fmt::Debug for Hmac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl Hmac {
    /// Reads base64, as Kafka's tool prints it; `None` where it is none.
    pub fn read(text: &SecretString) -> Option<Self> {
        let bytes = BASE64.decode(text.expose_secret().trim()).ok()?;
        (!bytes.is_empty()).then(|| Self(SecretSlice::from(bytes)))
    }

    /// In base64: what a client takes for the password.
    pub fn to_base64(&self) -> SecretString {
        SecretString::from(BASE64.encode(self.0.expose_secret()))
    }

    /// Whether both are the same.
    pub fn is(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }

    fn bytes(&self) -> Bytes {
        Bytes::copy_from_slice(self.0.expose_secret())
    }
}

/// A token as a broker describes it.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id: the user's name when it is used to log in.
    pub id: String,
    /// Whom it stands for.
    pub owner: Principal,
    /// Who asked for it; brokers before 3.3 do not tell.
    pub requester: Option<Principal>,
    /// Who may renew and expire it, beside the owner.
    pub renewers: Vec<Principal>,
    /// When it was made.
    pub issued: Time,
    /// When it ends unless it is renewed.
    pub expires: Time,
    /// When it ends at the latest.
    pub latest: Time,
    /// Its secret part.
    pub hmac: Hmac,
}

/// A token that is wanted.
#[derive(Debug, Clone, Default)]
pub struct NewToken {
    /// Whom it stands for; who asks when `None`.
    pub owner: Option<Principal>,
    /// Who may renew and expire it, beside the owner.
    pub renewers: Vec<Principal>,
    /// How long it may live at most; as long as the broker lets it when `None`.
    pub max_lifetime: Option<Duration>,
}

/// Type and name.
fn parts(principal: &Principal) -> (&str, &str) {
    principal.split_once(':').unwrap_or(("User", principal))
}

/// -1 says that the broker decides.
fn millis(duration: Option<Duration>) -> i64 {
    duration.map_or(-1, |duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

impl Client {
    /// The tokens of these owners, or all, that the caller may see: by owner, then by id.
    pub async fn describe_tokens(&self, owners: Option<&[Principal]>) -> Result<Vec<Token>> {
        let owner = |principal: &Principal| {
            let (kind, name) = parts(principal);
            DescribeDelegationTokenOwner::default()
                .with_principal_type(text(kind))
                .with_principal_name(text(name))
        };
        let owners = owners.map(|owners| owners.iter().map(owner).collect());
        let request = DescribeDelegationTokenRequest::default().with_owners(owners);
        let reply: TokensReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        match reply.error {
            None => Ok(reply.tokens),
            Some(error) => {
                let text = format!("`{}` does not list delegation tokens", self.broker());
                Err(Error::failed(text).kafka(error))
            }
        }
    }

    /// Makes one. An error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that there may be one, whose
    /// secret nobody has been told.
    pub async fn create_token(&self, wanted: &NewToken) -> Result<Outcomes<Token>> {
        let renewer = |principal: &Principal| {
            let (kind, name) = parts(principal);
            CreatableRenewers::default()
                .with_principal_type(text(kind))
                .with_principal_name(text(name))
        };
        let owner = wanted.owner.as_ref().map(parts);
        let request = CreateDelegationTokenRequest::default()
            .with_owner_principal_type(owner.map(|(kind, _)| text(kind)))
            .with_owner_principal_name(owner.map(|(_, name)| text(name)))
            .with_renewers(wanted.renewers.iter().map(renewer).collect())
            .with_max_lifetime_ms(millis(wanted.max_lifetime));
        let purpose = Purpose::Write("create a delegation token");
        let reply: TokenReply = self.ask(Route::Any, purpose, &request).await?;
        Ok(vec![item(reply.error, reply.token)])
    }

    /// Puts off the end of a token by so long, or by as long as the broker does; gives the new end.
    pub async fn renew_token(&self, hmac: &Hmac, by: Option<Duration>) -> Result<Outcomes<Time>> {
        let request = RenewDelegationTokenRequest::default()
            .with_hmac(hmac.bytes())
            .with_renew_period_ms(millis(by));
        let purpose = Purpose::Write("renew a delegation token");
        let reply: TimeReply = self.ask(Route::Any, purpose, &request).await?;
        Ok(vec![item(reply.error, reply.expires)])
    }

    /// Ends a token in so long, or at once; gives its end.
    pub async fn expire_token(
        &self,
        hmac: &Hmac,
        after: Option<Duration>,
    ) -> Result<Outcomes<Time>> {
        let request = ExpireDelegationTokenRequest::default()
            .with_hmac(hmac.bytes())
            .with_expiry_time_period_ms(millis(after));
        let purpose = Purpose::Write("expire a delegation token");
        let reply: TimeReply = self.ask(Route::Any, purpose, &request).await?;
        Ok(vec![item(reply.error, reply.expires)])
    }
}

type Read<T> = std::result::Result<T, Malformed>;

fn principal(reader: &mut Reader<'_>) -> Read<Principal> {
    let kind = reader.string()?;
    Ok(Principal::verbatim(format!("{kind}:{}", reader.string()?)))
}

/// What both answers have, up to the secret.
fn read_token(reader: &mut Reader<'_>, version: i16) -> Read<Token> {
    let owner = principal(reader)?;
    let requester = if version >= 3 { Some(principal(reader)?) } else { None };
    let [issued, expires, latest] = [reader.i64()?, reader.i64()?, reader.i64()?].map(Time);
    let id = reader.string()?.to_owned();
    let hmac = reader.nullable_bytes()?.unwrap_or_default().to_vec();
    let hmac = Hmac(SecretSlice::from(hmac));
    Ok(Token { id, owner, requester, renewers: Vec::new(), issued, expires, latest, hmac })
}

/// What has not been done because the broker is not the controller can be sent again.
fn passing(error: Option<&KafkaError>) -> Option<&KafkaError> {
    error.filter(|error| error.code == NOT_CONTROLLER)
}

/// The answer to `CreateDelegationToken`.
struct TokenReply {
    error: Option<KafkaError>,
    token: Token,
}

impl Reply for TokenReply {
    const VERSIONS: VersionRange = VersionRange { min: 3, max: 3 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Read<Self> {
        let error = kafka_error(reader.i16()?, None);
        let token = read_token(reader, version)?;
        reader.throttle()?;
        reader.tags()?;
        Ok(Self { error, token })
    }

    fn failure(&self) -> Option<&KafkaError> {
        passing(self.error.as_ref())
    }
}

/// The answer to `RenewDelegationToken` and `ExpireDelegationToken`.
struct TimeReply {
    error: Option<KafkaError>,
    expires: Time,
}

impl Reply for TimeReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 2 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> Read<Self> {
        let error = kafka_error(reader.i16()?, None);
        let expires = Time(reader.i64()?);
        reader.throttle()?;
        reader.tags()?;
        Ok(Self { error, expires })
    }

    fn failure(&self) -> Option<&KafkaError> {
        passing(self.error.as_ref())
    }
}

/// The answer to `DescribeDelegationToken`.
struct TokensReply {
    error: Option<KafkaError>,
    tokens: Vec<Token>,
}

impl Reply for TokensReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 3 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Read<Self> {
        let error = kafka_error(reader.i16()?, None);
        let mut tokens = reader.items(30, |reader| {
            let mut token = read_token(reader, version)?;
            token.renewers = reader.items(2, |reader| {
                let renewer = principal(reader)?;
                reader.tags()?;
                Ok(renewer)
            })?;
            reader.tags()?;
            Ok(token)
        })?;
        reader.throttle()?;
        reader.tags()?;
        tokens.sort_by(|a, b| (&a.owner, &a.id).cmp(&(&b.owner, &b.id)));
        Ok(Self { error, tokens })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_part_is_read_and_hidden() {
        let hmac = Hmac::read(&SecretString::from("aHVudGVyMg==\n")).unwrap();
        assert_eq!(hmac.to_base64().expose_secret(), "aHVudGVyMg==");
        assert_eq!(format!("{hmac:?}"), "[hidden]");
        assert!(hmac.is(&hmac.clone()));
        for bad in ["", "hunter2!", "aHVudGVyMg"] {
            assert!(Hmac::read(&SecretString::from(bad)).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_list_is_read() {
        let mut bytes = vec![0, 0, 2];
        for text in ["User", "ana", "User", "admin"] {
            bytes.push(u8::try_from(text.len() + 1).unwrap());
            bytes.extend(text.as_bytes());
        }
        for time in [1_i64, 2, 3] {
            bytes.extend(time.to_be_bytes());
        }
        bytes.extend([3, b'i', b'd', 3, 7, 7, 2, 5]);
        bytes.extend(b"User\x03bo\0\0");
        bytes.extend([0, 0, 0, 0, 0]);
        let reply = TokensReply::read(&mut Reader::new(&bytes, true), 3).unwrap();
        let token = &reply.tokens[0];
        assert_eq!((&*token.owner, token.id.as_str()), ("User:ana", "id"));
        assert_eq!(token.requester.as_deref(), Some("User:admin"));
        assert_eq!((token.expires, token.latest), (Time(2), Time(3)));
        assert_eq!(token.renewers.iter().map(|one| &**one).collect::<Vec<_>>(), ["User:bo"]);
    }
}
