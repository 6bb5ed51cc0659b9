//! No secret is shown: not by `Debug`, not by an error, not by a warning.

use super::*;

/// Every line holds the secret `hunter2` in a different way, good and bad.
const LINES: &[&str] = &[
    "sasl.password=hunter2",
    "sasl.password=\\uhunter2",
    "sasl.jaas.config=a.ScramLoginModule required username=\"u\" password=\"hunter2\";",
    "sasl.jaas.config=a.ScramLoginModule required username=\"u\" password=\"hunter2\"",
    "sasl.jaas.config=hunter2",
    "sasl.jaas.config=hunter2 required;",
    "sasl.jaas.config=a.ScramLoginModule required hunter2;",
    "sasl.jaas.config=a.ScramLoginModule required password=hunter2/;",
    "sasl.jaas.config=a.ScramLoginModule required password=hunter2 tokenauth=true;",
    "ssl.key.password=hunter2",
    "ssl.keystore.key=hunter2",
    "ssl.key.pem=-----BEGIN PRIVATE KEY-----hunter2-----END PRIVATE KEY-----",
    "ssl.key.pem=-----BEGIN RSA PRIVATE KEY-----\\nProc-Type: 4,ENCRYPTED\\nhunter2-----END RSA PRIVATE KEY-----",
    "ssl.certificate.pem=-----BEGIN PRIVATE KEY-----hunter2-----END PRIVATE KEY-----",
    "ssl.ca.pem=hunter2",
    "ssl.truststore.password=hunter2",
    "ssl.keystore.password=hunter2",
    "ssl.cipher.suites=hunter2",
    "sasl.mechanism=hunter2",
    "security.protocol=hunter2",
    "request.timeout.ms=hunter2",
    "enable.ssl.certificate.verification=hunter2",
    "ssl.endpoint.identification.algorithm=hunter2",
    "sasl.login.callback.handler.class=hunter2",
    "sasl.oauthbearer.client.secret=hunter2",
    "sasl.oauthbearer.token=hunter2",
    "sasl.oauthbearer.token=hunter2 hunter2",
    "sasl.oauthbearer.token.endpoint.url=https://u:hunter2@idp/token",
    "sasl.oauthbearer.token.endpoint.url=hunter2",
    "sasl.oauthbearer.extensions=hunter2",
    "sasl.oauthbearer.extensions=a_b=hunter2",
    "proxy.password=hunter2",
    "proxy.url=socks5h://u:hunter2@proxy:1080",
    "proxy.url=socks4://u:hunter2@proxy:1080",
    "proxy.url=http://u:hunter2%@proxy:8080",
    "proxy.url=hunter2",
    "some.unknown.password=hunter2",
];

/// All that could be printed of what happens with these arguments.
fn everything(world: &World, arguments: &[&str]) -> String {
    let of_error = |error: &Error| format!("{error:?}\n{}", shown(error));
    let settings = match world.settings(arguments) {
        Ok(settings) => settings,
        Err(error) => return of_error(&error),
    };
    let mut lines = vec![format!("{settings:?}")];
    match settings.connection() {
        Ok(connection) => {
            lines.push(format!("{connection:?}"));
            lines.extend(connection.warnings.iter().cloned());
            lines.push(match connection.client_config() {
                Ok(client) => format!("{client:?}"),
                Err(error) => of_error(&error),
            });
        }
        Err(error) => lines.push(of_error(&error)),
    }
    lines.join("\n")
}

const BASES: &[&str] = &[
    "",
    "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=u\n",
    "security.protocol=SSL\nssl.certificate.location=cert.pem\n",
    "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n",
    "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.oauthbearer.client.id=c\n\
     sasl.oauthbearer.token.endpoint.url=https://idp/token\n",
];

#[test]
fn of_a_properties_file() {
    for base in BASES {
        for line in LINES {
            let world = World::new();
            world.file("cert.pem", CERTIFICATE);
            world.file("client.properties", &format!("{base}{line}\n"));
            let text = everything(&world, &["-b", "a:1", "--command-config", "client.properties"]);
            assert!(!text.contains("hunter2"), "{line}\n{text}");
        }
    }
}

#[test]
fn of_flags() {
    let world = World::new();
    for line in LINES.iter().copied().chain(["hunter2", "=hunter2", "sasl.password:hunter2"]) {
        let arguments = ["-b", "a:1", "-X", "security.protocol=SASL_SSL", "-X", line];
        let text = everything(&world, &arguments);
        assert!(!text.contains("hunter2"), "{line}\n{text}");
    }
}

#[test]
fn of_a_config_file() {
    for line in [
        "properties.sasl.password = \"hunter2\"",
        "properties.sasl.password = \"hunter2",
        "properties.sasl.password = hunter2",
        "properties.sasl.password = \"\"\"\nhunter2",
        "properties.sasl.password = \"hunter2\" x",
        "properties.sasl.password = ['hunter2', 1]",
        "properties.sasl.password = { x = 'hunter2', y = 1.5 }",
        "properties = 'hunter2'",
        "properties.sasl.password == \"hunter2\"",
        "sasl.password = \"hunter2\"",
        "pasword = \"hunter2\"",
        "passwordcommand = [\"echo\", \"hunter2\"]",
        "password-command = \"echo hunter2; exit 1\"",
        "password-command = [\"/absent/hunter2\"]",
        "password-command = [\"echo\", \"hunter2\"]",
        "password-command = [\"hunter2\", 5]",
        "timeout = \"hunter2\"",
    ] {
        let world = World::with_config(&format!(
            "[contexts.a]\nbootstrap-servers = \"a:1\"\n\
             properties.security.protocol = \"SASL_SSL\"\n\
             properties.sasl.mechanism = \"PLAIN\"\nproperties.sasl.username = \"u\"\n{line}\n"
        ));
        let text = everything(&world, &["-c", "a"]);
        assert!(!text.contains("hunter2"), "{line}\n{text}");
    }
}

#[test]
fn of_the_environment() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = \"a:1\"\npassword-env = \"PW\"\n\
         properties.security.protocol = \"SASL_SSL\"\n\
         properties.sasl.mechanism = \"PLAIN\"\nproperties.sasl.username = \"u\"\n",
    )
    .variable("PW", "hunter2");
    let text = everything(&world, &["-c", "a"]);
    assert!(text.contains("PW") && !text.contains("hunter2"), "{text}");
    assert_eq!(summary(&world.client(&["-c", "a"]).unwrap()), "a:1 TLS PLAIN u/hunter2");
}
