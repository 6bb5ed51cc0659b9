//! What is to be done for a plan, partition by partition, after a look at how the cluster is now.

use std::collections::BTreeSet;
use std::path::Path;

use super::Wanted;
use super::state::State;
use crate::commands::acl::source::{read_text, shown};
use crate::commands::topic::fetch;
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::model::{Name, TopicPartition, visible};
use crate::report::units::{count, ids};
use crate::topic::reassign::file::{self, PlanFile, Wish};
use crate::topic::reassign::{Move, Ongoing};
use crate::topic::select::Selection;
use crate::topic::state::find;

/// A partition of a plan.
pub struct Step {
    /// From where it lies to where it is to lie.
    pub one: Move,
    /// How it stands.
    pub standing: Standing,
}

/// How a partition of a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is to be moved.
    Ahead,
    /// It is being moved to where it is to lie.
    UnderWay,
    /// It lies there.
    Done,
}

/// Reads a plan file.
pub fn read(path: &Path) -> Result<PlanFile> {
    let text = read_text(path).map_err(|error| {
        Error::invalid(format!("cannot read the plan `{}`", shown(path))).caused_by(error)
    })?;
    file::read(&text).map_err(|error| error.context(format!("cannot apply `{}`", shown(path))))
}

/// What goals take, and what moves already of what they are about.
pub async fn of_goals(client: &Client, state: &State, wanted: &Wanted) -> Result<Vec<Step>> {
    let moves = state.plan(client, wanted).await?;
    let planned: BTreeSet<&TopicPartition> = moves.iter().map(|one| &one.partition).collect();
    let movable = state.placements(wanted).into_iter().filter(|one| one.movable);
    let mut steps: Vec<Step> = movable
        .filter(|one| !planned.contains(&one.partition))
        .filter_map(|one| {
            let moving = state.ongoing.get(&one.partition)?;
            let (from, to) = (moving.origin(), moving.target());
            let one = Move { partition: one.partition, from, to, bytes: one.bytes };
            Some(Step { one, standing: Standing::UnderWay })
        })
        .collect();
    steps.extend(moves.into_iter().map(|one| Step { one, standing: Standing::Ahead }));
    steps.sort_by(|a, b| a.one.partition.cmp(&b.one.partition));
    Ok(steps)
}

/// What a plan file takes. Refuses one for another cluster, one that the cluster has moved away from,
/// and what cannot come to an end.
pub async fn of_file(
    client: &Client,
    state: &State,
    path: &Path,
    plan: PlanFile,
) -> Result<Vec<Step>> {
    if let (Some(wanted), Some(actual)) = (&plan.cluster_id, &state.cluster.id)
        && wanted != actual
    {
        return Err(Error::refused(format!(
            "the plan is for the cluster `{}`, this is `{}`",
            visible(wanted),
            visible(actual)
        ))
        .hint("choose the right context with `--context`"));
    }
    let not_seen: BTreeSet<&Name> = plan
        .items
        .iter()
        .map(|wish| &wish.partition.topic)
        .filter(|name| !state.topics.iter().any(|topic| topic.name == **name))
        .collect();
    may_be_seen(client, &not_seen).await?;
    let mut mistakes = Vec::new();
    let mut outdated = Vec::new();
    let mut all = Vec::new();
    for wish in plan.items {
        match step(state, &wish) {
            Ok(step) => all.push(step),
            Err(Trouble::Mistake(why)) => mistakes.push(why),
            Err(Trouble::Stale(why)) => outdated.push(why),
        }
    }
    let path = shown(path);
    if !mistakes.is_empty() {
        let error = Error::invalid(format!("the plan `{path}` cannot be carried out"));
        return Err(listed(error, mistakes));
    }
    if !outdated.is_empty() {
        let text =
            format!("the plan `{path}` is stale: partitions have been moved since it was made");
        let error = listed(Error::refused(text), outdated);
        return Err(error.hint("plan again with `kward reassign plan`"));
    }
    all.sort_by(|a, b| a.one.partition.cmp(&b.one.partition));
    Ok(all)
}

/// Refuses topics that are there and may not be described; those that are not there are another mistake.
async fn may_be_seen(client: &Client, names: &BTreeSet<&Name>) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let names = names.iter().map(ToString::to_string).collect();
    let selection = Selection { names, ..Selection::default() };
    let (_, mut topics) = fetch::topics(client, &selection, false).await?;
    topics.retain(|topic| !fetch::is_absent(topic));
    fetch::all_there(client, &topics).await
}

/// The first few causes, and how many more there are.
fn listed(error: Error, causes: Vec<String>) -> Error {
    const SHOWN: usize = 10;
    let all = causes.len();
    let error = causes.into_iter().take(SHOWN).fold(error, Error::caused_by);
    if all > SHOWN { error.caused_by(format!("and {} more", all - SHOWN)) } else { error }
}

enum Trouble {
    Mistake(String),
    Stale(String),
}

fn step(state: &State, wish: &Wish) -> Result<Step, Trouble> {
    let key = &wish.partition;
    let name = key.to_string();
    let name = visible(&name);
    let Some(now) = state.replicas(key) else {
        return Err(Trouble::Mistake(format!("there is no partition `{name}`")));
    };
    let under_way = state.ongoing.get(key);
    // Where it lies whole.
    let held = under_way.map_or_else(|| now.clone(), Ongoing::origin);
    if now == wish.to {
        let standing = if under_way.is_some() { Standing::UnderWay } else { Standing::Done };
        return Ok(Step { one: as_move(state, wish, held), standing });
    }
    // A move that was ended may leave the same brokers in another order.
    let same = |a: &[i32], b: &[i32]| a.len() == b.len() && a.iter().all(|id| b.contains(id));
    let fits = |from: &&Vec<i32>| same(from, &now) || same(from, &held);
    if let Some(from) = wish.from.as_ref().filter(|from| !fits(from)) {
        return Err(Trouble::Stale(format!(
            "`{name}` lies on {}, and lay on {} when the plan was made",
            ids(&now),
            ids(from)
        )));
    }
    let one = as_move(state, wish, held);
    if let Some(id) = one.adding().into_iter().find(|id| !state.is_alive(*id)) {
        return Err(Trouble::Mistake(format!(
            "`{name}` is to lie on broker {id}, which is not there"
        )));
    }
    Ok(Step { one, standing: Standing::Ahead })
}

fn as_move(state: &State, wish: &Wish, from: Vec<i32>) -> Move {
    let partition = wish.partition.clone();
    Move { bytes: state.size(&partition), partition, from, to: wish.to.clone() }
}

/// Refuses what was agreed to when the cluster is not the one any more that it was agreed to about.
pub async fn check_again(client: &Client, state: &State, moves: &[Move]) -> Result<()> {
    let (topics, ongoing) =
        tokio::join!(client.cluster_and_topics(None, false), client.list_reassignments());
    let ((_, topics), ongoing) = (topics?, ongoing?);
    let changed = moves.iter().filter(|one| {
        let key = &one.partition;
        let now = find(&topics, key);
        let moving = ongoing.binary_search_by(|moving| moving.partition.cmp(key)).ok();
        moving.map(|at| &ongoing[at]) != state.ongoing.get(key)
            || now.map(|p| &p.replicas) != state.partition(key).map(|p| &p.replicas)
    });
    match changed.count() {
        0 => Ok(()),
        number => Err(Error::refused(format!(
            "{} were moved or deleted since the plan was shown, nothing was written",
            count(number, "partition")
        ))
        .hint("apply again, and review the plan as it is now")),
    }
}
