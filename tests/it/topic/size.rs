//! Against a scripted broker: large and hostile answers, a controller that moved, an answer that never comes.

use std::sync::atomic::{AtomicU32, Ordering};

use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, CreateTopicsRequest, CreateTopicsResponse, MetadataResponse, TopicName,
};

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};

fn kward(broker: &Scripted, arguments: &[&str]) -> Run {
    let address = broker.address.to_string();
    let arguments = [arguments, &["-b", &address]].concat();
    Run::of(&mut Sandbox::new().kward(arguments))
}

/// A cluster of one broker, with so many topics of so many partitions.
fn metadata(topics: i32, partitions: i32) -> MetadataResponse {
    let partition = |index| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(1))
            .with_replica_nodes(vec![BrokerId(1), BrokerId(2), BrokerId(3)])
            .with_isr_nodes(vec![BrokerId(1), BrokerId(2)])
    };
    let topic = |number| {
        MetadataResponseTopic::default()
            .with_name(Some(TopicName(text(&format!("topic-{number:06}")))))
            .with_partitions((0..partitions).map(partition).collect())
    };
    let broker = MetadataResponseBroker::default()
        .with_node_id(BrokerId(1))
        .with_host(text("127.0.0.1"))
        .with_port(9092);
    MetadataResponse::default()
        .with_brokers(vec![broker])
        .with_cluster_id(Some(text("cluster")))
        .with_topics((0..topics).map(topic).collect())
}

#[test]
fn a_hundred_thousand_partitions_are_one_request() {
    let broker = Scripted::start(|request: &Request| match request.key {
        ApiKey::Metadata => request.answer(&metadata(10_000, 10)),
        _ => Reply::Close,
    });
    let run = kward(&broker, &["topic", "list", "-v"]).ends(0);
    assert_eq!(run.out.lines().count(), 10_001, "a heading and a line for each");
    assert_eq!(run.err.lines().filter(|line| line.contains(" Metadata v")).count(), 1);
    let json = kward(&broker, &["topic", "list", "-o", "json", "--prefix", "topic-00999"]).ends(0);
    let items = json.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 10);
    assert_eq!(
        (&items[0]["partitionCount"], &items[0]["underReplicated"]),
        (&10.into(), &10.into())
    );
}

#[test]
fn a_count_beyond_the_bytes_is_an_error_and_no_abort() {
    let broker = Scripted::start(|request: &Request| match request.key {
        ApiKey::Metadata => {
            // No throttling, no brokers, no cluster, no controller, and 2^28 topics.
            let mut body = vec![0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
            body.extend([0xff, 0xff, 0xff, 0x7f]);
            Reply::Send(request.frame_of_bytes(request.correlation_id, &body))
        }
        _ => Reply::Close,
    });
    kward(&broker, &["topic", "list"]).ends(1).says("to Metadata cannot be read");
}

#[test]
fn other_peoples_names_do_nothing_to_a_terminal() {
    let broker = Scripted::start(|request: &Request| match request.key {
        ApiKey::Metadata => {
            let mut answer = metadata(1, 1);
            answer.topics[0].name = Some(TopicName(text("evil\u{1b}[31m\u{202e}")));
            request.answer(&answer)
        }
        _ => Reply::Close,
    });
    let run = kward(&broker, &["topic", "list"]).ends(0).prints("evil\\u{1b}[31m\\u{202e}");
    assert!(!run.out.contains('\u{1b}'), "{run}");
}

fn created(request: &Request, code: i16) -> Reply {
    let asked: CreateTopicsRequest = request.decode();
    let result = |name: &TopicName| {
        CreatableTopicResult::default().with_name(name.clone()).with_error_code(code)
    };
    // In another order than asked.
    let topics = asked.topics.iter().rev().map(|topic| result(&topic.name)).collect();
    request.answer(&CreateTopicsResponse::default().with_topics(topics))
}

#[test]
fn a_refusal_for_a_passing_reason_is_tried_again_and_an_answer_is_not() {
    // THROTTLING_QUOTA_EXCEEDED, TOPIC_ALREADY_EXISTS, and what is retriable to Kafka's own clients.
    for (code, rounds, status) in [(89, 2, 0), (36, 1, 1), (7, 1, 5)] {
        let seen = std::sync::Arc::new(AtomicU32::new(0));
        let counted = std::sync::Arc::clone(&seen);
        let broker = Scripted::start(move |request: &Request| match request.key {
            ApiKey::CreateTopics => {
                let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
                created(request, if first { code } else { 0 })
            }
            ApiKey::Metadata => request.answer(&metadata(0, 0)),
            _ => Reply::Close,
        });
        let run = kward(&broker, &["topic", "create", "a", "b", "--timeout", "20s"]).ends(status);
        assert_eq!(seen.load(Ordering::Relaxed), rounds, "{code}: {run}");
    }
}

#[test]
fn an_answer_that_never_comes_leaves_an_unknown_outcome() {
    let broker = Scripted::start(|request: &Request| match request.key {
        ApiKey::Metadata => request.answer(&metadata(0, 0)),
        _ => Reply::Close,
    });
    let run = kward(&broker, &["topic", "create", "a", "-o", "json", "--timeout", "5s"]).ends(5);
    assert_eq!(run.json()["items"][0]["status"], "unknown");
    assert!(run.error()["message"].as_str().unwrap().contains("is unknown"), "{run}");
}
