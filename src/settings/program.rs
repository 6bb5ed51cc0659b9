//! Programs that print a secret. What such a program has started ends with it, and it ends when kward is to
//! end: otherwise it would keep standard error open for whoever waits for kward's end, as a script does that
//! reads it.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use super::files;
use crate::error::{Error, Kind, Result};
use crate::hangup::{self, Heard};

/// How long a signal may wait to be heard.
const LOOK: Duration = Duration::from_millis(20);

/// How long a program has to end by itself, and to give the terminal back as it was.
const GRACE: Duration = Duration::from_millis(500);

/// What a program printed, and how it ended.
type Told = io::Result<(Vec<u8>, ExitStatus)>;

/// Runs a program and takes what it prints, for at most so long. Its standard input is closed, because the command's
/// own input (`-f -`) is not for it; it may talk on standard error and on the terminal.
pub(super) fn run(words: &[String], named: &str, patience: Option<Duration>) -> Result<Vec<u8>> {
    let fail = |what: String| {
        // Not the command itself: people do put secrets there.
        Error::failed(format!("the command of {named} {what}"))
            .hint("run it by hand; it must print the secret on standard output and exit with 0")
    };
    let (program, arguments) = words.split_first().ok_or_else(|| fail("is empty".to_owned()))?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    // At a terminal it may read from there, and Ctrl-C is for it, too: both are for the group in the foreground.
    let own_group = patience.is_some();
    if own_group {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    // From before there is something to end.
    let signals = Signals::hear();
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            fail("did not start: its first word is no program that is there".to_owned())
        }
        _ => fail(format!("did not start: {error}")),
    })?;
    let running = Running { pid: Pid::from_child(&child), own_group };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(read(child)));
    let began = Instant::now();
    let stopped = loop {
        match told.recv_timeout(LOOK) {
            Ok(Ok((bytes, _))) if bytes.len() as u64 > files::MAX_SECRET => {
                return Err(fail(format!("printed more than {} bytes", files::MAX_SECRET)));
            }
            // Who ended by Ctrl-C, as kward is to end.
            Ok(Ok((_, status))) if !status.success() && signals.came().is_some() => {}
            Ok(Ok((bytes, status))) if status.success() => return Ok(bytes),
            Ok(Ok((_, status))) => return Err(fail(format!("failed ({status})"))),
            Ok(Err(error)) => return Err(fail(format!("could not be read: {error}"))),
            Err(_) => {}
        }
        if let Some(kind) = signals.came() {
            let word = if kind == Kind::Terminated { "terminated" } else { "interrupted" };
            break Error::new(kind, format!("{word} while the command of {named} ran"));
        }
        if let Some(patience) = patience.filter(|patience| began.elapsed() >= *patience) {
            break fail(format!("did not end within {patience:?}"));
        }
    };
    running.end(&told);
    Err(stopped)
}

/// Reads what a program prints, to its end.
fn read(mut child: Child) -> Told {
    let mut bytes = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(files::MAX_SECRET + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > files::MAX_SECRET {
        // It would wait forever for someone to read the rest.
        child.kill()?;
    }
    child.wait().map(|status| (bytes, status))
}

/// A program that runs.
struct Running {
    pid: Pid,
    own_group: bool,
}

impl Running {
    /// Ends it and what it has started.
    fn end(&self, told: &mpsc::Receiver<Told>) {
        let children = if self.own_group { Vec::new() } else { descendants(self.pid) };
        self.send(&children, Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while self.runs(&children) && Instant::now() < deadline {
            let _ = told.recv_timeout(LOOK);
        }
        if self.runs(&children) {
            self.send(&children, Signal::KILL);
        }
    }

    fn send(&self, children: &[Pid], signal: Signal) {
        if self.own_group {
            let _ = kill_process_group(self.pid, signal);
        } else {
            for pid in children.iter().chain([&self.pid]) {
                let _ = kill_process(*pid, signal);
            }
        }
    }

    fn runs(&self, children: &[Pid]) -> bool {
        if self.own_group {
            rustix::process::test_kill_process_group(self.pid).is_ok()
        } else {
            children.iter().chain([&self.pid]).any(|pid| test_kill_process(*pid).is_ok())
        }
    }
}

/// What a process has started, as far as the system tells.
fn descendants(of: Pid) -> Vec<Pid> {
    let mut found = vec![of];
    let mut at = 0;
    while let Some(pid) = found.get(at) {
        at += 1;
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let children: Vec<Pid> = tasks
            .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
            .flat_map(|text| {
                let pids = text.split_whitespace().map(|pid| Pid::from_raw(pid.parse().ok()?));
                pids.flatten().collect::<Vec<_>>()
            })
            .collect();
        found.extend(children);
    }
    found.split_off(1)
}

/// The signals that ask for the end, heard while this lives.
struct Signals {
    last: Arc<AtomicUsize>,
    hearing: Vec<SigId>,
    _hangup: Option<Heard>,
}

impl Signals {
    fn hear() -> Self {
        let last = Arc::new(AtomicUsize::new(0));
        let mut signals = vec![SIGINT, SIGTERM];
        let hangup = hangup::hear();
        signals.extend(hangup.is_some().then_some(SIGHUP));
        let hear = |signal: &i32| {
            let number = usize::try_from(*signal).unwrap_or_default();
            flag::register_usize(*signal, Arc::clone(&last), number).ok()
        };
        let hearing = signals.iter().filter_map(hear).collect();
        Self { last, hearing, _hangup: hangup }
    }

    /// Which of them came last.
    fn came(&self) -> Option<Kind> {
        match self.last.load(Ordering::SeqCst) {
            0 => None,
            signal if usize::try_from(SIGINT) == Ok(signal) => Some(Kind::Interrupted),
            _ => Some(Kind::Terminated),
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for signal in self.hearing.drain(..) {
            low_level::unregister(signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn where_nobody_can_be_asked_a_program_ends_in_time() {
        let error =
            run(&shell("echo hunter2; exec sleep 60"), "`x` (y)", Some(Duration::from_millis(50)))
                .unwrap_err();
        assert_eq!(error.message(), "the command of `x` (y) did not end within 50ms");
        let patience = Some(Duration::from_mins(1));
        assert_eq!(run(&shell("echo hunter2"), "", patience).unwrap(), b"hunter2\n");
    }

    /// What a program has started would hold standard error open for whoever waits for the end of it.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_program_has_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! >'{}'; wait", file.display());
        let words = shell(&script);
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
        let deadline = Instant::now() + Duration::from_secs(30);
        while runs() {
            assert!(Instant::now() < deadline, "it goes on");
            std::thread::yield_now();
        }
    }
}
