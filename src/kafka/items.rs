//! Writes of several things by one request, with a result for each.

use crate::error::{Error, Kind, Result};

use super::acls::ItemResult;
use super::client::{Backoff, Client, Purpose, Route};
use super::codes::{NOT_CONTROLLER, REQUEST_TIMED_OUT};
use super::connection::Reply;
use super::failure;
use super::frame::Ask;

/// The answer to a write: one result for each thing, in the order of the request.
pub(super) trait ItemsReply: Reply {
    type Item;

    fn into_results(self) -> Vec<ItemResult<Self::Item>>;
}

/// A write, in words: `create ACLs` with the operation on the cluster that it needs: `alter`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write {
    pub what: &'static str,
    pub needs: &'static str,
}

impl Client {
    /// Writes `items`; those that the broker refuses for a passing reason are sent again until the
    /// deadline, to the controller once a broker says that it is none. For writes that may be
    /// repeated without harm only.
    pub(super) async fn write_items<'a, I, R: Ask, T: ItemsReply>(
        &self,
        items: &'a [I],
        write: Write,
        request: impl Fn(&[&'a I]) -> R,
    ) -> Result<Vec<ItemResult<T::Item>>> {
        let mut results: Vec<Option<ItemResult<T::Item>>> = items.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..items.len()).collect();
        let mut route = Route::Any;
        let mut backoff = Backoff::new();
        while !open.is_empty() {
            let chosen: Vec<&I> = open.iter().map(|at| &items[*at]).collect();
            let request = request(&chosen);
            let asked = self.ask::<R, T>(route, Purpose::Write(write.what), &request).await;
            let answers = match asked {
                Ok(reply) => reply.into_results(),
                // Part of it is done already: not a plain failure.
                Err(error) if open.len() < items.len() => {
                    return Err(error.with_kind(Kind::Unfinished));
                }
                Err(error) => return Err(error),
            };
            if answers.len() != open.len() {
                return Err(self.miscounted(write, open.len(), answers.len()));
            }
            for (at, answer) in open.drain(..).zip(answers) {
                results[at] = Some(answer);
            }
            let failed =
                |at: &usize| results[*at].as_ref().and_then(|result| result.as_ref().err());
            open.extend((0..items.len()).filter(|at| failed(at).is_some_and(|e| e.retriable)));
            if open.iter().filter_map(failed).any(|error| error.code == NOT_CONTROLLER) {
                route = Route::Controller;
            }
            if !open.is_empty() && !backoff.pause(self.deadline()).await {
                let timed_out =
                    open.iter().filter_map(failed).find(|e| e.code == REQUEST_TIMED_OUT);
                if let Some(error) = timed_out {
                    let text = format!("`{}` did not {} in time", self.broker(), write.what);
                    let error = Error::failed(text).kafka(error.clone());
                    return Err(failure::unknown_outcome(error, write.what));
                }
                break;
            }
        }
        let results: Vec<_> = results.into_iter().flatten().collect();
        self.refused_as_a_whole(write, &results)?;
        Ok(results)
    }

    /// Kafka repeats the refusal of a whole request at each item.
    fn refused_as_a_whole<U>(&self, write: Write, results: &[ItemResult<U>]) -> Result<()> {
        let Some(Err(first)) = results.first() else { return Ok(()) };
        let same = |result: &ItemResult<U>| result.as_ref().is_err_and(|e| e.code == first.code);
        if failure::concerns_the_request(first.code) && results.iter().all(same) {
            return Err(self.refused(write.what, write.needs, first.clone()));
        }
        Ok(())
    }

    fn miscounted(&self, write: Write, sent: usize, answered: usize) -> Error {
        let text = format!("`{}` answered {answered} results to {sent} items", self.broker());
        failure::unknown_outcome(Error::failed(text), write.what)
    }
}
