//! `kward group`: from what was typed to what the commands take.

use std::time::Duration;

use crate::cli::acl::Write;
use crate::cli::group::{By, GroupCommand, History, ResetOffsets, Until};
use crate::cli::group_values::{Partitions, Since, To};
use crate::commands::acl::is_standard_input;
use crate::commands::group::{
    TopicChoice, delete, delete_offsets, describe, doctor, history, lag, list, members,
    remove_members, reset, undo, watch,
};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::lag::Limits;
use crate::group::reset::Target;
use crate::kafka::GroupFilter;
use crate::model::Time;
use crate::report::group_history::Window;
use crate::report::group_lag::Rows;

/// Whether a column is asked for that takes more requests than the rest.
fn shows(context: &Context<'_>, column: &str) -> bool {
    let presentation = &context.settings.presentation;
    let named = presentation.columns.iter().chain(&presentation.sort_by);
    named.map(|name| name.trim_start_matches('-')).any(|name| name.eq_ignore_ascii_case(column))
}

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &GroupCommand) -> Result<Outcome> {
    match command {
        GroupCommand::List(args) => {
            let request = list::Request {
                filter: GroupFilter { types: args.types.clone(), states: args.states.clone() },
                protocol_type: args.protocol_type.clone(),
                coordinator: args.coordinator,
                members: args.members || shows(context, "members"),
            };
            list::run(context, &request).await
        }
        GroupCommand::Describe(args) => describe::run(context, &args.groups).await,
        GroupCommand::Members(args) => members::run(context, &args.groups).await,
        GroupCommand::Lag(args) => {
            let request = lag::Request {
                groups: if args.all { None } else { Some(args.groups.clone()) },
                topics: topics(&args.topic),
                time: args.time || shows(context, "age"),
                limits: Limits { lag: args.max, time_ms: args.max_time.map(millis) },
                rows: match args.by {
                    By::Partition => Rows::Partitions,
                    By::Topic => Rows::Topics,
                    By::Member => Rows::Members,
                    By::Group => Rows::Groups,
                },
            };
            lag::run(context, &request).await
        }
        GroupCommand::Watch(args) => {
            let request = watch::Request {
                groups: if args.all { None } else { Some(args.groups.clone()) },
                interval: args.interval,
                at_most: args.at_most,
                until: args.until.map(|until| match until {
                    Until::Stable => watch::Goal::Stable,
                    Until::Empty => watch::Goal::Empty,
                }),
            };
            watch::run(context, &request).await
        }
        GroupCommand::Doctor(args) => {
            let request = doctor::Request {
                groups: if args.all { None } else { Some(args.groups.clone()) },
                samples: args.samples,
                interval: args.interval,
            };
            doctor::run(context, &request).await
        }
        GroupCommand::History(args) => history::run(context, &history(context, args)?).await,
        GroupCommand::ResetOffsets(args) => reset(context, args).await,
        GroupCommand::DeleteOffsets(args) => {
            let request = delete_offsets::Request {
                groups: args.groups.clone(),
                topics: topics(&args.topic),
                backup_dir: context.settings.place(args.backup_dir.as_deref()),
                dry_run: args.write.dry_run,
            };
            delete_offsets::run(context, &request).await
        }
        GroupCommand::Delete(args) => {
            let request = delete::Request {
                groups: args.groups.clone(),
                must_exist: args.must_exist,
                backup_dir: context.settings.place(args.backup_dir.as_deref()),
                dry_run: args.write.dry_run,
            };
            delete::run(context, &request).await
        }
        GroupCommand::RemoveMembers(args) => {
            let request = remove_members::Request {
                group: args.group.clone(),
                who: if args.all {
                    remove_members::Who::All
                } else {
                    remove_members::Who::Some {
                        members: args.member.clone(),
                        instances: args.instance_id.clone(),
                    }
                },
                reason: args.reason.clone(),
                dry_run: args.write.dry_run,
            };
            remove_members::run(context, &request).await
        }
    }
}

fn history(context: &Context<'_>, args: &History) -> Result<history::Request> {
    let now = Time((context.now)().as_millisecond());
    let time = |when: Since| match when {
        Since::Time(time) => Time(time.as_millisecond()),
        Since::Ago(ago) => Time(now.0.saturating_sub(millis(ago))),
    };
    let (since, until) = (args.since.map(time), args.until.map(time));
    if since.is_some_and(|since| since > now) {
        return Err(Error::invalid("`--since` names a time that is still to come")
            .hint(format!("it is {now} now; a time without an offset is in UTC")));
    }
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        return Err(Error::invalid("`--until` names a time before that of `--since`"));
    }
    Ok(history::Request {
        group: args.group.clone(),
        window: Window { since, until, limit: args.limit, ..Window::default() },
        follow: args.follow,
        at_most: args.at_most,
        from: args.from.clone(),
        save: args.save.clone(),
    })
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn reset(context: &Context<'_>, args: &ResetOffsets) -> Result<Outcome> {
    if let Some(backup) = &args.undo {
        let request = undo::Request {
            backup: backup.clone(),
            groups: args.groups.clone(),
            backup_dir: context.settings.place(args.backup_dir.as_deref()),
            dry_run: args.write.dry_run,
        };
        return undo::run(context, &request).await;
    }
    let now = (context.now)();
    let to = match (args.to, args.shift_by, &args.to_group, &args.from_file) {
        (Some(to), ..) => match to {
            To::Earliest => reset::To::Target(Target::Earliest),
            To::Latest => reset::To::Target(Target::Latest),
            To::Current => reset::To::Target(Target::Current),
            To::Offset(offset) => reset::To::Target(Target::Offset(offset)),
            To::Time(time) => reset::To::Time(time.as_millisecond()),
            To::Ago(ago) => reset::To::Time(now.as_millisecond().saturating_sub(millis(ago))),
        },
        (_, Some(records), ..) => reset::To::Target(Target::ShiftBy(records)),
        (_, _, Some(group), _) => reset::To::Group(group.clone()),
        (_, _, _, Some(path)) => reset::To::File(path.clone()),
        _ => return Err(Error::invalid("`group reset-offsets` needs `--to` or another target")),
    };
    let request = reset::Request {
        groups: args.groups.clone(),
        topics: topics(&args.topic),
        to,
        backup_dir: context.settings.place(args.backup_dir.as_deref()),
        dry_run: args.write.dry_run,
    };
    reset::run(context, &request).await
}

/// `--topic`.
fn topics(given: &[Partitions]) -> TopicChoice {
    TopicChoice::new(given.iter().map(|of| (of.topic.clone(), of.partitions.clone())))
}

/// Whether it reads a file from standard input, which then answers no question.
pub fn reads_stdin(command: &GroupCommand) -> bool {
    match command {
        GroupCommand::ResetOffsets(args) => is_standard_input(&args.from_file),
        _ => false,
    }
}

/// The flags of a command that writes.
pub fn write_flags(command: &GroupCommand) -> Option<&Write> {
    match command {
        GroupCommand::ResetOffsets(args) => Some(&args.write),
        GroupCommand::DeleteOffsets(args) => Some(&args.write),
        GroupCommand::Delete(args) => Some(&args.write),
        GroupCommand::RemoveMembers(args) => Some(&args.write),
        _ => None,
    }
}
