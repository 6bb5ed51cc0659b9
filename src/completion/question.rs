//! Which value the cursor stands at: a walk over the words along the grammar.

use clap::{Arg, ArgAction, Command};

/// What is asked for. What was given may hold a secret (`-X`), hence no `Debug`.
pub(super) struct Question<'a> {
    /// What the cursor stands at.
    pub wants: Wants<'a>,
    /// The names of the commands on the way, without the program's.
    pub path: Vec<&'a str>,
    /// What stands before the value in the same word: `--output=`, `-c`, or the values before a comma.
    pub prefix: String,
    /// The value as far as it goes.
    pub value: String,
    /// What was given already, by the id of its argument.
    pub given: Vec<(String, String)>,
}

/// What the cursor stands at.
#[derive(Debug)]
pub(super) enum Wants<'a> {
    /// A command of this one.
    Command(&'a Command),
    /// A flag of this command.
    Flag(&'a Command),
    /// A value of this argument.
    Value(&'a Arg),
    /// Nothing that the grammar knows.
    Nothing,
}

impl Question<'_> {
    /// Whether the argument has this value already, typed before the cursor's.
    pub fn has(&self, value: &str) -> bool {
        let Wants::Value(arg) = self.wants else { return false };
        let id = arg.get_id().as_str();
        let before =
            self.given.iter().filter(|(other, _)| other == id).map(|(_, text)| text.as_str());
        let words = before.chain([self.prefix.rsplit('=').next().unwrap_or_default()]);
        match arg.get_value_delimiter() {
            Some(delimiter) => {
                words.flat_map(|word| word.split(delimiter)).any(|word| word == value)
            }
            None => is_many(arg) && words.into_iter().any(|word| word == value),
        }
    }
}

/// Finds out. `root` is built.
pub(super) fn ask<'a>(root: &'a Command, words: &[String], current: &str) -> Question<'a> {
    let mut walk = Walk { command: root, path: Vec::new(), given: Vec::new(), pending: None };
    let (mut position, mut escaped) = (0, false);
    for word in words {
        if let Some(arg) = walk.pending_value(word) {
            walk.note(arg, word);
        } else if !escaped && word == "--" {
            escaped = true;
        } else if !escaped && word.len() > 1 && word.starts_with('-') {
            walk.flag(word);
        } else if position == 0 && !escaped && walk.enter(word) {
            // A command of its own.
        } else if let Some(arg) = positional(walk.command, position) {
            walk.note(arg, word);
            position += usize::from(!is_many(arg));
        } else {
            position += 1;
        }
    }
    walk.finish(position, escaped, current)
}

struct Walk<'a> {
    command: &'a Command,
    path: Vec<&'a str>,
    given: Vec<(String, String)>,
    /// The option whose value comes next.
    pending: Option<&'a Arg>,
}

impl<'a> Walk<'a> {
    fn note(&mut self, arg: &Arg, value: &str) {
        self.given.push((arg.get_id().to_string(), value.to_owned()));
    }

    /// The option that this word is the value of; one that needs none has none where a flag begins.
    fn pending_value(&mut self, word: &str) -> Option<&'a Arg> {
        let arg = self.pending.take()?;
        if word.starts_with('-') && arg.get_num_args().is_some_and(|range| range.min_values() == 0)
        {
            self.note(arg, "");
            return None;
        }
        Some(arg)
    }

    fn enter(&mut self, word: &str) -> bool {
        let Some(next) = self.command.find_subcommand(word) else { return false };
        self.path.push(next.get_name());
        self.command = next;
        true
    }

    fn flag(&mut self, word: &str) {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
            match (long_flag(self.command, name), value) {
                (Some(arg), Some(value)) => self.note(arg, value),
                (Some(arg), None) if takes_value(arg) => self.pending = Some(arg),
                (Some(arg), None) => self.note(arg, ""),
                (None, _) => {}
            }
            return;
        }
        let flags = word[1..].chars();
        let flags =
            flags.map_while(|c| short_flag(self.command, c).filter(|arg| !takes_value(arg)));
        for arg in flags.collect::<Vec<_>>() {
            self.note(arg, "");
        }
        match short_flags(self.command, &word[1..]) {
            Some((arg, "")) => self.pending = Some(arg),
            Some((arg, value)) => self.note(arg, value.strip_prefix('=').unwrap_or(value)),
            None => {}
        }
    }

    fn finish(mut self, position: usize, escaped: bool, current: &str) -> Question<'a> {
        let command = self.command;
        if let Some(arg) = self.pending_value(current) {
            return self.value(arg, "", current);
        }
        if !escaped
            && let Some((flag, value)) = current.split_once('=')
            && let Some(name) = flag.strip_prefix("--")
        {
            return match long_flag(command, name).filter(|arg| takes_value(arg)) {
                Some(arg) => self.value(arg, &format!("{flag}="), value),
                None => self.question(Wants::Nothing, "", current),
            };
        }
        if !escaped && current.starts_with('-') {
            if !current.starts_with("--")
                && let Some((arg, value)) = short_flags(command, &current[1..])
            {
                let value = value.strip_prefix('=').unwrap_or(value);
                let flag = &current[..current.len() - value.len()];
                return self.value(arg, flag, value);
            }
            return self.question(Wants::Flag(command), "", current);
        }
        if position == 0 && command.has_subcommands() {
            return self.question(Wants::Command(command), "", current);
        }
        match positional(command, position) {
            Some(arg) => self.value(arg, "", current),
            None if current.is_empty() => self.question(Wants::Flag(command), "", current),
            None => self.question(Wants::Nothing, "", current),
        }
    }

    fn value(self, arg: &'a Arg, flag: &str, value: &str) -> Question<'a> {
        let delimiter = arg.get_value_delimiter();
        match delimiter.and_then(|delimiter| value.rfind(delimiter)) {
            Some(at) => {
                let (before, value) = value.split_at(at + 1);
                self.question(Wants::Value(arg), &format!("{flag}{before}"), value)
            }
            None => self.question(Wants::Value(arg), flag, value),
        }
    }

    fn question(self, wants: Wants<'a>, prefix: &str, value: &str) -> Question<'a> {
        let (prefix, value) = (prefix.to_owned(), value.to_owned());
        Question { wants, path: self.path, prefix, value, given: self.given }
    }
}

/// Whether a flag may be given again.
pub(super) fn is_many(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append | ArgAction::Count)
        || arg.get_num_args().is_some_and(|range| range.max_values() > 1)
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

fn positional(command: &Command, position: usize) -> Option<&Arg> {
    command.get_positionals().nth(position)
}

fn long_flag<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| {
        arg.get_long() == Some(name)
            || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
    })
}

fn short_flag(command: &Command, c: char) -> Option<&Arg> {
    command.get_arguments().find(|arg| arg.get_short() == Some(c))
}

/// The first flag of a cluster (`-qc`) that takes a value, and what stands behind it.
fn short_flags<'a, 'w>(command: &'a Command, cluster: &'w str) -> Option<(&'a Arg, &'w str)> {
    cluster.char_indices().find_map(|(at, c)| {
        let arg = short_flag(command, c)?;
        takes_value(arg).then(|| (arg, &cluster[at + c.len_utf8()..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    /// What is asked for, in short.
    fn asked(line: &str) -> String {
        let mut root = crate::cli::Cli::command();
        root.build();
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let current = words.pop().unwrap_or_default();
        let question = ask(&root, &words, &current);
        let what = match question.wants {
            Wants::Command(command) => format!("command of {}", command.get_name()),
            Wants::Flag(command) => format!("flag of {}", command.get_name()),
            Wants::Value(arg) => format!("value of {}", arg.get_id()),
            Wants::Nothing => "nothing".to_owned(),
        };
        format!("{what}: {}|{}", question.prefix, question.value)
    }

    #[test]
    fn where_the_cursor_stands() {
        for (line, expected) in [
            ("", "command of kward: |"),
            ("ac", "command of kward: |ac"),
            ("acl ", "command of acl: |"),
            ("acl can ", "value of principal: |"),
            ("acl can User:a read to", "value of resource: |to"),
            ("acl can User:a read topic:a ", "flag of can: |"),
            ("acl list --pr", "flag of list: |--pr"),
            ("acl list -", "flag of list: |-"),
            ("acl list --principal ", "value of principal: |"),
            ("acl list --principal=User:", "value of principal: --principal=|User:"),
            ("acl list --operation read,wr", "value of operation: read,|wr"),
            ("-c acl acl list -o ", "value of output: |"),
            ("-c prod -oj", "value of output: -o|j"),
            ("-c prod -o=j", "value of output: -o=|j"),
            ("-qc=pr", "value of context: -qc=|pr"),
            ("-qc ", "value of context: |"),
            ("-qcpr", "value of context: -qc|pr"),
            ("config describe --group bi", "value of group: |bi"),
            ("config describe --group --al", "flag of describe: |--al"),
            ("config describe --group --key ", "value of key: |"),
            ("acl list -- --x", "nothing: |--x"),
            ("acl roles a b", "value of names: |b"),
            ("nonsense x", "nothing: |x"),
        ] {
            assert_eq!(asked(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_there_already_is_known() {
        let mut root = crate::cli::Cli::command();
        root.build();
        let has = |line: &str, value: &str| {
            let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let current = words.pop().unwrap_or_default();
            ask(&root, &words, &current).has(value)
        };
        assert!(has("topic describe orders ", "orders"));
        assert!(!has("topic describe orders ", "audit"));
        assert!(has("acl list --operation read,", "read"));
        assert!(has("acl list --operation=read,write,", "write"));
        assert!(has("acl list --operation read --operation ", "read"));
        assert!(!has("acl list --operation read", "read"));
        assert!(!has("acl can User:a ", "User:a"));
    }

    #[test]
    fn what_was_given_is_kept() {
        let mut root = crate::cli::Cli::command();
        root.build();
        let words =
            ["-c", "prod", "acl", "list", "--topic=a", "-q", "-X", "k=v"].map(str::to_owned);
        let question = ask(&root, &words, "");
        let given: Vec<_> =
            question.given.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
        let expected = [("context", "prod"), ("topic", "a"), ("quiet", ""), ("properties", "k=v")];
        assert_eq!(question.path, ["acl", "list"]);
        assert_eq!(given, expected);
    }
}
