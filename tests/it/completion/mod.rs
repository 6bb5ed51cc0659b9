//! Completion as shells ask for it and as people see it, and what it costs when a cluster is dead.

mod shells;
mod terminal;

use std::time::{Duration, Instant};

use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{ApiKey, MetadataResponse, TopicName};

use crate::support::broker::on_each_version;
use crate::support::listening::nobody;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};
use crate::support::{eventually, unique};

/// What bash breaks words at.
const BREAKS: &str = " \t\n\"'><=;|&(:";

/// What a shell that splits like kward is told, for a line whose last word is at the cursor.
fn candidates(sandbox: &Sandbox, patience: &str, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = sandbox.kward(["__complete", "1", "zsh", "--"]);
    told(command.args(words).env("KWARD_COMPLETION_TIMEOUT", patience))
}

/// The same for bash.
fn in_bash(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let mut command = sandbox.kward(["__complete", "1", "bash", BREAKS, line]);
    told(command.env("KWARD_COMPLETION_TIMEOUT", "20s"))
}

/// The candidates behind the line with the kind, without descriptions; nothing is ever said besides.
#[track_caller]
fn told(command: &mut assert_cmd::Command) -> Vec<String> {
    let run = Run::of(command).ends(0);
    assert_eq!(run.err, "", "{run}");
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    run.out.lines().skip(1).map(value).collect()
}

/// Answers with these topics.
fn topics(request: &Request, names: &[&str]) -> Reply {
    let topic =
        |name: &&str| MetadataResponseTopic::default().with_name(Some(TopicName(text(name))));
    match request.key {
        ApiKey::Metadata => request
            .answer(&MetadataResponse::default().with_topics(names.iter().map(topic).collect())),
        _ => Reply::Silence,
    }
}

#[test]
fn the_grammar_is_completed_without_a_cluster() {
    let sandbox = Sandbox::new();
    let zsh = |line: &str| candidates(&sandbox, "20s", line);
    assert_eq!(zsh("acl ap"), ["apply"]);
    assert_eq!(zsh("acl list --output=j"), ["--output=json"]);
    assert_eq!(zsh("acl can User:a rea"), ["read"]);
    assert_eq!(zsh("acl can User:a REA"), ["READ"]);
    assert_eq!(zsh("acl list --operation AlterC"), ["AlterConfigs"]);
    assert_eq!(zsh("acl can User:a read clu"), ["cluster"]);
    assert_eq!(zsh("-X security.protocol=SASL_S"), ["security.protocol=SASL_SSL"]);
    assert_eq!(zsh("help acl-"), ["acl-file"]);
    assert_eq!(zsh("acl roles con"), ["consume", "connect"]);
    assert_eq!(zsh("acl lint --deny redun"), ["redundant"]);
    assert_eq!(zsh("acl lint --allow=shad"), ["--allow=shadowed"]);
    assert_eq!(zsh("group reset-offsets g --to e"), ["earliest"]);
    assert_eq!(zsh("acl list --columns principal,pa"), ["principal,pattern"]);
    assert_eq!(zsh("acl list --columns=PRINCIPAL,PE"), ["--columns=PRINCIPAL,PERMISSION"]);
    assert_eq!(zsh("group lag g --sort-by -la"), ["-lag"]);
    assert_eq!(zsh("group lag g --sort-by lag,-com"), ["lag,-committed"]);
    assert_eq!(zsh("group list --columns co"), ["coordinator"], "those of the command");
    assert!(!zsh("group lag g --columns lag,").contains(&"lag,lag".to_owned()), "it is there");
    assert_eq!(zsh("acl lint --columns "), [""; 0]);
    assert_eq!(in_bash(&sandbox, "kward topic list --columns=name,si"), ["name,size"]);
    assert_eq!(zsh("group list --type sh"), ["share"]);
    assert_eq!(zsh("group list --state empty,preparing"), ["empty,preparing-rebalance"]);
    assert_eq!(zsh("group list --protocol-type con"), ["consumer", "connect"]);
    assert_eq!(zsh("transaction list --state on"), ["ongoing"]);
    assert_eq!(zsh("transaction list --state=PrepareC"), ["--state=PrepareCommit"]);
    assert_eq!(
        zsh("context add c --mechanism sc"),
        ["scram-sha-512", "scram-sha-256"],
        "in the case that it was begun in"
    );
    assert_eq!(zsh("context add c --mechanism AWS"), ["AWS_MSK_IAM"]);
    assert_eq!(zsh("context add c --secret tok"), ["token="]);
    assert_eq!(zsh("context add c --secret token=f"), ["token=file:"]);
    sandbox.write("secrets/token", "t");
    sandbox.write("secrets/.hidden", "t");
    assert_eq!(zsh("context add c --secret token=file:se"), ["token=file:secrets/"]);
    assert_eq!(
        zsh("context add c --secret=token=file:secrets/"),
        ["--secret=token=file:secrets/token"]
    );
    assert_eq!(
        zsh("context add c --secret token=file:~/secrets/.h"),
        ["token=file:~/secrets/.hidden"]
    );
    assert_eq!(zsh("context add c --secret token=file:absent/"), [""; 0]);
    assert_eq!(zsh("acl diff snapshot:secrets/t"), ["snapshot:secrets/token"]);
    let bash = in_bash(&sandbox, "kward context add c --secret token=file:secrets/t");
    assert_eq!(bash, ["secrets/token"]);
    assert!(zsh("acl list --topic a --").contains(&"--principal".to_owned()));
    assert!(!zsh("-q acl list --").contains(&"--quiet".to_owned()), "it was given already");
    assert_eq!(in_bash(&sandbox, "kward acl list --output=j"), ["json"]);
    assert_eq!(in_bash(&sandbox, "kward acl can User:a read topi"), ["topic:"]);
}

/// Older versions of PowerShell drop empty words, hence the sign before the last.
#[test]
fn powershell_asks_in_its_own_way() {
    let sandbox = Sandbox::new();
    let told = |words: &[&str]| {
        let mut command = sandbox.kward(["__complete", "1", "powershell", "--"]);
        told(command.args(words).env("KWARD_COMPLETION_TIMEOUT", "20s"))
    };
    assert_eq!(told(&["acl", "=ap"]), ["apply"]);
    assert!(told(&["acl", "="]).contains(&"lint".to_owned()));
    assert_eq!(told(&["acl", "list", "=--output=js"]), ["--output=json"]);
    assert_eq!(told(&["-X", "=security.protocol=SASL_S"]), ["security.protocol=SASL_SSL"]);
    let script = Run::of(&mut sandbox.kward(["completion", "powershell"])).ends(0).out;
    assert!(script.contains("kward __complete 1 powershell -- @words \"=$current\""), "{script}");
    let (open, close) = (script.matches('{').count(), script.matches('}').count());
    assert_eq!(open, close, "{script}");
}

#[test]
fn a_script_of_another_interface_gets_no_answer() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["__complete", "0", "zsh", "--", "acl", ""][..],
        &["__complete"],
        &["__complete", "1"],
        &["__complete", "1", "zsh"],
        &["__renew", "1", "nonsense"],
    ] {
        let run = Run::of(&mut sandbox.kward(arguments)).ends(0);
        assert_eq!(run.out.trim_end_matches("names\n").to_owned() + &run.err, "", "{run}");
    }
}

#[test]
fn names_come_from_the_cluster() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let (topic, user) = (unique("tab.orders"), unique("tabby"));
        broker.create_topic(&topic);
        broker.create_user(&user);
        let client = format!("--command-config {} ", broker.client("admin-scram512").display());
        let zsh = |line: &str| candidates(&sandbox, "20s", &format!("{client}{line}"));
        assert_eq!(zsh(&format!("acl list --topic {topic}")), [topic.as_str()]);
        assert_eq!(zsh(&format!("acl can User:a read topic:{topic}")), [format!("topic:{topic}")]);
        assert_eq!(zsh(&format!("acl list --principal User:{user}")), [format!("User:{user}")]);
        assert_eq!(zsh(&format!("user delete {user}")), [user.as_str()]);
        assert_eq!(zsh(&format!("quota set --user {user}")), [user.as_str()]);
        let token = ["token", "create", "--hmac-file", "a.hmac", "-o", "name"];
        let made = Run::of(&mut sandbox.kward_on(broker, "admin", token)).ends(0);
        let id = made.out.trim();
        assert_eq!(zsh(&format!("token renew {id}")), [id]);
        assert_eq!(zsh("cluster remove-controller "), ["1"]);
        assert_eq!(zsh("cluster set-features metadata.v"), ["metadata.version="]);
        assert_eq!(zsh("topic offsets --at max"), ["max-timestamp"]);
        assert_eq!(zsh("reassign plan --exclude 7,"), ["7,1"]);
        assert_eq!(zsh("reassign plan --drain 1,"), [""; 0], "it is there already");
        let keys = zsh(&format!("topic configure {topic} --set retention.m"));
        assert_eq!(keys, ["retention.ms="]);
        let keys = zsh(&format!("topic configure {topic} --set preallocate="));
        assert_eq!(keys, ["preallocate=true", "preallocate=false"]);
        let keys = zsh("config describe --broker 1 --key broker.r");
        assert_eq!(keys, ["broker.rack"]);
        assert_eq!(zsh("config set --broker-defaults --set broker.r"), [""; 0], "read-only");
        let keys = zsh("config set --broker-defaults --set log.cleaner.thr");
        assert_eq!(keys, ["log.cleaner.threads="]);
        let group = unique("tabbers");
        broker.produce("admin", &topic, &["one"]).expect("a record");
        broker.consume("admin", &topic, &group, 1).expect("a record");
        for verb in ["describe", "lag", "watch", "doctor", "delete"] {
            assert_eq!(zsh(&format!("group {verb} {group}")), [group.as_str()], "{verb}");
        }
        assert_eq!(zsh(&format!("acl can User:a read group:{group}")), [format!("group:{group}")]);
        let line = format!("kward {client}acl can User:{user}");
        assert_eq!(
            in_bash(&sandbox, &line),
            [user.as_str()],
            "bash replaces what is behind the colon"
        );
        let quoted = format!("kward {client}acl can \"User:{user}");
        assert_eq!(in_bash(&sandbox, &quoted), [format!("User:{user}")]);
    });
}

#[test]
fn a_second_tab_asks_nobody_and_an_old_answer_is_renewed_behind() {
    let broker = Scripted::start(|request| topics(request, &["a", "b"]));
    let sandbox = Sandbox::new();
    let line = format!("-b {} acl list --topic ", broker.address);
    assert_eq!(candidates(&sandbox, "20s", &line), ["a", "b"]);
    let asked = broker.count(ApiKey::Metadata);
    assert_eq!(candidates(&sandbox, "20s", &line), ["a", "b"]);
    assert_eq!(broker.count(ApiKey::Metadata), asked);

    // An hour later.
    let folder = sandbox.path().join(".cache/kward/completion");
    let hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
    for entry in std::fs::read_dir(folder).expect("the cache") {
        let file = std::fs::File::options().write(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(hour_ago).unwrap();
    }
    assert_eq!(candidates(&sandbox, "20s", &line), ["a", "b"]);
    eventually("the names are renewed", || broker.count(ApiKey::Metadata) > asked);
}

/// A list on a terminal does not lie.
#[test]
fn names_that_turn_the_writing_round_are_not_offered() {
    let broker = Scripted::start(|request| {
        topics(request, &["a\u{202e}b", "a\u{2067}c", "a\u{200e}d", "ab"])
    });
    let line = format!("-b {} acl list --topic a", broker.address);
    assert_eq!(candidates(&Sandbox::new(), "20s", &line), ["ab"]);
}

#[test]
fn ten_shells_at_once_ask_once() {
    let broker = Scripted::start(|request| topics(request, &["orders"]));
    let sandbox = Sandbox::new();
    let line = format!("-b {} acl list --topic or", broker.address);
    std::thread::scope(|scope| {
        let shells: Vec<_> =
            (0..10).map(|_| scope.spawn(|| candidates(&sandbox, "30s", &line))).collect();
        for shell in shells {
            assert_eq!(shell.join().expect("a shell"), ["orders"]);
        }
    });
    assert_eq!(broker.count(ApiKey::Metadata), 1, "{:?}", broker.seen());
}

/// Whether a Tab takes less than this, in a home of its own each time.
#[track_caller]
fn costs_less(limit: Duration, patience: &str, line: &str) {
    let took = || {
        let sandbox = Sandbox::new();
        let began = Instant::now();
        assert_eq!(candidates(&sandbox, patience, line), Vec::<String>::new());
        began.elapsed()
    };
    // The machine may be busy; the quickest of some is what the program takes.
    let mut all = Vec::new();
    while all.len() < 20 {
        all.push(took());
        if all.last().is_some_and(|one| *one < limit) {
            return;
        }
    }
    panic!("{patience}, {line}: {all:?}");
}

#[test]
fn a_dead_or_silent_cluster_costs_no_more_than_the_deadline() {
    let silent = Scripted::start_raw(None, |_| Reply::Silence);
    // Nobody accepts: connections stay in the queue, as behind a firewall that drops packets.
    let queue = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    for address in [silent.address, queue.local_addr().expect("an address"), nobody()] {
        let line = format!("-b {address} acl list --topic ");
        // Starting the program comes on top.
        costs_less(Duration::from_millis(300 + 400), "300ms", &line);
        costs_less(Duration::from_millis(400), "0", &line);
    }
}

#[test]
fn nothing_is_asked_where_completion_is_off_or_a_command_has_the_password() {
    let broker = Scripted::start(|request| topics(request, &["orders"]));
    let sandbox = Sandbox::new();
    let line = format!("-b {} acl list --topic ", broker.address);
    assert_eq!(candidates(&sandbox, "0", &line), Vec::<String>::new());
    sandbox.write(
        ".config/kward/config.toml",
        &format!(
            "[contexts.asks]\nbootstrap-servers = \"{}\"\npassword-command = \"touch ran\"\n\
             [contexts.asks.properties]\nsecurity.protocol = \"SASL_PLAINTEXT\"\n\
             sasl.mechanism = \"PLAIN\"\nsasl.username = \"ana\"\n",
            broker.address
        ),
    );
    assert_eq!(candidates(&sandbox, "20s", "-c asks acl list --topic "), Vec::<String>::new());
    assert_eq!(candidates(&sandbox, "20s", "-c as"), ["asks"]);
    assert_eq!(broker.connections(), 0);
    assert!(!sandbox.path().join("ran").exists());
}
