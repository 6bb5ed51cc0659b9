//! `config set` and `topic configure`: incremental changes, shown with what they replace
//! (IncrementalAlterConfigs; needs ALTER_CONFIGS on the topic, the group or the cluster).

mod question;

use std::collections::BTreeMap;

use super::{Unasked, Whose, broker, cluster_id, named, not_there, unread};
use crate::commands::settle::settle;
use crate::commands::topic::refusals::Refusals;
use crate::commands::written::{Needs, REQUEST_TIMED_OUT, because, summary, told_each};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, ConfigQuestion, Entity};
use crate::report::acl_write::ItemError;
use crate::report::topic_write::{WrittenConfig, change_line};
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::topic::config::{add_missing, supplement};
use crate::topic::config_change::{Refused, changes, changes_of_untold, is_any_unseen};
use crate::topic::reassign::throttle::is_passing;
use crate::topic::synonyms::{add_of_broker, add_weaker, is_told_by_brokers};
use crate::topic::{Asked, ConfigChange, ConfigEntry, ConfigOperation, ConfigSource, EntityType};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose configuration changes.
    pub whose: Whose,
    /// What changes.
    pub changes: Changes,
}

/// What changes, of each of them, and how.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The changes.
    pub asked: Vec<Asked>,
    /// Everything else that the entity sets itself is taken away.
    pub unset_all: bool,
    /// Keys whose values were not typed on the command line.
    pub untyped: Vec<String>,
    /// Where in a file the value of a key stands.
    pub places: BTreeMap<String, String>,
    /// Let keys through that the broker does not list.
    pub unknown_keys: bool,
    /// Have the broker check, and change nothing.
    pub dry_run: bool,
}

/// What is asked before a replica may lead that is not in sync.
pub(in crate::commands) const UNCLEAN: &str = "Let replicas lead that are not in sync, where no other is left? The records that they lack are lost.";
/// The same as a sentence beside others.
pub(in crate::commands) const UNCLEAN_LEADS: &str = "Replicas may lead that are not in sync, where no other is left: the records that they lack are lost.";
/// What a check that did not come to its end leaves behind.
const NOTHING_WRITTEN: &str = "that was only the check: nothing was written there";

/// What becomes of one entity.
#[derive(Debug)]
struct Plan {
    entity: Entity,
    changes: Vec<ConfigChange>,
    /// What was asked of an entity that cannot be asked what it has.
    unseen: Vec<WrittenConfig>,
    /// The keys that are not its own, and stay though everything else goes.
    kept: Vec<String>,
    /// How it stands with what changes.
    fate: Status,
    error: Option<ItemError>,
    /// The keys that the broker refuses, where it takes others: those are not tried.
    refused: Vec<(String, ItemError)>,
}

impl Changes {
    /// What changes of an entity that has `live`.
    fn of(&self, live: &[ConfigEntry], own: ConfigSource) -> Vec<Asked> {
        let mut asked = self.asked.clone();
        let is_set = |key: &str| self.asked.iter().any(|one| one.key == key);
        if self.unset_all {
            let goes = |key: &str| !is_set(key) && !is_passing(key);
            let set = live.iter().filter(|entry| entry.source == own && goes(&entry.name));
            asked.extend(set.map(|entry| Asked::unset(&entry.name)));
        }
        asked
    }

    /// The keys that an entity with `live` keeps where all others go: a reassignment put them there.
    fn kept(&self, live: &[ConfigEntry], own: ConfigSource) -> Vec<String> {
        let is_set = |key: &str| self.asked.iter().any(|one| one.key == key);
        let stays = |entry: &&ConfigEntry| {
            self.unset_all && entry.source == own && is_passing(&entry.name) && !is_set(&entry.name)
        };
        live.iter().filter(stays).map(|entry| entry.name.clone()).collect()
    }

    /// What was to change of an entity that could not be looked at: `*` stands for everything that it sets.
    fn of_unseen(&self) -> Vec<Asked> {
        let all = self.unset_all.then(|| Asked::unset("*"));
        self.asked.iter().cloned().chain(all).collect()
    }
}

/// Shows the changes, asks where records or all clients are at stake, and makes them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if request.changes.asked.is_empty() && !request.changes.unset_all {
        return Err(Error::invalid("no change is asked for").hint(
            "`--set KEY=VALUE`, `--set-from FILE`, `--unset KEY`, `--unset-all`, `--append KEY=WORD` or \
             `--subtract KEY=WORD`",
        ));
    }
    let is_logger = |entity: &Entity| entity.kind == EntityType::BrokerLogger;
    if request.changes.unset_all && request.whose.entities.iter().any(is_logger) {
        return Err(Error::invalid("`--unset-all` cannot be used with `--logger`")
            .caused_by("a broker does not tell which levels were set")
            .hint("`--unset LOGGER` takes the level of one away"));
    }
    if let Some(entity) = request.whose.entities.iter().find(|one| is_nameless(one)) {
        return Err(nameless(entity.kind));
    }
    if !request.changes.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let Request { whose, changes: request } = request;
    let (entities, lost_brokers) = whose.resolve(&client, Unasked::Kept).await?;
    let missing = whose.missing(context, &client).await;
    if let Some(missing) = not_there(&missing) {
        context.ui.warn(&format!("{missing}: what is set there stays as it is"));
    }
    let mut refusals = Refusals::default();
    let mut plans = plan(&client, entities, request, &mut refusals).await?;
    for broker in lost_brokers.brokers {
        let error = Some(ItemError::no_such_broker(&broker.name));
        plans.push(Plan::without(broker, request, Status::Failed, error));
    }
    if let Some(error) = lost_brokers.error {
        refusals.add(error, request.of_unseen().len());
    }
    let skipped = |broker| Plan::without(broker, request, Status::Skipped, None);
    plans.extend(missing.iter().cloned().map(skipped));
    for text in plans.iter().filter_map(question::of_what_stays) {
        context.ui.note(&text);
    }
    question::warn_of_min_isr(context, &client, &plans).await;
    question::warn_of_secrets(context, request, &plans);
    if request.dry_run {
        for text in question::stakes(&plans) {
            context.ui.warn(&text);
        }
    }
    let client = client.until(context.deadline());
    // What the broker does not take is found out before anybody is asked.
    let checked = alter(&client, &mut plans, true).await;
    let unwritten = |error: Error| error.hint(NOTHING_WRITTEN);
    let mut lost = checked.map_err(unwritten)?.map(unwritten);
    let timed_out = plans
        .iter()
        .any(|plan| plan.error.as_ref().is_some_and(|error| error.code == REQUEST_TIMED_OUT));
    blame(&client, &mut plans).await;
    if !request.dry_run && plans.iter().any(Plan::is_ahead) {
        refusals.warn(context);
        context.ui.show(&[Block::Lines(shown(&plans))]);
        question::ask(context, &plans, request.unset_all)?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        lost = lost.or(alter(&client, &mut plans, false).await?);
        wait(context, &client, &plans).await;
    }
    let items = plans.iter().flat_map(Plan::items).collect();
    let result = WriteResult::new(cluster_id(context, &client).await, request.dry_run, items);
    let kind = plans.first().map_or(EntityType::Topic, |plan| plan.entity.kind);
    let error = summary(&client, ("change", "key"), needs(kind, "alter-configs"), &result);
    let error = match not_there(&missing) {
        Some(missing) => error
            .map(|error| error.caused_by(missing).hint("run it again when all brokers are back")),
        None => error,
    };
    let failed = result.items.iter().filter(|item| item.status == Status::Failed);
    let failed = failed.filter_map(|item| request.places.get(&item.subject.key));
    let error = refusals.sum(result.items.len(), because(error, lost));
    let error = error.map(|error| standing_at(error, failed));
    let error = error.map(|error| if timed_out { unwritten(error) } else { error });
    Ok(Outcome::report(result).with_error(error))
}

/// Has the brokers judge what is planned, or make the changes; the first broker that did not answer.
async fn alter(client: &Client, plans: &mut [Plan], validate: bool) -> Result<Option<Error>> {
    let mut ahead: Vec<&mut Plan> = plans.iter_mut().filter(|plan| plan.is_ahead()).collect();
    let to_change: Vec<(Entity, Vec<Asked>)> =
        ahead.iter().map(|plan| (plan.entity.clone(), plan.requests())).collect();
    let outcomes = client.alter_configs(&to_change, validate).await;
    let well = if validate { Status::Planned } else { Status::Altered };
    let (fates, lost) = told_each(outcomes, well)?;
    for (plan, told) in ahead.iter_mut().zip(fates) {
        let error = told.error.map(|error| plan.without_values(error));
        (plan.fate, plan.error) = (told.fate, error);
    }
    Ok(lost)
}

/// Waits until nothing is any more as it was.
async fn wait(context: &Context<'_>, client: &Client, plans: &[Plan]) {
    let all: Vec<Entity> = plans.iter().map(|plan| plan.entity.clone()).collect();
    let untold = untold(client, &all).await.unwrap_or_default();
    let changed: Vec<&Plan> = plans
        .iter()
        .filter(|plan| plan.fate == Status::Altered)
        .filter(|plan| plan.changes.iter().any(ConfigChange::can_be_seen))
        .filter(|plan| !untold.contains(&plan.entity))
        .collect();
    if changed.is_empty() {
        return;
    }
    let entities: Vec<Entity> = changed.iter().map(|plan| plan.entity.clone()).collect();
    settle(context, client, async |client| {
        let found = client.describe_configs(&entities, &ConfigQuestion::default()).await?;
        let is_as_before = |plan: &Plan, entries: &[ConfigEntry]| {
            let own = plan.entity.kind.own_source(&plan.entity.name);
            is_any_unseen(&plan.changes, entries, own)
        };
        let mut all = changed.iter().zip(found);
        Ok(all.all(|(plan, told)| told.is_ok_and(|entries| !is_as_before(plan, &entries))))
    })
    .await;
}

/// Finds out which keys of each entity that failed are to blame.
async fn blame(client: &Client, plans: &mut [Plan]) {
    for plan in plans.iter_mut().filter(|plan| plan.fate == Status::Failed) {
        let refused = blamed(client, &plan.entity, &plan.requests()).await;
        let told = refused.into_iter().map(|(key, error)| (key, plan.without_values(error)));
        plan.refused = told.collect();
    }
}

/// A broker answers once for all keys of an entity: which of them does it refuse? None where it refuses all
/// of them, or only all together: then it is everybody's fault.
pub(in crate::commands) async fn blamed(
    client: &Client,
    entity: &Entity,
    changed: &[Asked],
) -> Vec<(String, ItemError)> {
    let mut refused = Vec::new();
    for asked in changed.iter().filter(|_| changed.len() > 1) {
        let alone = (entity.clone(), vec![asked.clone()]);
        let answer = client.alter_configs(&[alone], true).await.pop();
        if let Some(error) = answer.and_then(Result::err).as_ref().and_then(Error::kafka_error) {
            refused.push((asked.key.clone(), ItemError::from(error)));
        }
    }
    if refused.len() == changed.len() { Vec::new() } else { refused }
}

impl Plan {
    /// An entity of which nothing is known, or that cannot be changed.
    fn without(entity: Entity, request: &Changes, fate: Status, error: Option<ItemError>) -> Self {
        let change = |asked: &Asked| WrittenConfig::not_looked_at(entity.kind, &entity.name, asked);
        let unseen = request.of_unseen().iter().map(change).collect();
        let (changes, kept, refused) = (Vec::new(), Vec::new(), Vec::new());
        Self { entity, changes, unseen, kept, fate, error, refused }
    }

    /// What a broker says, without the values that nothing shows: it may quote them.
    fn without_values(&self, error: ItemError) -> ItemError {
        let hide = |text: String| {
            self.changes.iter().fold(text, |text, change| change.asked.without_value(&text))
        };
        ItemError { message: error.message.map(hide), ..error }
    }

    /// What is sent for it.
    fn requests(&self) -> Vec<Asked> {
        let changed = self.changes.iter().filter(|change| change.changes);
        changed.map(|change| change.request(self.entity.kind)).collect()
    }

    /// Whether something is still to be done.
    fn is_ahead(&self) -> bool {
        self.fate == Status::Planned && self.changes.iter().any(|change| change.changes)
    }

    /// What became of each change.
    fn items(&self) -> Vec<Item<WrittenConfig>> {
        let fate = |subject, changes: bool| Item {
            subject,
            action: Action::Alter,
            status: if changes { self.fate } else { Status::Unchanged },
            error: self.error.clone().filter(|_| changes),
        };
        let Entity { kind, name } = &self.entity;
        let changed = |change: &ConfigChange| {
            let mut item = fate(WrittenConfig::new(*kind, name, change), change.changes);
            if change.changes && !self.refused.is_empty() {
                let why = self.refused.iter().find(|(key, _)| *key == change.asked.key);
                item.error = why.map(|(_, error)| error.clone());
                item.status = if why.is_some() { Status::Failed } else { Status::Skipped };
            }
            item
        };
        let unseen = self.unseen.iter().cloned().map(|subject| fate(subject, true));
        self.changes.iter().map(changed).chain(unseen).collect()
    }
}

/// The permission on the entity.
pub(super) fn needs(kind: EntityType, operation: &'static str) -> Needs {
    let flag = match kind {
        EntityType::Topic => "--topic",
        EntityType::Group => "--group",
        _ => "--cluster",
    };
    Needs { operation, flag }
}

/// What would become of each entity. One that cannot be read fails for itself; a change that its keys do
/// not bear is a mistake in what was asked for.
async fn plan(
    client: &Client,
    entities: Vec<Entity>,
    request: &Changes,
    refusals: &mut Refusals,
) -> Result<Vec<Plan>> {
    let question = ConfigQuestion { synonyms: true, ..ConfigQuestion::default() };
    let untold = untold(client, &entities).await?;
    let (entities, kept): (Vec<Entity>, Vec<Entity>) =
        entities.into_iter().partition(|entity| !untold.contains(entity));
    if let Some(entity) = kept.first().filter(|_| request.unset_all) {
        let text = format!("`--unset-all` cannot be used for {}", named(entity));
        return Err(Error::invalid(text)
            .caused_by("controllers do not tell what a broker sets")
            .hint("name the keys: `--unset KEY`"));
    }
    let mut live = client.describe_configs_of_each(&entities, &question).await;
    let none = kept.is_empty() && live.iter().all(Result::is_err);
    if let Some(Err(error)) = live.iter().find(|_| none) {
        return Err(error.clone());
    }
    let keys_of_brokers = keys_of_brokers(client, entities.iter().chain(&kept)).await?;
    live.extend(kept.iter().map(|_| Ok(Ok(keys_of_brokers.clone()))));
    let entities: Vec<Entity> = entities.into_iter().chain(kept).collect();
    let of_broker = behind_topics(client, &entities, request).await;
    let mut plans = Vec::new();
    let mut refused: Vec<(Entity, Refused)> = Vec::new();
    for error in unread(client, &entities, &live).await {
        refusals.add(error, request.of_unseen().len());
    }
    let held = held_by_brokers(client, &entities, request).await;
    for (entity, live) in entities.into_iter().zip(live) {
        let mut live = match live {
            Ok(Ok(live)) => live,
            Ok(Err(error)) => {
                let error = Some(ItemError::from(&error));
                plans.push(Plan::without(entity, request, Status::Failed, error));
                continue;
            }
            Err(error) => {
                let error = Some(ItemError::unanswered(&error));
                plans.push(Plan::without(entity, request, Status::Failed, error));
                continue;
            }
        };
        supplement(entity.kind, &mut live);
        match entity.kind {
            EntityType::Topic => add_of_broker(&mut live, &of_broker),
            EntityType::Broker if !is_common(&entity) => add_weaker(&mut live),
            _ => {}
        }
        let own = entity.kind.own_source(&entity.name);
        if is_common(&entity) {
            add_missing(&mut live, &keys_of_brokers);
        }
        let asked = request.of(&live, own);
        let judge = if untold.contains(&entity) { changes_of_untold } else { changes };
        match judge(&live, &asked, own, request.unknown_keys) {
            Ok(mut changes) => {
                for change in changes.iter_mut().filter(|_| inherits_unseen(client, &entity)) {
                    change.forget_inherited(own);
                }
                for change in changes.iter_mut().filter(|_| is_common(&entity)) {
                    if let Some(held) = held.get(&change.asked.key) {
                        change.held.clone_from(held);
                    }
                }
                let (kept, fate) = (request.kept(&live, own), Status::Planned);
                let (unseen, refused) = (Vec::new(), Vec::new());
                plans.push(Plan { entity, changes, unseen, kept, fate, error: None, refused });
            }
            Err(all) => refused.extend(all.into_iter().map(|one| (entity.clone(), one))),
        }
    }
    if refused.is_empty() { Ok(plans) } else { Err(cannot(&refused, &request.places)) }
}

/// Brokers where controllers are talked to: those keep what is set for a broker, and do not tell it.
async fn untold(client: &Client, entities: &[Entity]) -> Result<Vec<Entity>> {
    let is_broker = |entity: &&Entity| entity.kind == EntityType::Broker && !is_common(entity);
    let brokers: Vec<&Entity> = entities.iter().filter(is_broker).collect();
    if brokers.is_empty() || !client.talks_to_controllers() {
        return Ok(Vec::new());
    }
    let cluster = client.describe_cluster().await?;
    let tells = |entity: &Entity| cluster.nodes().iter().any(|n| n.id.to_string() == entity.name);
    Ok(brokers.into_iter().filter(|entity| !tells(entity)).cloned().collect())
}

/// Whether what it has from brokers is told by a controller, who tells its own.
pub(super) fn inherits_unseen(client: &Client, entity: &Entity) -> bool {
    let inherits = matches!(entity.kind, EntityType::Topic | EntityType::Group);
    client.talks_to_controllers() && (inherits || is_common(entity))
}

/// Whether it has to have a name, and has none.
fn is_nameless(entity: &Entity) -> bool {
    entity.kind != EntityType::Broker && entity.name.is_empty()
}

fn nameless(kind: EntityType) -> Error {
    Error::invalid(format!("the name of a {} is empty", kind.word()))
        .hint("give the name of one: a variable of the shell may be unset")
}

/// What all brokers have in common.
pub(super) fn is_common(entity: &Entity) -> bool {
    entity.kind == EntityType::Broker && entity.name.is_empty()
}

/// Of what all brokers have in common only that is told which is set: the keys that there are, their
/// types and which are read-only are those of a broker.
pub(super) async fn keys_of_brokers(
    client: &Client,
    mut entities: impl Iterator<Item = &Entity>,
) -> Result<Vec<ConfigEntry>> {
    let needs = |entity: &Entity| {
        is_common(entity) || entity.kind == EntityType::Broker && client.talks_to_controllers()
    };
    if !entities.any(needs) {
        return Ok(Vec::new());
    }
    of_a_broker(client).await
}

/// What stands behind values of topics that are to go, where only a broker tells it and does so to the
/// caller.
async fn behind_topics(
    client: &Client,
    entities: &[Entity],
    request: &Changes,
) -> Vec<ConfigEntry> {
    let is_topic = |entity: &Entity| entity.kind == EntityType::Topic;
    if client.talks_to_controllers() || !entities.iter().any(is_topic) {
        return Vec::new();
    }
    if request.unset_all {
        return of_a_broker(client).await.unwrap_or_default();
    }
    let unset = request.asked.iter().filter(|asked| asked.operation == ConfigOperation::Unset);
    behind(client, unset.map(|asked| asked.key.as_str())).await
}

/// The same of these keys.
pub(in crate::commands) async fn behind<'a>(
    client: &Client,
    mut unset: impl Iterator<Item = &'a str>,
) -> Vec<ConfigEntry> {
    if !unset.any(is_told_by_brokers) {
        return Vec::new();
    }
    of_a_broker(client).await.unwrap_or_default()
}

/// The configuration of some broker that tells it.
async fn of_a_broker(client: &Client) -> Result<Vec<ConfigEntry>> {
    let cluster = client.describe_cluster().await?;
    let question = ConfigQuestion { synonyms: true, ..ConfigQuestion::default() };
    let mut first = None;
    for broker in cluster.nodes() {
        let entity = Entity { kind: EntityType::Broker, name: broker.id.to_string() };
        match client.describe_configs(&[entity], &question).await {
            Ok(mut told) => {
                if let Some(Ok(mut keys)) = told.pop() {
                    add_weaker(&mut keys);
                    return Ok(keys);
                }
            }
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(Vec::new()), Err)
}

/// What each broker keeps of records now, by the keys of which all brokers are to get another value. A broker that has
/// a value of its own keeps that; one that does not tell may keep everything.
async fn held_by_brokers(
    client: &Client,
    entities: &[Entity],
    request: &Changes,
) -> BTreeMap<String, Vec<Option<String>>> {
    let keys = request.asked.iter().filter(|asked| asked.operation != ConfigOperation::Unset);
    let keys = keys.map(|asked| asked.key.clone());
    let keys: Vec<String> = keys.filter(|key| ConfigChange::is_about_records(key)).collect();
    let mut held: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    // Controllers do not tell it: what all of them do not set counts as not known.
    if keys.is_empty() || client.talks_to_controllers() || !entities.iter().any(is_common) {
        return held;
    }
    let Ok(cluster) = client.describe_cluster().await else { return held };
    let brokers: Vec<Entity> = cluster.brokers.iter().map(|one| broker(one.id)).collect();
    let question = ConfigQuestion { synonyms: true, ..ConfigQuestion::default() };
    for told in client.describe_configs_of_each(&brokers, &question).await {
        let mut told = told.ok().and_then(std::result::Result::ok).unwrap_or_default();
        add_weaker(&mut told);
        for key in &keys {
            let entry = told.iter().find(|entry| entry.name == *key);
            if entry.is_none_or(|entry| entry.source != ConfigSource::DynamicBrokerConfig) {
                held.entry(key.clone()).or_default().push(entry.and_then(ConfigEntry::held));
            }
        }
    }
    held
}

/// The error with the places of what it is about.
pub(in crate::commands) fn standing_at<'a>(
    error: Error,
    places: impl Iterator<Item = &'a String>,
) -> Error {
    let mut places: Vec<&str> = places.map(String::as_str).collect();
    places.sort_unstable();
    places.dedup();
    match places[..] {
        [] => error,
        _ => error.hint(format!("the value stands at {}", places.join(", "))),
    }
}

fn cannot(refused: &[(Entity, Refused)], places: &BTreeMap<String, String>) -> Error {
    let reason = |(entity, one): &(Entity, Refused)| {
        let place = places.get(&one.key).map_or_else(String::new, |place| format!("{place}: "));
        format!("{place}{}: {}", named(entity), one.reason)
    };
    let mut error = Error::invalid(match refused {
        [one] => reason(one),
        _ => format!("{} changes cannot be made", refused.len()),
    });
    let mut hints: Vec<&str> = Vec::new();
    for both in refused {
        if refused.len() > 1 {
            error = error.caused_by(reason(both));
        }
        let (_, one) = both;
        if let Some(hint) = one.hint.as_deref().filter(|hint| !hints.contains(hint)) {
            hints.push(hint);
        }
    }
    hints.into_iter().fold(error, Error::hint)
}

fn shown(plans: &[Plan]) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for plan in plans {
        lines.push(Line::styled(Style::Bold, named(&plan.entity)));
        lines.extend(plan.changes.iter().map(change_line));
    }
    lines
}
