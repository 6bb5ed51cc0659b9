//! Files of a hostile kind: a clear error in bounded time and memory, and nothing is sent. And what
//! may stand in place of a file.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// Plans on a list that is empty, with a limit to memory (in MiB) and time.
#[track_caller]
fn plan_within(sandbox: &Sandbox, mebibytes: u64, input: Option<Vec<u8>>, file: &str) -> Run {
    sandbox.write(
        "empty.json",
        r#"{"apiVersion":"kward/v1","kind":"AclList","complete":true,"items":[]}"#,
    );
    let inner = sandbox.process(["acl", "plan", "--against", "empty.json", "-f", file]);
    let mut command = Command::new("bash");
    command
        .args(["-c", &format!("ulimit -v {}; exec \"$@\"", mebibytes << 10), "bash"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(sandbox.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", sandbox.path())
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().expect("bash runs");
    let writer = input.map(|bytes| {
        let mut stdin = child.stdin.take().expect("its input");
        // It may end before it has read everything.
        std::thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &bytes)))
    });
    let run = Run::from_output(file.to_owned(), child.wait_with_output().expect("it ends"));
    if let Some(writer) = writer {
        writer.join().expect("the writer ends");
    }
    // Unoptimised, beside other tests; the point is that it ends.
    assert!(began.elapsed() < Duration::from_mins(2), "{run}");
    run
}

#[test]
fn endless_lines_and_large_files() {
    let sandbox = Sandbox::new();
    // 100 MB of one line: more than a file may have.
    let line = vec![b'a'; 100 << 20];
    sandbox.write("line.yaml", "");
    fs::write(sandbox.path().join("line.yaml"), &line).unwrap();
    plan_within(&sandbox, 500, None, "line.yaml").ends(2).says("`line.yaml` is larger than 64 MiB");
    fs::remove_file(sandbox.path().join("line.yaml")).unwrap();
    plan_within(&sandbox, 500, Some(line), "-")
        .ends(2)
        .says("standard input is larger than 64 MiB");
    // One that a file may have.
    let mut within = b"version: 1\nowner: ".to_vec();
    within.resize(10 << 20, b'a');
    within.extend(b"\nrulez: []\n");
    let run = plan_within(&sandbox, 500, Some(within), "-").ends(2);
    run.says("rulez");
}

#[test]
fn text_that_is_none() {
    let sandbox = Sandbox::new();
    for (name, bytes) in [
        ("latin.yaml", &b"version: 1\nowner: caf\xe9\n"[..]),
        ("binary.yaml", &b"\x7fELF\x02\x01\x01\0\0\0"[..]),
        ("wide.yaml", &b"\xff\xfev\0e\0r\0"[..]),
        ("nul.yaml", &b"version: 1\nowner: a\0b\n"[..]),
    ] {
        sandbox.write(name, "");
        fs::write(sandbox.path().join(name), bytes).unwrap();
        let run = plan_within(&sandbox, 500, None, name).ends(2).says(&format!("{name}:"));
        assert!(!run.err.contains('\0'), "{run}");
    }
}

#[test]
fn a_billion_laughs() {
    let sandbox = Sandbox::new();
    let mut text = "version: 1\nowner: x\nvars:\n  a: &a [l, l, l, l, l, l, l, l, l]\n".to_owned();
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        let nine = vec![format!("*{before}"); 9].join(", ");
        text.push_str(&format!("  {name}: &{name} [{nine}]\n"));
    }
    sandbox.write("laughs.yaml", &text);
    plan_within(&sandbox, 700, None, "laughs.yaml").ends(2).says("laughs.yaml:");
    // The same by mappings, in a place where they are valid.
    let mut text = "version: 1\nrules:\n  - &a { principal: User:a, produce: x }\n".to_owned();
    text.push_str("x: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n");
    sandbox.write("alias.yaml", &text);
    plan_within(&sandbox, 500, None, "alias.yaml").ends(2).says("unknown key `x`");
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let sandbox = Sandbox::new();
    let flow = format!("version: 1\nrules: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    sandbox.write("flow.yaml", &flow);
    plan_within(&sandbox, 500, None, "flow.yaml").ends(2).says("flow.yaml:2:");
    let line = |depth| [&" ".repeat(depth), "a:\n"].concat();
    let block: String = (0..2000).map(line).collect();
    sandbox.write("block.yaml", &block);
    plan_within(&sandbox, 500, None, "block.yaml").ends(2).says("block.yaml:");
}

#[test]
fn what_is_no_file() {
    let sandbox = Sandbox::new();
    let path = sandbox.path();
    let made = Command::new("mkfifo").arg(path.join("pipe.yaml")).status().expect("mkfifo runs");
    assert!(made.success());
    // Nobody ever writes into it: opening it would wait for ever.
    plan_within(&sandbox, 500, None, "pipe.yaml").ends(2).says("`pipe.yaml` is not a regular file");
    plan_within(&sandbox, 500, None, "/dev/zero").ends(2).says("is not a regular file");
    // A pipe that somebody does write into is read by its own sign.
    let piped = plan_within(&sandbox, 500, Some(b"version: 1\n".to_vec()), "/dev/stdin").ends(2);
    piped.says("`/dev/stdin` is not a regular file").says("hint: pipe into `-f -`");
    sandbox.write("a.yaml", "version: 1\nrules: []\n");
    let words = ["acl", "plan", "-f", "a.yaml", "--against", "/dev/stdin"];
    let listed = Run::of(sandbox.kward(words).write_stdin("{}")).ends(2);
    listed.says("`/dev/stdin` is not a regular file").says("hint: standard input is `-`");
    fs::create_dir(path.join("folder")).unwrap();
    symlink(path.join("pipe.yaml"), path.join("folder/a.yaml")).unwrap();
    plan_within(&sandbox, 500, None, "folder")
        .ends(2)
        .says("`folder/a.yaml` is not a regular file");
    symlink("missing", path.join("dangling.yaml")).unwrap();
    plan_within(&sandbox, 500, None, "dangling.yaml").ends(2).says("cannot read `dangling.yaml`");
}

#[test]
fn folders_that_lead_nowhere() {
    let sandbox = Sandbox::new();
    let path = sandbox.path();
    for folder in ["empty", "loop/inner", "only-others"] {
        fs::create_dir_all(path.join(folder)).unwrap();
    }
    sandbox.write("only-others/notes.txt", "");
    sandbox.write("only-others/.hidden.yaml", "");
    for folder in ["empty", "only-others"] {
        plan_within(&sandbox, 500, None, folder)
            .ends(2)
            .says(&format!("the folder `{folder}` holds no ACL file"))
            .says("an empty folder is never read as an empty state");
    }
    // An ending is one in upper case, too: what is not read would be deleted by `--prune`.
    sandbox.write("only-others/Team.YML", "version: 1\nrules: []\n");
    plan_within(&sandbox, 500, None, "only-others").ends(0).prints("In sync");
    sandbox.write("loop/a.yaml", "version: 1\nrules: []\n");
    symlink("..", path.join("loop/inner/back")).unwrap();
    plan_within(&sandbox, 500, None, "loop").ends(2).says("contains itself");
    let deep: std::path::PathBuf = path.join(vec!["d"; 70].join("/"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a.yaml"), "version: 1\nrules: []\n").unwrap();
    plan_within(&sandbox, 500, None, "d").ends(2).says("lies more than 64 levels deep");
    // A link that leads aside is followed.
    symlink(path.join("loop/a.yaml"), path.join("aside.yaml")).unwrap();
    plan_within(&sandbox, 500, None, "aside.yaml").ends(0).prints("In sync");
}

#[test]
fn lists_of_a_hostile_kind() {
    let sandbox = Sandbox::new();
    sandbox.write("a.yaml", "version: 1\nrules:\n  - principal: User:a\n    produce: x\n");
    for (name, content) in [
        ("deep.json", "[".repeat(200_000)),
        ("nul.json", "\0".repeat(100)),
        (
            "wrong.json",
            r#"{"apiVersion":"kward/v1","kind":"AclList","complete":true,"items":[{"a":1}]}"#
                .to_owned(),
        ),
    ] {
        sandbox.write(name, &content);
        let arguments = ["acl", "plan", "-f", "a.yaml", "--against", name];
        Run::of(&mut sandbox.kward(arguments))
            .ends(2)
            .says(&format!("`{name}` is no saved list of ACLs"));
    }
}

/// The connection may be opened while the files are read; nothing goes over it before they are right.
#[test]
fn a_mistake_in_a_file_sends_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("wrong.yaml", "version: 1\nrulez: []\n");
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let [one, other] = listeners.each_ref().map(|l| l.local_addr().expect("its port").to_string());
    for verb in ["plan", "apply"] {
        for servers in [one.clone(), format!("{one},{other}")] {
            let arguments = ["acl", verb, "-f", "wrong.yaml", "-b", &servers];
            Run::of(&mut sandbox.kward(arguments)).ends(2).says("wrong.yaml:2:1");
        }
    }
    for listener in listeners {
        listener.set_nonblocking(true).unwrap();
        while let Ok((mut connection, _)) = listener.accept() {
            let mut sent = Vec::new();
            connection.set_nonblocking(false).unwrap();
            connection.read_to_end(&mut sent).expect("it was closed");
            assert!(sent.is_empty(), "{sent:?}");
        }
    }
}
