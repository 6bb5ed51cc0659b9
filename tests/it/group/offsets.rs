//! `group delete-offsets`.

use super::*;
use crate::support::broker::on_each_version;

#[test]
fn commits_of_a_topic_are_deleted_and_can_be_put_back() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        bench.sandbox.write("all.csv", &format!("{topic},0,1\n{topic},1,2\n"));
        bench.group(&["reset-offsets", &group, "--from-file", "all.csv", "--yes"]).ends(0);
        let first = format!("{topic}:0");
        let delete = |topic: &str, more: &[&str]| {
            bench.group(&[&["delete-offsets", group.as_str(), "--topic", topic], more].concat())
        };
        delete(&first, &["--dry-run"]).ends(0).prints("1 would be written");
        delete(&first, &[]).ends(4);
        assert_eq!(bench.committed(&group), [(0, 1), (1, 2)]);
        let done = delete(&first, &["--yes", "-o", "json"]).ends(0).json();
        assert_eq!(bench.committed(&group), [(1, 2)]);
        let file = done["backup"].as_str().expect("a backup");
        bench.group(&["reset-offsets", "--undo", file, "--yes"]).ends(0);
        assert_eq!(bench.committed(&group), [(0, 1), (1, 2)]);
        let (other, dry) = (bench.topic(1), ["--dry-run"]);
        delete(&other, &["--yes"]).ends(0).says("nothing is committed there").prints("1 not there");
        let near = format!("{}x", &topic[..topic.len() - 1]);
        let question = format!("there is no topic `{near}`: did you mean `{topic}`?");
        delete(&near, &["--yes"]).ends(1).says(&question).says("UNKNOWN_TOPIC_OR_PARTITION (3)");
        delete(&format!("{topic}:7"), &dry).ends(1).says(&format!("`{topic}` has no partition 7"));

        // The misspelt one fails for itself, and the others are done.
        let both = ["delete-offsets", &group, "--topic", &topic, "--topic", &near, "-o", "json"];
        let fates = |run: Run| -> Vec<(Value, Value, Value)> {
            let of =
                |item: &Value| ["topic", "partition", "status"].map(|field| item[field].clone());
            let document = run.ends(1).says(&question).json();
            let items = document["items"].as_array().expect("items").iter();
            items.map(of).map(|[topic, partition, status]| (topic, partition, status)).collect()
        };
        let told = |done: &str| {
            let of = |topic: &str, partition: Value, status: &str| {
                (topic.into(), partition, status.into())
            };
            vec![
                of(&topic, 0.into(), done),
                of(&topic, 1.into(), done),
                of(&near, Value::Null, "failed"),
            ]
        };
        assert_eq!(fates(bench.group(&[&both[..], &dry].concat())), told("planned"));
        assert_eq!(bench.committed(&group), [(0, 1), (1, 2)]);
        assert_eq!(fates(bench.group(&[&both[..], &["--yes"]].concat())), told("deleted"));
        let listed = bench.group(&["lag", &group]);
        assert!(listed.status == 1 || !listed.out.contains(&topic), "{listed}");
    });
}

#[test]
fn a_topic_that_members_subscribe_to_is_refused() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let _consumer = bench.consumer(&topic, &group, &[]);
        eventually("it has committed", || !bench.committed(&group).is_empty());
        let delete = ["delete-offsets", &group, "--topic", &topic, "--yes", "-o", "json"];
        let dry = bench.group(&[&delete[..], &["--dry-run"]].concat()).ends(1);
        let run = bench.group(&delete).ends(1);
        let item = &run.json()["items"][0];
        assert_eq!(item["error"]["name"], "GROUP_SUBSCRIBED_TO_TOPIC");
        assert_eq!(dry.json()["items"][0], *item, "a dry run tells the same");
        assert_eq!(dry.error()["kafka"], run.error()["kafka"]);
        assert!(run.json().get("backup").is_none(), "nothing was deleted");
        assert_eq!(run.error()["kafka"]["code"], 86);
        assert!(!bench.committed(&group).is_empty());
    });
}
