//! The manual: a page for every command, made from the grammar, and a page for every file format,
//! made from its document. They are committed in `man/`, and a test holds them fresh.

mod command;
mod markdown;
mod reference;
mod roff;

use clap::Command;

use roff::{Roff, bold, escape};

pub use markdown::unbroken;
pub use reference::reference;

/// When the grammar last changed its meaning; stands at the foot of every page.
const DATE: &str = "2026-11-30";
const PROGRAM: &str = concat!("kward ", env!("CARGO_PKG_VERSION"));
const OVERVIEW: &str = include_str!("overview.md");

/// What file formats have a page, from which document.
const FORMATS: [(&str, &str, &str); 3] = [
    ("kward-acl-file", "who may do what, as a file", include_str!("../../../docs/acl-file.md")),
    (
        "kward-topic-file",
        "what topics there are, as a file",
        include_str!("../../../docs/topic-file.md"),
    ),
    (
        "kward-config",
        "connections, contexts and defaults",
        include_str!("../../../docs/connecting.md"),
    ),
];

/// A page of the manual.
#[derive(Debug, Clone)]
pub struct Page {
    /// `kward-acl-list`.
    pub name: String,
    /// 1 for commands, 5 for file formats.
    pub section: u8,
    /// man(7).
    pub text: String,
    /// What it is about.
    pub about: About,
}

/// What a page is about.
#[derive(Debug, Clone)]
pub enum About {
    /// The command of these words behind `kward`.
    Command(Vec<String>),
    /// A file, and its document.
    File(&'static str),
}

impl Page {
    /// `kward-acl-list.1`.
    pub fn file(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }
}

/// Every page. `root` is the whole grammar.
pub fn pages(mut root: Command) -> Vec<Page> {
    root.build();
    let mut pages = Vec::new();
    collect(&root, &mut vec!["kward"], &mut pages);
    pages.extend(FORMATS.iter().map(|(name, about, document)| format_page(name, about, document)));
    pages
}

fn collect<'a>(command: &'a Command, path: &mut Vec<&'a str>, pages: &mut Vec<Page>) {
    let overview = (path.len() == 1).then_some(OVERVIEW);
    let text = command::page(command, path, overview);
    let about = About::Command(path[1..].iter().map(|word| (*word).to_owned()).collect());
    pages.push(Page { name: path.join("-"), section: 1, text, about });
    for sub in command.get_subcommands() {
        // What clap adds by itself says nothing that `--help` does not.
        if sub.is_hide_set() || (sub.get_name() == "help" && path.len() > 1) {
            continue;
        }
        path.push(sub.get_name());
        collect(sub, path, pages);
        path.pop();
    }
}

fn format_page(name: &str, about: &str, document: &'static str) -> Page {
    let mut page = Roff::page(name, 5, DATE, PROGRAM);
    page.section("NAME");
    page.raw(&format!("{} \\- {}", escape(name), escape(about)));
    markdown::append(&mut page, document, "DESCRIPTION");
    page.section("SEE ALSO");
    page.raw(&format!("{}(1)", bold("kward")));
    let about = About::File(document);
    Page { name: name.to_owned(), section: 5, text: page.into_text(), about }
}
