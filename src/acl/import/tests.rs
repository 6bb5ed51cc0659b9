//! What each tool writes, and what of it is refused.

use super::*;

pub(super) fn bindings(tool: Tool, text: &str) -> Result<BTreeSet<String>> {
    let source = Source { name: "theirs".to_owned(), bytes: text.as_bytes().to_vec() };
    let found: BTreeSet<Binding> = read(tool, &source)?.bindings.into_iter().collect();
    for raw in [false, true] {
        let written = write(&found, &ExportOptions { raw, ..ExportOptions::default() }).unwrap();
        assert!(written.contains("version: 1"), "{written}");
    }
    Ok(found.iter().map(ToString::to_string).collect())
}

pub(super) fn set(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn kafka_acls() {
    let text = "Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)`: \n \t(principal=User:CN=a,OU=b, host=*, operation=READ, permissionType=ALLOW)\n\t(principal=User:bad, host=10.0.0.7, operation=ALTER_CONFIGS, permissionType=DENY) \n\nCurrent ACLs for resource `ResourcePattern(resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL)`: \n \t(principal=User:ana, host=*, operation=IDEMPOTENT_WRITE, permissionType=ALLOW) \n\n";
    let expected = [
        "User:CN=a,OU=b ALLOW READ on topic:orders",
        "User:bad DENY ALTER_CONFIGS on topic:orders from 10.0.0.7",
        "User:ana ALLOW IDEMPOTENT_WRITE on cluster",
    ];
    assert_eq!(bindings(Tool::KafkaAcls, text).unwrap(), set(&expected));
    let error = bindings(Tool::KafkaAcls, &text.replace("READ", "REED")).unwrap_err();
    assert_eq!(error.message(), "`theirs`, line 2: `REED` is no operation");
    for wrong in ["nonsense", "(principal=User:a, host=*, operation=READ, permissionType=ALLOW)"] {
        assert!(bindings(Tool::KafkaAcls, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn ksm() {
    let text = "KafkaPrincipal,ResourceType,PatternType,ResourceName,Operation,PermissionType,Host\nUser:alice,Topic,PREFIXED,foo,Read,Allow,*\n\"User:CN=b,OU=c\",TransactionalId,LITERAL,t,Describe,Deny,12.34.56.78\n";
    let expected = [
        "User:alice ALLOW READ on topic:foo*",
        "User:CN=b,OU=c DENY DESCRIBE on transactional-id:t from 12.34.56.78",
    ];
    assert_eq!(bindings(Tool::Ksm, text).unwrap(), set(&expected));
    let error = bindings(Tool::Ksm, "User:a,Topic,LITERAL,x,Read,Allow").unwrap_err();
    assert!(error.message().contains("line 1: 7 cells"), "{error}");
}

#[test]
fn strimzi() {
    let text = "
kind: KafkaUser
metadata: { name: my-user }
spec:
  authentication: { type: tls }
  authorization:
    type: simple
    acls:
      - { resource: { type: topic, name: my-, patternType: prefix }, operations: [Read, DescribeConfigs] }
      - { resource: { type: cluster }, operation: Create, host: 10.0.0.1, type: deny }
---
kind: KafkaTopic
metadata: { name: orders }
---
kind: KafkaUser
metadata: { name: other }
spec:
  authentication: { type: scram-sha-512 }
  authorization:
    type: simple
    acls: [{ resource: { type: transactionalId, name: t }, operations: [All] }]
";
    let expected = [
        "User:CN=my-user ALLOW READ on topic:my-*",
        "User:CN=my-user ALLOW DESCRIBE_CONFIGS on topic:my-*",
        "User:CN=my-user DENY CREATE on cluster from 10.0.0.1",
        "User:other ALLOW ALL on transactional-id:t",
    ];
    assert_eq!(bindings(Tool::Strimzi, text).unwrap(), set(&expected));
    assert!(bindings(Tool::Strimzi, "kind: KafkaTopic\n").is_err());
    assert!(bindings(Tool::Strimzi, "a: [").is_err());
}

#[test]
fn topicctl() {
    let text = "
meta: { name: acls, cluster: local }
spec:
  acls:
    - resource: { type: topic, name: t, patternType: literal, principal: 'User:Alice', host: '*', permission: allow }
      operations: [read, describe]
";
    let expected = ["User:Alice ALLOW READ on topic:t", "User:Alice ALLOW DESCRIBE on topic:t"];
    assert_eq!(bindings(Tool::Topicctl, text).unwrap(), set(&expected));
    let error = bindings(Tool::Topicctl, &text.replace("User:", "")).unwrap_err();
    assert!(error.message().contains("document 1: `Alice`: a principal is"), "{error}");
}

#[test]
fn jikkou() {
    let text = "
kind: KafkaPrincipalAuthorization
metadata: { name: 'User:Bob' }
spec:
  acls:
    - { resource: { type: group, pattern: g-, patternType: PREFIXED }, type: ALLOW, operations: [READ], host: '*' }
";
    let expected = ["User:Bob ALLOW READ on group:g-*"];
    assert_eq!(bindings(Tool::Jikkou, text).unwrap(), set(&expected));
    let roles = text.replace("spec:", "spec:\n  roles: [admin]");
    assert!(bindings(Tool::Jikkou, &roles).unwrap_err().message().contains("`spec.roles`"));
}
