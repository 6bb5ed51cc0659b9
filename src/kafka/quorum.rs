//! The quorum of controllers: `DescribeQuorum` (55, KIP-595, KIP-836; DESCRIBE on the cluster).

use kafka_protocol::messages::DescribeQuorumRequest;
use kafka_protocol::messages::describe_quorum_request::{PartitionData, TopicData};
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::topic::quorum::{Member, Quorum};

use super::client::{Client, Purpose, Route};
use super::codes::{CLUSTER_AUTHORIZATION_FAILED, kafka_error};
use super::connection::Reply;
use super::frame::Ask as _;
use super::reader::{Malformed, Reader};
use super::topics::topic_name;

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
        // What follows says where the controllers listen; nobody needs it here.
        Ok(Self { error, quorum })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

fn read_member(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Member, Malformed> {
    let id = reader.i32()?;
    if version >= 2 {
        reader.uuid()?;
    }
    let known = |value: i64| Some(value).filter(|value| *value >= 0);
    let end_offset = known(reader.i64()?);
    let (last_fetch_ms, last_caught_up_ms) =
        if version >= 1 { (known(reader.i64()?), known(reader.i64()?)) } else { (None, None) };
    reader.tags()?;
    Ok(Member { id, end_offset, last_fetch_ms, last_caught_up_ms })
}
