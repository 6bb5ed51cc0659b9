//! Commands that print a secret: what they have started ends with them, however it comes to that, and at
//! a terminal they may ask.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::super::support::terminal::Terminal;
use super::*;

/// Says who runs it and what it has started, and waits for that.
const LONG: &str = "sleep 600 & echo $PPID $$ $! >pids; echo started >&2; wait";

fn context(sandbox: &Sandbox, command: &str) {
    let path = sandbox.path().display();
    sandbox.write(
        ".config/kward/config.toml",
        &format!(
            "[contexts.a]\nbootstrap-servers = \"127.0.0.1:1\"\npassword-command = '''cd {path}; {command}'''\n\
             [contexts.a.properties]\nsecurity.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"PLAIN\"\n\
             sasl.username = \"ana\"\n"
        ),
    );
}

fn pids(sandbox: &Sandbox) -> Vec<String> {
    sandbox.read("pids").split_whitespace().map(str::to_owned).collect()
}

fn kill(signal: &str, process: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), process]).status();
    assert!(status.expect("`kill` runs").success());
}

/// Waits until none of these processes runs any longer.
#[track_caller]
fn end(processes: &[String]) {
    let runs = |pid: &String| {
        let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
        stat.is_ok_and(|stat| !stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while processes.iter().any(runs) {
        assert!(Instant::now() < deadline, "one of {processes:?} goes on");
        std::thread::yield_now();
    }
}

#[test]
fn what_a_command_has_started_ends_with_a_signal() {
    for (signal, status, said) in [
        ("TERM", 143, "terminated while the command of `sasl.password` (context `a`, "),
        ("INT", 130, "interrupted while the command of `sasl.password` (context `a`, "),
        ("HUP", 143, "terminated while the command of `sasl.password` (context `a`, "),
    ] {
        let sandbox = Sandbox::new();
        context(&sandbox, LONG);
        let kward = sandbox.process(["topic", "list", "-c", "a"]);
        // Without a terminal, also where the tests have one.
        let mut command = Command::new("setsid");
        command
            .arg(kward.get_program())
            .args(kward.get_args())
            .env_clear()
            .envs(kward.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(sandbox.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("`setsid` (util-linux) runs");
        let mut errors = BufReader::new(child.stderr.take().expect("standard error"));
        let mut line = String::new();
        errors.read_line(&mut line).expect("a line");
        assert_eq!(line, "started\n");
        // As a script reads it, which waits for everyone who holds it.
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = tell.send(errors.read_to_string(&mut text).map(|_| text));
        });
        let pids = pids(&sandbox);
        kill(signal, &pids[0]);
        let ended = child.wait().expect("it ends");
        let text = told.recv_timeout(Duration::from_secs(20));
        let text = text.expect("standard error is closed").expect("UTF-8");
        assert_eq!(ended.code(), Some(status), "{signal}: {text}");
        assert!(text.contains(said), "{signal}: {text}");
        end(&pids);
    }
}

#[test]
fn at_a_terminal_too() {
    for (signal, status) in [("TERM", 143), ("HUP", 143), ("", 130)] {
        let sandbox = Sandbox::new();
        context(&sandbox, LONG);
        let what = sandbox.process(["topic", "list", "-c", "a"]);
        let mut terminal = Terminal::start(&what, None);
        terminal.wait_for("started", 0);
        let pids = pids(&sandbox);
        if signal.is_empty() {
            terminal.keys("\u{3}");
        } else {
            kill(signal, &pids[0]);
        }
        let (ended, screen) = terminal.ended();
        assert_eq!(ended, status, "{signal}: {screen}");
        assert!(screen.contains("while the command of `sasl.password`"), "{signal}: {screen}");
        end(&pids);
    }
}

#[test]
fn at_a_terminal_a_command_may_ask() {
    let sandbox = Sandbox::new();
    // Who is in the background is stopped by such a question.
    context(
        &sandbox,
        "exec 3<>/dev/tty; printf 'PIN: ' >&3; read pin <&3; echo \"$pin\" >got; echo x",
    );
    let what = sandbox.process(["topic", "list", "-c", "a", "--timeout", "300ms"]);
    let mut terminal = Terminal::start(&what, None);
    terminal.wait_for("PIN: ", 0);
    terminal.keys("1234\n");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 1, "nobody listens on that port: {screen}");
    assert!(screen.contains("127.0.0.1:1"), "{screen}");
    assert_eq!(sandbox.read("got"), "1234\n");
}
