//! Which source wins, and which cluster is meant.

use std::time::Duration;

use super::*;
use crate::model::Principal;

const CONFIG: &str = r#"
current-context = "dev"
timeout = "7s"

[contexts.dev]
bootstrap-servers = "dev:1"
properties = { "security.protocol" = "SASL_SSL", "sasl.mechanism" = "PLAIN", "sasl.username" = "ana", "sasl.password" = "devpw" }

[contexts.prod]
bootstrap-servers = ["p1:1", "p2:2"]
cluster-id = "abc"
read-only = true
protected = true
super-users = ["User:admin", "User:ops"]
allow-everyone-if-no-acl-found = true
[contexts.prod.properties]
security.protocol = "SASL_SSL"
sasl.mechanism = "SCRAM-SHA-512"
sasl.username = "bo"
sasl.password = "prodpw"
ssl.endpoint.identification.algorithm = ""
"#;

/// The connection, or the first line of the error.
fn meant(world: &World, arguments: &[&str]) -> String {
    match world.client(arguments) {
        Ok(config) => summary(&config),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn the_highest_level_that_names_a_cluster_decides() {
    const DEV: &str = "dev:1 TLS PLAIN ana/devpw";
    const PROD: &str = "p1:1 p2:2 TLS anyhost SCRAM-SHA-512 bo/prodpw";
    let none: &[(&str, &str)] = &[];
    let context: &[(&str, &str)] = &[("KWARD_CONTEXT", "prod")];
    let address: &[(&str, &str)] = &[("KWARD_BOOTSTRAP_SERVER", "env:9")];
    let both: &[(&str, &str)] = &[("KWARD_CONTEXT", "prod"), ("KWARD_BOOTSTRAP_SERVER", "env:9")];
    let empty: &[(&str, &str)] = &[("KWARD_CONTEXT", ""), ("KWARD_BOOTSTRAP_SERVER", "")];
    let (with_brokers, without) =
        ("--command-config=brokers.properties", "--command-config=user.properties");
    for (variables, arguments, expected) in [
        (none, &[][..], DEV),
        (empty, &[], DEV),
        (none, &["-c", "prod"], PROD),
        // An address alone takes nothing from a context.
        (none, &["-b", "x:1"], "x:1"),
        (none, &["-X", "bootstrap.servers=x:1"], "x:1"),
        (none, &["-c", "prod", "-b", "x:1"], "x:1 TLS anyhost SCRAM-SHA-512 bo/prodpw"),
        (
            none,
            &["-c", "prod", "-X", "metadata.broker.list=x:1"],
            "x:1 TLS anyhost SCRAM-SHA-512 bo/prodpw",
        ),
        (none, &["-b", "y:1", "-X", "bootstrap.servers=x:1"], "x:1"),
        // The environment is a level of its own.
        (context, &[], PROD),
        (address, &[], "env:9"),
        (both, &[], "env:9 TLS anyhost SCRAM-SHA-512 bo/prodpw"),
        (context, &["-c", "dev"], DEV),
        (address, &["-c", "prod"], PROD),
        (context, &["-b", "x:1"], "x:1"),
        (both, &["-b", "x:1"], "x:1"),
        (both, &["-c", "dev", "-b", "x:1"], "x:1 TLS PLAIN ana/devpw"),
        // A properties file with brokers is a cluster, one without is a user for the context.
        (none, &[with_brokers], "file:3"),
        (none, &[without], "dev:1 TLS PLAIN cem/filepw"),
        (none, &[with_brokers, "-b", "x:1"], "x:1"),
        (none, &[with_brokers, "-c", "prod"], "file:3 TLS anyhost SCRAM-SHA-512 bo/prodpw"),
        (context, &[without], "p1:1 p2:2 TLS anyhost SCRAM-SHA-512 cem/filepw"),
        (address, &[with_brokers], "env:9"),
        // No credentials go where a file says that nobody has chosen.
        (
            context,
            &[with_brokers],
            "two clusters are named: by `KWARD_CONTEXT`, and by the addresses in `--command-config`",
        ),
        (both, &[with_brokers], "env:9 TLS anyhost SCRAM-SHA-512 bo/prodpw"),
        (none, &["-c", "nope"], "no context `nope`, named by `--context`"),
    ] {
        let mut world = World::with_config(CONFIG);
        world.file("brokers.properties", "bootstrap.servers=file:3\n");
        world.file("user.properties", "sasl.username=cem\nsasl.password=filepw\n");
        for (name, value) in variables {
            world = world.variable(name, value);
        }
        assert_eq!(meant(&world, arguments), expected, "{variables:?} {arguments:?}");
    }
}

#[test]
fn controllers_stand_in_the_place_of_brokers() {
    const CONTROLLERS: &str = "\n[contexts.mend]\nbootstrap-controllers = [\"c1:1\", \"c2:2\"]\n";
    let mut world = World::with_config(&format!("{CONFIG}{CONTROLLERS}"));
    world = world.variable("KWARD_BOOTSTRAP_SERVER", "env:9");
    world.file("controllers.properties", "bootstrap.controllers=file:3\n");
    world.file("brokers.properties", "bootstrap.servers=file:4\n");
    let file = "--command-config=controllers.properties";
    for (arguments, addresses, controllers) in [
        (&["-c", "mend"][..], "c1:1 c2:2", true),
        (&["-c", "mend", "-b", "x:1"], "x:1", false),
        (&["--bootstrap-controller", "x:1"], "x:1", true),
        (&["--bootstrap-controller", "x:1", "-X", "bootstrap.servers=y:1"], "y:1", false),
        (&["-b", "x:1", "-X", "bootstrap.controllers=y:1"], "y:1", true),
        // The variable is a level above the file, and below the flags.
        (&[file], "env:9", false),
        (&["-c", "mend", file], "file:3", true),
        (&["--bootstrap-controller", "x:1", "--command-config=brokers.properties"], "x:1", true),
    ] {
        assert_eq!(meant(&world, arguments), addresses, "{arguments:?}");
        assert_eq!(world.client(arguments).unwrap().controllers, controllers, "{arguments:?}");
    }
    let settings = world.settings(&["-c", "prod", "--bootstrap-controller", "x:1"]).unwrap();
    assert!(settings.read_only && settings.names_controllers(), "the guards stay");
    for (arguments, expected) in [
        (
            &["--bootstrap-controller", "x"][..],
            "`bootstrap.controllers` (--bootstrap-controller) is wrong: `x` has no port",
        ),
        (
            &["-X", "bootstrap.controllers=x:1", "-X", "bootstrap.servers=x:1"],
            "`bootstrap.controllers` (-X) and `bootstrap.servers` (-X) name two ways into the cluster",
        ),
    ] {
        assert_eq!(world.client(arguments).unwrap_err().message(), expected);
    }
}

#[test]
fn a_property_beats_the_file_and_the_file_beats_the_context() {
    let world = World::with_config(CONFIG);
    world.file(
        "jaas.properties",
        "sasl.jaas.config=a.ScramLoginModule required username=\"j\" password=\"jpw\";\n\
         sasl.mechanism=SCRAM-SHA-256\n",
    );
    let file = "--command-config=jaas.properties";
    for (arguments, expected) in [
        (&["-c", "prod", file][..], "p1:1 p2:2 TLS anyhost SCRAM-SHA-256 j/jpw"),
        (
            &["-c", "prod", file, "-X", "sasl.username=x"],
            "p1:1 p2:2 TLS anyhost SCRAM-SHA-256 x/jpw",
        ),
        (&["-c", "prod", "-X", "sasl.mechanisms=PLAIN"], "p1:1 p2:2 TLS anyhost PLAIN bo/prodpw"),
        (&["-c", "prod", "-X", "security.protocol=PLAINTEXT"], "p1:1 p2:2"),
        (
            &["-c", "prod", "-X", "ssl.endpoint.identification.algorithm=https"],
            "p1:1 p2:2 TLS SCRAM-SHA-512 bo/prodpw",
        ),
        (
            &["-X", "client.id=a", "-X", "client.id=b", "-X", "sasl.password=a=b"],
            "dev:1 TLS PLAIN ana/a=b",
        ),
    ] {
        assert_eq!(meant(&world, arguments), expected, "{arguments:?}");
    }
    assert_eq!(world.client(&["-X", "client.id=a", "-X", "client.id=b"]).unwrap().client_id, "b");
    assert_eq!(world.client(&[]).unwrap().client_id, "kward");
}

#[test]
fn addresses_do_not_take_the_guards_of_a_context_away() {
    let world = World::with_config(CONFIG);
    for arguments in [&["-c", "prod"][..], &["-c", "prod", "-b", "x:1"]] {
        let settings = world.settings(arguments).unwrap();
        assert_eq!(settings.context.as_deref(), Some("prod"));
        assert!(settings.read_only && settings.protected);
        assert_eq!(settings.cluster_id.as_deref(), Some("abc"));
        assert_eq!(settings.super_users, ["User:admin", "User:ops"].map(Principal::from));
        assert_eq!(settings.allow_everyone_if_no_acl_found, Some(true));
        let client = settings.connection().unwrap().client_config().unwrap();
        assert_eq!(client.cluster_id.as_deref(), Some("abc"));
    }
    let settings = world.settings(&["-b", "x:1"]).unwrap();
    assert_eq!(settings.context, None);
    assert!(!settings.read_only && !settings.protected && settings.super_users.is_empty());
    assert_eq!((settings.cluster_id, settings.allow_everyone_if_no_acl_found), (None, None));
}

#[test]
fn what_is_ignored_is_told() {
    let world = World::with_config(CONFIG).variable("KWARD_CONTEXT", "prod");
    let warnings = world.connection(&["-b", "x:1"]).unwrap().warnings;
    assert_eq!(
        warnings,
        ["`KWARD_CONTEXT` is ignored, because the brokers are given without `--context`"]
    );
    let world = World::with_config(CONFIG).variable("KWARD_BOOTSTRAP_SERVER", "x:1");
    let warnings = world.connection(&["-c", "dev"]).unwrap().warnings;
    assert_eq!(
        warnings,
        ["`KWARD_BOOTSTRAP_SERVER` is ignored, because `--context` names the cluster"]
    );
    assert_eq!(world.connection(&["-c", "dev", "-b", "y:1"]).unwrap().warnings, [""; 0]);
}

#[test]
fn timeouts() {
    let world = World::with_config(CONFIG);
    let timeout = |arguments: &[&str]| world.settings(arguments).unwrap().timeout;
    assert_eq!(timeout(&[]), Duration::from_secs(7));
    assert_eq!(timeout(&["-X", "default.api.timeout.ms=9000"]), Duration::from_secs(9));
    assert_eq!(
        timeout(&["-X", "default.api.timeout.ms=9000", "--timeout=1s"]),
        Duration::from_secs(1)
    );
    assert_eq!(World::new().settings(&[]).unwrap().timeout, Duration::from_secs(30));

    let client =
        world.client(&["-X", "request.timeout.ms=1", "-X", "socket.connection.setup.timeout.ms=2"]);
    let client = client.unwrap();
    assert_eq!(client.request_timeout, Duration::from_millis(1));
    assert_eq!(client.connect_timeout, Duration::from_millis(2));
    let client = world.client(&["-X", "socket.timeout.ms=3"]).unwrap();
    assert_eq!(client.request_timeout, Duration::from_millis(3));
    let client = world.client(&[]).unwrap();
    assert_eq!(client.request_timeout, Duration::from_secs(30));
    assert_eq!(client.connect_timeout, Duration::from_secs(10));
    let client = world.client(&["--timeout=5m"]).unwrap();
    assert_eq!(client.request_timeout, Duration::from_secs(150), "half of what the command has");
    let client = world.client(&["--timeout=5m", "-X", "request.timeout.ms=1000"]).unwrap();
    assert_eq!(client.request_timeout, Duration::from_secs(1));
    for value in ["0", "-1", "5s", "1.5", "99999999999"] {
        let property = format!("request.timeout.ms={value}");
        let error = world.connection(&["-X", &property]).unwrap_err();
        assert_eq!(
            error.message(),
            "`request.timeout.ms` (-X) is no number of milliseconds above 0"
        );
    }
}

#[test]
fn the_config_file_is_found() {
    let config = "[contexts.a]\nbootstrap-servers = \"a:1\"";
    let world = World::new();
    world.file("flag.toml", &config.replace("a:1", "flag:1"));
    world.file("variable.toml", &config.replace("a:1", "variable:1"));
    world.file("xdg/kward/config.toml", &config.replace("a:1", "xdg:1"));
    world.file(".config/kward/config.toml", &config.replace("a:1", "home:1"));
    let xdg = world.path("xdg").to_string_lossy().into_owned();
    let bootstrap = |world: &World, arguments: &[&str]| {
        let arguments = [&["-c", "a"], arguments].concat();
        world.client(&arguments).unwrap().bootstrap[0].host.clone()
    };
    assert_eq!(bootstrap(&world, &[]), "home");
    let world = world.variable("XDG_CONFIG_HOME", &xdg);
    assert_eq!(bootstrap(&world, &[]), "xdg");
    let world = world.variable("KWARD_CONFIG", "variable.toml");
    assert_eq!(bootstrap(&world, &[]), "variable");
    assert_eq!(bootstrap(&world, &["--config", "flag.toml"]), "flag");
    assert_eq!(bootstrap(&world, &["--config", "~/flag.toml"]), "flag");

    let error = world.settings(&["--config", "absent.toml"]).unwrap_err();
    assert!(error.message().ends_with("absent.toml`, named by `--config`"), "{error}");
    let error = world.settings(&["--config", "retention.ms=1"]).unwrap_err();
    assert!(error.hints().iter().any(|hint| hint.contains("`--set KEY=VALUE`")), "{error}");
    let world = World::new().variable("KWARD_CONFIG", "absent.toml");
    let error = world.settings(&[]).unwrap_err();
    assert!(error.message().ends_with("absent.toml`, named by `KWARD_CONFIG`"), "{error}");
}

#[test]
fn nothing_names_a_cluster() {
    let world = World::new();
    // Offline commands have settings all the same.
    let settings = world.settings(&[]).unwrap();
    let error = settings.connection().unwrap_err();
    assert_eq!(error.kind(), crate::error::Kind::Invalid);
    let text = shown(&error);
    for way in [
        "-b HOST:PORT",
        "KWARD_BOOTSTRAP_SERVER",
        "--command-config",
        "-c NAME",
        "there is no config file ",
    ] {
        assert!(text.contains(way), "{way}: {text}");
    }
    let world = World::with_config("[contexts.a]\nread-only = true\n[contexts.b]\n");
    let text = shown(&world.connection(&[]).unwrap_err());
    assert!(text.contains("config.toml: `a`, `b`"), "{text}");
    let error = world.connection(&["-c", "a"]).unwrap_err();
    assert_eq!(error.message(), "the context `a` names no brokers");

    // The typing mistake that is why.
    world.file("client.properties", "bootstrap.server=a:1");
    let text = shown(&world.connection(&["--command-config", "client.properties"]).unwrap_err());
    assert!(
        text.contains(
            "`bootstrap.server` (client.properties:1); did you mean `bootstrap.servers`?"
        ),
        "{text}"
    );
}

#[test]
fn a_context_that_is_not_there() {
    let world = World::with_config(CONFIG);
    let text = shown(&world.settings(&["-c", "prd"]).unwrap_err());
    assert!(
        text.starts_with("no context `prd`, named by `--context`\ndid you mean `prod`?\n"),
        "{text}"
    );
    assert!(text.ends_with("config.toml: `dev`, `prod`"), "{text}");
    let world = World::with_config("current-context = \"gone\"");
    let error = world.settings(&[]).unwrap_err();
    let place = world.path(".config/kward/config.toml");
    let said = format!("no context `gone`, named by `current-context` ({}:1)", place.display());
    assert_eq!(error.message(), said);
}

#[test]
fn folders_for_state_and_cache() {
    let world = World::new();
    let settings = world.settings(&[]).unwrap();
    assert_eq!(settings.state_dir, Some(world.path(".local/state/kward")));
    assert_eq!(settings.cache_dir, Some(world.path(".cache/kward")));
    assert_eq!(settings.config_file, world.path(".config/kward/config.toml"));
}
