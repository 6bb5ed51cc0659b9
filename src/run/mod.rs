//! From arguments to an exit status: grammar, settings, command, output. The only place that knows
//! all rooms.

mod access;
mod acl;
mod broken;
mod bug_report;
mod cluster;
mod completion;
mod config;
mod context;
mod controllers;
mod group;
#[cfg(feature = "gssapi")]
mod kerberos;
mod manual;
mod program;
mod quota;
mod reassign;
mod token;
mod topic;
mod transaction;
mod usage;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::cli::{self, Cli, Command};
use crate::commands::{Context, Outcome, Signals, Stop};
use crate::error::{Error, Kind, Result};
use crate::output::Ui;
use crate::report::Interaction as _;
use crate::settings::{self, Environment, Presentation, Settings};

/// Runs the program with the arguments of the process.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    broken::guarded(|| {
        broken::rehearse(&arguments);
        #[cfg(feature = "gssapi")]
        if let Some(status) = kerberos::intercept(&arguments) {
            return status;
        }
        completion::intercept(&arguments).unwrap_or_else(|| run_with(&arguments))
    })
}

fn run_with(arguments: &[OsString]) -> ExitCode {
    let (cli, path) = match cli::parse::<Cli>(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return usage::answer(&error, arguments),
    };
    let environment = Environment { patience: cli.global.timeout, ..Environment::from_process() };
    let settings = settings::resolve(&cli.global, &environment);
    let presentation = match &settings {
        Ok(settings) => settings.presentation.clone(),
        Err(_) => Presentation::early(&cli.global, &environment),
    };
    let ui = Ui::new(program::output_options(&presentation, &cli.command));
    let checked = program::check_format(&presentation, &cli.command)
        .and_then(|()| program::check_columns(&ui, &presentation, &path));
    if let Err(error) = checked {
        ui.error(&error);
        return ExitCode::from(error.kind().code());
    }
    let given = Given { cli: &cli, environment: &environment, ui: &ui };
    let result = match &*cli.command {
        Command::Context(command) => context::run(&given, command),
        Command::BugReport => bug_report::run(&given, &settings),
        Command::Completion { shell } => completion::script(&ui, *shell),
        Command::Man { markdown: true, .. } => manual::reference(&ui),
        Command::Man { command, write, .. } => manual::man(&ui, command, write.as_deref()),
        Command::Help { words } => manual::help(&ui, words),
        command => settings.and_then(|settings| {
            let program =
                Program { cli: &cli, environment: &environment, ui: &ui, settings: &settings };
            let confirm = program::confirm_context(command);
            program.with_cluster(confirm, async |context| dispatch(context, command).await)
        }),
    };
    let status = match &result {
        Ok(outcome) => {
            program::debug_check_columns(outcome, &path);
            finish(&ui, outcome)
        }
        // What only shows what happens has no other end, and nothing to say about it.
        Err(error) if error.kind().is_signal() && program::follows(&cli.command) => {
            error.kind().code()
        }
        Err(error) => {
            ui.fail(error);
            error.kind().code()
        }
    };
    // The process ends, and nobody has to take apart what it has read.
    std::mem::forget((result, environment, cli));
    ExitCode::from(status)
}

/// Runs a command that may talk to a cluster.
async fn dispatch(context: &Context<'_>, command: &Command) -> Result<Outcome> {
    match command {
        Command::Acl(command) => acl::run(context, command).await,
        Command::Group(command) => group::run(context, command).await,
        Command::Topic(command) => topic::run(context, command).await,
        Command::Config(command) => config::run(context, command).await,
        Command::Cluster(command) => cluster::run(context, command).await,
        Command::Quota(command) => quota::run(context, command).await,
        Command::Reassign(command) => reassign::run(context, command).await,
        Command::Transaction(command) => transaction::run(context, command).await,
        Command::User(command) => user::run(context, command).await,
        Command::Token(command) => token::run(context, command).await,
        Command::Context(_)
        | Command::BugReport
        | Command::Completion { .. }
        | Command::Man { .. }
        | Command::Help { .. } => Ok(Outcome::default()),
    }
}

fn finish(ui: &Ui, outcome: &Outcome) -> u8 {
    let mut status = outcome.status();
    if outcome.report.is_some() {
        program::leave_interrupts_to_pager(ui);
    }
    if let Some(report) = &outcome.report {
        match (ui.print(report.as_ref()), report.lost()) {
            (Ok(()), Some(lost)) if ui.is_closed() => {
                crate::report::Interaction::warn(ui, &lost);
            }
            (Ok(()), _) => {}
            (Err(error), lost) => {
                let kind = error.kind();
                ui.error(&lost.into_iter().fold(error, Error::hint));
                if outcome.error.is_none() {
                    status = crate::error::Status::Error(kind);
                }
            }
        }
    }
    if let Some(error) = &outcome.error {
        ui.error(error);
    }
    status.code()
}

/// What was typed and what the process was given, before anything is decided of it.
struct Given<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    ui: &'a Ui,
}

/// What was typed, what the process was given, and what was decided of it.
struct Program<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    ui: &'a Ui,
    settings: &'a Settings,
}

impl Program<'_> {
    /// Runs a command until it ends or a signal ends it. The runtime is not waited for: a name
    /// lookup or a key derivation may be stuck on a thread of its own.
    fn with_cluster<T>(
        &self,
        confirm_context: Option<String>,
        command: impl AsyncFnOnce(&Context<'_>) -> Result<T>,
    ) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::failed("cannot start").caused_by(error))?;
        let of_context =
            |name: &str| settings::resolve_side(&self.cli.global, self.environment, name);
        let log = program::log(self.ui, self.settings)?;
        let trace = program::trace(&log);
        let result = runtime.block_on(async {
            let (sender, receiver) = watch::channel(Signals::default());
            tokio::spawn(program::watch_signals(Arc::new(sender)));
            let stop = Stop::new(receiver.clone());
            let context = Context {
                ui: self.ui,
                settings: self.settings,
                of_context: &of_context,
                now: Timestamp::now,
                stop: &stop,
                trace,
                confirm_context,
                needs_brokers: controllers::needs_brokers(&self.cli.command),
                side: None,
            };
            let result = tokio::select! {
                biased;
                result = command(&context) => result,
                error = stop.at_once(|text| self.ui.note(text)) => Err(error),
            };
            match result {
                Err(error) if error.kind() == Kind::Interrupted => {
                    Err(program::by_which_signal(error, &receiver).await)
                }
                result => result,
            }
        });
        runtime.shutdown_background();
        if let Err(error) = &result {
            log.end(&error.in_a_line());
        }
        result
    }
}
