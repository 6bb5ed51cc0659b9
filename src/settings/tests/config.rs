//! The config file: what it may say, and how its mistakes are told.

use super::*;
use crate::cli::global::{Color, Format};

/// `line:column: message | hint`, one for each mistake.
fn mistakes(text: &str) -> Vec<String> {
    let error = World::with_config(text).settings(&[]).unwrap_err();
    assert!(error.message().ends_with("config.toml` is no valid config file"), "{error}");
    error
        .diagnostics()
        .iter()
        .map(|d| {
            format!("{}:{}: {} | {}", d.line, d.column, d.message, d.hint.as_deref().unwrap_or(""))
        })
        .collect()
}

#[test]
fn a_line_that_cannot_be_read_is_shown_without_what_may_be_secret() {
    for (text, line, shown) in [
        ("[contexts.prod]\nbootstrap-servers = \"a:1\nx = 1\n", 2, "bootstrap-servers = …"),
        ("[contexts.prod\nread-only = true\n", 1, "[contexts.prod"),
        ("[contexts.a]\n  read-only = yes\n", 2, "  read-only = …"),
        ("[contexts.a]\nread-only yes\n", 2, "read-only …"),
        ("timeout =\n", 1, "timeout ="),
        ("[contexts.a.properties]\nsasl.password = hunter2\n", 2, "sasl.password = …"),
        ("[contexts.a]\nhunter2 = = 3\n", 2, "(not shown: it may hold a secret)"),
        ("[hunter2 = \"x\n", 1, "(not shown: it may hold a secret)"),
    ] {
        let error = World::with_config(text).settings(&[]).unwrap_err();
        let found = &error.diagnostics()[0];
        assert_eq!((found.line, found.source.as_str()), (line, shown), "{text}");
    }
}

#[test]
fn everything_that_it_may_say() {
    let world = World::with_config(
        r#"
current-context = "a"
output = "json"
color = "never"
timeout = "1m30s"

[contexts.a]
bootstrap-servers = ["a:1", "b:2"]
command-config = "client.properties"
cluster-id = "x"
read-only = false
protected = true
super-users = "User:admin;User:CN=ops,O=acme"
allow-everyone-if-no-acl-found = false
password-env = "PW"
key-password-file = "key.pw"
[contexts.a.properties]
sasl.username = "ana"
"sasl.mechanism" = "PLAIN"
request.timeout.ms = 5
enable.ssl.certificate.verification = true
ssl.certificate.location = "cert.pem"
ssl.key.location = "key.pem"
ssl.ca.pem = """
-----BEGIN CERTIFICATE-----
AAAA
-----END CERTIFICATE-----
"""
"#,
    )
    .variable("PW", "secret");
    world.file(".config/kward/client.properties", "security.protocol=SASL_SSL\nsasl.username=no");
    world.file(".config/kward/cert.pem", CERTIFICATE);
    world.file(".config/kward/key.pem", ENCRYPTED_KEY);
    world.file(".config/kward/key.pw", "kp\n");
    let settings = world.settings(&[]).unwrap();
    assert_eq!(settings.presentation.output, Format::Json);
    assert_eq!(settings.presentation.color, Color::Never);
    assert_eq!(settings.timeout.as_secs(), 90);
    assert_eq!(settings.super_users.len(), 2);
    assert_eq!(settings.super_users[1].as_str(), "User:CN=ops,O=acme");
    assert_eq!(settings.allow_everyone_if_no_acl_found, Some(false));
    let connection = settings.connection().unwrap();
    assert_eq!(connection.warnings, [""; 0]);
    let client = connection.client_config().unwrap();
    assert_eq!(
        summary(&client),
        "a:1 b:2 TLS ca=AAAA cert=AAAA key=CCCC keypass=kp PLAIN ana/secret"
    );
    assert_eq!(client.request_timeout.as_millis(), 5);
}

#[test]
fn every_mistake_at_once_with_its_place() {
    assert_eq!(
        mistakes(
            "curent-context = \"a\"\n\
             output = \"xml\"\n\
             timeout = 30\n\
             \n\
             [contexts.a]\n\
             bootstrap_servers = \"a:1\"\n\
             read-only = \"yes\"\n\
             super-users = [\"admin\"]\n\
             sasl.username = \"a\"\n\
             security.protocol = 1\n\
             banana = 1\n\
             password-file = \"\"\n\
             [contexts.b]\n\
             password-env = \"A\"\n\
             password-command = [\"a\", 1]\n\
             properties = { \"sasl.password\" = \"x\", \"a\" = 1.5, b = { c = [1] } }\n"
        ),
        [
            "1:1: unknown key `curent-context` | did you mean `current-context`?",
            "2:1: `output` must be one of `table`, `wide`, `json`, `yaml`, `name`, `markdown`, `github`, `sarif` | ",
            "3:1: `timeout` must be a text that is not empty | ",
            "6:1: unknown key `bootstrap_servers` | did you mean `bootstrap-servers`?",
            "7:1: `read-only` must be `true` or `false`, without quotes | ",
            "8:1: `admin`: a principal is `Type:name` | ",
            "9:1: a client property stands in the table `properties` of the context | write `properties.sasl.… = …`",
            "10:1: a client property stands in the table `properties` of the context | write `properties.security.… = …`",
            "11:1: unknown key `banana` | known keys are `bootstrap-servers`, `bootstrap-controllers`, `properties`, `command-config`, `cluster-id`, `read-only`, `protected`, `super-users`, `allow-everyone-if-no-acl-found`, `password-file`, `password-env`, `password-command`, `password-keyring`, `key-password-file`, `key-password-env`, `key-password-command`, `key-password-keyring`, `keystore-password-file`, `keystore-password-env`, `keystore-password-command`, `keystore-password-keyring`, `truststore-password-file`, `truststore-password-env`, `truststore-password-command`, `truststore-password-keyring`, `token-file`, `token-env`, `token-command`, `token-keyring`, `client-secret-file`, `client-secret-env`, `client-secret-command`, `client-secret-keyring`, `proxy`, `proxy-password-file`, `proxy-password-env`, `proxy-password-command`, `proxy-password-keyring`",
            "12:1: `password-file` must be a text that is not empty | ",
            "15:1: `password-command` must be a text or a list of texts | ",
            "16:16: `sasl.password` is given twice in this context | keep one of them",
            "16:39: a client property is a text, a number or true or false | ",
            "16:56: `c` must be a text or a list of texts | ",
        ]
    );
}

#[test]
fn mistakes_of_form() {
    for (text, place) in [
        ("[contexts.a\n", "1:12: "),
        ("a = \n", "1:5: "),
        ("\n[contexts.a]\n[contexts.a]\n", "3:"),
        ("contexts = 1", "1:1: `contexts` must be a table"),
        ("contexts.a = 1", "1:10: `a` must be a table"),
        ("contexts.\"\" = {}", "1:10: a context needs a name"),
        // As `context add` calls it.
        (
            "[contexts.a]\nuser = \"x\"\n",
            "2:1: unknown key `user` | it is a client property: `properties.\"sasl.username\" = \"…\"`",
        ),
    ] {
        let mistakes = mistakes(text);
        assert!(mistakes[0].starts_with(place), "{text:?}: {mistakes:?}");
    }
    let world = World::new();
    fs::create_dir_all(world.path(".config/kward")).unwrap();
    fs::write(world.path(".config/kward/config.toml"), b"\xff").unwrap();
    assert!(world.settings(&[]).unwrap_err().message().ends_with("config.toml` is not UTF-8"));
}

#[test]
fn secrets_are_looked_up_only_when_connecting() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = 'a:1'\n\
         password-command = \"echo ran >> ran; echo secret\"\n\
         properties = { \"security.protocol\" = 'SASL_SSL', \"sasl.mechanism\" = 'PLAIN', \"sasl.username\" = 'u' }",
    );
    let marker = world.path("ran");
    let text = fs::read_to_string(world.path(".config/kward/config.toml")).unwrap();
    let absolute = text.replace(">> ran;", &format!(">> '{}';", marker.display()));
    world.file(".config/kward/config.toml", &absolute);
    let connection = world.connection(&["-c", "a"]).unwrap();
    assert!(!marker.exists());
    assert_eq!(summary(&connection.client_config().unwrap()), "a:1 TLS PLAIN u/secret");
    assert!(marker.exists());
}

#[cfg(unix)]
#[test]
fn files_with_secrets_that_others_can_read() {
    let world = World::with_config(
        "[contexts.inline]\nbootstrap-servers = 'a:1'\nproperties = { \"security.protocol\" = 'SASL_SSL', \"sasl.mechanism\" = 'PLAIN', \"sasl.username\" = 'u', \"sasl.password\" = 'p' }\n\
         [contexts.file]\nbootstrap-servers = 'a:1'\npassword-file = 'pw'\nproperties = { \"security.protocol\" = 'SASL_SSL', \"sasl.mechanism\" = 'PLAIN', \"sasl.username\" = 'u' }\n\
         [contexts.key]\nbootstrap-servers = 'a:1'\nproperties = { \"security.protocol\" = 'SSL', \"ssl.key.location\" = 'key.pem', \"ssl.certificate.location\" = 'key.pem' }\n\
         [contexts.config]\nbootstrap-servers = 'a:1'\ncommand-config = 'client.properties'\n\
         [contexts.none]\nbootstrap-servers = 'a:1'\n",
    );
    let folder = ".config/kward/";
    let client =
        "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n";
    world.file(&format!("{folder}pw"), "p");
    world.file(&format!("{folder}key.pem"), &format!("{KEY}{CERTIFICATE}"));
    world.file(&format!("{folder}client.properties"), client);
    world.file("client.properties", client);
    let flag = ["-b", "a:1", "--command-config", "client.properties"];
    for (arguments, file) in [
        (&["-c", "inline"][..], Some(format!("{folder}config.toml"))),
        (&["-c", "file"], Some(format!("{folder}pw"))),
        (&["-c", "key"], Some(format!("{folder}key.pem"))),
        (&["-c", "config"], Some(format!("{folder}client.properties"))),
        (&flag, Some("client.properties".to_owned())),
        (&["-c", "none"], None),
    ] {
        assert_eq!(world.connection(arguments).unwrap().warnings, [""; 0], "{arguments:?}");
        let path = world.path(&file.clone().unwrap_or(format!("{folder}config.toml")));
        chmod(&path, 0o644);
        let warnings = world.connection(arguments).unwrap().warnings;
        chmod(&path, 0o600);
        match file {
            Some(_) => {
                assert_eq!(warnings.len(), 1, "{arguments:?}: {warnings:?}");
                assert!(
                    warnings[0].contains("others can read it (mode 644); `chmod 600 "),
                    "{warnings:?}"
                );
            }
            None => assert_eq!(warnings, [""; 0]),
        }
    }
}
