//! What the flags and the environment ask of the output, already read by others.

use std::fmt;
use std::str::FromStr;

use super::github::Workspace;
use crate::model::nearest;

/// How results are shown, and what may be asked. `settings` reads the environment; the values of
/// its variables are handed in.
#[derive(Debug, Clone, Default)]
// Each is a flag of its own on the command line.
#[allow(clippy::struct_excessive_bools)]
pub struct Options {
    /// `-o`.
    pub format: Format,
    /// `--columns`: these, in this order; all when empty.
    pub columns: Vec<String>,
    /// `--sort-by`: columns, the first one first; a leading `-` turns the order round.
    pub sort_by: Vec<String>,
    /// `--no-headers`.
    pub no_headers: bool,
    /// `--color`.
    pub color: ColorChoice,
    /// `-q`: no notes and no progress.
    pub quiet: bool,
    /// How often `-v` was given.
    pub verbose: u8,
    /// `-y`: every yes-or-no question is answered.
    pub yes: bool,
    /// `--progress`.
    pub progress: ProgressChoice,
    /// What shows results that are longer than the terminal is high.
    pub pager: Option<Pager>,
    /// The width of the terminal in cells, where it should not be asked.
    pub width: Option<u16>,
    /// Standard input is data (`-f -`): questions go to the controlling terminal.
    pub stdin_is_input: bool,
    /// `NO_COLOR`.
    pub no_color_env: Option<String>,
    /// `CLICOLOR_FORCE`.
    pub clicolor_force_env: Option<String>,
    /// `TERM`.
    pub term_env: Option<String>,
    /// Where a job of GitHub's runs.
    pub workspace: Option<Workspace>,
}

impl Options {
    /// Whether a stream is coloured: `--color`, then `NO_COLOR`, then `CLICOLOR_FORCE`, then
    /// whether it is a terminal that can.
    pub(super) fn colored(&self, terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set = |value: &Option<String>| value.as_ref().is_some_and(|v| !v.is_empty());
                if set(&self.no_color_env) {
                    false
                } else if set(&self.clicolor_force_env)
                    && self.clicolor_force_env.as_deref() != Some("0")
                {
                    true
                } else {
                    terminal && self.term_env.as_deref() != Some("dumb")
                }
            }
        }
    }

    /// Whether the cursor of a terminal can be moved.
    pub(super) fn moves_cursor(&self) -> bool {
        self.term_env.as_deref() != Some("dumb")
    }

    /// Whether progress may be drawn on a terminal.
    pub(super) fn draws_progress(&self) -> bool {
        !self.quiet && self.progress == ProgressChoice::Auto && self.moves_cursor()
    }
}

/// A pager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// A program with its arguments; where it has signs of the shell's, a line for the shell.
    pub command: String,
    /// Variables that are to be set for it.
    pub variables: Vec<(&'static str, &'static str)>,
}

/// `-o`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Tables and lines for people.
    #[default]
    Table,
    /// The same with every column.
    Wide,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
    /// Bare names, one a line.
    Name,
    /// For a comment in a review.
    Markdown,
    /// Workflow commands that annotate files on GitHub.
    Github,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
}

impl Format {
    /// The words of `-o`, in the order of the help.
    pub const NAMES: [(&'static str, Format); 8] = [
        ("table", Format::Table),
        ("wide", Format::Wide),
        ("json", Format::Json),
        ("yaml", Format::Yaml),
        ("name", Format::Name),
        ("markdown", Format::Markdown),
        ("github", Format::Github),
        ("sarif", Format::Sarif),
    ];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        word_of(&Self::NAMES, "output format", word)
    }
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let words = [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
        word_of(&words, "choice", word)
    }
}

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProgressChoice {
    /// On a terminal, when a job takes longer than a moment.
    #[default]
    Auto,
    /// Nowhere.
    Never,
}

impl FromStr for ProgressChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        word_of(&[("auto", Self::Auto), ("never", Self::Never)], "choice", word)
    }
}

fn word_of<T: Copy + fmt::Debug>(
    words: &[(&'static str, T)],
    what: &str,
    word: &str,
) -> Result<T, String> {
    if let Some((_, value)) = words.iter().find(|(name, _)| *name == word) {
        return Ok(*value);
    }
    let near = match nearest(word, words.iter().map(|(name, _)| *name)) {
        Some(near) => format!(", did you mean `{near}`?"),
        None => String::new(),
    };
    Err(format!("unknown {what} `{}`{near}", crate::model::visible(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(no_color: &str, force: &str, term: &str) -> Options {
        Options {
            no_color_env: Some(no_color.to_owned()),
            clicolor_force_env: Some(force.to_owned()),
            term_env: Some(term.to_owned()),
            ..Options::default()
        }
    }

    #[test]
    fn colour_follows_flag_then_environment_then_terminal() {
        assert!(Options::default().colored(true));
        assert!(!Options::default().colored(false));
        assert!(!options("1", "1", "xterm").colored(true));
        assert!(options("", "1", "dumb").colored(false));
        assert!(!options("", "0", "xterm").colored(false));
        assert!(!options("", "", "dumb").colored(true));
        let always = Options { color: ColorChoice::Always, ..options("1", "", "dumb") };
        assert!(always.colored(false));
        let never = Options { color: ColorChoice::Never, ..options("", "1", "xterm") };
        assert!(!never.colored(true));
    }

    #[test]
    fn a_wrong_format_names_the_nearest() {
        assert_eq!("json".parse(), Ok(Format::Json));
        assert_eq!(
            "jsno".parse::<Format>().unwrap_err(),
            "unknown output format `jsno`, did you mean `json`?"
        );
    }
}
