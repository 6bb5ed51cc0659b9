//! `acl diff`: what two sets of bindings have each for itself.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::source::{FileArguments, Live, shown};
use crate::acl::access;
use crate::acl::authorizer::Assumptions;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{Binding, visible};
use crate::report::acl_diff::AclDiff;

/// One side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The cluster of the settings.
    Cluster,
    /// The cluster of a context.
    Context(String),
    /// A saved list.
    Snapshot(PathBuf),
    /// ACL files.
    Files(PathBuf),
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The first side.
    pub from: Side,
    /// The second side.
    pub to: Side,
    /// `--var`, `--var-file`; the paths come from the sides.
    pub variables: FileArguments,
    /// Exit status 3 when they differ.
    pub detailed_exitcode: bool,
}

impl std::str::FromStr for Side {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "cluster" => Ok(Side::Cluster),
            Some(("context", name)) if !name.is_empty() => Ok(Side::Context(name.to_owned())),
            Some(("snapshot", path)) if !path.is_empty() => Ok(Side::Snapshot(path.into())),
            Some(("files" | "file", path)) if !path.is_empty() => Ok(Side::Files(path.into())),
            _ => {
                let error =
                    Error::invalid(format!("`{}` is no side of a comparison", visible(text)));
                Err(if std::path::Path::new(text).exists() {
                    error.hint(format!(
                        "write `files:{text}` for ACL files, `snapshot:{text}` for a saved list",
                        text = visible(text)
                    ))
                } else {
                    error.hint(
                        "a side is `cluster`, `context:NAME`, `snapshot:FILE` or `files:PATH`",
                    )
                })
            }
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Side::Cluster => f.write_str("cluster"),
            Side::Context(name) => write!(f, "context:{}", visible(name)),
            Side::Snapshot(path) => write!(f, "snapshot:{}", shown(path)),
            Side::Files(path) => write!(f, "files:{}", shown(path)),
        }
    }
}

/// Compares them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let from = read(context, request, &request.from).await?;
    let to = read(context, request, &request.to).await?;
    let assumptions = Assumptions {
        super_users: context.settings.super_users.clone(),
        allow_everyone_if_no_acl_found: context
            .settings
            .allow_everyone_if_no_acl_found
            .unwrap_or(false),
        cidr: from.cidr || to.cidr,
    };
    let before: BTreeSet<&Binding> = from.bindings.iter().collect();
    let after: BTreeSet<&Binding> = to.bindings.iter().collect();
    let only = |a: &BTreeSet<&Binding>, b: &BTreeSet<&Binding>| -> Vec<Binding> {
        a.difference(b).map(|binding| (*binding).clone()).collect()
    };
    let (removed, added) = (only(&before, &after), only(&after, &before));
    let in_sync = removed.is_empty() && added.is_empty();
    let access = access::difference(&from.bindings, &to.bindings, &assumptions);
    let report = AclDiff {
        from: request.from.to_string(),
        to: request.to.to_string(),
        in_sync,
        unchanged: before.intersection(&after).count(),
        added,
        removed,
        access: access.iter().map(super::plan::access_line).collect(),
    };
    Ok(Outcome::report(report).no_if(request.detailed_exitcode && !in_sync))
}

struct Bindings {
    bindings: Vec<Binding>,
    cidr: bool,
}

async fn read(context: &Context<'_>, request: &Request, side: &Side) -> Result<Bindings> {
    let live = match side {
        Side::Files(path) => {
            let files = FileArguments { paths: vec![path.clone()], ..request.variables.clone() };
            let desired = files.load(context, true)?;
            return Ok(Bindings { bindings: desired.bindings.into_keys().collect(), cidr: false });
        }
        Side::Snapshot(path) => Live::of_snapshot(path)?,
        Side::Cluster => {
            let here = Context { side: Some(side.to_string()), ..context.clone() };
            Live::of_cluster(&here, &here.connect().await?).await?
        }
        Side::Context(name) => {
            let settings = (context.of_context)(name)?;
            let side = Some(side.to_string());
            let there = Context { settings: &settings, side, ..context.clone() };
            Live::of_cluster(&there, &there.connect().await?).await?
        }
    };
    let cidr = live.metadata_version.is_some_and(crate::model::MetadataVersion::supports_cidr);
    Ok(Bindings { bindings: live.bindings, cidr })
}
