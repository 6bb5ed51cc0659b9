//! The example that the description of the file begins with.

use super::*;
use crate::acl::desired::{PrincipalPattern, Selector};

const EXAMPLE: &str = include_str!("example.yaml");

#[test]
fn the_example_means_exactly_this() {
    let expected = "\
User:* DENY ALL on topic:pii.* from 10.0.0.7
User:* DENY ALL on topic:pii.* from 10.0.0.8
User:billing ALLOW READ on topic:orders
User:billing ALLOW DESCRIBE on topic:orders
User:billing ALLOW READ on group:billing
User:ds-ana ALLOW READ on topic:errors.*
User:ds-ana ALLOW DESCRIBE on topic:errors.*
User:ds-ana ALLOW READ on topic:web.analytics.*
User:ds-ana ALLOW DESCRIBE on topic:web.analytics.*
User:ds-ana ALLOW READ on group:ds-*
User:ds-bo ALLOW READ on topic:errors.*
User:ds-bo ALLOW DESCRIBE on topic:errors.*
User:ds-bo ALLOW READ on topic:web.analytics.*
User:ds-bo ALLOW DESCRIBE on topic:web.analytics.*
User:ds-bo ALLOW READ on group:ds-*
User:etl ALLOW WRITE on topic:agg
User:etl ALLOW DESCRIBE on topic:agg
User:etl ALLOW READ on topic:etl-*
User:etl ALLOW WRITE on topic:etl-*
User:etl ALLOW CREATE on topic:etl-*
User:etl ALLOW DELETE on topic:etl-*
User:etl ALLOW DESCRIBE on topic:etl-*
User:etl ALLOW READ on topic:etl.*
User:etl ALLOW WRITE on topic:etl.*
User:etl ALLOW DESCRIBE on topic:etl.*
User:etl ALLOW READ on topic:raw.*
User:etl ALLOW DESCRIBE on topic:raw.*
User:etl ALLOW READ on group:etl
User:etl ALLOW DESCRIBE on group:etl
User:etl ALLOW READ on group:etl.*
User:ops ALLOW DESCRIBE on topic:*
User:ops ALLOW DESCRIBE on cluster
User:ops ALLOW ALTER_CONFIGS on cluster
User:orders ALLOW WRITE on topic:orders
User:orders ALLOW DESCRIBE on topic:orders
User:orders ALLOW WRITE on transactional-id:orders-*
User:orders ALLOW DESCRIBE on transactional-id:orders-*";
    assert_eq!(bindings(EXAMPLE).join("\n"), expected);
}

#[test]
fn the_example_besides_its_bindings() {
    let desired = good(EXAMPLE);
    let (cluster, place) = desired.cluster.clone().unwrap();
    assert_eq!(cluster, "MkU3OEVBNTcwNTJENDM2Qk");
    assert_eq!(desired.place(place), "a.yaml:2:10");
    let [document] = &*desired.documents else { panic!("one document") };
    assert_eq!(document.owner.as_deref(), Some("platform-team"));
    let exact = |name: &str| PrincipalPattern::Exact(name.into());
    assert_eq!(
        document.scope,
        Some(Selector {
            principals: vec![
                exact("User:orders"),
                exact("User:billing"),
                PrincipalPattern::Prefix("User:ds-".to_owned()),
                exact("User:etl"),
                exact("User:ops"),
                exact("User:*"),
            ],
            resources: Vec::new(),
        })
    );
    assert_eq!(
        desired.protect,
        [Selector { principals: vec![exact("User:admin")], resources: Vec::new() }]
    );
    let tests: Vec<String> = desired
        .tests
        .iter()
        .map(|t| {
            let host = t.host.as_deref().unwrap_or("anywhere");
            let can = if t.allowed { "can" } else { "cannot" };
            format!(
                "{} {} {can} {} {}:{} from {host}",
                t.place.line, t.principal, t.operation, t.resource_type, t.resource_name
            )
        })
        .collect();
    assert_eq!(
        tests,
        [
            "41 User:ds-ana can READ TOPIC:web.analytics.clicks from anywhere",
            "41 User:ds-ana can READ GROUP:ds-nightly from anywhere",
            "42 User:ds-ana cannot READ TOPIC:orders from anywhere",
            "42 User:ds-ana cannot WRITE TOPIC:web.analytics.clicks from anywhere",
            "45 User:billing cannot READ TOPIC:pii.customers from 10.0.0.7",
        ]
    );
}

#[test]
fn every_binding_knows_the_verb_that_wants_it_and_its_rule() {
    let desired = good(EXAMPLE);
    let rules: Vec<u32> = desired.documents[0].rules.iter().map(|place| place.line).collect();
    assert_eq!(rules, [22, 24, 26, 28, 31, 35]);
    let places = |line: &str| -> Vec<(u32, u32, Option<u32>)> {
        let found = desired.bindings.iter().find(|(binding, _)| binding.to_string() == line);
        found.unwrap().1.iter().map(|p| (p.line, p.column, p.rule)).collect()
    };
    assert_eq!(places("User:billing ALLOW READ on group:billing"), [(25, 5, Some(1))]);
    // The place of what a role wants is its use, not its definition.
    assert_eq!(places("User:ds-ana ALLOW READ on topic:errors.*"), [(27, 11, Some(2))]);
    assert_eq!(places("User:etl ALLOW WRITE on topic:etl.*"), [(30, 13, Some(3))]);
    // Entries of a list have places of their own.
    assert_eq!(places("User:ops ALLOW DESCRIBE on cluster"), [(33, 9, Some(4))]);
    assert_eq!(places("User:ops ALLOW DESCRIBE on topic:*"), [(34, 9, Some(4))]);
}

#[test]
fn a_binding_that_two_rules_want_has_two_places() {
    let desired = good(
        "version: 1\nrules:\n  - principal: User:a\n    produce: t\n  - principal: User:a\n    allow: { topic: t, operation: [write, write] }\n",
    );
    let places: Vec<Vec<u32>> =
        desired.bindings.values().map(|places| places.iter().map(|p| p.line).collect()).collect();
    assert_eq!(places, [vec![4, 6], vec![4]]);
}
