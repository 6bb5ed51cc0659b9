//! Writes of several topics: each has its outcome, and one that cannot be done stops no other.

use serde_json::Value;

use super::{items, kward};
use crate::support::broker::{Broker, on_each_version};
use crate::support::run::Run;
use crate::support::unique;

/// A topic to which something is done, and a name that is a typing mistake for it.
struct Pair {
    topic: String,
    wrong: String,
}

impl Pair {
    fn new(broker: &Broker, prefix: &str) -> Self {
        let topic = unique(prefix);
        broker.create_topic(&topic);
        Self { wrong: format!("{topic}x"), topic }
    }

    /// Runs the verb on both, as a dry run and in earnest: the outcome of the topic is `planned` and then
    /// `done`, and the other fails each time.
    #[track_caller]
    fn each(&self, broker: &Broker, noun: &str, verb: &[&str], done: &str) -> Run {
        let names = match noun {
            "config" => vec!["--topic", &self.wrong, "--topic", &self.topic],
            _ => vec![&*self.wrong, &*self.topic],
        };
        let words = [&[noun, verb[0]], &names[..], &verb[1..], &["-o", "json"]].concat();
        let run = |more: &str, expected: &str| {
            let run = kward(broker, &[&words[..], &[more]].concat()).ends(1);
            assert_eq!(status(&run, &self.topic), expected, "{run}");
            assert_eq!(status(&run, &self.wrong), "failed", "{run}");
            let wrong = of(&run, &self.wrong);
            assert_eq!(wrong["error"]["name"], "UNKNOWN_TOPIC_OR_PARTITION", "{run}");
            let summary = &run.json()["summary"];
            assert_eq!(summary["failed"], 1, "{run}");
            run.says(&format!("did you mean `{}`?", self.topic))
        };
        run("--dry-run", "planned");
        run("--yes", done)
    }
}

/// The item about the topic.
#[track_caller]
fn of(run: &Run, topic: &str) -> Value {
    let is_of =
        |item: &Value| ["name", "topic", "entityName"].iter().any(|key| item[*key] == topic);
    let found = items(run).into_iter().find(is_of);
    found.unwrap_or_else(|| panic!("nothing about {topic}: {run}"))
}

#[track_caller]
fn status(run: &Run, topic: &str) -> String {
    of(run, topic)["status"].as_str().expect("a status").to_owned()
}

#[test]
fn a_topic_that_is_not_there_stops_no_other() {
    on_each_version(|broker| {
        let pair = Pair::new(broker, "outcome");
        broker.produce("admin", &pair.topic, &["a", "b"]).expect("a super user may write");
        let set = ["set", "--set", "retention.ms=900000"];
        pair.each(broker, "config", &set, "altered");
        pair.each(broker, "topic", &["configure", "--set", "retention.ms=800000"], "altered");
        pair.each(broker, "topic", &["add-partitions", "--total", "2"], "altered");
        pair.each(broker, "topic", &["trim", "--to-end", "--partition", "0"], "deleted");
        pair.each(broker, "topic", &["delete"], "deleted");
        // Of a single one it is said in so many words.
        let only = ["topic", "trim", &pair.wrong, "--to-end", "-o", "json"];
        let run = kward(broker, &only).ends(1).says(&format!("there is no topic `{}`", pair.wrong));
        assert_eq!(status(&run, &pair.wrong), "failed");
        assert!(of(&run, &pair.wrong).get("partition").is_none(), "{run}");
    });
}

#[test]
fn what_is_not_done_is_said_before_the_question() {
    on_each_version(|broker| {
        let pair = Pair::new(broker, "asked");
        let run = kward(broker, &["topic", "delete", &pair.topic, &pair.wrong]).ends(4);
        let said = |text: &str| run.err.find(text).unwrap_or_else(|| panic!("{text}: {run}"));
        let warning = said(&format!("there is no topic `{}`; did you mean", pair.wrong));
        assert!(warning < said("there is no terminal to ask on"), "{run}");
        assert!(run.out.is_empty(), "{run}");
    });
}

#[test]
fn partitions_and_totals_that_do_not_fit_one_topic_stop_no_other() {
    on_each_version(|broker| {
        let (one, three) = (unique("one"), unique("three"));
        broker.create_topic(&one);
        kward(broker, &["topic", "create", &three, "--partitions", "3"]).ends(0);
        let json = |words: &[&str]| kward(broker, &[words, &["-o", "json", "-y"]].concat());
        let run = json(&["topic", "add-partitions", &three, &one, "--total", "2"]).ends(1);
        assert_eq!((status(&run, &one), status(&run, &three)), ("altered".into(), "failed".into()));
        assert_eq!(of(&run, &three)["error"]["name"], "INVALID_PARTITIONS", "{run}");
        broker.produce("admin", &one, &["a", "b", "c"]).expect("a super user may write");
        broker.produce("admin", &three, &["a", "b", "c"]).expect("a super user may write");
        let trim = ["topic", "trim", &one, &three, "--to-end", "--partition", "0,1,2"];
        let run = json(&trim).ends(1).says("has no partition 2: it has 2 partitions");
        let all = items(&run);
        assert_eq!(all.len(), 6, "one for each partition of each topic: {run}");
        let failed: Vec<&Value> = all.iter().filter(|item| item["status"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{run}");
        assert_eq!(
            (&failed[0]["topic"], &failed[0]["partition"]),
            (&one.clone().into(), &2.into())
        );
        // As for an election.
        let run = json(&["topic", "elect-leaders", &one, &three, "--partition", "2"]).ends(1);
        assert_eq!(
            (status(&run, &one), status(&run, &three)),
            ("failed".into(), "unchanged".into())
        );
    });
}

#[test]
fn what_a_quota_holds_back_is_told_from_what_is_done() {
    on_each_version(|broker| {
        let client = unique("slow");
        let quota = ["quota", "set", "--client-id", &client, "--controller-mutation-rate", "0.2"];
        kward(broker, &quota).ends(0);
        let names: Vec<String> = (0..8).map(|_| unique("held")).collect();
        let id = format!("client.id={client}");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let words = ["topic", "create", "-p", "1", "--timeout", "8s", "-X", &id, "-o", "json"];
        let run = kward(broker, &[&words[..], &names].concat()).ends(1);
        let run = run.says("`controller_mutation_rate`");
        let listed = kward(broker, &["topic", "list", "-o", "name"]).ends(0);
        for name in names {
            let is_there = listed.out.lines().any(|line| line == name);
            let one = of(&run, name);
            assert_eq!(one["status"], if is_there { "created" } else { "failed" }, "{run}");
            assert!(is_there || one["error"]["name"] == "THROTTLING_QUOTA_EXCEEDED", "{run}");
        }
    });
}
