//! Configuration: `DescribeConfigs` (32; DESCRIBE_CONFIGS on the topic, the group or the cluster),
//! `IncrementalAlterConfigs` (44; ALTER_CONFIGS on the same) and `ListConfigResources` (74;
//! DESCRIBE_CONFIGS on the cluster).

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use kafka_protocol::messages::{
    DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest,
};
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::topic::{Asked, ConfigEntry, ConfigSource, ConfigType, EntityType, Synonym};

use super::acls::ItemResult;
use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::Reply;
use super::failure;
use super::frame::Ask as _;
use super::named::{NamedReply, Outcomes, item};
use super::reader::{Malformed, Reader};
use super::topics::text;

/// What has a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// Of which type it is.
    pub kind: EntityType,
    /// Its name; the id of a broker; empty for what all brokers have in common.
    pub name: String,
}

/// What is asked of a configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigQuestion {
    /// Only these keys; all when `None`.
    pub keys: Option<Vec<String>>,
    /// Also what stands behind each value.
    pub synonyms: bool,
    /// Also what the broker says about each key.
    pub documentation: bool,
}

/// Entities in one request; a topic answers with about 40 keys.
const MOST: usize = 1_000;

impl Entity {
    /// A topic.
    pub fn topic(name: impl Into<String>) -> Self {
        Self { kind: EntityType::Topic, name: name.into() }
    }

    /// A broker answers for itself; everything else is answered by any.
    fn route(&self) -> Route {
        match self.kind {
            EntityType::Broker | EntityType::BrokerLogger => {
                self.name.parse().map_or(Route::Any, Route::Broker)
            }
            _ => Route::Any,
        }
    }
}

impl Client {
    /// The configuration of each entity, in their order; fails when a broker does not answer.
    pub async fn describe_configs(
        &self,
        entities: &[Entity],
        question: &ConfigQuestion,
    ) -> Result<Outcomes<Vec<ConfigEntry>>> {
        self.describe_configs_of_each(entities, question).await.into_iter().collect()
    }

    /// The configuration of each entity, in their order: one request for those that any broker
    /// knows, one for each broker that is asked about itself, side by side. What one broker does not
    /// tell says nothing about the others.
    pub async fn describe_configs_of_each(
        &self,
        entities: &[Entity],
        question: &ConfigQuestion,
    ) -> Vec<Result<ItemResult<Vec<ConfigEntry>>>> {
        let mut shares: Vec<(Route, Vec<&Entity>)> = Vec::new();
        for entity in entities {
            let route = entity.route();
            let room = |(r, share): &&mut (Route, Vec<&Entity>)| *r == route && share.len() < MOST;
            match shares.iter_mut().rev().find(room) {
                Some((_, share)) => share.push(entity),
                None => shares.push((route, vec![entity])),
            }
        }
        let asked = shares.iter().map(|(route, share)| async move {
            let request = describe_request(share, question);
            self.ask::<_, DescribeReply>(*route, Purpose::Read, &request).await
        });
        let mut found: HashMap<Entity, Result<ItemResult<Vec<ConfigEntry>>>> = HashMap::new();
        for ((_, share), reply) in shares.iter().zip(join_all(asked).await) {
            match reply {
                Ok(reply) => found.extend(reply.0.into_iter().map(|(of, told)| (of, Ok(told)))),
                Err(error) => {
                    let failed = |entity: &&Entity| (Entity::clone(entity), Err(error.clone()));
                    found.extend(share.iter().map(failed));
                }
            }
        }
        let left_out = || Error::failed(format!("`{}` left out a configuration", self.broker()));
        entities
            .iter()
            .map(|entity| found.remove(entity).unwrap_or_else(|| Err(left_out())))
            .collect()
    }

    /// Changes configurations incrementally, or only lets the brokers judge the changes: one request for
    /// those that any broker takes, one to each broker whose own they are, side by side. One result for
    /// each entity, in their order: what one broker does not take says nothing about the others.
    pub async fn alter_configs(
        &self,
        changes: &[(Entity, Vec<Asked>)],
        validate_only: bool,
    ) -> Vec<Result<()>> {
        let mut shares: BTreeMap<Option<i32>, Vec<usize>> = BTreeMap::new();
        for (at, (entity, _)) in changes.iter().enumerate() {
            // What a broker is told in its own name the controllers keep; its loggers are nobody else's.
            let kept = entity.kind == EntityType::Broker && self.talks_to_controllers();
            let broker = match entity.route() {
                Route::Broker(id) if !kept => Some(id),
                _ => None,
            };
            shares.entry(broker).or_default().push(at);
        }
        let shares: Vec<(Option<i32>, &[usize])> = shares
            .iter()
            .flat_map(|(broker, share)| share.chunks(MOST).map(|chunk| (*broker, chunk)))
            .collect();
        let asked = shares.iter().map(|(broker, share)| async move {
            let route = broker.map_or(Route::Any, Route::Broker);
            let chosen: Vec<&(Entity, Vec<Asked>)> = share.iter().map(|at| &changes[*at]).collect();
            self.alter_share(route, &chosen, validate_only).await
        });
        let mut results: Vec<(usize, Result<()>)> = Vec::new();
        for ((_, share), outcome) in shares.iter().zip(join_all(asked).await) {
            match outcome {
                Ok(answers) => {
                    let answers = answers.into_iter().map(|answer| answer.map_err(not_changed));
                    results.extend(share.iter().copied().zip(answers));
                }
                Err(error) => results.extend(share.iter().map(|at| (*at, Err(error.clone())))),
            }
        }
        results.sort_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    }

    async fn alter_share(
        &self,
        route: Route,
        share: &[&(Entity, Vec<Asked>)],
        validate_only: bool,
    ) -> Result<Outcomes<()>> {
        let request = |open: &[&&(Entity, Vec<Asked>)]| {
            IncrementalAlterConfigsRequest::default()
                .with_resources(open.iter().map(|change| alteration(change)).collect())
                .with_validate_only(validate_only)
        };
        let key = |change: &&(Entity, Vec<Asked>)| change.0.clone();
        let what = if validate_only { "check configurations" } else { "change configurations" };
        let what = Purpose::of_check(what, validate_only);
        self.ask_named::<_, _, AlterReply>(what, route, share, key, request).await
    }

    /// The names of the entities of this type that have a configuration of their own (KIP-714,
    /// KIP-1142; client metrics from 3.7, other types from 4.1).
    pub async fn list_config_resources(&self, kind: EntityType) -> Result<Vec<String>> {
        if self.talks_to_controllers() {
            let error = failure::needs_brokers(&self.broker(), ListConfigResourcesRequest::NAME);
            return Err(
                error.hint(format!("or name them: `--{} NAME`", kind.word().replace(' ', "-")))
            );
        }
        let newest = self.newest_offered(ListConfigResourcesRequest::KEY).await?;
        if kind != EntityType::ClientMetrics && newest.is_none_or(|version| version < 1) {
            let word = kind.word();
            return Err(Error::failed(format!(
                "`{}` cannot list which {word}s have a configuration: Kafka can since 4.1",
                self.broker()
            ))
            .hint(format!("name them: `--{word} NAME`")));
        }
        // Version 0 knows client metrics only, and has no field for the type.
        let make = |version: i16| {
            let types = if version >= 1 { vec![kind.code()] } else { Vec::new() };
            ListConfigResourcesRequest::default().with_resource_types(types)
        };
        let reply: ListReply = self.ask_by_version(Route::Any, Purpose::Read, make).await?;
        if let Some(error) = reply.error {
            return Err(self.refused("list configurations", "describe-configs", error));
        }
        let mut names: Vec<String> = reply
            .resources
            .into_iter()
            .filter(|(code, _)| *code == kind.code())
            .map(|(_, name)| name)
            .collect();
        names.sort_unstable();
        Ok(names)
    }
}

fn not_changed(error: KafkaError) -> Error {
    Error::failed("the configuration was not changed").kafka(error)
}

fn describe_request(entities: &[&Entity], question: &ConfigQuestion) -> DescribeConfigsRequest {
    let keys = question.keys.as_ref().map(|keys| keys.iter().map(|key| text(key)).collect());
    let resource = |entity: &&Entity| {
        DescribeConfigsResource::default()
            .with_resource_type(entity.kind.code())
            .with_resource_name(text(&entity.name))
            .with_configuration_keys(Clone::clone(&keys))
    };
    DescribeConfigsRequest::default()
        .with_resources(entities.iter().map(resource).collect())
        .with_include_synonyms(question.synonyms)
        .with_include_documentation(question.documentation)
}

fn alteration((entity, asked): &(Entity, Vec<Asked>)) -> AlterConfigsResource {
    let config = |asked: &Asked| {
        AlterableConfig::default()
            .with_name(text(&asked.key))
            .with_config_operation(asked.operation.code())
            .with_value(asked.value.as_deref().map(text))
    };
    AlterConfigsResource::default()
        .with_resource_type(entity.kind.code())
        .with_resource_name(text(&entity.name))
        .with_configs(asked.iter().map(config).collect())
}

fn entity(code: i8, name: &str) -> std::result::Result<Entity, Malformed> {
    let kind = EntityType::from_code(code).ok_or(Malformed("it is about another type"))?;
    Ok(Entity { kind, name: name.to_owned() })
}

/// The answer to `DescribeConfigs`.
struct DescribeReply(Vec<(Entity, ItemResult<Vec<ConfigEntry>>)>);

impl Reply for DescribeReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 4 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let results = reader.items(7, |reader| {
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let code = reader.i8()?;
            let entity = entity(code, reader.string()?)?;
            let mut configs = reader.items(6, |reader| read_entry(reader, version))?;
            configs.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            reader.tags()?;
            Ok((entity, item(error, configs)))
        })?;
        reader.tags()?;
        Ok(Self(results))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_entry(
    reader: &mut Reader<'_>,
    version: i16,
) -> std::result::Result<ConfigEntry, Malformed> {
    let name = reader.string()?.to_owned();
    let value = reader.nullable_string()?.map(str::to_owned);
    let read_only = reader.bool()?;
    let source = ConfigSource::from_code(reader.i8()?);
    let sensitive = reader.bool()?;
    let synonyms = reader.items(4, |reader| {
        let name = reader.string()?.to_owned();
        let value = reader.nullable_string()?.map(str::to_owned);
        let source = ConfigSource::from_code(reader.i8()?);
        reader.tags()?;
        Ok(Synonym { name, value: value.filter(|_| !sensitive), source })
    })?;
    let (kind, documentation) = if version >= 3 {
        let kind = ConfigType::from_code(reader.i8()?);
        // Loggers are told with an empty text, asked for or not.
        let words = reader.nullable_string()?.filter(|words| !words.is_empty());
        (kind, words.map(str::to_owned))
    } else {
        (ConfigType::Unknown, None)
    };
    reader.tags()?;
    // A broker tells no sensitive value; should one do, it is not shown either.
    let value = value.filter(|_| !sensitive);
    Ok(ConfigEntry { name, value, source, read_only, sensitive, kind, synonyms, documentation })
}

/// The answer to `IncrementalAlterConfigs`.
struct AlterReply(Vec<(Entity, ItemResult<()>)>);

impl Reply for AlterReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let results = reader.items(6, |reader| {
            let error = kafka_error(reader.i16()?, reader.nullable_string()?);
            let code = reader.i8()?;
            let entity = entity(code, reader.string()?)?;
            reader.tags()?;
            Ok((entity, item(error, ())))
        })?;
        reader.tags()?;
        Ok(Self(results))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

impl NamedReply for AlterReply {
    type Key = Entity;
    type Item = ();

    fn into_results(self) -> Vec<(Entity, ItemResult<()>)> {
        self.0
    }
}

/// The answer to `ListConfigResources`.
struct ListReply {
    error: Option<KafkaError>,
    resources: Vec<(i8, String)>,
}

impl Reply for ListReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, None);
        let resources = reader.items(2, |reader| {
            let name = reader.string()?.to_owned();
            let code = if version >= 1 { reader.i8()? } else { EntityType::ClientMetrics.code() };
            reader.tags()?;
            Ok((code, name))
        })?;
        reader.tags()?;
        Ok(Self { error, resources })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
