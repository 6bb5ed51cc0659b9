//! The difference against decisions.

use proptest::prelude::*;

use super::*;
use crate::acl::authorizer::arbitrary::{assumptions, bindings, cases, request};
use crate::acl::authorizer::{host_matches, pattern_covers, reference};
use crate::model::{Host, WILDCARD};

fn covers_resource(change: &AccessChange, resource_type: ResourceType, name: &str) -> bool {
    change.resource_type == resource_type
        && pattern_covers(change.pattern_type, &change.resource_name, name)
}

/// Whether the line speaks of the request, which lies in nothing that it leaves out.
fn says(change: &AccessChange, request: &Request<'_>, cidr: bool) -> bool {
    let left_out = || {
        change.except.iter().chain(&change.already).any(|part| {
            part.principal.as_ref().is_none_or(|only| only.as_str() == request.principal)
                && pattern_covers(part.pattern_type, &part.resource_name, request.name)
                && host_matches(&part.host, request.host, cidr)
        })
    };
    (change.principal.as_str() == request.principal || change.principal.is_everyone())
        && host_matches(&change.host, request.host, cidr)
        && change.operation == request.operation
        && covers_resource(change, request.resource_type, request.name)
        && !left_out()
}

/// Who writes to any topic writes idempotently: of that right, which comes and goes with the topic, the
/// topic's line speaks.
fn says_by_topic(change: &AccessChange, request: &Request<'_>, cidr: bool) -> bool {
    (change.principal.as_str() == request.principal || change.principal.is_everyone())
        && host_matches(&change.host, request.host, cidr)
        && request.is_idempotent_write()
        && change.resource_type == ResourceType::Topic
        && change.operation == Operation::Write
}

/// Whether `line` lies in what `other` leaves out.
fn lies_in_exception(line: &AccessChange, other: &AccessChange) -> bool {
    let covers = |pattern_type, name: &str| {
        (pattern_type, name) == (PatternType::Literal, WILDCARD)
            || match line.pattern_type {
                PatternType::Prefixed => {
                    pattern_type == PatternType::Prefixed && line.resource_name.starts_with(name)
                }
                _ => pattern_covers(pattern_type, name, &line.resource_name),
            }
    };
    let client = line.host.as_str().split('/').next();
    let hosts =
        |host: &Host| host.is_any() || *host == line.host || host_matches(host, client, true);
    other.change == line.change
        && other.operation == line.operation
        && other.resource_type == line.resource_type
        && (other.principal == line.principal || other.principal.is_everyone())
        && other
            .except
            .iter()
            .chain(&other.already)
            .any(|except| covers(except.pattern_type, &except.resource_name) && hosts(&except.host))
}

/// A name inside the region of the line, and in no narrower one.
fn witness(change: &AccessChange) -> String {
    match change.pattern_type {
        PatternType::Literal if change.resource_name.as_str() == WILDCARD => "~".to_owned(),
        PatternType::Literal => change.resource_name.to_string(),
        _ => format!("{}~", change.resource_name),
    }
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn the_difference_is_that_of_the_decisions(
        common in bindings(8),
        before in bindings(4),
        after in bindings(4),
        assumptions in assumptions(),
        requests in prop::collection::vec(request(), 30),
    ) {
        let before: Vec<Binding> = common.iter().cloned().chain(before).collect();
        let after: Vec<Binding> = common.into_iter().chain(after).collect();
        let lines = difference(&before, &after, &assumptions);
        let decide = |bindings: &[Binding], request: &Request<'_>| {
            reference::decide(bindings, &assumptions, request).allowed
        };
        // A resource whose name is `*` itself has no pattern of its own to be listed by.
        for request in requests.iter().filter(|request| request.name != WILDCARD) {
            let (was, is) = (decide(&before, request), decide(&after, request));
            let change = if is { Change::Gains } else { Change::Loses };
            let cidr = assumptions.cidr;
            let told = |l: &&AccessChange| says(l, request, cidr) || says_by_topic(l, request, cidr);
            prop_assert!(
                was == is || lines.iter().filter(told).any(|line| line.change == change),
                "{request:?} {change:?} is not in {lines:#?}"
            );
        }
        let hosts = before.iter().chain(&after).map(|b| &b.host);
        let clients = HostParts::new(hosts, assumptions.cidr);
        for line in &lines {
            let name = witness(line);
            let mut requests = clients.clients().map(|(_, host)| host).filter(|host| {
                host_matches(&line.host, *host, assumptions.cidr)
            }).map(|host| Request {
                principal: if line.principal.is_everyone() { "User:~" } else { &line.principal },
                host,
                operation: line.operation,
                resource_type: line.resource_type,
                name: &name,
            });
            let expected = line.change == Change::Gains;
            let so = |request: Request<'_>| {
                decide(&after, &request) == expected && decide(&before, &request) != expected
            };
            prop_assert!(requests.any(so), "{line:?} is so for no client");
            let wider = lines.iter().find(|other| {
                let everything = |l: &AccessChange| {
                    (l.pattern_type, l.resource_name.as_str()) == (PatternType::Literal, WILDCARD)
                };
                *other != line
                    && (everything(other) || !everything(line))
                    && other.change == line.change
                    && other.operation == line.operation
                    && (other.principal == line.principal || other.principal.is_everyone())
                    && (other.host == line.host || other.host.is_any())
                    && (other.pattern_type, &other.resource_name)
                        != (PatternType::Literal, &line.resource_name)
                    && covers_resource(other, line.resource_type, &line.resource_name)
            });
            // What some line excepts is said again, even where a third speaks of it.
            let nested = lines.iter().any(|other| lies_in_exception(line, other));
            prop_assert!(wider.is_none() || nested, "{line:?} is said by {wider:?}");
        }
    }

    #[test]
    fn a_line_holds_wherever_and_for_whomever_it_leaves_nothing_out(
        before in bindings(8),
        after in bindings(8),
        assumptions in assumptions(),
    ) {
        let bindings = || before.iter().chain(&after);
        let names: BTreeSet<String> = bindings()
            .flat_map(|b| [b.resource_name.to_string(), format!("{}~", b.resource_name)])
            .filter(|name| !name.starts_with(WILDCARD))
            .chain([CLUSTER_NAME.to_owned()])
            .collect();
        let mut principals: BTreeSet<&str> = bindings().map(|b| b.principal.as_str()).collect();
        principals.remove(Principal::EVERYONE);
        principals.insert("User:~");
        principals.retain(|principal| !assumptions.is_super_user(principal));
        let clients = HostParts::new(bindings().map(|b| &b.host), assumptions.cidr);
        let lines = difference(&before, &after, &assumptions);
        for line in &lines {
            for name in names.iter().filter(|name| covers_resource(line, line.resource_type, name)) {
                for (_, host) in clients.clients() {
                    for principal in &principals {
                        let request = Request {
                            principal,
                            host,
                            operation: line.operation,
                            resource_type: line.resource_type,
                            name,
                        };
                        let allowed = |bindings: &[Binding]| {
                            reference::decide(bindings, &assumptions, &request).allowed
                        };
                        let so = (allowed(&before), allowed(&after));
                        let gains = line.change == Change::Gains;
                        prop_assert!(
                            !says(line, &request, assumptions.cidr) || so == (!gains, gains),
                            "{:?} for {:?}", line, request
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn there_and_back_is_the_same_the_other_way_round(
        before in bindings(8),
        after in bindings(8),
        assumptions in assumptions(),
    ) {
        let there = difference(&before, &after, &assumptions);
        let back = difference(&after, &before, &assumptions);
        let set = |lines: &[AccessChange], turn: bool| {
            let turned = |change| match (turn, change) {
                (true, Change::Gains) => Change::Loses,
                (true, Change::Loses) => Change::Gains,
                (false, same) => same,
            };
            let line = |l: &AccessChange| {
                // What is not so afterwards was so before on the way back, or changed the other way.
                let mut except = [l.except.clone(), l.already.clone()].concat();
                except.sort_by_key(|part| format!("{part:?}"));
                AccessChange { change: turned(l.change), except, already: Vec::new(), ..l.clone() }
            };
            lines.iter().map(|l| format!("{:?}", line(l))).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(set(&there, false), set(&back, true));
        prop_assert!(difference(&before, &before, &assumptions).is_empty());
    }
}
