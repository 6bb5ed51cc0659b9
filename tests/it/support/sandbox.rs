//! The program in surroundings that are the same everywhere: nothing of the developer's machine
//! reaches it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

use super::broker::Broker;

/// A home folder of its own, gone with the value; commands run inside it.
#[derive(Debug)]
pub struct Sandbox {
    home: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let home =
            tempfile::Builder::new().prefix("kward-test-").tempdir().expect("a temporary folder");
        fs::create_dir(home.path().join("tmp")).expect("a folder in the sandbox");
        Self { home }
    }

    pub fn path(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file, folders included, and says where it is.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder in the sandbox");
        fs::write(&path, content).expect("a file in the sandbox");
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).expect("a file of the sandbox")
    }

    /// The program with an empty environment, UTC, no terminal, and an end should it hang.
    pub fn kward<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::from_std(self.process(arguments));
        command.timeout(Duration::from_mins(2));
        command
    }

    /// The same as a plain process, for tests that send it signals or choose where it writes.
    pub fn process<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> std::process::Command {
        let home = self.home.path();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kward"));
        command
            .env_clear()
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".state"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("TMPDIR", home.join("tmp"))
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(home)
            .args(arguments);
        command
    }

    /// The same, talking to a broker as one of its clients (see [`Broker::client`]).
    pub fn kward_on<S: AsRef<OsStr>>(
        &self,
        broker: &Broker,
        client: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = self.kward(arguments);
        command
            .arg("--bootstrap-server")
            .arg(broker.bootstrap_of(client))
            .arg("--command-config")
            .arg(broker.client(client));
        command
    }
}
