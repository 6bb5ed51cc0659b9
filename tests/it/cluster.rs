//! The real Kafka that the tests stand on: secured as promised, and gone when its owner is.

use std::process::{Command, Stdio};

use crate::support::broker::{Authorizer, Broker, Options, on_each_version};
use crate::support::{eventually, unique};

#[test]
fn a_shared_broker_denies_by_default_and_allows_what_an_acl_says() {
    on_each_version(|broker| {
        let (topic, group) = (unique("cluster"), unique("cluster"));
        let user = unique("reader");
        broker.create_topic(&topic);
        let client = broker.create_user(&user);
        broker.produce("admin", &topic, &["one", "two"]).expect("a super user may write");

        let denied = broker.consume(&client, &topic, &group, 2).expect_err("nobody may read yet");
        assert!(denied.contains("AuthorizationException"), "{denied}");

        let principal = format!("User:{user}");
        broker.kafka_acls(&[
            "--add",
            "--allow-principal",
            &principal,
            "--consumer",
            "--topic",
            &topic,
            "--group",
            &group,
        ]);
        assert_eq!(broker.consume(&client, &topic, &group, 2).expect("now it may"), ["one", "two"]);

        let denied =
            broker.produce(&client, &topic, &["three"]).expect_err("it still may not write");
        assert!(denied.contains("AuthorizationException"), "{denied}");
        let denial = format!("Principal = {principal} is Denied operation = DESCRIBE");
        assert!(broker.audit_log().contains(&denial), "the log holds no denial");
    });
}

#[test]
fn every_listener_knows_the_caller() {
    on_each_version(|broker| {
        for client in ["admin-plain-tls", "ssl-admin"] {
            let output = broker.tool(client, "acls", &["--list"], "");
            assert!(
                output.status.success(),
                "{client}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        for client in ["plaintext", "umlaut-scram256", "ssl-alice-encrypted-java"] {
            let output = broker.tool(client, "acls", &["--list"], "");
            let said = String::from_utf8_lossy(&output.stderr);
            let all = format!("{}{said}", String::from_utf8_lossy(&output.stdout));
            assert!(all.contains("ClusterAuthorizationException"), "{client}: {all}");
        }
    });
}

#[test]
fn a_cluster_ends_with_an_owner_that_was_killed() {
    let mut owner =
        Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().expect("a process");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/dev/kafka");
    let name = unique("owned");
    let started = Command::new(script)
        .args(["start", "--json", "--name", &name, "--owner", &owner.id().to_string()])
        .output()
        .expect("dev/kafka runs");
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    let runs = || {
        let status = Command::new(script)
            .args(["status", "--name", &name])
            .output()
            .expect("dev/kafka runs");
        status.status.success()
    };
    assert!(runs());
    let cluster: serde_json::Value = serde_json::from_slice(&started.stdout).expect("JSON");
    let folder = std::path::PathBuf::from(cluster["folder"].as_str().expect("a folder"));
    let mut consumer = Command::new(script);
    consumer.args(["tool", "--name", &name, "console-consumer", "--topic", "none"]);
    let mut consumer = consumer
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("dev/kafka runs");
    let logging = folder.join("tool-logging.properties").display().to_string();
    eventually("the tool runs", || {
        let processes = std::fs::read_dir("/proc").expect("the processes");
        let lines =
            processes.filter_map(|one| std::fs::read(one.ok()?.path().join("cmdline")).ok());
        lines.into_iter().any(|line| String::from_utf8_lossy(&line).contains(&logging))
    });

    owner.kill().expect("the owner can be killed");
    owner.wait().expect("the owner has ended");

    eventually("the cluster is gone", || !runs());
    eventually("its tools are gone", || consumer.try_wait().expect("its state").is_some());
    eventually("its folder is gone", || !folder.exists());
}

#[test]
fn a_cluster_of_ones_own_may_have_no_authorizer_and_three_brokers() {
    let cluster = Broker::own(&Options {
        authorizer: Authorizer::None,
        three_brokers: true,
        ..Options::default()
    });
    let topic = unique("replicated");
    cluster.admin("topics", &["--create", "--topic", &topic, "--replication-factor", "3"]);
    let described = cluster.admin("topics", &["--describe", "--topic", &topic]);
    assert!(described.contains("ReplicationFactor: 3"), "{described}");

    let output = cluster.tool("admin", "acls", &["--list"], "");
    let all = [output.stdout, output.stderr].concat();
    assert!(
        String::from_utf8_lossy(&all).contains("SecurityDisabledException"),
        "there is an authorizer"
    );
}
