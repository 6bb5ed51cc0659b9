//! What a broker can do: the answer to `ApiVersions` (18), and the version chosen from it.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::VersionRange;

use crate::error::Error;
use crate::model::MetadataVersion;

use super::failure;
use super::frame::Ask;
use super::reader::{Malformed, Reader};

/// The APIs that a broker offers, and the features that its cluster has finalized (KIP-584).
#[derive(Debug, Clone, Default)]
pub(super) struct Versions {
    /// Sorted by key: key, lowest, highest.
    offered: Vec<(i16, i16, i16)>,
    pub metadata_version: Option<MetadataVersion>,
}

/// What a node of a cluster is to whoever connects to one of its listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Broker,
    Controller,
}

impl Versions {
    /// Reads an answer of version 0 or 3, from behind the correlation id: code and what is offered.
    pub fn read(bytes: &[u8], version: i16) -> Result<(i16, Self), Malformed> {
        let mut reader = Reader::new(bytes, version >= 3);
        let code = reader.i16()?;
        let mut versions = Self {
            offered: reader.items(6, |reader| {
                let api = (reader.i16()?, reader.i16()?, reader.i16()?);
                reader.tags()?;
                Ok(api)
            })?,
            metadata_version: None,
        };
        versions.offered.sort_unstable();
        // A broker that does not know version 3 answers in version 0 with an error.
        if version >= 3 && code == 0 {
            reader.throttle()?;
            versions.metadata_version = finalized(&mut reader)?;
        }
        Ok((code, versions))
    }

    /// The range that the broker offers.
    pub fn offered(&self, key: i16) -> Option<VersionRange> {
        let at = self.offered.binary_search_by_key(&key, |(key, _, _)| *key).ok()?;
        let (_, min, max) = self.offered[at];
        Some(VersionRange { min, max })
    }

    /// Whose listener it is: brokers alone tell of topics, and with controllers alone brokers register.
    pub fn role(&self) -> Option<Role> {
        let offers = |key: ApiKey| self.offered(key as i16).is_some();
        if offers(ApiKey::Metadata) {
            Some(Role::Broker)
        } else if offers(ApiKey::BrokerRegistration) {
            Some(Role::Controller)
        } else {
            None
        }
    }

    /// How many APIs the broker offers.
    pub fn count(&self) -> usize {
        self.offered.len()
    }

    /// The highest version that the broker and we, within `ours`, have in common.
    pub fn pick<R: Ask>(&self, ours: VersionRange, broker: &str) -> Result<i16, Error> {
        let ours = ours.intersect(&R::VERSIONS);
        match self.offered(R::KEY) {
            Some(offered) if !offered.intersect(&ours).is_empty() => {
                Ok(offered.intersect(&ours).max)
            }
            None if self.role() == Some(Role::Controller) => {
                Err(failure::needs_brokers(broker, R::NAME))
            }
            offered => Err(failure::too_old(broker, R::NAME, ours, offered)),
        }
    }
}

/// The tagged fields of version 3: 2 holds the finalized features.
fn finalized(reader: &mut Reader<'_>) -> Result<Option<MetadataVersion>, Malformed> {
    let mut level = None;
    reader.tagged(|tag, field| {
        if tag == 2 {
            field.skip_items(5, |feature| {
                let name = feature.string()?;
                let max = feature.i16()?;
                feature.i16()?;
                if name == "metadata.version" {
                    level = Some(MetadataVersion(max));
                }
                feature.tags()
            })?;
        }
        Ok(())
    })?;
    Ok(level)
}
