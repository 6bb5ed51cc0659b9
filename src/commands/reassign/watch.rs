//! Waiting until partitions have been moved, with what is seen of it on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::kafka::Client;
use crate::model::{Name, TopicPartition};
use crate::report::Gauge;
use crate::report::units::{bytes, count, span};
use crate::topic::reassign::Ongoing;
use crate::topic::reassign::progress::{Copied, Meter, Sizes};
use crate::topic::{Partition, Topic};

/// What is shown to be under way.
const WHAT: &str = "moving partitions";
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How the waiting ended.
pub enum End {
    /// Nothing of it moves any more.
    Done,
    /// Somebody wanted it to end before.
    Stopped(Error),
}

/// Waits until nothing that `meant` is true of moves any more, and shows how far it has come.
pub async fn until_done(
    context: &Context<'_>,
    client: &Client,
    meant: impl Fn(&Ongoing) -> bool,
) -> Result<End> {
    let mut view = View::new();
    let end = loop {
        let client = client.until(context.deadline());
        let ongoing = client.list_reassignments().await.map_err(|error| {
            error
                .context("it is not known any more how far the partitions have been moved")
                .with_kind(Kind::Unfinished)
                .hint("the cluster goes on: `kward reassign status --wait` looks again")
        })?;
        let moving: Vec<Ongoing> = ongoing.into_iter().filter(|one| meant(one)).collect();
        if moving.is_empty() {
            break End::Done;
        }
        let (sizes, silent) = sizes(&client, &moving).await;
        view.update(context, &moving, &sizes, silent);
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            error = context.stop.wanted() => break End::Stopped(error),
        }
    };
    context.ui.gauge(&Gauge::ended(WHAT));
    Ok(end)
}

/// The sizes of the replicas that are copied, and a broker that did not tell.
pub async fn sizes(client: &Client, moving: &[Ongoing]) -> (Sizes, Option<(i32, Error)>) {
    let copying = moving.iter().filter(|one| !one.adding.is_empty());
    let brokers: BTreeSet<i32> = copying.clone().flat_map(|one| one.replicas.clone()).collect();
    let mut partitions: BTreeMap<Name, Vec<Partition>> = BTreeMap::new();
    for one in copying {
        let partition = Partition {
            index: one.partition.partition,
            leader: None,
            replicas: Vec::new(),
            in_sync: Vec::new(),
            offline: Vec::new(),
            adding: Vec::new(),
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
    let ids: Vec<i32> = brokers.into_iter().collect();
    let mut silent = None;
    let mut dirs = BTreeMap::new();
    for (id, answer) in client.log_dirs(&ids, Some(&topics)).await {
        match answer {
            Ok(found) => drop(dirs.insert(id, found)),
            Err(error) => silent = silent.or(Some((id, error))),
        }
    }
    (Sizes::of(&dirs), silent)
}

/// What is seen while waiting.
struct View {
    began: Instant,
    /// What each partition copies in all, in bytes.
    totals: BTreeMap<TopicPartition, u64>,
    meter: Meter,
    warned: bool,
}

impl View {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            totals: BTreeMap::new(),
            meter: Meter::default(),
            warned: false,
        }
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
        let mut missing = 0;
        for one in moving {
            let copied = Copied::of(one, sizes).unwrap_or_default();
            self.totals.insert(one.partition.clone(), copied.total);
            missing += copied.total - copied.done;
        }
        let total: u64 = self.totals.values().sum();
        let copied = Copied { done: total.saturating_sub(missing), total };
        self.meter.note(self.began.elapsed(), copied.done);
        let mut detail = format!(
            "{} left, {} of {}",
            count(moving.len(), "partition"),
            bytes(copied.done),
            bytes(total)
        );
        if let Some(rate) = self.meter.rate() {
            detail.push_str(&format!(", {}/s", bytes(rate)));
        }
        if let Some(left) = self.meter.remaining(copied) {
            detail.push_str(&format!(", {} to go", span(left)));
        }
        let (what, done) = (WHAT, copied.done);
        context.ui.gauge(&Gauge { what, done, total, detail, ended: false });
    }
}
