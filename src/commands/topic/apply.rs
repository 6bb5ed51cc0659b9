//! `topic apply`: makes the cluster's topics those of the files (CreateTopics, CreatePartitions,
//! IncrementalAlterConfigs; needs CREATE on topics that are made, ALTER on those that get partitions and
//! ALTER_CONFIGS on those whose configuration changes). Deletes no topic, ever.

mod writes;

use self::writes::{Writes, settle_writes};
use super::add_partitions::{KEYS_MOVE, OTHER_NUMBER};
use super::create::min_isr;
use super::desired::{Prepared, Wish};
use super::fetch::{self, MIN_ISR};
use super::refusals::Refusals;
use crate::commands::config::set::UNCLEAN_LEADS;
use crate::commands::written::{Needs, because, grant, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, CreatedTopic};
use crate::model::visible;
use crate::report::Report as _;
use crate::report::acl_write::ItemError;
use crate::report::topic_plan::TopicChange;
use crate::report::units::count;
use crate::report::write::{Item, Status, Subject as _, WriteResult};
use crate::topic::config_change::is_unclean;
use crate::topic::plan::{Change, What, Why};
use crate::topic::{ConfigChange, Topic};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The desired state.
    pub wish: Wish,
    /// Have the broker check, and change nothing.
    pub dry_run: bool,
}

/// Plans, shows, asks, writes, and waits until it can be seen.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let wish = &request.wish;
    let (files, client) = context.connect_beside(|| wish.load(context)).await?;
    let prepared = Prepared::of(context, &client, files, wish.options).await?;
    let plan = &prepared.plan;
    let refusals = refusals(&client, &prepared);
    let mut items: Vec<Item<TopicChange>> = plan
        .changes
        .iter()
        .map(|change| {
            let change = TopicChange::of(change, &prepared.files);
            let action = change.action();
            Item::new(change, action, Status::Planned)
        })
        .collect();
    if !plan.changes.is_empty() || !plan.obstacles.is_empty() {
        context.ui.show(&prepared.report(wish.options.prune).blocks(false));
    } else if !plan.extra.is_empty() {
        let values = count(plan.extra.len(), "value");
        context.ui.note(&format!(
            "{values} that topics set are in no file: `topic plan` shows them, `--prune` takes them away"
        ));
    }
    // What the broker does not take is found out before anybody is asked.
    let writes = Writes::of(&plan.changes);
    let checked = writes.send(&client.until(context.deadline()), &mut items, true).await;
    writes.blame(&client, &plan.changes, &mut items).await;
    warn(context, &prepared, &items, &checked.created);
    let mut lost = checked.lost;
    if !request.dry_run && items.iter().any(|item| item.status == Status::Planned) {
        warn_of_failed(context, &items);
        ask(context, &plan.changes, &items)?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        let ahead = Writes::planned(&plan.changes, &items);
        let sent = ahead.send(&client, &mut items, false).await;
        lost = sent.lost.or(lost);
        settle_writes(context, &client, &plan.changes, &items).await;
    }
    Ok(outcome(&client, &prepared, items, (refusals, lost), request.dry_run))
}

/// What is not done, whatever the plan does; each fails for itself.
pub(super) fn refusals(client: &Client, prepared: &Prepared) -> Refusals {
    let mut refusals = Refusals::default();
    for obstacle in &prepared.plan.obstacles {
        let (needs, kafka) = match &obstacle.why {
            Why::Unseen(error) => (fetch::TO_SEE, error),
            Why::ConfigsUnseen(error) => (TO_SEE_CONFIGS, error),
            _ => {
                let error = Error::failed(obstacle.reason());
                refusals.add(obstacle.remedy().into_iter().fold(error, Error::hint), 1);
                continue;
            }
        };
        let error = Error::failed(obstacle.reason()).kafka(kafka.clone());
        let hint = grant(client, needs, kafka.code, &obstacle.topic);
        refusals.add(hint.into_iter().fold(error, Error::hint), 1);
    }
    refusals
}

const TO_SEE_CONFIGS: Needs = Needs { operation: "describe-configs", flag: "--topic" };

/// The permission that a change takes.
fn needs(change: &TopicChange) -> Needs {
    let operation = match change.what {
        "topic" => "create",
        "partitions" => "alter",
        _ => "alter-configs",
    };
    Needs { operation, flag: "--topic" }
}

fn outcome(
    client: &Client,
    prepared: &Prepared,
    mut items: Vec<Item<TopicChange>>,
    (refusals, lost): (Refusals, Option<Error>),
    dry_run: bool,
) -> Outcome {
    for obstacle in &prepared.plan.obstacles {
        let change = TopicChange::of_obstacle(obstacle, &prepared.files);
        let action = change.action();
        let error = Some(ItemError::from(&obstacle.error()));
        items.push(Item { subject: change, action, status: Status::Failed, error });
    }
    let result = WriteResult::new(prepared.cluster_id.clone(), dry_run, items);
    let first = result.items.iter().find(|item| item.status.is_bad());
    let needs = first.map_or(fetch::TO_SEE, |item| needs(&item.subject));
    let deed = if result.items.len() == 1 { ("apply", "the file to") } else { ("make", "change") };
    let error = because(summary(client, deed, needs, &result), lost);
    let failed = result.items.iter().filter(|item| item.status == Status::Failed);
    let mut places: Vec<String> = failed.map(|item| item.subject.place.to_string()).collect();
    places.dedup();
    let mut shown = places.iter().take(PLACES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = places.len().checked_sub(PLACES) {
        shown.push_str(&format!(" and {more} more"));
    }
    let error = refusals.sum(result.items.len(), error);
    let error = error.map(|error| match places[..] {
        [] => error,
        _ => error.hint(format!("what failed stands at {shown}")),
    });
    Outcome::report(result).with_error(error)
}

/// The most places that a message names.
const PLACES: usize = 5;

/// Says what the changes bring about that a reader of the plan may not see.
fn warn(
    context: &Context<'_>,
    prepared: &Prepared,
    items: &[Item<TopicChange>],
    created: &[(usize, CreatedTopic)],
) {
    let changes = &prepared.plan.changes;
    let is_ahead = |at: &usize| items[*at].status == Status::Planned;
    let topic = |name: &str| prepared.topics.iter().find(|topic| topic.name.as_str() == name);
    let mut asking: Vec<(&str, usize, usize)> = Vec::new();
    let mut growing: Vec<Topic> = Vec::new();
    for at in (0..changes.len()).filter(is_ahead) {
        let Change { topic: name, what, .. } = &changes[at];
        match what {
            What::Create(wanted) => {
                let told = created.iter().find(|(index, _)| *index == at);
                asking.extend(told.and_then(|(_, created)| min_isr(wanted, created)));
            }
            What::Grow { .. } => growing.extend(topic(name).cloned()),
            What::Config(change) if change.asked.key == MIN_ISR => {
                let min = change.new.as_deref().and_then(|min| min.trim().parse().ok());
                asking.extend(
                    min.zip(topic(name)).map(|(min, t)| (&**name, min, t.replication_factor())),
                );
            }
            What::Config(_) => {}
        }
    }
    fetch::warn_of_min_isr(context, &asking);
    if !growing.is_empty() {
        fetch::warn_of_internal(context, &growing, OTHER_NUMBER);
        context.ui.warn(KEYS_MOVE);
    }
}

/// Whoever answers the question knows what the broker does not take.
fn warn_of_failed(context: &Context<'_>, items: &[Item<TopicChange>]) {
    let mut failed = items.iter().filter(|item| item.status == Status::Failed);
    let Some(first) = failed.next() else { return };
    let why = first.error.as_ref().map_or(String::new(), |error| {
        let words = error.message.as_deref().unwrap_or(&error.name);
        format!(": {}", visible(words))
    });
    let more = match failed.count() {
        0 => String::new(),
        more => format!(" (and {more} more that fail)"),
    };
    context.ui.warn(&format!("{} would fail{more}{why}", first.subject.title()));
}

/// Asks where something is lost, or cannot be taken back.
fn ask(context: &Context<'_>, changes: &[Change], items: &[Item<TopicChange>]) -> Result<()> {
    let ahead = || changes.iter().zip(items).filter(|(_, item)| item.status == Status::Planned);
    let of_configs = |judge: fn(&ConfigChange) -> bool| {
        ahead().any(|(change, _)| matches!(&change.what, What::Config(config) if judge(config)))
    };
    let unclean = ahead().any(|(change, _)| match &change.what {
        What::Create(wanted) => wanted.configs.iter().any(|(key, value)| is_unclean(key, value)),
        _ => false,
    });
    let grows = ahead().any(|(change, _)| matches!(change.what, What::Grow { .. }));
    let mut losses: Vec<&str> = Vec::new();
    if grows {
        losses.push("Partitions that are added cannot be taken away again.");
    }
    if of_configs(ConfigChange::loses_records) {
        losses.push("Kafka deletes records that it would have kept.");
    }
    if unclean || of_configs(ConfigChange::lets_unclean_lead) {
        losses.push(UNCLEAN_LEADS);
    }
    if losses.is_empty() {
        return context.confirm_unasked();
    }
    context.confirm(&format!("Make {}? {}", count(ahead().count(), "change"), losses.join(" ")))
}
