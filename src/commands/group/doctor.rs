//! `group doctor`: what is wrong with groups, from several looks (the calls of `group lag`; Metadata and
//! DescribeConfigs for the topics: DESCRIBE, DESCRIBE_CONFIGS; Fetch for the ages of records: READ;
//! DescribeLogDirs for the sizes of logs that are limited: DESCRIBE on the cluster).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::sample::{self, Sample, Seen};
use super::standing::is_refused;
use super::write::TOPIC_AUTHORIZATION_FAILED;
use super::{TopicChoice, lag, list, together};
use crate::commands::topic::fetch::NO_SUCH_TOPIC;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::doctor::{Look, Retention, Surroundings, Topic, diagnose};
use crate::kafka::{Client, ConfigQuestion, Entity, GroupFilter, NO_TOPIC, Topics};
use crate::model::{Name, visible};
use crate::report::group_health::{GroupFinding, GroupHealth};
use crate::report::group_lag::{PartitionLag, Problem};
use crate::topic::ConfigEntry;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// These groups; `None`: all.
    pub groups: Option<Vec<Name>>,
    /// How often to look.
    pub samples: u32,
    /// From one look to the next.
    pub interval: Duration,
}

/// Looks several times, and says no when something is wrong.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let mut looked = look(context, &client, request).await?;
    let client = client.until(context.deadline());
    if looked.asked == 0 && looked.silent.is_none() {
        list::refuse_none(context, &client, !looked.unseen)?;
    }
    let (mut around, mut not_checked) = surroundings(&client, &looked.of_group).await?;
    if looked.unseen && looked.asked > 0 {
        not_checked.push("groups that you may not describe".to_owned());
    }
    not_checked.extend(ages(context, &client, &mut looked.of_group, &around).await?);
    around.sizes = sizes(&client, &looked.of_group, &around).await?;
    let mut items = Vec::new();
    for (name, looks) in &looked.of_group {
        let found = diagnose(looks, &around).into_iter();
        items.extend(found.map(|finding| GroupFinding { group_id: name.clone(), finding }));
    }
    let error = looked.silent.or_else(|| {
        let all = looked.asked.max(looked.failures.len());
        together(looked.failures, all, "groups could not be examined")
    });
    if looked.of_group.is_empty()
        && let Some(error) = error
    {
        return Err(error);
    }
    let unwell = !items.is_empty();
    let report = GroupHealth {
        cluster_id: client.cluster_id(),
        captured_at: context.timestamp(),
        healthy: !unwell && error.is_none(),
        groups: looked.of_group.len(),
        samples: looked.samples,
        window_ms: looked.window_ms,
        not_checked,
        items,
    };
    Ok(Outcome::report(report).no_if(unwell).with_error(error))
}

/// What was seen of each group, look by look.
struct Looked {
    of_group: BTreeMap<Name, Vec<Look>>,
    /// How many groups.
    asked: usize,
    /// What the last look could not see.
    failures: Vec<Error>,
    silent: Option<Error>,
    /// There may be groups that the caller may not describe.
    unseen: bool,
    /// How many looks succeeded.
    samples: usize,
    /// From the first look to the last.
    window_ms: i64,
}

async fn look(context: &Context<'_>, client: &Client, request: &Request) -> Result<Looked> {
    let mut looked = Looked {
        of_group: BTreeMap::new(),
        asked: 0,
        failures: Vec::new(),
        silent: None,
        unseen: false,
        samples: 0,
        window_ms: 0,
    };
    let mut first_ms = None;
    let total = request.samples as usize;
    for number in 0..total {
        if number > 0 {
            tokio::time::sleep(request.interval).await;
        }
        let client = client.until(context.deadline());
        let sample = match sample_of(&client, request, &looked).await {
            Ok(sample) => sample,
            Err(error) if number == 0 => return Err(error),
            // What was seen so far is worth more than nothing.
            Err(error) => {
                let look = number + 1;
                context.ui.warn(&format!("look {look} of {total}: {}; going on", error.message()));
                looked.silent = Some(error);
                continue;
            }
        };
        looked.samples += 1;
        let at_ms = (context.now)().as_millisecond();
        looked.window_ms = at_ms - *first_ms.get_or_insert(at_ms);
        looked.asked = sample.groups.len();
        let all = request.groups.is_none();
        let asked = sample.groups.iter().filter(|seen| !(all && seen.absent));
        looked.failures = asked.filter_map(Seen::failure).collect();
        (looked.silent, looked.unseen) = (sample.silent, sample.unseen);
        let there: BTreeSet<Name> = sample.groups.iter().map(|seen| seen.name.clone()).collect();
        // What went away meanwhile is not ill.
        looked.of_group.retain(|name, _| there.contains(name));
        for seen in sample.groups {
            if let (Ok(group), Ok(())) = (seen.description, seen.committed) {
                let look = Look { at_ms, group, lags: seen.lags };
                looked.of_group.entry(seen.name).or_default().push(look);
            } else {
                looked.of_group.remove(&seen.name);
            }
        }
        context.ui.progress("looking at groups", number + 1, total);
    }
    Ok(looked)
}

/// One look; those that an earlier one saw are looked for.
async fn sample_of(client: &Client, request: &Request, looked: &Looked) -> Result<Sample> {
    let everything = TopicChoice::default();
    if let Some(groups) = &request.groups {
        let mut sample = sample::read(client, Some(groups), &everything).await?;
        sample.suggest(client).await;
        return Ok(sample);
    }
    let listed = client.list_groups(&GroupFilter::default()).await?;
    let missing = sample::unlisted(looked.of_group.keys(), &listed);
    sample::of_listed(client, listed, missing, &everything).await
}

/// What is known of the topics of these groups, and what is not.
async fn surroundings(
    client: &Client,
    groups: &BTreeMap<Name, Vec<Look>>,
) -> Result<(Surroundings, Vec<String>)> {
    let at_last = || groups.values().filter_map(|looks| looks.last());
    let mut wanted: BTreeSet<&Name> = at_last()
        .flat_map(|look| &look.group.members)
        .flat_map(|member| &member.subscription)
        .collect();
    let parts = || at_last().flat_map(|look| &look.group.subtopologies);
    wanted.extend(parts().flat_map(|part| part.source_topics.iter().chain(part.made_for_it())));
    let unknown = [Some(Problem::UnknownTopic), Some(Problem::HiddenTopic)];
    let unknown = |lag: &&PartitionLag| unknown.contains(&lag.problem);
    wanted.extend(at_last().flat_map(|look| &look.lags).filter(unknown).map(|lag| &lag.topic));
    let no_topic = Name::from(NO_TOPIC);
    wanted.insert(&no_topic);
    let names: Vec<Name> = wanted.into_iter().cloned().collect();
    let principal = Some(client.principal_word());
    let mut around = Surroundings { principal, ..Surroundings::default() };
    let mut not_checked = Vec::new();
    for topic in client.topics(Topics::Named(&names), false).await? {
        // As `Client::sees_every_topic` asks.
        if topic.name == no_topic && topic.error.as_ref().is_some_and(is_refused) {
            not_checked.push("commits on topics that you may not describe".to_owned());
        }
        let state = match topic.error {
            None => Topic::There(topic.partitions.len()),
            Some(error) if error.code == TOPIC_AUTHORIZATION_FAILED => Topic::Hidden,
            Some(error) if error.retriable && error.code != NO_SUCH_TOPIC => continue,
            Some(_) => Topic::Absent,
        };
        around.topics.insert(topic.name, state);
    }
    let behind: BTreeSet<&Name> = at_last()
        .flat_map(|look| &look.lags)
        .filter(|l| l.lag > Some(0))
        .map(|l| &l.topic)
        .collect();
    match retentions(client, &behind).await {
        Ok(found) => around.retention = found,
        Err(error) => not_checked.push(until_loss(&error)),
    }
    Ok((around, not_checked))
}

fn until_loss(why: &Error) -> String {
    format!("how long until records are lost: {}", visible(why.message()))
}

/// Adds to the last look at groups that something is wrong with how old their first unconsumed records
/// are, where that decides on how long until they are lost; what cannot be checked.
async fn ages(
    context: &Context<'_>,
    client: &Client,
    groups: &mut BTreeMap<Name, Vec<Look>>,
    around: &Surroundings,
) -> Result<Option<String>> {
    let ages = |lag: &&mut PartitionLag| {
        around.retention.get(&lag.topic).is_some_and(|kept| kept.ms.is_some())
    };
    let ill = groups.values_mut().filter(|looks| !diagnose(looks, around).is_empty());
    let lags = ill.filter_map(|looks| looks.last_mut()).flat_map(|look| &mut look.lags);
    let now = context.now;
    let failures = lag::ages(client, lags.filter(ages), || now().as_millisecond()).await?;
    let all = failures.len();
    Ok(together(failures, all, "records cannot be read").as_ref().map(until_loss))
}

/// How large the logs are of topics of groups that something is wrong with, where that decides on how long
/// until records are lost: what their largest replica has. What is not told is not known, and the
/// findings say so.
async fn sizes(
    client: &Client,
    groups: &BTreeMap<Name, Vec<Look>>,
    around: &Surroundings,
) -> Result<BTreeMap<Name, BTreeMap<i32, u64>>> {
    let limited = |lag: &&PartitionLag| {
        let kept = around.retention.get(&lag.topic);
        lag.lag > Some(0) && kept.is_some_and(|kept| kept.bytes.is_some() && kept.is_whole)
    };
    let ill = groups.values().filter(|looks| !diagnose(looks, around).is_empty());
    let lags = ill.filter_map(|looks| looks.last()).flat_map(|look| &look.lags);
    let names: BTreeSet<&Name> = lags.filter(limited).map(|lag| &lag.topic).collect();
    let names: Vec<Name> = names.into_iter().cloned().collect();
    let mut sizes: BTreeMap<Name, BTreeMap<i32, u64>> = BTreeMap::new();
    if names.is_empty() {
        return Ok(sizes);
    }
    let (cluster, topics) = client.cluster_and_topics(Some(&names), false).await?;
    let brokers: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let dirs = client.log_dirs(&brokers, Some(&topics)).await;
    for dir in dirs.into_values().flatten().flatten() {
        for replica in dir.replicas.into_iter().filter(|replica| !replica.future) {
            let size =
                sizes.entry(replica.topic).or_default().entry(replica.partition).or_default();
            *size = replica.bytes.max(*size);
        }
    }
    Ok(sizes)
}

/// How long these topics keep records, as far as they delete any.
async fn retentions(
    client: &Client,
    topics: &BTreeSet<&Name>,
) -> Result<BTreeMap<Name, Retention>> {
    if topics.is_empty() {
        return Ok(BTreeMap::new());
    }
    let entities: Vec<Entity> = topics.iter().map(|topic| Entity::topic(topic.as_str())).collect();
    let keys = ["cleanup.policy", "retention.ms", "retention.bytes", "remote.storage.enable"];
    let keys = keys.map(str::to_owned).to_vec();
    let question = ConfigQuestion { keys: Some(keys), ..ConfigQuestion::default() };
    let answers = client.describe_configs(&entities, &question).await?;
    let (mut found, mut refused) = (BTreeMap::new(), None);
    for (topic, answer) in topics.iter().zip(answers) {
        match answer {
            Ok(entries) => found.extend(retention(&entries).map(|kept| ((*topic).clone(), kept))),
            Err(error) => refused = refused.or(Some((topic, error))),
        }
    }
    match refused {
        Some((topic, error)) if found.is_empty() => Err(Error::failed(format!(
            "the configuration of `{}` cannot be read ({})",
            visible(topic),
            error.name
        ))),
        _ => Ok(found),
    }
}

fn retention(entries: &[ConfigEntry]) -> Option<Retention> {
    let value = |key: &str| entries.iter().find(|entry| entry.name == key)?.value.as_deref();
    let policies: Vec<&str> = value("cleanup.policy")?.split(',').map(str::trim).collect();
    let deletes = policies.contains(&"delete");
    let is_whole = !policies.contains(&"compact") && value("remote.storage.enable") != Some("true");
    let limit = |key: &str| value(key)?.parse().ok().filter(|limit: &i64| *limit >= 0);
    let (ms, bytes) = (limit("retention.ms"), limit("retention.bytes"));
    (deletes && ms.or(bytes).is_some()).then_some(Retention { ms, bytes, is_whole })
}
