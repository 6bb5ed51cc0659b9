//! What brokers can do: `ApiVersions` (18; no permission needed), with the features of the cluster
//! (KIP-584).

use std::collections::BTreeMap;

use kafka_protocol::messages::{ApiKey, ApiVersionsRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};

use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::Reply;
use super::reader::{Malformed, Reader};
use super::topics::text;

/// What one broker can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Abilities {
    /// The APIs that it offers, by key.
    pub apis: Vec<Api>,
    /// Features by name, those of the cluster and those of the broker together.
    pub features: BTreeMap<String, Feature>,
    /// How often the cluster's features were changed; `None` without KRaft.
    pub features_epoch: Option<i64>,
}

/// An API in the versions that a broker offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Its key.
    pub key: i16,
    /// `DescribeAcls`; `None` for one that this program does not know.
    pub name: Option<String>,
    /// The lowest version.
    pub min: i16,
    /// The highest version.
    pub max: i16,
}

/// A feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feature {
    /// The levels that the broker supports.
    pub supported: Option<(i16, i16)>,
    /// The level that the cluster has agreed on; `None` when it is off.
    pub finalized: Option<i16>,
}

impl Client {
    /// What the broker with this id can do; whoever is connected when `None`.
    pub async fn abilities(&self, broker: Option<i32>) -> Result<Abilities> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(text("kward"))
            .with_client_software_version(text(env!("CARGO_PKG_VERSION")));
        let route = broker.map_or(Route::Any, Route::Broker);
        let reply: AbilitiesReply = self.ask(route, Purpose::Read, &request).await?;
        match reply.error {
            None => Ok(reply.abilities),
            Some(error) => {
                let text = format!("`{}` does not say what it can do", self.broker());
                Err(crate::error::Error::failed(text).kafka(error))
            }
        }
    }
}

/// Kafka's name of an API.
fn name_of(key: i16) -> Option<String> {
    // Newer than the codecs.
    let newer = match key {
        88 => Some("StreamsGroupHeartbeat"),
        89 => Some("StreamsGroupDescribe"),
        93 => Some("StreamsGroupTopologyDescriptionUpdate"),
        94 => Some("UnregisterController"),
        _ => None,
    };
    newer.map(str::to_owned).or_else(|| ApiKey::try_from(key).ok().map(|key| format!("{key:?}")))
}

/// The answer.
struct AbilitiesReply {
    error: Option<KafkaError>,
    abilities: Abilities,
}

impl Reply for AbilitiesReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 4 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        let error = kafka_error(reader.i16()?, None);
        let mut apis = reader.items(6, |reader| {
            let key = reader.i16()?;
            let api = Api { key, name: name_of(key), min: reader.i16()?, max: reader.i16()? };
            reader.tags()?;
            Ok(api)
        })?;
        apis.sort_unstable_by_key(|api| api.key);
        if version >= 1 {
            reader.throttle()?;
        }
        let mut features: BTreeMap<String, Feature> = BTreeMap::new();
        let mut features_epoch = None;
        reader.tagged(|tag, field| {
            match tag {
                0 => field.skip_items(6, |feature| {
                    let name = feature.string()?.to_owned();
                    let range = (feature.i16()?, feature.i16()?);
                    features.entry(name).or_default().supported = Some(range);
                    feature.tags()
                })?,
                1 => features_epoch = Some(field.i64()?).filter(|epoch| *epoch >= 0),
                2 => field.skip_items(6, |feature| {
                    let name = feature.string()?.to_owned();
                    let max = feature.i16()?;
                    feature.i16()?;
                    features.entry(name).or_default().finalized = Some(max);
                    feature.tags()
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(Self { error, abilities: Abilities { apis, features, features_epoch } })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apis_have_kafkas_names() {
        assert_eq!(name_of(29).as_deref(), Some("DescribeAcls"));
        assert_eq!(name_of(93).as_deref(), Some("StreamsGroupTopologyDescriptionUpdate"));
        assert_eq!(name_of(30_000), None);
    }
}
