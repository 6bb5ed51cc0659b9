//! The page of a command, made from its grammar.

use clap::builder::StyledStr;
use clap::{Arg, Command};

use super::markdown;
use super::roff::{Roff, bold, escape, italic, with_code};
use super::{DATE, PROGRAM};

/// The page of the command that `path` leads to: `["kward", "acl", "apply"]`. `overview` is what
/// the page of the program itself says beside its grammar.
pub(super) fn page(command: &Command, path: &[&str], overview: Option<&str>) -> String {
    let name = path.join("-");
    let mut page = Roff::page(&name, 1, DATE, PROGRAM);
    let about = text(command.get_about());
    page.section("NAME");
    page.text(&format!("{} \\- {}", escape(&name), escape(&lower_first(&about.replace('`', "")))));
    page.section("SYNOPSIS");
    let usage = text(Some(&command.clone().render_usage()));
    page.text(&synopsis(usage.trim_start_matches("Usage: "), path));
    page.section("DESCRIPTION");
    let long = text(command.get_long_about().or(command.get_about()));
    // The first paragraph is the name's line again.
    paragraphs(&mut page, long.split_once("\n\n").map_or(&*long, |(_, rest)| rest));
    arguments(&mut page, command, path.len() == 1);
    subcommands(&mut page, command, &name);
    if let Some(overview) = overview {
        markdown::append(&mut page, overview, "NOTES");
    } else {
        after_help(&mut page, command);
    }
    see_also(&mut page, path);
    page.into_text()
}

fn text(styled: Option<&StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The command in bold, what stands for something else as it is.
fn synopsis(usage: &str, path: &[&str]) -> String {
    let command = path.join(" ");
    let rest = usage.strip_prefix(&command).unwrap_or(usage);
    format!("{}{}", bold(&command), escape(rest))
}

fn paragraphs(page: &mut Roff, text: &str) {
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            page.paragraph();
        }
        page.text(&with_code(paragraph));
    }
}

fn arguments(page: &mut Roff, command: &Command, global: bool) {
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && (global || !arg.is_global_set()))
        .collect();
    let (positionals, options): (Vec<&Arg>, Vec<&Arg>) =
        shown.into_iter().partition(|arg| arg.is_positional());
    if !positionals.is_empty() {
        page.section("ARGUMENTS");
        for arg in positionals {
            page.tagged(&values(arg));
            help(page, arg);
        }
    }
    if options.is_empty() {
        return;
    }
    page.section("OPTIONS");
    let mut headings: Vec<Option<&str>> = Vec::new();
    for option in &options {
        if !headings.contains(&option.get_help_heading()) {
            headings.push(option.get_help_heading());
        }
    }
    // Those without a heading come first.
    headings.sort_by_key(Option::is_some);
    for heading in headings {
        if let Some(heading) = heading {
            page.subsection(heading);
        }
        for option in options.iter().filter(|option| option.get_help_heading() == heading) {
            page.tagged(&flag(option));
            help(page, option);
        }
    }
    if !global {
        page.subsection("Global options");
        page.text(&format!("See {}(1).", bold("kward")));
    }
}

/// `-f, --file PATH`.
fn flag(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| bold(&format!("-{short}")));
    let long = arg.get_long().map(|long| bold(&format!("--{long}")));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let names = names.join(", ");
    if arg.get_action().takes_values() { format!("{names} {}", values(arg)) } else { names }
}

fn values(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| italic(name)).collect();
    names.join(" ")
}

fn help(page: &mut Roff, arg: &Arg) {
    let help = text(arg.get_long_help().or(arg.get_help()));
    for (at, paragraph) in help.split("\n\n").enumerate() {
        if at > 0 {
            page.raw(".sp");
        }
        page.text(&with_code(paragraph));
    }
    if arg.is_hide_possible_values_set() || !arg.get_action().takes_values() {
        return;
    }
    let possible: Vec<_> =
        arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
    if possible.is_empty() {
        return;
    }
    if possible.iter().all(|value| value.get_help().is_none()) {
        let words: Vec<String> = possible.iter().map(|value| bold(value.get_name())).collect();
        page.raw(".sp");
        page.text(&format!("One of {}.", words.join(", ")));
        return;
    }
    page.raw(".RS");
    for value in possible {
        page.tagged(&bold(value.get_name()));
        page.text(&with_code(&text(value.get_help())));
    }
    page.raw(".RE");
}

fn subcommands(page: &mut Roff, command: &Command, name: &str) {
    let mut shown = command.get_subcommands().filter(|sub| !sub.is_hide_set()).peekable();
    if shown.peek().is_none() {
        return;
    }
    page.section("COMMANDS");
    for sub in shown {
        page.tagged(&format!("{}(1)", bold(&format!("{name}-{}", sub.get_name()))));
        page.text(&with_code(&text(sub.get_about())));
    }
}

/// Examples as they are, anything else as text.
fn after_help(page: &mut Roff, command: &Command) {
    let after = text(command.get_after_long_help().or(command.get_after_help()));
    let mut blocks = after.split("\n\n").peekable();
    if let Some(examples) = blocks.peek().and_then(|block| block.strip_prefix("Examples:\n")) {
        blocks.next();
        page.section("EXAMPLES");
        page.verbatim(examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)));
        while let Some(more) = blocks.next_if(|block| block.starts_with("  ")) {
            page.paragraph();
            page.verbatim(more.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)));
        }
    }
    let rest = blocks.collect::<Vec<_>>().join("\n\n");
    if !rest.is_empty() {
        page.section(if rest.starts_with("Exit status") { "EXIT STATUS" } else { "NOTES" });
        paragraphs(page, &rest);
    }
}

fn see_also(page: &mut Roff, path: &[&str]) {
    let mut pages: Vec<(String, u8)> =
        (1..path.len()).rev().map(|depth| (path[..depth].join("-"), 1)).collect();
    let format = if path.get(1) == Some(&"topic") { "kward-topic-file" } else { "kward-acl-file" };
    pages.extend([(format.to_owned(), 5), ("kward-config".to_owned(), 5)]);
    page.section("SEE ALSO");
    let pages: Vec<String> =
        pages.iter().map(|(name, section)| format!("{}({section})", bold(name))).collect();
    page.text(&pages.join(", "));
}
