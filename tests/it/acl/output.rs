//! Where output goes: full disks, closed pipes, and formats that mean the same.

use std::fs::OpenOptions;
use std::process::Stdio;

use kafka_protocol::messages::ApiKey;
use kward::model::Binding;
use serde_json::Value;

use crate::support::bindings::bindings;
use crate::support::fake::{Act, Fake};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

/// Runs with standard output going somewhere.
fn run_into(sandbox: &Sandbox, arguments: &[&str], out: Stdio) -> Run {
    let mut command = sandbox.process(arguments);
    command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped());
    let child = command.spawn().expect("kward runs");
    Run::from_output(format!("{command:?}"), child.wait_with_output().expect("it ends"))
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").expect("/dev/full").into()
}

fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn setup() -> (Sandbox, Fake) {
    let sandbox = Sandbox::new();
    let text =
        "version: 1\nscope: { principal: User:a }\nrules:\n  - principal: User:a\n    produce: x\n";
    sandbox.write("a.yaml", text);
    (sandbox, Fake::new(bindings(["User:a allow read topic:x", "User:b allow read topic:x"])))
}

#[test]
fn nothing_is_lost_silently() {
    let (sandbox, fake) = setup();
    let address = fake.address();
    for line in [
        "acl list",
        "acl plan -f a.yaml",
        "acl plan -f a.yaml -o markdown",
        "acl export",
        "acl diff files:a.yaml cluster",
        "acl roles",
        "acl create --allow-principal User:c --operation read --topic x",
        "acl apply -f a.yaml -y",
        "acl apply -f a.yaml -y",
        "acl delete --principal User:c -y",
        "acl --help",
        "acl list --help",
        "--version",
        "completion bash",
        "man acl",
    ] {
        let own = ["-b", &address];
        let needs_cluster = line.starts_with("acl") && !line.ends_with("--help");
        let more = if needs_cluster { &own[..] } else { &[] };
        let arguments = [&line.split(' ').collect::<Vec<_>>()[..], more].concat();
        run_into(&sandbox, &arguments, full()).ends(1).says("No space left on device");
        // Somebody who has read enough is no failure.
        let run = run_into(&sandbox, &arguments, closed()).ends(0);
        assert!(!run.err.contains("error"), "{run}");
    }
    // The writes happened all the same.
    let left = bindings([
        "User:a allow read topic:x",
        "User:a allow write topic:x",
        "User:a allow describe topic:x",
        "User:b allow read topic:x",
    ]);
    assert_eq!(fake.acls(), left);
}

#[test]
fn a_standard_error_that_is_closed_stops_nothing() {
    let (sandbox, fake) = setup();
    let address = fake.address();
    for err in [full(), closed()] {
        fake.state().acls = bindings(["User:a allow read topic:x"]);
        let mut command = sandbox.process(["acl", "apply", "-f", "a.yaml", "-y", "-b", &address]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(err);
        let output = command.output().expect("kward runs");
        let run = Run::from_output(format!("{command:?}"), output).ends(0);
        assert!(run.out.contains("2 created"), "{run}");
        assert_eq!(fake.acls().len(), 3);
    }
}

#[test]
fn every_format_of_a_write_tells_the_same() {
    let (sandbox, fake) = setup();
    let address = fake.address();
    let apply = |format: &str| {
        let arguments =
            ["acl", "apply", "-f", "a.yaml", "--prune", "--dry-run", "-b", &address, "-o", format];
        Run::of(&mut sandbox.kward(arguments)).ends(0)
    };
    let json = apply("json").json();
    let yaml: Value = serde_saphyr::from_str(&apply("yaml").out).expect("YAML");
    assert_eq!(json, yaml);
    let items = json["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    let lines = |run: &Run, word: &str| run.out.lines().filter(|line| line.contains(word)).count();
    for (format, word) in [("table", "planned"), ("wide", "planned"), ("markdown", "| planned |")] {
        let run = apply(format);
        assert_eq!(lines(&run, word), items.len(), "{run}");
    }
}

#[test]
fn wrong_usage_takes_the_form_that_the_command_line_asks_for() {
    let sandbox = Sandbox::new();
    let kward = |line: &str| Run::of(&mut sandbox.kward(line.split(' '))).ends(2);
    let run = kward("acl lst -o json");
    let error = run.error();
    assert_eq!(error["message"], "unrecognized subcommand 'lst'", "{run}");
    assert_eq!(error["exitStatus"], 2, "{run}");
    assert!(error["hints"].to_string().contains("'list'"), "{run}");
    kward("acl lst -o github").says("::error::unrecognized subcommand");
    kward("acl lst").says("error: unrecognized subcommand 'lst'\n\nhint:");
}

#[test]
fn names_are_of_what_was_written() {
    let sandbox = Sandbox::new();
    let of_bad: fn(&Binding) -> bool = |binding| binding.principal.as_str() == "User:bad";
    let fake = Fake::with(bindings([] as [&str; 0]), move |request, _| match request.key {
        ApiKey::CreateAcls => Act::Refuse(of_bad, 42, "no"),
        _ => Act::Serve,
    });
    let address = fake.address();
    let text = "version: 1\nrules:\n  - { principal: User:good, consume: { topic: x, group: none } }\n  \
                - { principal: User:bad, consume: { topic: x, group: none } }\n";
    sandbox.write("two.yaml", text);
    let apply = ["acl", "apply", "-f", "two.yaml", "-y", "-b", &address, "-o", "name"];
    let run = Run::of(&mut sandbox.kward(apply)).ends(5);
    assert_eq!(run.out, "User:good\n", "{run}");
}

/// Behind standard output is a file that somebody else has open.
#[test]
fn a_plan_is_not_saved_over_standard_output() {
    let (sandbox, fake) = setup();
    let address = fake.address();
    let plan = |out: &str| {
        let file = std::fs::File::create(sandbox.path().join("shown")).expect("a file");
        let arguments = ["acl", "plan", "-f", "a.yaml", "--out", out, "-b", &address];
        run_into(&sandbox, &arguments, file.into())
    };
    for out in ["/dev/stdout", "/dev/fd/1"] {
        plan(out).ends(1).says("cannot write the plan").says("an open file of this program");
        assert_eq!(sandbox.read("shown"), "");
    }
    plan("~/plan.json").ends(0).says("plan saved");
    assert!(sandbox.read("shown").contains("to create"));
    assert!(sandbox.path().join("plan.json").exists());
}

#[test]
fn a_warning_of_a_binding_stands_at_its_line() {
    let (sandbox, fake) = setup();
    let address = fake.address();
    let binding = "{ resourceType: CLUSTER, resourceName: other, patternType: LITERAL, principal: User:a, host: '*', \
                   operation: ALTER, permissionType: ALLOW }";
    sandbox.write("raw.yaml", &format!("version: 1\nbindings:\n  - {binding}\n"));
    let plan = ["acl", "plan", "-f", "raw.yaml", "-b", &address];
    let said = Run::of(&mut sandbox.kward(plan)).ends(0);
    said.says("warning: raw.yaml:3:5: no broker takes this binding");
    let github = Run::of(&mut sandbox.kward([&plan[..], &["-o", "github"]].concat())).ends(0);
    github.says("::warning file=raw.yaml,line=3,col=5::no broker takes this binding");
}
