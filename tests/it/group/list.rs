//! `group list` and `describe`.

use super::*;
use crate::support::broker::{on_each_version, on_the_newest};

#[test]
fn groups_are_listed_with_type_and_state() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, live, gone) = (bench.topic(1), unique("live"), unique("gone"));
        bench.consume(&topic, &gone, 1);
        let _consumer = bench.consumer(&topic, &live, &[]);
        bench.empty(&gone);

        let items = bench.items(&["list"]);
        let of = |name: &str| items.iter().find(|item| item["groupId"] == name).expect("the group");
        assert_eq!(
            (of(&live)["type"].as_str(), of(&live)["state"].as_str()),
            (Some("classic"), Some("Stable"))
        );
        assert_eq!(of(&gone)["state"], "Empty");
        assert_eq!(of(&gone)["members"], 0);
        assert_eq!(of(&live)["protocolType"], "consumer");
        assert_eq!(of(&live)["coordinator"]["id"], 1);
        assert!(of(&live).get("members").is_none(), "nobody counted them");
        let counted = bench.items(&["list", "--members"]);
        let live_counted = counted.iter().find(|item| item["groupId"] == live).expect("the group");
        assert_eq!(live_counted["members"], 1);
        // Who asks for the column has them counted; else those with members would have no number.
        let shown = ["list", "--columns", "group,members", "--no-headers"];
        let shown = bench.group(&shown).ends(0).out;
        let row = shown.lines().find(|line| line.contains(&live)).expect("a row");
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), [&live, "1"]);
        assert!(!bench.group(&["list"]).ends(0).out.contains("MEMBERS"));

        let names = |arguments: &[&str]| {
            let run = bench.group(&[&["list", "-o", "name"], arguments].concat()).ends(0);
            (run.out.lines().any(|l| l == live), run.out.lines().any(|l| l == gone))
        };
        assert_eq!(names(&["--state", "empty"]), (false, true));
        assert_eq!(names(&["--state", "stable"]), (true, false));
        assert_eq!(names(&["--type", "classic"]), (true, true));
        assert_eq!(names(&["--type", "share"]), (false, false));
        assert_eq!(names(&["--protocol-type", "connect"]), (false, false));
        assert_eq!(names(&["--coordinator", "1"]), (true, true));
        bench
            .group(&["list", "--coordinator", "7"])
            .ends(2)
            .says("there is no broker 7")
            .says("the brokers that are there are 1");
        let none = bench.group(&["list", "--type", "share", "--state", "dead"]).ends(0);
        assert_eq!(none.err, "note: no group matches\n");
        let none = bench.group(&["list", "--protocol-type", "nothing", "-o", "json"]).ends(0);
        assert_eq!(none.err, "note: no group matches\n");
    });
}

#[test]
fn the_type_of_a_group_is_found_out() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, classic) = (bench.topic(3), unique("classic"));
        let _classic = bench.consumer(&topic, &classic, &[]);
        let described = bench.items(&["describe", &classic]);
        assert_eq!(described[0]["type"], "classic");
        assert_eq!(described[0]["assignor"], "range");
        assert_eq!(described[0]["protocolType"], "consumer");
        assert!(described[0].get("groupEpoch").is_none());
        let member = &described[0]["members"][0];
        assert_eq!(member["clientId"], "console-consumer");
        assert_eq!(member["host"], "127.0.0.1");
        assert_eq!(member["subscription"], serde_json::json!([topic]));
        assert_eq!(
            member["assignment"],
            serde_json::json!([{ "topic": topic, "partitions": [0, 1, 2] }])
        );
        if !broker.is_at_least("4.2") {
            return;
        }
        let (modern, share) = (unique("modern"), unique("share"));
        let _modern = bench.consumer(&topic, &modern, &["group.protocol=consumer"]);
        let arguments = ["--topic", topic.as_str(), "--group", &share];
        let _share = broker.start_tool("admin", "console-share-consumer", &arguments);
        eventually("the share consumer is in its group", || bench.member_count(&share) == 1);
        let document = bench.group(&["describe", &share, &modern, "-o", "json"]).ends(0).json();
        let described = document["items"].as_array().expect("items");
        let listed = bench.group(&["list", "-o", "json"]).ends(0).json();
        assert_eq!(document["clusterId"], listed["clusterId"]);
        let members = bench.group(&["members", &share, "-o", "json"]).ends(0).json();
        assert_eq!(members["clusterId"], listed["clusterId"]);
        for group in described {
            let listed = listed["items"].as_array().expect("items").iter();
            let listed = listed.filter(|listed| listed["groupId"] == group["groupId"]);
            let types: Vec<_> = listed.map(|listed| &listed["protocolType"]).collect();
            assert_eq!(types, [&group["protocolType"]]);
        }
        let of = |at: usize, field: &str| described[at][field].clone();
        assert_eq!((of(0, "groupId"), of(0, "type")), (share.into(), "share".into()));
        assert_eq!((of(1, "groupId"), of(1, "type")), (modern.into(), "consumer".into()));
        assert_eq!(of(1, "groupEpoch"), of(1, "assignmentEpoch"));
        let member = &described[1]["members"][0];
        assert_eq!(member["memberEpoch"], of(1, "groupEpoch"));
        assert_eq!(member["memberType"], "consumer");
        assert_eq!(member["assignment"], member["targetAssignment"]);
        assert_eq!(member["pendingRevocation"], serde_json::json!([]));
        for group in described {
            let member = &group["members"][0];
            assert!(member["memberId"].is_string() && member.get("rackId").is_none(), "{member}");
        }
    });
}

#[test]
fn a_group_that_is_not_there_is_told_beside_those_that_are() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 1);
        let run = bench.group(&["describe", &group, "no-such-group"]).ends(1);
        let run = run.prints(&group).says("error: there is no group `no-such-group`");
        run.says("GROUP_ID_NOT_FOUND (69)").says("`kward group list`");
        bench.group(&["describe", "no-such-group"]).ends(1).says("there is no group");
        bench.group(&["members", "nowhere-1", "nowhere-2"]).ends(1).says("2 of 2 groups");
    });
}

#[test]
fn the_nearest_group_is_named_wherever_one_is_not_there() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("billing"));
        bench.consume(&topic, &group, 1);
        let near = group.replacen("billing", "bilin", 1);
        let question = format!("did you mean `{group}`?");
        for (arguments, status) in [
            (&["describe", &near][..], 1),
            (&["members", &near], 1),
            (&["lag", &near], 1),
            (&["lag", &near, &group], 1),
            (&["doctor", &near, "--samples", "1"], 1),
            (&["history", &near], 1),
            (&["watch", &near, "--for", "300ms", "--interval", "100ms"], 1),
            (&["remove-members", &near, "--all", "--dry-run"], 1),
            (&["delete", &near, "--dry-run"], 0),
            (&["delete", &near, "--must-exist", "--dry-run"], 1),
            (&["delete-offsets", &near, "--topic", &topic, "--dry-run"], 1),
            (&["reset-offsets", &near, "--to", "latest", "--dry-run"], 1),
            (&["reset-offsets", &near, "--to", "latest", "--topic", &topic, "--dry-run"], 0),
            (&["reset-offsets", &group, "--to-group", &near, "--dry-run"], 1),
        ] {
            bench.group(arguments).ends(status).says(&question);
        }
        let far = bench.group(&["describe", "zzzzzzzzzzzzzzzzzzzzz"]).ends(1);
        assert!(!far.err.contains("did you mean"), "{far}");
    });
}

/// One answer says which brokers there are, which cluster it is and what the caller may do on it.
#[test]
fn the_cluster_is_described_once() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 20);
        for words in [
            &["group", "list"][..],
            &["group", "lag", "--all", "--max", "1000000"],
            &["group", "doctor", "--all", "--samples", "1"],
            &["transaction", "list"],
        ] {
            let run =
                Run::of(&mut bench.sandbox.kward_on(broker, "admin", [words, &["-v"]].concat()));
            assert_eq!(run.err.matches("DescribeCluster ").count(), 1, "{run}");
        }
    });
}
