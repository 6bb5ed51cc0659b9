//! What is refused, each with its place and what to do.

use super::*;
use crate::settings::names::{REFUSED, Scope};

const TLS: &str = "security.protocol=SSL\n";
const SASL: &str =
    "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=a\nsasl.password=b\n";

fn refused(text: &str) -> Error {
    let world = World::new();
    world.file("ca.pem", CERTIFICATE);
    world.file("key.pem", KEY);
    world.file("encrypted.pem", ENCRYPTED_KEY);
    world.file("garbage.pem", "\u{feed}\0\u{1}");
    match world.properties(text) {
        Ok(config) => panic!("{text}\n{}", summary(&config)),
        Err(error) => error,
    }
}

#[test]
fn every_refused_property() {
    for refusal in REFUSED {
        let text = format!("{SASL}{} = something", refusal.key);
        let error = refused(&text);
        assert_eq!(error.kind(), crate::error::Kind::Invalid);
        let place = format!("`{}` (client.properties:5): ", refusal.key);
        assert!(error.message().starts_with(&place), "{error}");
        assert_eq!(error.hints(), [refusal.fix]);

        // Not where it does not matter, and not when it says nothing new.
        let world = World::new();
        let harmless = refusal.harmless.iter().copied().chain([""]);
        for value in harmless {
            let text = format!("{SASL}{} = {value}", refusal.key);
            world.properties(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        if refusal.scope != Scope::Always {
            world.properties(&format!("{} = something", refusal.key)).unwrap();
        }
    }
}

#[test]
fn a_higher_layer_takes_a_refused_property_away() {
    let world = World::new();
    world.file("client.properties", &format!("{TLS}ssl.cipher.suites=X"));
    let base = ["-b", "a:1", "--command-config", "client.properties"];
    assert!(world.client(&base).is_err());
    assert!(world.client(&[&base[..], &["-X", "ssl.cipher.suites="]].concat()).is_ok());
}

/// Message, and what must stand in the hints.
// A table, not a long function.
#[allow(clippy::too_many_lines)]
#[test]
fn one_by_one() {
    let scram = "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n";
    for (text, message, hint) in [
        (
            "security.protocol=TLS",
            "`security.protocol` (client.properties:1) is no security protocol",
            "SASL_SSL",
        ),
        (
            "bootstrap.servers=a:b",
            "`bootstrap.servers` (client.properties:1) is wrong: `a:b` has a port that is no number",
            "HOST:PORT",
        ),
        (
            "security.protocol=SASL_SSL",
            "`sasl.mechanism` is not set, and nothing says that its default, GSSAPI, is meant",
            "SCRAM-SHA-512",
        ),
        (
            "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM",
            "`sasl.mechanism` (client.properties:2): no mechanism `SCRAM` is supported",
            "SCRAM-SHA-512",
        ),
        (scram, "SCRAM-SHA-512 needs a user name, and none is given", "sasl.username"),
        (
            &format!("{scram}sasl.username=a"),
            "SCRAM-SHA-512 needs a password, and none is given",
            "password-file",
        ),
        (
            &format!("{scram}sasl.username=a\nsasl.password="),
            "SCRAM-SHA-512 needs a password, and none is given",
            "password-file",
        ),
        (
            &format!(
                "{scram}sasl.jaas.config=com.sun.security.auth.module.LdapLoginModule required;\nsasl.username=a\nsasl.password=b"
            ),
            "`sasl.jaas.config` (client.properties:3) names a login module that is not supported",
            "ScramLoginModule",
        ),
        (
            &format!("{scram}sasl.jaas.config=a.ScramLoginModule required username=a password=b"),
            "`sasl.jaas.config` (client.properties:3) is no JAAS entry: it does not end with `;`",
            "password=\"…\";",
        ),
        (
            &format!(
                "{scram}sasl.jaas.config=a.ScramLoginModule required username=a password=b;\nsasl.username=c"
            ),
            "`sasl.jaas.config` (client.properties:3) and `sasl.username` (client.properties:4) contradict each other",
            "keep one",
        ),
        (
            "bootstrap.servers=a:1\nmetadata.broker.list=b:1",
            "`bootstrap.servers` (client.properties:1) and `metadata.broker.list` (client.properties:2) contradict each other",
            "keep one",
        ),
        (
            "sasl.username=a",
            "`sasl.username` (client.properties:1) is given, but `security.protocol` is not: its default, PLAINTEXT, would not use it",
            "SASL_SSL",
        ),
        (
            "ssl.ca.location=ca.pem",
            "`ssl.ca.location` (client.properties:1) is given, but `security.protocol` is not: its default, PLAINTEXT, would not use it",
            "SSL",
        ),
        (
            &format!("{TLS}ssl.key.location=key.pem"),
            "`ssl.key.location` (client.properties:2) is given without a certificate",
            "ssl.certificate.location",
        ),
        (
            &format!("{TLS}ssl.certificate.location=ca.pem"),
            "`ssl.certificate.location` (client.properties:2) is given without a private key",
            "ssl.key.location",
        ),
        (
            &format!("{TLS}ssl.endpoint.identification.algorithm=LDAPS"),
            "`ssl.endpoint.identification.algorithm` (client.properties:2) is not supported",
            "https",
        ),
        (
            &format!("{TLS}enable.ssl.certificate.verification=no"),
            "`enable.ssl.certificate.verification` (client.properties:2) is neither `true` nor `false`",
            "",
        ),
        ("a=\\u12", "client.properties:1: `\\u` wants four hexadecimal digits", "backslash"),
    ] {
        let error = refused(text);
        assert_eq!(error.message(), message, "{text}");
        assert!(error.hints().join("\n").contains(hint), "{text}: {:?}", error.hints());
    }
}

#[test]
fn what_is_wrong_with_a_pem_file() {
    let identity = format!("{TLS}ssl.certificate.location=ca.pem\nssl.key.location=");
    for (text, message, hint) in [
        (
            format!("{TLS}ssl.ca.location=absent.pem"),
            "cannot read `DIR/absent.pem`, named by `ssl.ca.location` (client.properties:2)",
            "check the path",
        ),
        (
            format!("{TLS}ssl.ca.location=key.pem"),
            "there is no certificate in `DIR/key.pem`, named by `ssl.ca.location` (client.properties:2)",
            "BEGIN CERTIFICATE",
        ),
        (
            format!("{TLS}ssl.ca.location=garbage.pem"),
            "there is no certificate in `DIR/garbage.pem`, named by `ssl.ca.location` (client.properties:2)",
            "-inform der",
        ),
        (
            format!("{TLS}ssl.ca.location=store.jks"),
            "there is no certificate in `DIR/store.jks`, named by `ssl.ca.location` (client.properties:2)",
            "`ssl.truststore.location` takes it, with `ssl.truststore.type=JKS`",
        ),
        (
            format!("{TLS}ssl.certificate.location=store.p12\nssl.key.location=key.pem"),
            "there is no certificate in `DIR/store.p12`, named by `ssl.certificate.location` (client.properties:2)",
            "it is a PKCS12 store",
        ),
        (
            format!("{TLS}ssl.ca.location=empty"),
            "there is no certificate in `DIR/empty`, named by `ssl.ca.location` (client.properties:2), which is a folder",
            "DIR/empty/ca.pem`",
        ),
        (
            format!("{TLS}ssl.ca.pem=garbage"),
            "there is no certificate in `ssl.ca.pem` (client.properties:2)",
            "BEGIN CERTIFICATE",
        ),
        (
            format!("{identity}ca.pem"),
            "there is no private key in `DIR/ca.pem`, named by `ssl.key.location` (client.properties:3)",
            "BEGIN PRIVATE KEY",
        ),
        (
            format!("{identity}encrypted.pem"),
            "the private key of `DIR/encrypted.pem`, named by `ssl.key.location` (client.properties:3) is encrypted: it needs its password, and none is given",
            "ssl.key.password",
        ),
    ] {
        let world = World::new();
        world.file("ca.pem", CERTIFICATE);
        world.file("key.pem", KEY);
        world.file("encrypted.pem", ENCRYPTED_KEY);
        world.file("garbage.pem", "\u{feed}\0\u{1}");
        let stores: [(&str, &[u8]); 2] = [
            ("store.jks", b"\xfe\xed\xfe\xed\0\0\0\x02"),
            ("store.p12", b"0\x82\x0a\x04\x02\x01\x03"),
        ];
        for (name, bytes) in stores {
            fs::write(world.file(name, ""), bytes).unwrap();
        }
        fs::create_dir(world.path("empty")).unwrap();
        let error = world.properties(&text).unwrap_err();
        let [message, hint] =
            [message, hint].map(|text| text.replace("DIR", &world.folder.path().to_string_lossy()));
        assert_eq!(error.message(), message);
        assert!(!error.hints().join("\n").contains("-inform der") || text.contains("garbage"));
        assert!(error.hints().join("\n").contains(&hint), "{text}: {:?}", error.hints());
    }
}

#[test]
fn flags_that_are_no_property() {
    let world = World::new();
    for (flags, number) in [(&["-X", "hunter2"][..], 1), (&["-X", "a=b", "-X", "=hunter2"], 2)] {
        let error = world.settings(flags).unwrap_err();
        assert_eq!(error.message(), format!("`-X` number {number} is not `KEY=VALUE`"));
    }
    let error = world.settings(&["--command-config", "absent"]).unwrap_err();
    assert!(error.message().ends_with("absent`, named by `--command-config`"), "{error}");
    world.file("huge.properties", &"#".repeat((1 << 20) + 1));
    let error = world.settings(&["--command-config", "huge.properties"]).unwrap_err();
    assert!(error.message().ends_with("is larger than 1048576 bytes"), "{error}");
}
