//! The plan: tables for each sentence of its description, properties for all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::acl::authorizer::{Assumptions, Authorizer, Request};
use crate::acl::desired::{
    Assertion, Document, NameScope, Place, PrincipalPattern, ResourceScope, Selector,
};
use crate::model::{Host, Operation, PatternType, PermissionType, ResourceType};

mod properties;

fn binding(text: &str) -> Binding {
    // `User:a allow read topic:orders*`
    let words: Vec<&str> = text.split(' ').collect();
    let (kind, name) = words[3].split_once(':').unwrap_or((words[3], "kafka-cluster"));
    let prefixed = name.len() > 1 && name.ends_with('*');
    Binding {
        principal: words[0].into(),
        permission_type: words[1].parse().unwrap(),
        operation: words[2].parse().unwrap(),
        resource_type: kind.parse().unwrap(),
        resource_name: if prefixed { name[..name.len() - 1].into() } else { name.into() },
        pattern_type: if prefixed { PatternType::Prefixed } else { PatternType::Literal },
        host: words.get(4).map_or_else(Host::any, |host| Host::from(*host)),
    }
}

fn bindings(texts: &[&str]) -> Vec<Binding> {
    texts.iter().map(|text| binding(text)).collect()
}

const HERE: Place = Place { document: 0, line: 1, column: 1, rule: None, bundled: false };

fn desired(scopes: &[Option<Selector>], wanted: &[Binding]) -> Desired {
    Desired {
        documents: scopes
            .iter()
            .map(|scope| Document {
                file: Arc::from("a.yaml"),
                owner: None,
                scope: scope.clone(),
                rules: Vec::new(),
            })
            .collect(),
        bindings: wanted.iter().map(|b| (b.clone(), vec![HERE])).collect::<BTreeMap<_, _>>(),
        ..Desired::default()
    }
}

fn principals(names: &[&str]) -> Selector {
    Selector {
        principals: names.iter().map(|name| PrincipalPattern::Exact((*name).into())).collect(),
        resources: Vec::new(),
    }
}

fn prune() -> Options {
    Options { prune: true, principal: None }
}

#[test]
fn each_binding_is_counted_once_and_in_the_right_place() {
    let wanted = bindings(&["User:a allow read topic:x", "User:a allow read topic:new"]);
    let mut live = bindings(&[
        "User:a allow read topic:x",
        "User:a allow read topic:old",
        "User:b allow read topic:x",
        "User:admin allow alter cluster",
    ]);
    live.push(Binding { operation: Operation::Unknown(77), ..live[0].clone() });
    let mut desired = desired(&[Some(principals(&["User:a", "User:admin"]))], &wanted);
    desired.protect = vec![principals(&["User:admin"])];

    let kept = plan(&desired, &live, &Options::default());
    assert_eq!(kept.create, bindings(&["User:a allow read topic:new"]));
    assert_eq!(kept.extra, bindings(&["User:a allow read topic:old"]));
    assert!(kept.delete.is_empty());
    assert_eq!(
        (kept.unchanged, kept.not_managed, kept.protected, kept.unknown, kept.in_scope),
        (1, 1, 2, 1, 4)
    );
    assert!(!kept.in_sync());

    let pruned = plan(&desired, &live, &prune());
    assert_eq!(pruned.delete, kept.extra);
    assert!(pruned.extra.is_empty());
}

#[test]
fn in_sync_is_nothing_to_create_delete_or_leave() {
    let one = bindings(&["User:a allow read topic:x"]);
    for (plan, in_sync, is_empty) in [
        (Plan::default(), true, true),
        (Plan { create: one.clone(), ..Plan::default() }, false, false),
        (Plan { delete: one.clone(), ..Plan::default() }, false, false),
        (Plan { extra: one, ..Plan::default() }, false, true),
    ] {
        assert_eq!((plan.in_sync(), plan.is_empty()), (in_sync, is_empty), "{plan:?}");
    }
}

#[test]
fn order_and_repetition_of_live_bindings_play_no_part() {
    let (one, two) = (binding("User:a allow read topic:x"), binding("User:b allow read topic:x"));
    let wanted = bindings(&["User:a allow write topic:x", "User:b allow read topic:x"]);
    let desired = desired(&[Some(Selector::default())], &wanted);
    let live = [two.clone(), one.clone(), two.clone(), one.clone()];
    let plan = plan(&desired, &live, &prune());
    assert_eq!((plan.unchanged, plan.in_scope), (1, 2));
    assert_eq!((plan.create.as_slice(), plan.delete.as_slice()), (&wanted[..1], &[one][..]));
    assert_eq!(plan.applied_to(&live), wanted);
}

#[test]
fn any_scope_manages() {
    let live = bindings(&[
        "User:a allow read topic:x",
        "User:b allow read topic:x",
        "User:c allow read topic:x",
        "User:d allow read topic:x",
    ]);
    let scopes = [Some(principals(&["User:b", "User:d"])), Some(principals(&["User:c"]))];
    let plan = plan(&desired(&scopes, &[]), &live, &prune());
    assert_eq!(plan.delete, live[1..]);
    assert_eq!((plan.in_scope, plan.not_managed), (3, 1));
}

#[test]
fn a_place_reads_as_file_line_and_column() {
    let desired = desired(&[None], &[]);
    assert_eq!(desired.place(Place { line: 12, column: 5, ..HERE }), "a.yaml:12:5");
}

#[test]
fn a_document_without_scope_only_adds() {
    let live = bindings(&["User:a allow read topic:old"]);
    let plan = plan(&desired(&[None], &[]), &live, &prune());
    assert!(plan.is_empty());
    assert_eq!(plan.not_managed, 1);
}

#[test]
fn a_binding_in_the_scope_of_one_document_is_kept_by_a_rule_of_another() {
    let live = bindings(&["User:a allow read topic:x"]);
    let scopes = [Some(principals(&["User:a"])), None];
    assert!(plan(&desired(&scopes, &live), &live, &prune()).in_sync());
}

#[test]
fn only_one_principal_when_so_asked() {
    let wanted = bindings(&["User:a allow read topic:x", "User:b allow read topic:x"]);
    let options = Options { prune: true, principal: Some("User:b".into()) };
    let live = bindings(&["User:a allow read topic:old", "User:b allow read topic:old"]);
    let plan = plan(&desired(&[Some(Selector::default())], &wanted), &live, &options);
    assert_eq!(plan.create, bindings(&["User:b allow read topic:x"]));
    assert_eq!((plan.delete.as_slice(), plan.in_scope), (&live[1..], 1));
}

#[test]
fn the_resources_of_a_scope() {
    let topic = |names| Selector {
        principals: Vec::new(),
        resources: vec![ResourceScope { resource_type: ResourceType::Topic, names }],
    };
    let prefix = topic(NameScope::Prefix("web.".into()));
    let literal = topic(NameScope::Literal("web.x".into()));
    let all = topic(NameScope::All);
    let nothing_named = topic(NameScope::Prefix("".into()));
    for (text, in_prefix, in_literal, in_all) in [
        ("User:a allow read topic:web.x", true, true, true),
        ("User:a allow read topic:web.*", true, false, true),
        ("User:a allow read topic:web.x*", true, false, true),
        ("User:a allow read topic:we*", false, false, true),
        ("User:a allow read topic:*", false, false, true),
        ("User:a allow read group:web.x", false, false, false),
        ("User:a allow alter cluster", false, false, false),
    ] {
        let binding = binding(text);
        assert_eq!(prefix.covers(&binding), in_prefix, "{text}");
        assert_eq!(literal.covers(&binding), in_literal, "{text}");
        assert_eq!(all.covers(&binding), in_all, "{text}");
    }
    assert!(!nothing_named.covers(&binding("User:a allow read topic:*")));
    let cluster = Selector { principals: Vec::new(), resources: vec![ResourceScope::cluster()] };
    let mut odd = binding("User:a allow alter cluster");
    odd.pattern_type = PatternType::Prefixed;
    assert!(cluster.covers(&odd));
}

#[test]
fn the_principals_of_a_scope() {
    let prefix = PrincipalPattern::Prefix("User:ds-".to_owned());
    assert!(prefix.covers(&"User:ds-ana".into()));
    assert!(!prefix.covers(&"User:ds".into()));
    let everyone = PrincipalPattern::Exact("User:*".into());
    assert!(everyone.covers(&"User:*".into()));
    assert!(!everyone.covers(&"User:a".into()));
}

fn codes(assessment: &Assessment) -> Vec<(GuardCode, bool)> {
    assessment.guards.iter().map(|guard| (guard.code, guard.overridden)).collect()
}

fn assessed(
    desired: &Desired,
    live: &[Binding],
    settings: &GuardSettings,
    open: bool,
) -> Assessment {
    let assumptions =
        Assumptions { allow_everyone_if_no_acl_found: open, ..Assumptions::default() };
    assess(&plan(desired, live, &prune()), desired, live, &assumptions, settings)
}

#[test]
fn losing_alter_on_the_cluster_is_a_lockout() {
    let live = bindings(&["User:ops allow alter cluster", "User:ops allow read topic:x"]);
    let desired = desired(&[Some(Selector::default())], &live[1..]);
    let strict = GuardSettings::default();
    assert_eq!(codes(&assessed(&desired, &live, &strict, false)), [(GuardCode::Lockout, false)]);
    let allowed = GuardSettings { allow_lockout: true, ..strict };
    assert_eq!(codes(&assessed(&desired, &live, &allowed, false)), [(GuardCode::Lockout, true)]);
}

#[test]
fn losing_anything_else_is_no_lockout() {
    let detail = |lost: &str| {
        let live = bindings(&[lost, "User:ops allow read topic:x"]);
        let desired = desired(&[Some(Selector::default())], &live[1..]);
        let guards = assessed(&desired, &live, &GuardSettings::default(), false).guards;
        guards.first().map(|guard| guard.details.join("\n"))
    };
    for (lost, told) in [
        ("User:ops allow describe cluster", None),
        ("User:ops allow alter topic:x", None),
        (
            "User:ops allow cluster-action cluster",
            Some("User:ops loses cluster-action on the cluster"),
        ),
        (
            "User:ops allow alter cluster 10.0.0.1",
            Some("User:ops loses alter on the cluster from 10.0.0.1"),
        ),
    ] {
        assert_eq!(detail(lost).as_deref(), told, "{lost}");
    }
    let wanted = bindings(&["User:ops allow alter cluster"]);
    assert!(
        codes(&assessed(&desired(&[None], &wanted), &[], &GuardSettings::default(), false))
            .is_empty()
    );
}

#[test]
fn an_administrator_who_sees_no_acl_any_more_is_locked_out() {
    let alter = "User:ops allow alter cluster";
    let live = bindings(&[alter]);
    let wanted = bindings(&[alter, "User:ops deny describe cluster"]);
    let as_ops =
        GuardSettings { as_principal: Some("User:ops".into()), ..GuardSettings::default() };
    let assessment = assessed(&desired(&[None], &wanted), &live, &as_ops, false);
    assert_eq!(codes(&assessment), [(GuardCode::Lockout, false)]);
    assert_eq!(
        assessment.guards[0].details,
        [
            "User:ops keeps alter on the cluster and loses describe, without which no ACL is seen",
            "User:ops, who applies this, could not see ACLs afterwards",
        ]
    );
}

#[test]
fn a_right_that_another_binding_covers_is_not_lost() {
    let live = bindings(&["User:ops allow alter cluster", "User:ops allow all cluster"]);
    let desired = desired(&[Some(Selector::default())], &live[1..]);
    assert!(codes(&assessed(&desired, &live, &GuardSettings::default(), false)).is_empty());
}

#[test]
fn a_deny_for_everyone_on_something_wide_is_a_lockout() {
    for (text, guarded) in [
        ("User:* deny read topic:*", true),
        ("User:* deny describe cluster", true),
        ("User:* deny read topic:__consumer_offsets", true),
        ("User:* deny read topic:__*", true),
        ("User:* deny read topic:pii.*", false),
        ("User:* deny read topic:pii", false),
        ("User:* deny read group:__consumer_offsets", false),
        ("User:a deny read topic:*", false),
        ("User:* allow read topic:*", false),
    ] {
        let desired = desired(&[None], &[binding(text)]);
        let guards = codes(&assessed(&desired, &[], &GuardSettings::default(), false));
        assert_eq!(!guards.is_empty(), guarded, "{text}");
    }
}

#[test]
fn who_applies_must_still_be_able_to() {
    let live = bindings(&["User:* allow alter cluster", "User:b allow alter cluster"]);
    let desired = desired(&[Some(Selector::default())], &live[1..]);
    let with = |name: &str| GuardSettings {
        as_principal: Some(name.into()),
        allow_lockout: true,
        ..GuardSettings::default()
    };
    let details = |name| assessed(&desired, &live, &with(name), false).guards[0].details.join("\n");
    assert!(details("User:ci").contains("User:ci, who applies this"));
    assert!(!details("User:b").contains("User:b, who applies this"));
    // DESCRIBE is not enough.
    let live = bindings(&["User:ci allow alter cluster", "User:ci allow describe cluster"]);
    let desired = self::desired(&[Some(Selector::default())], &live[1..]);
    let guards = assessed(&desired, &live, &with("User:ci"), false).guards;
    assert!(guards[0].details.join("\n").contains("User:ci, who applies this"));
}

#[test]
fn the_number_of_deletions_is_limited() {
    let live = |n: usize| -> Vec<Binding> {
        (0..n).map(|i| binding(&format!("User:a allow read topic:t{i:04}"))).collect()
    };
    let guarded = |live: &[Binding], deletes: usize, most: Option<usize>| {
        let desired = desired(&[Some(Selector::default())], &live[deletes..]);
        let settings = GuardSettings { max_deletes: most, ..GuardSettings::default() };
        let codes = codes(&assessed(&desired, live, &settings, false));
        assert!(codes.is_empty() || codes == [(GuardCode::MaxDeletes, false)], "{codes:?}");
        !codes.is_empty()
    };
    // At least 10 whatever the size, a quarter in between, at most 100.
    assert!(!guarded(&live(12), 10, None));
    assert!(guarded(&live(12), 11, None));
    assert!(!guarded(&live(80), 20, None));
    assert!(guarded(&live(80), 21, None));
    assert!(!guarded(&live(1000), 100, None));
    assert!(guarded(&live(1000), 101, None));
    let message = |deletes: usize, most: Option<usize>| {
        let live = live(12);
        let desired = desired(&[Some(Selector::default())], &live[deletes..]);
        let settings = GuardSettings { max_deletes: most, ..GuardSettings::default() };
        assessed(&desired, &live, &settings, false).guards.remove(0).message
    };
    assert_eq!(message(1, Some(0)), "the plan deletes 1 binding, `--max-deletes` allows 0");
    assert_eq!(message(2, Some(0)), "the plan deletes 2 bindings, `--max-deletes` allows 0");
    assert_eq!(
        message(11, None),
        "the plan deletes 11 of the 12 bindings in scope, 10 are allowed without being asked for"
    );
    // An explicit number is exact.
    assert!(guarded(&live(12), 1, Some(0)));
    assert!(!guarded(&live(12), 1, Some(1)));
    assert!(!guarded(&live(1000), 500, Some(500)));
}

#[test]
fn an_empty_desired_state_of_a_scope_is_guarded() {
    let live = bindings(&["User:a allow read topic:x", "User:b allow read topic:x"]);
    let scopes = [Some(principals(&["User:a"])), Some(principals(&["User:b"]))];
    let desired = desired(&scopes, &live[1..]);
    let guards = assessed(&desired, &live, &GuardSettings::default(), false);
    assert_eq!(codes(&guards), [(GuardCode::Empty, false)]);
    assert_eq!(guards.loses_all, ["User:a".into()]);
    // Of one that wants anything, something may go.
    let wanted = bindings(&["User:a allow write topic:x", "User:b allow read topic:x"]);
    let desired = self::desired(&scopes, &wanted);
    assert!(codes(&assessed(&desired, &live, &GuardSettings::default(), false)).is_empty());
    // A scope that was empty before loses nothing.
    let desired = self::desired(&scopes, &bindings(&["User:b allow write topic:x"]));
    assert!(codes(&assessed(&desired, &live[1..], &GuardSettings::default(), false)).is_empty());
}

#[test]
fn who_keeps_or_gets_a_binding_does_not_lose_all() {
    let live = bindings(&[
        "User:a allow read topic:x",
        "User:a allow read topic:y",
        "User:b allow read topic:x",
        "User:b allow read topic:y",
        "User:c allow read topic:x",
    ]);
    let wanted = bindings(&["User:b allow read topic:y", "User:c allow read topic:new"]);
    let desired = desired(&[Some(Selector::default())], &wanted);
    let loses = assessed(&desired, &live, &GuardSettings::default(), false).loses_all;
    assert_eq!(loses, ["User:a".into()]);
}

#[test]
fn failing_tests_refuse_and_are_findings() {
    let ask = |principal: &str, operation| Assertion {
        principal: principal.into(),
        host: None,
        allowed: true,
        operation,
        resource_type: ResourceType::Topic,
        resource_name: "x".into(),
        place: HERE,
    };
    let wanted = bindings(&["User:a allow read topic:x", "User:* deny write topic:*"]);
    let desired = Desired {
        tests: vec![
            ask("User:a", Operation::Read),
            ask("User:a", Operation::Write),
            ask("User:b", Operation::Read),
        ],
        ..desired(&[None], &wanted)
    };
    let assessed = |options: &Options, settings: &GuardSettings| {
        let plan = plan(&desired, &[], options);
        assess(&plan, &desired, &[], &Assumptions::default(), settings)
    };
    let overriding = GuardSettings { allow_lockout: true, ..GuardSettings::default() };
    let all = assessed(&Options::default(), &overriding);
    assert_eq!(codes(&all), [(GuardCode::Lockout, true), (GuardCode::Tests, false)]);
    assert_eq!(all.refusals().map(|guard| guard.code).collect::<Vec<_>>(), [GuardCode::Tests]);
    assert_eq!(
        all.findings(),
        [
            "lockout: the plan could lock administrators or everyone out: new: User:* DENY WRITE on topic:*",
            "tests: 2 of 3 tests fail on the state that the plan leads to: ",
            "test 0: passed",
            "test 1: failed",
            "test 2: failed",
        ]
    );
    let one = Desired { tests: desired.tests[1..2].to_vec(), ..desired.clone() };
    let plan_of_one = plan(&one, &[], &Options::default());
    let failing = assess(&plan_of_one, &one, &[], &Assumptions::default(), &overriding);
    assert_eq!(codes(&failing)[1..], [(GuardCode::Tests, false)]);
    assert_eq!(all.tests[0].binding.as_ref(), Some(&wanted[0]));
    assert_eq!(all.tests[1].reason, "denied by `User:* DENY WRITE on topic:*`");
    let passed = |options: &Options, settings: &GuardSettings| {
        let tests = assessed(options, settings).tests;
        tests.iter().map(|test| (test.index, test.passed)).collect::<Vec<_>>()
    };
    // Those of others are as they were.
    let only = |name: &str| Options { principal: Some(name.into()), ..Options::default() };
    assert_eq!(passed(&only("User:a"), &overriding), [(0, true), (1, false)]);
    assert_eq!(passed(&only("User:b"), &overriding), [(2, false)]);
    let skipping = GuardSettings { skip_tests: true, ..overriding.clone() };
    assert_eq!(passed(&Options::default(), &skipping), []);
    assert_eq!(codes(&assessed(&Options::default(), &skipping)), [(GuardCode::Lockout, true)]);
}

#[test]
fn guards_have_a_word() {
    use GuardCode::{Empty, Lockout, MaxDeletes, OpenDefault, Tests};
    let words = [Lockout, MaxDeletes, Empty, OpenDefault, Tests].map(GuardCode::word);
    assert_eq!(words, ["lockout", "maxDeletes", "empty", "openDefault", "tests"]);
}

#[test]
fn under_an_open_default_first_and_last_bindings_are_guarded() {
    let details = |wanted: &[&str], live: &[&str]| -> Vec<String> {
        let desired = desired(&[Some(Selector::default())], &bindings(wanted));
        let settings = GuardSettings { allow_empty: true, ..GuardSettings::default() };
        let assessment = assessed(&desired, &bindings(live), &settings, true);
        let open = assessment.guards.iter().find(|g| g.code == GuardCode::OpenDefault);
        open.map_or_else(Vec::new, |guard| guard.details.clone())
    };
    let (read, write) = ("User:a allow read topic:x", "User:a allow write topic:x");
    assert_eq!(
        details(&[read], &[]),
        ["topic:x gets its first binding and closes to everyone else"]
    );
    assert_eq!(
        details(&[], &[read]),
        ["topic:x is left without any binding and opens to everyone"]
    );
    assert!(details(&[read, write], &[read]).is_empty());
    assert!(details(&[write], &[read, write]).is_empty());
    // PREFIXED `*` is what begins with a star.
    let (star, everything) = ("User:a allow read topic:**", "User:a allow read topic:*");
    assert_eq!(
        details(&[star, everything], &[star]),
        ["topic:* gets its first binding and closes to everyone else"]
    );
    assert!(details(&[read, "User:b deny read topic:*"], &["User:b deny read topic:*"]).is_empty());
    assert!(details(&["User:a allow read topic:xy*"], &[]).len() == 1);
    assert!(
        details(&[write, "User:c allow read topic:x*"], &["User:c allow read topic:x*"]).is_empty()
    );
}

#[test]
fn phases_come_in_the_order_that_never_widens() {
    use Step::{CreateAllow, CreateDeny, DeleteAllow, DeleteDeny};
    let plan = Plan {
        create: bindings(&["User:a allow read topic:x", "User:a deny write topic:x"]),
        delete: bindings(&["User:b allow read topic:x", "User:b deny write topic:x"]),
        ..Plan::default()
    };
    let steps = |open| phases(&plan, open).iter().map(|phase| phase.step).collect::<Vec<_>>();
    assert_eq!(steps(false), [CreateDeny, CreateAllow, DeleteAllow, DeleteDeny]);
    assert_eq!(steps(true), [CreateAllow, CreateDeny, DeleteAllow, DeleteDeny]);
    assert!(phases(&Plan::default(), false).is_empty());
    let done: Vec<(&str, bool, Vec<&Binding>)> = phases(&plan, false)
        .into_iter()
        .map(|phase| (phase.step.describe(), phase.step.creates(), phase.bindings))
        .collect();
    assert_eq!(
        done,
        [
            ("creating the DENY bindings", true, vec![&plan.create[1]]),
            ("creating the ALLOW bindings", true, vec![&plan.create[0]]),
            ("deleting the ALLOW bindings", false, vec![&plan.delete[0]]),
            ("deleting the DENY bindings", false, vec![&plan.delete[1]]),
        ]
    );
}

#[test]
fn the_right_to_go_on_is_deleted_last() {
    use Step::{DeleteAllow, DeleteDeny};
    let plan = Plan {
        delete: bindings(&[
            "User:a allow all cluster:kafka-cluster",
            "User:a allow alter cluster:kafka-cluster",
            "User:a allow create cluster:kafka-cluster",
            "User:a deny create cluster:kafka-cluster",
            "User:b allow read topic:x",
            "User:b deny write topic:x",
        ]),
        ..Plan::default()
    };
    let done: Vec<(Step, Vec<String>)> = phases(&plan, false)
        .into_iter()
        .map(|phase| (phase.step, phase.bindings.iter().map(ToString::to_string).collect()))
        .collect();
    let expected = [
        (DeleteAllow, vec!["User:b ALLOW READ on topic:x"]),
        (DeleteDeny, vec!["User:b DENY WRITE on topic:x"]),
        (
            DeleteAllow,
            vec![
                "User:a ALLOW CREATE on cluster",
                "User:a ALLOW ALL on cluster",
                "User:a ALLOW ALTER on cluster",
            ],
        ),
        (DeleteDeny, vec!["User:a DENY CREATE on cluster"]),
    ];
    let expected = expected.map(|(step, all)| (step, all.into_iter().map(str::to_owned).collect()));
    assert_eq!(done, expected);
}
