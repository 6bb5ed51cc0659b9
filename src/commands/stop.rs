//! Ctrl-C and SIGTERM: while nothing is being written they end the command at once; while something
//! is, the request under way is finished first, and a second signal does not wait for it.

use std::cell::Cell;

use tokio::sync::watch;

use crate::error::{Error, Kind};

/// Whether somebody wants the command to end.
#[derive(Debug)]
pub struct Stop {
    signals: watch::Receiver<Signals>,
    writing: Cell<bool>,
}

/// The signals so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals {
    /// How many came.
    pub count: u32,
    /// What the first one was.
    pub first: Option<Kind>,
}

impl Stop {
    /// Hears what is sent to `signals`.
    pub fn new(signals: watch::Receiver<Signals>) -> Self {
        Self { signals, writing: Cell::new(false) }
    }

    /// From now on a first signal waits for the request under way.
    pub fn begin_writing(&self) {
        self.writing.set(true);
    }

    /// Nothing is under way any more: a signal ends the command at once.
    pub fn end_writing(&self) {
        self.writing.set(false);
    }

    /// The error to end with between two requests, if a signal came.
    pub fn requested(&self) -> Option<Error> {
        self.signals.borrow().first.map(|kind| error(kind, "stopped after the request under way"))
    }

    /// Waits for the first signal: for commands that wait with nothing under way.
    pub async fn wanted(&self) -> Error {
        let mut signals = self.signals.clone();
        if signals.wait_for(|signals| signals.first.is_some()).await.is_err() {
            std::future::pending::<()>().await;
        }
        self.requested().unwrap_or_else(|| error(Kind::Interrupted, "stopped"))
    }

    /// The same between two writes: a signal that came before this call is heard, even if the answer to
    /// the first write came right after it.
    pub async fn heard(&self) -> Option<Error> {
        // In the first turn the runtime looks at what came in, in the second it is taken note of.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        self.requested()
    }

    /// Waits until the command must end at once.
    pub async fn at_once(&self) -> Error {
        let mut signals = self.signals.clone();
        loop {
            let Signals { count, first } = *signals.borrow_and_update();
            match first {
                Some(kind) if !self.writing.get() => return error(kind, "nothing was written"),
                Some(kind) if count > 1 => {
                    return error(
                        kind,
                        "stopped at once: the outcome of the request under way is unknown",
                    )
                    .hint("running it again is safe and finishes the work");
                }
                _ => {}
            }
            if signals.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

fn error(kind: Kind, what: &str) -> Error {
    let word = if kind == Kind::Terminated { "terminated" } else { "interrupted" };
    Error::new(kind, format!("{word}, {what}"))
}
