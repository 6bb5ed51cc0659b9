//! Completion: which value the cursor stands at, and what it may be. Never asks a question, never
//! runs a command, says nothing when it fails, and never takes longer than it may.

mod cache;
mod keys;
mod line;
mod live;
mod question;
mod scripts;
mod source;
mod words;

use std::time::{Duration, Instant};

use clap::Command;

use crate::cli::topics::TOPICS;
use crate::settings::{Environment, Store, property_names};

use question::{Question, Wants, is_many};
use source::Source;

pub use live::renewal;
pub use scripts::script;
pub use source::Names;

/// What the scripts and the program have agreed on. A script of another number gets no answer.
pub const INTERFACE: u32 = 1;

/// What a shell is told: what kind of thing is wanted, and the candidates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether the shell itself is to complete files or folders.
    pub kind: Kind,
    /// For the whole word at the cursor.
    pub candidates: Vec<Candidate>,
    /// As far as a path was typed, where the shell completes it.
    pub path: String,
}

/// The most that a shell gets to match by itself: it looks at each of them.
const LOOSE: usize = 1000;

/// Who completes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// The candidates are all there is.
    #[default]
    Names,
    /// The shell: files and folders.
    Files,
    /// The shell: folders.
    Folders,
}

/// A word that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The word.
    pub value: String,
    /// What it is, for shells that show it.
    pub about: String,
}

impl Candidate {
    fn new(value: &str, about: &str) -> Self {
        Self { value: value.to_owned(), about: about.to_owned() }
    }
}

/// Has names renewed; what was typed says of which cluster.
pub type Renew = dyn Fn(Names, &[(String, String)]);

/// What the process was given, and what it may do besides thinking.
pub struct Surroundings<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// When Tab was pressed.
    pub began: Instant,
    /// Has another process ask the cluster.
    pub renew: &'a Renew,
    /// Is told how long this may take, as soon as that is known.
    pub patience: &'a dyn Fn(Duration),
    /// Whether the shell matches what was typed in ways of its own: it gets what may be meant, too.
    pub loose: bool,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Answers a shell that splits lines as kward reads them. `words` are those before the cursor,
/// without the program's name.
pub fn complete(
    root: &mut Command,
    words: &[String],
    current: &str,
    around: &Surroundings<'_>,
) -> Answer {
    root.build();
    let question = question::ask(root, words, current);
    let (kind, mut candidates) = match &question.wants {
        Wants::Command(command) => (Kind::Names, commands(command)),
        Wants::Flag(command) => (Kind::Names, flags(command, &question)),
        Wants::Nothing => return Answer::default(),
        Wants::Value(arg) => match source::of(arg, &question.path) {
            Source::Files => (Kind::Files, Vec::new()),
            Source::Folders => (Kind::Folders, Vec::new()),
            Source::Grammar => {
                let values = arg.get_possible_values();
                let values = values.iter().filter(|value| !value.is_hide_set()).map(|value| {
                    let about = value.get_help().map(ToString::to_string).unwrap_or_default();
                    // `READ` and `Read` are words, too, where somebody begins with them.
                    let mut words = value.get_name_and_aliases();
                    let begun = words.find(|word| word.starts_with(&question.value));
                    let word = begun.unwrap_or(value.get_name());
                    if arg.is_ignore_case_set() {
                        return Candidate::new(&words::in_case(word, &question.value), &about);
                    }
                    Candidate::new(word, &about)
                });
                (Kind::Names, values.collect())
            }
            Source::Help | Source::Manual => (Kind::Names, pages(root, arg, &question)),
            other => (Kind::Names, names(other, &question, around)),
        },
    };
    let mut left = if around.loose { LOOSE } else { 0 };
    candidates.retain(|Candidate { value, .. }| {
        let begins = value.starts_with(&question.value);
        let fits = begins || left > 0 && words::is_like(value, &question.value);
        let kept = fits && !question.has(value);
        left -= usize::from(kept && !begins);
        kept
    });
    for candidate in &mut candidates {
        candidate.value.insert_str(0, &question.prefix);
    }
    let path = if kind == Kind::Names { String::new() } else { question.value };
    Answer { kind, candidates, path }
}

/// The same for a line as it was typed into bash: the candidates are for what bash replaces.
pub fn complete_line(
    root: &mut Command,
    typed: &str,
    breaks: &str,
    around: &Surroundings<'_>,
) -> Answer {
    let line = line::read(typed, breaks);
    let mut answer = complete(root, &line.words, &line.current, around);
    if answer.kind != Kind::Names {
        let parts = line.parts_of_path(&answer.path);
        answer.candidates = parts.iter().flatten().map(|part| Candidate::new(part, "")).collect();
        return answer;
    }
    answer.candidates = answer
        .candidates
        .into_iter()
        .filter_map(|candidate| {
            Some(Candidate { value: line.insertion(&candidate.value)?, ..candidate })
        })
        .collect();
    answer
}

fn commands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    shown
        .map(|sub| {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            Candidate::new(sub.get_name(), &about)
        })
        .collect()
}

/// Those that may still be given; short ones only where nothing else was typed.
fn flags(command: &Command, question: &Question<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let given = |id: &str| question.given.iter().any(|(other, _)| other == id);
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        if !is_many(arg) && given(arg.get_id().as_str()) {
            continue;
        }
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        if let Some(short) = arg.get_short().filter(|_| question.value == "-") {
            found.push(Candidate::new(&format!("-{short}"), &about));
        }
        found.extend(arg.get_long().map(|long| Candidate::new(&format!("--{long}"), &about)));
    }
    found
}

/// What `help` and `man` know behind the words that are there.
fn pages(root: &Command, arg: &clap::Arg, question: &Question<'_>) -> Vec<Candidate> {
    let id = arg.get_id().as_str();
    let mut command = root;
    let mut depth = 0;
    for (_, word) in question.given.iter().filter(|(other, _)| other == id) {
        let Some(next) = command.find_subcommand(word) else { return Vec::new() };
        command = next;
        depth += 1;
    }
    let mut found = commands(command);
    if depth == 0 && id == "words" {
        found.extend(TOPICS.iter().map(|topic| Candidate::new(topic.name, topic.about)));
    }
    if depth == 0 && id == "command" {
        found.push(Candidate::new("acl-file", "the format of ACL files"));
        found.push(Candidate::new("topic-file", "the format of topic files"));
        found.push(Candidate::new("config-file", "the format of the config file"));
    }
    found
}

/// What the config file and the cluster know.
fn names(source: Source, question: &Question<'_>, around: &Surroundings<'_>) -> Vec<Candidate> {
    let of_cluster = |names| live::names(names, &question.given, around);
    match source {
        Source::Cluster(names) => of_cluster(names),
        Source::Contexts => contexts(question, around),
        Source::Resource => {
            let with = |word: &str, names: Vec<Candidate>| -> Vec<Candidate> {
                let named = |c: Candidate| Candidate { value: format!("{word}:{}", c.value), ..c };
                names.into_iter().map(named).collect()
            };
            match question.value.split_once(':') {
                Some(("topic", _)) => with("topic", of_cluster(Names::Topics)),
                Some(("group", _)) => with("group", of_cluster(Names::Groups)),
                Some(("user", _)) => with("user", of_cluster(Names::Principals)),
                Some(_) => Vec::new(),
                None => [
                    ("topic:", "a topic"),
                    ("group:", "a group"),
                    ("transactional-id:", "a transactional id"),
                    ("delegation-token:", "a delegation token"),
                    ("user:", "a user, whose delegation tokens are meant"),
                    ("cluster", "the cluster itself"),
                ]
                .map(|(value, about)| Candidate::new(value, about))
                .into(),
            }
        }
        Source::State => match question.value.split_once(':') {
            Some(("context", _)) => contexts(question, around)
                .into_iter()
                .map(|c| Candidate { value: format!("context:{}", c.value), ..c })
                .collect(),
            Some((kind @ ("snapshot" | "files"), path)) => {
                words::paths(&format!("{kind}:"), path, around.environment)
            }
            Some(_) => Vec::new(),
            None => [
                ("cluster", "the current cluster"),
                ("context:", "the cluster of a context"),
                ("snapshot:", "a list saved with `acl list -o json`"),
                ("files:", "ACL files"),
            ]
            .map(|(value, about)| Candidate::new(value, about))
            .into(),
        },
        Source::Property => properties(&question.value),
        Source::Verb => words::verbs(),
        Source::Code => words::codes(),
        Source::Where => words::places(),
        Source::Secret => words::secrets(&question.value, around.environment),
        Source::Column => words::columns(question),
        Source::Words(words) => words
            .iter()
            .map(|word| Candidate::new(&words::in_case(word, &question.value), ""))
            .collect(),
        Source::Key => keys::candidates(question, false, of_cluster),
        Source::KeyValue => keys::candidates(question, true, of_cluster),
        _ => Vec::new(),
    }
}

fn contexts(question: &Question<'_>, around: &Surroundings<'_>) -> Vec<Candidate> {
    let mut global = live::global_of(&question.given);
    // The word at the cursor is none yet.
    global.context = None;
    let list = Store::new(&global, around.environment).list().unwrap_or_default();
    list.0
        .iter()
        .map(|context| Candidate::new(&context.name, context.bootstrap.as_deref().unwrap_or("")))
        .collect()
}

fn properties(value: &str) -> Vec<Candidate> {
    let words: &[&str] = match value.split_once('=') {
        None => {
            return property_names().map(|name| Candidate::new(&format!("{name}="), "")).collect();
        }
        Some(("security.protocol", _)) => &["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        Some(("sasl.mechanism" | "sasl.mechanisms", _)) => {
            &["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
        }
        Some(_) => &[],
    };
    let key = value.split_once('=').map_or("", |(key, _)| key);
    words.iter().map(|word| Candidate::new(&format!("{key}={word}"), "")).collect()
}
