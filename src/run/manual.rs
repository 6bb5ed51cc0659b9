//! `kward man` and `kward help`.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

use crate::cli::{Cli, manual, topics};
use crate::commands::Outcome;
use crate::error::{Error, Result};
use crate::model::{nearest, visible};
use crate::output::Ui;

use super::program;

/// `kward man`: one page, or all of them into a folder.
pub fn man(ui: &Ui, words: &[String], write: Option<&Path>) -> Result<Outcome> {
    program::leave_interrupts_to_pager(ui);
    let pages = manual::pages(Cli::command());
    if let Some(folder) = write {
        let fail = |error: std::io::Error| {
            Error::failed(format!("cannot write manual pages into `{}`", folder.display()))
                .caused_by(error)
        };
        std::fs::create_dir_all(folder).map_err(fail)?;
        for page in &pages {
            std::fs::write(folder.join(page.file()), &page.text).map_err(fail)?;
        }
        return Ok(Outcome::default());
    }
    let wanted = words.join("-");
    // `kward-config` is a command's page and a file's.
    let wanted = if wanted == "config-file" { "config.5" } else { &wanted };
    let is = |page: &&manual::Page| {
        [page.name.as_str(), &page.file()].iter().any(|name| {
            *name == wanted || name.strip_prefix("kward-").is_some_and(|name| name == wanted)
        })
    };
    let page = if words.is_empty() { pages.first() } else { pages.iter().find(is) };
    let Some(page) = page else {
        let known = pages.iter().map(|page| page.name.trim_start_matches("kward-"));
        return Err(unknown("page", words, nearest(wanted, known.chain(["config-file"]))));
    };
    if ui.manual(&page.text)? {
        return Ok(Outcome::default());
    }
    match &page.about {
        manual::About::Command(words) => help(ui, words),
        manual::About::File(document) => {
            ui.print_flowing(document, &manual::unbroken(document))?;
            Ok(Outcome::default())
        }
    }
}

/// `kward man --markdown`.
pub fn reference(ui: &Ui) -> Result<Outcome> {
    program::leave_interrupts_to_pager(ui);
    ui.print_text(&manual::reference(Cli::command()))?;
    Ok(Outcome::default())
}

/// `kward help`: a command, a topic, or what there is.
pub fn help(ui: &Ui, words: &[String]) -> Result<Outcome> {
    program::leave_interrupts_to_pager(ui);
    let mut root = Cli::command();
    if words.is_empty() {
        let mut text = root.render_long_help().to_string();
        text += "\nTopics of `kward help`:\n";
        for topic in topics::TOPICS {
            let _ = writeln!(text, "  {:<17}{}", topic.name, topic.about);
        }
        ui.print_text(&text)?;
        return Ok(Outcome::default());
    }
    if let [word] = words
        && let Some(topic) = topics::find(word)
    {
        ui.print_flowing(topic.text, &manual::unbroken(topic.text))?;
        return Ok(Outcome::default());
    }
    root.build();
    let mut found = root;
    for word in words {
        let next = found.find_subcommand(word).cloned();
        let Some(next) = next else {
            let commands = found.get_subcommands().map(clap::Command::get_name);
            let topics = topics::TOPICS.iter().map(|topic| topic.name);
            return Err(unknown("command or topic", words, nearest(word, commands.chain(topics))));
        };
        found = next;
    }
    ui.print_text(&found.render_long_help().to_string())?;
    Ok(Outcome::default())
}

fn unknown(what: &str, words: &[String], near: Option<&str>) -> Error {
    let error = Error::invalid(format!("there is no {what} `{}`", visible(&words.join(" "))));
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`kward help` lists the commands and the topics"),
    }
}
