//! Ctrl-C and SIGTERM.

use std::process::{Child, Command, Stdio};

use kafka_protocol::messages::ApiKey;

use super::{apply, apply_arguments, many, sandbox};
use crate::acl::summary;
use crate::support::bindings::Bindings;
use crate::support::fake::Fake;
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

fn start(sandbox: &Sandbox, fake: &Fake, more: &[&str]) -> Child {
    let arguments = apply_arguments(fake, &[&["-o", "json"], more].concat());
    let mut command = sandbox.process(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("kward runs")
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status().expect("`kill` runs");
    assert!(sent.success());
}

#[track_caller]
fn ended(child: Child) -> Run {
    Run::from_output("kward acl apply".to_owned(), child.wait_with_output().expect("it ends"))
}

#[test]
fn the_request_under_way_is_finished_and_the_rest_is_left() {
    for (name, status, word) in [("INT", 130, "interrupted"), ("TERM", 143, "terminated")] {
        let wanted = many("allow", 3500);
        let fake = Fake::hold(Bindings::new(), ApiKey::CreateAcls, 2);
        let sandbox = sandbox(&wanted);
        let child = start(&sandbox, &fake, &[]);
        fake.wait_for(ApiKey::CreateAcls, 2);
        signal(&child, name);
        fake.release();
        let run = ended(child).ends(status);
        assert_eq!(summary(&run.json()), [("created".into(), 2000), ("skipped".into(), 1500)]);
        let error = run.error();
        assert_eq!(error["exitStatus"], status);
        assert!(error["message"].as_str().unwrap().starts_with("2000 of 3500 ACLs were written"));
        assert!(run.err.contains(&format!("{word}, stopped after the request under way")), "{run}");
        assert!(run.err.contains("running it again is safe and finishes the work"), "{run}");
        assert_eq!(fake.acls().len(), 2000);

        let again = apply(&sandbox, &fake, &[]).ends(0).json();
        assert_eq!(summary(&again), [("created".into(), 1500)]);
        assert_eq!(fake.acls(), wanted);
    }
}

#[test]
fn no_phase_begins_after_a_signal() {
    let before = many("allow", 2);
    let fake = Fake::hold(before.clone(), ApiKey::CreateAcls, 1);
    let sandbox = sandbox(&many("deny", 2));
    let child = start(&sandbox, &fake, &[]);
    fake.wait_for(ApiKey::CreateAcls, 1);
    signal(&child, "INT");
    fake.release();
    let run = ended(child).ends(130);
    assert_eq!(summary(&run.json()), [("created".into(), 2), ("skipped".into(), 2)]);
    assert_eq!(fake.acls(), &before | &many("deny", 2));
    assert_eq!(fake.state().count(ApiKey::DeleteAcls), 0);
}

#[test]
fn a_second_signal_does_not_wait() {
    let fake = Fake::hold(Bindings::new(), ApiKey::CreateAcls, 1);
    let sandbox = sandbox(&many("allow", 2));
    let child = start(&sandbox, &fake, &[]);
    fake.wait_for(ApiKey::CreateAcls, 1);
    signal(&child, "INT");
    signal(&child, "TERM");
    // The request is still held: nothing but the second signal can end it.
    let run = ended(child);
    fake.release();
    assert!([130, 143].contains(&run.status), "{run}");
    assert!(run.err.contains("the outcome of the request under way is unknown"), "{run}");
    assert!(run.err.contains("the brokers may still carry that request out"), "{run}");
    assert!(run.err.contains("running it again is safe"), "{run}");
}

#[test]
fn a_second_signal_loses_nothing_that_is_known() {
    let before = many("allow", 1200);
    let fake = Fake::hold(before.clone(), ApiKey::DeleteAcls, 2);
    let sandbox = sandbox(&many("deny", 1));
    let child = start(&sandbox, &fake, &[]);
    fake.wait_for(ApiKey::DeleteAcls, 2);
    signal(&child, "INT");
    signal(&child, "TERM");
    let run = ended(child);
    fake.release();
    assert!([130, 143].contains(&run.status), "{run}");
    assert!(run.err.contains("501 of 1201 ACLs were written before it"), "{run}");
    assert!(run.err.contains("what was deleted is in the backup `"), "{run}");
}

#[test]
fn whoever_is_cut_off_after_a_signal_was_stopped_by_it() {
    let fake = Fake::hold(Bindings::new(), ApiKey::CreateAcls, 1);
    let sandbox = sandbox(&many("allow", 2));
    let child = start(&sandbox, &fake, &["--timeout", "5s"]);
    fake.wait_for(ApiKey::CreateAcls, 1);
    signal(&child, "INT");
    // The request is held until its time is up.
    let run = ended(child).ends(130);
    fake.release();
    assert_eq!(summary(&run.json()), [("unknown".into(), 2)]);
    assert!(run.err.contains("2 have an unknown outcome"), "{run}");
    assert!(run.err.contains("running it again is safe"), "{run}");
}

#[test]
fn reading_ends_at_once() {
    for (name, status) in [("INT", 130), ("TERM", 143)] {
        let fake = Fake::hold(Bindings::new(), ApiKey::DescribeAcls, 1);
        let sandbox = sandbox(&many("allow", 2));
        let child = start(&sandbox, &fake, &[]);
        fake.wait_for(ApiKey::DescribeAcls, 1);
        signal(&child, name);
        let run = ended(child).ends(status);
        fake.release();
        assert!(run.err.contains("nothing was written"), "{run}");
        assert!(fake.state().writes.is_empty());
    }
}

#[test]
fn a_signal_while_verifying_says_that_all_is_written() {
    let fake = Fake::hold(Bindings::new(), ApiKey::DescribeAcls, 3);
    let wanted = many("allow", 2);
    let sandbox = sandbox(&wanted);
    let child = start(&sandbox, &fake, &[]);
    fake.wait_for(ApiKey::DescribeAcls, 3);
    signal(&child, "INT");
    fake.release();
    // Whether the answer or the signal comes first, what was written is told.
    let run = ended(child);
    assert!([0, 130].contains(&run.status), "{run}");
    assert_eq!(summary(&run.json()), [("created".into(), 2)]);
    assert_eq!(fake.acls(), wanted);
}
