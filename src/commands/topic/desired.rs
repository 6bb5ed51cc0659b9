//! What `topic plan` and `topic apply` have in common: the files, the topics that there are, and the plan
//! between them (Metadata and DescribeConfigs; needs DESCRIBE and DESCRIBE_CONFIGS on the topics).

use std::collections::HashMap;

use super::fetch;
use crate::commands::Context;
use crate::commands::acl::FileArguments;
use crate::commands::config::set::behind;
use crate::error::{Error, KafkaError, Result};
use crate::kafka::{Client, ConfigQuestion, Entity};
use crate::model::{Name, visible};
use crate::report::topic_plan::TopicPlan;
use crate::topic::file::{Files, Inputs, load};
use crate::topic::plan::{Found, Options, Plan, plan};
use crate::topic::synonyms::add_of_broker;
use crate::topic::{ConfigEntry, EntityType, Topic};

/// What the files and the flags say.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// `-f` and its variables.
    pub files: FileArguments,
    /// `--prune`, `--allow-unknown-keys`.
    pub options: Options,
}

/// A plan with what it came from.
#[derive(Debug)]
pub struct Prepared {
    /// The files.
    pub files: Files,
    /// The cluster that was read.
    pub cluster_id: Option<String>,
    /// The topics of the files, in their order; each says itself whether it is there.
    pub topics: Vec<Topic>,
    /// The plan.
    pub plan: Plan,
}

impl Wish {
    /// Reads and decodes the files; every mistake is found before anything is sent.
    pub fn load(&self, context: &Context<'_>) -> Result<Files> {
        let sources = self.files.sources_of("topic")?;
        let vars = self.files.variables()?;
        let environment = |name: &str| context.settings.variable(name);
        load(sources, &Inputs { vars: &vars, env: &environment })
    }
}

impl Prepared {
    /// Compares the files with the cluster.
    pub async fn of(
        context: &Context<'_>,
        client: &Client,
        files: Files,
        options: Options,
    ) -> Result<Self> {
        let names: Vec<Name> = files.topics.iter().map(|spec| spec.name.as_str().into()).collect();
        let (cluster, found) = client.cluster_and_topics(Some(&names), false).await?;
        check_cluster(&files, cluster.id.as_deref())?;
        let mut by_name: HashMap<Name, Topic> =
            found.into_iter().map(|topic| (topic.name.clone(), topic)).collect();
        let in_order = |name: &Name| by_name.remove(name).unwrap_or_else(|| left_out(name));
        let mut topics: Vec<Topic> = names.iter().map(in_order).collect();
        let counts = files.topics.iter().zip(&topics).any(|(spec, topic)| {
            let asked = spec.replication_factor.and_then(|n| usize::try_from(n).ok());
            // A partition that moves has more for a while.
            let other = |asked| topic.partitions.iter().any(|p| p.replication_factor() != asked);
            asked.is_some_and(|asked| topic.error.is_none() && other(asked))
        });
        if counts {
            fetch::note_adding(context, client, &mut topics).await;
        }
        let mut configs = configs(client, &files, &topics, options.prune).await?;
        if options.prune {
            let own = EntityType::Topic.own_source("");
            let told = configs.iter().flatten().flatten();
            let keys = told.flatten().filter(|e| e.source == own).map(|e| e.name.as_str());
            let of_broker = behind(client, keys).await;
            for told in configs.iter_mut().flatten().flatten() {
                add_of_broker(told, &of_broker);
            }
        }
        let known = known_keys(client, &files, &topics, &configs).await;
        let found: Vec<Found<'_>> =
            topics.iter().zip(configs).map(|(topic, configs)| found_of(topic, configs)).collect();
        let planned = plan(&files, &found, &known, options);
        drop(found);
        match planned {
            Ok(plan) => Ok(Self { files, cluster_id: cluster.id, topics, plan }),
            Err(mistakes) => {
                Err(files.error(mistakes).unwrap_or_else(|| Error::invalid("mistakes")))
            }
        }
    }

    /// The plan as it is shown.
    pub fn report(&self, prune: bool) -> TopicPlan {
        TopicPlan::new(self.cluster_id.clone(), prune, &self.plan, &self.files)
    }
}

/// A configuration, where it was asked for.
type Told = Option<Result<Vec<ConfigEntry>, KafkaError>>;

/// The configuration of each topic of which the files say something about it, in one request; with what stands
/// `behind` each value, which doubles the answer.
async fn configs(
    client: &Client,
    files: &Files,
    topics: &[Topic],
    behind: bool,
) -> Result<Vec<Told>> {
    let is_asked: Vec<bool> = files
        .topics
        .iter()
        .zip(topics)
        .map(|(spec, topic)| spec.configs.is_some() && topic.error.is_none())
        .collect();
    let asked = topics.iter().zip(&is_asked).filter(|(_, asked)| **asked);
    let entities: Vec<Entity> =
        asked.map(|(topic, _)| Entity::topic(topic.name.to_string())).collect();
    let question = ConfigQuestion { synonyms: behind, ..ConfigQuestion::default() };
    let mut told = client.describe_configs(&entities, &question).await?.into_iter();
    Ok(is_asked.into_iter().map(|asked| if asked { told.next() } else { None }).collect())
}

/// Keys that topics have, where the files set some of a topic that is not there: those of a topic that is.
/// Not to know them is no failure: then the broker judges them.
async fn known_keys(
    client: &Client,
    files: &Files,
    topics: &[Topic],
    configs: &[Told],
) -> Vec<ConfigEntry> {
    let sets = |spec: &crate::topic::file::Spec| spec.configs.iter().flatten().next().is_some();
    let mut new = files.topics.iter().zip(topics).filter(|(_, topic)| fetch::is_absent(topic));
    if !new.any(|(spec, _)| sets(spec)) {
        return Vec::new();
    }
    if let Some(known) = configs.iter().flatten().find_map(|told| told.as_ref().ok()) {
        return known.clone();
    }
    let there = topics.iter().find(|topic| topic.error.is_none());
    let name = match there {
        Some(topic) => Some(topic.name.to_string()),
        None => client.list_topics().await.ok().and_then(|all| all.into_iter().next()),
    };
    let Some(name) = name else { return Vec::new() };
    let told = client.describe_configs(&[Entity::topic(name)], &ConfigQuestion::default()).await;
    told.ok().and_then(|mut told| told.pop()?.ok()).unwrap_or_default()
}

fn found_of(topic: &Topic, configs: Told) -> Found<'_> {
    match &topic.error {
        Some(_) if fetch::is_absent(topic) => Found::Absent,
        Some(error) => Found::Unseen(error.clone()),
        None => Found::There(topic, configs),
    }
}

/// A topic that the broker's answer does not speak of.
fn left_out(name: &Name) -> Topic {
    let error = KafkaError {
        name: "UNKNOWN_SERVER_ERROR".to_owned(),
        code: -1,
        message: Some("the broker left it out".to_owned()),
        retriable: true,
    };
    Topic {
        name: name.clone(),
        id: None,
        internal: false,
        partitions: Vec::new(),
        authorized_operations: None,
        error: Some(error),
    }
}

fn check_cluster(files: &Files, actual: Option<&str>) -> Result<()> {
    match (&files.cluster, actual) {
        (Some((wanted, at)), Some(actual)) if wanted != actual => Err(Error::refused(format!(
            "the files are for the cluster `{}`, this is `{}`",
            visible(wanted),
            visible(actual)
        ))
        .caused_by(format_args!("`cluster:` at {}", files.place(*at)))
        .hint("choose the right context with `--context`, or correct `cluster:`")),
        _ => Ok(()),
    }
}
