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

    /// Shows what a question is about (a plan, what a delete matches), before it is asked.
    fn show(&self, blocks: &[Block<'_>]);

    /// Asks a yes-or-no question; `--yes` answers it.
    fn confirm(&self, question: &str) -> Answer;

    /// Asks for a word to be typed (`protected` contexts); `--yes` does not answer it.
    fn ask_word(&self, question: &str) -> Typed;

    /// Asks for a secret, which is not shown while it is typed.
    fn ask_secret(&self, question: &str) -> TypedSecret;

    /// A warning: one line without a final period.
    fn warn(&self, message: &str);

    /// A hint or a remark; `--quiet` hides it.
    fn note(&self, message: &str);

    /// How far a long job has come: shown on a terminal after a moment, and wiped when `done == total`.
    fn progress(&self, what: &str, done: usize, total: usize);
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
}
