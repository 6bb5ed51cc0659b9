//! `group history`: real consumers join, leave, are killed and come back, and it tells just that.

use std::time::Duration;

use super::*;
use crate::support::broker::{Options, on_each_version, on_the_newest};
use crate::support::consumer::{Consumer, Protocol, Start};
use crate::support::terminal::Terminal;

/// The shortest session that brokers allow.
const SESSION: Duration = Duration::from_secs(6);

impl Bench<'_> {
    fn start(&self, group: &str, topic: &str, client: &str) -> Start {
        Consumer::of(self.broker, group, topic).client_id(client)
    }

    #[track_caller]
    fn history(&self, group: &str, arguments: &[&str]) -> Value {
        let arguments = [&["history", group, "-o", "json"], arguments].concat();
        self.group(&arguments).ends(0).json()
    }

    /// Each rebalance in a line: `2 members: +b, moved 2, kept 2`.
    #[track_caller]
    fn told(&self, group: &str) -> Vec<String> {
        let history = self.history(group, &[]);
        assert_eq!(history["complete"], true, "the log of a test is young");
        assert_eq!(history["log"]["unknownRecords"], 0);
        history["rebalances"].as_array().expect("rebalances").iter().map(line).collect()
    }

    /// Waits until the last line is this one.
    fn until(&self, group: &str, last: &str) {
        eventually(&format!("the history ends with {last:?}"), || {
            let run = self.group(&["history", group, "-o", "json"]);
            let ends = |told: &Value| told["rebalances"].as_array()?.last().map(line);
            run.status == 0 && ends(&run.json()).as_deref() == Some(last)
        });
    }
}

/// Its parts come in the order of the names, and only where there is something to say.
fn line(told: &Value) -> String {
    let names = |field: &str, sign: &str| {
        let all = told[field].as_array().expect("members").iter();
        let name = |member: &Value| member["clientId"].as_str().expect("a client").to_owned();
        let mut names: Vec<String> = all.map(|member| format!("{sign}{}", name(member))).collect();
        names.sort();
        names
    };
    let mut parts = [names("joined", "+"), names("left", "-"), names("returned", "~")].concat();
    for field in ["moved", "kept", "assigned", "unassigned"] {
        if let Some(count) = told[field].as_u64().filter(|count| *count > 0) {
            parts.push(format!("{field} {count}"));
        }
    }
    match told["change"].as_str() {
        Some("members") => parts.push("no rebalance".to_owned()),
        Some("deleted") => parts.push("deleted".to_owned()),
        _ => {}
    }
    format!("{} members: {}", told["members"], parts.join(", "))
}

#[test]
fn eager_members_join_leave_and_are_killed() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(4), unique("group"));
        let first = bench.start(&group, &topic, "first").session(SESSION).start();
        first.holding(4);
        let second = bench.start(&group, &topic, "second").start();
        second.holding(2);
        first.holding(2);
        second.leave();
        first.holding(4);
        first.kill();
        bench.empty(&group);
        assert_eq!(
            bench.told(&group),
            [
                "1 members: +first, assigned 4",
                "2 members: +second, moved 2, kept 2",
                "1 members: -second, moved 2, kept 2",
                "0 members: -first, unassigned 4",
            ]
        );
        let history = bench.history(&group, &[]);
        let told = history["rebalances"].as_array().unwrap();
        for (told, generation) in told.iter().zip(1..) {
            assert_eq!(told["generation"], generation);
            assert_eq!(
                (&told["type"], &told["protocolType"]),
                (&"classic".into(), &"consumer".into())
            );
        }
        assert_eq!(told[1]["assignor"], "range");
        assert!(told[0].get("sincePreviousMs").is_none());
        let after = told[3]["sincePreviousMs"].as_u64().unwrap();
        assert!(after >= 5_000, "a session is waited out: {after}");
        let moves = told[1]["moves"].as_array().unwrap();
        let member = |at: usize| &told[at]["joined"][0]["memberId"];
        assert!(moves.iter().all(|m| m["from"] == *member(0) && m["to"] == *member(1)));
        assert!(moves.iter().all(|m| m["topic"] == topic.as_str()));
        let summary = &history["summary"];
        let number = |field: &str| summary[field].as_u64().unwrap();
        assert_eq!((number("rebalances"), number("joined"), number("left")), (4, 2, 2));
        assert_eq!((number("moved"), number("kept")), (4, 4));
        assert_eq!(summary["movedShare"], 0.5);
        assert!(summary["longestStable"]["ms"].as_u64().unwrap() >= 5_000);
        let behind = summary["behind"].as_array().unwrap();
        assert_eq!(behind.len(), 2);
        assert!(behind.iter().all(|b| b["rebalances"] == 2 && b["host"] == "127.0.0.1"));

        let shown = bench.group(&["history", &group]).ends(0);
        let shown = shown.prints("4 rebalances; 2 joined, 2 left, 0 returned");
        shown
            .prints("50 % of the partitions moved")
            .prints("`first` at 127.0.0.1: in 2 rebalances");
        let last = bench.history(&group, &["--limit", "1"]);
        assert_eq!(last["rebalances"], serde_json::json!([told[3]]));
        assert_eq!(last["summary"]["rebalances"], 4, "all of it is counted");
        bench
            .group(&["history", &group, "--limit", "1"])
            .ends(0)
            .prints("all, not only those shown: 4 rebalances")
            .prints("longest without one while it had members: ");
        assert_eq!(last["window"], serde_json::json!({ "limit": 1, "leftOut": 3 }));
        let none = bench.group(&["history", &group, "--since", "1ms"]).ends(0);
        none.says("no rebalances").prints("4 more are left out by `--since`");
        let since = told[2]["time"].as_str().unwrap();
        let last = bench.history(&group, &["--since", since]);
        assert_eq!(last["rebalances"], serde_json::json!([told[2], told[3]]));
        assert_eq!(last["summary"]["rebalances"], 2);
        let between = bench.history(&group, &["--since", since, "--until", since]);
        assert_eq!(between["rebalances"], serde_json::json!([told[2]]));
        assert_eq!(
            (&between["summary"]["rebalances"], &between["window"]["leftOut"]),
            (&1.into(), &3.into())
        );
        let first = bench.history(&group, &["--until", since, "--limit", "1"]);
        assert_eq!(first["rebalances"], serde_json::json!([told[2]]));
        assert_eq!(
            (&first["summary"]["rebalances"], &first["summary"]["to"]),
            (&3.into(), &told[2]["time"])
        );
        bench
            .group(&["history", &group, "--since", "1h", "--until", "2h"])
            .ends(2)
            .says("`--until` names a time before that of `--since`");

        bench.group(&["delete", &group, "-y"]).ends(0);
        bench.until(&group, "0 members: deleted");
        assert_eq!(bench.history(&group, &[])["summary"]["rebalances"], 4, "no rebalance");
        bench.group(&["history", &group]).ends(0).prints(" deleted");
        let again = bench.start(&group, &topic, "again").start();
        again.holding(4);
        bench.until(&group, "1 members: +again, assigned 4");
    });
}

#[test]
fn cooperative_members_move_only_what_they_must() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(4), unique("group"));
        let start =
            |client: &str| bench.start(&group, &topic, client).protocol(Protocol::Cooperative);
        let first = start("first").start();
        first.holding(4);
        let second = start("second").start();
        second.holding(2);
        first.holding(2);
        bench.settled(&group);
        second.leave();
        first.holding(4);
        bench.until(&group, "1 members: -second, moved 2, kept 2");
        assert_eq!(
            bench.told(&group),
            [
                "1 members: +first, assigned 4",
                "2 members: +second, kept 2, unassigned 2",
                "2 members: moved 2, kept 2",
                "1 members: -second, moved 2, kept 2",
            ]
        );
        let history = bench.history(&group, &[]);
        assert_eq!(history["rebalances"][1]["assignor"], "cooperative-sticky");
        // What was given up is given up once.
        let moves = |at: usize| history["rebalances"][at]["moves"].as_array().unwrap();
        let first = &history["rebalances"][0]["joined"][0]["memberId"];
        assert!(moves(1).iter().all(|m| m["from"] == *first && m.get("to").is_none()));
        assert!(moves(2).iter().all(|m| m.get("from").is_none() && m["lastHolder"] == *first));
    });
}

#[test]
fn a_static_member_comes_back_to_its_place() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let seat = |number: u8| {
            let (client, instance) = (format!("client-{number}"), format!("seat-{number}"));
            // Time enough to be back, also on a busy machine.
            let session = 2 * SESSION;
            bench.start(&group, &topic, &client).instance(&instance).session(session)
        };
        let one = seat(1).start();
        one.holding(2);
        let two = seat(2).start();
        two.holding(1);
        one.holding(1);
        bench.settled(&group);
        // It does not leave, and is back before its session is over.
        two.leave();
        let two = seat(2).start();
        two.holding(1);
        bench.until(&group, "2 members: ~client-2, kept 2, no rebalance");
        // Now its session is over before it is back.
        two.kill();
        one.holding(2);
        let _two = seat(2).start();
        one.holding(1);
        bench.settled(&group);
        assert_eq!(
            bench.told(&group),
            [
                "1 members: +client-1, assigned 2",
                "2 members: +client-2, moved 1, kept 1",
                "2 members: ~client-2, kept 2, no rebalance",
                "1 members: -client-2, moved 1, kept 1",
                "2 members: ~client-2, moved 1, kept 1",
            ]
        );
        let told = bench.history(&group, &[])["rebalances"].clone();
        let id = |at: usize, field: &str| told[at][field][0]["memberId"].clone();
        let back = |at: usize| told[at]["returned"][0].clone();
        assert_eq!(
            (back(2)["previousMemberId"].clone(), back(2)["replaced"].clone()),
            (id(1, "joined"), true.into())
        );
        assert_eq!(
            (back(4)["previousMemberId"].clone(), back(4)["replaced"].clone()),
            (id(3, "left"), false.into())
        );
        assert_eq!(back(2)["instanceId"], "seat-2");
        assert_eq!(bench.history(&group, &[])["summary"]["rebalances"], 4);
    });
}

#[test]
fn a_rolling_restart_is_seen_for_what_it_is() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(3), unique("group"));
        let clients = ["one", "two", "three"];
        let start = |client: &str| bench.start(&group, &topic, client).start();
        let mut running = Vec::new();
        for client in clients {
            running.push(start(client));
            bench.until_members(&group, running.len());
        }
        for (at, client) in clients.iter().enumerate() {
            let old = running.remove(0);
            old.leave();
            bench.until_members(&group, 2);
            running.push(start(client));
            bench.until_members(&group, 3);
            assert_eq!(running.len(), 3, "{at}");
        }
        let told = bench.told(&group);
        assert_eq!(told.len(), 3 + 2 * 3, "{told:#?}");
        for (at, client) in clients.iter().enumerate() {
            let (left, joined) = (&told[3 + 2 * at], &told[4 + 2 * at]);
            assert!(left.starts_with(&format!("2 members: -{client}, ")), "{told:#?}");
            assert!(joined.starts_with(&format!("3 members: +{client}, ")), "{told:#?}");
        }
        let summary = bench.history(&group, &[])["summary"].clone();
        assert_eq!((summary["joined"].clone(), summary["left"].clone()), (6.into(), 3.into()));
    });
}

impl Bench<'_> {
    /// Waits until the group is stable with so many members.
    fn until_members(&self, group: &str, count: usize) {
        eventually("the group has these members and is stable", || {
            self.member_count(group) == count && self.state(group) == "Stable"
        });
    }
}

#[test]
fn members_of_a_consumer_group_join_leave_and_come_back() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.0") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(4), unique("group"));
        let start = |client: &str| bench.start(&group, &topic, client).protocol(Protocol::Consumer);
        let first = start("first").start();
        first.holding(4);
        let second = start("second").instance("seat").start();
        second.holding(2);
        first.holding(2);
        bench.settled(&group);
        second.leave();
        let second = start("second").instance("seat").start();
        second.holding(2);
        bench.until(&group, "2 members: ~second, kept 4, no rebalance");
        first.leave();
        second.holding(4);
        bench.settled(&group);
        let told = bench.told(&group);
        assert_eq!(
            told,
            [
                "1 members: +first, assigned 4",
                "2 members: +second, moved 2, kept 2",
                "2 members: ~second, kept 4, no rebalance",
                "1 members: -first, moved 2, kept 2",
            ]
        );
        let history = bench.history(&group, &[]);
        let described = bench.items(&["describe", &group]);
        let last = &history["rebalances"][3];
        assert_eq!(last["epoch"], described[0]["groupEpoch"]);
        assert_eq!(last["assignor"], described[0]["assignor"]);
        assert_eq!(last["type"], "consumer");
        let shown = bench.group(&["history", &group]).ends(0).out;
        assert!(shown.contains("EPOCH") && !shown.contains("GENERATION"), "{shown}");
        assert_eq!(history["rebalances"][1]["moves"][0]["topic"], topic.as_str());
        second.leave();
        bench.empty(&group);
        bench.group(&["delete", &group, "-y"]).ends(0);
        bench.until(&group, "0 members: deleted");
        assert_eq!(bench.told(&group).len(), 6);
    });
}

#[test]
fn a_killed_member_of_a_consumer_group_is_told_when_its_session_is_over() {
    let settings = [
        "group.consumer.min.session.timeout.ms=2000",
        "group.consumer.session.timeout.ms=8000",
        "group.consumer.min.heartbeat.interval.ms=500",
        "group.consumer.heartbeat.interval.ms=1000",
    ];
    let settings = settings.map(str::to_owned).to_vec();
    let broker = Broker::own(&Options { settings, ..Options::default() });
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(4), unique("group"));
    let start = |client: &str| bench.start(&group, &topic, client).protocol(Protocol::Consumer);
    let first = start("first").start();
    first.holding(4);
    let second = start("second").start();
    second.holding(2);
    first.holding(2);
    bench.settled(&group);
    second.kill();
    first.holding(4);
    bench.until(&group, "1 members: -second, moved 2, kept 2");
}

#[test]
fn share_groups_tell_what_they_can() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, share) = (bench.topic(1), unique("share"));
        let consumer = bench.share_consumer(&topic, &share);
        consumer.stop();
        bench.empty(&share);
        let history = bench.history(&share, &[]);
        let told = history["rebalances"].as_array().unwrap();
        let lines: Vec<String> = told.iter().map(line).collect();
        assert!(lines[0].starts_with("1 members: +console-share-consumer"), "{lines:#?}");
        assert!(
            lines.last().unwrap().starts_with("0 members: -console-share-consumer"),
            "{lines:#?}"
        );
        assert!(told.iter().all(|told| told["type"] == "share"));
        assert_eq!(history["log"]["unknownRecords"], 0);
    });
}

#[test]
fn a_narrow_terminal_shows_what_happened_and_breaks_no_line() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(4), unique("a-group-with-a-name"));
        let first = bench.start(&group, &topic, "first").start();
        first.holding(4);
        let second = bench.start(&group, &topic, "second").start();
        second.holding(2);
        bench.until(&group, "2 members: +second, moved 2, kept 2");
        for more in [&[][..], &["-o", "wide"]] {
            let command = bench.process(&[&["history", &group], more].concat());
            let (status, shown) = Terminal::start_sized(("dumb", 40), &command, None).ended();
            assert_eq!(status, 0, "{shown}");
            for word in ["first", "second", "2 rebalances"] {
                assert!(shown.contains(word), "`{word}` is missing: {shown}");
            }
            let is_wide = !more.is_empty();
            let long = shown.lines().find(|line| line.trim_end().chars().count() > 40);
            assert!(long.is_none() || is_wide, "{long:?} in {shown}");
        }
    });
}

#[test]
fn a_group_that_nobody_knows() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("commits"));
        bench.consume(&topic, &group, 1);
        let run = bench.group(&["history", "no-such-group"]).ends(1);
        run.says("nothing is known of a group `no-such-group`");
        let waiting =
            ["history", "no-such-group", "--follow", "--for", "1s", "--save", "kept.json"];
        bench
            .group(&waiting)
            .ends(0)
            .says("nothing is known of a group `no-such-group` yet: waiting for it");
        assert!(!bench.sandbox.path().join("kept.json").exists(), "nothing is kept of nothing");
        bench.group(&["history", &group, "--limit", "1", "--follow"]).ends(2);
        bench.group(&["history", &group, "--limit", "0"]).ends(2).says("at least 1");
        bench
            .group(&["history", &group, "--since", "2999-01-01T00:00:00Z"])
            .ends(2)
            .says("`--since` names a time that is still to come");
        let run = bench.group(&["history", &group, "--follow", "-o", "yaml"]).ends(2);
        run.says("`--follow` writes JSON");
        bench
            .group(&["history", &group, "--from", "nowhere.json"])
            .ends(2)
            .says("there is no file");
    });
}

#[test]
fn who_may_not_read_the_log_is_told_which_acl_grants_it() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 1);
        let user = unique("historian");
        let client = broker.create_user(&user);
        let refusal = "not authorized to read the topic `__consumer_offsets`";
        eventually("the user is known", || {
            bench.group_as(&client, &["history", &group]).err.contains(refusal)
        });
        let grant = |operation: &str| {
            let principal = format!("User:{user}");
            let arguments = ["--add", "--allow-principal", &principal, "--operation", operation];
            broker.kafka_acls(&[&arguments[..], &["--topic", "__consumer_offsets"]].concat());
        };
        let hint = format!(
            "`kward acl create --allow-principal User:{user} --operation read --topic __consumer_offsets`"
        );
        let run = bench.group_as(&client, &["history", &group]).ends(1);
        run.says("TOPIC_AUTHORIZATION_FAILED (29)").says("it needs READ on the topic").says(&hint);
        // To describe it is not enough.
        grant("Describe");
        eventually("it may describe", || {
            let describe = ["topic", "describe", "__consumer_offsets"];
            Run::of(&mut bench.sandbox.kward_on(broker, &client, describe)).status == 0
        });
        bench.group_as(&client, &["history", &group]).ends(1).says(&hint);
        grant("Read");
        eventually("it may read", || bench.group_as(&client, &["history", &group]).status == 0);
    });
}
