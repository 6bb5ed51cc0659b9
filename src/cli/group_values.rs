//! The values of `kward group`'s flags.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Span, Timestamp};

use crate::model::Name;
use crate::model::group::{GroupState, GroupType};
use crate::model::nearest;

/// A topic, or some of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partitions {
    /// The topic.
    pub topic: Name,
    /// `None`: all of them.
    pub partitions: Option<BTreeSet<i32>>,
}

/// Where offsets are set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// The first record that is kept.
    Earliest,
    /// Behind the last record.
    Latest,
    /// Where they are: for a backup, or for `--topic` partitions that have a commit.
    Current,
    /// This offset.
    Offset(i64),
    /// The first record made at or after this instant.
    Time(Timestamp),
    /// The first record made within this time before now.
    Ago(Duration),
}

/// A type of groups; only those that there are.
pub fn group_type(text: &str) -> Result<GroupType, String> {
    match GroupType::from(text) {
        GroupType::Other(_) => Err(unknown(text, GroupType::ALL.iter().map(GroupType::as_str))),
        known => Ok(known),
    }
}

/// A state of groups; only those that there are.
pub fn group_state(text: &str) -> Result<GroupState, String> {
    match GroupState::from(text) {
        GroupState::Other(_) => Err(unknown(text, GroupState::ALL.iter().map(GroupState::as_str))),
        known => Ok(known),
    }
}

fn unknown<'a>(text: &str, words: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(text, words.clone()) {
        Some(near) => format!("unknown, did you mean `{near}`?"),
        None => format!("unknown; there are {}", words.collect::<Vec<_>>().join(", ")),
    }
}

/// `orders`, `orders:0,3-5`. Topic names have no colon.
pub fn partitions(text: &str) -> Result<Partitions, String> {
    let (topic, numbers) =
        text.split_once(':').map_or((text, None), |(topic, rest)| (topic, Some(rest)));
    if topic.is_empty() {
        return Err("the topic is missing".to_owned());
    }
    let Some(numbers) = numbers else {
        return Ok(Partitions { topic: topic.into(), partitions: None });
    };
    let number = |text: &str| {
        let parsed = text.trim().parse::<i32>().ok().filter(|number| *number >= 0);
        parsed.ok_or_else(|| format!("`{text}` is no partition: write `{topic}:0,3-5`"))
    };
    let mut partitions = BTreeSet::new();
    for part in numbers.split(',') {
        match part.split_once('-') {
            None => partitions.extend([number(part)?]),
            Some((from, to)) => {
                let (from, to) = (number(from)?, number(to)?);
                if to < from || to - from > 100_000 {
                    return Err(format!("`{part}` is no range of partitions"));
                }
                partitions.extend(from..=to);
            }
        }
    }
    Ok(Partitions { topic: topic.into(), partitions: Some(partitions) })
}

/// `90s`, `10m`, `2h30m`, `3d`, `PT2H`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let span: Span = text.parse().map_err(|_| {
        "a duration is a number with a unit, as in `90s`, `10m`, `2h30m`, `3d`".to_owned()
    })?;
    let duration = span
        .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
        .ok()
        .and_then(|duration: SignedDuration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| "a duration is positive, and has no months or years".to_owned())
}

/// A duration from one look to the next.
pub fn pause(text: &str) -> Result<Duration, String> {
    let pause = duration(text)?;
    if pause < Duration::from_millis(100) { Err("at least 100ms".to_owned()) } else { Ok(pause) }
}

/// The value of `--to`.
pub fn to(text: &str) -> Result<To, String> {
    match text {
        "earliest" => return Ok(To::Earliest),
        "latest" => return Ok(To::Latest),
        "current" => return Ok(To::Current),
        _ => {}
    }
    if let Ok(offset) = text.parse::<i64>() {
        return if offset < 0 {
            Err("an offset is not negative; `--shift-by` goes back".to_owned())
        } else {
            Ok(To::Offset(offset))
        };
    }
    if let Some(time) = timestamp(text) {
        return Ok(To::Time(time));
    }
    duration(text).map(To::Ago).map_err(|_| {
        "write `earliest`, `latest`, `current`, an offset, a time as in `2026-01-31T08:00:00Z`, \
         or a time ago as in `90m`"
            .to_owned()
    })
}

/// How many at most; none would be no question.
pub fn limit(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(limit) => Ok(limit),
        Err(_) => Err("write a number, as in `10`".to_owned()),
    }
}

/// Since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// This instant.
    Time(Timestamp),
    /// This time before now.
    Ago(Duration),
}

/// The value of `--since`.
pub fn since(text: &str) -> Result<Since, String> {
    if let Some(time) = timestamp(text) {
        return Ok(Since::Time(time));
    }
    duration(text).map(Since::Ago).map_err(|_| {
        "write a time as in `2026-01-31T08:00:00Z`, or a time ago as in `90m`".to_owned()
    })
}

/// RFC 3339; without an offset it is UTC, as in Kafka's own tool.
fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_and_partitions() {
        let all = partitions("orders").unwrap();
        assert_eq!((all.topic.as_str(), all.partitions), ("orders", None));
        let some = partitions("orders:7,0-2").unwrap().partitions.unwrap();
        assert_eq!(some.into_iter().collect::<Vec<_>>(), [0, 1, 2, 7]);
        for bad in ["", ":1", "a:", "a:x", "a:-1", "a:3-1", "a:0-2000000000"] {
            assert!(partitions(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn where_offsets_go() {
        assert_eq!(to("earliest"), Ok(To::Earliest));
        assert_eq!(to("42"), Ok(To::Offset(42)));
        let time = |text: &str| To::Time(text.parse().unwrap());
        assert_eq!(to("2026-01-31T08:00:00Z"), Ok(time("2026-01-31T08:00:00Z")));
        assert_eq!(to("2026-01-31T08:00:00+01:00"), Ok(time("2026-01-31T07:00:00Z")));
        assert_eq!(to("2026-01-31T08:00:00.500"), Ok(time("2026-01-31T08:00:00.5Z")));
        assert_eq!(to("2026-01-31"), Ok(time("2026-01-31T00:00:00Z")));
        assert_eq!(to("2h"), Ok(To::Ago(Duration::from_hours(2))));
        assert_eq!(to("PT90M"), Ok(To::Ago(Duration::from_mins(90))));
        assert_eq!(to("3d"), Ok(To::Ago(Duration::from_hours(72))));
        for bad in ["-1", "yesterday", "", "-2h"] {
            assert!(to(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn since_when() {
        let time = Since::Time("2026-01-31T08:00:00Z".parse().unwrap());
        assert_eq!(since("2026-01-31T09:00:00+01:00"), Ok(time));
        assert_eq!(since("90m"), Ok(Since::Ago(Duration::from_mins(90))));
        for bad in ["", "yesterday", "-2h", "7"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn how_many_at_most() {
        assert_eq!((limit("1"), limit("20")), (Ok(1), Ok(20)));
        for bad in ["0", "-1", "", "all", "99999999999999999999"] {
            assert!(limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_that_are_none_are_refused() {
        assert_eq!(group_type("Classic"), Ok(GroupType::Classic));
        assert_eq!(group_type("clasic").unwrap_err(), "unknown, did you mean `classic`?");
        assert_eq!(group_state("preparing-rebalance"), Ok(GroupState::PreparingRebalance));
        assert!(group_state("xyz").unwrap_err().contains("Stable"));
    }
}
