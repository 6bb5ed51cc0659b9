//! What is wrong with a command line, in the form that the command line asks for.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, CommandFactory as _, ValueEnum};

use super::program::color_of;
use crate::cli::Cli;
use crate::cli::global::{self, Global};
use crate::error::{Error, Kind};
use crate::model::shell_word;
use crate::output::{Format, Options, Ui};
use crate::report::{Line, Style};
use crate::settings::{Environment, Presentation};

/// What clap says: help and version are answers, the rest is wrong usage.
pub fn answer(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if error.use_stderr() {
        match format_of(arguments) {
            Some(format) => {
                Ui::new(Options { format, ..Options::default() }).error(&as_ours(error));
            }
            // A help that nobody asked for is still one. Where nobody can be told, the status says it.
            None if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                drop(error.print());
            }
            None => say(error),
        }
        return ExitCode::from(Kind::Invalid.code());
    }
    match error.print() {
        Err(failure) if failure.kind() != std::io::ErrorKind::BrokenPipe => {
            let error = Error::failed("cannot write to standard output").caused_by(failure);
            Ui::new(Options::default()).error(&error);
            ExitCode::from(error.kind().code())
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Says it to a person: as clap sets it, with our own word for a hint.
fn say(error: &clap::Error) {
    let presentation = Presentation::early(&Global::default(), &Environment::from_process());
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut shown: Vec<Line<'_>> = Vec::new();
    for paragraph in paragraphs(error) {
        if !shown.is_empty() {
            shown.push(Line::blank());
        }
        let (style, label, text) = match paragraph {
            Paragraph::Error(text) => (Style::Bad, "error: ", text),
            Paragraph::Hint(text) => (Style::Good, "hint: ", text),
            Paragraph::Other(text) => (Style::Plain, "", text),
        };
        let mut rest = lines(&text).into_iter();
        let first = rest.next().unwrap_or_default();
        shown.push(Line::styled(style, label).then(Style::Plain, first));
        shown.extend(rest.map(Line::plain));
    }
    let color = color_of(presentation.color);
    Ui::new(Options { color, term_env: presentation.term, ..Options::default() }).usage(&shown);
}

/// What clap's message is made of.
enum Paragraph {
    /// What is wrong.
    Error(String),
    /// What to do about it.
    Hint(String),
    /// The usage, and where to read on.
    Other(String),
}

/// Clap's paragraphs, with hints that it does not know of.
fn paragraphs(error: &clap::Error) -> Vec<Paragraph> {
    let text = in_words(error.render().to_string());
    let mut found = Vec::new();
    let own = own_hint(error);
    for (at, text) in text.split("\n\n").enumerate() {
        let text = text.trim_end();
        let trimmed = text.trim_start();
        if trimmed.is_empty() {
            continue;
        }
        if at == 0 {
            let text = trimmed.strip_prefix("error: ").unwrap_or(trimmed);
            found.push(Paragraph::Error(text.to_owned()));
            found.extend(own.clone().map(Paragraph::Hint));
        } else if let Some(tip) = trimmed.strip_prefix("tip: ") {
            // What only looks alike is no help where we know better.
            if own.is_none() {
                let tips = tip.lines().map(|line| line.trim_start().trim_start_matches("tip: "));
                found.extend(tips.map(|tip| Paragraph::Hint(tip.to_owned())));
            }
        } else {
            found.push(Paragraph::Other(trimmed.to_owned()));
        }
    }
    found
}

/// What Rust says of a number that is none, as a person would.
fn in_words(text: String) -> String {
    const WORDS: [(&str, &str); 6] = [
        (": invalid digit found in string", ": a whole number is wanted"),
        (": cannot parse integer from empty string", ": a whole number is wanted"),
        (": number too large to fit in target type", ": the number is too large"),
        (": number too small to fit in target type", ": the number is too small"),
        (": invalid float literal", ": a number is wanted"),
        (": cannot parse float from empty string", ": a number is wanted"),
    ];
    WORDS.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
}

/// What clap does not know: a flag that is typed as a command, one that stands for names, and a name that is
/// given by a flag.
fn own_hint(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        _ => None,
    };
    let usage = text(ContextKind::Usage).unwrap_or_default();
    let path = usage.trim_start_matches("Usage:").trim_start().strip_prefix("kward")?;
    let path: Vec<&str> =
        path.split_whitespace().take_while(|word| !word.starts_with(['<', '[', '-'])).collect();
    match error.kind() {
        ErrorKind::InvalidSubcommand => meant(&text(ContextKind::InvalidSubcommand)?, &path),
        ErrorKind::UnknownArgument => {
            let word = text(ContextKind::InvalidArg)?;
            let mut root = Cli::command();
            let command = found(&mut root, &path)?;
            let noun = word.strip_prefix("--").filter(|noun| path.first() == Some(noun));
            if let (Some(noun), Some(names)) = (noun, command.get_positionals().next()) {
                let name = names.get_value_names().and_then(|names| names.first())?;
                let path = path.join(" ");
                return Some(format!("a {noun} is named without a flag: `kward {path} {name}`"));
            }
            let files = command.get_arguments().find(|arg| arg.get_short() == Some('f'))?;
            (!word.starts_with('-') && files.get_long() == Some("file")).then(|| {
                let path = path.join(" ");
                format!("files are named with `-f`: `kward {path} -f {}`", shell_word(&word))
            })
        }
        ErrorKind::MissingRequiredArgument => {
            let mut root = Cli::command();
            let command = found(&mut root, &path)?;
            let all = command.get_arguments().find(|arg| arg.get_long() == Some("all"))?;
            let stands_for = |arg: &&Arg| {
                let others = command.get_arg_conflicts_with(arg);
                arg.is_positional() && others.iter().any(|other| other.get_id() == all.get_id())
            };
            let names = command.get_positionals().find(stands_for)?;
            let name = names.get_value_names().and_then(|n| n.first())?.to_lowercase();
            // `NAME` of a topic is a topic.
            let noun = path.first().filter(|_| name == "name").map(|noun| (*noun).to_owned());
            let name = noun.unwrap_or(name);
            Some(format!("name a {name}, or give `--all` for every {name}"))
        }
        _ => None,
    }
}

/// What other tools call what we call otherwise; of several words the first that there is.
const VERBS: &[(&[&str], &[&str])] = &[
    (&["add", "new", "make"], &["create", "add"]),
    (&["remove", "rm", "del", "drop"], &["delete", "remove", "expire"]),
    (&["ls", "get"], &["list", "describe"]),
    (&["show", "info", "view"], &["describe", "show", "list"]),
    (&["alter", "update", "edit", "modify", "change"], &["configure", "set", "apply"]),
    (&["reset", "seek", "commit"], &["reset-offsets"]),
    (&["execute", "run"], &["apply"]),
    (&["generate"], &["plan"]),
    (&["verify"], &["status"]),
    (&["check"], &["test", "doctor", "health"]),
];

/// The command that is meant by a word that is none.
fn meant(word: &str, path: &[&str]) -> Option<String> {
    let known = VERBS.iter().find(|(words, _)| words.contains(&word));
    let ours = known.map_or(&[][..], |(_, ours)| ours);
    let mut root = Cli::command();
    let command = found(&mut root, path)?;
    if !path.is_empty() {
        let verb = ours.iter().find(|verb| command.find_subcommand(verb).is_some())?;
        return Some(format!("here that is `kward {} {verb}`", path.join(" ")));
    }
    if word == "version" {
        return Some("`kward --version` prints the version".to_owned());
    }
    let has = |verb: &str| {
        let mut nouns =
            command.find_subcommand("topic").into_iter().chain(command.get_subcommands());
        let noun = nouns.find(|noun| noun.find_subcommand(verb).is_some())?;
        Some(format!("what it is about comes first, as in `kward {} {verb}`", noun.get_name()))
    };
    [word].iter().chain(ours).find_map(|verb| has(verb))
}

/// The command of a path.
fn found<'a>(root: &'a mut clap::Command, path: &[&str]) -> Option<&'a clap::Command> {
    root.build();
    let mut command = &*root;
    for word in path {
        command = command.find_subcommand(word)?;
    }
    Some(command)
}

/// The format for programs that `-o` names, in a command line that does not parse.
fn format_of(arguments: &[OsString]) -> Option<Format> {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    let mut format = None;
    while let Some(word) = words.next().filter(|word| word != "--") {
        let value = match word.strip_prefix("--output").or_else(|| word.strip_prefix("-o")) {
            Some("") => words.next().unwrap_or_default().into_owned(),
            Some(value) => value.strip_prefix('=').unwrap_or(value).to_owned(),
            None => continue,
        };
        format = global::Format::from_str(&value, true).ok();
    }
    match format? {
        global::Format::Json => Some(Format::Json),
        global::Format::Github => Some(Format::Github),
        _ => None,
    }
}

/// The same for a program: one line each, and no word about where to read on.
fn as_ours(error: &clap::Error) -> Error {
    let line = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut ours = Error::invalid("");
    for paragraph in paragraphs(error) {
        ours = match paragraph {
            Paragraph::Error(text) => Error::invalid(line(&text)),
            Paragraph::Other(text) if text.starts_with("For more information") => ours,
            Paragraph::Hint(text) | Paragraph::Other(text) => ours.hint(line(&text)),
        };
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(line: &str) -> Option<Format> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        format_of(&words)
    }

    #[test]
    fn words_of_other_tools_are_understood() {
        for (line, expected) in [
            ("topic rm", Some("here that is `kward topic delete`")),
            ("context rm", Some("here that is `kward context remove`")),
            ("acl show", Some("here that is `kward acl list`")),
            ("group reset", Some("here that is `kward group reset-offsets`")),
            ("list", Some("what it is about comes first, as in `kward topic list`")),
            ("get", Some("what it is about comes first, as in `kward topic list`")),
            ("who-can", Some("what it is about comes first, as in `kward acl who-can`")),
            ("topic frobnicate", None),
            ("frobnicate", None),
        ] {
            let mut path: Vec<&str> = line.split(' ').collect();
            let word = path.pop().unwrap();
            assert_eq!(meant(word, &path).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn the_last_format_for_programs_counts() {
        for line in
            ["-o json", "-ojson", "-o=json", "--output json", "--output=JSON", "-o wide -o json"]
        {
            assert_eq!(format(&format!("kward acl lst {line}")), Some(Format::Json), "{line}");
        }
        for line in ["", "-o", "-o jsn", "-o table", "-o json -o wide", "-- -o json"] {
            assert_eq!(format(&format!("kward acl lst {line}")), None, "{line}");
        }
    }
}
