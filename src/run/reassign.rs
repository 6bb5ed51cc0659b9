//! `kward reassign`: from what was typed to what the commands take.

use crate::cli::acl::Write;
use crate::cli::reassign::{Goals, ReassignCommand};
use crate::commands::reassign::{Wanted, Which, apply, cancel, plan, status};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::topic::reassign::Goal;
use crate::topic::select::Selection;

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &ReassignCommand) -> Result<Outcome> {
    match command {
        ReassignCommand::Plan(args) => {
            let out = context.settings.place(args.out.as_deref());
            let request = plan::Request { wanted: wanted(&args.goals), out };
            plan::run(context, &request).await
        }
        ReassignCommand::Apply(args) => {
            let what = match &args.plan {
                Some(path) => apply::What::File(path.clone()),
                None => apply::What::Goals(wanted(&args.goals)),
            };
            let request = apply::Request {
                what,
                throttle: args.throttle,
                batch: args.batch_size,
                wait: !args.no_wait,
                dry_run: args.write.dry_run,
            };
            apply::run(context, &request).await
        }
        ReassignCommand::Status(args) => {
            let request = status::Request {
                which: which(&args.topics, &args.partition),
                wait: args.wait,
                keep_throttle: args.keep_throttle,
                remove_throttle: args.remove_throttle,
                dry_run: args.write.dry_run,
            };
            status::run(context, &request).await
        }
        ReassignCommand::Cancel(args) => {
            let which = which(&args.topics, &args.partition);
            cancel::run(context, &which, args.write.dry_run).await
        }
    }
}

/// The flags of the verb, where it writes.
pub fn write_flags(command: &ReassignCommand) -> Option<&Write> {
    match command {
        ReassignCommand::Plan(_) => None,
        ReassignCommand::Apply(args) => Some(&args.write),
        ReassignCommand::Status(args) => Some(&args.write),
        ReassignCommand::Cancel(args) => Some(&args.write),
    }
}

fn which(topics: &[String], partitions: &[i32]) -> Which {
    Which { topics: topics.to_vec(), partitions: partitions.to_vec() }
}

fn wanted(goals: &Goals) -> Wanted {
    let chosen = !goals.topic.is_empty() || goals.prefix.is_some() || goals.pattern.is_some();
    Wanted {
        topics: chosen.then(|| Selection {
            names: goals.topic.clone(),
            ids: Vec::new(),
            prefix: goals.prefix.clone(),
            pattern: goals.pattern.clone(),
            internal: goals.internal,
        }),
        internal: goals.internal,
        goal: Goal {
            drain: goals.drain_brokers.iter().copied().collect(),
            exclude: goals.exclude_brokers.iter().copied().collect(),
            replication_factor: goals.replication_factor.map(usize::from),
            even: goals.even,
            ignore_racks: goals.ignore_racks,
        },
    }
}
