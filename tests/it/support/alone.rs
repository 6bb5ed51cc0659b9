//! A scripted cluster of one broker, which tells where it is itself.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, BrokerId, DescribeClusterResponse, MetadataResponse, TopicName,
};

use super::scripted::{Reply, Request, Scripted, offers, text};

/// A topic of one partition, of which only broker 1, its leader, is in sync.
pub fn topic(name: &str, replicas: &[i32]) -> MetadataResponseTopic {
    let partition = MetadataResponsePartition::default()
        .with_leader_id(BrokerId(1))
        .with_replica_nodes(replicas.iter().copied().map(BrokerId).collect())
        .with_isr_nodes(vec![BrokerId(1)]);
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(name))))
        .with_partitions(vec![partition])
}

/// Starts broker 1 of a cluster that has these topics; what else it is asked, `rest` answers.
pub fn alone(
    topics: Vec<MetadataResponseTopic>,
    rest: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Scripted {
    alone_offering(&[], topics, rest)
}

/// The same, which offers some APIs only in these versions: `(key, min, max)`.
pub fn alone_offering(
    offered: &'static [(ApiKey, i16, i16)],
    topics: Vec<MetadataResponseTopic>,
    rest: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Scripted {
    let own: Arc<OnceLock<SocketAddr>> = Arc::default();
    let broker = Scripted::start_raw(None, {
        let own = Arc::clone(&own);
        move |request: &Request| {
            let at = *own.get().expect("it runs");
            let (host, port) = (text(&at.ip().to_string()), i32::from(at.port()));
            match request.key {
                ApiKey::ApiVersions => request.answer(&offers(offered)),
                ApiKey::DescribeCluster => {
                    let own = DescribeClusterBroker::default().with_broker_id(BrokerId(1));
                    let cluster = DescribeClusterResponse::default()
                        .with_cluster_id(text("cluster"))
                        .with_controller_id(BrokerId(1))
                        .with_brokers(vec![own.with_host(host).with_port(port)]);
                    request.answer(&cluster)
                }
                ApiKey::Metadata => {
                    let own = MetadataResponseBroker::default().with_node_id(BrokerId(1));
                    let answer = MetadataResponse::default()
                        .with_cluster_id(Some(text("cluster")))
                        .with_controller_id(BrokerId(1))
                        .with_brokers(vec![own.with_host(host).with_port(port)])
                        .with_topics(topics.clone());
                    request.answer(&answer)
                }
                _ => rest(request),
            }
        }
    });
    own.set(broker.address).expect("set once");
    broker
}
