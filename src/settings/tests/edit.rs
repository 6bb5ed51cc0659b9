//! Changes of the config file: what they write, and what they leave alone.

use super::*;
use crate::settings::contexts::{self, Edited, NewContext, SecretFrom};

const CONFIG: &str = "\
# All clusters.

current-context = \"a\" # the usual one

# The first.
[contexts.a]
bootstrap-servers = \"a:1\"   # one broker
[contexts.a.properties]
client.id = \"x\"

# The second.
[contexts.b]
bootstrap-servers = \"b:1\"
";

fn global() -> Global {
    Program::try_parse_from(["kward"]).unwrap().global
}

fn text(world: &World) -> String {
    fs::read_to_string(world.path(".config/kward/config.toml")).unwrap()
}

fn use_context(world: &World, name: &str) -> Result<Edited> {
    contexts::use_context(&global(), &world.environment, name, false)
}

fn remove(world: &World, name: &str) -> Result<Edited> {
    contexts::remove(&global(), &world.environment, name, false)
}

fn add(world: &World, new: &NewContext) -> Result<Edited> {
    contexts::add(&global(), &world.environment, new)
}

fn prod() -> NewContext {
    NewContext {
        name: "prod eu".to_owned(),
        bootstrap: vec!["p:1".to_owned(), "q:2".to_owned()],
        properties: [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", "a\"na"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .to_vec(),
        cluster_id: Some("id".to_owned()),
        protected: true,
        secrets: vec![("password".to_owned(), SecretFrom::Variable("PW".to_owned()))],
        make_current: true,
        ..NewContext::default()
    }
}

#[test]
fn add_into_nothing() {
    let world = World::new().variable("PW", "secret");
    let edited = add(&world, &prod()).unwrap();
    assert!(edited.changed);
    assert_eq!(edited.current_context.as_deref(), Some("prod eu"));
    assert_eq!(
        text(&world),
        "current-context = \"prod eu\"\n\n[contexts.\"prod eu\"]\nbootstrap-servers = \"p:1,q:2\"\n\
         cluster-id = \"id\"\nprotected = true\npassword-env = \"PW\"\n\n\
         [contexts.\"prod eu\".properties]\nsecurity.protocol = \"SASL_SSL\"\n\
         sasl.mechanism = \"PLAIN\"\nsasl.username = 'a\"na'\n"
    );
    assert_eq!(summary(&world.client(&[]).unwrap()), "p:1 q:2 TLS PLAIN a\"na/secret");
}

#[test]
fn add_keeps_what_is_there() {
    let world = World::with_config(CONFIG);
    add(&world, &NewContext { make_current: false, ..prod() }).unwrap();
    assert!(text(&world).starts_with(CONFIG), "{}", text(&world));
    let error = add(&world, &prod()).unwrap_err();
    assert_eq!(error.message(), "there is a context `prod eu` already");
    for secret in ["sasl.password", "sasl.jaas.config", "ssl.keystore.key"] {
        let properties = vec![(secret.to_owned(), "hunter2".to_owned())];
        let new = NewContext { name: "c".to_owned(), properties, ..NewContext::default() };
        let error = add(&world, &new).unwrap_err();
        assert!(error.message().contains(secret) && !shown(&error).contains("hunter2"));
    }
    assert!(!text(&world).contains("hunter2"));
}

#[test]
fn use_changes_one_word() {
    let world = World::with_config(CONFIG);
    let edited = use_context(&world, "b").unwrap();
    assert!(edited.changed);
    assert_eq!(text(&world), CONFIG.replace("= \"a\" #", "= \"b\" #"));
    assert!(!use_context(&world, "b").unwrap().changed);

    let without = CONFIG.replace("current-context = \"a\" # the usual one\n", "");
    let world = World::with_config(&without);
    use_context(&world, "b").unwrap();
    assert_eq!(world.settings(&[]).unwrap().context.as_deref(), Some("b"));
    assert!(text(&world).contains("# All clusters.") && text(&world).contains("# one broker"));

    let error = use_context(&world, "bb").unwrap_err();
    assert!(shown(&error).starts_with("no context `bb` in "), "{}", shown(&error));
}

#[test]
fn remove_takes_its_own_comment_along() {
    let world = World::with_config(CONFIG);
    let edited = remove(&world, "a").unwrap();
    assert_eq!(edited.current_context, None);
    let expected = "# All clusters.\n\n# The second.\n[contexts.b]\nbootstrap-servers = \"b:1\"\n";
    assert_eq!(text(&world), expected);

    let world = World::with_config(CONFIG);
    let edited = remove(&world, "b").unwrap();
    assert_eq!(edited.current_context.as_deref(), Some("a"));
    let expected = CONFIG.split("\n# The second").next().unwrap();
    assert_eq!(text(&world), expected);
}

#[test]
fn remove_keeps_the_comments_of_the_file() {
    let config = "# Mine.\n\n# a\n[contexts.a]\n\n# b\n[contexts.b]\n";
    let world = World::with_config(config);
    remove(&world, "a").unwrap();
    assert_eq!(text(&world), "# Mine.\n\n# b\n[contexts.b]\n");
    remove(&world, "b").unwrap();
    assert_eq!(text(&world), "# Mine.\n\n");
}

#[test]
fn a_broken_file_is_not_touched() {
    let config = "[contexts.a]\nbanana = 1\n";
    let world = World::with_config(config);
    assert!(add(&world, &prod()).is_err());
    assert!(use_context(&world, "a").is_err());
    assert!(remove(&world, "a").is_err());
    assert_eq!(text(&world), config);
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_one_that_is_there_stays_as_it_is_and_a_link_stays_one() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let world = World::new();
    let real = world.file("dotfiles/kward.toml", CONFIG);
    fs::create_dir_all(world.path(".config/kward")).unwrap();
    let link = world.path(".config/kward/config.toml");
    symlink(&real, &link).unwrap();
    use_context(&world, "b").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("current-context = \"b\""));
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(fs::read_dir(real.parent().unwrap()).unwrap().count(), 1);
    for shared in [0o644, 0o444, 0o600] {
        fs::set_permissions(&real, fs::Permissions::from_mode(shared)).unwrap();
        use_context(&world, if shared == 0o444 { "b" } else { "a" }).unwrap();
        assert_eq!(mode(&real), shared);
    }
    let world = World::new();
    add(&world, &prod()).unwrap();
    assert_eq!(mode(&world.path(".config/kward/config.toml")), 0o600);
}

#[test]
fn line_ends_stay_as_they_are() {
    let world = World::new();
    world.file(".config/kward/config.toml", &CONFIG.replace('\n', "\r\n"));
    add(&world, &prod()).unwrap();
    let text = text(&world);
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text}");
    assert!(text.contains("\r\n[contexts.\"prod eu\"]\r\n"), "{text}");
}
