//! Deleting groups: `DeleteGroups` (42; DELETE on the group). Only groups without members go, of
//! every type; their commits go with them.

use kafka_protocol::messages::DeleteGroupsRequest;
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::Name;

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;
use super::{by_group, group_id, of_group};

impl Client {
    /// Deletes groups; one result for each, in their order.
    pub async fn delete_groups(&self, groups: &[Name]) -> Result<Vec<Result<()>>> {
        self.spread(&DeleteGroups, groups).await
    }
}

struct DeleteGroups;

impl Spread for DeleteGroups {
    type Item = Name;
    type Request = DeleteGroupsRequest;
    type Reply = DeleteReply;
    type Answer = ();

    const WHAT: &'static str = "delete";
    const WRITES: bool = true;

    of_group!(Name, |group| group, "delete");

    fn most(&self, _version: i16) -> usize {
        500
    }

    fn request(&self, groups: &[&Name], _version: i16) -> DeleteGroupsRequest {
        let names = groups.iter().map(|group| group_id(group)).collect();
        DeleteGroupsRequest::default().with_groups_names(names)
    }

    fn answers(&self, reply: DeleteReply, groups: &[&Name]) -> Vec<Option<ItemResult<()>>> {
        by_group(groups.iter().copied(), reply.0)
    }
}

/// The answer.
struct DeleteReply(Vec<(Name, ItemResult<()>)>);

impl Reply for DeleteReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 2 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let results = reader.items(3, |reader| {
            let group = Name::from(reader.string()?);
            let error = kafka_error(reader.i16()?, None);
            reader.tags()?;
            Ok((group, error.map_or(Ok(()), Err)))
        })?;
        reader.tags()?;
        Ok(Self(results))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}
