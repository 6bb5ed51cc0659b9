//! The backup that is written before committed offsets are changed or deleted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::acl::source::{read_standard_input, read_text};
use crate::error::{Error, Result};
use crate::group::offsets_file::{API_VERSION, BACKUP, Backup, GroupOffsets};
use crate::model::visible;
use crate::settings::write_private;

/// A path, safe to show.
pub fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

/// Writes what `groups` have committed into `folder` (made if missing), under a name of its own.
pub fn write(
    folder: &Path,
    cluster_id: &str,
    created_at: &str,
    groups: Vec<GroupOffsets>,
) -> Result<PathBuf> {
    let backup = Backup {
        api_version: API_VERSION.to_owned(),
        kind: BACKUP.to_owned(),
        cluster_id: cluster_id.to_owned(),
        created_at: created_at.to_owned(),
        groups,
    };
    let fail = |error: &dyn std::fmt::Display| {
        Error::failed(format!(
            "cannot write the backup into `{}`, nothing was changed",
            shown(folder)
        ))
        .caused_by(error)
        .hint("`--backup-dir` names another folder")
    };
    fs::create_dir_all(folder).map_err(|error| fail(&error))?;
    let mut text = serde_json::to_string_pretty(&backup).map_err(|error| fail(&error))?;
    text.push('\n');
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let cluster: String = cluster_id.chars().filter(plain).take(64).collect();
    let stamp = created_at.replace([':', '-'], "");
    for attempt in 0..1000 {
        let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        let path = folder.join(format!("group-offsets-{cluster}-{stamp}{suffix}.json"));
        if path.exists() {
            continue;
        }
        write_private(&path, &text).map_err(|error| fail(&error))?;
        return Ok(path);
    }
    Err(fail(&"there are a thousand backups of this second"))
}

/// The text of a file of offsets; of standard input for `-`.
pub fn read(path: &Path) -> Result<String> {
    const MOST: u64 = 512 << 20;
    let fail = |error: &dyn std::fmt::Display| {
        Error::invalid(format!("cannot read `{}`", shown(path))).caused_by(error)
    };
    if path.as_os_str() == "-" {
        return String::from_utf8(read_standard_input(MOST)?).map_err(|error| fail(&error));
    }
    read_text(path).map_err(|error| fail(&error))
}
