//! `kward context` from outside: what it writes, and what `check` says about connections.

use std::process::Stdio;

use kafka_protocol::messages::ApiKey;
use serde_json::Value;

use crate::support::broker::on_each_version;
use crate::support::listening::nobody;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Scripted};
use crate::support::terminal::Terminal;

#[track_caller]
fn context(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    Run::of(&mut sandbox.kward(["context"].iter().chain(arguments)))
}

/// `step status`, one a line.
fn steps(run: &Run) -> Vec<String> {
    let document = run.json();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let items = document["items"].as_array().expect("items");
    items.iter().map(|item| format!("{} {}", text(item, "step"), text(item, "status"))).collect()
}

#[test]
fn contexts_are_added_used_shown_and_removed() {
    let sandbox = Sandbox::new();
    context(&sandbox, &["list"]).ends(0).says("no contexts");
    context(&sandbox, &["add", "dev", "-b", "localhost:9092", "--use"]).ends(0);
    let secret = ["--password-command", "echo hunter2"];
    let add = ["add", "prod", "-b", "broker1:9093", "--user", "ana", "--protected"];
    context(&sandbox, &[&add[..], &secret].concat()).ends(0).prints("added `prod`");
    context(&sandbox, &["add", "dev", "-b", "x:1"]).ends(2).says("a context `dev` already");

    let listed = context(&sandbox, &["list", "-o", "name"]).ends(0);
    assert_eq!(listed.out, "dev\nprod\n");
    let listed = context(&sandbox, &["list"]).ends(0);
    assert!(listed.out.contains("SASL_SSL") && listed.out.contains("protected"), "{listed}");
    let shown = context(&sandbox, &["show", "prod"]).ends(0).prints("(from a command)");
    assert!(!shown.out.contains("hunter2"), "{shown}");

    let document = context(&sandbox, &["list", "-o", "json"]).ends(0).json();
    assert_eq!(document["items"][1]["user"], "ana", "{document}");
    let document = context(&sandbox, &["show", "prod", "-o", "json"]).ends(0).json();
    assert!(!document.to_string().contains("hunter2"), "{document}");

    context(&sandbox, &["use", "pord"]).ends(2).says("did you mean `prod`?");
    let document = context(&sandbox, &["use", "prod", "-o", "json"]).ends(0).json();
    assert_eq!(document["currentContext"], "prod", "{document}");
    context(&sandbox, &["show"]).ends(0).prints("prod  current");
    // What would change is told, and nothing does.
    let before = sandbox.read(".config/kward/config.toml");
    for (words, told) in [
        (&["use", "dev"][..], "`dev` would be the current context"),
        (&["use", "prod"], "`prod` is the current context already"),
        (&["remove", "prod"], "would remove `prod` from "),
    ] {
        let run = context(&sandbox, &[words, &["--dry-run"]].concat()).ends(0).prints(told);
        assert!(!run.out.contains("`prod` is the current context now"), "{run}");
    }
    let document = context(&sandbox, &["use", "dev", "--dry-run", "-o", "json"]).ends(0).json();
    assert_eq!((&document["changed"], &document["dryRun"]), (&false.into(), &true.into()));
    assert_eq!(document["currentContext"], "dev");
    context(&sandbox, &["remove", "pord", "--dry-run"]).ends(2).says("did you mean `prod`?");
    assert_eq!(sandbox.read(".config/kward/config.toml"), before);
    context(&sandbox, &["remove", "prod"]).ends(4).says("`--yes`");
    context(&sandbox, &["remove", "prod", "--yes"]).ends(0).prints("no context is the current one");
    context(&sandbox, &["show"]).ends(2).says("no context is in use");
}

#[test]
fn a_dry_run_shows_what_would_be_written_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let add = ["add", "prod", "-b", "broker1:9093", "--user", "ana", "--protected", "--use"];
    let more = ["--password-command", "echo hunter2", "-X", "some.password=hunter2", "--dry-run"];
    let run = context(&sandbox, &[&add[..], &more].concat()).ends(0);
    let run = run
        .prints("would add `prod` to ")
        .prints("  current-context = \"prod\"\n\n  [contexts.prod]\n")
        .prints("  [contexts.prod]\n  bootstrap-servers = \"broker1:9093\"\n  protected = true\n")
        .prints("  password-command = \"(not shown)\"")
        .prints("  sasl.username = \"ana\"")
        .prints("  some.password = \"(not shown)\"");
    assert!(!run.out.contains("hunter2"), "{run}");
    let run = context(&sandbox, &[&add[..], &more, &["-o", "json"]].concat()).ends(0);
    let document = run.json();
    assert_eq!((&document["dryRun"], &document["changed"]), (&true.into(), &false.into()));
    assert!(document["table"].as_str().expect("TOML").contains("[contexts.prod]"), "{document}");
    assert!(!run.out.contains("hunter2"), "{run}");

    // Of another tool's file the password stays where it is.
    sandbox.write(
        "kafkactl.yml",
        "contexts:\n  live:\n    brokers: ['a:1']\n    sasl: { enabled: true, username: ana, password: hunter2 }\n",
    );
    let import =
        ["add", "--from-kafkactl", "kafkactl.yml", "--profile", "live", "--pin", "--dry-run"];
    let run = context(&sandbox, &import).ends(0);
    let run =
        run.says("its password would be kept in `").says("the cluster was not asked for its id");
    let run = run.prints("password-file = ");
    assert!(!(run.out.clone() + &run.err).contains("hunter2"), "{run}");

    let mistake =
        ["add", "x", "-b", "a:1", "-X", "sasl.mechanism=NONE", "--user", "a", "--dry-run"];
    context(&sandbox, &mistake).ends(2).says("no mechanism `NONE` is supported");
    assert!(!sandbox.path().join(".config").exists(), "not even a folder");
}

#[test]
fn whatever_goes_before_the_config_file_is_told() {
    let sandbox = Sandbox::new();
    context(&sandbox, &["add", "", "-b", "a:1"]).ends(2).says("a value is required");
    context(&sandbox, &["add", "a", "-b", "a:1"]).ends(0);
    context(&sandbox, &["add", "b", "-b", "b:1"]).ends(0);
    let overruled = "goes before the config file and names another cluster";
    let mut with_variable = sandbox.kward(["context", "use", "a"]);
    Run::of(with_variable.env("KWARD_CONTEXT", "b"))
        .ends(0)
        .says("`KWARD_CONTEXT`")
        .says(overruled);
    let well = context(&sandbox, &["use", "a"]).ends(0);
    assert!(!well.err.contains(overruled), "{well}");

    // A project file that is not trusted may name a context, and define none.
    let project = "current-context = \"c\"\n[contexts.c]\nbootstrap-servers = \"c:1\"\n";
    sandbox.write(".kward.toml", project);
    let trust = "`kward context trust";
    Run::of(&mut sandbox.kward(["topic", "list"])).ends(2).says("no context `c`").says(trust);
    context(&sandbox, &["list"]).ends(0).says(trust);
    context(&sandbox, &["show", "c"]).ends(2).says(trust);
    context(&sandbox, &["use", "a"]).ends(0).says(".kward.toml").says(overruled);
    let mut with_properties = sandbox.kward(["topic", "list", "-b", "a:1"]);
    with_properties.args(["-X", "security.protocol=SASL_SSL", "-X", "sasl.username=ana"]);
    Run::of(with_properties.args(["-X", "sasl.pasword=x"]))
        .ends(2)
        .says("did you mean `sasl.password`?");
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let sandbox = Sandbox::new();
    context(&sandbox, &["add"]).ends(2).says("needs a name");
    context(&sandbox, &["add", "dev"]).ends(2).says("needs brokers");
    let password = ["add", "dev", "-b", "x:1", "-X", "sasl.password=hunter2"];
    let refused = context(&sandbox, &password).ends(2).says("is a secret, and is not written");
    assert!(!refused.err.contains("hunter2"), "{refused}");
    assert!(!sandbox.path().join(".config/kward/config.toml").exists());
}

#[test]
fn a_terminal_is_asked_until_the_answer_can_be_right() {
    let sandbox = Sandbox::new();
    let on = |arguments: &[&str]| {
        Terminal::start(&sandbox.process(["context", "add"].iter().chain(arguments)), None)
    };
    let answer = |terminal: &mut Terminal, at: &mut usize, answers: &[(&str, &str)]| {
        for (question, answer) in answers {
            *at = terminal.wait_for(question, *at);
            terminal.keys(&format!("{answer}\r"));
        }
    };
    let (mut terminal, mut at) = (on(&["mine"]), 0);
    let questions = [("Brokers to begin with", "127.0.0.1:xx"), ("addresses are `HOST:PORT`", "")];
    answer(&mut terminal, &mut at, &questions[..1]);
    at = terminal.wait_for(questions[1].0, at);
    let questions = [
        ("Brokers to begin with", "127.0.0.1:9093"),
        ("speak TLS?", "y"),
        ("the CA to trust", ""),
        ("that this client shows", "me.pem"),
        ("its private key", "me.key"),
        ("User", "ana"),
        ("Mechanism", "SCRAMM"),
        ("Mechanism", "plain"),
        ("password come from", "hunter2"),
        ("password come from", "env:ANA"),
        ("Connect now", "n"),
    ];
    answer(&mut terminal, &mut at, &questions);
    let (status, shown) = terminal.ended();
    assert_eq!(status, 0, "{shown}");
    let written = sandbox.read(".config/kward/config.toml");
    for part in
        ["127.0.0.1:9093", "SASL_SSL", "me.pem", "me.key", "PLAIN", "password-env = \"ANA\""]
    {
        assert!(written.contains(part), "{part}: {written}");
    }
    assert!(!written.contains("hunter2"), "{written}");

    // A user without a place of the password is asked for it, and for nothing else.
    let (mut terminal, mut at) = (on(&["other", "-b", "127.0.0.1:9093", "--user", "ana"]), 0);
    answer(&mut terminal, &mut at, &[("password come from", "")]);
    let (status, shown) = terminal.ended();
    assert_eq!(status, 0, "{shown}");
    assert!(!shown.contains("TLS?"), "{shown}");
}

#[test]
fn a_typing_mistake_in_a_clients_properties_is_told() {
    let sandbox = Sandbox::new();
    sandbox
        .write("typo.properties", "bootstrap.servers=x:1\nsecurity.protocl=SASL_SSL\nfoo.bar=1\n");
    let add = ["add", "typo", "--from-properties", "typo.properties"];
    context(&sandbox, &add)
        .ends(0)
        .says("unknown client property `security.protocl` (typo.properties:2); did you mean `security.protocol`?")
        .says("kward has no such setting: foo.bar");
    context(&sandbox, &["add", "x\ny", "-b", "x:1"]).ends(2).says("is no name of a context");
    // Nothing of the file would be in the context.
    context(&sandbox, &["add", "new", "-b", "x:1", "--command-config", "typo.properties"])
        .ends(2)
        .says("`--from-properties typo.properties` takes the file over");
}

/// What is wrong is told where it was said, and before anybody is asked for more.
#[test]
fn mistakes_are_told_where_they_were_made() {
    let sandbox = Sandbox::new();
    context(&sandbox, &["add", "prod", "-b", "127.0.0.1:9"]).ends(0);
    // No brokers are asked for, as the name is taken.
    context(&sandbox, &["add", "prod"]).ends(2).says("there is a context `prod` already");
    context(&sandbox, &["add", "new", "-b", "x:99999"])
        .ends(2)
        .says("`bootstrap.servers` (the new context) is wrong");
    context(&sandbox, &["add", "new", "-b", "x:1", "-X", "foo=bar"])
        .ends(0)
        .says("unknown client property `foo` (the new context)");
    context(&sandbox, &["show", "prod", "-X", "foo=bar"]).ends(0);
    context(&sandbox, &["check", "plan"]).ends(2).says("no context `plan`, named by the argument");
    // The flags beside a name count.
    let check = ["check", "prod", "-o", "json", "-X", "security.protocol=NONSENSE"];
    context(&sandbox, &check).ends(1).prints("`security.protocol` (-X)");
    let elsewhere = ["check", "prod", "-b", "127.0.0.1:8", "--timeout", "2s"];
    context(&sandbox, &elsewhere).ends(1).prints("127.0.0.1:8");
    sandbox.write(".config/kward/config.toml", "current-context = 'gone'\n");
    context(&sandbox, &["show"]).ends(2).says("no context `gone`, named by `current-context` (");
}

#[test]
fn what_check_does_not_try_is_skipped_and_a_secret_that_is_missing_has_a_fix() {
    let sandbox = Sandbox::new();
    let add = ["add", "lost", "-b", "127.0.0.1:9", "--user", "ana", "--password-env", "KWARD_NONE"];
    context(&sandbox, &add).ends(0);
    let run = context(&sandbox, &["check", "lost", "-o", "json"]).ends(1);
    let expected = [
        "settings ok",
        "secrets failed",
        "name skipped",
        "tcp skipped",
        "tls skipped",
        "protocol skipped",
        "sasl skipped",
        "cluster skipped",
        "brokers skipped",
        "authorizer skipped",
        "permissions skipped",
    ];
    assert_eq!(steps(&run), expected, "{run}");
    assert_ne!(run.json()["items"][1]["fix"], serde_json::json!([]), "{run}");
    context(&sandbox, &["check", "lost", "-o", "name"])
        .ends(1)
        .says("`-o name` prints nothing here");
}

#[test]
fn a_silent_server_is_waited_for_as_long_as_there_is_time() {
    let sandbox = Sandbox::new();
    let silent = Scripted::start(|_| Reply::Silence);
    let address = silent.address.to_string();
    context(&sandbox, &["add", "silent", "-b", &address]).ends(0);
    let run = context(&sandbox, &["check", "silent", "--timeout", "5s"]).ends(1);
    let late = |seconds: &&str| run.out.contains(&format!("timed out after {seconds}"));
    assert!(["3", "4", "5"].iter().any(late), "all of it but what looking took: {run}");
}

#[test]
fn a_clients_properties_become_a_context() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let file = broker.client("alice-scram512");
        let file = file.to_str().expect("a path");
        let add = ["add", "alice", "--from-properties", file, "--pin", "--use"];
        context(&sandbox, &add).ends(0).says("the context names the file");
        let written = sandbox.read(".config/kward/config.toml");
        assert!(written.contains("cluster-id = ") && !written.contains("secret"), "{written}");
        let run = context(&sandbox, &["check", "alice", "-o", "json"]).ends(0);
        let expected = ["tcp ok", "protocol ok", "sasl ok", "cluster ok", "brokers ok"];
        assert_eq!(&steps(&run)[2..7], expected, "{run}");
        assert!(run.out.contains("as pinned"), "{run}");
        // She may not read ACLs, and is told who could let her.
        assert!(run.out.contains("kward acl create --allow-principal User:alice"), "{run}");
    });
}

#[test]
fn check_says_where_a_connection_breaks() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let check = |client: &str, more: &[&str]| {
            let mut command = sandbox.kward_on(broker, client, ["context", "check", "-o", "json"]);
            Run::of(command.args(more))
        };
        let run = check("admin-scram512-tls", &[]).ends(0);
        let all = ["tcp", "protocol", "sasl", "cluster", "brokers", "authorizer"];
        for step in all {
            assert!(steps(&run).contains(&format!("{step} ok")), "{step}: {run}");
        }
        // Certificates of tests are short-lived, which is worth a word.
        assert!(steps(&run).iter().any(|step| step == "tls ok" || step == "tls warning"), "{run}");
        assert!(run.out.contains("TLS 1.3") && run.out.contains("valid until"), "{run}");

        let run = check("alice-scram512-tls", &["-X", "ssl.truststore.location="]).ends(1);
        assert!(steps(&run).contains(&"tls failed".to_owned()), "{run}");
        assert!(steps(&run).contains(&"sasl skipped".to_owned()), "{run}");

        let run = check("alice-scram512", &["-X", "sasl.password=wrong"]).ends(1);
        assert!(steps(&run).contains(&"protocol ok".to_owned()), "{run}");
        assert!(steps(&run).contains(&"sasl failed".to_owned()), "{run}");
        assert!(run.out.contains("check the user and the password"), "{run}");
    });
}

#[test]
fn check_says_what_is_no_broker() {
    let sandbox = Sandbox::new();
    let check = |address: &str| {
        let arguments = ["check", "-b", address, "--timeout", "5s", "-o", "json"];
        context(&sandbox, &arguments)
    };
    let address = nobody().to_string();
    let run = check(&address).ends(1);
    assert!(steps(&run).contains(&"tcp failed".to_owned()), "{run}");
    assert!(steps(&run).contains(&"permissions skipped".to_owned()), "{run}");

    let run = check("no-such-host.invalid:9092").ends(1);
    assert!(steps(&run).contains(&"name failed".to_owned()), "{run}");

    let hangs_up = Scripted::start_raw(None, |_| Reply::Close);
    let run = check(&hangs_up.address.to_string()).ends(1);
    assert!(steps(&run).contains(&"protocol failed".to_owned()), "{run}");
    assert!(hangs_up.count(ApiKey::ApiVersions) > 0);

    let run = context(&sandbox, &["check", "nowhere"]).ends(2);
    assert!(run.err.contains("no context `nowhere`"), "{run}");
    let run = context(&sandbox, &["check"]).ends(1);
    assert!(run.out.contains("failed   settings"), "{run}");
}

#[test]
fn a_project_file_counts_as_far_as_it_is_trusted() {
    let sandbox = Sandbox::new();
    context(&sandbox, &["add", "dev", "-b", "localhost:9092", "--use"]).ends(0);
    std::fs::create_dir(sandbox.path().join(".git")).expect("a repository");
    sandbox.write(".kward.toml", "[contexts.ours]\nbootstrap-servers = \"ours:1\"\n");
    let listed = context(&sandbox, &["list", "-o", "name"]).ends(0);
    assert_eq!(listed.out, "dev\n");
    let run = Run::of(&mut sandbox.kward(["acl", "list", "--timeout", "1ms"]));
    run.ends(1).says("kward context trust");
    context(&sandbox, &["trust", ".", "--dry-run"]).ends(0).prints("would trust ").prints("`ours`");
    assert_eq!(context(&sandbox, &["list", "-o", "name"]).ends(0).out, "dev\n");
    context(&sandbox, &["trust", "."]).ends(0).prints("with `ours`");
    assert_eq!(context(&sandbox, &["list", "-o", "name"]).ends(0).out, "dev\nours\n");
    context(&sandbox, &["trust", "--remove", ".kward.toml"]).ends(0).prints("trusted no longer");
    assert_eq!(context(&sandbox, &["list", "-o", "name"]).ends(0).out, "dev\n");
}

#[test]
fn other_tools_configs_become_contexts_that_connect() {
    use std::os::unix::fs::PermissionsExt as _;
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let (servers, ca) =
            (broker.bootstrap_of("alice-scram512-tls"), broker.certificate("ca.pem"));
        let ca = ca.display();
        let kcl = format!(
            "current_profile = 'stage'\n[profiles.stage]\nseed_brokers = ['{servers}']\n\
             [profiles.stage.tls]\nca_cert_path = '{ca}'\n[profiles.stage.sasl]\n\
             method = 'scram-sha-512'\nuser = 'alice'\npass = 'alice-secret'\n"
        );
        let kafkactl = format!(
            "contexts:\n  team/live:\n    brokers: ['{servers}']\n    tls: {{ enabled: true, ca: '{ca}' }}\n    \
             sasl: {{ enabled: true, mechanism: scram-sha512, username: alice, password: alice-secret }}\n"
        );
        let rpk = format!(
            "current_profile: panda\nprofiles:\n  - name: panda\n    kafka_api:\n      brokers: ['{servers}']\n      \
             tls: {{ ca_file: '{ca}' }}\n      \
             sasl: {{ mechanism: SCRAM-SHA-512, user: alice, password: alice-secret }}\n"
        );
        for (flag, text, name, file) in [
            ("--from-kcl", kcl, "stage", "stage"),
            ("--from-kafkactl", kafkactl, "team/live", "team_live"),
            ("--from-rpk", rpk, "panda", "panda"),
        ] {
            let config = sandbox.write("tool.config", &text);
            let add = ["add", flag, config.to_str().expect("a path"), "--pin"];
            let run = context(&sandbox, &add).ends(0).says("which only you can read");
            let run = run.says("others can read it").prints(&format!("added `{name}`"));
            let written = sandbox.read(".config/kward/config.toml");
            for text in [&run.out, &run.err, &written] {
                assert!(!text.contains("alice-secret"), "{text}");
            }
            let password = sandbox.path().join(".config/kward/passwords").join(file);
            let mode = std::fs::metadata(&password).expect("the password").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let run = context(&sandbox, &["check", name, "-o", "json"]).ends(0);
            assert!(steps(&run).contains(&"sasl ok".to_owned()), "{run}");
            context(&sandbox, &["remove", name, "--yes"]).ends(0);
            assert!(!password.exists(), "the password outlived its context");
        }
    });
}

/// Who asks no cluster needs no credentials; who fails to ask one finds the failure in the log.
#[test]
fn what_asks_no_cluster_needs_no_credentials() {
    let sandbox = Sandbox::new();
    let config = "[contexts.ci]\nbootstrap-servers = '127.0.0.1:9'\ncommand-config = 'absent.properties'\nsuper-users = ['User:root']\n";
    sandbox.write(".config/kward/config.toml", config);
    sandbox.write("a.yaml", "version: 1\nrules:\n  - principal: User:a\n    produce: t\n");
    let can = ["acl", "can", "User:root", "read", "topic:x", "-f", "a.yaml", "-c", "ci"];
    Run::of(&mut sandbox.kward(can)).ends(0).prints("super user");
    let list = ["acl", "list", "-c", "ci", "--log-file", "log"];
    Run::of(&mut sandbox.kward(list)).ends(2).says("absent.properties");
    assert!(sandbox.read("log").contains("failed: cannot read"), "{}", sandbox.read("log"));
}

/// Nobody's change is lost.
#[test]
fn contexts_may_be_added_at_the_same_time() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..12).map(|number| format!("c{number}")).collect();
    let runs: Vec<_> = names
        .iter()
        .map(|name| {
            let mut command = sandbox.process(["context", "add", name, "-b", "x:1"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts")
        })
        .collect();
    for mut run in runs {
        assert!(run.wait().expect("it ends").success());
    }
    let listed = context(&sandbox, &["list", "-o", "name"]).ends(0).out;
    let mut expected = names;
    expected.sort();
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
}

/// What is typed goes before what a file says, and a default before neither.
#[test]
fn flags_go_before_an_imported_file() {
    let sandbox = Sandbox::new();
    let file = "bootstrap.servers=a:1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanisms=PLAIN\n\
                sasl.username=admin\nproxy.url=socks5://p:1\n";
    sandbox.write("d.properties", file);
    let add = |name, more: &[&str]| {
        let add = ["add", name, "--from-properties", "d.properties", "--password-env", "PW"];
        context(&sandbox, &[&add[..], more].concat()).ends(0);
        context(&sandbox, &["show", name]).ends(0).out
    };
    let shown = add("kept", &[]);
    assert!(shown.contains("admin") && shown.contains("PLAIN"), "{shown}");
    let shown = add("user", &["--user", "alice", "--proxy", "socks5://q:1"]);
    assert!(shown.contains("alice") && !shown.contains("admin"), "{shown}");
    assert!(shown.contains("PLAIN") && !shown.contains("SCRAM"), "{shown}");
    assert!(shown.contains("q:1") && !shown.contains("p:1"), "{shown}");
    let shown = add("mechanism", &["--mechanism", "SCRAM-SHA-256", "--protocol", "SASL_SSL"]);
    assert!(shown.contains("SCRAM-SHA-256") && shown.contains("SASL_SSL"), "{shown}");
}

/// Two names may make one name of a file, and a name may be used again.
#[test]
fn imported_passwords_do_not_touch_each_other() {
    let sandbox = Sandbox::new();
    let profile = |name: &str, password: &str| {
        format!(
            "  - name: {name}\n    kafka_api:\n      brokers: ['localhost:1']\n      sasl: {{ user: u, password: {password} }}\n"
        )
    };
    let profiles = [profile("eu/prod", "hunter1"), profile("eu prod", "hunter2")].concat();
    sandbox.write("rpk.yaml", &format!("profiles:\n{profiles}"));
    let add = |name| ["add", "--from-rpk", "rpk.yaml", "--profile", name];
    context(&sandbox, &add("eu/prod")).ends(0);
    context(&sandbox, &add("eu prod")).ends(0);
    // Another config file of the same folder.
    let other = [&add("eu/prod")[..], &["--config", ".config/kward/other.toml"]].concat();
    context(&sandbox, &other).ends(0);
    let read = |file: &str| sandbox.read(&format!(".config/kward/passwords/{file}"));
    assert_eq!(read("eu_prod"), "hunter1");
    assert_eq!(read("eu_prod-2"), "hunter2");
    assert_eq!(read("eu_prod-3"), "hunter1");
    // A context of that name whose password is elsewhere takes nobody's away.
    let elsewhere = ["add", "eu_prod", "-b", "localhost:1", "--user", "u", "--password-env", "P"];
    context(&sandbox, &elsewhere).ends(0);
    context(&sandbox, &["remove", "eu_prod", "--yes"]).ends(0);
    context(&sandbox, &["remove", "eu prod", "--yes"]).ends(0).says("eu_prod-2` is deleted");
    assert_eq!(read("eu_prod"), "hunter1");
    assert!(!sandbox.path().join(".config/kward/passwords/eu_prod-2").exists());
}

#[test]
fn an_import_that_fails_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let address = nobody().to_string();
    let text = format!(
        "profiles:\n  - name: a\n    kafka_api:\n      brokers: ['{address}']\n      sasl: {{ user: u, password: hunter2 }}\n  - name: b\n"
    );
    sandbox.write("rpk.yaml", &text);
    context(&sandbox, &["add", "--from-rpk", "rpk.yaml"])
        .ends(2)
        .says("`--profile NAME`; it has `a`, `b`");
    context(&sandbox, &["add", "--from-rpk", "rpk.yaml", "--profile", "b"])
        .ends(2)
        .says("needs brokers");
    let pinned = ["add", "--from-rpk", "rpk.yaml", "--profile", "a", "--pin", "--timeout", "2s"];
    context(&sandbox, &pinned).ends(1);
    assert!(!sandbox.path().join(".config/kward/passwords/a").exists());
    context(&sandbox, &["add", "--from-kcl", "rpk.yaml"]).ends(2).says("is no valid TOML");
    context(&sandbox, &["add", "x", "--from-rpk", "rpk.yaml", "--from-kcl", "x"]).ends(2);
    context(&sandbox, &["add", "x", "--profile", "a"]).ends(2);
}

#[test]
fn a_wrong_protocol_is_told_with_the_flag_that_says_it() {
    let plain = Scripted::start(|_| Reply::Close);
    let sandbox = Sandbox::new();
    let address = plain.address.to_string();
    let add = ["add", "dev", "-b", &address, "--protocol", "SSL", "--pin"];
    let run = context(&sandbox, &add).ends(1).says("does not speak TLS, and this client does");
    run.says("hint: set `security.protocol=PLAINTEXT`").says("hint: here that is `--protocol`");
}

/// The brokers of a context are not asked by those that only read the config file.
#[test]
fn listing_asks_nobody() {
    let silent = Scripted::start(|_| Reply::Silence);
    let sandbox = Sandbox::new();
    let address = silent.address.to_string();
    context(&sandbox, &["add", "dev", "-b", &address, "--use"]).ends(0);
    for arguments in [&["list"][..], &["show"], &["use", "dev"], &["remove", "dev", "-y"]] {
        context(&sandbox, arguments).ends(0);
    }
    assert_eq!(silent.connections(), 0);
}

#[test]
fn a_bug_report_tells_no_secret_and_no_address() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let run = Run::of(&mut sandbox.kward_on(broker, "alice-scram512", ["bug-report"])).ends(0);
        for word in
            ["kward        0.", "SCRAM-SHA-512", "(set)", "DescribeAcls ", "metadata.version "]
        {
            assert!(run.out.contains(word), "{word}: {run}");
        }
        let document = sandbox.kward_on(broker, "alice-scram512", ["bug-report", "-o", "json"]);
        let document = Run::of(&mut { document }).ends(0).json();
        assert!(document["cluster"]["versions"].as_array().expect("versions").len() > 20);
        let port = broker.bootstrap_of("alice-scram512");
        for word in ["alice-secret", port.as_str(), "problem"] {
            assert!(!run.out.contains(word), "{word}: {run}");
        }
    });
    let sandbox = Sandbox::new();
    Run::of(&mut sandbox.kward(["bug-report"])).ends(0).prints("no cluster to connect to");
    sandbox.write(".config/kward/config.toml", "timeout = hunter2\n");
    let run = Run::of(&mut sandbox.kward(["bug-report"])).ends(0).prints("is no valid config file");
    assert!(!run.out.contains("hunter2"), "{run}");
    sandbox.write(
        ".config/kward/config.toml",
        "[contexts.a]\nbootstrap-servers = \"127.0.0.1:1\"\nproxy = \"http://u:hunter2@127.0.0.1:1\"\n\
         token-command = \"echo hunter2\"\n[contexts.a.properties]\nsecurity.protocol = \"SASL_SSL\"\n\
         sasl.mechanism = \"OAUTHBEARER\"\nsasl.oauthbearer.token.endpoint.url = \"https://idp.test/t\"\n",
    );
    let run = Run::of(&mut sandbox.kward(["bug-report", "-c", "a"])).ends(0);
    let run = run.prints("http://(an address)").prints("https://(an address)");
    assert!(!run.out.contains("hunter2") && !run.out.contains("idp.test"), "{run}");
}

#[test]
fn files_that_are_not_there_are_told_when_a_context_names_them() {
    let sandbox = Sandbox::new();
    let add = ["add", "lost", "-b", "x:1", "--user", "u", "--ca", "no-ca.pem"];
    context(&sandbox, &[&add[..], &["--password-file", "no-password"]].concat())
        .ends(0)
        .says("no-ca.pem`, named by `--ca`, is not there")
        .says("no-password`, named by `password-file`, is not there");
}
