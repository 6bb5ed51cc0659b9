//! Contexts as they are listed and shown.

use super::*;
use crate::settings::contexts::{self, Details, Summary};

const CONFIG: &str = r#"
current-context = "a"
[contexts.a]
bootstrap-servers = ["a:1", "b:2"]
cluster-id = "x"
protected = true
super-users = ["User:admin"]
password-command = "echo hunter2"
key-password-env = "KEYPW"
[contexts.a.properties]
security.protocol = "sasl_ssl"
sasl.mechanism = "PLAIN"
sasl.username = "ana"
ssl.ca.location = "ca.pem"
ssl.certificate.pem = "hunter2"
ssl.key.pem = "hunter2"
[contexts.jaas]
command-config = "client.properties"
[contexts.broken]
command-config = "absent.properties"
[contexts.none]
read-only = true
"#;

fn world() -> World {
    let world = World::with_config(CONFIG);
    world.file(
        ".config/kward/client.properties",
        "bootstrap.servers=c:1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\n\
         sasl.jaas.config=a.ScramLoginModule required username=bo password=hunter2;",
    );
    world
}

fn global(arguments: &[&str]) -> Global {
    Program::try_parse_from([&["kward"], arguments].concat()).unwrap().global
}

fn list(world: &World, arguments: &[&str]) -> Vec<Summary> {
    contexts::list(&global(arguments), &world.environment).unwrap().0
}

fn show(world: &World, name: Option<&str>) -> Result<Details> {
    contexts::show(&global(&[]), &world.environment, name)
}

#[test]
fn all_of_them() {
    let world = world();
    let list = |arguments| {
        list(&world, arguments)
            .iter()
            .map(|c| {
                let words = [&c.protocol, &c.bootstrap, &c.mechanism, &c.user, &c.problem]
                    .map(|word| word.as_deref().unwrap_or("-").to_owned());
                format!("{}{} {}", c.name, if c.current { "*" } else { "" }, words.join(" "))
            })
            .collect::<Vec<_>>()
    };
    let absent = world.path(".config/kward/absent.properties");
    let config = world.path(".config/kward/config.toml");
    let expected = [
        "a* SASL_SSL a:1,b:2 PLAIN ana -".to_owned(),
        format!(
            "broken - - - - cannot read `{}`, named by `command-config` (context `broken`, {}:20)",
            absent.display(),
            config.display()
        ),
        "jaas SASL_PLAINTEXT c:1 SCRAM-SHA-256 bo -".to_owned(),
        "none PLAINTEXT - - - it names no brokers".to_owned(),
    ];
    assert_eq!(list(&[]), expected);
    let marks = |arguments| list(arguments).iter().position(|line| line.contains('*'));
    assert_eq!(marks(&["-c", "jaas"]), Some(2));
    assert_eq!(marks(&["-b", "x:1"]), None);
    let none = contexts::list(&global(&[]), &World::new().environment).unwrap();
    assert_eq!(none, (Vec::new(), Vec::new()));
}

#[test]
fn of_one_with_a_mistake_the_rest_is_told() {
    let world = World::with_config(
        "[contexts.x]\nbootstrap-servers = \"x:1\"\nproperties = { \"sasl.jaas.config\" = \"hunter2\", \"client.id\" = \"me\" }\n",
    );
    let details = show(&world, Some("x")).unwrap();
    let summary = &details.summary;
    assert_eq!((summary.bootstrap.as_deref(), &summary.protocol), (Some("x:1"), &None));
    assert!(
        summary.problem.as_ref().is_some_and(|why| why.contains("sasl.jaas.config")),
        "{summary:?}"
    );
    let properties: Vec<_> = details.properties.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(properties, ["bootstrap.servers", "client.id"]);
}

#[test]
fn one_of_them_without_its_secrets() {
    let world = world();
    let details = show(&world, None).unwrap();
    assert_eq!(details.summary.name, "a");
    assert!(details.summary.current && details.summary.protected);
    assert_eq!(details.super_users, ["User:admin".into()]);
    let properties: Vec<_> =
        details.properties.iter().map(|p| (p.key.as_str(), p.value.as_str())).collect();
    assert_eq!(
        properties,
        [
            ("bootstrap.servers", "a:1,b:2"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.password", "(from a command)"),
            ("sasl.username", "ana"),
            ("security.protocol", "sasl_ssl"),
            ("ssl.ca.location", "ca.pem"),
            ("ssl.certificate.pem", "(PEM)"),
            ("ssl.key.password", "(from the variable KEYPW)"),
            ("ssl.key.pem", "(PEM)"),
        ]
    );
    let jaas = show(&world, Some("jaas")).unwrap();
    let password = jaas.properties.iter().find(|p| p.key == "sasl.password").unwrap();
    assert_eq!(password.value, "(set)");
    assert!(password.origin.ends_with("client.properties:4"), "{}", password.origin);
    for text in [format!("{details:?}"), format!("{jaas:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let error = show(&world, Some("aa")).unwrap_err();
    assert_eq!(error.message(), "no context `aa`, named by the argument");
    assert_eq!(show(&World::new(), None).unwrap_err().message(), "no context is in use");
}

#[test]
fn what_a_provider_gave_is_not_shown() {
    let world = World::with_config("[contexts.a]\ncommand-config = \"c.properties\"\n")
        .variable("PW", "hunter2");
    let class = "org.apache.kafka.common.config.provider.EnvVarConfigProvider";
    world.file(
        ".config/kward/c.properties",
        &format!(
            "bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n\
             sasl.username=${{env:PW}}\nsasl.password=${{env:PW}}\nconfig.providers=env\n\
             config.providers.env.class={class}\n"
        ),
    );
    let details = show(&world, Some("a")).unwrap();
    assert_eq!(details.summary.problem, None);
    let value = |key: &str| details.properties.iter().find(|p| p.key == key).unwrap().value.clone();
    assert_eq!(value("sasl.username"), "(from a config provider)");
    // Nothing in the file is a secret, whoever may read it.
    assert_eq!(details.warnings, [""; 0]);
}

/// Wherever in a URL people put a password, and where it is none.
#[test]
fn urls_are_shown_without_passwords() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = \"a:1\"\nproxy = \"u:hunter2@127.0.0.1:1\"\n\
         properties.sasl.oauthbearer.token.endpoint.url = \
         \"https://u:hunter2@idp/x?client_secret=hunter2\"\n",
    );
    let details = show(&world, Some("a")).unwrap();
    let value = |key: &str| details.properties.iter().find(|p| p.key == key).unwrap().value.clone();
    assert_eq!(value("proxy.url"), "(user and password)@127.0.0.1:1");
    assert_eq!(
        value("sasl.oauthbearer.token.endpoint.url"),
        "https://(user and password)@idp/x?(not shown)"
    );
    assert!(!format!("{details:?}").contains("hunter2"));
}
