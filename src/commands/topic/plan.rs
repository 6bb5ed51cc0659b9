//! `topic plan`: what would make the cluster's topics those of the files. Writes nothing to Kafka.

use super::apply::refusals;
use super::desired::{Prepared, Wish};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::topic::plan::Why;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The desired state.
    pub wish: Wish,
    /// Exit status 3 unless in sync.
    pub detailed_exitcode: bool,
}

/// Plans and shows.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let wish = &request.wish;
    let (files, client) = context.connect_beside(|| wish.load(context)).await?;
    let mut prepared = Prepared::of(context, &client, files, wish.options).await?;
    let report = prepared.report(wish.options.prune);
    let drift = request.detailed_exitcode && !report.in_sync;
    // What is other than wanted is what a plan is for; what cannot be seen is a failure.
    prepared.plan.obstacles.retain(|one| matches!(one.why, Why::Unseen(_) | Why::ConfigsUnseen(_)));
    let unseen = prepared.plan.obstacles.len();
    let error = refusals(&client, &prepared).sum(unseen, None);
    Ok(Outcome::report(report).with_error(error).no_if(drift))
}
