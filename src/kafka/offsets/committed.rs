//! What groups committed: `OffsetFetch` (9; DESCRIBE on the group, and on each topic, without which
//! the topic is left out). Many groups by one request since Kafka 3.0 (KIP-709).

use kafka_protocol::messages::OffsetFetchRequest;
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};
use crate::model::{Name, TopicPartition};

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::codes::kafka_error;
use super::super::connection::Reply;
use super::super::groups::{by_group, group_id, of_group};
use super::super::reader::{Malformed, Reader};
use super::super::spread::Spread;

/// Since this version one request asks for several groups.
const BATCHED: i16 = 8;

/// A commit of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset of the next record to read.
    pub offset: i64,
    /// The leader epoch of the last record read; `None` where none was committed.
    pub leader_epoch: Option<i32>,
    /// What the client put beside it.
    pub metadata: String,
}

impl Client {
    /// Everything that groups have committed; one result for each group, in their order. A group
    /// that does not exist has committed nothing.
    pub async fn committed_offsets(&self, groups: &[Name]) -> Result<Vec<Result<Vec<Committed>>>> {
        self.spread(&OffsetFetch, groups).await
    }
}

struct OffsetFetch;

impl Spread for OffsetFetch {
    type Item = Name;
    type Request = OffsetFetchRequest;
    type Reply = FetchReply;
    type Answer = Vec<Committed>;

    const WHAT: &'static str = "read the offsets of";

    of_group!(Name, |group| group, "describe");

    fn most(&self, version: i16) -> usize {
        if version >= BATCHED { 500 } else { 1 }
    }

    fn request(&self, groups: &[&Name], version: i16) -> OffsetFetchRequest {
        let request = OffsetFetchRequest::default();
        if version < BATCHED {
            return request.with_group_id(group_id(groups[0])).with_topics(None);
        }
        let group = |name: &&Name| {
            OffsetFetchRequestGroup::default().with_group_id(group_id(name)).with_topics(None)
        };
        request.with_groups(groups.iter().map(group).collect())
    }

    fn answers(
        &self,
        reply: FetchReply,
        groups: &[&Name],
    ) -> Vec<Option<ItemResult<Vec<Committed>>>> {
        match reply {
            FetchReply::One(answer) => vec![Some(answer)],
            FetchReply::Many(answers) => by_group(groups.iter().copied(), answers),
        }
    }
}

/// The answer.
enum FetchReply {
    One(ItemResult<Vec<Committed>>),
    Many(Vec<(Name, ItemResult<Vec<Committed>>)>),
}

type Read<T> = std::result::Result<T, Malformed>;

impl Reply for FetchReply {
    const VERSIONS: VersionRange = VersionRange { min: 2, max: 9 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Read<Self> {
        if version >= 3 {
            reader.throttle()?;
        }
        let reply = if version >= BATCHED {
            Self::Many(reader.items(5, |reader| {
                let group = Name::from(reader.string()?);
                let topics = read_topics(reader, version)?;
                let error = kafka_error(reader.i16()?, None);
                reader.tags()?;
                Ok((group, error.map_or(Ok(topics), Err)))
            })?)
        } else {
            let topics = read_topics(reader, version)?;
            let error = kafka_error(reader.i16()?, None);
            Self::One(error.map_or(Ok(topics), Err))
        };
        reader.tags()?;
        Ok(reply)
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_topics(reader: &mut Reader<'_>, version: i16) -> Read<Vec<Committed>> {
    let mut all = Vec::new();
    reader.skip_items(3, |reader| {
        let topic = Name::from(reader.string()?);
        reader.skip_items(15, |reader| {
            let partition = TopicPartition { topic: topic.clone(), partition: reader.i32()? };
            let offset = reader.i64()?;
            let epoch = if version >= 5 { reader.i32()? } else { -1 };
            let metadata = reader.nullable_string()?.unwrap_or_default().to_owned();
            // An error of a partition is that of a topic that may not be described or does not
            // exist any more; all-topics requests leave such topics out.
            let code = reader.i16()?;
            reader.tags()?;
            if code == 0 && offset >= 0 {
                let leader_epoch = Some(epoch).filter(|epoch| *epoch >= 0);
                all.push(Committed { partition, offset, leader_epoch, metadata });
            }
            Ok(())
        })?;
        reader.tags()
    })?;
    Ok(all)
}
