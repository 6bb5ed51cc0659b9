//! Sending members away: `LeaveGroup` (13 since version 3, KIP-345; READ on the group). It works on
//! classic groups and on consumer groups; a live dynamic member joins again.

use kafka_protocol::messages::LeaveGroupRequest;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::Name;

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::{group_id, of_group, text};

/// Members of one group to be sent away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveMembers {
    /// The group.
    pub group: Name,
    /// Who.
    pub members: Vec<MemberToRemove>,
    /// Why; it appears in the broker's log (version 5, KIP-800).
    pub reason: String,
}

/// A member to be sent away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberToRemove {
    /// A static member, by `group.instance.id`.
    Static(Name),
    /// A member by its id.
    Dynamic(Name),
}

impl Client {
    /// Sends members away; one result for each group, and in it for each member, in their order.
    pub async fn remove_members(
        &self,
        groups: &[RemoveMembers],
    ) -> Result<Vec<Result<Vec<ItemResult<()>>>>> {
        self.spread(&LeaveGroup, groups).await
    }
}

struct LeaveGroup;

impl Spread for LeaveGroup {
    type Item = RemoveMembers;
    type Request = LeaveGroupRequest;
    type Reply = LeaveReply;
    type Answer = Vec<ItemResult<()>>;

    const WHAT: &'static str = "remove members of";
    const WRITES: bool = true;

    of_group!(RemoveMembers, |item| &item.group, "read");

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(&self, items: &[&RemoveMembers], version: i16) -> LeaveGroupRequest {
        let item = items[0];
        let reason = (version >= 5 && !item.reason.is_empty()).then(|| text(&item.reason));
        let member = |member: &MemberToRemove| {
            let identity = MemberIdentity::default().with_reason(reason.clone());
            match member {
                MemberToRemove::Static(id) => identity.with_group_instance_id(Some(text(id))),
                MemberToRemove::Dynamic(id) => identity.with_member_id(text(id)),
            }
        };
        LeaveGroupRequest::default()
            .with_group_id(group_id(&item.group))
            .with_members(item.members.iter().map(member).collect())
    }

    fn answers(
        &self,
        reply: LeaveReply,
        items: &[&RemoveMembers],
    ) -> Vec<Option<ItemResult<Vec<ItemResult<()>>>>> {
        // A broker answers about the members in the order in which they were named.
        let complete = reply.members.len() == items[0].members.len();
        vec![complete.then_some(Ok(reply.members))]
    }
}

/// The answer.
struct LeaveReply {
    error: Option<KafkaError>,
    members: Vec<ItemResult<()>>,
}

impl Reply for LeaveReply {
    const VERSIONS: VersionRange = VersionRange { min: 3, max: 5 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, None);
        let members = reader.items(4, |reader| {
            reader.string()?;
            reader.nullable_string()?;
            let error = kafka_error(reader.i16()?, None);
            reader.tags()?;
            Ok(error.map_or(Ok(()), Err))
        })?;
        reader.tags()?;
        Ok(Self { error, members })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
