//! The groups of a cluster: `ListGroups` (16) to every broker, because each knows those that it
//! coordinates. Without DESCRIBE on the cluster only those groups are listed that the caller may
//! describe.

use kafka_protocol::messages::ListGroupsRequest;
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::model::group::{Coordinator, GroupListing, GroupState, GroupType};
use crate::model::{Name, Operation};

use super::super::client::Client;
use super::super::cluster::{Broker, Cluster};
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::reader::{Malformed, Reader};
use super::text;

/// Which groups to list; empty lists leave all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Of these types.
    pub types: Vec<GroupType>,
    /// In these states.
    pub states: Vec<GroupState>,
}

/// What the brokers answered.
#[derive(Debug)]
pub struct GroupsOfBrokers {
    /// The groups, sorted by name.
    pub groups: Vec<GroupListing>,
    /// The brokers that did not answer, whose groups are missing.
    pub silent: Vec<(Broker, Error)>,
    /// The cluster, whose brokers were asked.
    pub cluster: Cluster,
}

impl GroupsOfBrokers {
    /// Whether the caller may describe all groups, as far as the brokers say (DESCRIBE on the cluster).
    pub fn shows_all(&self) -> bool {
        self.cluster.lets(Operation::Describe) != Some(false)
    }
}

impl Client {
    /// Lists the groups of all brokers, asked side by side, within half of the time. The filters are applied here, as far as the
    /// answers tell; brokers leave out other types themselves where they can (KIP-848).
    pub async fn list_groups(&self, filter: &GroupFilter) -> Result<GroupsOfBrokers> {
        let make = |version: i16| {
            let mut request = ListGroupsRequest::default();
            // Not by state: brokers list groups that are not ready, and know no such state.
            if version >= 5 {
                request.types_filter = filter.types.iter().map(|t| text(t.as_str())).collect();
            }
            request
        };
        let cluster = self.describe_cluster().await?;
        // A broker that does not answer leaves time for what is asked about the groups of the others.
        let patient = self.with_half();
        let answers = patient.ask_each::<_, GroupsReply>(&cluster.brokers, make).await;
        let mut all = GroupsOfBrokers { groups: Vec::new(), silent: Vec::new(), cluster };
        for (broker, answer) in answers {
            let reply = match answer {
                Ok(GroupsReply { error: None, groups }) => groups,
                Ok(GroupsReply { error: Some(error), .. }) => {
                    all.silent.push((broker, self.refused("list groups", "describe", error)));
                    continue;
                }
                Err(error) => {
                    all.silent.push((broker, error));
                    continue;
                }
            };
            let host = Some(Name::from(broker.host));
            let coordinator = Coordinator { id: broker.id, host, port: Some(broker.port) };
            let groups = reply.iter().map(|group| &group.group_id);
            self.whereabouts().learn_coordinators(groups, broker.id);
            all.groups.reserve(reply.len());
            for group in reply {
                all.groups.push(GroupListing { coordinator: coordinator.clone(), ..group });
            }
        }
        all.groups.retain(|group| filter.leaves(group));
        // While a coordinator moves two brokers may list the same group.
        all.groups.sort_unstable_by(|a, b| a.group_id.cmp(&b.group_id));
        all.groups.dedup_by(|a, b| a.group_id == b.group_id);
        Ok(all)
    }
}

impl GroupFilter {
    /// What is not known is not filtered out by it.
    fn leaves(&self, group: &GroupListing) -> bool {
        let of_type = |kind: &GroupType| self.types.is_empty() || self.types.contains(kind);
        let in_state = |state: &GroupState| self.states.is_empty() || self.states.contains(state);
        group.group_type.as_ref().is_none_or(of_type) && group.state.as_ref().is_none_or(in_state)
    }
}

/// The answer of one broker.
struct GroupsReply {
    error: Option<KafkaError>,
    groups: Vec<GroupListing>,
}

impl Reply for GroupsReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 5 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, None);
        // Mostly that of the group before.
        let mut protocol_type = Name::from("");
        let groups = reader.items(3, |reader| {
            let group_id = Name::from(reader.string()?);
            let text = reader.string()?;
            if *protocol_type != *text {
                protocol_type = Name::from(text);
            }
            let group = GroupListing {
                group_id,
                protocol_type: protocol_type.clone(),
                state: if version >= 4 { Some(reader.string()?.into()) } else { None },
                group_type: if version >= 5 { Some(reader.string()?.into()) } else { None },
                members: None,
                coordinator: Coordinator { id: -1, host: None, port: None },
            };
            reader.tags()?;
            Ok(group)
        })?;
        reader.tags()?;
        Ok(Self { error, groups })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}
