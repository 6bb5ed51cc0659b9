//! Plans: what they move, their files, and that Kafka's own tool takes them.

use serde_json::Value;

use super::{Bench, TOOL, ids, on_each_cluster, on_the_newest, statuses};
use crate::support::eventually;
use crate::topic::{items, told_by_kafka, told_by_kward};

#[test]
fn a_drained_broker_is_empty_when_the_plan_has_been_applied() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let a = bench.topic("drain", "3:1,1:2,2:3,1:3");
        let b = bench.topic("drained", "3,2");
        bench.fill(&a, 1);
        let goal = ["--drain", "3", "--topic", &a, "--topic", &b];
        let plan = |more: &[&str]| bench.reassign(&[&["plan"], &goal[..], more].concat()).ends(0);
        let planned = plan(&["--out", "plan.json"]);
        let moves = items(&planned);
        assert_eq!(moves.len(), 4, "the other two lie elsewhere: {planned}");
        for one in &moves {
            assert!(!ids(&one["to"]).contains('3') && ids(&one["from"]).contains('3'), "{one}");
        }
        let document = planned.json();
        let three = document["brokers"].as_array().unwrap().iter().find(|b| b["id"] == 3).unwrap();
        assert_eq!(three["rack"], "rack-3");
        let replicas = |when: &str| three["replicas"][when].as_i64().unwrap();
        assert_eq!(replicas("before") - replicas("after"), 4, "{three}");
        // What is to be copied is what Kafka's tool finds on the disks.
        let sizes: u64 = moves.iter().map(|one| one["bytesToCopy"].as_u64().unwrap()).sum();
        assert_eq!(document["bytesToCopy"], sizes);
        let described = bench.kward(&["topic", "describe", &a, &b, "-o", "json"]).ends(0);
        for one in &moves {
            let topic = items(&described).into_iter().find(|t| t["name"] == one["topic"]).unwrap();
            let partition =
                &topic["partitions"][usize::try_from(one["partition"].as_u64().unwrap()).unwrap()];
            assert_eq!(one["bytesToCopy"], partition["sizeBytes"], "{one}");
        }

        // Nothing has happened, also by Kafka's tool, which reads the same file.
        let file = bench.sandbox.path().join("plan.json").to_str().unwrap().to_owned();
        let verify = || cluster.admin(TOOL, &["--verify", "--reassignment-json-file", &file]);
        assert_eq!(verify().matches("is completed").count(), 0, "{}", verify());
        assert_eq!(
            statuses(&bench.reassign(&["apply", "plan.json", "--dry-run"]).ends(0)),
            ["planned"; 4]
        );
        bench.reassign(&["apply", "plan.json"]).ends(4).says("there is no terminal");
        assert_eq!(bench.lies(&b), "3,2");

        let done = bench.reassign(&["apply", "plan.json", "--yes"]).ends(0);
        assert_eq!(statuses(&done), ["altered"; 4]);
        assert!(items(&done).iter().all(|item| item["completed"] == true), "{done}");
        assert_eq!(verify().matches("is completed").count(), 4, "{}", verify());
        let by_kafka = cluster.admin("topics", &["--describe", "--topic", &a]);
        let run = bench.kward(&["topic", "describe", &a, "-o", "json"]).ends(0);
        assert_eq!(told_by_kward(&run), told_by_kafka(&by_kafka));
        for topic in [&a, &b] {
            assert!(!bench.lies(topic).contains('3'));
        }
        // Again finds nothing to do, by the file and by the flags.
        let again = bench.reassign(&["apply", "plan.json"]).ends(0);
        assert_eq!(statuses(&again), ["unchanged"; 4]);
        assert_eq!(items(&plan(&[])), Vec::<Value>::new());
        let again = bench.reassign(&[&["apply"], &goal[..]].concat()).ends(0);
        assert_eq!(items(&again), Vec::<Value>::new());
    });
}

#[test]
fn a_replication_factor_goes_up_and_down_again() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("factor", "1,2,3");
    let apply = |factor: &str| {
        let goal = ["apply", "--replication-factor", factor, "--topic", &topic, "--yes"];
        statuses(&bench.reassign(&goal).ends(0))
    };
    assert_eq!(apply("3"), ["altered"; 3]);
    let lies = bench.lies(&topic);
    let sorted = |one: &str| {
        let mut ids: Vec<&str> = one.split(':').collect();
        ids.sort_unstable();
        ids.join(":")
    };
    assert!(lies.split(',').all(|one| sorted(one) == "1:2:3"), "{lies}");
    assert!(lies.starts_with('1'), "the preferred leader stays: {lies}");
    assert_eq!(apply("3"), Vec::<String>::new(), "nothing to do");
    let one = ["plan", "-r", "1", "--topic", &topic];
    assert!(!bench.reassign(&one).ends(0).err.contains("min.insync.replicas"));
    let asks_for_two = ["topic", "configure", &topic, "--set", "min.insync.replicas=2", "-y"];
    bench.kward(&asks_for_two).ends(0);
    eventually("a plan that leaves too few replicas says so", || {
        let warning =
            format!("`min.insync.replicas` of topic `{topic}` is 2, and a partition has 1");
        bench.reassign(&one).ends(0).err.contains(&warning)
    });
    assert_eq!(apply("1"), ["altered"; 3]);
    assert_eq!(bench.lies(&topic), "1,2,3");
    let four = ["plan", "-r", "4", "--topic", &topic];
    bench.reassign(&four).ends(2).says("too few brokers for the 4 replicas");
}

#[test]
fn a_topic_whose_partitions_have_different_numbers_of_replicas_is_shown_so() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("uneven", "1,2");
    let one = format!(
        r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":0,"replicas":[1,2,3]}}]}}"#
    );
    bench.sandbox.write("one.json", &one);
    bench.reassign(&["apply", "one.json", "-y"]).ends(0);
    let list = ["topic", "list", &topic];
    eventually("every broker knows", || bench.lies(&topic) == "1:2:3,2");
    bench.kward(&list).ends(0).prints(" 1-3");
    bench.kward(&["topic", "describe", &topic]).ends(0).prints("replication factor 1-3");
    let told = &items(&bench.kward(&[&list[..], &["-o", "json"]].concat()))[0];
    assert_eq!(told["replicationFactor"], 1);
    assert_eq!(told["replicationFactors"], serde_json::json!([1, 3]));
}

#[test]
fn what_crowds_is_spread() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("crowd", "1:2,1:2,1:2,1:2,1:2,1:2");
    let goal = ["--even", "--topic", &topic];
    let planned = bench.reassign(&[&["plan"], &goal[..]].concat()).ends(0);
    assert!(!items(&planned).is_empty());
    let table = bench.kward(&[&["reassign", "plan"], &goal[..]].concat()).ends(0);
    table.prints("FROM").prints("PREFERRED-LEADER").prints("to copy");
    bench.reassign(&[&["apply", "--yes"], &goal[..]].concat()).ends(0);
    let lies = bench.lies(&topic);
    for id in ["1", "2", "3"] {
        let on_it = lies.split([',', ':']).filter(|one| *one == id).count();
        assert_eq!(on_it, 4, "12 replicas on 3 brokers: {lies}");
    }
    let again = bench.reassign(&[&["plan"], &goal[..]].concat()).ends(0);
    assert_eq!(items(&again), Vec::<Value>::new());
    let spared = bench.reassign(&[&["plan", "--exclude", "1"], &goal[..]].concat()).ends(0);
    let touched = |one: &Value| ids(&one["adding"]).contains('1');
    assert!(!items(&spared).iter().any(touched), "{spared}");
}

#[test]
fn a_document_and_a_file_of_kafkas_own_are_plans_too() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("plans", "1,2");
    let planned = bench.reassign(&["plan", "-r", "2", "--topic", &topic]).ends(0);
    bench.sandbox.write("document.json", &planned.out);
    let run = bench.reassign(&["apply", "document.json", "--yes"]).ends(0);
    assert_eq!(statuses(&run), ["altered"; 2]);

    let topics = format!(r#"{{"version":1,"topics":[{{"topic":"{topic}"}}]}}"#);
    let topics = bench.sandbox.write("topics.json", &topics);
    let generate = ["--generate", "--broker-list", "3", "--topics-to-move-json-file"];
    // One broker holds one replica.
    bench.reassign(&["apply", "-r", "1", "--topic", &topic, "--yes"]).ends(0);
    let words = [&generate[..], &[topics.to_str().unwrap()]].concat();
    let text = cluster.admin(TOOL, &words);
    let proposed = text.lines().rfind(|line| line.starts_with('{')).expect("a proposal");
    bench.sandbox.write("kafka.json", proposed);
    let run = bench.reassign(&["apply", "kafka.json", "--yes"]).ends(0);
    assert_eq!(statuses(&run), ["altered"; 2]);
    assert_eq!(bench.lies(&topic), "3,3");
}
