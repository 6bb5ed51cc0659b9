//! Writes what the measurements read: ACL files, and questions for `acl can`.
//!
//!     data files COUNT FOLDER     ACL files with COUNT bindings, a file for each team
//!     data half COUNT FOLDER      the same files with every other application
//!     data questions COUNT OF     COUNT questions about OF bindings, on standard output
//!     data topicctl COUNT FOLDER ADDRESS
//!                                 the same bindings as topicctl's files cluster.yaml and acls.yaml

#![allow(clippy::disallowed_methods, reason = "a program of its own")]

#[allow(dead_code, reason = "each program uses a part of it")]
mod bindings;

use std::fs;
use std::io::{self, BufWriter, Write};

use bindings::{Application, EACH, TEAM, applications};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["files", count, folder] => files(number(count), folder, |_| true),
        ["half", count, folder] => {
            files(number(count), folder, |application| application.0 % 2 == 0)
        }
        ["questions", count, of] => questions(number(count), number(of)),
        ["topicctl", count, folder, address] => topicctl(number(count), folder, address),
        _ => panic!("the head of benches/data.rs says what it takes"),
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

fn files(count: usize, folder: &str, wanted: impl Fn(Application) -> bool) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let all: Vec<Application> = applications(count).collect();
    for (team, members) in all.chunks(TEAM).enumerate() {
        let mut text = format!(
            "version: 1\nowner: team-{team:03}\nscope:\n  principal: User:t{team:03}-*\nrules:\n"
        );
        members.iter().filter(|one| wanted(**one)).for_each(|one| text.push_str(&one.rule()));
        fs::write(format!("{folder}/t{team:03}.yaml"), text)?;
    }
    Ok(())
}

/// Of each four questions two are allowed, one is denied and one has no match.
fn questions(count: usize, of: usize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let applications = of / EACH;
    for at in 0..count {
        // A step that has no divisor in common with the number of applications visits all.
        let one = Application(at * 7919 % applications);
        let principal = one.principal();
        match at % 4 {
            0 => writeln!(out, "{principal} write topic:{}", one.output()),
            1 => writeln!(out, "{principal} describe topic:{}clicks", one.family()),
            2 => writeln!(out, "{principal} read topic:{}customers 10.0.0.7", one.kept_from()),
            _ => writeln!(out, "{principal} read topic:orders"),
        }?;
    }
    out.flush()
}

fn topicctl(count: usize, folder: &str, address: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let head = "  cluster: c\n  environment: e\n  region: r\n";
    let cluster = format!(
        "meta:\n  name: c\n  environment: e\n  region: r\nspec:\n  bootstrapAddrs: [\"{address}\"]\n"
    );
    fs::write(format!("{folder}/cluster.yaml"), cluster)?;
    let mut text = format!("meta:\n  name: acls\n{head}spec:\n  acls:\n");
    for binding in applications(count).flat_map(|one| one.bindings()) {
        let word = |code: u8, words: [&'static str; 9]| words[usize::from(code)];
        text.push_str(&format!(
            "    - resource: {{ type: {}, name: {}, patternType: {}, principal: '{}', host: '*', permission: {} }}\n      operations: [{}]\n",
            word(binding.resource_type, ["", "", "topic", "group", "", "", "", "", ""]),
            binding.resource_name,
            word(binding.pattern_type, ["", "", "", "literal", "prefixed", "", "", "", ""]),
            binding.principal,
            word(binding.permission, ["", "", "deny", "allow", "", "", "", "", ""]),
            word(binding.operation, ["", "", "", "Read", "Write", "", "", "", "Describe"]),
        ));
    }
    fs::write(format!("{folder}/acls.yaml"), text)
}
