//! Lag: what groups committed against where the logs are.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::group::GroupDescription;
use crate::model::{Name, TopicPartition};
use crate::report::group_lag::{LagSum, LagTotal, PartitionLag, Problem};

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
    /// What waits behind it.
    pub waiting: Waiting,
}

/// Which of the records behind a commit wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// All of them.
    All,
    /// Those of a share group that are not done with: as many as its broker counts (since 4.2, KIP-1226),
    /// or nobody knows how many.
    Counted(Option<i64>),
}

impl Commitment {
    /// No commit at all.
    pub const NONE: Self = Self { offset: None, waiting: Waiting::All };

    /// A commit behind which everything waits.
    pub const fn at(offset: i64) -> Self {
        Self { offset: Some(offset), waiting: Waiting::All }
    }
}

/// Whether it changes anything to set an offset where `old` is committed. In a share group also records
/// behind its start may be done with, which are then to be read again: that stays as it is only where as
/// many records wait before and after.
pub fn changes(old: Commitment, new_offset: Option<i64>, log: Log) -> bool {
    if old.offset != new_offset {
        return true;
    }
    let counted = matches!(old.waiting, Waiting::Counted(_));
    let known = |commitment: Commitment| lag_of(commitment, log).ok();
    let same = known(old).is_some() && known(old) == new_offset.map(Commitment::at).and_then(known);
    counted && new_offset.is_some() && !same
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
        // Behind the last record nothing waits, whoever counts.
        (Log::Known { end, .. }, Some(offset)) if offset == end => Ok(0),
        (Log::Known { end, .. }, Some(offset)) => match committed.waiting {
            Waiting::All => Ok(end - offset),
            Waiting::Counted(lag) => lag.ok_or(Problem::NotCounted),
        },
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
        let commitment = committed.get(partition).copied().unwrap_or(Commitment::NONE);
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
            at_most_ms: None,
            member_id: owner.map(|member| member.member_id.clone()),
            client_id: owner.map(|member| member.client_id.clone()),
            host: owner.map(|member| member.host.clone()),
            problem: lag.err(),
        }
    };
    partitions.iter().map(row).collect()
}

/// The totals of `items`: by group; each group as a whole, then by topic, then by member. Also of
/// `groups` that have no items.
pub fn totals<'a>(
    items: &'a [PartitionLag],
    groups: impl IntoIterator<Item = &'a Name>,
) -> Vec<LagTotal> {
    type Key<'a> = (&'a Name, u8, Option<&'a Name>);
    let whole = |group: &'a Name| (group, 0, None);
    let mut totals: BTreeMap<Key<'a>, LagTotal> =
        groups.into_iter().map(|group| (whole(group), nothing(whole(group)))).collect();
    for item in items {
        let keys = [
            Some(whole(&item.group_id)),
            Some((&item.group_id, 1, Some(&item.topic))),
            item.member_id.as_ref().map(|member| (&item.group_id, 2, Some(member))),
        ];
        for key in keys.into_iter().flatten() {
            let total = totals.entry(key).or_insert_with(|| nothing(key));
            total.sum.add(LagSum::of(item));
        }
    }
    totals.into_values().collect()
}

fn nothing((group, kind, name): (&Name, u8, Option<&Name>)) -> LagTotal {
    LagTotal {
        group_id: group.clone(),
        topic: name.filter(|_| kind == 1).cloned(),
        member_id: name.filter(|_| kind == 2).cloned(),
        sum: LagSum::default(),
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
        for total in totals.iter().filter(|total| total.is_whole()) {
            let group = &total.group_id;
            if let (Some(max), Some(lag)) = (self.lag, total.sum.lag)
                && u64::try_from(lag).is_ok_and(|lag| lag > max)
            {
                words.push(format!("`{group}` is {lag} records behind, more than {max}"));
            }
            if let (Some(max), Some(age)) = (self.time_ms, total.sum.time_lag_ms)
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
            let within = match item.problem {
                Some(Problem::NoCommit) => empty,
                // Whoever asks for no number is answered by the age.
                Some(Problem::NotCounted) => self.lag.is_none() && item.at_most_ms.is_some(),
                _ => false,
            };
            if let Some(problem) = item.problem.filter(|_| !within) {
                let PartitionLag { group_id, topic, partition, .. } = item;
                words.push(format!(
                    "partition {partition} of `{topic}` has no lag in `{group_id}`: {}",
                    problem.reason()
                ));
            }
            if let (Some(max), Some(most), None) = (self.time_ms, item.at_most_ms, item.time_lag_ms)
                && most > max
            {
                let PartitionLag { group_id, topic, partition, .. } = item;
                words.push(format!(
                    "how old the first unconsumed record of `{group_id}` in partition {partition} of \
                     `{topic}` is, is not known: at most {}, and no more than {} is asked for",
                    crate::report::group_lag::duration(most),
                    crate::report::group_lag::duration(max)
                ));
            }
        }
        words
    }
}

#[cfg(test)]
#[path = "lag_tests.rs"]
mod tests;
