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
        bench.group(&["delete", &live, "--dry-run"]).ends(4).says("has 1 member");
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
