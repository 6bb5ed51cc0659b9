//! `transaction list` (ListTransactions of every broker; shows what the caller may DESCRIBE).

use regex_lite::Regex;

use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::TransactionFilter;
use crate::model::visible;
use crate::report::transaction::{ListedTransaction, TransactionList};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What the brokers filter by.
    pub filter: TransactionFilter,
    /// Transactional ids whose whole name this matches.
    pub pattern: Option<Regex>,
}

/// Lists them. A broker that does not answer is a failure beside what the others say.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let listed = client.list_transactions(&request.filter).await?;
    let cluster_id = match client.cluster_id() {
        Some(id) => id,
        None => cluster_id(&client).await?,
    };
    if let Some(state) = listed.unknown_states.first() {
        return Err(Error::invalid(format!("the brokers know no state `{}`", visible(state)))
            .hint("the states are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, PrepareEpochFence and Dead"));
    }
    let is_wanted = |id: &str| request.pattern.as_ref().is_none_or(|regex| regex.is_match(id));
    // A broker counts what has never begun as old.
    let by_age = request.filter.longer_than_ms.is_some();
    let is_under_way = |state: &str| state == "Ongoing" || state.starts_with("Prepare");
    let items = listed
        .transactions
        .into_iter()
        .filter(|transaction| is_wanted(&transaction.transactional_id))
        .filter(|transaction| !by_age || is_under_way(&transaction.state))
        .map(|transaction| ListedTransaction {
            transactional_id: transaction.transactional_id,
            state: transaction.state,
            producer_id: transaction.producer_id,
            coordinator: transaction.coordinator,
        })
        .collect::<Vec<_>>();
    if items.is_empty() {
        context.ui.note("transactional ids that you may not DESCRIBE are not seen");
    }
    let complete = listed.silent.is_empty();
    let error = listed.silent.into_iter().next().map(|(_, error)| error);
    Ok(Outcome::report(TransactionList { cluster_id, complete, items }).with_error(error))
}
