//! `cluster health`: one screen of what is wrong (Metadata; DescribeConfigs: DESCRIBE_CONFIGS on the topics;
//! DescribeQuorum, DescribeLogDirs: DESCRIBE on the cluster).

use std::collections::BTreeMap;

use crate::commands::topic::fetch;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::report::cluster_state::ClusterHealth;
use crate::topic::Problem;
use crate::topic::balance::loads;
use crate::topic::health::{Limits, of_balance, of_disks, of_quorum, of_silence, of_topics};

/// Looks, and says no when something is wrong.
pub async fn run(context: &Context<'_>, limits: Limits) -> Result<Outcome> {
    let client = context.connect().await?;
    if client.talks_to_controllers() {
        return of_controllers(&client, limits).await;
    }
    let (cluster, mut topics) = client.cluster_and_topics(None, false).await?;
    let alive: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let half = client.with_half();
    // Also of topics whose replicas are all in sync: they may have fewer than are asked for.
    let (min_isr, dirs, unseen, has_quorum, fenced) = tokio::join!(
        fetch::min_isr(context, &half, &topics),
        half.log_dirs(&alive, Some(&[])),
        fetch::unseen(&half),
        half.has_quorum(),
        half.fenced_brokers(),
    );
    // What a broker passes on to a controller that is silent keeps whatever is asked behind it waiting: it comes
    // last.
    let half = client.with_half();
    let (quorum, adding) = tokio::join!(half.describe_quorum(), fetch::adding(&half, &topics));
    let mut not_checked = Vec::new();
    match adding {
        Ok(adding) => fetch::note(&adding, &mut topics),
        Err(error) => not_checked.push(why("which replicas a reassignment adds", &error)),
    }
    let min_isr = min_isr.unwrap_or_else(|error| {
        not_checked.push(why("min.insync.replicas", &error));
        BTreeMap::new()
    });
    let fenced = fenced.unwrap_or_else(|error| {
        not_checked.push(why("which brokers are registered and not there", &error));
        Vec::new()
    });
    let registered = alive.iter().copied().chain(fenced.iter().map(|broker| broker.id));
    let mut items = of_topics(&topics, |topic| min_isr.get(&topic.name).copied());
    items.extend(of_balance(&alive, &loads(registered, &topics), limits));
    match quorum {
        Ok(quorum) => items.extend(of_quorum(&quorum, limits)),
        // A cluster with ZooKeeper has none.
        Err(_) if has_quorum.is_ok_and(|has| !has) => {}
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
    not_checked.extend(unseen);
    let without = topics.iter().filter(|t| t.error.is_none() && !min_isr.contains_key(&t.name));
    match without.count() {
        0 => {}
        count => not_checked.push(format!(
            "min.insync.replicas of {count} topics: their configuration cannot be read"
        )),
    }
    Ok(verdict(ClusterHealth {
        cluster_id: cluster.id,
        healthy: false,
        brokers: Some(alive.len()),
        topics: Some(topics.len()),
        partitions: Some(topics.iter().map(|topic| topic.partitions.len()).sum()),
        not_checked,
        items,
    }))
}

/// What controllers tell: the quorum, who follows it among them.
async fn of_controllers(client: &Client, limits: Limits) -> Result<Outcome> {
    let (cluster, quorum) = tokio::join!(client.describe_cluster(), client.describe_quorum());
    Ok(verdict(ClusterHealth {
        cluster_id: cluster?.id,
        healthy: false,
        brokers: None,
        topics: None,
        partitions: None,
        not_checked: vec!["topics, brokers and disks: controllers do not tell of them".to_owned()],
        items: of_quorum(&quorum?, limits),
    }))
}

/// The causes before what follows from them, and whether all is well.
fn verdict(mut health: ClusterHealth) -> Outcome {
    health.items.sort_by_key(|finding| (finding.severity, rank(finding.code), finding.code));
    let found = !health.items.is_empty();
    health.healthy = !found && health.not_checked.is_empty();
    // A watchman who sees nothing, because he may not look, must not say that all is well.
    let unsure = (!found && !health.healthy)
        .then(|| Error::failed("nothing was found, and not everything could be looked at"));
    Outcome::report(health).no_if(found).with_error(unsure)
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
