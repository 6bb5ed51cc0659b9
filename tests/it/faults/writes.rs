//! Items that are refused, connections that are cut, brokers that are no controller.

use kafka_protocol::messages::ApiKey;

use super::{apply, many, outcomes, sandbox};
use crate::acl::summary;
use crate::support::bindings::{Bindings, bindings};
use crate::support::fake::{Act, Fake};
use crate::support::run::Run;
use kward::model::{Binding, PermissionType};

/// Two of each: DENY and ALLOW to create, ALLOW and DENY to delete.
fn before_and_after() -> (Bindings, Bindings) {
    let before = bindings([
        "User:a allow read topic:old-1",
        "User:a allow read topic:old-2",
        "User:a deny read topic:old-1",
        "User:a deny read topic:old-2",
    ]);
    let after = bindings([
        "User:a allow read topic:new-1",
        "User:a allow read topic:new-2",
        "User:a deny read topic:new-1",
        "User:a deny read topic:new-2",
    ]);
    (before, after)
}

#[test]
fn a_refused_deny_lets_no_allow_begin() {
    let (before, after) = before_and_after();
    let fake = Fake::with(before.clone(), |_, _| {
        let first = |b: &Binding| &*b.resource_name == "new-1";
        Act::Refuse(first, 42, "Invalid \u{1b}[31mname")
    });
    let sandbox = sandbox(&after);
    let run = apply(&sandbox, &fake, &[]).ends(5);
    let document = run.json();
    assert_eq!(
        outcomes(&document),
        [
            "failed DENY READ new-1",
            "created DENY READ new-2",
            "skipped ALLOW READ new-1",
            "skipped ALLOW READ new-2",
            "skipped ALLOW READ old-1",
            "skipped ALLOW READ old-2",
            "skipped DENY READ old-1",
            "skipped DENY READ old-2",
        ]
    );
    let failed = &document["items"][0]["error"];
    assert_eq!(failed["name"], "INVALID_REQUEST");
    assert_eq!(failed["code"], 42);
    let error = run.error();
    assert_eq!(error["exitStatus"], 5);
    assert!(error["message"].as_str().unwrap().contains("1 of 8 ACLs were written"), "{run}");
    assert!(run.err.contains("stopped before creating the ALLOW bindings"), "{run}");
    // The broker's own text is made safe to show.
    assert!(!run.err.contains('\u{1b}') && !run.out.contains('\u{1b}'), "{run}");
    let expected = &before | &bindings(["User:a deny read topic:new-2"]);
    assert_eq!(fake.acls(), expected);
    // Nothing was deleted, so there is nothing to put back.
    assert!(document.get("backup").is_none(), "{run}");
    let backups = sandbox.path().join(".state/kward/backups");
    assert_eq!(std::fs::read_dir(backups).expect("the folder").count(), 0);
}

#[test]
fn the_next_run_finishes_the_work_once_the_cause_is_gone() {
    let deny: fn(&Binding) -> bool = |b| b.permission_type == PermissionType::Deny;
    let allow: fn(&Binding) -> bool = |b| b.permission_type == PermissionType::Allow;
    for (which, step) in [(deny, "DENY"), (allow, "ALLOW")] {
        for key in [ApiKey::CreateAcls, ApiKey::DeleteAcls] {
            let (before, after) = before_and_after();
            let fake = Fake::with(before, move |request, state| {
                // Broken for the first request of this kind that names such a binding.
                let broken = state
                    .writes
                    .iter()
                    .all(|(other, wanted)| *other != key || !wanted.iter().any(which));
                if request.key == key && broken {
                    Act::Refuse(which, -1, "boom")
                } else {
                    Act::Serve
                }
            });
            let sandbox = sandbox(&after);
            let run = apply(&sandbox, &fake, &[]);
            let first = key == ApiKey::CreateAcls && step == "DENY";
            // When the very first phase fails as a whole nothing has happened.
            let run = run.ends(if first { 1 } else { 5 });
            let failed: Vec<_> =
                outcomes(&run.json()).into_iter().filter(|o| o.starts_with("failed")).collect();
            assert_eq!(failed.len(), 2, "{run}");
            assert!(failed.iter().all(|o| o.contains(step)), "{run}");
            apply(&sandbox, &fake, &[]).ends(0);
            assert_eq!(fake.acls(), after);
            assert!(summary(&apply(&sandbox, &fake, &[]).ends(0).json()).is_empty());
        }
    }
}

#[test]
fn a_failed_deletion_of_an_allow_keeps_every_deny() {
    let (before, after) = before_and_after();
    let fake = Fake::with(before.clone(), |request, _| {
        let second = |b: &Binding| &*b.resource_name == "old-2";
        if request.key == ApiKey::DeleteAcls { Act::Refuse(second, -1, "") } else { Act::Serve }
    });
    let run = apply(&sandbox(&after), &fake, &[]).ends(5);
    assert_eq!(
        outcomes(&run.json())[4..],
        [
            "deleted ALLOW READ old-1",
            "failed ALLOW READ old-2",
            "skipped DENY READ old-1",
            "skipped DENY READ old-2",
        ]
    );
    let deleted = bindings(["User:a allow read topic:old-1"]);
    assert_eq!(fake.acls(), &(&before | &after) - &deleted);
    assert!(run.json()["backup"].is_string(), "{run}");
}

#[test]
fn an_unfinished_plan_is_planned_again() {
    let wanted = many("allow", 1500);
    let fake = Fake::with(Bindings::new(), |request, state| {
        let second = request.key == ApiKey::CreateAcls && state.count(ApiKey::CreateAcls) == 2;
        if second { Act::CutAfter(300) } else { Act::Serve }
    });
    let (sandbox, address) = (sandbox(&wanted), fake.address());
    let plan = ["acl", "plan", "-f", "a.yaml", "--out", "a.plan", "-b", &address];
    let apply = ["acl", "apply", "a.plan", "-y", "-b", &address];
    let run = |words: &[&str]| Run::of(&mut sandbox.kward(words));
    run(&plan).ends(0);
    let unfinished = run(&apply).ends(5).says("plan again and apply that plan");
    assert!(!unfinished.err.contains("again is safe"), "{unfinished}");
    run(&apply).ends(4);
    std::fs::remove_file(sandbox.path().join("a.plan")).expect("the plan");
    run(&plan).ends(0);
    run(&apply).ends(0);
    assert_eq!(fake.acls(), wanted);
}

#[test]
fn a_cut_in_the_middle_of_creating_leaves_an_unknown_outcome() {
    let wanted = many("allow", 2500);
    let fake = Fake::with(Bindings::new(), |request, state| {
        let second = request.key == ApiKey::CreateAcls && state.count(ApiKey::CreateAcls) == 2;
        if second { Act::CutAfter(300) } else { Act::Serve }
    });
    let sandbox = sandbox(&wanted);
    let run = apply(&sandbox, &fake, &[]).ends(5);
    let counts = |run: &Run| summary(&run.json());
    assert_eq!(counts(&run), [("created".into(), 1500), ("unknown".into(), 1000)]);
    assert!(run.error()["message"].as_str().unwrap().contains("1000 have an unknown outcome"));
    assert!(run.err.contains("the broker closed it"), "{run}");
    assert!(run.err.contains("running it again is safe and finishes the work"), "{run}");
    assert_eq!(fake.acls().len(), 1800);
    // What is unknown is never sent twice by itself; the others are still tried.
    assert_eq!(fake.state().writes.len(), 3);

    let again = apply(&sandbox, &fake, &[]).ends(0);
    assert_eq!(counts(&again), [("created".into(), 700)]);
    assert_eq!(fake.acls(), wanted);
}

#[test]
fn a_cut_in_the_middle_of_deleting_leaves_an_unknown_outcome() {
    let before = &many("allow", 1200) | &bindings(["User:b deny read topic:x"]);
    let fake = Fake::with(before.clone(), |request, state| {
        let second = request.key == ApiKey::DeleteAcls && state.count(ApiKey::DeleteAcls) == 2;
        if second { Act::CutAfter(100) } else { Act::Serve }
    });
    let sandbox = sandbox(&Bindings::new());
    let run = apply(&sandbox, &fake, &[]).ends(5);
    let counts = |run: &Run| summary(&run.json());
    assert_eq!(
        counts(&run),
        [("deleted".into(), 700), ("skipped".into(), 1), ("unknown".into(), 500)]
    );
    // The backup holds everything that may be gone.
    let backup = run.json()["backup"].as_str().expect("a backup").to_owned();
    assert_eq!(fake.acls().len(), 401);
    let again = apply(&sandbox, &fake, &[]).ends(0);
    assert_eq!(counts(&again), [("deleted".into(), 401)]);
    assert!(fake.acls().is_empty());

    let address = fake.address();
    let undo = ["acl", "apply", "--undo", &backup, "-y", "-b", &address];
    Run::of(&mut sandbox.kward(undo)).ends(0);
    assert_eq!(fake.acls(), before);
}

#[test]
fn who_answers_no_write_is_not_asked_on_and_on() {
    let wanted = many("allow", 5000);
    let fake = Fake::with(Bindings::new(), |request, _| {
        let wrong_id = vec![0, 0, 0, 8, 0x7f, 0, 0, 0x7f, 0, 0, 0, 0];
        if request.key == ApiKey::CreateAcls { Act::Garbage(wrong_id) } else { Act::Serve }
    });
    let run = apply(&sandbox(&wanted), &fake, &[]).ends(5);
    assert_eq!(summary(&run.json()), [("skipped".into(), 3000), ("unknown".into(), 2000)]);
    assert_eq!(fake.state().writes.len(), 2);
}

#[test]
fn answers_that_are_none_leave_an_unknown_outcome() {
    let endless = vec![0x7f, 0xff, 0xff, 0xff, 0, 0];
    let wrong_id = vec![0, 0, 0, 8, 0x7f, 0, 0, 0x7f, 0, 0, 0, 0];
    let broken_off = vec![0, 0, 1, 0, 0, 0];
    for bytes in [endless, wrong_id, broken_off] {
        let shown = format!("{bytes:?}");
        let wanted = many("allow", 3);
        let fake = Fake::with(Bindings::new(), move |request, state| {
            let first = request.key == ApiKey::CreateAcls && state.count(ApiKey::CreateAcls) == 1;
            if first { Act::Garbage(bytes.clone()) } else { Act::Serve }
        });
        let sandbox = sandbox(&wanted);
        let run = apply(&sandbox, &fake, &[]).ends(5);
        assert_eq!(summary(&run.json()), [("unknown".into(), 3)], "{shown}");
        assert_eq!(fake.state().writes.len(), 1, "{shown}");
        apply(&sandbox, &fake, &[]).ends(0);
        assert_eq!(fake.acls(), wanted, "{shown}");
    }
}

#[test]
fn a_broker_that_is_no_controller_any_more_is_asked_again() {
    let (before, after) = before_and_after();
    let fake = Fake::with(before, |request, state| {
        // NOT_CONTROLLER for some items, at first.
        let first = state.count(request.key) == 1;
        let moved = |b: &Binding| b.resource_name.ends_with('1');
        if first && request.key != ApiKey::DescribeAcls {
            Act::Refuse(moved, 41, "not me")
        } else {
            Act::Serve
        }
    });
    let run = apply(&sandbox(&after), &fake, &[]).ends(0);
    assert_eq!(summary(&run.json()), [("created".into(), 4), ("deleted".into(), 4)]);
    assert_eq!(fake.acls(), after);
    // Only what failed was sent again.
    let sent: Vec<usize> = fake.state().writes.iter().map(|(_, wanted)| wanted.len()).collect();
    assert_eq!(sent, [2, 1, 2, 2, 1, 2]);
}

#[test]
fn a_right_that_is_lost_on_the_way_ends_it() {
    let (before, after) = before_and_after();
    let fake = Fake::with(before, |request, _| {
        if request.key == ApiKey::DeleteAcls { Act::Refuse(|_| true, 31, "") } else { Act::Serve }
    });
    let run = apply(&sandbox(&after), &fake, &[]).ends(5);
    assert_eq!(
        summary(&run.json()),
        [("created".into(), 4), ("failed".into(), 2), ("skipped".into(), 2)]
    );
    assert!(run.err.contains("CLUSTER_AUTHORIZATION_FAILED"), "{run}");
}

#[test]
fn whoever_may_not_alter_is_told_before_the_first_write() {
    let (before, after) = before_and_after();
    let fake = Fake::new(before.clone());
    fake.state().may_alter = false;
    let run = apply(&sandbox(&after), &fake, &[]).ends(1).says("not authorized to alter ACLs");
    assert_eq!(run.out, "");
    assert!(fake.state().writes.is_empty());
    assert_eq!(fake.acls(), before);
}

#[test]
fn the_words_of_kafka_acls_meet_the_same_faults() {
    let fake = Fake::with(many("allow", 3), |request, state| match request.key {
        ApiKey::CreateAcls => Act::Refuse(|b| &*b.resource_name == "one", 42, "no"),
        ApiKey::DeleteAcls if state.count(ApiKey::DeleteAcls) == 1 => Act::CutAfter(1),
        _ => Act::Serve,
    });
    let sandbox = crate::support::sandbox::Sandbox::new();
    let address = fake.address();
    let acl = |arguments: &str| {
        let words = ["acl", "-b", &address].into_iter().chain(arguments.split(' '));
        Run::of(&mut sandbox.kward(words))
    };
    // One item that failed is a failure, and what was written is known.
    acl("create --allow-principal User:b --operation read --topic one --topic two")
        .ends(1)
        .prints("1 created, 1 failed")
        .prints("INVALID_REQUEST: no");
    acl("delete --principal User:a -y").ends(5).prints("3 of unknown outcome");
    acl("delete --principal User:a -y").ends(0).prints("2 deleted");
    assert_eq!(fake.acls(), bindings(["User:b allow read topic:two"]));
}
