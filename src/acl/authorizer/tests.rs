//! The index against the specification, and the specification against what facts say of Kafka.

use proptest::prelude::*;

use super::arbitrary::{assumptions, bindings, cases, request};
use super::*;
use crate::model::{Operation as O, PatternType, PermissionType};

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn the_index_decides_as_the_specification(
        bindings in bindings(14),
        assumptions in assumptions(),
        requests in prop::collection::vec(request(), 1..24),
    ) {
        let index = Authorizer::new(&bindings, &assumptions);
        prop_assert_eq!(index.assumptions(), &assumptions);
        let mut sorted = bindings.clone();
        sorted.sort_unstable();
        for request in &requests {
            prop_assert_eq!(
                index.decide(request),
                reference::decide(&bindings, &assumptions, request),
                "{:?}", request
            );
            prop_assert_eq!(
                index.authorize_any_topic(request),
                reference::authorize_by_resource_type(
                    &bindings, &assumptions, request, O::Write, ResourceType::Topic
                ),
                "any topic, {:?}", request
            );
            let mut matching: Vec<&Binding> = index.matching(request).collect();
            matching.sort_unstable();
            prop_assert!(
                matching.into_iter().eq(sorted.iter().filter(|b| matches(b, request, assumptions.cidr))),
                "matching, {request:?}"
            );
        }
    }

    #[test]
    fn more_allows_never_take_away_and_more_denials_never_give(
        bindings in bindings(10),
        more in bindings(4),
        request in request(),
    ) {
        let assumptions = Assumptions::default();
        let decide = |bindings: &[Binding]| {
            reference::decide(bindings, &assumptions, &request).allowed
        };
        let with = |permission| {
            let more = more.iter().filter(|b| b.permission_type == permission);
            bindings.iter().chain(more).cloned().collect::<Vec<_>>()
        };
        let before = decide(&bindings);
        prop_assert!(before <= decide(&with(PermissionType::Allow)));
        prop_assert!(before >= decide(&with(PermissionType::Deny)));
    }

    #[test]
    fn the_order_of_bindings_plays_no_part(
        bindings in bindings(12),
        assumptions in assumptions(),
        request in request(),
    ) {
        let reversed: Vec<Binding> = bindings.iter().rev().cloned().collect();
        prop_assert_eq!(
            reference::decide(&bindings, &assumptions, &request),
            reference::decide(&reversed, &assumptions, &request)
        );
    }
}

/// `PRINCIPAL (allow|deny) OPERATION TYPE:NAME [HOST]`, a trailing `*` is a prefix.
fn binding(line: &str) -> Binding {
    let words: Vec<&str> = line.split(' ').collect();
    let (kind, name) = words[3].split_once(':').unwrap_or((words[3], CLUSTER_NAME));
    let (name, pattern_type) = match name.strip_suffix('*') {
        Some(prefix) if !prefix.is_empty() => (prefix, PatternType::Prefixed),
        _ => (name, PatternType::Literal),
    };
    Binding {
        resource_type: kind.parse().unwrap(),
        resource_name: name.into(),
        pattern_type,
        principal: words[0].into(),
        host: words.get(4).copied().unwrap_or("*").into(),
        operation: words[2].parse().unwrap(),
        permission_type: words[1].parse().unwrap(),
    }
}

fn ask<'a>(principal: &'a str, operation: O, resource: &'a str) -> Request<'a> {
    let (kind, name) = resource.split_once(':').unwrap_or((resource, CLUSTER_NAME));
    let resource_type = kind.parse().unwrap();
    Request { principal, host: None, operation, resource_type, name }
}

fn decision(lines: &[&str], request: &Request<'_>) -> (bool, &'static str, Option<String>) {
    let bindings: Vec<Binding> = lines.iter().map(|line| binding(line)).collect();
    let decision = reference::decide(&bindings, &Assumptions::default(), request);
    let by = decision.reason.binding().map(ToString::to_string);
    (decision.allowed, decision.reason.name(), by)
}

#[track_caller]
fn assert_decision(lines: &[&str], request: &Request<'_>, expected: (bool, &str, Option<&str>)) {
    let (allowed, reason, by) = decision(lines, request);
    assert_eq!((allowed, reason, by.as_deref()), expected);
}

#[test]
fn a_denial_wins_whatever_the_pattern() {
    assert_decision(
        &["User:a allow read topic:orders", "User:* deny read topic:*"],
        &ask("User:a", O::Read, "topic:orders"),
        (false, "deny", Some("User:* DENY READ on topic:*")),
    );
}

#[test]
fn only_an_allow_implies() {
    let read = ask("User:a", O::Read, "topic:t");
    let describe = ask("User:a", O::Describe, "topic:t");
    let allow = ["User:a allow read topic:t"];
    assert_decision(&allow, &describe, (true, "allow", Some("User:a ALLOW READ on topic:t")));
    let denied = ["User:a allow read topic:t", "User:a deny describe topic:t"];
    assert_decision(&denied, &read, (true, "allow", Some("User:a ALLOW READ on topic:t")));
    assert!(!decision(&denied, &describe).0);
    let deny_read = ["User:a allow all topic:t", "User:a deny read topic:t"];
    assert!(decision(&deny_read, &describe).0);
    assert!(!decision(&["User:a allow create topic:t"], &describe).0);
    let configs = ask("User:a", O::DescribeConfigs, "topic:t");
    assert!(decision(&["User:a allow alter-configs topic:t"], &configs).0);
    assert!(
        !decision(&["User:a allow alter-configs topic:t"], &describe).0,
        "ALTER_CONFIGS implies DESCRIBE_CONFIGS and not DESCRIBE"
    );
}

#[test]
fn principals_are_exact_and_everyone_is_of_every_type() {
    let read = |principal| ask(principal, O::Read, "topic:t");
    assert!(decision(&["User:* allow read topic:t"], &read("Group:x")).0);
    assert!(!decision(&["Group:* allow read topic:t"], &read("Group:x")).0);
    assert!(!decision(&["User:a* allow read topic:t"], &read("User:ab")).0);
    assert!(!decision(&["User:A allow read topic:t"], &read("User:a")).0);
}

#[test]
fn prefixed_star_is_names_that_begin_with_a_star() {
    let mut star = binding("User:a allow read topic:t");
    star.resource_name = "*".into();
    star.pattern_type = PatternType::Prefixed;
    let decide = |name| {
        let request = ask("User:a", O::Read, name);
        reference::decide([&star], &Assumptions::default(), &request).allowed
    };
    assert!(!decide("topic:orders"));
    assert!(decide("topic:*orders"));
}

#[test]
fn everything_is_not_what_begins_with_a_star() {
    let bindings = ["User:a allow read topic:*"];
    assert!(decision(&bindings, &ask("User:a", O::Read, "topic:orders")).0);
    assert!(decision(&bindings, &ask("User:a", O::Read, "topic:*")).0);
    assert!(!decision(&bindings, &ask("User:a", O::Read, "topic:*orders")).0);
}

#[test]
fn the_default_rule_looks_at_resources_only() {
    let open = Assumptions { allow_everyone_if_no_acl_found: true, ..Assumptions::default() };
    let request = ask("User:a", O::Read, "topic:orders");
    let other = [binding("User:b deny write topic:or*")];
    let none: [Binding; 0] = [];
    assert_eq!(reference::decide(&none, &open, &request).reason, Reason::DefaultRule);
    assert_eq!(reference::decide(&other, &open, &request).reason, Reason::NoMatch);
}

#[test]
fn super_users_pass_before_any_binding() {
    let assumptions = Assumptions { super_users: vec!["User:a".into()], ..Assumptions::default() };
    let bindings = [binding("User:* deny all topic:*")];
    let decide = |principal| {
        reference::decide(&bindings, &assumptions, &ask(principal, O::Read, "topic:t")).reason
    };
    assert_eq!(decide("User:a"), Reason::SuperUser);
    assert_eq!(decide("user:a"), Reason::Deny(&bindings[0]));
}

#[test]
fn hosts_match_as_text_and_ranges_only_where_the_cluster_has_them() {
    let bindings = [
        binding("User:a allow read topic:t 10.0.0.0/8"),
        binding("User:a allow write topic:t ::1"),
        binding("User:a allow delete topic:t 0:0:0:0:0:0:0:1"),
    ];
    let decide = |operation, host, cidr| {
        let request = Request { host, ..ask("User:a", operation, "topic:t") };
        let assumptions = Assumptions { cidr, ..Assumptions::default() };
        reference::decide(&bindings, &assumptions, &request).allowed
    };
    assert!(decide(O::Read, Some("10.1.2.3"), true));
    assert!(!decide(O::Read, Some("10.1.2.3"), false));
    assert!(!decide(O::Read, Some("11.1.2.3"), true));
    assert!(!decide(O::Read, None, true));
    assert!(!decide(O::Write, Some("0:0:0:0:0:0:0:1"), true));
    assert!(decide(O::Delete, Some("0:0:0:0:0:0:0:1"), false));
}

#[test]
fn a_host_includes_what_it_matches_whole() {
    for (wide, narrow, with_ranges, without) in [
        ("*", "*", true, true),
        ("*", "10.0.0.1", true, true),
        ("*", "10.0.0.0/8", true, true),
        ("10.0.0.1", "*", false, false),
        ("10.0.0.1", "10.0.0.1", true, true),
        ("10.0.0.1", "10.0.0.2", false, false),
        ("10.0.0.1", "10.0.0.1/32", false, false),
        ("10.0.0.0/8", "*", false, false),
        ("10.0.0.0/8", "10.0.0.0/8", true, true),
        ("10.0.0.0/8", "10.9.9.9/8", true, false),
        ("10.0.0.0/8", "10.0.0.0/24", true, false),
        ("10.0.0.0/24", "10.0.0.0/8", false, false),
        ("10.0.0.0/8", "11.0.0.0/24", false, false),
        ("10.0.0.0/8", "10.0.0.1", true, false),
        ("10.0.0.0/8", "11.0.0.1", false, false),
    ] {
        let includes = |cidr| host_includes(&wide.into(), &narrow.into(), cidr);
        assert_eq!((includes(true), includes(false)), (with_ranges, without), "{narrow} in {wide}");
    }
}

#[test]
fn a_client_is_compared_as_text_whatever_the_text() {
    let bindings = [binding("User:a allow read topic:t 10.0.0.0/8")];
    for (host, allowed) in [("10.0.0.0/8", true), ("10.0.0.0/9", false), ("10.0.0.1", false)] {
        let request = Request { host: Some(host), ..ask("User:a", O::Read, "topic:t") };
        let none = Assumptions::default();
        assert_eq!(reference::decide(&bindings, &none, &request).allowed, allowed, "{host}");
        assert_eq!(Authorizer::new(&bindings, &none).decide(&request).allowed, allowed, "{host}");
    }
}

#[test]
fn what_this_version_does_not_know_matches_nothing() {
    assert!(!pattern_covers(PatternType::Unknown(9), "t", "t"));
    assert!(OperationSet::one(O::Unknown(77)).is_empty());
    for operation in O::ALL {
        assert!(OperationSet::one(*operation).iter().eq([*operation]), "{operation}");
    }
    assert!(OperationSet::of_type(ResourceType::Unknown(99)).is_empty());
    let known = binding("User:a allow read topic:t");
    let none = Assumptions::default();
    for unknown in [
        Binding { pattern_type: PatternType::Unknown(9), ..known.clone() },
        Binding { operation: O::Unknown(77), ..known.clone() },
        Binding { permission_type: PermissionType::Unknown(9), ..known },
    ] {
        let request = ask("User:a", O::Read, "topic:t");
        assert_eq!(reference::decide([&unknown], &none, &request).reason, Reason::NoMatch);
        assert_eq!(Authorizer::new([&unknown], &none).decide(&request).reason, Reason::NoMatch);
    }
}

#[test]
fn sets_of_operations() {
    let [read, write] = [O::Read, O::Write].map(OperationSet::one);
    let both = read.union(write);
    assert!(both.iter().eq([O::Read, O::Write]));
    assert_eq!(both.union(read), both);
    assert_eq!((both.intersection(write), read.intersection(write)), (write, OperationSet::EMPTY));
    assert_eq!((both.without(write), read.without(write)), (read, read));
    assert_eq!((both.is_empty(), OperationSet::EMPTY.is_empty()), (false, true));
    assert_eq!([O::Read, O::Write, O::All].map(|o| both.contains(o)), [true, true, false]);
}

#[test]
fn a_binding_speaks_of_what_may_be_asked_of_the_type() {
    for (line, operations) in [
        ("User:a allow read topic:t", &[O::Read, O::Describe][..]),
        ("User:a deny read topic:t", &[O::Read]),
        ("User:a allow create topic:t", &[O::Create]),
        ("User:a allow alter-configs topic:t", &[O::DescribeConfigs, O::AlterConfigs]),
        ("User:a allow all delegation-token:t", &[O::Describe]),
        ("User:a deny all delegation-token:t", &[O::Describe]),
        ("User:a allow alter delegation-token:t", &[O::Describe]),
        ("User:a allow cluster-action topic:t", &[]),
    ] {
        let set = OperationSet::of_binding(&binding(line));
        assert!(set.iter().eq(operations.iter().copied()), "{line}: {set:?}");
    }
}

#[test]
fn write_on_any_topic_stands_in_for_idempotent_write() {
    let request = ask("User:a", O::IdempotentWrite, "cluster");
    let any = |lines: &[&str]| {
        let bindings: Vec<Binding> = lines.iter().map(|line| binding(line)).collect();
        let decision = reference::decide(&bindings, &Assumptions::default(), &request);
        assert!(!decision.any_topic || decision.allowed);
        decision.any_topic
    };
    assert!(any(&["User:a allow write topic:t"]));
    assert!(any(&["User:a allow write topic:t", "User:a deny idempotent-write cluster"]));
    assert!(any(&["User:a allow write topic:ab*", "User:a deny write topic:abc*"]));
    assert!(any(&["User:a allow write topic:*", "User:a deny write topic:t*"]));
    assert!(any(&["User:a allow write topic:ab*", "User:a deny write topic:ab"]));
    assert!(any(&[
        "User:a allow write topic:*",
        "User:a deny write topic:h",
        "User:a deny write topic:h*"
    ]));
    assert!(!any(&["User:a allow write topic:t", "User:a deny write topic:t"]));
    assert!(!any(&["User:a allow write topic:ab*", "User:a deny all topic:a*"]));
    assert!(!any(&["User:a allow write topic:ab", "User:* deny write topic:*"]));
    assert!(!any(&["User:a allow idempotent-write cluster", "User:a allow write topic:t"]));
    assert!(!any(&["User:a allow read topic:t"]));
}

#[test]
fn write_on_any_topic_stands_in_for_nothing_else() {
    let bindings = [binding("User:a allow write topic:t")];
    for (operation, resource, stands_in) in [
        (O::IdempotentWrite, "cluster", true),
        (O::IdempotentWrite, "cluster:kafka", false),
        (O::IdempotentWrite, "topic:kafka-cluster", false),
        (O::Alter, "cluster", false),
        (O::Write, "topic:kafka-cluster", false),
    ] {
        let request = ask("User:a", operation, resource);
        let none = Assumptions::default();
        let decision = reference::decide(&bindings, &none, &request);
        assert_eq!((decision.allowed, decision.any_topic), (stands_in, stands_in), "{request:?}");
        assert_eq!(Authorizer::new(&bindings, &none).decide(&request), decision, "{request:?}");
    }
}

#[test]
fn an_allow_on_everything_is_dominated_by_a_denial_of_everything_only() {
    let mut star = binding("User:a deny write topic:x");
    star.resource_name = "*".into();
    star.pattern_type = PatternType::Prefixed;
    let bindings = [
        binding("User:a allow write topic:*"),
        // The name that Kafka tries first is denied, and what begins with a star.
        binding("User:a deny write topic:h*"),
        star,
    ];
    let request = ask("User:a", O::IdempotentWrite, "cluster");
    let decision = reference::decide(&bindings, &Assumptions::default(), &request);
    assert_eq!((decision.any_topic, decision.reason), (true, Reason::Allow(&bindings[0])));
}

#[test]
fn of_any_topic_the_allow_on_everything_is_named_then_the_first() {
    let mut star = binding("User:* allow write topic:x");
    star.resource_name = "*".into();
    star.pattern_type = PatternType::Prefixed;
    let everything = binding("User:a allow all topic:*");
    let [literal, prefix] =
        ["User:* allow write topic:a", "User:* allow write topic:b*"].map(binding);
    let mut left = vec![&literal, &everything, &prefix, &star];
    for named in [&everything, &star, &literal, &prefix] {
        assert_eq!(any_topic::undominated(left.iter().copied()), Reason::Allow(named));
        left.retain(|binding| *binding != named);
    }
    assert_eq!(any_topic::undominated(left.into_iter()), Reason::NoMatch);
    let [first, second] = ["User:* deny write topic:*", "User:a deny write topic:*"].map(binding);
    for denied in [[&first, &second, &everything], [&everything, &second, &first]] {
        assert_eq!(any_topic::undominated(denied.into_iter()), Reason::Deny(&first));
    }
}

#[test]
fn the_most_specific_binding_is_named() {
    let lines = [
        "User:* allow all topic:*",
        "User:a allow all topic:or*",
        "User:a allow describe topic:orders",
        "User:a allow read topic:orders",
        "User:* allow read topic:orders",
        "User:a allow all topic:orders",
        "User:a allow read topic:ord*",
        "User:a allow create topic:o*",
        "User:* allow create topic:o*",
        "User:a allow alter topic:o*",
        "User:* allow alter topic:ord*",
    ];
    let by = |operation| decision(&lines, &ask("User:a", operation, "topic:orders")).2.unwrap();
    assert_eq!(by(O::Read), "User:a ALLOW READ on topic:orders");
    assert_eq!(by(O::Describe), "User:a ALLOW DESCRIBE on topic:orders");
    assert_eq!(by(O::Write), "User:a ALLOW ALL on topic:orders");
    let lines = &lines[6..];
    let by = |operation| decision(lines, &ask("User:a", operation, "topic:orders")).2.unwrap();
    assert_eq!(by(O::Create), "User:a ALLOW CREATE on topic:o*");
    assert_eq!(by(O::Alter), "User:* ALLOW ALTER on topic:ord*");
    assert_eq!(by(O::Describe), "User:a ALLOW READ on topic:ord*");
}

#[test]
fn those_that_match_come_the_most_specific_first() {
    let lines = [
        "User:* allow all topic:*",
        "User:a allow read topic:or*",
        "User:b allow read topic:orders",
        "User:* deny describe topic:orders",
        "User:a allow read topic:orders",
        "User:a allow describe topic:ord*",
    ];
    let bindings = lines.map(binding);
    let index = Authorizer::new(&bindings, &Assumptions::default());
    let request = ask("User:a", O::Describe, "topic:orders");
    let matching = index.matching(&request);
    assert!(matching.eq([4, 3, 5, 1, 0].map(|at| &bindings[at])));
}

#[test]
fn the_most_specific_host_is_named() {
    let bindings = [
        binding("User:a allow read topic:t"),
        binding("User:a allow read topic:t 10.0.0.0/8"),
        binding("User:a allow read topic:t 10.0.0.1"),
    ];
    let cidr = Assumptions { cidr: true, ..Assumptions::default() };
    let by = |host| {
        let request = Request { host, ..ask("User:a", O::Read, "topic:t") };
        let decision = reference::decide(&bindings, &cidr, &request);
        assert_eq!(Authorizer::new(&bindings, &cidr).decide(&request), decision);
        decision.reason.binding().map(|b| b.host.to_string()).unwrap()
    };
    assert_eq!(by(Some("10.0.0.1")), "10.0.0.1");
    assert_eq!(by(Some("10.0.0.2")), "10.0.0.0/8");
    assert_eq!(by(Some("11.0.0.1")), "*");
    assert_eq!(by(None), "*");
}

#[test]
fn a_decision_says_what_decided() {
    let allow = binding("User:a allow write topic:t");
    let deny = binding("User:* deny all topic:pii.*");
    let any_topic = Decision { any_topic: true, ..Decision::new(Reason::Allow(&allow)) };
    for (decision, name, allowed, sentence) in [
        (
            Decision::new(Reason::Allow(&allow)),
            "allow",
            true,
            "allowed by `User:a ALLOW WRITE on topic:t`",
        ),
        (
            any_topic,
            "allow",
            true,
            "allowed by `User:a ALLOW WRITE on topic:t`: WRITE on any topic stands in for IDEMPOTENT_WRITE",
        ),
        (
            Decision::new(Reason::Deny(&deny)),
            "deny",
            false,
            "denied by `User:* DENY ALL on topic:pii.*`",
        ),
        (Decision::new(Reason::SuperUser), "superUser", true, "allowed to a super user"),
        (
            Decision::new(Reason::DefaultRule),
            "defaultRule",
            true,
            "allowed by the default rule: no binding speaks of the resource",
        ),
        (Decision::new(Reason::NoMatch), "noMatch", false, "denied: no ALLOW matches"),
    ] {
        assert_eq!((decision.reason.name(), decision.allowed), (name, allowed));
        assert_eq!(decision.to_string(), sentence);
    }
}

#[test]
fn patterns_are_found_by_name_by_prefix_and_from_outside() {
    let lines = [
        "User:a allow read group:a",
        "User:a allow read topic:*",
        "User:b allow read topic:*",
        "User:a allow read topic:a",
        "User:a allow read topic:a*",
        "User:a allow read topic:ab*",
        "User:a allow read topic:ab",
        "User:a allow read topic:abc",
        "User:a allow read topic:b*",
    ];
    let mut bindings: Vec<Binding> = lines.iter().map(|line| binding(line)).collect();
    let star = |name: &str, pattern_type| Binding {
        resource_name: name.into(),
        pattern_type,
        ..binding("User:a allow read topic:x")
    };
    bindings.push(star("*", PatternType::Prefixed));
    bindings.push(star("*s", PatternType::Prefixed));
    bindings.push(star("ab", PatternType::Unknown(9)));
    let patterns = Patterns::new(&bindings);
    let topic = ResourceType::Topic;
    let shown = |bindings: &[&Binding]| -> Vec<String> {
        bindings.iter().map(|b| b.pattern().to_string().replace("topic:", "")).collect()
    };
    let all = ["*", "*"];
    let (star, starred) = ("{prefix: \"*\"}", "{prefix: \"*s\"}");
    for (name, of_name, of_prefix, inside) in [
        (
            "a",
            &["a", "a*", "*", "*"][..],
            &["a*", "*", "*"][..],
            &["a*", "a", "ab*", "ab", "abc"][..],
        ),
        ("ab", &["ab", "ab*", "a*", "*", "*"], &["ab*", "a*", "*", "*"], &["ab*", "ab", "abc"]),
        ("abc", &["abc", "ab*", "a*", "*", "*"], &["ab*", "a*", "*", "*"], &["abc"]),
        ("ac", &["a*", "*", "*"], &["a*", "*", "*"], &[]),
        ("c", &all, &all, &[]),
        ("*", &[star, "*", "*"], &[star], &[star, "*", "*", starred]),
        ("*sx", &[starred, star], &[starred, star], &[]),
    ] {
        let by_name: Vec<&Binding> = patterns.of_name(topic, name).flatten().copied().collect();
        assert_eq!(shown(&by_name), of_name, "of the name {name}");
        let by_prefix: Vec<&Binding> = patterns.of_prefix(topic, name).flatten().copied().collect();
        assert_eq!(shown(&by_prefix), of_prefix, "of the prefix {name}");
        assert_eq!(shown(patterns.inside(topic, name)), inside, "inside {name}");
    }
    assert_eq!(patterns.of_type(ResourceType::Group), [&bindings[0]]);
    assert_eq!(patterns.everything(topic).map(<[_]>::len), Some(2));
    assert_eq!(patterns.everything(ResourceType::Group), None);
}
