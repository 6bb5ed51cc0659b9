//! What properties mean, by Java's names and by librdkafka's.

use super::*;

const SCRAM: &str = "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\n";

fn meant(text: &str) -> String {
    let world = World::new();
    world.file("ca.pem", CERTIFICATE);
    world.file("cert.pem", &CERTIFICATE.replace("AAAA", "DDDD"));
    world.file("key.pem", KEY);
    world.file("encrypted.pem", ENCRYPTED_KEY);
    world.file("both.pem", &format!("{KEY}{CERTIFICATE}"));
    world.file("certs/a.pem", CERTIFICATE);
    world.file("certs/b.crt", &CERTIFICATE.replace("AAAA", "EEEE"));
    world.file("certs/README", "no certificate");
    match world.properties(text) {
        Ok(config) => summary(&config).replace("kafka:9092 ", "").replace("kafka:9092", "plain"),
        Err(error) => panic!("{text}\n{}", shown(&error)),
    }
}

#[test]
fn protocols() {
    assert_eq!(meant(""), "plain");
    assert_eq!(meant("security.protocol=PLAINTEXT"), "plain");
    assert_eq!(meant("security.protocol=ssl"), "TLS");
    assert_eq!(meant("bootstrap.servers = a:1, b:2"), "a:1 b:2");
    assert_eq!(meant("metadata.broker.list=a"), "a:9092");
}

#[test]
fn users() {
    for text in [
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"ana\" password=\"pw\";",
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\\n  username='ana' \\\n  password='pw';",
        "sasl.jaas.config=shaded.org.apache.kafka.common.security.scram.ScramLoginModule required username=ana password=pw;",
        "sasl.username=ana\nsasl.password=pw",
        "sasl.username = ana \nsasl.password = pw ",
        // Both, and they agree.
        "sasl.username=ana\nsasl.password=pw\nsasl.jaas.config=a.ScramLoginModule required username=ana password=pw;",
        "sasl.jaas.config=\nsasl.username=ana\nsasl.password=pw",
    ] {
        assert_eq!(meant(&format!("{SCRAM}{text}")), "TLS SCRAM-SHA-256 ana/pw", "{text}");
    }
    // A backslash is escaped for the file and again for JAAS.
    let text =
        r#"sasl.jaas.config=a.ScramLoginModule required username="a\\"b" password=" \\\\ ";"#;
    assert_eq!(meant(&format!("{SCRAM}{text}")), "TLS SCRAM-SHA-256 a\"b/ \\ ");
    // A delegation token, as Java's clients take one; PLAIN has none.
    let text = "sasl.jaas.config=a.ScramLoginModule required username=id password=hmac tokenauth=\"True\";";
    assert_eq!(meant(&format!("{SCRAM}{text}")), "TLS SCRAM-SHA-256 id/hmac (token)");
    let off = text.replace("True", "false");
    assert_eq!(meant(&format!("{SCRAM}{off}")), "TLS SCRAM-SHA-256 id/hmac");
    let plain = SCRAM.replace("SCRAM-SHA-256", "PLAIN");
    assert_eq!(meant(&format!("{plain}{text}")), "TLS PLAIN id/hmac");
    for (mechanism, expected) in [
        ("SCRAM-SHA-512", "SCRAM-SHA-512 ana/pw"),
        ("scram-sha-512", "SCRAM-SHA-512 ana/pw"),
        ("PLAIN", "PLAIN ana/pw"),
    ] {
        let text = format!(
            "security.protocol=sasl_plaintext\nsasl.mechanisms={mechanism}\nsasl.username=ana\nsasl.password=pw"
        );
        assert_eq!(meant(&text), expected);
    }
}

#[test]
fn certificates() {
    let ssl = |text: &str| meant(&format!("security.protocol=SSL\n{text}"));
    for (text, expected) in [
        ("ssl.truststore.type=PEM\nssl.truststore.location=ca.pem", "TLS ca=AAAA"),
        ("ssl.truststore.type=pem\nssl.truststore.location=~/ca.pem", "TLS ca=AAAA"),
        ("ssl.ca.location=ca.pem", "TLS ca=AAAA"),
        ("ssl.ca.location=probe", "TLS"),
        ("ssl.ca.location=", "TLS"),
        ("ssl.ca.location=certs", "TLS ca=AAAA+EEEE"),
        ("ssl.ca.location=both.pem", "TLS ca=AAAA"),
        ("ssl.ca.pem=-----BEGIN CERTIFICATE----- AA AA -----END CERTIFICATE-----", "TLS ca=AAAA"),
        (
            "ssl.ca.pem=-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n",
            "TLS ca=AAAA",
        ),
        (
            "ssl.truststore.type=PEM\nssl.truststore.certificates=-----BEGIN CERTIFICATE----- \\\n AAAA \\\n -----END CERTIFICATE-----",
            "TLS ca=AAAA",
        ),
        ("ssl.keystore.type=PEM\nssl.keystore.location=both.pem", "TLS cert=AAAA key=BBBB"),
        ("ssl.certificate.location=cert.pem\nssl.key.location=key.pem", "TLS cert=DDDD key=BBBB"),
        (
            "ssl.certificate.location=cert.pem\nssl.key.location=encrypted.pem\nssl.key.password=kp",
            "TLS cert=DDDD key=CCCC keypass=kp",
        ),
        (
            "ssl.keystore.type=PEM\nssl.keystore.certificate.chain=-----BEGIN CERTIFICATE----- DDDD -----END CERTIFICATE-----\n\
             ssl.keystore.key=-----BEGIN PRIVATE KEY----- BBBB -----END PRIVATE KEY-----",
            "TLS cert=DDDD key=BBBB",
        ),
        // A password that the key does not need is not passed on.
        (
            "ssl.certificate.location=cert.pem\nssl.key.location=key.pem\nssl.key.password=kp",
            "TLS cert=DDDD key=BBBB",
        ),
        ("ssl.endpoint.identification.algorithm=", "TLS anyhost"),
        ("ssl.endpoint.identification.algorithm=none", "TLS anyhost"),
        ("ssl.endpoint.identification.algorithm=HTTPS", "TLS"),
        ("enable.ssl.certificate.verification=false", "TLS unverified"),
        ("enable.ssl.certificate.verification=true", "TLS"),
    ] {
        assert_eq!(ssl(text), expected, "{text}");
    }
}

#[test]
fn higher_layers_replace_by_meaning_not_by_name() {
    let world = World::new();
    world.file("ca.pem", CERTIFICATE);
    world.file("other.pem", &CERTIFICATE.replace("AAAA", "EEEE"));
    world.file("both.pem", &format!("{KEY}{CERTIFICATE}"));
    world.file("key.pem", &KEY.replace("BBBB", "FFFF"));
    world.file(
        "client.properties",
        "security.protocol=SSL\nssl.truststore.type=JKS\nssl.truststore.location=store.jks\n\
         ssl.keystore.type=PEM\nssl.keystore.location=both.pem",
    );
    let base = ["-b", "a:1", "--command-config", "client.properties", "-X"];
    let with = |more: &[&str]| summary(&world.client(&[&base, more].concat()).unwrap());
    assert_eq!(with(&["ssl.ca.location=other.pem"]), "a:1 TLS ca=EEEE cert=AAAA key=BBBB");
    assert_eq!(with(&["ssl.ca.location="]), "a:1 TLS cert=AAAA key=BBBB");
    assert_eq!(
        with(&["ssl.ca.location=", "-X", "ssl.key.location=key.pem"]),
        "a:1 TLS cert=AAAA key=FFFF"
    );
}

#[test]
fn relative_paths() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = 'a:1'\nproperties = { \"security.protocol\" = 'SSL', \"ssl.ca.location\" = 'ca.pem' }\n\
         [contexts.b]\nbootstrap-servers = 'a:1'\ncommand-config = 'sub/client.properties'",
    );
    let other = |letter: &str| CERTIFICATE.replace("AAAA", letter);
    world.file(".config/kward/ca.pem", &other("XXXX"));
    world.file(".config/kward/sub/ca.pem", &other("YYYY"));
    world.file(
        ".config/kward/sub/client.properties",
        "security.protocol=SSL\nssl.ca.location=ca.pem",
    );
    world.file("ca.pem", &other("ZZZZ"));
    world.file("sub/client.properties", "security.protocol=SSL\nssl.ca.location=ca.pem");
    let ca = |arguments: &[&str]| summary(&world.client(arguments).unwrap());
    // In a context, the folder of the file that says it; on the command line, the working folder.
    assert!(ca(&["-c", "a"]).ends_with("ca=XXXX"));
    assert!(ca(&["-c", "b"]).ends_with("ca=YYYY"));
    assert!(ca(&["-c", "a", "-X", "ssl.ca.location=ca.pem"]).ends_with("ca=ZZZZ"));
    assert!(ca(&["-b", "a:1", "--command-config", "sub/client.properties"]).ends_with("ca=ZZZZ"));
}

#[test]
fn properties_of_no_meaning_are_accepted_in_silence() {
    let world = World::new();
    let text = "acks=all\ngroup.id=g\nkey.deserializer=x.Y\nclient.dns.lookup=use_all_dns_ips\n\
                session.timeout.ms=45000\nschema.registry.url=https://x\nbasic.auth.user.info=a:b\n\
                sasl.kerberos.service.name=kafka\nssl.truststore.type=PKCS12\nssl.protocol=TLSv1.3\n\
                ssl.enabled.protocols=TLSv1.2, TLSv1.3\nstatistics.interval.ms=5";
    assert_eq!(world.warnings(text), [""; 0]);
}

#[test]
fn warnings() {
    let world = World::new();
    world.file("ca.pem", CERTIFICATE);
    let user = "sasl.username=a\nsasl.password=b\n";
    for (text, expected) in [
        (
            "client.ids=x",
            "unknown client property `client.ids` (client.properties:1); did you mean `client.id`?",
        ),
        ("\nbanana.split=x", "unknown client property `banana.split` (client.properties:2)"),
        // The second line of a value whose first has no `\` at its end.
        (
            "\nTr0ub4dor&3",
            "client.properties:2 is no client property (it may hold a secret and is not shown): a value of several \
             lines wants a `\\` at the end of each but the last",
        ),
        (
            "security.protocol=SSL\nssl.ca.location=ca.pem\nsasl.username=a",
            "`sasl.username` (client.properties:3) is not used, because `security.protocol` (client.properties:1) is SSL",
        ),
        (
            "security.protocol=PLAINTEXT\nssl.ca.location=ca.pem",
            "`ssl.ca.location` (client.properties:2) is not used, because `security.protocol` (client.properties:1) is PLAINTEXT",
        ),
        (
            "security.protocol=SSL\nenable.ssl.certificate.verification=false",
            "the brokers' certificates are not verified: anyone on the way can pretend to be the cluster",
        ),
        (
            &format!("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n{user}"),
            "SASL_PLAINTEXT with PLAIN sends the password unencrypted over the network",
        ),
        (
            "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=a.ScramLoginModule required username=a password=b;",
            "`sasl.jaas.config` (client.properties:3) names the login module of another mechanism than PLAIN",
        ),
        (
            "bootstrap.servers=SASL_SSL://a:1",
            "`SASL_SSL://` before an address means nothing to clients, and the protocol is PLAINTEXT; set `security.protocol=SASL_SSL`",
        ),
    ] {
        assert_eq!(world.warnings(text), [expected], "{text}");
    }
    for quiet in [
        format!(
            "bootstrap.servers=localhost:1,127.0.0.1,[::1]:9092\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n{user}"
        ),
        format!("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n{user}"),
        format!(
            "bootstrap.servers=SASL_SSL://a:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n{user}"
        ),
    ] {
        assert_eq!(world.warnings(&quiet), [""; 0], "{quiet}");
    }
    // A file of something else altogether does not fill the screen.
    let many: Vec<_> = (0..40).map(|i| format!("banana{i}=1")).collect();
    let warnings = world.warnings(&many.join("\n"));
    assert_eq!(warnings.len(), 6);
    for (warning, line) in warnings[..5].iter().zip(1..) {
        assert!(warning.contains(&format!("client.properties:{line}")), "{warnings:#?}");
    }
    assert_eq!(warnings[5], "35 more unknown client properties");
}

#[test]
fn a_password_in_the_arguments_is_told() {
    let world = World::new();
    let warnings = world
        .connection(&[
            "-b",
            "a:1",
            "-X",
            "security.protocol=SASL_SSL",
            "-X",
            "sasl.mechanism=PLAIN",
            "-X",
            "sasl.username=a",
            "-X",
            "sasl.password=b",
        ])
        .unwrap()
        .warnings;
    assert_eq!(
        warnings,
        ["everyone on this machine can read `-X sasl.password=…` in the list of processes"]
    );
}

#[test]
fn pem_says_where_it_came_from() {
    let world = World::new();
    let ca = world.file("ca.pem", CERTIFICATE);
    let text = format!(
        "security.protocol=SSL\nssl.ca.location=ca.pem\nssl.certificate.location=ca.pem\nssl.key.pem={}",
        KEY.replace('\n', " ")
    );
    let tls = world.properties(&text).unwrap().tls.unwrap();
    assert_eq!(tls.ca.unwrap().origin, ca.to_string_lossy());
    let identity = tls.identity.unwrap();
    assert_eq!(identity.certificate.origin, ca.to_string_lossy());
    assert_eq!(identity.key.origin, "ssl.key.pem");
}
