//! Every command that the help and the documents show is one that the program takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::run::Run;
use crate::support::sandbox::Sandbox;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The examples of the reference, which has those of the help, and the commands in code of the documents.
pub fn shown() -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    let documents = [
        "reference",
        "guide",
        "coming-from",
        "connecting",
        "acl-file",
        "topic-file",
        "lint",
        "exit-status",
    ];
    let managed =
        ["aiven", "amazon-msk", "confluent-cloud"].map(|page| format!("docs/managed/{page}.md"));
    let documents = documents.map(|document| format!("docs/{document}.md"));
    for document in documents.iter().chain(&managed).chain([&"README.md".to_owned()]) {
        let text = fs::read_to_string(Path::new(ROOT).join(document));
        let text = text.unwrap_or_else(|error| panic!("{document}: {error}"));
        let mut inside = false;
        for line in text.lines() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                inside = !inside && language == "sh";
            } else if inside && line.starts_with("kward ") {
                shown.insert(line.to_owned());
            } else if !inside {
                // In tables and sentences: whole commands between backticks.
                shown.extend(
                    line.split('`')
                        .skip(1)
                        .step_by(2)
                        .filter(|code| code.starts_with("kward "))
                        .map(str::to_owned),
                );
            }
        }
    }
    shown
}

/// What stands for something else in a sentence is no command that could run.
pub fn is_a_pattern(line: &str) -> bool {
    ["…", "NAME", "FILE", "PATH", "COMMAND", "TOPIC", "SHELL", "BACKUP", "PRINCIPAL", "GROUP"]
        .iter()
        .any(|word| line.contains(word))
}

#[test]
fn the_grammar_takes_every_command_that_is_shown() {
    let sandbox = Sandbox::new();
    let shown = shown();
    assert!(shown.len() > 150, "only {} commands were found", shown.len());
    let mut wrong = Vec::new();
    for line in shown.iter().filter(|line| !is_a_pattern(line)) {
        let (command, _comment) = line.split_once(" #").unwrap_or((line, ""));
        for command in command.replace("| xargs kward", "&& kward").split(" && ") {
            // Nobody is asked: the context does not exist.
            let run = in_shell(&sandbox, command, &[("KWARD_CONTEXT", "absent")]);
            let fine = !USAGE.iter().any(|sign| run.err.contains(sign));
            if !fine && !is_a_name(&sandbox, command) && !line.contains("xargs") {
                wrong.push(format!("{line}\n{}", run.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The first thing that is read: its file makes the plan under it, where billing has nothing so far.
#[test]
fn the_plan_that_the_readme_shows_is_that_of_its_file() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).expect("README.md");
    let block = |language: &str| {
        let (_, rest) = readme.split_once(&format!("```{language}\n")).expect("a block");
        rest.split_once("```").expect("its end").0
    };
    let shown = block("console").strip_prefix("$ kward acl plan -f access/\n").expect("the plan");
    let (shown, _) = shown.split_once("$ ").expect("the next command");
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("access")).expect("a folder");
    sandbox.write("access/shop.yaml", block("yaml"));
    let list = |items: &[serde_json::Value]| {
        serde_json::json!({"apiVersion": "kward/v1", "kind": "AclList", "complete": true, "items": items})
            .to_string()
    };
    let plan = |live: &[serde_json::Value], format: &str| {
        sandbox.write("live.json", &list(live));
        let words = ["acl", "plan", "-f", "access/", "--against", "live.json", "-o", format];
        Run::of(&mut sandbox.kward(words)).ends(0)
    };
    let all = plan(&[], "json").json()["create"].as_array().expect("bindings").clone();
    let others: Vec<_> = all.into_iter().filter(|b| b["principal"] != "User:billing").collect();
    assert_eq!(shown, plan(&others, "table").out);
}

/// Behind two blanks, as the help shows them.
#[test]
fn an_example_of_the_help_is_no_longer_than_a_line() {
    let reference = fs::read_to_string(Path::new(ROOT).join("docs/reference.md"));
    let reference = reference.expect("the reference");
    let usage = |line: &&str| line.contains("[OPTIONS]");
    let lines = reference.lines().filter(|line| line.starts_with("kward ") && !usage(line));
    let examples: Vec<&str> = lines.collect();
    assert!(examples.len() > 100, "only {} were found", examples.len());
    let long: Vec<&str> = examples.into_iter().filter(|line| line.chars().count() > 118).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// A sentence may name a command without what it needs.
pub fn is_a_name(sandbox: &Sandbox, line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let help = [&["help"], &*words].concat();
    words.len() == 2 && Run::of(&mut sandbox.kward(help)).status == 0
}

/// What the grammar says about a command that it does not take.
const USAGE: [&str; 6] = [
    "unexpected argument",
    "unrecognized subcommand",
    "invalid value",
    "required arguments",
    "cannot be used with",
    "a value is required",
];

/// Runs a line as a person would, with nothing to read from.
pub fn in_shell(sandbox: &Sandbox, line: &str, variables: &[(&str, &str)]) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_kward")).parent().expect("a folder");
    let process = sandbox.process([""; 0]);
    let mut command = Command::new("timeout");
    command.args(["60", "bash", "-c", line]).env_clear();
    command.envs(process.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", format!("{}:/usr/bin:/bin", program.display()));
    command.envs(variables.iter().copied()).current_dir(sandbox.path());
    command.stdin(std::process::Stdio::null());
    Run::from_output(line.to_owned(), command.output().expect("bash runs"))
}
