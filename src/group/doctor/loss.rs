//! How long until records are lost unread: by their age (`retention.ms`), by the size of the log
//! (`retention.bytes`).

use crate::model::Name;
use crate::report::group_lag::duration;
use crate::report::units::bytes;

use super::super::trend::per_second;
use super::Case;
use super::track::Track;

/// When the first record may be lost unread.
#[derive(Debug, Clone, Copy)]
struct ByAge {
    /// How long until then, in milliseconds.
    ms: i64,
    /// How old the first record that waits is, in milliseconds.
    age_ms: i64,
    /// It rests on what is consumed going on like this.
    paced: bool,
}

/// When what waits may be as large as the log may be.
#[derive(Debug, Clone, Copy)]
struct BySize {
    /// How long until then, in milliseconds; `None`: never, at this pace.
    ms: Option<i64>,
    /// What waits, in bytes.
    waiting: u64,
    /// What a record takes in the log, on average, in bytes.
    record: u64,
}

/// How long until the first record that waits may be deleted, in milliseconds, by whichever limit is reached
/// first; `None` where that is not known, or never.
pub(super) fn soonest(case: &Case<'_>, topic: &Name, tracks: &[&Track<'_>]) -> Option<i64> {
    let by_age = by_age(case, topic, tracks).map(|loss| loss.ms);
    let by_size = by_size(case, topic, tracks).and_then(|loss| loss.ms);
    by_age.into_iter().chain(by_size).min()
}

/// The same in words, which go on behind figures.
pub(super) fn words(case: &Case<'_>, topic: &Name, tracks: &[&Track<'_>]) -> String {
    let mut text = String::new();
    let Some(kept) = case.around.retention.get(topic) else { return text };
    if let Some(ByAge { ms, age_ms, paced }) = by_age(case, topic, tracks) {
        let kept = duration(kept.ms.unwrap_or_default());
        let age = duration(age_ms);
        text.push_str(&format!(
            "; records are kept for {kept}, and the first that waits is {age} old: "
        ));
        let when = duration(ms);
        text.push_str(&match (ms, paced) {
            (0, _) => "it may be deleted at any moment".to_owned(),
            (_, false) => format!("it may be deleted in {when}"),
            (_, true) => format!("at this pace the first are lost in about {when}"),
        });
    }
    let Some(limit) = kept.bytes.and_then(|limit| u64::try_from(limit).ok()) else { return text };
    let limit = format!("`retention.bytes` ({} a partition)", bytes(limit));
    text.push_str(&match by_size(case, topic, tracks) {
        None => format!("; {limit} may delete them sooner"),
        Some(BySize { ms, waiting, record }) => {
            let size = format!("{}, at {} a record", bytes(waiting), bytes(record));
            match ms {
                None => format!("; {limit} is not reached by what waits ({size}) at this pace"),
                Some(0) => format!(
                    "; {limit} is reached by what waits ({size}): the first may be deleted at any moment"
                ),
                Some(ms) => format!(
                    "; {limit} is reached by what waits ({size}) in about {} at this pace: from then on the \
                     first may be deleted",
                    duration(ms)
                ),
            }
        }
    });
    text
}

/// How long until the first record may be deleted unread by `retention.ms`, of the partition where that
/// is soonest; `None` where no age is known.
fn by_age(case: &Case<'_>, topic: &Name, tracks: &[&Track<'_>]) -> Option<ByAge> {
    let kept_ms = case.around.retention.get(topic)?.ms?;
    let of = |track: &&Track<'_>| {
        let age_ms = track.last.time_lag_ms.filter(|_| track.lag() > 0)?;
        let consumed = per_second(track.consumed().max(0), case.window_ms());
        let ms = time_to_loss(track.lag(), age_ms, consumed, kept_ms)?;
        Some(ByAge { ms, age_ms, paced: consumed > 0.0 })
    };
    tracks.iter().filter_map(of).min_by_key(|loss| loss.ms)
}

/// The same by `retention.bytes`; `None` where the size of a partition is not known. A broker deletes the
/// oldest segment when what lies behind it is as large as that: at the earliest when what waits is, which
/// holds for a segment that ends where the first record that waits stands.
fn by_size(case: &Case<'_>, topic: &Name, tracks: &[&Track<'_>]) -> Option<BySize> {
    let kept = case.around.retention.get(topic).filter(|kept| kept.is_whole)?;
    let limit = u64::try_from(kept.bytes?).ok()?;
    let waiting = tracks.iter().filter(|track| track.lag() > 0);
    let all: Option<Vec<BySize>> = waiting.map(|track| of_partition(case, track, limit)).collect();
    all?.into_iter().min_by_key(|loss| (loss.ms.unwrap_or(i64::MAX), u64::MAX - loss.waiting))
}

fn of_partition(case: &Case<'_>, track: &Track<'_>, limit: u64) -> Option<BySize> {
    let size = *case.around.sizes.get(track.topic)?.get(&track.partition)?;
    let records = track.last.log_end_offset?.checked_sub(track.last.log_start_offset?)?;
    let growth = track.produced().saturating_sub(track.consumed().max(0));
    let paced = per_second(growth.max(0), case.window_ms());
    until_size(size, records, track.lag(), paced, limit)
}

/// Of a log with so many bytes in so many records, of which `lag` wait and `paced` more each second. Takes
/// each record to be as large as the average; `None` where nothing is there to tell it by.
fn until_size(size: u64, records: i64, lag: i64, paced: f64, limit: u64) -> Option<BySize> {
    let count = u64::try_from(records).ok().filter(|count| *count > 0 && size > 0)?;
    let lag = u64::try_from(lag).ok()?;
    let waiting = u128::from(size) * u128::from(lag) / u128::from(count);
    let waiting = u64::try_from(waiting).unwrap_or(u64::MAX).min(size);
    let record = (size / count).max(1);
    let left = limit.saturating_sub(waiting);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate")]
    let ms = match left {
        0 => Some(0),
        _ if paced <= 0.0 => None,
        _ => Some((left as f64 / (size as f64 / count as f64 * paced) * 1_000.0) as i64),
    };
    Some(BySize { ms, waiting, record })
}

/// In milliseconds, of a first record that is `age_ms` old. Where nothing is consumed, it is this one that
/// grows old: retention minus age. Otherwise the first that waits is another at each moment, and its age
/// grows by what consumption lacks to the pace at which what waits was written; `None` where it lacks
/// nothing.
fn time_to_loss(lag: i64, age_ms: i64, consumed: f64, kept_ms: i64) -> Option<i64> {
    let left = kept_ms.saturating_sub(age_ms).max(0);
    if left == 0 || consumed <= 0.0 {
        return Some(left);
    }
    let lacks = 1.0 - consumed / per_second(lag, age_ms);
    if lacks <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate")]
    let ms = (left as f64 / lacks) as i64;
    Some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_records_are_too_old() {
        for (lag, age_ms, consumed, kept_ms, expected) in [
            // Nothing is consumed: retention minus age, however fast the log grows.
            (1, 0, 0.0, 60_000, Some(60_000)),
            (1, 20_000, 0.0, 60_000, Some(40_000)),
            (9_000, 20_000, 0.0, 60_000, Some(40_000)),
            (1, 60_000, 0.0, 60_000, Some(0)),
            (1, 90_000, 0.0, 60_000, Some(0)),
            (100, 90_000, 1_000.0, 60_000, Some(0)),
            // 10 a second were written.
            (200, 20_000, 5.0, 60_000, Some(80_000)),
            (200, 20_000, 10.0, 60_000, None),
            (200, 20_000, 11.0, 60_000, None),
        ] {
            let found = time_to_loss(lag, age_ms, consumed, kept_ms);
            assert_eq!(found, expected, "{lag} {age_ms} {consumed}");
        }
    }

    #[test]
    fn until_the_log_is_too_large() {
        for (size, records, lag, paced, limit, expected) in [
            // 100 bytes a record, 10 a second more: 500 bytes are left.
            (2_000, 20, 5, 10.0, 1_000, Some((Some(500), 500, 100))),
            (2_000, 20, 10, 10.0, 1_000, Some((Some(0), 1_000, 100))),
            (2_000, 20, 15, 0.0, 1_000, Some((Some(0), 1_500, 100))),
            // Nothing more waits at any later time.
            (2_000, 20, 5, 0.0, 1_000, Some((None, 500, 100))),
            // More than the log has, for a moment.
            (2_000, 20, 30, 0.0, 5_000, Some((None, 2_000, 100))),
            // Nothing to tell it by.
            (0, 20, 5, 1.0, 1_000, None),
            (2_000, 0, 5, 1.0, 1_000, None),
            (2_000, -1, 5, 1.0, 1_000, None),
            (u64::MAX, i64::MAX, i64::MAX, 0.0, u64::MAX, Some((None, u64::MAX - 1, 2))),
        ] {
            let found = until_size(size, records, lag, paced, limit);
            let found = found.map(|found| (found.ms, found.waiting, found.record));
            match expected {
                // Whatever the rounding of numbers that large.
                Some((_, _, 2)) => assert!(found.is_some(), "no overflow"),
                _ => assert_eq!(found, expected, "{size} {records} {lag} {paced} {limit}"),
            }
        }
    }
}
