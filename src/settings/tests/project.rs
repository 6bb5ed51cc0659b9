//! The project file: where it is found, and what it may say before and after it is trusted.

use super::*;
use crate::settings::project::trust;

const USER: &str = "current-context = \"a\"\ntimeout = \"7s\"\n[contexts.a]\nbootstrap-servers = \"a:1\"\n\
                    [contexts.b]\nbootstrap-servers = \"b:1\"\n";
const NAMES: &str = "current-context = \"b\"\noutput = \"json\"\ncompletion-timeout = \"2s\"\n";
const DEFINES: &str = "current-context = \"p\"\n[contexts.p]\nbootstrap-servers = \"p:1\"\n";

/// A repository in the home folder, and the working folder deep inside it.
fn world(project: &str) -> World {
    let mut world = World::with_config(USER);
    fs::create_dir_all(world.path("repo/.git")).unwrap();
    fs::create_dir_all(world.path("repo/deep/er")).unwrap();
    world.environment.cwd = world.path("repo/deep/er");
    world.file("repo/.kward.toml", project);
    world
}

fn context(world: &World) -> String {
    world.settings(&[]).map_or_else(|e| shown(&e), |s| s.context.unwrap_or_default())
}

#[test]
fn it_may_name_a_context_and_set_defaults() {
    let world = world(NAMES);
    let settings = world.settings(&[]).unwrap();
    assert_eq!(settings.context.as_deref(), Some("b"));
    assert_eq!(settings.timeout, std::time::Duration::from_secs(7));
    assert_eq!(settings.completion_timeout, std::time::Duration::from_secs(2));
    assert_eq!(settings.presentation.output, crate::cli::global::Format::Json);
    assert_eq!(world.settings(&["-c", "a"]).unwrap().context.as_deref(), Some("a"));
    // One that is named stands alone.
    let named = world.path(".config/kward/config.toml");
    let settings = world.settings(&["--config", named.to_str().unwrap()]).unwrap();
    assert_eq!(settings.context.as_deref(), Some("a"));
}

#[test]
fn it_is_looked_for_up_to_the_root_of_the_repository() {
    let mut outside = world(NAMES);
    outside.file(".kward.toml", "current-context = \"nobody\"\n");
    assert_eq!(context(&outside), "b");
    fs::remove_file(outside.path("repo/.kward.toml")).unwrap();
    assert_eq!(context(&outside), "a", "the home folder is outside the repository");
    outside.file("repo/deep/.kward.toml", NAMES);
    assert_eq!(context(&outside), "b");
    fs::remove_dir(outside.path("repo/.git")).unwrap();
    assert_eq!(context(&outside), "a", "without a repository only the working folder counts");
    outside.environment.cwd = outside.path("repo/deep");
    assert_eq!(context(&outside), "b");
}

#[test]
fn its_contexts_count_once_its_content_is_trusted() {
    let world = world(DEFINES);
    let said = context(&world);
    let place = world.path("repo/.kward.toml");
    let named = format!("no context `p`, named by `current-context` ({}:1)", place.display());
    assert!(said.starts_with(&named), "{said}");
    world.file("repo/.kward.toml", &DEFINES.replace("current-context = \"p\"", ""));
    let connection = world.connection(&[]).unwrap();
    assert_eq!(connection.bootstrap[0].host, "a");
    assert!(connection.warnings[0].contains("kward context trust "), "{:?}", connection.warnings);

    world.file("repo/.kward.toml", DEFINES);
    let trusted = trust(&world.environment, &world.path("repo"), true, false).unwrap();
    assert!(trusted.changed && trusted.contexts == ["p"]);
    assert!(!trust(&world.environment, &world.path("repo"), true, false).unwrap().changed);
    assert_eq!(context(&world), "p");
    assert_eq!(world.connection(&[]).unwrap().warnings, Vec::<String>::new());

    world.file("repo/.kward.toml", &DEFINES.replace("p:1", "evil:1"));
    assert!(context(&world).contains("no context `p`"), "a change ends the trust");
    world.file("repo/.kward.toml", DEFINES);
    assert_eq!(context(&world), "p");
    assert!(trust(&world.environment, &world.path("repo"), false, false).unwrap().changed);
    assert!(context(&world).contains("no context `p`"));
}

#[test]
fn a_properties_file_that_it_names_is_trusted_with_it() {
    let world =
        world("current-context = \"p\"\n[contexts.p]\ncommand-config = \"client.properties\"\n");
    world.file("repo/client.properties", "bootstrap.servers=p:1\n");
    trust(&world.environment, &world.path("repo"), true, false).unwrap();
    assert_eq!(world.connection(&[]).unwrap().bootstrap[0].host, "p");
    world.file("repo/client.properties", "bootstrap.servers=evil:1\n");
    let said = context(&world);
    assert!(said.contains("no context `p`"), "{said}");
    assert!(said.contains("or a properties file that it names, is not trusted"), "{said}");
    fs::remove_file(world.path("repo/client.properties")).unwrap();
    assert!(context(&world).contains("no context `p`"));
    // Trusted while it is not there, it does not become a device.
    trust(&world.environment, &world.path("repo"), true, false).unwrap();
    assert_eq!(context(&world), "p");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/null", world.path("repo/client.properties")).unwrap();
    assert!(context(&world).contains("no context `p`"));
    let error = trust(&world.environment, &world.path("repo"), true, false).unwrap_err();
    assert!(shown(&error).contains("is no regular file"), "{error}");
    fs::remove_file(world.path("repo/client.properties")).unwrap();
    world.file("repo/client.properties", "bootstrap.servers=p:1\n");
    trust(&world.environment, &world.path("repo"), true, false).unwrap();
    assert_eq!(world.connection(&[]).unwrap().bootstrap[0].host, "p");
}

#[test]
fn only_a_project_file_can_be_trusted() {
    let world = world(NAMES);
    let error = trust(&world.environment, &world.path("other.toml"), true, false).unwrap_err();
    assert!(error.message().ends_with("is no project file"), "{error}");
    let broken = world.file("repo/.kward.toml", "contexts = 1\n");
    assert!(trust(&world.environment, &broken, true, false).is_err());
    assert!(world.settings(&[]).unwrap_err().diagnostics().len() == 1);
}

/// Trust is in the content of `.kward.toml` and of its properties files, and not in that of what they look up.
#[test]
fn what_its_context_reads_takes_nothing_from_elsewhere() {
    let context = format!("{DEFINES}command-config = \"client.properties\"\n");
    let world = world(&context).variable("SECRET", "hunter2");
    let trusted = || drop(trust(&world.environment, &world.path("repo"), true, false).unwrap());
    world.file("repo/client.properties", "security.protocol=PLAINTEXT\n");
    trusted();
    assert_eq!(world.connection(&[]).unwrap().bootstrap[0].host, "p");
    let class = "org.apache.kafka.common.config.provider.EnvVarConfigProvider";
    let looks_up = format!(
        "config.providers=env\nconfig.providers.env.class={class}\n\
         security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=a\nsasl.password=${{env:SECRET}}\n"
    );
    world.file("repo/client.properties", &looks_up);
    trusted();
    let error = world.connection(&[]).unwrap_err();
    assert!(error.message().contains("which nobody has trusted"), "{error}");
}
