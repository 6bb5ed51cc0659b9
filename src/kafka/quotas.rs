//! Client quotas (KIP-546): `DescribeClientQuotas` (48; DESCRIBE_CONFIGS on the cluster) and
//! `AlterClientQuotas` (49; ALTER_CONFIGS on the cluster).

use std::collections::BTreeMap;

use kafka_protocol::messages::alter_client_quotas_request::{EntityData, EntryData, OpData};
use kafka_protocol::messages::{AlterClientQuotasRequest, DescribeClientQuotasRequest};
use kafka_protocol::protocol::{StrBytes, VersionRange};

use crate::error::{KafkaError, Result};
use crate::model::QuotaEntity;

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::Reply;
use super::named::{NamedReply, Outcomes};
use super::reader::{Malformed, Reader};

/// The quotas of entities, by key (`producer_byte_rate`).
pub type Quotas = BTreeMap<QuotaEntity, BTreeMap<String, f64>>;

/// What is to be done to the quotas of one entity: a new value for a key, `None` to remove it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaChange {
    /// Whose.
    pub entity: QuotaEntity,
    /// What, by key.
    pub values: BTreeMap<String, Option<f64>>,
}

const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

impl Client {
    /// All quotas. Any broker answers from its own copy, which may lag behind a write just acknowledged.
    pub async fn quotas(&self) -> Result<Quotas> {
        let request = DescribeClientQuotasRequest::default();
        let reply: QuotasReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        match reply.error {
            None => Ok(reply.quotas),
            Some(error) => Err(self.refused("list quotas", "describe-configs", error)),
        }
    }

    /// Changes quotas by one request; one result for each entity, in their order. No entity is named
    /// twice. `validate_only`: the broker checks, and changes nothing.
    ///
    /// An error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that the request may
    /// have been carried out.
    pub async fn alter_quotas(
        &self,
        changes: &[QuotaChange],
        validate_only: bool,
    ) -> Result<Outcomes<()>> {
        let request = |open: &[&QuotaChange]| {
            AlterClientQuotasRequest::default()
                .with_entries(open.iter().map(|change| entry(change)).collect())
                .with_validate_only(validate_only)
        };
        let key = |change: &QuotaChange| change.entity.clone();
        self.write_named::<_, _, AlterReply>("change quotas", Route::Any, changes, key, request)
            .await
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn entry(change: &QuotaChange) -> EntryData {
    let component = |(kind, name): (&str, Option<&str>)| {
        EntityData::default().with_entity_type(text(kind)).with_entity_name(name.map(text))
    };
    let operation = |(key, value): (&String, &Option<f64>)| {
        OpData::default()
            .with_key(text(key))
            .with_value(value.unwrap_or_default())
            .with_remove(value.is_none())
    };
    EntryData::default()
        .with_entity(change.entity.components().map(component).collect())
        .with_ops(change.values.iter().map(operation).collect())
}

fn read_entity(reader: &mut Reader<'_>) -> std::result::Result<QuotaEntity, Malformed> {
    let mut entity = QuotaEntity::default();
    for _ in 0..reader.array(2)? {
        let kind = reader.string()?;
        entity = entity.with(kind, reader.nullable_string()?);
        reader.tags()?;
    }
    Ok(entity)
}

/// The answer to `DescribeClientQuotas`.
struct QuotasReply {
    error: Option<KafkaError>,
    quotas: Quotas,
}

impl Reply for QuotasReply {
    const VERSIONS: VersionRange = VERSIONS;

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let mut quotas = Quotas::new();
        for _ in 0..reader.array(2)? {
            let entity = read_entity(reader)?;
            let values = reader.items(9, |reader| {
                let value = (reader.string()?.to_owned(), reader.f64()?);
                reader.tags()?;
                Ok(value)
            })?;
            reader.tags()?;
            quotas.entry(entity).or_default().extend(values);
        }
        reader.tags()?;
        Ok(Self { error, quotas })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

/// The answer to `AlterClientQuotas`.
struct AlterReply {
    results: Vec<(QuotaEntity, ItemResult<()>)>,
}

impl Reply for AlterReply {
    const VERSIONS: VersionRange = VERSIONS;

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let results = reader.items(4, |reader| {
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let entity = read_entity(reader)?;
            reader.tags()?;
            Ok((entity, error.map_or(Ok(()), Err)))
        })?;
        reader.tags()?;
        Ok(Self { results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

impl NamedReply for AlterReply {
    type Key = QuotaEntity;
    type Item = ();

    fn into_results(self) -> Vec<(QuotaEntity, ItemResult<()>)> {
        self.results
    }
}
