//! `group members` and `remove-members`.

use std::time::Duration;

use super::watching::Watching;
use super::*;
use crate::support::broker::on_each_version;
use crate::support::consumer::Consumer;
use crate::support::terminal::Terminal;

#[test]
fn idle_members_are_shown_and_every_partition_has_one_holder() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let _first = bench.consumer(&topic, &group, &["client.id=first"]);
        let _second = bench.consumer(&topic, &group, &["client.id=second"]);
        let members = bench.items(&["members", &group]);
        assert_eq!(members.len(), 2);
        let held: usize =
            members.iter().map(|member| member["assignment"].as_array().unwrap().len()).sum();
        assert_eq!(held, 1);
        let mut clients: Vec<&str> =
            members.iter().map(|member| member["clientId"].as_str().unwrap()).collect();
        clients.sort_unstable();
        assert_eq!(clients, ["first", "second"]);
        bench.group(&["members", &group]).ends(0).prints("(idle)");
    });
}

#[test]
fn what_members_hold_is_not_known_while_a_classic_group_rebalances() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        // Nobody is given up while the others look.
        let session = Duration::from_mins(2);
        let start = |client: &str| {
            let start = Consumer::of(broker, &group, &topic).client_id(client);
            start.session(session).start()
        };
        let first = start("first");
        first.holding(2);
        bench.settled(&group);
        // Who does not answer keeps the others waiting.
        first.freeze();
        let second = start("second");
        eventually("it rebalances", || bench.state(&group) == "PreparingRebalance");
        // Of those who were there before, brokers since 4.0 tell what they held.
        let tells = broker.is_at_least("4.0");
        let told = |members: &Value| -> Vec<(String, bool)> {
            let told = |member: &Value| {
                let has = |field: &str| member.get(field).is_some();
                assert_eq!(has("assignment"), has("pendingRevocation"), "{member}");
                assert!(!has("subscription"), "nobody tells what they want: {member}");
                (member["clientId"].as_str().unwrap().to_owned(), has("assignment"))
            };
            members.as_array().expect("members").iter().map(told).collect()
        };
        let expected = [("first".to_owned(), tells), ("second".to_owned(), false)];
        assert_eq!(told(&bench.items(&["members", &group]).into()), expected);
        assert_eq!(told(&bench.items(&["describe", &group])[0]["members"]), expected);
        let table = bench.group(&["members", &group]).ends(0).prints("(unknown)");
        assert!(!table.out.contains("(idle)"), "{table}");
        let words = if tells {
            "2, with 2 partitions; what 1 of them hold is not told while the group rebalances"
        } else {
            "2; what they hold is not told while the group rebalances"
        };
        bench.group(&["describe", &group]).ends(0).prints(words).prints("(unknown)");
        let watch = ["watch", &group, "--for", "500ms"];
        let events = bench.group(&watch).ends(0);
        let seen: Value = serde_json::from_str(events.out.lines().next().unwrap()).expect("JSON");
        assert_eq!(seen["event"], "groupSeen");
        assert_eq!(told(&seen["group"]["members"]), expected);
        let (status, view) = Terminal::start_as("xterm", &bench.process(&watch), None).ended();
        assert_eq!(status, 0, "{view}");
        assert!(view.contains("hold is not told yet"), "{view}");
        assert!(!view.contains("(idle)"), "{view}");

        let watching = Watching::start(&bench, &[&group]);
        first.thaw();
        second.holding(1);
        bench.settled(&group);
        let stable = |events: &[Value]| events.iter().any(|event| event["to"] == "Stable");
        watching.until("it is told", stable);
        let held: usize = bench
            .items(&["members", &group])
            .iter()
            .map(|member| member["assignment"].as_array().expect("an assignment").len())
            .sum();
        assert_eq!(held, 2);
        let events = watching.interrupt();
        let seen: Vec<&Value> = events.iter().filter(|e| e["event"] == "groupSeen").collect();
        assert_eq!(seen.len(), 2, "again, when it is known: {events:#?}");
        assert!(seen[1]["group"]["members"][0]["assignment"].is_array(), "{events:#?}");
    });
}

#[test]
fn a_static_member_is_sent_away_by_its_instance() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let properties = ["group.instance.id=seat-1", "session.timeout.ms=120000"];
        let consumer = bench.consumer(&topic, &group, &properties);
        let member = bench.items(&["members", &group]).remove(0);
        assert_eq!(member["instanceId"], "seat-1");
        // A killed static member stays in its group until its session times out.
        drop(consumer);
        assert_eq!(bench.member_count(&group), 1);

        let remove = |arguments: &[&str]| {
            bench.group(&[&["remove-members", group.as_str()], arguments].concat())
        };
        remove(&["--instance-id", "seat-2", "--yes"])
            .ends(1)
            .says("no member has the instance id `seat-2`");
        remove(&["--instance-id", "-2", "--dry-run"]).ends(1).says("the instance id `-2`");
        let dry = remove(&["--instance-id", "seat-1", "--dry-run", "-o", "json"]).ends(0).json();
        assert_eq!(dry["items"][0]["status"], "planned");
        remove(&["--instance-id", "seat-1"]).ends(4).says("no terminal to ask on");
        assert_eq!(bench.member_count(&group), 1);
        let done = remove(&["--instance-id", "seat-1", "--yes", "-o", "json"]).ends(0).json();
        assert_eq!(done["items"][0]["status"], "deleted");
        assert_eq!(done["items"][0]["instanceId"], "seat-1");
        bench.empty(&group);
    });
}

#[test]
fn a_static_member_that_lives_is_back_under_its_instance() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let protocols: &[&str] =
            if broker.is_at_least("4.2") { &["classic", "consumer"] } else { &["classic"] };
        for protocol in protocols {
            let (group, protocol) =
                (format!("{group}-{protocol}"), format!("group.protocol={protocol}"));
            let _consumer =
                bench.consumer(&topic, &group, &["group.instance.id=seat-1", &protocol]);
            let before = bench.items(&["members", &group]).remove(0);
            let remove = ["remove-members", &group, "--instance-id", "seat-1"];
            let warning = "a client that still lives joins again at once, under the same";
            bench.group(&[&remove[..], &["--dry-run"]].concat()).ends(0).says(warning);
            bench.group(&[&remove[..], &["--yes"]].concat()).ends(0).says(warning);
            eventually("it is back", || {
                let members = bench.items(&["members", &group]);
                // In the new protocol a client keeps its member id as long as it runs.
                let is_anew = |m: &Value| {
                    let is = |field: &str| m[field] != before[field];
                    is("memberId") || is("memberEpoch")
                };
                members.iter().any(|m| m["instanceId"] == "seat-1" && is_anew(m))
            });
        }
    });
}

#[test]
fn a_dynamic_member_is_sent_away_with_a_warning() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        let _consumer = bench.consumer(&topic, &group, &[]);
        let before = bench.items(&["members", &group]).remove(0)["memberId"].clone();
        let id = before.as_str().unwrap();
        let run =
            bench.group(&["remove-members", &group, "--member", id, "--reason", "a test", "--yes"]);
        run.ends(0).says("joins again at once");
        // The live client comes back as somebody else, or is ended by its own error.
        eventually("the member is gone", || {
            let members = bench.items(&["members", &group]);
            members.iter().all(|member| member["memberId"] != before)
        });
        bench.group(&["remove-members", &group, "--member", id, "--yes"]).ends(1);
    });
}

#[test]
fn members_of_a_consumer_group_are_sent_away_too_and_those_of_share_groups_not() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group, share) = (bench.topic(1), unique("group"), unique("share"));
        let consumer = bench.consumer(&topic, &group, &["group.protocol=consumer"]);
        let before = bench.items(&["members", &group]).remove(0)["memberId"].clone();
        bench.group(&["remove-members", &group, "--all", "--yes"]).ends(0).prints("1 deleted");
        eventually("the member is gone", || {
            let members = bench.items(&["members", &group]);
            members.iter().all(|member| member["memberId"] != before)
        });
        drop(consumer);
        let arguments = ["--topic", topic.as_str(), "--group", &share];
        let _share = broker.start_tool("admin", "console-share-consumer", &arguments);
        eventually("the share consumer is in its group", || bench.member_count(&share) == 1);
        let run = bench.group(&["remove-members", &share, "--all", "--yes"]);
        run.ends(4).says("is a share group, whose members cannot be sent away");
    });
}
