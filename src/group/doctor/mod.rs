//! What is wrong with a group, from several looks at it. Each finding has the figures that prove it,
//! and the next step.
//!
//! Commits are judged as Burrow does: they stand still, they stop, they run backwards.

mod loss;
mod membership;
mod offsets;
mod progress;
mod track;

use std::collections::BTreeMap;

use crate::model::group::{GroupDescription, GroupState, GroupType, Member, ranges};
use crate::model::{Finding, Name, Severity, shell_command, shell_flag, visible};
use crate::report::group_lag::{PartitionLag, duration};

use track::Track;

/// A group at one instant.
#[derive(Debug, Clone)]
pub struct Look {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What it was.
    pub group: GroupDescription,
    /// How far it was behind.
    pub lags: Vec<PartitionLag>,
}

/// What is known of a topic that members want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// It exists with so many partitions.
    There(usize),
    /// It does not exist.
    Absent,
    /// It may not be described.
    Hidden,
}

/// How long a topic keeps records: until either limit is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// `retention.ms`, where it limits them.
    pub ms: Option<i64>,
    /// `retention.bytes`, of each partition, where it limits them.
    pub bytes: Option<i64>,
    /// All of its records lie in the logs of the brokers: it is neither compacted nor tiered.
    pub is_whole: bool,
}

/// What else has to be known.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The topics that members want. One that is missing here is not judged.
    pub topics: BTreeMap<Name, Topic>,
    /// How long the records of a topic are kept; a topic that is missing here keeps them for ever, or it
    /// is not known.
    pub retention: BTreeMap<Name, Retention>,
    /// How many bytes the logs of a topic have, by partition, where that is known.
    pub sizes: BTreeMap<Name, BTreeMap<i32, u64>>,
    /// Who asks, as a shell takes it: `User:ana`; `None` where that is not known.
    pub principal: Option<String>,
}

/// What is wrong, the worst first. `looks` are in the order of time; without one there is nothing to
/// say.
pub fn diagnose(looks: &[Look], around: &Surroundings) -> Vec<Finding> {
    let Some(case) = Case::new(looks, around) else { return Vec::new() };
    let mut found = Vec::new();
    membership::judge(&case, &mut found);
    progress::judge(&case, &mut found);
    offsets::judge(&case, &mut found);
    found.sort_by_key(|finding| finding.severity);
    found
}

/// The looks at one group, and what follows from all of them.
struct Case<'a> {
    looks: &'a [Look],
    around: &'a Surroundings,
    last: &'a Look,
    tracks: Vec<Track<'a>>,
}

impl<'a> Case<'a> {
    fn new(looks: &'a [Look], around: &'a Surroundings) -> Option<Self> {
        let last = looks.last()?;
        Some(Self { looks, around, last, tracks: Track::all(looks) })
    }

    /// Whether there is anything to compare.
    fn compares(&self) -> bool {
        self.looks.len() > 1
    }

    /// From the first look to the last, in milliseconds.
    fn window_ms(&self) -> i64 {
        self.last.at_ms.saturating_sub(self.looks[0].at_ms).max(1)
    }

    /// `12s`.
    fn window(&self) -> String {
        duration(self.window_ms())
    }

    /// `kward group VERB GROUP FLAGS`, as a shell takes it.
    fn command(&self, verb: &str, flags: &str) -> String {
        shell_command(&format!("kward group {verb}"), &self.last.group.group_id, flags)
    }

    /// Whether partitions are dealt out and everybody has what is theirs, as far as is told.
    fn is_dealt_out(&self) -> bool {
        let group = &self.last.group;
        let told = group.tells_assignments() && group.group_type != GroupType::Share;
        group.state == GroupState::Stable && told
    }

    /// A finding about the group.
    fn finding(
        &self,
        code: &'static str,
        severity: Severity,
        reason: String,
        fix: String,
    ) -> Finding {
        let place = format!("group {}", visible(&self.last.group.group_id));
        Finding { code, severity, place, reason, fix, evidence: None }
    }

    /// The partitions that a rule is about, by topic.
    fn by_topic(&self, rule: impl Fn(&Track<'_>) -> bool) -> BTreeMap<&'a Name, Vec<&Track<'a>>> {
        let mut all: BTreeMap<&Name, Vec<&Track<'_>>> = BTreeMap::new();
        for track in self.tracks.iter().filter(|track| rule(track)) {
            all.entry(track.topic).or_default().push(track);
        }
        all
    }
}

trait About {
    /// The same about a topic of the group.
    fn of_topic(self, topic: &Name) -> Self;

    /// The same with the figures that prove it.
    fn because(self, evidence: String) -> Self;
}

impl About for Finding {
    fn of_topic(mut self, topic: &Name) -> Self {
        self.place = format!("{}, topic {}", self.place, visible(topic));
        self
    }

    fn because(mut self, evidence: String) -> Self {
        self.evidence = Some(evidence).filter(|text| !text.is_empty());
        self
    }
}

/// `0-3,7`.
fn numbers(tracks: &[&Track<'_>]) -> String {
    ranges(&tracks.iter().map(|track| track.partition).collect())
}

/// `partitions 0-3,7`.
fn partitions(tracks: &[&Track<'_>]) -> String {
    let many = if tracks.len() == 1 { "partition" } else { "partitions" };
    format!("{many} {}", numbers(tracks))
}

/// `--topic orders:0-3,7`.
fn choice(topic: &Name, tracks: &[&Track<'_>]) -> String {
    shell_flag("--topic", &format!("{topic}:{}", numbers(tracks)))
}

/// A member as people know it: `billing-1 at 10.0.0.7`.
fn who(member: &Member) -> String {
    let name = match (&member.instance_id, member.client_id.as_str()) {
        (Some(instance), _) => instance.as_str(),
        (None, "") => member.member_id.as_str(),
        (None, client) => client,
    };
    format!("{} at {}", visible(name), visible(&member.host))
}

/// `is` of one, `are` of several.
fn are(tracks: &[&Track<'_>]) -> &'static str {
    if tracks.len() == 1 { "is" } else { "are" }
}

/// The first of them, and how many more there are.
fn some(words: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 5;
    let words: Vec<String> = words.into_iter().collect();
    let mut text = words.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if words.len() > SHOWN {
        text.push_str(&format!(" and {} more", words.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests;
