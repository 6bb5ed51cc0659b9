//! `transaction terminate`: aborts what is open under transactional ids, and fences who uses them
//! (DescribeTransactions, InitProducerId; needs WRITE on the transactional ids).

use std::time::Duration;

use super::describe::NOT_FOUND;
use crate::commands::acl::cluster_id;
use crate::commands::written::{Needs, because, summary, told_each};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Transaction;
use crate::model::{Name, visible};
use crate::report::transaction::TerminatedTransaction;
use crate::report::units::{count, span};
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};

const NEEDS: Needs = Needs { operation: "write", flag: "--transactional-id" };

/// The states in which nothing is open, or is being ended already
/// (`org.apache.kafka.coordinator.transaction.TransactionState`).
const OVER: [&str; 6] =
    ["Empty", "CompleteCommit", "CompleteAbort", "Dead", "PrepareCommit", "PrepareAbort"];

/// Shows them, asks, ends them.
pub async fn run(context: &Context<'_>, ids: &[Name], dry_run: bool) -> Result<Outcome> {
    if !dry_run {
        context.may_write()?;
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let client = context.connect().await?;
    let (described, cluster_id) =
        tokio::join!(client.describe_transactions(&ids), cluster_id(&client));
    let (described, cluster_id) = (described?, cluster_id?);
    let now = (context.now)().as_millisecond();
    let mut items: Vec<Item<TerminatedTransaction>> = Vec::new();
    let (mut not_found, mut unanswered) = (false, None);
    for (id, described) in ids.iter().zip(described) {
        items.push(match described {
            Ok(one) => {
                let open = !OVER.contains(&one.state.as_str());
                let status = if open { Status::Planned } else { Status::Unchanged };
                Item::new(subject(one, now), Action::Alter, status)
            }
            Err(error) => {
                let item = Item::lost(nothing_known(id), Action::Alter, &error);
                match error.kafka_error() {
                    Some(kafka) => not_found |= kafka.code == NOT_FOUND,
                    None => unanswered = unanswered.or(Some(error)),
                }
                item
            }
        });
    }
    let mut lost = None;
    if !dry_run && items.iter().any(is_open) {
        let mut open: Vec<&mut Written> = items.iter_mut().filter(|item| is_open(item)).collect();
        let lines = open.iter().map(|item| line(&item.subject)).collect();
        context.preview(&[Block::Lines(lines)]);
        context.confirm(&question(&open))?;
        let ids: Vec<Name> =
            open.iter().map(|item| item.subject.transactional_id.clone()).collect();
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        let (fates, failure) =
            told_each(client.terminate_transactions(&ids).await?, Status::Altered)?;
        lost = failure;
        for (item, told) in open.iter_mut().zip(fates) {
            (item.status, item.error) = (told.fate, told.error);
        }
    }
    let result = WriteResult::new(Some(cluster_id), dry_run, items);
    let error = summary(&client, ("terminate", "transaction"), NEEDS, &result);
    let error = because(error, lost.or(unanswered));
    let hint = "`kward transaction list` shows those that there are";
    let error = error.map(|error| if not_found { error.hint(hint) } else { error });
    Ok(Outcome::report(result).with_error(error))
}

type Written = Item<TerminatedTransaction>;

fn is_open(item: &Written) -> bool {
    item.status == Status::Planned
}

/// `now` is in milliseconds since 1970.
fn subject(one: Transaction, now: i64) -> TerminatedTransaction {
    TerminatedTransaction {
        transactional_id: one.transactional_id,
        state: Some(one.state),
        producer_id: Some(one.producer_id),
        producer_epoch: Some(one.producer_epoch),
        age_ms: one.started_ms.map(|started| (now - started).max(0)),
        partitions: one.partitions.iter().map(Into::into).collect(),
    }
}

fn nothing_known(id: &Name) -> TerminatedTransaction {
    TerminatedTransaction {
        transactional_id: id.clone(),
        state: None,
        producer_id: None,
        producer_epoch: None,
        age_ms: None,
        partitions: Vec::new(),
    }
}

fn line(one: &TerminatedTransaction) -> Line<'static> {
    let age = one.age_ms.and_then(|age| u64::try_from(age).ok()).map(Duration::from_millis);
    let age = age.map_or_else(String::new, |age| format!(", open for {}", span(age)));
    let places: Vec<String> =
        one.partitions.iter().map(|p| format!("{}-{}", p.topic, p.partition)).collect();
    let places =
        if places.is_empty() { String::new() } else { format!(" in {}", places.join(", ")) };
    let text = format!("- {}{age}{places}", one.transactional_id);
    Line::styled(Style::Removed, visible(&text).into_owned())
}

fn question(open: &[&mut Written]) -> String {
    let what = match open {
        [one] => format!("the transaction `{}`", visible(&one.subject.transactional_id)),
        all => count(all.len(), "transaction"),
    };
    format!("Abort {what}? Its records are never read as committed, and its producer is fenced.")
}
