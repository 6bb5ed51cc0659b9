//! `acl create`: bindings in the words of kafka-acls (CreateAcls; needs ALTER on the cluster).

use std::collections::HashSet;

use super::source::cluster_id;
use super::write::{execute, unchecked, verify};
use crate::acl::plan::{Plan, phases};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::{Binding, Filter, visible};
use crate::report::Block;
use crate::report::acl_write::{AclWriteResult, Action, ItemStatus, WriteItem};
use crate::report::grouped::{Mark, grouped};

/// Shows `bindings`, then creates those that do not exist.
pub async fn run(context: &Context<'_>, bindings: Vec<Binding>, dry_run: bool) -> Result<Outcome> {
    if !dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let everything = Filter::default();
    let (live, cluster_id) = tokio::join!(client.describe_acls(&everything), cluster_id(&client));
    let (live, cluster_id) = (live?, cluster_id?);
    let live: HashSet<&Binding> = live.iter().collect();
    let mut wanted = bindings;
    wanted.sort_unstable();
    wanted.dedup();
    for named in wanted.chunk_by(|a, b| a.principal == b.principal) {
        let principal = &named[0].principal;
        if principal.ends_with('*') && !principal.is_everyone() {
            context.ui.warn(&format!(
                "`{}` is only the principal of exactly that name: only `User:*` is a pattern",
                visible(principal)
            ));
        }
    }
    let (existing, missing): (Vec<Binding>, Vec<Binding>) =
        wanted.into_iter().partition(|binding| live.contains(binding));

    let item = |binding: &Binding, status| WriteItem::new(binding, Action::Create, status);
    let existed = existing.iter().map(|binding| item(binding, ItemStatus::Existed));
    if dry_run {
        let planned = missing.iter().map(|binding| item(binding, ItemStatus::Planned));
        let result = AclWriteResult::new(existed.chain(planned).collect());
        return Ok(Outcome::report(AclWriteResult {
            cluster_id: Some(cluster_id),
            dry_run: true,
            ..result
        }));
    }
    if !missing.is_empty() {
        context.ui.show(&[Block::Lines(grouped(&[(Mark::Add, &missing)], true))]);
        context.confirm_unasked()?;
    }
    let client = client.until(context.deadline());
    let plan = Plan { create: missing, ..Plan::default() };
    let open_default = context.settings.allow_everyone_if_no_acl_found.unwrap_or(false);
    let mut written = execute(context, &client, &phases(&plan, open_default), &unchecked).await;
    let error = match written.error(None) {
        Some(error) => Some(error),
        None => verify(context, &client, &written).await.err(),
    };
    written.items.splice(0..0, existed);
    Ok(Outcome::report(written.into_report(Some(cluster_id))).with_error(error))
}
