//! The cluster and its brokers: `DescribeCluster` (60, KIP-700), `Metadata` (3) where a broker is
//! older than 2.8. Neither needs a permission.

use std::collections::BTreeSet;

use kafka_protocol::messages::{DescribeClusterRequest, MetadataRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::model::Operation;
use crate::settings::Address;

use super::client::{Client, Purpose, Route};
use super::codes::kafka_error;
use super::connection::{Connection, Reply};
use super::deadline::Deadline;
use super::dial::show_address;
use super::fault::{Fault, Outcome};
use super::frame::Ask;
use super::reader::{Malformed, Reader};

/// A cluster as one of its brokers describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its id; brokers before 0.10.1 have none.
    pub id: Option<String>,
    /// The controller; with KRaft a broker that stands for it. `None` while there is none.
    pub controller: Option<i32>,
    /// The brokers that are alive, by id.
    pub brokers: Vec<Broker>,
    /// What the caller may do on the cluster (KIP-430); `None` when the broker does not say.
    pub authorized_operations: Option<BTreeSet<Operation>>,
}

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// `node.id`.
    pub id: i32,
    /// The advertised host.
    pub host: String,
    /// The advertised port.
    pub port: u16,
    /// `broker.rack`.
    pub rack: Option<String>,
}

impl Client {
    /// Describes the cluster: its id, its controller, its brokers, and what the caller may do on it.
    pub async fn describe_cluster(&self) -> Result<Cluster> {
        let any = self.any().await.map_err(|fault| fault.error)?;
        let cluster = if any.versions.offered(DescribeClusterRequest::KEY).is_some() {
            self.ask::<_, ClusterReply>(Route::Any, Purpose::Read, &describe_request()).await?
        } else {
            let reply: MetadataReply =
                self.ask(Route::Any, Purpose::Read, &metadata_request()).await?;
            reply.cluster
        };
        let cluster = cluster.into_result(&any.name)?;
        self.remember(cluster.clone());
        Ok(cluster)
    }

    /// The names of all topics that the caller may describe, sorted (`Metadata`, 3; DESCRIBE on each).
    pub async fn list_topics(&self) -> Result<Vec<String>> {
        let request = MetadataRequest::default().with_topics(None);
        let reply: MetadataReply = self.ask(Route::Any, Purpose::Read, &request).await?;
        let mut topics = reply.topics;
        topics.sort_unstable();
        Ok(topics)
    }
}

impl Cluster {
    /// Where the broker with this id is.
    pub(super) fn address_of(&self, id: i32) -> Option<Address> {
        let broker = self.brokers.iter().find(|broker| broker.id == id)?;
        Some(broker.address())
    }

    /// The id of the broker with this address, as [`show_address`] shows it.
    pub(super) fn id_of(&self, shown: &str) -> Option<i32> {
        let mut found = self.brokers.iter().filter(|b| show_address(&b.address()) == shown);
        found.next().map(|broker| broker.id)
    }
}

impl Broker {
    pub(super) fn address(&self) -> Address {
        Address { host: self.host.clone(), port: self.port }
    }
}

/// Asks one broker about the cluster.
pub(super) async fn fetch(connection: &Connection, deadline: Deadline) -> Outcome<Cluster> {
    let reply = if connection.versions.offered(DescribeClusterRequest::KEY).is_some() {
        connection.call::<_, ClusterReply>(&describe_request(), deadline).await?
    } else {
        connection.call::<_, MetadataReply>(&metadata_request(), deadline).await?.cluster
    };
    reply.into_result(&connection.name).map_err(Fault::elsewhere)
}

fn describe_request() -> DescribeClusterRequest {
    DescribeClusterRequest::default()
        .with_include_cluster_authorized_operations(true)
        .with_endpoint_type(1)
}

/// The cluster without any topic.
fn metadata_request() -> MetadataRequest {
    MetadataRequest::default().with_topics(Some(Vec::new())).with_allow_auto_topic_creation(false)
}

/// The answer to `DescribeCluster`.
struct ClusterReply {
    error: Option<KafkaError>,
    cluster: Cluster,
}

impl ClusterReply {
    fn into_result(self, broker: &str) -> Result<Cluster> {
        match self.error {
            None => Ok(self.cluster),
            Some(error) => {
                Err(Error::failed(format!("`{broker}` does not describe its cluster")).kafka(error))
            }
        }
    }
}

impl Reply for ClusterReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 2 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Result<Self, Malformed> {
        reader.throttle()?;
        let code = reader.i16()?;
        let message = reader.nullable_string()?;
        if version >= 1 {
            reader.i8()?;
        }
        let id = reader.string()?.to_owned();
        let controller = reader.i32()?;
        let brokers = reader.items(12, |reader| {
            let broker = read_broker(reader, true)?;
            if version >= 2 {
                reader.bool()?;
            }
            reader.tags()?;
            Ok(broker)
        })?;
        let operations = reader.i32()?;
        let cluster = Cluster {
            id: Some(id).filter(|id| !id.is_empty()),
            controller: Some(controller).filter(|id| *id >= 0),
            brokers,
            authorized_operations: operations_of(operations),
        };
        Ok(Self { error: kafka_error(code, message), cluster }.sorted())
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

impl ClusterReply {
    fn sorted(mut self) -> Self {
        self.cluster.brokers.sort_unstable_by_key(|broker| broker.id);
        self
    }
}

fn read_broker(reader: &mut Reader<'_>, rack: bool) -> Result<Broker, Malformed> {
    Ok(Broker {
        id: reader.i32()?,
        host: reader.string()?.to_owned(),
        port: u16::try_from(reader.i32()?).map_err(|_| Malformed("a port is out of range"))?,
        rack: if rack { reader.nullable_string()?.map(str::to_owned) } else { None },
    })
}

/// KIP-430: bit n stands for the operation with code n; the lowest number says "not told".
fn operations_of(bits: i32) -> Option<BTreeSet<Operation>> {
    (bits != i32::MIN)
        .then(|| (0..31).filter(|code| bits >> code & 1 == 1).map(Operation::from_code).collect())
}

/// The answer to `Metadata`.
struct MetadataReply {
    cluster: ClusterReply,
    topics: Vec<String>,
}

impl Reply for MetadataReply {
    const VERSIONS: VersionRange = VersionRange { min: 4, max: 12 };

    fn read(reader: &mut Reader<'_>, version: i16) -> Result<Self, Malformed> {
        reader.throttle()?;
        let brokers = reader.items(10, |reader| {
            let broker = read_broker(reader, true)?;
            reader.tags()?;
            Ok(broker)
        })?;
        let id = reader.nullable_string()?.map(str::to_owned);
        let controller = reader.i32()?;
        let topics = reader.items(5, |reader| read_topic(reader, version))?;
        let operations = if (8..=10).contains(&version) { reader.i32()? } else { i32::MIN };
        let cluster = Cluster {
            id,
            controller: Some(controller).filter(|id| *id >= 0),
            brokers,
            authorized_operations: operations_of(operations),
        };
        let topics = topics.into_iter().flatten().collect();
        Ok(Self { cluster: ClusterReply { error: None, cluster }.sorted(), topics })
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

fn read_topic(reader: &mut Reader<'_>, version: i16) -> Result<Option<String>, Malformed> {
    reader.i16()?;
    let name = reader.nullable_string()?.map(str::to_owned);
    if version >= 10 {
        reader.take(16)?;
    }
    reader.bool()?;
    reader.skip_items(14, |reader| {
        reader.i16()?;
        reader.i32()?;
        reader.i32()?;
        if version >= 7 {
            reader.i32()?;
        }
        let lists = if version >= 5 { 3 } else { 2 };
        for _ in 0..lists {
            reader.skip_items(4, |reader| reader.i32().map(drop))?;
        }
        reader.tags()
    })?;
    if version >= 8 {
        reader.i32()?;
    }
    reader.tags()?;
    Ok(name)
}
