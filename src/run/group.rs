//! `kward group`: from what was typed to what the commands take.

use crate::cli::group::{By, GroupCommand};
use crate::cli::group_values::Partitions;
use crate::commands::group::{TopicChoice, describe, lag, list, members};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::group::lag::Limits;
use crate::kafka::GroupFilter;
use crate::report::group_lag::Rows;

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &GroupCommand) -> Result<Outcome> {
    match command {
        GroupCommand::List(args) => {
            let request = list::Request {
                filter: GroupFilter { types: args.types.clone(), states: args.states.clone() },
                protocol_type: args.protocol_type.clone(),
                coordinator: args.coordinator,
                members: args.members,
            };
            list::run(context, &request).await
        }
        GroupCommand::Describe(args) => describe::run(context, &args.groups).await,
        GroupCommand::Members(args) => members::run(context, &args.groups).await,
        GroupCommand::Lag(args) => {
            let request = lag::Request {
                groups: if args.all { None } else { Some(args.groups.clone()) },
                topics: topics(&args.topic),
                time: args.time,
                limits: Limits {
                    lag: args.max,
                    time_ms: args
                        .max_time
                        .map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
                },
                rows: match args.by {
                    By::Partition => Rows::Partitions,
                    By::Topic => Rows::Topics,
                    By::Member => Rows::Members,
                    By::Group => Rows::Groups,
                },
            };
            lag::run(context, &request).await
        }
        _ => Ok(Outcome::default()),
    }
}

/// `--topic`.
fn topics(given: &[Partitions]) -> TopicChoice {
    TopicChoice::new(given.iter().map(|of| (of.topic.clone(), of.partitions.clone())))
}

/// `--confirm-context` of the command, where it writes.
pub fn confirm_context(command: &GroupCommand) -> Option<String> {
    match command {
        GroupCommand::ResetOffsets(args) => args.write.confirm_context.clone(),
        GroupCommand::DeleteOffsets(args) => args.write.confirm_context.clone(),
        GroupCommand::Delete(args) => args.write.confirm_context.clone(),
        GroupCommand::RemoveMembers(args) => args.write.confirm_context.clone(),
        _ => None,
    }
}
