//! `cluster brokers`: what each broker bears (Metadata; DescribeLogDirs and DescribeQuorum: DESCRIBE on
//! the cluster); also those that are registered and not there (DescribeCluster, since 4.0).

use std::collections::BTreeMap;

use super::describe::{active_controller, broker};
use crate::commands::topic::fetch;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::report::cluster::{BrokerItem, BrokerList, BrokerLoad};
use crate::topic::balance::{loads, skew};

/// Lists them.
pub async fn run(context: &Context<'_>) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = client.cluster_and_topics(None, false).await?;
    let half = client.with_half();
    let (dirs, unseen, fenced) = tokio::join!(
        fetch::log_dirs(context, &half, &cluster, None),
        fetch::warn_of_unseen(context, &half),
        half.fenced_brokers(),
    );
    let fenced = fenced.unwrap_or_else(|error| {
        context.ui.warn(&format!("not known which brokers are fenced: {}", error.message()));
        Vec::new()
    });
    // Behind the others: a controller that is silent keeps the broker that passes this on waiting.
    let half = client.with_half();
    let (controller, adding) =
        tokio::join!(active_controller(&half), fetch::adding(&half, &topics));
    match adding {
        Ok(adding) => fetch::note(&adding, &mut topics),
        Err(error) => fetch::warn_of_adding(context, &topics, &error),
    }
    let registered = cluster.brokers.iter().chain(&fenced).map(|broker| broker.id);
    let loads = loads(registered, &topics);
    let sizes: BTreeMap<i32, u64> =
        dirs.iter().filter_map(|(id, dirs)| Some((*id, fetch::size(dirs)?))).collect();
    // Who sees no topic counts nothing: that is not none.
    let known = !(unseen && topics.is_empty());
    let there = |id: i32| cluster.brokers.iter().find(|broker| broker.id == id);
    let alive = || loads.iter().filter(|(id, _)| there(**id).is_some());
    let leaders: Vec<u64> = alive().map(|(_, load)| load.leaders as u64).collect();
    let replicas: Vec<u64> = alive().map(|(_, load)| load.replicas as u64).collect();
    let all_sizes: Vec<u64> = sizes.values().copied().collect();
    let items = loads.iter().map(|(id, load)| {
        let found = there(*id);
        let fenced = fenced.iter().find(|broker| broker.id == *id);
        let size = sizes.get(id).copied();
        BrokerLoad {
            broker: found
                .or(fenced)
                .map_or_else(|| BrokerItem { id: *id, ..BrokerItem::default() }, broker),
            alive: found.is_some(),
            fenced: found.is_none() && fenced.is_some(),
            controller: controller.map(|controller| controller == *id),
            replicas: known.then_some(load.replicas),
            leaders: known.then_some(load.leaders),
            preferred_leaders: known.then_some(load.preferred),
            out_of_sync: known.then_some(load.out_of_sync),
            size_bytes: size,
            leader_skew_percent: known.then(|| skew(load.leaders as u64, &leaders)),
            replica_skew_percent: known.then(|| skew(load.replicas as u64, &replicas)),
            size_skew_percent: size.map(|size| skew(size, &all_sizes)),
        }
    });
    let items = items.collect();
    Ok(Outcome::report(BrokerList { cluster_id: cluster.id, items }))
}
