//! What is not understood is refused, and what is not taken over is told.

use super::tests::{bindings, set};
use super::*;

/// What is said of a file in which one thing is otherwise.
fn refused(tool: Tool, text: &str, (from, to): (&str, &str)) -> String {
    assert!(text.contains(from), "{from}: {text}");
    assert!(bindings(tool, text).is_ok(), "{text}");
    match bindings(tool, &text.replacen(from, to, 1)) {
        Err(error) => error.message().to_owned(),
        Ok(found) => panic!("`{to}` is taken for {found:?}"),
    }
}

fn all_refused(tool: Tool, text: &str, cases: &[(&str, &str, &str)]) {
    for (from, to, why) in cases {
        let said = refused(tool, text, (from, to));
        assert!(said.contains(why), "{why}: {said}");
    }
}

fn notes(tool: Tool, text: &str) -> String {
    let source = Source { name: "theirs".to_owned(), bytes: text.as_bytes().to_vec() };
    read(tool, &source).unwrap().notes.join("\n")
}

const STRIMZI: &str = "\
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: { name: u, namespace: kafka, labels: { strimzi.io/cluster: c } }
spec:
  authentication: { type: tls }
  quotas: { producerByteRate: 1 }
  template: { secret: { metadata: { labels: { a: b } } } }
  authorization:
    type: simple
    acls:
      - resource: { type: topic, name: pii, patternType: prefix }
        operations: [Read]
        type: deny
        host: 10.0.0.1
status: { username: CN=u }
";

#[test]
fn strimzi() {
    all_refused(
        Tool::Strimzi,
        STRIMZI,
        &[
            (
                "        type: deny",
                "        permission: deny",
                "line 13: `permission` is not known",
            ),
            ("host:", "hosts:", "line 14: `hosts` is not known here, did you mean `host`?"),
            ("patternType", "paternType", "line 11: `paternType`"),
            ("{ type: tls }", "{ typ: tls }", "line 5: `typ`"),
            ("{ type: tls }", "tls", "line 5: `authentication` is no table"),
            ("    acls:", "    acl:", "line 10: `acl` is not known here, did you mean `acls`?"),
            ("spec:", "specs:", "line 4: `specs`"),
            ("name: u, ", "", "document 1: `metadata.name` is missing"),
            ("kind: KafkaUser", "kind: KafkaUsr", "did you mean `KafkaUser`?"),
            ("kind: KafkaUser\n", "", "there is no `kind`"),
            ("type: topic, name: pii", "type: cluster, name: pii", "the cluster is called"),
        ],
    );
}

/// `kubectl get kafkausers -o yaml`, and what stands beside users.
#[test]
fn lists_are_unfolded_and_other_kinds_told() {
    let indented: String =
        STRIMZI.lines().fold(String::new(), |out, line| out + "    " + line + "\n");
    for kind in ["List", "KafkaUserList"] {
        let item = indented.replacen("    ", "  - ", 1);
        let list = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{}}\nitems:\n{item}");
        let one = ["User:CN=u DENY READ on topic:pii* from 10.0.0.1"];
        assert_eq!(bindings(Tool::Strimzi, &list).unwrap(), set(&one));
        let said = refused(Tool::Strimzi, &list, ("name: u,", ""));
        assert!(said.contains("document 1, item 1: `metadata.name`"), "{said}");
        let said = refused(Tool::Strimzi, &list, ("metadata: {}", "item: []"));
        assert!(said.contains("`item` is not known"), "{said}");
    }
    let beside =
        "---\nkind: KafkaTopic\n---\nkind: List\nitems: [{ kind: KafkaTopic }, { kind: Kafka }]\n";
    assert_eq!(notes(Tool::Strimzi, STRIMZI), "");
    assert_eq!(
        notes(Tool::Strimzi, &format!("{STRIMZI}{beside}")),
        "documents that are not taken over: 1 of kind `Kafka`, 2 of kind `KafkaTopic`"
    );
    let said = bindings(Tool::Strimzi, beside).unwrap_err();
    assert!(said.message().contains("no ACL in it; documents that are not"), "{said}");
}

const JIKKOU: &str = "\
apiVersion: kafka.jikkou.io/v1
kind: KafkaPrincipalAuthorization
metadata: { name: 'User:Bob', labels: { a: b }, annotations: { x: y } }
spec:
  roles: []
  acls:
    - resource: { type: topic, pattern: x, patternType: PREFIXED }
      type: DENY
      operations: [READ]
      host: 1.2.3.4
";

#[test]
fn jikkou() {
    all_refused(
        Tool::Jikkou,
        JIKKOU,
        &[
            ("type: DENY", "typ: DENY", "line 8: `typ`"),
            ("host:", "hosts:", "line 10: `hosts`"),
            ("patternType", "patterntype", "did you mean `patternType`?"),
            ("roles: []", "role: [x]", "line 5: `role`"),
            ("annotations:", "annotation:", "line 3: `annotation`"),
            ("name: 'User:Bob', ", "", "`metadata.name` is missing"),
            ("PREFIXED", "MATCH", "`MATCH` is no type of pattern"),
        ],
    );
    let list = "kind: KafkaPrincipalAuthorizationList
items:
- metadata: { name: 'User:Alice' }
  spec: { acls: [{ resource: { type: topic, pattern: b, patternType: LITERAL }, type: ALLOW, operations: [READ] }] }
---
kind: ResourceList
items:
- kind: KafkaPrincipalAuthorization
  metadata: { name: 'User:Carl' }
  spec: { acls: [{ resource: { type: topic, pattern: z, patternType: LITERAL }, type: ALLOW, operations: [READ] }] }
- kind: KafkaPrincipalRole
---
";
    let found = bindings(Tool::Jikkou, &format!("{list}{JIKKOU}")).unwrap();
    let expected = [
        "User:Alice ALLOW READ on topic:b",
        "User:Carl ALLOW READ on topic:z",
        "User:Bob DENY READ on topic:x* from 1.2.3.4",
    ];
    assert_eq!(found, set(&expected));
    // What it deletes, or leaves alone.
    for (annotation, is_set) in [
        ("jikkou.io/delete: true", true),
        ("jikkou.io/delete: 'Yes'", true),
        ("jikkou.io/ignore: true", true),
        ("jikkou.io/ignore: false", false),
    ] {
        let text = format!("{list}{}", JIKKOU.replace("x: y", annotation));
        let found = bindings(Tool::Jikkou, &text).unwrap();
        assert_eq!(found.iter().any(|one| one.contains("User:Bob")), !is_set, "{annotation}");
        let told = notes(Tool::Jikkou, &text).contains("document 3: `User:Bob` is annotated");
        assert_eq!(told, is_set, "{annotation}");
    }
}

#[test]
fn topicctl() {
    let text = "\
meta: { name: a, cluster: c, environment: e, region: r, labels: { a: b } }
spec:
  acls:
    - resource: { type: topic, name: t, patternType: prefixed, principal: 'User:b', host: 10.0.0.1, permission: deny }
      operations: [Read]
";
    all_refused(
        Tool::Topicctl,
        text,
        &[
            ("permission:", "permision:", "line 4: `permision` is not known here, did you mean"),
            ("host:", "hosts:", "line 4: `hosts`"),
            ("patternType:", "patterntype:", "line 4: `patterntype`"),
            (", patternType: prefixed", "", "document 1: the type of pattern is missing"),
            ("operations:", "operation:", "line 5: `operation`"),
            ("User:b", "", "the principal is missing"),
            ("User:b", "User:$TEAM", "`User:$TEAM`: topicctl puts the environment in"),
        ],
    );
}

#[test]
fn kafka_gitops() {
    let text = "\
settings: { ccloud: { enabled: false }, services: { acls: { describeTopicEnabled: 'true' } } }
topics: { t2: { partitions: 1, configs: { a.b: c } } }
services:
  a: { type: application, principal: 'User:a', group-id: g, produces: [t2] }
  s: { type: kafka-streams, principal: 'User:s', application-id: g, consumes: [t2] }
  c: { type: kafka-connect, principal: 'User:c', produces: [t3], connectors: { j: { consumes: [x] } } }
users:
  u: { principal: 'User:u', roles: [writer] }
customUserAcls:
  u: { r: { name: k., type: TOPIC, pattern: PREFIXED, host: 10.0.0.1, operation: READ, permission: DENY } }
";
    assert!(
        bindings(Tool::KafkaGitops, text).unwrap().contains("User:a ALLOW DESCRIBE on topic:t2")
    );
    all_refused(
        Tool::KafkaGitops,
        text,
        &[
            (
                "produces: [t2]",
                "produce: [t2]",
                "line 4: `produce` is not known here, did you mean",
            ),
            ("group-id", "groupId", "did you mean `group-id`?"),
            ("application-id", "group-id", "line 5: `group-id`"),
            ("produces: [t3]", "consumes: [t3]", "line 6: `consumes`"),
            ("{ consumes: [x] }", "{ topics: [x] }", "line 6: `topics`"),
            ("roles:", "role:", "line 8: `role`"),
            ("host:", "hosts:", "line 10: `hosts`"),
            ("customUserAcls:", "customUserAcl:", "line 9: `customUserAcl`"),
            ("describeTopicEnabled", "describe-topic-enabled", "line 1: `describe-topic-enabled`"),
            ("'true'", "maybe", "is neither `true` nor `false`"),
            ("type: application", "type: app", "`app` is no type of service"),
        ],
    );
}

#[test]
fn julie() {
    let text = "\
context: ctx
projects:
  - name: p
    consumers: [{ principal: 'User:c', group: g1, metadata: { a: b } }]
    producers: [{ principal: 'User:d', transactionId: t }, { principal: 'User:e', idempotence: 'false' }]
    streams: [{ principal: 'User:s', applicationId: sid, topics: { read: [a], write: [b] }, exactlyOnce: 'true' }]
    connectors: { artefacts: [{ path: x }], access_control: [{ principal: 'User:k', cluster_id: z }] }
    topics: [{ name: foo, plan: gold, config: { a: b }, consumers: [{ principal: 'User:zz' }] }]
platform: { control_center: { instances: [{ principal: 'User:cc', appId: cc }] } }
";
    let found = bindings(Tool::Julie, text).unwrap();
    for one in
        ["User:s ALLOW WRITE on transactional-id:sid*", "User:e ALLOW IDEMPOTENT_WRITE on cluster"]
    {
        assert!(found.contains(one), "{found:?}");
    }
    all_refused(
        Tool::Julie,
        text,
        &[
            ("group: g1", "grp: g1", "line 4: `grp`"),
            ("transactionId", "transactionid", "did you mean `transactionId`?"),
            ("applicationId", "applicationid", "line 6: `applicationid`"),
            ("read:", "reads:", "line 6: `reads` is not known here, did you mean `read`?"),
            ("foo, plan: gold, config: { a: b }, consumers", "foo, consumer", "line 8: `consumer`"),
            ("cluster_id", "topic", "line 7: `topic`"),
            ("access_control", "acl", "line 7: `acl`"),
            ("control_center", "controlcenter", "line 9: `controlcenter`"),
            ("projects:", "project:", "`project` is not known here, did you mean `projects`?"),
            ("'true'", "2", "neither `true` nor"),
        ],
    );
}

#[test]
fn terraform() {
    let text = r#"{ "values": { "root_module": { "resources": [
        { "address": "kafka_acl.a", "mode": "managed", "type": "kafka_acl", "values": {
            "acl_host": "*", "acl_operation": "Read", "acl_permission_type": "Deny", "acl_principal": "User:a",
            "id": "x", "resource_name": "o", "resource_pattern_type_filter": "Prefixed", "resource_type": "Topic" } },
        { "address": "aiven_kafka_acl.b", "mode": "managed", "type": "aiven_kafka_acl", "values": {} },
        { "address": "aws_network_acl.b", "mode": "managed", "type": "aws_network_acl", "values": {} }
    ] } } }"#;
    all_refused(
        Tool::Terraform,
        text,
        &[("resource_pattern_type_filter", "pattern_type", "`kafka_acl.a`: `pattern_type` is not")],
    );
    assert_eq!(notes(Tool::Terraform, text), "not taken over, as not known: 1 `aiven_kafka_acl`");
    let bom = format!("\u{feff}{text}");
    assert_eq!(bindings(Tool::Terraform, &bom).unwrap().len(), 1);
}

#[test]
fn ksm() {
    let text =
        "\u{feff}PatternType,KafkaPrincipal,ResourceType,ResourceName,Operation,PermissionType,Host
PREFIXED,User:alice,Topic,foo,Read,Deny,10.0.0.1
";
    let expected = ["User:alice DENY READ on topic:foo* from 10.0.0.1"];
    assert_eq!(bindings(Tool::Ksm, text).unwrap(), set(&expected));
    let old = "KafkaPrincipal,ResourceType,ResourceName,Operation,PermissionType,Host
User:alice,Topic,foo*,Read,Allow,*
";
    let found = bindings(Tool::Ksm, old).unwrap();
    assert_eq!(found.len(), 1);
    assert!(!found.contains("User:alice ALLOW READ on topic:foo*"), "{found:?}");
    all_refused(
        Tool::Ksm,
        text,
        &[
            ("PermissionType", "Permision", "line 1: `Permision` is not known here, only"),
            ("PermissionType", "PermisionType", "did you mean `PermissionType`?"),
            ("PermissionType,Host", "PermissionType", "line 1: the column `Host` is missing"),
            ("PermissionType,Host", "Host,Host", "line 1: the column `PermissionType` is missing"),
            (",10.0.0.1", "", "line 2: 7 cells are wanted, these are 6"),
        ],
    );
}
