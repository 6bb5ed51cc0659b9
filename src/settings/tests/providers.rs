//! Values that Kafka's own config providers give a properties file.

use super::*;

const CLASSES: &str = "config.providers=file, dir,env\n\
    config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n\
    config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider\n\
    config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\n";
const SASL: &str = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n";

fn world() -> World {
    let world = World::new().variable("PW", "hunter2");
    world.file(
        "secrets/all.properties",
        "jaas=a.PlainLoginModule required username=ana password=hunter3;\npw=hunter2\n",
    );
    world.file("secrets/user", "ana");
    world.file("secrets/line", "ana\n");
    world
}

fn login(text: &str) -> Result<String> {
    let config = world().properties(&format!("{CLASSES}{SASL}{text}"))?;
    let Some(Sasl::Password(login)) = &config.sasl else { panic!("{text}") };
    Ok(format!("{}/{}", login.username, login.password.expose_secret()))
}

#[test]
fn values_come_from_files_folders_and_variables() {
    for (text, expected) in [
        ("sasl.jaas.config=${file:secrets/all.properties:jaas}", "ana/hunter3"),
        (
            "sasl.jaas.config=a.PlainLoginModule required username=\"${dir:secrets:user}\" \
             password=\"x${env:PW}y${nobody:PW}\";",
            "ana/xhunter2y${nobody:PW}",
        ),
        ("sasl.username=${dir:secrets:line}\nsasl.password=${env:PW}", "ana/hunter2"),
        ("sasl.username=ana\nsasl.password=${file:secrets/all.properties:pw}", "ana/hunter2"),
    ] {
        assert_eq!(login(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_not_there_is_told() {
    for (text, said) in [
        (
            "sasl.username=${env:ABSENT}",
            "the environment variable `ABSENT`, named by `sasl.username` (client.properties:7), is not set",
        ),
        (
            "sasl.username=${dir:secrets:absent}",
            "secrets/absent`, named by `sasl.username` (client.properties:7)",
        ),
        (
            "sasl.username=${file:secrets/all.properties:x}",
            "`secrets/all.properties`, named by `sasl.username` (client.properties:7), has no `x`",
        ),
    ] {
        let error = login(text).unwrap_err();
        assert!(error.message().contains(said), "{error}");
    }
}

/// A mistake in a value that nobody has looked up is none.
#[test]
fn others_are_refused_before_what_they_would_give() {
    let jaas = "sasl.jaas.config=${vault:a:b}\n";
    for providers in [
        "config.providers=vault\nconfig.providers.vault.class=com.example.Vault\n".to_owned(),
        format!("{CLASSES}config.providers.env.param.allowlist.pattern=X\n"),
    ] {
        let error = world().properties(&format!("{SASL}{jaas}{providers}")).unwrap_err();
        assert!(
            error.message().starts_with("`config.providers` (client.properties:4): "),
            "{error}"
        );
    }
}

/// As everything else that the file of a context names.
#[test]
fn files_of_providers_lie_beside_the_file_of_a_context() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = \"a:1\"\ncommand-config = \"app/client.properties\"\n",
    );
    let text = format!("{CLASSES}{SASL}sasl.username=${{dir:secrets:user}}\nsasl.password=x\n");
    world.file(".config/kward/app/client.properties", &text);
    world.file(".config/kward/app/secrets/user", "beside");
    world.file("secrets/user", "of the working folder");
    let config = world.client(&["-c", "a"]).unwrap();
    let Some(Sasl::Password(login)) = &config.sasl else { panic!("{config:?}") };
    assert_eq!(login.username, "beside");
}
