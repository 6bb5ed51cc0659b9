//! From where everything lies and what is wanted to the moves that get there.

use super::board::{Board, Slot};
use super::{Goal, Move, Placement, Site, even};
use crate::error::{Error, Result};
use crate::model::visible;

/// The moves that reach `goal`, copying as little as that takes. Fails when brokers are unknown, or
/// too few for the replicas that are wanted.
///
/// Partitions that may not be moved count for what brokers bear all the same.
pub fn plan(sites: &[Site], placements: &[Placement], goal: &Goal) -> Result<Vec<Move>> {
    let mut sorted: Vec<Placement> = placements.to_vec();
    sorted.sort_by(|a, b| a.partition.cmp(&b.partition));
    check_brokers(sites, &sorted, goal)?;
    let mut board = Board::new(sites, &sorted, goal);
    let movable: Vec<usize> = (0..sorted.len()).filter(|slot| sorted[*slot].movable).collect();
    for slot in &movable {
        shrink(&mut board, *slot, goal);
    }
    let mut homeless = Vec::new();
    for slot in &movable {
        if !(drain(&mut board, *slot, goal) && grow(&mut board, *slot, goal)) {
            homeless.push(*slot);
        }
        respread(&mut board, *slot);
    }
    if let Some(first) = homeless.first() {
        return Err(too_few(&board, &board.slots[*first], homeless.len(), goal));
    }
    if goal.even {
        even::spread(&mut board);
    }
    Ok(board.slots.iter().filter_map(Slot::as_move).collect())
}

impl Slot<'_> {
    fn as_move(&self) -> Option<Move> {
        let Placement { partition, replicas, bytes, .. } = self.placement;
        (self.replicas != *replicas).then(|| Move {
            partition: partition.clone(),
            from: replicas.clone(),
            to: self.replicas.clone(),
            bytes: *bytes,
        })
    }

    /// How many replicas the partition is to have.
    fn wanted(&self, goal: &Goal) -> usize {
        match goal.replication_factor {
            Some(factor) if self.placement.resizable => factor,
            _ => self.placement.replicas.len(),
        }
    }
}

/// A typing mistake in an id would be a broker that is drained of nothing.
fn check_brokers(sites: &[Site], placements: &[Placement], goal: &Goal) -> Result<()> {
    let known = |id: &i32| {
        sites.iter().any(|site| site.id == *id)
            || placements.iter().any(|placement| placement.replicas.contains(id))
    };
    match goal.drain.iter().chain(&goal.exclude).find(|id| !known(id)) {
        None => Ok(()),
        Some(id) => Err(Error::invalid(format!("there is no broker {id}")).caused_by(format!(
            "the cluster has {}",
            shown(sites.iter().filter(|site| site.alive).map(|site| site.id))
        ))),
    }
}

/// Takes away what is too much: what goes anyway, what is out of sync, what shares a rack, what
/// lies where much lies; the first replica last.
fn shrink(board: &mut Board<'_>, slot: usize, goal: &Goal) {
    let wanted = board.slots[slot].wanted(goal).max(1);
    while board.slots[slot].replicas.len() > wanted {
        let replicas = &board.slots[slot].replicas;
        let placement = board.slots[slot].placement;
        let worst = (0..replicas.len()).max_by_key(|position| {
            let id = replicas[*position];
            (
                goal.drain.contains(&id),
                !board.is_alive(id),
                !placement.in_sync.contains(&id),
                board.neighbours(slot, id),
                *position != 0,
                board.total(id),
                *position,
            )
        });
        let Some(position) = worst else { return };
        board.remove(slot, position);
    }
}

/// Moves what lies on drained brokers, each replica in its place; false when there is no broker left.
/// Where the preferred leader goes, the one is chosen that leads the least.
fn drain(board: &mut Board<'_>, slot: usize, goal: &Goal) -> bool {
    let first = board.slots[slot].replicas.first().copied();
    for position in 0..board.slots[slot].replicas.len() {
        let old = board.slots[slot].replicas[position];
        if !goal.drain.contains(&old) {
            continue;
        }
        let Some(new) = board.best(slot, Some(old)) else { return false };
        board.replace(slot, position, new);
    }
    if let Some(gone) = first.filter(|first| goal.drain.contains(first)) {
        board.choose_first(slot, gone);
    }
    true
}

/// Adds what is missing; false when there is no broker left.
fn grow(board: &mut Board<'_>, slot: usize, goal: &Goal) -> bool {
    while board.slots[slot].replicas.len() < board.slots[slot].wanted(goal) {
        let Some(new) = board.best(slot, None) else { return false };
        board.add(slot, new);
    }
    true
}

/// What was taken away as too much may have been the only replica in its rack, which a drained broker would have
/// handed on within it: lies the partition in fewer racks than before, a replica goes to another one.
fn respread(board: &mut Board<'_>, slot: usize) {
    while board.has_lost_racks(slot) {
        let replicas = &board.slots[slot].replicas;
        let crowded = (0..replicas.len())
            .filter(|position| board.neighbours(slot, replicas[*position]) > 0)
            .max_by_key(|position| (*position != 0, board.total(replicas[*position]), *position));
        let Some(position) = crowded else { return };
        let old = replicas[position];
        match board.best(slot, Some(old)) {
            Some(new) if board.neighbours(slot, new) == 0 => board.replace(slot, position, new),
            _ => return,
        }
    }
}

fn too_few(board: &Board<'_>, first: &Slot<'_>, count: usize, goal: &Goal) -> Error {
    let wanted = first.wanted(goal);
    let name = first.placement.partition.to_string();
    let others = match count {
        1 => String::new(),
        count => format!(", and so for {} more", count - 1),
    };
    let error = Error::invalid(format!(
        "too few brokers for the {wanted} replicas of `{}`{others}",
        visible(&name)
    ))
    .caused_by(match board.targets.len() {
        0 => "no broker is left that may hold replicas".to_owned(),
        _ => format!("only {} may get replicas", shown(board.targets.iter().copied())),
    });
    match goal.replication_factor {
        Some(factor) if factor == wanted => error.hint(
            "`--replication-factor` asks for more replicas than there are brokers to hold them",
        ),
        Some(_) => error.hint(
            "it keeps its number of replicas: `--internal` gives Kafka's own topics another one too",
        ),
        None => error.hint(
            "drain or exclude fewer brokers, add brokers, or lower `--replication-factor` as well",
        ),
    }
}

/// `brokers 1, 2`.
fn shown(ids: impl Iterator<Item = i32>) -> String {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let word = if ids.len() == 1 { "broker" } else { "brokers" };
    format!("{word} {}", ids.join(", "))
}
