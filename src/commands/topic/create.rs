//! `topic create`: new topics, checked by the broker before they are made (CreateTopics; needs
//! CREATE on the topic or the cluster).

use std::collections::BTreeMap;

use super::export::own;
use super::fetch;
use crate::commands::config::set::{UNCLEAN, standing_at};
use crate::commands::config::unread;
use crate::commands::settle::settle_topics;
use crate::commands::written::{Needs, Told, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{AGAIN_IS_SAFE, Error, Kind, Result};
use crate::kafka::{Client, ConfigQuestion, CreatedTopic, Entity};
use crate::model::{Name, nearest, visible};
use crate::report::topic_write::WrittenTopic;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::topic::ConfigEntry;
use crate::topic::config_change::is_unclean;
use crate::topic::select::Selection;
use crate::topic::wanted::{Wanted, show_assignment};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The topics.
    pub topics: Vec<Wanted>,
    /// What is not asked for is as this topic has it.
    pub like: Option<String>,
    /// Where in a file the value of a key stands.
    pub places: BTreeMap<String, String>,
    /// A topic that is there is no failure.
    pub if_not_exists: bool,
    /// Have the broker check, and create nothing.
    pub dry_run: bool,
}

/// What to do where it is not known what was made.
const AGAIN: &str = "it may have made the topic: run it again with `--if-not-exists`";
const TOPIC_ALREADY_EXISTS: i16 = 36;
const INVALID_CONFIG: i16 = 40;
const NEEDS: Needs = Needs { operation: "create", flag: "--topic" };

/// Creates them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let topics = match &request.like {
        Some(other) => &like(context, &client, other, &request.topics).await?,
        None => &request.topics,
    };
    if !request.dry_run {
        let sets =
            |wanted: &Wanted| wanted.configs.iter().any(|(key, value)| is_unclean(key, value));
        if topics.iter().any(sets) {
            context.confirm(UNCLEAN)?;
        } else {
            context.confirm_unasked()?;
        }
        context.stop.begin_writing();
    }
    let client = client.until(context.deadline());
    let well = if request.dry_run { Status::Planned } else { Status::Created };
    let created = client.create_topics(topics, request.dry_run).await;
    let (fates, unknown) = told(created, topics.len(), well)?;
    let made = topics.iter().zip(&fates).filter(|(_, told)| told.error.is_none());
    let asking: Vec<(&str, usize, usize)> =
        made.filter_map(|(wanted, told)| min_isr(wanted, told.value.as_ref()?)).collect();
    fetch::warn_of_min_isr(context, &asking);
    let mut items: Vec<Item<WrittenTopic>> =
        topics.iter().zip(fates).map(|(wanted, told)| item(wanted, told)).collect();
    let exists = |item: &Item<WrittenTopic>| {
        item.error.as_ref().is_some_and(|error| error.code == TOPIC_ALREADY_EXISTS)
    };
    let created = items.iter().filter(|item| item.status == Status::Created);
    let created: Vec<Name> = created.map(|item| item.subject.name.as_str().into()).collect();
    settle_topics(context, &client, &created, |topic| !fetch::is_absent(topic)).await;
    if items.iter().any(exists) {
        compare(context, &client, topics, &mut items).await?;
    }
    if request.if_not_exists {
        for item in items.iter_mut().filter(|item| exists(item)) {
            item.status = Status::Existed;
            item.error = None;
        }
    }
    let cluster_id = client.describe_cluster().await.ok().and_then(|cluster| cluster.id);
    let result = WriteResult::new(cluster_id, request.dry_run, items);
    let mut error = unknown.or_else(|| summary(&client, ("create", "topic"), NEEDS, &result));
    if !request.if_not_exists {
        error = error.map(|error| error.instead(AGAIN_IS_SAFE, AGAIN));
    }
    if result.items.iter().any(exists) {
        error = error.map(|error| error.hint("`--if-not-exists` takes an existing topic as it is"));
    }
    let refused = |item: &Item<WrittenTopic>| {
        item.error.as_ref().is_some_and(|error| error.code == INVALID_CONFIG)
    };
    if let Some(first) = result.items.iter().find(|item| refused(item)) {
        let near = nearest_keys(&client, topics).await;
        error = error.map(|error| near.into_iter().fold(error, Error::hint));
        // The broker names the key in its words only.
        let why = first.error.as_ref().and_then(|error| error.message.as_deref());
        let is_named = |key: &str| why.is_some_and(|why| why.contains(key));
        let places = request.places.iter().filter(|(key, _)| is_named(key)).map(|(_, at)| at);
        error = error.map(|error| standing_at(error, places));
        // Nothing of it can be made as it was asked for.
        if result.items.iter().all(refused) {
            error = error.map(|error| error.with_kind(Kind::Invalid));
        }
    }
    Ok(Outcome::report(result).with_error(error))
}

/// What is not asked for is as the other topic has it: its numbers, and the values that it sets itself but
/// for those that a reassignment leaves there for a while.
async fn like(
    context: &Context<'_>,
    client: &Client,
    other: &str,
    topics: &[Wanted],
) -> Result<Vec<Wanted>> {
    let selection = Selection { names: vec![other.to_owned()], ..Selection::default() };
    let (_, found) = fetch::topics(client, &selection, false).await?;
    fetch::all_there(client, &found).await?;
    let entities = [Entity::topic(other)];
    let mut told = client.describe_configs_of_each(&entities, &ConfigQuestion::default()).await;
    if let Some(error) = unread(client, &entities, &told).await.pop() {
        return Err(error);
    }
    let entries = told.pop().and_then(Result::ok).and_then(Result::ok).unwrap_or_default();
    let own = own(&entries);
    let made: Vec<Wanted> = match found.first() {
        Some(topic) => topics.iter().map(|wanted| wanted.clone().like(topic, &own)).collect(),
        None => topics.to_vec(),
    };
    if let Some(first) = made.first() {
        context.ui.note(&format!("like `{}`: {}", visible(other), told_of(first)));
    }
    Ok(made)
}

/// `3 partitions, 2 replicas of each, retention.ms=1000`.
fn told_of(wanted: &Wanted) -> String {
    let number = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok());
    let partitions = number(wanted.partitions.map(i64::from)).map(|n| count(n, "partition"));
    let replicas = number(wanted.replication_factor.map(i64::from));
    let replicas = replicas.map(|n| format!("{} of each", count(n, "replica")));
    let assigned = (!wanted.assignment.is_empty()).then(|| show_assignment(&wanted.assignment));
    let configs = wanted.configs.iter().map(|(key, value)| format!("{key}={value}"));
    let parts = assigned.into_iter().chain(partitions).chain(replicas).chain(configs);
    visible(&parts.collect::<Vec<_>>().join(", ")).into_owned()
}

/// A misspelt key is no difference, and nothing else would say that it is not set.
fn warn_of_unknown_keys(context: &Context<'_>, wanted: &Wanted, configs: &[ConfigEntry]) {
    // Where the configuration may not be seen, that has been told.
    for (key, _) in wanted.configs.iter().filter(|_| !configs.is_empty()) {
        if configs.iter().any(|entry| entry.name == *key) {
            continue;
        }
        let near = nearest(key, configs.iter().map(|entry| entry.name.as_str()));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let (name, key) = (visible(&wanted.name), visible(key));
        context.ui.warn(&format!("topic `{name}` exists, and topics have no key `{key}`{near}"));
    }
}

/// A key that no topic has is a mistake in typing: which is near? The keys are those of any topic that
/// is there.
async fn nearest_keys(client: &Client, topics: &[Wanted]) -> Vec<String> {
    let known = async {
        let name = client.list_topics().await.ok()?.into_iter().next()?;
        let (of, question) = ([Entity::topic(name)], ConfigQuestion::default());
        client.describe_configs(&of, &question).await.ok()?.pop()?.ok()
    };
    let Some(known) = known.await else { return Vec::new() };
    let mut hints = Vec::new();
    for (key, _) in topics.iter().flat_map(|wanted| &wanted.configs) {
        if known.iter().any(|entry| entry.name == *key) {
            continue;
        }
        if let Some(near) = nearest(key, known.iter().map(|entry| entry.name.as_str())) {
            let hint = format!("did you mean `{near}`?");
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    hints
}

/// `min.insync.replicas` and the number of replicas: as the broker says, or else as asked for.
pub(super) fn min_isr<'a>(
    wanted: &'a Wanted,
    created: &CreatedTopic,
) -> Option<(&'a str, usize, usize)> {
    let asked = wanted.configs.iter().rev().find(|(key, _)| key == fetch::MIN_ISR);
    let asked = asked.and_then(|(_, value)| value.trim().parse().ok());
    let factor = created.replication_factor.or(wanted.replication_factor);
    let replicas = factor.and_then(|factor| usize::try_from(factor).ok());
    let replicas = replicas.or_else(|| wanted.assignment.first().map(Vec::len))?;
    Some((&wanted.name, created.min_in_sync.or(asked)?, replicas))
}

fn item(wanted: &Wanted, told: Told<CreatedTopic>) -> Item<WrittenTopic> {
    let count = |number: i64| usize::try_from(number).ok();
    let assigned = (!wanted.assignment.is_empty()).then_some(wanted.assignment.len());
    let partitions = wanted.partitions.map(i64::from).and_then(count).or(assigned);
    let replicas = wanted.replication_factor.map(i64::from).and_then(count);
    let value = told.value.as_ref();
    Item {
        subject: WrittenTopic {
            name: wanted.name.clone(),
            // What is only checked has no id yet.
            topic_id: value.and_then(|created| created.id).filter(|_| told.fate == Status::Created),
            partition_count: value
                .and_then(|created| created.partitions.map(i64::from).and_then(count))
                .or(partitions),
            replication_factor: value
                .and_then(|created| created.replication_factor.map(i64::from).and_then(count))
                .or(replicas),
            ..WrittenTopic::default()
        },
        action: Action::Create,
        status: told.fate,
        error: told.error,
    }
}

/// Says in what the topics that exist are other than asked.
async fn compare(
    context: &Context<'_>,
    client: &Client,
    wanted: &[Wanted],
    items: &mut [Item<WrittenTopic>],
) -> Result<()> {
    let exists = |item: &Item<WrittenTopic>| {
        item.error.as_ref().is_some_and(|error| error.code == TOPIC_ALREADY_EXISTS)
    };
    let existing = wanted.iter().zip(&*items).filter(|(_, item)| exists(item));
    let names = existing.map(|(wanted, _)| wanted.name.clone()).collect();
    let selection = Selection { names, ..Selection::default() };
    let (_, topics) = fetch::topics(client, &selection, false).await?;
    let asks_configs = wanted.iter().any(|wanted| !wanted.configs.is_empty());
    let configs = if asks_configs {
        fetch::configs(context, client, &topics, &ConfigQuestion::default()).await?
    } else {
        BTreeMap::new()
    };
    for (wanted, item) in wanted.iter().zip(items) {
        let found = topics.iter().find(|t| t.name.as_str() == wanted.name && t.error.is_none());
        let Some(topic) = found else {
            if exists(item) {
                // What was asked for is not what there is.
                (item.subject.partition_count, item.subject.replication_factor) = (None, None);
                let name = visible(&wanted.name);
                let known_yet = topics.iter().find(|t| t.name.as_str() == wanted.name);
                let why = if known_yet.is_none_or(fetch::is_absent) {
                    "it is not known yet how it is"
                } else {
                    "you may not see how it is (DESCRIBE on the topic)"
                };
                context.ui.warn(&format!("topic `{name}` exists, and {why}"));
            }
            continue;
        };
        let of_topic = configs.get(&topic.name).map(Vec::as_slice).unwrap_or_default();
        warn_of_unknown_keys(context, wanted, of_topic);
        item.subject.differences = wanted.differences(topic, of_topic);
        item.subject.topic_id = topic.id;
        item.subject.partition_count = Some(topic.partitions.len());
        item.subject.replication_factor = Some(topic.replication_factor());
        if !item.subject.differences.is_empty() {
            let differs: Vec<String> = item
                .subject
                .differences
                .iter()
                .map(|d| {
                    format!("{} is {}, not {}", visible(&d.what), visible(&d.is), visible(&d.asked))
                })
                .collect();
            let name = visible(&wanted.name);
            context.ui.warn(&format!("topic `{name}` exists and differs: {}", differs.join("; ")));
        }
    }
    Ok(())
}
