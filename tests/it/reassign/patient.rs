//! Waiting outlives a controller that does not answer for a while.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_log_dirs_response::DescribeLogDirsResult;
use kafka_protocol::messages::list_partition_reassignments_response::{
    OngoingPartitionReassignment, OngoingTopicReassignment,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeClusterResponse, DescribeConfigsResponse, DescribeLogDirsResponse,
    ListPartitionReassignmentsResponse, MetadataResponse, TopicName,
};

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};

/// Waits on a broker whose controller tells of a move at first, is silent when it is asked for the times
/// `silent`, and then has nothing to tell any more.
#[track_caller]
fn wait(silent: std::ops::Range<usize>) -> Run {
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let asked = AtomicUsize::new(0);
    let broker = Scripted::start({
        let own = Arc::clone(&own);
        move |request: &Request| {
            let at = *own.get().expect("it runs");
            if request.key != ApiKey::ListPartitionReassignments {
                return answer(request, at);
            }
            let time = asked.fetch_add(1, Ordering::Relaxed);
            if silent.contains(&time) {
                return Reply::Silence;
            }
            let moving = OngoingPartitionReassignment::default()
                .with_replicas(vec![BrokerId(1), BrokerId(2)])
                .with_adding_replicas(vec![BrokerId(2)]);
            let orders = OngoingTopicReassignment::default()
                .with_name(TopicName(text("orders")))
                .with_partitions(vec![moving]);
            let topics = if time == 0 { vec![orders] } else { Vec::new() };
            request.answer(&ListPartitionReassignmentsResponse::default().with_topics(topics))
        }
    });
    own.set(broker.address).expect("set once");
    let address = broker.address.to_string();
    let words = ["reassign", "status", "--wait", "-b", &address, "--timeout", "1s"];
    Run::of(&mut Sandbox::new().kward(words))
}

fn answer(request: &Request, at: SocketAddr) -> Reply {
    let (host, port) = (text(&at.ip().to_string()), i32::from(at.port()));
    match request.key {
        ApiKey::DescribeCluster => {
            let own = DescribeClusterBroker::default().with_broker_id(BrokerId(1));
            let cluster = DescribeClusterResponse::default()
                .with_cluster_id(text("cluster"))
                .with_controller_id(BrokerId(1))
                .with_brokers(vec![own.with_host(host).with_port(port)]);
            request.answer(&cluster)
        }
        ApiKey::Metadata => {
            let own = MetadataResponseBroker::default().with_node_id(BrokerId(1));
            let partition = MetadataResponsePartition::default()
                .with_leader_id(BrokerId(1))
                .with_replica_nodes(vec![BrokerId(1), BrokerId(2)])
                .with_isr_nodes(vec![BrokerId(1)]);
            let topic = MetadataResponseTopic::default()
                .with_name(Some(TopicName(text("orders"))))
                .with_partitions(vec![partition]);
            let answer = MetadataResponse::default()
                .with_cluster_id(Some(text("cluster")))
                .with_controller_id(BrokerId(1))
                .with_brokers(vec![own.with_host(host).with_port(port)])
                .with_topics(vec![topic]);
            request.answer(&answer)
        }
        ApiKey::DescribeLogDirs => {
            let dir = DescribeLogDirsResult::default().with_log_dir(text("/data"));
            request.answer(&DescribeLogDirsResponse::default().with_results(vec![dir]))
        }
        ApiKey::DescribeConfigs => request.answer(&DescribeConfigsResponse::default()),
        _ => Reply::Close,
    }
}

#[test]
fn a_look_that_fails_is_made_again() {
    wait(1..3).ends(0).says("it is asked again: timed out after 1s");
}

#[test]
fn and_not_for_ever() {
    let run = wait(1..usize::MAX).ends(5);
    run.says("it is not known any more how far").says("`kward reassign status --wait` looks again");
}
