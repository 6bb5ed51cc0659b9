//! Where groups stand: what they are and what they have committed, read side by side.

use std::collections::{BTreeMap, HashMap};

use super::near;
use super::write::TOPIC_AUTHORIZATION_FAILED;
use crate::error::{Error, KafkaError, Result};
use crate::group::lag::{Commitment, Waiting};
use crate::group::offsets_file::SavedOffset;
use crate::kafka::{Client, Committed, ShareOffset};
use crate::model::group::{GroupDescription, GroupType};
use crate::model::{Name, TopicPartition};

/// GROUP_ID_NOT_FOUND.
const NOT_FOUND: i16 = 69;

/// What a group has committed for a partition.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The offset.
    pub commitment: Commitment,
    /// The leader epoch beside it.
    pub leader_epoch: Option<i32>,
    /// The text beside it.
    pub metadata: String,
}

/// A group.
#[derive(Debug)]
pub struct Standing {
    /// Its name.
    pub name: Name,
    /// What it is, or why that is not known.
    pub description: Result<GroupDescription>,
    /// What it has committed, or why that is not known.
    pub committed: Result<BTreeMap<TopicPartition, Kept>>,
    /// Which group may be meant where there is no such group, as a question, once [`suggest`] has asked.
    pub near: Option<String>,
}

impl Standing {
    /// Whether there is no such group.
    pub fn is_absent(&self) -> bool {
        self.description.as_ref().is_err_and(is_absent)
    }

    /// Whether it shares partitions out.
    pub fn is_share(&self) -> bool {
        self.description.as_ref().is_ok_and(|d| d.group_type == GroupType::Share)
    }

    /// What is committed for a partition.
    pub fn commitment(&self, partition: &TopicPartition) -> Commitment {
        let kept = self.committed.as_ref().ok().and_then(|all| all.get(partition));
        kept.map_or(Commitment::NONE, |kept| kept.commitment)
    }

    /// What is committed for a partition, for a backup.
    pub fn saved(&self, partition: &TopicPartition) -> SavedOffset {
        let kept = self.committed.as_ref().ok().and_then(|all| all.get(partition));
        SavedOffset {
            topic: partition.topic.clone(),
            partition: partition.partition,
            offset: kept.and_then(|kept| kept.commitment.offset),
            leader_epoch: kept.and_then(|kept| kept.leader_epoch),
            metadata: kept.map(|kept| kept.metadata.clone()).unwrap_or_default(),
        }
    }
}

/// Whether it says that there is no such group.
pub fn is_absent(error: &Error) -> bool {
    error.kafka_error().is_some_and(|error| error.code == NOT_FOUND)
}

/// Adds to the errors of groups that are not there which ones may be meant.
pub async fn suggest(client: &Client, groups: &mut [Standing]) {
    let described = groups.iter_mut().map(|group| (&group.name, &mut group.description));
    let near = near::suggest(client, described).await;
    for (group, near) in groups.iter_mut().zip(near) {
        group.near = near;
    }
}

/// What is said where the caller does not see every topic ([`Client::sees_every_topic`]): OffsetFetch
/// leaves out, without an error, what is committed on topics that the caller may not describe.
pub const UNSEEN: &str = "commits on topics that you may not describe are not seen";

/// What is said of those commits where a command leaves them as they are.
pub const LEFT_OUT: &str = "commits on topics that you may not describe";

/// Whether this is what is said of a topic that the caller may not describe, whether it is there or not.
pub fn is_refused(error: &KafkaError) -> bool {
    error.code == TOPIC_AUTHORIZATION_FAILED
}

/// Reads it for groups; `types`, as far as a list told them.
pub async fn read(
    client: &Client,
    names: &[Name],
    types: &BTreeMap<Name, GroupType>,
) -> Result<Vec<Standing>> {
    let is_share = |name: &Name| types.get(name) == Some(&GroupType::Share);
    let committing: Vec<Name> = names.iter().filter(|name| !is_share(name)).cloned().collect();
    client.locate_groups(names).await?;
    let (described, committed) =
        tokio::join!(client.describe_groups(names, types), client.committed_offsets(&committing));
    let mut committed: HashMap<Name, Result<BTreeMap<TopicPartition, Kept>>> = committing
        .into_iter()
        .zip(committed?)
        .map(|(name, all)| (name, all.map(|all| all.into_iter().map(kept).collect())))
        .collect();
    let described = described?;
    let sharing: Vec<Name> = names
        .iter()
        .zip(&described)
        .filter(|(_, d)| d.as_ref().is_ok_and(|d| d.group_type == GroupType::Share))
        .map(|(name, _)| name.clone())
        .collect();
    let starts = client.share_offsets(&sharing).await?;
    for (name, all) in sharing.into_iter().zip(starts) {
        committed.insert(name, all.map(|all| all.into_iter().map(kept_of_share).collect()));
    }
    let standing = |(name, description): (&Name, Result<GroupDescription>)| Standing {
        name: name.clone(),
        committed: committed.remove(name).unwrap_or_else(|| Ok(BTreeMap::new())),
        description,
        near: None,
    };
    Ok(names.iter().zip(described).map(standing).collect())
}

fn kept(one: Committed) -> (TopicPartition, Kept) {
    let commitment = Commitment::at(one.offset);
    (one.partition, Kept { commitment, leader_epoch: one.leader_epoch, metadata: one.metadata })
}

fn kept_of_share(one: ShareOffset) -> (TopicPartition, Kept) {
    let commitment = Commitment { offset: one.start, waiting: Waiting::Counted(one.lag) };
    (one.partition, Kept { commitment, leader_epoch: None, metadata: String::new() })
}
