//! The verbs of `kward config`.

pub mod describe;
pub mod set;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::commands::Context;
use crate::commands::cluster::are_there;
use crate::commands::topic::fetch::{NO_SUCH_TOPIC, nearest_topics};
use crate::commands::written::grant;
use crate::error::{Error, Result};
use crate::kafka::{Client, Entity, ItemResult};
use crate::model::{TopicId, visible};
use crate::topic::{ConfigEntry, EntityType};

/// Whose configuration is meant.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// These.
    pub entities: Vec<Entity>,
    /// And every broker there is.
    pub all_brokers: bool,
    /// And everything of these types that has a configuration of its own.
    pub every: Vec<EntityType>,
}

/// Brokers that are named and not there.
#[derive(Debug, Default)]
struct Lost {
    brokers: Vec<Entity>,
    error: Option<Error>,
}

/// What becomes of brokers that are named where controllers are talked to, who tell of themselves alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unasked {
    /// They cannot be described.
    Lost,
    /// The controllers keep what is set for them, and take changes of it.
    Kept,
}

impl Whose {
    /// Every one of them. A broker that is named and not there could not be asked: the error says which,
    /// and when nothing else is meant it is that of the command.
    async fn resolve(&self, client: &Client, unasked: Unasked) -> Result<(Vec<Entity>, Lost)> {
        if self.all_brokers && client.talks_to_controllers() {
            return Err(Error::invalid(
                "controllers do not tell which brokers there are, as `--all-brokers` asks",
            )
            .hint(
                "name them (`--broker ID`), or mean what they have in common (`--broker-defaults`)",
            ));
        }
        let mut entities = self.entities.clone();
        let id = |entity: &Entity| match entity.kind {
            EntityType::Broker | EntityType::BrokerLogger => entity.name.parse::<i32>().ok(),
            _ => None,
        };
        let mut lost = Lost::default();
        if self.all_brokers || entities.iter().any(|entity| id(entity).is_some()) {
            let cluster = client.describe_cluster().await?;
            let all = cluster.brokers.iter().filter(|_| self.all_brokers);
            entities.extend(all.map(|one| broker(one.id)));
            let kept = unasked == Unasked::Kept && client.talks_to_controllers();
            let there = |id: i32| cluster.nodes().iter().any(|node| node.id == id);
            let is_lost = |entity: &Entity| {
                let kept = kept && entity.kind == EntityType::Broker;
                !kept && id(entity).is_some_and(|id| !there(id))
            };
            (lost.brokers, entities) = entities.into_iter().partition(is_lost);
            let ids: Vec<i32> = lost.brokers.iter().filter_map(id).collect();
            lost.error = are_there(&ids, &cluster).err();
        }
        for kind in &self.every {
            let listed = client.list_config_resources(*kind).await?.into_iter();
            entities.extend(listed.map(|name| Entity { kind: *kind, name }));
        }
        entities.sort();
        entities.dedup();
        match lost.error {
            Some(error) if entities.is_empty() => Err(error),
            error => Ok((entities, Lost { error, ..lost })),
        }
    }

    /// Brokers that are meant, and are not there. Not to know them stops nothing.
    async fn missing(&self, context: &Context<'_>, client: &Client) -> Vec<Entity> {
        if !self.all_brokers {
            return Vec::new();
        }
        match client.missing_brokers().await {
            Ok(missing) => missing.into_iter().map(broker).collect(),
            Err(error) => {
                context.ui.warn(&format!("not known which brokers are gone: {}", error.message()));
                Vec::new()
            }
        }
    }
}

/// A configuration, or why it is not told.
pub(in crate::commands) type Found = Result<ItemResult<Vec<ConfigEntry>>>;

/// What brokers call a kind of thing that they do not know.
const INVALID_REQUEST: i16 = 42;

/// Why configurations cannot be read: an error for each entity that tells none.
pub(in crate::commands) async fn unread(
    client: &Client,
    entities: &[Entity],
    found: &[Found],
) -> Vec<Error> {
    let mut absent: Vec<&str> = Vec::new();
    let mut errors = Vec::new();
    for (entity, found) in entities.iter().zip(found) {
        let cannot = format!("the configuration of {} cannot be read", named(entity));
        match found {
            Ok(Ok(_)) => {}
            Ok(Err(why)) if entity.kind == EntityType::Topic && why.code == NO_SUCH_TOPIC => {
                let text = format!("there is no topic `{}`", visible(&entity.name));
                errors.push(Error::failed(text).kafka(why.clone()));
                absent.push(&entity.name);
            }
            Ok(Err(why)) => {
                let needs = set::needs(entity.kind, "describe-configs");
                let hint = grant(client, needs, why.code, &entity.name);
                let error = Error::failed(cannot).kafka(why.clone());
                let too_old = entity.kind == EntityType::Group && why.code == INVALID_REQUEST;
                let too_old = too_old.then(|| {
                    let who = if client.talks_to_controllers() {
                        "controllers before Kafka 4.0 tell"
                    } else {
                        "brokers before Kafka 3.9 know"
                    };
                    format!("{who} no configuration of groups: `kward cluster describe` tells the version")
                });
                errors.push(hint.into_iter().chain(too_old).fold(error, Error::hint));
            }
            Err(error) => errors.push(error.clone().context(cannot)),
        }
    }
    for hint in nearest_topics(client, &absent).await {
        let first = errors
            .iter_mut()
            .find(|error| error.kafka_error().is_some_and(|error| error.code == NO_SUCH_TOPIC));
        if let Some(error) = first {
            *error = error.clone().hint(hint);
        }
    }
    errors
}

/// A name for a subscription that nobody has yet, as `kafka-client-metrics.sh --generate-name` makes one: a random id.
pub fn generated_name() -> Result<String> {
    loop {
        let mut bytes = [0; 16];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::failed("the system gives no random numbers for a name"))?;
        let name = TopicId(bytes).to_string();
        // It would be taken for a flag.
        if !name.starts_with('-') {
            return Ok(name);
        }
    }
}

fn broker(id: i32) -> Entity {
    Entity { kind: EntityType::Broker, name: id.to_string() }
}

/// `broker 2 is not there`, `brokers 2, 3 are not there`; `None` of none.
fn not_there(brokers: &[Entity]) -> Option<String> {
    let ids: Vec<&str> = brokers.iter().map(|broker| broker.name.as_str()).collect();
    match ids[..] {
        [] => None,
        [id] => Some(format!("broker {id} is not there")),
        _ => Some(format!("brokers {} are not there", ids.join(", "))),
    }
}

/// `topic orders`, `broker 1`, `all brokers`.
pub fn named(entity: &Entity) -> String {
    match (entity.kind, entity.name.as_str()) {
        (EntityType::Broker, "") => "all brokers".to_owned(),
        (kind, name) => format!("{} {}", kind.word(), visible(name)),
    }
}

/// The id of the cluster; not known is no failure.
async fn cluster_id(context: &Context<'_>, client: &Client) -> Option<String> {
    match client.describe_cluster().await {
        Ok(cluster) => cluster.id,
        Err(error) => {
            context.ui.warn(error.message());
            None
        }
    }
}
