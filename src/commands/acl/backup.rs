//! The backup of what an apply deletes, for `apply --undo`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::source::{read_text, shown};
use crate::acl::desired::{Desired, Document, Place};
use crate::error::{Error, Result};
use crate::model::{Binding, visible};
use crate::settings::write_private;

const KIND: &str = "AclBackup";

/// The bindings that an apply deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backup {
    api_version: String,
    kind: String,
    /// The cluster that they were deleted from.
    pub cluster_id: String,
    /// When, RFC 3339 in UTC.
    pub created_at: String,
    /// The bindings.
    pub deleted: Vec<Binding>,
}

impl Backup {
    /// A backup of `deleted`.
    pub fn new(cluster_id: &str, created_at: String, deleted: Vec<Binding>) -> Self {
        Self {
            api_version: "kward/v1".to_owned(),
            kind: KIND.to_owned(),
            cluster_id: cluster_id.to_owned(),
            created_at,
            deleted,
        }
    }

    /// Writes it into `folder` (made if missing) under a name of its own.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let fail = |error: &dyn std::fmt::Display| {
            Error::failed(format!(
                "cannot write the backup into `{}`, nothing was deleted",
                shown(folder)
            ))
            .caused_by(error)
            .hint("`--backup-dir` names another folder")
        };
        fs::create_dir_all(folder).map_err(|error| fail(&error))?;
        let mut text = serde_json::to_string_pretty(self).map_err(|error| fail(&error))?;
        text.push('\n');
        let stamp = self.created_at.replace([':', '-'], "");
        for attempt in 0..1000 {
            let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
            let path =
                folder.join(format!("acl-{}-{stamp}{suffix}.json", file_name(&self.cluster_id)));
            if path.exists() {
                continue;
            }
            write_private(&path, &text).map_err(|error| fail(&error))?;
            return Ok(path);
        }
        Err(fail(&"there are a thousand backups of this second"))
    }

    /// What the backup at `path` wants: that its bindings are there.
    pub fn desired(&self, path: &Path) -> Desired {
        let place = Place { document: 0, line: 1, column: 1, rule: None, bundled: false };
        let document =
            Document { file: Arc::from(shown(path)), owner: None, scope: None, rules: Vec::new() };
        Desired {
            documents: vec![document],
            bindings: self.deleted.iter().map(|b| (b.clone(), vec![place])).collect(),
            ..Desired::default()
        }
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            api_version: String,
            kind: String,
        }
        let not = |why: &dyn std::fmt::Display| {
            Error::invalid(format!("`{}` is no backup of an apply", shown(path))).caused_by(why)
        };
        let text = read_text(path).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidData => not(&error),
            _ => {
                Error::invalid(format!("cannot read the backup `{}`", shown(path))).caused_by(error)
            }
        })?;
        let head: Head = serde_json::from_str(&text).map_err(|error| not(&error))?;
        if head.kind != KIND || head.api_version != "kward/v1" {
            return Err(not(&format_args!(
                "its apiVersion and kind are `{}` and `{}`, not `kward/v1` and `{KIND}`",
                visible(&head.api_version),
                visible(&head.kind)
            )));
        }
        serde_json::from_str(&text).map_err(|error| not(&error))
    }
}

/// Cluster ids are base64url; anything else is not let into a file name.
fn file_name(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect()
}
