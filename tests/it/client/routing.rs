//! Who is asked: the controller when a broker says that it is none, another connection when one
//! has died, and what is known about a write that got no answer.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_user_scram_credentials_response::DescribeUserScramCredentialsResult;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponseTopic};
use kafka_protocol::messages::{
    BrokerId, CreateAclsRequest, CreateAclsResponse, DescribeClusterResponse,
    DescribeUserScramCredentialsResponse, MetadataResponse, TopicName,
};
use kward::error::Kind;
use std::net::SocketAddr;

use super::*;

/// A cluster `c-1` whose controller is broker 2.
fn cluster(brokers: &[(i32, SocketAddr)]) -> DescribeClusterResponse {
    let broker = |(id, at): &(i32, SocketAddr)| {
        DescribeClusterBroker::default()
            .with_broker_id(BrokerId(*id))
            .with_host(text(&at.ip().to_string()))
            .with_port(i32::from(at.port()))
    };
    DescribeClusterResponse::default()
        .with_cluster_id(text("c-1"))
        .with_controller_id(BrokerId(2))
        .with_brokers(brokers.iter().map(broker).collect())
        .with_cluster_authorized_operations(i32::from(1_u16 << 7 | 1 << 8))
}

/// One result for each creation, by the name of its topic.
fn created(request: &Request, code: impl Fn(&str) -> i16) -> Reply {
    let creations = request.decode::<CreateAclsRequest>().creations;
    let result = |name: &str| AclCreationResult::default().with_error_code(code(name));
    let results = creations.iter().map(|creation| result(&creation.resource_name)).collect();
    request.answer(&CreateAclsResponse::default().with_results(results))
}

#[tokio::test]
async fn what_a_broker_may_not_write_goes_to_the_controller() {
    let asked = Arc::new(OnceLock::new());
    let controller = scripted({
        let asked = Arc::clone(&asked);
        move |request| {
            let names = request.decode::<CreateAclsRequest>().creations;
            asked
                .set(names.iter().map(|c| c.resource_name.to_string()).collect::<Vec<_>>())
                .unwrap();
            created(request, |_| 0)
        }
    });
    let second = controller.address;
    let first = Arc::new(OnceLock::new());
    let broker = scripted({
        let first = Arc::clone(&first);
        move |request| match request.key {
            ApiKey::DescribeCluster => {
                request.answer(&cluster(&[(1, *first.get().unwrap()), (2, second)]))
            }
            _ => created(request, |name| if name == "b" { 0 } else { 41 }),
        }
    });
    first.set(broker.address).unwrap();
    let client = connect(&broker.config()).await.unwrap();
    let results = client.create_acls(&["a", "b", "c"].map(binding)).await.unwrap();
    assert_eq!(results, [Ok(()), Ok(()), Ok(())]);
    assert_eq!(asked.get().unwrap(), &["a", "c"]);
    assert_eq!(client.broker(), format!("{second} (id 2)"));
}

#[tokio::test]
async fn a_controller_that_moves_is_waited_for() {
    let asked = AtomicUsize::new(0);
    let own = Arc::new(OnceLock::new());
    let broker = scripted({
        let own = Arc::clone(&own);
        move |request| match request.key {
            ApiKey::DescribeCluster => request.answer(&cluster(&[(2, *own.get().unwrap())])),
            _ => match asked.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => created(request, |_| 41),
                _ => created(request, |_| 0),
            },
        }
    });
    own.set(broker.address).unwrap();
    let client = connect(&broker.config()).await.unwrap();
    assert_eq!(client.create_acls(&[binding("a")]).await.unwrap(), [Ok(())]);
    assert_eq!(broker.connections(), 1);
}

#[tokio::test]
async fn a_write_that_found_no_controller_has_not_been_sent() {
    let broker = scripted(|request| match request.key {
        ApiKey::DescribeCluster => Reply::Silence,
        _ => created(request, |_| 41),
    });
    let deadline = Deadline::after(Duration::from_millis(1_500));
    let client = Client::connect(&broker.config(), deadline, None).await.unwrap();
    let error = client.create_acls(&[binding("a")]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Failed, "{}", told(&error));
}

#[tokio::test]
async fn an_advertised_address_that_cannot_be_reached_is_named() {
    let gone = super::super::support::listening::nobody();
    let broker = scripted(move |request| match request.key {
        ApiKey::DescribeCluster => request.answer(&cluster(&[(2, gone)])),
        _ => created(request, |name| if name == "a" { 0 } else { 41 }),
    });
    let deadline = Deadline::after(Duration::from_secs(2));
    let client = Client::connect(&broker.config(), deadline, None).await.unwrap();
    let error = client.create_acls(&["a", "b"].map(binding)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unfinished, "`a` has been created");
    assert_told::<()>(
        Err(error),
        &gone,
        &format!(
            "error: broker 2 cannot be reached at the address that it advertises, `BROKER`
             caused by: cannot connect to `BROKER`
             caused by: connection refused: nothing listens there
             hint: check host and port, that the broker runs, and that this machine may reach it
             hint: `{0}` answers, and says that broker 2 is at `BROKER`: `advertised.listeners` of that broker must be reachable from here",
            broker.address
        ),
    );
}

#[tokio::test]
async fn a_read_survives_the_end_of_its_connection() {
    let broker = scripted(|request| match request.connection {
        0 => Reply::Close,
        _ => request.answer(&described(&["orders"])),
    });
    assert_eq!(list(&broker.config()).await.unwrap(), [binding("orders")]);
    assert_eq!(broker.connections(), 2);
}

#[tokio::test]
async fn a_read_that_one_connection_leaves_unanswered_goes_over_another() {
    let broker = scripted(|request| match request.connection {
        0 => Reply::Silence,
        _ => request.answer(&described(&["orders"])),
    });
    let mut config = broker.config();
    config.request_timeout = Duration::from_secs(1);
    assert_eq!(list(&config).await.unwrap(), [binding("orders")]);
}

#[tokio::test]
async fn a_write_without_an_answer_is_not_repeated_and_its_outcome_unknown() {
    let broker = scripted(|_| Reply::Close);
    let client = connect(&broker.config()).await.unwrap();
    let outcome = client.create_acls(&[binding("a")]).await;
    assert_eq!(outcome.as_ref().unwrap_err().kind(), Kind::Unfinished);
    assert_told(
        outcome,
        &broker.address,
        "error: the outcome of the request to create ACLs is unknown
         caused by: the connection to `BROKER` ended before it answered CreateAcls
         caused by: the broker closed it
         hint: running it again is safe: what is done already is left as it is",
    );
    assert_eq!(broker.count(ApiKey::CreateAcls), 1);

    let broker = scripted(|_| Reply::Silence);
    let client = connect(&broker.config()).await.unwrap();
    let hurried = client.until(Deadline::after(Duration::from_secs(1)));
    let outcome = hurried.delete_acls(&[Filter::exact(&binding("a"))]).await;
    assert_eq!(outcome.as_ref().unwrap_err().kind(), Kind::Unfinished);
    assert_told(
        outcome,
        &broker.address,
        "error: the outcome of the request to delete ACLs is unknown
         caused by: timed out after 1s while waiting for the answer of `BROKER` to DeleteAcls
         hint: `--timeout` gives it more time
         hint: running it again is safe: what is done already is left as it is",
    );
    assert_eq!(broker.count(ApiKey::DeleteAcls), 1);
}

#[tokio::test]
async fn a_write_that_the_controller_did_not_finish_in_time_is_unknown_too() {
    let broker = scripted(|request| created(request, |_| 7));
    let deadline = Deadline::after(Duration::from_secs(2));
    let client = Client::connect(&broker.config(), deadline, None).await.unwrap();
    let error = client.create_acls(&[binding("a")]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unfinished);
    assert_eq!(error.kafka_error().unwrap().name, "REQUEST_TIMED_OUT");
    assert!(broker.count(ApiKey::CreateAcls) > 1, "creating twice does no harm");
}

#[tokio::test]
async fn a_pinned_cluster_is_checked_before_anything_else() {
    let own = Arc::new(OnceLock::new());
    let broker = scripted({
        let own = Arc::clone(&own);
        move |request| match request.key {
            ApiKey::DescribeCluster => request.answer(&cluster(&[(1, *own.get().unwrap())])),
            _ => request.answer(&described(&["orders"])),
        }
    });
    own.set(broker.address).unwrap();
    let pinned = |id: &str| ClientConfig { cluster_id: Some(id.to_owned()), ..broker.config() };
    let client = connect(&pinned("c-1")).await.unwrap();
    assert_eq!(client.broker(), format!("{} (id 1)", broker.address));
    client.describe_acls(&Filter::default()).await.unwrap();

    let outcome = list(&pinned("other")).await;
    assert_eq!(outcome.as_ref().unwrap_err().kind(), Kind::Refused);
    assert_told(
        outcome,
        &broker.address,
        "error: `BROKER` does not belong to the cluster `other`
         caused by: its id is `c-1`
         hint: `cluster-id` of the context names the cluster; correct it, or the bootstrap servers",
    );
    assert_eq!(broker.count(ApiKey::DescribeAcls), 1, "the other cluster is asked nothing");
}

#[tokio::test]
async fn a_cluster_is_described() {
    let at: SocketAddr = "10.0.0.7:9092".parse().unwrap();
    let broker = scripted(move |request| request.answer(&cluster(&[(2, at), (1, at)])));
    let client = connect(&broker.config()).await.unwrap();
    let cluster = client.describe_cluster().await.unwrap();
    assert_eq!((cluster.id.as_deref(), cluster.controller), (Some("c-1"), Some(2)));
    assert_eq!(cluster.brokers.iter().map(|broker| broker.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((cluster.brokers[0].host.as_str(), cluster.brokers[0].port), ("10.0.0.7", 9092));
    let operations: Vec<_> = cluster.authorized_operations.unwrap().into_iter().collect();
    assert_eq!(operations, [Operation::Alter, Operation::Describe]);
}

#[tokio::test]
async fn a_broker_before_2_8_describes_its_cluster_by_metadata() {
    for version in 4..=12 {
        let broker = unversed(move |request| match request.key {
            ApiKey::ApiVersions => request.answer(&offers(&[
                (ApiKey::DescribeCluster, 0, -1),
                (ApiKey::Metadata, 0, version),
            ])),
            _ => {
                let broker = MetadataResponseBroker::default()
                    .with_node_id(BrokerId(3))
                    .with_host(text("b3"))
                    .with_port(9092);
                let topic = |name: &str| {
                    let partition = kafka_protocol::messages::metadata_response::MetadataResponsePartition::default()
                        .with_replica_nodes(vec![BrokerId(3)])
                        .with_isr_nodes(vec![BrokerId(3)]);
                    MetadataResponseTopic::default()
                        .with_name(Some(TopicName(text(name))))
                        .with_partitions(vec![partition.clone(), partition])
                };
                request.answer(
                    &MetadataResponse::default()
                        .with_cluster_id(Some(text("old")))
                        .with_controller_id(BrokerId(3))
                        .with_brokers(vec![broker])
                        .with_topics(vec![topic("orders"), topic("bills")]),
                )
            }
        });
        let client = connect(&broker.config()).await.unwrap();
        let cluster = client.describe_cluster().await.unwrap();
        assert_eq!((cluster.id.as_deref(), cluster.controller), (Some("old"), Some(3)));
        assert_eq!(cluster.brokers[0].host, "b3");
        assert_eq!(cluster.authorized_operations, None);
        assert_eq!(client.list_topics().await.unwrap(), ["bills", "orders"]);
        assert_eq!(broker.seen().last().unwrap().2, version);
    }
}

#[tokio::test]
async fn users_are_listed() {
    let broker = scripted(|request| {
        let user = |name: &str| {
            DescribeUserScramCredentialsResult::default().with_user(text(name)).with_credential_infos(
                vec![kafka_protocol::messages::describe_user_scram_credentials_response::CredentialInfo::default()],
            )
        };
        request.answer(
            &DescribeUserScramCredentialsResponse::default()
                .with_results(vec![user("bo"), user("ana")]),
        )
    });
    let client = connect(&broker.config()).await.unwrap();
    assert_eq!(client.list_scram_users().await.unwrap(), ["ana", "bo"]);
}
