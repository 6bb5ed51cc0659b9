//! The active controller stands still, another takes over: what is written goes on, also through a broker
//! that takes itself for the controller.

use super::{items, kward, kward_as, quick_to_miss};
use crate::support::broker::{Broker, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

#[test]
fn writes_go_on_after_the_controller_has_moved() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        the_controller_moves(&quick_to_miss(&version));
    }
}

fn active(cluster: &Broker, client: &str) -> Option<i64> {
    let run = kward_as(cluster, client, &["cluster", "quorum", "-o", "json", "--timeout", "10s"]);
    (run.status == 0).then(|| run.json()["leaderId"].as_i64()).flatten()
}

fn the_controller_moves(cluster: &Broker) {
    let (before, after, through) = (unique("before"), unique("after"), unique("through"));
    kward(cluster, &["topic", "create", &before, "-p", "3", "-r", "3"]).ends(0);
    let old = active(cluster, "admin").expect("a controller");
    let node = u32::try_from(old).unwrap();
    let client = cluster.client_beside(node);
    let others: Vec<i64> = [1, 2, 3].into_iter().filter(|id| *id != old).collect();
    let paused = cluster.pause(node);
    eventually("another controller is active", || {
        active(cluster, &client).is_some_and(|now| now != old)
    });

    let asks = |words: &[&str]| kward_as(cluster, &client, words);
    let assignment = others[0].to_string();
    asks(&["topic", "create", &after, "--assignment", &assignment]).ends(0);
    // What comes next may ask the other broker.
    let describe = ["topic", "describe", &after];
    cluster.everywhere(&client, "each knows the topic", &describe, |run| run.status == 0);
    asks(&["topic", "configure", &before, "--set", "retention.ms=3600000", "--yes"]).ends(0);
    let broker = others[1].to_string();
    asks(&["config", "set", "--broker", &broker, "--set", "log.cleaner.backoff.ms=16000", "--yes"])
        .ends(0);
    let principal = format!("User:{after}");
    asks(&[
        "acl",
        "create",
        "--allow-principal",
        &principal,
        "--operation",
        "read",
        "--topic",
        &after,
    ])
    .ends(0);
    let moved =
        ["reassign", "apply", "-r", "2", "--topic", &after, "--exclude", &old.to_string(), "-y"]
            .map(str::to_owned);
    let words: Vec<&str> = moved.iter().map(String::as_str).chain(["-o", "json"]).collect();
    let run = asks(&words).ends(0);
    assert_eq!(items(&run)[0]["completed"], true, "{run}");

    // The old one wakes up and still takes itself for the controller: what it is told goes to the new one.
    drop(paused);
    let bootstrap = cluster.bootstrap_of("admin");
    let address = bootstrap.split(',').nth(node as usize - 1).expect("its address");
    let admin = cluster.client("admin");
    let words = ["topic", "create", &through, "-r", "2", "-b", address, "--command-config"];
    let words = [&words[..], &[admin.to_str().unwrap()]].concat();
    Run::of(&mut Sandbox::new().kward(words)).ends(0);
    let list = ["topic", "list", "-o", "name"];
    cluster.everywhere("admin", "everybody knows", &list, |run| {
        let there = |name: &&String| run.out.lines().any(|line| line == **name);
        run.status == 0 && [&before, &after, &through].iter().all(there)
    });
    let by_kafka = cluster.admin("topics", &["--list"]);
    assert!(by_kafka.contains(&through) && by_kafka.contains(&after), "{by_kafka}");
}
