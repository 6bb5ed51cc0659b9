//! The flags that every command takes. They are what was typed; `settings` decides what it means
//! together with the environment and the files.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use secrecy::SecretString;

/// The global flags.
// Each flag of this kind is one.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use this cluster of the config file
    ///
    /// Contexts are tables of the config file; `kward context list` shows them.
    /// Without this flag and without `KWARD_CONTEXT`, the context that `current-context` names is
    /// used, unless the flags, the environment or `--command-config` name a cluster themselves.
    #[arg(short = 'c', long, global = true, value_name = "NAME")]
    pub context: Option<String>,

    /// Connect to these brokers
    ///
    /// Addresses separated by commas; 9092 is the default port. Without `--context` no context is used at all, so that no
    /// credentials of one cluster reach another. With `--context` only the addresses are replaced:
    /// its security settings, `read-only`, `protected` and `cluster-id` stay.
    /// The variable `KWARD_BOOTSTRAP_SERVER` does the same, beside `KWARD_CONTEXT`.
    #[arg(short = 'b', long, global = true, value_name = "HOST:PORT,…")]
    pub bootstrap_server: Option<String>,

    /// Talk to these controllers of KRaft, and to no broker
    ///
    /// For when the brokers are down or let nobody in: ACLs, configuration, features and the quorum are told and
    /// changed by controllers too; what needs a broker says so. Addresses with their ports, separated by commas, in
    /// place of those of `-b`. Kafka 3.7 and later; needs ALTER on the cluster.
    #[arg(long, global = true, value_name = "ADDR,…", conflicts_with = "bootstrap_server")]
    pub bootstrap_controller: Option<String>,

    /// Read client properties from this file
    ///
    /// The `.properties` file that Kafka's own tools take with the same flag; the names of the Java
    /// clients and of librdkafka are both understood.
    #[arg(long, global = true, value_name = "FILE")]
    pub command_config: Option<PathBuf>,

    /// Set one client property
    ///
    /// The highest priority of all; may be repeated. Do not give a password this way: everyone on
    /// the machine can read it in the list of processes.
    #[arg(short = 'X', long = "property", global = true, value_name = "KEY=VALUE", value_parser = property)]
    pub properties: Vec<PropertyFlag>,

    /// Use this config file
    ///
    /// Default: `$XDG_CONFIG_HOME/kward/config.toml`, or `~/.config/kward/config.toml`.
    /// The variable `KWARD_CONFIG` does the same.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// How to print the result
    #[arg(short = 'o', long, global = true, value_name = "FORMAT", value_enum)]
    pub output: Option<Format>,

    /// Show only these columns of a table, in this order
    ///
    /// Case is no matter. Documents (`-o json`, `yaml`) always have every field: there it counts only where a
    /// column costs requests that are not made otherwise, such as `size` of topics. `-o name` prints names alone,
    /// and refuses it.
    #[arg(long, global = true, value_name = "COLUMN,…", value_delimiter = ',', value_parser = trimmed)]
    pub columns: Vec<String>,

    /// Sort by these columns, the first one first; behind a `-` the other way round
    ///
    /// Case is no matter, and a column need not be shown. In every format: with `-o json` and `yaml` it is
    /// the items that come in the order of the rows, with `-o name` the names of the rows. What has no
    /// number comes last.
    #[arg(
        long,
        global = true,
        value_name = "COLUMN,…",
        value_delimiter = ',',
        value_parser = trimmed,
        allow_hyphen_values = true
    )]
    pub sort_by: Vec<String>,

    /// Print a table without its headings
    #[arg(long, global = true)]
    pub no_headers: bool,

    /// Show long results without a pager
    ///
    /// On a terminal, what is longer than it is high is shown by the program that `KWARD_PAGER` or
    /// `PAGER` names, or by `less`; `KWARD_PAGER=cat` switches that off for good. Never in pipes and CI.
    #[arg(long, global = true)]
    pub no_pager: bool,

    /// When to use colour
    ///
    /// `auto` uses it on a terminal, and heeds `NO_COLOR` and `CLICOLOR_FORCE`.
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    pub color: Option<Color>,

    /// Say less: no hints and no remarks
    #[arg(short = 'q', long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more: every request with its broker, version, size and duration
    #[arg(short = 'v', long, global = true)]
    pub verbose: bool,

    /// Give up after this time [default: 30s]
    ///
    /// `30s`, `500ms`, `2m`, `1h30m`. It counts requests, not questions; while writing it holds for
    /// each request; commands that follow something do not heed it. One request may take 30 seconds, or half
    /// of a longer time.
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        value_parser = parse_duration,
        allow_hyphen_values = true
    )]
    pub timeout: Option<Duration>,

    /// When to show how far a long job has come
    ///
    /// `auto` shows it on a terminal.
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    pub progress: Option<Progress>,

    /// Write every request with its broker, version, size and duration to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// Ask nothing; answer every yes-or-no question with yes
    ///
    /// Required where a question is needed and there is no terminal. A `protected` context is not
    /// answered by it.
    #[arg(short = 'y', long, global = true)]
    pub yes: bool,
}

/// `-o`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Columns for people
    #[default]
    Table,
    /// A table with every column
    Wide,
    /// One JSON document
    Json,
    /// One YAML document
    Yaml,
    /// Bare names, one a line
    Name,
    /// Markdown, for a comment on a pull request
    Markdown,
    /// Annotations for GitHub Actions
    Github,
    /// SARIF 2.1.0, for code hosts: what `acl lint` finds
    Sarif,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Progress {
    /// On a terminal
    #[default]
    Auto,
    /// Never
    Never,
}

/// What stood behind one `-X`: not looked at here, because clap repeats a wrong value in its message and this one
/// may hold a password.
#[derive(Debug, Clone)]
pub struct PropertyFlag(pub SecretString);

// clap wants a `Result`.
#[allow(clippy::unnecessary_wraps)]
fn property(text: &str) -> Result<PropertyFlag, String> {
    Ok(PropertyFlag(SecretString::from(text)))
}

/// Without the blanks that people type behind a comma.
#[allow(clippy::unnecessary_wraps)] // What clap wants of a parser.
fn trimmed(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.trim().to_owned())
}

/// Reads a duration: numbers with units, `30s`, `500ms`, `2m`, `1h30m`, `7d`. Longer than nothing.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    const WANTED: &str = "a duration is a number with a unit: `30s`, `500ms`, `2m`, `1h30m`, `7d`";
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(WANTED.to_owned());
    }
    let span: jiff::Span = text.parse().map_err(|_| WANTED.to_owned())?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|_| WANTED.to_owned())?;
    match Duration::try_from(duration) {
        Ok(duration) if duration.is_zero() => Err("a duration must be longer than zero".to_owned()),
        // Longer ones overflow clocks.
        Ok(duration) if duration > YEAR => Err("a duration of more than a year is none".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err(WANTED.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use secrecy::ExposeSecret;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        global: Global,
        #[command(subcommand)]
        command: Option<Verb>,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Verb {
        List,
    }

    fn parse(arguments: &[&str]) -> Result<Global, clap::Error> {
        let arguments = std::iter::once("kward").chain(arguments.iter().copied());
        Program::try_parse_from(arguments).map(|program| program.global)
    }

    #[test]
    fn durations() {
        for (text, millis) in [
            ("30s", 30_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1.5s", 1_500),
            ("7d", 604_800_000),
            ("1d 2h", 93_600_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "30",
            "s",
            "-1s",
            "0s",
            "1s ago",
            "1 fortnight",
            "PT30S",
            "∞",
            "9999999999999999999h",
            "9999999h",
            "1 month",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_flag_is_global_and_may_stand_behind_the_verb() {
        let global = parse(&[
            "list", "-c", "prod", "-b", "a:1,b:2", "-X", "a=b", "-X", "c=d=e", "-o", "json", "-y",
        ])
        .unwrap();
        assert_eq!(global.context.as_deref(), Some("prod"));
        assert_eq!(global.bootstrap_server.as_deref(), Some("a:1,b:2"));
        let properties: Vec<_> = global.properties.iter().map(|p| p.0.expose_secret()).collect();
        assert_eq!(properties, ["a=b", "c=d=e"]);
        assert_eq!(global.output, Some(Format::Json));
        assert!(global.yes);

        let global =
            parse(&["--timeout", "2m", "--columns", "A,B", "--color=never", "list", "-v"]).unwrap();
        assert_eq!(global.timeout, Some(Duration::from_mins(2)));
        assert_eq!(global.columns, ["A", "B"]);
        assert_eq!(global.color, Some(Color::Never));
        assert!(global.verbose);
    }

    #[test]
    fn a_duration_below_zero_is_a_mistake_of_its_own_flag() {
        let error = parse(&["--timeout", "-1s", "list"]).unwrap_err().to_string();
        assert!(error.contains("--timeout") && error.contains("number with a unit"), "{error}");
    }

    #[test]
    fn quiet_and_verbose_exclude_each_other() {
        assert!(parse(&["-q", "-v"]).is_err());
    }

    #[test]
    fn a_property_is_never_shown() {
        let global = parse(&["-X", "sasl.password=hunter2"]).unwrap();
        assert!(!format!("{global:?}").contains("hunter2"));
        // Not even a malformed one is an error of clap's, which would repeat it.
        assert!(parse(&["-X", "sasl.password:hunter2"]).is_ok());
    }
}
