//! Who holds which partitions, and what moves from one step to the next.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::report::group_history::Move;

/// One who holds partitions: a static member stays the same one under another member id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The instance id, or else the member id.
    pub identity: Name,
    /// The member id.
    pub member_id: Name,
}

/// Who holds each partition; in share groups there may be several.
pub type Held = BTreeMap<(Name, i32), Vec<Holder>>;

/// A partition: who holds it, or did before nobody did.
#[derive(Debug, Clone, Default)]
struct Slot {
    holders: Vec<Holder>,
    /// Whether those hold it now.
    held: bool,
}

/// The partitions that have ever been held.
#[derive(Debug, Clone, Default)]
pub struct Holders(BTreeMap<(Name, i32), Slot>);

/// What became of the partitions in one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Each partition that has another holder, or none any more, or one again.
    pub moves: Vec<Move>,
    /// Those that went from one to another.
    pub moved: usize,
    /// Those that stayed.
    pub kept: usize,
    /// Those that nobody held, and nobody else before.
    pub assigned: usize,
    /// Those that nobody holds any more.
    pub unassigned: usize,
}

impl Holders {
    /// Goes on to what is held now.
    pub fn advance(&mut self, now: Held) -> Step {
        let mut step = Step::default();
        let mut now = now.into_iter().peekable();
        // Both sides are sorted: the partitions that nobody holds now are met on the way.
        let mut gone = Vec::new();
        for (at, slot) in &self.0 {
            while now.peek().is_some_and(|(next, _)| next < at) {
                gone.push(now.next().expect("just seen"));
            }
            if now.peek().is_some_and(|(next, _)| next == at) {
                gone.push(now.next().expect("just seen"));
            } else if slot.held {
                gone.push((at.clone(), Vec::new()));
            }
        }
        gone.extend(now);
        for (at, holders) in gone {
            self.step(&mut step, &at, holders);
        }
        step
    }

    fn step(&mut self, step: &mut Step, at: &(Name, i32), now: Vec<Holder>) {
        let slot = self.0.entry(at.clone()).or_default();
        let among = |all: &[Holder], one: &Holder| all.iter().any(|h| h.identity == one.identity);
        let stayed = now.iter().filter(|holder| slot.held && among(&slot.holders, holder)).count();
        step.kept += stayed;
        let mut lost = slot.holders.iter().filter(|holder| !among(&now, holder));
        let mut got = now.iter().filter(|holder| !slot.held || !among(&slot.holders, holder));
        loop {
            let (from, to) = (lost.next(), got.next());
            match (from, to) {
                (None, None) => break,
                // They had given it up before.
                (Some(_), None) if !slot.held => break,
                (Some(_), Some(_)) => step.moved += 1,
                (None, Some(_)) => step.assigned += 1,
                (Some(_), None) => step.unassigned += 1,
            }
            let id = |holder: Option<&Holder>| holder.map(|holder| holder.member_id.clone());
            let (topic, partition) = at.clone();
            // That it was given up is told already, where nobody holds it.
            let (from, last_holder) = if slot.held { (id(from), None) } else { (None, id(from)) };
            step.moves.push(Move { topic, partition, from, to: id(to), last_holder });
        }
        slot.held = !now.is_empty();
        if slot.held {
            slot.holders = now;
        }
    }
}
