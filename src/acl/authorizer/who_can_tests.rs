//! Every answer against decisions.

use proptest::prelude::*;

use super::super::arbitrary::{CLIENTS, assumptions, bindings, cases, request};
use super::super::{Assumptions, reference};
use super::*;
use crate::model::PatternType;

/// Whether the answers say that `request` is allowed.
fn says(answers: &[WhoCan<'_>], request: &Request<'_>, cidr: bool) -> bool {
    let at = |host: &Host| host_matches(host, request.host, cidr);
    let mine = answers.iter().filter(|a| a.principal.as_str() == request.principal);
    let everyone = answers.iter().filter(|a| a.principal.is_everyone());
    let excepted = |answer: &WhoCan<'_>| {
        answer.except.iter().any(|e| e.principal.as_str() == request.principal && at(&e.host))
            || answer.except.iter().any(|e| e.principal.is_everyone() && at(&e.host))
    };
    mine.chain(everyone).any(|answer| answer.hosts.iter().any(at) && !excepted(answer))
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn exactly_those_can_who_are_listed(
        bindings in bindings(12),
        assumptions in assumptions(),
        question in request(),
    ) {
        let authorizer = Authorizer::new(&bindings, &assumptions);
        let (operation, name) = (question.operation, question.name);
        let answers = authorizer.who_can(operation, question.resource_type, name);
        for principal in ["User:a", "User:b", "User:A", "User:~", "Group:*"] {
            for host in CLIENTS {
                let request = Request { principal, host: *host, ..question };
                let decision = reference::decide(&bindings, &assumptions, &request);
                prop_assert_eq!(
                    says(&answers, &request, assumptions.cidr), decision.allowed,
                    "{:?} {:?} in {:#?}", request, decision, answers
                );
            }
        }
        for answer in &answers {
            let own = answer.principal.as_str();
            let by = answer.reason.binding().map(|b| b.principal.as_str());
            prop_assert!(
                answer.any_topic || by.is_none_or(|by| by == own),
                "{answer:?} is by its own binding"
            );
        }
    }
}

fn binding(principal: &str, host: &str, name: &str, permission_type: PermissionType) -> Binding {
    Binding {
        resource_type: ResourceType::Topic,
        resource_name: name.into(),
        pattern_type: PatternType::Literal,
        principal: principal.into(),
        host: host.into(),
        operation: Operation::Read,
        permission_type,
    }
}

#[test]
fn everyone_save_those_denied_super_users_and_the_named() {
    use PermissionType::{Allow, Deny};
    let bindings = [
        binding("User:*", "*", "*", Allow),
        binding("User:mallory", "*", "t", Deny),
        binding("User:*", "10.0.0.9", "t", Deny),
        binding("User:zoe", "10.0.0.1", "t", Allow),
        binding("User:zoe", "10.0.0.2", "t", Allow),
        binding("User:covered", "*", "other", Allow),
    ];
    let assumptions =
        Assumptions { super_users: vec!["User:admin".into()], ..Assumptions::default() };
    let authorizer = Authorizer::new(&bindings, &assumptions);
    let shown: Vec<String> = authorizer
        .who_can(Operation::Describe, ResourceType::Topic, "t")
        .iter()
        .map(|a| {
            let except: Vec<String> =
                a.except.iter().map(|e| format!("{}@{}", e.principal, e.host)).collect();
            format!("{} {} {} {}", a.principal, a.hosts[0], a.reason.name(), except.join(" "))
        })
        .collect();
    // DENY READ leaves DESCRIBE.
    assert_eq!(
        shown,
        [
            "User:* * allow ",
            "User:admin * superUser ",
            "User:zoe 10.0.0.1 allow ",
            "User:zoe 10.0.0.2 allow ",
        ]
    );
    let read = authorizer.who_can(Operation::Read, ResourceType::Topic, "t");
    let everyone: Vec<String> =
        read[0].except.iter().map(|e| format!("{}@{}", e.principal, e.host)).collect();
    assert_eq!(everyone, ["User:*@10.0.0.9", "User:mallory@*"]);
}
