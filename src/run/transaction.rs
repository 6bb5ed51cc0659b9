//! `kward transaction`: from what was typed to what the commands take.

use crate::cli::acl::Write;
use crate::cli::transaction::TransactionCommand;
use crate::commands::transaction::{abort, describe, find_hanging, list, producers, terminate};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::TransactionFilter;
use crate::model::{Name, TopicPartition};

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &TransactionCommand) -> Result<Outcome> {
    let names = |names: &[String]| -> Vec<Name> {
        names.iter().map(|name| Name::from(name.as_str())).collect()
    };
    match command {
        TransactionCommand::List(args) => {
            let age = |age: std::time::Duration| i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            let filter = TransactionFilter {
                states: args.state.clone(),
                producer_ids: args.producer_id.clone(),
                longer_than_ms: args.older_than.map(age),
            };
            list::run(context, &list::Request { filter, pattern: args.pattern.clone() }).await
        }
        TransactionCommand::Describe(args) => describe::run(context, &names(&args.ids)).await,
        TransactionCommand::Producers(args) => {
            let request =
                producers::Request { topics: names(&args.topic), partition: args.partition };
            producers::run(context, &request).await
        }
        TransactionCommand::FindHanging(args) => {
            let request = find_hanging::Request {
                topics: names(&args.topic),
                partition: args.partition,
                broker: args.broker,
                older_than: args.max_transaction_timeout,
            };
            find_hanging::run(context, &request).await
        }
        TransactionCommand::Abort(args) => {
            let which = match (args.start_offset, args.producer_id) {
                (Some(offset), _) => abort::Which::StartOffset(offset),
                (None, Some(id)) => abort::Which::Producer(id),
                (None, None) => {
                    return Err(Error::invalid("`--start-offset` or `--producer-id` is wanted"));
                }
            };
            let request = abort::Request {
                partition: TopicPartition::new(args.topic.as_str(), args.partition),
                which,
                allow_live: args.allow_live,
                dry_run: args.write.dry_run,
            };
            abort::run(context, &request).await
        }
        TransactionCommand::Terminate(args) => {
            terminate::run(context, &names(&args.ids), args.write.dry_run).await
        }
    }
}

/// The flags of a verb that writes.
pub fn write_flags(command: &TransactionCommand) -> Option<&Write> {
    match command {
        TransactionCommand::Abort(args) => Some(&args.write),
        TransactionCommand::Terminate(args) => Some(&args.write),
        _ => None,
    }
}
