//! `kward context add` from the files of other tools and clients: what it takes, and what it says of it.

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

fn context(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    Run::of(&mut sandbox.kward([&["context"], arguments].concat()))
}

/// Which cluster was taken is told, and a password is its user's.
#[test]
fn an_import_says_what_it_took() {
    let sandbox = Sandbox::new();
    let cluster = |port: u16, password: &str| {
        format!(
            "brokers: ['localhost:{port}'], sasl: {{ enabled: true, username: u, password: {password} }}"
        )
    };
    sandbox.write(
        "kafkactl/config.yml",
        &format!(
            "contexts:\n  default: {{ {} }}\n  Staging: {{ {} }}\n",
            cluster(1, "hunter1"),
            cluster(2, "0123")
        ),
    );
    sandbox.write("kafkactl/current-context.yml", "current-context: staging\n");
    let add = |name, more: &[&str]| {
        let add = ["add", name, "--from-kafkactl", "kafkactl/config.yml"];
        context(&sandbox, &[&add[..], more].concat()).ends(0)
    };
    add("a", &[]).says("took over `Staging`; `--profile` names another one");
    assert_eq!(sandbox.read(".config/kward/passwords/a"), "0123");
    let run = add("b", &["--profile", "default"]);
    assert!(!run.err.contains("took over"), "{run}");
    add("c", &["--user", "other"]).says("that of `u`, and is not taken over");
    assert!(!sandbox.path().join(".config/kward/passwords/c").exists());
    add("d", &["--user", "u"]);
    assert_eq!(sandbox.read(".config/kward/passwords/d"), "0123");

    sandbox.write("elsewhere.yml", "current-context: default\n");
    let add = ["context", "add", "e", "--from-kafkactl", "kafkactl/config.yml"];
    let mut command = sandbox.kward(add);
    Run::of(command.env("KAFKA_CTL_WRITABLE_CONFIG", "elsewhere.yml"))
        .ends(0)
        .says("took over `default`");
    context(&sandbox, &["add", "--from-rpk", "kafkactl/config.yml"])
        .ends(2)
        .says("it looks like the config file of kafkactl: `--from-kafkactl`");

    let oauth =
        "contexts: { o: { brokers: ['x:1'], sasl: { enabled: true, mechanism: oauth } } }\n";
    sandbox.write("oauth.yml", oauth);
    let add = ["add", "--from-kafkactl", "oauth.yml"];
    context(&sandbox, &add).ends(2).says("--secret token=file:PATH");
    context(&sandbox, &[&add[..], &["--secret", "token=env:T"]].concat()).ends(0);
}

/// A properties file works as a context where it works by `--command-config`.
#[test]
fn an_imported_properties_file_finds_its_files() {
    let sandbox = Sandbox::new();
    let ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    sandbox.write("certs/ca.pem", ca);
    let plain =
        "bootstrap.servers=127.0.0.1:1\nsecurity.protocol=SSL\nssl.ca.location=certs/ca.pem\n";
    sandbox.write("props/plain.properties", plain);
    let secret = plain.replace("=SSL", "=SASL_SSL")
        + "sasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=hunter2\n";
    sandbox.write("props/secret.properties", &secret);
    for name in ["plain", "secret"] {
        let file = format!("props/{name}.properties");
        let run = context(&sandbox, &["add", name, "--from-properties", &file]).ends(0);
        assert!(!run.err.contains("is not there"), "{run}");
        // It is read, and found to be no certificate.
        let check = context(&sandbox, &["check", name]).ends(1);
        assert!(!check.out.contains("cannot read"), "{check}");
    }
    sandbox.write(
        "props/lost.properties",
        "bootstrap.servers=a:1\nssl.ca.location=no.pem\nsecurity.protocol=SSL\n",
    );
    context(&sandbox, &["add", "lost", "--from-properties", "props/lost.properties"])
        .ends(0)
        .says("props/no.pem`, named by `ssl.ca.location` (props/lost.properties:2), is not there");
    // A secret has one place.
    let twice = ["add", "twice", "-b", "a:1", "--user", "u", "--password-env", "X"];
    context(&sandbox, &[&twice[..], &["--secret", "password=env:Y"]].concat())
        .ends(2)
        .says("the place of the secret `password` is given twice");
}
