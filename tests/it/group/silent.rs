//! A broker that coordinates groups accepts connections and never answers: what the others coordinate is told
//! within the time, and what is missing is named.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeClusterResponse, DescribeGroupsResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, GroupId, ListGroupsResponse, ListOffsetsRequest, ListOffsetsResponse,
    MetadataResponse, OffsetFetchResponse, TopicName,
};

use crate::support::listening::nobody;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};

const TIMEOUT: Duration = Duration::from_secs(4);

/// Broker 1, which coordinates `seen` and leads the topic that it reads, and the silent broker 2.
struct Pair {
    first: Scripted,
    _second: Scripted,
}

impl Pair {
    fn new() -> Self {
        let second = Scripted::start_raw(None, |_| Reply::Silence);
        let at = second.address;
        let own: Arc<OnceLock<SocketAddr>> = Arc::default();
        let first = Scripted::start({
            let own = Arc::clone(&own);
            move |request: &Request| answer(request, [*own.get().expect("it runs"), at])
        });
        own.set(first.address).expect("set once");
        Self { first, _second: second }
    }

    /// `kward group …`, which ends in time and blames nobody who answers.
    #[track_caller]
    fn group(&self, words: &[&str]) -> Run {
        let address = self.first.address.to_string();
        let timeout = format!("{}s", TIMEOUT.as_secs());
        let common = ["-b", &address, "-o", "json", "--timeout", &timeout];
        let began = Instant::now();
        let run = Run::of(&mut Sandbox::new().kward([&["group"], words, &common].concat()));
        assert!(began.elapsed() < 2 * TIMEOUT, "too late: {run}");
        let blames = |what: &str| run.err.contains(&format!("{what} `{address}`"));
        assert!(!blames("answer of") && !blames("keys for"), "broker 1 answers: {run}");
        run.says("the groups that broker 2 coordinates are missing: it did not answer")
    }
}

fn answer(request: &Request, at: [SocketAddr; 2]) -> Reply {
    let group = || GroupId(text("seen"));
    let topic = || TopicName(text("read"));
    let brokers = || [1, 2].map(BrokerId).into_iter().zip(at);
    match request.key {
        ApiKey::DescribeCluster => {
            let broker = |(id, at): (BrokerId, SocketAddr)| {
                DescribeClusterBroker::default()
                    .with_broker_id(id)
                    .with_host(text(&at.ip().to_string()))
                    .with_port(i32::from(at.port()))
            };
            let cluster = DescribeClusterResponse::default()
                .with_cluster_id(text("cluster"))
                .with_controller_id(BrokerId(1))
                .with_brokers(brokers().map(broker).collect());
            request.answer(&cluster)
        }
        ApiKey::Metadata => {
            let broker = |(id, at): (BrokerId, SocketAddr)| {
                MetadataResponseBroker::default()
                    .with_node_id(id)
                    .with_host(text(&at.ip().to_string()))
                    .with_port(i32::from(at.port()))
            };
            let partition = MetadataResponsePartition::default().with_leader_id(BrokerId(1));
            let read = MetadataResponseTopic::default()
                .with_name(Some(topic()))
                .with_partitions(vec![partition]);
            let metadata = MetadataResponse::default()
                .with_cluster_id(Some(text("cluster")))
                .with_controller_id(BrokerId(1))
                .with_brokers(brokers().map(broker).collect())
                .with_topics(vec![read]);
            request.answer(&metadata)
        }
        ApiKey::ListGroups => {
            let listed = ListedGroup::default()
                .with_group_id(group())
                .with_protocol_type(text("consumer"))
                .with_group_state(text("Empty"))
                .with_group_type(text("classic"));
            request.answer(&ListGroupsResponse::default().with_groups(vec![listed]))
        }
        ApiKey::FindCoordinator => {
            let asked: FindCoordinatorRequest = request.decode();
            let found = asked.coordinator_keys.into_iter().map(|key| {
                Coordinator::default()
                    .with_key(key)
                    .with_node_id(BrokerId(1))
                    .with_host(text(&at[0].ip().to_string()))
                    .with_port(i32::from(at[0].port()))
            });
            let found = found.collect();
            request.answer(&FindCoordinatorResponse::default().with_coordinators(found))
        }
        ApiKey::DescribeGroups => {
            let described = DescribedGroup::default()
                .with_group_id(group())
                .with_group_state(text("Empty"))
                .with_protocol_type(text("consumer"));
            request.answer(&DescribeGroupsResponse::default().with_groups(vec![described]))
        }
        ApiKey::OffsetFetch => {
            let partition = OffsetFetchResponsePartitions::default().with_committed_offset(3);
            let committed = OffsetFetchResponseTopics::default()
                .with_name(topic())
                .with_partitions(vec![partition]);
            let answer = OffsetFetchResponseGroup::default()
                .with_group_id(group())
                .with_topics(vec![committed]);
            request.answer(&OffsetFetchResponse::default().with_groups(vec![answer]))
        }
        ApiKey::ListOffsets => {
            let asked: ListOffsetsRequest = request.decode();
            let latest = asked.topics[0].partitions[0].timestamp == -1;
            let partition =
                ListOffsetsPartitionResponse::default().with_offset(if latest { 5 } else { 0 });
            let led = ListOffsetsTopicResponse::default()
                .with_name(topic())
                .with_partitions(vec![partition]);
            request.answer(&ListOffsetsResponse::default().with_topics(vec![led]))
        }
        _ => Reply::Close,
    }
}

#[test]
fn one_silent_broker_does_not_cost_the_groups_of_the_others() {
    let pair = Pair::new();
    let lag = pair.group(&["lag", "--all"]).ends(1).json();
    assert_eq!((&lag["items"][0]["lag"], &lag["complete"]), (&2.into(), &false.into()));
    let list = pair.group(&["list", "--members"]).ends(1).json();
    assert_eq!((&list["items"][0]["groupId"], &list["complete"]), (&"seen".into(), &false.into()));
    let watch = pair.group(&["watch", "--all", "--for", "5s"]).ends(1);
    watch.prints("\"groupSeen\"").prints("\"lag\":2");
    let doctor = pair.group(&["doctor", "--all", "--samples", "1"]).ends(1).json();
    assert_eq!(doctor["groups"], 1, "{doctor:#}");
}

/// That there are none would be a guess.
#[test]
fn no_groups_are_said_to_be_there_only_where_every_broker_told() {
    let none = |first: [SocketAddr; 2]| {
        move |request: &Request| match request.key {
            ApiKey::ListGroups => request.answer(&ListGroupsResponse::default()),
            _ => answer(request, first),
        }
    };
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let nowhere = nobody();
    let broker = Scripted::start({
        let own = Arc::clone(&own);
        move |request: &Request| none([*own.get().expect("it runs"), nowhere])(request)
    });
    own.set(broker.address).expect("set once");
    let address = broker.address.to_string();
    let words = ["group", "list", "-b", &address, "--timeout", "5s"];
    let run = Run::of(&mut Sandbox::new().kward(words)).ends(1);
    let run = run.says("the groups that broker 2 coordinates are missing: it did not answer");
    assert_eq!(run.out, "", "{run}");
}
