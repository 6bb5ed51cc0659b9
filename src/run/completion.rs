//! `kward completion`, and what its scripts call at every Tab. The latter is no part of the grammar:
//! nothing about it is for people, and whatever goes wrong, it says nothing and succeeds.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::cli::values::Shell;
use crate::commands::Outcome;
use crate::completion::{self, Answer, Candidate, INTERFACE, Kind, Names, Surroundings};
use crate::error::Result;
use crate::output::{Options, Ui};
use crate::settings::{COMPLETION_TIMEOUT, Environment};

const COMPLETE: &str = "__complete";
const RENEW: &str = "__renew";

/// `kward completion SHELL`.
pub fn script(ui: &Ui, shell: Shell) -> Result<Outcome> {
    ui.print_text(&completion::script(shell))?;
    Ok(Outcome::default())
}

/// Answers the scripts.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let which = arguments.get(1)?.to_str().filter(|word| [COMPLETE, RENEW].contains(word))?;
    let rest: Vec<String> =
        arguments[2..].iter().map(|word| word.to_string_lossy().into_owned()).collect();
    // A script that is older or newer than the program gets no answer.
    if let Some((interface, rest)) = rest.split_first()
        && *interface == INTERFACE.to_string()
    {
        match which {
            COMPLETE => tab(rest.to_vec()),
            _ => renew(rest),
        }
    }
    Some(ExitCode::SUCCESS)
}

/// What zsh is called where its user has set up how words are matched.
const LOOSE: &str = "zsh-loose";

enum Told {
    Patience(Duration),
    Answer(Answer),
}

/// Thinks on a thread that is not waited for: a file on a dead network would hold it up for ever.
fn tab(rest: Vec<String>) {
    let began = Instant::now();
    let describes = rest.first().is_some_and(|shell| shell != "bash");
    let (tell, told) = mpsc::channel();
    let thinking = std::thread::Builder::new().stack_size(16 << 20).spawn(move || {
        let environment = Environment::from_process();
        // Whoever waits for longer does so from the start, before anything is read.
        if let Some(longer) = environment.completion_timeout().filter(|t| *t > COMPLETION_TIMEOUT) {
            drop(tell.send(Told::Patience(longer)));
        }
        let around = Surroundings {
            environment: &environment,
            began,
            loose: rest.first().is_some_and(|shell| shell == LOOSE),
            renew: &start_renewal,
            patience: &|patience| drop(tell.send(Told::Patience(patience))),
        };
        let mut root = Cli::command();
        let answer = match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["bash", breaks, line] => completion::complete_line(&mut root, line, breaks, &around),
            [shell, "--", ref words @ .., current] => {
                // Older versions of PowerShell drop empty words: its script puts this in front.
                let current = match shell {
                    "powershell" => current.strip_prefix('=').unwrap_or(current),
                    _ => current,
                };
                let words: Vec<String> = words.iter().map(ToString::to_string).collect();
                completion::complete(&mut root, &words, current, &around)
            }
            _ => Answer::default(),
        };
        drop(tell.send(Told::Answer(answer)));
    });
    if thinking.is_err() {
        return;
    }
    // What the machine itself needs comes on top: starting, and reading a file or two.
    let mut until = began + COMPLETION_TIMEOUT;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match told.recv_timeout(left) {
            Ok(Told::Patience(patience)) => until = began + patience + GRACE,
            Ok(Told::Answer(answer)) => return print(&answer, describes),
            Err(_) => return,
        }
    }
}

/// For the answer to come across when the time is up.
const GRACE: Duration = Duration::from_millis(20);

/// The kind, then a candidate a line, with what it is behind a tab.
fn print(answer: &Answer, describes: bool) {
    let mut text = String::from(match answer.kind {
        Kind::Names => "names\n",
        Kind::Files => "files\n",
        Kind::Folders => "folders\n",
    });
    for Candidate { value, about } in &answer.candidates {
        let about = about.lines().next().unwrap_or_default();
        if value.chars().chain(about.chars()).any(would_mislead) {
            continue;
        }
        text += value;
        if describes && !about.is_empty() {
            text.push('\t');
            text += about;
        }
        text.push('\n');
    }
    let _ = Ui::new(Options::default()).print_text(&text);
}

/// What does something to a terminal, or turns the direction of writing round: the list would lie.
fn would_mislead(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Starts the process that asks the cluster. What was typed goes through a pipe: it may hold a
/// password, and arguments can be read by everyone.
fn start_renewal(names: Names, given: &[(String, String)]) {
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    command
        .args([RENEW, &INTERFACE.to_string(), names.word()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C at the prompt is not for it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let Ok(mut child) = command.spawn() else { return };
    if let Some(mut input) = child.stdin.take() {
        let parts: Vec<&str> =
            given.iter().flat_map(|(id, value)| [id.as_str(), value.as_str()]).collect();
        let _ = input.write_all(parts.join("\0").as_bytes());
    }
}

/// What that process does.
fn renew(rest: &[String]) {
    let Some(names) = rest.first().and_then(|word| Names::of_word(word)) else { return };
    let mut input = String::new();
    if std::io::stdin().take(1 << 20).read_to_string(&mut input).is_err() {
        return;
    }
    let parts: Vec<&str> = input.split('\0').collect();
    let given: Vec<(String, String)> =
        parts.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
    // Nobody waits for it: a pipe that nobody writes into is not waited for either.
    let environment =
        Environment { patience: Some(Duration::from_secs(10)), ..Environment::from_process() };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    runtime.block_on(completion::renewal(names, &given, &environment));
    runtime.shutdown_background();
}
