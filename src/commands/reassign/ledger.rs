//! The throttles that kward puts on, and takes off again: exactly those, and what was there before comes
//! back. A file in the state folder keeps them, so that a run that was killed leaves nothing for good: the
//! next `apply`, `status` or `cancel` of the same user finds it (DescribeConfigs, IncrementalAlterConfigs:
//! DESCRIBE_CONFIGS and ALTER_CONFIGS on the cluster and on the topics).

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::throttle::{Deeds, EVERYTHING, Throttles, alter_each, broker};
use crate::commands::Context;
use crate::commands::acl::source::{read_text, shown};
use crate::commands::topic::fetch::NO_SUCH_TOPIC;
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, Entity};
use crate::model::Name;
use crate::report::reassign::ThrottleItem;
use crate::report::units::bytes;
use crate::settings::write_private;
use crate::topic::reassign::record::{KIND, Rate, Record, Words, slows, words};
use crate::topic::reassign::throttle::{
    FOLLOWER_REPLICAS, LEADER_RATE, LEADER_REPLICAS, Replicas, brokers, replicas,
};
use crate::topic::reassign::{Move, Ongoing};
use crate::topic::{Asked, ConfigOperation};

/// What takes a throttle off that is left.
pub const HOW_IT_GOES: &str =
    "`kward reassign status` takes it off once nothing of it moves any more";

/// What is said where nothing, or not all, could be taken off yet.
const STILL_NEEDED: &str = "something that is throttled still moves: what it needs of the throttle stays until \
                            `kward reassign status` finds it over";
const PARTLY_OFF: &str = "what else was throttled still moves: what it needs of the throttle stays until `kward \
                          reassign status` finds it over, the rest was taken off";

/// What was put on in one cluster, and where that is written down.
pub struct Ledger {
    path: Option<PathBuf>,
    record: Record,
    /// Held while what is put on belongs to nothing that moves yet: another run would take it off.
    lock: Option<fs::File>,
    /// It was told that somebody else's move is slowed down.
    warned: bool,
    /// What this run has put on and taken off.
    deeds: Deeds,
}

/// What was taken off.
#[derive(Default)]
pub struct TakenOff {
    /// As it is reported.
    pub items: Vec<ThrottleItem>,
    /// Why not all of it is off.
    pub failed: Option<Error>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    api_version: String,
    kind: String,
    cluster_id: String,
    #[serde(flatten)]
    record: Record,
}

const API_VERSION: &str = "kward/v1";

impl Ledger {
    /// What earlier runs have put on in this cluster, and not taken off.
    pub fn open(context: &Context<'_>, cluster_id: Option<&str>) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name: Option<String> = cluster_id.map(|id| id.chars().filter(plain).take(64).collect());
        let folder = context.settings.state_dir.as_ref().map(|state| state.join("throttles"));
        let path = folder.zip(name).map(|(folder, name)| folder.join(format!("{name}.json")));
        let record = Record::default();
        let mut ledger = Self { path, record, lock: None, warned: false, deeds: Deeds::default() };
        ledger.read(context, cluster_id);
        ledger
    }

    fn read(&mut self, context: &Context<'_>, cluster_id: Option<&str>) {
        if let Err(error) = self.try_read(cluster_id) {
            context.ui.warn(&format!("what was throttled before is not known: {error}"));
        }
    }

    /// Takes what is written down in place of what is known; where nothing is, it stays.
    fn try_read(&mut self, cluster_id: Option<&str>) -> std::result::Result<(), String> {
        let Some(path) = self.path.as_ref().filter(|path| path.exists()) else { return Ok(()) };
        let not = |why: &dyn std::fmt::Display| format!("cannot read `{}`: {why}", shown(path));
        let text = read_text(path).map_err(|error| not(&error))?;
        let file: File = serde_json::from_str(&text).map_err(|error| not(&error))?;
        if file.kind != KIND
            || file.api_version != API_VERSION
            || Some(&*file.cluster_id) != cluster_id
        {
            return Err(not(&"it is no record of this cluster's throttles"));
        }
        self.record = file.record;
        Ok(())
    }

    /// Writes it down; without anything in it there is no file.
    fn save(&self, cluster_id: Option<&str>) -> std::result::Result<(), String> {
        let (Some(path), Some(cluster_id)) = (&self.path, cluster_id) else {
            return Err("there is no folder for it".to_owned());
        };
        let not = |why: &dyn std::fmt::Display| format!("cannot write `{}`: {why}", shown(path));
        if self.record.is_empty() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(not(&error)),
                _ => Ok(()),
            };
        }
        let file = File {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            cluster_id: cluster_id.to_owned(),
            record: self.record.clone(),
        };
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder).map_err(|error| not(&error))?;
        let text = serde_json::to_string_pretty(&file).map_err(|error| not(&error))?;
        write_private(path, &(text + "\n")).map_err(|error| not(&error))
    }

    /// Whether something is to be taken off.
    pub fn is_empty(&self) -> bool {
        self.record.is_empty()
    }

    /// Waits until no other run of the same user is at it. Where that cannot be known nobody is waited for.
    async fn lock(&self, client: &Client) -> Option<fs::File> {
        const PAUSE: Duration = Duration::from_millis(20);
        let path = self.path.as_ref()?.with_extension("lock");
        fs::create_dir_all(path.parent()?).ok()?;
        let file = fs::File::options().create(true).append(true).open(path).ok()?;
        while let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            if client.deadline().remaining() < PAUSE {
                return None;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Some(file)
    }

    /// What is slowed down moves now: other runs may look.
    pub fn begun(&mut self) {
        self.lock = None;
    }

    /// Slows down what the moves copy, to so many bytes a second for each broker that is there. What does not
    /// move at once afterwards, another run takes off: see `begun`. Where it fails something may have been
    /// put on.
    pub async fn put_on(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        moves: &[Move],
        rate: u64,
    ) -> Result<()> {
        let names: Vec<Name> = replicas(moves).into_keys().collect();
        let cluster = client.describe_cluster().await?;
        let alive = |id: &i32| cluster.brokers.iter().any(|broker| broker.id == *id);
        let ids: Vec<i32> = brokers(moves).into_iter().filter(alive).collect();
        self.lock = self.lock(client).await;
        self.read(context, client.cluster_id().as_deref());
        let there = Throttles::find(client, &ids, &names).await?;
        let of_a_move = self.of_another_move(context, client, &there, &ids).await?;
        let wanted = there.to_put_on(moves, &ids, rate);
        let mut changes: Vec<(Entity, Vec<Asked>)> = Vec::new();
        for item in &wanted {
            let asked = if let Some(id) = item.broker() {
                let before = item.old_value.clone().filter(|_| !of_a_move);
                self.record.add_rate(id, &item.key, item.value.clone(), before);
                Asked::new(&item.key, ConfigOperation::Set, Some(item.value.clone()))
            } else {
                let new = item.new_words();
                let words = Some(Replicas::value(&new));
                self.record.add_words(&item.entity_name, &item.key, new);
                Asked::new(&item.key, ConfigOperation::Append, words)
            };
            changes.push((item.entity(), vec![asked]));
        }
        if let Err(why) = self.save(client.cluster_id().as_deref()) {
            context.ui.warn(&format!(
                "the throttle cannot be written down, and stays if this run is killed \
                 (`kward reassign status --remove-throttle` takes it off then): {why}"
            ));
        }
        let mut failed = None;
        for (item, outcome) in wanted.into_iter().zip(alter_each(context, client, &changes).await) {
            match outcome {
                Ok(()) => self.deeds.put(item),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let in_vain = format!("cannot throttle replication to {}/s", bytes(rate));
        failed.map_or(Ok(()), |error| Err(error.context(in_vain)))
    }

    /// What a dry run foresees: what would be put on, and whether the caller may look at throttles and put them on.
    pub async fn foresee(
        client: &Client,
        moves: &[Move],
        rate: u64,
        alive: impl Fn(i32) -> bool,
    ) -> Result<(Vec<ThrottleItem>, Option<Error>)> {
        let names: Vec<Name> = replicas(moves).into_keys().collect();
        let ids: Vec<i32> = brokers(moves).into_iter().filter(|id| alive(*id)).collect();
        let there = Throttles::find(client, &ids, &names).await?;
        let refused = client.may_alter_configs("throttle replication").await.err();
        Ok((there.to_put_on(moves, &ids, rate), refused))
    }

    /// What this run has put on and taken off.
    pub fn deeds(&self) -> Vec<ThrottleItem> {
        self.deeds.items()
    }

    /// Whether the rates that are there belong to a move that somebody else began: they end with it, and are
    /// not to come back.
    async fn of_another_move(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        there: &Throttles,
        ids: &[i32],
    ) -> Result<bool> {
        // What was there before kward's own rates is known.
        let mut others = ids.iter().filter(|id| !self.record.has_rate(**id, LEADER_RATE));
        let rate = |id: &i32| there.value(&broker(*id), LEADER_RATE).map(|rate| (*id, rate));
        let Some((id, old)) = others.find_map(rate) else {
            return Ok(false);
        };
        let ongoing = client.list_reassignments().await?;
        let is = slowed(client, &ongoing, |topic, key, list, partition| {
            self.record.is_named_by_others(topic, key, list, partition)
        });
        let is = !is.await?.is_empty();
        if is && !std::mem::replace(&mut self.warned, true) {
            context.ui.warn(&format!(
                "brokers are slowed down for a move that somebody else has begun (broker {id} to {old} bytes/s): \
                 that goes on at the new rate, and the old one does not come back"
            ));
        }
        Ok(is)
    }

    /// Takes off what is over: words of partitions that do not move any more, and the rates of brokers that nothing
    /// needs that moves and is slowed down.
    pub async fn take_off(&mut self, context: &Context<'_>, client: &Client) -> Result<TakenOff> {
        let mut off = TakenOff::default();
        if self.record.is_empty() {
            return Ok(off);
        }
        self.begun();
        let _lock = self.lock(client).await;
        self.read(context, client.cluster_id().as_deref());
        let (cluster, ongoing) =
            tokio::join!(client.describe_cluster(), client.list_reassignments());
        let (cluster, ongoing) = (cluster?, ongoing?);
        let moves = |topic: &str, partition: i32| {
            let is = |one: &&Ongoing| *one.partition.topic == *topic;
            ongoing.iter().filter(is).any(|one| one.partition.partition == partition)
        };
        let over = self.record.over(moves);
        let mut left = self.record.clone();
        for words in &over {
            left.drop_words(words);
        }
        let mut needed = left.brokers();
        needed.extend(slowed_brokers(client, &ongoing).await?);
        let rates = self.record.rates_besides(&needed);
        let there = |id: &i32| cluster.brokers.iter().any(|broker| broker.id == *id);
        if let Some(gone) = rates.iter().find(|rate| !there(&rate.broker)) {
            off.failed = Some(Error::failed(format!("broker {} is not there", gone.broker)));
        }
        let rates: Vec<Rate> = rates.into_iter().filter(|rate| there(&rate.broker)).collect();
        self.take_words(context, client, over, &mut off).await?;
        self.take_rates(context, client, rates, &mut off).await?;
        if let Err(why) = self.save(cluster.id.as_deref())
            && self.path.is_some()
        {
            context.ui.warn(&why);
        }
        for item in &off.items {
            self.deeds.took(item, !self.record.has(item.broker(), &item.entity_name, &item.key));
        }
        let restored = off.items.iter().any(|item| item.restored.is_some());
        // Why not all of it is off is told as an error.
        if !off.items.is_empty() && off.failed.is_none() {
            context.ui.note(match (self.record.is_empty(), restored) {
                (false, _) => PARTLY_OFF,
                (true, false) => "the throttle of replication was taken off",
                (true, true) => {
                    "the throttle of replication was taken off, and the rates that were set before hold again"
                }
            });
        }
        Ok(off)
    }

    async fn take_words(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        over: Vec<Words>,
        off: &mut TakenOff,
    ) -> Result<()> {
        let mut names: Vec<Name> = over.iter().map(|words| words.topic.as_str().into()).collect();
        names.dedup();
        let there = Throttles::of_topics(client, &names).await?;
        let change = |words: &Words| {
            let topic = Entity::topic(words.topic.clone());
            let now = there.value(&topic, &words.key).unwrap_or_default();
            let others = self::words(now).difference(&words.words).next().is_some();
            let asked = if others {
                let value = Replicas::value(&words.words);
                Asked::new(&words.key, ConfigOperation::Subtract, Some(value))
            } else {
                Asked::new(&words.key, ConfigOperation::Unset, None)
            };
            (topic, vec![asked])
        };
        // What a person has throttled as a whole since is theirs.
        let whole = |words: &Words| {
            there.value(&Entity::topic(words.topic.clone()), &words.key) == Some(EVERYTHING)
        };
        let (theirs, ours): (Vec<Words>, Vec<Words>) = over.into_iter().partition(whole);
        for words in &theirs {
            self.record.drop_words(words);
        }
        let changes: Vec<(Entity, Vec<Asked>)> = ours.iter().map(change).collect();
        for (words, outcome) in ours.iter().zip(alter_each(context, client, &changes).await) {
            // What a topic that is gone had has gone with it.
            let gone = |error: &Error| error.kafka_error().is_some_and(|e| e.code == NO_SUCH_TOPIC);
            match outcome {
                Err(error) if !gone(&error) => off.failed = off.failed.take().or(Some(error)),
                _ => {
                    self.record.drop_words(words);
                    let topic = Entity::topic(words.topic.clone());
                    let value = Replicas::value(&words.words);
                    off.items.push(ThrottleItem::removed(&topic, &words.key, value, None));
                }
            }
        }
        Ok(())
    }

    async fn take_rates(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        rates: Vec<Rate>,
        off: &mut TakenOff,
    ) -> Result<()> {
        let mut ids: Vec<i32> = rates.iter().map(|rate| rate.broker).collect();
        ids.dedup();
        let there = Throttles::find(client, &ids, &[]).await?;
        let now = |rate: &Rate| there.value(&broker(rate.broker), &rate.key);
        let (ours, theirs): (Vec<Rate>, Vec<Rate>) =
            rates.into_iter().partition(|rate| rate.is_ours(now(rate)));
        for rate in &theirs {
            self.record.drop_rate(rate);
            context.ui.note(&format!(
                "`{}` of broker {} was set by somebody else meanwhile, and stays as it is",
                rate.key, rate.broker
            ));
        }
        let change = |rate: &Rate| {
            let operation = match rate.before {
                Some(_) => ConfigOperation::Set,
                None => ConfigOperation::Unset,
            };
            (broker(rate.broker), vec![Asked::new(&rate.key, operation, rate.before.clone())])
        };
        let changes: Vec<(Entity, Vec<Asked>)> = ours.iter().map(change).collect();
        for (rate, outcome) in ours.iter().zip(alter_each(context, client, &changes).await) {
            match outcome {
                Ok(()) => {
                    self.record.drop_rate(rate);
                    let value = rate.put.last().cloned().unwrap_or_default();
                    let entity = broker(rate.broker);
                    let before = rate.before.clone();
                    off.items.push(ThrottleItem::removed(&entity, &rate.key, value, before));
                }
                Err(error) => off.failed = off.failed.take().or(Some(error)),
            }
        }
        Ok(())
    }

    /// Takes them off at the end of a command. Failing is no end: the error says what is left, and how to
    /// get rid of it.
    pub async fn clean_up(&mut self, context: &Context<'_>, client: &Client) -> Option<Error> {
        let failed = match self.take_off(context, client).await {
            Ok(TakenOff { items, failed }) => {
                if items.is_empty() && failed.is_none() && !self.record.is_empty() {
                    context.ui.note(STILL_NEEDED);
                }
                failed
            }
            Err(error) => Some(error),
        };
        failed.map(|error| not_taken_off(&error))
    }

    /// The same, where nobody was asked yet: a protected context asks for its name.
    pub async fn clean_up_unasked(
        &mut self,
        context: &Context<'_>,
        client: &Client,
    ) -> Result<Option<Error>> {
        if self.record.is_empty() {
            return Ok(None);
        }
        context.confirm_unasked()?;
        context.stop.begin_writing();
        Ok(self.clean_up(context, &client.until(context.deadline())).await)
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

/// The brokers that hold or get what moves and is slowed down, by whomever.
async fn slowed_brokers(client: &Client, ongoing: &[Ongoing]) -> Result<BTreeSet<i32>> {
    let slowed = slowed(client, ongoing, |_, _, list, partition| slows(list, partition)).await?;
    Ok(slowed.into_iter().flat_map(|one| one.replicas.iter().copied()).collect())
}

/// The moves of which the list of a key of the topic slows the partition down.
async fn slowed<'a>(
    client: &Client,
    ongoing: &'a [Ongoing],
    slows: impl Fn(&str, &str, &str, i32) -> bool,
) -> Result<Vec<&'a Ongoing>> {
    let mut names: Vec<Name> = ongoing.iter().map(|one| one.partition.topic.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let there = Throttles::of_topics(client, &names).await?;
    let is_slowed = |one: &&Ongoing| {
        let topic = Entity::topic(one.partition.topic.to_string());
        [LEADER_REPLICAS, FOLLOWER_REPLICAS].iter().any(|key| {
            let list = there.value(&topic, key).unwrap_or_default();
            slows(&one.partition.topic, key, list, one.partition.partition)
        })
    };
    Ok(ongoing.iter().filter(is_slowed).collect())
}
