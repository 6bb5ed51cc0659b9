//! Consumer groups of KIP-848: `ConsumerGroupDescribe` (69); share groups of KIP-932:
//! `ShareGroupDescribe` (77). The two answers have nearly the same form.

use kafka_protocol::messages::{ConsumerGroupDescribeRequest, ShareGroupDescribeRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::KafkaError;
use crate::model::Name;
use crate::model::group::{
    Assignment, GroupDescription, GroupState, GroupType, Member, MemberType,
};

use super::super::acls::ItemResult;
use super::super::cluster::operations_of;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::describe::WHAT;
use super::{by_group, group_id, host, of_group, optional, rack};

type Read<T> = Result<T, Malformed>;
pub(super) type DescribedGroups = Vec<(Name, ItemResult<GroupDescription>)>;

macro_rules! describe_call {
    ($(#[$meta:meta])* $name:ident, $request:ty, $reply:ty, $make:expr) => {
        $(#[$meta])*
        pub(super) struct $name;

        impl Spread for $name {
            type Item = Name;
            type Request = $request;
            type Reply = $reply;
            type Answer = GroupDescription;

            const WHAT: &'static str = WHAT;

            of_group!(Name, |group| group, "describe");

            fn most(&self, _version: i16) -> usize {
                500
            }

            fn request(&self, groups: &[&Name], _version: i16) -> $request {
                $make(groups)
            }

            fn answers(
                &self,
                reply: $reply,
                groups: &[&Name],
            ) -> Vec<Option<ItemResult<GroupDescription>>> {
                by_group(groups.iter().copied(), reply.0)
            }
        }
    };
}
pub(super) use describe_call;

describe_call!(
    /// The call for consumer groups.
    DescribeConsumer,
    ConsumerGroupDescribeRequest,
    ConsumerReply,
    |groups: &[&Name]| ConsumerGroupDescribeRequest::default()
        .with_group_ids(groups.iter().map(|group| group_id(group)).collect())
        .with_include_authorized_operations(true)
);

describe_call!(
    /// The call for share groups.
    DescribeShare,
    ShareGroupDescribeRequest,
    ShareReply,
    |groups: &[&Name]| ShareGroupDescribeRequest::default()
        .with_group_ids(groups.iter().map(|group| group_id(group)).collect())
        .with_include_authorized_operations(true)
);

/// The answer about consumer groups.
pub(super) struct ConsumerReply(DescribedGroups);

impl Reply for ConsumerReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Read<Self> {
        let member = |reader: &mut Reader<'_>| read_consumer(reader, version);
        read_groups(reader, &GroupType::Consumer, member).map(Self)
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

/// The answer about share groups.
pub(super) struct ShareReply(DescribedGroups);

impl Reply for ShareReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 1 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> Read<Self> {
        read_groups(reader, &GroupType::Share, read_sharer).map(Self)
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_groups(
    reader: &mut Reader<'_>,
    kind: &GroupType,
    member: impl Fn(&mut Reader<'_>) -> Read<Member>,
) -> Read<DescribedGroups> {
    reader.throttle()?;
    let groups = reader.items(15, |reader| {
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let group_id = Name::from(reader.string()?);
        let state = GroupState::from(reader.string()?);
        let group_epoch = Some(reader.i32()?);
        let assignment_epoch = Some(reader.i32()?);
        let assignor = Some(reader.string()?).filter(|text| !text.is_empty()).map(Name::from);
        let mut members = reader.items(10, &member)?;
        members.sort_unstable_by(|a, b| a.member_id.cmp(&b.member_id));
        let authorized_operations = operations_of(reader.i32()?);
        reader.tags()?;
        let group = GroupDescription {
            group_id: group_id.clone(),
            group_type: kind.clone(),
            state,
            protocol_type: None,
            coordinator: None,
            group_epoch,
            assignment_epoch,
            topology_epoch: None,
            subtopologies: Vec::new(),
            assignor,
            members,
            authorized_operations,
        };
        Ok((group_id, error.map_or(Ok(group), Err)))
    })?;
    reader.tags()?;
    Ok(groups)
}

fn read_consumer(reader: &mut Reader<'_>, version: i16) -> Read<Member> {
    let mut member = Member::new(reader.string()?);
    member.instance_id = optional(reader.nullable_string()?);
    member.rack_id = rack(reader.nullable_string()?);
    member.member_epoch = Some(reader.i32()?);
    member.client_id = Name::from(reader.string()?);
    member.host = host(reader.string()?);
    member.subscription = reader.items(1, |reader| reader.string().map(Name::from))?.into();
    member.subscription_pattern =
        reader.nullable_string()?.filter(|text| !text.is_empty()).map(Name::from);
    member.assignment = read_assignment(reader)?;
    let target = read_assignment(reader)?;
    if version >= 1 {
        member.member_type = match reader.i8()? {
            0 => Some(MemberType::Classic),
            1 => Some(MemberType::Consumer),
            _ => None,
        };
    }
    reader.tags()?;
    Ok(member.towards(target))
}

fn read_sharer(reader: &mut Reader<'_>) -> Read<Member> {
    let mut member = Member::new(reader.string()?);
    member.rack_id = rack(reader.nullable_string()?);
    member.member_epoch = Some(reader.i32()?);
    member.client_id = Name::from(reader.string()?);
    member.host = host(reader.string()?);
    member.subscription = reader.items(1, |reader| reader.string().map(Name::from))?.into();
    member.assignment = read_assignment(reader)?;
    reader.tags()?;
    Ok(member)
}

fn read_assignment(reader: &mut Reader<'_>) -> Read<Assignment> {
    let mut all = Assignment::default();
    reader.skip_items(19, |reader| {
        reader.uuid()?;
        let topic = Name::from(reader.string()?);
        reader.skip_items(4, |reader| {
            all.insert(topic.clone(), reader.i32()?);
            Ok(())
        })?;
        reader.tags()
    })?;
    reader.tags()?;
    Ok(all)
}
