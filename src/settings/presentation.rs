//! How results are printed, as far as flags, environment and config file decide it; whether there
//! is a terminal is for `output` to see.

use std::path::PathBuf;

use super::Environment;
use super::config_file::ConfigFile;
use crate::cli::global::{Color, Format, Global, Progress};

/// How to print.
// Each flag of this kind is one.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Default)]
pub struct Presentation {
    /// `-o`.
    pub output: Format,
    /// `--color`, `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR`, `TERM`, the config file, in this order.
    /// `Auto` is left where nothing but the terminal decides.
    pub color: Color,
    /// `--columns`.
    pub columns: Vec<String>,
    /// `--sort-by`.
    pub sort_by: Vec<String>,
    /// `--no-headers`.
    pub no_headers: bool,
    /// `-q`.
    pub quiet: bool,
    /// `-v`.
    pub verbose: bool,
    /// `--progress`.
    pub progress: Progress,
    /// `--log-file`, absolute.
    pub log_file: Option<PathBuf>,
    /// `-y`.
    pub yes: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// `GITHUB_WORKSPACE`, and the working folder that files are named from.
    pub workspace: Option<(PathBuf, PathBuf)>,
    /// What shows long results on a terminal.
    pub pager: Option<Pager>,
}

/// What shows long results on a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// `KWARD_PAGER`, `PAGER`, or `less`.
    pub command: String,
    /// Variables that say how `less` behaves, where nobody has set them.
    pub less: Vec<(&'static str, &'static str)>,
}

impl Pager {
    /// None with `--no-pager`, where the variables name `cat`, and in CI, whose logs are no terminals even
    /// where they look like one.
    fn of(global: &Global, environment: &Environment) -> Option<Self> {
        let named = environment.get("KWARD_PAGER").or_else(|| environment.get("PAGER"));
        let command = named.unwrap_or("less").trim().to_owned();
        let wanted = !global.no_pager && environment.get("CI").is_none();
        let mut less = LESS.to_vec();
        less.retain(|(name, _)| environment.get(name).is_none());
        (wanted && !command.is_empty() && command != "cat").then_some(Self { command, less })
    }
}

/// It ends by itself when all fits, shows colours, leaves the text on the screen; and where no locale says
/// so, it would show the numbers of the bytes of whatever is not ASCII.
const LESS: [(&str, &str); 2] = [("LESS", "FRX"), ("LESSCHARSET", "utf-8")];

impl Presentation {
    /// Whether a column may be missing from what is printed, for results that must not get lost.
    pub fn hides_column(&self, name: &str) -> bool {
        let chosen = self.columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        self.output == Format::Name
            || !self.sort_by.is_empty()
            || !(self.columns.is_empty() || chosen)
    }

    /// What flags and environment say: for an error that happens before the config file is read.
    pub fn early(global: &Global, environment: &Environment) -> Self {
        Self::new(global, environment, &ConfigFile::default())
    }

    pub(super) fn new(global: &Global, environment: &Environment, config: &ConfigFile) -> Self {
        let path = |path: &PathBuf| environment.path(&path.to_string_lossy(), &environment.cwd);
        Self {
            output: global.output.or(config.output).unwrap_or_default(),
            color: global
                .color
                .or_else(|| color_of(environment))
                .or(config.color)
                .unwrap_or_default(),
            columns: global.columns.clone(),
            sort_by: global.sort_by.clone(),
            no_headers: global.no_headers,
            quiet: global.quiet,
            verbose: global.verbose,
            progress: global.progress.unwrap_or_default(),
            log_file: global.log_file.as_ref().map(path),
            yes: global.yes,
            term: environment.get("TERM").map(str::to_owned),
            workspace: environment
                .get("GITHUB_WORKSPACE")
                .map(|root| (PathBuf::from(root), environment.cwd.clone())),
            pager: Pager::of(global, environment),
        }
    }
}

fn color_of(environment: &Environment) -> Option<Color> {
    if environment.get("NO_COLOR").is_some() {
        return Some(Color::Never);
    }
    match (environment.get("CLICOLOR_FORCE"), environment.get("CLICOLOR")) {
        (Some(force), _) if force != "0" => Some(Color::Always),
        (_, Some("0")) => Some(Color::Never),
        _ if environment.get("TERM") == Some("dumb") => Some(Color::Never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour() {
        for (flag, variables, config, expected) in [
            (None, &[][..], None, Color::Auto),
            (None, &[], Some(Color::Never), Color::Never),
            (None, &[("NO_COLOR", "1")], Some(Color::Always), Color::Never),
            (None, &[("NO_COLOR", "")], None, Color::Auto),
            (Some(Color::Always), &[("NO_COLOR", "1")], None, Color::Always),
            (None, &[("CLICOLOR_FORCE", "1")], None, Color::Always),
            (None, &[("CLICOLOR_FORCE", "0")], None, Color::Auto),
            (None, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], None, Color::Never),
            (None, &[("CLICOLOR", "0")], None, Color::Never),
            (None, &[("TERM", "dumb")], None, Color::Never),
            (None, &[("TERM", "xterm")], None, Color::Auto),
        ] {
            let global = Global { color: flag, ..Global::default() };
            let environment = Environment {
                variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
                ..Environment::default()
            };
            let config = ConfigFile { color: config, ..ConfigFile::default() };
            let presentation = Presentation::new(&global, &environment, &config);
            assert_eq!(presentation.color, expected, "{flag:?} {variables:?}");
        }
    }

    #[test]
    fn pager() {
        let pager = |no_pager: bool, variables: &[(&str, &str)]| {
            let global = Global { no_pager, ..Global::default() };
            let environment = Environment {
                variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
                ..Environment::default()
            };
            Pager::of(&global, &environment).map(|pager| (pager.command, pager.less))
        };
        let some = |command: &str, less: &[(&'static str, &'static str)]| {
            Some((command.to_owned(), less.to_vec()))
        };
        assert_eq!(pager(false, &[]), some("less", &LESS));
        assert_eq!(pager(false, &[("PAGER", "more")]), some("more", &LESS));
        let both = [("PAGER", "more"), ("KWARD_PAGER", "less -S"), ("LESS", "R")];
        assert_eq!(pager(false, &both), some("less -S", &LESS[1..]));
        assert_eq!(pager(false, &[("LESSCHARSET", "latin1")]), some("less", &LESS[..1]));
        assert_eq!(pager(true, &both), None);
        assert_eq!(pager(false, &[("PAGER", "more"), ("KWARD_PAGER", "cat")]), None);
        assert_eq!(pager(false, &[("CI", "true")]), None);
    }
}
