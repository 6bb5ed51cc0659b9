//! `acl import` of what Kafka's own tool prints.

use crate::support::broker::on_each_version;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::unique;

#[test]
fn what_kafka_acls_lists_is_in_sync_afterwards() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let principal = format!("User:CN={},OU=a b", unique("moved"));
        for line in [
            "--producer --topic orders --transactional-id t",
            "--consumer --topic web. --group g --resource-pattern-type prefixed",
            "--operation AlterConfigs --cluster",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            broker.kafka_acls(&[&["--add", "--allow-principal", &principal], &words[..]].concat());
        }
        let deny = ["--add", "--deny-principal", &principal, "--deny-host", "10.0.0.7"];
        broker.kafka_acls(&[&deny[..], &["--operation", "Read", "--topic", "*"]].concat());
        let listed = broker.kafka_acls(&["--list", "--principal", &principal]);
        sandbox.write("listed.txt", &listed);
        for raw in [&[][..], &["--raw"]] {
            let import = ["acl", "import", "--from", "kafka-acls", "listed.txt"];
            let run = Run::of(&mut sandbox.kward([&import[..], raw].concat())).ends(0);
            sandbox.write("access.yaml", &run.out);
            let plan = ["acl", "plan", "-f", "access.yaml", "--prune", "--detailed-exitcode"];
            Run::of(&mut sandbox.kward_on(broker, "admin", plan)).ends(0).prints("In sync");
        }
        let run = Run::of(
            sandbox.kward(["acl", "import", "--from", "kafka-acls", "-"]).write_stdin("nonsense"),
        );
        run.ends(2).says("`<stdin>`, line 1: this is no line of");
    });
}
