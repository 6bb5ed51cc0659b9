//! JulieOps' topologies: what its users stand for (its version 4), by its own defaults: topics named by
//! `topology.topic.prefix.format=default` with `.` between the parts, `topology.acls.optimized=false`.

use serde_json::Value;

use super::grants::Grants;
use super::manifests::{Format, Found, list, table, text, texts, truth};
use super::shape::Shape::{self, Among, Any, Each, EachOr, Keys};
use super::shape::not_known;

/// A topology. Its other keys are parts of names, those of a project are roles; JulieOps passes over what it does
/// not know inside of topics.
pub(super) const TOPOLOGY: Format = Format::new(
    Among(&[
        (
            "projects",
            Each(&Among(&[
                ("consumers", Each(&CONSUMER)),
                ("producers", Each(&PRODUCER)),
                (
                    "streams",
                    Each(&Keys(&[
                        ("principal", Any),
                        ("metadata", Any),
                        ("topics", READS_AND_WRITES),
                        ("applicationId", Any),
                        ("exactlyOnce", Any),
                    ])),
                ),
                ("connectors", EachOr(&CONNECTOR, &CONNECTORS)),
                ("ksql", EachOr(&KSQL_APP, &KSQL_APPS)),
                ("topics", Each(&TOPIC)),
            ])),
        ),
        ("special_topics", Each(&TOPIC)),
        (
            "platform",
            Keys(&[
                ("kafka", Keys(&[("instances", Any), ("rbac", Any), ("quotas", Any)])),
                ("kafka_connect", Keys(&[("rbac", Any)])),
                (
                    "schema_registry",
                    Keys(&[
                        (
                            "instances",
                            Each(&Keys(&[
                                ("principal", Any),
                                ("metadata", Any),
                                ("topic", Any),
                                ("consumer_offsets_topic", Any),
                                ("group", Any),
                            ])),
                        ),
                        ("rbac", Any),
                    ]),
                ),
                (
                    "control_center",
                    Keys(&[(
                        "instances",
                        Each(&Keys(&[("principal", Any), ("metadata", Any), ("appId", Any)])),
                    )]),
                ),
                (
                    "ksql",
                    Keys(&[(
                        "instances",
                        Each(&Keys(&[
                            ("principal", Any),
                            ("metadata", Any),
                            ("ksqlDbId", Any),
                            ("owner", Any),
                        ])),
                    )]),
                ),
            ]),
        ),
    ]),
    topology,
);

const CONSUMER: Shape = Keys(&[("principal", Any), ("metadata", Any), ("group", Any)]);

const PRODUCER: Shape =
    Keys(&[("principal", Any), ("metadata", Any), ("transactionId", Any), ("idempotence", Any)]);

const READS_AND_WRITES: Shape = Keys(&[("read", Any), ("write", Any)]);

const CONNECTOR: Shape = Keys(&[
    ("principal", Any),
    ("metadata", Any),
    ("topics", READS_AND_WRITES),
    ("status_topic", Any),
    ("offset_topic", Any),
    ("configs_topic", Any),
    ("group", Any),
    ("cluster_id", Any),
    ("connectors", Any),
]);

const KSQL_APP: Shape = Keys(&[
    ("principal", Any),
    ("metadata", Any),
    ("topics", READS_AND_WRITES),
    ("applicationId", Any),
    ("ksqlDbId", Any),
]);

const CONNECTORS: Shape =
    Keys(&[("access_control", Each(&CONNECTOR)), ("artefacts", Any), ("artifacts", Any)]);

const KSQL_APPS: Shape =
    Keys(&[("access_control", Each(&KSQL_APP)), ("artefacts", Any), ("artifacts", Any)]);

const TOPIC: Shape = Keys(&[
    ("name", Any),
    ("consumers", Each(&CONSUMER)),
    ("producers", Each(&PRODUCER)),
    ("dataType", Any),
    ("config", Any),
    ("plan", Any),
    ("schemas", Any),
    ("subject.name.strategy", Any),
    ("metadata", Any),
]);

/// What of a topology is not its place in names.
const NO_PART_OF_NAMES: [&str; 4] = ["projects", "context", "platform", "special_topics"];

fn topology(document: &Value) -> Found {
    if document.get("context").is_none() {
        return Err("there is no `context`, which every topology has".to_owned());
    }
    // The parts of names come in the order of the file.
    let mut place = scalar(&document["context"])?;
    for (key, part) in table(document, "")? {
        if !NO_PART_OF_NAMES.contains(&key) {
            if part.is_array() || part.is_object() {
                return Err(not_known(key, NO_PART_OF_NAMES.into_iter()));
            }
            place += &format!(".{}", scalar(part).map_err(|why| format!("`{key}`: {why}"))?);
        }
    }
    let mut found = Vec::new();
    for project in list(document, "/projects")? {
        let name = scalar(&project["name"])?;
        let prefix = format!("{place}.{name}.");
        let granted = of_project(project, &prefix);
        found.extend(granted.map_err(|why| format!("the project `{name}`: {why}"))?);
    }
    for topic in list(document, "/special_topics")? {
        found.extend(of_topic(topic, &scalar(&topic["name"])?, &Value::Null)?);
    }
    found.extend(of_platform(&document["platform"])?);
    Ok(found)
}

/// A text, a number or a truth, as a part of a name.
fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err("a name is missing, or is no text".to_owned()),
    }
}

fn of_project(project: &Value, prefix: &str) -> Found {
    let mut found = Vec::new();
    for (key, value) in table(project, "")? {
        match key {
            "name" | "topics" | "consumers" | "producers" => {}
            "streams" => {
                for user in list(value, "")? {
                    found.extend(of_streams(user, prefix)?);
                }
            }
            // What they run stands beside who they are.
            "connectors" => {
                for user in apps(value)? {
                    found.extend(of_connector(user)?);
                }
            }
            "ksql" => {
                for user in apps(value)? {
                    found.extend(of_ksql_app(user, prefix)?);
                }
            }
            _ if empty(value) => {}
            "rbac" | "schemas" => {
                return Err(format!("`{key}` is about Confluent's RBAC, which has no ACLs"));
            }
            _ => {
                return Err(format!(
                    "`{key}` is a role of your own, whose ACLs stand in another file: write them out"
                ));
            }
        }
    }
    for topic in list(project, "/topics")? {
        let mut name = format!("{prefix}{}", scalar(&topic["name"])?);
        if let Some(kind) = topic.get("dataType").filter(|kind| !kind.is_null()) {
            name += &format!(".{}", scalar(kind)?);
        }
        found.extend(of_topic(topic, &name, project)?);
    }
    Ok(found)
}

fn empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A list of apps; an object holds them in `access_control`, or none.
fn apps(value: &Value) -> Result<&[Value], String> {
    match value {
        Value::Object(_) => list(value, "/access_control"),
        _ => list(value, ""),
    }
}

/// Who uses a topic: its own users, and those of the whole project.
fn of_topic(topic: &Value, name: &str, project: &Value) -> Found {
    let mut found = Vec::new();
    for of in [topic, project] {
        for user in list(of, "/consumers")? {
            let mut grants = Grants::to(text(user, "/principal", "")?);
            grants.topic(name, &["DESCRIBE", "READ"])?;
            starred(&mut grants, "GROUP", text(user, "/group", "*")?, &["READ"])?;
            found.extend(grants.found());
        }
        for user in list(of, "/producers")? {
            let mut grants = Grants::to(text(user, "/principal", "")?);
            grants.topic(name, &["DESCRIBE", "WRITE"])?;
            let transaction = text(user, "/transactionId", "")?;
            if !transaction.is_empty() {
                starred(&mut grants, "TRANSACTIONAL_ID", transaction, &["DESCRIBE", "WRITE"])?;
            }
            // Also where it says `false`.
            if !transaction.is_empty() || truth(user, "/idempotence")?.is_some() {
                grants.cluster("IDEMPOTENT_WRITE")?;
            }
            found.extend(grants.found());
        }
    }
    Ok(found)
}

/// A `*` at the end of a name makes a prefix of it.
fn starred(
    grants: &mut Grants<'_>,
    resource_type: &str,
    name: &str,
    operations: &[&str],
) -> Result<(), String> {
    match name.strip_suffix('*').filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => grants.on(resource_type, prefix, "PREFIXED", operations),
        None => grants.on(resource_type, name, "LITERAL", operations),
    }
}

/// `topics.read` and `topics.write` of an application.
fn reads_and_writes(grants: &mut Grants<'_>, user: &Value) -> Result<(), String> {
    for (path, operation) in [("/topics/read", "READ"), ("/topics/write", "WRITE")] {
        for topic in texts(user, path)? {
            grants.topic(topic, &[operation])?;
        }
    }
    Ok(())
}

fn of_streams(user: &Value, prefix: &str) -> Found {
    let mut grants = Grants::to(text(user, "/principal", "")?);
    reads_and_writes(&mut grants, user)?;
    let own = text(user, "/applicationId", prefix)?;
    grants.topics(own, &["ALL"])?;
    grants.on("GROUP", own, "PREFIXED", &["READ"])?;
    if truth(user, "/exactlyOnce")? == Some(true) {
        grants.on("TRANSACTIONAL_ID", own, "PREFIXED", &["WRITE", "DESCRIBE"])?;
    }
    Ok(grants.found())
}

fn of_connector(user: &Value) -> Found {
    if !empty(&user["connectors"]) {
        return Err(
            "`connectors.connectors` is about Confluent's RBAC, which has no ACLs".to_owned()
        );
    }
    let mut grants = Grants::to(text(user, "/principal", "")?);
    for (key, default) in [
        ("/status_topic", "connect-status"),
        ("/offset_topic", "connect-offsets"),
        ("/configs_topic", "connect-configs"),
    ] {
        grants.topic(text(user, key, default)?, &["READ", "WRITE"])?;
    }
    // `topology.connector.allow.topic.create` is on.
    grants.cluster("CREATE")?;
    grants.group(text(user, "/group", "connect-cluster")?, &["READ"])?;
    reads_and_writes(&mut grants, user)?;
    Ok(grants.found())
}

fn of_ksql_app(user: &Value, prefix: &str) -> Found {
    let mut grants = Grants::to(text(user, "/principal", "")?);
    reads_and_writes(&mut grants, user)?;
    let own = text(user, "/applicationId", prefix)?;
    grants.topics(own, &["ALL"])?;
    grants.on("GROUP", own, "PREFIXED", &["ALL"])?;
    Ok(grants.found())
}

fn of_platform(platform: &Value) -> Found {
    let mut found = Vec::new();
    for (name, part) in table(platform, "")? {
        if !empty(&part["rbac"]) {
            return Err(format!(
                "`platform.{name}.rbac` is about Confluent's RBAC, which has no ACLs"
            ));
        }
        for instance in list(part, "/instances")? {
            let mut grants = Grants::to(text(instance, "/principal", "")?);
            match name {
                "schema_registry" => schema_registry(&mut grants, instance)?,
                "control_center" => control_center(&mut grants, instance)?,
                "ksql" => ksql_server(&mut grants, instance)?,
                // Their users are RBAC's.
                "kafka" | "kafka_connect" => {}
                _ => return Err(format!("`platform.{name}` is unknown")),
            }
            found.extend(grants.found());
        }
    }
    Ok(found)
}

fn schema_registry(grants: &mut Grants<'_>, instance: &Value) -> Result<(), String> {
    let all = ["CREATE", "DESCRIBE_CONFIGS", "DESCRIBE", "WRITE", "READ"];
    grants.topic(text(instance, "/topic", "_schemas")?, &all)?;
    let offsets = text(instance, "/consumer_offsets_topic", "__consumer_offsets")?;
    grants.topic(offsets, &["DESCRIBE"])?;
    grants.group(text(instance, "/group", "schema-registry")?, &["READ"])
}

fn control_center(grants: &mut Grants<'_>, instance: &Value) -> Result<(), String> {
    let id = text(instance, "/appId", "")?;
    for group in [id, &format!("{id}-command")] {
        grants.on("GROUP", group, "PREFIXED", &["READ"])?;
    }
    grants.group("*", &["DESCRIBE"])?;
    let all = ["WRITE", "READ", "CREATE", "DESCRIBE"];
    for topic in ["_confluent-monitoring", "_confluent-command", "_confluent-metrics"] {
        grants.topic(topic, &all)?;
    }
    grants.topics("_confluent-controlcenter", &all)?;
    grants.topic("*", &["CREATE"])?;
    grants.cluster("DESCRIBE")?;
    grants.cluster("DESCRIBE_CONFIGS")
}

fn ksql_server(grants: &mut Grants<'_>, instance: &Value) -> Result<(), String> {
    let id = text(instance, "/ksqlDbId", "")?;
    let own = format!("_confluent-ksql-{id}");
    grants.cluster("DESCRIBE_CONFIGS")?;
    grants.topics(&own, &["ALL"])?;
    grants.topic(&format!("{id}ksql_processing_log"), &["ALL"])?;
    grants.on("GROUP", &own, "PREFIXED", &["ALL"])
}
