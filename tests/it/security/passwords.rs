//! A password that nothing says: asked for where there is a terminal, and a mistake elsewhere.

use super::super::support::broker::newest;
use super::super::support::terminal::Terminal;
use super::*;

/// A properties file with a user and without a password.
fn without_password(sandbox: &Sandbox, user: &str) {
    sandbox.write(
        "client.properties",
        &format!(
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nsasl.username={user}\n"
        ),
    );
}

#[test]
fn it_is_asked_for_on_a_terminal_only() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let at = broker.bootstrap(Listener::SaslPlaintext);
    without_password(&sandbox, "admin");
    let what = ["acl", "list", "-b", at, "--command-config", "client.properties", "--no-pager"];

    Run::of(&mut sandbox.kward(what))
        .ends(2)
        .says("SCRAM-SHA-512 needs a password, and none is given")
        .says("on a terminal it is asked for");

    let mut terminal = Terminal::start(&sandbox.process(what), None);
    terminal.wait_for("Password to connect as `admin`:", 0);
    terminal.keys("admin-secret\r");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 0, "{screen}");
    assert!(!screen.contains("admin-secret"), "{screen}");

    // A wrong one is refused as any other.
    let mut terminal = Terminal::start(&sandbox.process(what), None);
    terminal.wait_for("Password to connect as `admin`:", 0);
    terminal.keys("hunter2\r");
    let (status, screen) = terminal.ended();
    assert!(status == 1 && screen.contains("does not let user `admin` in"), "{screen}");

    // Ctrl-C ends it.
    let mut terminal = Terminal::start(&sandbox.process(what), None);
    terminal.wait_for("Password to connect as `admin`:", 0);
    terminal.keys("\u{3}");
    let (status, screen) = terminal.ended();
    assert!(status == 130 && screen.contains("interrupted, nothing was done"), "{screen}");
}

/// Two connections of one command, one question.
#[test]
fn it_is_asked_for_once() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let at = broker.bootstrap(Listener::SaslPlaintext);
    sandbox.write(
        ".config/kward/config.toml",
        &format!(
            "[contexts.asks]\nbootstrap-servers = \"{at}\"\n[contexts.asks.properties]\n\
             security.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"SCRAM-SHA-512\"\nsasl.username = \"admin\"\n"
        ),
    );
    let check = sandbox.process(["context", "check", "asks"]);
    let mut terminal = Terminal::start(&check, None);
    terminal.wait_for("Password to connect as `admin`:", 0);
    terminal.keys("admin-secret\r");
    let (status, screen) = terminal.ended();
    assert!(status == 0 && screen.contains("SCRAM-SHA-512 lets `admin` in"), "{screen}");
    assert_eq!(screen.matches("Password to connect").count(), 1, "{screen}");

    // Listing contexts asks nobody, and such a context has no mistake.
    let list = Run::of(&mut sandbox.kward(["context", "list", "-o", "json"])).ends(0);
    assert_eq!(list.json()["items"][0]["problem"], serde_json::Value::Null, "{list}");
}
