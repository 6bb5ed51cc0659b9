//! `acl export`: the bindings of a cluster or of a saved list as an ACL file.

use super::FilterSet;
use super::source::{Live, StateSource};
use crate::acl::export::{ExportOptions, export};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::visible;
use crate::report::text::Text;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which bindings.
    pub filters: FilterSet,
    /// Where they are.
    pub state: StateSource,
    /// No verbs.
    pub raw: bool,
}

/// Writes them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    request.filters.note_hosts(context);
    let live = match &request.state {
        StateSource::Snapshot(path) => Live::of_snapshot(path)?,
        StateSource::Cluster => Live::of_cluster(context, &context.connect().await?).await?,
    };
    let mut bindings = live.bindings;
    bindings.retain(|binding| request.filters.matches(binding));
    bindings.sort_unstable();
    bindings.dedup();
    for principal in &request.filters.principals {
        if !bindings.iter().any(|binding| binding.principal == *principal) {
            context.ui.warn(&format!("no such ACL is of `{}`", visible(principal)));
        }
    }
    let unknown = bindings.iter().filter(|binding| !binding.is_known()).count();
    if unknown > 0 {
        context.ui.warn(&format!(
            "{unknown} ACLs are of a kind that this version does not know: they are left out, as comments"
        ));
    }
    let cidr = live.metadata_version.is_some_and(crate::model::MetadataVersion::supports_cidr);
    let options = ExportOptions {
        raw: request.raw,
        cluster: live.cluster_id,
        scope: request.filters.is_everything() || request.filters.is_of_principals(),
        cidr,
    };
    Ok(Outcome::report(Text::new("AclFile", export(&bindings, &options))))
}
