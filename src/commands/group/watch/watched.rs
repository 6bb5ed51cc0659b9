//! A group that is watched, and how news of it are told.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::super::sample::Seen;
use super::Goal;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::group::diff::Change;
use crate::group::follow::{Follower, absent};
use crate::group::lag::totals;
use crate::group::told;
use crate::group::trend::Progress;
use crate::model::group::{GroupDescription, GroupState, GroupType};
use crate::model::{Name, visible};
use crate::report::group_lag::{LagTotal, PartitionLag};
use crate::report::group_list::with_protocol_type;
use crate::report::group_watch::{EVENT, GroupEvent, LagEvent, SeenEvent, WatchView, WatchedGroup};
use crate::report::{Json, View};

/// How much of what happened lately is shown.
const RECENT: usize = 12;

/// Where news go: events on standard output, or a view on the terminal.
pub(super) struct News<'a> {
    context: &'a Context<'a>,
    view: Option<View>,
    every: String,
    now: Timestamp,
    recent: VecDeque<(String, String)>,
}

impl<'a> News<'a> {
    pub(super) fn new(context: &'a Context<'a>, every: String) -> Self {
        let view = context.ui.view();
        Self { context, view, every, now: Timestamp::UNIX_EPOCH, recent: VecDeque::new() }
    }

    /// What comes now was seen at `now`; true, for nothing has failed to be read yet.
    pub(super) fn begin(&mut self, now: Timestamp) -> bool {
        self.now = now;
        true
    }

    /// Tells what changed in a group; whether somebody still reads.
    fn changes(&mut self, changes: &[Change], group: &Follower) -> Result<bool> {
        let name = &group.group().group_id;
        if self.view.is_some() {
            for words in told::lines(changes, group.mentioned()) {
                self.recall(name, &words);
            }
            return Ok(true);
        }
        for change in changes {
            if !self.event(name, change)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Keeps what happened to a group lately, for the view.
    fn recall(&mut self, group: &Name, words: &str) {
        let time = self.now.strftime("%H:%M:%SZ").to_string();
        self.recent.push_back((time, format!("{group}  {words}")));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Tells what a group is; whether somebody still reads.
    fn seen(&self, group: &GroupDescription) -> Result<bool> {
        if self.view.is_some() {
            return Ok(true);
        }
        let mut group = group.clone();
        with_protocol_type(&mut group);
        self.event(&group.group_id, SeenEvent { event: "groupSeen", group: &group })
    }

    fn event<T: serde::Serialize>(&self, group: &Name, what: T) -> Result<bool> {
        let time = self.now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let event = GroupEvent { time, group_id: group.clone(), what };
        self.context.ui.event(EVENT, &event as &dyn Json)
    }

    pub(super) fn draw<'w>(&self, groups: impl Iterator<Item = &'w Watched>) -> Result<()> {
        let Some(View { wide }) = self.view else { return Ok(()) };
        let time = self.now.strftime("%H:%M:%SZ");
        let view = WatchView {
            head: format!("{}, {time}", self.every),
            groups: groups.map(Watched::shown).collect(),
            recent: self.recent.iter().cloned().collect(),
        };
        self.context.ui.draw(view.blocks(wide))
    }
}

/// A group that is watched.
pub(super) struct Watched {
    follower: Follower,
    progress: Progress,
    totals: Vec<LagTotal>,
    /// It was there once.
    existed: bool,
    /// The last look failed.
    pub(super) stale: bool,
    /// Its lag when it was first seen, where that is known.
    first: Option<Vec<PartitionLag>>,
}

impl Watched {
    /// Begins with what is seen; nothing when that says nothing.
    pub(super) fn new(mut seen: Seen) -> Option<Self> {
        let existed = !seen.absent;
        let lags = seen.take_lags();
        let description = match seen.description {
            Ok(description) => description,
            Err(_) if seen.absent => absent(&seen.name, GroupType::Classic),
            Err(_) => return None,
        };
        Some(Self {
            follower: Follower::new(description),
            progress: Progress::default(),
            totals: Vec::new(),
            existed,
            stale: false,
            first: lags,
        })
    }

    /// Tells what it is as it is first seen; `new`: it was not there at the first look of all. Whether
    /// somebody still reads.
    pub(super) fn begin(&mut self, new: bool, news: &mut News<'_>) -> Result<bool> {
        let lags = self.first.take();
        let group = self.follower.group();
        if new {
            news.recall(&group.group_id, &format!("first seen: {}", told::standing(group)));
        }
        let known = group.state != GroupState::Dead;
        Ok((!known || news.seen(group)?) && self.lag(lags.as_deref(), news)?)
    }

    /// Tells what is new about it; whether somebody still reads.
    pub(super) fn next(&mut self, mut seen: Seen, news: &mut News<'_>) -> Result<bool> {
        if !self.existed && seen.description.is_ok() {
            // What was waited for begins here.
            let Some(begun) = Self::new(seen) else { return Ok(true) };
            *self = begun;
            return self.begin(true, news);
        }
        let lags = seen.take_lags();
        self.stale = false;
        let description = match seen.description {
            Ok(description) => description,
            Err(_) if seen.absent => absent(&seen.name, self.follower.group().group_type.clone()),
            Err(_) => {
                self.stale = true;
                return Ok(true);
            }
        };
        self.existed |= !seen.absent;
        if seen.absent {
            (self.progress, self.totals) = (Progress::default(), Vec::new());
        }
        Ok(self.now(&description, news)? && self.lag(lags.as_deref(), news)?)
    }

    /// Tells that it is no longer there; whether somebody still reads.
    pub(super) fn vanished(&mut self, news: &mut News<'_>) -> Result<bool> {
        let group = self.follower.group();
        self.now(&absent(&group.group_id, group.group_type.clone()), news)
    }

    fn now(&mut self, description: &GroupDescription, news: &mut News<'_>) -> Result<bool> {
        let id = |group: &GroupDescription| group.coordinator.as_ref().map(|broker| broker.id);
        if let (Some(from), Some(to)) = (id(self.follower.group()), id(description))
            && from != to
        {
            let name = visible(&description.group_id);
            news.context.ui.note(&format!(
                "the coordinator of `{name}` is broker {to} now, it was broker {from}"
            ));
        }
        let changes = self.follower.next(description);
        let read = news.changes(&changes, &self.follower)?;
        // What was told at the beginning was not all.
        Ok(read && (!self.follower.has_learned() || news.seen(self.follower.group())?))
    }

    /// Tells how far it is behind, when that is known, and new or records came or went.
    fn lag(&mut self, lags: Option<&[PartitionLag]>, news: &mut News<'_>) -> Result<bool> {
        let Some(lags) = lags else { return Ok(true) };
        let step = self.progress.add(news.now.as_millisecond(), lags);
        let totals = totals(lags, []);
        let same = step.is_some_and(|step| step.is_still()) && totals == self.totals;
        self.totals = totals;
        if same || news.view.is_some() {
            return Ok(true);
        }
        let (whole, parts): (Vec<LagTotal>, Vec<LagTotal>) =
            self.totals.iter().cloned().partition(LagTotal::is_whole);
        let whole = whole.first();
        news.event(
            self.name(),
            LagEvent {
                event: "lag",
                lag: whole.and_then(|whole| whole.sum.lag),
                partitions: whole.map_or(0, |whole| whole.sum.partitions),
                problems: whole.map_or(0, |whole| whole.sum.problems),
                consumed: step.and_then(|step| step.consumed),
                produced: step.and_then(|step| step.produced),
                totals: parts,
            },
        )
    }

    pub(super) fn name(&self) -> &Name {
        &self.follower.group().group_id
    }

    fn state(&self) -> &GroupState {
        &self.follower.group().state
    }

    /// What it is instead.
    pub(super) fn instead_of(&self, goal: Goal) -> String {
        let name = visible(self.name());
        let (word, reached) = match goal {
            Goal::Stable => ("stable", GroupState::Stable),
            Goal::Empty => ("empty", GroupState::Empty),
        };
        match self.state() {
            _ if !self.existed => format!("there is no group `{name}`"),
            GroupState::Dead => format!("there is no group `{name}` any more"),
            state if *state == reached => {
                format!("whether `{name}` is {word} is not known: no answer")
            }
            state => format!("`{name}` is not {word}, but {state}"),
        }
    }

    /// Whether nothing is under way.
    pub(super) fn is_stable(&self) -> bool {
        !self.stale && *self.state() == GroupState::Stable
    }

    /// Whether nobody is there, or no longer.
    pub(super) fn is_empty(&self) -> bool {
        self.existed && !self.stale && matches!(self.state(), GroupState::Empty | GroupState::Dead)
    }

    /// The error of a group that there never was.
    pub(super) fn never_there(&self) -> Option<Error> {
        let name = visible(self.name());
        (!self.existed).then(|| {
            Error::failed(format!("there is no group `{name}`"))
                .hint("`kward group list` shows the groups that there are")
        })
    }

    fn shown(&self) -> WatchedGroup {
        let whole = self.totals.iter().find(|total| total.is_whole());
        let of_members: BTreeMap<Name, i64> = self
            .totals
            .iter()
            .filter_map(|total| Some((total.member_id.clone()?, total.sum.lag?)))
            .collect();
        WatchedGroup {
            description: self.follower.group().clone(),
            on_the_way: self.follower.on_the_way(),
            lag: whole.and_then(|whole| whole.sum.lag),
            problems: whole.map_or(0, |whole| whole.sum.problems),
            of_members,
            trend: self.progress.trend(),
            stale: self.stale,
        }
    }
}
