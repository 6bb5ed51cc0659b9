//! SCRAM users: `DescribeUserScramCredentials` (50, KIP-554; DESCRIBE on the cluster).

use kafka_protocol::messages::DescribeUserScramCredentialsRequest;
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};

use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::Reply;
use super::reader::{Malformed, Reader};

impl Client {
    /// The names of all users that have a SCRAM credential, sorted.
    pub async fn list_scram_users(&self) -> Result<Vec<String>> {
        let request = DescribeUserScramCredentialsRequest::default().with_users(None);
        let reply: UsersReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        match reply.error {
            None => Ok(reply.users),
            Some(error) => Err(self.refused("list users", "describe", error)),
        }
    }
}

/// The answer.
struct UsersReply {
    error: Option<KafkaError>,
    users: Vec<String>,
}

impl Reply for UsersReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let mut users = reader.items(6, |reader| {
            let user = reader.string()?.to_owned();
            reader.i16()?;
            reader.nullable_string()?;
            reader.skip_items(6, |reader| {
                reader.i8()?;
                reader.i32()?;
                reader.tags()
            })?;
            reader.tags()?;
            Ok(user)
        })?;
        reader.tags()?;
        users.sort_unstable();
        Ok(Self { error, users })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
