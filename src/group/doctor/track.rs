//! One partition of a group through all looks.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::report::group_lag::{PartitionLag, Problem};

use super::Look;

/// A partition that the group has to do with at the last look.
#[derive(Debug)]
pub(super) struct Track<'a> {
    pub topic: &'a Name,
    pub partition: i32,
    /// One for each look; `None` where the group had nothing to do with it.
    pub rows: Vec<Option<&'a PartitionLag>>,
    pub last: &'a PartitionLag,
}

impl<'a> Track<'a> {
    pub fn all(looks: &'a [Look]) -> Vec<Self> {
        let rows: Vec<BTreeMap<(&Name, i32), &PartitionLag>> = looks
            .iter()
            .map(|look| look.lags.iter().map(|lag| ((&lag.topic, lag.partition), lag)).collect())
            .collect();
        let last = rows.last().cloned().unwrap_or_default();
        let track = |((topic, partition), last)| Track {
            topic,
            partition,
            rows: rows.iter().map(|of| of.get(&(topic, partition)).copied()).collect(),
            last,
        };
        last.into_iter().map(track).collect()
    }

    /// Whether a rule holds at every look.
    pub fn always(&self, rule: impl Fn(&PartitionLag) -> bool) -> bool {
        self.rows.iter().all(|row| row.is_some_and(&rule))
    }

    /// Whether some member held it at every look.
    pub fn held(&self) -> bool {
        self.always(|row| row.member_id.is_some())
    }

    /// Whether nobody held it at any look.
    pub fn unheld(&self) -> bool {
        self.always(|row| row.member_id.is_none())
    }

    /// Whether there is a commit, and at every look the same; of a share group also what it is done with
    /// behind its start.
    pub fn stands_still(&self) -> bool {
        let place = |row: &PartitionLag| (row.committed_offset, row.done());
        self.last.committed_offset.is_some() && self.always(|row| place(row) == place(self.last))
    }

    /// Records that were written from the first look to the last.
    pub fn produced(&self) -> i64 {
        self.grown(|row| row.log_end_offset)
    }

    /// Records that were done with.
    pub fn consumed(&self) -> i64 {
        self.grown(PartitionLag::done)
    }

    fn grown(&self, of: impl Fn(&PartitionLag) -> Option<i64>) -> i64 {
        let first = self.rows.first().copied().flatten();
        let both = first.and_then(&of).zip(of(self.last));
        both.map_or(0, |(first, last)| last.saturating_sub(first))
    }

    /// The lag at the last look.
    pub fn lag(&self) -> i64 {
        self.last.lag.unwrap_or(0)
    }

    /// The lag at the first look.
    pub fn lag_before(&self) -> i64 {
        self.rows.first().copied().flatten().and_then(|row| row.lag).unwrap_or(0)
    }

    /// Whether it has this problem at every look.
    pub fn has(&self, problem: Problem) -> bool {
        self.always(|row| row.problem == Some(problem))
    }

    /// The commits that came after a higher one: from, to.
    pub fn steps_back(&self) -> Vec<(i64, i64)> {
        let commits: Vec<i64> =
            self.rows.iter().filter_map(|row| row.and_then(|row| row.committed_offset)).collect();
        let pairs = commits.windows(2).filter(|pair| pair[1] < pair[0]);
        pairs.map(|pair| (pair[0], pair[1])).collect()
    }
}
