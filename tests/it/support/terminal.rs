//! The program on a terminal: util-linux' `script` gives it one, a test reads and types.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A program with a terminal.
pub struct Terminal {
    child: Child,
    keys: Option<ChildStdin>,
    reader: Option<JoinHandle<()>>,
    screen: Arc<(Mutex<String>, Condvar)>,
}

impl Terminal {
    /// Starts `command` on a terminal of its own. `stdin`: a file in place of the terminal's keys.
    pub fn start(command: &Command, stdin: Option<&str>) -> Self {
        Self::start_as("dumb", command, stdin)
    }

    /// The same on a terminal of this kind (`TERM`).
    pub fn start_as(kind: &str, command: &Command, stdin: Option<&str>) -> Self {
        Self::start_sized((kind, 100), command, stdin)
    }

    /// The same on one that is so many cells wide.
    pub fn start_sized(
        (kind, columns): (&str, u16),
        command: &Command,
        stdin: Option<&str>,
    ) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let mut line = words.map(|word| quoted(word.to_str().expect("UTF-8"))).collect::<Vec<_>>();
        line.extend(stdin.map(|file| format!("<{}", quoted(file))));
        // `script` leaves the terminal without a size.
        let line = format!("stty rows 30 cols {columns} <&2; exec {}", line.join(" "));
        let mut script = Command::new("script");
        script
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env_clear()
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("TERM", kind)
            .env("SHELL", "/bin/sh")
            .current_dir(command.get_current_dir().expect("a folder"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = script.spawn().expect("`script` (util-linux) runs");
        let mut out = child.stdout.take().expect("the screen");
        let screen = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let reader = std::thread::spawn({
            let screen = Arc::clone(&screen);
            move || {
                let (mut buffer, mut bytes) = ([0; 4096], Vec::new());
                while let Ok(count @ 1..) = out.read(&mut buffer) {
                    bytes.extend(&buffer[..count]);
                    // A character may have come in part.
                    let whole = match std::str::from_utf8(&bytes) {
                        Err(error) if error.error_len().is_none() => error.valid_up_to(),
                        _ => bytes.len(),
                    };
                    let text = String::from_utf8_lossy(&bytes[..whole]).replace('\r', "");
                    bytes.drain(..whole);
                    screen.0.lock().unwrap().push_str(&text);
                    screen.1.notify_all();
                }
            }
        });
        let keys = child.stdin.take();
        Self { child, keys, reader: Some(reader), screen }
    }

    /// Waits until this text is on the screen, behind what was there at `from`; gives its end.
    #[track_caller]
    pub fn wait_for(&self, text: &str, from: usize) -> usize {
        let (screen, changed) = &*self.screen;
        let missing = |screen: &mut String| !screen[from..].contains(text);
        let waited = changed
            .wait_timeout_while(screen.lock().unwrap(), Duration::from_mins(1), missing)
            .unwrap();
        assert!(!waited.1.timed_out(), "{text:?} did not come: {}", *waited.0);
        from + waited.0[from..].find(text).expect("found above") + text.len()
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        let input = self.keys.as_mut().expect("a terminal that is open");
        input.write_all(keys.as_bytes()).and_then(|()| input.flush()).expect("it reads");
    }

    /// Sends the program the signal that asks it to end.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends the program this signal.
    pub fn signal(&self, signal: &str) {
        let children = |process: &str| {
            let path = format!("/proc/{process}/task/{process}/children");
            std::fs::read_to_string(path).expect("its children")
        };
        // Below `script` stands the program, or the shell that started it.
        let mut process = self.child.id().to_string();
        while let Some(child) = children(&process).split_whitespace().next() {
            child.clone_into(&mut process);
        }
        assert_ne!(process, self.child.id().to_string(), "the program runs");
        let status = Command::new("kill").args([&format!("-{signal}"), &process]).status();
        assert!(status.expect("`kill` runs").success());
    }

    /// What it wrote so far.
    pub fn written(&self) -> String {
        self.screen.0.lock().unwrap().clone()
    }

    /// What a terminal of `columns` shows of the last view that was drawn whole.
    pub fn view(&self, columns: u16) -> vt100::Parser {
        const DRAWN: &str = "\u{1b}[?2026l";
        let written = self.written();
        shown(&written[..written.rfind(DRAWN).unwrap_or(0)], columns)
    }

    /// Waits for its end: the status, and all that was on the screen.
    pub fn ended(mut self) -> (i32, String) {
        let status = self.child.wait().expect("it ends");
        drop(self.keys.take());
        // What it wrote last may still be on its way here.
        let reader = self.reader.take().expect("it was started");
        reader.join().expect("the screen was read to its end");
        let screen = self.screen.0.lock().unwrap().clone();
        (status.code().expect("it ends by itself"), screen)
    }
}

/// What a terminal of `columns` shows after all this was written to it.
pub fn shown(written: &str, columns: u16) -> vt100::Parser {
    let mut parser = vt100::Parser::new(30, columns, 0);
    parser.process(written.replace('\n', "\r\n").as_bytes());
    parser
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
