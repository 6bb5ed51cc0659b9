//! Waiting outlives a controller that does not answer for a while.

use std::sync::atomic::{AtomicUsize, Ordering};

use kafka_protocol::messages::describe_log_dirs_response::DescribeLogDirsResult;
use kafka_protocol::messages::list_partition_reassignments_response::{
    OngoingPartitionReassignment, OngoingTopicReassignment,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeConfigsResponse, DescribeLogDirsResponse,
    ListPartitionReassignmentsResponse, TopicName,
};

use crate::support::alone::{alone, topic};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, text};

/// Waits on a broker whose controller tells of a move at first, is silent when it is asked for the times
/// `silent`, and then has nothing to tell any more.
#[track_caller]
fn wait(silent: std::ops::Range<usize>) -> Run {
    let orders = topic("orders", &[1, 2]);
    let asked = AtomicUsize::new(0);
    let broker = alone(vec![orders], move |request: &Request| match request.key {
        ApiKey::ListPartitionReassignments => {
            let time = asked.fetch_add(1, Ordering::Relaxed);
            if silent.contains(&time) { Reply::Silence } else { moving(request, time == 0) }
        }
        ApiKey::DescribeLogDirs => {
            let dir = DescribeLogDirsResult::default().with_log_dir(text("/data"));
            request.answer(&DescribeLogDirsResponse::default().with_results(vec![dir]))
        }
        ApiKey::DescribeConfigs => request.answer(&DescribeConfigsResponse::default()),
        _ => Reply::Close,
    });
    let address = broker.address.to_string();
    let words = ["reassign", "status", "--wait", "-b", &address, "--timeout", "2s"];
    Run::of(&mut Sandbox::new().kward(words))
}

fn moving(request: &Request, something: bool) -> Reply {
    let moving = OngoingPartitionReassignment::default()
        .with_replicas(vec![BrokerId(1), BrokerId(2)])
        .with_adding_replicas(vec![BrokerId(2)]);
    let orders = OngoingTopicReassignment::default()
        .with_name(TopicName(text("orders")))
        .with_partitions(vec![moving]);
    let topics = if something { vec![orders] } else { Vec::new() };
    request.answer(&ListPartitionReassignmentsResponse::default().with_topics(topics))
}

/// Nothing moves, and the broker does not tell what lies in its folders.
#[test]
fn who_does_not_tell_of_its_folders_is_named_once() {
    let broker = alone(Vec::new(), |request: &Request| match request.key {
        ApiKey::ListPartitionReassignments => moving(request, false),
        ApiKey::DescribeLogDirs => {
            request.answer(&DescribeLogDirsResponse::default().with_error_code(31))
        }
        ApiKey::DescribeConfigs => request.answer(&DescribeConfigsResponse::default()),
        _ => Reply::Close,
    });
    let address = broker.address.to_string();
    for more in [&[][..], &["--wait"]] {
        let words = ["reassign", "status", "-b", &address, "--timeout", "5s"];
        let run = Run::of(&mut Sandbox::new().kward([&words[..], more].concat())).ends(0);
        let notes = run.err.matches("moves between its folders is not known").count();
        assert_eq!(notes, 1, "{more:?} {run}");
    }
}

#[test]
fn a_look_that_fails_is_made_again() {
    wait(1..3).ends(0).says("it is asked again: timed out after 2s");
}

#[test]
fn and_not_for_ever() {
    let run = wait(1..usize::MAX).ends(5);
    run.says("it is not known any more how far").says("`kward reassign status --wait` looks again");
}
