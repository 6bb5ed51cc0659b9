//! The folders of brokers that a plan file asks for (`log_dirs`; DescribeLogDirs and AlterReplicaLogDirs:
//! DESCRIBE and ALTER on the cluster).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Which;
use super::watch::Misses;
use crate::commands::Context;
use crate::commands::written::{Told, of_result};
use crate::error::{Error, Result};
use crate::kafka::{Client, Cluster, ReplicaDir};
use crate::model::{TopicPartition, visible};
use crate::report::reassign::WrittenReassignment;
use crate::report::units::{bytes, count};
use crate::report::write::{Item, Status};
use crate::report::{Gauge, Line};
use crate::topic::disk::{FolderMove, LogDir, Replica, folder_moves};
use crate::topic::reassign::file::Wish;

/// What is shown to be under way.
const WHAT: &str = "moving replicas between folders";
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a broker may take to tell, where the command can do without.
const PATIENCE: Duration = Duration::from_secs(5);

type Dirs = BTreeMap<i32, Vec<LogDir>>;

/// Replicas that do not lie in their folders yet.
#[derive(Default)]
pub struct Folders {
    ahead: Vec<ReplicaDir>,
}

impl Folders {
    /// Of what a file asks for. Refuses a folder that its broker does not have or cannot use.
    pub async fn look(client: &Client, wishes: &[Wish]) -> Result<Self> {
        let wanted: Vec<ReplicaDir> = wishes.iter().flat_map(wanted).collect();
        let dirs = look(client, wanted.iter().map(|one| one.broker).collect()).await?;
        for one in &wanted {
            has(&dirs[&one.broker], one)?;
        }
        let ahead = wanted.into_iter().filter(|one| !lies(&dirs, one)).collect();
        Ok(Self { ahead })
    }

    /// Back to where replicas were before they began to move: a broker then ends the move.
    pub fn back(moves: Vec<FolderMove>) -> Self {
        let one = |FolderMove { partition, broker, from, .. }: FolderMove| {
            Some(ReplicaDir { partition, broker, dir: from? })
        };
        Self { ahead: moves.into_iter().filter_map(one).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.ahead.is_empty()
    }

    /// `2 replicas to other folders`.
    pub fn sentence(&self) -> String {
        format!("{} to other folders", count(self.ahead.len(), "replica"))
    }

    /// A line for each replica.
    pub fn lines(&self) -> Vec<Line<'static>> {
        let line = |one: &ReplicaDir| {
            let (partition, dir) = (one.partition.to_string(), visible(&one.dir));
            Line::plain(format!("{} on broker {}: to {dir}", visible(&partition), one.broker))
        };
        self.ahead.iter().map(line).collect()
    }

    /// Has the brokers move them. A replica that a broker gets only later is made in its folder at once.
    pub async fn send(&self, context: &Context<'_>, client: &Client) -> Vec<Told<()>> {
        if self.ahead.is_empty() {
            return Vec::new();
        }
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        let results = client.alter_replica_dirs(&self.ahead).await;
        results.into_iter().map(|result| of_result(result, Status::Altered)).collect()
    }

    /// Notes what became of them, where nothing worse has become of their partitions. What a broker refused is
    /// not waited for.
    pub fn note(&mut self, items: &mut [Item<WrittenReassignment>], told: Vec<Told<()>>) {
        for (one, told) in std::mem::take(&mut self.ahead).into_iter().zip(told) {
            let taken = told.fate == Status::Altered;
            let it = items.iter_mut().find(|item| item.subject.key() == one.partition);
            if let Some(item) = it.filter(|item| !item.status.is_bad()) {
                item.subject.completed &= taken;
                (item.status, item.error) = (told.fate, told.error);
            }
            if taken {
                self.ahead.push(one);
            }
        }
    }

    /// The same for a dry run, or for what was not waited for.
    pub fn leave(&self, items: &mut [Item<WrittenReassignment>], dry_run: bool) {
        for item in items.iter_mut().filter(|item| self.concerns(&item.subject.key())) {
            item.subject.completed = false;
            if dry_run && item.status == Status::Unchanged {
                item.status = Status::Planned;
            }
        }
    }

    fn concerns(&self, key: &TopicPartition) -> bool {
        self.ahead.iter().any(|one| one.partition == *key)
    }

    /// Waits until none of them moves any more, and finds out which lie where they were to.
    pub async fn wait(
        &self,
        context: &Context<'_>,
        client: &Client,
        items: &mut [Item<WrittenReassignment>],
    ) -> Result<()> {
        if self.ahead.is_empty() {
            return Ok(());
        }
        let brokers: BTreeSet<i32> = self.ahead.iter().map(|one| one.broker).collect();
        let meant = |moving: &FolderMove| self.concerns(&moving.partition);
        let dirs = match until_done(context, client, &brokers, meant).await {
            Ok(dirs) => dirs,
            Err(error) => {
                self.leave(items, false);
                return Err(error);
            }
        };
        for one in self.ahead.iter().filter(|one| !lies(&dirs, one)) {
            for item in items.iter_mut().filter(|item| item.subject.key() == one.partition) {
                item.subject.completed = false;
                if !item.status.is_bad() {
                    item.status = Status::Failed;
                    let (broker, dir) = (one.broker, &one.dir);
                    let reason = format!("the replica on broker {broker} does not lie in {dir}");
                    item.subject.reason = Some(reason);
                }
            }
        }
        Ok(())
    }
}

/// The folders that are asked for.
fn wanted(wish: &Wish) -> impl Iterator<Item = ReplicaDir> + '_ {
    wish.to.iter().zip(&wish.dirs).filter_map(|(broker, dir)| {
        let (partition, dir) = (wish.partition.clone(), dir.clone()?);
        Some(ReplicaDir { partition, broker: *broker, dir })
    })
}

async fn look(client: &Client, brokers: BTreeSet<i32>) -> Result<Dirs> {
    let brokers: Vec<i32> = brokers.into_iter().collect();
    let mut found = Dirs::new();
    for (broker, dirs) in client.log_dirs(&brokers, None).await {
        found.insert(broker, dirs?);
    }
    Ok(found)
}

fn has(dirs: &[LogDir], one: &ReplicaDir) -> Result<()> {
    let (broker, dir) = (one.broker, visible(&one.dir));
    match dirs.iter().find(|known| known.path == one.dir) {
        Some(LogDir { error: None, .. }) => Ok(()),
        Some(LogDir { error: Some(error), .. }) => {
            let text = format!("broker {broker} cannot use its folder `{dir}`");
            Err(Error::failed(text).kafka(error.clone()))
        }
        None => {
            let known: Vec<String> =
                dirs.iter().map(|dir| format!("`{}`", visible(&dir.path))).collect();
            Err(Error::invalid(format!("broker {broker} has no folder `{dir}`"))
                .hint(format!("it has {}", known.join(", "))))
        }
    }
}

/// Whether the replica lies there and is not on its way to elsewhere.
fn lies(dirs: &Dirs, one: &ReplicaDir) -> bool {
    let is_it = |replica: &&Replica| {
        replica.topic == one.partition.topic && replica.partition == one.partition.partition
    };
    let of_dir = |dir: &'_ LogDir| {
        let future = dir.replicas.iter().find(is_it).map(|replica| replica.future);
        future.map(|future| dir.path == one.dir && !future)
    };
    let mut its = dirs.get(&one.broker).into_iter().flatten().filter_map(of_dir).peekable();
    its.peek().is_some() && its.all(|well| well)
}

/// What is meant of what moves between the folders of brokers; a note names a broker that does not tell in
/// time.
pub async fn under_way(
    context: &Context<'_>,
    client: &Client,
    cluster: &Cluster,
    which: &Which,
) -> Vec<FolderMove> {
    let brokers: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let (mut found, mut silent) = (Dirs::new(), None);
    for (broker, dirs) in client.with_half().within(PATIENCE).log_dirs(&brokers, None).await {
        match dirs {
            Ok(dirs) => drop(found.insert(broker, dirs)),
            Err(error) => silent = silent.or(Some((broker, error))),
        }
    }
    if let Some((broker, error)) = silent {
        let why = error.message();
        context
            .ui
            .note(&format!("what broker {broker} moves between its folders is not known: {why}"));
    }
    let mut moves = folder_moves(&found);
    moves.retain(|one| which.contains(&one.partition));
    moves
}

/// Waits until nothing that `meant` is true of moves between folders any more; what lies where then.
pub async fn until_done(
    context: &Context<'_>,
    client: &Client,
    brokers: &BTreeSet<i32>,
    meant: impl Fn(&FolderMove) -> bool,
) -> Result<Dirs> {
    let mut misses = Misses::default();
    let dirs = loop {
        match look(&client.until(context.deadline()), brokers.clone()).await {
            Err(error) => misses.count(context, error)?,
            Ok(dirs) => {
                misses = Misses::default();
                let moving: Vec<FolderMove> =
                    folder_moves(&dirs).into_iter().filter(&meant).collect();
                if moving.is_empty() {
                    break dirs;
                }
                let (done, total) =
                    moving.iter().fold((0, 0), |sum, one| (sum.0 + one.done, sum.1 + one.total));
                let left = count(moving.len(), "replica");
                let detail = format!("{left} left, {} of {}", bytes(done), bytes(total));
                context.ui.gauge(&Gauge { what: WHAT, done, total, detail, ended: false });
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            error = context.stop.wanted() => {
                return Err(error.hint("the brokers go on: `kward reassign status --wait` waits for them"));
            }
        }
    };
    context.ui.gauge(&Gauge::ended(WHAT));
    Ok(dirs)
}
