//! What would make topics those of a topic file. A value: whoever applies it does nothing else.

use std::collections::BTreeSet;

use super::config::{ConfigEntry, EntityType};
use super::config_change::{Asked, ConfigChange, ConfigOperation, Refused, changes};
use super::file::{Files, Mistake, Spec};
use super::reassign::throttle::is_passing;
use super::state::Topic;
use super::wanted::Wanted;
use crate::error::KafkaError;
use crate::model::{shell_flag, visible};
use crate::yaml::mistakes::At;

/// What there is of a topic that a file wants.
#[derive(Debug, Clone)]
pub enum Found<'a> {
    /// Nothing.
    Absent,
    /// The topic; with its configuration where the file says something about it, or why that is not told.
    There(&'a Topic, Option<Result<Vec<ConfigEntry>, KafkaError>>),
    /// Nobody knows.
    Unseen(KafkaError),
}

/// How it is planned.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Take away what topics set themselves and the files do not name.
    pub prune: bool,
    /// Let keys through that the broker does not list.
    pub unknown_keys: bool,
}

/// A change of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The topic.
    pub topic: String,
    /// Where the file says so.
    pub at: At,
    /// What is other than it is.
    pub what: What,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is made.
    Create(Wanted),
    /// It gets partitions.
    Grow {
        /// As many as it has.
        from: usize,
        /// As many as it has then.
        to: usize,
    },
    /// A value is set, or taken away.
    Config(ConfigChange),
}

/// What is not as the files want it, and is not changed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The topic.
    pub topic: String,
    /// Where the file says so.
    pub at: At,
    /// Why.
    pub why: Why,
}

/// Why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has more partitions than the file says, and none can be taken away.
    Fewer {
        /// As many as it has.
        is: usize,
        /// As the file says.
        asked: usize,
    },
    /// It has another number of replicas, which a reassignment changes.
    Replicas {
        /// As many as it has; of a topic whose partitions differ, the fewest and the most.
        is: (usize, usize),
        /// As the file says.
        asked: usize,
    },
    /// The topic cannot be seen.
    Unseen(KafkaError),
    /// Its configuration cannot be seen.
    ConfigsUnseen(KafkaError),
}

/// A plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is to be done, topic by topic.
    pub changes: Vec<Change>,
    /// What topics set themselves, the files do not name, and is kept: as taking it away would change it.
    pub extra: Vec<Change>,
    /// What is not done.
    pub obstacles: Vec<Obstacle>,
    /// How many topics are as the files want them.
    pub unchanged: usize,
}

impl Plan {
    /// Whether everything is as the files say, and nothing is extra.
    pub fn in_sync(&self) -> bool {
        self.changes.is_empty() && self.extra.is_empty() && self.obstacles.is_empty()
    }
}

impl Obstacle {
    /// What is other than the file says, one line.
    pub fn reason(&self) -> String {
        let name = visible(&self.topic);
        match &self.why {
            Why::Fewer { is, asked } => {
                format!("topic `{name}` has {is} partitions, and the file says {asked}")
            }
            Why::Replicas { is: (fewest, most), asked } => {
                let is = match (fewest, most) {
                    (1, 1) => "1 replica".to_owned(),
                    _ if fewest == most => format!("{most} replicas"),
                    _ => format!("{fewest} to {most} replicas"),
                };
                format!("topic `{name}` has {is} of each partition, and the file says {asked}")
            }
            Why::Unseen(_) => format!("topic `{name}` cannot be described"),
            Why::ConfigsUnseen(_) => {
                format!("the configuration of topic `{name}` cannot be read")
            }
        }
    }

    /// Why that is not changed here, and what would.
    pub fn remedy(&self) -> Option<String> {
        match &self.why {
            Why::Fewer { .. } => Some(
                "partitions cannot be taken away: a topic with fewer has to be a new one"
                    .to_owned(),
            ),
            Why::Replicas { asked, .. } => Some(format!(
                "replicas are not moved here: `kward reassign plan --replication-factor {asked} {} --out plan.json`, then `kward reassign apply plan.json`",
                shell_flag("--topic", &self.topic)
            )),
            Why::Unseen(_) | Why::ConfigsUnseen(_) => None,
        }
    }

    /// What a broker would answer, or has answered.
    pub fn error(&self) -> KafkaError {
        let (name, code) = match &self.why {
            Why::Fewer { .. } => ("INVALID_PARTITIONS", 37),
            Why::Replicas { .. } => ("INVALID_REPLICATION_FACTOR", 38),
            Why::Unseen(error) | Why::ConfigsUnseen(error) => return error.clone(),
        };
        let message = Some(self.reason());
        KafkaError { name: name.to_owned(), code, message, retriable: false }
    }
}

/// Plans. `found` is what there is of each topic of the files, in their order; `known` are keys that topics
/// have, by which those of topics that are not there are judged. Fails with what the keys do not bear.
pub fn plan(
    files: &Files,
    found: &[Found<'_>],
    known: &[ConfigEntry],
    options: Options,
) -> Result<Plan, Vec<Mistake>> {
    let mut plan = Plan::default();
    let mut mistakes = Vec::new();
    for (spec, found) in files.topics.iter().zip(found) {
        let before = (plan.changes.len(), plan.extra.len(), plan.obstacles.len());
        match found {
            Found::Absent => {
                mistakes.extend(judge_new(spec, known, options));
                let wanted = Wanted {
                    name: spec.name.clone(),
                    partitions: spec.partitions,
                    replication_factor: spec.replication_factor,
                    assignment: Vec::new(),
                    configs: pairs(spec).collect(),
                };
                plan.change(spec, What::Create(wanted));
            }
            Found::Unseen(error) => plan.obstacle(spec, Why::Unseen(error.clone())),
            Found::There(topic, configs) => {
                plan.compare_numbers(spec, topic);
                match configs {
                    None => {}
                    Some(Err(error)) => plan.obstacle(spec, Why::ConfigsUnseen(error.clone())),
                    Some(Ok(live)) => {
                        mistakes.extend(plan.compare_configs(spec, live, options));
                    }
                }
            }
        }
        let after = (plan.changes.len(), plan.extra.len(), plan.obstacles.len());
        plan.unchanged += usize::from(before == after);
    }
    if mistakes.is_empty() { Ok(plan) } else { Err(mistakes) }
}

impl Plan {
    fn change(&mut self, spec: &Spec, what: What) {
        self.changes.push(Change { topic: spec.name.clone(), at: spec.at, what });
    }

    fn obstacle(&mut self, spec: &Spec, why: Why) {
        self.obstacles.push(Obstacle { topic: spec.name.clone(), at: spec.at, why });
    }

    fn compare_numbers(&mut self, spec: &Spec, topic: &Topic) {
        let asked = spec.partitions.and_then(|number| usize::try_from(number).ok());
        let has = topic.partitions.len();
        match asked {
            Some(asked) if asked > has => self.change(spec, What::Grow { from: has, to: asked }),
            Some(asked) if asked < has => self.obstacle(spec, Why::Fewer { is: has, asked }),
            _ => {}
        }
        let Some(asked) = spec.replication_factor.and_then(|n| usize::try_from(n).ok()) else {
            return;
        };
        let is = replicas(topic);
        if is != (asked, asked) {
            self.obstacle(spec, Why::Replicas { is, asked });
        }
    }

    fn compare_configs(
        &mut self,
        spec: &Spec,
        live: &[ConfigEntry],
        options: Options,
    ) -> Vec<Mistake> {
        let own = EntityType::Topic.own_source(&spec.name);
        let asked: Vec<Asked> = pairs(spec).map(set).collect();
        let wanted = match changes(live, &asked, own, options.unknown_keys) {
            Ok(wanted) => wanted,
            Err(refused) => return mistakes(spec, live, refused),
        };
        let settings = spec.configs.iter().flatten();
        for (change, setting) in wanted.into_iter().zip(settings).filter(|(c, _)| c.changes) {
            let (topic, at) = (spec.name.clone(), setting.at);
            self.changes.push(Change { topic, at, what: What::Config(change) });
        }
        let named: BTreeSet<&str> = asked.iter().map(|asked| asked.key.as_str()).collect();
        let extra = live.iter().filter(|entry| {
            entry.source == own && !named.contains(&*entry.name) && !is_passing(&entry.name)
        });
        let unset: Vec<Asked> = extra.map(|entry| Asked::unset(&entry.name)).collect();
        // Every key is one that the topic has.
        let gone = changes(live, &unset, own, true).unwrap_or_default();
        let list = if options.prune { &mut self.changes } else { &mut self.extra };
        for change in gone {
            list.push(Change { topic: spec.name.clone(), at: spec.at, what: What::Config(change) });
        }
        Vec::new()
    }
}

/// The fewest and the most replicas of a partition, without those that a reassignment is still filling.
fn replicas(topic: &Topic) -> (usize, usize) {
    let each = || topic.partitions.iter().map(super::Partition::replication_factor);
    (each().min().unwrap_or(0), each().max().unwrap_or(0))
}

/// What of a topic's configuration no topic can have, as far as that is known.
fn judge_new(spec: &Spec, known: &[ConfigEntry], options: Options) -> Vec<Mistake> {
    if known.is_empty() {
        return Vec::new();
    }
    let asked: Vec<Asked> = pairs(spec).map(set).collect();
    let own = EntityType::Topic.own_source(&spec.name);
    let refused = changes(known, &asked, own, options.unknown_keys).err().unwrap_or_default();
    mistakes(spec, known, refused)
}

fn pairs(spec: &Spec) -> impl Iterator<Item = (String, String)> + '_ {
    spec.configs.iter().flatten().map(|one| (one.key.clone(), one.value.clone()))
}

fn set((key, value): (String, String)) -> Asked {
    Asked::new(&key, ConfigOperation::Set, Some(value))
}

/// What the keys do not bear, each at its place: at the key where there is none such, else at its value.
fn mistakes(spec: &Spec, live: &[ConfigEntry], refused: Vec<Refused>) -> Vec<Mistake> {
    let place = |key: &str| {
        let known = live.iter().any(|entry| entry.name == key);
        let setting = spec.configs.iter().flatten().find(|setting| setting.key == key);
        setting.map_or(spec.at, |one| if known { one.value_at } else { one.at })
    };
    let mistake = |Refused { key, reason, hint }| Mistake {
        at: place(&key),
        message: reason,
        // What is typed for a flag is written otherwise in a file.
        hint: hint.map(|hint| hint.replace(&format!("`{key}="), &format!("`{key}: "))),
    };
    refused.into_iter().map(mistake).collect()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
