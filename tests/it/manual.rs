//! Pages of the manual: typeset where a person looks at them, in their source elsewhere.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::terminal::Terminal;

/// `kward man PAGE` on a terminal, where these programs fail.
fn shown(sandbox: &Sandbox, page: &[&str], failing: &[&str]) -> String {
    let folder = format!("bin{}", failing.len());
    std::fs::create_dir_all(sandbox.path().join(&folder)).expect("a folder");
    for name in failing {
        let path =
            sandbox.write(&format!("{folder}/{name}"), "#!/bin/sh\necho usage >&2\nexit 1\n");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("the mode");
    }
    let mut command = sandbox.process([&["man"], page, &["--no-pager"]].concat());
    let path = sandbox.path().join(folder);
    command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
    let (status, screen) = Terminal::start(&command, None).ended();
    assert_eq!(status, 0, "{screen}");
    assert!(!screen.contains(".TH ") && !screen.contains(".SH"), "its source:\n{screen}");
    // Emphasis of printers: a letter on itself, or on a line.
    let mut text = String::new();
    for c in screen.chars() {
        if c == '\u{8}' {
            text.pop();
        } else {
            text.push(c);
        }
    }
    assert!(!text.contains("usage\n"), "{text}");
    text
}

#[test]
fn a_person_reads_pages_and_a_program_their_source() {
    let sandbox = Sandbox::new();
    let piped = Run::of(&mut sandbox.kward(["man", "acl", "plan"])).ends(0);
    assert!(piped.out.contains(".TH "), "{piped}");

    // `man` may be missing where the tests run, mandoc is not.
    for failing in [&[][..], &["man"]] {
        let text = shown(&sandbox, &["acl", "plan"], failing);
        assert!(text.contains("SYNOPSIS") && text.contains("--prune"), "{failing:?}:\n{text}");
    }
    let nothing = ["man", "mandoc"];
    let text = shown(&sandbox, &["acl", "plan"], &nothing);
    assert!(text.contains("Usage: kward acl plan") && text.contains("--prune"), "{text}");
    let text = shown(&sandbox, &["acl-file"], &nothing);
    assert!(text.contains("`principal") || text.contains("principal"), "{text}");
}

/// Code and tables stand as they are; into a pipe all does.
#[test]
fn documents_flow_on_a_terminal() {
    let sandbox = Sandbox::new();
    let piped = Run::of(&mut sandbox.kward(["help", "connecting"])).ends(0);
    let wide = |line: &&str| line.len() > 120 && !line.starts_with('|');
    let paragraph = piped.out.lines().find(wide).expect("a long line");
    let help = sandbox.process(["help", "connecting", "--no-pager"]);
    let (status, screen) = Terminal::start_sized(("dumb", 60), &help, None).ended();
    assert_eq!(status, 0, "{screen}");
    assert!(!screen.contains(paragraph), "{screen}");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&screen), words(&piped.out), "nothing is lost or broken inside");
    let mut in_code = false;
    for line in screen.lines() {
        in_code ^= line.starts_with("```");
        // What is in backticks stays in one piece, and so does a link.
        let one_piece = line.contains('`') || line.contains("](");
        assert!(
            in_code || line.starts_with('|') || one_piece || line.chars().count() <= 60,
            "{line}"
        );
    }
}
