//! `group lag --max` for callers that may not describe every topic: what they can know, and what not.

use super::*;
use crate::support::broker::{Options, versions};

/// What is said where commits may be hidden.
const UNSEEN: &str = "commits on topics that you may not describe are not seen";

#[test]
fn a_gate_passes_where_no_topic_is_hidden_and_only_there() {
    for version in versions() {
        let broker = Broker::own(&Options { version: Some(version), ..Options::default() });
        let bench = Bench::new(&broker);
        let (seen, group, user) = (bench.topic(1), unique("group"), unique("ci"));
        bench.consume(&seen, &group, 20);
        bench.empty(&group);
        let client = broker.create_user(&user);
        let principal = format!("User:{user}");
        let grant = |operation: &str, of: &[&str]| {
            let who = ["--add", "--allow-principal", &principal, "--operation", operation];
            broker.kafka_acls(&[&who[..], of].concat());
        };
        grant("Describe", &["--group", &group]);
        grant("Describe", &["--topic", &seen]);
        let gate = || bench.group_as(&client, &["lag", &group, "--max", "1000", "-o", "json"]);
        eventually("it sees the commits", || gate().out.contains(&seen));

        // Nobody tells it which topics there are.
        assert_eq!(gate().ends(3).says(UNSEEN).json()["complete"], false);
        // The log of commits alone is not every topic.
        grant("Describe", &["--topic", "__consumer_offsets"]);
        let topics = || {
            Run::of(&mut bench.sandbox.kward_on(&broker, &client, ["topic", "list", "--internal"]))
        };
        eventually("it sees that log", || topics().out.contains("__consumer_offsets"));
        gate().ends(3).says(UNSEEN);

        // What lies on the disks: there is no other topic.
        grant("Describe", &["--cluster"]);
        eventually("nothing is hidden", || gate().status == 0);
        let passed = gate().ends(0);
        assert!(!passed.err.contains(UNSEEN), "{passed}");
        assert_eq!(passed.json()["complete"], true);
        bench.group_as(&client, &["lag", "--all", "--max", "1000"]).ends(0);

        // One that nobody reads may have commits of the group all the same, and is named.
        let hidden = bench.topic(1);
        gate().ends(3).says(&format!("{UNSEEN}: `{hidden}`"));
        let set = ["reset-offsets", &group, "--to", "5", "--topic", &hidden, "--yes"];
        bench.group(&set).ends(0);
        gate().ends(3).says(&format!("{UNSEEN}: `{hidden}`")).says("`--topic TOPIC`");
        grant("Describe", &["--topic", "*"]);
        eventually("every topic is seen", || gate().status == 0);
        assert!(gate().ends(0).out.contains(&hidden));
    }
}

/// Members tell what they read, and not what was committed on topics that nobody reads any more.
#[test]
fn members_that_hold_what_is_seen_are_no_proof() {
    for version in versions() {
        let broker = Broker::shared(&version);
        let bench = Bench::new(&broker);
        let (seen, hidden) = (bench.topic(1), bench.topic(1));
        let (group, user) = (unique("group"), unique("ci"));
        let set = ["reset-offsets", &group, "--to", "5", "--topic", &hidden, "--yes"];
        bench.group(&set).ends(0);
        let member = crate::support::consumer::Consumer::of(&broker, &group, &seen).start();
        member.having_consumed(20);
        let client = broker.create_user(&user);
        let principal = format!("User:{user}");
        for resource in [["--group", &group], ["--topic", &seen]] {
            let grant = ["--add", "--allow-principal", &principal, "--operation", "Describe"];
            broker.kafka_acls(&[&grant[..], &resource].concat());
        }
        let gate = ["lag", &group, "--max", "2"];
        eventually("it is consumed", || bench.group(&gate).out.contains(&seen));
        // Who sees everything sees that the group is behind.
        bench.group(&gate).ends(3).prints(&hidden);
        eventually("it may describe", || bench.group_as(&client, &gate).out.contains(&seen));
        bench.group_as(&client, &gate).ends(3).says(UNSEEN);
        bench.group_as(&client, &[&gate[..], &["--topic", &seen]].concat()).ends(0);
    }
}
