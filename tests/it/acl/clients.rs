//! Kafka's own clients after an apply: who is allowed can, who is not cannot.

use super::Bench;
use crate::support::broker::on_each_version;
use crate::support::unique;

#[test]
fn what_the_file_allows_works_and_nothing_else() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let topic = unique("served");
        let group = unique("served");
        broker.create_topic(&topic);
        // The scope is this topic and this group, so that users of other tests are left alone.
        let document = |deny: &str| {
            format!(
                "version: 1\nscope: {{ topic: {topic}, group: {group} }}\nrules:\n  \
                 - principal: User:orders\n    produce: {topic}\n  \
                 - principal: User:billing\n    consume: {{ topic: {topic}, group: {group} }}\n{deny}"
            )
        };
        bench.file("a.yaml", &document(""));
        let denied = broker.produce("orders-scram512", &topic, &["early"]);
        assert!(denied.expect_err("nobody may write yet").contains("AuthorizationException"));
        bench.acl(&["apply", "-f", "a.yaml", "-y"]).ends(0).prints("5 created");

        broker.produce("orders-scram512", &topic, &["one", "two"]).expect("it may write");
        let read = broker.consume("billing-scram512", &topic, &group, 2).expect("it may read");
        assert_eq!(read, ["one", "two"]);
        let denied = broker.produce("billing-scram512", &topic, &["three"]);
        assert!(denied.expect_err("it may not write").contains("AuthorizationException"));

        // A DENY takes back what an ALLOW gives, and pruning it gives it again.
        bench.file(
            "a.yaml",
            &document(&format!(
                "  - principal: \"User:*\"\n    deny: {{ topic: {topic}, operation: write }}\n"
            )),
        );
        bench.acl(&["apply", "-f", "a.yaml", "-y"]).ends(0).prints("1 created");
        let denied = broker.produce("orders-scram512", &topic, &["four"]);
        assert!(denied.expect_err("nobody may write").contains("AuthorizationException"));
        bench.file("a.yaml", &document(""));
        bench
            .acl(&["apply", "-f", "a.yaml", "--prune", "-y"])
            .ends(0)
            .says(&format!("User:orders gains write on topic:{topic}"));
        broker.produce("orders-scram512", &topic, &["five"]).expect("it may write again");
    });
}
