//! A broker is gone: plans warn of what they will wait for, and who waits is told at once what for.

use super::statuses;
use crate::support::broker::{Broker, versions};
use crate::support::sandbox::Sandbox;
use crate::support::terminal::Terminal;
use crate::support::{eventually, unique};
use crate::topic::{items, kward, kward_as, one_that_may_go, quick_to_miss};

#[test]
fn what_waits_for_a_broker_that_is_gone_says_so_at_once() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        a_broker_is_gone(&quick_to_miss(&version));
    }
}

/// Its only replica is gone; one of its two is; it is on the way there.
struct Topics {
    solo: String,
    pair: String,
    under_way: String,
}

fn prepare(cluster: &Broker, node: &str, others: &[String]) -> Topics {
    let [solo, pair, under_way] = ["solo", "pair", "way"].map(unique);
    let create = |name: &str, assignment: &str| {
        kward(cluster, &["topic", "create", name, "--assignment", assignment]).ends(0);
    };
    create(&solo, node);
    create(&pair, &format!("{}:{node}", others[0]));
    create(&under_way, &others[0]);
    // Each broker learns of them in its own time, and each command asks any of them.
    cluster.caught_up("admin");
    let line = "x".repeat(100_000);
    cluster.produce("admin", &under_way, &vec![line.as_str(); 50]).expect("a super user may write");
    let sandbox = Sandbox::new();
    let plan = format!(
        r#"{{"version":1,"partitions":[{{"topic":"{under_way}","partition":0,"replicas":[{},{node}]}}]}}"#,
        others[0]
    );
    let plan = sandbox.write("plan.json", &plan);
    let slowly = ["--throttle", "10kB", "--no-wait", "--yes"];
    kward(cluster, &[&["reassign", "apply", plan.to_str().unwrap()], &slowly[..]].concat()).ends(0);
    Topics { solo, pair, under_way }
}

fn a_broker_is_gone(cluster: &Broker) {
    let (id, others) = one_that_may_go(cluster);
    let node = id.to_string();
    let Topics { solo, pair, under_way } = prepare(cluster, &node, &others);
    let client = cluster.client_beside(id);
    let paused = cluster.pause(id);
    let asks = |words: &[&str]| kward_as(cluster, &client, words);
    let list = ["topic", "list", &solo, "-o", "json"];
    cluster.everywhere(&client, "the broker is taken for gone", &list, |run| {
        run.status == 0 && items(run)[0]["offline"] == 1
    });

    let drain = ["--drain", &node, "--topic", &solo];
    let plan = [&["reassign", "plan"], &drain[..]].concat();
    let planned = asks(&[&plan[..], &["-o", "json"]].concat()).ends(0).says(&format!(
        "broker {node} is not there: partition `{solo}-0` has no leader and cannot be copied before it is back"
    ));
    assert_eq!(items(&planned)[0]["waitsFor"], serde_json::json!([id]));
    asks(&plan).ends(0).prints("WAITS-FOR");
    // Brokers before 4.0 tell nothing of one that is not there.
    let rack = cluster.is_at_least("4.0").then(|| format!("rack-{node}"));
    let brokers = planned.json()["brokers"].as_array().unwrap().clone();
    let gone = brokers.iter().find(|broker| broker["id"] == id).expect("it is shown");
    assert_eq!(gone["rack"].as_str(), rack.as_deref(), "{planned}");
    asks(&["reassign", "plan", "-r", "3", "--topic", &pair]).ends(0).says(&format!(
        "1 partition of the plan keeps a replica on broker {node}, which is not there: `--drain {node}`"
    ));

    // What is on the way there is told too, and nobody waits for the broker to answer.
    let status = asks(&["reassign", "status", &under_way, "-o", "json"]).ends(0).says(&format!(
        "waiting for broker {node}, which is not there: partition `{under_way}-0` cannot be copied there"
    ));
    assert_eq!(items(&status)[0]["waitsFor"], serde_json::json!([id]));
    assert!(!status.err.contains("does not tell"), "{status}");

    let words = [&["reassign", "apply"], &drain[..], &["--no-wait", "-y", "-o", "json"]].concat();
    let applied = asks(&words).ends(0);
    assert_eq!(statuses(&applied), ["altered"]);
    assert_eq!(
        items(&applied)[0]["reason"],
        format!("it waits for broker {node}, which is not there")
    );

    let sandbox = Sandbox::new();
    let bootstrap = cluster.bootstrap_of(&client);
    let wait = ["reassign", "status", &solo, "--wait", "-b", &bootstrap, "--command-config"];
    let mut waiting = sandbox.process(wait);
    waiting.arg(cluster.client(&client));
    let terminal = Terminal::start_as("xterm", &waiting, None);
    terminal.wait_for(&format!("waiting for broker {node}, which is not there"), 0);
    drop(paused);
    let (status, written) = terminal.ended();
    assert_eq!(status, 0, "{written}");
    // The controller said so; each broker learns of it in its time.
    eventually("it has moved", || {
        let described = asks(&["topic", "describe", &solo, "-o", "json"]).ends(0);
        let replicas = &items(&described)[0]["partitions"][0]["replicas"];
        !replicas.as_array().unwrap().contains(&id.into())
    });
}
