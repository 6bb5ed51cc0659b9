//! The verbs of `kward reassign`.

pub mod apply;
pub mod cancel;
pub mod plan;
pub mod status;

mod folders;
mod ledger;
mod obstacles;
mod state;
mod steps;
mod throttle;
mod watch;

use crate::commands::Context;
use crate::commands::topic::fetch;
use crate::error::{Error, Kind, Result};
use crate::kafka::Client;
use crate::model::{TopicPartition, visible};
use crate::report::units::ids;
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
    /// A selection that chooses nothing is as good as nothing to move, and rarely meant.
    fn note_of_none(&self, context: &Context<'_>, seen: &[Topic]) {
        if let Some(topics) = &self.topics
            && !seen.iter().any(|topic| topics.matches(topic))
        {
            context.ui.warn("no topic matches, nothing is moved");
        }
    }

    /// What is not seen is not moved: that is told, and where all topics are meant it is the answer. A broker that was
    /// to be drained of everything may hold it still.
    async fn warn_of_unseen(&self, context: &Context<'_>, client: &Client) -> Option<Error> {
        if self.topics.as_ref().is_some_and(|topics| !topics.names.is_empty()) {
            return None;
        }
        let all_were_seen = !fetch::warn_of_unseen(context, client).await;
        if all_were_seen || self.topics.is_some() {
            return None;
        }
        if self.goal.drain.is_empty() {
            return Some(fetch::not_all("topics that you may not describe stay where they are"));
        }
        let drained: Vec<i32> = self.goal.drain.iter().copied().collect();
        let which = if drained.len() == 1 { "broker" } else { "brokers" };
        Some(fetch::not_all(format!(
            "what {which} {} may hold of topics that you may not describe stays there",
            ids(&drained)
        )))
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
        self.contains(&moving.partition)
    }

    fn contains(&self, key: &TopicPartition) -> bool {
        let topic = |name: &String| *name == *key.topic;
        (self.topics.is_empty() || self.topics.iter().any(topic))
            && (self.partitions.is_empty() || self.partitions.contains(&key.partition))
    }

    /// Topics and partitions that are not there are mistakes in typing. They are the error of the command where
    /// nothing else is meant; what is left is done first otherwise, and they are what `Some` says.
    async fn check(&self, client: &Client) -> Result<Option<Error>> {
        if self.topics.is_empty() {
            return Ok(None);
        }
        let selection = Selection { names: self.topics.clone(), ..Selection::default() };
        let (_, topics) = fetch::topics(client, &selection, false).await?;
        let mut mistakes: Vec<Error> =
            fetch::all_there(client, &topics).await.err().into_iter().collect();
        let mut right = 0;
        for topic in topics.iter().filter(|topic| topic.error.is_none()) {
            let lacks: Vec<i32> =
                self.partitions.iter().copied().filter(|n| !topic.has_partition(*n)).collect();
            right += usize::from(self.partitions.is_empty() || lacks.len() < self.partitions.len());
            let name = visible(&topic.name);
            let lack = |number| Error::invalid(format!("topic `{name}` has no partition {number}"));
            mistakes.extend(lacks.into_iter().map(lack));
        }
        let mut mistakes = mistakes.into_iter();
        let Some(first) = mistakes.next() else { return Ok(None) };
        let error = mistakes.fold(first, |all, one| all.caused_by(one.message()));
        if right == 0 { Err(error) } else { Ok(Some(error.with_kind(Kind::Failed))) }
    }
}
