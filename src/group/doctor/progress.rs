//! Commits against the log: what stands still, stops, runs backwards or falls behind.

use std::collections::BTreeMap;

use crate::model::group::{GroupState, GroupType, Member};
use crate::model::{Finding, Name, Severity, visible};
use crate::report::group_lag::Problem;
use crate::report::group_watch::rate;
use crate::report::units::count;

use super::super::trend::per_second;
use super::track::Track;
use super::{About as _, Case, are, choice, loss, partitions, some, who};

/// Consumed for each record that is written: below it a group falls behind. Above it, commits that come
/// every few seconds may explain the difference.
const PACE: f64 = 0.7;
/// The same over several commit intervals.
const LONG_PACE: f64 = 0.95;
/// How often consumers commit unless they are told otherwise (`auto.commit.interval.ms`).
const COMMITS_MS: i64 = 5_000;
/// Records in each partition that a member is behind by before it is compared with others.
const SLOW: i64 = 100;
/// How many times further behind than the others.
const SLOWER: i64 = 5;
/// Records that are lost sooner than this are an error, in milliseconds.
const SOON_MS: i64 = 24 * 3_600_000;

pub(super) fn judge(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.compares() {
        stalled(case, found);
        stopped(case, found);
        rewind(case, found);
        falling_behind(case, found);
        no_commit(case, found);
    }
    found.extend(slow_member(case));
}

/// A member holds it, and its commits stand still. A quiet log with one record left is one that ends
/// with the mark of a transaction.
fn is_stalled(track: &Track<'_>) -> bool {
    track.held()
        && track.stands_still()
        && (track.lag() > 1 || (track.lag() > 0 && track.produced() > 0))
}

fn stalled(case: &Case<'_>, found: &mut Vec<Finding>) {
    for (topic, tracks) in case.by_topic(is_stalled) {
        let grows = tracks.iter().any(|track| track.produced() > 0);
        let which = partitions(&tracks);
        let finding = case.finding(
            "stalled",
            if grows { Severity::Error } else { Severity::Warning },
            if grows {
                format!("the commits of {which} stand still while the log grows")
            } else {
                format!("the commits of {which} stand still, and records wait")
            },
            format!(
                "look at the log of who holds {}: {}; `{}` shows for how long; a record that cannot be \
                 processed is skipped, once the members are stopped, with `{}`",
                if tracks.len() == 1 { "it" } else { "them" },
                holders(case, &tracks),
                case.command("lag", &format!("{} --time", choice(topic, &tracks))),
                case.command("reset-offsets", &format!("{} --shift-by 1", choice(topic, &tracks)))
            ),
        );
        found.push(finding.of_topic(topic).because(figures(case, topic, &tracks)));
    }
}

/// Nobody holds it.
fn stopped(case: &Case<'_>, found: &mut Vec<Finding>) {
    let nobody = |state: &GroupState| matches!(state, GroupState::Empty | GroupState::Dead);
    let empty = case.looks.iter().all(|look| nobody(&look.group.state));
    let settled = case.looks.iter().all(|look| look.group.state == GroupState::Stable);
    let waits = |track: &Track<'_>| {
        let grows = track.produced() > 0;
        track.unheld() && track.stands_still() && track.lag() > 0 && (empty || (settled && grows))
    };
    for (topic, tracks) in case.by_topic(waits) {
        let grows = tracks.iter().any(|track| track.produced() > 0);
        let which = partitions(&tracks);
        let lag = sum(&tracks, Track::lag);
        let reason = match (empty, grows) {
            (true, true) => format!("the group has no members, and the log of {which} grows"),
            (true, false) => {
                format!("the group has no members, and {} wait", count_of(lag, "record"))
            }
            (false, _) => format!("no member holds {which}, and the log grows"),
        };
        let finding = case.finding(
            "stopped",
            if grows && empty { Severity::Error } else { Severity::Warning },
            reason,
            if empty {
                format!(
                    "start its consumers; if it is not needed any more, `{}`",
                    case.command("delete", "")
                )
            } else {
                format!(
                    "subscribe to it again; if it is not needed any more, `{}`",
                    case.command("delete-offsets", &choice(topic, &tracks))
                )
            },
        );
        found.push(finding.of_topic(topic).because(figures(case, topic, &tracks)));
    }
}

fn rewind(case: &Case<'_>, found: &mut Vec<Finding>) {
    for (topic, tracks) in case.by_topic(|track| !track.steps_back().is_empty()) {
        let finding = case.finding(
            "rewind",
            Severity::Warning,
            format!("the commits of {} ran backwards", partitions(&tracks)),
            "was it reset on purpose? otherwise a client commits old offsets, or two applications \
             share this group's name"
                .to_owned(),
        );
        let evidence = some(tracks.iter().filter_map(|track| {
            let steps = track.steps_back();
            let (from, to) = steps.first()?;
            let words = format!("partition {}: {from} → {to}", track.partition);
            let records: i64 = steps.iter().map(|(from, to)| from - to).sum();
            let records = count_of(records, "record");
            Some(match steps.len() {
                1 => words,
                times => format!("{words} (the first of {times} times, {records} in all)"),
            })
        }));
        found.push(finding.of_topic(topic).because(evidence));
    }
}

/// How more can be consumed: by members beyond one for each partition only in a share group.
fn more_members(case: &Case<'_>) -> String {
    let group = &case.last.group;
    let (members, held) = (group.members.len(), group.assigned().len());
    let all = if group.group_type == GroupType::Share { usize::MAX } else { held };
    if members >= all {
        let are = if held == 1 { "is" } else { "are" };
        return format!(
            "make the members faster, or add partitions (there {are} {} for {})",
            count(held, "partition"),
            count(members, "member")
        );
    }
    let are = if members == 1 { "is" } else { "are" };
    format!(
        "add members (there {are} {members} for {}), or make them faster",
        count(held, "partition")
    )
}

/// The members work, and the lag grows at every look.
fn falling_behind(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.looks.len() < 3 {
        return;
    }
    let held = case.by_topic(|track| track.held() && !is_stalled(track));
    for (topic, tracks) in held {
        let (consumed, produced) = (sum(&tracks, Track::consumed), sum(&tracks, Track::produced));
        let lag_at = |at: usize| -> Option<i64> {
            tracks.iter().map(|track| track.rows[at].and_then(|row| row.lag)).sum()
        };
        let lags: Option<Vec<i64>> = (0..case.looks.len()).map(lag_at).collect();
        let grows = lags.is_some_and(|lags| lags.windows(2).all(|pair| pair[1] > pair[0]));
        let ms = case.window_ms();
        let (taken, written) = (per_second(consumed, ms), per_second(produced, ms));
        let growth = sum(&tracks, Track::lag).saturating_sub(sum(&tracks, Track::lag_before));
        if !grows || (taken >= PACE * written && !outgrows(growth, taken, written, ms)) {
            continue;
        }
        let lost = loss::soonest(case, topic, &tracks);
        let severity =
            if lost.is_some_and(|ms| ms < SOON_MS) { Severity::Error } else { Severity::Warning };
        let finding = case.finding(
            "falling-behind",
            severity,
            format!(
                "{}/s are written and {}/s consumed: the lag grew from {} to {} in {}",
                rate(written),
                rate(taken),
                sum(&tracks, Track::lag_before),
                sum(&tracks, Track::lag),
                case.window()
            ),
            format!(
                "{}; `{}` shows whether it helps",
                more_members(case),
                case.command("watch", "")
            ),
        );
        found.push(finding.of_topic(topic).because(figures(case, topic, &tracks)));
    }
}

/// Whether a lag grows by more than commits explain, over looks that lie far enough apart. Who keeps up and
/// commits every so often seems to be behind by at most what is written in one such interval: between two
/// looks that differs by what the time between them is more than whole intervals.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn outgrows(growth: i64, taken: f64, written: f64, window_ms: i64) -> bool {
    let explained_ms = window_ms % COMMITS_MS + COMMITS_MS / 5;
    window_ms >= 2 * COMMITS_MS
        && taken < LONG_PACE * written
        && growth as f64 > written * explained_ms as f64 / 1_000.0
}

fn no_commit(case: &Case<'_>, found: &mut Vec<Finding>) {
    let has_records = |track: &Track<'_>| track.last.log_end_offset > track.last.log_start_offset;
    let uncommitted =
        |track: &Track<'_>| track.held() && track.has(Problem::NoCommit) && has_records(track);
    for (topic, tracks) in case.by_topic(uncommitted) {
        let finding = case.finding(
            "no-commit",
            Severity::Warning,
            format!(
                "{} {} held, {} records, and nothing was ever committed",
                partitions(&tracks),
                are(&tracks),
                if tracks.len() == 1 { "has" } else { "have" }
            ),
            "does the client commit (`enable.auto.commit`, or by itself)? whoever takes over begins \
             where `auto.offset.reset` says"
                .to_owned(),
        );
        let by = format!("held by {}", holders(case, &tracks));
        found.push(finding.of_topic(topic).because(by));
    }
}

/// One member is far further behind than the others, at every look.
fn slow_member(case: &Case<'_>) -> Option<Finding> {
    let of_look = |at: usize| -> BTreeMap<&Name, (i64, i64)> {
        let mut all: BTreeMap<&Name, (i64, i64)> = BTreeMap::new();
        for lag in &case.looks[at].lags {
            if let (Some(member), Some(records)) = (&lag.member_id, lag.lag) {
                let of = all.entry(member).or_default();
                *of = (of.0.saturating_add(records), of.1 + 1);
            }
        }
        all
    };
    let mean = |(records, partitions): (i64, i64)| records / partitions.max(1);
    let is_slow = |all: &BTreeMap<&Name, (i64, i64)>, member: &Name| {
        let Some(own) = all.get(member) else { return false };
        let rest = all.iter().filter(|(name, _)| **name != member).map(|(_, of)| *of);
        let others = rest.fold((0_i64, 0), |a, b| (a.0.saturating_add(b.0), a.1 + b.1));
        others.1 > 0 && mean(*own) >= SLOW && mean(*own) >= mean(others).saturating_mul(SLOWER)
    };
    let looks: Vec<_> = (0..case.looks.len()).map(of_look).collect();
    let now = looks.last()?;
    let slow = |member: &&Member| looks.iter().all(|all| is_slow(all, &member.member_id));
    let member = case.last.group.members.iter().find(slow)?;
    let finding = case.finding(
        "slow-member",
        Severity::Warning,
        format!("{} is far further behind than the others", who(member)),
        format!(
            "look at its host, and at whether one partition gets more than its share: \
             `{}`",
            case.command("lag", "--by member")
        ),
    );
    let name = |id: &Name| {
        let known = case.last.group.members.iter().find(|member| member.member_id == *id);
        known.map_or_else(|| visible(id).into_owned(), who)
    };
    let mut worst: Vec<(&Name, (i64, i64))> = now.iter().map(|(id, of)| (*id, *of)).collect();
    worst.sort_by_key(|(_, of)| std::cmp::Reverse(mean(*of)));
    Some(finding.because(some(worst.into_iter().map(|(id, of)| {
        format!(
            "{}: {} a partition, {}",
            name(id),
            count_of(mean(of), "record"),
            partitions_of(of.1)
        )
    }))))
}

fn sum<'a>(tracks: &[&Track<'a>], of: impl Fn(&Track<'a>) -> i64) -> i64 {
    tracks.iter().map(|track| of(track)).sum()
}

fn partitions_of(count: i64) -> String {
    count_of(count, "partition")
}

fn count_of(number: i64, one: &str) -> String {
    count(usize::try_from(number).unwrap_or(0), one)
}

fn holders(case: &Case<'_>, tracks: &[&Track<'_>]) -> String {
    let holds = |member: &&Member| {
        tracks.iter().any(|track| track.last.member_id.as_ref() == Some(&member.member_id))
    };
    some(case.last.group.members.iter().filter(holds).map(who))
}

/// Lag, rates, and how long until records are lost.
fn figures(case: &Case<'_>, topic: &Name, tracks: &[&Track<'_>]) -> String {
    let mut text = format!(
        "in {}: lag {} → {}, {} consumed, {} written",
        case.window(),
        sum(tracks, Track::lag_before),
        sum(tracks, Track::lag),
        sum(tracks, Track::consumed),
        sum(tracks, Track::produced)
    );
    text.push_str(&loss::words(case, topic, tracks));
    text
}
