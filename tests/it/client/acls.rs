//! The calls of access control, in as few requests as possible, and what becomes of each item.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_response::{
    DeleteAclsFilterResult, DeleteAclsMatchingAcl,
};
use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse,
    DescribeAclsRequest, DescribeClusterResponse,
};
use kward::kafka::{Exchange, Trace};
use kward::model::PatternFilter;

use super::*;

#[tokio::test]
async fn a_list_takes_two_requests() {
    let broker = scripted(|request| request.answer(&described(&["orders", "bills"])));
    let client = connect(&broker.config()).await.unwrap();
    let found = client.describe_acls(&Filter::default()).await.unwrap();
    assert_eq!(found, [binding("orders"), binding("bills")]);
    assert_eq!(broker.seen(), [(0, ApiKey::ApiVersions, 3), (0, ApiKey::DescribeAcls, 3)]);
    assert_eq!(client.broker(), broker.address.to_string());
}

#[tokio::test]
async fn requests_are_pipelined_over_one_connection() {
    // The first is answered only when the second has come.
    let held = Mutex::new(Vec::new());
    let broker = scripted(move |request| {
        let mut held = held.lock().unwrap();
        let answer = match request.key {
            ApiKey::DescribeAcls => request.frame(&described(&["orders"])),
            _ => request.frame(&DescribeClusterResponse::default().with_cluster_id(text("c-1"))),
        };
        held.extend_from_slice(&answer);
        if request.key == ApiKey::DescribeAcls { Reply::Silence } else { Reply::Send(held.clone()) }
    });
    let client = connect(&broker.config()).await.unwrap();
    let filter = Filter::default();
    let (acls, cluster) = tokio::join!(client.describe_acls(&filter), client.describe_cluster());
    assert_eq!(acls.unwrap(), [binding("orders")]);
    assert_eq!(cluster.unwrap().id.as_deref(), Some("c-1"));
    assert_eq!(broker.connections(), 1);
}

#[tokio::test]
async fn the_filter_reaches_the_broker_as_it_is_meant() {
    let asked = Arc::new(Mutex::new(None));
    let broker = scripted({
        let asked = Arc::clone(&asked);
        move |request| {
            *asked.lock().unwrap() = Some(request.decode::<DescribeAclsRequest>());
            request.answer(&described(&[]))
        }
    });
    let client = connect(&broker.config()).await.unwrap();
    let filter = Filter {
        resource_type: Some(ResourceType::User),
        resource_name: Some("User:bob".into()),
        pattern: PatternFilter::Match,
        host: Some("10.0.0.1".into()),
        operation: Some(Operation::DescribeTokens),
        ..Filter::default()
    };
    assert_eq!(client.describe_acls(&filter).await.unwrap(), []);
    let wanted = DescribeAclsRequest::default()
        .with_resource_type_filter(7)
        .with_resource_name_filter(Some(text("User:bob")))
        .with_pattern_type_filter(2)
        .with_host_filter(Some(text("10.0.0.1")))
        .with_operation(14)
        .with_permission_type(1);
    assert_eq!(asked.lock().unwrap().take(), Some(wanted.with_principal_filter(None)));
}

#[tokio::test]
async fn each_item_of_a_write_has_its_result() {
    let broker = scripted(|request| match request.key {
        ApiKey::CreateAcls => {
            let creations = request.decode::<CreateAclsRequest>().creations;
            let result = |name: &str| match name {
                "bad" => AclCreationResult::default()
                    .with_error_code(42)
                    .with_error_message(Some(text("no"))),
                _ => AclCreationResult::default(),
            };
            let results = creations.iter().map(|c| result(&c.resource_name)).collect();
            request.answer(&CreateAclsResponse::default().with_results(results))
        }
        _ => {
            let gone = DeleteAclsMatchingAcl::default()
                .with_resource_type(2)
                .with_resource_name(text("a"))
                .with_pattern_type(3)
                .with_principal(text("User:ana"))
                .with_host(text("*"))
                .with_operation(3)
                .with_permission_type(3);
            let filters = request.decode::<DeleteAclsRequest>().filters.len();
            let mut results = vec![DeleteAclsFilterResult::default(); filters];
            results[1].matching_acls = vec![gone.clone(), gone.with_error_code(-1)];
            results[2].error_code = 42;
            request.answer(&DeleteAclsResponse::default().with_filter_results(results))
        }
    });
    let client = connect(&broker.config()).await.unwrap();
    let created = client.create_acls(&["a", "bad", "c"].map(binding)).await.unwrap();
    assert!(created[0].is_ok() && created[2].is_ok());
    assert_eq!(created[1].as_ref().unwrap_err().to_string(), "INVALID_REQUEST (42): no");

    let filters = ["x", "a", "bad"].map(|name| Filter::exact(&binding(name)));
    let deleted = client.delete_acls(&filters).await.unwrap();
    assert_eq!(deleted[0], Ok(vec![]));
    let found = deleted[1].as_ref().unwrap();
    assert_eq!(found[0], Ok(binding("a")));
    assert_eq!(found[1].as_ref().unwrap_err().name, "UNKNOWN_SERVER_ERROR");
    assert_eq!(deleted[2].as_ref().unwrap_err().code, 42);
    assert!(client.create_acls(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_broker_that_answers_too_few_results_is_not_believed() {
    let broker = scripted(|request| request.answer(&CreateAclsResponse::default()));
    let client = connect(&broker.config()).await.unwrap();
    let error = client.create_acls(&[binding("a")]).await.unwrap_err();
    assert_eq!(error.kind(), kward::error::Kind::Unfinished);
    assert_eq!(error.causes(), [format!("`{}` answered 0 results to 1 items", broker.address)]);
}

#[tokio::test]
async fn a_read_is_repeated_when_the_broker_asks_for_it() {
    let asked = AtomicUsize::new(0);
    let broker = scripted(move |request| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => request.answer(&described(&[]).with_error_code(14)),
        _ => request.answer(&described(&["orders"])),
    });
    assert_eq!(list(&broker.config()).await.unwrap(), [binding("orders")]);
    assert_eq!(broker.connections(), 1);
}

#[tokio::test]
async fn a_throttled_client_waits_before_its_next_request() {
    let broker = scripted(|request| request.answer(&described(&[]).with_throttle_time_ms(1_000)));
    let client = connect(&broker.config()).await.unwrap();
    client.describe_acls(&Filter::default()).await.unwrap();
    let answered = Instant::now();
    client.describe_acls(&Filter::default()).await.unwrap();
    assert!(answered.elapsed() >= Duration::from_millis(990), "{:?}", answered.elapsed());

    let hurried = client.until(Deadline::after(Duration::from_millis(50)));
    assert_told(
        hurried.describe_acls(&Filter::default()).await,
        &broker.address,
        "error: timed out after 50ms while holding DescribeAcls back, because `BROKER` throttles this client
         hint: `--timeout` gives it more time",
    );
}

#[tokio::test]
async fn versions_are_negotiated_down_and_never_up() {
    for (offered, spoken) in [((1, 1), 1), ((0, 2), 2), ((2, 9), 3)] {
        let broker = unversed(move |request| match request.key {
            ApiKey::ApiVersions => {
                let (min, max) = offered;
                request.answer(&offers(&[(ApiKey::DescribeAcls, min, max)]))
            }
            _ => request.answer(&described(&["orders"])),
        });
        assert_eq!(list(&broker.config()).await.unwrap(), [binding("orders")]);
        assert_eq!(broker.seen().last(), Some(&(0, ApiKey::DescribeAcls, spoken)));
    }
}

#[tokio::test]
async fn an_old_broker_is_asked_for_its_versions_again() {
    let broker = unversed(|request| match (request.key, request.version) {
        (ApiKey::ApiVersions, 3) => {
            // Kafka answers in version 0 with the error UNSUPPORTED_VERSION.
            let body = [&35_i16.to_be_bytes()[..], &1_i32.to_be_bytes(), &[0, 18, 0, 0, 0, 2]];
            Reply::Send(request.frame_of_bytes(request.correlation_id, &body.concat()))
        }
        (ApiKey::ApiVersions, _) => request.answer(&offers(&[])),
        _ => request.answer(&described(&["orders"])),
    });
    assert_eq!(list(&broker.config()).await.unwrap(), [binding("orders")]);
    let versions: Vec<i16> = broker.seen().iter().map(|(_, _, version)| *version).collect();
    assert_eq!(versions, [3, 0, 3]);
}

#[tokio::test]
async fn a_broker_that_is_too_old_is_named_with_what_it_lacks() {
    for (offered, cause) in [
        (
            (0, 0),
            "`BROKER` is too old for DescribeAcls\ncaused by: versions 1 to 3 needed, version 0 offered\nhint: `kward cluster api-versions` lists what the broker offers",
        ),
        (
            (7, 9),
            "`BROKER` is too new for DescribeAcls\ncaused by: versions 1 to 3 needed, versions 7 to 9 offered\nhint: `kward cluster api-versions` lists what the broker offers",
        ),
        (
            (0, -1),
            "`BROKER` does not offer DescribeAcls, which this needs\ncaused by: versions 1 to 3 needed, none offered\nhint: the broker is too old, or the listener is not one for clients (a controller's)",
        ),
    ] {
        let broker = unversed(move |request| {
            let (min, max) = offered;
            request.answer(&offers(&[(ApiKey::DescribeAcls, min, max)]))
        });
        assert_told(list(&broker.config()).await, &broker.address, &format!("error: {cause}"));
    }
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Trace for Log {
    fn exchange(&self, exchange: &Exchange<'_>) {
        let Exchange { api, version, sent, received, .. } = exchange;
        self.0.lock().unwrap().push(format!("{api} v{version} {sent} {received:?}"));
    }
}

#[tokio::test]
async fn every_exchange_is_traced_with_its_sizes() {
    let broker = scripted(|request| match request.key {
        ApiKey::DescribeAcls => request.answer(&described(&["orders"])),
        _ => Reply::Silence,
    });
    let log = Arc::new(Log::default());
    let client = Client::connect(&broker.config(), soon(), Some(log.clone())).await.unwrap();
    client.describe_acls(&Filter::default()).await.unwrap();
    let hurried = client.until(Deadline::after(Duration::from_secs(1)));
    hurried.create_acls(&[binding("a")]).await.unwrap_err();
    let lines = log.0.lock().unwrap().clone();
    // 4 length, 8 header, 2 + 10 client id, 1 tags; name and version of the client, tags.
    let versions = 4 + 8 + 12 + 1 + 6 + 6 + 1;
    assert!(lines[0].starts_with(&format!("ApiVersions v3 {versions} Some(")), "{lines:?}");
    assert!(lines[1].starts_with("DescribeAcls v3 "), "{lines:?}");
    let answer = 4 + 4 + 1 + 4 + 2 + 1 + 1 + (1 + 7 + 1 + 1 + (9 + 2 + 2 + 1) + 1) + 1;
    assert!(lines[1].ends_with(&format!(" Some({answer})")), "{lines:?} {answer}");
    assert!(lines[2].starts_with("CreateAcls v3 ") && lines[2].ends_with(" None"), "{lines:?}");
}

/// 100,000 bindings share their texts; a debug build has a tenth of the speed.
#[tokio::test]
async fn a_large_answer_is_read_quickly_and_shares_its_texts() {
    let broker = scripted(|request| {
        let acl = |n: usize| {
            AclDescription::default()
                .with_principal(text(&format!("User:user-{}", n % 100)))
                .with_host(text("*"))
                .with_operation(3)
                .with_permission_type(3)
        };
        let resource = |n: usize| {
            DescribeAclsResource::default()
                .with_resource_type(2)
                .with_resource_name(text(&format!("topic-{n}")))
                .with_pattern_type(3)
                .with_acls((0..10).map(acl).collect())
        };
        let resources = (0..10_000).map(resource).collect();
        request.answer(&DescribeAclsResponse::default().with_resources(resources))
    });
    let found = list(&broker.config()).await.unwrap();
    assert_eq!(found.len(), 100_000);
    let same = |a: &str, b: &str| std::ptr::eq(a.as_ptr(), b.as_ptr());
    assert!(same(&found[0].principal, &found[99_990].principal));
    assert!(same(&found[0].host, &found[99_999].host));
    assert!(same(&found[0].resource_name, &found[9].resource_name));
}
