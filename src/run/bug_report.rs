//! `kward bug-report`.

use crate::commands::Outcome;
use crate::commands::bug_report::{self, Build};
use crate::error::Result;
use crate::settings::Settings;

use super::{Given, Program};

/// Runs it, with whatever the settings have come to.
pub fn run(given: &Given<'_>, settings: &Result<Settings>) -> Result<Outcome> {
    let build = Build {
        version: crate::cli::VERSION,
        features: crate::cli::FEATURES
            .split(", ")
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    };
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return Ok(bug_report::without_settings(&build, error)),
    };
    let program =
        Program { cli: given.cli, environment: given.environment, ui: given.ui, settings };
    program.with_cluster(None, async |context| Ok(bug_report::run(context, &build).await))
}
