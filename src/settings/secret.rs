//! Where a secret comes from, looked up only when a connection is made: a file, an environment
//! variable, a command, the system's keyring. One that nothing says is asked for on the terminal
//! (`typed.rs`).

use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;

use super::{Environment, files, keyring};
use crate::error::{Error, Result};
use crate::model::{visible, without_bom};

/// Where to look a secret up. `Debug` does not show a command: it may hold one.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The content of a file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// What a program prints.
    Command(Vec<String>),
    /// An entry of the system's keyring.
    Keyring(String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => f.debug_tuple("File").field(path).finish(),
            Source::Variable(name) => f.debug_tuple("Variable").field(name).finish(),
            Source::Command(_) => f.debug_tuple("Command").finish_non_exhaustive(),
            Source::Keyring(name) => f.debug_tuple("Keyring").field(name).finish(),
        }
    }
}

impl Source {
    /// Looks the secret up; a byte order mark in front and one line break at its end do not count.
    /// `named` says who asked for it: `` `password-file` (context `prod`, config.toml:3) ``.
    pub fn look_up(&self, named: &str, environment: &Environment) -> Result<SecretString> {
        let bytes = match self {
            Source::File(path) => {
                files::read(path, files::MAX_SECRET, named, environment.patience)?
            }
            Source::Variable(name) => environment
                .variables
                .get(name)
                .ok_or_else(|| {
                    Error::invalid(format!(
                        "the environment variable `{}`, named by {named}, is not set",
                        visible(name)
                    ))
                })?
                .as_bytes()
                .to_vec(),
            Source::Command(words) => {
                // It may ask at the terminal, and waits for the answer as long as it takes.
                run(words, named, environment.patience.filter(|_| !files::is_attended()))?
            }
            Source::Keyring(name) => keyring::look_up(name, named)?,
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::invalid(format!("the secret of {named} is not UTF-8")))?;
        // Editors of Windows put it in front; no person types it.
        let text = without_bom(&text);
        let text = text.strip_suffix('\n').map_or(text, |t| t.strip_suffix('\r').unwrap_or(t));
        if text.is_empty() {
            return Err(Error::invalid(format!("the secret of {named} is empty")));
        }
        Ok(SecretString::from(text))
    }
}

/// Runs a program and takes what it prints, for at most so long. Its standard input is closed, because the command's
/// own input (`-f -`) is not for it; it may talk on standard error and on the terminal.
fn run(words: &[String], named: &str, patience: Option<Duration>) -> Result<Vec<u8>> {
    let fail = |what: String| {
        // Not the command itself: people do put secrets there.
        Error::failed(format!("the command of {named} {what}"))
            .hint("run it by hand; it must print the secret on standard output and exit with 0")
    };
    let (program, arguments) = words.split_first().ok_or_else(|| fail("is empty".to_owned()))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    // Where there is a terminal, Ctrl-C is for the program, too.
    let own_group = patience.is_some();
    #[cfg(unix)]
    if own_group {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    let mut child = command.spawn().map_err(|error| fail(format!("did not start: {error}")))?;
    let (tell, told) = mpsc::channel();
    let output = child.stdout.take();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.map(|output| output.take(files::MAX_SECRET + 1).read_to_end(&mut bytes));
        let _ = tell.send(read.unwrap_or(Ok(0)).map(|_| bytes));
    });
    let read = match patience {
        None => told.recv().ok(),
        Some(patience) => told.recv_timeout(patience).ok(),
    };
    // What goes on, or would wait forever for someone to read the rest.
    let stopped = match &read {
        None => patience.map(|patience| format!("did not end within {patience:?}")),
        Some(Ok(bytes)) if bytes.len() as u64 > files::MAX_SECRET => {
            Some(format!("printed more than {} bytes", files::MAX_SECRET))
        }
        Some(_) => None,
    };
    if let Some(why) = stopped {
        end(&mut child, own_group);
        return Err(fail(why));
    }
    let status = child.wait().map_err(|error| fail(format!("got lost: {error}")))?;
    let bytes = read
        .unwrap_or_else(|| Ok(Vec::new()))
        .map_err(|error| fail(format!("could not be read: {error}")))?;
    if !status.success() {
        return Err(fail(format!("failed ({status})")));
    }
    Ok(bytes)
}

/// Ends a program, and what it has started where it has a group of its own: that would keep standard error open
/// for whoever waits for its end.
fn end(child: &mut Child, own_group: bool) {
    #[cfg(unix)]
    if own_group {
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn look_up(source: &Source) -> Result<String> {
        let mut environment = Environment::default();
        environment.variables.insert("SECRET".into(), "hunter2".into());
        source.look_up("`x` (y)", &environment).map(|text| text.expose_secret().to_owned())
    }

    fn shell(script: &str) -> Source {
        Source::Command(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    #[test]
    fn where_it_comes_from() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (content, expected) in [
            ("a b ", "a b "),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("ü", "ü"),
            ("\u{feff}a\r\n", "a"),
        ] {
            std::fs::write(file.path(), content).unwrap();
            assert_eq!(look_up(&Source::File(file.path().into())).unwrap(), expected);
        }
        assert_eq!(look_up(&Source::Variable("SECRET".into())).unwrap(), "hunter2");
        assert_eq!(look_up(&shell("echo hunter2; cat")).unwrap(), "hunter2");
    }

    #[test]
    fn where_nobody_can_be_asked_a_program_ends_in_time() {
        let Source::Command(words) = shell("echo hunter2; exec sleep 60") else { unreachable!() };
        let error = run(&words, "`x` (y)", Some(Duration::from_millis(50))).unwrap_err();
        assert_eq!(error.message(), "the command of `x` (y) did not end within 50ms");
        let Source::Command(words) = shell("echo hunter2") else { unreachable!() };
        assert_eq!(run(&words, "", Some(Duration::from_mins(1))).unwrap(), b"hunter2\n");
    }

    /// What a program has started would hold standard error open for whoever waits for the end of it.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_program_has_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! >'{}'; wait", file.display());
        let Source::Command(words) = shell(&script) else { unreachable!() };
        // On a busy machine it may be ended before it has begun.
        let pid = loop {
            run(&words, "x", Some(Duration::from_millis(200))).unwrap_err();
            let pid = std::fs::read_to_string(&file).unwrap_or_default();
            if let Ok(pid) = pid.trim().parse::<u32>() {
                break pid;
            }
        };
        let runs = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['S', 'R', 'D']))
        };
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while runs() {
            assert!(std::time::Instant::now() < deadline, "it goes on");
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_goes_wrong_is_told_without_the_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"hunter2\xff").unwrap();
        for (source, what) in [
            (Source::File(file.path().into()), "is not UTF-8"),
            (Source::File("/absent/hunter".into()), "cannot read"),
            (Source::Variable("ABSENT".into()), "`ABSENT`, named by `x` (y), is not set"),
            (shell("echo hunter2; exit 3"), "failed (exit status: 3)"),
            (shell("true hunter2"), "is empty"),
            (shell("yes hunter2"), "printed more than 65536 bytes"),
            (Source::Command(vec!["/absent/hunter2".into()]), "did not start"),
            (Source::Command(Vec::new()), "is empty"),
        ] {
            let error = look_up(&source).unwrap_err();
            let shown = format!("{error} {error:?} {source:?}");
            assert!(error.message().contains(what), "{error}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
