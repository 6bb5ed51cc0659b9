//! `group watch` while real consumers come and go, and while brokers do.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use super::watching::{INTERVAL, Story, Watching, held_after, in_step};
use super::*;
use crate::support::broker::{Options, on_each_version, on_the_newest};
use crate::support::consumer::{Consumer, Protocol};

/// Who holds which partitions, as the consumers themselves say.
fn holds(consumer: &Consumer) -> Vec<i64> {
    let mut partitions: Vec<i64> =
        consumer.holds().iter().map(|(_, partition)| i64::from(*partition)).collect();
    partitions.sort_unstable();
    partitions
}

fn protocols(broker: &Broker) -> Vec<Protocol> {
    let mut all = vec![Protocol::Eager, Protocol::Cooperative];
    if broker.is_at_least("4.0") {
        all.push(Protocol::Consumer);
    }
    all
}

#[test]
fn who_comes_and_goes_and_what_moves_is_told_exactly() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        for protocol in protocols(broker) {
            let (topic, group) = (bench.topic(4), unique("group"));
            let start = |client: &str| {
                Consumer::of(broker, &group, &topic).protocol(protocol).client_id(client).start()
            };
            let first = start("first");
            first.holding(4);
            bench.settled(&group);
            let before = bench.items(&["members", &group]);
            let watching = Watching::start(&bench, &[&group]);

            let second = start("second");
            second.holding(2);
            first.holding(2);
            in_step(&bench, &group, &before, &watching);
            let (came, taken) = (watching.events().len(), holds(&second));

            second.leave();
            first.holding(4);
            in_step(&bench, &group, &before, &watching);

            let events = watching.interrupt();
            let mut story = Story::knowing(&before);
            story.tell(&events[..came]);
            assert_eq!(story.joined, ["second"], "{protocol:?}");
            assert_eq!(story.left, [""; 0], "{protocol:?}");
            assert_eq!(story.only_moves("first", "second"), taken, "{protocol:?}: {events:#?}");
            let mut story = Story { clients: story.clients, ..Story::default() };
            story.tell(&events[came..]);
            assert_eq!((story.joined.len(), story.left), (0, vec!["second".to_owned()]));
            assert_eq!(story.moved.keys().map(|(_, p)| *p).collect::<Vec<_>>(), taken);
            assert!(
                story
                    .moved
                    .values()
                    .all(|(from, to)| (from.as_str(), to.as_str()) == ("second", "first"))
            );
            if protocol == Protocol::Consumer {
                assert!(story.epochs.is_sorted() && !story.epochs.is_empty());
            } else {
                assert_eq!(story.epochs, [0; 0], "classic groups do not tell their generation");
            }
            drop(first);
        }
    });
}

#[test]
fn a_static_member_that_comes_back_takes_its_seat() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        for protocol in protocols(broker) {
            let (topic, group) = (bench.topic(2), unique("group"));
            let start = || {
                Consumer::of(broker, &group, &topic).protocol(protocol).instance("seat-1").start()
            };
            let first = start();
            first.holding(2);
            bench.settled(&group);
            let before = bench.items(&["members", &group]);
            let watching = Watching::start(&bench, &[&group]);
            first.leave();
            let second = start();
            second.holding(2);
            watching.until("it is back", |e| e.iter().any(|e| e["event"] == "memberReturned"));
            in_step(&bench, &group, &before, &watching);
            let events = watching.interrupt();
            let of = |word: &str| -> Vec<&Value> {
                events.iter().filter(|event| event["event"] == word).collect()
            };
            let back = of("memberReturned");
            assert_eq!(back.len(), 1, "{protocol:?}: {events:#?}");
            for word in ["memberJoined", "memberLeft", "partitionMoved"] {
                assert_eq!(of(word).len(), 0, "{protocol:?}, {word}: {events:#?}");
            }
            assert_eq!(
                (&back[0]["instanceId"], &back[0]["replaced"]),
                (&"seat-1".into(), &true.into())
            );
            assert_eq!(back[0]["previousMemberId"], before[0]["memberId"]);
            assert_ne!(back[0]["memberId"], before[0]["memberId"]);
            let after = held_after(&before, &events);
            assert!(after.values().all(|id| *id == *back[0]["memberId"].as_str().unwrap()));
            assert_eq!(after.len(), 2);
            // The history tells the same.
            let history = bench.group(&["history", &group, "-o", "json"]).ends(0).json();
            let told =
                history["rebalances"].as_array().unwrap().last().unwrap()["returned"].clone();
            assert_eq!(told[0]["memberId"], back[0]["memberId"], "{protocol:?}: {history:#}");
            assert_eq!(told[0]["previousMemberId"], back[0]["previousMemberId"]);
            if protocol != Protocol::Consumer {
                assert_eq!(of("stateChanged").len(), 0, "nobody else noticed: {events:#?}");
            }
            drop(second);
        }
    });
}

#[test]
fn a_static_member_that_was_away_for_too_long_has_returned() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let seat = |client: &str| {
            let start = Consumer::of(broker, &group, &topic).client_id(client);
            start.instance(client).session(Duration::from_secs(6)).start()
        };
        let (one, two) = (seat("one"), seat("two"));
        one.holding(1);
        two.holding(1);
        bench.settled(&group);
        let before = bench.items(&["members", &group]);
        let watching = Watching::start(&bench, &[&group]);
        two.kill();
        one.holding(2);
        in_step(&bench, &group, &before, &watching);
        let two = seat("two");
        one.holding(1);
        in_step(&bench, &group, &before, &watching);
        let events = watching.interrupt();
        let mut story = Story::knowing(&before);
        story.tell(&events);
        assert_eq!((story.joined.len(), story.left.as_slice()), (0, &["two".to_owned()][..]));
        assert_eq!(story.returned, ["two"]);
        let back = events.iter().find(|e| e["event"] == "memberReturned").unwrap();
        let left = events.iter().find(|e| e["event"] == "memberLeft").unwrap();
        assert_eq!(
            (&back["replaced"], &back["previousMemberId"]),
            (&false.into(), &left["memberId"])
        );
        drop(two);
    });
}

#[test]
fn what_a_group_is_at_the_first_look_is_told_first() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, nothing) = (bench.topic(2), unique("nothing"));
        for protocol in [Protocol::Eager, Protocol::Consumer] {
            let group = unique("group");
            let consumer = Consumer::of(broker, &group, &topic).protocol(protocol).start();
            consumer.holding(2);
            bench.settled(&group);
            let described = bench.items(&["describe", &group]).remove(0);
            assert_eq!(described["protocolType"], "consumer");
            let watching = Watching::start(&bench, &[&group]);
            let events = watching.interrupt();
            let first = (&events[0]["event"], &events[0]["group"]);
            assert_eq!(first, (&"groupSeen".into(), &described));
            let seen = events.iter().filter(|event| event["event"] == "groupSeen").count();
            assert_eq!(seen, 1, "{events:#?}");
        }
        // A group that is not there is told of when it comes.
        let run = bench.group(&["watch", &nothing, "--for", "1s", "--interval", INTERVAL]);
        assert_eq!(run.ends(1).out, "");
    });
}

#[test]
fn a_killed_member_leaves_when_its_session_is_over() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let start = |client: &str| {
            let session = Duration::from_secs(6);
            Consumer::of(broker, &group, &topic).session(session).client_id(client).start()
        };
        let (first, second) = (start("first"), start("second"));
        first.holding(1);
        second.holding(1);
        bench.settled(&group);
        let before = bench.items(&["members", &group]);
        let watching = Watching::start(&bench, &[&group]);
        let taken = holds(&second);
        second.kill();
        first.holding(2);
        in_step(&bench, &group, &before, &watching);
        let events = watching.interrupt();
        let mut story = Story::knowing(&before);
        story.tell(&events);
        assert_eq!((story.joined.len(), story.left.clone()), (0, vec!["second".to_owned()]));
        assert_eq!(story.only_moves("second", "first"), taken);
    });
}

#[test]
fn share_groups_are_watched_too() {
    on_the_newest(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("share"));
        let first = bench.share_consumer(&topic, &group);
        let before = bench.items(&["members", &group]);
        let watching = Watching::start(&bench, &[&group]);
        let arguments = ["--topic", topic.as_str(), "--group", &group];
        let second = broker.start_tool("admin", "console-share-consumer", &arguments);
        let joined = |events: &[Value]| events.iter().any(|e| e["event"] == "memberJoined");
        watching.until("the second joins", joined);
        let shares = |events: &[Value]| {
            let got = |e: &&Value| e["event"] == "partitionMoved" && e.get("from").is_none();
            events.iter().filter(got).count() == 1
        };
        watching.until("it shares the partition", shares);
        second.stop();
        watching.until("the second leaves", |e| e.iter().any(|e| e["event"] == "memberLeft"));
        let events = watching.interrupt();
        let of = |word: &str| events.iter().filter(|e| e["event"] == word).collect::<Vec<_>>();
        let (joined, left) = (of("memberJoined"), of("memberLeft"));
        assert_eq!((joined.len(), left.len()), (1, 1));
        assert_eq!(joined[0]["memberId"], left[0]["memberId"]);
        assert_ne!(joined[0]["memberId"], before[0]["memberId"]);
        assert!(!of("epochChanged").is_empty());
        drop(first);
    });
}

#[test]
fn all_groups_at_once_as_they_come_and_go() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, known, new) = (bench.topic(1), unique("known"), unique("new"));
        bench.consume(&topic, &known, 3);
        bench.empty(&known);
        let watching = Watching::begin(&bench, &["--all"]);
        let of = |events: &[Value], group: &str, word: &str| -> Vec<Value> {
            let is = |e: &&Value| e["groupId"] == group && e["event"] == word;
            events.iter().filter(is).cloned().collect()
        };
        watching.until("the first look", |events| !of(events, &known, "lag").is_empty());
        assert_eq!(of(&watching.events(), &known, "lag")[0]["lag"], 17);
        let consumer = Consumer::of(broker, &new, &topic).client_id("new").start();
        consumer.holding(1);
        // Its partition moved, or was held already when it was first seen to be stable.
        let seen = |events: &[Value]| {
            let held = |e: &Value| {
                let members = e["group"]["members"].as_array().cloned().unwrap_or_default();
                members.iter().any(|m| m["assignment"].as_array().is_some_and(|a| !a.is_empty()))
            };
            of(events, &new, "groupSeen").iter().any(held)
                || !of(events, &new, "partitionMoved").is_empty()
        };
        watching.until("the new one", seen);
        consumer.leave();
        let states = |events: &[Value], group: &str| -> Vec<Value> {
            of(events, group, "stateChanged").iter().map(|e| e["to"].clone()).collect()
        };
        watching.until("it is empty", |e| states(e, &new).last() == Some(&"Empty".into()));
        bench.group(&["delete", &new, "--yes"]).ends(0);
        watching.until("it is gone", |e| states(e, &new).last() == Some(&"Dead".into()));
        let events = watching.interrupt();
        // It begins as those do that were there at the first look.
        let first = events.iter().find(|e| e["groupId"] == new.as_str()).expect("an event of it");
        assert_eq!(first["event"], "groupSeen", "{events:#?}");
        let from_dead = |e: &Value| e["from"] == "Dead";
        assert!(!of(&events, &new, "stateChanged").iter().any(from_dead), "{events:#?}");
        let there = first["group"]["members"].as_array().expect("members").len();
        assert_eq!(there + of(&events, &new, "memberJoined").len(), 1, "told once: {events:#?}");
        assert_eq!(of(&events, &new, "memberLeft").len(), 1);
    });
}

#[test]
fn lag_is_told_when_records_come_and_are_consumed() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        let watching = Watching::start(&bench, &[&group]);
        let lags = |events: &[Value]| -> Vec<Value> {
            events.iter().filter(|event| event["event"] == "lag").cloned().collect()
        };
        broker.produce("admin", &topic, &["one", "two"]).expect("records");
        watching.until("two more", |e| lags(e).last().unwrap()["lag"] == 17);
        let told = lags(&watching.events());
        assert_eq!((told[0]["lag"].clone(), told[0].get("consumed")), (15.into(), None));
        let produced: i64 = told.iter().filter_map(|e| e["produced"].as_i64()).sum();
        assert_eq!(produced, 2);
        let consumer = Consumer::of(broker, &group, &topic).start();
        watching.until("all consumed", |e| lags(e).last().unwrap()["lag"] == 0);
        consumer.leave();
        let events = watching.interrupt();
        let consumed: i64 = lags(&events).iter().filter_map(|e| e["consumed"].as_i64()).sum();
        assert_eq!(consumed, 17);
    });
}

#[test]
fn it_ends_when_it_is_told_to() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group, later) = (bench.topic(1), unique("group"), unique("later"));
        bench.consume(&topic, &group, 1);
        bench.empty(&group);
        let watch = |arguments: &[&str]| {
            bench.group(&[&["watch", "--interval", INTERVAL], arguments].concat())
        };
        let began = std::time::Instant::now();
        let run = watch(&[&group, "--for", "1s"]).ends(0);
        assert!(began.elapsed() >= Duration::from_secs(1), "{run}");
        let told: Vec<Value> = run.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let words: Vec<&Value> = told.iter().map(|event| &event["event"]).collect();
        assert_eq!(words, ["groupSeen", "lag"], "nothing happened: {run}");
        watch(&[&group, "--for", "1s", "--until", "stable"])
            .ends(3)
            .says("is not stable, but Empty");
        let stable = ["no-such-group", "--for", "1s", "--until", "stable"];
        let run = watch(&stable).ends(3).says("there is no group `no-such-group`");
        assert!(!run.err.contains("Dead"), "{run}");
        watch(&["no-such-group", "--for", "1s"]).ends(1).says("there is no group `no-such-group`");
        watch(&[&group, "-o", "yaml"]).ends(2).says("`group watch` shows a view or writes JSON");
        bench.group(&["watch", &group, "--interval", "0s"]).ends(2).says("at least 100ms");
        // A group that is not there yet is waited for.
        let mut waiting = Watching::begin(&bench, &[&later, "--until", "stable", "--for", "1m"]);
        waiting.until("it looks", |_| waiting.said().contains("waiting for it"));
        let consumer = Consumer::of(broker, &later, &topic).start();
        assert_eq!(waiting.child.wait().expect("it ends").code(), Some(0), "{}", waiting.said());
        waiting.until("its end", |e| e.iter().any(|e| e["event"] == "lag"));
        let events = waiting.events();
        // It begins as those do that were there at the first look.
        assert_eq!(events[0]["event"], "groupSeen", "{events:#?}");
        assert!(events.iter().all(|e| e["from"] != "Dead"), "{events:#?}");
        let there = events[0]["group"]["members"].as_array().expect("members").len();
        let joined = events.iter().filter(|e| e["event"] == "memberJoined").count();
        assert_eq!(there + joined, 1, "told once: {events:#?}");
        watch(&[&later, "--until", "stable"]).ends(0);
        let empty = ["--until", "empty", "--for"];
        watch(&[&[&*later][..], &empty, &["1s"]].concat()).ends(3).says("is not empty, but Stable");
        let mut waiting = Watching::begin(&bench, &[&[&*later][..], &empty, &["1m"]].concat());
        waiting.until("it looks", |events| !events.is_empty());
        consumer.leave();
        assert_eq!(waiting.child.wait().expect("it ends").code(), Some(0), "{}", waiting.said());
        watch(&[&[&*group][..], &empty, &["1m"]].concat()).ends(0);
    });
}

#[test]
fn brokers_that_restart_and_coordinators_that_move_do_not_end_it() {
    let broker = Broker::own(&Options { three_brokers: true, ..Options::default() });
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(3), unique("group"));
    let first = Consumer::of(&broker, &group, &topic).client_id("first").start();
    first.holding(3);
    bench.settled(&group);
    let before = bench.items(&["members", &group]);
    let watching = Watching::start(&bench, &[&group]);
    // Who leads a partition alone goes on leading it: it needs the other replicas to move.
    let offsets = ["--describe", "--topic", "__consumer_offsets", "--under-replicated-partitions"];
    eventually("the groups have all their replicas", || {
        broker.admin("topics", &offsets).trim().is_empty()
    });
    let coordinator = || {
        let described = bench.group(&["describe", &group, "-o", "json"]);
        let told = (described.status == 0).then(|| described.json())?;
        told["items"][0]["coordinator"]["id"].as_i64()
    };
    let was = coordinator().expect("a coordinator");
    broker.restart(u32::try_from(was).unwrap());
    // Under load the group may move on, and even back.
    watching.until("it says who the coordinator is now", |_| {
        let words = |now| format!("the coordinator of `{group}` is broker {now} now");
        coordinator().is_some_and(|now| {
            let said = watching.said();
            let last = said.lines().rfind(|line| line.contains("the coordinator of"));
            last.is_some_and(|line| line.contains(&words(now)))
        })
    });
    // What happens afterwards is told as before.
    let second = Consumer::of(&broker, &group, &topic).client_id("second").start();
    second.holding(1);
    in_step(&bench, &group, &before, &watching);
    let events = watching.interrupt();
    let mut story = Story::knowing(&before);
    story.tell(&events);
    // Who was not heard in time during the restart has left and joined again, maybe after the second.
    assert!(story.joined.iter().any(|client| client == "second"), "{events:#?}");
    assert!(!story.moved.is_empty(), "{events:#?}");
    story.only_moves("first", "second");
}

/// `kward group watch … | head -1`: a group where nothing happens writes nothing that would tell.
#[test]
fn who_stops_reading_ends_it_though_nothing_happens() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        for verb in
            [&["watch", "--interval", "200ms"][..], &["history", "--follow", "--since", "1h"]]
        {
            let mut command = bench.process(&[verb, &[group.as_str(), "-o", "json"]].concat());
            let mut child = command.stdout(Stdio::piped()).spawn().expect("kward starts");
            let mut line = String::new();
            let mut output = BufReader::new(child.stdout.take().expect("its output"));
            assert!(output.read_line(&mut line).expect("a line") > 0, "an event");
            drop(output);
            eventually("it ends", || child.try_wait().expect("a status").is_some());
        }
    });
}

#[test]
fn groups_that_a_broker_is_still_loading_are_not_taken_for_gone() {
    let broker = Broker::own(&Options::default());
    let bench = Bench::new(&broker);
    let topic = bench.topic(1);
    let groups: Vec<String> = (0..2).map(|_| unique("group")).collect();
    let consumers: Vec<Consumer> = groups
        .iter()
        .map(|group| Consumer::of(&broker, group, &topic).client_id("first").start())
        .collect();
    for (consumer, group) in consumers.iter().zip(&groups) {
        consumer.holding(1);
        bench.settled(group);
    }
    let watching = Watching::begin(&bench, &["--all"]);
    let heard = |events: &[Value], group: &str| {
        events.iter().any(|e| e["event"] == "lag" && e["groupId"] == group)
    };
    watching.until("the first look", |events| groups.iter().all(|group| heard(events, group)));
    broker.restart(1);
    // The broker has loaded a group when somebody can join it.
    let late: Vec<Consumer> = groups
        .iter()
        .map(|group| Consumer::of(&broker, group, &topic).client_id("late").start())
        .collect();
    watching.until("it goes on", |events| {
        let joined = |group: &String| {
            let is = |e: &Value| e["event"] == "memberJoined" && e["clientId"] == "late";
            events.iter().any(|e| e["groupId"] == group.as_str() && is(e))
        };
        groups.iter().all(joined)
    });
    let events = watching.interrupt();
    let dead = |e: &&Value| e["event"] == "stateChanged" && e["to"] == "Dead";
    let gone: Vec<&Value> = events.iter().filter(dead).collect();
    assert!(gone.is_empty(), "{gone:#?}");
    drop((consumers, late));
}

#[test]
fn a_broker_that_is_gone_for_a_while_is_said_to_be() {
    let broker = Broker::own(&Options::default());
    let bench = Bench::new(&broker);
    let (topic, group) = (bench.topic(1), unique("group"));
    bench.consume(&topic, &group, 5);
    bench.empty(&group);
    let watching = Watching::start(&bench, &[&group]);
    let paused = broker.pause(1);
    watching.until("it is missed", |_| watching.said().contains("still asking"));
    drop(paused);
    watching.until("it is back", |_| watching.said().contains("answered in time again"));
    broker.restart(1);
    let records = broker.produce("admin", &topic, &["one", "two", "three"]);
    records.expect("records");
    watching.until("it is told of", |events| events.last().unwrap()["lag"] == 18);
    watching.interrupt();
}
