//! `kward topic`: from what was typed to what the commands take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use crate::cli::acl::Write;
use crate::cli::global::Format;
use crate::cli::topic::{Changes, Files, Problems, TopicCommand, Which};
use crate::cli::values::{Moment, WhichOffset};
use crate::commands::acl::{FileArguments, is_standard_input};
use crate::commands::config::set;
use crate::commands::topic::desired::Wish;
use crate::commands::topic::{
    add_partitions, apply, configure, create, delete, describe, elect_leaders, export, list,
    offsets, plan, trim,
};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::OffsetAt;
use crate::model::visible;
use crate::settings::{KeyValue, PasswordSource};
use crate::topic::plan::Options;
use crate::topic::select::Selection;
use crate::topic::wanted::Wanted;
use crate::topic::{Asked, ConfigOperation, Problem};

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &TopicCommand) -> Result<Outcome> {
    match command {
        TopicCommand::List(args) => {
            let selection = selection(&args.names, &args.which);
            let (sizes, health) = (shows(context, "size"), shows(context, "health"));
            list::run(context, &list::Request { selection, sizes, health }).await
        }
        TopicCommand::Describe(args) => {
            let request = describe::Request {
                // What is not well with Kafka's own topics is looked for as well.
                selection: Selection {
                    internal: args.which.internal || !problems(&args.problems).is_empty(),
                    ids: args.id.clone(),
                    ..selection(&args.names, &args.which)
                },
                problems: problems(&args.problems),
                overridden: args.overridden,
            };
            describe::run(context, &request).await
        }
        TopicCommand::Offsets(args) => {
            let request = offsets::Request {
                selection: selection(&args.names, &args.which),
                partitions: args.partition.clone(),
                at: args.at.map(|at| offset_at(at, (context.now)())).transpose()?,
            };
            offsets::run(context, &request).await
        }
        TopicCommand::Create(args) => create::run(context, &to_create(context, args)?).await,
        TopicCommand::Delete(args) => {
            let request = delete::Request {
                selection: Selection {
                    names: args.names.clone(),
                    ids: args.id.clone(),
                    prefix: args.prefix.clone(),
                    pattern: args.pattern.clone(),
                    // What Kafka needs for itself goes by name only.
                    internal: false,
                },
                if_exists: args.if_exists,
                dry_run: args.write.dry_run,
            };
            delete::run(context, &request).await
        }
        TopicCommand::AddPartitions(args) => {
            let request = add_partitions::Request {
                names: args.names.clone(),
                more: more(args.total, args.count),
                assignment: args.assignment.clone().map(|a| a.0).unwrap_or_default(),
                dry_run: args.write.dry_run,
            };
            add_partitions::run(context, &request).await
        }
        TopicCommand::Configure(args) => {
            configure::run(context, &args.names, changes(context, &args.changes, &args.write)?)
                .await
        }
        TopicCommand::Trim(args) => {
            let until = match (args.to_offset, args.before, &args.from_file) {
                (Some(offset), _, _) => trim::Until::Offset(offset),
                (_, Some(moment), _) => {
                    trim::Until::Time(instant(moment, (context.now)(), "--before")?)
                }
                (_, _, Some(path)) => trim::Until::Each(trim::read(path)?),
                (None, None, None) => trim::Until::End,
            };
            let request = trim::Request {
                names: args.names.clone(),
                partitions: args.partition.clone(),
                until,
                dry_run: args.write.dry_run,
            };
            trim::run(context, &request).await
        }
        TopicCommand::ElectLeaders(args) => {
            let request = elect_leaders::Request {
                names: args.names.clone(),
                partitions: args.partition.clone(),
                from_file: args.from_file.as_deref().map(elect_leaders::read).transpose()?,
                unclean: args.unclean,
                dry_run: args.write.dry_run,
            };
            elect_leaders::run(context, &request).await
        }
        TopicCommand::Plan(args) => {
            let (wish, detailed_exitcode) = (wish(&args.source), args.detailed_exitcode);
            plan::run(context, &plan::Request { wish, detailed_exitcode }).await
        }
        TopicCommand::Apply(args) => {
            let (wish, dry_run) = (wish(&args.source), args.write.dry_run);
            apply::run(context, &apply::Request { wish, dry_run }).await
        }
        TopicCommand::Export(args) => {
            export::run(context, &selection(&args.names, &args.which)).await
        }
    }
}

/// The flags of the verb, where it writes.
pub fn write_flags(command: &TopicCommand) -> Option<&Write> {
    match command {
        TopicCommand::List(_)
        | TopicCommand::Describe(_)
        | TopicCommand::Offsets(_)
        | TopicCommand::Plan(_)
        | TopicCommand::Export(_) => None,
        TopicCommand::Create(args) => Some(&args.write),
        TopicCommand::Delete(args) => Some(&args.write),
        TopicCommand::AddPartitions(args) => Some(&args.write),
        TopicCommand::Configure(args) => Some(&args.write),
        TopicCommand::Trim(args) => Some(&args.write),
        TopicCommand::ElectLeaders(args) => Some(&args.write),
        TopicCommand::Apply(args) => Some(&args.write),
    }
}

/// Whether it reads a file from standard input, which then answers no question.
pub fn reads_stdin(command: &TopicCommand) -> bool {
    match command {
        TopicCommand::Plan(args) => return is_standard_input(&args.source.files),
        TopicCommand::Apply(args) => return is_standard_input(&args.source.files),
        _ => {}
    }
    is_standard_input(match command {
        TopicCommand::Create(args) => &args.set_from,
        TopicCommand::Configure(args) => &args.changes.set_from,
        TopicCommand::Trim(args) => &args.from_file,
        TopicCommand::ElectLeaders(args) => &args.from_file,
        _ => return false,
    })
}

fn wish(files: &Files) -> Wish {
    Wish {
        files: FileArguments {
            paths: files.files.clone(),
            vars: files.vars.clone(),
            var_files: files.var_files.clone(),
        },
        options: Options { prune: files.prune, unknown_keys: files.allow_unknown_keys },
    }
}

fn selection(names: &[String], which: &Which) -> Selection {
    Selection {
        names: names.to_vec(),
        ids: Vec::new(),
        prefix: which.prefix.clone(),
        pattern: which.pattern.clone(),
        internal: which.internal,
    }
}

/// Whether this column is shown or sorted by: it takes more than the one request.
fn shows(context: &Context<'_>, column: &str) -> bool {
    let presentation = &context.settings.presentation;
    let mut named = presentation.columns.iter().chain(&presentation.sort_by);
    presentation.columns.is_empty()
        && matches!(presentation.output, Format::Wide | Format::Markdown)
        || named.any(|name| name.trim_start_matches('-').eq_ignore_ascii_case(column))
}

fn problems(flags: &Problems) -> Vec<Problem> {
    let chosen = [
        (flags.offline, Problem::Offline),
        (flags.under_min_isr, Problem::UnderMinIsr),
        (flags.at_min_isr, Problem::AtMinIsr),
        (flags.under_replicated, Problem::UnderReplicated),
        (flags.leader_not_preferred, Problem::LeaderNotPreferred),
    ];
    chosen.into_iter().filter(|(wanted, _)| *wanted).map(|(_, problem)| problem).collect()
}

fn to_create(context: &Context<'_>, args: &crate::cli::topic::Create) -> Result<create::Request> {
    for (at, name) in args.names.iter().enumerate() {
        if args.names[..at].contains(name) {
            let name = visible(name);
            return Err(Error::invalid(format!("topic `{name}` is named twice")));
        }
    }
    for (at, (key, _)) in args.set.iter().enumerate() {
        if args.set[..at].iter().any(|(before, _)| before == key) {
            let key = visible(key);
            return Err(Error::invalid(format!("`--set {key}=…` is given more than once"))
                .hint("one value a key; a list takes its words at once: `KEY=a,b`"));
        }
    }
    let mut configs = args.set.clone();
    let mut places = BTreeMap::new();
    for KeyValue { key, value, place } in key_values(context, args.set_from.as_deref())? {
        if args.set.iter().any(|(typed, _)| *typed == key) {
            let key = visible(&key);
            return Err(Error::invalid(format!("{place}: `--set {key}=…` sets it, too")));
        }
        places.insert(key.clone(), place);
        configs.push((key, value));
    }
    let wanted = |name: &String| Wanted {
        name: name.clone(),
        partitions: args.partitions,
        replication_factor: args.replication_factor,
        assignment: args.assignment.clone().map(|a| a.0).unwrap_or_default(),
        configs: configs.clone(),
    };
    Ok(create::Request {
        topics: args.names.iter().map(wanted).collect(),
        like: args.like.clone(),
        places,
        if_not_exists: args.if_not_exists,
        dry_run: args.write.dry_run,
    })
}

/// The changes that were typed, those with a value from elsewhere with that value.
pub fn changes(context: &Context<'_>, changes: &Changes, write: &Write) -> Result<set::Changes> {
    let mut all = asked(changes);
    let mut untyped = Vec::new();
    let of_files = changes.set_file.iter().map(|(key, path)| {
        (key, PasswordSource::File(PathBuf::from(path)), format!("`--set-file {key}=…`"))
    });
    let of_variables = changes.set_env.iter().map(|(key, name)| {
        (key, PasswordSource::Variable(name.clone()), format!("`--set-env {key}=…`"))
    });
    for (key, source, named) in of_files.chain(of_variables) {
        let value = context.settings.secret(&source, &visible(&named))?;
        let value = Some(value.expose_secret().to_owned());
        all.push(Asked { key: key.clone(), operation: ConfigOperation::Set, value, hidden: true });
        untyped.push(key.clone());
    }
    let mut places = BTreeMap::new();
    for KeyValue { key, value, place } in key_values(context, changes.set_from.as_deref())? {
        all.push(Asked::new(&key, ConfigOperation::Set, Some(value)));
        untyped.push(key.clone());
        places.insert(key, place);
    }
    let (unknown_keys, dry_run) = (changes.allow_unknown_keys, write.dry_run);
    let unset_all = changes.unset_all;
    Ok(set::Changes { asked: all, unset_all, untyped, places, unknown_keys, dry_run })
}

/// The values of `--set-from`.
fn key_values(context: &Context<'_>, path: Option<&Path>) -> Result<Vec<KeyValue>> {
    path.map_or(Ok(Vec::new()), |path| context.settings.key_values(path))
}

/// Those with their values, in the order of the flags.
fn asked(changes: &Changes) -> Vec<Asked> {
    let with_value = |operation: ConfigOperation, pairs: &[(String, String)]| {
        let one = |(key, value): &(String, String)| Asked::new(key, operation, Some(value.clone()));
        pairs.iter().map(one).collect::<Vec<_>>()
    };
    let unset = changes.unset.iter().map(|key| Asked::unset(key));
    let mut all = with_value(ConfigOperation::Set, &changes.set);
    all.extend(unset);
    all.extend(with_value(ConfigOperation::Append, &changes.append));
    all.extend(with_value(ConfigOperation::Subtract, &changes.subtract));
    all
}

fn offset_at(which: WhichOffset, now: Timestamp) -> Result<OffsetAt> {
    Ok(match which {
        WhichOffset::Earliest => OffsetAt::Earliest,
        WhichOffset::Latest => OffsetAt::Latest,
        WhichOffset::MaxTimestamp => OffsetAt::GreatestTimestamp,
        WhichOffset::EarliestLocal => OffsetAt::EarliestLocal,
        WhichOffset::LatestTiered => OffsetAt::LatestTiered,
        WhichOffset::At(moment) => OffsetAt::Time(instant(moment, now, "--at")?.max(0)),
    })
}

/// The grammar wants one of them.
fn more(total: Option<i32>, count: Option<i32>) -> add_partitions::More {
    let number = |number: i32| usize::try_from(number).unwrap_or(0);
    match count {
        Some(count) => add_partitions::More::Count(number(count)),
        None => add_partitions::More::Total(total.map_or(0, number)),
    }
}

fn instant(moment: Moment, now: Timestamp, flag: &str) -> Result<i64> {
    match moment {
        Moment::At(time) => Ok(time),
        Moment::Ago(ago) => now
            .checked_sub(ago)
            .map(Timestamp::as_millisecond)
            .map_err(|_| Error::invalid(format!("`{flag}` lies before all time"))),
    }
}
