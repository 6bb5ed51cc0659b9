//! Commits outside of the log, and topics that are not there.

use std::collections::BTreeSet;

use crate::model::group::GroupType;
use crate::model::{Finding, Name, Severity, shell_command, shell_flag, visible};
use crate::report::group_lag::Problem;

use super::track::Track;
use super::{About as _, Case, Topic, choice, partitions, some, who};

pub(super) fn judge(case: &Case<'_>, found: &mut Vec<Finding>) {
    out_of_range(case, found);
    topics(case, found);
}

fn out_of_range(case: &Case<'_>, found: &mut Vec<Finding>) {
    let reset = |topic: &Name, tracks: &[&Track<'_>]| {
        case.command("reset-offsets", &format!("{} --to earliest", choice(topic, tracks)))
    };
    for (topic, tracks) in case.by_topic(|track| is(track, Problem::BelowLogStart)) {
        let which = partitions(&tracks);
        let lost = |track: &&Track<'_>| {
            let gap = track.last.log_start_offset.zip(track.last.committed_offset);
            gap.map_or(0, |(start, committed)| start.saturating_sub(committed))
        };
        let records: i64 = tracks.iter().map(lost).sum();
        let finding = case.finding(
            "below-log-start",
            Severity::Error,
            match records {
                1 => format!("the next record of {which} is gone: it was deleted unread"),
                _ => format!("the next {records} records of {which} are gone: they were deleted unread"),
            },
            format!(
                "members begin where `auto.offset.reset` says; to decide yourself, stop them and run \
                 `{}`",
                reset(topic, &tracks)
            ),
        );
        found.push(finding.of_topic(topic).because(offsets(&tracks)));
    }
    for (topic, tracks) in case.by_topic(|track| is(track, Problem::AboveLogEnd)) {
        let which = partitions(&tracks);
        let finding = case.finding(
            "above-log-end",
            Severity::Error,
            format!("the commits of {which} lie above the end: the topic was made anew, or its log cut off"),
            format!(
                "stop the members and run `{}`",
                reset(topic, &tracks)
            ),
        );
        found.push(finding.of_topic(topic).because(offsets(&tracks)));
    }
    for (topic, tracks) in case.by_topic(|track| track.has(Problem::NotReadable)) {
        let finding = case.finding(
            "not-readable",
            Severity::Warning,
            format!("where the log of {} begins and ends cannot be read", partitions(&tracks)),
            format!(
                "`{}` shows whether {} a leader",
                shell_command("kward topic describe", topic, ""),
                if tracks.len() == 1 { "it has" } else { "they have" }
            ),
        );
        found.push(finding.of_topic(topic));
    }
}

fn is(track: &Track<'_>, problem: Problem) -> bool {
    track.last.problem == Some(problem)
}

fn offsets(tracks: &[&Track<'_>]) -> String {
    some(tracks.iter().map(|track| {
        let number = |offset: Option<i64>| offset.map_or("?".to_owned(), |n| n.to_string());
        format!(
            "partition {} committed {} where the log goes from {} to {}",
            track.partition,
            number(track.last.committed_offset),
            number(track.last.log_start_offset),
            number(track.last.log_end_offset)
        )
    }))
}

/// Topics that members want, and those that the group has to do with otherwise.
fn topics(case: &Case<'_>, found: &mut Vec<Finding>) {
    let group = &case.last.group;
    let members = &group.members;
    let mut wanted: BTreeSet<&Name> =
        members.iter().flat_map(|member| &member.subscription).collect();
    wanted.extend(group.subtopologies.iter().flat_map(|part| &part.source_topics));
    let committed =
        case.by_topic(|track| is(track, Problem::UnknownTopic) || is(track, Problem::HiddenTopic));
    wanted.extend(committed.keys().copied());
    let mut lacks = false;
    for topic in wanted {
        let by = wanted_by(case, topic);
        let finding = match case.around.topics.get(topic) {
            None => continue,
            Some(Topic::Absent) => {
                lacks |= by.is_some();
                absent(case, topic, by.is_some())
            }
            Some(Topic::Hidden) => case.finding(
                "hidden-topic",
                Severity::Warning,
                "it cannot be described: what the group does with it is not checked".to_owned(),
                format!(
                    "somebody who may can grant it: `kward acl create --allow-principal {} \
                     --operation describe {}`",
                    case.around.principal.as_deref().unwrap_or("User:YOU"),
                    shell_flag("--topic", topic)
                ),
            ),
            Some(Topic::There(count)) => {
                let Some(tracks) = committed.get(topic) else { continue };
                case.finding(
                    "unknown-topic",
                    Severity::Warning,
                    format!(
                        "there are commits for {}, and the topic has only {}",
                        partitions(tracks),
                        crate::report::units::count(*count, "partition")
                    ),
                    format!(
                        "was `{}` made anew with fewer partitions? the commits can go: `{}`",
                        visible(topic),
                        case.command("delete-offsets", &choice(topic, tracks))
                    ),
                )
            }
        };
        found.push(finding.of_topic(topic).because(by.unwrap_or_default()));
    }
    // How many partitions they have follows from the topics that are read.
    if !lacks && !members.is_empty() {
        internal_topics(case, found);
    }
}

/// By whom a topic is wanted, in words.
fn wanted_by(case: &Case<'_>, topic: &Name) -> Option<String> {
    let group = &case.last.group;
    let by: Vec<String> =
        group.members.iter().filter(|m| m.subscription.contains(topic)).map(who).collect();
    if !by.is_empty() {
        return Some(format!("wanted by {}", some(by)));
    }
    let part = group.subtopologies.iter().find(|part| part.source_topics.contains(topic))?;
    Some(format!("read by subtopology {}", visible(&part.subtopology_id)))
}

/// It does not exist.
fn absent(case: &Case<'_>, topic: &Name, wanted: bool) -> Finding {
    if !wanted {
        return case.finding(
            "unknown-topic",
            Severity::Warning,
            "there are commits, and no such topic".to_owned(),
            format!(
                "`{}` forgets them",
                case.command("delete-offsets", &shell_flag("--topic", topic))
            ),
        );
    }
    let create = format!("create it, `{}`", shell_command("kward topic create", topic, ""));
    let group = &case.last.group;
    if group.group_type != GroupType::Streams {
        return case.finding(
            "unknown-topic",
            Severity::Error,
            "members want it, and it does not exist".to_owned(),
            format!("{create}, or mend the subscription"),
        );
    }
    // Without members it may be that nobody needs it any more; it may also be why there are none.
    let nobody = group.members.is_empty();
    case.finding(
        "unknown-topic",
        if nobody { Severity::Warning } else { Severity::Error },
        "the application reads it, and it does not exist".to_owned(),
        format!(
            "{create}, or mend the topology; without it the application has nothing to work on"
        ),
    )
}

/// Topics that the broker makes for a streams application, and has not made.
fn internal_topics(case: &Case<'_>, found: &mut Vec<Finding>) {
    for part in &case.last.group.subtopologies {
        for topic in part.made_for_it() {
            if case.around.topics.get(topic) != Some(&Topic::Absent) {
                continue;
            }
            let finding = case.finding(
                "unknown-topic",
                Severity::Error,
                "it is an internal topic of the application, and does not exist".to_owned(),
                "the broker makes it when a member starts that may CREATE topics: the application's \
                 log says why it does not; a changelog that was deleted is lost, and so is its state"
                    .to_owned(),
            );
            let by = format!("of subtopology {}", visible(&part.subtopology_id));
            found.push(finding.of_topic(topic).because(by));
        }
    }
}
