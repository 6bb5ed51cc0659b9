//! `group reset-offsets` and `--undo`.

use super::*;
use crate::support::broker::on_each_version;
use crate::support::schemas::assert_valid;

fn backup(document: &Value) -> &str {
    document["backup"].as_str().expect("a backup")
}

#[test]
fn of_a_backup_of_several_groups_one_alone_comes_back() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, one, other) = (bench.topic(1), unique("group"), unique("group"));
        for group in [&one, &other] {
            bench.consume(&topic, group, 12);
            bench.empty(group);
        }
        let reset = ["reset-offsets", &one, &other, "--to", "earliest", "--yes", "-o", "json"];
        let done = bench.group(&reset).ends(0).json();
        let undo =
            |group: &str| bench.group(&["reset-offsets", group, "--undo", backup(&done), "--yes"]);
        undo("nobody").ends(2).says("keeps nothing of the group `nobody`").says(&one);
        undo(&one).ends(0).prints("1 altered");
        assert_eq!(bench.committed(&one), [(0, 12)]);
        assert_eq!(bench.committed(&other), [(0, 0)]);
    });
}

#[test]
fn offsets_go_where_they_are_sent_and_come_back() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 12);
        bench.empty(&group);
        let reset = |arguments: &[&str]| {
            let arguments =
                [&["reset-offsets", group.as_str()], arguments, &["-o", "json"]].concat();
            bench.group(&arguments)
        };
        let dry = reset(&["--to", "earliest", "--dry-run"]).ends(0).json();
        assert_eq!(dry["items"][0]["status"], "planned");
        assert_eq!(
            (&dry["items"][0]["oldOffset"], &dry["items"][0]["newOffset"]),
            (&12.into(), &0.into())
        );
        assert_eq!(
            (&dry["items"][0]["oldLag"], &dry["items"][0]["newLag"]),
            (&8.into(), &20.into())
        );
        assert!(dry.get("backup").is_none());
        reset(&["--to", "earliest"]).ends(4);
        assert_eq!(bench.committed(&group), [(0, 12)]);

        let at = ["reset-offsets", &group, "--to", "earliest", "--yes", "-o", "name"];
        let named = bench.group(&at).ends(0).says("note: backup of what was there: ");
        let kept = named.err.trim_end().rsplit_once(": ").expect("a file").1.to_owned();
        // Nothing is asked: the result is the only table.
        assert!(!named.err.contains("OLD"), "{named}");
        let saved = std::fs::read(&kept).expect("the backup");
        assert_valid(&serde_json::from_slice(&saved).expect("JSON"));
        bench.group(&["reset-offsets", "--undo", &kept, "--yes"]).ends(0).prints("1 altered");
        assert_eq!(bench.committed(&group), [(0, 12)]);

        let done = reset(&["--to", "earliest", "--yes"]).ends(0).json();
        assert_eq!(done["items"][0]["status"], "altered");
        assert_eq!(bench.committed(&group), [(0, 0)]);
        let undo = ["reset-offsets", "--undo", backup(&done), "--yes"];
        bench.group(&undo).ends(0).prints("1 altered");
        assert_eq!(bench.committed(&group), [(0, 12)]);
        bench.group(&undo).ends(0).prints("1 unchanged");

        for (arguments, offset) in [
            (&["--to", "latest"][..], 20),
            (&["--to", "7"], 7),
            (&["--to", "current"], 7),
            (&["--shift-by", "3"], 10),
            (&["--shift-by", "-4"], 6),
            (&["--shift-by", "-1000"], 0),
            (&["--to", "5000"], 20),
            (&["--to", "1h"], 0),
            (&["--to", "2100-01-01"], 20),
            (&["--to", "2000-01-01T00:00:00Z"], 0),
        ] {
            reset(&[arguments, &["--yes"]].concat()).ends(0);
            assert_eq!(bench.committed(&group), [(0, offset)], "{arguments:?}");
        }
        // A time in seconds or milliseconds is none for `--to`, and no log is that long.
        for (number, time) in
            [("1767225600", "2026-01-01T00:00:00"), ("1767225600123", "2026-01-01T00:00:00.123")]
        {
            let run = reset(&["--to", number, "--dry-run"]).ends(0);
            let run = run.says(&format!("if it is a time, write `--to {time}"));
            let run = run.says(&format!("no log reaches the offset {number}"));
            assert_eq!(run.json()["items"][0]["newOffset"], 20);
        }
        let run = reset(&["--to", "5000", "--dry-run"]).ends(0);
        assert!(!run.err.contains("if it is a time"), "{run}");
        // Kafka's own tool agrees.
        let told = broker.admin("consumer-groups", &["--describe", "--group", &group]);
        assert_eq!(table(&told)[0]["CURRENT-OFFSET"], "0");
    });
}

#[test]
fn a_group_that_cannot_be_made_does_not_come_into_being() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let reset = |topic: &str| {
            bench.group(&["reset-offsets", &group, "--to", "latest", "--topic", topic, "--dry-run"])
        };
        let being = "does not exist yet and comes into being";
        let refused = reset("no-such-topic").ends(1).says("there is no topic `no-such-topic`");
        assert!(!refused.err.contains(being), "{refused}");
        reset(&topic).ends(0).says(being);
    });
}

#[test]
fn what_an_undo_cannot_take_from_a_share_group_is_said_before() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("share"));
        bench.share_consumer(&topic, &group).stop();
        bench.empty(&group);
        let before = bench.committed(&group);
        let reset = ["reset-offsets", &group, "--to", "earliest", "--topic", &topic];
        let cannot =
            format!("`{group}` has no start yet in `{topic}-1`: `--undo` cannot take it away");
        let whole = bench.group(&[&reset[..], &["--dry-run"]].concat()).ends(0);
        assert!(!whole.err.contains("`--undo` cannot"), "each has its start: {whole}");
        broker.admin("topics", &["--alter", "--topic", &topic, "--partitions", "2"]);
        eventually("the new partition is there", || {
            bench.group(&[&reset[..], &["--dry-run"]].concat()).err.contains(&cannot)
        });
        let done = bench.group(&[&reset[..], &["-y", "-o", "json"]].concat()).ends(0).says(&cannot);
        let done = done.json();
        let undo = ["reset-offsets", "--undo", backup(&done), "--yes"];
        bench.group(&undo).ends(1).says("had no place before and keep the one that they have");
        assert_eq!(bench.committed(&group)[0], before[0]);
        assert_eq!(bench.committed(&group).len(), 2, "the new one keeps its place");
    });
}

#[test]
fn a_group_with_members_is_refused_and_they_are_named() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let consumer = bench.consumer(&topic, &group, &["client.id=busy-client"]);
        let run = bench.group(&["reset-offsets", &group, "--to", "earliest", "--yes"]).ends(4);
        let run = run.says(&format!("error: the group `{group}` has 1 member"));
        run.says("`busy-client` at 127.0.0.1").says("stop them first");
        assert_eq!(bench.member_count(&group), 1, "nobody joined and nobody left");
        consumer.stop();
        bench.empty(&group);
        bench
            .group(&["reset-offsets", &group, "--to", "earliest", "--topic", &topic, "--yes"])
            .ends(0);
    });
}

#[test]
fn a_new_group_begins_where_another_is() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, old, new) = (bench.topic(2), unique("old"), unique("new"));
        bench.consume(&topic, &old, 9);
        bench.empty(&old);
        let run = bench.group(&["reset-offsets", &new, "--to-group", &old, "--yes", "-o", "json"]);
        let done = run.ends(0).says("comes into being").json();
        assert_eq!(bench.committed(&new), bench.committed(&old));
        // What was not there before is gone again after an undo.
        let undo = ["reset-offsets", "--undo", backup(&done), "--yes"];
        bench.group(&undo).ends(0).prints("deleted");
        let listed = bench.group(&["list", "-o", "name"]).ends(0);
        let left =
            if listed.out.lines().any(|name| name == new) { bench.committed(&new) } else { vec![] };
        assert_eq!(left, []);
        bench
            .group(&["reset-offsets", &new, "--to-group", "nobody", "--yes"])
            .ends(1)
            .says("there is no group `nobody`");
    });
}

#[test]
fn only_what_is_named_is_reset() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(3), unique("group"));
        bench
            .group(&["reset-offsets", &group, "--to", "latest", "--yes"])
            .ends(1)
            .says("there is no group")
            .says("name the topics that it shall begin with");
        // A group that is told where to begin comes into being, as by Kafka's own tool.
        let (new, by_kafka) = (unique("new"), unique("new"));
        let latest = ["reset-offsets", &new, "--to", "latest", "--topic", &topic];
        bench
            .group(&[&latest[..], &["--dry-run"]].concat())
            .ends(0)
            .says(&format!("the group `{new}` does not exist yet"));
        bench.group(&["describe", &new]).ends(1);
        bench.group(&[&latest[..], &["--yes"]].concat()).ends(0).prints("3 altered");
        let offsets = ["--reset-offsets", "--to-latest", "--topic", &topic, "--execute"];
        let offsets = [&["--group", by_kafka.as_str()], &offsets[..]].concat();
        broker.admin("consumer-groups", &offsets);
        assert_eq!(bench.committed(&new), bench.committed(&by_kafka));
        assert_eq!(bench.committed(&new).len(), 3);
        bench.sandbox.write("all.csv", &format!("{topic},0,1\n{topic},1,1\n{topic},2,1\n"));
        bench.group(&["reset-offsets", &group, "--from-file", "all.csv", "--yes"]).ends(0);
        // What is named has to have an offset there.
        let other = bench.topic(1);
        for (named, why) in [
            (other.clone(), format!("no offset is given for `{other}`")),
            (format!("{topic}:1,2,7"), "no offset is given for".to_owned()),
            ("no-such-topic".to_owned(), "there is no topic `no-such-topic`".to_owned()),
        ] {
            for target in [["--from-file", "all.csv"], ["--to-group", &group]] {
                let reset = ["reset-offsets", &group, "--topic", &named, "--dry-run"];
                let run = bench.group(&[&reset[..], &target].concat()).ends(1).says(&why);
                assert!(named == other || !run.err.contains("did you mean"), "{run}");
            }
        }
        let near = format!("{}x", &topic[..topic.len() - 1]);
        bench
            .group(&[
                "reset-offsets",
                &group,
                "--from-file",
                "all.csv",
                "--topic",
                &near,
                "--dry-run",
            ])
            .ends(1)
            .says(&format!("there is no topic `{near}`"))
            .says(&format!("did you mean `{topic}`?"));
        let some = format!("{topic}:0,2");
        bench.group(&["reset-offsets", &group, "--to", "0", "--topic", &some, "--yes"]).ends(0);
        assert_eq!(bench.committed(&group), [(0, 0), (1, 1), (2, 0)]);
        let missing = format!("{topic}:9");
        bench
            .group(&["reset-offsets", &group, "--to", "0", "--topic", &missing, "--yes"])
            .ends(1)
            .says("1 partition does not exist, or may not be described");
        of_a_file_what_is_not_there_fails_for_itself(&bench, &topic, &group);
        bench
            .group(&["reset-offsets", &group, "--to", "0", "--topic", "no-such-topic", "--yes"])
            .ends(1)
            .says("there is no topic `no-such-topic`");
        let nearly = format!("{topic}x");
        bench
            .group(&["reset-offsets", &group, "--to", "0", "--topic", &nearly, "--yes"])
            .ends(1)
            .says(&format!("did you mean `{topic}`?"));
        bench.group(&["reset-offsets", &group, "--yes"]).ends(2);
        bench.group(&["reset-offsets", &group, "--from-file", "nowhere.csv", "--yes"]).ends(2);
    });
}

/// The first three partitions of the topic are there.
#[track_caller]
fn of_a_file_what_is_not_there_fails_for_itself(bench: &Bench<'_>, topic: &str, group: &str) {
    let lines = format!("{topic},99,1\nno-such-topic,0,3\n{topic},1,2\n");
    bench.sandbox.write("gone.csv", &lines);
    let reset = ["reset-offsets", group, "--from-file", "gone.csv", "-o", "json"];
    for (how, there) in [("--dry-run", "planned"), ("--yes", "altered"), ("--yes", "unchanged")] {
        let run = bench.group(&[&reset[..], &[how]].concat()).ends(1);
        let document = run.says("UNKNOWN_TOPIC_OR_PARTITION").json();
        let mut told: Vec<String> = document["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| format!("{} {}", item["topic"].as_str().unwrap(), item["status"]))
            .collect();
        told.sort();
        let mut expected = vec![
            format!("{topic} \"failed\""),
            "no-such-topic \"failed\"".to_owned(),
            format!("{topic} \"{there}\""),
        ];
        expected.sort();
        assert_eq!(told, expected, "{document:#}");
    }
    assert_eq!(bench.committed(group)[1], (1, 2));
    let reset = ["group", "reset-offsets", group, "--from-file", "-", "--yes"];
    let mut piped = bench.sandbox.kward_on(bench.broker, "admin", reset);
    piped.write_stdin(format!("{topic},1,3\n"));
    Run::of(&mut piped).ends(0).prints("1 altered");
    assert_eq!(bench.committed(group)[1], (1, 3));
}

#[test]
fn a_share_group_is_reset_too() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, share) = (bench.topic(1), unique("share"));
        let consumer = bench.share_consumer(&topic, &share);
        bench.group(&["reset-offsets", &share, "--to", "earliest", "--yes"]).ends(4);
        consumer.stop();
        eventually("the group is empty", || bench.member_count(&share) == 0);
        // What waited is what the broker says, as in `group lag`.
        let reset = ["reset-offsets", &share, "--to", "4"];
        eventually("the preview tells the lag of the broker", || {
            let dry = bench.items(&[&reset[..], &["--dry-run"]].concat()).remove(0);
            dry["oldLag"].is_i64() && dry["oldLag"] == bench.items(&["lag", &share])[0]["lag"]
        });
        bench.group(&[&reset[..], &["--yes"]].concat()).ends(0).prints("1 altered");
        assert_eq!(bench.committed(&share), [(0, 4)]);
        // Whoever deletes the topic is told of it.
        crate::topic::kward(broker, &["topic", "delete", &topic]).ends(4).says(&share);
        bench.group(&["delete-offsets", &share, "--topic", &format!("{topic}:0"), "--yes"]).ends(2);
        bench.group(&["delete-offsets", &share, "--topic", &topic, "--yes"]).ends(0);
        assert_eq!(bench.committed(&share), []);
    });
}

#[test]
fn what_cannot_be_put_back_does_not_keep_the_rest() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, one, two) = (bench.topic(1), unique("one"), unique("two"));
        for group in [&one, &two] {
            bench.consume(&topic, group, 3);
            bench.empty(group);
        }
        let reset = ["reset-offsets", &one, &two, "--to", "latest", "--yes", "-o", "json"];
        let done = bench.group(&reset).ends(0).json();
        // As if the first had been a share group then.
        let text = std::fs::read_to_string(backup(&done)).expect("a backup");
        let file = bench.sandbox.write("other.json", &text.replacen("\"classic\"", "\"share\"", 1));
        let undo = ["reset-offsets", "--undo", file.to_str().unwrap(), "--yes", "-o", "json"];
        let dry = bench.group(&[&undo[..], &["--dry-run"]].concat()).ends(1).json();
        let run = bench.group(&undo).ends(1).says("group and is a classic group now");
        let statuses = |document: &Value| {
            let items = document["items"].as_array().expect("items").iter();
            items.map(|item| item["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(statuses(&dry), ["failed", "planned"]);
        let done = run.json();
        assert_eq!(statuses(&done), ["failed", "altered"]);
        assert_eq!((bench.committed(&one), bench.committed(&two)), (vec![(0, 20)], vec![(0, 3)]));
        // What is undone was kept too, of what was written only.
        let again = ["reset-offsets", "--undo", backup(&done), "--yes"];
        bench.group(&again).ends(0).prints("1 altered");
        assert_eq!(bench.committed(&two), [(0, 20)]);
    });
}
