//! A failure inside the client, with what the code above needs in order to go on: whether another
//! server may do better, and whether a write may have reached the broker.

use crate::error::Error;

use super::deadline::Deadline;

/// A failure and its nature.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub error: Error,
    pub nature: Nature,
    /// Whether the request may have reached the broker.
    pub sent: bool,
}

/// What a failure says about a next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// This server or connection did not serve; another may.
    Elsewhere,
    /// The connection ended before the first answer after the handshakes.
    Unwelcome,
    /// This server will not serve, however often it is asked: its certificate, what it lacks.
    Here,
    /// It will be the same with every server: credentials, settings.
    Everywhere,
    /// The command's time is up.
    Deadline,
}

pub(super) type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub fn elsewhere(error: Error) -> Self {
        Self { error, nature: Nature::Elsewhere, sent: false }
    }

    pub fn here(error: Error) -> Self {
        Self { error, nature: Nature::Here, sent: false }
    }

    pub fn everywhere(error: Error) -> Self {
        Self { error, nature: Nature::Everywhere, sent: false }
    }

    pub fn deadline(deadline: Deadline, phase: &str) -> Self {
        Self { error: deadline.error(phase), nature: Nature::Deadline, sent: false }
    }

    /// The same failure of a request that may have reached the broker.
    pub fn sent(mut self, sent: bool) -> Self {
        self.sent = sent;
        self
    }

    /// Whether the same may work a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self.nature, Nature::Elsewhere | Nature::Unwelcome)
    }
}
