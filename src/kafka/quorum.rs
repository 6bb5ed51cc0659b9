//! The quorum of controllers: `DescribeQuorum` (55, KIP-595, KIP-836; DESCRIBE on the cluster), `AddRaftVoter`
//! (80) and `RemoveRaftVoter` (81; both KIP-853, ALTER on the cluster).

use std::collections::BTreeMap;

use kafka_protocol::messages::add_raft_voter_request::Listener as ListenerOfVoter;
use kafka_protocol::messages::describe_quorum_request::{PartitionData, TopicData};
use kafka_protocol::messages::{
    AddRaftVoterRequest, DescribeQuorumRequest, RemoveRaftVoterRequest,
};
use kafka_protocol::protocol::VersionRange;
use uuid::Uuid;

use crate::error::{Error, KafkaError, Result};
use crate::model::{DirectoryId, Listener};
use crate::topic::quorum::{Member, Quorum};

use super::client::{Client, Purpose, Route};
use super::codes::{CLUSTER_AUTHORIZATION_FAILED, NOT_CONTROLLER, kafka_error};
use super::connection::Reply;
use super::frame::Ask as _;
use super::named::{Outcomes, item};
use super::reader::{Malformed, Reader};
use super::topics::{text, topic_name};

impl Client {
    /// Whether the broker that is connected can tell of a quorum: with ZooKeeper there is none, and brokers
    /// before 3.3 do not pass the question on.
    pub async fn has_quorum(&self) -> Result<bool> {
        self.offers(DescribeQuorumRequest::KEY).await
    }

    /// The quorum, as its leader sees it; any broker passes the question on.
    pub async fn describe_quorum(&self) -> Result<Quorum> {
        let partition = PartitionData::default().with_partition_index(0);
        let topic = TopicData::default()
            .with_topic_name(topic_name("__cluster_metadata"))
            .with_partitions(vec![partition]);
        let request = DescribeQuorumRequest::default().with_topics(vec![topic]);
        let reply: QuorumReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        match (reply.error, reply.quorum) {
            (Some(error), _) if error.code == CLUSTER_AUTHORIZATION_FAILED => {
                Err(self.refused("describe the quorum", "describe", error))
            }
            (Some(error), _) => {
                let text = format!("`{}` does not describe the quorum", self.broker());
                Err(Error::failed(text).kafka(error))
            }
            (None, Some(quorum)) => Ok(quorum),
            (None, None) => {
                Err(Error::failed(format!("`{}` knows no quorum of controllers", self.broker())))
            }
        }
    }
}

impl Client {
    /// Makes a controller that follows the log of metadata a voter. An error of
    /// [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that it may be one.
    pub async fn add_voter(
        &self,
        cluster_id: Option<&str>,
        id: i32,
        directory: DirectoryId,
        listeners: &[Listener],
    ) -> Result<Outcomes<()>> {
        let listener = |listener: &Listener| {
            ListenerOfVoter::default()
                .with_name(text(&listener.name))
                .with_host(text(&listener.host))
                .with_port(listener.port)
        };
        let request = AddRaftVoterRequest::default()
            .with_cluster_id(cluster_id.map(text))
            .with_timeout_ms(self.patience_ms())
            .with_voter_id(id)
            .with_voter_directory_id(Uuid::from_bytes(directory.0))
            .with_listeners(listeners.iter().map(listener).collect());
        let purpose = Purpose::Write("add a voter to the quorum");
        let reply: PlainReply = self.ask(Route::Any, purpose, &request).await?;
        Ok(vec![item(reply.error, ())])
    }

    /// Takes the vote from a controller; it goes on as an observer. An error of
    /// [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that it may have none any more.
    pub async fn remove_voter(
        &self,
        cluster_id: Option<&str>,
        id: i32,
        directory: DirectoryId,
    ) -> Result<Outcomes<()>> {
        let request = RemoveRaftVoterRequest::default()
            .with_cluster_id(cluster_id.map(text))
            .with_voter_id(id)
            .with_voter_directory_id(Uuid::from_bytes(directory.0));
        let purpose = Purpose::Write("remove a voter from the quorum");
        let reply: PlainReply = self.ask(Route::Any, purpose, &request).await?;
        Ok(vec![item(reply.error, ())])
    }
}

/// An answer that says of one thing only whether it was done.
pub(super) struct PlainReply {
    pub error: Option<KafkaError>,
}

impl Reply for PlainReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        reader.tags()?;
        Ok(Self { error })
    }

    fn failure(&self) -> Option<&KafkaError> {
        // What timed out may have been done.
        self.error.as_ref().filter(|error| error.code == NOT_CONTROLLER)
    }
}

/// The answer.
struct QuorumReply {
    error: Option<KafkaError>,
    quorum: Option<Quorum>,
}

impl Reply for QuorumReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 2 };

    // This answer alone says nothing of throttling.
    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        let message = |reader: &mut Reader<'_>| {
            let told = if version >= 2 { reader.nullable_string()? } else { None };
            Ok::<_, Malformed>(told.map(str::to_owned))
        };
        let code = reader.i16()?;
        let mut error = kafka_error(code, message(reader)?.as_deref());
        let mut quorum = None;
        for _ in 0..reader.array(3)? {
            reader.string()?;
            for _ in 0..reader.array(26)? {
                reader.i32()?;
                let code = reader.i16()?;
                let told = message(reader)?;
                error = error.or_else(|| kafka_error(code, told.as_deref()));
                let mut found = Quorum {
                    leader: reader.i32()?,
                    epoch: reader.i32()?,
                    high_watermark: reader.i64()?,
                    voters: reader.items(13, |reader| read_member(reader, version))?,
                    observers: reader.items(13, |reader| read_member(reader, version))?,
                };
                reader.tags()?;
                found.voters.sort_unstable_by_key(|member| member.id);
                found.observers.sort_unstable_by_key(|member| member.id);
                quorum = Some(found);
            }
            reader.tags()?;
        }
        if version >= 2 {
            let mut listeners = read_nodes(reader)?;
            for voter in quorum.iter_mut().flat_map(|quorum| &mut quorum.voters) {
                voter.listeners = listeners.remove(&voter.id).unwrap_or_default();
            }
        }
        reader.tags()?;
        Ok(Self { error, quorum })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

fn read_member(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Member, Malformed> {
    let id = reader.i32()?;
    let directory = if version >= 2 { DirectoryId::of(reader.uuid()?) } else { None };
    let known = |value: i64| Some(value).filter(|value| *value >= 0);
    let end_offset = known(reader.i64()?);
    let (last_fetch_ms, last_caught_up_ms) =
        if version >= 1 { (known(reader.i64()?), known(reader.i64()?)) } else { (None, None) };
    reader.tags()?;
    Ok(Member {
        id,
        directory,
        listeners: Vec::new(),
        end_offset,
        last_fetch_ms,
        last_caught_up_ms,
    })
}

/// Where the voters listen, by id.
fn read_nodes(
    reader: &mut Reader<'_>,
) -> std::result::Result<BTreeMap<i32, Vec<Listener>>, Malformed> {
    let nodes = reader.items(6, |reader| {
        let id = reader.i32()?;
        let listeners = reader.items(5, |reader| {
            let (name, host) = (reader.string()?.to_owned(), reader.string()?.to_owned());
            let port = reader.i16()?.cast_unsigned();
            reader.tags()?;
            Ok(Listener { name, host, port })
        })?;
        reader.tags()?;
        Ok((id, listeners))
    })?;
    Ok(nodes.into_iter().collect())
}
