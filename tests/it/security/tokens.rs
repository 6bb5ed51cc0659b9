//! OAUTHBEARER against a real broker that validates signed tokens by the key set of a provider that the
//! test runs, and against the faults of such a provider.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::support::broker::{Options, newest, versions};
use super::super::support::idp::{self, AUDIENCE, CLIENT, ISSUER, Idp};
use super::super::support::terminal::Terminal;
use super::*;

/// A broker whose listeners with SASL take tokens of this provider.
fn broker_of(idp: &Idp, version: String) -> Broker {
    let jwks = idp.url("/jwks");
    let mut settings = vec![
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER".to_owned(),
        format!("sasl.oauthbearer.jwks.endpoint.url={jwks}"),
        format!("sasl.oauthbearer.expected.audience={AUDIENCE}"),
        format!("sasl.oauthbearer.expected.issuer={ISSUER}"),
    ];
    let package = "org.apache.kafka.common.security.oauthbearer";
    for listener in ["sasl_plaintext", "sasl_ssl"] {
        let name = format!("listener.name.{listener}.oauthbearer.sasl");
        settings.push(format!("{name}.jaas.config={package}.OAuthBearerLoginModule required;"));
        let handler = format!("{package}.OAuthBearerValidatorCallbackHandler");
        settings.push(format!("{name}.server.callback.handler.class={handler}"));
    }
    let jvm = vec![format!("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={jwks}")];
    Broker::own(&Options { version: Some(version), settings, jvm, ..Options::default() })
}

const OAUTH: &str = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\n";

/// The properties of Kafka 4.1 and later.
fn client_of(idp: &Idp, path: &str) -> String {
    let (id, secret) = CLIENT;
    format!(
        "{OAUTH}sasl.oauthbearer.token.endpoint.url={}\n\
         sasl.oauthbearer.client.credentials.client.id={id}\n\
         sasl.oauthbearer.client.credentials.client.secret={secret}\n",
        idp.url(path)
    )
}

#[test]
fn a_real_broker_takes_tokens_from_everywhere() {
    for version in versions() {
        let idp = Idp::start();
        let broker = broker_of(&idp, version);
        let sandbox = Sandbox::new();
        let at = broker.bootstrap(Listener::SaslPlaintext);
        let (id, secret) = CLIENT;
        let token = idp.token("admin");
        let file = sandbox.write("token.jwt", &format!("{token}\n"));
        private(&file);

        let url = format!("sasl.oauthbearer.token.endpoint.url=file://{}", file.display());
        describe(&sandbox, at, &format!("{OAUTH}{url}")).ends(0);
        let jaas = format!(
            "{OAUTH}sasl.oauthbearer.token.endpoint.url={}\nsasl.jaas.config=\
             org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \
             clientId=\"{id}\" clientSecret=\"{secret}\" scope=\"a b\" extension_traceId=\"1\";\n",
            idp.url("/token")
        );
        describe(&sandbox, at, &jaas).ends(0);
        describe(&sandbox, at, &client_of(&idp, "/chunked")).ends(0);

        let requests = idp.requests();
        assert_eq!(requests.len(), 2, "one token serves all connections: {requests:?}");
        assert_eq!(requests[0].body, "grant_type=client_credentials&scope=a+b");
        assert_eq!(requests[0].content_type, "application/x-www-form-urlencoded");
        assert_eq!(requests[1].body, "grant_type=client_credentials");

        the_secret_is_asked_for(&sandbox, at, &idp);
        check_shows_each_step(&sandbox, at, &idp);
        refusals_are_told(&sandbox, &broker, &idp);
    }
}

/// On a terminal, where nothing says it.
fn the_secret_is_asked_for(sandbox: &Sandbox, at: &str, idp: &Idp) {
    let (id, secret) = CLIENT;
    let line = format!("sasl.oauthbearer.client.credentials.client.secret={secret}\n");
    let client = client_of(idp, "/token").replace(&line, "");
    describe(sandbox, at, &client)
        .ends(2)
        .says("needs a client secret, and none is given")
        .says("`sasl.oauthbearer.client.credentials.client.secret`")
        .says("`client-secret-keyring`");
    let what = ["cluster", "describe", "-b", at, "--command-config", "client.properties"];
    let mut terminal = Terminal::start(&sandbox.process(what), None);
    terminal.wait_for(&format!("Secret of the client `{id}`:"), 0);
    terminal.keys(&format!("{secret}\r"));
    let (status, screen) = terminal.ended();
    assert!(status == 0 && !screen.contains(secret), "{screen}");
}

/// By a context, whose command prints the token; the user is the token's subject.
fn check_shows_each_step(sandbox: &Sandbox, at: &str, idp: &Idp) {
    sandbox.write("print-token", &idp.token("ana"));
    sandbox.write(
        ".config/kward/config.toml",
        &format!(
            "[contexts.sso]\nbootstrap-servers = \"{at}\"\ntoken-command = \"cat print-token\"\n\
             [contexts.sso.properties]\nsecurity.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"OAUTHBEARER\"\n"
        ),
    );
    let checked = Run::of(&mut sandbox.kward(["context", "check", "sso"])).ends(0);
    let checked = checked.prints("OAUTHBEARER lets `ana` in").prints("--allow-principal User:ana");
    assert!(!checked.out.contains("eyJ"), "{checked}");
}

fn refusals_are_told(sandbox: &Sandbox, broker: &Broker, idp: &Idp) {
    let at = broker.bootstrap(Listener::SaslPlaintext);
    // For somebody else: the broker says no, and that it is the token.
    let run = describe(sandbox, at, &client_of(idp, "/stranger")).ends(1);
    let run = run
        .says(&format!("`{at}` does not accept the token"))
        .says("SASL_AUTHENTICATION_FAILED (58): {\\\"status\\\":\\\"invalid_token\\\"}")
        .says("it is for `admin`, issued by `https://idp.test`, for the audience `somebody-else`")
        .says("its reason is `invalid_token`");
    assert!(!run.err.contains("eyJ") && !run.err.contains(CLIENT.1), "{run}");
    // Signed by a key that the broker does not know.
    let forged = Idp::start().token("admin");
    let run = describe(sandbox, at, &format!("{OAUTH}sasl.oauthbearer.token={forged}")).ends(1);
    assert!(!run.says("does not accept the token").err.contains(&forged));
    describe(sandbox, at, &format!("{OAUTH}sasl.oauthbearer.token=opaque"))
        .ends(1)
        .says("does not accept the token");
    // One that is over is not even sent.
    let expired = idp.sign(&idp::claims("admin", -60));
    describe(sandbox, at, &format!("{OAUTH}sasl.oauthbearer.token={expired}"))
        .ends(1)
        .says("the token of `sasl.oauthbearer.token` (client.properties:3) has expired")
        .says("it was valid until ");
    // A listener without the mechanism.
    let other = Broker::shared(&newest());
    let at = other.bootstrap(Listener::SaslPlaintext);
    describe(sandbox, at, &client_of(idp, "/token"))
        .ends(1)
        .says("does not take the SASL mechanism OAUTHBEARER");
}

#[test]
fn what_goes_wrong_at_the_provider_is_told_without_the_secret() {
    let idp = Idp::start();
    let broker = Broker::shared(&newest());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let sandbox = Sandbox::new();
    for (path, wanted) in [
        ("/expired", &["the token that `", "/expired` gives has expired", "clock"][..]),
        ("/empty", &["gives no token", "holds no `access_token`, but `id_token`, `expires_in`"]),
        ("/page", &["gives no token", "its answer is no JSON"]),
        (
            "/scope",
            &["refuses the client `kward-client`", "HTTP status 400: invalid_scope: no such scope"],
        ),
        ("/broken", &["gives no token", "it answers with the HTTP status 503"]),
        ("/absent?hunter2", &["gives no token", "it answers with the HTTP status 404"]),
        ("/hangup", &["did not answer", "its answer breaks off"]),
    ] {
        let run = describe(&sandbox, at, &client_of(&idp, path)).ends(1);
        let run = wanted.iter().fold(run, |run, text| run.says(text));
        assert!(!run.err.contains(CLIENT.1) && !run.err.contains("hunter2"), "{run}");
    }
    // The provider repeats the secret; the message does not.
    let wrong = client_of(&idp, "/token").replace("client.id=kward", "client.id=other");
    let run = describe(&sandbox, at, &wrong).ends(1);
    let run = run
        .says("refuses the client `other-client`")
        .says("HTTP status 401: invalid_client: the secret (the secret) is not that of the client")
        .says("check the client's id and secret, and the scope");
    assert!(!run.err.contains(CLIENT.1), "{run}");
    // Nobody is there.
    let gone = Idp::start();
    let properties = client_of(&gone, "/token");
    drop(gone);
    describe(&sandbox, at, &properties)
        .ends(1)
        .says("/token` cannot be reached")
        .says("connection refused: nothing listens there")
        .says("check `sasl.oauthbearer.token.endpoint.url` (client.properties:3)");
}

#[test]
fn a_provider_in_trouble_is_asked_again_and_a_silent_one_not_for_ever() {
    let idp = Idp::start();
    let broker = Broker::shared(&newest());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let sandbox = Sandbox::new();
    // The shared broker has no OAUTHBEARER: that is asked when there is a token.
    describe(&sandbox, at, &client_of(&idp, "/flaky"))
        .ends(1)
        .says("does not take the SASL mechanism OAUTHBEARER");
    assert_eq!(idp.requests().len(), 3);
    sandbox.write("client.properties", &client_of(&idp, "/silent"));
    let began = Instant::now();
    let arguments =
        ["topic", "list", "-b", at, "--command-config", "client.properties", "--timeout", "2s"];
    Run::of(&mut sandbox.kward(arguments))
        .ends(1)
        .says("timed out after 2s while asking the token endpoint `")
        .says("for a token");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn an_endpoint_with_tls_is_trusted_by_the_brokers_authority_or_by_one_of_its_own() {
    let broker = Broker::shared(&newest());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let idp = Idp::listen(Some(server_config(&broker)));
    let sandbox = Sandbox::new();
    let base = client_of(&idp, "/token");
    let ca = broker.certificate("ca.pem").display().to_string();
    let other = broker.certificate("other-ca.pem").display().to_string();
    let jaas = "sasl.jaas.config=a.OAuthBearerLoginModule required";
    // Trust is what is tried here: the broker itself does not take tokens.
    for trust in [
        format!("https.ca.location={ca}"),
        format!("ssl.ca.location={ca}"),
        format!("ssl.ca.location={other}\nhttps.ca.location={ca}"),
        format!("{jaas} ssl.truststore.type=PEM ssl.truststore.location=\"{ca}\";"),
    ] {
        describe(&sandbox, at, &format!("{base}{trust}\n"))
            .ends(1)
            .says("does not take the SASL mechanism OAUTHBEARER");
    }
    for trust in [
        format!("https.ca.location={other}"),
        format!("ssl.ca.location={ca}\nhttps.ca.location={other}"),
    ] {
        describe(&sandbox, at, &format!("{base}{trust}\n"))
            .ends(1)
            .says("TLS with the token endpoint `https://127.0.0.1:")
            .says("its issuer is none that this client trusts")
            .says("`https.ca.location` names others for this endpoint alone");
    }
    assert_eq!(idp.requests().len(), 4, "no secret goes to somebody who is not trusted");
}

#[test]
fn an_endpoint_that_speaks_no_tls_is_told_so() {
    let broker = Broker::shared(&newest());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let idp = Idp::start();
    let https = client_of(&idp, "/token").replace("url=http://", "url=https://");
    let check = "whether it is an `http://` URL";
    // This one says nothing to what is no HTTP, others do.
    describe(&Sandbox::new(), at, &https).ends(1).says(check);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let https = https.replace(&idp.address.to_string(), &address.to_string());
    let run = describe(&Sandbox::new(), at, &https)
        .ends(1)
        .says(&format!("the token endpoint `https://{address}/token` does not speak TLS"))
        .says(check);
    assert!(!run.err.contains("certificates"), "{run}");
}

#[test]
fn context_add_writes_what_a_provider_takes() {
    let sandbox = Sandbox::new();
    let arguments = [
        "context",
        "add",
        "sso",
        "-b",
        "broker1:9093",
        "--token-url",
        "https://idp.example.com/token",
        "--client-id",
        "me",
        "--scope",
        "kafka",
        "--ca",
        "ca.pem",
        "--secret",
        "client-secret=env:SECRET",
        "--proxy",
        "socks5h://bastion:1080",
        "--secret",
        "proxy-password=command:echo s",
        "-X",
        "proxy.username=ana",
    ];
    Run::of(&mut sandbox.kward(arguments)).ends(0);
    let shown = Run::of(&mut sandbox.kward(["context", "show", "sso", "-o", "json"])).ends(0);
    let shown: serde_json::Value = serde_json::from_str(&shown.out).expect("JSON");
    let properties = shown["properties"].as_array().expect("properties");
    let value = |name: &str| {
        let found = properties.iter().find(|property| property["name"] == name);
        found.unwrap_or_else(|| panic!("no `{name}`: {shown}"))["value"].clone()
    };
    assert_eq!(value("security.protocol"), json!("SASL_SSL"));
    assert_eq!(value("sasl.mechanism"), json!("OAUTHBEARER"));
    assert_eq!(value("sasl.oauthbearer.scope"), json!("kafka"));
    let secret = value("sasl.oauthbearer.client.credentials.client.secret");
    assert_eq!(secret, json!("(from the variable SECRET)"));
    assert_eq!(value("proxy.url"), json!("socks5h://bastion:1080"));
    assert_eq!(value("proxy.password"), json!("(from a command)"));
    for wrong in ["hunter2", "banana=env:X", "token=hunter2", "token=file:"] {
        let add = ["context", "add", "x", "-b", "a:1", "--secret", wrong];
        let run = Run::of(&mut sandbox.kward(add)).ends(2).says("`--secret` is `SECRET=PLACE`");
        assert!(!run.err.contains("hunter2"), "{run}");
    }
    let add = ["context", "add", "x", "-b", "a:1", "--proxy", "socks5h://u:hunter2@p"];
    let run = Run::of(&mut sandbox.kward(add)).ends(2).says("is not written to a file");
    assert!(!run.err.contains("hunter2"), "{run}");
}
