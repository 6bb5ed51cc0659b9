//! What the caller does not see of the topics: `Metadata` (3), which leaves it out without a word, and
//! `DescribeLogDirs` (35; DESCRIBE on the cluster), which tells of all topics.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::{INTERNAL_TOPICS, Name};

use super::client::Client;
use super::codes::TOPIC_AUTHORIZATION_FAILED;
use super::metadata::Topics;

/// A name that no topic has and that nobody names in an ACL, not by its beginning either: who may describe
/// it may describe every topic.
pub const NO_TOPIC: &str = "._no-topic-of-this-name";

impl Client {
    /// Whether the caller sees every topic, as far as that can be known: nobody tells what is left out, and
    /// whoever may describe [`NO_TOPIC`] is told only that it is not there. Topics that a DENY hides from
    /// who may describe all others are not noticed.
    pub async fn sees_every_topic(&self) -> Result<bool> {
        let topics = self.topics(Topics::Named(&[Name::from(NO_TOPIC)]), false).await?;
        let mut refusals = topics.iter().filter_map(|topic| topic.error.as_ref());
        Ok(!refusals.any(|error| error.code == TOPIC_AUTHORIZATION_FAILED))
    }

    /// The topics that the caller may not describe, the brokers' own aside; `None` where that is not known:
    /// it takes DESCRIBE on the cluster, and an answer of every broker about every folder.
    pub async fn hidden_topics(&self) -> Result<Option<Vec<Name>>> {
        if self.sees_every_topic().await? {
            return Ok(Some(Vec::new()));
        }
        let (cluster, seen) = self.cluster_and_topics(None, false).await?;
        let seen: BTreeSet<Name> = seen.into_iter().map(|topic| topic.name).collect();
        let ids: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
        let (dirs, fenced) = tokio::join!(self.log_dirs(&ids, None), self.fenced_brokers());
        if !fenced?.is_empty() {
            return Ok(None);
        }
        let mut hidden = BTreeSet::new();
        for dirs in dirs.into_values() {
            let Ok(dirs) = dirs else { return Ok(None) };
            if dirs.iter().any(|dir| dir.error.is_some()) {
                return Ok(None);
            }
            let names = dirs.into_iter().flat_map(|dir| dir.replicas).map(|replica| replica.topic);
            let of_brokers = |name: &Name| INTERNAL_TOPICS.contains(&name.as_str());
            hidden.extend(names.filter(|name| !seen.contains(name) && !of_brokers(name)));
        }
        Ok(Some(hidden.into_iter().collect()))
    }
}
