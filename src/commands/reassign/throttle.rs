//! Throttles of replication (KIP-73): put on before a move, always taken off after it (DescribeConfigs,
//! IncrementalAlterConfigs: DESCRIBE_CONFIGS and ALTER_CONFIGS on the cluster and on the topics).

use std::collections::BTreeMap;

use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, ConfigQuestion, Entity};
use crate::model::{Name, visible};
use crate::report::reassign::ThrottleItem;
use crate::report::units::bytes;
use crate::topic::reassign::Move;
use crate::topic::reassign::throttle::{
    FOLLOWER_RATE, FOLLOWER_REPLICAS, LEADER_RATE, LEADER_REPLICAS, Replicas, brokers, replicas,
};
use crate::topic::{Asked, ConfigOperation, EntityType};

/// Every throttled replica of a topic, as only a person sets it.
const EVERYTHING: &str = "*";

/// What slows replication down at the moment.
#[derive(Debug, Clone, Default)]
pub struct Throttles(Vec<ThrottleItem>);

/// Slows down what the moves copy, to so many bytes a second for each broker that is there. The answer is
/// what was put on.
pub async fn put_on(
    client: &Client,
    moves: &[Move],
    alive: impl Fn(i32) -> bool,
    rate: u64,
) -> Result<Throttles> {
    let topics = replicas(moves);
    let names: Vec<Name> = topics.keys().cloned().collect();
    // What a person has throttled as a whole stays so.
    let whole = Throttles::find(client, &[], &names).await?.wholly_throttled();
    let set = |key: &str, operation, value: String| Asked {
        key: key.to_owned(),
        operation,
        value: Some(value),
    };
    let of_topics = topics.iter().filter(|(name, _)| !whole.contains(&name.to_string()));
    let of_topics = of_topics.map(|(name, of)| {
        let add = |key, words| set(key, ConfigOperation::Append, Replicas::value(words));
        let asked = vec![add(LEADER_REPLICAS, &of.leaders), add(FOLLOWER_REPLICAS, &of.followers)];
        (Entity::topic(name.to_string()), asked)
    });
    let of_brokers = brokers(moves).into_iter().filter(|id| alive(*id)).map(|id| {
        let set = |key| set(key, ConfigOperation::Set, rate.to_string());
        (broker(id), vec![set(LEADER_RATE), set(FOLLOWER_RATE)])
    });
    let changes: Vec<(Entity, Vec<Asked>)> = of_topics.chain(of_brokers).collect();
    let put_on = Throttles::of(&changes);
    let failed = client.alter_configs(&changes, false).await.into_iter().find_map(Result::err);
    let Some(error) = failed else { return Ok(put_on) };
    let error = error.context(format!("cannot throttle replication to {}/s", bytes(rate)));
    // What was put on before it failed is not to stay.
    Err(match put_on.take_off(client).await {
        (_, None) => error,
        (_, Some(left)) => error.caused_by(&left).hint(HOW_IT_GOES),
    })
}

/// What takes a throttle off that is left.
const HOW_IT_GOES: &str = "`kward reassign status` takes it off once nothing moves any more";

/// The throttles of these topics of which nothing moves any more; those of brokers too, when nothing
/// moves at all. What was `put_on` a moment ago is there, also where a broker does not tell it yet.
pub async fn left_behind(client: &Client, names: &[Name], put_on: &Throttles) -> Result<Throttles> {
    let (cluster, ongoing) = tokio::join!(client.describe_cluster(), client.list_reassignments());
    let (cluster, ongoing) = (cluster?, ongoing?);
    let moves = |name: &str| ongoing.iter().any(|one| *one.partition.topic == *name);
    let names: Vec<Name> = names.iter().filter(|name| !moves(name)).cloned().collect();
    let ids = cluster.brokers.iter().filter(|_| ongoing.is_empty());
    let ids: Vec<i32> = ids.map(|broker| broker.id).collect();
    let mut found = Throttles::find(client, &ids, &names).await?;
    for item in &put_on.0 {
        let over = match item.entity() {
            Entity { kind: EntityType::Topic, name } => !moves(&name),
            _ => ongoing.is_empty(),
        };
        let known = |one: &ThrottleItem| one.entity() == item.entity() && one.key == item.key;
        if over && !found.0.iter().any(known) {
            found.0.push(item.clone());
        }
    }
    Ok(found)
}

/// Takes them off. Failing is no end: the error says what is left, and how to get rid of it.
pub async fn clean_up(
    context: &Context<'_>,
    client: &Client,
    names: &[Name],
    put_on: &Throttles,
) -> Option<Error> {
    match left_behind(client, names, put_on).await {
        Ok(found) => {
            let (taken, failed) = found.take_off(client).await;
            taken.note(context);
            failed.map(|error| not_taken_off(&error))
        }
        Err(error) => Some(not_taken_off(&error)),
    }
}

/// The error that is told.
pub fn not_taken_off(error: &Error) -> Error {
    error
        .clone()
        .context("the throttle of replication could not be taken off")
        .with_kind(Kind::Unfinished)
        .hint(HOW_IT_GOES)
}

impl Throttles {
    /// Those of these brokers and topics.
    pub async fn find(client: &Client, brokers: &[i32], topics: &[Name]) -> Result<Self> {
        let mut entities: Vec<Entity> = brokers.iter().map(|id| broker(*id)).collect();
        entities.extend(topics.iter().map(|name| Entity::topic(name.to_string())));
        let keys = [LEADER_RATE, FOLLOWER_RATE, LEADER_REPLICAS, FOLLOWER_REPLICAS];
        let question = ConfigQuestion {
            keys: Some(keys.map(str::to_owned).to_vec()),
            ..ConfigQuestion::default()
        };
        let mut found = Vec::new();
        let answers = client.describe_configs(&entities, &question).await?;
        for (entity, configs) in entities.iter().zip(answers) {
            let configs = configs.map_err(|error| {
                let name = visible(&entity.name);
                let kind = entity.kind.word();
                Error::failed(format!("the throttles of {kind} {name} cannot be looked at"))
                    .kafka(error)
            })?;
            let own = entity.kind.own_source(&entity.name);
            // A value that all brokers have in common was not set for a move.
            let set = configs.into_iter().filter(|entry| entry.source == own);
            found.extend(set.filter_map(|entry| {
                Some(ThrottleItem {
                    entity_type: entity.kind.upper(),
                    entity_name: entity.name.clone(),
                    key: entry.name,
                    value: entry.value.filter(|value| !value.is_empty())?,
                    removed: false,
                })
            }));
        }
        Ok(Self(found))
    }

    /// Topics of which a person has throttled every replica: that was for no move.
    fn wholly_throttled(&self) -> Vec<String> {
        let whole = self.0.iter().filter(|item| item.value == EVERYTHING);
        whole.map(|item| item.entity_name.clone()).collect()
    }

    /// Whether a move has left something.
    pub fn has_leftovers(&self) -> bool {
        self.0.iter().any(|item| item.value != EVERYTHING)
    }

    /// What these changes put on.
    fn of(changes: &[(Entity, Vec<Asked>)]) -> Self {
        let items = changes.iter().flat_map(|(entity, asked)| {
            asked.iter().map(|asked| ThrottleItem {
                entity_type: entity.kind.upper(),
                entity_name: entity.name.clone(),
                key: asked.key.clone(),
                value: asked.value.clone().unwrap_or_default(),
                removed: false,
            })
        });
        Self(items.collect())
    }

    /// Takes off what a move has left; the answer is what is off, and why not all of it is.
    pub async fn take_off(mut self, client: &Client) -> (Self, Option<Error>) {
        let mut all: BTreeMap<Entity, Vec<Asked>> = BTreeMap::new();
        for item in self.0.iter().filter(|item| item.value != EVERYTHING) {
            all.entry(item.entity()).or_default().push(Asked {
                key: item.key.clone(),
                operation: ConfigOperation::Unset,
                value: None,
            });
        }
        let mut failed = None;
        // A broker that has gone cannot be asked, and is not waited for.
        match client.describe_cluster().await {
            Ok(cluster) => all.retain(|entity, _| {
                let id =
                    entity.name.parse::<i32>().ok().filter(|_| entity.kind == EntityType::Broker);
                let gone = id.filter(|id| !cluster.brokers.iter().any(|one| one.id == *id));
                if let Some(id) = gone {
                    let error = Error::failed(format!("broker {id} is not there"));
                    failed.get_or_insert(error);
                }
                gone.is_none()
            }),
            Err(error) => return (self, Some(error)),
        }
        let changes: Vec<(Entity, Vec<Asked>)> = all.into_iter().collect();
        let outcomes = client.alter_configs(&changes, false).await;
        for ((entity, _), outcome) in changes.iter().zip(outcomes) {
            match outcome {
                Ok(()) => {
                    let off = |item: &&mut ThrottleItem| {
                        item.entity() == *entity && item.value != EVERYTHING
                    };
                    self.0.iter_mut().filter(off).for_each(|item| item.removed = true);
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        (self, failed)
    }

    /// Says that throttles were taken off, where some were.
    pub fn note(&self, context: &Context<'_>) {
        if self.0.iter().any(|item| item.removed) {
            context.ui.note("nothing moves any more: the throttle of replication was taken off");
        }
    }

    /// As they are reported.
    pub fn into_items(self) -> Vec<ThrottleItem> {
        self.0
    }
}

impl ThrottleItem {
    fn entity(&self) -> Entity {
        let is_topic = self.entity_type == EntityType::Topic.upper();
        let kind = if is_topic { EntityType::Topic } else { EntityType::Broker };
        Entity { kind, name: self.entity_name.clone() }
    }
}

fn broker(id: i32) -> Entity {
    Entity { kind: EntityType::Broker, name: id.to_string() }
}
