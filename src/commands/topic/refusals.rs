//! What a write names and cannot be about: a topic that is not there or may not be seen, a partition that
//! it does not have. Each of them fails for itself, and the others are done.

use super::fetch::{self, NO_SUCH_TOPIC};
use crate::commands::Context;
use crate::commands::written::Needs;
use crate::error::{Error, Kind};
use crate::kafka::Client;
use crate::model::{Operation, TopicPartition, visible};
use crate::report::acl_write::ItemError;
use crate::report::topic_write::WrittenPartition;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status};
use crate::topic::Topic;

/// A partition that a topic does not have.
const NO_SUCH_PARTITION: (i16, &str) = (NO_SUCH_TOPIC, "UNKNOWN_TOPIC_OR_PARTITION");
const TOPIC_AUTHORIZATION_FAILED: (i16, &str) = (29, "TOPIC_AUTHORIZATION_FAILED");

/// How many reasons are told before a question, and how many hints behind them.
const SHOWN: usize = 5;

/// What fails before anything is sent.
#[derive(Debug, Default)]
pub struct Refusals {
    /// How many items they are.
    count: usize,
    /// Why, when nothing else was to be done.
    reasons: Vec<Error>,
}

/// An item that fails before anything is sent, for a reason that a broker would give.
pub fn failed<T>(subject: T, action: Action, code: (i16, &str), why: Option<&Error>) -> Item<T> {
    let error = error_of(code, why.map(|error| error.message().to_owned()));
    Item { subject, action, status: Status::Failed, error: Some(error) }
}

/// The error of a code of Kafka's.
pub fn error_of((code, name): (i16, &str), message: Option<String>) -> ItemError {
    ItemError { name: name.to_owned(), code, message, retriable: false }
}

/// A number that is no partition of a topic.
pub fn no_such_partition(topic: &Topic, number: i32) -> Error {
    Error::invalid(format!(
        "topic `{}` has no partition {number}: it has {}",
        visible(&topic.name),
        count(topic.partitions.len(), "partition")
    ))
}

/// An item about a topic that is not there, or that the caller may not do this with, as far as the broker
/// told what may be done (KIP-430).
pub fn judged<T>(item: Item<T>, topic: &Topic, operation: Operation) -> Item<T> {
    let allowed = topic.authorized_operations.as_ref();
    match &topic.error {
        Some(error) => Item { status: Status::Failed, error: Some(error.into()), ..item },
        None if allowed.is_some_and(|allowed| !allowed.contains(&operation)) => {
            failed(item.subject, item.action, TOPIC_AUTHORIZATION_FAILED, None)
        }
        None => item,
    }
}

impl Refusals {
    /// Those of the topics that are not there, or may not be described.
    pub async fn of(client: &Client, topics: &[Topic], needs: Needs) -> Self {
        let mut refusals = Self::default();
        if let Some(error) = fetch::missing(topics) {
            let lost = topics.iter().filter(|topic| topic.error.is_some());
            refusals.count = lost.count();
            refusals.reasons.push(fetch::with_nearest(client, topics, needs, error).await);
        }
        refusals
    }

    /// So many items fail for this reason.
    pub fn add(&mut self, reason: Error, items: usize) {
        self.count += items;
        self.reasons.push(reason);
    }

    /// The partitions of `numbers` of each topic, all when empty; and an item for each topic that is not
    /// there, which [`Refusals::of`] has counted, and for each partition that a topic does not have.
    pub fn partitions(
        &mut self,
        topics: &[Topic],
        numbers: &[i32],
        action: Action,
    ) -> (Vec<TopicPartition>, Vec<Item<WrittenPartition>>) {
        let (mut keys, mut refused) = (Vec::new(), Vec::new());
        for topic in topics {
            let subject = |partition| WrittenPartition {
                topic: topic.name.to_string(),
                partition,
                ..WrittenPartition::default()
            };
            if let Some(error) = &topic.error {
                let item = Item::new(subject(None), action, Status::Failed);
                refused.push(Item { error: Some(error.into()), ..item });
                continue;
            }
            for number in numbers.iter().filter(|number| !topic.has_partition(**number)) {
                let why = no_such_partition(topic, *number);
                let code = NO_SUCH_PARTITION;
                refused.push(failed(subject(Some(*number)), action, code, Some(&why)));
                self.add(why, 1);
            }
            let meant = topic.partitions.iter().map(|partition| partition.index);
            let meant = meant.filter(|index| numbers.is_empty() || numbers.contains(index));
            keys.extend(meant.map(|index| TopicPartition::new(topic.name.clone(), index)));
        }
        (keys, refused)
    }

    /// Says so before a question: whoever answers it knows what is not done.
    pub fn warn(&self, context: &Context<'_>) {
        for reason in self.reasons.iter().take(SHOWN) {
            let hints = reason.hints().iter().map(|hint| format!("; {hint}"));
            context.ui.warn(&format!("{}{}", reason.message(), hints.collect::<String>()));
        }
        if let Some(more @ 1..) = self.reasons.len().checked_sub(SHOWN) {
            context.ui.warn(&format!("and {more} more that fail"));
        }
    }

    /// The error of the command, of which `all` items were wanted: why nothing could be done, or else the
    /// sum `error` with what helps.
    pub fn sum(self, all: usize, error: Option<Error>) -> Option<Error> {
        let Self { count, mut reasons } = self;
        if reasons.is_empty() {
            return error;
        }
        let mut hints: Vec<String> = Vec::new();
        for hint in reasons.iter().flat_map(Error::hints) {
            if hints.len() < SHOWN && !hints.contains(hint) {
                hints.push(hint.clone());
            }
        }
        let error = if count == all {
            let failed = reasons.iter().any(|reason| reason.kind() == Kind::Failed);
            let first = reasons.remove(0);
            let kind = if failed { Kind::Failed } else { first.kind() };
            let others = reasons.iter().map(Error::message);
            Some(others.fold(first, Error::caused_by).with_kind(kind))
        } else {
            error
        };
        error.map(|error| hints.into_iter().fold(error, Error::hint))
    }
}
