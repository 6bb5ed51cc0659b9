//! What only streams groups have: a topology, and members with tasks (KIP-1071).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::Name;

/// A part of a streams application, with the topics that it works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subtopology {
    /// Its id.
    pub subtopology_id: Name,
    /// What it reads that others write. Those of a pattern are not among them.
    pub source_topics: Vec<Name>,
    /// What it reads that another part writes: topics that the broker makes.
    pub repartition_source_topics: Vec<Name>,
    /// What it writes for another part to read.
    pub repartition_sink_topics: Vec<Name>,
    /// Where it keeps its state: topics that the broker makes.
    pub state_changelog_topics: Vec<Name>,
    /// How the application wants the topics that the broker makes for this part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub internal_topics: Vec<InternalTopic>,
}

impl Subtopology {
    /// The names of the topics that the broker makes for it.
    pub fn made_for_it(&self) -> impl Iterator<Item = &Name> {
        self.repartition_source_topics.iter().chain(&self.state_changelog_topics)
    }
}

/// A topic that the broker makes for a streams application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InternalTopic {
    /// Its name.
    pub topic: Name,
    /// How many partitions it has; absent where the application leaves that to the broker, as with
    /// changelogs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<i32>,
    /// Absent where it is the broker's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<i16>,
    /// The configuration that it is made with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<Name, Name>,
}

/// The tasks of a member of a streams group, and what the coordinator knows of it to deal them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TasksOfMember {
    /// The streams instance; it may have several members.
    pub process_id: Name,
    /// The topology that the member runs; the group's `topologyEpoch` is the one that is dealt out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology_epoch: Option<i32>,
    /// Where it answers queries (`application.server`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_endpoint: Option<Endpoint>,
    /// `client.tag.*`, by which standby tasks are spread.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_tags: BTreeMap<Name, Name>,
    /// What it has.
    #[serde(flatten)]
    pub now: TaskSets,
    /// What it shall have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TaskSets>,
    /// How far it has read the changelogs of its tasks, where brokers (since 4.4) and clients tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_offsets: Vec<TaskOffset>,
    /// How far those changelogs go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_end_offsets: Vec<TaskOffset>,
}

/// Tasks by what they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSets {
    /// What a member works on.
    pub active: Vec<Tasks>,
    /// What it keeps copies of.
    pub standby: Vec<Tasks>,
    /// What it gets ready for.
    pub warmup: Vec<Tasks>,
}

/// Tasks of one subtopology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tasks {
    /// The subtopology.
    pub subtopology_id: Name,
    /// The partitions of its input topics.
    pub partitions: Vec<i32>,
}

/// A host and a port that an application gave itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The host.
    pub host: Name,
    /// The port.
    pub port: u16,
}

/// An offset of a task: the sum of those of its changelogs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskOffset {
    /// The subtopology.
    pub subtopology_id: Name,
    /// The partition of its input topics.
    pub partition: i32,
    /// The sum over its changelogs.
    pub offset: i64,
}
