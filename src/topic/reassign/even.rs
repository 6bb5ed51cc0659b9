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
    loop {
        for topic in 0..board.topics.len() {
            spread_topic(board, topic);
        }
        if !spread_totals(board) {
            break;
        }
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
    let count = |board: &Board<'_>, id: i32| (board.of_topic(topic, id), board.total(id));
    loop {
        let mut brokers = board.targets.clone();
        brokers.sort_by_key(|id| (count(board, *id), *id));
        let slots = board.topics[topic].clone();
        let mut found = None;
        'pairs: for to in &brokers {
            for from in brokers.iter().rev() {
                if board.of_topic(topic, *from) - board.of_topic(topic, *to) < 2 {
                    break;
                }
                let may = slots.iter().filter(|slot| board.may_move(**slot, *from, *to));
                if let Some(slot) = may.min_by_key(|slot| cost(board, **slot, *from, *to)) {
                    found = Some((*slot, *from, *to));
                    break 'pairs;
                }
            }
        }
        let Some((slot, from, to)) = found else { return };
        shift(board, slot, from, to);
    }
}

/// No broker has two replicas more than another, where that can be without making a topic uneven.
/// Answers whether anything was shifted for it.
fn spread_totals(board: &mut Board<'_>) -> bool {
    let mut shifted = false;
    loop {
        let mut brokers = board.targets.clone();
        brokers.sort_by_key(|id| (board.total(*id), *id));
        let sum: i64 = brokers.iter().map(|id| board.total(*id)).sum();
        let mean = sum / i64::try_from(brokers.len()).unwrap_or(1);
        let mut moved = false;
        'pairs: for to in &brokers {
            for from in brokers.iter().rev() {
                let (much, little) = (board.total(*from), board.total(*to));
                if much - little < 2 {
                    break;
                }
                // Towards the mean, and no further.
                let most = (much - mean - 1).min(mean - little).max(1);
                if shift_many(board, *from, *to, most) > 0 {
                    moved = true;
                    break 'pairs;
                }
            }
        }
        if !moved {
            return shifted;
        }
        shifted = true;
    }
}

/// Shifts at most so many replicas, the cheapest first; answers how many.
fn shift_many(board: &mut Board<'_>, from: i32, to: i32, most: i64) -> i64 {
    let uneven = |board: &Board<'_>, slot: usize| {
        let topic = board.slots[slot].topic;
        board.of_topic(topic, from) > board.of_topic(topic, to)
    };
    let mut candidates: Vec<usize> = (0..board.slots.len())
        .filter(|slot| board.may_move(*slot, from, to) && uneven(board, *slot))
        .collect();
    candidates.sort_by_key(|slot| (cost(board, *slot, from, to), *slot));
    let mut moved = 0;
    for slot in candidates {
        if moved == most {
            break;
        }
        if board.may_move(slot, from, to) && uneven(board, slot) {
            shift(board, slot, from, to);
            moved += 1;
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
    could: BTreeMap<(i32, i32), BTreeSet<usize>>,
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
        for edge in self.edges(board, slot) {
            self.could.entry(edge).or_default().insert(slot);
        }
    }

    fn leave(&mut self, board: &Board<'_>, slot: usize) {
        for edge in self.edges(board, slot) {
            if let Some(slots) = self.could.get_mut(&edge) {
                slots.remove(&slot);
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
        while let Some(path) = self.path() {
            for pair in path.windows(2) {
                self.hand_on(board, pair[0], pair[1]);
            }
        }
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
            for ((_, to), _) in next.filter(|(_, slots)| !slots.is_empty()) {
                if !before.contains_key(to) {
                    before.insert(*to, id);
                    queue.push_back(*to);
                }
            }
        }
        None
    }

    fn hand_on(&mut self, board: &mut Board<'_>, from: i32, to: i32) {
        let Some(slots) = self.could.get(&(from, to)) else { return };
        // What is moved anyway is no further change.
        let moved =
            |slot: &&usize| board.slots[**slot].replicas != board.slots[**slot].placement.replicas;
        let Some(slot) = slots.iter().find(moved).or_else(|| slots.first()).copied() else {
            return;
        };
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
