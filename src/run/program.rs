//! What the program does around its commands: output options, request log, signals.

use std::fmt::Write as _;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::Command;
use crate::cli::acl::AclCommand;
use crate::cli::group::GroupCommand;
use crate::cli::{columns, global};
use crate::commands::acl::is_standard_input;
use crate::commands::{Outcome, Signals};
use crate::error::{Error, Kind, Result};
use crate::kafka::{Exchange, Trace};
use crate::output::{ColorChoice, Format, Options, Pager, ProgressChoice, Ui, Workspace};
use crate::report::Block;
use crate::settings::{Presentation, Settings};

/// What was decided, as the output room takes it.
pub fn output_options(presentation: &Presentation, command: &Command) -> Options {
    Options {
        format: match presentation.output {
            global::Format::Table => Format::Table,
            global::Format::Wide => Format::Wide,
            global::Format::Json => Format::Json,
            global::Format::Yaml => Format::Yaml,
            global::Format::Name => Format::Name,
            global::Format::Markdown => Format::Markdown,
            global::Format::Github => Format::Github,
            global::Format::Sarif => Format::Sarif,
        },
        columns: presentation.columns.clone(),
        sort_by: presentation.sort_by.clone(),
        no_headers: presentation.no_headers,
        color: color_of(presentation.color),
        quiet: presentation.quiet,
        verbose: u8::from(presentation.verbose),
        yes: presentation.yes,
        progress: match presentation.progress {
            global::Progress::Auto => ProgressChoice::Auto,
            global::Progress::Never => ProgressChoice::Never,
        },
        stdin_is_input: reads_stdin(command),
        term_env: presentation.term.clone(),
        workspace: presentation.workspace.clone().map(|(root, folder)| Workspace { root, folder }),
        pager: presentation
            .pager
            .as_ref()
            .map(|pager| Pager { command: pager.command.clone(), variables: pager.less.clone() }),
        ..Options::default()
    }
}

/// `--color`, as the output room takes it.
pub fn color_of(color: global::Color) -> ColorChoice {
    match color {
        global::Color::Auto => ColorChoice::Auto,
        global::Color::Always => ColorChoice::Always,
        global::Color::Never => ColorChoice::Never,
    }
}

/// Refuses, before anything is done, a format that the command does not have.
pub fn check_format(presentation: &Presentation, command: &Command) -> Result<()> {
    let lint =
        matches!(command, Command::Acl(command) if matches!(&**command, AclCommand::Lint(_)));
    if presentation.output == global::Format::Sarif && !lint {
        return Err(Error::invalid("`-o sarif` is for `acl lint` alone")
            .hint("`output` of a config file says it, too; `-o table` overrules that"));
    }
    let stream = match command {
        Command::Group(command) => match &**command {
            GroupCommand::Watch(_) => Some("`group watch` shows a view or writes JSON"),
            GroupCommand::History(args) if args.follow => Some("`--follow` writes JSON"),
            _ => None,
        },
        _ => None,
    };
    let follows = matches!(
        presentation.output,
        global::Format::Table | global::Format::Wide | global::Format::Json
    );
    if let Some(what) = stream.filter(|_| !follows) {
        return Err(
            Error::invalid(what).hint("leave `-o` out, or use `-o json`: one object a line")
        );
    }
    Ok(())
}

/// Refuses, before anything is done, columns that the command does not have, and a choice of columns
/// where none are printed.
pub fn check_columns(ui: &Ui, presentation: &Presentation, path: &[String]) -> Result<()> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    ui.check_columns(columns::of(&path))?;
    // There it says what is to be found out besides.
    let asks = path == ["topic", "list"];
    let why = match presentation.output {
        global::Format::Name => "`-o name` prints bare names",
        global::Format::Json if !asks => "`-o json` always has every field",
        global::Format::Yaml if !asks => "`-o yaml` always has every field",
        _ => return Ok(()),
    };
    if presentation.columns.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(format!("`--columns` is for tables, and {why}"))
        .hint("leave `--columns` out, or print a table: `-o table --no-headers`"))
}

/// Every column of a table must be known beforehand.
pub fn debug_check_columns(outcome: &Outcome, path: &[String]) {
    if !cfg!(debug_assertions) {
        return;
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let known = columns::of(&path);
    for block in outcome.report.iter().flat_map(|report| report.blocks(true)) {
        if let Block::Table(table) = block {
            for column in &table.columns {
                assert!(known.contains(&column.name), "{path:?} does not know `{}`", column.name);
            }
        }
    }
}

fn reads_stdin(command: &Command) -> bool {
    let command = match command {
        Command::Acl(command) => command,
        Command::Topic(command) => return super::topic::reads_stdin(command),
        Command::Config(command) => return super::config::reads_stdin(command),
        Command::Group(command) => return super::group::reads_stdin(command),
        Command::Token(command) => return super::token::reads_stdin(command),
        _ => return false,
    };
    is_standard_input(match &**command {
        AclCommand::Apply(args) => &args.files,
        AclCommand::Plan(args) => &args.source.files,
        AclCommand::Test(args) => &args.source.files,
        AclCommand::Lint(args) => &args.source.files,
        AclCommand::WhoCan(args) => &args.source.files,
        AclCommand::Explain(args) => &args.source.files,
        // Without a question they come on standard input.
        AclCommand::Can(args) if args.principal.is_none() => return true,
        AclCommand::Can(args) => &args.source.files,
        _ => return false,
    })
}

/// `--confirm-context` of the command, where it writes.
pub fn confirm_context(command: &Command) -> Option<String> {
    let write = match command {
        Command::Acl(command) => match &**command {
            AclCommand::Apply(args) => Some(&args.write),
            AclCommand::Create(args) => Some(&args.write),
            AclCommand::Delete(args) => Some(&args.write),
            AclCommand::Copy(args) => Some(&args.write),
            _ => None,
        },
        Command::Group(command) => super::group::write_flags(command),
        Command::Topic(command) => super::topic::write_flags(command),
        Command::Cluster(command) => super::cluster::write_flags(command),
        Command::Config(command) => super::config::write_flags(command),
        Command::Quota(command) => super::quota::write_flags(command),
        Command::Reassign(command) => super::reassign::write_flags(command),
        Command::Transaction(command) => super::transaction::write_flags(command),
        Command::User(command) => super::user::write_flags(command),
        Command::Token(command) => super::token::write_flags(command),
        _ => None,
    };
    write?.confirm_context.clone()
}

/// Hears Ctrl-C and SIGTERM as long as the program runs.
pub async fn watch_signals(sender: Arc<watch::Sender<Signals>>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    loop {
        let kind = tokio::select! {
            _ = interrupt.recv() => Kind::Interrupted,
            _ = terminate.recv() => Kind::Terminated,
        };
        sender.send_modify(|signals| {
            signals.count += 1;
            signals.first.get_or_insert(kind);
        });
    }
}

/// Leaves Ctrl-C to the pager, which takes it for the end of what it is doing, not for its own.
pub fn leave_interrupts_to_pager(ui: &Ui) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    if ui.pager().is_some()
        && let Ok(runtime) = runtime()
    {
        // A signal that is heard once no longer ends the process, ever.
        runtime.block_on(async { drop(signal(SignalKind::interrupt())) });
    }
}

/// A question on the terminal ends in the same way for every signal, because nothing else runs while it
/// waits for a key. The runtime's own handler was set before the question's and so has run before it:
/// all that is missing is that the runtime looks (one turn) and that [`watch_signals`] runs (the next).
pub async fn by_which_signal(error: Error, signals: &watch::Receiver<Signals>) -> Error {
    for _turn in 0..3 {
        tokio::task::yield_now().await;
    }
    match signals.borrow().first {
        Some(Kind::Terminated) => error.with_kind(Kind::Terminated),
        _ => error,
    }
}

/// Puts each exchange into one line of the request log.
struct RequestLog(crate::output::Trace);

impl Trace for RequestLog {
    fn exchange(&self, exchange: &Exchange<'_>) {
        let Exchange { broker, api, version, sent, .. } = exchange;
        // How long a password is, is its owner's business.
        let secret = api.starts_with("Sasl");
        let mut line = format!("{broker} {api} v{version} sent");
        if !secret {
            let _ = write!(line, " {sent} B");
        }
        let _ = match exchange.received {
            Some(_) if secret => write!(line, ", received"),
            Some(received) => write!(line, ", received {received} B"),
            None => write!(line, ", no answer"),
        };
        let _ = write!(line, ", {:.1} ms", exchange.took.as_secs_f64() * 1000.0);
        if !exchange.throttle.is_zero() {
            let _ = write!(line, ", throttled {} ms", exchange.throttle.as_millis());
        }
        self.0.line(&line);
    }
}

/// The request log that `-v` and `--log-file` ask for.
pub fn log(ui: &Ui, settings: &Settings) -> Result<crate::output::Trace> {
    let first = format!("kward {} at {}", env!("CARGO_PKG_VERSION"), jiff::Timestamp::now());
    ui.trace(settings.presentation.log_file.as_deref().map(|path| (path, first.as_str())))
}

/// What puts requests into it, where anyone reads it.
pub fn trace(log: &crate::output::Trace) -> Option<Arc<dyn Trace>> {
    log.is_on().then(|| Arc::new(RequestLog(log.clone())) as Arc<dyn Trace>)
}

/// Whether the command goes on until somebody ends it.
pub fn follows(command: &Command) -> bool {
    let Command::Group(group) = command else { return false };
    match &**group {
        GroupCommand::Watch(_) => true,
        GroupCommand::History(args) => args.follow,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::acl_list::binding_table;
    use crate::report::group_watch::WatchView;
    use crate::report::group_write::{WrittenGroup, WrittenMember, WrittenOffset};
    use crate::report::membership::{WrittenBroker, WrittenController};
    use crate::report::reassign::WrittenReassignment;
    use crate::report::token::WrittenToken;
    use crate::report::topic_plan::TopicChange;
    use crate::report::topic_write::{WrittenConfig, WrittenPartition, WrittenTopic};
    use crate::report::transaction::HangingTransaction;
    use crate::report::{Column, write, written};

    #[test]
    fn the_columns_that_are_known_beforehand_are_those_that_are_printed() {
        let names = |columns: Vec<Column>| -> Vec<&str> {
            columns.iter().map(|column| column.name).collect()
        };
        for (path, columns) in [
            (["acl", "list"], binding_table(&[]).columns),
            (["topic", "create"], write::WriteResult::<WrittenTopic>::columns()),
            (["topic", "apply"], write::WriteResult::<TopicChange>::columns()),
            (["config", "set"], write::WriteResult::<WrittenConfig>::columns()),
            (["topic", "trim"], write::WriteResult::<WrittenPartition>::columns()),
            (["cluster", "add-controller"], write::WriteResult::<WrittenController>::columns()),
            (["cluster", "unregister-broker"], write::WriteResult::<WrittenBroker>::columns()),
            (["group", "delete"], written::WriteResult::<WrittenGroup>::columns()),
            (["group", "reset-offsets"], written::WriteResult::<WrittenOffset>::columns()),
            (["group", "remove-members"], written::WriteResult::<WrittenMember>::columns()),
            (["group", "watch"], WatchView::columns()),
            (["reassign", "apply"], write::WriteResult::<WrittenReassignment>::columns()),
            (["token", "create"], write::WriteResult::<WrittenToken>::columns()),
            (["transaction", "abort"], write::WriteResult::<HangingTransaction>::columns()),
        ] {
            assert_eq!(columns::of(&path), names(columns), "{path:?}");
        }
    }
}
