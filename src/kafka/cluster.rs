//! The cluster and its brokers: `DescribeCluster` (60, KIP-700), `Metadata` (3) where a broker is
//! older than 2.8; neither needs a permission, but with a controller (ALTER on the cluster; KIP-919). `UnregisterBroker` (64, KIP-631; ALTER on the cluster).

use std::collections::BTreeSet;

use kafka_protocol::messages::{DescribeClusterRequest, UnregisterBrokerRequest};
use kafka_protocol::protocol::VersionRange;

use crate::error::{Error, KafkaError, Result};
use crate::model::Operation;
use crate::settings::Address;

use super::client::{Client, Purpose, Route};
use super::codes::{CLUSTER_AUTHORIZATION_FAILED, UNSUPPORTED_VERSION, kafka_error};
use super::connection::{Connection, Reply};
use super::deadline::Deadline;
use super::failure;
use super::fault::{Fault, Outcome};
use super::frame::Ask;
use super::metadata::{self, MetadataReply};
use super::named::{Outcomes, item};
use super::quorum::PlainReply;
use super::reader::{Malformed, Reader};
use super::setup::Setup;

/// A cluster as one of its brokers describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its id; brokers before 0.10.1 have none.
    pub id: Option<String>,
    /// The controller; with KRaft a broker that stands for it, unless a controller tells. `None` while there is none.
    pub controller: Option<i32>,
    /// The brokers that are alive, by id; none where a controller tells.
    pub brokers: Vec<Broker>,
    /// The controllers, by id, where one of them tells.
    pub controllers: Vec<Broker>,
    /// What the caller may do on the cluster (KIP-430); `None` when the broker does not say.
    pub authorized_operations: Option<BTreeSet<Operation>>,
}

impl Cluster {
    /// Those that can be asked: the brokers, or the controllers where one of them tells.
    pub fn nodes(&self) -> &[Broker] {
        if self.controllers.is_empty() { &self.brokers } else { &self.controllers }
    }

    /// Whether the caller may do this to the cluster; `None` where the brokers do not say.
    pub fn lets(&self, operation: Operation) -> Option<bool> {
        self.authorized_operations.as_ref().map(|all| all.contains(&operation))
    }
}

/// A broker, or a controller.
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
            let request = describe_request(self.talks_to_controllers());
            self.ask::<_, ClusterReply>(Route::Any, Purpose::Read, &request).await?
        } else {
            let reply: MetadataReply =
                self.ask(Route::Any, Purpose::Read, &metadata::no_topics()).await?;
            reply.cluster
        };
        let cluster = cluster.into_result(&any.name, self.user().as_deref())?;
        self.remember(&cluster);
        Ok(cluster)
    }

    /// An error when the caller may not ALTER the cluster, as far as the broker tells; `what` needs it.
    pub async fn may_alter(&self, what: &str) -> Result<()> {
        self.may((Operation::Alter, "alter"), what).await
    }

    /// The same for ALTER_CONFIGS.
    pub async fn may_alter_configs(&self, what: &str) -> Result<()> {
        self.may((Operation::AlterConfigs, "alter-configs"), what).await
    }

    async fn may(&self, (operation, word): (Operation, &str), what: &str) -> Result<()> {
        if self.describe_cluster().await?.lets(operation) == Some(false) {
            return Err(self.not_authorized(what, word));
        }
        Ok(())
    }

    /// The brokers that the cluster knows and that are not there, sorted: those that are fenced
    /// (`DescribeCluster` 2, KIP-1073, brokers since 4.0), and those that hold replicas of topics that the
    /// caller may describe (`Metadata`).
    pub async fn missing_brokers(&self) -> Result<Vec<i32>> {
        let fenced = self.fenced_brokers().await?;
        let mut known: BTreeSet<i32> = fenced.iter().map(|broker| broker.id).collect();
        let (cluster, topics) = self.cluster_and_topics(None, false).await?;
        let held = topics.iter().flat_map(|topic| &topic.partitions).flat_map(|p| &p.replicas);
        known.extend(held.copied());
        for broker in &cluster.brokers {
            known.remove(&broker.id);
        }
        Ok(known.into_iter().collect())
    }
}

impl Client {
    /// The brokers that are registered and not there (`DescribeCluster` 2, KIP-1073); older brokers than 4.0
    /// tell of none.
    pub async fn fenced_brokers(&self) -> Result<Vec<Broker>> {
        if self.talks_to_controllers() || !self.offers(DescribeClusterRequest::KEY).await? {
            return Ok(Vec::new());
        }
        let make = |version: i16| describe_request(false).with_include_fenced_brokers(version >= 2);
        let reply: ClusterReply = self.ask_by_version(Route::Any, Purpose::Read, make).await?;
        Ok(reply.fenced)
    }

    /// Whether the broker that is connected tells of brokers that are registered and not there.
    pub async fn tells_of_fenced_brokers(&self) -> Result<bool> {
        let newest = self.newest_offered(DescribeClusterRequest::KEY).await?;
        Ok(newest.is_some_and(|newest| newest >= 2))
    }

    /// Takes a broker's registration away, for good. An error of
    /// [`Kind::Unfinished`](crate::error::Kind::Unfinished) means that it may be gone.
    pub async fn unregister_broker(&self, id: i32) -> Result<Outcomes<()>> {
        let request = UnregisterBrokerRequest::default().with_broker_id(id.into());
        let purpose = Purpose::Write("unregister a broker");
        let reply: PlainReply = self.ask(Route::Any, purpose, &request).await?;
        Ok(vec![item(reply.error, ())])
    }
}

impl Broker {
    pub(super) fn address(&self) -> Address {
        Address { host: self.host.clone(), port: self.port }
    }
}

/// Asks one broker or controller about the cluster; `user` is who asks, where that is known.
pub(super) async fn fetch(
    connection: &Connection,
    setup: &Setup,
    deadline: Deadline,
) -> Outcome<Cluster> {
    let reply = if connection.versions.offered(DescribeClusterRequest::KEY).is_some() {
        let request = describe_request(setup.config.controllers);
        connection.call::<_, ClusterReply>(&request, deadline).await?
    } else {
        connection.call::<_, MetadataReply>(&metadata::no_topics(), deadline).await?.cluster
    };
    let may_pass = reply.error.as_ref().is_none_or(|error| error.retriable);
    let nature = if may_pass { Fault::elsewhere } else { Fault::here };
    reply.into_result(&connection.name, setup.user().as_deref()).map_err(nature)
}

/// Which nodes are asked for (KIP-919).
const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

fn describe_request(controllers: bool) -> DescribeClusterRequest {
    DescribeClusterRequest::default()
        .with_include_cluster_authorized_operations(true)
        .with_endpoint_type(if controllers { CONTROLLERS } else { BROKERS })
}

/// The answer to `DescribeCluster`.
pub(super) struct ClusterReply {
    pub error: Option<KafkaError>,
    pub cluster: Cluster,
    /// Brokers that are known and not there, where that was asked for.
    pub fenced: Vec<Broker>,
}

impl ClusterReply {
    /// `broker` is who answered, `user` who asked, where that is known.
    pub fn into_result(self, broker: &str, user: Option<&str>) -> Result<Cluster> {
        let Some(error) = self.error else { return Ok(self.cluster) };
        match error.code {
            // Only controllers ask for a permission.
            CLUSTER_AUTHORIZATION_FAILED => {
                Err(failure::refused(broker, "talk to controllers", "alter", user, error))
            }
            UNSUPPORTED_VERSION => Err(failure::no_talk_to_controllers(broker, error)),
            _ => {
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
        let of_controllers = version >= 1 && reader.i8()? == CONTROLLERS;
        let id = reader.string()?.to_owned();
        let controller = reader.i32()?;
        let mut fenced = Vec::new();
        let (mut brokers, mut controllers) = (Vec::new(), Vec::new());
        for _ in 0..reader.array(12)? {
            let broker = read_broker(reader, true)?;
            let is_fenced = version >= 2 && reader.bool()?;
            let list = match (of_controllers, is_fenced) {
                (true, _) => &mut controllers,
                (false, true) => &mut fenced,
                (false, false) => &mut brokers,
            };
            list.push(broker);
            reader.tags()?;
        }
        let operations = reader.i32()?;
        let cluster = Cluster {
            id: Some(id).filter(|id| !id.is_empty()),
            controller: Some(controller).filter(|id| *id >= 0),
            brokers,
            controllers,
            authorized_operations: operations_of(operations),
        };
        Ok(Self { error: kafka_error(code, message), cluster, fenced }.sorted())
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

impl ClusterReply {
    pub fn sorted(mut self) -> Self {
        self.cluster.brokers.sort_unstable_by_key(|broker| broker.id);
        self.cluster.controllers.sort_unstable_by_key(|controller| controller.id);
        self
    }
}

pub(super) fn read_broker(reader: &mut Reader<'_>, rack: bool) -> Result<Broker, Malformed> {
    Ok(Broker {
        id: reader.i32()?,
        host: reader.string()?.to_owned(),
        port: u16::try_from(reader.i32()?).map_err(|_| Malformed("a port is out of range"))?,
        rack: if rack { reader.nullable_string()?.map(str::to_owned) } else { None },
    })
}

/// KIP-430: bit n stands for the operation with code n; the lowest number says "not told".
pub(super) fn operations_of(bits: i32) -> Option<BTreeSet<Operation>> {
    (bits != i32::MIN)
        .then(|| (0..31).filter(|code| bits >> code & 1 == 1).map(Operation::from_code).collect())
}
