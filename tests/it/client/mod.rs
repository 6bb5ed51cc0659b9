//! The Kafka client: against a scripted broker for what it sends, what it makes of the answers and
//! how it fails; against real ones for every listener.

// A script reads as a table of answers, also where it has but two.
#![allow(clippy::single_match_else)]

mod acls;
mod bearer;
mod bootstrap;
mod controllers;
mod faults;
mod real;
mod routing;
mod sasl;
mod tls;

use std::time::Duration;

use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::{ApiKey, DescribeAclsResponse};
use kward::error::{Error, Result};
use kward::kafka::{Client, Deadline};
use kward::model::{
    Binding, Filter, Host, Operation, PatternType, PermissionType, Principal, ResourceType,
};
use kward::settings::ClientConfig;

use super::support::scripted::{Reply, Request, Scripted, offers, text};

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(30))
}

async fn connect(config: &ClientConfig) -> Result<Client> {
    Client::connect(config, soon(), None).await
}

/// Connects and lists everything.
async fn list(config: &ClientConfig) -> Result<Vec<Binding>> {
    connect(config).await?.describe_acls(&Filter::default()).await
}

/// READ on a topic for `User:ana`.
fn binding(topic: &str) -> Binding {
    Binding {
        resource_type: ResourceType::Topic,
        resource_name: topic.into(),
        pattern_type: PatternType::Literal,
        principal: Principal::from("User:ana"),
        host: Host::any(),
        operation: Operation::Read,
        permission_type: PermissionType::Allow,
    }
}

/// The answer that holds [`binding`] of each of these topics.
fn described(topics: &[&str]) -> DescribeAclsResponse {
    let resource = |topic: &&str| {
        let acl = AclDescription::default()
            .with_principal(text("User:ana"))
            .with_host(text("*"))
            .with_operation(3)
            .with_permission_type(3);
        DescribeAclsResource::default()
            .with_resource_type(2)
            .with_resource_name(text(topic))
            .with_pattern_type(3)
            .with_acls(vec![acl])
    };
    DescribeAclsResponse::default().with_resources(topics.iter().map(resource).collect())
}

/// A broker that answers `ApiVersions` with everything and the rest by `script`.
fn scripted(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Scripted {
    Scripted::start(script)
}

/// A broker that leaves `ApiVersions` to `script` too.
fn unversed(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Scripted {
    Scripted::start_raw(None, script)
}

/// An error as a person reads it.
fn told(error: &Error) -> String {
    let mut lines = vec![format!("error: {}", error.message())];
    lines.extend(error.causes().iter().map(|cause| format!("caused by: {cause}")));
    lines.extend(error.hints().iter().map(|hint| format!("hint: {hint}")));
    lines.join("\n")
}

/// Checks an error as a person reads it; `BROKER` stands for the broker's address.
#[track_caller]
fn assert_told<T: std::fmt::Debug>(outcome: Result<T>, broker: &impl ToString, wanted: &str) {
    let shown = told(&outcome.expect_err("a failure"));
    let wanted: Vec<&str> = wanted.lines().map(str::trim).collect();
    assert_eq!(shown.replace(&broker.to_string(), "BROKER"), wanted.join("\n"));
}
