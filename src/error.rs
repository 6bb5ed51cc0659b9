//! The one error type: what failed, why, what to do, and, only here, which exit status it is.

use std::fmt;

/// What to do after a write of unknown outcome, where whatever it did does not stand in the way.
pub const AGAIN_IS_SAFE: &str = "running it again is safe: what is done already is left as it is";

/// What kind of failure it is; see the exit statuses in `docs/exit-status.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Failed, and what was written is known. Exit status 1.
    Failed,
    /// Wrong usage or invalid input; nothing was written. Exit status 2.
    Invalid,
    /// Refused: a guard, a stale plan, a question that could not be asked. Exit status 4.
    Refused,
    /// Some writes happened or their outcome is unknown; running it again is safe. Exit status 5.
    Unfinished,
    /// Ended by Ctrl-C after an orderly stop. Exit status 130.
    Interrupted,
    /// Ended by SIGTERM after an orderly stop. Exit status 143.
    Terminated,
}

/// How a command ended; the number is its exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done, or nothing to do; the answer is yes. 0.
    Done,
    /// It worked and the answer is no. 3.
    No,
    /// It did not work.
    Error(Kind),
}

impl Status {
    /// The exit status of the process.
    pub const fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::No => 3,
            Status::Error(kind) => kind.code(),
        }
    }
}

impl Kind {
    /// The exit status of the process.
    pub const fn code(self) -> u8 {
        match self {
            Kind::Failed => 1,
            Kind::Invalid => 2,
            Kind::Refused => 4,
            Kind::Unfinished => 5,
            Kind::Interrupted => 130,
            Kind::Terminated => 143,
        }
    }

    /// Whether a signal asked for the end.
    pub const fn is_signal(self) -> bool {
        matches!(self, Kind::Interrupted | Kind::Terminated)
    }
}

/// What a broker answered: Kafka's name and code of the error (`org.apache.kafka.common.protocol.Errors`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaError {
    /// `CLUSTER_AUTHORIZATION_FAILED`.
    pub name: String,
    /// 31.
    pub code: i16,
    /// The broker's own words, where it sent any. Not yet made safe to show.
    pub message: Option<String>,
    /// Whether a retry can help.
    pub retriable: bool,
}

impl fmt::Display for KafkaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.code)?;
        match &self.message {
            Some(message) if !message.is_empty() => {
                write!(f, ": {}", crate::model::visible(message))
            }
            _ => Ok(()),
        }
    }
}

/// A mistake in a file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the user named it; `<stdin>` for standard input.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How many characters the mistake spans, at least 1.
    pub width: usize,
    /// The offending line, cut to a readable length.
    pub source: String,
    /// What to take from the column for the one in `source`, whose beginning may be cut too.
    pub cut: usize,
    /// What is wrong; one line, no final period.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A failure: one line that says what failed, the causes under it, and what to do.
#[derive(Debug, Clone)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug, Clone)]
struct Inner {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    kafka: Option<KafkaError>,
    diagnostics: Vec<Diagnostic>,
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of `kind`; the message is one line without a final period.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                causes: Vec::new(),
                hints: Vec::new(),
                kafka: None,
                diagnostics: Vec::new(),
            }),
        }
    }

    /// Exit status 1.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// Exit status 2.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// Exit status 4.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Adds a cause under the message.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.inner.causes.push(cause.to_string());
        self
    }

    /// Adds what to do, once.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        if !self.inner.hints.contains(&hint) {
            self.inner.hints.push(hint);
        }
        self
    }

    /// The same with a better hint in the place of this one, where it has it.
    #[must_use]
    pub fn instead(mut self, hint: &str, better: &str) -> Self {
        for one in self.inner.hints.iter_mut().filter(|one| *one == hint) {
            better.clone_into(one);
        }
        self
    }

    /// Adds what the broker answered, also as a cause.
    #[must_use]
    pub fn kafka(mut self, error: KafkaError) -> Self {
        self.inner.causes.push(error.to_string());
        self.inner.kafka = Some(error);
        self
    }

    /// Adds mistakes in files.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.inner.diagnostics.extend(diagnostics);
        self
    }

    /// Puts a new message on top; the old one becomes the first cause.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Self {
        let old = std::mem::replace(&mut self.inner.message, message.into());
        self.inner.causes.insert(0, old);
        self
    }

    /// The same failure as another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.inner.kind = kind;
        self
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// What failed.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// What happened and why, in one line.
    pub fn in_a_line(&self) -> String {
        [&[self.message().to_owned()], self.causes()].concat().join(": ")
    }

    /// Why, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.inner.causes
    }

    /// What to do.
    pub fn hints(&self) -> &[String] {
        &self.inner.hints
    }

    /// What the broker answered.
    pub fn kafka_error(&self) -> Option<&KafkaError> {
        self.inner.kafka.as_ref()
    }

    /// Mistakes in files.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.inner.diagnostics
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl std::error::Error for Error {}
