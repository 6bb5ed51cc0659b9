//! `kward user` against real Kafka: who was created can log in, who was deleted cannot.

use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

#[track_caller]
fn user(sandbox: &Sandbox, broker: &Broker, arguments: &[&str]) -> Run {
    let arguments = ["user"].iter().chain(arguments);
    Run::of(&mut sandbox.kward_on(broker, "admin", arguments))
}

/// The statuses of the items, in order.
#[track_caller]
fn statuses(document: &Value) -> Vec<&str> {
    let items = document["items"].as_array().expect("items");
    items.iter().map(|item| item["status"].as_str().expect("a status")).collect()
}

/// Whether Kafka's own client gets in by this password.
fn logs_in(broker: &Broker, name: &str, mechanism: &str, password: &str) -> bool {
    let client = broker.client_of(name, mechanism, password);
    let output = broker.tool(&client, "topics", &["--list"], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() || said.contains("Authentication failed"),
        "it failed for another reason: {said}"
    );
    output.status.success()
}

/// Waits until they get in by this password, or no longer: a broker lets in by a credential a moment after it
/// shows it.
fn logs_in_once(broker: &Broker, (name, mechanism, password): (&str, &str, &str), well: bool) {
    let what = if well { "it lets the user in" } else { "it lets the user in no longer" };
    eventually(what, || logs_in(broker, name, mechanism, password) == well);
}

#[test]
fn a_created_user_logs_in_and_a_deleted_one_does_not() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let name = unique("user");
        sandbox.write("password", "grüne Äpfel\n");
        let create = [
            "create",
            &name,
            "--mechanism",
            "scram-sha-256,SCRAM-SHA-512",
            "--password-file",
            "password",
            "-o",
            "json",
        ];
        let document = user(&sandbox, broker, &create).ends(0).json();
        assert_eq!(statuses(&document), ["created", "created"]);
        assert!(!document.to_string().contains("Äpfel"));
        for mechanism in ["scram256", "scram512"] {
            logs_in_once(broker, (&name, mechanism, "grüne Äpfel"), true);
        }
        assert!(!logs_in(broker, &name, "scram512", "grüne apfel"));

        // What Kafka's own tool says of it.
        let entity = ["--describe", "--entity-type", "users", "--entity-name", &name];
        let told = broker.admin("configs", &entity);
        for mechanism in ["SCRAM-SHA-256=iterations=8192", "SCRAM-SHA-512=iterations=8192"] {
            assert!(told.contains(mechanism), "{told}");
        }
        let listed = user(&sandbox, broker, &["list", &name, "-o", "json"]).ends(0).json();
        let iterations = |at: usize| &listed["items"][0]["credentials"][at]["iterations"];
        assert_eq!((iterations(0), iterations(1)), (&8192.into(), &8192.into()));

        let delete = ["delete", &name, "--mechanism", "scram-sha-256"];
        user(&sandbox, broker, &delete).ends(4).says("`--yes`").says("SCRAM-SHA-256");
        let dry = user(&sandbox, broker, &[&delete[..], &["--dry-run", "-o", "json"]].concat());
        assert_eq!(statuses(&dry.ends(0).json()), ["planned"]);
        user(&sandbox, broker, &["list", &name]).ends(0).prints("SCRAM-SHA-256");
        user(&sandbox, broker, &[&delete[..], &["-y"]].concat()).ends(0).prints("1 deleted");
        assert!(logs_in(broker, &name, "scram512", "grüne Äpfel"));
        user(&sandbox, broker, &["delete", &name, "-y"]).ends(0).prints("1 deleted");
        logs_in_once(broker, (&name, "scram512", "grüne Äpfel"), false);
        user(&sandbox, broker, &["delete", &name, "-y"]).ends(0).prints("1 not there");
        user(&sandbox, broker, &["delete", &name, "-y", "--must-exist"]).ends(1).says(&name);
        let both = ["delete", &name, "nobody-here", "-y", "--must-exist"];
        user(&sandbox, broker, &both).ends(1).says(&name).says("have no such credential");
        user(&sandbox, broker, &["list", &name]).ends(1).says("has no SCRAM credential");
    });
}

#[test]
fn passwords_are_made_for_several_users_and_shown_once() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let (one, two) = (unique("made"), unique("made"));
    let create = ["create", &one, &two, "--generate"];
    user(&sandbox, &broker, &[&create[..], &["-o", "name"]].concat())
        .ends(2)
        .says("would not be in the output");
    let dry = user(&sandbox, &broker, &[&create[..], &["--dry-run", "-o", "json"]].concat());
    let dry = dry.ends(0).json();
    assert_eq!(statuses(&dry), ["planned", "planned"]);
    assert!(dry["items"][0]["password"].is_null());
    user(&sandbox, &broker, &["list", &one]).ends(1);

    let log = sandbox.path().join("requests.log");
    let log_file = ["-o", "json", "--log-file", log.to_str().unwrap()];
    let run = user(&sandbox, &broker, &[&create[..], &log_file].concat()).ends(0);
    let document = run.json();
    let password =
        |at: usize| document["items"][at]["password"].as_str().expect("a password").to_owned();
    assert_ne!(password(0), password(1));
    for secret in [password(0), password(1)] {
        assert_eq!(run.out.matches(&secret).count(), 1);
        assert!(!run.err.contains(&secret));
        assert!(!sandbox.read("requests.log").contains(&secret));
    }
    logs_in_once(&broker, (&one, "scram512", &password(0)), true);
    assert!(!logs_in(&broker, &two, "scram512", &password(0)));

    // What exists is left, or replaced when somebody says so.
    let again = user(&sandbox, &broker, &[&create[..], &["--if-not-exists"]].concat());
    again.ends(0).prints("2 existed already");
    user(&sandbox, &broker, &create).ends(4).says("~ ").says("`--yes`");
    assert!(logs_in(&broker, &one, "scram512", &password(0)));
    let replaced = user(&sandbox, &broker, &["create", &one, "--generate", "-y", "-o", "json"]);
    let replaced = replaced.ends(0).json();
    assert_eq!(statuses(&replaced), ["altered"]);
    let new = replaced["items"][0]["password"].as_str().expect("a password");
    logs_in_once(&broker, (&one, "scram512", &password(0)), false);
    assert!(logs_in(&broker, &one, "scram512", new));
    user(&sandbox, &broker, &["delete", &one, &two, "-y"]).ends(0).prints("2 deleted");
}

/// Nobody else knows them: what cannot be printed is not stored, or is told to be lost.
#[test]
fn a_password_that_was_made_is_not_lost_in_silence() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let create = |out: Stdio, name: &str| {
        let mut command = sandbox.process(["user", "create", name, "--generate"]);
        command.args(["-b", &broker.bootstrap_of("admin"), "--command-config"]);
        command.arg(broker.client("admin")).stdin(Stdio::null()).stdout(out);
        let child = command.stderr(Stdio::piped()).spawn().expect("kward runs");
        Run::from_output(format!("{command:?}"), child.wait_with_output().expect("it ends"))
    };
    let open = |path: &str| OpenOptions::new().write(true).open(path).expect("a device");

    let name = unique("lost");
    create(open("/dev/null").into(), &name).ends(2).says("nobody would see the generated password");
    user(&sandbox, &broker, &["list", &name]).ends(1);

    let lost = format!("the generated password of `{name}` is stored and lost");
    create(open("/dev/full").into(), &name).ends(1).says("No space left on device").says(&lost);
    user(&sandbox, &broker, &["list", &name]).ends(0);

    let name = unique("lost");
    let lost = format!("the generated password of `{name}` is stored and lost");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    create(writer.into(), &name).ends(0).says(&lost);
}

#[test]
fn where_a_password_may_come_from() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let name = unique("from");
    user(&sandbox, &broker, &["create", &name])
        .ends(4)
        .says("no terminal to ask for the password")
        .says("`--password-file`");
    let absent = ["create", &name, "--password-env", "ABSENT"];
    user(&sandbox, &broker, &absent).ends(2).says("`ABSENT`, named by `--password-env`");
    let absent = ["create", &name, "--password-file", "absent"];
    user(&sandbox, &broker, &absent).ends(2).says("named by `--password-file`");
    sandbox.write("empty", "\n");
    user(&sandbox, &broker, &["create", &name, "--password-file", "empty"])
        .ends(2)
        .says("is empty");
    sandbox.write("password", "secret");
    let exposed = ["create", &name, "--password-file", "password", "--dry-run"];
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(sandbox.path().join("password"), mode(0o644)).unwrap();
    user(&sandbox, &broker, &exposed).ends(0).says("others can read it (mode 644)");
    std::fs::set_permissions(sandbox.path().join("password"), mode(0o600)).unwrap();
    let private = user(&sandbox, &broker, &exposed).ends(0);
    assert!(!private.err.contains("others can read it"), "{private}");
    let empty = sandbox.kward_on(
        &broker,
        "admin-plain",
        ["user", "create", &name, "--password-env", "NONE"],
    );
    let mut empty = empty;
    Run::of(empty.env("NONE", "")).ends(2).says("is empty");
    let two = ["create", &name, "other", "--password-file", "password"];
    user(&sandbox, &broker, &two).ends(2).says("would have the same password");
    for (verb, more) in [("create", &["--generate"][..]), ("delete", &["-y"]), ("list", &[])] {
        let words = [&[verb, "User:x"], more].concat();
        user(&sandbox, &broker, &words).ends(2).says("is called `x`");
    }
    sandbox.write("lines", "one\ntwo\n");
    let lines = ["create", "x", "--password-file", "lines"];
    user(&sandbox, &broker, &lines).ends(2).says("the password has more than one line");
    let few = ["create", &name, "--generate", "--iterations", "4095"];
    user(&sandbox, &broker, &few).ends(2).says("4095");
    user(&sandbox, &broker, &["list", &name]).ends(1);

    let arguments =
        ["user", "create", &name, "--password-env", "ANA", "--mechanism", "scram-sha-256"];
    let mut command = sandbox.kward_on(&broker, "admin", arguments);
    Run::of(command.env("ANA", "from the environment")).ends(0).prints("1 created");
    logs_in_once(&broker, (&name, "scram256", "from the environment"), true);
    assert!(!logs_in(&broker, &name, "scram512", "from the environment"));
    user(&sandbox, &broker, &["delete", &name, "-y"]).ends(0);
}

#[test]
fn who_may_not_is_told_what_is_missing() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let as_alice =
        |arguments: &[&str]| Run::of(&mut sandbox.kward_on(&broker, "alice-scram512", arguments));
    as_alice(&["user", "list"])
        .ends(1)
        .says("not authorized to list users")
        .says("--operation describe --cluster");
    as_alice(&["user", "create", "x", "--generate"]).ends(1).says("not authorized");

    // Who may look and not write is told so by the dry run.
    let name = unique("looker");
    let client = broker.create_user(&name);
    let principal = format!("User:{name}");
    let grant = ["acl", "create", "--allow-principal", &principal, "--operation", "describe"];
    let mut grant = sandbox.kward_on(&broker, "admin", [&grant[..], &["--cluster"]].concat());
    Run::of(&mut grant).ends(0);
    broker.everywhere(&client, "it may look", &["user", "list"], |run| run.status == 0);
    for words in [["create", "x", "--generate"], ["delete", &name, "-y"]] {
        let words = [&["user"], &words[..], &["--dry-run"]].concat();
        let run = Run::of(&mut sandbox.kward_on(&broker, &client, words)).ends(1);
        run.prints("planned").says("not authorized to").says("--operation alter --cluster");
    }
}

#[test]
fn a_read_only_context_writes_nothing() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let name = unique("readonly");
    let properties = broker.client("admin");
    let text = format!(
        "[contexts.prod]\nbootstrap-servers = \"{}\"\ncommand-config = \"{}\"\nread-only = true\n",
        broker.bootstrap_of("admin"),
        properties.display(),
    );
    sandbox.write(".config/kward/config.toml", &text);
    let run = |arguments: &[&str]| Run::of(&mut sandbox.kward(arguments));
    run(&["user", "-c", "prod", "create", &name, "--generate"]).ends(4).says("is read-only");
    run(&["user", "-c", "prod", "delete", &name, "-y"]).ends(4).says("is read-only");
    run(&["user", "-c", "prod", "delete", &name, "--dry-run"]).ends(0).prints("not there");
}
