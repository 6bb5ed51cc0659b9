//! The summary against decisions.

use proptest::prelude::*;

use super::*;
use crate::acl::authorizer::arbitrary::{assumptions, bindings, cases, request};
use crate::acl::authorizer::{host_matches, pattern_covers};

/// What the summary says: some grant covers the request, and no part of the grant that is denied.
fn says(summary: &Summary<'_>, request: &Request<'_>, cidr: bool) -> bool {
    summary.grants.iter().any(|grant| {
        grant.resource_type == request.resource_type
            && pattern_covers(grant.pattern_type, &grant.resource_name, request.name)
            && host_matches(&grant.host, request.host, cidr)
            && grant.operations.contains(&request.operation)
            && !grant.except.iter().any(|except| {
                pattern_covers(except.pattern_type, &except.resource_name, request.name)
                    && host_matches(&except.host, request.host, cidr)
                    && except.operations.contains(&request.operation)
            })
    })
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn a_summary_says_what_the_decisions_are(
        bindings in bindings(14),
        assumptions in assumptions(),
        principal in prop::sample::select(&["User:a", "User:b", "User:~", "User:*"][..]),
        requests in prop::collection::vec(request(), 40),
    ) {
        let assumptions = Assumptions { allow_everyone_if_no_acl_found: false, ..assumptions };
        let summary = summary(principal, &bindings, &assumptions);
        prop_assert_eq!(summary.super_user, assumptions.is_super_user(principal));
        // A resource whose name is `*` itself has no pattern of its own to be listed by.
        for request in requests.into_iter().filter(|request| request.name != "*") {
            let request = Request { principal, ..request };
            let decision = reference::authorize(&bindings, &assumptions, &request);
            prop_assert_eq!(
                summary.super_user || says(&summary, &request, assumptions.cidr),
                decision.allowed,
                "{:?} in {:#?}", request, summary
            );
        }
        let clients = HostParts::new(bindings.iter().map(|b| &b.host), assumptions.cidr);
        for (_, host) in clients.clients() {
            let request = Request {
                principal,
                host,
                operation: Operation::IdempotentWrite,
                resource_type: ResourceType::Cluster,
                name: CLUSTER_NAME,
            };
            let from = |hosts: &Host| host_matches(hosts, host, assumptions.cidr);
            let by_topic =
                summary.any_topic.iter().any(|a| from(&a.host) && !a.except.iter().any(from));
            let said = summary.super_user || says(&summary, &request, assumptions.cidr) || by_topic;
            let decision = reference::decide(&bindings, &assumptions, &request);
            prop_assert_eq!(said, decision.allowed, "{:?} in {:#?}", request, summary);
            prop_assert!(by_topic || !decision.any_topic, "{:?} in {:#?}", request, summary);
        }
        for grant in &summary.grants {
            prop_assert!(!grant.by.is_empty() && grant.except.iter().all(|e| !e.by.is_empty()));
        }
        let mut lines: Vec<_> = summary
            .grants
            .iter()
            .flat_map(|g| {
                let pattern = (g.resource_type, g.pattern_type, &g.resource_name, &g.host);
                g.operations.iter().map(move |operation| (pattern, *operation))
            })
            .collect();
        let all = lines.len();
        lines.sort_unstable();
        lines.dedup();
        prop_assert_eq!(lines.len(), all, "nothing is listed twice");
    }
}

fn binding(
    principal: &str,
    permission_type: PermissionType,
    name: &str,
    operation: Operation,
) -> Binding {
    let (name, pattern_type) = match name.strip_suffix('*') {
        Some(prefix) if !prefix.is_empty() => (prefix, PatternType::Prefixed),
        _ => (name, PatternType::Literal),
    };
    Binding {
        resource_type: ResourceType::Topic,
        resource_name: name.into(),
        pattern_type,
        principal: principal.into(),
        host: Host::any(),
        operation,
        permission_type,
    }
}

#[test]
fn widest_first_with_what_is_denied_inside_and_nothing_twice() {
    use PermissionType::{Allow, Deny};
    let bindings = [
        binding("User:ana", Allow, "web.clicks", Operation::Read),
        binding("User:ana", Allow, "web.clicks", Operation::Write),
        binding("User:ana", Allow, "web.*", Operation::Read),
        binding("User:*", Deny, "web.pii.*", Operation::Read),
        binding("User:*", Allow, "*", Operation::Describe),
        binding("User:other", Allow, "*", Operation::All),
    ];
    let summary = summary("User:ana", &bindings, &Assumptions::default());
    let shown: Vec<String> = summary
        .grants
        .iter()
        .map(|g| {
            let except: Vec<String> = g
                .except
                .iter()
                .map(|e| format!(" except {:?} {}", e.operations, e.resource_name))
                .collect();
            format!("{} {:?}{}", g.resource_name, g.operations, except.concat())
        })
        .collect();
    assert_eq!(shown, ["* [Describe]", "web. [Read] except [Read] web.pii.", "web.clicks [Write]"]);
    let anywhere = AnyTopic { host: Host::any(), except: Vec::new(), by: &bindings[1] };
    assert_eq!(summary.any_topic, [anywhere]);
}

#[test]
fn idempotent_writes_by_topic_are_told_of_each_host_that_differs() {
    use PermissionType::{Allow, Deny};
    let from = |host: &str, binding: Binding| Binding { host: host.into(), ..binding };
    let bindings = [
        from("10.0.0.1", binding("User:ana", Allow, "orders", Operation::Write)),
        from("10.0.0.2", binding("User:ana", Allow, "bills", Operation::Write)),
    ];
    let hosts: Vec<_> = summary("User:ana", &bindings, &Assumptions::default())
        .any_topic
        .into_iter()
        .map(|any| (any.host, any.except, any.by))
        .collect();
    let each = ["10.0.0.1", "10.0.0.2"].map(Host::from).into_iter().zip(&bindings);
    assert_eq!(hosts, each.map(|(host, by)| (host, Vec::new(), by)).collect::<Vec<_>>());

    let bindings = [
        binding("User:ana", Allow, "orders", Operation::Write),
        from("10.0.0.1", binding("User:ana", Deny, "*", Operation::Write)),
    ];
    let summary = summary("User:ana", &bindings, &Assumptions::default());
    let told = AnyTopic { host: Host::any(), except: vec!["10.0.0.1".into()], by: &bindings[0] };
    assert_eq!(summary.any_topic, [told]);
}
