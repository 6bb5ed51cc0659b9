//! Secrets that nothing says: what is asked, how often, and what is not asked at all.

use std::cell::RefCell;

use secrecy::SecretString;

use super::*;

const OAUTH: &str = "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n\
    sasl.oauthbearer.token.endpoint.url=https://idp/t\nsasl.oauthbearer.client.id=me\n";
const SCRAM: &str = "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=ana\n";
const TLS: &str = "security.protocol=SSL\nssl.certificate.location=cert.pem\n";

fn world(text: &str) -> World {
    let world = World::new();
    world.file("client.properties", text);
    world.file("cert.pem", CERTIFICATE);
    world.file("key.pem", KEY);
    world.file("hidden.pem", ENCRYPTED_KEY);
    world
}

#[test]
fn each_is_asked_for_once_and_only_where_it_takes_it() {
    for (text, questions, expected) in [
        (SCRAM.to_owned(), &["Password to connect as `ana`:"][..], "TLS SCRAM-SHA-512 ana/typed"),
        (format!("{SCRAM}sasl.password=s"), &[], "TLS SCRAM-SHA-512 ana/s"),
        (
            OAUTH.to_owned(),
            &["Secret of the client `me`:"],
            "TLS OAUTHBEARER tls=true idp:443/t me/typed scope= system",
        ),
        (
            format!("{TLS}ssl.key.location=hidden.pem"),
            &["Password of the private key `DIR/hidden.pem`:"],
            "TLS cert=AAAA key=CCCC keypass=typed",
        ),
        (
            format!("{TLS}ssl.key.location=hidden.pem\nssl.key.password=s"),
            &[],
            "TLS cert=AAAA key=CCCC keypass=s",
        ),
        (format!("{TLS}ssl.key.location=key.pem"), &[], "TLS cert=AAAA key=BBBB"),
        (
            format!("{TLS}ssl.key.location=hidden.pem\n{SCRAM}"),
            &["Password of the private key `DIR/hidden.pem`:", "Password to connect as `ana`:"],
            "TLS cert=AAAA key=CCCC keypass=typed SCRAM-SHA-512 ana/typed",
        ),
    ] {
        let world = world(&text);
        let settings = world.settings(&with_address(&text)).unwrap();
        let asked = RefCell::new(Vec::new());
        let ask = |question: &str| {
            asked.borrow_mut().push(question.to_owned());
            Ok(Some(SecretString::from("typed")))
        };
        // Also by further connections of the same command.
        for _ in 0..2 {
            let config = settings.connection().unwrap().client_config_asking(&ask).unwrap();
            assert_eq!(summary(&config), format!("kafka:9092 {expected}"), "{text}");
        }
        let folder = world.folder.path().to_string_lossy().into_owned();
        let asked: Vec<_> = asked.take().iter().map(|q| q.replace(&folder, "DIR")).collect();
        assert_eq!(asked, questions, "{text}");
        let again = settings.connection().unwrap().client_config().unwrap();
        assert_eq!(summary(&again), format!("kafka:9092 {expected}"), "what was typed is kept");
    }
}

#[test]
fn where_nobody_can_be_asked_the_ways_to_give_it_are_told() {
    for (text, property, word) in [
        (SCRAM.to_owned(), "sasl.password", "password"),
        (OAUTH.to_owned(), "sasl.oauthbearer.client.credentials.client.secret", "client-secret"),
        (format!("{TLS}ssl.key.location=hidden.pem"), "ssl.key.password", "key-password"),
    ] {
        let world = world(&text);
        let connection = world.connection(&with_address(&text)).unwrap();
        let error = connection.client_config().unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Invalid);
        assert!(error.message().ends_with(", and none is given"), "{error}");
        let hints = error.hints().join("\n");
        let file = format!("`{word}-file`");
        for part in [&*format!("`{property}`"), &file, "on a terminal it is asked for"] {
            assert!(hints.contains(part), "{part}: {hints}");
        }
    }
}

/// Nobody is asked while a line is completed, and no cluster is asked in vain.
#[test]
fn a_question_ahead_is_known_where_the_settings_tell_it() {
    for (text, asks) in [
        (SCRAM.to_owned(), true),
        (OAUTH.to_owned(), true),
        (format!("{SCRAM}sasl.password=s"), false),
        (format!("{OAUTH}sasl.oauthbearer.client.secret=s"), false),
    ] {
        let world = world(&text);
        let settings = world.settings(&with_address(&text)).unwrap();
        let connection = settings.connection().unwrap();
        assert_eq!(connection.runs_a_command(), asks, "{text}");
        connection.client_config_asking(&|_| Ok(Some(SecretString::from("typed")))).unwrap();
        assert!(!settings.connection().unwrap().runs_a_command(), "{text}");
    }
}
