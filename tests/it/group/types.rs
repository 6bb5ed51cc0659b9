//! Groups of the types that came last: what is said of them, held to Kafka's own tools.

use super::watching::{Watching, in_step};
use super::*;
use crate::support::broker::on_each_version;
use crate::support::consumer::{Consumer, Protocol};

const SHARE: &str = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";
const STREAMS: &str = "org.apache.kafka.tools.streams.StreamsGroupCommand";

/// A Kafka Streams application that copies one topic into another; waits until it has begun.
fn streams_application(bench: &Bench<'_>, id: &str, input: &str, output: &str) -> Running {
    let running = bench.broker.start_tool("admin", "streams-application", &[id, input, output]);
    eventually("the application is in its group", || bench.member_count(id) == 1);
    bench.settled(id);
    running
}

#[test]
fn a_consumer_group_has_the_lag_that_kafkas_tool_shows() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.0") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(3), unique("group"));
        let consumer = Consumer::of(broker, &group, &topic).protocol(Protocol::Consumer);
        let mut consumer = consumer.client_id("one").start();
        consumer.having_consumed(60);
        eventually("it is committed", || {
            bench.items(&["lag", &group]).iter().all(|item| item["lag"] == 0)
        });
        consumer.pause();
        broker.produce("admin", &topic, &["a", "b", "c", "d"]).expect("records");
        let text = broker.admin("consumer-groups", &["--describe", "--group", &group]);
        let items = bench.items(&["lag", &group]);
        assert_eq!(rows(&items), by_tool(&text, ["CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"]));
        assert!(items.iter().all(|item| item["clientId"] == "one"));
        let described = bench.items(&["describe", &group]).remove(0);
        assert_eq!(
            (described["type"].clone(), described["state"].clone()),
            ("consumer".into(), "Stable".into())
        );
        let state = broker.admin("consumer-groups", &["--describe", "--state", "--group", &group]);
        assert_eq!(described["assignor"], table(&state)[0]["ASSIGNMENT-STRATEGY"]);
    });
}

/// Topic and partition, committed, end and lag, as kward tells them.
fn rows(items: &[Value]) -> Vec<[String; 4]> {
    let cell = |item: &Value, field: &str| {
        item.get(field).map_or_else(|| "-".to_owned(), |v| v.to_string().replace('"', ""))
    };
    let row = |item: &Value| {
        let at = format!("{}-{}", cell(item, "topic"), cell(item, "partition"));
        [at, cell(item, "committedOffset"), cell(item, "logEndOffset"), cell(item, "lag")]
    };
    let mut rows: Vec<_> = items.iter().map(row).collect();
    rows.sort();
    rows
}

/// The same as Kafka's tool prints them, by its names of the columns.
fn by_tool(text: &str, columns: [&str; 3]) -> Vec<[String; 4]> {
    let row = |row: &std::collections::BTreeMap<String, String>| {
        let [committed, end, lag] = columns.map(|column| row[column].clone());
        [format!("{}-{}", row["TOPIC"], row["PARTITION"]), committed, end, lag]
    };
    let mut rows: Vec<_> = table(text).iter().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn a_share_group_is_described_as_kafkas_tool_does() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("share"));
        let _consumer = bench.share_consumer(&topic, &group);
        let listed = bench.items(&["list", "--type", "share"]);
        let listed = listed.iter().find(|item| item["groupId"] == group).expect("it is listed");
        assert_eq!(
            (listed["type"].clone(), listed["state"].clone()),
            ("share".into(), "Stable".into())
        );

        let described = bench.items(&["describe", &group]).remove(0);
        assert_eq!(described["type"], "share");
        let told = broker.admin(SHARE, &["--describe", "--members", "--group", &group]);
        let by_kafka = &table(&told)[0];
        let members = bench.items(&["members", &group]);
        assert_eq!(members.len(), 1);
        assert_eq!(members[0]["memberId"], by_kafka["CONSUMER-ID"]);
        assert_eq!(members[0]["clientId"], by_kafka["CLIENT-ID"]);
        assert_eq!(
            members[0]["assignment"],
            serde_json::json!([{ "topic": topic, "partitions": [0] }])
        );
        assert_eq!(members[0]["subscription"], serde_json::json!([topic]));
        assert!(described["groupEpoch"].as_i64() >= Some(1));
        bench.group(&["members", &group]).ends(0).prints("console-share-consumer");
    });
}

#[test]
fn a_streams_group_is_described_as_kafkas_tool_does() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (input, output, id) = (bench.topic(2), unique("output"), unique("streams"));
        broker.create_topic(&output);
        let application = streams_application(&bench, &id, &input, &output);
        eventually("everything is copied", || {
            let items = bench.items(&["lag", &id]);
            items.len() == 2 && items.iter().all(|item| item["lag"] == 0)
        });
        let listed = bench.items(&["list", "--type", "streams"]);
        let listed = listed.iter().find(|item| item["groupId"] == id).expect("it is listed");
        assert_eq!(listed["state"], "Stable");

        let described = bench.items(&["describe", &id]).remove(0);
        assert_eq!(described["type"], "streams");
        assert!(described["topologyEpoch"].is_i64(), "{described:#}");
        let member = &described["members"][0];
        assert_eq!(
            member["assignment"],
            serde_json::json!([{ "topic": input, "partitions": [0, 1] }])
        );
        assert_eq!(member["tasks"]["active"][0]["partitions"], serde_json::json!([0, 1]));
        let told = broker.admin(STREAMS, &["--describe", "--members", "--group", &id]);
        assert!(told.contains(member["memberId"].as_str().unwrap()), "{told}");
        assert!(told.contains(member["tasks"]["processId"].as_str().unwrap()), "{told}");

        let told = broker.admin(STREAMS, &["--describe", "--offsets", "--verbose", "--group", &id]);
        let items = bench.items(&["lag", &id]);
        assert_eq!(
            rows(&items),
            by_tool(&told, ["CURRENT-OFFSET", "LOG-END-OFFSET", "OFFSET-LAG"])
        );
        let client = items[0]["clientId"].as_str().unwrap();
        assert!(client.starts_with("streams-application"), "{client}");

        application.stop();
        bench.empty(&id);
        let items = bench.items(&["lag", &id]);
        assert_eq!(items.len(), 2, "its commits stay");
        assert!(items.iter().all(|item| item.get("memberId").is_none()));
    });
}

/// Two instances of an application with a repartition and a state, one of which stands by for the other.
#[test]
fn everything_that_a_broker_tells_of_a_streams_group_is_in_json() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (input, output, id) = (bench.topic(2), unique("output"), unique("streams"));
        broker.create_topic(&output);
        broker.produce("admin", &input, &["a", "b", "a"]).expect("records");
        let standby = ["--alter", "--add-config", "streams.num.standby.replicas=1"];
        let of_group = ["--entity-type", "groups", "--entity-name", &id];
        broker.admin("configs", &[&standby[..], &of_group].concat());
        let start = |port: &str, rack: &str| {
            let (server, tag) = (
                format!("application.server=app.example.com:{port}"),
                format!("client.tag.zone={rack}"),
            );
            let settings: [&str; 6] = [&id, &input, &output, "--count", &server, &tag];
            broker.start_tool("admin", "streams-application", &settings)
        };
        let _applications = [start("7001", "a"), start("7002", "b")];
        let members = || bench.items(&["members", &id]);
        let numbers = |sets: &Value, kind: &str| -> Vec<(String, i64)> {
            let of = |tasks: &Value| {
                let id = tasks["subtopologyId"].as_str().unwrap().to_owned();
                let partitions = tasks["partitions"].as_array().unwrap().clone();
                partitions.into_iter().map(move |p| (id.clone(), p.as_i64().unwrap()))
            };
            sets[kind].as_array().unwrap().iter().flat_map(of).collect()
        };
        eventually("both are in the group", || bench.member_count(&id) == 2);
        eventually("each stands by for the other", || {
            let stands_by = |member: &Value| {
                let (now, target) = (&member["tasks"], &member["tasks"]["target"]);
                !numbers(now, "standby").is_empty()
                    && ["active", "standby", "warmup"]
                        .iter()
                        .all(|kind| numbers(now, kind) == numbers(target, kind))
            };
            let members = members();
            members.len() == 2 && members.iter().all(stands_by)
        });
        let members = members();
        for kind in ["active", "standby"] {
            let all: Vec<_> = members.iter().flat_map(|m| numbers(&m["tasks"], kind)).collect();
            let each = |id: &str| all.iter().filter(|(of, _)| of == id).count();
            // Only the second subtopology has a state to stand by for.
            assert_eq!(each("0"), if kind == "active" { 2 } else { 0 }, "{members:#?}");
            assert_eq!(each("1"), 2, "{members:#?}");
        }
        let endpoint = |member: &Value| member["tasks"]["userEndpoint"]["port"].as_i64().unwrap();
        let mut told: Vec<(i64, Value)> =
            members.iter().map(|m| (endpoint(m), m["tasks"]["clientTags"].clone())).collect();
        told.sort_by_key(|(port, _)| *port);
        let tag = |zone: &str| serde_json::json!({ "zone": zone });
        assert_eq!(told, [(7001, tag("a")), (7002, tag("b"))]);

        let described = bench.items(&["describe", &id]).remove(0);
        let epoch = &described["topologyEpoch"];
        assert!(members.iter().all(|m| &m["tasks"]["topologyEpoch"] == epoch), "{described:#}");
        let repartition = format!("{id}-counts-repartition");
        let changelog = format!("{id}-counts-changelog");
        let parts = &described["subtopologies"];
        assert_eq!(parts[0]["sourceTopics"], serde_json::json!([input]));
        assert_eq!(parts[0]["repartitionSinkTopics"], serde_json::json!([repartition]));
        assert_eq!(parts[1]["repartitionSourceTopics"], serde_json::json!([repartition]));
        assert_eq!(parts[1]["stateChangelogTopics"], serde_json::json!([changelog]));
        let made = parts[1]["internalTopics"].as_array().expect("topics that the broker makes");
        assert_eq!(
            made.iter().map(|of| of["topic"].as_str().unwrap()).collect::<Vec<_>>(),
            [&repartition, &changelog]
        );
        assert_eq!(made[0]["partitions"], 2);
        assert_eq!(made[1]["configs"]["cleanup.policy"], "compact", "{made:#?}");

        // Kafka's own tool says the same of each member.
        let tool = broker.admin(STREAMS, &["--describe", "--members", "--verbose", "--group", &id]);
        for member in &members {
            let id = member["memberId"].as_str().unwrap();
            let line = tool.lines().find(|line| line.contains(id)).expect("the member");
            assert!(line.contains(member["tasks"]["processId"].as_str().unwrap()), "{line}");
            for (word, sets) in [("", &member["tasks"]), ("TARGET-", &member["tasks"]["target"])] {
                for (kind, column) in [("active", "ACTIVE"), ("standby", "STANDBY")] {
                    let tasks = numbers(sets, kind);
                    let tasks = tasks.iter().map(|(id, partition)| format!("{id}:[{partition}]; "));
                    let told = format!(" {word}{column}: {}", tasks.collect::<String>());
                    assert!(line.contains(&told), "{told:?}: {line}");
                }
            }
        }
        let wide = bench.group(&["describe", &id, "-o", "wide"]).ends(0);
        wide.prints("app.example.com:7001")
            .prints("zone=a")
            .prints(&format!("1: reads {repartition}; keeps {changelog}"));
    });
}

#[test]
fn a_topic_that_a_streams_application_reads_and_that_is_not_there_is_named() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (input, output, id) = (unique("absent"), unique("output"), unique("streams"));
        let _application =
            broker.start_tool("admin", "streams-application", &[&id, &input, &output]);
        eventually("it is in its group", || {
            bench.group(&["describe", &id, "-o", "json"]).status == 0
        });
        let described = bench.items(&["describe", &id]).remove(0);
        assert_eq!(
            described["subtopologies"][0]["sourceTopics"],
            serde_json::json!([input]),
            "{described:#}"
        );
        let document = bench.group(&["doctor", &id, "--samples", "1", "-o", "json"]).ends(3).json();
        let found = &document["items"][0];
        assert_eq!(
            (&found["code"], &found["place"]),
            (&"unknown-topic".into(), &format!("group {id}, topic {input}").into()),
            "{document:#}"
        );
        assert!(found["fix"].as_str().unwrap().contains(&format!("`kward topic create {input}`")));
    });
}

#[test]
fn a_streams_application_is_watched() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (input, output, id) = (bench.topic(2), unique("output"), unique("streams"));
        broker.create_topic(&output);
        let _first = streams_application(&bench, &id, &input, &output);
        let before = bench.items(&["members", &id]);
        let watching = Watching::start(&bench, &[&id]);
        let second = broker.start_tool("admin", "streams-application", &[&id, &input, &output]);
        eventually("the second is in the group", || bench.member_count(&id) == 2);
        in_step(&bench, &id, &before, &watching);
        second.stop();
        eventually("the second has left", || bench.member_count(&id) == 1);
        in_step(&bench, &id, &before, &watching);
        let events = watching.interrupt();
        let of = |word: &str| events.iter().filter(|e| e["event"] == word).collect::<Vec<_>>();
        let (joined, left) = (of("memberJoined"), of("memberLeft"));
        assert_eq!((joined.len(), left.len()), (1, 1), "{events:#?}");
        assert_eq!(joined[0]["memberId"], left[0]["memberId"]);
    });
}

#[test]
fn a_streams_group_that_is_not_ready_is_found_by_its_state() {
    on_each_version(|broker| {
        if !broker.is_at_least("4.2") {
            return;
        }
        let bench = Bench::new(broker);
        let (absent, output, id) = (unique("absent"), unique("output"), unique("streams"));
        // Its input is not there: it waits a while for it.
        let _waiting = broker.start_tool("admin", "streams-application", &[&id, &absent, &output]);
        eventually("it is listed as not ready", || {
            let items = bench.items(&["list", "--state", "not-ready"]);
            items.iter().any(|item| item["groupId"] == id && item["state"] == "NotReady")
        });
    });
}
