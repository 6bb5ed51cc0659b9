//! Spreading replicas evenly: into as many racks as can be, each topic over the brokers, all of them over
//! the brokers, and at last the preferred leaders, which copies nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::board::Board;

/// Spreads the partitions that may be moved over the brokers that may get them.
pub(super) fn spread(board: &mut Board<'_>) {
    if board.targets.len() < 2 {
        return;
    }
    spread_over_racks(board);
    // What is shifted for the totals may open a way for a topic. Each shift makes a topic more even, or
    // the totals and no topic less: it ends.
    let mut topics: BTreeSet<usize> = (0..board.topics.len()).collect();
    while !topics.is_empty() {
        for topic in topics {
            spread_topic(board, topic);
        }
        topics = spread_totals(board);
    }
    Leaders::of(board).spread(board);
}

fn spread_over_racks(board: &mut Board<'_>) {
    for slot in 0..board.slots.len() {
        while board.slots[slot].placement.movable && board.is_crowded(slot) {
            let replicas = board.slots[slot].replicas.clone();
            // The last of those that share a rack.
            let shares = |position: &usize| {
                let id = replicas[*position];
                board.targets.contains(&id) && board.neighbours(slot, id) > 0
            };
            let Some(position) = (0..replicas.len()).rev().find(shares) else { break };
            let old = replicas[position];
            match board.best(slot, Some(old)) {
                Some(new) if board.neighbours(slot, new) == 0 => board.replace(slot, position, new),
                _ => break,
            }
        }
    }
}

/// No broker has two replicas of the topic more than another, where that can be.
fn spread_topic(board: &mut Board<'_>, topic: usize) {
    let slots = board.topics[topic].clone();
    loop {
        let count = |id: &i32| (board.of_topic(topic, *id), board.total(*id), *id);
        let mut brokers: Vec<(i64, i64, i32)> = board.targets.iter().map(count).collect();
        brokers.sort_unstable();
        let mean = mean(brokers.iter().map(|(has, ..)| *has));
        let mut moved = false;
        'pairs: for (little, _, to) in &brokers {
            for (much, _, from) in brokers.iter().rev() {
                if much - little < 2 {
                    break;
                }
                let uneven = |board: &Board<'_>, _| {
                    board.of_topic(topic, *from) - board.of_topic(topic, *to) >= 2
                };
                let most = towards(mean, *much, *little);
                if !shift_many(board, &slots, (*from, *to), most, uneven).is_empty() {
                    moved = true;
                    break 'pairs;
                }
            }
        }
        if !moved {
            return;
        }
    }
}

/// What each would have, rounded down.
fn mean(all: impl ExactSizeIterator<Item = i64>) -> i64 {
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    all.sum::<i64>() / count.max(1)
}

/// How much goes from a broker that has much to one that has little: towards the mean, and no further.
fn towards(mean: i64, much: i64, little: i64) -> i64 {
    (much - mean - 1).min(mean - little).max(1)
}

/// No broker has two replicas more than another, where that can be without making a topic uneven.
/// Answers the topics of which something was shifted for it.
fn spread_totals(board: &mut Board<'_>) -> BTreeSet<usize> {
    let mut shifted = BTreeSet::new();
    let slots: Vec<usize> = (0..board.slots.len()).collect();
    loop {
        let count = |id: &i32| (board.total(*id), *id);
        let mut brokers: Vec<(i64, i32)> = board.targets.iter().map(count).collect();
        brokers.sort_unstable();
        let mean = mean(brokers.iter().map(|(has, _)| *has));
        let mut moved = false;
        'pairs: for (little, to) in &brokers {
            for (much, from) in brokers.iter().rev() {
                if much - little < 2 {
                    break;
                }
                let uneven = |board: &Board<'_>, slot: usize| {
                    let topic = board.slots[slot].topic;
                    board.of_topic(topic, *from) > board.of_topic(topic, *to)
                };
                let most = towards(mean, *much, *little);
                let done = shift_many(board, &slots, (*from, *to), most, uneven);
                if !done.is_empty() {
                    shifted.extend(done.into_iter().map(|slot| board.slots[slot].topic));
                    moved = true;
                    break 'pairs;
                }
            }
        }
        if !moved {
            return shifted;
        }
    }
}

/// Shifts at most so many replicas of those that are `uneven`, the cheapest first; answers which.
fn shift_many(
    board: &mut Board<'_>,
    slots: &[usize],
    (from, to): (i32, i32),
    most: i64,
    uneven: impl Fn(&Board<'_>, usize) -> bool,
) -> Vec<usize> {
    let may = |slot: &usize| board.may_move(*slot, from, to) && uneven(board, *slot);
    let mut candidates: Vec<usize> = slots.iter().copied().filter(may).collect();
    candidates.sort_by_cached_key(|slot| (cost(board, *slot, from, to), *slot));
    let most = usize::try_from(most).unwrap_or(0);
    let mut moved = Vec::new();
    for slot in candidates {
        if moved.len() == most {
            break;
        }
        if uneven(board, slot) {
            shift(board, slot, from, to);
            moved.push(slot);
        }
    }
    moved
}

/// What a shift costs: copies first, then bytes. What has been moved already goes on for nothing.
fn cost(board: &Board<'_>, slot: usize, from: i32, to: i32) -> (i8, u64) {
    let copies = i8::from(!board.held(slot, to)) - i8::from(!board.held(slot, from));
    (copies, board.slots[slot].placement.bytes.unwrap_or(0))
}

fn shift(board: &mut Board<'_>, slot: usize, from: i32, to: i32) {
    let position = board.slots[slot].replicas.iter().position(|id| *id == from);
    if let Some(position) = position {
        board.replace(slot, position, to);
    }
}

/// Who is the first replica of how much, and who could be.
struct Leaders {
    counts: BTreeMap<i32, i64>,
    /// The slots that the first broker leads and that the second could.
    could: BTreeMap<(i32, i32), Slots>,
}

#[derive(Default)]
struct Slots {
    /// Those that are moved anyway.
    moved: BTreeSet<usize>,
    others: BTreeSet<usize>,
}

impl Slots {
    fn len(&self) -> usize {
        self.moved.len() + self.others.len()
    }

    /// What is moved anyway is no further change.
    fn cheapest(&self) -> Option<usize> {
        self.moved.first().or_else(|| self.others.first()).copied()
    }
}

impl Leaders {
    fn of(board: &Board<'_>) -> Self {
        let mut leaders = Self {
            counts: board.targets.iter().map(|id| (*id, 0)).collect(),
            could: BTreeMap::new(),
        };
        for slot in 0..board.slots.len() {
            let first = board.slots[slot].replicas.first();
            if let Some(count) = first.and_then(|id| leaders.counts.get_mut(id)) {
                *count += 1;
            }
            leaders.enter(board, slot);
        }
        leaders
    }

    fn enter(&mut self, board: &Board<'_>, slot: usize) {
        let moved = board.slots[slot].replicas != board.slots[slot].placement.replicas;
        for edge in self.edges(board, slot) {
            let slots = self.could.entry(edge).or_default();
            if moved { &mut slots.moved } else { &mut slots.others }.insert(slot);
        }
    }

    fn leave(&mut self, board: &Board<'_>, slot: usize) {
        for edge in self.edges(board, slot) {
            if let Some(slots) = self.could.get_mut(&edge) {
                slots.moved.remove(&slot);
                slots.others.remove(&slot);
            }
        }
    }

    fn edges(&self, board: &Board<'_>, slot: usize) -> Vec<(i32, i32)> {
        let replicas = &board.slots[slot].replicas;
        let Some((first, others)) = replicas.split_first() else { return Vec::new() };
        if !board.slots[slot].placement.movable || !self.counts.contains_key(first) {
            return Vec::new();
        }
        let there = others.iter().filter(|id| self.counts.contains_key(id));
        there.map(|id| (*first, *id)).collect()
    }

    /// Hands leaders on, from broker to broker, until nobody has two more than another to whom they
    /// could be handed.
    fn spread(mut self, board: &mut Board<'_>) {
        let mean = mean(self.counts.values().copied());
        while let Some(path) = self.path() {
            let count = |end: Option<&i32>| end.map_or(mean, |id| self.counts[id]);
            let narrowest = path.windows(2).map(|pair| self.width(pair[0], pair[1])).min();
            let most = towards(mean, count(path.first()), count(path.last()));
            let most = most.min(narrowest.unwrap_or(1)).max(1);
            for pair in path.windows(2) {
                for _ in 0..most {
                    self.hand_on(board, pair[0], pair[1]);
                }
            }
        }
    }

    /// How many the first broker could hand on to the second.
    fn width(&self, from: i32, to: i32) -> i64 {
        let slots = self.could.get(&(from, to)).map_or(0, Slots::len);
        i64::try_from(slots).unwrap_or(i64::MAX)
    }

    /// From a broker with many to one with at least two fewer.
    fn path(&self) -> Option<Vec<i32>> {
        let mut brokers: Vec<i32> = self.counts.keys().copied().collect();
        brokers.sort_by_key(|id| (-self.counts[id], *id));
        brokers.into_iter().find_map(|from| self.path_from(from))
    }

    fn path_from(&self, from: i32) -> Option<Vec<i32>> {
        let mut before = BTreeMap::from([(from, from)]);
        let mut queue = VecDeque::from([from]);
        while let Some(id) = queue.pop_front() {
            if self.counts[&from] - self.counts[&id] >= 2 {
                let mut path = vec![id];
                while let Some(last) = path.last().filter(|last| **last != from) {
                    path.push(before[last]);
                }
                path.reverse();
                return Some(path);
            }
            let next = self.could.range((id, i32::MIN)..=(id, i32::MAX));
            for ((_, to), _) in next.filter(|(_, slots)| slots.len() > 0) {
                if !before.contains_key(to) {
                    before.insert(*to, id);
                    queue.push_back(*to);
                }
            }
        }
        None
    }

    fn hand_on(&mut self, board: &mut Board<'_>, from: i32, to: i32) {
        let slot = self.could.get(&(from, to)).and_then(Slots::cheapest);
        let Some(slot) = slot else { return };
        self.leave(board, slot);
        let replicas = &mut board.slots[slot].replicas;
        if let Some(position) = replicas.iter().position(|id| *id == to) {
            replicas.swap(0, position);
        }
        self.enter(board, slot);
        *self.counts.entry(from).or_default() -= 1;
        *self.counts.entry(to).or_default() += 1;
    }
}
