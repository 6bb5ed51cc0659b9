//! Controllers in the place of brokers (KIP-919): who is asked what, and what they refuse.

use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{
    ApiVersionsResponse, BrokerId, DescribeClusterRequest, DescribeClusterResponse,
};

use super::*;

/// What a controller offers; `DescribeCluster` since 3.7.
fn of_a_controller(cluster: bool) -> ApiVersionsResponse {
    let ours = [ApiKey::ApiVersions, ApiKey::DescribeAcls, ApiKey::BrokerRegistration];
    let ours = ours.into_iter().chain(cluster.then_some(ApiKey::DescribeCluster));
    let offer = |key: ApiKey| {
        let range = key.valid_versions();
        ApiVersion::default()
            .with_api_key(key as i16)
            .with_min_version(range.min)
            .with_max_version(range.max)
    };
    ApiVersionsResponse::default().with_api_keys(ours.map(offer).collect())
}

fn controller(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Scripted {
    unversed(move |request| match request.key {
        ApiKey::ApiVersions => request.answer(&of_a_controller(true)),
        _ => script(request),
    })
}

fn direct(scripted: &Scripted) -> ClientConfig {
    ClientConfig { controllers: true, ..scripted.config() }
}

/// The error that it ends with at once, and not when the time is up.
async fn fails(config: &ClientConfig) -> Error {
    match connect(config).await {
        Err(error) => error,
        Ok(client) => client.describe_cluster().await.expect_err("it is refused"),
    }
}

#[tokio::test]
async fn who_answers_is_told_apart_by_what_is_offered() {
    let broker = scripted(|_| panic!("nothing is asked of it"));
    let error = fails(&direct(&broker)).await;
    assert!(
        error.message().ends_with("is a broker, and `--bootstrap-controller` is for controllers")
    );
    let one = controller(|_| panic!("nothing is asked of it"));
    let error = fails(&one.config()).await;
    assert!(
        error.message().ends_with("is a controller, and `-b` is for brokers"),
        "{}",
        told(&error)
    );
    let old = unversed(|request| request.answer(&of_a_controller(false)));
    let error = fails(&direct(&old)).await;
    assert!(told(&error).contains("since Kafka 3.7 (KIP-919)"), "{}", told(&error));
    for scripted in [&broker, &one, &old] {
        let keys: Vec<ApiKey> = scripted.seen().into_iter().map(|(_, key, _)| key).collect();
        assert_eq!(keys, [ApiKey::ApiVersions]);
    }
}

#[tokio::test]
async fn what_controllers_refuse_is_not_asked_again() {
    for (code, expected) in [
        (31, "not authorized to talk to controllers"),
        (35, "set-features metadata.version=3.7"),
        (115, "UNSUPPORTED_ENDPOINT_TYPE"),
    ] {
        let one = controller(move |request| {
            request.answer(&DescribeClusterResponse::default().with_error_code(code))
        });
        let error = fails(&direct(&one)).await;
        assert!(told(&error).contains(expected), "{}", told(&error));
        // The quorum is the active one's to tell, which is asked for first.
        let client = connect(&direct(&one)).await.unwrap();
        let error = client.describe_quorum().await.unwrap_err();
        assert!(told(&error).contains(expected), "{}", told(&error));
        assert_eq!(one.count(ApiKey::DescribeCluster), 2);
    }
}

#[tokio::test]
async fn acls_are_read_from_whoever_answers_by_one_request() {
    let one = controller(|request| request.answer(&described(&["orders"])));
    assert_eq!(list(&direct(&one)).await.unwrap(), [binding("orders")]);
    assert_eq!(one.count(ApiKey::DescribeCluster), 0);
}

#[tokio::test]
async fn the_controllers_are_asked_for_and_not_the_brokers() {
    let one = controller(|request| {
        assert_eq!(request.decode::<DescribeClusterRequest>().endpoint_type, 2);
        let node = DescribeClusterBroker::default()
            .with_broker_id(BrokerId(7))
            .with_host(text("127.0.0.1"))
            .with_port(1);
        let answer =
            DescribeClusterResponse::default().with_endpoint_type(2).with_brokers(vec![node]);
        request.answer(&answer.with_controller_id(BrokerId(-1)))
    });
    let client = connect(&direct(&one)).await.unwrap();
    let cluster = client.describe_cluster().await.unwrap();
    assert!(cluster.brokers.is_empty() && cluster.controllers[0].id == 7);
    assert_eq!(cluster.controller, None);
}
