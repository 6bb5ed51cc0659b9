//! Who coordinates a group: `FindCoordinator` (10; DESCRIBE on the group). Groups of all types are
//! found alike.

use kafka_protocol::messages::FindCoordinatorRequest;
use kafka_protocol::protocol::{StrBytes, VersionRange};

use crate::error::{KafkaError, Result};
use crate::model::Name;

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::cluster::Broker;
use super::codes::{UNKNOWN_SERVER_ERROR, kafka_error};
use super::connection::Reply;
use super::reader::{Malformed, Reader};

/// What the request calls groups of every type.
const GROUP: i8 = 0;
/// Groups a request.
const MOST: usize = 1_000;
/// Since this version one request asks for several groups (KIP-699).
const BATCHED: i16 = 4;

impl Client {
    /// The brokers that coordinate these groups, from what is known or else from the cluster.
    pub(super) async fn coordinators(&self, groups: &[&Name]) -> Result<Vec<ItemResult<i32>>> {
        let known = |group: &Name| self.whereabouts().coordinator_of(group);
        let mut unknown: Vec<&Name> =
            groups.iter().copied().filter(|group| known(group).is_none()).collect();
        unknown.sort_unstable();
        unknown.dedup();
        let mut refusals: Vec<(Name, KafkaError)> = Vec::new();
        if !unknown.is_empty() {
            for (group, answer) in self.find_coordinators(GROUP, &unknown).await? {
                match answer {
                    Ok(id) => self.whereabouts().learn_coordinator(&group, id),
                    Err(error) => refusals.push((group, error)),
                }
            }
        }
        let refusal = |group: &Name| {
            let said = refusals.iter().find(|(refused, _)| refused == group);
            let left_out = || kafka_error(UNKNOWN_SERVER_ERROR, Some("the broker left it out"));
            said.map_or_else(|| left_out().expect("not 0"), |(_, error)| error.clone())
        };
        Ok(groups.iter().map(|group| known(group).ok_or_else(|| refusal(group))).collect())
    }

    /// Asks who coordinates groups, or the transactional ids that `kind` 1 means.
    pub(super) async fn find_coordinators(
        &self,
        kind: i8,
        groups: &[&Name],
    ) -> Result<Vec<(Name, ItemResult<i32>)>> {
        let version =
            self.any().await.and_then(|any| any.version_for::<FindCoordinatorRequest, Found>());
        let batched = version.map_err(|fault| fault.error)? >= BATCHED;
        let chunks = groups.chunks(if batched { MOST } else { 1 }).map(|chunk| async move {
            let make = |version| request(kind, chunk, version);
            let reply: Found = self.ask_by_version(Route::Any, Purpose::Read, make).await?;
            Ok((chunk, reply))
        });
        let mut all = Vec::new();
        for answer in futures_util::future::join_all(chunks).await {
            let (chunk, reply) = answer?;
            for found in reply.0 {
                let group = found.group.unwrap_or_else(|| chunk[0].clone());
                all.push((
                    group,
                    found.coordinator.map(|broker| {
                        self.whereabouts().learn_broker(&broker);
                        broker.id
                    }),
                ));
            }
        }
        Ok(all)
    }
}

fn request(kind: i8, groups: &[&Name], version: i16) -> FindCoordinatorRequest {
    let text = |name: &&Name| StrBytes::from_string(name.to_string());
    let request = FindCoordinatorRequest::default().with_key_type(kind);
    if version >= BATCHED {
        request.with_coordinator_keys(groups.iter().map(text).collect())
    } else {
        request.with_key(groups.first().map(text).unwrap_or_default())
    }
}

/// The answer: one for each group.
struct Found(Vec<Coordinator>);

struct Coordinator {
    /// Absent in the versions that answer for one group.
    group: Option<Name>,
    coordinator: ItemResult<Broker>,
}

impl Reply for Found {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 6 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let found = if version >= BATCHED {
            reader.items(13, |reader| {
                let group = Name::from(reader.string()?);
                let broker = read_broker(reader)?;
                let error = kafka_error(reader.i16()?, reader.nullable_string()?);
                reader.tags()?;
                Ok(Coordinator { group: Some(group), coordinator: error.map_or(Ok(broker), Err) })
            })?
        } else {
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let broker = read_broker(reader)?;
            vec![Coordinator { group: None, coordinator: error.map_or(Ok(broker), Err) }]
        };
        reader.tags()?;
        Ok(Self(found))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_broker(reader: &mut Reader<'_>) -> std::result::Result<Broker, Malformed> {
    Ok(Broker {
        id: reader.i32()?,
        host: reader.string()?.to_owned(),
        // -1 where there is none.
        port: u16::try_from(reader.i32()?).unwrap_or(0),
        rack: None,
    })
}
