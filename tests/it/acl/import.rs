//! `acl import` of what Kafka's own tool prints.

use crate::support::broker::{Broker, on_each_version};
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
        // A range is in sync on clusters that do not know ranges, too.
        let ranged = listed.replace("host=*", "host=10.0.0.0/8");
        sandbox.write("ranged.txt", &ranged);
        let run =
            Run::of(&mut sandbox.kward(["acl", "import", "--from", "kafka-acls", "ranged.txt"]));
        let run = run.ends(0).says("with a range as host in `bindings:`");
        sandbox.write("ranged.yaml", &run.out);
        let plan = ["acl", "plan", "-f", "ranged.yaml"];
        Run::of(&mut sandbox.kward_on(broker, "admin", plan)).ends(0).prints("to create");
        nobody_is_kept_and_deleted(broker, &sandbox);
        let run = Run::of(
            sandbox.kward(["acl", "import", "--from", "kafka-acls", "-"]).write_stdin("nonsense"),
        );
        run.ends(2).says("`<stdin>`, line 1: this is no line of");
    });
}

/// What `kubectl get` prints, a topic beside it, and a misspelt key.
#[test]
fn what_is_left_out_is_told_and_nothing_is_misread() {
    let sandbox = Sandbox::new();
    let list = "\
kind: List
items:
  - kind: KafkaUser
    metadata: { name: a }
    spec:
      authorization:
        type: simple
        acls:
          - resource: { type: topic, name: x }
            operations: [Read]
            type: deny
  - kind: KafkaTopic
    metadata: { name: x }
";
    sandbox.write("users.yaml", list);
    let import = ["acl", "import", "--from", "strimzi", "users.yaml"];
    Run::of(&mut sandbox.kward(import))
        .ends(0)
        .prints("deny")
        .says("1 ACL, the same before and after")
        .says("`users.yaml`: documents that are not taken over: 1 of kind `KafkaTopic`");
    sandbox.write("users.yaml", &list.replace("            type:", "            tpye:"));
    Run::of(&mut sandbox.kward(import))
        .ends(2)
        .says("`users.yaml`, line 11: `tpye` is not known here, did you mean `type`?");
}

/// Kafka stores a principal without a name.
fn nobody_is_kept_and_deleted(broker: &Broker, sandbox: &Sandbox) {
    let topic = unique("nobodys");
    let add = ["--add", "--allow-principal", "User:", "--operation", "Read", "--topic", &topic];
    broker.kafka_acls(&add);
    sandbox.write("listed.txt", &broker.kafka_acls(&["--list", "--topic", &topic]));
    let import = ["acl", "import", "--from", "kafka-acls", "listed.txt"];
    sandbox.write("nobody.yaml", &Run::of(&mut sandbox.kward(import)).ends(0).out);
    let on = |arguments: &[&str]| Run::of(&mut sandbox.kward_on(broker, "admin", arguments));
    on(&["acl", "plan", "-f", "nobody.yaml", "--principal", "User:"]).ends(0).prints("In sync");
    let narrow = ["--principal", "User:", "--topic", &topic];
    on(&[&["acl", "list"], &narrow[..]].concat()).ends(0).prints(&topic);
    on(&[&["acl", "delete", "--yes"], &narrow[..]].concat()).ends(0).prints("deleted");
    assert!(!broker.kafka_acls(&["--list", "--topic", &topic]).contains(&topic));
}
