//! Throttling, silence, brokers that lag behind, and other people's changes in between.

use std::time::{Duration, Instant};

use kafka_protocol::messages::ApiKey;

use super::{apply, many, sandbox};
use crate::acl::summary;
use crate::support::bindings::{Bindings, bindings};
use crate::support::fake::{Act, Fake};
use crate::support::terminal::Terminal;

/// Long enough for what does not wait, also on a busy machine.
const SHORT: &str = "3s";

#[test]
fn a_throttled_client_keeps_still_as_long_as_it_is_asked_to() {
    let wanted = many("allow", 1500);
    let fake = Fake::with(Bindings::new(), |request, state| {
        let first = request.key == ApiKey::CreateAcls && state.count(ApiKey::CreateAcls) == 1;
        if first { Act::Throttle(700) } else { Act::Serve }
    });
    let began = Instant::now();
    let run = apply(&sandbox(&wanted), &fake, &[]).ends(0);
    assert!(began.elapsed() >= Duration::from_millis(700), "{run}");
    assert_eq!(fake.acls(), wanted);
}

/// The nth request of an API gets no answer.
fn silent(acls: Bindings, key: ApiKey, nth: usize, served: bool) -> Fake {
    Fake::with(acls, move |request, state| match request.key {
        other if other != key || state.count(key) < nth => Act::Serve,
        _ if served => Act::ServeSilently,
        _ => Act::Silence,
    })
}

#[test]
fn silence_ends_at_the_timeout_and_names_its_phase() {
    let (before, after) = (many("allow", 2), many("deny", 2));
    let began = Instant::now();
    // While reading: nothing was written, and that is known.
    let fake = silent(before.clone(), ApiKey::DescribeAcls, 1, false);
    let run = apply(&sandbox(&after), &fake, &["--timeout", SHORT]).ends(1);
    let run = run.says("timed out after 3s while waiting for the answer of");
    assert!(run.err.contains("to DescribeAcls"), "{run}");
    assert!(run.err.contains("`--timeout` gives it more time"), "{run}");

    // While creating, whether the broker did it or not.
    for served in [false, true] {
        let fake = silent(before.clone(), ApiKey::CreateAcls, 1, served);
        let sandbox = sandbox(&after);
        let run = apply(&sandbox, &fake, &["--timeout", SHORT]).ends(5);
        assert_eq!(summary(&run.json()), [("skipped".into(), 2), ("unknown".into(), 2)], "{run}");
        assert!(run.err.contains("to CreateAcls"), "{run}");
        assert_eq!(fake.acls() == &before | &after, served);
    }

    // Before the first deletion: the creations are known.
    let fake = silent(before.clone(), ApiKey::DescribeAcls, 3, false);
    let run = apply(&sandbox(&after), &fake, &["--timeout", SHORT]).ends(5);
    assert_eq!(summary(&run.json()), [("created".into(), 2), ("skipped".into(), 2)], "{run}");

    // While deleting.
    let fake = silent(before.clone(), ApiKey::DeleteAcls, 1, true);
    let run = apply(&sandbox(&after), &fake, &["--timeout", SHORT]).ends(5);
    assert_eq!(summary(&run.json()), [("created".into(), 2), ("unknown".into(), 2)], "{run}");
    assert!(run.json()["backup"].is_string(), "what may be gone can be put back: {run}");

    // While verifying: all is written, and that could not be seen.
    let fake = silent(before, ApiKey::DescribeAcls, 4, false);
    let run = apply(&sandbox(&after), &fake, &["--timeout", SHORT]).ends(5);
    let run = run.says("the ACLs were written, and could not be read again to verify it");
    assert_eq!(summary(&run.json()), [("created".into(), 2), ("deleted".into(), 2)], "{run}");
    assert!(began.elapsed() < Duration::from_mins(1), "nothing waits much longer than that");
}

#[test]
fn a_broker_that_lags_is_waited_for() {
    let fake = Fake::with(Bindings::new(), |request, state| {
        // Two reads before the writes; then three that are old.
        let old = request.key == ApiKey::DescribeAcls
            && (3..=5).contains(&state.count(ApiKey::DescribeAcls));
        if old { Act::ShowOld } else { Act::Serve }
    });
    apply(&sandbox(&many("allow", 2)), &fake, &[]).ends(0);
    assert_eq!(fake.state().count(ApiKey::DescribeAcls), 6);
}

#[test]
fn what_a_broker_never_shows_is_named() {
    let before = bindings(["User:a allow read topic:old"]);
    let fake = Fake::with(before, |request, _| {
        if request.key == ApiKey::DescribeAcls { Act::ShowOld } else { Act::Serve }
    });
    let wanted = bindings(["User:a allow read topic:new"]);
    let run = apply(&sandbox(&wanted), &fake, &["--timeout", SHORT]).ends(5);
    let run = run
        .says("the brokers acknowledged every write")
        .says("not visible yet: User:a ALLOW READ on topic:new")
        .says("still visible: User:a ALLOW READ on topic:old");
    assert!(run.err.contains(&format!("broker {} (id 1)", fake.address())), "{run}");
    assert_eq!(summary(&run.json()), [("created".into(), 1), ("deleted".into(), 1)]);
    assert_eq!(fake.acls(), wanted);
}

#[test]
fn a_change_between_plan_and_question_is_no_plan_that_was_agreed_to() {
    let (before, after) = (many("allow", 1), many("deny", 1));
    let meddled = "User:b allow read topic:meanwhile";
    let fake = Fake::meddled_with(before.clone(), meddled, 2);
    // Nobody can look at the new plan, and `-y` was said to the old one.
    apply(&sandbox(&after), &fake, &[])
        .ends(4)
        .says("the ACLs changed meanwhile")
        .says("- allow READ on topic:meanwhile");
    assert!(fake.state().writes.is_empty());
    assert_eq!(fake.acls(), &before | &bindings([meddled]));
}

#[test]
fn a_change_before_the_first_deletion_stops_it() {
    let (before, after) = (many("allow", 1), many("deny", 1));
    let meddled = "User:b allow read topic:meanwhile";
    let fake = Fake::meddled_with(before.clone(), meddled, 3);
    let run = apply(&sandbox(&after), &fake, &[]).ends(4);
    let run = run.says("the ACLs changed while this was applied: nothing was deleted");
    assert_eq!(summary(&run.json()), [("created".into(), 1), ("skipped".into(), 1)]);
    assert_eq!(fake.acls(), &(&before | &after) | &bindings([meddled]));
    assert_eq!(fake.state().count(ApiKey::DeleteAcls), 0);

    // A change that the plan has nothing to do with is none: here, one that is wanted anyway.
    let wanted = &after | &bindings([meddled]);
    let fake = Fake::meddled_with(&before | &bindings([meddled]), meddled, 3);
    apply(&sandbox(&wanted), &fake, &[]).ends(0);
    assert_eq!(fake.acls(), wanted);
}

/// At a terminal it is shown again, and asked about.
#[test]
fn a_change_before_the_first_deletion_is_shown_to_whoever_can_look() {
    let (before, after) = (many("allow", 1), many("deny", 1));
    let meddled = "User:b allow read topic:meanwhile";
    for (answer, status) in [("yes\r", 0), ("no\r", 4)] {
        let fake = Fake::meddled_with(before.clone(), meddled, 3);
        let sandbox = sandbox(&after);
        let arguments = super::apply_arguments(&fake, &[]);
        let arguments = arguments.iter().filter(|word| !matches!(word.as_str(), "-y" | "--yes"));
        let mut terminal = Terminal::start_as("xterm", &sandbox.process(arguments), None);
        let at = terminal.wait_for("[y/N]", 0);
        terminal.keys("y\r");
        let at = terminal.wait_for("the ACLs changed meanwhile, this is the plan now", at);
        let at = terminal.wait_for("topic:meanwhile", at);
        terminal.wait_for("Type `yes`", at);
        terminal.keys(answer);
        let (ended, written) = terminal.ended();
        assert_eq!(ended, status, "{written}");
        let there =
            if status == 0 { after.clone() } else { &(&before | &after) | &bindings([meddled]) };
        assert_eq!(fake.acls(), there, "{written}");
        // What was created before is in the result, whatever came then.
        assert!(written.contains("created"), "{written}");
        assert_eq!(written.contains("nothing more was written"), status == 4, "{written}");
    }
}

#[test]
fn what_was_gone_already_is_absent_and_no_failure() {
    let before = many("allow", 2);
    let fake = Fake::with(before, |request, state| {
        if request.key == ApiKey::DeleteAcls {
            // Ordered by resource: the ALLOW of the second topic.
            state.acls.pop_last();
        }
        Act::Serve
    });
    let run = apply(&sandbox(&many("deny", 1)), &fake, &[]);
    let counts = summary(&run.ends(0).json());
    assert_eq!(counts, [("created".into(), 1), ("deleted".into(), 1), ("absent".into(), 1)]);
}

#[test]
fn while_writing_the_timeout_holds_for_each_request() {
    let wanted = many("allow", 2500);
    let fake = Fake::with(Bindings::new(), |request, _| {
        if request.key == ApiKey::CreateAcls {
            std::thread::sleep(Duration::from_secs(2));
        }
        Act::Serve
    });
    let began = Instant::now();
    apply(&sandbox(&wanted), &fake, &["--timeout", "5s"]).ends(0);
    assert!(began.elapsed() >= Duration::from_secs(6));
    assert_eq!(fake.acls(), wanted);
}
