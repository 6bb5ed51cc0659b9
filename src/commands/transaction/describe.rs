//! `transaction describe` (DescribeTransactions of the coordinators; needs DESCRIBE on the
//! transactional id, and shows the partitions whose topics the caller may DESCRIBE).

use super::time;
use crate::commands::acl::cluster_id;
use crate::commands::written::{Needs, grant};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::Name;
use crate::report::transaction::{Transaction, TransactionDescription};

/// TRANSACTIONAL_ID_NOT_FOUND.
pub(super) const NOT_FOUND: i16 = 105;
const NEEDS: Needs = Needs { operation: "describe", flag: "--transactional-id" };

/// Describes them. One that cannot be described is a failure beside the others.
pub async fn run(context: &Context<'_>, ids: &[Name]) -> Result<Outcome> {
    let client = context.connect().await?;
    let (described, coordinators, cluster_id) = tokio::join!(
        client.describe_transactions(ids),
        client.transaction_coordinators(ids),
        cluster_id(&client)
    );
    let now = (context.now)().as_millisecond();
    let mut items = Vec::new();
    let mut failure = None;
    for ((id, described), coordinator) in ids.iter().zip(described?).zip(coordinators?) {
        match described {
            Ok(one) => items.push(Transaction {
                transactional_id: one.transactional_id,
                state: one.state,
                coordinator: coordinator.ok(),
                producer_id: one.producer_id,
                producer_epoch: one.producer_epoch,
                timeout_ms: one.timeout_ms,
                started_at: one.started_ms.and_then(time),
                age_ms: one.started_ms.map(|started| (now - started).max(0)),
                partitions: one.partitions.iter().map(Into::into).collect(),
            }),
            Err(error) => {
                let code = error.kafka_error().map_or(0, |kafka| kafka.code);
                let error = match grant(&client, NEEDS, code, id) {
                    Some(hint) => error.hint(hint),
                    None if code == NOT_FOUND => {
                        error.hint("`kward transaction list` shows those that there are")
                    }
                    None => error,
                };
                failure = failure.or(Some(error));
            }
        }
    }
    Ok(Outcome::report(TransactionDescription { cluster_id: cluster_id?, items })
        .with_error(failure))
}
