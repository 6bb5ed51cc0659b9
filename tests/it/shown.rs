//! Every command that the help and the documents show, run as it stands there against a real cluster of
//! three brokers that has what they speak of: topics, groups, users, files, contexts. Those that cannot
//! run here are listed with the reason.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::examples::{ROOT, in_shell, is_a_name, is_a_pattern, shown};
use crate::support::broker::{Broker, Listener, Options};
use crate::support::consumer::Consumer;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// Which lines (they contain this) are not run, and why.
const NOT_RUN: &[(&str, &str)] = &[
    ("--set-file listener.name.ssl", "the listeners of the tests' brokers have no such keystore"),
    ("⇥", "shows a key, no command"),
    ("aivencloud.com", "a cluster of Aiven"),
    ("confluent.cloud", "a cluster of Confluent"),
    ("amazonaws.com", "a cluster of Amazon"),
    (
        "--start-offset 1203",
        "needs a transaction that hangs there: `transaction` has tests of its own",
    ),
    (
        "--producer-id 9001",
        "needs a transaction that hangs there: `transaction` has tests of its own",
    ),
    ("transaction describe", "needs those transactional ids: `transaction` has tests of its own"),
    ("transaction terminate", "needs those transactional ids: `transaction` has tests of its own"),
    ("--id IMYrer6NReaCezWtnUGdag", "an id of that one cluster: `topic` has tests of its own"),
    ("set-features --release 4.1", "goes down from here: `cluster_noun` has tests of its own"),
    (
        "set-features metadata.version=4.",
        "goes down from here: `cluster_noun` has tests of its own",
    ),
    ("cluster add-controller", "needs a dynamic quorum: `cluster_members` has tests of its own"),
    ("cluster remove-controller", "needs a dynamic quorum: `cluster_members` has tests of its own"),
    ("cluster unregister-broker", "needs one that is gone: `cluster_members` has tests of its own"),
    ("XzbBPaJAQS-M5W9QmK3Ddg", "an id of that one token: `token` has tests of its own"),
    ("user create ana", "asks for a password on a terminal: `user` has tests of its own"),
    ("context trust", "needs a project file: `context` has tests of its own"),
];

/// What in a line is the reader's own, and what it is here.
const HERE: &[(&str, &str)] = &[
    ("-b broker1:9093,broker2:9093", "-b $TLS"),
    ("-b broker1:9093", "-b $TLS"),
    ("-b localhost:9092", "-b $PLAIN"),
    // A context keeps no properties file that is named so.
    ("mend --bootstrap-controller controller1:9093,controller2:9093", MEND),
    ("mend --bootstrap-controller controller1:9093", MEND),
    (
        "--bootstrap-controller controller1:9093,controller2:9093 --command-config controllers.properties",
        CONTROLLERS,
    ),
    ("--bootstrap-controller controller1:9093,controller2:9093", CONTROLLERS),
    ("--bootstrap-controller controller1:9093", CONTROLLERS),
    ("--bootstrap-controller c1:9093", CONTROLLERS),
    ("--exclude 5", "--exclude 3"),
];

const CONTROLLERS: &str =
    "--bootstrap-controller $CONTROLLERS --command-config controllers.properties";

const MEND: &str = "mend --bootstrap-controller $CONTROLLERS";

/// Lines that go on until they are ended, or for longer than a test has: they are ended as by Ctrl-C.
const ENDLESS: &[&str] = &["group watch", "--follow", "--interval 30s", "--wait"];

/// Lines whose answer may be no (status 3).
const ANSWERS: &[&str] = &[
    "acl can",
    "acl who-can",
    "acl diff",
    "acl explain",
    "acl lint",
    "acl test",
    "--detailed-exitcode",
    "group doctor",
    "group lag",
    "cluster health",
    "group watch",
    "find-hanging",
];

/// What has to be there first: lines that contain the one, after the other.
const BEFORE: &[(&str, &str)] = &[
    ("acl import --from topicctl", "cp topicctl.yaml acls.yaml"),
    ("acl import --from jikkou", "cp jikkou.yaml acls.yaml"),
    ("acl apply plan.json", "kward acl plan -f access/ --prune --out plan.json"),
    (
        "acl apply --undo",
        "kward acl create --allow-principal User:orders --operation read --topic extra; kward acl apply -f access/ --prune --yes; cp \"$(ls -t $XDG_STATE_HOME/kward/backups/* | head -n 1)\" backup.json",
    ),
    ("acl copy", "kward acl create --allow-principal User:orders --operation read --topic copied"),
    (
        "acl delete --allow-principal User:etl",
        "kward acl create --allow-principal User:etl --producer --topic raw",
    ),
    (
        "acl delete --principal User:old",
        "kward acl create --allow-principal User:old --operation read --topic t",
    ),
    (
        "acl delete --topic orders",
        "kward acl create --allow-principal User:ana --operation write --topic orders",
    ),
    (
        "reassign apply plan.json",
        "kward reassign plan --topic orders --replication-factor 3 --out plan.json",
    ),
    // What others of these commands have moved since would make it stale.
    ("reassign apply moves.json", "kward reassign plan --even --out moves.json"),
    (
        "group reset-offsets --undo",
        "kward group reset-offsets billing --to earliest --yes; kward group reset-offsets billing --to latest --yes; cp \"$(ls -t $XDG_STATE_HOME/kward/backups/* | head -n 1)\" backup.json",
    ),
    ("--from billing.json", "kward group history billing --save billing.json"),
    ("--hmac-file token.hmac", "kward token create --hmac-file token.hmac"),
    ("user delete ana", "kward user create ana --password-file ana.txt --yes"),
    ("topic create orders", GONE),
    ("topic create orders billing", "kward topic delete billing --if-exists --yes"),
    (
        "--like orders",
        "kward topic create orders --partitions 8 --replication-factor 2; kward topic delete orders-v2 --if-exists --yes",
    ),
    ("topic add-partitions orders", GONE),
    (
        "topic add-partitions orders",
        "for i in $(seq 50); do kward topic create orders --partitions 3 --replication-factor 2 && break; sleep 0.2; done; \
         for b in ${SASL//,/ }; do \
         until kward -c dev -b $b topic describe orders >/dev/null 2>&1; do sleep 0.2; done; done",
    ),
    (
        "quota delete",
        "kward quota set --user ana --producer-byte-rate 1MiB --yes; kward quota set --user ana --client-id reports --request-percentage 50 --yes",
    ),
];

/// The topic is deleted, and every broker knows it.
const GONE: &str = "kward topic delete orders --if-exists --yes; \
                    for i in $(seq 50); do kward topic list -o name | grep -qx orders || break; sleep 0.2; done";

/// What comes first: what reads, then what writes, and last what takes away.
const LAST: &[&str] = &[
    "topic trim",
    "group reset-offsets",
    "group delete-offsets",
    "reassign apply",
    "reassign cancel",
    "topic add-partitions",
    "topic create",
    "topic delete",
    "group remove-members",
    "group list",
    "group delete",
    "user delete",
    "context remove",
];

fn rank(line: &str) -> usize {
    let writes = LAST.iter().position(|beginning| line.contains(beginning));
    writes.map_or(0, |at| at + 1)
}

/// The cluster and all that the commands speak of.
struct World {
    sandbox: Sandbox,
    broker: Broker,
}

impl World {
    fn new() -> Self {
        // Two replicas, so that a broker can be drained.
        let settings = [
            "offsets.topic.replication.factor=2",
            "transaction.state.log.replication.factor=2",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=2",
            "share.coordinator.state.topic.min.isr=1",
        ];
        let settings = settings.map(str::to_owned).to_vec();
        let broker = Broker::own(&Options { three_brokers: true, settings, ..Options::default() });
        let world = Self { sandbox: Sandbox::new(), broker };
        world.files();
        world.run(
            "kward topic create orders --partitions 8 --replication-factor 2 && \
             kward topic create orders-v1 orders-v2 old-orders billing test-1 --partitions 2 --replication-factor 2 && \
             kward acl create --allow-principal User:ANONYMOUS --operation describe --cluster && \
             for user in ana bo orders billing; do kward user create $user --password-file ana.txt --yes; done",
        );
        world.records();
        world.groups();
        world.run("kward acl list -o json > before.json && cp before.json acls.json");
        world
    }

    /// Runs what has to succeed.
    fn run(&self, line: &str) {
        self.shell(line).ends(0);
    }

    fn shell(&self, line: &str) -> Run {
        let here =
            HERE.iter().fold(line.to_owned(), |line, (theirs, ours)| line.replace(theirs, ours));
        let tls = self.broker.bootstrap(Listener::SaslSsl);
        let plain = self.broker.bootstrap(Listener::Plaintext);
        let ca = self.broker.certificate("ca.pem").display().to_string();
        let variables = [
            ("TLS", tls),
            ("PLAIN", plain),
            ("CONTROLLERS", self.broker.controllers()),
            ("SASL", self.broker.bootstrap(Listener::SaslPlaintext)),
            ("SSL_CERT_FILE", &ca),
            ("SECRET", "secret"),
            ("KWARD_PAGER", "cat"),
        ];
        in_shell(&self.sandbox, &format!("PATH=$PWD/bin:$PATH; {here}"), &variables)
    }

    /// What a reader of the documents has in the folder; before every command anew.
    fn files(&self) {
        let write = |name: &str, text: &str| drop(self.sandbox.write(name, text));
        let rules = fs::read_to_string(Path::new(ROOT).join("docs/guide.in/access/shop.yaml"));
        let rules = rules.expect("the guide's file");
        for folder in ["access", "old", "new"] {
            write(&format!("{folder}/shop.yaml"), &rules);
        }
        write("access.yaml", &rules);
        let topics = "version: 1\ntopics:\n  orders: { partitions: 8, replication-factor: 2 }\n  audit: {}\n";
        for file in ["topics.yaml", "topics/shop.yaml"] {
            write(file, topics);
        }
        let client = fs::read_to_string(self.broker.client("admin-scram512-tls"));
        write("client.properties", &client.expect("a client's properties"));
        let client = fs::read_to_string(self.broker.client("admin-controllers"));
        write("controllers.properties", &client.expect("a client's properties"));
        let contexts = ["dev", "prod", "staging", "old"].map(|name| {
            format!(
                "[contexts.{name}]\nbootstrap-servers = \"{}\"\npassword-env = \"PASSWORD\"\n\
                 [contexts.{name}.properties]\nsecurity.protocol = \"SASL_PLAINTEXT\"\n\
                 sasl.mechanism = \"SCRAM-SHA-512\"\nsasl.username = \"admin\"\n",
                self.broker.bootstrap(Listener::SaslPlaintext)
            )
            .replace("password-env = \"PASSWORD\"", "password-command = \"pass show kafka/dev\"")
        });
        let mend = format!(
            "[contexts.mend]\nbootstrap-controllers = \"{}\"\ncommand-config = \"{}\"\n",
            self.broker.controllers(),
            self.broker.client("admin-controllers").display()
        );
        write(
            ".config/kward/config.toml",
            &format!("current-context = \"dev\"\n{}{mend}", contexts.concat()),
        );
        write("bin/pass", "#!/bin/sh\necho admin-secret\n");
        executable(&self.sandbox.path().join("bin/pass"));
        write("ana.txt", "admin-secret\n");
        let ca = fs::read_to_string(self.broker.certificate("ca.pem"));
        write("prod-ca.pem", &ca.expect("the CA"));
        write("brokers.properties", "log.retention.ms=604800000\n");
        write("topic.properties", "retention.ms=604800000\n");
        let until = r#"{"partitions":[{"topic":"orders","partition":3,"offset":10}],"version":1}"#;
        write("offsets.json", until);
        let partitions = r#"{"partitions":[{"topic":"orders","partition":0}]}"#;
        write("partitions.json", partitions);
        write("questions.txt", "User:ana read topic:orders\n");
        self.files_of_other_tools();
    }

    fn files_of_other_tools(&self) {
        let write = |name: &str, text: &str| drop(self.sandbox.write(name, text));
        let at = self.broker.bootstrap(Listener::SaslPlaintext);
        let kcl = format!("current_profile = 'prod'\n[profiles.prod]\nseed_brokers = ['{at}']\n");
        write(".config/kcl/config.toml", &kcl);
        let kafkactl = format!("contexts:\n  prod:\n    brokers: ['{at}']\n");
        write(".config/kafkactl/config.yml", &format!("{kafkactl}current-context: prod\n"));
        let rpk = format!("profiles:\n  - name: prod\n    kafka_api:\n      brokers: ['{at}']\n");
        write(".config/rpk/rpk.yaml", &format!("current_profile: prod\n{rpk}"));
        write(".config/fish/completions/.keep", "");
        write(
            "acls.txt",
            "Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)`: \n \t(principal=User:ana, host=*, operation=READ, permissionType=ALLOW)\n",
        );
        write(
            "kafka-authorizer.log",
            "Principal = User:ana is Denied operation = READ from host = 10.0.0.7 on resource = \
             Topic:LITERAL:orders for request = Fetch\n",
        );
        write("acls.csv", "User:ana,Topic,LITERAL,orders,Read,Allow,*\n");
        write(
            "topicctl.yaml",
            "spec:\n  acls:\n    - resource: { type: topic, name: t, patternType: literal, principal: 'User:a' }\n      operations: [read]\n",
        );
        write(
            "jikkou.yaml",
            "kind: KafkaPrincipalAuthorization\nmetadata: { name: 'User:a' }\nspec:\n  acls: [{ resource: { type: group, pattern: g }, operations: [READ] }]\n",
        );
        write(
            "users.yaml",
            "kind: KafkaUser\nmetadata: { name: a }\nspec:\n  authorization: { type: simple, acls: [{ resource: { type: topic, name: t }, operations: [Read] }] }\n",
        );
        write(
            "topology.yaml",
            "context: c\nprojects:\n  - name: p\n    topics: [{ name: t, consumers: [{ principal: 'User:a' }] }]\n",
        );
        write("state.yaml", "users:\n  a: { principal: 'User:a', roles: [writer] }\n");
        let acl = r#"{"mode":"managed","type":"kafka_acl","values":{"acl_host":"*","acl_operation":"Read","acl_permission_type":"Allow","acl_principal":"User:a","resource_name":"t","resource_type":"Topic"}}"#;
        write(
            "state.json",
            &format!("{{\"values\":{{\"root_module\":{{\"resources\":[{acl}]}}}}}}"),
        );
        write("bin/terraform", "#!/bin/sh\ncat state.json\n");
        write("bin/kafka-acls.sh", "#!/bin/sh\ncat acls.txt\n");
        for program in ["terraform", "kafka-acls.sh"] {
            executable(&self.sandbox.path().join("bin").join(program));
        }
    }

    /// Enough records for every offset that is named.
    fn records(&self) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", self.broker.bootstrap(Listener::SaslPlaintext))
            .set("security.protocol", "SASL_PLAINTEXT")
            .set("sasl.mechanism", "PLAIN")
            .set("sasl.username", "admin")
            .set("sasl.password", "admin-secret")
            .create()
            .expect("a producer");
        for number in 0..1300 {
            let partition = if number < 8 { number } else { 3 };
            let record = BaseRecord::<str, str>::to("orders").partition(partition).payload("1");
            producer.send(record).expect("a record that is queued");
        }
        producer.flush(Duration::from_mins(1)).expect("records that are written");
    }

    /// Groups that have committed offsets, and no members.
    fn groups(&self) {
        let start = |group: &str, topics: &str| Consumer::of(&self.broker, group, topics).start();
        let groups = ["billing", "billing-old", "billing-v2", "shipping"];
        let running = groups.map(|group| (group, start(group, "orders,old-orders")));
        for (_, consumer) in &running {
            consumer.holding(10).having_consumed(1300);
        }
        for (_, consumer) in running {
            consumer.leave();
        }
    }

    /// Runs one line: what is wrong with how it ended.
    fn try_line(&self, line: &str) -> Option<String> {
        self.files();
        // Each broker learns in its own time of what the lines before have changed, and each line asks any of them.
        if rank(line) > 0 {
            self.broker.caught_up("admin");
        }
        for (contained, first) in BEFORE {
            if line.contains(contained) {
                self.shell(first);
            }
        }
        if rank(line) > 0 {
            self.broker.caught_up("admin");
        }
        // One that has a name of its own, while it is sent away.
        let member = line.contains("--instance-id billing-3").then(|| {
            let start = Consumer::of(&self.broker, "billing", "test-1").instance("billing-3");
            let member = start.session(Duration::from_secs(6)).start();
            member.holding(2);
            member
        });
        let (command, _comment) = line.split_once(" #").unwrap_or((line, ""));
        let mut command = command.trim_end().to_owned();
        if command.starts_with("kward context add") {
            // It is not there yet.
            self.sandbox.write(".config/kward/config.toml", "");
        }
        let endless = ENDLESS.iter().any(|sign| command.contains(sign));
        if endless {
            command =
                command.replacen("kward", "timeout --signal=INT --preserve-status 2 kward", 1);
        }
        let mut run = self.shell(&command);
        if run.status == 4 {
            // What a person is asked.
            run = self.shell(&format!("{command} --yes"));
        }
        drop(member);
        let fine = run.status == 0
            || run.status == 3 && ANSWERS.iter().any(|sign| line.contains(sign))
            || run.status == 130 && endless;
        (!fine || run.err.contains("panicked")).then(|| format!("{line}\n{run}"))
    }
}

fn executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("the mode");
}

#[test]
fn every_command_that_is_shown_runs_on_a_real_cluster() {
    let world = World::new();
    let mut lines: Vec<String> = shown().into_iter().filter(|line| !is_a_pattern(line)).collect();
    let reasons: Vec<_> =
        NOT_RUN.iter().filter(|(sign, _)| !lines.iter().any(|l| l.contains(sign))).collect();
    lines.retain(|line| !NOT_RUN.iter().any(|(sign, _)| line.contains(sign)));
    lines.retain(|line| !is_a_name(&world.sandbox, line));
    assert!(lines.len() > 150, "only {} commands were found", lines.len());
    lines.sort_by_key(|line| rank(line));
    let wrong: Vec<String> = lines.iter().filter_map(|line| world.try_line(line)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n\n"));
    assert!(reasons.is_empty(), "no such line is shown any more: {reasons:?}");
}
