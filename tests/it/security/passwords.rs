//! A password that nothing says: asked for where there is a terminal, and a mistake elsewhere.

use super::super::support::broker::newest;
use super::super::support::terminal::Terminal;
use super::stores::Bench;
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

/// It was heard while the question was asked, and ends the program afterwards as ever.
#[test]
fn a_hangup_ends_what_comes_after_a_question() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = silent.local_addr().expect("its address").to_string();
    let sandbox = Sandbox::new();
    without_password(&sandbox, "admin");
    let what = ["topic", "list", "-b", &at, "--command-config", "client.properties"];
    let mut terminal = Terminal::start(&sandbox.process(what), None);
    terminal.wait_for("Password to connect as `admin`:", 0);
    terminal.keys("hunter2\r");
    let _connection = silent.accept().expect("it connects");
    terminal.signal("HUP");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 128 + 1, "{screen}");
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

/// A run on a terminal that has to ask these questions in this order, and no other.
#[track_caller]
fn answered(sandbox: &Sandbox, what: &[&str], questions: &[(&str, &str)]) -> (i32, String) {
    let mut terminal = Terminal::start(&sandbox.process(what), None);
    let mut at = 0;
    for (question, answer) in questions {
        at = terminal.wait_for(question, at);
        terminal.keys(&format!("{answer}\r"));
    }
    let (status, screen) = terminal.ended();
    for (_, answer) in questions {
        assert!(!screen.contains(answer), "{screen}");
    }
    let asked = screen.matches("Password of ").count() + screen.matches("Secret of ").count();
    assert_eq!(asked, questions.len(), "{screen}");
    (status, screen)
}

#[test]
fn those_of_stores_and_keys_are_asked_for_where_it_takes_one() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    bench.truststore("trust.p12", "PKCS12", &[]);
    bench.truststore("trust.jks", "JKS", &[]);
    bench.export("admin", "new.p12", &[]);
    let key = ["-srcalias", "admin", "-destkeypass", "key-secret"];
    bench.import("new.p12", "two.jks", "JKS", &key);
    let hidden = ["-topk8", "-v2", "aes-256-cbc", "-passout", "pass:key-secret"];
    let key = ["pkcs8", "-in", "client-admin.key", "-out", "hidden.key"];
    bench.runs("openssl", &[&key[..], &hidden].concat());

    let trust = ("trust.p12`:", "trust-secret");
    let store = ("Password of the keystore `", "store-secret");
    let pem = "ssl.ca.location=ca.pem\nssl.certificate.location=client-admin.pem\n";
    for (properties, questions, missing) in [
        (
            "ssl.truststore.location=trust.p12\nssl.keystore.location=two.jks\n",
            &[trust, store, ("Password of the private key in the keystore `", "key-secret")][..],
            ["ssl.truststore.password", "truststore-password-keyring"],
        ),
        // What opens without a password is not asked about.
        (
            "ssl.truststore.location=trust.jks\nssl.keystore.location=new.p12\n",
            &[store],
            ["ssl.keystore.password", "keystore-password-keyring"],
        ),
        (
            &format!("{pem}ssl.key.location=hidden.key\n"),
            &[("Password of the private key `", "key-secret")],
            ["ssl.key.password", "key-password-keyring"],
        ),
        (&format!("{pem}ssl.key.location=client-admin.key\n"), &[], ["", ""]),
    ] {
        let text = format!("security.protocol=SSL\n{properties}");
        bench.sandbox.write("client.properties", &text);
        let at = broker.bootstrap(Listener::Ssl);
        let what = ["acl", "list", "-b", at, "--command-config", "client.properties", "--no-pager"];
        if !questions.is_empty() {
            let run = Run::of(&mut bench.sandbox.kward(what)).ends(2);
            run.says("and none is given").says(missing[0]).says(missing[1]).says("on a terminal");
        }
        let (status, screen) = answered(&bench.sandbox, &what, questions);
        assert_eq!(status, 0, "{properties}{screen}");
    }

    // Wrong ones are told as what was typed.
    let text = "security.protocol=SSL\nssl.ca.location=ca.pem\nssl.keystore.location=new.p12\n";
    bench.sandbox.write("client.properties", text);
    let at = broker.bootstrap(Listener::Ssl);
    let what = ["context", "check", "-b", at, "--command-config", "client.properties"];
    let (status, screen) = answered(&bench.sandbox, &what, &[(store.0, "hunter2")]);
    assert!(status == 1 && screen.contains("what was typed is not the password of"), "{screen}");
    let (status, screen) = answered(&bench.sandbox, &what, &[store]);
    assert_eq!(status, 0, "one question for all connections: {screen}");

    // Nobody is asked while a name is completed.
    let line = ["topic", "describe", "-b", at, "--command-config", "client.properties", ""];
    let completed = bench.sandbox.process([&["__complete", "1", "zsh", "--"], &line[..]].concat());
    let (status, screen) = Terminal::start(&completed, None).ended();
    assert_eq!((status, &*screen), (0, "names\n"));
}
