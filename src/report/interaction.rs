//! What a command may ask of and say to the person or pipeline that runs it, besides its report.
//! `output::Ui` is the real one.

use secrecy::SecretString;

use crate::error::Result;

use super::{Block, Json};

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on: asked and agreed, or `--yes` was given.
    Yes,
    /// Asked, and declined.
    No,
    /// There is no terminal to ask on, and `--yes` was not given.
    CannotAsk,
    /// Asked, and answered by Ctrl-C or by a signal.
    Interrupted,
}

/// What was typed in answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// This, without the end of the line.
    Word(String),
    /// There is no terminal to ask on.
    CannotAsk,
    /// Ctrl-C, or a signal.
    Interrupted,
}

/// What was typed unseen.
#[derive(Debug, Clone)]
pub enum TypedSecret {
    /// This, without the end of the line.
    Secret(SecretString),
    /// There is no terminal to ask on.
    CannotAsk,
    /// Ctrl-C, or a signal.
    Interrupted,
}

/// How what a command follows is shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// With every column.
    pub wide: bool,
}

/// How far something has come that takes long and is measured in bytes or the like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauge {
    /// What it is: `moving partitions`.
    pub what: &'static str,
    /// So much is done.
    pub done: u64,
    /// Of so much.
    pub total: u64,
    /// In words: `1.2 GiB of 3.4 GiB, 120 MiB/s, 18 s to go`.
    pub detail: String,
    /// There is nothing more to come.
    pub ended: bool,
}

impl Gauge {
    /// The end of it.
    pub fn ended(what: &'static str) -> Self {
        Self { what, ended: true, ..Self::default() }
    }
}

/// The person or the pipeline at the other end. Everything here but views and events goes to standard
/// error or the terminal, never to standard output.
pub trait Interaction {
    /// How what follows something is shown by [`Interaction::draw`]; `None` where there is no terminal
    /// or a program reads: it is told by [`Interaction::event`].
    fn view(&self) -> Option<View> {
        None
    }

    /// Draws this in place of what was drawn before, over the whole terminal, which is given back
    /// when the command ends. What is said meanwhile is shown below it, and again at the end.
    fn draw(&self, blocks: Vec<Block<'_>>) -> Result<()> {
        let _ = blocks;
        Ok(())
    }

    /// Writes one event of a stream to standard output, at once: a JSON object on a line of its own.
    /// False when nobody reads any more.
    fn event(&self, kind: &str, event: &dyn Json) -> Result<bool> {
        let _ = (kind, event);
        Ok(false)
    }

    /// Whether somebody still reads standard output, as far as that can be told without writing to it.
    fn is_read(&self) -> bool {
        true
    }

    /// Whether what is printed gets anywhere: not to `/dev/null`, as it does where standard output is closed.
    fn is_printed(&self) -> bool {
        true
    }

    /// Shows what a question is about (a plan, what a delete matches), before it is asked.
    fn show(&self, blocks: &[Block<'_>]);

    /// Whether a yes-or-no question is asked, and not answered beforehand by `--yes`.
    fn asks(&self) -> bool {
        true
    }

    /// Whether there is anybody to ask.
    fn can_ask(&self) -> bool {
        false
    }

    /// Asks a yes-or-no question; `--yes` answers it.
    fn confirm(&self, question: &str) -> Answer;

    /// Asks for a word to be typed (`protected` contexts); `--yes` does not answer it.
    fn ask_word(&self, question: &str) -> Typed;

    /// Asks for a secret, which is not shown while it is typed.
    fn ask_secret(&self, question: &str) -> TypedSecret;

    /// A warning: one line without a final period.
    fn warn(&self, message: &str);

    /// The same about a place in a file.
    fn warn_at(&self, (file, line, column): (&str, usize, usize), message: &str) {
        self.warn(&format!("{file}:{line}:{column}: {message}"));
    }

    /// A hint or a remark; `--quiet` hides it.
    fn note(&self, message: &str);

    /// How far a long job has come: shown on a terminal after a moment, and wiped when `done == total`.
    fn progress(&self, what: &str, done: usize, total: usize);

    /// How far a job has come whose progress is worth words: drawn on a terminal, and elsewhere a line now
    /// and then; wiped when it has ended.
    fn gauge(&self, gauge: &Gauge);
}

/// Says nothing and cannot ask: for tests and for completion.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQuestions;

impl Interaction for NoQuestions {
    fn show(&self, _: &[Block<'_>]) {}
    fn confirm(&self, _: &str) -> Answer {
        Answer::CannotAsk
    }
    fn ask_word(&self, _: &str) -> Typed {
        Typed::CannotAsk
    }
    fn ask_secret(&self, _: &str) -> TypedSecret {
        TypedSecret::CannotAsk
    }
    fn warn(&self, _: &str) {}
    fn note(&self, _: &str) {}
    fn progress(&self, _: &str, _: usize, _: usize) {}
    fn gauge(&self, _: &Gauge) {}
}
