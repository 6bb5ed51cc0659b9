//! Pipes in place of files: what a shell's `<(…)` gives is read, and one that nobody writes into is told in
//! time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::support::broker::newest;
use super::*;

#[test]
fn one_that_nobody_writes_into_is_told_in_time() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let tls = "security.protocol=SSL\n";
    sandbox.write("ca.properties", &format!("{tls}ssl.ca.location=pipe\n"));
    sandbox.write("store.properties", &format!("{tls}ssl.truststore.location=pipe\n"));
    sandbox.write(
        ".config/kward/config.toml",
        "[contexts.a]\nbootstrap-servers = \"127.0.0.1:1\"\npassword-file = \"../../pipe\"\n\
         [contexts.a.properties]\nsecurity.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"PLAIN\"\n\
         sasl.username = \"ana\"\n",
    );
    let at = ["-b", "127.0.0.1:1", "--command-config"];
    for (arguments, named) in [
        ([&at[..], &["pipe"]].concat(), "named by `--command-config`"),
        ([&at[..], &["ca.properties"]].concat(), "named by `ssl.ca.location` (ca.properties:2)"),
        ([&at[..], &["store.properties"]].concat(), "named by `ssl.truststore.location` (store"),
        (vec!["-c", "a"], "named by `sasl.password` (context `a`, "),
        (vec!["--config", "pipe"], "named by `--config`"),
    ] {
        let began = Instant::now();
        let what = ["topic", "list", "--timeout", "300ms"];
        Run::of(&mut sandbox.kward([&what[..], &arguments].concat()))
            .ends(2)
            .says(named)
            .says("it is a pipe, and nothing opened it to write into it within 300ms")
            .says("name a regular file");
        assert!(began.elapsed() < Duration::from_secs(20), "{arguments:?}");
    }
}

#[test]
fn what_a_shell_puts_in_place_of_a_file_is_read() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let at = broker.bootstrap(Listener::SaslPlaintext);
    sandbox.write(
        ".config/kward/config.toml",
        &format!("[contexts.a]\nbootstrap-servers = \"{at}\"\npassword-file = \"/dev/fd/9\"\n"),
    );
    let properties =
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=admin\n";
    sandbox.write("client.properties", properties);
    // Each is written some time after it was opened.
    let line = "exec 9< <(sleep 0.2; echo admin-secret); \
                exec \"$@\" --command-config <(sleep 0.2; cat client.properties)";
    let inner = sandbox.process(["cluster", "describe", "-c", "a"]);
    let mut command = Command::new("bash");
    command
        .args(["-c", line, "bash"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(sandbox.path())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null());
    Run::from_output(line.to_owned(), command.output().expect("bash runs")).ends(0);
}
