//! Secrets out of a real keyring: GNOME's, on a message bus of the test's own.

use std::process::{Child, Command, Stdio};

use super::super::support::broker::newest;
use super::super::support::eventually;
use super::super::support::terminal::Terminal;
use super::*;

/// An unlocked keyring that holds nothing, in the sandbox's home folder; it ends with the value.
struct Keyring<'a> {
    sandbox: &'a Sandbox,
    bus: String,
    processes: Vec<Child>,
}

impl<'a> Keyring<'a> {
    fn start(sandbox: &'a Sandbox) -> Self {
        let bus = format!("unix:path={}", sandbox.path().join("tmp/bus").display());
        // Nothing is started by being asked for.
        let config = sandbox.write(
            "bus.conf",
            &format!(
                "<busconfig><type>session</type><listen>{bus}</listen><policy context=\"default\">\
                 <allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        );
        let mut keyring = Self { sandbox, bus, processes: Vec::new() };
        let file = format!("--config-file={}", config.display());
        keyring.run("dbus-daemon", &[&file, "--nofork", "--nopidfile"], "");
        eventually("the bus is there", || sandbox.path().join("tmp/bus").exists());
        let daemon = ["--foreground", "--components=secrets", "--unlock"];
        keyring.run("gnome-keyring-daemon", &daemon, "the keyring's own password");
        eventually("the keyring is there", || keyring.store("probe", "probe"));
        keyring
    }

    /// It ends with this process, also when that one is killed.
    fn run(&mut self, program: &str, arguments: &[&str], input: &str) {
        use std::io::Write as _;
        let words = [&["--pdeathsig", "KILL", program], arguments].concat();
        let mut command = self.command("setpriv", &words);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("setpriv runs");
        child.stdin.take().unwrap().write_all(input.as_bytes()).expect("its input");
        self.processes.push(child);
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let home = self.sandbox.path();
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home.join("tmp"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// By GNOME's own tool.
    fn store(&self, entry: &str, secret: &str) -> bool {
        use std::io::Write as _;
        let words = ["store", "--label", entry, "service", "kward", "username", entry];
        let mut command = self.command("secret-tool", &words);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("secret-tool runs");
        let written = child.stdin.take().unwrap().write_all(secret.as_bytes());
        child.wait().expect("its end").success() && written.is_ok()
    }

    fn look_up(&self, entry: &str) -> String {
        let words = ["lookup", "service", "kward", "username", entry];
        let mut command = self.command("secret-tool", &words);
        let output = command.stdout(Stdio::piped()).output().expect("secret-tool runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn kward(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.process(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command
    }

    fn run_kward(&self, arguments: &[&str]) -> Run {
        Run::of(&mut assert_cmd::Command::from_std(self.kward(arguments)))
    }
}

impl Drop for Keyring<'_> {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

#[test]
fn a_context_takes_its_password_from_a_real_keyring() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let keyring = Keyring::start(&sandbox);
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let add = |name: &str, secret: &[&str]| {
        let how = ["--user", "admin", "--protocol", "SASL_PLAINTEXT", "-b", at];
        [&["context", "add", name], secret, &how[..]].concat().join(" ")
    };

    // What GNOME's own tool has stored.
    assert!(keyring.store("there", "admin-secret"));
    let words = add("prod", &["--password-keyring", "there"]);
    keyring.run_kward(&words.split(' ').collect::<Vec<_>>()).ends(0);
    assert!(sandbox.read(".config/kward/config.toml").contains("password-keyring = \"there\""));
    keyring.run_kward(&["acl", "list", "-c", "prod"]).ends(0);
    let shown = keyring.run_kward(&["context", "show", "prod"]).ends(0);
    assert!(!shown.prints("(from the keyring, there)").out.contains("admin-secret"));

    // What it lacks is asked for on a terminal, and kept.
    let words = add("other", &["--secret", "password=keyring:mine"]);
    let command = keyring.kward(&words.split(' ').collect::<Vec<_>>());
    let mut terminal = Terminal::start(&command, None);
    terminal.wait_for("password of `other`, for the keyring:", 0);
    terminal.keys("admin-secret\r");
    let (status, screen) = terminal.ended();
    assert!(status == 0 && !screen.contains("admin-secret"), "{screen}");
    assert_eq!(keyring.look_up("mine"), "admin-secret");
    keyring.run_kward(&["acl", "list", "-c", "other"]).ends(0);

    // Elsewhere it is said how, and what is missing is told at connect.
    let words = add("third", &["--password-keyring", "absent"]);
    let run = keyring.run_kward(&words.split(' ').collect::<Vec<_>>()).ends(0);
    run.says("the keyring has no entry `absent` yet: `secret-tool store");
    keyring
        .run_kward(&["acl", "list", "-c", "third"])
        .ends(2)
        .says("the keyring has no entry `absent` of the service `kward`, named by `sasl.password` (context `third`");
    // Completion never waits for a keyring that may ask to be unlocked.
    let completed =
        keyring.run_kward(&["__complete", "1", "zsh", "--", "-c", "prod", "topic", "describe", ""]);
    assert_eq!(completed.ends(0).out, "names\n");
}

#[test]
fn without_a_keyring_it_is_said_so() {
    let sandbox = Sandbox::new();
    sandbox.write(
        ".config/kward/config.toml",
        "[contexts.a]\nbootstrap-servers = \"127.0.0.1:1\"\npassword-keyring = \"a\"\n[contexts.a.properties]\n\
         security.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"PLAIN\"\nsasl.username = \"a\"\n",
    );
    let mut command = sandbox.kward(["acl", "list", "-c", "a"]);
    let bus = format!("unix:path={}", sandbox.path().join("nobody").display());
    Run::of(command.env("DBUS_SESSION_BUS_ADDRESS", bus))
        .ends(1)
        .says("cannot be looked up")
        .says("the system's keyring does not answer as it should");
}
