//! Building only that part of the grammar which a command line uses: most of the time of a short
//! command would go into flags of other commands.
//!
//! The whole grammar decides what is wrong, suggests and completes.

use std::cell::RefCell;
use std::ffi::OsString;
use std::ops::Deref;

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, CommandFactory, Error, FromArgMatches, Subcommand};

/// A command, or the commands of a noun, that are built when the command line has their names.
#[derive(Debug, Clone)]
pub struct Lazy<T>(Box<T>);

impl<T> Deref for Lazy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Lazy<T> {
    fn from(value: T) -> Self {
        Self(Box::new(value))
    }
}

/// What a command line needs of the grammar.
struct Needs {
    /// Its words; a command has to be there only when it is among them.
    words: Vec<OsString>,
    /// Whether the other commands have to be there by name, for a help that lists them.
    names: bool,
}

thread_local! {
    /// What is being parsed; `None`: everything is built.
    static NEEDS: RefCell<Option<Needs>> = const { RefCell::new(None) };
}

/// Whether what this is true of has to be built.
fn needs(what: impl Fn(&Needs) -> bool) -> bool {
    NEEDS.with_borrow(|needs| needs.as_ref().is_none_or(what))
}

fn is_named(name: &str) -> bool {
    needs(|needs| needs.words.iter().any(|word| word.as_os_str() == name))
}

/// Parses the arguments of the process, the name of the program first; what they say, and the names of
/// the command (`acl`, `list`).
pub fn parse<T: CommandFactory + FromArgMatches>(
    arguments: &[OsString],
) -> Result<(T, Vec<String>), Error> {
    let asks_for_help =
        |word: &OsString| ["help", "--help", "-h"].iter().any(|asking| word == asking);
    let names = arguments.iter().any(asks_for_help);
    // The root is always needed.
    let root = OsString::from(env!("CARGO_PKG_NAME"));
    let words = arguments.iter().cloned().chain([root]).collect();
    NEEDS.set(Some(Needs { words, names }));
    let parsed = parse_with(T::command(), arguments);
    NEEDS.set(None);
    match parsed {
        // A mistake may be about a command that is not there.
        Err(error) if !names && error.kind() != ErrorKind::DisplayVersion => {
            parse_with(T::command(), arguments)
        }
        parsed => parsed,
    }
}

fn parse_with<T: FromArgMatches>(
    mut command: Command,
    arguments: &[OsString],
) -> Result<(T, Vec<String>), Error> {
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|mut matches| {
            let path = path_of(&matches);
            Ok((T::from_arg_matches_mut(&mut matches)?, path))
        })
        .map_err(|error| error.format(&mut command));
    // The process ends soon, and taking the grammar apart takes as long as a request.
    std::mem::forget(command);
    parsed
}

/// The names of the command, without the program's.
fn path_of(matches: &ArgMatches) -> Vec<String> {
    let mut path = Vec::new();
    let mut matches = matches;
    while let Some((name, inner)) = matches.subcommand() {
        path.push(name.to_owned());
        matches = inner;
    }
    path
}

/// A number below 0 is a value, so that whoever reads it says which are wanted; clap would take it for a
/// flag and advise to write `--` before it. Without one on the command line every command stays as it is: each of
/// its flags would be moved.
fn with_negative_numbers(command: Command) -> Command {
    let is_one =
        |word: &OsString| matches!(word.as_encoded_bytes(), [b'-', b'.' | b'0'..=b'9', ..]);
    if !needs(|needs| needs.words.iter().any(is_one)) {
        return command;
    }
    command.mut_args(|arg| {
        let takes_it = arg.get_action().takes_values() && !arg.is_positional();
        if takes_it { arg.allow_negative_numbers(true) } else { arg }
    })
}

impl<T: FromArgMatches> FromArgMatches for Lazy<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self::from)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Self::from)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}

impl<T: Args> Args for Lazy<T> {
    fn augment_args(command: Command) -> Command {
        if needs(|needs| needs.names) || is_named(command.get_name()) {
            T::augment_args(command)
        } else {
            command
        }
    }

    fn augment_args_for_update(command: Command) -> Command {
        T::augment_args_for_update(command)
    }
}

impl<T: Subcommand> Subcommand for Lazy<T> {
    fn augment_subcommands(command: Command) -> Command {
        if !is_named(command.get_name()) {
            return command;
        }
        if needs(|needs| needs.names) {
            return T::augment_subcommands(command).mut_subcommands(with_negative_numbers);
        }
        let mut all = T::augment_subcommands(Command::default());
        let named: Vec<Command> = all
            .get_subcommands_mut()
            .filter(|one| is_named(one.get_name()))
            .map(|one| with_negative_numbers(std::mem::take(one)))
            .collect();
        std::mem::forget(all);
        command.subcommands(named)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        T::augment_subcommands_for_update(command)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn both(line: &str) -> [Result<String, String>; 2] {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let shown = |result: Result<(Cli, Vec<String>), Error>| match result {
            Ok(cli) => Ok(format!("{cli:?}")),
            Err(error) => Err(error.to_string()),
        };
        [shown(parse(&arguments)), shown(parse_with(Cli::command(), &arguments))]
    }

    #[test]
    fn a_part_of_the_grammar_says_what_the_whole_says() {
        for line in [
            "kward acl list",
            "kward -b a:1 acl list --topic list -o json",
            "kward acl list -b a:1 --principal User:plan",
            "kward acl plan -f list --var delete=can --detailed-exitcode",
            "kward acl apply plan",
            "kward acl can User:ana read topic:orders",
            "kward acl who-can read cluster",
            "kward man acl list",
            "kward completion bash",
            "kward topic list",
            "kward -q topic describe acl",
            "kward acl list --topic topic",
            "kward help acl",
            "kward topic describe help",
        ] {
            let [part, whole] = both(line);
            assert!(part.is_ok(), "{line}: {part:?}");
            assert_eq!(part, whole, "{line}");
        }
    }

    #[test]
    fn the_whole_grammar_says_what_is_wrong() {
        for line in [
            "kward",
            "kward acl",
            "kward acl lst",
            "kward ac list",
            "kward acl list --tpic a",
            "kward acl list plan",
            "kward acl list --operation plan",
            "kward acl list --help",
            "kward acl -h",
            "kward --help",
            "kward topic describe --help",
            "kward tpic --help",
            "kward topic lst -h",
            "kward --version --tpic",
            "kward --version",
        ] {
            let [part, whole] = both(line);
            assert!(part.is_err(), "{line}: {part:?}");
            assert_eq!(part, whole, "{line}");
        }
    }
}
