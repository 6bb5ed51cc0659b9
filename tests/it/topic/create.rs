//! `topic create`.

use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::messages::metadata_response::{
    MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, CreateTopicsResponse, DescribeConfigsResponse, TopicName,
};

use super::{items, kward, kward_as, told_by_kafka, told_by_kward};
use crate::support::alone::alone;
use crate::support::broker::{Broker, Listener, newest, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};
use crate::support::{eventually, unique};

#[test]
fn creates_what_kafka_then_describes() {
    on_each_version(|broker| {
        let (one, two) = (unique("create"), unique("create"));
        let arguments = ["topic", "create", &one, &two, "-p", "3", "--set", "retention.ms=600000"];
        let dry = kward(broker, &[&arguments[..], &["--dry-run", "-o", "json"]].concat()).ends(0);
        assert!(items(&dry).iter().all(|item| item["status"] == "planned"), "{dry}");
        let listed = broker.admin("topics", &["--list"]);
        assert!(!listed.contains(&one), "a dry run creates nothing");

        let run = kward(broker, &[&arguments[..], &["-o", "json"]].concat()).ends(0);
        for item in items(&run) {
            assert_eq!((&item["status"], &item["partitionCount"]), (&"created".into(), &3.into()));
            assert!(item["topicId"].is_string(), "{item}");
        }
        let described = || kward(broker, &["topic", "describe", &one, &two, "-o", "json"]);
        eventually("both are described", || described().status == 0);
        let mut by_kafka = String::new();
        for topic in [&one, &two] {
            by_kafka.push_str(&broker.admin("topics", &["--describe", "--topic", topic]));
        }
        assert_eq!(told_by_kward(&described()), told_by_kafka(&by_kafka));
        assert!(by_kafka.contains("retention.ms=600000"), "{by_kafka}");
    });
}

#[test]
fn a_topic_like_another_has_its_settings_and_what_is_said_besides() {
    on_each_version(|broker| {
        let (model, copy) = (unique("model"), unique("copy"));
        let make =
            |words: &[&str]| kward(broker, &[&["topic", "create", "-o", "json"], words].concat());
        let sets = ["--set", "retention.ms=1000", "--set", "cleanup.policy=compact"];
        make(&[&[model.as_str(), "-p", "3", "-r", "1"], &sets[..]].concat()).ends(0);
        // A throttle is there for a while only, and is not the topic's own.
        let throttle = "leader.replication.throttled.replicas=*";
        kward(broker, &["topic", "configure", &model, "--set", throttle, "-y"]).ends(0);
        let like = ["--like", model.as_str(), "--set", "retention.ms=2000"];
        let run = make(&[&[copy.as_str()], &like[..]].concat()).ends(0);
        let run = run.says("3 partitions, 1 replica of each").says("cleanup.policy=compact");
        assert_eq!(items(&run)[0]["partitionCount"], 3);
        eventually("Kafka has it", || {
            let told = broker.admin("topics", &["--describe", "--topic", &copy]);
            let set = |pair: &str| told.contains(pair);
            set("PartitionCount: 3")
                && set("retention.ms=2000")
                && set("cleanup.policy=compact")
                && !set("throttled")
        });
        let more = unique("more");
        let run = make(&[&more, "--like", &model, "-p", "5", "--dry-run"]).ends(0);
        assert_eq!(items(&run)[0]["partitionCount"], 5);

        let wrong = format!("{model}x");
        let run = make(&[&more, "--like", &wrong]).ends(1);
        run.says(&format!("there is no topic `{wrong}`")).says(&format!("did you mean `{model}`?"));
        let client = broker.create_user(&unique("nosy"));
        let run = kward_as(broker, &client, &["topic", "create", &more, "--like", &model]).ends(1);
        run.says("--operation describe --topic");
    });
}

#[test]
fn more_replicas_in_sync_than_there_are_is_warned_of() {
    on_each_version(|broker| {
        let topic = unique("min-isr");
        let warning = |min: &str| {
            format!(
                "`min.insync.replicas` of topic `{topic}` is {min}, and a partition has 1 replica"
            )
        };
        let create = ["topic", "create", &topic, "-r", "1", "--set", "min.insync.replicas=2"];
        kward(broker, &[&create[..], &["--dry-run"]].concat()).ends(0).says(&warning("2"));
        kward(broker, &create).ends(0).says(&warning("2")).says("`acks=all` are refused");
        let configure = |min: &str| {
            let pair = format!("min.insync.replicas={min}");
            kward(broker, &["topic", "configure", &topic, "--set", &pair]).ends(0)
        };
        configure("3").says(&warning("3"));
        let well = configure("1");
        assert!(!well.err.contains("acks=all"), "{well}");
        let plain = kward(broker, &["topic", "create", &unique("plain"), "-p", "1"]).ends(0);
        assert!(!plain.err.contains("acks=all"), "{plain}");
    });
}

#[test]
fn numbers_below_zero_are_refused_as_numbers() {
    let broker = Broker::shared(&newest());
    for words in [
        &["topic", "create", "x", "-p", "-1"][..],
        &["topic", "create", "x", "--replication-factor", "-2"],
        &["topic", "add-partitions", "x", "--total", "-1"],
        &["transaction", "abort", "--topic", "x", "--partition", "-1", "--producer-id", "1"],
    ] {
        let run = kward(&broker, words).ends(2);
        assert!(run.err.contains("is not in "), "{run}");
        assert!(!run.err.contains("-- -"), "no tip that leads astray: {run}");
    }
}

#[test]
fn a_topic_that_exists_is_compared_with_what_was_asked() {
    on_each_version(|broker| {
        let topic = unique("exists");
        broker.create_topic(&topic);
        let asked = ["topic", "create", &topic, "-p", "4", "--set", "retention.ms=1", "-o", "json"];
        let run = kward(broker, &asked).ends(1);
        let item = &items(&run)[0];
        assert_eq!(item["status"], "failed");
        assert_eq!(item["error"]["name"], "TOPIC_ALREADY_EXISTS");
        let told = run.error();
        assert_eq!(told["hints"][0], "`--if-not-exists` takes an existing topic as it is");

        let run = kward(broker, &[&asked[..], &["--if-not-exists"]].concat()).ends(0);
        let item = &items(&run)[0];
        assert_eq!(item["status"], "existed");
        let differences: Vec<String> = item["differences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| format!("{} {} {}", d["what"], d["is"], d["asked"]).replace('"', ""))
            .collect();
        assert_eq!(differences, ["partitions 1 4", "retention.ms 604800000 1"]);
        let misspelt =
            ["topic", "create", &topic, "--if-not-exists", "--set", "retention.sm=1", "-o", "json"];
        kward(broker, &misspelt)
            .ends(0)
            .says("topics have no key `retention.sm`; did you mean `retention.ms`?");
        let same =
            kward(broker, &["topic", "create", &topic, "--if-not-exists", "-o", "json"]).ends(0);
        assert!(items(&same)[0].get("differences").is_none(), "nothing was asked for: {same}");
    });
}

#[test]
fn what_the_broker_refuses_is_told_for_each_and_the_others_are_made() {
    on_each_version(|broker| {
        let good = unique("good");
        let run = kward(broker, &["topic", "create", &good, "a b", "-o", "json"]).ends(1);
        let statuses: Vec<String> =
            items(&run).iter().map(|item| item["status"].as_str().unwrap().to_owned()).collect();
        assert_eq!(statuses, ["created", "failed"]);
        // What is not there is no name to go on with.
        let other = unique("named");
        let names = kward(broker, &["topic", "create", &other, "a b", "-o", "name"]).ends(1);
        assert_eq!(names.out, format!("{other}\n"), "{names}");
        let summary = &run.json()["summary"];
        assert_eq!((&summary["created"], &summary["failed"]), (&1.into(), &1.into()));
        assert_eq!(run.error()["kafka"]["name"], "INVALID_TOPIC_EXCEPTION", "{run}");

        let run =
            kward(broker, &["topic", "create", &unique("rf"), "-r", "9", "--dry-run"]).ends(1);
        run.says("INVALID_REPLICATION_FACTOR");
        kward(broker, &["topic", "create", &good, &good]).ends(2).says("named twice");
        let twice =
            ["topic", "create", &good, "--set", "retention.ms=1", "--set", "retention.ms=2"];
        kward(broker, &twice).ends(2).says("`--set retention.ms=…` is given more than once");
        kward(broker, &["topic", "create", &good, "--assignment", "1:1"]).ends(2).says("twice");
        let run =
            kward(broker, &["topic", "create", &unique("k"), "--set", "retention.sm=1"]).ends(2);
        run.says("INVALID_CONFIG").says("did you mean `retention.ms`?");
    });
}

#[test]
fn who_is_not_let_in_has_changed_nothing() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let address = broker.bootstrap(Listener::SaslPlaintext);
        for more in [&[][..], &["--dry-run"]] {
            let words = ["topic", "create", &unique("nobody"), "-b", address];
            let run = Run::of(&mut sandbox.kward([&words[..], more].concat())).ends(1);
            let run = run.says("asks for SASL, and this client does not say who it is");
            assert!(!run.err.contains("outcome"), "{run}");
        }
    });
}

#[test]
fn whoever_may_not_create_learns_what_is_missing() {
    on_each_version(|broker| {
        let (topic, user) = (unique("mine"), unique("maker"));
        let client = broker.create_user(&user);
        let run = kward_as(broker, &client, &["topic", "create", &topic]).ends(1);
        let grant = format!(
            "kward acl create --allow-principal User:{user} --operation create --topic {topic}"
        );
        let run = run.says("TOPIC_AUTHORIZATION_FAILED").says("it needs CREATE").says(&grant);
        drop(run);
        // The advice is right: with it the topic can be created.
        let principal = format!("User:{user}");
        let words = ["acl", "create", "--allow-principal", &principal, "--operation", "create"];
        kward(broker, &[&words[..], &["--topic", &topic]].concat()).ends(0);
        eventually("it may", || {
            kward_as(broker, &client, &["topic", "create", &topic]).status == 0
        });
    });
}

/// UNKNOWN_TOPIC_OR_PARTITION.
const UNKNOWN: i16 = 3;
/// TOPIC_ALREADY_EXISTS.
const EXISTS: i16 = 36;

/// A broker whose controller has the topic `new`, with three partitions, already; it has heard of the topic
/// itself only after so many questions, and of its configuration never.
struct Lagging {
    broker: Scripted,
}

impl Lagging {
    fn new(knows: bool) -> Self {
        let partition = |index| {
            MetadataResponsePartition::default()
                .with_partition_index(index)
                .with_leader_id(BrokerId(1))
                .with_replica_nodes(vec![BrokerId(1)])
                .with_isr_nodes(vec![BrokerId(1)])
        };
        let topic = MetadataResponseTopic::default().with_name(Some(TopicName(text("new"))));
        let topic = if knows {
            topic.with_partitions((0..3).map(partition).collect())
        } else {
            topic.with_error_code(UNKNOWN)
        };
        Self { broker: alone(vec![topic], answer) }
    }

    #[track_caller]
    fn create(&self, more: &[&str]) -> Run {
        let address = self.broker.address.to_string();
        let words =
            ["topic", "create", "new", "-p", "2", "--set", "retention.ms=5", "-b", &address];
        Run::of(&mut Sandbox::new().kward([&words[..], &["-o", "json"], more].concat()))
    }
}

fn answer(request: &Request) -> Reply {
    match request.key {
        ApiKey::CreateTopics => {
            let exists = CreatableTopicResult::default()
                .with_name(TopicName(text("new")))
                .with_error_code(EXISTS);
            request.answer(&CreateTopicsResponse::default().with_topics(vec![exists]))
        }
        ApiKey::DescribeConfigs => {
            let unknown = DescribeConfigsResult::default()
                .with_resource_type(2)
                .with_resource_name(text("new"))
                .with_error_code(UNKNOWN);
            request.answer(&DescribeConfigsResponse::default().with_results(vec![unknown]))
        }
        _ => Reply::Close,
    }
}

/// Right behind another `topic create` the broker that is asked may not know the topic yet.
#[test]
fn a_topic_that_the_broker_has_not_heard_of_yet_exists_all_the_same() {
    let lagging = Lagging::new(false);
    let run = lagging.create(&["--if-not-exists"]).ends(0);
    let item = &items(&run)[0];
    assert_eq!((&item["status"], item.get("error")), (&"existed".into(), None), "{run}");
    // What was asked for is not what there is.
    for unknown in ["partitionCount", "replicationFactor", "topicId", "differences"] {
        assert!(item.get(unknown).is_none(), "{unknown}: {run}");
    }
    let run = run.says("topic `new` exists, and it is not known yet how it is");
    assert!(!run.err.contains("there is no topic"), "{run}");
    let failed = lagging.create(&[]).ends(1);
    assert_eq!(items(&failed)[0]["error"]["name"], "TOPIC_ALREADY_EXISTS", "{failed}");
    failed.says("`--if-not-exists` takes an existing topic as it is");
}

#[test]
fn what_the_broker_knows_of_an_existing_topic_is_compared_and_the_rest_is_said() {
    let run = Lagging::new(true).create(&["--if-not-exists"]).ends(0);
    let item = &items(&run)[0];
    assert_eq!((&item["status"], &item["partitionCount"]), (&"existed".into(), &3.into()), "{run}");
    let differences = item["differences"].as_array().expect("differences");
    assert_eq!(differences.len(), 1, "what is not known does not differ: {run}");
    assert_eq!(differences[0]["what"], "partitions", "{run}");
    run.says("the configuration of topic `new` cannot be read: UNKNOWN_TOPIC_OR_PARTITION");
}
