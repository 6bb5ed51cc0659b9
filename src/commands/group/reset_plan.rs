//! Which partitions a reset is about, and where each is led.

use std::collections::{BTreeMap, BTreeSet};

use super::logs::{self, Logs};
use super::reset::{Request, To, named};
use super::standing::{Standing, UNSEEN};
use super::write::TOPIC_AUTHORIZATION_FAILED;
use crate::commands::Context;
use crate::commands::topic::fetch::{NO_SUCH_TOPIC, nearest_topics};
use crate::commands::written::{Needs, grant};
use crate::error::{Error, KafkaError, Result};
use crate::group::lag::{Commitment, Log, changes, lag_of};
use crate::group::reset::{Nowhere, Place, Target, new_offset};
use crate::kafka::{Client, OffsetAt, kafka_error};
use crate::model::group::ranges;
use crate::model::{Name, TopicPartition, nearest, visible};
use crate::report::group_write::WrittenOffset;
use crate::report::units::count;

/// One partition of one group.
#[derive(Debug)]
pub struct Step {
    /// Which of the groups.
    pub group: usize,
    /// The partition.
    pub partition: TopicPartition,
    /// Old and new.
    pub item: WrittenOffset,
    /// Whether something is to be written.
    pub changes: bool,
    /// Why nothing can be: a file names a partition that is not there.
    pub error: Option<KafkaError>,
}

/// What is written of a partition: the offset that it has now, the one that it gets, and what waits.
pub fn written(
    group: &Standing,
    partition: &TopicPartition,
    new_offset: Option<i64>,
    log: Log,
) -> WrittenOffset {
    let old = group.commitment(partition);
    WrittenOffset {
        group_id: group.name.clone(),
        topic: partition.topic.clone(),
        partition: Some(partition.partition),
        old_offset: old.offset,
        new_offset,
        asked_offset: None,
        old_lag: lag_of(old, log).ok(),
        new_lag: new_offset.and_then(|offset| lag_of(Commitment::at(offset), log).ok()),
    }
}

/// The steps, by group and partition.
pub async fn steps(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
    groups: &[Standing],
    targets: &[Target],
) -> Result<Vec<Step>> {
    let mut wanted = Vec::with_capacity(groups.len());
    for (group, target) in groups.iter().zip(targets) {
        wanted.push(partitions(client, request, group, target).await?);
    }
    let all: BTreeSet<TopicPartition> = wanted.iter().flatten().cloned().collect();
    let Logs { logs, mut failures } = logs::read(client, &all).await?;
    if !failures.is_empty() {
        return Err(failures.swap_remove(0));
    }
    let there = |partition: &TopicPartition| matches!(logs[partition], Log::Known { .. });
    let gone: BTreeSet<&TopicPartition> = all.iter().filter(|p| !there(p)).collect();
    let named_there = request.topics.is_everything() && matches!(request.to, To::File(_));
    if !gone.is_empty() && !named_there {
        let (verb, are) = if gone.len() == 1 { ("does", "is") } else { ("do", "are") };
        let which = count(gone.len(), "partition");
        let text = format!("{which} {verb} not exist, or may not be described");
        if !request.topics.is_everything() {
            return Err(Error::failed(text).caused_by(named(&gone)));
        }
        context.ui.warn(&format!("{text}, and {are} left alone: {}", named(&gone)));
    }
    let known: Vec<TopicPartition> = all.iter().filter(|p| there(p)).cloned().collect();
    let times = times(context, client, request, &known).await?;
    let mut steps = Vec::new();
    let mut nowhere: Vec<(TopicPartition, Nowhere)> = Vec::new();
    for (number, (group, target)) in groups.iter().zip(targets).enumerate() {
        for partition in &wanted[number] {
            let Log::Known { start, end } = logs[partition] else {
                if named_there {
                    steps.push(impossible(number, group, target, partition, logs[partition]));
                }
                continue;
            };
            let commitment = group.commitment(partition);
            let committed = commitment.offset;
            let at_time = known.binary_search(partition).ok().and_then(|at| *times.get(at)?);
            let place = Place { committed, start, end, at_time };
            match new_offset(target, partition, place) {
                Ok(new) => {
                    let log = logs[partition];
                    let item = written(group, partition, Some(new.offset), log);
                    steps.push(Step {
                        group: number,
                        partition: partition.clone(),
                        changes: changes(commitment, Some(new.offset), log),
                        item: WrittenOffset { asked_offset: new.asked, ..item },
                        error: None,
                    });
                }
                Err(why) => nowhere.push((partition.clone(), why)),
            }
        }
    }
    match nowhere.first() {
        None => Ok(steps),
        Some((_, why)) => {
            let partitions: BTreeSet<&TopicPartition> = nowhere.iter().map(|(p, _)| p).collect();
            let text = format!("{} cannot be reset so", count(partitions.len(), "partition"));
            Err(Error::failed(text)
                .caused_by(format_args!("{}: {}", named(&partitions), why.words()))
                .hint("leave them out with `--topic TOPIC:PARTITIONS`, or choose another target"))
        }
    }
}

/// The step of a partition that a file names and that is not there, or may not be described.
fn impossible(
    number: usize,
    group: &Standing,
    target: &Target,
    partition: &TopicPartition,
    log: Log,
) -> Step {
    let given = match target {
        Target::Given(offsets) => offsets.get(partition).copied(),
        _ => None,
    };
    let hidden = log == Log::Hidden;
    let code = if hidden { TOPIC_AUTHORIZATION_FAILED } else { NO_SUCH_TOPIC };
    Step {
        group: number,
        partition: partition.clone(),
        item: written(group, partition, given, log),
        changes: false,
        error: kafka_error(code, None),
    }
}

/// The partitions of one group that are meant.
async fn partitions(
    client: &Client,
    request: &Request,
    group: &Standing,
    target: &Target,
) -> Result<BTreeSet<TopicPartition>> {
    if let Target::Given(offsets) = target {
        return given_partitions(client, request, offsets).await;
    }
    if !request.topics.is_everything() {
        return named_partitions(client, request, true).await;
    }
    let committed = group.committed.as_ref().map_err(Clone::clone)?;
    if committed.is_empty() {
        let error = nothing_committed(client, &group.name).await?;
        let hint = "name the topics that it shall begin with: `--topic TOPIC`";
        return Err(if error.hints().is_empty() { error.hint(hint) } else { error });
    }
    Ok(committed.keys().cloned().collect())
}

/// The error of a group of which no commit is seen.
pub async fn nothing_committed(client: &Client, group: &Name) -> Result<Error> {
    let group = visible(group);
    if client.sees_every_topic().await? {
        return Ok(Error::failed(format!("the group `{group}` has committed nothing")));
    }
    Ok(Error::failed(format!("no commit of the group `{group}` is seen"))
        .caused_by(UNSEEN)
        .hint("name the topics: `--topic TOPIC`; that tells what is missing"))
}

/// The partitions that are meant of those that an offset is given for. What is named has one.
async fn given_partitions(
    client: &Client,
    request: &Request,
    offsets: &BTreeMap<TopicPartition, i64>,
) -> Result<BTreeSet<TopicPartition>> {
    let given: BTreeSet<TopicPartition> =
        offsets.keys().filter(|partition| request.topics.contains(partition)).cloned().collect();
    let bare = |topic: &Name, named: Option<&BTreeSet<i32>>| match named {
        None => given.iter().all(|partition| partition.topic != *topic),
        Some(named) => {
            named.iter().any(|p| !given.contains(&TopicPartition::new(topic.clone(), *p)))
        }
    };
    let Some((topic, named)) = request.topics.topics().find(|(topic, named)| bare(topic, *named))
    else {
        return Ok(given);
    };
    let near = nearest(topic, offsets.keys().map(|partition| partition.topic.as_str()));
    let near = near.filter(|near| *near != topic.as_str());
    let near = near.map(|near| format!("did you mean `{}`?", visible(near)));
    let numbers = named.map(|all| format!(":{}", ranges(all))).unwrap_or_default();
    let error = Error::failed(format!("no offset is given for `{}{numbers}`", visible(topic)));
    // Where it is not there, or may not be described, that says more.
    let error = named_partitions(client, request, near.is_none()).await.err().unwrap_or(error);
    Err(near.into_iter().fold(error, Error::hint))
}

/// What `--topic` names: whole topics as they are now. Which topic may be meant where one is not there, is
/// asked where nothing else tells it.
async fn named_partitions(
    client: &Client,
    request: &Request,
    asks: bool,
) -> Result<BTreeSet<TopicPartition>> {
    let topics =
        logs::topics(client, request.topics.topics().map(|(name, _)| name).collect()).await?;
    let mut all = BTreeSet::new();
    for (name, partitions) in request.topics.topics() {
        match (partitions, topics.get(name)) {
            (Some(some), _) => {
                all.extend(some.iter().map(|p| TopicPartition::new(name.clone(), *p)));
            }
            (None, Some(topic)) if topic.error.is_none() => {
                let partitions = topic.partitions.iter();
                all.extend(partitions.map(|p| TopicPartition::new(name.clone(), p.partition)));
            }
            (None, Some(_)) => {
                let error = Error::failed(format!("you may not describe `{}`", visible(name)));
                let needs = Needs { operation: "describe", flag: "--topic" };
                let hint = grant(client, needs, TOPIC_AUTHORIZATION_FAILED, name);
                return Err(hint.into_iter().fold(error, Error::hint));
            }
            (None, None) => {
                let error = Error::failed(format!("there is no topic `{}`", visible(name)));
                let absent = asks.then_some(name.as_str());
                let hints = nearest_topics(client, absent.as_slice()).await;
                return Err(hints.into_iter().fold(error, Error::hint));
            }
        }
    }
    Ok(all)
}

/// The offsets at the time asked for, in the order of `partitions`; empty where none was.
async fn times(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
    partitions: &[TopicPartition],
) -> Result<Vec<Option<i64>>> {
    let To::Time(time) = request.to else { return Ok(Vec::new()) };
    let found = client.list_offsets(partitions, OffsetAt::Time(time)).await?;
    let times: Vec<Option<i64>> =
        found.into_iter().map(|found| found.map(|found| found.offset)).collect::<Result<_>>()?;
    let late = partitions.iter().zip(&times).filter(|(_, at)| at.is_none());
    let late: BTreeSet<&TopicPartition> = late.map(|(partition, _)| partition).collect();
    if !late.is_empty() {
        let named = named(&late);
        context.ui.note(&format!("no record is as late as that, and the end is taken: {named}"));
    }
    Ok(times)
}
