//! Where a secret comes from, looked up only when a connection is made: a file, an environment
//! variable, a command, the system's keyring. One that nothing says is asked for on the terminal
//! (`typed.rs`).

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::connection::shown;
use super::{Environment, files, keyring, program};
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
                program::run(words, named, environment.patience.filter(|_| !files::is_attended()))?
            }
            Source::Keyring(name) => keyring::look_up(name, named)?,
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::invalid(format!("the secret of {named} is not UTF-8")))?;
        // Editors of Windows put it in front; no person types it.
        let text = without_bom(&text);
        let text = text.strip_suffix('\n').map_or(text, |t| t.strip_suffix('\r').unwrap_or(t));
        if text.is_empty() {
            return Err(self.empty(named));
        }
        Ok(SecretString::from(text))
    }

    /// What it is called in messages.
    pub fn told(&self, named: &str) -> String {
        match self {
            Source::File(path) => format!("the file `{}`, named by {named},", shown(path)),
            Source::Variable(name) => {
                format!("the environment variable `{}`, named by {named},", visible(name))
            }
            Source::Command(_) => format!("the command of {named}"),
            Source::Keyring(name) => {
                format!("the entry `{}` of the keyring, named by {named},", visible(name))
            }
        }
    }

    fn empty(&self, named: &str) -> Error {
        let told = self.told(named);
        match self {
            Source::Command(_) => Error::invalid(format!("{told} printed nothing")).hint(
                "run it by hand; it must print the secret on standard output and exit with 0",
            ),
            _ => Error::invalid(format!("{told} is empty")).hint("put the secret there"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn look_up(source: &Source) -> Result<String> {
        let mut environment = Environment::default();
        environment.variables.insert("SECRET".into(), "hunter2".into());
        environment.variables.insert("EMPTY".into(), String::new());
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
    fn what_goes_wrong_is_told_without_the_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"hunter2\xff").unwrap();
        for (source, what) in [
            (Source::File(file.path().into()), "is not UTF-8"),
            (Source::File("/absent/hunter".into()), "cannot read"),
            (Source::Variable("ABSENT".into()), "`ABSENT`, named by `x` (y), is not set"),
            (shell("echo hunter2; exit 3"), "failed (exit status: 3)"),
            (shell("true hunter2"), "the command of `x` (y) printed nothing"),
            (Source::File("/dev/null".into()), "the file `/dev/null`, named by `x` (y), is empty"),
            (Source::Variable("EMPTY".into()), "variable `EMPTY`, named by `x` (y), is empty"),
            (shell("yes hunter2"), "printed more than 65536 bytes"),
            (
                Source::Command(vec!["/absent/hunter2".into()]),
                "did not start: its first word is no program that is there",
            ),
            (Source::Command(Vec::new()), "is empty"),
        ] {
            let error = look_up(&source).unwrap_err();
            let shown = format!("{error} {error:?} {source:?}");
            assert!(error.message().contains(what), "{error}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
