//! `reassign apply --batch-size`.

use std::process::{Command, Stdio};

use super::{Bench, on_the_newest, statuses};
use crate::support::eventually;
use crate::support::run::Run;
use crate::topic::items;

const LEADER: &str = "leader.replication.throttled";
const FOLLOWER: &str = "follower.replication.throttled";

#[test]
fn so_many_partitions_move_at_a_time_and_the_rest_is_begun_when_it_is_applied_again() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("batches", "1,1,1,1,1");
    bench.fill(&topic, 20);
    let bootstrap = cluster.bootstrap_of("admin");
    let client = cluster.client("admin");
    let common = ["-b", &bootstrap, "--command-config", client.to_str().unwrap(), "-o", "json"];
    let goal = ["reassign", "apply", "-r", "2", "--topic", &topic, "--batch-size", "2", "-y"];
    let mut command = bench.sandbox.process([&goal[..], &["--throttle", "50kB"], &common].concat());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("kward runs");
    eventually("the first batch moves", || bench.listed_by_kward().len() == 2);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("`kill` runs").success());
    let output = child.wait_with_output().expect("it ends");
    let run = Run::from_output("kward reassign apply".to_owned(), output).ends(130);
    assert_eq!(statuses(&run), ["altered", "altered", "skipped", "skipped", "skipped"], "{run}");
    assert_eq!(bench.listed_by_kafka().len(), 2, "and no other");

    // What was begun is waited for, and the rest follows.
    let rest = bench.kward(&[&goal[..], &["--throttle", "500MB", "-o", "json"]].concat()).ends(0);
    cluster.caught_up("admin");
    let mut told = statuses(&rest);
    told.sort();
    assert_eq!(told, ["altered", "altered", "altered", "unchanged", "unchanged"], "{rest}");
    assert!(items(&rest).iter().all(|item| item["completed"] == true), "{rest}");
    assert_eq!(bench.listed_by_kafka(), []);
    let lies = || bench.lies(&topic);
    eventually("each has two", || lies().split(',').all(|one| one.split(':').count() == 2));
    eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
    let none = bench.kward(&goal).ends(0);
    none.prints("nothing to do");

    // Back again, one at a time, without a throttle.
    let back = ["apply", "-r", "1", "--topic", &topic, "--batch-size", "1", "-y"];
    let back = bench.reassign(&back).ends(0);
    assert_eq!(statuses(&back), ["altered"; 5]);
    assert!(items(&back).iter().all(|item| item["completed"] == true), "{back}");
    bench.reassign(&["apply", "-r", "2", "--topic", &topic, "--batch-size", "0"]).ends(2);
    let both = ["apply", "-r", "2", "--topic", &topic, "--batch-size", "2", "--no-wait"];
    bench.reassign(&both).ends(2).says("cannot be used with");
}

/// What a batch needs of the throttle is put on when it begins: whoever looks before does not take it off.
#[test]
fn each_batch_is_slowed_down_though_somebody_looks_in_between() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("slow-batches", "1,1");
    bench.fill(&topic, 16);
    let one =
        |partition| format!(r#"{{"topic":"{topic}","partition":{partition},"replicas":[1,2]}}"#);
    let plan = format!(r#"{{"version":1,"partitions":[{},{}]}}"#, one(0), one(1));
    bench.sandbox.write("plan.json", &plan);
    let bootstrap = cluster.bootstrap_of("admin");
    let client = cluster.client("admin");
    let common = ["-b", &bootstrap, "--command-config", client.to_str().unwrap(), "-o", "json"];
    let apply = ["reassign", "apply", "plan.json", "--batch-size", "1", "-y", "--throttle"];
    let mut command = bench.sandbox.process([&apply[..], &["50kB"], &common].concat());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("kward runs");
    let moves = |partition: i32| {
        let listed = bench.listed_by_kward();
        listed.len() == 1 && listed[0].0 == format!("{topic}-{partition}")
    };
    eventually("the first batch moves", || moves(0));
    bench.reassign(&["status"]).ends(0);
    // The first batch comes to its end.
    for id in ["1", "2"] {
        let rates = format!("{LEADER}.rate=500000000,{FOLLOWER}.rate=500000000");
        let words = ["--alter", "--entity-type", "brokers", "--entity-name", id, "--add-config"];
        cluster.admin("configs", &[&words[..], &[&rates]].concat());
    }
    eventually("the second batch moves", || moves(1));
    let slowed = || {
        let told = bench.throttles_by_kafka(&[&topic]);
        let names = |key: &str, word: &str| {
            let key = format!("{key}.replicas=");
            told.iter().any(|line| line.starts_with(&key) && line.contains(word))
        };
        let rates = told.iter().filter(|line| line.contains("rate=50000 ")).count();
        names(LEADER, "1:1") && names(FOLLOWER, "1:2") && rates == 4
    };
    eventually("it is slowed down", slowed);
    assert!(moves(1), "as long as it moves");

    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("`kill` runs").success());
    let output = child.wait_with_output().expect("it ends");
    let run = Run::from_output("kward reassign apply".to_owned(), output).ends(130);
    assert_eq!(statuses(&run), ["altered", "altered"], "{run}");
    let completed: Vec<bool> = items(&run).iter().map(|item| item["completed"] == true).collect();
    assert_eq!(completed, [true, false], "{run}");

    bench.kward(&[&apply[..], &["500MB"]].concat()).ends(0);
    cluster.caught_up("admin");
    assert_eq!(bench.lies(&topic), "1:2,1:2");
    eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
}
