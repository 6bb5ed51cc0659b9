//! Tools whose files name services, and Terraform: what each stands for, as their sources have it.

use super::tests::{bindings, set};
use super::*;

#[test]
fn kafka_gitops() {
    let text = "
settings: { services: { acls: { describeTopicEnabled: true } } }
topics: { orders: { partitions: 6, replication: 3 } }
services:
  shop:
    type: application
    principal: User:shop
    produces: [orders]
    consumes: [stock]
  sink:
    type: kafka-connect
    principal: User:connect
    storage-topics: { offset: my-offsets }
    connectors:
      jdbc: { consumes: [orders] }
users:
  ana: { principal: 'User:ana', roles: [operator] }
customServiceAcls:
  shop:
    all: { name: audit., type: TOPIC, pattern: PREFIXED, principal: 'User:shop', operation: WRITE, permission: DENY, host: 10.0.0.7 }
customUserAcls:
  ana:
    tx: { name: t, type: TRANSACTIONAL_ID, pattern: LITERAL, operation: DESCRIBE }
";
    let expected = [
        "User:shop ALLOW WRITE on topic:orders",
        "User:shop ALLOW DESCRIBE on topic:orders",
        "User:shop ALLOW READ on topic:stock",
        "User:shop ALLOW DESCRIBE on topic:stock",
        "User:shop ALLOW READ on group:shop",
        "User:connect ALLOW READ on topic:connect-configs-sink",
        "User:connect ALLOW WRITE on topic:connect-configs-sink",
        "User:connect ALLOW READ on topic:my-offsets",
        "User:connect ALLOW WRITE on topic:my-offsets",
        "User:connect ALLOW READ on topic:connect-status-sink",
        "User:connect ALLOW WRITE on topic:connect-status-sink",
        "User:connect ALLOW READ on group:sink",
        "User:connect ALLOW READ on topic:orders",
        "User:connect ALLOW DESCRIBE on topic:orders",
        "User:connect ALLOW READ on group:connect-jdbc",
        "User:ana ALLOW DESCRIBE on cluster",
        "User:ana ALLOW DESCRIBE on topic:*",
        "User:ana ALLOW DESCRIBE_CONFIGS on topic:*",
        "User:ana ALLOW READ on group:*",
        "User:ana ALLOW DESCRIBE on group:*",
        "User:shop DENY WRITE on topic:audit.* from 10.0.0.7",
        "User:ana ALLOW DESCRIBE on transactional-id:t",
    ];
    assert_eq!(bindings(Tool::KafkaGitops, text).unwrap(), set(&expected));
    for (broken, why) in [
        (
            text.replace("settings: {", "settings: { ccloud: { enabled: true },"),
            "`settings.ccloud`",
        ),
        (text.replace("settings: {", "settings: { files: { users: u.yaml },"), "`settings.files`"),
        (
            text.replace("type: application", "type: lambda"),
            "the service `shop`: `lambda` is no type",
        ),
        (text.replace("[operator]", "[owner]"), "the user `ana`: `owner` is no role"),
        (
            text.replace("  ana:\n    tx", "  bob:\n    tx"),
            "`customUserAcls` has `bob`, `users` not",
        ),
        (
            text.replace("    principal: User:shop\n", ""),
            "the service `shop`: the principal is missing",
        ),
        (text.replace("pattern: PREFIXED", "pattern: MATCH"), "`MATCH` is no type of pattern"),
    ] {
        let error = bindings(Tool::KafkaGitops, &broken).unwrap_err();
        assert!(error.message().contains(why), "{why}: {error}");
    }
}

#[test]
fn kafka_gitops_streams() {
    let text = "
services:
  totals: { type: kafka-streams, principal: 'User:s', application-id: app, consumes: [in], produces: [out] }
";
    let found = bindings(Tool::KafkaGitops, text).unwrap();
    assert_eq!(found.len(), 2 + 8 + 3 + 1, "{found:?}");
    for one in [
        "User:s ALLOW ALTER_CONFIGS on topic:app*",
        "User:s ALLOW DELETE on group:app",
        "User:s ALLOW DESCRIBE_CONFIGS on cluster",
    ] {
        assert!(found.contains(one), "{one}: {found:?}");
    }
}

#[test]
fn julie() {
    let text = "
context: acme
env: 2
projects:
  - name: shop
    consumers: [{ principal: 'User:all', group: 'g-*' }]
    streams: [{ principal: 'User:s', topics: { read: [in], write: [out] }, exactlyOnce: true }]
    connectors:
      access_control: [{ principal: 'User:c', group: cg, topics: { read: [acme.2.shop.orders] } }]
    ksql: { artefacts: { streams: [] } }
    topics:
      - { name: orders, dataType: avro, producers: [{ principal: 'User:p', transactionId: t, idempotence: true }] }
special_topics:
  - { name: raw, consumers: [{ principal: 'User:r' }] }
platform:
  schema_registry: { instances: [{ principal: 'User:sr', topic: schemas }] }
";
    let expected = [
        "User:all ALLOW DESCRIBE on topic:acme.2.shop.orders.avro",
        "User:all ALLOW READ on topic:acme.2.shop.orders.avro",
        "User:all ALLOW READ on group:g-*",
        "User:p ALLOW DESCRIBE on topic:acme.2.shop.orders.avro",
        "User:p ALLOW WRITE on topic:acme.2.shop.orders.avro",
        "User:p ALLOW DESCRIBE on transactional-id:t",
        "User:p ALLOW WRITE on transactional-id:t",
        "User:p ALLOW IDEMPOTENT_WRITE on cluster",
        "User:s ALLOW READ on topic:in",
        "User:s ALLOW WRITE on topic:out",
        "User:s ALLOW ALL on topic:acme.2.shop.*",
        "User:s ALLOW READ on group:acme.2.shop.*",
        "User:s ALLOW WRITE on transactional-id:acme.2.shop.*",
        "User:s ALLOW DESCRIBE on transactional-id:acme.2.shop.*",
        "User:c ALLOW READ on topic:connect-status",
        "User:c ALLOW WRITE on topic:connect-status",
        "User:c ALLOW READ on topic:connect-offsets",
        "User:c ALLOW WRITE on topic:connect-offsets",
        "User:c ALLOW READ on topic:connect-configs",
        "User:c ALLOW WRITE on topic:connect-configs",
        "User:c ALLOW CREATE on cluster",
        "User:c ALLOW READ on group:cg",
        "User:c ALLOW READ on topic:acme.2.shop.orders",
        "User:r ALLOW DESCRIBE on topic:raw",
        "User:r ALLOW READ on topic:raw",
        "User:r ALLOW READ on group:*",
        "User:sr ALLOW CREATE on topic:schemas",
        "User:sr ALLOW DESCRIBE_CONFIGS on topic:schemas",
        "User:sr ALLOW DESCRIBE on topic:schemas",
        "User:sr ALLOW WRITE on topic:schemas",
        "User:sr ALLOW READ on topic:schemas",
        "User:sr ALLOW DESCRIBE on topic:__consumer_offsets",
        "User:sr ALLOW READ on group:schema-registry",
    ];
    assert_eq!(bindings(Tool::Julie, text).unwrap(), set(&expected));
    for (broken, why) in [
        (text.replace("context: acme", "name: acme"), "there is no `context`"),
        (
            text.replace(
                "    consumers:",
                "    auditors: [{ principal: 'User:x' }]\n    consumers:",
            ),
            "`auditors` is a role of your own",
        ),
        (
            text.replace(
                "    consumers:",
                "    rbac: [{ ResourceOwner: [{ principal: 'User:x' }] }]\n    consumers:",
            ),
            "RBAC",
        ),
        (text.replace("User:p", "p"), "the project `shop`: `p`: a principal is"),
    ] {
        let error = bindings(Tool::Julie, &broken).unwrap_err();
        assert!(error.message().contains(why), "{why}: {error}");
    }
}

#[test]
fn terraform() {
    let values = serde_json::json!({
        "root_module": {
            "resources": [
                { "address": "kafka_acl.a", "mode": "managed", "type": "kafka_acl", "values": {
                    "acl_host": "*", "acl_operation": "AlterConfigs", "acl_permission_type": "Deny",
                    "acl_principal": "User:ana", "id": "…", "resource_name": "orders.",
                    "resource_pattern_type_filter": "Prefixed", "resource_type": "Topic" } },
                { "address": "kafka_topic.t", "mode": "managed", "type": "kafka_topic", "values": {} },
                { "address": "data.kafka_acl.d", "mode": "data", "type": "kafka_acl", "values": {} },
            ],
            "child_modules": [{ "address": "module.m", "child_modules": [{ "address": "module.m.module.n", "resources": [
                { "address": "module.m.module.n.confluent_kafka_acl.b[0]", "mode": "managed",
                  "type": "confluent_kafka_acl", "values": {
                    "host": "10.0.0.1", "operation": "IDEMPOTENT_WRITE", "permission": "ALLOW",
                    "principal": "User:sa-xyz123", "resource_name": "kafka-cluster",
                    "pattern_type": "LITERAL", "resource_type": "CLUSTER", "credentials": [] } },
            ] }] }],
        }
    });
    let expected = [
        "User:ana DENY ALTER_CONFIGS on topic:orders.*",
        "User:sa-xyz123 ALLOW IDEMPOTENT_WRITE on cluster from 10.0.0.1",
    ];
    let state = serde_json::json!({ "format_version": "1.0", "values": values }).to_string();
    assert_eq!(bindings(Tool::Terraform, &state).unwrap(), set(&expected));
    // Of a plan, what there will be, and not what there was.
    let before = serde_json::json!({ "values": { "root_module": {} } });
    let plan = serde_json::json!({ "planned_values": values, "prior_state": before }).to_string();
    assert_eq!(bindings(Tool::Terraform, &plan).unwrap(), set(&expected));
    for (broken, why) in [
        (
            state.replace("\"acl_principal\":\"User:ana\",", ""),
            "`kafka_acl.a`: `acl_principal` is not known",
        ),
        (
            state.replace("\"CLUSTER\"", "\"QUEUE\""),
            "`module.m.module.n.confluent_kafka_acl.b[0]`: `QUEUE`",
        ),
        ("{}".to_owned(), "neither a state nor a plan"),
        ("{".to_owned(), "line 1: this is not what `terraform show -json` prints"),
        (state.replace("kafka_acl", "x"), "there is no ACL in it"),
    ] {
        let error = bindings(Tool::Terraform, &broken).unwrap_err();
        assert!(error.message().contains(why), "{why}: {error}");
    }
}
