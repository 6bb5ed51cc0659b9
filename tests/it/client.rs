//! The Kafka client against a scripted broker: what it sends, what it makes of the answers, and
//! how it fails.

use std::time::Duration;

use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::{ApiKey, DescribeAclsResponse};
use kward::kafka::{Client, Deadline};
use kward::model::{Binding, Filter};

use crate::support::scripted::{Reply, Scripted, text};

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

fn binding(json: &str) -> Binding {
    serde_json::from_str(json).unwrap()
}

fn orders() -> Binding {
    binding(
        r#"{"resourceType":"TOPIC","resourceName":"orders","patternType":"LITERAL",
            "principal":"User:ana","host":"*","operation":"READ","permissionType":"ALLOW"}"#,
    )
}

fn described() -> DescribeAclsResponse {
    let acl = AclDescription::default()
        .with_principal(text("User:ana"))
        .with_host(text("*"))
        .with_operation(3)
        .with_permission_type(3);
    DescribeAclsResponse::default().with_resources(vec![
        DescribeAclsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("orders"))
            .with_pattern_type(3)
            .with_acls(vec![acl]),
    ])
}

#[tokio::test]
async fn lists_acls_with_as_few_requests_as_possible() {
    let broker = Scripted::start(|request| request.answer(&described()));
    let client = Client::connect(&broker.config(), soon(), None).await.unwrap();
    assert_eq!(client.describe_acls(&Filter::default()).await.unwrap(), [orders()]);
    assert_eq!(broker.seen(), [(0, ApiKey::ApiVersions, 3), (0, ApiKey::DescribeAcls, 3)]);
    assert_eq!(client.broker(), broker.address.to_string());
}
#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let broker = Scripted::start(|_| Reply::Silence);
    let deadline = Deadline::after(Duration::from_millis(300));
    let client = Client::connect(&broker.config(), deadline, None).await.unwrap();
    let error = client.describe_acls(&Filter::default()).await.unwrap_err();
    assert_eq!(
        error.message(),
        format!(
            "timed out after 300ms while waiting for the answer of `{}` to DescribeAcls",
            broker.address
        )
    );
}
