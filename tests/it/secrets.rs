//! Where secrets might come out: everything that is printed and everything that is written, for each place
//! that a secret can come from, when it is right, when it is wrong, when nobody answers and when kward
//! itself breaks down.

use std::fs;
use std::path::Path;

use crate::support::broker::on_each_version;
use crate::support::listening::nobody;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::unique;

/// A place that a password comes from: flags, and a variable of the environment.
struct Source {
    name: &'static str,
    flags: Vec<String>,
    variable: Option<(&'static str, String)>,
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Every place that a password can come from, for a user of a cluster.
fn sources(sandbox: &Sandbox, servers: &str, user: &str, password: &str) -> Vec<Source> {
    let context = |name: &str, how: &str| {
        format!(
            "[contexts.{name}]\nbootstrap-servers = \"{servers}\"\nsecurity.protocol = \"SASL_PLAINTEXT\"\n\
             sasl.mechanism = \"SCRAM-SHA-512\"\nsasl.username = \"{user}\"\n{how}\n\n"
        )
    };
    sandbox.write("password", &format!("{password}\n"));
    let command = format!("password-command = ['printf', '%s', '{password}']");
    let contexts = [
        context("file", "password-file = \"password\""),
        context("variable", "password-env = \"KAFKA_PASSWORD\""),
        context("command", &command),
        context("open", &format!("sasl.password = \"{password}\"")),
    ];
    let config = sandbox.write("config.toml", &contexts.concat());
    let common = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n";
    let jaas = format!(
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"{user}\" password=\"{password}\";\n"
    );
    sandbox.write("jaas.properties", &format!("{common}{jaas}"));
    sandbox.write(
        "rd.properties",
        &format!("{common}sasl.username={user}\nsasl.password={password}\n"),
    );
    let flag = |name: &'static str, line: &str| Source { name, flags: words(line), variable: None };
    let config = config.display();
    vec![
        flag("password-file", &format!("--config {config} -c file")),
        Source {
            variable: Some(("KAFKA_PASSWORD", password.to_owned())),
            ..flag("password-env", &format!("--config {config} -c variable"))
        },
        flag("password-command", &format!("--config {config} -c command")),
        flag("sasl.password of a context", &format!("--config {config} -c open")),
        flag("sasl.jaas.config", &format!("-b {servers} --command-config jaas.properties")),
        flag("sasl.password", &format!("-b {servers} --command-config rd.properties")),
        flag(
            "-X",
            &format!(
                "-b {servers} -X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=SCRAM-SHA-512 -X sasl.username={user} -X sasl.password={password}"
            ),
        ),
    ]
}

/// The files that hold the password, because the test put it there.
const HOLD_IT: [&str; 4] = ["password", "config.toml", "jaas.properties", "rd.properties"];

/// No file that kward wrote holds it, neither as it is nor encoded as PLAIN sends it.
fn search_files(folder: &Path, secret: &str, what: &str) {
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_str().expect("UTF-8");
        if !entry.file_type().is_file() || HOLD_IT.contains(&name) {
            continue;
        }
        let text = fs::read(entry.path()).expect("a file of the sandbox");
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(secret), "{what}: {} holds it", entry.path().display());
    }
}

fn run_all(servers: &str, user: &str, password: &str) {
    let sandbox = Sandbox::new();
    for source in sources(&sandbox, servers, user, password) {
        let mut answered = 0;
        for line in [
            "acl list -v --log-file log --timeout 5s",
            "acl list -o json -v --timeout 5s",
            "topic list -o yaml --timeout 5s",
            "context check --timeout 5s",
            "context check -o json --timeout 5s",
            "context show",
            "context list -o json",
            "bug-report --timeout 5s",
            "bug-report -o json --timeout 5s",
            "acl list --nonsense",
            "acl plan -f absent.yaml",
        ] {
            let mut command = sandbox.kward([&words(line)[..], &source.flags].concat());
            let run = Run::of(command.envs(source.variable.clone()));
            let what = format!("{}: {line}", source.name);
            assert!(!run.out.contains(password), "{what}: {run}");
            assert!(!run.err.contains(password), "{what}: {run}");
            answered += u32::from(run.status == 0);
        }
        assert!(answered >= 2, "{}: most of it was refused", source.name);
        search_files(sandbox.path(), password, source.name);
    }
    let log = sandbox.read("log");
    assert!(log.contains("kward "), "there is a log");
    for line in log.lines().filter(|line| line.contains("SaslAuthenticate")) {
        assert!(!line.contains(" B"), "a size tells how long a password is: {line}");
    }
}

#[test]
fn no_secret_comes_out() {
    on_each_version(|broker| {
        let user = unique("keeper");
        // With signs that are escaped somewhere.
        let password = format!("hunter2+{user}=?/");
        broker.create_user(&user);
        let servers = broker.bootstrap_of("alice-scram512");
        // Right or wrong, it stays inside.
        let right = format!("{user}-secret");
        run_all(&servers, &user, &right);
        run_all(&servers, &user, &password);
    });
    // Nobody there.
    let address = nobody().to_string();
    run_all(&address, "ana", "hunter2+%41");
}

#[test]
fn a_panic_tells_no_secret_and_what_to_do() {
    let sandbox = Sandbox::new();
    let panic = |variables: &[(&str, &str)]| {
        let mut command = sandbox.kward(["__panic", "hunter2"]);
        let run = Run::of(command.envs(variables.iter().copied()));
        assert!(run.status == 5 && run.out.is_empty(), "{run}");
        assert!(!run.err.contains("hunter2"), "{run}");
        run.says("error: kward has a mistake, and stopped at `src/run/broken.rs:")
            .says("`kward bug-report`")
    };
    let short = panic(&[]);
    assert!(!short.err.contains("caused by"), "{short}");
    panic(&[("RUST_BACKTRACE", "1")]).says("caused by");
}
