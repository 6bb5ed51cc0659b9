//! Questions, asked on a terminal.

use std::time::Duration;

use kafka_protocol::messages::ApiKey;

use crate::support::bindings::{Bindings, bindings};
use crate::support::fake::{Act, Fake};
use crate::support::sandbox::Sandbox;
use crate::support::terminal::Terminal;

const FILE: &str = "version: 1\nscope: { principal: User:a }\nrules:\n  - principal: User:a\n    allow: { topic: new, operation: read }\n";

fn before() -> Bindings {
    bindings(["User:a allow read topic:old"])
}

fn after() -> Bindings {
    bindings(["User:a allow read topic:new"])
}

const APPLY: [&str; 5] = ["acl", "apply", "-f", "a.yaml", "--prune"];
const QUESTION: &str = "Create 1 ACL and delete 1? [y/N] ";

/// `kward` on a terminal.
fn start(sandbox: &Sandbox, fake: &Fake, arguments: &[&str], stdin: Option<&str>) -> Terminal {
    sandbox.write("a.yaml", FILE);
    let address = fake.address();
    Terminal::start(&sandbox.process([arguments, &["-b", &address]].concat()), stdin)
}

#[test]
fn an_apply_asks_and_heeds_the_answer() {
    for (answer, status, word, state) in [
        ("y\n", 0, "1 created, 1 deleted", after()),
        ("yes\n", 0, "1 created, 1 deleted", after()),
        ("n\n", 4, "declined, nothing was written", before()),
        ("\n", 4, "declined, nothing was written", before()),
        ("\u{3}", 130, "interrupted, nothing was written", before()),
    ] {
        let (sandbox, fake) = (Sandbox::new(), Fake::new(before()));
        let mut terminal = start(&sandbox, &fake, &APPLY, None);
        let asked = terminal.wait_for(QUESTION, 0);
        assert!(fake.state().writes.is_empty());
        terminal.keys(answer);
        let (ended, screen) = terminal.ended();
        assert_eq!(ended, status, "{answer:?}: {screen}");
        assert!(screen[asked..].contains(word), "{answer:?}: {screen}");
        // What the question is about stands before it.
        assert!(screen[..asked].contains("- allow READ on topic:old"), "{screen}");
        assert_eq!(fake.acls(), state, "{answer:?}");
    }
}

#[test]
fn a_request_to_end_is_heard_while_a_question_waits() {
    let (sandbox, fake) = (Sandbox::new(), Fake::new(before()));
    let terminal = start(&sandbox, &fake, &APPLY, None);
    terminal.wait_for(QUESTION, 0);
    terminal.terminate();
    let (status, screen) = terminal.ended();
    assert_eq!(status, 143, "{screen}");
    assert!(screen.contains("nothing was written"), "{screen}");
    assert_eq!(fake.acls(), before());
}

#[test]
fn the_timeout_does_not_count_while_a_question_waits() {
    let (sandbox, fake) = (Sandbox::new(), Fake::new(before()));
    let mut terminal = start(&sandbox, &fake, &[&APPLY[..], &["--timeout", "2s"]].concat(), None);
    terminal.wait_for(QUESTION, 0);
    std::thread::sleep(Duration::from_millis(2200));
    terminal.keys("y\n");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 0, "{screen}");
    assert_eq!(fake.acls(), after());
}

#[test]
fn a_plan_that_changes_meanwhile_is_shown_again() {
    for (answer, status) in [("yes\n", 0), ("y\n", 4), ("\n", 4)] {
        let other = "User:a allow read topic:meanwhile";
        let fake = Fake::with(before(), move |request, state| {
            if request.key == ApiKey::DescribeAcls && state.count(ApiKey::DescribeAcls) == 2 {
                state.acls.append(&mut bindings([other]));
            }
            Act::Serve
        });
        let sandbox = Sandbox::new();
        // `--yes` answers the first question; the second is about a plan that nobody has seen.
        let mut terminal = start(&sandbox, &fake, &[&APPLY[..], &["-y"]].concat(), None);
        let changed = terminal.wait_for("the ACLs changed meanwhile", 0);
        terminal.wait_for("- allow READ on topic:meanwhile", changed);
        terminal.wait_for("Type `yes` to apply the plan as it is now:", changed);
        assert!(fake.state().writes.is_empty());
        terminal.keys(answer);
        let (ended, screen) = terminal.ended();
        assert_eq!(ended, status, "{answer:?}: {screen}");
        let state = if status == 0 { after() } else { &before() | &bindings([other]) };
        assert_eq!(fake.acls(), state, "{answer:?}");
    }
}

#[test]
fn a_protected_context_wants_its_name_typed() {
    for (answer, status) in [("prod\n", 0), ("y\n", 4), ("prod2\u{7f}\n", 0), ("\u{3}", 130)] {
        let (sandbox, fake) = (Sandbox::new(), Fake::new(before()));
        let config = format!(
            "[contexts.prod]\nbootstrap-servers = \"{}\"\nprotected = true\n",
            fake.address()
        );
        sandbox.write(".config/kward/config.toml", &config);
        let arguments = [&APPLY[..], &["-c", "prod", "-y"]].concat();
        let mut terminal = start(&sandbox, &fake, &arguments, None);
        terminal.wait_for("`prod` is protected: type its name to go on", 0);
        terminal.keys(answer);
        let (ended, screen) = terminal.ended();
        assert_eq!(ended, status, "{answer:?}: {screen}");
        assert_eq!(fake.acls(), if status == 0 { after() } else { before() }, "{answer:?}");
    }
}

#[test]
fn files_on_standard_input_leave_the_question_to_the_terminal() {
    let (sandbox, fake) = (Sandbox::new(), Fake::new(before()));
    let arguments = ["acl", "apply", "-f", "-", "--prune"];
    let mut terminal = start(&sandbox, &fake, &arguments, Some("a.yaml"));
    terminal.wait_for(QUESTION, 0);
    terminal.keys("y\n");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 0, "{screen}");
    assert_eq!(fake.acls(), after());
}

#[test]
fn deleting_asks_and_creating_does_not() {
    let (sandbox, fake) = (Sandbox::new(), Fake::new(before()));
    let delete = ["acl", "delete", "--principal", "User:a"];
    let mut terminal = start(&sandbox, &fake, &delete, None);
    terminal.wait_for("Delete this ACL? [y/N] ", 0);
    terminal.keys("n\n");
    assert_eq!(terminal.ended().0, 4);
    assert_eq!(fake.acls(), before());

    let words = "acl create --allow-principal User:a --operation read --topic new";
    let create: Vec<&str> = words.split(' ').collect();
    let (status, screen) = start(&sandbox, &fake, &create, None).ended();
    assert_eq!(status, 0, "{screen}");
    assert_eq!(fake.acls(), &before() | &after());
}
