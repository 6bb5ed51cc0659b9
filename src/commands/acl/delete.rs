//! `acl delete`: exactly those bindings that the filters matched when it was asked
//! (DeleteAcls with exact filters; needs ALTER on the cluster).

use super::FilterSet;
use super::source::cluster_id;
use super::write::{execute, unchecked, unwritten_report, verify};
use crate::acl::plan::{Plan, phases};
use crate::commands::{Context, Outcome, these_acls};
use crate::error::{Error, Result};
use crate::model::Binding;
use crate::report::Block;
use crate::report::acl_write::{AclWriteResult, Action, ItemStatus, WriteItem};
use crate::report::grouped::{Mark, grouped};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to delete.
    pub what: What,
    /// Nothing found is a failure.
    pub must_exist: bool,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// What to delete.
#[derive(Debug, Clone)]
pub enum What {
    /// What these filters match.
    Filters(FilterSet),
    /// These bindings, those of them that exist.
    Bindings(Vec<Binding>),
}

/// Shows what matches, asks, deletes exactly that.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let filter = match &request.what {
        What::Filters(filters) => {
            filters.note_hosts(context);
            filters.request()
        }
        What::Bindings(_) => FilterSet::default().request(),
    };
    let (live, cluster_id) = tokio::join!(client.describe_acls(&filter), cluster_id(&client));
    let (live, cluster_id) = (live?, cluster_id?);
    let (mut matching, unknown): (Vec<Binding>, Vec<Binding>) = live
        .into_iter()
        .filter(|binding| match &request.what {
            What::Filters(filters) => filters.matches(binding),
            What::Bindings(bindings) => bindings.contains(binding),
        })
        .partition(Binding::is_known);
    matching.sort_unstable();
    matching.dedup();
    if !unknown.is_empty() {
        context.ui.warn(&format!(
            "{} matching ACLs are of a kind that this version does not know and are left alone",
            unknown.len()
        ));
    }
    if matching.is_empty() {
        context.ui.note("no ACL matches, nothing was deleted");
        let error = request.must_exist.then(|| Error::failed("no ACL matches"));
        return Ok(Outcome::report(AclWriteResult {
            cluster_id: Some(cluster_id),
            dry_run: request.dry_run,
            ..AclWriteResult::default()
        })
        .with_error(error));
    }
    if request.dry_run {
        let item = |binding| WriteItem::new(binding, Action::Delete, ItemStatus::Planned);
        let items = matching.iter().map(item);
        let result = AclWriteResult::new(items.collect());
        let result = AclWriteResult { cluster_id: Some(cluster_id), dry_run: true, ..result };
        return Ok(unwritten_report(&client, result).await);
    }
    context.ui.show(&[Block::Lines(grouped(&[(Mark::Remove, &matching)], false))]);
    context.confirm(&format!("Delete {}?", these_acls(matching.len())))?;
    let client = client.until(context.deadline());

    let plan = Plan { delete: matching, ..Plan::default() };
    let open_default = context.settings.allow_everyone_if_no_acl_found.unwrap_or(false);
    let written = execute(context, &client, &phases(&plan, open_default), &unchecked).await;
    let error = match written.error(None) {
        Some(error) => Some(error),
        None => verify(context, &client, &written).await.err(),
    };
    Ok(Outcome::report(written.into_report(Some(cluster_id))).with_error(error))
}
