//! A look at groups: what they are, what they have committed, and where the logs are.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{self, Standing};
use super::{TopicChoice, each_once, list, logs, near};
use crate::error::{Error, Result};
use crate::group::lag::{Commitment, Log, concerned, rows};
use crate::kafka::{Client, GroupFilter, GroupsOfBrokers};
use crate::model::group::{GroupDescription, GroupType};
use crate::model::{Name, TopicPartition};
use crate::report::group_lag::PartitionLag;

/// What was seen.
#[derive(Debug)]
pub struct Sample {
    /// One for each group asked, in their order.
    pub groups: Vec<Seen>,
    /// What of their lag could not be read.
    pub failures: Vec<Error>,
    /// Brokers that did not answer, whose groups are missing.
    pub silent: Option<Error>,
    /// There may be groups that the caller may not describe, where all are meant.
    pub unseen: bool,
}

impl Sample {
    /// Adds to the errors of groups that are not there which ones may be meant.
    pub async fn suggest(&mut self, client: &Client) {
        let described = self.groups.iter_mut().map(|seen| (&seen.name, &mut seen.description));
        let near = near::suggest(client, described).await;
        for (seen, near) in self.groups.iter_mut().zip(near) {
            seen.near = near;
        }
    }
}

/// A group.
#[derive(Debug)]
pub struct Seen {
    /// Its name.
    pub name: Name,
    /// What it is, or why that is not known.
    pub description: Result<GroupDescription>,
    /// What it has committed was read.
    pub committed: Result<()>,
    /// There is no such group.
    pub absent: bool,
    /// Which group may be meant then, as a question, once [`Sample::suggest`] has asked.
    pub near: Option<String>,
    /// The partitions that it has committed or holds, of those that are meant.
    pub lags: Vec<PartitionLag>,
    /// The topics that it has to do with, where only some are meant.
    pub topics: BTreeSet<Name>,
}

/// Looks at these groups, or at all of the cluster.
pub async fn read(
    client: &Client,
    groups: Option<&[Name]>,
    topics: &TopicChoice,
) -> Result<Sample> {
    if let Some(names) = groups {
        return look(client, &each_once(names), &BTreeMap::new(), topics).await;
    }
    let listed = client.list_groups(&GroupFilter::default()).await?;
    of_listed(client, listed, Vec::new(), topics).await
}

/// Groups that are known and not listed. That alone says nothing: a broker leaves out, without an error,
/// those that it is still loading. Only their coordinators know whether they are gone.
pub fn unlisted<'n>(known: impl Iterator<Item = &'n Name>, listed: &GroupsOfBrokers) -> Vec<Name> {
    if !listed.silent.is_empty() {
        return Vec::new();
    }
    let there: BTreeSet<&Name> = listed.groups.iter().map(|group| &group.group_id).collect();
    known.filter(|name| !there.contains(name)).cloned().collect()
}

/// Looks at the groups of a list, and at `missing` ones that it should have had.
pub async fn of_listed(
    client: &Client,
    listed: GroupsOfBrokers,
    missing: Vec<Name>,
    topics: &TopicChoice,
) -> Result<Sample> {
    let unseen = !listed.shows_all();
    let silent = list::silent(listed.silent);
    let types: BTreeMap<Name, GroupType> = listed
        .groups
        .iter()
        .filter_map(|group| Some((group.group_id.clone(), group.group_type.clone()?)))
        .collect();
    let names: Vec<Name> =
        listed.groups.into_iter().map(|group| group.group_id).chain(missing).collect();
    Ok(Sample { silent, unseen, ..look(client, &names, &types, topics).await? })
}

async fn look(
    client: &Client,
    names: &[Name],
    types: &BTreeMap<Name, GroupType>,
    topics: &TopicChoice,
) -> Result<Sample> {
    // One broker that does not answer leaves time for what is asked of the others.
    let standings = standing::read(&client.with_half(), names, types).await?;
    let groups: Vec<Group> = standings.into_iter().map(|one| Group::new(one, topics)).collect();
    let all: BTreeSet<TopicPartition> =
        groups.iter().flat_map(|group| group.partitions.iter().cloned()).collect();
    let logs = logs::read(&client.with_half(), &all).await?;
    let groups = groups.into_iter().map(|group| group.seen(&logs.logs)).collect();
    Ok(Sample { groups, failures: logs.failures, silent: None, unseen: false })
}

/// A group with what it committed, and the partitions that are of interest.
struct Group {
    name: Name,
    absent: bool,
    description: Result<GroupDescription>,
    read: Result<()>,
    committed: BTreeMap<TopicPartition, Commitment>,
    partitions: BTreeSet<TopicPartition>,
    topics: BTreeSet<Name>,
}

impl Group {
    fn new(standing: Standing, topics: &TopicChoice) -> Self {
        let absent = standing.is_absent();
        let Standing { name, description, committed, near: _ } = standing;
        let (read, committed) = match committed {
            Ok(committed) => (Ok(()), committed),
            Err(error) => (Err(error), BTreeMap::new()),
        };
        let committed: BTreeMap<TopicPartition, Commitment> =
            committed.into_iter().map(|(at, kept)| (at, kept.commitment)).collect();
        // Without its commits, a partition would seem to have none.
        let mut partitions = match &read {
            Ok(()) => concerned(&committed, description.as_ref().ok()),
            Err(_) => BTreeSet::new(),
        };
        let mut of_all = BTreeSet::new();
        if !topics.is_everything() {
            of_all.extend(partitions.iter().map(|partition| partition.topic.clone()));
            partitions.retain(|partition| topics.contains(partition));
        }
        Self { name, absent, description, read, committed, partitions, topics: of_all }
    }

    fn seen(self, known: &BTreeMap<TopicPartition, Log>) -> Seen {
        let lags = rows(
            &self.name,
            &self.partitions,
            &self.committed,
            self.description.as_ref().ok(),
            known,
        );
        Seen {
            name: self.name,
            description: self.description,
            committed: self.read,
            absent: self.absent,
            near: None,
            lags,
            topics: self.topics,
        }
    }
}

impl Seen {
    /// Takes how far it is behind; `None` where that is not known, or there is no such group.
    pub fn take_lags(&mut self) -> Option<Vec<PartitionLag>> {
        (!self.absent && self.committed.is_ok()).then(|| std::mem::take(&mut self.lags))
    }

    /// Why something is not known; the description says more than the commits.
    pub fn failure(&self) -> Option<Error> {
        match (&self.description, &self.committed) {
            (Err(error), _) | (Ok(_), Err(error)) => Some(error.clone()),
            (Ok(_), Ok(())) => None,
        }
    }
}
