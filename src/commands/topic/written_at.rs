//! When a topic was last written to: the greatest timestamp of its records (ListOffsets, KIP-734).

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::kafka::{Client, OffsetAt};
use crate::model::TopicPartition;
use crate::report::units::span;
use crate::topic::Topic;

/// The greatest timestamps.
pub struct LastWrites<'a> {
    /// In milliseconds since 1970, by topic; topics without a record are missing.
    pub times: HashMap<&'a str, i64>,
    /// Some partition did not tell.
    pub incomplete: bool,
}

/// Asks the leaders.
pub async fn last_writes<'a>(client: &Client, topics: &[&'a Topic]) -> LastWrites<'a> {
    let all = partitions(topics.iter().copied());
    let keys: Vec<TopicPartition> = all.iter().map(|(_, partition)| partition.clone()).collect();
    let mut times: HashMap<&str, i64> = HashMap::new();
    let Ok(found) = client.list_offsets(&keys, OffsetAt::GreatestTimestamp).await else {
        return LastWrites { times, incomplete: true };
    };
    // What has no leader tells nothing.
    let mut incomplete = all.len() < topics.iter().map(|topic| topic.partitions.len()).sum();
    for ((topic, _), found) in all.iter().zip(found) {
        match found {
            Ok(found) => {
                if let Some(time) = found.timestamp {
                    let latest = times.entry(topic).or_insert(time);
                    *latest = time.max(*latest);
                }
            }
            Err(_) => incomplete = true,
        }
    }
    LastWrites { times, incomplete }
}

/// Every partition that has a leader, with the name of its topic.
pub fn partitions<'a>(
    topics: impl IntoIterator<Item = &'a Topic>,
) -> Vec<(&'a str, TopicPartition)> {
    topics
        .into_iter()
        .flat_map(|topic| {
            let led = topic.partitions.iter().filter(|partition| partition.leader.is_some());
            led.map(|p| (topic.name.as_str(), TopicPartition::new(topic.name.clone(), p.index)))
        })
        .collect()
}

/// `2026-01-31 09:00:00Z, 3 h ago`.
pub fn shown(time: Option<i64>, incomplete: bool, now: Timestamp) -> String {
    let Some(time) = time else {
        return if incomplete { "not known" } else { "never" }.to_owned();
    };
    let Ok(at) = Timestamp::from_millisecond(time) else { return "not known".to_owned() };
    let ago = u64::try_from(now.as_millisecond() - time).ok().map(Duration::from_millis);
    let at = at.strftime("%Y-%m-%d %H:%M:%SZ");
    match ago {
        Some(ago) => format!("{at}, {} ago", span(ago)),
        // By a clock that runs ahead, or a producer's own idea.
        None => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_write_reads_well() {
        let now = Timestamp::from_second(10_000).unwrap();
        assert_eq!(shown(Some(2_800_000), false, now), "1970-01-01 00:46:40Z, 2 h ago");
        assert_eq!(shown(Some(20_000_000), false, now), "1970-01-01 05:33:20Z");
        assert_eq!(shown(None, false, now), "never");
        assert_eq!(shown(None, true, now), "not known");
    }
}
