//! What one run of the program did, and sentences about it.

use serde_json::Value;

use super::schemas;

/// Passwords of the tests' users, which nothing may ever print.
const SECRETS: [&str; 5] = ["hunter2", "alice-secret", "admin-secret", "bob-secret", "key-secret"];

/// One run: its status and what it printed.
#[derive(Debug, Clone)]
pub struct Run {
    pub status: i32,
    pub out: String,
    pub err: String,
    command: String,
}

impl Run {
    /// Runs the command to its end.
    #[track_caller]
    pub fn of(command: &mut assert_cmd::Command) -> Self {
        let text = format!("{command:?}");
        Self::from_output(text, command.output().expect("kward ends in time"))
    }

    /// A process that has ended.
    #[track_caller]
    pub fn from_output(command: String, output: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("kward prints UTF-8");
        let run = Self {
            status: output.status.code().expect("kward ends by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
            command,
        };
        for secret in SECRETS {
            assert!(!run.out.contains(secret) && !run.err.contains(secret), "a secret: {run}");
        }
        run
    }

    /// It ended with this status.
    #[track_caller]
    pub fn ends(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self}");
        assert!(!self.err.contains("panicked"), "{self}");
        self
    }

    /// Its standard error has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "it does not say {text:?}: {self}");
        self
    }

    /// Its standard output has this text.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.out.contains(text), "it does not print {text:?}: {self}");
        self
    }

    /// The document on standard output, which its schema describes.
    #[track_caller]
    pub fn json(&self) -> Value {
        let document = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("no JSON: {error}: {self}"));
        schemas::assert_valid(&document);
        document
    }

    /// The error on standard error, as `-o json` writes it.
    #[track_caller]
    pub fn error(&self) -> Value {
        let line = self.err.lines().find(|line| line.starts_with('{'));
        let line = line.unwrap_or_else(|| panic!("no JSON on standard error: {self}"));
        let document =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}: {self}"));
        schemas::assert_valid(&document);
        document
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, out, err, command } = self;
        write!(f, "{command}\nstatus {status}\n-- standard output\n{out}-- standard error\n{err}--")
    }
}
