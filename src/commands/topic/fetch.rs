//! What the verbs ask a cluster about topics.

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::Context;
use crate::commands::written::{CLUSTER_AUTHORIZATION_FAILED, Needs, grant};
use crate::error::{Error, Result};
use crate::kafka::{Client, Cluster, ConfigQuestion, Entity};
use crate::model::{Name, TopicId, TopicPartition, nearest, visible};
use crate::report::units::{and_more, count};
use crate::topic::disk::{LogDir, bytes_by_topic};
use crate::topic::reassign::Ongoing;
use crate::topic::select::Selection;
use crate::topic::{ConfigEntry, Partition, Topic};

/// UNKNOWN_TOPIC_OR_PARTITION.
pub const NO_SUCH_TOPIC: i16 = 3;
/// INVALID_TOPIC_EXCEPTION: no topic can have this name.
const INVALID_TOPIC: i16 = 17;

/// The key whose value decides how many replicas have to be in sync.
pub const MIN_ISR: &str = "min.insync.replicas";

/// The cluster and the topics that are meant, by one request.
pub async fn topics(
    client: &Client,
    selection: &Selection,
    operations: bool,
) -> Result<(Cluster, Vec<Topic>)> {
    let (cluster, topics) = candidates(client, selection, operations).await?;
    Ok((cluster, selected(topics, selection)))
}

/// The same, with the names of Kafka's own topics that are left out though a prefix or a regular expression matches them.
pub async fn topics_and_left_out(
    client: &Client,
    selection: &Selection,
    operations: bool,
) -> Result<(Cluster, Vec<Topic>, Vec<Name>)> {
    let (cluster, topics) = candidates(client, selection, operations).await?;
    let left_out = topics.iter().filter(|topic| selection.leaves_out(topic));
    let left_out = left_out.map(|topic| topic.name.clone()).collect();
    Ok((cluster, selected(topics, selection), left_out))
}

/// Those that were named, or all.
async fn candidates(
    client: &Client,
    selection: &Selection,
    operations: bool,
) -> Result<(Cluster, Vec<Topic>)> {
    let names: Vec<Name> = selection.names.iter().map(|name| Name::from(name.as_str())).collect();
    let asked = (!names.is_empty()).then_some(&*names);
    client.cluster_and_topics(asked, operations).await
}

fn selected(mut topics: Vec<Topic>, selection: &Selection) -> Vec<Topic> {
    topics.retain(|topic| selection.matches(topic));
    topics.dedup_by(|a, b| a.name == b.name);
    topics
}

/// Says that Kafka's own topics are left out, and how they are meant.
pub fn of_left_out(left_out: &[Name]) -> Option<String> {
    let first = left_out.first()?;
    let (name, more) = (visible(first), and_more(left_out.len() - 1, ""));
    Some(format!(
        "`{name}`{more}: Kafka's own topics are left out, and have to be named one by one"
    ))
}

/// Notes which replicas a reassignment under way is still filling, so that they do not count as missing;
/// asked only where some replica is not in sync (ListPartitionReassignments; DESCRIBE on the cluster).
/// Where that is not told, every replica counts, as in Kafka's own tool, and that is said.
///
/// What a broker passes on to a controller that is silent keeps whatever is asked behind it waiting: it has
/// half of the time at most.
pub async fn note_adding(context: &Context<'_>, client: &Client, topics: &mut [Topic]) {
    match adding(client, topics).await {
        Ok(adding) => note(&adding, topics),
        Err(error) => warn_of_adding(context, topics, &error),
    }
}

/// What a reassignment under way adds and takes away, by partition.
pub type Adding = BTreeMap<TopicPartition, Ongoing>;

/// Which replicas a reassignment under way is still filling, as [`note_adding`] asks it.
pub async fn adding(client: &Client, topics: &[Topic]) -> Result<Adding> {
    if !topics.iter().flat_map(|topic| &topic.partitions).any(is_behind) {
        return Ok(Adding::new());
    }
    let ongoing = client.with_half().list_reassignments().await?;
    Ok(ongoing.into_iter().map(|one| (one.partition.clone(), one)).collect())
}

fn is_behind(partition: &Partition) -> bool {
    partition.in_sync.len() < partition.replicas.len()
}

/// Notes them.
pub fn note(adding: &Adding, topics: &mut [Topic]) {
    for topic in topics.iter_mut().filter(|_| !adding.is_empty()) {
        for partition in topic.partitions.iter_mut().filter(|partition| is_behind(partition)) {
            let key = TopicPartition::new(topic.name.clone(), partition.index);
            if let Some(moving) = adding.get(&key) {
                partition.adding.clone_from(&moving.adding);
                partition.removing.clone_from(&moving.removing);
            }
        }
    }
}

/// Says what it means that nobody told which replicas are being added. Who may not know it is told what is not
/// known, without alarm: nothing failed, and Kafka's own tool counts them like the others for everybody.
pub fn warn_of_adding(context: &Context<'_>, topics: &[Topic], error: &Error) {
    let behind = |topic: &&Topic| topic.partitions.iter().any(is_behind);
    let behind: Vec<&Topic> = topics.iter().filter(behind).collect();
    let what = format!(
        "replicas of {} are not in sync; whether a reassignment is only just adding them is not known",
        listed(&behind)
    );
    if error.kafka_error().is_some_and(|error| error.code == CLUSTER_AUTHORIZATION_FAILED) {
        context.ui.note(&format!("{what} without DESCRIBE on the cluster"));
    } else {
        context.ui.warn(&format!("{what}: {}", error.message()));
    }
}

/// What may be left out of what is told of a whole cluster.
pub const UNSEEN: &str = "topics that you may not describe (DESCRIBE on the topics)";

/// What is left out, as far as that can be known. Not to know it is told too.
pub async fn unseen(client: &Client) -> Option<String> {
    match client.sees_every_topic().await {
        Ok(true) => None,
        Ok(false) => Some(UNSEEN.to_owned()),
        Err(error) => Some(format!("whether there are {UNSEEN}: {}", error.message())),
    }
}

/// What is told of a whole cluster is not all of it then. Whether there was something to warn of.
pub async fn warn_of_unseen(context: &Context<'_>, client: &Client) -> bool {
    let what = unseen(client).await;
    if let Some(what) = &what {
        context.ui.warn(&format!("not looked at: {what}"));
    }
    what.is_some()
}

/// The error of whoever asked for all topics, and may not see all: what was asked for is done in part.
pub fn not_all(what: impl Into<String>) -> Error {
    Error::failed(what).hint("run it as somebody who may DESCRIBE all topics")
}

/// The topics that cannot be described, as one error; `None` when all can.
pub fn missing(topics: &[Topic]) -> Option<Error> {
    let bad: Vec<&Topic> = topics.iter().filter(|topic| topic.error.is_some()).collect();
    let first = bad.first()?;
    let why = first.error.clone()?;
    let name = visible(&first.name);
    let message = match (bad.len(), bad.iter().all(|topic| is_absent(topic))) {
        (1, true) => format!("there is no topic `{name}`"),
        (_, true) => format!("there are no topics {}", listed(&bad)),
        (1, false) => format!("topic `{name}` cannot be described"),
        (many, false) => format!("{many} topics cannot be described: {}", listed(&bad)),
    };
    let pattern = why.code == INVALID_TOPIC && first.name.contains(['*', '?', '[', '|']);
    let error = Error::failed(message).kafka(why);
    Some(if pattern { error.hint("a pattern is given by `--match REGEX`") } else { error })
}

/// The ids that no topic has which may be seen, as one error.
pub fn no_such_id(ids: &[TopicId], topics: &[Topic]) -> Option<Error> {
    let found: BTreeSet<TopicId> = topics.iter().filter_map(|topic| topic.id).collect();
    let lost: Vec<String> =
        ids.iter().filter(|id| !found.contains(id)).map(|id| format!("`{id}`")).collect();
    let error = || Error::failed(format!("there is no topic with the id {}", lost.join(", ")));
    (!lost.is_empty()).then(error).map(|error| {
        error.hint(
            "it may be deleted, or DESCRIBE on it may be missing; brokers before 2.8 tell no ids",
        )
    })
}

/// How many names a message holds.
const SHOWN: usize = 5;

/// `` `a`, `b` and 3 more``.
fn listed(topics: &[&Topic]) -> String {
    let names = topics.iter().take(SHOWN).map(|topic| format!("`{}`", visible(&topic.name)));
    let names = names.collect::<Vec<_>>().join(", ");
    match topics.len().saturating_sub(SHOWN) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// Whether the broker says that there is no such topic.
pub fn is_absent(topic: &Topic) -> bool {
    topic.error.as_ref().is_some_and(|error| error.code == NO_SUCH_TOPIC)
}

/// The permission to see topics.
pub const TO_SEE: Needs = Needs { operation: "describe", flag: "--topic" };

/// The same with the nearest right names, for what is about topics that must be there.
pub async fn all_there(client: &Client, topics: &[Topic]) -> Result<()> {
    match missing(topics) {
        Some(error) => Err(with_nearest(client, topics, TO_SEE, error).await),
        None => Ok(()),
    }
}

/// A typing mistake is the likeliest cause: which names are near? Where permission is missing: which, of
/// what the command `needs`.
pub async fn with_nearest(client: &Client, topics: &[Topic], needs: Needs, error: Error) -> Error {
    let refused = topics.iter().filter_map(|topic| Some((topic, topic.error.as_ref()?)));
    let grant = refused.into_iter().find_map(|(t, why)| grant(client, needs, why.code, &t.name));
    let error = grant.into_iter().fold(error, Error::hint);
    let absent: Vec<&str> =
        topics.iter().filter(|topic| is_absent(topic)).map(|topic| topic.name.as_str()).collect();
    nearest_topics(client, &absent).await.into_iter().fold(error, Error::hint)
}

/// What helps whoever asked for topics that are not there.
pub async fn nearest_topics(client: &Client, absent: &[&str]) -> Vec<String> {
    if absent.is_empty() {
        return Vec::new();
    }
    let names = client.list_topics().await.unwrap_or_default();
    let near = |wanted: &&str| nearest(wanted, names.iter().map(String::as_str));
    let found = absent.iter().take(SHOWN).filter_map(|wanted| {
        let question = format!("did you mean `{}`?", visible(near(wanted)?));
        let several = absent.len() > 1;
        Some(if several { format!("`{}`: {question}", visible(wanted)) } else { question })
    });
    let found: Vec<String> = found.collect();
    if found.is_empty() {
        return vec!["`kward topic list` shows the topics that there are".to_owned()];
    }
    found
}

/// The configurations of topics, by name; those that may not be seen are missing.
pub async fn configs(
    context: &Context<'_>,
    client: &Client,
    topics: &[Topic],
    question: &ConfigQuestion,
) -> Result<BTreeMap<Name, Vec<ConfigEntry>>> {
    let there: Vec<&Topic> = topics.iter().filter(|topic| topic.error.is_none()).collect();
    let entities: Vec<Entity> = there.iter().map(|t| Entity::topic(t.name.to_string())).collect();
    let mut refused = Vec::new();
    let mut found = BTreeMap::new();
    for (topic, configs) in there.iter().zip(client.describe_configs(&entities, question).await?) {
        match configs {
            Ok(configs) => drop(found.insert(topic.name.clone(), configs)),
            Err(error) => refused.push((topic, error)),
        }
    }
    if let Some((topic, error)) = refused.first() {
        let (name, more) = (visible(&topic.name), and_more(refused.len() - 1, "of "));
        context
            .ui
            .warn(&format!("the configuration of topic `{name}`{more} cannot be read: {error}"));
    }
    Ok(found)
}

/// `min.insync.replicas` of each topic.
pub async fn min_isr(
    context: &Context<'_>,
    client: &Client,
    topics: &[Topic],
) -> Result<BTreeMap<Name, usize>> {
    let configs = configs(context, client, topics, &min_isr_question()).await?;
    let value = |configs: &[ConfigEntry]| min_isr_of(configs);
    Ok(configs.iter().filter_map(|(name, c)| Some((name.clone(), value(c)?))).collect())
}

/// Asks for `min.insync.replicas` alone.
pub fn min_isr_question() -> ConfigQuestion {
    ConfigQuestion { keys: Some(vec![MIN_ISR.to_owned()]), ..ConfigQuestion::default() }
}

/// `min.insync.replicas` among these.
pub fn min_isr_of(configs: &[ConfigEntry]) -> Option<usize> {
    configs.iter().find(|entry| entry.name == MIN_ISR)?.value.as_deref()?.parse().ok()
}

/// Warns of topics, each with its `min.insync.replicas` and its number of replicas, that ask for more
/// replicas in sync than they have.
pub fn warn_of_min_isr(context: &Context<'_>, topics: &[(&str, usize, usize)]) {
    let mut asking = topics.iter().filter(|(_, min, replicas)| min > replicas);
    let Some((name, min, replicas)) = asking.next() else { return };
    let more = and_more(asking.count(), "so for ");
    let has = count(*replicas, "replica");
    context.ui.warn(&format!(
        "`{MIN_ISR}` of topic `{}` is {min}, and a partition has {has}{more}: writes with `acks=all` are refused",
        visible(name)
    ));
}

/// Warns where Kafka's own topics are among these.
pub fn warn_of_internal(context: &Context<'_>, topics: &[Topic], consequence: &str) {
    let own: Vec<_> = topics.iter().filter(|topic| topic.internal).collect();
    let Some(first) = own.first() else { return };
    let whose = match own.len() {
        1 => format!("`{}` is Kafka's own topic", visible(&first.name)),
        _ => "Kafka's own topics are among them".to_owned(),
    };
    context.ui.warn(&format!("{whose}: {consequence}"));
}

/// The log folders of these brokers; of `topics` only, where they are given. Brokers that do not
/// say are warned about.
pub async fn log_dirs(
    context: &Context<'_>,
    client: &Client,
    cluster: &Cluster,
    topics: Option<&[Topic]>,
) -> BTreeMap<i32, Vec<LogDir>> {
    let ids: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let mut found = BTreeMap::new();
    let mut failures = Vec::new();
    for (id, dirs) in client.log_dirs(&ids, topics).await {
        match dirs {
            Ok(dirs) => drop(found.insert(id, dirs)),
            Err(error) => failures.push((id, error)),
        }
    }
    if let Some((id, error)) = failures.first() {
        let cause = error.causes().first().map_or(String::new(), |cause| format!(": {cause}"));
        context.ui.warn(&format!(
            "sizes are incomplete: {} of {} brokers do not tell theirs, broker {id} first: {}{cause}",
            failures.len(),
            ids.len(),
            error.message()
        ));
    }
    warn_of_failed_dirs(context, &found);
    found
}

/// Says which folders brokers cannot use: they do not tell what lies there.
pub fn warn_of_failed_dirs(context: &Context<'_>, found: &BTreeMap<i32, Vec<LogDir>>) {
    for (id, dirs) in found {
        for dir in dirs {
            if let Some(error) = &dir.error {
                context.ui.warn(&format!(
                    "broker {id} cannot use its log folder `{}` ({}): what lies there is not known",
                    visible(&dir.path),
                    error.name
                ));
            }
        }
    }
}

/// What lies in the folders of a broker; `None` where it cannot use one of them.
pub fn size(dirs: &[LogDir]) -> Option<u64> {
    dirs.iter().map(|dir| dir.error.is_none().then(|| dir.bytes())).sum()
}

/// Whether every broker that holds the partition told all its log folders.
pub fn all_told(partition: &Partition, dirs: &BTreeMap<i32, Vec<LogDir>>) -> bool {
    let told = |id| dirs.get(id).is_some_and(|dirs: &Vec<LogDir>| size(dirs).is_some());
    partition.replicas.iter().all(told)
}

/// What each of these topics takes on all brokers together; a topic is missing when a broker that holds
/// some of it did not tell, or is not there.
pub fn sizes<'a>(topics: &'a [Topic], dirs: &BTreeMap<i32, Vec<LogDir>>) -> BTreeMap<&'a str, u64> {
    let bytes = bytes_by_topic(dirs.values().flatten());
    let there = topics.iter().filter(|topic| topic.error.is_none());
    let complete = there.filter(|topic| topic.partitions.iter().all(|p| all_told(p, dirs)));
    complete
        .map(|topic| topic.name.as_str())
        .map(|name| (name, bytes.get(name).copied().unwrap_or(0)))
        .collect()
}

/// Says so when a broker that holds some of the topics is not there, so that their sizes are not known.
pub fn warn_of_missing_brokers(context: &Context<'_>, cluster: &Cluster, topics: &[Topic]) {
    let held = topics.iter().flat_map(|topic| &topic.partitions).flat_map(|p| &p.replicas);
    let there: BTreeSet<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let missing: BTreeSet<i32> = held.copied().filter(|id| !there.contains(id)).collect();
    warn_of_missing(context, &missing.into_iter().collect::<Vec<i32>>());
}

/// The same of these brokers, where there are any.
pub fn warn_of_missing(context: &Context<'_>, missing: &[i32]) {
    if !missing.is_empty() {
        let ids: Vec<String> = missing.iter().map(ToString::to_string).collect();
        context
            .ui
            .warn(&format!("sizes are incomplete: broker {} is not there", ids.join(", broker ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_that_are_left_out_are_named() {
        let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect::<Vec<_>>();
        assert_eq!(of_left_out(&[]), None);
        let one = of_left_out(&names(&["__consumer_offsets"])).unwrap();
        assert_eq!(
            one,
            "`__consumer_offsets`: Kafka's own topics are left out, and have to be named one by one"
        );
        let text = of_left_out(&names(&["__consumer_offsets", "__transaction_state"])).unwrap();
        assert!(text.starts_with("`__consumer_offsets` (and 1 more): "), "{text}");
    }
}
