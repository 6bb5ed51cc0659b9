//! Java's stores: what their properties mean. What is in real ones is for the integration tests, which
//! have `keytool`.

use super::*;

const TLS: &str = "security.protocol=SSL\n";

#[track_caller]
fn refused(world: &World, text: &str) -> Error {
    match world.properties(&format!("{TLS}{text}")) {
        Ok(config) => panic!("{text}\n{}", summary(&config)),
        Err(error) => error,
    }
}

#[test]
fn a_file_says_itself_what_it_is() {
    let world = World::new();
    world.file("both.pem", &format!("Bag Attributes\n{KEY}{CERTIFICATE}"));
    let config = world.properties(&format!(
        "{TLS}ssl.truststore.location=both.pem\nssl.keystore.location=both.pem"
    ));
    assert_eq!(summary(&config.unwrap()), "kafka:9092 TLS ca=AAAA cert=AAAA key=BBBB");
}

#[test]
fn what_is_no_store() {
    let world = World::new();
    world.file("a.pem", CERTIFICATE);
    world.file("garbage", "garbage");
    fs::write(world.path("jceks"), b"\xce\xce\xce\xce\0").unwrap();
    fs::write(world.path("short.jks"), b"\xfe\xed\xfe\xed\0").unwrap();
    fs::write(world.path("der"), b"\x30\x03\x02\x01\x00").unwrap();
    for (text, message, hint) in [
        ("ssl.truststore.location=garbage", "is neither PKCS12 nor JKS", "keytool -list"),
        ("ssl.truststore.location=der", "is neither PKCS12 nor JKS", "openssl x509 -inform der"),
        (
            "ssl.keystore.location=jceks",
            "is a JCEKS store, which is not supported",
            "-importkeystore",
        ),
        ("ssl.keystore.location=short.jks", "cannot be read", ""),
        ("ssl.truststore.location=absent", "named by `ssl.truststore.location`", "check the path"),
        (
            "ssl.truststore.type=JKS\nssl.truststore.location=a.pem",
            "is PEM, and `ssl.truststore.type` (client.properties:2) says otherwise",
            "set `ssl.truststore.type=PEM`",
        ),
        (
            "ssl.keystore.type=BCFKS\nssl.keystore.location=a.bcfks",
            "`ssl.keystore.type` (client.properties:2) is a type of keystore that is not supported",
            "-importkeystore -srckeystore",
        ),
    ] {
        let error = refused(&world, text);
        assert!(error.message().contains(message), "{text}: {error}");
        assert!(error.hints().join("\n").contains(hint), "{text}: {:?}", error.hints());
        assert_eq!(error.kind(), crate::error::Kind::Invalid);
    }
}

#[test]
fn a_keystore_stands_alone() {
    let world = World::new();
    let layered = ["-X", "ssl.key.location=key.pem"];
    world.file("client.properties", &format!("{TLS}ssl.keystore.location=k.p12"));
    let base = ["-b", "a:1", "--command-config", "client.properties"];
    let error = world.client(&[&base[..], &layered].concat()).unwrap_err();
    assert!(error.message().contains("a keystore holds both certificate and key"), "{error}");
}
