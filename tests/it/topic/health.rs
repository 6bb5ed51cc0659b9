//! Three brokers, one of which goes: filters, health, elections, compared with Kafka's own tools.

use super::{Told, items, kward, kward_as, told_by_kafka, told_by_kward};
use crate::support::broker::{Broker, Options, versions};
use crate::support::run::Run;
use crate::support::{eventually, eventually_same, unique};

const WELL: [&str; 6] = ["cluster", "health", "--max-disk", "100", "--max-skew", "1000"];

fn kafka_describes(cluster: &Broker, client: &str, topic: &str, filter: &str) -> Vec<Told> {
    let output = cluster.tool(client, "topics", &["--describe", "--topic", topic, filter], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    told_by_kafka(&String::from_utf8_lossy(&output.stdout))
}

#[test]
fn a_broker_that_goes_is_seen_and_its_leaders_come_back() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        a_broker_goes(&quick_to_miss(&version));
    }
}

/// Three brokers that soon take one for gone that says nothing.
pub fn quick_to_miss(version: &str) -> Broker {
    let settings = [
        "broker.rack=rack-{node}",
        "broker.session.timeout.ms=6000",
        "broker.heartbeat.interval.ms=500",
        // A broker waits so long for a controller that does not answer before it looks for another.
        "controller.socket.timeout.ms=3000",
    ];
    Broker::own(&Options {
        version: Some(version.to_owned()),
        three_brokers: true,
        settings: settings.map(str::to_owned).to_vec(),
        ..Options::default()
    })
}

/// A broker of three that is not the active controller, so that a quorum of two goes on at once; and the
/// others.
pub fn one_that_may_go(cluster: &Broker) -> (u32, Vec<String>) {
    let quorum = kward(cluster, &["cluster", "quorum", "-o", "json"]).ends(0).json();
    let leader = quorum["leaderId"].as_i64().expect("a leader");
    let node = if leader == 3 { 2 } else { 3 };
    let others = [1, 2, 3].iter().filter(|id| **id != node).map(ToString::to_string).collect();
    (node, others)
}

/// What leaves out a broker that is gone, or needs it, says so.
fn what_cannot_be_is_said(
    asks: &impl Fn(&[&str]) -> Run,
    node: u32,
    (topic, solo): (&String, &String),
) {
    // What is set on every broker is not set on one that is gone, and that is told.
    let everywhere = ["config", "set", "--all-brokers", "--set", "log.cleaner.backoff.ms=16000"];
    let run = asks(&[&everywhere[..], &["--dry-run", "-o", "json"]].concat()).ends(1);
    let mut told: Vec<(String, String)> = items(&run)
        .iter()
        .map(|item| ["entityName", "status"].map(|field| item[field].as_str().unwrap().to_owned()))
        .map(|[name, status]| (name, status))
        .collect();
    told.sort();
    let status = |id: u32| if id == node { "skipped" } else { "planned" };
    let expected = [1, 2, 3].map(|id| (id.to_string(), status(id).to_owned()));
    assert_eq!(told, expected);
    run.says(&format!("broker {node} is not there: what is set there stays as it is"));
    asks(&["config", "describe", "--all-brokers"])
        .ends(0)
        .says(&format!("broker {node} is not there"));

    // Nobody can elect who is not there, and the controller says the same.
    let elect_all = ["topic", "elect-leaders", topic, solo, "-o", "json"];
    let not_there = format!("broker {node}, its first replica, is not there");
    let told = |run: &Run| -> Vec<(String, i64, String)> {
        let items = items(run);
        let failed = items.iter().filter(|item| item["status"] == "failed");
        let one = |item: &serde_json::Value| {
            let error = &item["error"];
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (
                text(&item["topic"]),
                item["partition"].as_i64().unwrap(),
                text(&error["name"]) + ": " + &text(&error["message"]),
            )
        };
        failed.map(one).collect()
    };
    let dry = asks(&[&elect_all[..], &["--dry-run"]].concat()).ends(1);
    let why = format!("PREFERRED_LEADER_NOT_AVAILABLE: {not_there}");
    let mut expected = [(topic.clone(), 0, why.clone()), (solo.clone(), 0, why)];
    expected.sort();
    assert_eq!(told(&dry), expected);
    assert_eq!(told(&asks(&elect_all).ends(1)), expected, "as foreseen");
    let unclean = ["topic", "elect-leaders", solo, "--unclean", "--dry-run", "-o", "json"];
    asks(&unclean).ends(1).says("ELIGIBLE_LEADERS_NOT_AVAILABLE");

    // What nobody leads cannot tell when it was written to, which is not never.
    let delete = asks(&["topic", "delete", solo]).ends(4).says("LAST-WRITE").says("not known");
    assert!(!delete.err.contains("never"), "{delete}");
}

/// Who may lead without being in sync (KIP-966), by partition.
fn eligible_leaders_are_those_of_kafkas_tool(cluster: &Broker, client: &str, topics: &[&String]) {
    let mut seen = 0;
    for topic in topics {
        let run = kward_as(cluster, client, &["topic", "describe", topic, "-o", "json"]).ends(0);
        let partitions = items(&run)[0]["partitions"].as_array().unwrap().clone();
        let told = |key: &str| -> Vec<String> {
            let ids = |p: &serde_json::Value| p[key].as_array().map(|ids| format!("{ids:?}"));
            let plain = |text: String| text.replace(|c: char| !c.is_ascii_digit() && c != ',', "");
            partitions.iter().map(|p| ids(p).map(plain).unwrap_or_default()).collect()
        };
        let output = cluster.tool(client, "topics", &["--describe", "--topic", topic], "");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.contains("\tPartition: "));
            let value = |line: &str| {
                let rest = line.split(&format!("\t{name}: ")).nth(1).unwrap_or_default();
                rest.split('\t').next().unwrap_or_default().trim().replace("N/A", "")
            };
            lines.map(value).collect()
        };
        assert_eq!(told("eligibleLeaderReplicas"), field("Elr"), "{run}\n{text}");
        assert_eq!(told("lastKnownEligibleLeaderReplicas"), field("LastKnownElr"), "{run}\n{text}");
        if told("eligibleLeaderReplicas").iter().any(|ids| !ids.is_empty()) {
            seen += 1;
            kward_as(cluster, client, &["topic", "describe", topic]).ends(0).prints("ELR");
        }
    }
    // The feature is on in what is new (`eligible.leader.replicas.version`).
    assert_eq!(seen > 0, cluster.is_at_least("4.1"), "{seen} topics with eligible leaders");
}

fn a_broker_goes(cluster: &Broker) {
    let (topic, solo) = (unique("three"), unique("solo"));
    let (node, others) = one_that_may_go(cluster);
    let assignment = format!("{node}:{0}:{1},{0}:{1}:{node},{1}:{node}:{0}", others[0], others[1]);
    let create = ["topic", "create", &topic, "--assignment", &assignment];
    kward(cluster, &[&create[..], &["--set", "min.insync.replicas=2"]].concat()).ends(0);
    kward(cluster, &["topic", "create", &solo, "--assignment", &node.to_string()]).ends(0);
    // Each broker learns of a new topic in its own time.
    let well = "healthy: 3 brokers, 2 topics, 4 partitions";
    eventually("all is well", || kward(cluster, &WELL).out.contains(well));

    let client = cluster.client_beside(node);
    let paused = cluster.pause(node);
    let asks = |arguments: &[&str]| kward_as(cluster, &client, arguments);
    // Which broker is asked next is not said.
    let list = ["topic", "list", &topic, &solo, "-o", "json"];
    let counts = |run: &Run, name: &str, field: &str| {
        let found = items(run).into_iter().find(|item| item["name"] == name);
        found.expect("both are listed")[field].clone()
    };
    cluster.everywhere(&client, "the broker is taken for gone", &list, |run| {
        run.status == 0
            && counts(run, &solo, "offline") == 1
            && counts(run, &topic, "underReplicated") == 3
    });
    for (ours, theirs) in [
        ("--under-replicated", "--under-replicated-partitions"),
        ("--offline", "--unavailable-partitions"),
        ("--at-min-isr", "--at-min-isr-partitions"),
        ("--under-min-isr", "--under-min-isr-partitions"),
    ] {
        for name in [&topic, &solo] {
            let run = asks(&["topic", "describe", name, ours, "-o", "json"]).ends(0);
            let told = kafka_describes(cluster, &client, name, theirs);
            // With one replica, all that can be in sync is.
            let expected = if name == &solo && ours == "--at-min-isr" { Vec::new() } else { told };
            assert_eq!(told_by_kward(&run), expected, "{ours} of {name}");
        }
    }
    let run = asks(&[&WELL[..], &["--max-quorum-lag", "1s", "-o", "json"]].concat()).ends(3);
    let found = items(&run);
    let codes: Vec<&str> = found.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    for code in ["offline", "at-min-isr", "broker-missing", "quorum-lag"] {
        assert!(codes.contains(&code), "{code} is missing: {run}");
    }
    let at = |code: &str| codes.iter().position(|one| *one == code);
    assert!(at("broker-missing") < at("offline"), "the cause comes first: {codes:?}");
    let sizes = asks(&["topic", "describe", &solo, "-o", "json"]).ends(0);
    let described = items(&sizes)[0].clone();
    for unknown in [&described["sizeBytes"], &described["partitions"][0]["sizeBytes"]] {
        assert!(unknown.is_null(), "nobody tells: {sizes}");
    }
    sizes.says(&format!("sizes are incomplete: broker {node} is not there"));
    eligible_leaders_are_those_of_kafkas_tool(cluster, &client, &[&topic, &solo]);
    asks(&WELL).ends(3).prints(&format!("broker {node}  is not there"));
    asks(&["cluster", "log-dirs"])
        .ends(0)
        .says(&format!("sizes are incomplete: broker {node} is not there"));
    let brokers = asks(&["cluster", "brokers", "-o", "json"]).ends(0);
    let gone = items(&brokers).into_iter().find(|item| item["id"] == node).expect("still listed");
    assert_eq!(gone["alive"], false, "{brokers}");
    // The last replica of a partition stays in the set, unless eligible leaders are kept apart (KIP-966).
    assert!([3, 4].contains(&gone["outOfSync"].as_u64().unwrap()), "{brokers}");

    what_cannot_be_is_said(&asks, node, (&topic, &solo));

    drop(paused);
    cluster.everywhere("admin", "it is back and in sync", &list, |run| {
        run.status == 0 && counts(run, &topic, "underReplicated") == 0
    });
    let away = || {
        told_by_kward(
            &asks(&["topic", "describe", &topic, "--leader-not-preferred", "-o", "json"]).ends(0),
        )
    };
    assert_eq!(away().len(), 1, "another leads what it led");
    let elect = ["topic", "elect-leaders", &topic, "-o", "json"];
    let dry = items(&asks(&[&elect[..], &["--dry-run"]].concat()).ends(0));
    let planned: Vec<_> = dry.iter().filter(|item| item["status"] == "planned").collect();
    assert_eq!(planned.len(), 1, "{dry:?}");
    assert_eq!(planned[0]["leader"], node, "who is to lead is told beforehand");
    let elected = items(&asks(&elect).ends(0));
    assert_eq!((&elected[0]["status"], &elected[0]["leader"]), (&"altered".into(), &node.into()));
    assert!(elected[1..].iter().all(|item| item["status"] == "unchanged"), "{elected:?}");
    eventually("it leads again", || away().is_empty());
    eventually_same("Kafka's tool tells the same", || {
        let by_kafka = cluster.admin("topics", &["--describe", "--topic", &topic]);
        let run = kward(cluster, &["topic", "describe", &topic, "-o", "json"]).ends(0);
        (told_by_kward(&run), told_by_kafka(&by_kafka))
    });
    eventually("every broker knows of it", || {
        kward(cluster, &["topic", "elect-leaders", "--all"]).ends(0).out.contains("nothing to do")
    });
    eventually("all is well again", || kward(cluster, &WELL).status == 0);
}
