//! `kward cluster` against real Kafka, compared with what Kafka's own tools print.

use serde_json::Value;

use crate::support::broker::{Authorizer, Broker, Options, on_each_version, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};
use crate::topic::{items, kward, kward_as};

const TOOLS: &str = "org.apache.kafka.tools";

#[test]
fn the_cluster_and_what_one_may_do_on_it() {
    on_each_version(|broker| {
        let run = kward(broker, &["cluster", "describe", "-o", "json"]).ends(0);
        let document = run.json();
        assert_eq!((&document["authorizer"], &document["controllerId"]), (&true.into(), &1.into()));
        assert_eq!(document["brokers"][0]["id"], 1);
        let release = document["brokers"][0]["version"].as_str().unwrap();
        assert!(broker.version.starts_with(&format!("{release}.")), "{release}");
        let id = document["clusterId"].as_str().unwrap();
        let by_kafka =
            broker.admin(&format!("{TOOLS}.MetadataQuorumCommand"), &["describe", "--status"]);
        assert!(by_kafka.contains(id), "{id}\n{by_kafka}");
        kward(broker, &["cluster", "describe"]).ends(0).prints("you may").prints(id);

        let client = broker.create_user(&unique("guest"));
        let run = kward_as(broker, &client, &["cluster", "describe", "-o", "json"]).ends(0);
        let document = run.json();
        assert_eq!(document["authorizer"], true, "refused means that somebody refuses: {run}");
        assert_eq!(document["authorizedOperations"], serde_json::json!([]));
        assert!(document.get("controllerId").is_none(), "the quorum may not be seen: {run}");
    });
}

#[test]
fn features_and_api_versions_are_those_of_kafkas_tools() {
    on_each_version(|broker| {
        let features = items(&kward(broker, &["cluster", "features", "-o", "json"]).ends(0));
        let by_kafka = broker.admin("features", &["describe"]);
        for line in by_kafka.lines().filter(|line| line.contains("Feature: ")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after = |word: &str| {
                let at = words.iter().position(|w| *w == word).expect(word);
                words[at + 1]
            };
            let name = after("Feature:");
            let ours =
                features.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("{name}"));
            if name == "metadata.version" {
                // The tool may be of an older Kafka than the broker.
                let level = after("FinalizedVersionLevel:");
                assert!(level == "UNKNOWN" || ours["finalizedName"] == level, "{line}");
                assert!(ours["finalized"].is_i64());
            } else {
                let level = ours["finalized"].as_i64().unwrap_or(0).to_string();
                assert_eq!(level, after("FinalizedVersionLevel:"), "{line}");
                assert_eq!(
                    ours["supportedMax"].to_string(),
                    after("SupportedMaxVersion:"),
                    "{line}"
                );
            }
        }

        let run = kward(broker, &["cluster", "api-versions", "-o", "json"]).ends(0);
        let apis = items(&run)[0]["apis"].as_array().unwrap().clone();
        let class = if broker.is_at_least("4.0") { TOOLS } else { "kafka.admin" };
        let by_kafka = broker.admin(&format!("{class}.BrokerApiVersionsCommand"), &[]);
        let mut compared = 0;
        for line in by_kafka.lines().map(str::trim).filter(|line| line.contains("): ")) {
            // `DescribeAcls(29): 1 to 3 [usable: 3]`, `ListPartitionReassignments(46): 0 [usable: 0]`
            let (name, rest) = line.split_once('(').unwrap();
            let (key, versions) = rest.split_once("): ").unwrap();
            let range = versions.split(" [").next().unwrap().trim_end_matches(',');
            if range == "UNSUPPORTED" || name == "UNKNOWN" {
                continue;
            }
            let (min, max) = range.split_once(" to ").unwrap_or((range, range));
            let ours =
                apis.iter().find(|api| api["key"] == key.parse::<i64>().unwrap()).expect(line);
            assert_eq!(
                (ours["minVersion"].to_string().as_str(), ours["maxVersion"].to_string().as_str()),
                (min, max),
                "{line}"
            );
            // The tool of an older Kafka has older names for some.
            if name != "ListClientMetricsResources" {
                assert_eq!(ours["name"], name, "{line}");
            }
            compared += 1;
        }
        assert!(compared > 40, "{compared} compared:\n{by_kafka}");
        kward(broker, &["cluster", "api-versions", "--broker", "9"]).ends(2).says("no broker 9");
    });
}

#[test]
fn what_is_told_of_a_whole_cluster_says_what_it_leaves_out() {
    on_each_version(|broker| {
        let (user, seen) = (unique("partly"), unique("seen"));
        broker.create_topic(&seen);
        let client = broker.create_user(&user);
        let principal = format!("User:{user}");
        let grant = |what: &[&str]| {
            let words = ["acl", "create", "--allow-principal", &principal];
            kward(broker, &[&words[..], what].concat()).ends(0);
        };
        grant(&["--operation", "describe", "--operation", "alter", "--cluster"]);
        grant(&["--operation", "describe", "--topic", &seen]);
        let left_out = "not looked at: topics that you may not describe (DESCRIBE on the topics)";
        for words in [
            &["cluster", "brokers"][..],
            &["topic", "elect-leaders", "--all", "--dry-run"],
            &["transaction", "find-hanging"],
            &["reassign", "plan", "--even"],
        ] {
            kward_as(broker, &client, words).says(left_out);
            let whole = kward(broker, words);
            assert!(!whole.err.contains(left_out), "{whole}");
        }
        // Topics that are named are all that is meant.
        let named =
            kward_as(broker, &client, &["reassign", "plan", "--even", "--topic", &seen]).ends(0);
        assert!(!named.err.contains(left_out), "{named}");
        let health = kward_as(broker, &client, &["cluster", "health"]);
        assert!(
            format!("{}{}", health.out, health.err).contains("topics that you may not describe"),
            "{health}"
        );
    });
}

#[test]
fn the_quorum_is_that_of_kafkas_tool() {
    on_each_version(|broker| {
        let run = kward(broker, &["cluster", "quorum", "-o", "json"]).ends(0);
        let document = run.json();
        let by_kafka =
            broker.admin(&format!("{TOOLS}.MetadataQuorumCommand"), &["describe", "--status"]);
        let told = |name: &str| {
            let line = by_kafka.lines().find(|line| line.starts_with(name)).expect(name);
            line.split_once(':').unwrap().1.trim().to_owned()
        };
        assert_eq!(document["leaderId"].to_string(), told("LeaderId"));
        assert_eq!(document["leaderEpoch"].to_string(), told("LeaderEpoch"));
        assert_eq!(document["maxFollowerLag"].to_string(), told("MaxFollowerLag"));
        let mark: i64 = told("HighWatermark").parse().unwrap();
        assert!(document["highWatermark"].as_i64().unwrap() <= mark, "it only grows");
        let client = broker.create_user(&unique("guest"));
        let run = kward_as(broker, &client, &["cluster", "quorum"]).ends(1);
        run.says("not authorized to describe the quorum").says("--operation describe --cluster");
    });
}

/// Topic, partition and size, as Kafka's tool tells them.
fn sizes_by_kafka(text: &str, topic: &str) -> Vec<(String, u64)> {
    let line = text.lines().find(|line| line.starts_with('{')).expect("JSON of the tool");
    let document: Value = serde_json::from_str(line).expect("JSON of the tool");
    let mut sizes = Vec::new();
    for broker in document["brokers"].as_array().unwrap() {
        for dir in broker["logDirs"].as_array().unwrap() {
            for partition in dir["partitions"].as_array().unwrap() {
                let name = partition["partition"].as_str().unwrap();
                if name.starts_with(topic) {
                    sizes.push((name.to_owned(), partition["size"].as_u64().unwrap()));
                }
            }
        }
    }
    sizes.sort();
    sizes
}

#[test]
fn sizes_on_disk_are_those_of_kafkas_tool() {
    on_each_version(|broker| {
        let topic = unique("disk");
        broker.admin("topics", &["--create", "--topic", &topic, "--partitions", "2"]);
        broker.produce("admin", &topic, &["one", "two", "three"]).expect("a super user may write");
        let tool = format!("{TOOLS}.LogDirsCommand");
        let by_kafka =
            sizes_by_kafka(&broker.admin(&tool, &["--describe", "--topic-list", &topic]), &topic);
        assert_eq!(by_kafka.len(), 2);
        assert!(by_kafka.iter().any(|(_, size)| *size > 0), "{by_kafka:?}");
        let log_dirs = |by: &str| {
            let words = ["cluster", "log-dirs", "--by", by, "--topic", &topic, "-o", "json"];
            items(&kward(broker, &words).ends(0))
        };
        let mut ours: Vec<(String, u64)> = log_dirs("replica")
            .iter()
            .map(|item| {
                let name = format!("{}-{}", item["topic"].as_str().unwrap(), item["partition"]);
                (name, item["sizeBytes"].as_u64().unwrap())
            })
            .collect();
        ours.sort();
        assert_eq!(ours, by_kafka);
        let sum: u64 = by_kafka.iter().map(|(_, size)| size).sum();
        for by in ["topic", "dir", "broker"] {
            assert_eq!(log_dirs(by)[0]["sizeBytes"], sum, "{by}");
        }
        let all = kward(broker, &["cluster", "log-dirs", "-o", "json"]).ends(0);
        assert!(items(&all)[0]["totalBytes"].as_u64() > items(&all)[0]["usableBytes"].as_u64());

        let brokers = items(&kward(broker, &["cluster", "brokers", "-o", "json"]).ends(0));
        assert_eq!((&brokers[0]["alive"], &brokers[0]["controller"]), (&true.into(), &true.into()));
        assert!(brokers[0]["sizeBytes"].as_u64().unwrap() >= sum);
    });
}

#[test]
fn health_says_what_it_could_not_look_at() {
    on_each_version(|broker| {
        let client = broker.create_user(&unique("guest"));
        let words = ["cluster", "health", "-o", "json", "--max-disk", "100"];
        // A watchman who may not look does not say that all is well.
        let run =
            kward_as(broker, &client, &words).ends(1).says("not everything could be looked at");
        let document = run.json();
        assert_eq!((&document["healthy"], &document["topics"]), (&false.into(), &0.into()));
        let told: Vec<&str> =
            document["notChecked"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("the quorum: not authorized"), "{told:?}");
        assert!(told[1].starts_with("disks: not authorized"), "{told:?}");
        assert!(told[2].starts_with("topics that you may not describe"), "{told:?}");
        // Nor does it look as if all were well.
        let run = kward_as(broker, &client, &["cluster", "health", "--max-disk", "100"]).ends(1);
        run.prints("nothing found: ").prints("not checked: topics that you may not describe");
    });
}

#[test]
fn fewer_replicas_than_are_asked_for_is_no_health() {
    on_each_version(|broker| {
        let topic = unique("thin");
        let create = ["topic", "create", &topic, "--set", "min.insync.replicas=2"];
        kward(broker, &create).ends(0);
        let health = || kward(broker, &["cluster", "health", "-o", "json", "--max-disk", "100"]);
        let place = format!("topic {topic}");
        let found = || items(&health()).into_iter().find(|finding| finding["place"] == place);
        eventually("it is seen", || found().is_some());
        let found = found().unwrap();
        assert_eq!(
            (&found["code"], &found["severity"]),
            (&"under-min-isr".into(), &"error".into())
        );
        assert!(
            found["reason"].as_str().unwrap().contains("fewer replicas than min.insync.replicas")
        );
        health().ends(3);
        let by_kafka = broker
            .admin("topics", &["--describe", "--topic", &topic, "--under-min-isr-partitions"]);
        assert!(by_kafka.contains(&topic), "Kafka's tool says the same: {by_kafka}");
        let wide = kward(broker, &["topic", "list", &topic, "-o", "wide"]).ends(0);
        wide.prints("under-min-isr");
        kward(broker, &["topic", "delete", &topic, "--yes"]).ends(0);
    });
}

#[test]
fn features_go_up_and_down() {
    for (version, old, new) in [("3.9.2", "3.8", "3.9-IV0"), ("4.4.0", "4.0", "4.4-IV1")] {
        if !versions().iter().any(|tested| tested == version) {
            continue;
        }
        let format = ["--release-version", old].map(str::to_owned).to_vec();
        let options = Options { version: Some(version.to_owned()), format, ..Options::default() };
        let broker = Broker::own(&options);
        let set = |words: &[&str]| {
            kward(&broker, &[&["cluster", "set-features", "-o", "json"], words].concat())
        };
        let by_kafka = |level: &str| {
            let told = broker.admin("features", &["describe"]);
            let line = told.lines().find(|line| line.contains("metadata.version"));
            let of_tool = line.and_then(|line| line.split("FinalizedVersionLevel: ").nth(1));
            let features = items(&kward(&broker, &["cluster", "features", "-o", "json"]).ends(0));
            let ours = features.iter().find(|feature| feature["name"] == "metadata.version");
            // The tool may be of an older Kafka than the broker.
            of_tool.is_some_and(|told| told.starts_with(level) || told.starts_with("UNKNOWN"))
                && ours.is_some_and(|feature| feature["finalizedName"] == level)
        };
        let up = format!("metadata.version={new}");
        let dry = set(&[&up, "--dry-run"]).ends(0);
        assert_eq!(
            (&items(&dry)[0]["status"], &items(&dry)[0]["newName"]),
            (&"planned".into(), &new.into())
        );
        set(&[&up]).ends(4).says(&format!("({new})")).says("there is no terminal");
        assert_eq!(items(&set(&[&up, "--yes"]).ends(0))[0]["status"], "altered");
        eventually("Kafka has it", || by_kafka(new));
        assert_eq!(items(&set(&[&up, "--yes"]).ends(0))[0]["status"], "unchanged");

        // A release is all that it stands for, but for what the quorum is.
        let release = ["--release", if version == "4.4.0" { "4.4" } else { "3.9" }];
        let dry = items(&set(&[&release[..], &["--dry-run"]].concat()).ends(0));
        let of = |all: &[Value], name: &str| {
            all.iter().find(|item| item["name"] == name).cloned().unwrap_or_default()
        };
        assert!(
            of(&dry, "kraft.version").is_null()
                && of(&dry, "transaction.version").is_object() == (version == "4.4.0")
        );
        let stands = ["cluster", "features", release[0], release[1], "-o", "json"];
        let stands = items(&kward(&broker, &stands).ends(0));
        set(&release).ends(if version == "4.4.0" { 4 } else { 0 });
        let done = items(&set(&[&release[..], &["--yes"]].concat()).ends(0));
        assert_eq!(done.len(), dry.len());
        let finalized = || items(&kward(&broker, &["cluster", "features", "-o", "json"]).ends(0));
        for item in &done {
            let name = item["name"].as_str().unwrap();
            let level = || of(&finalized(), name)["finalized"].clone();
            eventually("it has the level of the release", || level() == of(&stands, name)["level"]);
        }
        let again = items(&set(&[&release[..], &["--yes"]].concat()).ends(0));
        assert!(again.iter().all(|item| item["status"] == "unchanged"), "{again:?}");
        set(&[release[0], release[1], &up]).ends(2).says("cannot be used with");

        // What the controller refuses is refused before anybody is asked.
        let run = set(&["metadata.version=90"]).ends(1);
        run.says("INVALID_UPDATE_VERSION").says("kward cluster features");
        set(&["metadata.version=7"]).ends(1).says("INVALID_UPDATE_VERSION").says("`--unsafe`");
        set(&["metadata.verison=7"]).ends(2).says("did you mean `metadata.version`?");
        set(&[&up, &up]).ends(2).says("named more than once");
        set(&["metadata.version=9.9"]).ends(2).says("unknown metadata.version");
        set(&["kraft.version"]).ends(2).says("FEATURE=LEVEL");
        let client = broker.create_user(&unique("nosy"));
        let words = ["cluster", "set-features", up.as_str(), "metadata.version=7"];
        kward_as(&broker, &client, &words[..2]).ends(2);
        let run = kward_as(&broker, &client, &["cluster", "set-features", "metadata.version=20"]);
        run.ends(1).says("--operation alter --cluster");
    }
}

#[test]
fn a_release_stands_for_what_kafkas_own_tool_says() {
    on_each_version(|broker| {
        for release in ["3.7", "3.9", "4.0", "4.1", "4.2-IV0", "4.3"] {
            let words = ["cluster", "features", "--release", release];
            // No cluster is asked.
            let run = Run::of(&mut Sandbox::new().kward([&words[..], &["-o", "json"]].concat()));
            let told: Vec<String> = items(&run.ends(0))
                .iter()
                .map(|item| format!("{}={}", item["name"].as_str().unwrap(), item["level"]))
                .collect();
            // The tool of a release knows no later one.
            if broker.is_at_least("4.3") {
                let mapping = ["version-mapping", "--release-version", release];
                let by_kafka = broker.admin("features", &mapping);
                let by_kafka: Vec<&str> =
                    by_kafka.lines().filter_map(|line| line.split(' ').next()).collect();
                assert_eq!(told, by_kafka, "{release}");
            }
        }
        let table = kward(broker, &["cluster", "features", "--release", "4.1"]).ends(0);
        table.prints("27 (4.1-IV1)").prints("metadata.version 23 (4.0-IV1)");
        kward(broker, &["cluster", "features", "--release", "4"]).ends(2).says("is no release");
    });
}

#[test]
fn a_cluster_without_authorizer_says_so() {
    let broker = Broker::own(&Options { authorizer: Authorizer::None, ..Options::default() });
    eventually("it answers", || kward(&broker, &["cluster", "describe"]).status == 0);
    let run = kward(&broker, &["cluster", "describe", "-o", "json"]).ends(0);
    assert_eq!(run.json()["authorizer"], false);
    kward(&broker, &["cluster", "describe"]).ends(0).prints("none: everyone may do everything");
}
