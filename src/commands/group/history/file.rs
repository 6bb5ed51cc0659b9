//! The file that keeps a history.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::super::backup::{self, shown};
use crate::error::{Error, Result};
use crate::group::history::merge;
use crate::model::Name;
use crate::report::group_history::GroupHistory;
use crate::settings::write_private;

/// What is kept in a file; `None` where there is none.
pub fn read(path: &Path, group: &Name, cluster: Option<&str>) -> Result<Option<GroupHistory>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let text = backup::read(path)?;
    merge::from_text(&text, group, cluster)
        .map(Some)
        .map_err(|error| error.context(format!("`{}` is not used", shown(path))))
}

/// Writes a history in place of what the file had, or leaves that as it was.
pub fn write(path: &Path, history: &GroupHistory) -> Result<()> {
    let fail = |error: &dyn std::fmt::Display| {
        Error::failed(format!("cannot save the history as `{}`", shown(path))).caused_by(error)
    };
    let text = merge::to_text(history)?;
    write_private(path, &text).map_err(|error| fail(&error))
}
