//! A scripted cluster of one broker, which tells where it is itself.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponseTopic};
use kafka_protocol::messages::{ApiKey, BrokerId, DescribeClusterResponse, MetadataResponse};

use super::scripted::{Reply, Request, Scripted, offers, text};

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
