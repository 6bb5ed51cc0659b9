//! Every answer against decisions.

use proptest::prelude::*;

use super::super::arbitrary::{CLIENTS, assumptions, bindings, cases, request};
use super::super::{Assumptions, reference};
use super::*;
use crate::model::{CLUSTER_NAME, PatternType};

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

fn told(bindings: &[Binding], operation: Operation, kind: ResourceType, name: &str) -> Vec<String> {
    let assumptions = Assumptions { cidr: true, ..Assumptions::default() };
    let authorizer = Authorizer::new(bindings, &assumptions);
    let answers = authorizer.who_can(operation, kind, name);
    let text = |answer: &WhoCan<'_>| {
        let hosts: Vec<&str> = answer.hosts.iter().map(Host::as_str).collect();
        let except: Vec<String> =
            answer.except.iter().map(|e| format!(" save {}@{}", e.principal, e.host)).collect();
        format!("{} from {}{}", answer.principal, hosts.join(" "), except.concat())
    };
    answers.iter().map(text).collect()
}

#[test]
fn who_is_excepted_from_a_range_and_may_inside_it_has_an_answer_of_its_own() {
    use PermissionType::{Allow, Deny};
    let write = |principal, host, name, permission| Binding {
        operation: Operation::Write,
        ..binding(principal, host, name, permission)
    };
    let idempotent = |bindings: &[Binding]| {
        told(bindings, Operation::IdempotentWrite, ResourceType::Cluster, CLUSTER_NAME)
    };
    assert_eq!(
        idempotent(&[
            write("User:*", "10.0.0.0/8", "u", Allow),
            write("User:a", "10.0.0.0/8", "u", Deny),
            write("User:a", "10.0.0.0/8", "u", Allow),
            write("User:*", "10.0.0.1", "v", Allow),
        ]),
        ["User:* from 10.0.0.0/8 save User:a@10.0.0.0/8", "User:a from 10.0.0.1"]
    );
    // Where no DENY names it, or none that refuses, everyone's answer speaks for it.
    assert_eq!(
        idempotent(&[write("User:*", "*", "u", Allow), write("User:a", "10.0.0.1", "v", Deny),]),
        ["User:* from *"]
    );
    assert_eq!(
        idempotent(&[
            write("User:*", "10.0.0.1", "u", Allow),
            write("User:a", "10.0.0.2", "v", Allow),
        ]),
        ["User:* from 10.0.0.1", "User:a from 10.0.0.2"]
    );
}

#[test]
fn one_binding_is_one_answer_though_nothing_is_left_of_its_range() {
    use PermissionType::Allow;
    let bindings = [
        binding("User:a", "10.0.0.0/31", "t", Allow),
        binding("User:*", "10.0.0.0", "t", Allow),
        binding("User:*", "10.0.0.1", "t", Allow),
    ];
    assert_eq!(
        told(&bindings, Operation::Read, ResourceType::Topic, "t"),
        ["User:* from 10.0.0.0", "User:* from 10.0.0.1", "User:a from 10.0.0.0 10.0.0.1"]
    );
    let all = |host| Binding { operation: Operation::All, ..binding("User:*", host, "t", Allow) };
    let bindings = [
        binding("User:*", "10.0.0.0/31", "t", Allow),
        all("10.0.0.0"),
        all("10.0.0.1"),
        binding("User:b", "10.0.0.1", "t", PermissionType::Deny),
    ];
    assert_eq!(
        told(&bindings, Operation::Read, ResourceType::Topic, "t"),
        ["User:* from 10.0.0.0 10.0.0.1 save User:b@10.0.0.1"]
    );
    // What stands after such a range is where it was.
    let bindings = ["10.0.0.0/31", "10.0.0.0", "10.0.0.1", "11.0.0.0/8", "11.0.0.1"]
        .map(|host| binding("User:a", host, "t", Allow));
    assert_eq!(
        told(&bindings, Operation::Read, ResourceType::Topic, "t"),
        ["User:a from 11.0.0.0/8", "User:a from 10.0.0.0", "User:a from 10.0.0.1"]
    );
}

#[test]
fn super_users_are_listed_once_and_by_name_and_nested_exceptions_once() {
    use PermissionType::{Allow, Deny};
    let super_users = ["User:z", "User:m", "User:z"].map(Principal::from).to_vec();
    let assumptions = Assumptions { super_users, ..Assumptions::default() };
    let authorizer = Authorizer::new(&[], &assumptions);
    let answers = authorizer.who_can(Operation::Read, ResourceType::Topic, "t");
    let names: Vec<&str> = answers.iter().map(|answer| answer.principal.as_str()).collect();
    assert_eq!(names, ["User:m", "User:z"]);
    let bindings = [
        binding("User:*", "*", "t", Allow),
        binding("User:a", "10.0.0.0/8", "t", Deny),
        binding("User:a", "10.0.0.1", "t", Deny),
    ];
    assert_eq!(
        told(&bindings, Operation::Read, ResourceType::Topic, "t"),
        ["User:* from * save User:a@10.0.0.0/8"]
    );
    // Whatever the patterns, a principal is asked for once.
    let bindings = [
        binding("User:b", "*", "t", Allow),
        binding("User:a", "*", "*", Allow),
        binding("User:b", "*", "*", Allow),
    ];
    assert_eq!(
        told(&bindings, Operation::Read, ResourceType::Topic, "t"),
        ["User:a from *", "User:b from *"]
    );
}
