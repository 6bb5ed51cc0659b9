//! Questions, asked on a terminal.

use std::time::Duration;

use crate::support::bindings::{Bindings, bindings};
use crate::support::eventually;
use crate::support::fake::Fake;
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
        let fake = Fake::meddled_with(before(), other, 2);
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

/// What stands on standard input is not there a second time.
#[test]
fn a_plan_of_standard_input_that_changes_meanwhile_is_shown_again() {
    let other = "User:a allow read topic:meanwhile";
    let fake = Fake::meddled_with(before(), other, 2);
    let sandbox = Sandbox::new();
    let apply = ["acl", "apply", "--prune", "-f", "-", "-y"];
    let mut terminal = start(&sandbox, &fake, &apply, Some("a.yaml"));
    let changed = terminal.wait_for("the ACLs changed meanwhile", 0);
    terminal.wait_for("Type `yes` to apply the plan as it is now:", changed);
    terminal.keys("yes\n");
    let (ended, screen) = terminal.ended();
    assert_eq!(ended, 0, "{screen}");
    assert_eq!(fake.acls(), after());
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

/// `kward` on a terminal of 80 columns and so many rows.
fn on_terminal(sandbox: &Sandbox, rows: u32, line: &str, variables: &[(&str, &str)]) -> Terminal {
    let kward = env!("CARGO_BIN_EXE_kward");
    let process = sandbox.process([""; 0]);
    let variables: Vec<String> = variables.iter().map(|(k, v)| format!("{k}='{v}'")).collect();
    let script =
        format!("stty rows {rows} cols 80; exec env {} {kward} {line}", variables.join(" "));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(sandbox.path()).env_clear();
    command.envs(process.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Terminal::start_as("xterm", &command, None)
}

#[test]
fn long_results_go_through_a_pager_on_a_terminal_only() {
    let names: Vec<String> = (10..60).map(|n| format!("User:a allow read topic:t{n}")).collect();
    let fake = Fake::new(bindings(names.iter().map(String::as_str)));
    let line = format!("acl list -b {}", fake.address());
    let sandbox = Sandbox::new();
    // `tee` shows what it is given, and keeps it.
    let pager = [("KWARD_PAGER", "tee paged")];
    let paged = || std::fs::read_to_string(sandbox.path().join("paged")).ok();
    let (status, _) = on_terminal(&sandbox, 100, &line, &pager).ended();
    assert_eq!((status, paged()), (0, None), "all of it fits");
    let (status, screen) = on_terminal(&sandbox, 20, &line, &pager).ended();
    let text = paged().expect("it was started");
    assert!(status == 0 && text.contains("t10") && text.contains("t59"), "{screen}");
    std::fs::remove_file(sandbox.path().join("paged")).expect("the pager's file");
    for (more, variables) in [
        (" --no-pager", &pager[..]),
        ("", &[("KWARD_PAGER", "cat")]),
        ("", &[("KWARD_PAGER", "tee paged"), ("CI", "true")]),
        (" | cat", &pager),
        (" -o json | cat", &pager),
    ] {
        let (status, screen) =
            on_terminal(&sandbox, 20, &format!("{line}{more}"), variables).ended();
        assert!(status == 0 && screen.contains("t59"), "{more}: {screen}");
        assert_eq!(paged(), None, "{more} {variables:?}");
    }
    // One that is not there or that fails loses nothing.
    for (variable, pager, how) in [
        ("PAGER", "/nowhere/pager", "could not be started"),
        ("KWARD_PAGER", "false", "failed (exit status: 1)"),
        ("KWARD_PAGER", "exit 2;", "failed (exit status: 2)"),
    ] {
        let (status, screen) = on_terminal(&sandbox, 20, &line, &[(variable, pager)]).ended();
        assert!(status == 0 && screen.contains("t10") && screen.contains("t59"), "{screen}");
        assert!(screen.contains(&format!("the pager `{pager}` {how}")), "{screen}");
    }
}

#[test]
fn less_waits_for_the_reader_and_ctrl_c_is_its_own() {
    let names: Vec<String> = (10..60).map(|n| format!("User:a allow read topic:t{n}")).collect();
    let fake = Fake::new(bindings(names.iter().map(String::as_str)));
    let sandbox = Sandbox::new();
    let line = format!("acl list -b {}", fake.address());
    let mut terminal = on_terminal(&sandbox, 20, &line, &[]);
    terminal.wait_for("t10", 0);
    assert!(!terminal.written().contains("t59"), "only the first page");
    terminal.keys("\u{3}");
    // `less` throws away what is typed while it ends what it was doing.
    eventually("the last page", || {
        terminal.keys("G");
        terminal.written().contains("t59")
    });
    terminal.keys("q");
    let (status, screen) = terminal.ended();
    assert_eq!(status, 0, "{screen}");
}
