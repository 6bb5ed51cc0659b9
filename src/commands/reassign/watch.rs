//! Waiting until partitions have been moved, with what is seen of it on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::obstacles::{Obstacles, warn_of_endless};
use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, Cluster};
use crate::model::{Name, TopicPartition};
use crate::report::Gauge;
use crate::report::units::{bytes, count, span};
use crate::topic::reassign::progress::{Copied, Meter, Sizes};
use crate::topic::reassign::{Move, Ongoing, bytes_to_copy};
use crate::topic::{Partition, Topic};

/// What is shown to be under way.
const WHAT: &str = "moving partitions";
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a broker that is there may take to tell what it has.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the waiting ended.
pub enum End {
    /// Nothing of it moves any more.
    Done,
    /// Somebody wanted it to end before.
    Stopped(Error),
}

/// Waits until nothing that `meant` is true of moves any more, and shows how far it has come. A move of hours
/// outlives a failover of the controller: a look that fails is made again, some times in a row.
pub async fn until_done(
    context: &Context<'_>,
    client: &Client,
    meant: impl Fn(&Ongoing) -> bool,
) -> Result<End> {
    View::of(&[]).until_done(context, client, meant).await
}

/// Looks in a row that failed.
#[derive(Default)]
pub struct Misses(usize);

impl Misses {
    /// A failure that may pass is remarked on; one that stays, and one too many, is the answer.
    pub fn count(&mut self, context: &Context<'_>, error: Error) -> Result<()> {
        /// Each of them takes as long as `--timeout` allows.
        const TRIES: usize = 5;
        self.0 += 1;
        let stays = error.kafka_error().is_some_and(|kafka| !kafka.retriable);
        if stays || self.0 > TRIES {
            return Err(error);
        }
        context
            .ui
            .note(&format!("how far it is was not told, it is asked again: {}", error.message()));
        Ok(())
    }
}

/// How far it is cannot be told any more; what somebody wanted to end says so itself.
pub fn lost(error: Error) -> Error {
    if error.kind().is_signal() {
        return error;
    }
    error
        .context("it is not known any more how far the partitions have been moved")
        .with_kind(Kind::Unfinished)
        .hint("the cluster goes on: `kward reassign status --wait` looks again")
}

/// The sizes of the replicas that are copied, and a broker that is there and did not tell.
pub async fn sizes(
    client: &Client,
    cluster: &Cluster,
    moving: &[Ongoing],
) -> (Sizes, Option<(i32, Error)>) {
    let copying = moving.iter().filter(|one| !one.adding.is_empty());
    let holding: BTreeSet<i32> = copying.clone().flat_map(|one| one.replicas.clone()).collect();
    let there = cluster.brokers.iter().map(|broker| broker.id);
    let brokers: Vec<i32> = there.filter(|id| holding.contains(id)).collect();
    let mut partitions: BTreeMap<Name, Vec<Partition>> = BTreeMap::new();
    for one in copying {
        let partition = Partition {
            index: one.partition.partition,
            leader: None,
            replicas: Vec::new(),
            in_sync: Vec::new(),
            offline: Vec::new(),
            adding: Vec::new(),
            removing: Vec::new(),
        };
        partitions.entry(one.partition.topic.clone()).or_default().push(partition);
    }
    let topic = |(name, partitions)| Topic {
        name,
        id: None,
        internal: false,
        partitions,
        authorized_operations: None,
        error: None,
    };
    let topics: Vec<Topic> = partitions.into_iter().map(topic).collect();
    let client = client.with_half().within(PATIENCE);
    let mut silent = None;
    let mut dirs = BTreeMap::new();
    for (id, answer) in client.log_dirs(&brokers, Some(&topics)).await {
        match answer {
            Ok(found) => drop(dirs.insert(id, found)),
            Err(error) => silent = silent.or(Some((id, error))),
        }
    }
    (Sizes::of(&dirs), silent)
}

/// What is seen while waiting.
pub struct View {
    began: Instant,
    /// What each partition copies in all, in bytes.
    totals: BTreeMap<TopicPartition, u64>,
    meter: Meter,
    /// What is to be moved when this is done, in partitions and, as far as that is known, in bytes.
    ahead: (usize, u64),
    warned: bool,
    /// The brokers that were there when it was last looked for obstacles.
    there: Option<BTreeSet<i32>>,
    obstacles: Obstacles,
}

impl View {
    /// Of moves of which none has begun.
    pub fn of(moves: &[Move]) -> Self {
        Self {
            ahead: (moves.len(), bytes_to_copy(moves).unwrap_or_default()),
            began: Instant::now(),
            totals: BTreeMap::new(),
            meter: Meter::default(),
            warned: false,
            there: None,
            obstacles: Obstacles::default(),
        }
    }

    /// So much of what was ahead begins.
    pub fn begin(&mut self, batch: &[Move]) {
        let (partitions, size) = self.ahead;
        let begun = bytes_to_copy(batch).unwrap_or_default();
        self.ahead = (partitions.saturating_sub(batch.len()), size.saturating_sub(begun));
    }

    /// Waits until nothing that `meant` is true of moves any more.
    pub async fn until_done(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        meant: impl Fn(&Ongoing) -> bool,
    ) -> Result<End> {
        let mut misses = Misses::default();
        let end = loop {
            match self.look(context, &client.until(context.deadline()), &meant).await {
                Ok(true) => misses = Misses::default(),
                Ok(false) => break End::Done,
                Err(error) => misses.count(context, error).map_err(lost)?,
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                error = context.stop.wanted() => break End::Stopped(error),
            }
        };
        context.ui.gauge(&Gauge::ended(WHAT));
        Ok(end)
    }

    /// Shows how far it is; whether anything of it moves yet.
    async fn look(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        meant: impl Fn(&Ongoing) -> bool,
    ) -> Result<bool> {
        let (cluster, ongoing) =
            tokio::join!(client.describe_cluster(), client.list_reassignments());
        let (cluster, ongoing) = (cluster?, ongoing?);
        let moving: Vec<Ongoing> = ongoing.into_iter().filter(|one| meant(one)).collect();
        if moving.is_empty() {
            return Ok(false);
        }
        self.look_for_obstacles(context, client, &cluster, &moving).await?;
        let (sizes, silent) = sizes(client, &cluster, &moving).await;
        self.update(context, &moving, &sizes, silent);
        Ok(true)
    }

    /// Says what is waited for as soon as a broker has gone, and when it is back.
    async fn look_for_obstacles(
        &mut self,
        context: &Context<'_>,
        client: &Client,
        cluster: &Cluster,
        moving: &[Ongoing],
    ) -> Result<()> {
        if self.there.is_none() {
            warn_of_endless(context, moving);
        }
        let there: BTreeSet<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
        // A broker that comes back leads again a moment later.
        if self.there.as_ref() == Some(&there) && self.obstacles.is_empty() {
            return Ok(());
        }
        let found = Obstacles::look(client, moving).await?;
        if found.awaited() != self.obstacles.awaited() {
            found.say(context);
            if found.is_empty() {
                context.ui.note("nothing is in the way any more: the copying goes on");
            }
        }
        self.there = Some(there);
        self.obstacles = found;
        Ok(())
    }

    fn update(
        &mut self,
        context: &Context<'_>,
        moving: &[Ongoing],
        sizes: &Sizes,
        silent: Option<(i32, Error)>,
    ) {
        if let Some((id, error)) = silent.filter(|_| !self.warned) {
            self.warned = true;
            let why = error.message();
            context.ui.warn(&format!(
                "broker {id} does not tell how much it has ({why}): what it holds or gets does not move on \
                 unless it comes back"
            ));
        }
        let (partitions_ahead, mut missing) = self.ahead;
        for one in moving {
            let copied = Copied::of(one, sizes).unwrap_or_default();
            self.totals.insert(one.partition.clone(), copied.total);
            missing += copied.total - copied.done;
        }
        let total = self.totals.values().sum::<u64>() + self.ahead.1;
        let copied = Copied { done: total.saturating_sub(missing), total };
        self.meter.note(self.began.elapsed(), copied.done);
        // Where there is little room, the end is cut off.
        let mut parts = Vec::new();
        parts.extend(self.meter.rate().map(|rate| format!("{}/s", bytes(rate))));
        parts.extend(self.meter.remaining(copied).map(|left| format!("{} to go", span(left))));
        if !self.obstacles.is_empty() {
            parts.push(format!("waiting for {}", self.obstacles.awaited()));
        }
        parts.push(format!("{} left", count(moving.len() + partitions_ahead, "partition")));
        parts.push(format!("{} of {}", bytes(copied.done), bytes(total)));
        let (what, done, detail) = (WHAT, copied.done, parts.join(", "));
        context.ui.gauge(&Gauge { what, done, total, detail, ended: false });
    }
}
