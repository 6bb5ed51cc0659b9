//! The verbs of `kward reassign`.

pub mod apply;
pub mod cancel;
pub mod plan;
pub mod status;

mod ledger;
mod obstacles;
mod state;
mod steps;
mod throttle;
mod watch;

use crate::commands::Context;
use crate::commands::topic::fetch;
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::model::visible;
use crate::topic::Topic;
use crate::topic::reassign::{Goal, Ongoing};
use crate::topic::select::Selection;

/// What is to be reached, and with which topics.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// These topics; all when absent.
    pub topics: Option<Selection>,
    /// Kafka's own topics may get another number of replicas.
    pub internal: bool,
    /// What is to be reached.
    pub goal: Goal,
}

impl Wanted {
    /// What is not seen is not moved, and a broker that was drained may hold it still.
    async fn warn_of_unseen(&self, context: &Context<'_>, client: &Client, seen: &[Topic]) {
        if self.topics.as_ref().is_none_or(|topics| topics.names.is_empty()) {
            fetch::warn_of_unseen(context, client, seen).await;
        }
    }
}

/// Which moves are meant.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Those of these topics; all when empty.
    pub topics: Vec<String>,
    /// Those of these partitions; all when empty.
    pub partitions: Vec<i32>,
}

impl Which {
    fn matches(&self, moving: &Ongoing) -> bool {
        let topic = |name: &String| *name == *moving.partition.topic;
        (self.topics.is_empty() || self.topics.iter().any(topic))
            && (self.partitions.is_empty() || self.partitions.contains(&moving.partition.partition))
    }

    /// Fails for topics and partitions that are not there: a typing mistake would move nothing.
    async fn check(&self, client: &Client) -> Result<()> {
        if self.topics.is_empty() {
            return Ok(());
        }
        let selection = Selection { names: self.topics.clone(), ..Selection::default() };
        let (_, topics) = fetch::topics(client, &selection, false).await?;
        fetch::all_there(client, &topics).await?;
        for topic in &topics {
            let there = |number: &i32| topic.partitions.iter().any(|p| p.index == *number);
            if let Some(number) = self.partitions.iter().find(|number| !there(number)) {
                let name = visible(&topic.name);
                return Err(Error::invalid(format!("topic `{name}` has no partition {number}")));
            }
        }
        Ok(())
    }
}
