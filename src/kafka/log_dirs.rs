//! What lies on the disks of brokers: `DescribeLogDirs` (35, KIP-113; DESCRIBE on the cluster).

use std::collections::BTreeMap;

use futures_util::future::join_all;
use kafka_protocol::messages::DescribeLogDirsRequest;
use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::topic::Topic;
use crate::topic::disk::{LogDir, Replica};

use super::client::{Client, Purpose, Route};
use super::codes::{CLUSTER_AUTHORIZATION_FAILED, kafka_error};
use super::connection::Reply;
use super::reader::{Malformed, Reader};
use super::topics::topic_name;

impl Client {
    /// The log folders of each of these brokers, asked side by side; with `topics` only what they
    /// have there. A broker that does not answer has an error of its own.
    pub async fn log_dirs(
        &self,
        brokers: &[i32],
        topics: Option<&[Topic]>,
    ) -> BTreeMap<i32, Result<Vec<LogDir>>> {
        let describable = |topic: &Topic| {
            DescribableLogDirTopic::default()
                .with_topic(topic_name(&topic.name))
                .with_partitions(topic.partitions.iter().map(|p| p.index).collect())
        };
        let asked = topics.map(|topics| topics.iter().map(describable).collect());
        let request = DescribeLogDirsRequest::default().with_topics(asked);
        let request = &request;
        let answers = brokers.iter().map(|id| async move {
            let reply: Result<DirsReply> =
                self.ask(Route::Broker(*id), Purpose::Read, request).await;
            (*id, reply.and_then(|reply| self.dirs(*id, reply)))
        });
        join_all(answers).await.into_iter().collect()
    }

    fn dirs(&self, broker: i32, reply: DirsReply) -> Result<Vec<LogDir>> {
        match reply.error {
            None => Ok(reply.dirs),
            Some(error) if error.code == CLUSTER_AUTHORIZATION_FAILED => {
                Err(self.refused("describe log folders", "describe", error))
            }
            Some(error) => {
                let text = format!("broker {broker} does not describe its log folders");
                Err(Error::failed(text).kafka(error))
            }
        }
    }
}

/// The answer.
struct DirsReply {
    error: Option<KafkaError>,
    dirs: Vec<LogDir>,
}

impl Reply for DirsReply {
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 4 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let mut error = if version >= 3 { kafka_error(reader.i16()?, None) } else { None };
        let mut dirs = reader.items(4, |reader| read_dir(reader, version))?;
        reader.tags()?;
        dirs.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        // Before version 3 whoever may not ask is told nothing at all.
        if version < 3 && dirs.is_empty() {
            error = kafka_error(CLUSTER_AUTHORIZATION_FAILED, None);
        }
        Ok(Self { error, dirs })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

fn read_dir(reader: &mut Reader<'_>, version: i16) -> std::result::Result<LogDir, Malformed> {
    let error = kafka_error(reader.i16()?, None);
    let path = reader.string()?.to_owned();
    let mut replicas = Vec::new();
    for _ in 0..reader.array(3)? {
        let topic = crate::model::Name::from(reader.string()?);
        for _ in 0..reader.array(21)? {
            replicas.push(Replica {
                topic: topic.clone(),
                partition: reader.i32()?,
                bytes: u64::try_from(reader.i64()?).unwrap_or(0),
                lag: reader.i64()?,
                future: reader.bool()?,
            });
            reader.tags()?;
        }
        reader.tags()?;
    }
    let (total, usable) = if version >= 4 { (reader.i64()?, reader.i64()?) } else { (-1, -1) };
    reader.tags()?;
    Ok(LogDir {
        path,
        error,
        total_bytes: u64::try_from(total).ok(),
        usable_bytes: u64::try_from(usable).ok(),
        replicas,
    })
}
