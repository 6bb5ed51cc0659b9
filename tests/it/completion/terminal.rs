//! A real shell on a pseudo-terminal, made by `script` of util-linux: keys go in, and what a person
//! would see is read off a screen.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::sandbox::Sandbox;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
}

impl Shell {
    /// The shell and how it is started without anybody's settings.
    const fn command(self) -> &'static str {
        match self {
            Shell::Bash => "bash --noprofile --norc -i",
            Shell::Zsh => "zsh --no-globalrcs --no-rcs -i",
            Shell::Fish => "fish --no-config --interactive",
            Shell::Elvish => "elvish -norc",
        }
    }

    /// What it is told before anything else. A prompt that nothing else prints.
    fn setup(self) -> String {
        let script = |name: &str| {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("completions")
                .join(name)
                .display()
                .to_string()
        };
        match self {
            Shell::Bash => format!(
                "bind 'set bell-style none'; bind 'set completion-query-items 0'; \
                 source {}; PS1='rea''dy> '\n",
                script("kward.bash")
            ),
            Shell::Zsh => format!(
                "unsetopt beep promptsp; autoload -U compinit; compinit -D -u; \
                 source {}; PS1='rea''dy> '\n",
                script("kward.zsh")
            ),
            Shell::Fish => format!(
                "function fish_greeting; end; source {}; set -g fish_autosuggestion_enabled 0; \
                 function fish_prompt; echo -n 'rea''dy> '; end\n",
                script("kward.fish")
            ),
            // The keys that throw the line away and clear the screen do so as in the others.
            Shell::Elvish => format!(
                "eval (slurp < {}); set edit:rprompt = {{ }}; set edit:prompt = {{ put 'rea' 'dy> ' }}; \
                 set edit:completion:binding[Ctrl-U] = {{ edit:close-mode; edit:kill-line-left }}; \
                 set edit:insert:binding[Ctrl-L] = $edit:clear~\r",
                script("kward.elvish")
            ),
        }
    }
}

pub struct Terminal {
    shell: Shell,
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    /// A shell in the sandbox, in which `kward` is this build and completion may take this long.
    pub fn open(shell: Shell, sandbox: &Sandbox, patience: &str) -> Self {
        let home = sandbox.path();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_kward"));
        let path = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
        let mut child = Command::new("script")
            .args(["--quiet", "--flush", "--command", shell.command(), "/dev/null"])
            .env_clear()
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".state"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("XDG_DATA_HOME", home.join(".data"))
            .env("KWARD_COMPLETION_TIMEOUT", patience)
            .env("PATH", path)
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script` of util-linux");
        let mut output = child.stdout.take().expect("its output");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(60, 200, 0)));
        let seen = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                seen.lock().expect("the screen").process(&bytes[..count]);
            }
        });
        let keys = child.stdin.take().expect("its keys");
        let mut terminal = Self { shell, child, keys, screen };
        terminal.keys(&shell.setup());
        terminal.wait("the prompt", |line| line == "ready>");
        terminal
    }

    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the shell listens");
        self.keys.flush().expect("the shell listens");
    }

    /// Everything that is to be seen.
    pub fn text(&self) -> String {
        self.screen.lock().expect("the screen").screen().contents()
    }

    /// The line of the cursor; where elvish lists candidates, the one above: the cursor waits below.
    fn line(&self) -> String {
        let screen = self.screen.lock().expect("the screen");
        let screen = screen.screen();
        let row = usize::from(screen.cursor_position().0);
        let rows: Vec<String> = screen.rows(0, 200).take(row + 1).collect();
        let lists = rows[row].starts_with(" COMPLETING");
        rows[row - usize::from(lists)].trim_end().to_owned()
    }

    /// Waits until the line of the cursor is as it should be.
    #[track_caller]
    pub fn wait(&self, what: &str, good: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !good(&self.line()) {
            assert!(Instant::now() < deadline, "gave up waiting: {what}\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs a line, and waits until the shell asks for the next one: what is typed before is shown twice.
    #[track_caller]
    pub fn runs(&mut self, line: &str) {
        self.keys(&format!("{line}; echo do''ne\r"));
        let deadline = Instant::now() + Duration::from_mins(1);
        while !self.text().lines().any(|line| line.trim_end() == "done") {
            assert!(Instant::now() < deadline, "it does not run:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
        self.wait("the next prompt", |line| line == "ready>");
        self.clear();
    }

    /// Types a line, presses Tab, and waits until it reads so; then the line is thrown away.
    #[track_caller]
    pub fn completes(&mut self, typed: &str, expected: &str) {
        self.keys(typed);
        let shown = format!("ready> {typed}");
        self.wait(typed, |line| line == shown.trim_end());
        self.keys("\t");
        let expected = format!("ready> {expected}");
        self.wait(&expected, |line| line == expected);
        self.clear();
    }

    /// Types a line, asks for all that it may go on with, and waits until these are to be seen.
    #[track_caller]
    pub fn offers(&mut self, typed: &str, expected: &[&str]) {
        self.keys(typed);
        // bash lists at the second Tab.
        self.keys(if self.shell == Shell::Bash { "\t\t" } else { "\t" });
        let deadline = Instant::now() + Duration::from_mins(1);
        while !expected.iter().all(|word| self.text().contains(word)) {
            assert!(Instant::now() < deadline, "not all of {expected:?}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
        self.clear();
    }

    pub fn clear(&mut self) {
        // Ctrl-U is read in its turn; Ctrl-C would be a signal, lost on a shell that still draws a list.
        self.keys("\u{15}");
        self.wait("an empty prompt", |line| line == "ready>");
        self.keys("\u{c}");
        self.wait("a clear screen", |line| line == "ready>");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.keys.write_all(b"\x03exit\n");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
