//! The program in surroundings that are the same everywhere: nothing of the developer's machine
//! reaches it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Once;
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

use super::broker::Broker;

/// What the folders of all runs begin with; the id of the run's process follows.
const PREFIX: &str = "kward-test-";

/// A home folder of its own, gone with the value; commands run inside it.
#[derive(Debug)]
pub struct Sandbox {
    home: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        static SWEPT: Once = Once::new();
        SWEPT.call_once(sweep);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let home = tempfile::Builder::new().prefix(&prefix).tempdir().expect("a temporary folder");
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
            .arg(broker.bootstrap_flag_of(client))
            .arg(broker.bootstrap_of(client))
            .arg("--command-config")
            .arg(broker.client(client));
        command
    }
}

/// What completion started goes on in the background, and would make the folder again.
impl Drop for Sandbox {
    fn drop(&mut self) {
        let home = format!("HOME={}", self.home.path().display());
        let lives_here = |process: &PathBuf| {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
        };
        for process in entries(Path::new("/proc")).filter(lives_here) {
            let _ = std::process::Command::new("kill")
                .arg("-KILL")
                .args(process.file_name())
                .stderr(Stdio::null())
                .status();
            // An ended process has no environment, also while nobody has asked how it ended.
            while lives_here(&process) {
                std::thread::yield_now();
            }
        }
    }
}

/// Removes the folders of runs that were killed.
fn sweep() {
    for folder in entries(&std::env::temp_dir()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let run = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if run.is_some_and(|run| !Path::new("/proc").join(run).exists()) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}
