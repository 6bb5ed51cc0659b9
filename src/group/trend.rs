//! How a group gets on: what it consumed and what was written for it between looks.

use std::collections::{BTreeMap, VecDeque};

use crate::model::Name;
use crate::report::group_lag::PartitionLag;
use crate::report::group_watch::Trend;

/// How many steps the rates are taken over.
const STEPS: usize = 5;

/// The last looks at a group's partitions.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    at_ms: i64,
    places: BTreeMap<(Name, i32), Place>,
    steps: VecDeque<Step>,
}

/// Where a partition stood.
#[derive(Debug, Clone, Copy)]
struct Place {
    done: Option<i64>,
    end: Option<i64>,
}

/// From one look to the next, over the partitions that both of them know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// How long it was, in milliseconds.
    pub ms: i64,
    /// Records that were done with; negative when commits were set back. `None` where that is known of no
    /// partition at both ends.
    pub consumed: Option<i64>,
    /// Records that were written; `None` where no log is known at both ends.
    pub produced: Option<i64>,
}

impl Step {
    /// Whether nothing came or went, as far as that is known.
    pub fn is_still(&self) -> bool {
        self.consumed.unwrap_or(0) == 0 && self.produced.unwrap_or(0) == 0
    }
}

impl Progress {
    /// Adds a look at `now_ms`, in milliseconds since 1970; `None` for the first.
    pub fn add(&mut self, now_ms: i64, lags: &[PartitionLag]) -> Option<Step> {
        let places: BTreeMap<(Name, i32), Place> = lags
            .iter()
            .map(|lag| {
                let place = Place { done: lag.done(), end: lag.log_end_offset };
                ((lag.topic.clone(), lag.partition), place)
            })
            .collect();
        let first = self.at_ms == 0;
        let mut step = Step { ms: now_ms.saturating_sub(self.at_ms).max(1), ..Step::default() };
        for (at, now) in &places {
            let Some(was) = self.places.get(at) else { continue };
            let grown = |sum: Option<i64>, from: Option<i64>, to: Option<i64>| match (from, to) {
                (Some(from), Some(to)) => {
                    Some(sum.unwrap_or(0).saturating_add(to.saturating_sub(from)))
                }
                _ => sum,
            };
            step.consumed = grown(step.consumed, was.done, now.done);
            step.produced = grown(step.produced, was.end, now.end);
        }
        (self.at_ms, self.places) = (now_ms, places);
        if first {
            return None;
        }
        self.steps.push_back(step);
        if self.steps.len() > STEPS {
            self.steps.pop_front();
        }
        Some(step)
    }

    /// The rates over the last steps of which something is known; `None` before there is one.
    pub fn trend(&self) -> Option<Trend> {
        let known = || self.steps.iter().filter(|s| s.consumed.or(s.produced).is_some());
        let sum = |of: fn(&Step) -> i64| -> i64 { known().map(of).sum() };
        let ms = sum(|step| step.ms);
        let rate = |records: i64| per_second(records, ms);
        (ms > 0).then(|| {
            let consumed = sum(|step| step.consumed.unwrap_or(0));
            let produced = sum(|step| step.produced.unwrap_or(0));
            Trend {
                lag: rate(produced.saturating_sub(consumed)),
                consumed: rate(consumed),
                produced: rate(produced),
            }
        })
    }
}

/// Records a second.
#[expect(clippy::cast_precision_loss, reason = "a rate is shown with two digits")]
pub fn per_second(records: i64, ms: i64) -> f64 {
    records as f64 * 1000.0 / ms.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::group_lag::Problem;

    fn lag(partition: i32, committed: Option<i64>, end: i64) -> PartitionLag {
        PartitionLag {
            committed_offset: committed,
            log_end_offset: Some(end),
            ..PartitionLag::new("g".into(), "t".into(), partition)
        }
    }

    #[test]
    fn rates_are_those_of_the_last_steps() {
        let mut progress = Progress::default();
        assert_eq!(progress.add(1_000, &[lag(0, Some(10), 100), lag(1, None, 5)]), None);
        assert_eq!(progress.trend(), None);
        // A first commit is no consumption of all that lies before it.
        let step = progress.add(3_000, &[lag(0, Some(30), 110), lag(1, Some(5), 5)]);
        assert_eq!(step, Some(Step { ms: 2_000, consumed: Some(20), produced: Some(10) }));
        assert_eq!(progress.trend(), Some(Trend { lag: -5.0, consumed: 10.0, produced: 5.0 }));
        // Set back, and a partition that came later.
        let step = progress.add(4_000, &[lag(0, Some(0), 110), lag(2, Some(7), 9)]);
        assert_eq!(step, Some(Step { ms: 1_000, consumed: Some(-30), produced: Some(0) }));
        for at in 5..20 {
            progress.add(at * 1_000, &[lag(0, Some(0), 110 + at)]);
        }
        assert_eq!(progress.trend(), Some(Trend { lag: 1.0, consumed: 0.0, produced: 1.0 }));
    }

    #[test]
    fn what_a_share_group_is_done_with_behind_its_start_is_consumed() {
        // It begins at 10 for as long as the record there is not done with.
        let share = |waiting, end| PartitionLag { lag: waiting, ..lag(0, Some(10), end) };
        let mut progress = Progress::default();
        progress.add(1_000, &[share(Some(90), 100)]);
        let step = progress.add(2_000, &[share(Some(60), 110)]);
        assert_eq!(step, Some(Step { ms: 1_000, consumed: Some(40), produced: Some(10) }));
        assert_eq!(progress.trend(), Some(Trend { lag: -30.0, consumed: 40.0, produced: 10.0 }));
        // Where no broker counts, nobody knows.
        let uncounted = |start, end| PartitionLag {
            problem: Some(Problem::NotCounted),
            ..lag(0, Some(start), end)
        };
        let mut progress = Progress::default();
        progress.add(1_000, &[uncounted(10, 100)]);
        let step = progress.add(2_000, &[uncounted(30, 100)]).unwrap();
        assert_eq!((step.consumed, step.produced), (None, Some(0)));
    }

    #[test]
    fn what_is_not_known_is_no_standstill() {
        let mut progress = Progress::default();
        progress.add(1_000, &[]);
        let step = progress.add(2_000, &[]).unwrap();
        assert_eq!(step, Step { ms: 1_000, consumed: None, produced: None });
        assert!(step.is_still());
        assert_eq!(progress.trend(), None);
        // A log whose commits nobody knows.
        progress.add(3_000, &[lag(0, None, 10)]);
        let step = progress.add(4_000, &[lag(0, None, 14)]).unwrap();
        assert_eq!((step.consumed, step.produced, step.is_still()), (None, Some(4), false));
        // The steps that say nothing do not make it slower.
        assert_eq!(progress.trend(), Some(Trend { lag: 4.0, consumed: 0.0, produced: 4.0 }));
    }
}
