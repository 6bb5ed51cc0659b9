//! `cluster health`: one screen of what is wrong (Metadata; DescribeConfigs: DESCRIBE_CONFIGS on the topics;
//! DescribeQuorum, DescribeLogDirs: DESCRIBE on the cluster).

use crate::commands::topic::fetch;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::report::cluster_state::ClusterHealth;
use crate::topic::Problem;
use crate::topic::balance::loads;
use crate::topic::health::{
    Finding, Limits, of_balance, of_disks, of_quorum, of_silence, of_topics,
};

/// Looks, and says no when something is wrong.
pub async fn run(context: &Context<'_>, limits: Limits) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = client.cluster_and_topics(None, false).await?;
    fetch::note_adding(&client, &mut topics).await;
    let alive: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    // Also of topics whose replicas are all in sync: they may have fewer than are asked for.
    let (min_isr, quorum, dirs) = tokio::join!(
        fetch::min_isr(context, &client, &topics),
        client.describe_quorum(),
        client.log_dirs(&alive, Some(&[]))
    );
    let min_isr = min_isr?;
    let mut not_checked = Vec::new();
    let mut items = of_topics(&topics, |topic| min_isr.get(&topic.name).copied());
    items.extend(of_balance(&alive, &loads(alive.iter().copied(), &topics), limits));
    match quorum {
        Ok(quorum) => items.extend(of_quorum(&quorum, limits)),
        Err(error) if without_quorum(&client, &error).await => {}
        Err(error) => not_checked.push(why("the quorum", &error)),
    }
    let mut refused = None;
    for (id, dirs) in dirs {
        match dirs {
            Ok(dirs) => items.extend(of_disks(id, &dirs, limits)),
            Err(error) if error.kafka_error().is_none() => {
                items.push(of_silence(id, error.message().to_owned()));
            }
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    if let Some(error) = refused {
        not_checked.push(why("disks", &error));
    }
    not_checked.extend(fetch::unseen(&client, &topics).await);
    let without = topics.iter().filter(|t| t.error.is_none() && !min_isr.contains_key(&t.name));
    match without.count() {
        0 => {}
        count => not_checked.push(format!(
            "min.insync.replicas of {count} topics: their configuration cannot be read"
        )),
    }
    // The causes stand before what follows from them.
    items.sort_by_key(|finding: &Finding| (finding.severity, rank(finding.code), finding.code));
    let healthy = items.is_empty();
    Ok(Outcome::report(ClusterHealth {
        cluster_id: cluster.id,
        healthy,
        brokers: alive.len(),
        topics: topics.len(),
        partitions: topics.iter().map(|topic| topic.partitions.len()).sum(),
        not_checked,
        items,
    })
    .no_if(!healthy))
}

/// The worst first; what is gone comes before the partitions that miss it.
fn rank(code: &str) -> usize {
    let of_topics = Problem::ALL.iter().position(|problem| problem.word() == code);
    of_topics.map_or(0, |at| at + 1)
}

fn why(what: &str, error: &Error) -> String {
    let cause = error.causes().first().map(|cause| format!(" ({cause})"));
    format!("{what}: {}{}", error.message(), cause.unwrap_or_default())
}

/// A cluster with ZooKeeper has no quorum.
async fn without_quorum(client: &Client, error: &Error) -> bool {
    error.kafka_error().is_none() && client.metadata_version().await.is_none()
}
