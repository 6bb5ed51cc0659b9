//! Lag: what groups committed against where the logs are.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::group::GroupDescription;
use crate::model::{Name, TopicPartition};
use crate::report::group_lag::{LagTotal, PartitionLag, Problem};

/// Where a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// The first offset that is kept, and the offset behind the last record.
    Known {
        /// The first offset.
        start: i64,
        /// The offset behind the last.
        end: i64,
    },
    /// There is no such partition.
    Unknown,
    /// Its topic may not be described.
    Hidden,
    /// Its offsets could not be read.
    NotReadable,
}

/// What a group committed for a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// The offset of the next record; `None` where there is none.
    pub offset: Option<i64>,
    /// The lag as the broker counts it, for share groups.
    pub lag: Option<i64>,
}

/// The lag of one partition, or why there is none.
pub fn lag_of(committed: Commitment, log: Log) -> Result<i64, Problem> {
    match (log, committed.offset) {
        (Log::Unknown, _) => Err(Problem::UnknownTopic),
        (Log::Hidden, _) => Err(Problem::HiddenTopic),
        (_, None) => Err(Problem::NoCommit),
        (Log::NotReadable, _) => Err(Problem::NotReadable),
        (Log::Known { start, .. }, Some(offset)) if offset < start => Err(Problem::BelowLogStart),
        (Log::Known { end, .. }, Some(offset)) if offset > end => Err(Problem::AboveLogEnd),
        (Log::Known { end, .. }, Some(offset)) => Ok(committed.lag.unwrap_or(end - offset)),
    }
}

/// The partitions that a group has to do with: those that it committed, and those that its members
/// hold.
pub fn concerned(
    committed: &BTreeMap<TopicPartition, Commitment>,
    description: Option<&GroupDescription>,
) -> BTreeSet<TopicPartition> {
    let held = description.map(GroupDescription::assigned).unwrap_or_default();
    let held = held.iter().map(|(topic, partition)| TopicPartition::new(topic.clone(), partition));
    committed.keys().cloned().chain(held).collect()
}

/// The rows of one group, by topic and partition, without ages.
pub fn rows(
    group: &Name,
    partitions: &BTreeSet<TopicPartition>,
    committed: &BTreeMap<TopicPartition, Commitment>,
    description: Option<&GroupDescription>,
    logs: &BTreeMap<TopicPartition, Log>,
) -> Vec<PartitionLag> {
    let row = |partition: &TopicPartition| {
        let nothing = Commitment { offset: None, lag: None };
        let commitment = committed.get(partition).copied().unwrap_or(nothing);
        let log = logs.get(partition).copied().unwrap_or(Log::Unknown);
        let lag = lag_of(commitment, log);
        let (start, end) = match log {
            Log::Known { start, end } => (Some(start), Some(end)),
            Log::Unknown | Log::Hidden | Log::NotReadable => (None, None),
        };
        let owner = description.and_then(|d| d.owner(&partition.topic, partition.partition));
        PartitionLag {
            group_id: group.clone(),
            topic: partition.topic.clone(),
            partition: partition.partition,
            committed_offset: commitment.offset,
            log_start_offset: start,
            log_end_offset: end,
            lag: lag.ok(),
            time_lag_ms: None,
            member_id: owner.map(|member| member.member_id.clone()),
            client_id: owner.map(|member| member.client_id.clone()),
            host: owner.map(|member| member.host.clone()),
            problem: lag.err(),
        }
    };
    partitions.iter().map(row).collect()
}

/// The totals of `items`: by group; each group as a whole, then by topic, then by member.
pub fn totals(items: &[PartitionLag]) -> Vec<LagTotal> {
    type Key<'a> = (&'a Name, u8, Option<&'a Name>);
    let mut totals: BTreeMap<Key<'_>, LagTotal> = BTreeMap::new();
    for item in items {
        let keys = [
            Some((&item.group_id, 0, None)),
            Some((&item.group_id, 1, Some(&item.topic))),
            item.member_id.as_ref().map(|member| (&item.group_id, 2, Some(member))),
        ];
        for key in keys.into_iter().flatten() {
            totals.entry(key).or_insert_with(|| nothing(key)).add(item);
        }
    }
    totals.into_values().collect()
}

fn nothing((group, kind, name): (&Name, u8, Option<&Name>)) -> LagTotal {
    LagTotal {
        group_id: group.clone(),
        topic: name.filter(|_| kind == 1).cloned(),
        member_id: name.filter(|_| kind == 2).cloned(),
        lag: None,
        time_lag_ms: None,
        partitions: 0,
        problems: 0,
    }
}

impl LagTotal {
    fn add(&mut self, item: &PartitionLag) {
        self.partitions += 1;
        self.problems += usize::from(item.problem.is_some());
        if let Some(lag) = item.lag {
            self.lag = Some(self.lag.unwrap_or(0).saturating_add(lag));
        }
        self.time_lag_ms = self.time_lag_ms.max(item.time_lag_ms);
    }
}

/// Limits of `lag --max` and `--max-time`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Records that a group may be behind.
    pub lag: Option<u64>,
    /// Milliseconds that its first unconsumed record may be old.
    pub time_ms: Option<i64>,
}

impl Limits {
    /// What exceeds them, in words. What has no number cannot be said to be within them: a partition
    /// without a commit, or with one outside of the log, exceeds every limit, unless its log is empty.
    pub fn exceeded(self, items: &[PartitionLag], totals: &[LagTotal]) -> Vec<String> {
        let mut words = Vec::new();
        let whole = totals.iter().filter(|t| t.topic.is_none() && t.member_id.is_none());
        for total in whole {
            let group = &total.group_id;
            if let (Some(max), Some(lag)) = (self.lag, total.lag)
                && u64::try_from(lag).is_ok_and(|lag| lag > max)
            {
                words.push(format!("`{group}` is {lag} records behind, more than {max}"));
            }
            if let (Some(max), Some(age)) = (self.time_ms, total.time_lag_ms)
                && age > max
            {
                let duration = crate::report::group_lag::duration;
                words.push(format!(
                    "the first unconsumed record of `{group}` is {} old, more than {}",
                    duration(age),
                    duration(max)
                ));
            }
        }
        if self == Self::default() {
            return words;
        }
        for item in items {
            let empty = item.log_end_offset.is_some_and(|end| item.log_start_offset == Some(end));
            if let Some(problem) = item.problem
                && !(problem == Problem::NoCommit && empty)
            {
                let PartitionLag { group_id, topic, partition, .. } = item;
                words.push(format!(
                    "partition {partition} of `{topic}` has no lag in `{group_id}`: {}",
                    problem.word()
                ));
            }
        }
        words
    }
}

#[cfg(test)]
#[path = "lag_tests.rs"]
mod tests;
