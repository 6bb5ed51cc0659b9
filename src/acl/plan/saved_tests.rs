//! A saved plan comes back whole, and differs wherever what it was made of differs.

use super::super::{Guard, GuardCode, TestOutcome};
use super::*;
use crate::acl::access::{AccessPart, Change};
use crate::acl::desired::PrincipalPattern;
use crate::model::{Host, Operation, PatternType, PermissionType, ResourceType};

fn binding(name: &str) -> Binding {
    Binding {
        resource_type: ResourceType::Topic,
        resource_name: name.into(),
        pattern_type: PatternType::Literal,
        principal: "User:a".into(),
        host: Host::any(),
        operation: Operation::Read,
        permission_type: PermissionType::Allow,
    }
}

fn selector(principal: &str) -> Selector {
    Selector { principals: vec![PrincipalPattern::Exact(principal.into())], resources: Vec::new() }
}

fn desired() -> Desired {
    let place = Place { document: 0, line: 3, column: 5, rule: Some(0), bundled: false };
    Desired {
        documents: vec![Document {
            file: Arc::from("a.yaml"),
            owner: Some("web".to_owned()),
            scope: Some(selector("User:a")),
            rules: vec![place],
        }],
        bindings: [(binding("new"), vec![place])].into(),
        protect: vec![selector("User:admin")],
        tests: vec![Assertion {
            principal: "User:a".into(),
            host: Some("10.0.0.1".into()),
            allowed: false,
            operation: Operation::Write,
            resource_type: ResourceType::Topic,
            resource_name: "t".into(),
            place,
        }],
        ..Desired::default()
    }
}

fn plan() -> Plan {
    Plan {
        create: vec![binding("new")],
        delete: vec![binding("old")],
        extra: vec![binding("extra")],
        ..Plan::default()
    }
}

fn assessment() -> Assessment {
    let excepted = AccessPart {
        principal: None,
        pattern_type: PatternType::Prefixed,
        resource_name: "new.".into(),
        host: Host::any(),
    };
    Assessment {
        access: vec![AccessChange {
            principal: "User:a".into(),
            host: Host::any(),
            operation: Operation::Read,
            resource_type: ResourceType::Topic,
            pattern_type: PatternType::Literal,
            resource_name: "new".into(),
            change: Change::Gains,
            already: vec![AccessPart { principal: Some("User:b".into()), ..excepted.clone() }],
            except: vec![excepted],
        }],
        tests: vec![TestOutcome { index: 0, passed: true, reason: String::new(), binding: None }],
        guards: vec![Guard {
            code: GuardCode::Empty,
            message: "empty".to_owned(),
            details: vec!["one".to_owned(), "two".to_owned()],
            flag: "--allow-empty".to_owned(),
            overridden: true,
        }],
        loses_all: Vec::new(),
    }
}

fn saved() -> SavedPlan {
    let parts = Parts {
        desired: &desired(),
        options: &Options { prune: true, principal: Some("User:a".into()) },
        guards: &GuardSettings { max_deletes: Some(7), ..GuardSettings::default() },
        assumptions: &Assumptions { cidr: true, ..Assumptions::default() },
    };
    let live = [binding("old"), binding("extra")];
    SavedPlan::new(&parts, &plan(), &assessment(), &live, "c1", "2026-01-01T00:00:00Z".to_owned())
}

#[test]
fn it_comes_back_whole() {
    let saved = saved();
    let text = saved.to_json();
    assert!(text.ends_with("}\n"));
    let read = SavedPlan::from_json(&text).unwrap();
    assert_eq!(format!("{read:?}"), format!("{saved:?}"));
    assert_eq!((read.cluster_id.as_str(), read.guards.max_deletes), ("c1", Some(7)));
    assert!(read.assumptions.cidr);
    assert_eq!(read.options(), Options { prune: true, principal: Some("User:a".into()) });
    let (back, was) = (read.desired(), desired());
    assert!(back.binding_set().eq(was.binding_set()));
    assert_eq!((back.protect, back.tests), (was.protect, was.tests));
    let document = &back.documents[0];
    assert_eq!((&*document.file, document.owner.as_deref()), ("a.yaml", Some("web")));
    assert_eq!(document.scope, was.documents[0].scope);
    assert_eq!(back.cluster.map(|(id, _)| id).as_deref(), Some("c1"));
}

#[test]
fn what_was_not_saved_so_is_refused() {
    let text = saved().to_json();
    let refused = |from: &str, to: &str| {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "`{from}` is there");
        SavedPlan::from_json(&edited).unwrap_err()
    };
    assert_eq!(refused("\"prune\": true", "\"prune\": false"), SavedPlanError::Edited);
    assert_eq!(refused("\"new\"", "\"other\""), SavedPlanError::Edited);
    assert_eq!(refused("\"format\": 1", "\"format\": 2"), SavedPlanError::Format(2));
    for (from, to, piece) in [
        ("\"AclSavedPlan\"", "\"AclPlan\"", "its kind is `AclPlan`"),
        ("\"format\": 1", "\"format\": null", "it has no `format`"),
        ("\"prune\": true", "\"prune\": 1", "invalid type"),
        ("\"prune\": true", "\"prone\": true", "unknown field `prone`"),
        ("{", "", "this is not a plan saved by `plan --out`"),
    ] {
        let why = refused(from, to).to_string();
        assert!(why.contains(piece), "{why}");
    }
    assert!(refused("\"format\": 1", "\"format\": 2").to_string().contains("has format 2"));
    assert!(SavedPlanError::Edited.to_string().contains("edited or damaged"));
}

#[test]
fn it_still_is_what_was_reviewed_only_if_nothing_differs() {
    let saved = saved();
    assert!(saved.still_is(&plan(), &assessment()));
    for other in [
        Plan { create: Vec::new(), ..plan() },
        Plan { delete: Vec::new(), ..plan() },
        Plan { extra: Vec::new(), ..plan() },
    ] {
        assert!(!saved.still_is(&other, &assessment()), "{other:?}");
    }
    let access = Assessment { access: Vec::new(), ..assessment() };
    assert!(!saved.still_is(&plan(), &access));
    let findings = Assessment { guards: Vec::new(), ..assessment() };
    assert!(!saved.still_is(&plan(), &findings));
}

#[test]
fn what_changed_is_told_binding_by_binding() {
    let (saved, was) = (saved(), plan());
    assert!(saved.what_changed(&was).is_empty());
    let with = |list: &[Binding]| [list, &[binding("more")]].concat();
    let more = Plan {
        create: with(&was.create),
        delete: with(&was.delete),
        extra: with(&was.extra),
        ..was
    };
    assert_eq!(
        saved.what_changed(&more),
        [
            "gone since: User:a ALLOW READ on topic:more",
            "new since, and to be deleted: User:a ALLOW READ on topic:more",
            "new since, and in no file: User:a ALLOW READ on topic:more",
        ]
    );
    assert_eq!(
        saved.what_changed(&Plan::default()),
        [
            "created since: User:a ALLOW READ on topic:new",
            "gone since: User:a ALLOW READ on topic:old",
            "gone since: User:a ALLOW READ on topic:extra",
        ]
    );
}

#[test]
fn it_saw_a_set_of_bindings_whatever_their_order() {
    let saved = saved();
    let live = [binding("extra"), binding("old"), binding("extra")];
    assert!(saved.saw(&live));
    assert!(!saved.saw(&live[..1]));
}

#[test]
fn the_digest_is_over_every_field() {
    // SHA-256 of nothing.
    assert_eq!(digest_of(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let one = binding("t");
    let digest = |binding: Binding| digest_of(&[binding]);
    for other in [
        Binding { resource_type: ResourceType::Group, ..one.clone() },
        Binding { resource_name: "u".into(), ..one.clone() },
        Binding { pattern_type: PatternType::Prefixed, ..one.clone() },
        Binding { principal: "User:b".into(), ..one.clone() },
        Binding { host: "10.0.0.1".into(), ..one.clone() },
        Binding { operation: Operation::Write, ..one.clone() },
        Binding { permission_type: PermissionType::Deny, ..one.clone() },
        // The same characters, divided otherwise.
        Binding { resource_name: "tUser:a".into(), principal: "".into(), ..one.clone() },
    ] {
        assert_ne!(digest(other), digest(one.clone()));
    }
}
