//! `topic list`.

use super::{items, kward, kward_as, texts};
use crate::support::broker::on_each_version;
use crate::support::{eventually, unique};

#[test]
fn lists_what_kafkas_own_tool_lists() {
    on_each_version(|broker| {
        let prefix = unique("list");
        let names = [format!("{prefix}.a"), format!("{prefix}.b"), format!("{prefix}-c")];
        for name in &names {
            broker.create_topic(name);
        }
        let by_kafka = broker.admin("topics", &["--list"]);
        let mut expected: Vec<&str> =
            by_kafka.lines().filter(|name| name.starts_with(&prefix)).collect();
        expected.sort_unstable();
        assert_eq!(expected.len(), 3, "{by_kafka}");

        let run = kward(broker, &["topic", "list", "--prefix", &prefix, "-o", "name"]).ends(0);
        assert_eq!(run.out.lines().collect::<Vec<_>>(), expected);
        let found = |arguments: &[&str]| {
            let run =
                kward(broker, &[&["topic", "list", "-o", "json"], arguments].concat()).ends(0);
            texts(&items(&run), "name").join(" ")
        };
        let dotted = format!("{prefix}\\.[ab]");
        assert_eq!(found(&["--match", &dotted]), format!("{prefix}.a {prefix}.b"));
        assert_eq!(found(&["--match", &prefix]), "", "the whole name has to match");
        assert_eq!(found(&[&names[2]]), names[2]);
        let all = kward(broker, &["topic", "list", "-o", "name"]).ends(0);
        assert!(!all.out.contains("__"), "internal topics are not asked for: {all}");
    });
}

#[test]
fn takes_one_request_and_wide_adds_sizes_and_health() {
    on_each_version(|broker| {
        let topic = unique("wide");
        broker.create_topic(&topic);
        broker.produce("admin", &topic, &["one", "two"]).expect("a super user may write");
        let run = kward(broker, &["topic", "list", &topic, "-v"]).ends(0);
        let requests = run.err.lines().filter(|line| line.contains(" Metadata v")).count();
        let others = run.err.lines().filter(|line| line.contains("DescribeLogDirs")).count();
        assert_eq!((requests, others), (1, 0), "{run}");

        let size = || {
            let run = kward(broker, &["topic", "list", &topic, "-o", "wide"]).ends(0);
            assert!(run.out.contains("HEALTH") && run.out.contains(" ok "), "{run}");
            run
        };
        // The broker measures what is on its disk, which may come a moment later.
        eventually("two records take room", || !size().out.contains(" 0 B "));
        // A comment in a review has all columns, and what stands in them.
        let markdown = kward(broker, &["topic", "list", &topic, "-o", "markdown"]).ends(0);
        let cells: Vec<&str> =
            markdown.out.lines().last().unwrap().split('|').map(str::trim).collect();
        assert!(cells[4].ends_with(" B") && cells[5] == "ok", "{markdown}");
        // What is not shown is not asked for.
        for (column, asked, not) in [
            ("name,health", "DescribeConfigs v", "DescribeLogDirs v"),
            ("name,size", "DescribeLogDirs v", "DescribeConfigs v"),
        ] {
            for format in ["table", "wide", "json", "markdown"] {
                let words = ["topic", "list", &topic, "--columns", column, "-o", format, "-v"];
                let run = kward(broker, &words).ends(0);
                assert!(
                    run.err.contains(asked) && !run.err.contains(not),
                    "{column} {format}: {run}"
                );
            }
        }
        let run =
            kward(broker, &["topic", "list", "--prefix", "wide", "--sort-by", "-size"]).ends(0);
        assert!(run.out.contains(&topic), "{run}");
    });
}

#[test]
fn what_is_not_there_and_what_may_not_be_seen() {
    on_each_version(|broker| {
        let topic = unique("seen");
        broker.create_topic(&topic);
        let near = format!("{topic}x");
        let run = kward(broker, &["topic", "list", &near, &topic, "-o", "json"]).ends(1);
        assert_eq!(
            texts(&items(&run), "name"),
            [topic.as_str()],
            "the rest is listed all the same"
        );
        let error = run.error();
        assert_eq!(error["message"], format!("there is no topic `{near}`"));
        assert_eq!(error["hints"][0], format!("did you mean `{topic}`?"));

        let user = unique("blind");
        let client = broker.create_user(&user);
        let run = kward_as(broker, &client, &["topic", "list", "-o", "json"]).ends(0);
        assert_eq!(items(&run).len(), 0, "nothing may be described, and so nothing is there");
        let run = kward(broker, &["topic", "list", "--match", "a("]).ends(2);
        run.says("found open group");
    });
}
