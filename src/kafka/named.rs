//! Writes of several named things by one request, where the answer names each and is in no order.

use std::collections::HashMap;
use std::hash::Hash;

use crate::error::{Error, KafkaError, Kind, Result};

use super::acls::ItemResult;
use super::client::{Backoff, Client, Purpose, Route};
use super::codes::{NOT_CONTROLLER, THROTTLING_QUOTA_EXCEEDED};
use super::connection::Reply;
use super::failure;
use super::frame::Ask;

/// The answer to such a write.
pub(super) trait NamedReply: Reply {
    type Key: Eq + Hash;
    type Item;

    fn into_results(self) -> Vec<(Self::Key, ItemResult<Self::Item>)>;
}

/// One result for each thing that was asked for, in the order asked.
pub type Outcomes<T> = Vec<ItemResult<T>>;

impl Client {
    /// Writes `items`. Those that were refused because the broker is not the controller, or because
    /// of a quota, are sent again until the deadline; everything else is an answer.
    pub(super) async fn write_named<'a, I, R: Ask, T: NamedReply>(
        &self,
        what: &'static str,
        route: Route,
        items: &'a [I],
        key: impl Fn(&I) -> T::Key,
        request: impl Fn(&[&'a I]) -> R,
    ) -> Result<Outcomes<T::Item>> {
        self.ask_named::<I, R, T>((what, Purpose::Write(what)), route, items, key, request).await
    }

    /// The same for a request that may only have its items checked (`validate_only`): then nothing of it is
    /// ever of unknown outcome.
    pub(super) async fn ask_named<'a, I, R: Ask, T: NamedReply>(
        &self,
        (what, purpose): (&'static str, Purpose),
        route: Route,
        items: &'a [I],
        key: impl Fn(&I) -> T::Key,
        request: impl Fn(&[&'a I]) -> R,
    ) -> Result<Outcomes<T::Item>> {
        let mut results: Vec<Option<ItemResult<T::Item>>> = items.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..items.len()).collect();
        let mut route = route;
        let mut backoff = Backoff::new();
        let mut asked_before = false;
        while !open.is_empty() {
            let chosen: Vec<&I> = open.iter().map(|at| &items[*at]).collect();
            let asked = self.ask::<R, T>(route, purpose, &request(&chosen)).await;
            let reply = match asked {
                Ok(reply) => reply,
                // Nothing was sent again: what was refused stays so.
                Err(error) if asked_before && error.kind() != Kind::Unfinished => break,
                Err(error) => return Err(error),
            };
            if let Some(error) = reply.failure() {
                if asked_before {
                    break;
                }
                return Err(self.refused(what, "alter", error.clone()));
            }
            asked_before = true;
            let mut answers: HashMap<T::Key, ItemResult<T::Item>> =
                reply.into_results().into_iter().collect();
            for at in &open {
                results[*at] = answers.remove(&key(&items[*at]));
            }
            let left_out = open.iter().filter(|at| results[**at].is_none()).count();
            if left_out > 0 {
                let text = format!("`{}` left out {left_out} of {}", self.broker(), open.len());
                let error = Error::failed(text);
                return Err(match purpose {
                    Purpose::Read => error,
                    Purpose::Write(what) => failure::unknown_outcome(error, what),
                });
            }
            let failed = |at: &usize| results[*at].as_ref().and_then(|r| r.as_ref().err());
            open.retain(|at| failed(at).is_some_and(passes));
            if open.iter().filter_map(failed).any(|error| error.code == NOT_CONTROLLER) {
                route = Route::Controller;
            }
            if !open.is_empty() && !backoff.pause(self.deadline()).await {
                break;
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    /// What is left of the deadline, for the `timeout_ms` of a request: the broker gives up first.
    pub(super) fn patience_ms(&self) -> i32 {
        let left = self.deadline().remaining().as_millis();
        i32::try_from(left * 9 / 10).unwrap_or(i32::MAX)
    }
}

fn passes(error: &KafkaError) -> bool {
    matches!(error.code, NOT_CONTROLLER | THROTTLING_QUOTA_EXCEEDED)
}

/// An item's answer.
pub(super) fn item<T>(error: Option<KafkaError>, value: T) -> ItemResult<T> {
    match error {
        None => Ok(value),
        Some(error) => Err(error),
    }
}
