//! SCRAM users: `DescribeUserScramCredentials` (50; DESCRIBE on the cluster) and
//! `AlterUserScramCredentials` (51; ALTER on the cluster), both KIP-554.
//!
//! A password never leaves the machine: the salted password is computed here. Who has that can log in
//! as well, and so it is treated as one.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use bytes::Bytes;
use kafka_protocol::messages::alter_user_scram_credentials_request::{
    ScramCredentialDeletion, ScramCredentialUpsertion,
};
use kafka_protocol::messages::describe_user_scram_credentials_request::UserName;
use kafka_protocol::messages::{
    AlterUserScramCredentialsRequest, DescribeUserScramCredentialsRequest,
};
use kafka_protocol::protocol::{StrBytes, VersionRange};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::error::{Error, KafkaError, Result};
use crate::model::ScramMechanism;

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::codes::{RESOURCE_NOT_FOUND, kafka_error};
use super::connection::Reply;
use super::items::{ItemsReply, Write};
use super::reader::{Malformed, Reader};
use super::scram;

/// Kafka takes no fewer iterations (`ScramMechanism.minIterations`).
pub const FEWEST_ITERATIONS: u32 = 4096;
/// Kafka takes no more iterations (`ScramMechanism.maxIterations`).
pub const MOST_ITERATIONS: u32 = 16384;

/// A user and its SCRAM credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScramUser {
    /// The name, without `User:`.
    pub name: String,
    /// At most one for each mechanism, by mechanism.
    pub credentials: Vec<ScramCredential>,
}

/// What a broker tells about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScramCredential {
    /// The mechanism.
    pub mechanism: ScramMechanism,
    /// How often the hash is applied.
    pub iterations: i32,
}

/// A credential to be stored. `Debug` shows nothing that could be used.
#[derive(Debug, Clone)]
pub struct NewCredential {
    mechanism: ScramMechanism,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    salted_password: SecretSlice<u8>,
}

/// What is to be done to one credential of a user.
#[derive(Debug, Clone)]
pub enum ScramChange {
    /// Stored; the one that there is for the mechanism is replaced.
    Store(NewCredential),
    /// Deleted.
    Delete(ScramMechanism),
}

impl NewCredential {
    /// Computes it with a salt of its own, on another thread, in some milliseconds.
    pub async fn derive(
        mechanism: ScramMechanism,
        iterations: u32,
        password: &SecretString,
    ) -> Result<Self> {
        let allowed = (FEWEST_ITERATIONS..=MOST_ITERATIONS).contains(&iterations);
        let Some(iterations) = NonZeroU32::new(iterations).filter(|_| allowed) else {
            return Err(Error::invalid(format!(
                "{iterations} iterations: Kafka takes {FEWEST_ITERATIONS} to {MOST_ITERATIONS}"
            )));
        };
        let mut salt = vec![0; 32];
        SystemRandom::new()
            .fill(&mut salt)
            .map_err(|_| Error::failed("the system gives no random numbers for a salt"))?;
        let (password, with) = (password.clone(), salt.clone());
        let salted = tokio::task::spawn_blocking(move || {
            let password = password.expose_secret().as_bytes();
            SecretSlice::from(scram::salted_password(mechanism, password, &with, iterations))
        });
        let salted_password = salted
            .await
            .map_err(|error| Error::failed("cannot derive the salted password").caused_by(error))?;
        Ok(Self { mechanism, iterations, salt, salted_password })
    }
}

impl Client {
    /// The names of all users that have a SCRAM credential, sorted.
    pub async fn list_scram_users(&self) -> Result<Vec<String>> {
        let users = self.describe_scram_users(None).await?;
        Ok(users.into_iter().map(|user| user.name).collect())
    }

    /// Users with their SCRAM credentials, by name: these, or all. One that has none is left out. Any
    /// broker answers from its own copy, which may lag behind a write just acknowledged.
    pub async fn describe_scram_users(&self, names: Option<&[String]>) -> Result<Vec<ScramUser>> {
        let asked = names.map(|names| {
            // A name asked for twice is an error of that user.
            let mut names: Vec<&String> = names.iter().collect();
            names.sort_unstable();
            names.dedup();
            names.into_iter().map(|name| UserName::default().with_name(text(name))).collect()
        });
        if asked.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        // Null and an empty list both mean all, and a broker never answers null from somebody who may
        // not: it fails to make its refusal (seen in 4.4.0).
        let request = DescribeUserScramCredentialsRequest::default()
            .with_users(Some(asked.unwrap_or_default()));
        let reply: UsersReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        if let Some(error) = reply.error {
            return Err(self.refused("list users", "describe", error));
        }
        let mut users = Vec::with_capacity(reply.users.len());
        for (user, error) in reply.users {
            match error {
                None => users.push(user),
                Some(error) if error.code == RESOURCE_NOT_FOUND => {}
                Some(error) => return Err(self.refused("list users", "describe", error)),
            }
        }
        Ok(users)
    }

    /// Stores and deletes credentials by one request; one result for each, in their order. Users are
    /// sorted and none is named twice: Kafka takes one change of a user in a request.
    ///
    /// An error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that the request may
    /// have been carried out.
    pub async fn alter_scram_users(
        &self,
        changes: &[(String, ScramChange)],
    ) -> Result<Vec<ItemResult<()>>> {
        debug_assert!(changes.is_sorted_by(|(a, _), (b, _)| a < b), "sorted, each user once");
        let write = Write { what: "change users", needs: "alter" };
        self.write_items::<_, _, AlterReply>(changes, write, |open| {
            let (mut upsertions, mut deletions) = (Vec::new(), Vec::new());
            for (user, change) in open {
                match change {
                    ScramChange::Store(credential) => upsertions.push(upsertion(user, credential)),
                    ScramChange::Delete(mechanism) => deletions.push(deletion(user, *mechanism)),
                }
            }
            AlterUserScramCredentialsRequest::default()
                .with_deletions(deletions)
                .with_upsertions(upsertions)
        })
        .await
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn deletion(user: &str, mechanism: ScramMechanism) -> ScramCredentialDeletion {
    ScramCredentialDeletion::default().with_name(text(user)).with_mechanism(mechanism.code())
}

fn upsertion(user: &str, credential: &NewCredential) -> ScramCredentialUpsertion {
    let salted = Bytes::copy_from_slice(credential.salted_password.expose_secret());
    ScramCredentialUpsertion::default()
        .with_name(text(user))
        .with_mechanism(credential.mechanism.code())
        .with_iterations(i32::try_from(credential.iterations.get()).unwrap_or(i32::MAX))
        .with_salt(Bytes::copy_from_slice(&credential.salt))
        .with_salted_password(salted)
}

/// The answer to `DescribeUserScramCredentials`.
struct UsersReply {
    error: Option<KafkaError>,
    users: Vec<(ScramUser, Option<KafkaError>)>,
}

impl Reply for UsersReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let mut users = reader.items(6, |reader| {
            let name = reader.string()?.to_owned();
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let mut credentials = reader.items(6, |reader| {
                let mechanism = ScramMechanism::from_code(reader.i8()?);
                let credential = ScramCredential { mechanism, iterations: reader.i32()? };
                reader.tags()?;
                Ok(credential)
            })?;
            reader.tags()?;
            credentials.sort_unstable();
            Ok((ScramUser { name, credentials }, error))
        })?;
        reader.tags()?;
        users.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        Ok(Self { error, users })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

/// The answer to `AlterUserScramCredentials`: one result for a user, in no order.
struct AlterReply {
    results: BTreeMap<String, ItemResult<()>>,
}

impl Reply for AlterReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut results = BTreeMap::new();
        for _ in 0..reader.array(5)? {
            let user = reader.string()?.to_owned();
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            reader.tags()?;
            results.insert(user, error.map_or(Ok(()), Err));
        }
        reader.tags()?;
        Ok(Self { results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

impl ItemsReply for AlterReply {
    type Item = ();

    fn into_results(self) -> Vec<ItemResult<()>> {
        self.results.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_credential_is_salted_and_hidden() {
        let password = SecretString::from("pencil");
        let derive =
            |iterations| NewCredential::derive(ScramMechanism::Sha256, iterations, &password);
        let (one, two) = (derive(4096).await.unwrap(), derive(4096).await.unwrap());
        assert_ne!(one.salt, two.salt);
        assert_eq!(one.salted_password.expose_secret().len(), 32);
        assert_ne!(one.salted_password.expose_secret(), two.salted_password.expose_secret());
        let salted = format!("{:?}", one.salted_password.expose_secret());
        assert!(!format!("{one:?}").contains(salted.trim_matches(['[', ']'])));
        for iterations in [0, 4095, 16385, u32::MAX] {
            let error = derive(iterations).await.unwrap_err();
            assert!(error.message().contains("Kafka takes 4096 to 16384"), "{error}");
        }
    }

    #[test]
    fn results_come_by_user() {
        let mut bytes = vec![0, 0, 0, 0, 3];
        for (user, code) in [(b'b', 93_u8), (b'a', 0)] {
            bytes.extend([2, user, 0, code, 0, 0]);
        }
        bytes.push(0);
        let reply = AlterReply::read(&mut Reader::new(&bytes, true), 0).unwrap();
        let results = reply.into_results();
        assert_eq!(results.len(), 2);
        assert!(results[0].is_ok());
        assert_eq!(results[1].as_ref().unwrap_err().name, "UNACCEPTABLE_CREDENTIAL");
    }
}
