//! `group delete`.

use super::*;
use crate::support::broker::on_each_version;

#[test]
fn groups_are_deleted_one_result_each() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, empty, live) = (bench.topic(1), unique("empty"), unique("live"));
        bench.consume(&topic, &empty, 3);
        bench.empty(&empty);
        let _consumer = bench.consumer(&topic, &live, &[]);
        bench.group(&["delete", &empty]).ends(4).says("no terminal to ask on");
        // A dry run says what the broker would answer.
        let dry = bench.group(&["delete", &live, &empty, "--dry-run", "-o", "json"]).ends(1);
        let items = dry.json()["items"].clone();
        assert_eq!(
            (&items[0]["status"], &items[1]["status"]),
            (&"failed".into(), &"planned".into())
        );
        assert_eq!(items[0]["error"]["name"], "NON_EMPTY_GROUP");
        assert_eq!(dry.error()["kafka"]["code"], 68);
        dry.says(&format!("`kward group members {live}` names who is in it"));
        let run =
            bench.group(&["delete", &empty, &live, "never-was", "--yes", "-o", "json"]).ends(1);
        let document = run.json();
        let status = |at: usize| document["items"][at]["status"].as_str().unwrap().to_owned();
        assert_eq!([status(0), status(1), status(2)], ["deleted", "failed", "absent"]);
        assert_eq!(document["items"][1]["error"]["name"], "NON_EMPTY_GROUP");
        assert_eq!(run.error()["kafka"]["name"], "NON_EMPTY_GROUP");
        let listed = bench.group(&["list", "-o", "name"]).ends(0);
        assert!(!listed.out.lines().any(|name| name == empty));
        assert!(listed.out.lines().any(|name| name == live));

        let backup = document["backup"].as_str().expect("a backup");
        let undo = bench.group(&["reset-offsets", "--undo", backup, "--dry-run"]).ends(0);
        undo.prints("1 would be written");
        bench.group(&["delete", "never-was", "--yes"]).ends(0).says("nothing was deleted");
        bench.group(&["delete", "never-was", "--must-exist", "--yes"]).ends(1);
    });
}

#[test]
fn the_offsets_of_a_deleted_group_come_back_by_undo() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 3);
        bench.empty(&group);
        let run = bench.group(&["delete", &group, "--yes", "-o", "json"]).ends(0);
        let document = run.json();
        assert_eq!(document["items"][0]["offsets"], 1);
        bench.group(&["describe", &group]).ends(1);
        let backup = document["backup"].as_str().expect("a backup");
        bench.group(&["reset-offsets", "--undo", backup, "--yes"]).ends(0);
        assert_eq!(bench.committed(&group), [(0, 3)]);
    });
}

#[test]
fn what_a_deleted_group_comes_back_as_is_said() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, share, modern) = (bench.topic(1), unique("share"), unique("modern"));
        bench.share_consumer(&topic, &share).stop();
        let consumer = bench.consumer(&topic, &modern, &["group.protocol=consumer"]);
        eventually("it has committed", || !bench.committed(&modern).is_empty());
        consumer.stop();
        eventually("both are empty", || {
            bench.member_count(&share) + bench.member_count(&modern) == 0
        });
        let (began, committed) = (bench.committed(&share), bench.committed(&modern));
        let lost = "the backup keeps the starts only";
        let delete = ["delete", share.as_str(), &modern];
        bench.group(&[&delete[..], &["--dry-run"]].concat()).ends(0).says(lost);
        let run = bench.group(&[&delete[..], &["--yes", "-o", "json"]].concat()).ends(0).says(lost);
        let document = run.json();
        let backup = document["backup"].as_str().expect("a backup");
        let undo = bench.group(&["reset-offsets", "--undo", backup, "--yes"]).ends(0);
        undo.says(&format!("the share group `{share}` is gone")).says(&format!(
            "the consumer group `{modern}` is gone: it comes back as a classic group"
        ));
        let described = bench.items(&["describe", &share, &modern]);
        assert_eq!(
            (&described[0]["type"], &described[1]["type"]),
            (&"share".into(), &"classic".into())
        );
        assert_eq!((bench.committed(&share), bench.committed(&modern)), (began, committed));
    });
}
