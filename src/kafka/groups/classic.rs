//! Classic groups: `DescribeGroups` (15). The generation is not among what a broker tells.

use kafka_protocol::messages::DescribeGroupsRequest;
use kafka_protocol::protocol::VersionRange;

use crate::error::KafkaError;
use crate::group::consumer_protocol;
use crate::model::Name;
use crate::model::group::{
    Assignment, GroupDescription, GroupState, GroupType, Member, Subscription,
};

use super::super::acls::ItemResult;
use super::super::cluster::operations_of;
use super::super::codes::{GROUP_ID_NOT_FOUND, kafka_error};
use super::super::connection::Reply;
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::describe::WHAT;
use super::{by_group, group_id, host, of_group, optional};

/// The call.
pub(super) struct DescribeClassic;

impl Spread for DescribeClassic {
    type Item = Name;
    type Request = DescribeGroupsRequest;
    type Reply = GroupsReply;
    type Answer = GroupDescription;

    const WHAT: &'static str = WHAT;

    of_group!(Name, |group| group, "describe");

    fn most(&self, _version: i16) -> usize {
        500
    }

    fn request(&self, groups: &[&Name], version: i16) -> DescribeGroupsRequest {
        DescribeGroupsRequest::default()
            .with_groups(groups.iter().map(|group| group_id(group)).collect())
            .with_include_authorized_operations(version >= 3)
    }

    fn answers(
        &self,
        reply: GroupsReply,
        groups: &[&Name],
    ) -> Vec<Option<ItemResult<GroupDescription>>> {
        by_group(groups.iter().copied(), reply.0)
    }
}

/// The answer.
pub(super) struct GroupsReply(Vec<(Name, ItemResult<GroupDescription>)>);

impl Reply for GroupsReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 6 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Result<Self, Malformed> {
        reader.throttle()?;
        let groups = reader.items(12, |reader| read_group(reader, version))?;
        reader.tags()?;
        Ok(Self(groups))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_group(
    reader: &mut Reader<'_>,
    version: i16,
) -> Result<(Name, ItemResult<GroupDescription>), Malformed> {
    let code = reader.i16()?;
    let message = if version >= 6 { reader.nullable_string()? } else { None };
    let group_id = Name::from(reader.string()?);
    let state = GroupState::from(reader.string()?);
    let protocol_type = Name::from(reader.string()?);
    let protocol = Name::from(reader.string()?);
    let told = Told {
        consumers: protocol_type.as_str() == "consumer",
        rebalances: state.is_rebalancing(),
    };
    let mut members = reader.items(10, |reader| read_member(reader, version, told))?;
    members.sort_unstable_by(|a, b| a.member_id.cmp(&b.member_id));
    let operations = if version >= 3 { reader.i32()? } else { i32::MIN };
    reader.tags()?;
    // Before version 6 a group that does not exist is "dead", without an error.
    let absent = code == 0 && state == GroupState::Dead;
    let error = kafka_error(if absent { GROUP_ID_NOT_FOUND } else { code }, message);
    let group = GroupDescription {
        group_id: group_id.clone(),
        group_type: GroupType::Classic,
        state,
        protocol_type: Some(protocol_type),
        coordinator: None,
        group_epoch: None,
        assignment_epoch: None,
        topology_epoch: None,
        subtopologies: Vec::new(),
        assignor: Some(protocol).filter(|protocol| !protocol.is_empty()),
        members,
        authorized_operations: operations_of(operations),
    };
    Ok((group_id, error.map_or(Ok(group), Err)))
}

/// What decides on what a group's members are told of.
#[derive(Clone, Copy)]
struct Told {
    /// They speak the protocol of consumers.
    consumers: bool,
    /// A broker then leaves out what they want, and also what they hold where it is older than 4.0 or they
    /// are new; that does not say that it is nothing.
    rebalances: bool,
}

fn read_member(reader: &mut Reader<'_>, version: i16, told: Told) -> Result<Member, Malformed> {
    let mut member = Member::new(reader.string()?);
    if version >= 4 {
        member.instance_id = optional(reader.nullable_string()?);
    }
    member.client_id = Name::from(reader.string()?);
    member.host = host(reader.string()?);
    let metadata = reader.nullable_bytes()?.unwrap_or_default();
    let assignment = reader.nullable_bytes()?.unwrap_or_default();
    reader.tags()?;
    // Bytes that are none of the consumer protocol's belong to an assignor of somebody's own.
    let readable = told.consumers && !(told.rebalances && metadata.is_empty());
    let subscription = readable.then(|| consumer_protocol::subscription(metadata).ok()).flatten();
    if let Some(subscription) = subscription {
        member.subscription = subscription.topics.into();
        member.rack_id = subscription.rack_id;
    } else {
        member.subscription = Subscription::unknown();
    }
    let readable = told.consumers && !(told.rebalances && assignment.is_empty());
    let assignment = readable.then(|| consumer_protocol::assignment(assignment).ok()).flatten();
    if let Some(assignment) = assignment {
        member.assignment = assignment;
    } else {
        member.assignment = Assignment::unknown();
        member.pending_revocation = Assignment::unknown();
    }
    Ok(member)
}
