//! The partitions as they lie while a plan is made, with the counts that its choices go by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Goal, Placement, Site};

/// Where everything lies at the moment.
pub(super) struct Board<'a> {
    pub slots: Vec<Slot<'a>>,
    /// The slots of each topic.
    pub topics: Vec<Vec<usize>>,
    /// Brokers that may get replicas.
    pub targets: Vec<i32>,
    /// Brokers that are there.
    alive: BTreeSet<i32>,
    /// The rack of each broker where it is known, by number; empty where racks play no part.
    racks: HashMap<i32, usize>,
    /// The racks in which brokers may get replicas.
    open_racks: BTreeSet<usize>,
    totals: HashMap<i32, i64>,
    of_topic: HashMap<(usize, i32), i64>,
    /// Of how many partitions each broker is the first replica.
    firsts: HashMap<i32, i64>,
}

/// A partition as it is to lie.
pub(super) struct Slot<'a> {
    pub placement: &'a Placement,
    pub replicas: Vec<i32>,
    /// The topic's number.
    pub topic: usize,
}

impl<'a> Board<'a> {
    /// The placements are sorted by topic and partition.
    pub fn new(sites: &'a [Site], placements: &'a [Placement], goal: &Goal) -> Self {
        let known: BTreeMap<i32, &str> =
            sites.iter().filter_map(|site| Some((site.id, site.rack.as_deref()?))).collect();
        let alive = || sites.iter().filter(|site| site.alive);
        // Where some broker has no rack, nothing can be said about any.
        let all_known = alive().all(|site| site.rack.is_some()) && !goal.ignore_racks;
        let mut board = Self {
            slots: Vec::with_capacity(placements.len()),
            topics: Vec::new(),
            targets: alive()
                .map(|site| site.id)
                .filter(|id| !goal.drain.contains(id) && !goal.exclude.contains(id))
                .collect(),
            alive: alive().map(|site| site.id).collect(),
            racks: HashMap::new(),
            open_racks: BTreeSet::new(),
            totals: HashMap::new(),
            of_topic: HashMap::new(),
            firsts: HashMap::new(),
        };
        if all_known {
            let names: BTreeSet<&str> = known.values().copied().collect();
            let number = |name: &str| names.iter().position(|one| *one == name).unwrap_or(0);
            board.racks = known.iter().map(|(id, name)| (*id, number(name))).collect();
            let open = board.targets.iter().filter_map(|id| board.racks.get(id));
            board.open_racks = open.copied().collect();
        }
        for (at, placement) in placements.iter().enumerate() {
            let same = at > 0 && placements[at - 1].partition.topic == placement.partition.topic;
            if !same {
                board.topics.push(Vec::new());
            }
            let topic = board.topics.len() - 1;
            board.topics[topic].push(at);
            let replicas = placement.replicas.clone();
            for id in &replicas {
                board.count(topic, *id, 1);
            }
            if let Some(first) = replicas.first() {
                *board.firsts.entry(*first).or_default() += 1;
            }
            board.slots.push(Slot { placement, replicas, topic });
        }
        board
    }

    fn count(&mut self, topic: usize, broker: i32, by: i64) {
        *self.totals.entry(broker).or_default() += by;
        *self.of_topic.entry((topic, broker)).or_default() += by;
    }

    /// Replicas on a broker.
    pub fn total(&self, broker: i32) -> i64 {
        self.totals.get(&broker).copied().unwrap_or(0)
    }

    /// Replicas of one topic on a broker.
    pub fn of_topic(&self, topic: usize, broker: i32) -> i64 {
        self.of_topic.get(&(topic, broker)).copied().unwrap_or(0)
    }

    pub fn is_alive(&self, broker: i32) -> bool {
        self.alive.contains(&broker)
    }

    /// Puts `new` in the place of the replica at `position`.
    pub fn replace(&mut self, slot: usize, position: usize, new: i32) {
        let topic = self.slots[slot].topic;
        let old = std::mem::replace(&mut self.slots[slot].replicas[position], new);
        self.count(topic, old, -1);
        self.count(topic, new, 1);
    }

    /// Puts the replica in front whose broker leads the least; the first one is new, and leads nothing yet.
    pub fn choose_first(&mut self, slot: usize, gone: i32) {
        *self.firsts.entry(gone).or_default() -= 1;
        let replicas = &mut self.slots[slot].replicas;
        let leads = |id: &i32| self.firsts.get(id).copied().unwrap_or(0);
        let least = (0..replicas.len())
            .filter(|position| self.targets.contains(&replicas[*position]))
            .min_by_key(|position| (leads(&replicas[*position]), *position));
        replicas.swap(0, least.unwrap_or(0));
        *self.firsts.entry(replicas[0]).or_default() += 1;
    }

    /// Adds a replica behind the others.
    pub fn add(&mut self, slot: usize, new: i32) {
        self.slots[slot].replicas.push(new);
        self.count(self.slots[slot].topic, new, 1);
    }

    /// Takes the replica at `position` away.
    pub fn remove(&mut self, slot: usize, position: usize) {
        let old = self.slots[slot].replicas.remove(position);
        self.count(self.slots[slot].topic, old, -1);
    }

    /// How many other replicas of the partition lie in the rack of this broker; 0 where racks play
    /// no part.
    pub fn neighbours(&self, slot: usize, broker: i32) -> usize {
        let Some(rack) = self.racks.get(&broker) else { return 0 };
        let others = self.slots[slot].replicas.iter().filter(|id| **id != broker);
        others.filter(|id| self.racks.get(id) == Some(rack)).count()
    }

    /// In how many racks the partition lies, with `new` in the place of `old`: on brokers that are there, and
    /// on all whose rack is known.
    fn racks_with(&self, slot: usize, old: i32, new: i32) -> (usize, usize) {
        let replicas = &self.slots[slot].replicas;
        let placed = || replicas.iter().map(|id| if *id == old { new } else { *id });
        (self.count_racks(placed().filter(|id| self.is_alive(*id))), self.count_racks(placed()))
    }

    fn count_racks(&self, brokers: impl Iterator<Item = i32> + Clone) -> usize {
        let racks = brokers.filter_map(|id| self.racks.get(&id));
        // A partition has few replicas.
        let is_first =
            |(at, one): &(usize, &usize)| !racks.clone().take(*at).any(|rack| rack == *one);
        racks.clone().enumerate().filter(is_first).count()
    }

    /// Whether the partition lies in fewer racks than before, which its replicas are enough for.
    pub fn has_lost_racks(&self, slot: usize) -> bool {
        let Slot { placement, replicas, .. } = &self.slots[slot];
        let had = self.count_racks(placement.replicas.iter().copied());
        self.count_racks(replicas.iter().copied()) < had.min(replicas.len())
    }

    /// Whether the partition lies in fewer racks than it could, what stays where it is included.
    pub fn is_crowded(&self, slot: usize) -> bool {
        let replicas = &self.slots[slot].replicas;
        let staying = replicas.iter().filter(|id| !self.targets.contains(id)).copied();
        let closed = staying
            .filter(|id| self.racks.get(id).is_some_and(|rack| !self.open_racks.contains(rack)));
        let most = replicas.len().min(self.open_racks.len() + self.count_racks(closed));
        !self.open_racks.is_empty() && self.racks_with(slot, -1, -1).1 < most
    }

    /// Whether the replica on `old` may go to `new`: not twice on one broker, and in no fewer racks, whichever
    /// those are that are not known.
    pub fn may_move(&self, slot: usize, old: i32, new: i32) -> bool {
        let replicas = &self.slots[slot].replicas;
        let may = self.slots[slot].placement.movable
            && replicas.contains(&old)
            && !replicas.contains(&new);
        // Within a rack nothing changes.
        if !may || self.racks.get(&old) == self.racks.get(&new) {
            return may;
        }
        let (alive, all) = self.racks_with(slot, -1, -1);
        let (then_alive, then_all) = self.racks_with(slot, old, new);
        // A broker of which nothing is known may be in the rack of the new one.
        let all_known = replicas.iter().all(|id| self.racks.contains_key(id));
        then_alive >= alive && then_all >= all && (all_known || self.neighbours(slot, old) > 0)
    }

    /// Whether a broker held the partition before.
    pub fn held(&self, slot: usize, broker: i32) -> bool {
        self.slots[slot].placement.replicas.contains(&broker)
    }

    /// The best broker for a further replica of the partition, or for one in the place of that on
    /// `instead`: in a rack of its own, where few replicas of the topic lie, and few at all.
    pub fn best(&self, slot: usize, instead: Option<i32>) -> Option<i32> {
        let topic = self.slots[slot].topic;
        let neighbours = |id: i32| {
            let beside = self.neighbours(slot, id);
            // The replica that goes is no neighbour.
            let goes = instead.is_some_and(|old| {
                self.racks.get(&old).is_some_and(|rack| self.racks.get(&id) == Some(rack))
            });
            beside - usize::from(goes && beside > 0)
        };
        let free = self.targets.iter().filter(|id| !self.slots[slot].replicas.contains(id));
        free.copied().min_by_key(|id| {
            // Back to where it lay costs nothing.
            let new = !self.held(slot, *id);
            (neighbours(*id), self.of_topic(topic, *id), self.total(*id), new, *id)
        })
    }
}
