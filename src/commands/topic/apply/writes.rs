//! The requests of a plan: new topics, more partitions, configurations, each all at once and the three side
//! by side. A controller takes no more than 10,000 records by one request, so large plans go in portions.

use futures_util::future::join_all;
use tokio::join;

use crate::commands::Context;
use crate::commands::config::set::blamed;
use crate::commands::portions;
use crate::commands::settle::settle;
use crate::commands::topic::fetch;
use crate::commands::written::{Told, of_result};
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, ConfigQuestion, CreatedTopic, Entity, Growth, Outcomes};
use crate::model::Name;
use crate::report::topic_plan::TopicChange;
use crate::report::write::{Item, Status};
use crate::topic::config_change::is_any_unseen;
use crate::topic::plan::{Change, What};
use crate::topic::wanted::Wanted;
use crate::topic::{Asked, ConfigChange, EntityType};

/// What a portion may write, well below what a controller takes (`QuorumController.MAX_RECORDS_PER_USER_OP`).
const RECORDS: usize = 5_000;
/// As many partitions a new topic has that does not say how many: what brokers are set to is seldom more.
const UNSAID: usize = 12;
/// INVALID_CONFIG, POLICY_VIOLATION: something is wrong with a value, and not with who sets it.
const OF_A_VALUE: [i16; 2] = [40, 44];
/// Of how many topics it is found out which key is to blame.
const BLAMED: usize = 20;

/// What is sent; each with the items that it is about.
#[derive(Debug, Default)]
pub(super) struct Writes {
    create: Vec<(usize, Wanted)>,
    grow: Vec<(usize, Growth)>,
    alter: Vec<(Vec<usize>, Alteration)>,
}

/// The changes of one topic's configuration.
type Alteration = (Entity, Vec<Asked>);

/// What came back, besides the fates.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// New topics as the broker makes them, by item.
    pub created: Vec<(usize, CreatedTopic)>,
    /// The first request that was not answered.
    pub lost: Option<Error>,
}

impl Writes {
    /// All of a plan.
    pub fn of(changes: &[Change]) -> Self {
        Self::those(changes, |_| true)
    }

    /// What is still to be done.
    pub fn planned(changes: &[Change], items: &[Item<TopicChange>]) -> Self {
        Self::those(changes, |at| items[at].status == Status::Planned)
    }

    fn those(changes: &[Change], wanted: impl Fn(usize) -> bool) -> Self {
        let mut writes = Self::default();
        for (at, change) in changes.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            match &change.what {
                What::Create(wanted) => writes.create.push((at, wanted.clone())),
                What::Grow { to, .. } => {
                    let (topic, total) = (change.topic.clone(), i32::try_from(*to));
                    let total = total.unwrap_or(i32::MAX);
                    writes.grow.push((at, Growth { topic, total, assignment: Vec::new() }));
                }
                What::Config(config) => {
                    let asked = config.request(EntityType::Topic);
                    match writes.alter.last_mut() {
                        // The changes of a topic stand together.
                        Some((items, (entity, all))) if entity.name == change.topic => {
                            items.push(at);
                            all.push(asked);
                        }
                        _ => {
                            let one = (Entity::topic(&change.topic), vec![asked]);
                            writes.alter.push((vec![at], one));
                        }
                    }
                }
            }
        }
        writes
    }

    /// Has the broker check everything, or does it; the fates go into the items.
    pub async fn send(
        &self,
        client: &Client,
        items: &mut [Item<TopicChange>],
        check: bool,
    ) -> Sent {
        let well = |done| if check { Status::Planned } else { done };
        let creates: Vec<Wanted> = self.create.iter().map(|(_, wanted)| wanted.clone()).collect();
        let grows: Vec<Growth> = self.grow.iter().map(|(_, growth)| growth.clone()).collect();
        let alters: Vec<Alteration> = self.alter.iter().map(|(_, change)| change.clone()).collect();
        let partitions = |growth: &Growth| usize::try_from(growth.total).unwrap_or(RECORDS);
        let (create, grow, alter) = join!(
            join_all(portions(&creates, weight).map(|part| async {
                answers(part.len(), client.create_topics(part, check).await)
            })),
            join_all(portions(&grows, partitions).map(|part| async {
                answers(part.len(), client.create_partitions(part, check).await)
            })),
            join_all(
                portions(&alters, |(_, asked)| asked.len())
                    .map(|part| client.alter_configs(part, check))
            ),
        );
        let mut sent = Sent::default();
        for ((at, _), answer) in self.create.iter().zip(create.into_iter().flatten()) {
            let told = sent.note(answer, well(Status::Created));
            let item = &mut items[*at];
            (item.status, item.error) = (told.fate, told.error);
            if let Some(created) = told.value {
                item.subject.topic_id = created.id.filter(|_| !check);
                let (partitions, replicas) = (created.partitions, created.replication_factor);
                let partitions = partitions.and_then(|n| usize::try_from(n).ok());
                let replicas = replicas.and_then(|n| usize::try_from(n).ok());
                item.subject.partition_count = partitions.or(item.subject.partition_count);
                item.subject.replication_factor = replicas.or(item.subject.replication_factor);
                sent.created.push((*at, created));
            }
        }
        for ((at, _), answer) in self.grow.iter().zip(grow.into_iter().flatten()) {
            let told = sent.note(answer, well(Status::Altered));
            (items[*at].status, items[*at].error) = (told.fate, told.error);
        }
        for ((of, _), answer) in self.alter.iter().zip(alter.into_iter().flatten()) {
            let told = sent.note(answer, well(Status::Altered));
            for at in of {
                (items[*at].status, items[*at].error) = (told.fate, told.error.clone());
            }
        }
        sent
    }

    /// A broker answers once for all keys of a topic: which of them does it refuse? The others are not tried.
    pub async fn blame(
        &self,
        client: &Client,
        changes: &[Change],
        items: &mut [Item<TopicChange>],
    ) {
        let refused = |items: &[Item<TopicChange>], of: &[usize]| {
            of.first()
                .and_then(|at| items[*at].error.as_ref())
                .is_some_and(|error| OF_A_VALUE.contains(&error.code))
        };
        let failed = self.alter.iter().filter(|(of, _)| refused(items, of));
        let failed: Vec<_> = failed.take(BLAMED).collect();
        for (of, (entity, asked)) in failed {
            let blamed = blamed(client, entity, asked).await;
            if blamed.is_empty() {
                continue;
            }
            for at in of {
                let What::Config(ConfigChange { asked, .. }) = &changes[*at].what else { continue };
                let why = blamed.iter().find(|(key, _)| *key == asked.key);
                items[*at].error = why.map(|(_, error)| error.clone());
                items[*at].status = if why.is_some() { Status::Failed } else { Status::Skipped };
            }
        }
    }
}

impl Sent {
    /// What became of one thing; the first that nobody answered is kept.
    fn note<T>(&mut self, answer: Result<T>, well: Status) -> Told<T> {
        if let Err(error) = &answer {
            let lost = error.kafka_error().is_none() || error.kind() == Kind::Unfinished;
            if lost && self.lost.is_none() {
                self.lost = Some(error.clone());
            }
        }
        of_result(answer, well)
    }
}

/// One answer for each thing, also where a request got none.
fn answers<T>(count: usize, outcome: Result<Outcomes<T>>) -> Vec<Result<T>> {
    match outcome {
        Ok(answers) => answers
            .into_iter()
            .map(|answer| answer.map_err(|error| Error::failed("it was not changed").kafka(error)))
            .collect(),
        Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
    }
}

fn weight(wanted: &Wanted) -> usize {
    let partitions = wanted.partitions.and_then(|n| usize::try_from(n).ok()).unwrap_or(UNSAID);
    1 + partitions + wanted.configs.len()
}

/// The things one after the other in portions that write not too much.
fn portions<T>(things: &[T], weight: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    portions::portions(things, (usize::MAX, RECORDS), weight)
}

/// Waits until what was done is to be seen.
pub(super) async fn settle_writes(
    context: &Context<'_>,
    client: &Client,
    changes: &[Change],
    items: &[Item<TopicChange>],
) {
    let done = || {
        let is_done =
            |item: &Item<TopicChange>| matches!(item.status, Status::Created | Status::Altered);
        changes.iter().zip(items).filter(move |(_, item)| is_done(item)).map(|(change, _)| change)
    };
    let mut wanted: Vec<(Name, usize)> = Vec::new();
    let mut altered: Vec<(Entity, Vec<ConfigChange>)> = Vec::new();
    for change in done() {
        match &change.what {
            What::Create(_) => wanted.push((change.topic.as_str().into(), 1)),
            What::Grow { to, .. } => wanted.push((change.topic.as_str().into(), *to)),
            What::Config(config) => match altered.last_mut() {
                Some((entity, all)) if entity.name == change.topic => all.push(config.clone()),
                _ => altered.push((Entity::topic(&change.topic), vec![config.clone()])),
            },
        }
    }
    if wanted.is_empty() && altered.is_empty() {
        return;
    }
    wanted.sort();
    let names: Vec<Name> = wanted.iter().map(|(name, _)| name.clone()).collect();
    let entities: Vec<Entity> = altered.iter().map(|(entity, _)| entity.clone()).collect();
    let own = EntityType::Topic.own_source("");
    settle(context, client, async |client| {
        if !names.is_empty() {
            let (_, topics) = client.cluster_and_topics(Some(&names), false).await?;
            let has = |name: &Name, least: usize| {
                let at = topics.binary_search_by(|topic| topic.name.cmp(name)).ok();
                at.map(|at| &topics[at]).is_some_and(|topic| match &topic.error {
                    Some(_) => !fetch::is_absent(topic),
                    None => topic.partitions.len() >= least,
                })
            };
            if !wanted.iter().all(|(name, least)| has(name, *least)) {
                return Ok(false);
            }
        }
        let told = client.describe_configs(&entities, &ConfigQuestion::default()).await?;
        let mut all = altered.iter().zip(told);
        Ok(all.all(|((_, changes), told)| match told {
            Ok(entries) => !is_any_unseen(changes, &entries, own),
            Err(_) => true,
        }))
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portion_writes_not_too_much_and_never_nothing() {
        let of = |weights: &[usize]| -> Vec<usize> {
            portions(weights, |weight| *weight).map(<[usize]>::len).collect()
        };
        assert_eq!(of(&[]), [0; 0]);
        assert_eq!(of(&[1, 2, 3]), [3]);
        assert_eq!(of(&[RECORDS, 1, 1]), [1, 2]);
        assert_eq!(of(&[1, RECORDS + 1, 1]), [1, 1, 1]);
        assert_eq!(of(&[13; 1_000]), [384, 384, 232]);
    }
}
