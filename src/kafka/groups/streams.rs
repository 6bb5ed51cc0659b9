//! Streams groups of KIP-1071: `StreamsGroupDescribe` (89), which the codec crate does not have.

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::protocol::buf::ByteBufMut;
use kafka_protocol::protocol::{Encodable, HeaderVersion, Message, VersionRange};

use crate::error::KafkaError;
use crate::model::Name;
use crate::model::group::{
    Assignment, Endpoint, GroupDescription, GroupState, GroupType, InternalTopic, Member,
    MemberType, Subtopology, TaskOffset, TaskSets, Tasks, TasksOfMember,
};

use super::super::acls::ItemResult;
use super::super::cluster::operations_of;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::frame::Ask;
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::consumer::{DescribedGroups, describe_call};
use super::describe::WHAT;
use super::{by_group, host, of_group, optional, rack};

type Read<T> = Result<T, Malformed>;

/// Version 1 (KIP-1331) adds a topology description that is not asked for, and the assignor.
const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

/// The request.
#[derive(Debug)]
pub(super) struct StreamsGroupDescribeRequest {
    groups: Vec<Name>,
}

impl Message for StreamsGroupDescribeRequest {
    const VERSIONS: VersionRange = VERSIONS;
    const DEPRECATED_VERSIONS: Option<VersionRange> = None;
}

impl HeaderVersion for StreamsGroupDescribeRequest {
    fn header_version(_version: i16) -> i16 {
        2
    }
}

impl Ask for StreamsGroupDescribeRequest {
    const KEY: i16 = 89;
    const NAME: &'static str = "StreamsGroupDescribe";
}

impl StreamsGroupDescribeRequest {
    fn bytes(&self, version: i16) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_length(&mut bytes, self.groups.len());
        for group in &self.groups {
            put_length(&mut bytes, group.len());
            bytes.extend(group.as_bytes());
        }
        // With authorized operations, without the topology description, without tagged fields.
        bytes.push(1);
        if version >= 1 {
            bytes.push(0);
        }
        bytes.push(0);
        bytes
    }
}

impl Encodable for StreamsGroupDescribeRequest {
    fn encode<B: ByteBufMut>(&self, buf: &mut B, version: i16) -> Result<(), anyhow::Error> {
        buf.put_slice(&self.bytes(version));
        Ok(())
    }

    fn compute_size(&self, version: i16) -> Result<usize, anyhow::Error> {
        Ok(self.bytes(version).len())
    }
}

/// A compact length: one more than it is, seven bits a byte.
fn put_length(bytes: &mut Vec<u8>, length: usize) {
    let mut rest = length + 1;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

describe_call!(
    /// The call for streams groups.
    DescribeStreams,
    StreamsGroupDescribeRequest,
    StreamsReply,
    |groups: &[&Name]| StreamsGroupDescribeRequest {
        groups: groups.iter().map(|group| (*group).clone()).collect()
    }
);

/// The answer.
pub(super) struct StreamsReply(DescribedGroups);

impl Reply for StreamsReply {
    const VERSIONS: VersionRange = VERSIONS;

    fn read(reader: &mut Reader<'_>, version: i16) -> Read<Self> {
        reader.throttle()?;
        let groups = reader.items(16, |reader| read_group(reader, version))?;
        reader.tags()?;
        Ok(Self(groups))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_group(reader: &mut Reader<'_>, version: i16) -> Read<(Name, ItemResult<GroupDescription>)> {
    let error = kafka_error(reader.i16()?, reader.nullable_string()?);
    let group_id = Name::from(reader.string()?);
    let state = GroupState::from(reader.string()?);
    let (group_epoch, assignment_epoch) = (Some(reader.i32()?), Some(reader.i32()?));
    let topology = read_topology(reader)?;
    let mut members = reader.items(20, |reader| read_member(reader, &topology))?;
    members.sort_unstable_by(|a, b| a.member_id.cmp(&b.member_id));
    let authorized_operations = operations_of(reader.i32()?);
    let mut assignor = None;
    if version >= 1 {
        // Null: it was not asked for.
        if reader.i8()? >= 0 {
            return Err(Malformed("it has a topology description that was not asked for"));
        }
        reader.i8()?;
        assignor = optional(reader.nullable_string()?);
    }
    reader.tags()?;
    let group = GroupDescription {
        group_id: group_id.clone(),
        group_type: GroupType::Streams,
        state,
        protocol_type: None,
        coordinator: None,
        group_epoch,
        assignment_epoch,
        topology_epoch: topology.epoch,
        subtopologies: topology.parts,
        assignor,
        members,
        authorized_operations,
    };
    Ok((group_id, error.map_or(Ok(group), Err)))
}

/// A topology, and what it reads by subtopology.
#[derive(Default)]
struct Topology {
    epoch: Option<i32>,
    parts: Vec<Subtopology>,
    inputs: HashMap<Name, Vec<Name>>,
}

impl Topology {
    /// A task with number n works on partition n of every topic that its subtopology reads.
    fn partitions(&self, tasks: &[Tasks]) -> Assignment {
        let mut all = Assignment::default();
        for of in tasks {
            for topic in self.inputs.get(&of.subtopology_id).into_iter().flatten() {
                for partition in &of.partitions {
                    all.insert(topic.clone(), *partition);
                }
            }
        }
        all
    }
}

fn read_topology(reader: &mut Reader<'_>) -> Read<Topology> {
    let mut topology = Topology::default();
    if reader.i8()? < 0 {
        return Ok(topology);
    }
    topology.epoch = Some(reader.i32()?);
    topology.parts = reader.items(6, read_subtopology)?;
    reader.tags()?;
    let inputs = |part: &Subtopology| {
        let topics = part.source_topics.iter().chain(&part.repartition_source_topics);
        (part.subtopology_id.clone(), topics.cloned().collect())
    };
    topology.inputs = topology.parts.iter().map(inputs).collect();
    Ok(topology)
}

fn read_name(reader: &mut Reader<'_>) -> Read<Name> {
    reader.string().map(Name::from)
}

fn read_subtopology(reader: &mut Reader<'_>) -> Read<Subtopology> {
    let subtopology_id = Name::from(reader.string()?);
    let source_topics = reader.items(1, read_name)?;
    let repartition_sink_topics = reader.items(1, read_name)?;
    let changelogs = reader.items(9, read_topic)?;
    let repartitions = reader.items(9, read_topic)?;
    reader.tags()?;
    let names = |topics: &[InternalTopic]| topics.iter().map(|of| of.topic.clone()).collect();
    Ok(Subtopology {
        subtopology_id,
        source_topics,
        repartition_source_topics: names(&repartitions),
        repartition_sink_topics,
        state_changelog_topics: names(&changelogs),
        internal_topics: repartitions.into_iter().chain(changelogs).collect(),
    })
}

/// A topic that the broker makes; 0 is Kafka's word for what is left to the broker.
fn read_topic(reader: &mut Reader<'_>) -> Read<InternalTopic> {
    let topic = Name::from(reader.string()?);
    let (partitions, replicas) = (reader.i32()?, reader.i16()?);
    let configs = read_pairs(reader)?;
    reader.tags()?;
    Ok(InternalTopic {
        topic,
        partitions: (partitions > 0).then_some(partitions),
        replication_factor: (replicas > 0).then_some(replicas),
        configs,
    })
}

fn read_pairs(reader: &mut Reader<'_>) -> Read<BTreeMap<Name, Name>> {
    let pairs = reader.items(3, |reader| {
        let pair = (Name::from(reader.string()?), Name::from(reader.string()?));
        reader.tags()?;
        Ok(pair)
    })?;
    Ok(pairs.into_iter().collect())
}

fn read_member(reader: &mut Reader<'_>, topology: &Topology) -> Read<Member> {
    let mut member = Member::new(reader.string()?);
    member.member_epoch = Some(reader.i32()?);
    member.instance_id = optional(reader.nullable_string()?);
    member.rack_id = rack(reader.nullable_string()?);
    member.client_id = Name::from(reader.string()?);
    member.host = host(reader.string()?);
    let tasks = TasksOfMember {
        topology_epoch: Some(reader.i32()?),
        process_id: Name::from(reader.string()?),
        user_endpoint: read_endpoint(reader)?,
        client_tags: read_pairs(reader)?,
        task_offsets: reader.items(14, read_task_offset)?,
        task_end_offsets: reader.items(14, read_task_offset)?,
        now: read_tasks(reader)?,
        target: Some(read_tasks(reader)?),
    };
    let classic = reader.bool()?;
    reader.tags()?;
    member.member_type = classic.then_some(MemberType::Classic);
    member.assignment = topology.partitions(&tasks.now.active);
    let target = tasks.target.as_ref().map(|target| topology.partitions(&target.active));
    member.tasks = Some(tasks);
    Ok(member.towards(target.unwrap_or_default()))
}

fn read_endpoint(reader: &mut Reader<'_>) -> Read<Option<Endpoint>> {
    if reader.i8()? < 0 {
        return Ok(None);
    }
    let host = Name::from(reader.string()?);
    // Unsigned, in the same two bytes.
    let endpoint = Endpoint { host, port: reader.i16()?.cast_unsigned() };
    reader.tags()?;
    Ok(Some(endpoint))
}

fn read_task_offset(reader: &mut Reader<'_>) -> Read<TaskOffset> {
    let offset = TaskOffset {
        subtopology_id: Name::from(reader.string()?),
        partition: reader.i32()?,
        offset: reader.i64()?,
    };
    reader.tags()?;
    Ok(offset)
}

fn read_tasks(reader: &mut Reader<'_>) -> Read<TaskSets> {
    let tasks = TaskSets {
        active: reader.items(3, read_task)?,
        standby: reader.items(3, read_task)?,
        warmup: reader.items(3, read_task)?,
    };
    reader.tags()?;
    Ok(tasks)
}

fn read_task(reader: &mut Reader<'_>) -> Read<Tasks> {
    let subtopology_id = Name::from(reader.string()?);
    let partitions = reader.items(4, Reader::i32)?;
    reader.tags()?;
    Ok(Tasks { subtopology_id, partitions })
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
