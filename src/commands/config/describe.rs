//! `config describe`: values and where they come from (DescribeConfigs; needs DESCRIBE_CONFIGS on the
//! topic, the group or the cluster).

use super::{Unasked, Whose, cluster_id, named, not_there, set, unread};
use crate::commands::group::together;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::kafka::ConfigQuestion;
use crate::model::{nearest, visible};
use crate::report::configs::{ConfigDescription, EntityConfig};
use crate::topic::ConfigEntry;
use crate::topic::config::add_missing;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Whose configuration.
    pub whose: Whose,
    /// Only these keys.
    pub keys: Vec<String>,
    /// Only keys that contain this.
    pub containing: Option<String>,
    /// Also keys that have their default.
    pub all: bool,
    /// Also what stands behind each value.
    pub synonyms: bool,
    /// Also the broker's words.
    pub documentation: bool,
}

/// Describes them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (entities, lost) = request.whose.resolve(&client, Unasked::Lost).await?;
    if let Some(missing) = not_there(&request.whose.missing(context, &client).await) {
        context.ui.warn(&format!("{missing}: what is set there is not shown"));
    }
    let question = ConfigQuestion {
        keys: None,
        synonyms: request.synonyms,
        documentation: request.documentation,
    };
    let mut found = client.describe_configs_of_each(&entities, &question).await;
    if let Some(Err(error)) = found.iter().find(|_| found.iter().all(Result::is_err)) {
        return Err(error.clone());
    }
    if entities.iter().any(|entity| set::inherits_unseen(&client, entity)) {
        context.ui.note("what is set elsewhere is shown as the controller has it: brokers may have other values");
    }
    if !request.keys.is_empty() {
        // A key that is not set has an answer too.
        let keys = set::keys_of_brokers(&client, entities.iter()).await?;
        for (entity, found) in entities.iter().zip(&mut found) {
            if let (true, Ok(Ok(live))) = (set::is_common(entity), found) {
                add_missing(live, &keys);
            }
        }
    }
    check_keys(&request.keys, found.iter().flatten().flatten().flatten())?;
    let errors = unread(&client, &entities, &found).await;
    let mut items = Vec::new();
    for (entity, found) in entities.iter().zip(found) {
        let title = named(entity);
        let (kind, name) = (entity.kind, &entity.name);
        match found {
            Ok(Ok(configs)) => {
                let shown: Vec<&ConfigEntry> =
                    configs.iter().filter(|entry| request.shows(entry)).collect();
                items.push(EntityConfig::new(kind, name, title, &shown, request.synonyms));
            }
            Ok(Err(why)) => {
                let mut item = EntityConfig::new(kind, name, title, &[], false);
                item.error = Some((&why).into());
                items.push(item);
            }
            // The error of the command names it.
            Err(_) => {}
        }
    }
    let cluster_id = cluster_id(context, &client).await;
    let all = entities.len() + lost.brokers.len();
    // The others were described.
    let lost = lost.error.map(|error| error.with_kind(Kind::Failed));
    let errors = errors.into_iter().chain(lost).collect();
    let error = together(errors, all, "configurations cannot be read");
    let whose = &request.whose;
    let listed = !whose.every.is_empty() && whose.entities.is_empty() && !whose.all_brokers;
    Ok(Outcome::report(ConfigDescription { cluster_id, items, listed }).with_error(error))
}

impl Request {
    fn shows(&self, entry: &ConfigEntry) -> bool {
        if !self.keys.is_empty() {
            return self.keys.contains(&entry.name);
        }
        match &self.containing {
            // Whoever searches wants to find, whatever the value comes from.
            Some(text) => entry.name.contains(text),
            None => self.all || entry.differs_from_default(),
        }
    }
}

/// A key that nothing has is a mistake in typing.
fn check_keys<'a>(keys: &[String], found: impl Iterator<Item = &'a ConfigEntry>) -> Result<()> {
    let mut known: Vec<&str> = found.map(|entry| entry.name.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let unknown = keys.iter().find(|key| known.binary_search(&key.as_str()).is_err());
    let Some(key) = unknown.filter(|_| !known.is_empty()) else { return Ok(()) };
    let error = Error::invalid(format!("no such key: `{}`", visible(key)));
    Err(match nearest(key, known) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`kward config describe … --all -o name` lists the keys"),
    })
}
