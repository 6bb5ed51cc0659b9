//! The throttles of replication that are set (KIP-73), whoever has set them (DescribeConfigs:
//! DESCRIBE_CONFIGS on the cluster and on the topics).

use std::collections::BTreeMap;

use crate::commands::Context;
use crate::commands::settle::settle;
use crate::commands::topic::fetch::NO_SUCH_TOPIC;
use crate::error::{Error, KafkaError, Result};
use crate::kafka::{Client, ConfigQuestion, Entity, ItemResult};
use crate::model::{Name, visible};
use crate::report::reassign::ThrottleItem;
use crate::topic::reassign::record::words;
use crate::topic::reassign::throttle::{
    FOLLOWER_RATE, FOLLOWER_REPLICAS, LEADER_RATE, LEADER_REPLICAS,
};
use crate::topic::{Asked, ConfigEntry, ConfigOperation, EntityType};

/// Every throttled replica of a topic, as only a person sets it.
pub const EVERYTHING: &str = "*";

/// What slows replication down at the moment.
#[derive(Debug, Clone, Default)]
pub struct Throttles(Vec<ThrottleItem>);

impl Throttles {
    /// Those of these brokers and topics.
    pub async fn find(client: &Client, brokers: &[i32], topics: &[Name]) -> Result<Self> {
        // What all brokers have in common slows each of them down as well.
        let common = Entity { kind: EntityType::Broker, name: String::new() };
        let mut entities = vec![common];
        entities.extend(brokers.iter().map(|id| broker(*id)));
        entities.extend(topics.iter().map(|name| Entity::topic(name.to_string())));
        Self::of(client, &entities, |_| false).await
    }

    /// Those of these topics; one that is gone has none.
    pub async fn of_topics(client: &Client, topics: &[Name]) -> Result<Self> {
        let entities: Vec<Entity> =
            topics.iter().map(|name| Entity::topic(name.to_string())).collect();
        Self::of(client, &entities, |error| error.code == NO_SUCH_TOPIC).await
    }

    /// Those of these; what is refused so has none.
    async fn of(
        client: &Client,
        entities: &[Entity],
        has_none: impl Fn(&KafkaError) -> bool,
    ) -> Result<Self> {
        let answers = client.describe_configs(entities, &question()).await?;
        let mut found = Vec::new();
        for (entity, configs) in entities.iter().zip(answers) {
            if !configs.as_ref().is_err_and(&has_none) {
                found.extend(set(entity, configs)?);
            }
        }
        Ok(Self(found))
    }

    /// The value of a key.
    pub fn value(&self, entity: &Entity, key: &str) -> Option<&str> {
        let is = |item: &&ThrottleItem| item.key == key && item.entity() == *entity;
        self.0.iter().find(is).map(|item| &*item.value)
    }

    /// Whether it is as it was asked for.
    fn shows(&self, entity: &Entity, asked: &Asked) -> bool {
        let now = self.value(entity, &asked.key);
        let (now_words, given) =
            (words(now.unwrap_or_default()), words(asked.value.as_deref().unwrap_or_default()));
        match asked.operation {
            ConfigOperation::Set => now == asked.value.as_deref(),
            ConfigOperation::Unset => now.is_none(),
            ConfigOperation::Append => now == Some(EVERYTHING) || given.is_subset(&now_words),
            ConfigOperation::Subtract => given.is_disjoint(&now_words),
        }
    }

    /// Whether replicas are slowed down one by one, as moves do it, besides what was `taken` off just now.
    pub fn lasting(&self, taken: &[ThrottleItem]) -> bool {
        let lasts = |item: &&ThrottleItem| !taken.iter().any(|one| one.is_same(item));
        let of_move = |item: &ThrottleItem| item.is_of_topic() && item.value != EVERYTHING;
        self.0.iter().filter(lasts).any(of_move)
    }

    /// Takes off what is there, but for what slows every replica of a topic down; and the rates only when
    /// no other topic is slowed down. The answer is why not all of it is off.
    pub async fn remove(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        chosen: impl Fn(&str) -> bool,
    ) -> Option<Error> {
        let mut going = self.going(chosen);
        let unset = |item: &&mut ThrottleItem| {
            let operation = ConfigOperation::Unset;
            (item.entity(), vec![Asked { key: item.key.clone(), operation, value: None }])
        };
        let changes: Vec<(Entity, Vec<Asked>)> = going.iter().map(unset).collect();
        let mut failed = None;
        for (item, outcome) in going.iter_mut().zip(alter_each(context, client, &changes).await) {
            match outcome {
                Ok(()) => item.removed = true,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed
    }

    /// Marks what [`Throttles::remove`] would take off.
    pub fn plan_removal(&mut self, chosen: impl Fn(&str) -> bool) {
        self.going(chosen).into_iter().for_each(|item| item.planned = true);
    }

    fn going(&mut self, chosen: impl Fn(&str) -> bool) -> Vec<&mut ThrottleItem> {
        let goes = |item: &ThrottleItem| item.value != EVERYTHING && chosen(&item.entity_name);
        let stays = self.0.iter().any(|item| item.is_of_topic() && !goes(item));
        let goes = |item: &&mut ThrottleItem| if item.is_of_topic() { goes(item) } else { !stays };
        self.0.iter_mut().filter(goes).collect()
    }

    /// What slows every replica of these topics down, which stays.
    pub fn whole(&self, chosen: impl Fn(&str) -> bool) -> impl Iterator<Item = &ThrottleItem> {
        let whole = move |item: &&ThrottleItem| {
            item.is_of_topic() && item.value == EVERYTHING && chosen(&item.entity_name)
        };
        self.0.iter().filter(whole)
    }

    /// As they are reported.
    pub fn into_items(self) -> Vec<ThrottleItem> {
        self.0
    }
}

fn question() -> ConfigQuestion {
    let keys = [LEADER_RATE, FOLLOWER_RATE, LEADER_REPLICAS, FOLLOWER_REPLICAS];
    ConfigQuestion { keys: Some(keys.map(str::to_owned).to_vec()), ..ConfigQuestion::default() }
}

/// What the entity itself sets.
fn set(entity: &Entity, configs: ItemResult<Vec<ConfigEntry>>) -> Result<Vec<ThrottleItem>> {
    let configs = configs.map_err(|error| {
        let (kind, name) = (entity.kind.word(), visible(&entity.name));
        // The entity without a name is what holds for all of them.
        let whose = if name.is_empty() { format!("all {kind}s") } else { format!("{kind} {name}") };
        let lacks = error.name.ends_with("AUTHORIZATION_FAILED");
        let failed =
            Error::failed(format!("the throttles of {whose} cannot be looked at")).kafka(error);
        if lacks {
            failed.hint("it needs DESCRIBE_CONFIGS on the cluster and on the topics")
        } else {
            failed
        }
    })?;
    let own = entity.kind.own_source(&entity.name);
    let own = configs.into_iter().filter(|entry| entry.source == own);
    let item = |entry: ConfigEntry| {
        let value = entry.value.filter(|value| !value.is_empty())?;
        Some(ThrottleItem::set(entity, &entry.name, value))
    };
    Ok(own.filter_map(item).collect())
}

impl ThrottleItem {
    fn set(entity: &Entity, key: &str, value: String) -> Self {
        Self {
            entity_type: entity.kind.upper(),
            entity_name: entity.name.clone(),
            key: key.to_owned(),
            value,
            removed: false,
            planned: false,
            restored: None,
        }
    }

    /// One that was taken off, with what holds again.
    pub fn removed(entity: &Entity, key: &str, value: String, restored: Option<String>) -> Self {
        Self { removed: true, restored, ..Self::set(entity, key, value) }
    }

    /// Whether it is the same key of the same entity, with the same value.
    pub fn is_same(&self, other: &Self) -> bool {
        self.entity() == other.entity() && self.key == other.key && self.value == other.value
    }

    fn is_of_topic(&self) -> bool {
        self.entity_type == EntityType::Topic.upper()
    }

    /// Whose it is.
    pub fn entity(&self) -> Entity {
        let kind = if self.is_of_topic() { EntityType::Topic } else { EntityType::Broker };
        Entity { kind, name: self.entity_name.clone() }
    }
}

/// A broker, as that which has a configuration.
pub fn broker(id: i32) -> Entity {
    Entity { kind: EntityType::Broker, name: id.to_string() }
}

/// Makes the changes, those of one entity by one request, and waits until they are seen: who looks next, at
/// what was set before or at what is still on, relies on it. An outcome for each change.
pub async fn alter_each(
    context: &Context<'_>,
    client: &Client,
    changes: &[(Entity, Vec<Asked>)],
) -> Vec<Result<()>> {
    let mut all: BTreeMap<Entity, Vec<Asked>> = BTreeMap::new();
    for (entity, asked) in changes {
        all.entry(entity.clone()).or_default().extend(asked.iter().cloned());
    }
    let all: Vec<(Entity, Vec<Asked>)> = all.into_iter().collect();
    let outcomes = client.alter_configs(&all, false).await;
    let made: Vec<&(Entity, Vec<Asked>)> = all
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.is_ok())
        .map(|(one, _)| one)
        .collect();
    if !made.is_empty() {
        let entities: Vec<Entity> = made.iter().map(|(entity, _)| entity.clone()).collect();
        settle(context, client, async |client| {
            let there = Throttles::of(client, &entities, |_| true).await?;
            Ok(made.iter().all(|(entity, all)| all.iter().all(|asked| there.shows(entity, asked))))
        })
        .await;
    }
    let of: BTreeMap<&Entity, Result<()>> =
        all.iter().map(|(entity, _)| entity).zip(outcomes).collect();
    changes.iter().map(|(entity, _)| of.get(entity).cloned().unwrap_or(Ok(()))).collect()
}
