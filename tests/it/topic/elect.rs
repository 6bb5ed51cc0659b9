//! `topic elect-leaders --from-file`.

use super::{items, kward, kward_as};
use crate::support::broker::on_each_version;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};

#[test]
fn a_file_names_partitions_of_several_topics() {
    on_each_version(|broker| {
        let (one, other) = (unique("elect"), unique("elect"));
        for topic in [&one, &other] {
            kward(broker, &["topic", "create", topic, "--partitions", "3"]).ends(0);
        }
        let sandbox = Sandbox::new();
        let elect = |text: &str| {
            let file = sandbox.write("partitions", text);
            let file = file.to_str().unwrap();
            kward(broker, &["topic", "elect-leaders", "--from-file", file, "-o", "json"])
        };
        let told = |run: &Run| -> Vec<(String, i64, String)> {
            let one = |item: &serde_json::Value| {
                let word = |field: &str| item[field].as_str().unwrap().to_owned();
                (word("topic"), item["partition"].as_i64().unwrap(), word("status"))
            };
            let mut told: Vec<_> = items(run).iter().map(one).collect();
            told.sort();
            told
        };
        let entry = |topic: &str, at: i32| format!(r#"{{"topic":"{topic}","partition":{at}}}"#);
        let json = |entries: &[String]| format!(r#"{{"partitions":[{}]}}"#, entries.join(","));
        let both = json(&[entry(&one, 2), entry(&other, 0), entry(&one, 0)]);
        let mut expected = [(&one, 0), (&one, 2), (&other, 0)]
            .map(|(t, at)| (t.clone(), at, "unchanged".to_owned()));
        expected.sort();
        assert_eq!(told(&elect(&both).ends(0)), expected, "and no other partition");
        let lines = format!("topic,partition\n{one},2\n{other},0\n{one},0\n");
        assert_eq!(told(&elect(&lines).ends(0)), expected);
        let words = ["topic", "elect-leaders", "--from-file", "-", "-o", "json"];
        let mut piped = sandbox.kward_on(broker, "admin", words);
        assert_eq!(told(&Run::of(piped.write_stdin(lines)).ends(0)), expected);
        // The same file is what Kafka's own tool reads; its option for the connection is one of all tools since 4.2.
        if broker.is_at_least("4.2") {
            let file = sandbox.write("partitions.json", &both);
            let arguments =
                ["--election-type", "preferred", "--path-to-json-file", file.to_str().unwrap()];
            let said = broker.admin("org.apache.kafka.tools.LeaderElectionCommand", &arguments);
            for (topic, at, _) in &expected {
                assert!(said.contains(&format!("{topic}-{at}")), "{said}");
            }
        }
        // What is not there fails for itself.
        let lost = elect(&format!("{one},9\n{one},0\n{one}x,0")).ends(1);
        let status = |run: &Run| -> Vec<String> {
            items(run).iter().map(|item| item["status"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(status(&lost), ["unchanged", "failed", "failed"], "{lost}");
        elect("{\"partitions\":[]}").ends(2).says("it has no partitions");
        elect(&format!("{one},0\n{one}")).ends(2).says("line 2: ");
        kward(broker, &["topic", "elect-leaders", &one, "--from-file", "x"]).ends(2);
        kward(broker, &["topic", "elect-leaders", "--all", "--from-file", "x"]).ends(2);
        kward(broker, &["topic", "elect-leaders"]).ends(2);
    });
}

/// Whoever asked for all topics and may not see all is not told that all is done.
#[test]
fn who_does_not_see_every_topic_has_not_done_all() {
    on_each_version(|broker| {
        let (seen, hidden) = (unique("seen"), unique("hidden"));
        for topic in [&seen, &hidden] {
            broker.create_topic(topic);
        }
        let user = unique("partial");
        let client = broker.create_user(&user);
        let allow = |resource: &[&str], operations: &[&str]| {
            let principal = format!("User:{user}");
            let operations = operations.iter().flat_map(|one| ["--operation", one]);
            let mut words = vec!["acl", "create", "--allow-principal", &principal];
            words.extend(operations);
            words.extend(resource);
            kward(broker, &words).ends(0);
        };
        allow(&["--cluster"], &["alter", "describe"]);
        allow(&["--topic", &seen], &["describe", "delete"]);
        let asks = |words: &[&str]| kward_as(broker, &client, words);
        eventually("it sees the topic", || asks(&["topic", "list", &seen]).status == 0);
        let elect = ["topic", "elect-leaders", "--all"];
        eventually("it may elect", || asks(&elect).err.contains("stay as they are"));
        for words in [&elect[..], &["topic", "elect-leaders", "--all", "--dry-run"]] {
            let run = asks(words).ends(1).says("not looked at: topics that you may not describe");
            run.says("leaders of topics that you may not describe stay as they are");
        }
        for words in [
            &["reassign", "plan", "--even"][..],
            &["reassign", "apply", "--even", "--dry-run"],
            &["reassign", "plan", "--replication-factor", "1"],
        ] {
            let run =
                asks(words).ends(1).says("topics that you may not describe stay where they are");
            run.says("run it as somebody who may DESCRIBE all topics");
        }
        // Where a part of them is meant, a warning tells what was not looked at.
        let prefix = &seen[..seen.len() - 1];
        for words in [
            ["reassign", "plan", "--even", "--prefix", prefix],
            ["topic", "delete", "--dry-run", "--prefix", prefix],
        ] {
            asks(&words).ends(0).says("not looked at: topics that you may not describe");
        }
        kward(broker, &elect).ends(0);
        kward(broker, &["reassign", "plan", "--even"]).ends(0);
    });
}
