//! Controllers that are talked to directly (KIP-919), compared with what Kafka's own tools print with
//! `--bootstrap-controller`: what they serve, what they do not, and what they mend when no broker helps.

use serde_json::{Value, json};

use crate::support::broker::{Broker, Listener, Options, on_each_version, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};
use crate::topic::{items, kward, kward_as, quick_to_miss};

const TOOLS: &str = "org.apache.kafka.tools";
/// The super user at the controllers.
const THERE: &str = "admin-controllers";

/// `kward …` against one controller or broker, with the security of a client.
#[track_caller]
fn kward_at(broker: &Broker, flag: &str, address: &str, client: &str, words: &[&str]) -> Run {
    // Only the addresses differ.
    let file = broker.client(client);
    let flags = [flag, address, "--command-config", file.to_str().unwrap()];
    Run::of(&mut Sandbox::new().kward(words.iter().copied().chain(flags)))
}

#[test]
fn controllers_tell_what_brokers_tell() {
    on_each_version(|broker| {
        let topic = unique("orders");
        let words = ["acl", "create", "--topic", &topic, "--operation", "read"];
        let grant = [&words[..], &["--allow-principal", "User:somebody"]].concat();
        kward_as(broker, THERE, &grant).ends(0);
        let bindings = |client: &str| {
            let run = kward_as(broker, client, &["acl", "list", "--topic", &topic, "-o", "json"]);
            run.ends(0).json()["items"].clone()
        };
        assert_eq!(bindings(THERE).as_array().unwrap().len(), 1);
        eventually("the broker knows it too", || bindings("admin") == bindings(THERE));
        // The tool of before 4.0 cannot talk to controllers.
        if broker.is_at_least("4.0") {
            let by_kafka = broker.tool(THERE, "acls", &["--list", "--topic", &topic], "");
            let by_kafka = String::from_utf8_lossy(&by_kafka.stdout).into_owned();
            assert!(by_kafka.contains("User:somebody"), "{by_kafka}");
        }
        kward_as(broker, THERE, &["acl", "delete", "--topic", &topic, "--yes"]).ends(0);
        assert_eq!(bindings(THERE), json!([]));

        let described = kward_as(broker, THERE, &["cluster", "describe", "-o", "json"]).ends(0);
        let document = described.json();
        let of_brokers = kward(broker, &["cluster", "describe", "-o", "json"]).ends(0).json();
        for field in ["clusterId", "metadataVersion", "controllerId", "authorizer"] {
            assert_eq!(document[field], of_brokers[field], "{field}");
        }
        assert_eq!(document["brokers"], json!([]));
        let controller = &document["controllers"][0];
        let address = format!("{}:{}", controller["host"].as_str().unwrap(), controller["port"]);
        assert_eq!((controller["id"].as_i64(), &*address), (Some(1), broker.controllers()));
        assert_eq!(controller["version"], of_brokers["brokers"][0]["version"]);
        kward_as(broker, THERE, &["cluster", "describe"]).ends(0).prints("controllers\n");

        let features = |client| {
            items(&kward_as(broker, client, &["cluster", "features", "-o", "json"]).ends(0))
        };
        let finalized = |client| -> Vec<Value> {
            features(client).iter().map(|one| json!([one["name"], one["finalized"]])).collect()
        };
        assert_eq!(finalized(THERE), finalized("admin"));
        let apis = kward_as(broker, THERE, &["cluster", "api-versions", "-o", "json"]).ends(0);
        assert_eq!(items(&apis)[0]["controllers"], json!([1]));
        assert!(apis.out.contains("BrokerRegistration") && !apis.out.contains("FindCoordinator"));
        kward_as(broker, THERE, &["cluster", "api-versions", "--broker", "9"])
            .ends(2)
            .says("there is no controller 9");

        let check = kward_as(broker, THERE, &["context", "check", "-o", "json"]).ends(0).json();
        let step = check["items"].as_array().unwrap().iter().find(|i| i["step"] == "controllers");
        assert_eq!(step.expect("the controllers")["status"], "ok");
    });
}

#[test]
fn the_quorum_is_that_of_kafkas_tool() {
    on_each_version(|broker| {
        let class = format!("{TOOLS}.MetadataQuorumCommand");
        let told = broker.tool(THERE, &class, &["describe", "--status"], "");
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let quorum = kward_as(broker, THERE, &["cluster", "quorum", "-o", "json"]).ends(0).json();
        let field = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name}\n{told}")).trim().to_owned()
        };
        assert_eq!(quorum["clusterId"], field("ClusterId:"));
        assert_eq!(quorum["leaderId"].to_string(), field("LeaderId:"));
        assert_eq!(quorum["leaderEpoch"].to_string(), field("LeaderEpoch:"));
        assert_eq!(quorum["voters"][0]["id"], 1);
        let run = kward_as(broker, THERE, &["cluster", "health", "-o", "json"]).ends(1);
        assert!(run.json()["notChecked"][0].as_str().unwrap().contains("controllers"), "{run}");
        assert!(["brokers", "topics", "partitions"].iter().all(|f| run.json().get(f).is_none()));
        kward_as(broker, THERE, &["reassign", "status"]).ends(0).says("nothing is being moved");
        kward_as(broker, THERE, &["cluster", "unregister-broker", "1"]).ends(4).says("is alive");
    });
}

#[test]
fn configurations_are_told_and_changed() {
    on_each_version(|broker| {
        let metrics = unique("metrics");
        let whose = ["--client-metrics", &metrics];
        let set = ["config", "set", "--set", "interval.ms=60000"];
        kward_as(broker, THERE, &[&set[..], &whose].concat()).ends(0);
        let described = ["config", "describe", "--key", "interval.ms"];
        for client in [THERE, "admin"] {
            let words = [&described[..], &whose].concat();
            eventually("it is seen", || kward_as(broker, client, &words).out.contains("60000"));
        }
        let topic = unique("kept");
        broker.create_topic(&topic);
        let of_topic = ["--topic", &topic];
        let set = ["config", "set", "--set", "segment.ms=3600000"];
        kward_as(broker, THERE, &[&set[..], &of_topic].concat()).ends(0);
        let words = ["config", "describe", "--topic", &topic];
        kward_as(broker, THERE, &words).ends(0).prints("3600000").says("brokers may have other");
        let words = ["config", "set", "--unset", "segment.ms", "--dry-run", "-o", "json"];
        let run = kward_as(broker, THERE, &[&words[..], &of_topic].concat()).ends(0);
        let item = &items(&run)[0];
        assert_eq!((&item["oldValue"], &item["newSource"]), (&json!("3600000"), &json!("UNKNOWN")));
        assert!(item.get("newValue").is_none_or(Value::is_null), "{run}");
        kward_as(broker, THERE, &["config", "describe", "--broker", "1", "--key", "node.id"])
            .ends(0)
            .prints("node.id");
        kward_as(broker, THERE, &["config", "describe", "--broker-defaults"]).ends(0);
        let words = ["config", "describe", "--logger", "1", "--match", "kafka.server"];
        kward_as(broker, THERE, &words).ends(0).prints("INFO");
        for (words, said) in [
            (&["describe", "--broker", "9"][..], "there is no controller 9"),
            (&["describe", "--all-brokers"], "controllers do not tell which brokers"),
            (&["describe", "--client-metrics"], "--client-metrics NAME"),
        ] {
            kward_as(broker, THERE, &[&["config"], words].concat()).ends(2).says(said);
        }
        let set = ["config", "set", "--broker", "9", "--set", "log.cleaner.threads=2", "--yes"];
        kward_as(broker, THERE, &set).ends(1).says("BROKER_ID_NOT_REGISTERED");
    });
}

#[test]
fn what_takes_brokers_says_so_before_anything_is_sent() {
    let commands: [&[&str]; 14] = [
        &["topic", "list"],
        &["topic", "create", "orders"],
        &["topic", "delete", "orders", "--yes"],
        &["group", "list"],
        &["group", "lag", "g"],
        &["group", "delete", "g", "--yes"],
        &["quota", "list"],
        &["user", "list"],
        &["user", "delete", "bob", "--yes"],
        &["token", "list"],
        &["transaction", "list"],
        &["cluster", "brokers"],
        &["cluster", "log-dirs"],
        &["reassign", "plan", "--even"],
    ];
    // Nobody listens there.
    let nowhere = ["--bootstrap-controller", "127.0.0.1:1"];
    for words in commands {
        let run = Run::of(&mut Sandbox::new().kward(words.iter().chain(&nowhere))).ends(2);
        run.says("needs brokers").says("`bootstrap.controllers` (--bootstrap-controller)");
    }
    let sandbox = Sandbox::new();
    let both = ["acl", "list", "-b", "127.0.0.1:1", "--bootstrap-controller", "127.0.0.1:1"];
    Run::of(&mut sandbox.kward(both)).ends(2).says("cannot be used with");
    let file = "bootstrap.servers=a:1\nbootstrap.controllers=b:1\n";
    let file = sandbox.write("both.properties", file);
    let words = ["acl", "list", "--command-config", file.to_str().unwrap()];
    Run::of(&mut sandbox.kward(words)).ends(2).says("two ways into the cluster");
}

#[test]
fn a_broker_is_told_from_a_controller() {
    on_each_version(|broker| {
        let address = broker.bootstrap(Listener::SaslPlaintext);
        let controllers = broker.controllers();
        for words in [&["acl", "list"][..], &["cluster", "describe"], &["topic", "list"]] {
            let run = kward_at(broker, "-b", controllers, "admin-plain", words).ends(2);
            run.says(&format!("`{controllers}` is a controller, and `-b` is for brokers"))
                .says(&format!("--bootstrap-controller {controllers}"));
        }
        let flag = "--bootstrap-controller";
        for words in [&["acl", "list"][..], &["cluster", "describe"]] {
            let run = kward_at(broker, flag, address, "admin-plain", words).ends(2);
            run.says(&format!("`{address}` is a broker")).says(&format!("-b {address}"));
        }
        let check = kward_at(broker, "-b", controllers, "admin-plain", &["context", "check"]);
        check.ends(1).prints("is a controller, and `-b` is for brokers");
        // Somebody who may not ALTER the cluster is told at once, and is told what it takes.
        let words = ["cluster", "quorum", "--timeout", "40s"];
        let run = kward_as(broker, "alice-controllers", &words).ends(1);
        run.says("ALTER on the cluster").says("--operation alter --cluster");
    });
}

#[test]
fn a_context_talks_to_controllers() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let config = sandbox.path().join("config.toml");
        let run = |words: &[&str]| {
            let config = ["--config", config.to_str().unwrap()];
            Run::of(&mut sandbox.kward(words.iter().copied().chain(config)))
        };
        let (user, password) = ("admin", "admin-secret");
        sandbox.write("password", password);
        let file = sandbox.path().join("password");
        let add = ["context", "add", "mend", "--bootstrap-controller", broker.controllers()];
        let login = ["--user", user, "--mechanism", "PLAIN", "--protocol", "SASL_PLAINTEXT"];
        let secret = ["--password-file", file.to_str().unwrap(), "--pin", "--use"];
        run(&[&add[..], &login, &secret].concat()).ends(0);
        let text = std::fs::read_to_string(&config).unwrap();
        assert!(text.contains("bootstrap-controllers = "), "{text}");
        run(&["acl", "list"]).ends(0);
        run(&["context", "list"]).ends(0).prints(&format!("controllers {}", broker.controllers()));
        let shown = run(&["context", "show", "-o", "json"]).ends(0).json();
        assert_eq!(shown["bootstrapControllers"], broker.controllers());
        assert!(shown.get("bootstrapServers").is_none());
        run(&["topic", "list"]).ends(2).says("(context `mend`,").says("names controllers");
        let report = run(&["bug-report", "-o", "json"]).ends(0);
        assert_eq!(report.json()["cluster"]["controllers"], 1);
        assert!(!report.out.contains(broker.controllers()), "{report}");
        // Brokers in their place, with the rest of the context.
        let brokers = broker.bootstrap(Listener::SaslPlaintext);
        run(&["topic", "list", "-c", "mend", "-b", brokers]).ends(0);
    });
}

#[test]
fn what_is_written_goes_to_the_active_controller() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        let cluster = quick_to_miss(&version);
        let quorum = kward(&cluster, &["cluster", "quorum", "-o", "json"]).ends(0).json();
        let leader = quorum["leaderId"].as_i64().unwrap();
        let at = |node: i64| {
            let before = usize::try_from(node - 1).unwrap();
            cluster.controllers().split(',').nth(before).unwrap()
        };
        for node in 1..=3 {
            let asks = |words: &[&str]| {
                kward_at(&cluster, "--bootstrap-controller", at(node), "admin-plain", words)
            };
            let told = asks(&["cluster", "quorum", "-o", "json"]).ends(0).json();
            assert_eq!(told["leaderId"], leader, "from controller {node}");
            let topic = unique("routed");
            let grant = ["acl", "create", "--topic", &topic, "--operation", "read"];
            asks(&[&grant[..], &["--allow-principal", "User:somebody"]].concat()).ends(0);
            asks(&["acl", "list", "--topic", &topic]).ends(0).prints("User:somebody");
            asks(&["acl", "delete", "--topic", &topic, "--yes"]).ends(0);
            let value = format!("log.cleaner.backoff.ms={}", 16_000 + node);
            asks(&["config", "set", "--broker-defaults", "--set", &value, "--yes"]).ends(0);
            asks(&["config", "set", "--broker", "1", "--set", &value, "--yes"]).ends(0);
            asks(&["reassign", "status"]).ends(0);
            let run = asks(&["cluster", "describe", "-o", "json"]).ends(0).json();
            assert_eq!(run["controllers"].as_array().unwrap().len(), 3);
        }
        // The active one stands still, and another takes over.
        let paused = cluster.pause(u32::try_from(leader).unwrap());
        let others: Vec<&str> = (1..=3).filter(|id| *id != leader).map(at).collect();
        let asks = |words: &[&str]| {
            kward_at(&cluster, "--bootstrap-controller", &others.join(","), "admin-plain", words)
        };
        let topic = unique("after");
        let grant = ["acl", "create", "--topic", &topic, "--operation", "read", "--yes"];
        let grant = [&grant[..], &["--allow-principal", "User:somebody", "--timeout", "60s"]];
        eventually("another is active", || {
            let run = asks(&["cluster", "quorum", "-o", "json", "--timeout", "5s"]);
            run.status == 0 && run.json()["leaderId"] != leader
        });
        asks(&grant.concat()).ends(0);
        // What it is there for: who is fenced is told with the address.
        let client = cluster.client_beside(u32::try_from(leader).unwrap());
        let fenced = |run: &Run| {
            let item = items(run).into_iter().find(|item| item["id"] == leader);
            item.filter(|item| item["alive"] == false)
        };
        if cluster.is_at_least("4.0") {
            // Each broker learns of it in its own time.
            let brokers = ["cluster", "brokers", "-o", "json"];
            cluster.everywhere(&client, "it is fenced", &brokers, |run| {
                run.status == 0 && fenced(run).is_some()
            });
            let item = fenced(&kward_as(&cluster, &client, &brokers)).expect("it is still");
            assert_eq!(item["fenced"], true);
            let addresses = cluster.bootstrap_of("admin");
            let address = format!("{}:{}", item["host"].as_str().unwrap(), item["port"]);
            // Of the listener that was asked.
            assert!(addresses.split(',').any(|one| one == address), "{address} of {addresses}");
            let run = kward_as(&cluster, &client, &["cluster", "brokers"]).ends(0);
            run.prints("fenced");
        }
        drop(paused);
    }
}

/// A controller and a broker apart, where the one is told that the other is gone after 6 s.
fn apart(version: &str, settings: &[&str]) -> Broker {
    let quick = ["broker.session.timeout.ms=6000", "broker.heartbeat.interval.ms=500"];
    Broker::own(&Options {
        version: Some(version.to_owned()),
        isolated: true,
        settings: quick.iter().chain(settings).map(|&setting| setting.to_owned()).collect(),
        ..Options::default()
    })
}

#[test]
fn controllers_mend_what_they_can_while_no_broker_answers() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        let cluster = apart(&version, &[]);
        let there = |words: &[&str]| kward_as(&cluster, THERE, words);
        let paused = cluster.pause(2);
        kward(&cluster, &["acl", "list", "--timeout", "2s"]).ends(1).says("timed out");

        let words = ["acl", "create", "--topic", "orders", "--operation", "read"];
        there(&[&words[..], &["--allow-principal", "User:alice"]].concat()).ends(0);
        there(&["acl", "list"]).ends(0).prints("User:alice");
        there(&["acl", "can", "User:alice", "read", "topic:orders"]).ends(0);
        there(&["cluster", "quorum"]).ends(0).prints("leader 1");
        there(&["cluster", "describe"]).ends(0).prints("controllers");
        there(&["cluster", "features"]).ends(0).prints("metadata.version");
        // What is set for a broker that does not answer.
        let of_broker = ["config", "set", "--broker", "2"];
        let set = ["--set", "num.io.threads=5", "--set", "log.cleaner.backoff.ms=17000"];
        let run = there(&[&of_broker[..], &set, &["--dry-run", "-o", "json"]].concat()).ends(0);
        let item = &items(&run)[0];
        assert_eq!((&item["status"], &item["oldSource"]), (&json!("planned"), &json!("UNKNOWN")));
        there(&[&of_broker[..], &set].concat()).ends(4).says("there is no terminal");
        there(&[&of_broker[..], &set, &["--yes"]].concat()).ends(0);
        let unset = ["--unset", "log.cleaner.backoff.ms", "--yes", "-o", "json"];
        let run = there(&[&of_broker[..], &unset].concat()).ends(0);
        assert_eq!(items(&run)[0]["status"], "altered");
        let rate = "leader.replication.throttled.rate";
        let set = format!("{rate}=1000000");
        there(&[&of_broker[..], &["--set", &set, "--yes"]].concat()).ends(0);
        let listener = "listener.name.external.ssl.keystore.location";
        for key in [rate, listener] {
            let unset = ["--unset", key, "--yes", "-o", "json"];
            let run = there(&[&of_broker[..], &unset].concat()).ends(0);
            assert_eq!(items(&run)[0]["status"], "altered", "{key}");
        }
        there(&[&of_broker[..], &["--unset-all"]].concat())
            .ends(2)
            .says("controllers do not tell what a broker sets");
        let wrong = ["--set", "log.cleaner.thread=3", "--yes"];
        there(&[&of_broker[..], &wrong].concat()).ends(2).says("`log.cleaner.threads`");
        let typed = ["--set", "log.cleaner.threads=many", "--yes"];
        there(&[&of_broker[..], &typed].concat()).ends(2).says("log.cleaner.threads");
        there(&["config", "describe", "--broker", "2"]).ends(2).says("there is no controller 2");

        drop(paused);
        let key = ["config", "describe", "--broker", "2", "--key", "num.io.threads"];
        eventually("the broker knows it", || {
            let run = kward(&cluster, &[&key[..], &["-o", "json"]].concat());
            run.status == 0 && items(&run)[0]["configs"][0]["value"] == "5"
        });
        let key = ["config", "describe", "--broker", "2", "--key", "log.cleaner.backoff.ms"];
        // It may learn of one thing after the other.
        eventually("it is not set any longer", || {
            let run = kward(&cluster, &[&key[..], &["-o", "json"]].concat()).ends(0);
            items(&run)[0]["configs"][0]["value"] != "17000"
        });
        eventually("the broker knows the ACL", || {
            kward(&cluster, &["acl", "list"]).ends(0).out.contains("User:alice")
        });

        let unregister = ["cluster", "unregister-broker", "2", "--yes", "-o", "json"];
        // It answers before it is let in again.
        eventually("it is back", || {
            there(&["cluster", "unregister-broker", "2", "--dry-run"]).err.contains("is alive")
        });
        there(&unregister).ends(4).says("is alive");
        let paused = cluster.pause(2);
        eventually("it is missed", || {
            there(&["cluster", "unregister-broker", "2", "--dry-run"]).status == 0
        });
        let run = there(&unregister).ends(0).says("which controllers do not tell");
        assert_eq!(items(&run)[0]["status"], "deleted");
        there(&unregister).ends(1).says("BROKER_ID_NOT_REGISTERED");
        drop(paused);
    }
}

#[test]
fn who_locked_everybody_out_is_let_in_through_the_controller() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        // `node1` is a super user of the controller alone, and nobody is one of the broker.
        let users = "user_kafka=\"kafka-secret\" user_node1=\"node-secret\"";
        let login = "listener.name.controller.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.\
                     PlainLoginModule required username=\"kafka\" password=\"kafka-secret\"";
        let login = format!("{login} {users};");
        let cluster = apart(&version, &[&login, "super.users=User:kafka;User:node{node}"]);
        let pattern = std::fs::read_to_string(cluster.client(THERE)).unwrap();
        let there =
            pattern.replace("\"admin\"", "\"node1\"").replace("admin-secret", "node-secret");
        let there = cluster.write_client(&there);
        let mends = |words: &[&str]| kward_as(&cluster, &there, words).ends(0);
        let cluster_wide = ["--cluster", "--operation", "all"];
        let grant = ["acl", "create", "--allow-principal", "User:alice"];
        mends(&[&grant[..], &cluster_wide].concat());
        let list = ["acl", "list", "--timeout", "5s"];
        eventually("alice may", || kward_as(&cluster, "alice-plain", &list).status == 0);

        let deny = ["acl", "create", "--deny-principal", "User:*", "--yes"];
        kward_as(&cluster, "alice-plain", &[&deny[..], &cluster_wide].concat());
        eventually("nobody may", || kward_as(&cluster, "alice-plain", &list).status == 1);
        kward_as(&cluster, "alice-plain", &list).ends(1).says("not authorized");
        eventually("the controller knows it, too", || {
            mends(&["acl", "list"]).out.contains("User:*")
        });
        mends(&["acl", "delete", "--cluster", "--principal", "User:*", "--yes"]);
        eventually("alice may again", || kward_as(&cluster, "alice-plain", &list).status == 0);
    }
}
