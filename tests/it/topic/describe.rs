//! `topic describe`.

use super::{items, kward, kward_as, told_by_kafka, told_by_kward};
use crate::support::broker::on_each_version;
use crate::support::{eventually, unique};

#[test]
fn partitions_offsets_and_configuration_are_those_of_kafkas_tools() {
    on_each_version(|broker| {
        let topic = unique("describe");
        let config = ["--config", "retention.ms=700000"];
        let create = ["--create", "--topic", &topic, "--partitions", "2"];
        broker.admin("topics", &[&create[..], &config[..]].concat());
        broker.produce("admin", &topic, &["one", "two", "three"]).expect("a super user may write");

        let run = kward(broker, &["topic", "describe", &topic, "-o", "json"]).ends(0);
        let by_kafka = broker.admin("topics", &["--describe", "--topic", &topic]);
        assert_eq!(told_by_kward(&run), told_by_kafka(&by_kafka));
        let item = &items(&run)[0];
        let id = item["topicId"].as_str().unwrap();
        assert!(by_kafka.contains(&format!("TopicId: {id}")), "{id}\n{by_kafka}");

        let offsets = broker.admin("get-offsets", &["--topic", &topic]);
        let mut shown: Vec<String> = item["partitions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| format!("{topic}:{}:{}", p["partition"], p["logEndOffset"]))
            .collect();
        shown.sort();
        let mut lines: Vec<&str> = offsets.lines().collect();
        lines.sort_unstable();
        assert_eq!(shown, lines);

        let configs = item["configs"].as_array().unwrap();
        let set =
            configs.iter().find(|c| c["name"] == "retention.ms").expect("what differs is shown");
        assert_eq!(
            (&set["value"], &set["source"]),
            (&"700000".into(), &"DYNAMIC_TOPIC_CONFIG".into())
        );
        assert!(!configs.iter().any(|c| c["source"] == "DEFAULT_CONFIG"), "{configs:?}");
        let operations = item["authorizedOperations"].as_array().unwrap();
        assert!(operations.contains(&"DELETE".into()), "{operations:?}");

        let table = kward(broker, &["topic", "describe", &topic]).ends(0);
        table.prints("retention.ms=700000").prints("2 partitions, replication factor 1");
    });
}

#[test]
fn what_may_not_be_seen_is_left_out_and_said() {
    on_each_version(|broker| {
        let (topic, user) = (unique("partly"), unique("partly"));
        broker.create_topic(&topic);
        let client = broker.create_user(&user);
        let principal = format!("User:{user}");
        let words = ["acl", "create", "--allow-principal", &principal, "--operation", "describe"];
        kward(broker, &[&words[..], &["--topic", &topic]].concat()).ends(0);
        let describe = || kward_as(broker, &client, &["topic", "describe", &topic, "-o", "json"]);
        eventually("it sees the topic", || describe().status == 0);
        let run = describe();
        let item = &items(&run)[0];
        assert!(item.get("configs").is_none() && item.get("sizeBytes").is_none(), "{item}");
        assert_eq!(item["authorizedOperations"], serde_json::json!(["DESCRIBE"]));
        assert_eq!(item["partitions"][0]["logEndOffset"], 0);
        run.says("the configuration of topic `").says("sizes are incomplete");
        // What cannot be told is not told to be well, nor to be none.
        for filter in ["--under-min-isr", "--at-min-isr", "--overridden"] {
            let none =
                kward_as(broker, &client, &["topic", "describe", &topic, filter, "-o", "name"]);
            assert_eq!(none.out, "", "{none}");
            none.ends(1).says("is not known without its configuration");
        }
        let list = ["topic", "list", &topic, "--columns", "name,health", "--no-headers"];
        kward_as(broker, &client, &list).ends(0).prints("min-isr not known");
    });
}

#[test]
fn topics_are_found_by_id_and_by_values_of_their_own() {
    on_each_version(|broker| {
        let (plain, own) = (unique("by-id-plain"), unique("by-id-own"));
        kward(broker, &["topic", "create", &plain, "-p", "1"]).ends(0);
        let created = ["topic", "create", &own, "-p", "1", "--set", "retention.ms=600000"];
        let created = kward(broker, &[&created[..], &["-o", "json"]].concat()).ends(0);
        let id = items(&created)[0]["topicId"].as_str().expect("an id").to_owned();
        let with_one_that_is_not = ["topic", "describe", &unique("gone"), &own, "-o", "name"];
        let named = kward(broker, &with_one_that_is_not).ends(1);
        assert_eq!(named.out, format!("{own}\n"), "{named}");
        let by_id = ["topic", "describe", "--id", &id, "-o", "name"];
        eventually("it is found", || kward(broker, &by_id).out.trim() == own);
        let unknown = "AAAAAAAAAAAAAAAAAAAAAQ";
        kward(broker, &["topic", "describe", "--id", unknown])
            .ends(1)
            .says(&format!("there is no topic with the id `{unknown}`"));
        kward(broker, &["topic", "describe", "--id", "short"]).ends(2).says("has 22 letters");

        let prefix = ["topic", "describe", "--overridden", "--prefix", "by-id-", "-o", "name"];
        let listed = kward(broker, &prefix).ends(0).out;
        let names: Vec<&str> = listed.lines().collect();
        assert!(names.contains(&own.as_str()) && !names.contains(&plain.as_str()), "{listed}");
    });
}
