//! `acl create`: bindings in the words of kafka-acls (CreateAcls; needs ALTER on the cluster).

use std::collections::{BTreeSet, HashSet};

use super::source::cluster_id;
use super::write::{execute, must_know, unchecked, unwritten_report, verify};
use crate::acl::lint::{endangers_brokers, mistaken_patterns};
use crate::acl::plan::{Plan, phases};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::model::{Binding, Filter, MetadataVersion};
use crate::report::Block;
use crate::report::acl_write::{AclWriteResult, Action, ItemStatus, WriteItem};
use crate::report::grouped::{Mark, grouped};

/// Where the bindings come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Somebody has typed them.
    Typed,
    /// The cluster holds them of another principal.
    Copied,
}

/// Shows `bindings`, then creates those that do not exist.
pub async fn run(
    context: &Context<'_>,
    bindings: Vec<Binding>,
    from: From,
    dry_run: bool,
) -> Result<Outcome> {
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
    let mistaken: BTreeSet<String> = wanted.iter().flat_map(mistaken_patterns).collect();
    let dangerous: BTreeSet<String> = wanted.iter().filter_map(endangers_brokers).collect();
    for why in mistaken.iter().chain(&dangerous) {
        context.ui.warn(why);
    }
    let (existing, missing): (Vec<Binding>, Vec<Binding>) =
        wanted.into_iter().partition(|binding| live.contains(binding));

    must_know(&client, missing.iter()).await?;
    mind_ranges(context, &client, &missing, from).await?;

    let item = |binding: &Binding, status| WriteItem::new(binding, Action::Create, status);
    let existed = existing.iter().map(|binding| item(binding, ItemStatus::Existed));
    if dry_run {
        let planned = missing.iter().map(|binding| item(binding, ItemStatus::Planned));
        let result = AclWriteResult::new(existed.chain(planned).collect());
        let result = AclWriteResult { cluster_id: Some(cluster_id), dry_run: true, ..result };
        return Ok(unwritten_report(&client, result).await);
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

/// A range that matches nobody there is a DENY that does not deny.
async fn mind_ranges(
    context: &Context<'_>,
    client: &Client,
    missing: &[Binding],
    from: From,
) -> Result<()> {
    let mut hosts = missing.iter().map(|binding| &binding.host);
    let Some(host) = hosts.find(|host| host.is_range()) else {
        return Ok(());
    };
    if client.metadata_version().await.is_some_and(MetadataVersion::supports_cidr) {
        return Ok(());
    }
    match from {
        From::Typed => Err(Error::invalid(host.inert_range()).hint("name the addresses")),
        From::Copied => {
            context.ui.warn(&host.inert_range());
            Ok(())
        }
    }
}
