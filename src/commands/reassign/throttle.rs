//! The throttles of replication that are set (KIP-73), whoever has set them (DescribeConfigs:
//! DESCRIBE_CONFIGS on the cluster and on the topics).

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::Context;
use crate::commands::settle::settle;
use crate::commands::topic::fetch::NO_SUCH_TOPIC;
use crate::error::{Error, KafkaError, Result};
use crate::kafka::{Client, ConfigQuestion, Entity, ItemResult};
use crate::model::{Name, visible};
use crate::report::reassign::ThrottleItem;
use crate::topic::reassign::Move;
use crate::topic::reassign::record::words;
use crate::topic::reassign::throttle::{
    FOLLOWER_RATE, FOLLOWER_REPLICAS, LEADER_RATE, LEADER_REPLICAS, Replicas, replicas,
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

    /// What slows the moves down to so many bytes a second: words that lists of topics lack, and the rates of these
    /// brokers, each with what is there now.
    pub fn to_put_on(&self, moves: &[Move], brokers: &[i32], rate: u64) -> Vec<ThrottleItem> {
        let mut items = Vec::new();
        for (name, of) in replicas(moves) {
            let topic = Entity::topic(name.to_string());
            for (key, wanted) in
                [(LEADER_REPLICAS, &of.leaders), (FOLLOWER_REPLICAS, &of.followers)]
            {
                let now = self.value(&topic, key);
                let known = words(now.unwrap_or_default());
                // What a person has throttled as a whole stays so.
                if now == Some(EVERYTHING) || wanted.is_subset(&known) {
                    continue;
                }
                let new: BTreeSet<String> = wanted.difference(&known).cloned().collect();
                let new = Replicas::value(&new);
                let all = now.map_or(new.clone(), |now| format!("{now},{new}"));
                items.push(ThrottleItem::written(&topic, key, now, all));
            }
        }
        for entity in brokers.iter().map(|id| broker(*id)) {
            for key in [LEADER_RATE, FOLLOWER_RATE] {
                let now = self.value(&entity, key);
                items.push(ThrottleItem::written(&entity, key, now, rate.to_string()));
            }
        }
        items
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
        let unset = |item: &&mut ThrottleItem| (item.entity(), vec![Asked::unset(&item.key)]);
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
            old_value: None,
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

    /// One that is put on in place of what is there.
    fn written(entity: &Entity, key: &str, now: Option<&str>, value: String) -> Self {
        Self { old_value: now.map(str::to_owned), ..Self::set(entity, key, value) }
    }

    /// Whether it is the same key of the same entity, with the same value.
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_of_key_of(other) && self.value == other.value
    }

    /// Whether it is the same key of the same entity.
    fn is_of_key_of(&self, other: &Self) -> bool {
        self.entity() == other.entity() && self.key == other.key
    }

    fn is_of_topic(&self) -> bool {
        self.entity_type == EntityType::Topic.upper()
    }

    /// The broker, where it is one's.
    pub fn broker(&self) -> Option<i32> {
        if self.is_of_topic() { None } else { self.entity_name.parse().ok() }
    }

    /// What a list gets that was not in it before.
    pub fn new_words(&self) -> BTreeSet<String> {
        let before = words(self.old_value.as_deref().unwrap_or_default());
        words(&self.value).difference(&before).cloned().collect()
    }

    /// Whose it is.
    pub fn entity(&self) -> Entity {
        let kind = if self.is_of_topic() { EntityType::Topic } else { EntityType::Broker };
        Entity { kind, name: self.entity_name.clone() }
    }
}

/// What a run has put on and taken off, each key of each entity once.
#[derive(Debug, Clone, Default)]
pub struct Deeds(Vec<ThrottleItem>);

impl Deeds {
    /// It was put on: what was there before the first time is what was there before.
    pub fn put(&mut self, item: ThrottleItem) {
        match self.0.iter_mut().find(|one| one.is_of_key_of(&item)) {
            Some(known) => (known.value, known.removed) = (item.value, false),
            None => self.0.push(item),
        }
    }

    /// It was taken off; `all` of it, or some words of a list.
    pub fn took(&mut self, item: &ThrottleItem, all: bool) {
        match self.0.iter_mut().find(|one| one.is_of_key_of(item)) {
            Some(known) if all => {
                (known.removed, known.restored) = (true, item.restored.clone());
            }
            Some(_) => {}
            None => self.0.push(item.clone()),
        }
    }

    /// As they are reported.
    pub fn items(&self) -> Vec<ThrottleItem> {
        self.0.clone()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TopicPartition;

    fn there() -> Throttles {
        let topic = Entity::topic("t".to_owned());
        Throttles(vec![
            ThrottleItem::set(&broker(1), LEADER_RATE, "10240".into()),
            ThrottleItem::set(&topic, LEADER_REPLICAS, "0:1,7:9".into()),
            ThrottleItem::set(&topic, FOLLOWER_REPLICAS, EVERYTHING.into()),
        ])
    }

    fn moves() -> Vec<Move> {
        let partition = TopicPartition::new("t", 0);
        vec![Move { partition, from: vec![1, 2], to: vec![2, 3], bytes: None }]
    }

    #[test]
    fn what_is_put_on_is_told_with_what_was_there() {
        let items = there().to_put_on(&moves(), &[1, 3], 512_000);
        let told: Vec<_> = items
            .iter()
            .map(|one| {
                (&*one.entity_name, &*one.key, one.old_value.as_deref().unwrap_or("-"), &*one.value)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("t", LEADER_REPLICAS, "0:1,7:9", "0:1,7:9,0:2"),
                ("1", LEADER_RATE, "10240", "512000"),
                ("1", FOLLOWER_RATE, "-", "512000"),
                ("3", LEADER_RATE, "-", "512000"),
                ("3", FOLLOWER_RATE, "-", "512000"),
            ]
        );
        assert_eq!(items[0].new_words(), words("0:2"));
        assert_eq!((items[0].broker(), items[1].broker()), (None, Some(1)));
    }

    #[test]
    fn a_key_is_told_once_from_the_first_value_to_the_last() {
        let mut deeds = Deeds::default();
        let written =
            |old, new: &str| ThrottleItem::written(&broker(1), LEADER_RATE, old, new.into());
        deeds.put(written(Some("10"), "20"));
        deeds.put(written(Some("20"), "30"));
        let off = |value: &str, restored: Option<&str>| {
            let restored = restored.map(str::to_owned);
            ThrottleItem::removed(&broker(1), LEADER_RATE, value.into(), restored)
        };
        deeds.took(&off("30", None), false);
        assert_eq!(deeds.items(), [written(Some("10"), "30")]);
        deeds.took(&off("30", Some("7")), true);
        let restored = Some("7".to_owned());
        let all_over = ThrottleItem { removed: true, restored, ..written(Some("10"), "30") };
        assert_eq!(deeds.items(), [all_over]);
        // What another run has put on is told, too.
        let mut deeds = Deeds::default();
        deeds.took(&off("20", None), true);
        assert_eq!(deeds.items(), [off("20", None)]);
    }
}
