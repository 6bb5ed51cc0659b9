//! The promise of the order of writes, on the program itself: wherever it is cut, no request is
//! granted that neither end grants, what both ends grant is granted, and the next run converges.

use kafka_protocol::messages::ApiKey;
use kward::acl::authorizer::{Assumptions, Authorizer, Request};
use kward::model::Operation;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{apply, sandbox};
use crate::support::bindings::{Bindings, bindings};
use crate::support::fake::{Act, Fake};

const PRINCIPALS: [&str; 3] = ["User:a", "User:b", "User:*"];
const PATTERNS: [&str; 4] = ["t", "tu", "t*", "*"];
const OPERATIONS: [&str; 4] = ["read", "write", "describe", "all"];

fn state() -> impl Strategy<Value = Bindings> {
    let one = (
        prop::sample::select(&PRINCIPALS[..]),
        prop::sample::select(&["allow", "deny"][..]),
        prop::sample::select(&OPERATIONS[..]),
        prop::sample::select(&PATTERNS[..]),
        prop::sample::select(&["", " 10.0.0.7"][..]),
    );
    let text = one.prop_map(|(principal, permission, operation, pattern, host)| {
        format!("{principal} {permission} {operation} topic:{pattern}{host}")
    });
    prop::collection::vec(text, 0..10).prop_map(bindings)
}

/// Every request that can tell two states apart, and whether it is allowed.
fn decisions(acls: &Bindings) -> Vec<(String, bool)> {
    let acls: Vec<_> = acls.iter().cloned().collect();
    let assumptions = Assumptions::default();
    let authorizer = Authorizer::new(&acls, &assumptions);
    let mut all = Vec::new();
    for principal in ["User:a", "User:b", "User:c"] {
        for host in [None, Some("10.0.0.7")] {
            for operation in
                [Operation::Read, Operation::Write, Operation::Describe, Operation::Alter]
            {
                for topic in ["t", "tu", "tuv", "x"] {
                    let request = Request {
                        principal,
                        host,
                        operation,
                        resource_type: kward::model::ResourceType::Topic,
                        name: topic,
                    };
                    let text = format!("{principal} {operation} {topic} from {host:?}");
                    all.push((text, authorizer.decide(&request).allowed));
                }
            }
        }
    }
    all
}

/// Where it is cut: the nth write, after so many of its items.
fn cut() -> impl Strategy<Value = (usize, usize)> {
    (1..5_usize, 0..6_usize)
}

#[test]
fn no_cut_grants_what_neither_end_grants() {
    let mut runner =
        TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(state(), state(), cut()), |(before, after, (nth, items))| {
        let fake = Fake::with(before.clone(), move |request, state| {
            let writes = state.count(ApiKey::CreateAcls) + state.count(ApiKey::DeleteAcls);
            let is_write = matches!(request.key, ApiKey::CreateAcls | ApiKey::DeleteAcls);
            if is_write && writes == nth { Act::CutAfter(items) } else { Act::Serve }
        });
        let sandbox = sandbox(&after);
        let run = apply(&sandbox, &fake, &[]);
        prop_assert!([0, 5].contains(&run.status), "{run}");
        let cut = run.status == 5;
        prop_assert_eq!(cut, fake.state().writes.len() >= nth, "{}", run);
        // The next run converges, and then there is nothing left to do.
        let run = apply(&sandbox, &fake, &[]);
        prop_assert_eq!(run.status, 0, "{}", run);
        prop_assert_eq!(&fake.acls(), &after);

        let (first, last) = (decisions(&before), decisions(&after));
        for state in &fake.state().history {
            for ((request, now), (one, other)) in
                decisions(state).iter().zip(first.iter().zip(&last))
            {
                let (one, other) = (one.1, other.1);
                prop_assert!(!now || one || other, "{request} is granted in between: {state:#?}");
                prop_assert!(*now || !(one && other), "{request} is lost in between: {state:#?}");
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}
