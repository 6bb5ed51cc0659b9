//! `acl list`: the bindings of the cluster (DescribeAcls; needs DESCRIBE on the cluster).

use super::FilterSet;
use super::source::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::{Binding, Name, Principal, ResourceType, visible};
use crate::report::acl_list::AclList;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The filters.
    pub filters: FilterSet,
    /// Also what `User:*` gives the principals of the filter.
    pub effective: bool,
}

/// Lists them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let mut filters = request.filters.clone();
    if request.effective {
        filters.principals.push(Principal::verbatim(Principal::EVERYONE));
    }
    filters.note_hosts(context);
    let client = context.connect().await?;
    let filter = filters.request();
    let (bindings, cluster, metadata_version) =
        tokio::join!(client.describe_acls(&filter), cluster_id(&client), client.metadata_version());
    let mut items: Vec<Binding> = bindings?.into_iter().filter(|b| filters.matches(b)).collect();
    items.sort_unstable();
    items.dedup();
    let star = |(_, name): &&(ResourceType, Name)| name.len() > 1 && name.ends_with('*');
    if let Some((_, name)) = filters.resources.iter().find(star).filter(|_| items.is_empty()) {
        let shown = visible(name);
        context.ui.note(&format!(
            "`{shown}` was taken as a name; `{}` with `--pattern prefixed` is the prefix, and \
             `--pattern match` finds what affects a name",
            shown.trim_end_matches('*')
        ));
    }
    let complete = filters.is_everything();
    Ok(Outcome::report(AclList {
        cluster_id: Some(cluster?),
        captured_at: Some(context.timestamp()),
        metadata_version: metadata_version.map(|version| version.to_string()),
        filter: (!complete).then(|| filters.to_string()),
        complete,
        items,
    }))
}
