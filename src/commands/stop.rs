//! Ctrl-C and SIGTERM: while nothing is being written they end the command at once; while something
//! is, the request under way is finished first, and a second signal does not wait for it.

use std::cell::{Cell, RefCell};

use tokio::sync::watch;

use crate::error::{Error, Kind};

/// Whether somebody wants the command to end.
#[derive(Debug)]
pub struct Stop {
    signals: watch::Receiver<Signals>,
    writing: Cell<bool>,
    /// What whoever is stopped at once is told of the writes before.
    written: RefCell<Option<String>>,
    /// The file that brings back what is deleted.
    backup: RefCell<Option<String>>,
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
        let (writing, written, backup) = Default::default();
        Self { signals, writing, written, backup }
    }

    /// From now on a first signal waits for the request under way.
    pub fn begin_writing(&self) {
        self.writing.set(true);
    }

    /// How far it has come, without a final period: for the error of who does not wait for the request under way.
    pub fn has_written(&self, so_far: String) {
        self.written.replace(Some(so_far));
    }

    /// Where the backup of what is being deleted lies, safe to show.
    pub fn has_backup(&self, path: String) {
        self.backup.replace(Some(path));
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

    /// Waits until the command must end at once. `tell` is told, once, that a request is finished first.
    pub async fn at_once(&self, tell: impl Fn(&str)) -> Error {
        let mut signals = self.signals.clone();
        let mut told = false;
        loop {
            let Signals { count, first } = *signals.borrow_and_update();
            match first {
                Some(kind) if !self.writing.get() => return error(kind, "nothing was written"),
                Some(kind) if count > 1 => return self.cut_off(kind),
                Some(_) if !told => {
                    told = true;
                    tell(
                        "stopping after the request under way; a second Ctrl-C does not wait for it",
                    );
                }
                _ => {}
            }
            if signals.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Stopped in the middle of a request.
    fn cut_off(&self, kind: Kind) -> Error {
        let mut error =
            error(kind, "stopped at once: the outcome of the request under way is unknown");
        if let Some(so_far) = &*self.written.borrow() {
            error = error.caused_by(so_far);
        }
        if let Some(path) = &*self.backup.borrow() {
            error = error.hint(format!("what was deleted is in the backup `{path}`"));
        }
        error.hint(MAY_STILL_BE).hint(AGAIN)
    }
}

/// How what was stopped, or is written from files, is finished.
pub const AGAIN: &str = "running it again is safe and finishes the work";
/// What a request of unknown outcome may still do.
pub const MAY_STILL_BE: &str =
    "the brokers may still carry that request out, even later: look again before you undo anything";

fn error(kind: Kind, what: &str) -> Error {
    let word = if kind == Kind::Terminated { "terminated" } else { "interrupted" };
    Error::new(kind, format!("{word}, {what}"))
}
