//! Findings: those that are proven against decisions, the others by example.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::acl::authorizer::arbitrary::{assumptions, bindings, cases, request};
use crate::acl::authorizer::{Request, covers_name, host_matches, reference};
use crate::acl::desired::{Document, PrincipalPattern, Selector};
use crate::acl::file::Ignore;
use crate::model::{Operation, PatternType, PermissionType};

fn proven(findings: &[Finding]) -> Vec<&Binding> {
    let gone = findings.iter().filter(|f| matches!(f.code, Code::Redundant | Code::Shadowed));
    gone.flat_map(|finding| &finding.bindings).collect()
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn without_all_that_is_redundant_or_shadowed_every_decision_is_the_same(
        bindings in bindings(16),
        assumptions in assumptions(),
        requests in prop::collection::vec(request(), 60),
    ) {
        let findings = lint_bindings(&bindings, &assumptions, &Surroundings::default());
        let gone = proven(&findings);
        let rest: Vec<&Binding> = bindings.iter().filter(|b| !gone.contains(b)).collect();
        for request in &requests {
            prop_assert_eq!(
                reference::decide(&bindings, &assumptions, request).allowed,
                reference::decide(rest.iter().copied(), &assumptions, request).allowed,
                "{:?} without {:#?}", request, gone
            );
        }
    }

    #[test]
    fn what_is_weakened_gives_nobody_what_it_names(
        bindings in bindings(10),
        assumptions in assumptions(),
        requests in prop::collection::vec(request(), 60),
    ) {
        let findings = lint_bindings(&bindings, &assumptions, &Surroundings::default());
        let weakened = findings.iter().filter(|f| f.code == Code::Weakened);
        for binding in weakened.flat_map(|finding| &finding.bindings) {
            let concerns = |request: &&Request<'_>| {
                let same = binding.principal.as_str() == request.principal;
                let everyones = binding.principal.is_everyone()
                    && !assumptions.is_super_user(request.principal);
                (same || everyones)
                    && binding.operation == request.operation
                    && binding.resource_type == request.resource_type
                    && covers_name(binding, request.name)
                    && request.name != "*"
                    && host_matches(&binding.host, request.host, assumptions.cidr)
            };
            for request in requests.iter().filter(concerns) {
                let decision = reference::decide(&bindings, &assumptions, request);
                let by_topic = request.is_idempotent_write() && decision.allowed;
                prop_assert!(!decision.allowed || by_topic, "{:?}: {:?}", binding, request);
            }
        }
    }

    #[test]
    fn what_one_other_binding_covers_is_found(
        bindings in bindings(6),
        assumptions in assumptions(),
    ) {
        let findings = lint_bindings(&bindings, &assumptions, &Surroundings::default());
        let gone = proven(&findings);
        let says_all_of = |wide: &Binding, narrow: &Binding| {
            wide.permission_type == PermissionType::Allow
                && narrow.permission_type == PermissionType::Allow
                && wide.resource_type == narrow.resource_type
                && (wide.principal == narrow.principal || wide.principal.is_everyone())
                && (wide.host == narrow.host || wide.host.is_any())
                && (wide.operation == narrow.operation || wide.operation == Operation::All)
                && narrow.resource_type.supports(narrow.operation)
                && (wide.pattern() == narrow.pattern()
                    || (covers_name(wide, &narrow.resource_name)
                        && &*narrow.resource_name != "*"
                        && (narrow.pattern_type == PatternType::Literal
                            || wide.pattern_type == PatternType::Prefixed)))
                && matters(narrow, &assumptions)
                && wide != narrow
        };
        for narrow in &bindings {
            for wide in &bindings {
                let either = gone.contains(&narrow) || gone.contains(&wide);
                prop_assert!(
                    !says_all_of(wide, narrow) || either,
                    "{narrow} is covered by {wide} in {findings:#?}"
                );
            }
        }
    }

    #[test]
    fn a_denial_that_is_called_unused_denies_nothing(
        bindings in bindings(10),
        assumptions in assumptions(),
        requests in prop::collection::vec(request(), 40),
    ) {
        let findings = lint_bindings(&bindings, &assumptions, &Surroundings::default());
        for finding in findings.iter().filter(|f| f.code == Code::Unused) {
            let unused = &finding.bindings[0];
            let rest: Vec<&Binding> = bindings.iter().filter(|b| *b != unused).collect();
            for request in &requests {
                prop_assert_eq!(
                    reference::authorize(&bindings, &assumptions, request).allowed,
                    reference::authorize(rest.iter().copied(), &assumptions, request).allowed
                );
            }
        }
    }
}

/// Whether lint's proofs look at the binding: it concerns someone from somewhere.
fn matters(binding: &Binding, assumptions: &Assumptions) -> bool {
    let codes = [Code::InertHost, Code::InertRange, Code::InertResource, Code::SuperUser];
    let alone = lint_bindings(std::slice::from_ref(binding), assumptions, &Surroundings::default());
    !alone.iter().any(|finding| codes.contains(&finding.code))
}

/// `PRINCIPAL (allow|deny) OPERATION TYPE:NAME [HOST]`; `NAME*` is a prefix, `=NAME` verbatim.
fn binding(line: &str) -> Binding {
    let words: Vec<&str> = line.split(' ').collect();
    let (kind, name) = words[3].split_once(':').unwrap_or((words[3], "kafka-cluster"));
    let (name, pattern_type) = match (name.strip_prefix('='), name.strip_suffix('*')) {
        (Some(verbatim), _) => (verbatim, PatternType::Literal),
        (_, Some(prefix)) if !prefix.is_empty() => (prefix, PatternType::Prefixed),
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

fn parse(lines: &[&str]) -> Vec<Binding> {
    lines.iter().map(|line| binding(line)).collect()
}

fn found(lines: &[&str]) -> Vec<String> {
    found_with(lines, &Assumptions::default(), &Surroundings::default())
}

fn found_with(lines: &[&str], assumptions: &Assumptions, around: &Surroundings<'_>) -> Vec<String> {
    let mut found: Vec<String> = lint_bindings(&parse(lines), assumptions, around)
        .iter()
        .map(|f| format!("{} {} {}", f.severity.word(), f.code, f.bindings[0]))
        .collect();
    found.sort();
    found
}

#[test]
fn redundant_and_shadowed() {
    assert_eq!(
        found(&["User:a allow read topic:a*", "User:a allow read topic:a.b"]),
        ["warning redundant User:a ALLOW READ on topic:a.b"]
    );
    assert_eq!(
        found(&["User:* allow describe topic:*", "User:a allow describe topic:t"]),
        ["warning redundant User:a ALLOW DESCRIBE on topic:t"]
    );
    // Only both together.
    let all: Vec<String> = ["all", "describe"]
        .iter()
        .map(|operation| format!("User:a allow {operation} delegation-token:t"))
        .collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(found(&all), ["warning redundant User:a ALLOW DESCRIBE on delegation-token:t"]);
    assert_eq!(
        found(&["User:a allow write topic:a.b", "User:* deny all topic:a*"]),
        ["warning shadowed User:a ALLOW WRITE on topic:a.b"]
    );
    // … whoever else allows it.
    assert_eq!(
        found(&[
            "User:a allow write topic:a.b",
            "User:a deny all topic:a*",
            "User:* allow write topic:a*"
        ]),
        [
            "warning over-broad User:* ALLOW WRITE on topic:a*",
            "warning shadowed User:a ALLOW WRITE on topic:a.b"
        ]
    );
    // A DENY of READ leaves DESCRIBE.
    let weakened = ["warning weakened User:a ALLOW READ on topic:a.b"];
    assert_eq!(found(&["User:a allow read topic:a.b", "User:* deny read topic:a*"]), weakened);
    assert!(found(&["User:a allow read topic:a*", "User:* deny read topic:a.b"]).is_empty());
    assert!(found(&["User:a allow all topic:a.b", "User:* deny read topic:a*"]).is_empty());
    assert_eq!(
        found(&["User:a allow write topic:t", "User:a allow idempotent-write cluster"]),
        ["warning redundant User:a ALLOW IDEMPOTENT_WRITE on cluster"]
    );
    assert!(found(&["User:a allow idempotent-write cluster"]).is_empty());
}

#[test]
fn describe_beside_read_is_custom() {
    assert!(found(&["User:a allow read topic:t", "User:a allow describe topic:t"]).is_empty());
    assert_eq!(
        found(&[
            "User:a allow read topic:t",
            "User:a allow describe topic:t",
            "User:a allow read topic:t*"
        ])
        .len(),
        2
    );
    assert!(found(&["User:a allow delete topic:t", "User:a allow describe topic:t"]).is_empty());
    assert_eq!(
        found(&["User:a allow all topic:t", "User:a allow describe topic:t"]),
        ["warning redundant User:a ALLOW DESCRIBE on topic:t"]
    );
}

#[test]
fn what_does_nothing() {
    assert_eq!(
        found(&[
            "User:a allow read topic:a db.acme",
            "User:a deny read topic:a ::1",
            "User:a allow read topic:a 10.0.0.0/8",
            "Group:* allow read topic:b",
            "User:x* allow read topic:b",
            "user:x deny read topic:b",
            "user-of:x allow read topic:b",
            "User:a allow create-tokens topic:c",
            "User:a allow alter cluster:kafka",
            "User:b allow read transactional-id:t",
        ]),
        [
            "error inert-host User:a DENY READ on topic:a from ::1",
            "error inert-principal user:x DENY READ on topic:b",
            "info unused user:x DENY READ on topic:b",
            "warning inert-host User:a ALLOW READ on topic:a from db.acme",
            "warning inert-operation User:a ALLOW CREATE_TOKENS on topic:c",
            "warning inert-operation User:b ALLOW READ on transactional-id:t",
            "warning inert-principal Group:* ALLOW READ on topic:b",
            "warning inert-principal User:x* ALLOW READ on topic:b",
            "warning inert-range User:a ALLOW READ on topic:a from 10.0.0.0/8",
            "warning inert-resource User:a ALLOW ALTER on cluster:kafka",
        ]
    );
    let cidr = Assumptions { cidr: true, ..Assumptions::default() };
    let range = ["User:a allow read topic:a 10.0.0.0/8"];
    assert!(found_with(&range, &cidr, &Surroundings::default()).is_empty());
}

#[test]
fn names_that_are_not_what_they_seem() {
    let mut star = binding("User:a allow read topic:x");
    star.resource_name = "*".into();
    star.pattern_type = PatternType::Prefixed;
    let codes = |binding: &Binding| -> Vec<Code> {
        let one = std::slice::from_ref(binding);
        lint_bindings(one, &Assumptions::default(), &Surroundings::default())
            .iter()
            .map(|f| f.code)
            .collect()
    };
    assert_eq!(codes(&star), [Code::PrefixedStar]);
    assert_eq!(codes(&binding("User:a allow read topic:=orders.*")), [Code::LooksLikePattern]);
    assert_eq!(codes(&binding("User:a allow read group:#jobs")), [Code::BrokerLoop]);
    assert_eq!(codes(&binding("User:a allow read topic:*")), []);
    let mut blank = binding("User:a allow read group:g");
    blank.resource_name = "g\u{a0}".into();
    assert_eq!(codes(&blank), [Code::BlankAtEdge]);
    blank.resource_name = "g h".into();
    assert_eq!(codes(&blank), []);
    blank.principal = "User: a".into();
    assert_eq!(codes(&blank), [Code::BlankAtEdge]);
    let found = lint_bindings(&[blank.clone()], &Assumptions::default(), &Surroundings::default());
    assert!(found[0].fix.contains("write `User:a`, unless"), "{found:?}");
}

#[test]
fn too_much() {
    assert_eq!(
        found(&[
            "User:* allow write topic:t",
            "User:* allow read topic:t",
            "User:a allow all group:*",
            "User:a allow all cluster",
            "User:* deny all topic:t.x",
        ]),
        [
            "info unused User:* DENY ALL on topic:t.x",
            "warning over-broad User:* ALLOW WRITE on topic:t",
            "warning over-broad User:a ALLOW ALL on group:*",
        ]
    );
}

#[test]
fn unknown_topics_and_users() {
    let topics = ["orders".into(), "web.clicks".into()];
    let users = ["User:ana".into()];
    let around = Surroundings { topics: Some(&topics), users: Some(&users) };
    let lines = [
        "User:ana allow read topic:order",
        "User:ana allow read topic:web*",
        "User:ana allow create topic:new*",
        "User:bo allow read topic:orders",
        "User:ana allow read topic:*",
    ];
    let findings = lint_bindings(&parse(&lines), &Assumptions::default(), &around);
    let of = |code| -> Vec<(&str, &str)> {
        let findings = findings.iter().filter(|f| f.code == code);
        findings.map(|f| (f.reason.as_str(), f.fix.as_str())).collect()
    };
    assert_eq!(
        of(Code::UnknownTopic),
        [
            ("no topic that can be seen begins with `new`", "create the topic, or drop the rule"),
            ("the cluster has no topic `order`", "did you mean `orders`?"),
        ]
    );
    assert_eq!(of(Code::UnknownUser).len(), 1);
}

/// Two documents of two owners; each line is a rule of the document it names, `+` before it a verb.
fn desired(rules: &[(u32, &str)]) -> Desired {
    let document = |file: &str, owner: &str| Document {
        file: Arc::from(file),
        owner: Some(owner.to_owned()),
        scope: Some(Selector {
            principals: vec![PrincipalPattern::Prefix("User:".to_owned())],
            resources: Vec::new(),
        }),
        rules: Vec::new(),
    };
    let mut desired = Desired {
        documents: vec![document("a.yaml", "team-a"), document("b.yaml", "team-b")],
        ..Desired::default()
    };
    for ((document, text), line) in rules.iter().zip(10..) {
        let of = &mut desired.documents[*document as usize].rules;
        let rule = u32::try_from(of.len()).unwrap();
        let (text, bundled) = text.strip_prefix('+').map_or((*text, false), |text| (text, true));
        let place = Place { document: *document, line, column: 5, rule: Some(rule), bundled };
        of.push(place);
        for line in text.split(", ") {
            desired.bindings.entry(binding(line)).or_default().push(place);
        }
    }
    desired
}

fn of_files(desired: &Desired) -> Vec<String> {
    lint_files(desired, &Assumptions::default(), &Surroundings::default())
        .iter()
        .filter(|f| f.code != Code::ScopeOverlap)
        .map(|f| {
            let place = f.place.as_ref().map_or(0, |place| place.line);
            format!("{} {} at {place}, {} bindings", f.severity.word(), f.code, f.bindings.len())
        })
        .collect()
}

#[test]
fn what_only_another_owner_covers_is_told_apart_and_of_one_rule_told_once() {
    let narrow = "User:x allow read topic:a.b, User:x allow describe topic:a.b";
    let wide = "User:x allow read topic:a*";
    assert_eq!(
        of_files(&desired(&[(0, narrow), (0, wide)])),
        ["warning redundant at 10, 2 bindings"]
    );
    assert_eq!(
        of_files(&desired(&[(0, narrow), (1, wide)])),
        ["info covered-by-other-owner at 10, 2 bindings"]
    );
    // What the owner's own DENY takes is shadowed, whatever another owner allows.
    let denied = "User:x allow describe topic:a.b";
    assert_eq!(
        of_files(&desired(&[(0, denied), (0, "User:x deny all topic:a.b"), (1, wide)])),
        ["warning shadowed at 10, 1 bindings"]
    );
    let many =
        "User:x allow read topic:a.b, User:x allow read topic:a.c, User:x allow read topic:a.d";
    let found = lint_files(
        &desired(&[(0, many), (0, wide)]),
        &Assumptions::default(),
        &Surroundings::default(),
    );
    let told: Vec<_> = found.iter().filter(|finding| finding.code == Code::Redundant).collect();
    assert_eq!(told.len(), 1);
    let reason = &told[0].reason;
    assert!(reason.ends_with(", and so it is with 2 more ACLs here"), "{reason}");
    assert_eq!(reason.matches("beside").count(), 1, "{reason}");
    assert_eq!(told[0].evidence.len(), 1, "what proves it is named once");
    let beside = "User:x allow read topic:t, User:x allow describe topic:t";
    assert!(of_files(&desired(&[(0, beside)])).is_empty());
    // Whatever else implies it, in another rule, is no reason to take it out of this one.
    assert!(of_files(&desired(&[(0, beside), (0, "User:x allow write topic:t")])).is_empty());
    let all = desired(&[(0, beside), (0, "User:x allow all topic:t")]);
    let found = lint_files(&all, &Assumptions::default(), &Surroundings::default());
    let reason = &found.iter().find(|f| f.code == Code::Redundant).unwrap().reason;
    assert!(reason.contains(" beside `User:x ALLOW ALL on topic:t`"), "{reason}");
    // A rule of its own may go.
    let apart = [(0, "User:x allow describe topic:t"), (0, "User:x allow read topic:t")];
    assert_eq!(of_files(&desired(&apart)).len(), 1);
}

#[test]
fn what_a_verb_brings_along_is_no_fault_and_what_can_go_is_told_with_what_stays() {
    let wide = "User:x allow describe topic:*";
    let produce = "User:x allow write topic:d, User:x allow describe topic:d";
    assert!(of_files(&desired(&[(0, wide), (0, &format!("+{produce}"))])).is_empty());
    // Of `allow` the operation alone can go.
    assert_eq!(
        of_files(&desired(&[(0, wide), (0, produce)])),
        ["warning redundant at 11, 1 bindings"]
    );
    // Of a verb one resource of several, or everything.
    let (read, group) =
        ("User:x allow read topic:x1, User:x allow describe topic:x1", "User:x allow read group:y");
    for (verb, fix) in [
        (format!("+{read}, {group}"), "take it out of the rule, which is needed for the rest"),
        (format!("+{read}"), "drop it"),
    ] {
        let files = desired(&[(0, "User:x allow read topic:x*"), (0, &verb)]);
        let found = lint_files(&files, &Assumptions::default(), &Surroundings::default());
        let found: Vec<_> = found
            .iter()
            .filter(|f| f.code == Code::Redundant)
            .map(|f| (&*f.fix, f.bindings.len()))
            .collect();
        assert_eq!(found, [(fix, 2)]);
    }
    // Whatever implies it.
    for operations in ["read, delete", "write", "alter", "delete"] {
        let rule: Vec<_> = operations.split(", ").chain(["describe"]).collect();
        let rule: Vec<_> = rule.iter().map(|o| format!("User:x allow {o} topic:t")).collect();
        assert!(of_files(&desired(&[(0, &rule.join(", "))])).is_empty(), "{operations}");
    }
}

#[test]
fn of_several_owners_only_the_one_who_has_both_is_told_to_drop_one() {
    let narrow = "User:x allow read topic:a.x";
    assert_eq!(
        of_files(&desired(&[(0, narrow), (1, "User:x allow read topic:a.*"), (1, narrow)])),
        [
            "info covered-by-other-owner at 10, 1 bindings",
            "info covered-by-other-owner at 10, 1 bindings",
            "warning redundant at 12, 1 bindings",
            "info covered-by-other-owner at 12, 1 bindings"
        ]
    );
}

#[test]
fn rules_that_repeat_others_and_scopes_that_overlap() {
    let rule = "User:x allow read topic:t";
    assert_eq!(
        of_files(&desired(&[(0, rule), (0, rule)])),
        ["warning duplicate at 11, 1 bindings"]
    );
    assert_eq!(
        of_files(&desired(&[(0, rule), (1, rule)])),
        [
            "info covered-by-other-owner at 10, 1 bindings",
            "info covered-by-other-owner at 11, 1 bindings"
        ]
    );
    let mut two = desired(&[(0, rule)]);
    let overlaps = |desired: &Desired| {
        let findings = lint_files(desired, &Assumptions::default(), &Surroundings::default());
        findings.iter().filter(|f| f.code == Code::ScopeOverlap).count()
    };
    assert_eq!(overlaps(&two), 1);
    two.documents[1].owner = Some("team-a".to_owned());
    assert_eq!(overlaps(&two), 0);
    two.documents[1].owner = Some("team-b".to_owned());
    two.documents[1].scope = Some(Selector {
        principals: vec![PrincipalPattern::Exact("Group:g".into())],
        resources: Vec::new(),
    });
    assert_eq!(overlaps(&two), 0);
}

#[test]
fn comments_silence_what_they_speak_of_and_must_say_why() {
    let files = desired(&[(0, "Group:* allow read topic:t"), (0, "Group:* allow read topic:u")]);
    let findings = lint_files(&files, &Assumptions::default(), &Surroundings::default());
    let ignore = |line, code: &str, reason: &str| Ignore {
        file: "a.yaml".into(),
        line,
        column: 5,
        code: code.to_owned(),
        reason: reason.to_owned(),
    };
    let after = |ignores: &[Ignore]| -> Vec<(Code, u32)> {
        silence(findings.clone(), ignores)
            .iter()
            .filter(|f| f.code != Code::ScopeOverlap)
            .map(|f| (f.code, f.place.as_ref().map_or(0, |place| place.line)))
            .collect()
    };
    let unused = silence(Vec::new(), &[ignore(3, "over-broad", "why")]);
    let place = unused[0].place.as_ref().map(|place| (place.line, place.column));
    assert_eq!(place, Some((3, 5)));
    let (first, second) = ((Code::InertPrincipal, 10), (Code::InertPrincipal, 11));
    assert_eq!(after(&[]), [first, second]);
    assert_eq!(after(&[ignore(10, "inert-principal", "why")]), [second]);
    assert_eq!(after(&[ignore(9, "inert-principal", "why")]), [second]);
    assert_eq!(
        after(&[ignore(10, "inert-principal", "")]),
        [first, second, (Code::IgnoreWithoutReason, 10)]
    );
    assert_eq!(
        after(&[ignore(10, "over-broad", "why"), ignore(10, "over-brod", "why")]),
        [first, second, (Code::UnusedIgnore, 10), (Code::UnusedIgnore, 10)]
    );
}

#[test]
fn codes_are_words_and_may_be_denied_or_allowed() {
    for code in Code::ALL {
        assert_eq!(code.word().parse::<Code>(), Ok(*code));
        assert!(!code.title().ends_with('.'));
    }
    assert_eq!("redundnt".parse::<Code>().unwrap_err().nearest, Some("redundant"));
    let lines = parse(&["User:* allow write topic:t", "Group:* allow read topic:t"]);
    let findings = lint_bindings(&lines, &Assumptions::default(), &Surroundings::default());
    let judged = judge(findings, &[Code::OverBroad], &[Code::InertPrincipal]);
    let judged: Vec<_> = judged.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(judged, [(Code::OverBroad, Severity::Error)]);
}
