//! A history in numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Name, Time};
use crate::report::group_history::{Behind, Gap, Rebalance, Stretch, Summary, What};

const HOUR_MS: i64 = 3_600_000;

/// Sums up what happened from `from`, since when every rebalance is known but for those in `gaps`, to
/// `to`. `from` is `None` where nothing is known for sure.
pub fn summarize(rebalances: &[Rebalance], from: Option<Time>, to: Time, gaps: &[Gap]) -> Summary {
    let counted = |told: &&Rebalance| from.is_some_and(|from| told.time >= from) && !told.partial;
    let counted: Vec<&Rebalance> = rebalances.iter().filter(counted).collect();
    let real = || counted.iter().filter(|told| told.change == What::Rebalance);
    let sum = |of: fn(&Rebalance) -> usize| counted.iter().map(|told| of(told)).sum::<usize>();
    let moved = sum(|told| told.moved.unwrap_or(0));
    let kept = sum(|told| if told.change == What::Rebalance { told.kept.unwrap_or(0) } else { 0 });
    let number = real().count();
    Summary {
        from,
        to,
        rebalances: number,
        rebalances_per_hour: from.and_then(|from| an_hour(number, known_ms(from, to, gaps))),
        joined: sum(|told| told.joined.len()),
        left: sum(|told| told.left.len()),
        returned: sum(|told| told.returned.len()),
        moved,
        kept,
        moved_share: ratio(moved, moved + kept),
        longest_stable: longest_stable(rebalances, from, to, gaps),
        behind: behind(&counted),
    }
}

/// The milliseconds of which something is known.
fn known_ms(from: Time, to: Time, gaps: &[Gap]) -> i64 {
    let missing: i64 = gaps.iter().map(|gap| gap.to.min(to).since(gap.from.max(from))).sum();
    to.since(from) - missing
}

fn an_hour(number: usize, known_ms: i64) -> Option<f64> {
    // A rate of a few minutes says nothing.
    #[expect(clippy::cast_precision_loss, reason = "a rate is shown with a few digits")]
    let rate = |hours: f64| number as f64 / hours;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
    (known_ms >= HOUR_MS).then(|| rounded(rate(known_ms as f64 / HOUR_MS as f64)))
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with a few digits")]
    (whole > 0).then(|| rounded(part as f64 / whole as f64))
}

/// To three digits, so that the same history gives the same text.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// The longest time without a rebalance, in which there were members and nothing is missing.
fn longest_stable(
    rebalances: &[Rebalance],
    from: Option<Time>,
    to: Time,
    gaps: &[Gap],
) -> Option<Stretch> {
    let from = from?;
    let real: Vec<&Rebalance> =
        rebalances.iter().filter(|told| told.change == What::Rebalance).collect();
    let ends = real.iter().skip(1).map(|told| told.time).chain([to]);
    let stretch = |(told, end): (&&Rebalance, Time)| {
        let begin = told.time.max(from);
        let cut = gaps.iter().any(|gap| gap.from < end && gap.to > begin);
        let stretch = Stretch { from: begin, to: end, ms: end.since(begin) };
        (told.members > 0 && !cut && end > begin).then_some(stretch)
    };
    real.iter().zip(ends).filter_map(stretch).max_by_key(|stretch| stretch.ms)
}

fn behind(rebalances: &[&Rebalance]) -> Vec<Behind> {
    type Key<'a> = (&'a Name, &'a Name);
    let mut all: BTreeMap<Key<'_>, Behind> = BTreeMap::new();
    for told in rebalances {
        let joined = told.joined.iter().map(|member| (member, 0));
        let left = told.left.iter().map(|member| (member, 1));
        let returned = told.returned.iter().map(|returned| (&returned.member, 2));
        let mut seen: BTreeSet<Key<'_>> = BTreeSet::new();
        for (member, how) in joined.chain(left).chain(returned) {
            let key = (&member.client_id, &member.host);
            let entry = all.entry(key).or_insert_with(|| Behind {
                client_id: key.0.clone(),
                host: key.1.clone(),
                rebalances: 0,
                joined: 0,
                left: 0,
                returned: 0,
            });
            match how {
                0 => entry.joined += 1,
                1 => entry.left += 1,
                _ => entry.returned += 1,
            }
            if told.change == What::Rebalance && seen.insert(key) {
                entry.rebalances += 1;
            }
        }
    }
    let mut all: Vec<Behind> = all.into_values().collect();
    let changes = |b: &Behind| (b.rebalances, b.joined + b.left + b.returned);
    all.sort_by_key(|one| std::cmp::Reverse(changes(one)));
    all
}
