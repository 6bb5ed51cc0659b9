//! `group watch`: what happens to groups, look by look (the calls of `group lag`, and ListGroups for
//! all). Goes on through whatever a cluster does, and says so.

mod watched;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::sample::{self, Sample, Seen};
use super::trouble::Trouble;
use super::{TopicChoice, list, standing, together};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Deadline, GroupFilter, GroupsOfBrokers};
use crate::model::{Name, visible};
use crate::report::units::span;
use watched::{News, Watched};

/// How long a broker may take to list its groups; those of one that does not are looked at again later.
const LISTING: Duration = Duration::from_secs(5);

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// These groups; `None`: all, as they come and go.
    pub groups: Option<Vec<Name>>,
    /// From one look to the next.
    pub interval: Duration,
    /// When it ends at the latest.
    pub at_most: Option<Duration>,
    /// It ends when every group is that.
    pub until: Option<Goal>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Nothing is under way. Where all groups are watched, those without members need not be stable.
    Stable,
    /// Nobody is a member.
    Empty,
}

/// Why it ends.
enum End {
    /// Every group is what it was waited for.
    Reached,
    /// The time is up.
    Time,
    /// Nobody reads any more.
    Unread,
}

/// Looks again and again, and tells what changed.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let end = request.at_most.and_then(|time| Instant::now().checked_add(time));
    let client = context.connect().await?;
    let mut watch = Watch::new(context, request);
    let mut ticks = interval(request.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let looked = async {
            ticks.tick().await;
            watch.trouble.patiently(watch.look(&client)).await
        };
        // However short the time is: who looked not once has nothing to say.
        let looked = if watch.looks == 0 {
            looked.await
        } else {
            tokio::select! {
                biased;
                looked = looked => looked,
                () = until(end) => return Ok(watch.end(&End::Time)),
            }
        };
        if let Some(end) = watch.take(looked)? {
            return Ok(watch.end(&end));
        }
    }
}

/// Waits for that instant, or for ever.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

struct Watch<'a> {
    context: &'a Context<'a>,
    request: &'a Request,
    groups: BTreeMap<Name, Watched>,
    news: News<'a>,
    looks: usize,
    trouble: Trouble<'a>,
    /// Whether it is known that commits may be hidden, or that none are.
    minds_hidden: Cell<bool>,
}

impl<'a> Watch<'a> {
    fn new(context: &'a Context<'a>, request: &'a Request) -> Self {
        let every = format!("every {}", span(request.interval));
        Self {
            context,
            request,
            groups: BTreeMap::new(),
            news: News::new(context, every),
            looks: 0,
            trouble: Trouble::none(context),
            minds_hidden: Cell::new(false),
        }
    }

    async fn look(&self, client: &Client) -> Result<Sample> {
        let client = client.until(self.context.deadline());
        let everything = TopicChoice::default();
        let sample = if let Some(groups) = &self.request.groups {
            let mut sample = sample::read(&client, Some(groups), &everything).await?;
            if self.looks == 0 {
                sample.suggest(&client).await;
            }
            sample
        } else {
            let soon = Deadline::after(self.context.settings.timeout.min(LISTING));
            let listed = client.until(soon).list_groups(&GroupFilter::default()).await?;
            if self.looks == 0 {
                self.mind_unseen(&client, &listed)?;
            }
            let missing = sample::unlisted(self.groups.keys(), &listed);
            sample::of_listed(&client, listed, missing, &everything).await?
        };
        self.mind_hidden(&client, &sample).await;
        Ok(sample)
    }

    /// Refuses to watch nothing for want of rights, and says what else is not watched.
    fn mind_unseen(&self, client: &Client, listed: &GroupsOfBrokers) -> Result<()> {
        if !listed.groups.is_empty() {
            if !listed.shows_all() {
                self.context.ui.note("groups that you may not describe are not watched");
            }
        } else if listed.silent.is_empty() {
            list::refuse_none(self.context, client, listed.shows_all())?;
        }
        Ok(())
    }

    /// Says once that commits may be there that are not seen, when a group seems to have none.
    async fn mind_hidden(&self, client: &Client, sample: &Sample) {
        let bare = |seen: &Seen| !seen.absent && seen.failure().is_none() && seen.lags.is_empty();
        if self.minds_hidden.get() || !sample.groups.iter().any(bare) {
            return;
        }
        // What cannot be found out now is asked again at the next look.
        let Ok(sees) = client.sees_every_topic().await else { return };
        self.minds_hidden.set(true);
        if !sees {
            self.context.ui.warn(standing::UNSEEN);
        }
    }

    /// Takes in what a look showed; why that is the end, if it is. What fails at the first look fails
    /// the command, afterwards it is said and gone on.
    fn take(&mut self, looked: Result<Sample>) -> Result<Option<End>> {
        let first = self.looks == 0;
        let sample = match looked {
            Ok(sample) => sample,
            Err(error) if first => return Err(error),
            Err(error) => {
                self.trouble.say(Some(error));
                self.groups.values_mut().for_each(|group| group.stale = true);
                return self.show(true);
            }
        };
        if first {
            refuse(&sample)?;
        }
        let failures = sample.groups.iter().filter(|group| !group.absent);
        let failures: Vec<Error> =
            failures.filter_map(Seen::failure).chain(sample.failures).collect();
        let asked = sample.groups.len().max(failures.len());
        let trouble =
            sample.silent.clone().or_else(|| together(failures, asked, "answers are missing"));
        self.trouble.say(trouble);
        let now = (self.context.now)();
        let mut read = self.news.begin(now);
        for seen in sample.groups {
            read &= self.one(seen)?;
        }
        self.looks += 1;
        self.show(read)
    }

    /// One group; whether somebody still reads.
    fn one(&mut self, seen: Seen) -> Result<bool> {
        let all = self.request.groups.is_none();
        match self.groups.entry(seen.name.clone()) {
            Entry::Occupied(known) if all && seen.absent => known.remove().vanished(&mut self.news),
            Entry::Occupied(mut known) => known.get_mut().next(seen, &mut self.news),
            // It went away between being listed and being described.
            Entry::Vacant(_) if all && seen.absent => Ok(true),
            Entry::Vacant(new) => {
                if seen.absent {
                    let name = visible(&seen.name);
                    let near =
                        seen.near.as_ref().map(|near| format!(" ({near})")).unwrap_or_default();
                    self.context
                        .ui
                        .note(&format!("there is no group `{name}` yet: waiting for it{near}"));
                }
                // What comes into being while everything is watched is news.
                let is_new = all && self.looks > 0;
                let Some(watched) = Watched::new(seen) else { return Ok(true) };
                new.insert(watched).begin(is_new, &mut self.news)
            }
        }
    }

    /// Shows what there is now; why that is the end, if it is.
    fn show(&self, read: bool) -> Result<Option<End>> {
        self.news.draw(self.groups.values())?;
        let reached = self.request.until.is_some_and(|goal| self.others(goal).next().is_none());
        Ok(if !read || !self.context.ui.is_read() {
            Some(End::Unread)
        } else if reached && self.trouble.error().is_none() {
            Some(End::Reached)
        } else {
            None
        })
    }

    /// The groups that are not what they are waited for.
    fn others(&self, goal: Goal) -> impl Iterator<Item = &Watched> {
        let all = self.request.groups.is_none();
        self.groups.values().filter(move |group| !match goal {
            Goal::Stable => group.is_stable() || all && group.is_empty(),
            Goal::Empty => group.is_empty(),
        })
    }

    fn end(&self, end: &End) -> Outcome {
        if let (End::Time, Some(goal)) = (end, self.request.until) {
            for group in self.others(goal) {
                self.context.ui.note(&group.instead_of(goal));
            }
            return Outcome::default().no_if(true);
        }
        let never: Vec<Error> = self.groups.values().filter_map(Watched::never_there).collect();
        let (count, all) = (never.len(), self.groups.len());
        if matches!(end, End::Time) && count == all && self.request.groups.is_some() {
            return Outcome::default().with_error(together(never, all, "groups never came"));
        }
        let trouble = self.trouble.error().filter(|_| matches!(end, End::Time));
        Outcome::default().with_error(trouble.cloned())
    }
}

/// Ends at the first look when no group may be described: it will not get better by itself.
fn refuse(sample: &Sample) -> Result<()> {
    let refused = |seen: &Seen| {
        let error = seen.description.as_ref().err().filter(|_| !seen.absent)?;
        error.kafka_error().is_some_and(|error| !error.retriable).then(|| error.clone())
    };
    let failures: Vec<Error> = sample.groups.iter().filter_map(refused).collect();
    let (count, all) = (failures.len(), sample.groups.len());
    if count == all
        && let Some(error) = together(failures, all, "groups cannot be watched")
    {
        return Err(error);
    }
    Ok(())
}
