//! What is the matter while something is followed: said once, and once that it is over.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use crate::commands::Context;
use crate::error::Error;
use crate::report::units::span;

/// How long an answer may take before somebody is told.
const PATIENCE: Duration = Duration::from_secs(3);

/// The trouble that there is now.
pub struct Trouble<'a> {
    context: &'a Context<'a>,
    /// The last answer took long, which has been said.
    slow: Cell<bool>,
    /// What is the matter, and in which words it has been said.
    now: Option<(String, Error)>,
}

impl<'a> Trouble<'a> {
    /// None so far.
    pub fn none(context: &'a Context<'a>) -> Self {
        Self { context, slow: Cell::new(false), now: None }
    }

    /// Waits for an answer, and says so when answers begin to take long, and when they no longer do.
    pub async fn patiently<T, E>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut answer = pin!(answer);
        if let Ok(answered) = timeout(PATIENCE, &mut answer).await {
            let in_time_again = answered.is_ok() && self.slow.replace(false);
            // Otherwise it is said in a moment that all is answered again.
            if in_time_again && self.now.is_none() {
                self.context.ui.note("answered in time again");
            }
            return answered;
        }
        if !self.slow.replace(true) {
            let waiting = span(PATIENCE);
            self.context.ui.warn(&format!("no complete answer within {waiting}: still asking"));
        }
        answer.await
    }

    /// Takes note of what is the matter now, and says it where that is new.
    pub fn say(&mut self, error: Option<Error>) {
        let now = error.map(|error| {
            let cause = error.causes().first().map(|cause| format!(": {cause}"));
            (format!("{}{}", error.message(), cause.unwrap_or_default()), error)
        });
        let words = |trouble: &Option<(String, Error)>| trouble.as_ref().map(|(w, _)| w.clone());
        if words(&now) != words(&self.now) {
            if let Some((words, _)) = &now {
                self.context.ui.warn(&format!("{words}; going on"));
            } else {
                self.slow.set(false);
                self.context.ui.note("all is answered again");
            }
        }
        self.now = now;
    }

    /// What is the matter.
    pub fn error(&self) -> Option<&Error> {
        self.now.as_ref().map(|(_, error)| error)
    }
}
