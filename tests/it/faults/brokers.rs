//! What is sent to several brokers, one of which fails: the others' outcomes are told all the same.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult,
};
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeClusterResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, MetadataResponse,
};

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, Scripted, text};
use crate::topic::{items, texts};

const KEY: &str = "log.cleaner.threads";

fn described(request: &Request) -> Reply {
    let asked: DescribeConfigsRequest = request.decode();
    let value = DescribeConfigsResourceResult::default()
        .with_name(text(KEY))
        .with_value(Some(text("1")))
        .with_config_source(5)
        .with_config_type(3);
    let of =
        |resource: &kafka_protocol::messages::describe_configs_request::DescribeConfigsResource| {
            DescribeConfigsResult::default()
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name.clone())
                .with_configs(vec![value.clone()])
        };
    let results = asked.resources.iter().map(of).collect();
    request.answer(&DescribeConfigsResponse::default().with_results(results))
}

fn altered(request: &Request) -> Reply {
    let asked: IncrementalAlterConfigsRequest = request.decode();
    let of = |resource: &kafka_protocol::messages::incremental_alter_configs_request::AlterConfigsResource| {
        AlterConfigsResourceResponse::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name.clone())
    };
    let responses = asked.resources.iter().map(of).collect();
    request.answer(&IncrementalAlterConfigsResponse::default().with_responses(responses))
}

/// Broker 2, which would change anything, and ends the connection when it is to.
fn failing() -> Scripted {
    Scripted::start(|request: &Request| match request.key {
        ApiKey::DescribeConfigs => described(request),
        ApiKey::IncrementalAlterConfigs
            if request.decode::<IncrementalAlterConfigsRequest>().validate_only =>
        {
            altered(request)
        }
        _ => Reply::Close,
    })
}

/// Broker 1, which knows the other one.
fn obliging(other: SocketAddr) -> Scripted {
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let broker = |id: i32, at: SocketAddr| {
        DescribeClusterBroker::default()
            .with_broker_id(BrokerId(id))
            .with_host(text(&at.ip().to_string()))
            .with_port(i32::from(at.port()))
    };
    let first = Scripted::start({
        let own = Arc::clone(&own);
        move |request: &Request| match request.key {
            ApiKey::DescribeCluster => {
                let own = *own.get().expect("it runs");
                let cluster = DescribeClusterResponse::default()
                    .with_cluster_id(text("cluster"))
                    .with_controller_id(BrokerId(1))
                    .with_brokers(vec![broker(1, own), broker(2, other)]);
                request.answer(&cluster)
            }
            ApiKey::Metadata => request.answer(&MetadataResponse::default()),
            ApiKey::DescribeConfigs => described(request),
            ApiKey::IncrementalAlterConfigs => altered(request),
            _ => Reply::Close,
        }
    });
    own.set(first.address).expect("set once");
    first
}

#[test]
fn a_broker_that_fails_takes_no_outcome_of_another_along() {
    let second = failing();
    let first = obliging(second.address);
    let set = ["config", "set", "--all-brokers", "--set", "log.cleaner.threads=2", "--yes"];
    let address = first.address.to_string();
    let words = [&set[..], &["-b", &address, "-o", "json", "--timeout", "5s"]].concat();
    let run = Run::of(&mut Sandbox::new().kward(words)).ends(5);
    let items = items(&run);
    assert_eq!(texts(&items, "entityName"), ["1", "2"]);
    assert_eq!(texts(&items, "status"), ["altered", "unknown"]);
    let error = run.error();
    assert!(
        error["message"].as_str().unwrap().contains("of 2 keys, 1 of unknown outcome"),
        "{run}"
    );
    assert!(
        run.err.contains("the outcome of the request to change configurations is unknown"),
        "{run}"
    );
}
