//! The reference: every command of the grammar in one Markdown document, `docs/reference.md`.

use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::{Arg, Command};

/// The document. `root` is the whole grammar.
pub fn reference(mut root: Command) -> String {
    root.build();
    let mut text = String::from(
        "# Reference\n\nMade from the grammar by `kward man --markdown`; the same is in `kward COMMAND --help` and in the manual\npages.\n",
    );
    text += "\n## Global options\n\nEvery command takes them.\n";
    options(&mut text, root.get_arguments().filter(|arg| arg.is_global_set()));
    commands(&mut text, &root, &mut vec!["kward"]);
    text
}

fn commands<'a>(text: &mut String, command: &'a Command, path: &mut Vec<&'a str>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        if sub.get_name() == "help" && path.len() > 1 {
            continue;
        }
        path.push(sub.get_name());
        section(text, sub, path);
        commands(text, sub, path);
        path.pop();
    }
}

fn section(text: &mut String, command: &Command, path: &[&str]) {
    let name = path.join(" ");
    let level = "#".repeat(path.len());
    let _ = write!(text, "\n{level} {name}\n\n");
    let long = plain(command.get_long_about().or(command.get_about()));
    let _ = writeln!(text, "{long}");
    if command.has_subcommands() {
        return;
    }
    let usage = plain(Some(&command.clone().render_usage()));
    let usage = usage.trim_start_matches("Usage: ");
    let _ = write!(text, "\n```text\n{usage}\n```\n");
    let own = || command.get_arguments().filter(|arg| !arg.is_global_set() && !arg.is_hide_set());
    options(text, own());
    let after = plain(command.get_after_long_help().or(command.get_after_help()));
    if let Some(examples) = after.strip_prefix("Examples:\n") {
        let lines = examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let _ = write!(text, "\n```sh\n{lines}\n```\n");
    } else if !after.is_empty() {
        let _ = write!(text, "\n{after}\n");
    }
}

fn options<'a>(text: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let mut rows = arguments.filter(|arg| !arg.is_hide_set()).peekable();
    if rows.peek().is_none() {
        return;
    }
    text.push_str("\n| | |\n|---|---|\n");
    for arg in rows {
        let _ = writeln!(text, "| `{}` | {} |", in_cell(&named(arg)), in_cell(&meaning(arg)));
    }
}

/// `-f, --file PATH`, or what stands for a name.
fn named(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    let takes = arg.get_action().takes_values();
    let values = arg.get_value_names().unwrap_or_default();
    let values = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    match (flags.is_empty(), takes) {
        (true, _) => values,
        (false, true) => format!("{} {values}", flags.join(", ")),
        (false, false) => flags.join(", "),
    }
}

fn meaning(arg: &Arg) -> String {
    let mut text = plain(arg.get_long_help().or(arg.get_help()));
    if arg.get_action().takes_values() && !arg.is_hide_possible_values_set() {
        let values = arg.get_possible_values();
        let values = values.iter().filter(|value| !value.is_hide_set());
        let words: Vec<String> = values.map(|value| format!("`{}`", value.get_name())).collect();
        if !words.is_empty() {
            let _ = write!(text, "\n\nOne of {}.", words.join(", "));
        }
    }
    text
}

fn plain(styled: Option<&StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

/// In one line, with the sign between cells escaped.
fn in_cell(text: &str) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let paragraphs: Vec<String> = text.split("\n\n").map(line).collect();
    paragraphs.join("<br>").replace('|', "\\|")
}
