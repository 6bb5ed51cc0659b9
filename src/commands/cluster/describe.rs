//! `cluster describe`: id, version, controller, brokers, features, and what the caller may do
//! (DescribeCluster, ApiVersions; no permission needed). The active controller is told by
//! DescribeQuorum (DESCRIBE on the cluster), whether there is an authorizer by DescribeAcls.

use std::time::Duration;

use futures_util::future::join_all;

use super::abilities::features_of;
use crate::commands::written::CLUSTER_AUTHORIZATION_FAILED;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::{Broker, Client, Cluster};
use crate::model::{Filter, MetadataVersion};
use crate::report::cluster::{BrokerItem, ClusterDescription};

/// SECURITY_DISABLED.
const NO_AUTHORIZER: i16 = 54;

/// Describes it.
pub async fn run(context: &Context<'_>) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, abilities, metadata_version, controller, authorizer) = tokio::join!(
        client.describe_cluster(),
        client.abilities(None),
        client.metadata_version(),
        active_controller(&client),
        authorizer(&client),
    );
    let (cluster, abilities) = (cluster?, abilities?);
    let mut nodes = nodes(context, &client, &cluster).await;
    let kraft = abilities.features_epoch.is_some() || metadata_version.is_some();
    Ok(Outcome::report(ClusterDescription {
        controller_id: controller.or(cluster.controller.filter(|_| !kraft)),
        metadata_version: metadata_version.map(|version| version.to_string()),
        authorizer,
        authorized_operations: cluster
            .authorized_operations
            .as_ref()
            .map(|operations| operations.iter().copied().collect()),
        controllers: if client.talks_to_controllers() { nodes.split_off(0) } else { Vec::new() },
        brokers: nodes,
        features: features_of(&[abilities]),
        cluster_id: cluster.id,
    }))
}

/// The leader of the quorum; with KRaft the brokers name any broker as the controller.
pub async fn active_controller(client: &Client) -> Option<i32> {
    client.describe_quorum().await.ok().map(|quorum| quorum.leader)
}

/// Whether there is one; `None` when that cannot be found out.
async fn authorizer(client: &Client) -> Option<bool> {
    // A filter that finds next to nothing: only the answer as such is of interest.
    let filter = Filter { resource_name: Some("kafka-cluster".into()), ..Filter::default() };
    match client.describe_acls(&filter).await {
        Ok(_) => Some(true),
        Err(error) => match error.kafka_error()?.code {
            NO_AUTHORIZER => Some(false),
            CLUSTER_AUTHORIZATION_FAILED => Some(true),
            _ => None,
        },
    }
}

/// How long a broker may take to tell what it supports; a description can do without.
const PATIENCE: Duration = Duration::from_secs(5);

/// The brokers, or the controllers where they are talked to, with their releases. No request asks for a release: it is that of the highest
/// metadata.version that the node supports (KIP-778).
async fn nodes(context: &Context<'_>, client: &Client, cluster: &Cluster) -> Vec<BrokerItem> {
    let client = client.within(PATIENCE);
    let node = client.node();
    let release = async |id: i32| {
        let told = client.abilities(Some(id)).await;
        let abilities = told.map_err(|error| {
            let cause = error.causes().first().map_or(String::new(), |cause| format!(": {cause}"));
            let message = error.message();
            context.ui.warn(&format!("the version of {node} {id} is not known: {message}{cause}"));
        });
        let (_, max) = abilities.ok()?.features.get("metadata.version")?.supported?;
        MetadataVersion(max).release()
    };
    let told = cluster.nodes().iter().map(|one| async {
        let version = release(one.id).await;
        BrokerItem { version, ..broker(one) }
    });
    join_all(told).await
}

/// A broker that is there.
pub fn broker(broker: &Broker) -> BrokerItem {
    BrokerItem {
        id: broker.id,
        host: Some(broker.host.clone()),
        port: Some(broker.port),
        rack: broker.rack.clone(),
        version: None,
    }
}
