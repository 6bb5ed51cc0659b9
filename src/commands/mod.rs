//! One file per verb: a plain function of resolved values and a [`Context`] that returns an
//! [`Outcome`]. Each reads top to bottom: fetch, decide, confirm, act.

pub mod acl;
pub mod bug_report;
pub mod cluster;
pub mod config;
pub mod context;
pub mod group;
mod portions;
pub mod quota;
pub mod reassign;
mod settle;
mod stop;
pub mod token;
pub mod topic;
pub mod transaction;
pub mod user;
mod written;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::poll_immediate;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{Error, Kind, Result, Status};
use crate::kafka::{Client, Deadline, Trace};
use crate::report::{Answer, Block, Interaction, Report, Typed, TypedSecret};
use crate::settings::{ClientConfig, Connection, Settings};

pub use stop::{Signals, Stop};

/// What a command is run with.
#[derive(Clone)]
pub struct Context<'a> {
    /// The person or pipeline.
    pub ui: &'a dyn Interaction,
    /// The cluster and how to reach it.
    pub settings: &'a Settings,
    /// The settings of another context of the config file.
    pub of_context: &'a dyn Fn(&str) -> Result<Settings>,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Whether somebody wants this to end.
    pub stop: &'a Stop,
    /// Who is told of each request.
    pub trace: Option<Arc<dyn Trace>>,
    /// `--confirm-context`.
    pub confirm_context: Option<String>,
    /// What the command asks for that controllers do not have, where that is known beforehand.
    pub needs_brokers: Option<&'static str>,
    /// Which one this is of several clusters, for questions: `context:prod`.
    pub side: Option<String>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("settings", self.settings).finish_non_exhaustive()
    }
}

/// How a command ended: a report, where there is one to print, and an error beside it when
/// something went wrong on the way.
#[derive(Default)]
pub struct Outcome {
    /// Printed first, to standard output.
    pub report: Option<Box<dyn Report>>,
    /// Printed after it, to standard error.
    pub error: Option<Error>,
    /// The answer is no.
    pub answer_is_no: bool,
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outcome")
            .field("report", &self.report.as_ref().map(|report| report.kind()))
            .field("error", &self.error)
            .field("answer_is_no", &self.answer_is_no)
            .finish()
    }
}

impl Outcome {
    /// A report, and all is well.
    pub fn report(report: impl Report + 'static) -> Self {
        Self { report: Some(Box::new(report)), ..Self::default() }
    }

    /// The same, and the answer is no when `no`.
    #[must_use]
    pub fn no_if(mut self, no: bool) -> Self {
        self.answer_is_no = no;
        self
    }

    /// The same, with an error beside the report.
    #[must_use]
    pub fn with_error(mut self, error: Option<Error>) -> Self {
        self.error = error;
        self
    }

    /// The exit status.
    pub fn status(&self) -> Status {
        match &self.error {
            Some(error) => Status::Error(error.kind()),
            None if self.answer_is_no => Status::No,
            None => Status::Done,
        }
    }
}

impl Context<'_> {
    /// The deadline of the requests that begin now.
    pub fn deadline(&self) -> Deadline {
        Deadline::after(self.settings.timeout)
    }

    /// A connection to the cluster that the settings name.
    pub async fn connect(&self) -> Result<Client> {
        let connection = self.checked_connection()?;
        let deadline = Cell::new(self.deadline());
        let config = connection.client_config_asking(&|question| {
            let typed = self.ask_secret(question)?;
            // The time of who types does not count.
            deadline.set(self.deadline());
            Ok(typed)
        })?;
        self.connect_by(&connection, &config, deadline.get()).await
    }

    /// The same with a deadline of its own, and without a question.
    pub async fn connect_until(&self, deadline: Deadline) -> Result<Client> {
        let connection = self.checked_connection()?;
        self.connect_by(&connection, &connection.client_config()?, deadline).await
    }

    /// How to connect, unless controllers are named and only brokers serve the command.
    fn checked_connection(&self) -> Result<Connection> {
        let connection = self.settings.connection()?;
        match self.needs_brokers {
            Some(why) if connection.controllers => {
                let named = &connection.named;
                Err(Error::invalid(format!(
                    "this command needs brokers, and {named} names controllers"
                ))
                .caused_by(why)
                .hint("name brokers: `-b HOST:PORT` (`bootstrap.servers`)"))
            }
            _ => Ok(connection),
        }
    }

    /// Asks for a secret that nothing says; `None` where there is no terminal: then what is missing is told
    /// by who looks it up.
    pub fn ask_secret(&self, question: &str) -> Result<Option<SecretString>> {
        let question = match &self.side {
            Some(side) => format!("{} ({side}):", question.trim_end_matches(':')),
            None => question.to_owned(),
        };
        match self.ui.ask_secret(&question) {
            TypedSecret::Secret(typed) if typed.expose_secret().is_empty() => {
                Err(Error::invalid("no password was typed, nothing was done"))
            }
            TypedSecret::Secret(typed) => Ok(Some(typed)),
            TypedSecret::CannotAsk => Ok(None),
            TypedSecret::Interrupted => {
                Err(Error::new(Kind::Interrupted, "interrupted, nothing was done"))
            }
        }
    }

    async fn connect_by(
        &self,
        connection: &Connection,
        config: &ClientConfig,
        deadline: Deadline,
    ) -> Result<Client> {
        for warning in &connection.warnings {
            self.ui.warn(warning);
        }
        Client::connect(config, deadline, self.trace.clone()).await
    }

    /// Connects, and does `work` while the network and the broker are at it. Until `work` is done nothing
    /// is sent; what it fails with comes before what connecting fails with.
    pub async fn connect_beside<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(T, Client)> {
        let mut connecting = pin!(self.connect());
        let early = poll_immediate(connecting.as_mut()).await;
        let done = work()?;
        let client = match early {
            Some(connected) => connected,
            None => connecting.await,
        };
        Ok((done, client?))
    }

    /// Who the connection logs in as, where that is by a name.
    pub fn user(&self) -> Option<String> {
        self.settings.connection().ok()?.user().map(str::to_owned)
    }

    /// The time now, RFC 3339 in UTC, to the second.
    pub fn timestamp(&self) -> String {
        (self.now)().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Where a backup is kept: where the command says, or else in the state folder.
    pub fn backup_folder(&self, given: Option<&Path>) -> Result<PathBuf> {
        if let Some(folder) = given {
            return Ok(folder.to_owned());
        }
        let state = self.settings.state_dir.as_ref().ok_or_else(|| {
            Error::invalid("there is no home folder to keep the backup in, nothing was written")
                .hint("`--backup-dir` names a folder")
        })?;
        Ok(state.join("backups"))
    }

    /// Refuses a write where the context says so. Asks nothing yet.
    pub fn may_write(&self) -> Result<()> {
        if self.settings.read_only {
            let name = self.settings.context.as_deref().unwrap_or_default();
            return Err(Error::refused(format!("the context `{name}` is read-only"))
                .hint("use another context, or take `read-only = true` out of its table"));
        }
        Ok(())
    }

    /// Shows what a question is about, where one is asked; otherwise the result tells all of it.
    pub fn preview(&self, shown: &[Block<'_>]) {
        let asks =
            if self.settings.protected { self.confirm_context.is_none() } else { self.ui.asks() };
        if asks {
            self.ui.show(shown);
        }
    }

    /// Asks before a write: a yes-or-no question, or the name of a protected context.
    pub fn confirm(&self, question: &str) -> Result<()> {
        if self.settings.protected {
            return self.confirm_protected();
        }
        match self.ui.confirm(question) {
            Answer::Yes => Ok(()),
            Answer::No => Err(Error::refused("declined, nothing was written")),
            Answer::CannotAsk => {
                Err(Error::refused("there is no terminal to ask on, nothing was written")
                    .hint("`--yes` answers the question beforehand"))
            }
            Answer::Interrupted => {
                Err(Error::new(Kind::Interrupted, "interrupted, nothing was written"))
            }
        }
    }

    /// Asks before a plan is carried out.
    pub fn confirm_writes(&self, plan: &crate::acl::plan::Plan) -> Result<()> {
        let (create, delete) = (plan.create.len(), plan.delete.len());
        let what = match (create, delete) {
            (create, 0) => format!("Create {}?", acls(create)),
            (0, delete) => format!("Delete {}?", acls(delete)),
            (create, delete) => format!("Create {} and delete {delete}?", acls(create)),
        };
        self.confirm(&what)
    }

    /// Asks again because the plan is not the one that was agreed to: what was said beforehand
    /// (`--yes`, `--confirm-context`) was said about another. `written`: a part of that one was written.
    pub fn confirm_anew(&self, written: bool) -> Result<()> {
        let nothing = if written { "nothing more was written" } else { "nothing was written" };
        match self.ui.ask_word("Type `yes` to apply the plan as it is now:") {
            Typed::Word(word) if word.trim() == "yes" => Ok(()),
            Typed::Word(_) => Err(Error::refused(format!("declined, {nothing}"))),
            Typed::CannotAsk => Err(Error::refused(
                "the ACLs changed between plan and apply, and there is no terminal to ask on: nothing was written",
            )
            .hint("apply again, and review the plan as it is now")),
            Typed::Interrupted => Err(Error::new(Kind::Interrupted, format!("interrupted, {nothing}"))),
        }
    }

    /// A write that needs no question: still asks for the name of a protected context.
    pub fn confirm_unasked(&self) -> Result<()> {
        if self.settings.protected { self.confirm_protected() } else { Ok(()) }
    }

    fn confirm_protected(&self) -> Result<()> {
        let name = self.settings.context.as_deref().unwrap_or_default();
        let typed = match &self.confirm_context {
            Some(given) => given.clone(),
            None => match self
                .ui
                .ask_word(&format!("`{name}` is protected: type its name to go on"))
            {
                Typed::Word(word) => word,
                Typed::CannotAsk => {
                    return Err(Error::refused(format!(
                        "the context `{name}` is protected, and there is no terminal to ask on"
                    ))
                    .hint(format!("`--confirm-context {name}` answers the question beforehand")));
                }
                Typed::Interrupted => {
                    return Err(Error::new(Kind::Interrupted, "interrupted, nothing was written"));
                }
            },
        };
        if typed == name {
            Ok(())
        } else {
            Err(Error::refused(format!(
                "`{typed}` is not the name of the protected context `{name}`"
            )))
        }
    }
}

/// `1 ACL`, `2 ACLs`.
fn acls(count: usize) -> String {
    if count == 1 { "1 ACL".to_owned() } else { format!("{count} ACLs") }
}

/// `this ACL`, `these 2 ACLs`.
fn these_acls(count: usize) -> String {
    if count == 1 { "this ACL".to_owned() } else { format!("these {count} ACLs") }
}
