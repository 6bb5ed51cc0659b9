//! A broker, or the controller, accepts connections and never answers: what the others tell is told within the
//! time, and what is missing is named.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::describe_log_dirs_response::DescribeLogDirsResult;
use kafka_protocol::messages::list_partition_reassignments_response::{
    OngoingPartitionReassignment, OngoingTopicReassignment,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeClusterResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    DescribeLogDirsResponse, ListPartitionReassignmentsResponse, MetadataRequest, MetadataResponse,
    TopicName,
};

use super::items;
use crate::support::listening::nobody;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};

const TIMEOUT: Duration = Duration::from_secs(4);

/// Broker 1, which answers, and the silent broker 2.
struct Pair {
    first: Scripted,
    _second: Scripted,
}

/// What a broker passes on to the controller.
const OF_CONTROLLER: [ApiKey; 2] = [ApiKey::DescribeQuorum, ApiKey::ListPartitionReassignments];

impl Pair {
    fn new(controller_answers: bool) -> Self {
        let second = Scripted::start_raw(None, |_| Reply::Silence);
        let at = second.address;
        let own: Arc<OnceLock<SocketAddr>> = Arc::default();
        // Answers come in order: none comes behind one that does not.
        let blocked: Mutex<BTreeSet<usize>> = Mutex::default();
        let first = Scripted::start({
            let own = Arc::clone(&own);
            move |request: &Request| {
                let mut blocked = blocked.lock().expect("no panic");
                if !controller_answers && OF_CONTROLLER.contains(&request.key) {
                    blocked.insert(request.connection);
                }
                if blocked.contains(&request.connection) {
                    return Reply::Silence;
                }
                answer(request, [*own.get().expect("it runs"), at])
            }
        });
        own.set(first.address).expect("set once");
        Self { first, _second: second }
    }

    /// Runs kward, which ends in time.
    #[track_caller]
    fn kward(&self, words: &[&str]) -> Run {
        let address = self.first.address.to_string();
        let timeout = format!("{}s", TIMEOUT.as_secs());
        let common = ["-b", &address, "-o", "json", "--timeout", &timeout];
        let began = Instant::now();
        let run = Run::of(&mut Sandbox::new().kward([words, &common].concat()));
        assert!(began.elapsed() < TIMEOUT + Duration::from_secs(2), "too late: {run}");
        run
    }
}

fn answer(request: &Request, at: [SocketAddr; 2]) -> Reply {
    match request.key {
        ApiKey::Metadata => metadata(request, at, 1),
        ApiKey::DescribeCluster => {
            let broker = |(id, at): (i32, SocketAddr)| {
                DescribeClusterBroker::default()
                    .with_broker_id(BrokerId(id))
                    .with_host(text(&at.ip().to_string()))
                    .with_port(i32::from(at.port()))
            };
            let cluster = DescribeClusterResponse::default()
                .with_cluster_id(text("cluster"))
                .with_controller_id(BrokerId(1))
                .with_brokers([1, 2].into_iter().zip(at).map(broker).collect());
            request.answer(&cluster)
        }
        ApiKey::DescribeConfigs => {
            let asked: DescribeConfigsRequest = request.decode();
            let value = DescribeConfigsResourceResult::default()
                .with_name(text("min.insync.replicas"))
                .with_value(Some(text("1")))
                .with_config_source(5);
            let results = asked.resources.iter().map(|resource| {
                DescribeConfigsResult::default()
                    .with_resource_type(resource.resource_type)
                    .with_resource_name(resource.resource_name.clone())
                    .with_configs(vec![value.clone()])
            });
            let results = results.collect();
            request.answer(&DescribeConfigsResponse::default().with_results(results))
        }
        ApiKey::DescribeLogDirs => {
            let dir = DescribeLogDirsResult::default().with_log_dir(text("/d"));
            request.answer(&DescribeLogDirsResponse::default().with_results(vec![dir]))
        }
        // `moving-0` goes from broker 1 to broker 2 as well.
        ApiKey::ListPartitionReassignments => {
            let partition = OngoingPartitionReassignment::default()
                .with_replicas(vec![BrokerId(1), BrokerId(2)])
                .with_adding_replicas(vec![BrokerId(2)]);
            let topic = OngoingTopicReassignment::default()
                .with_name(TopicName(text("moving")))
                .with_partitions(vec![partition]);
            request.answer(&ListPartitionReassignmentsResponse::default().with_topics(vec![topic]))
        }
        _ => Reply::Close,
    }
}

/// `lame-0` lies on brokers 1 and 2, `moving-0` on broker 1 and, as it seems, on 2; only 1 is in sync.
fn metadata(request: &Request, at: [SocketAddr; 2], leader: i32) -> Reply {
    let asked: MetadataRequest = request.decode();
    let broker = |(id, at): (i32, SocketAddr)| {
        MetadataResponseBroker::default()
            .with_node_id(BrokerId(id))
            .with_host(text(&at.ip().to_string()))
            .with_port(i32::from(at.port()))
    };
    let wanted = |name: &str| {
        let is = |topic: &kafka_protocol::messages::metadata_request::MetadataRequestTopic| {
            topic.name.as_ref().is_some_and(|asked| ***asked == *name)
        };
        asked.topics.as_ref().is_none_or(|topics| topics.iter().any(is))
    };
    let topic = |name: &str| {
        let partition = MetadataResponsePartition::default()
            .with_leader_id(BrokerId(leader))
            .with_replica_nodes(vec![BrokerId(1), BrokerId(2)])
            .with_isr_nodes(vec![BrokerId(1)]);
        MetadataResponseTopic::default()
            .with_name(Some(TopicName(text(name))))
            .with_partitions(vec![partition])
    };
    let topics = ["lame", "moving"].into_iter().filter(|name| wanted(name)).map(topic).collect();
    let answer = MetadataResponse::default()
        .with_cluster_id(Some(text("cluster")))
        .with_controller_id(BrokerId(1))
        .with_brokers([1, 2].into_iter().zip(at).map(broker).collect())
        .with_topics(topics);
    request.answer(&answer)
}

/// The findings by code, and what could not be looked at.
fn told(run: &Run) -> (Vec<(String, String)>, Vec<String>) {
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let found = items(run).iter().map(|item| (text(&item["code"]), text(&item["place"]))).collect();
    let missed = run.json()["notChecked"].as_array().cloned().unwrap_or_default();
    (found, missed.iter().map(text).collect())
}

#[test]
fn health_tells_what_it_can_and_names_the_rest() {
    for (controller_answers, places) in [
        (true, ["topic lame", "broker 2"].to_vec()),
        (false, ["topic lame", "topic moving"].to_vec()),
    ] {
        let run = Pair::new(controller_answers).kward(&["cluster", "health"]).ends(3);
        let (found, missed) = told(&run);
        let has = |code: &str, place: &str| found.contains(&(code.to_owned(), place.to_owned()));
        assert!(has("broker-silent", "broker 2"), "{run}");
        assert!(!found.iter().any(|(_, place)| place == "broker 1"), "it answers: {run}");
        for place in places.iter().filter(|place| place.starts_with("topic")) {
            assert!(has("at-min-isr", place), "{place}: {run}");
        }
        assert_eq!(has("at-min-isr", "topic moving"), !controller_answers, "{run}");
        // This controller ends the connection when it is asked about the quorum.
        let named = |what: &str| missed.iter().any(|one| one.starts_with(what));
        assert!(named("the quorum: "), "{run}");
        assert_eq!(named("which replicas a reassignment adds: "), !controller_answers, "{run}");
        assert_eq!(missed.len(), if controller_answers { 1 } else { 2 }, "{run}");
    }
}

/// A broker that answers is not named as the culprit, and what is asked behind a silent one is answered.
#[test]
fn a_silent_broker_takes_no_time_from_what_others_are_asked() {
    let pair = Pair::new(true);
    let innocent = |run: Run| {
        let own = pair.first.address.to_string();
        assert!(!run.err.contains(&format!("`{own}`")), "broker 1 answers: {run}");
        run
    };
    let brokers = innocent(pair.kward(&["cluster", "brokers"]).ends(0)).says("broker 2 first");
    let replicas: Vec<_> = items(&brokers).iter().map(|item| item["replicas"].clone()).collect();
    assert_eq!(replicas, [2, 1], "what is on the way to broker 2 is not there yet: {brokers}");
    let plan = ["reassign", "plan", "--drain", "2", "--topic", "lame"];
    innocent(pair.kward(&plan).ends(2)).says("too few brokers");
    let apply = ["reassign", "apply", "-r", "1", "--topic", "lame", "--dry-run"];
    let dry = innocent(pair.kward(&apply).ends(0));
    assert_eq!(items(&dry)[0]["status"], "planned", "{dry}");
    innocent(pair.kward(&["reassign", "cancel", "--all", "--dry-run"]).ends(0));
    innocent(pair.kward(&["topic", "delete", "lame", "--dry-run"]).ends(0)).says("broker 2 first");
}

#[test]
fn what_a_reassignment_adds_is_no_replica_yet() {
    let pair = Pair::new(true);
    let factors = |run: &Run| -> Vec<i64> {
        items(run)
            .iter()
            .map(|item| item["replicationFactor"].as_i64().expect("a number"))
            .collect()
    };
    assert_eq!(factors(&pair.kward(&["topic", "list"]).ends(0)), [2, 1], "lame and moving");
    let delete = ["topic", "delete", "lame", "moving", "--dry-run"];
    assert_eq!(factors(&pair.kward(&delete).ends(0)), [2, 1]);
    let unknown = Pair::new(false).kward(&["topic", "list"]).ends(0);
    assert_eq!(factors(&unknown), [2, 2]);
    let unknown = unknown.says("warning: replicas of `lame`, `moving` are not in sync");
    unknown.says("whether a reassignment is only just adding them is not known: ");
}

/// Who may not know it is told what is not known, and not that something failed.
#[test]
fn who_may_not_describe_the_cluster_gets_no_warning_about_reassignments() {
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let broker = Scripted::start({
        let own = Arc::clone(&own);
        move |request: &Request| {
            if request.key == ApiKey::ListPartitionReassignments {
                let refused = ListPartitionReassignmentsResponse::default().with_error_code(31);
                return request.answer(&refused);
            }
            let at = *own.get().expect("it runs");
            answer(request, [at, at])
        }
    });
    own.set(broker.address).expect("set once");
    let address = broker.address.to_string();
    for words in [&["topic", "list"][..], &["topic", "delete", "lame", "moving", "--dry-run"]] {
        let run = Run::of(&mut Sandbox::new().kward([words, &["-b", &address]].concat())).ends(0);
        let run = run.says("note: replicas of `lame`, `moving` are not in sync");
        let run = run.says("is not known without DESCRIBE on the cluster");
        assert!(!run.err.contains("reassignments"), "nothing failed: {run}");
    }
    assert_eq!(broker.count(ApiKey::ListPartitionReassignments), 2);
}

/// What a description can do without is not waited for until the deadline; what is missing is named.
#[test]
fn a_leader_whose_port_is_closed_costs_a_description_a_few_seconds() {
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let closed = nobody();
    let broker = Scripted::start({
        let own = Arc::clone(&own);
        move |request: &Request| {
            let at = [*own.get().expect("it runs"), closed];
            match request.key {
                ApiKey::Metadata => metadata(request, at, 2),
                _ => answer(request, at),
            }
        }
    });
    own.set(broker.address).expect("set once");
    let address = broker.address.to_string();
    let kward = |words: &[&str]| {
        let began = Instant::now();
        let common = ["-b", &address, "--timeout", "60s"];
        let run = Run::of(&mut Sandbox::new().kward([words, &common].concat())).ends(0);
        assert!(began.elapsed() < Duration::from_secs(20), "too late: {run}");
        run
    };
    let unreached = "broker 2 cannot be reached at the address that it advertises";
    let run = kward(&["topic", "describe", "lame"]).prints("lame");
    let run = run.says(&format!("offsets of 1 partition are not known, first: {unreached}"));
    run.says("sizes are incomplete: 1 of 2 brokers do not tell theirs, broker 2 first");
    let run = kward(&["cluster", "describe"]).prints("cluster");
    run.says(&format!("the version of broker 2 is not known: {unreached}"));
}
