//! `cluster log-dirs`: what lies on the disks, the largest first (DescribeLogDirs; needs DESCRIBE on the
//! cluster).

use std::collections::BTreeMap;

use crate::commands::topic::fetch;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::{Client, Cluster};
use crate::report::acl_write::ItemError;
use crate::report::cluster_state::{LogDirItem, LogDirList};
use crate::topic::Topic;
use crate::topic::disk::LogDir;
use crate::topic::select::Selection;

/// What sizes are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// A row a broker.
    Broker,
    /// A row a folder.
    #[default]
    Dir,
    /// A row a topic.
    Topic,
    /// A row a replica.
    Replica,
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What sizes are added up by.
    pub by: By,
    /// Only these brokers.
    pub brokers: Vec<i32>,
    /// Only these topics.
    pub topics: Vec<String>,
}

/// Shows them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (mut cluster, topics) = if request.topics.is_empty() {
        (client.describe_cluster().await?, None)
    } else {
        let selection = Selection { names: request.topics.clone(), ..Selection::default() };
        let (cluster, topics) = fetch::topics(&client, &selection, false).await?;
        fetch::all_there(&client, &topics).await?;
        (cluster, Some(topics))
    };
    super::are_there(&request.brokers, &cluster)?;
    cluster.brokers.retain(|b| request.brokers.is_empty() || request.brokers.contains(&b.id));
    let asked: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let mut found: BTreeMap<i32, Vec<LogDir>> = BTreeMap::new();
    let mut failed = None;
    for (id, dirs) in client.with_half().log_dirs(&asked, topics.as_deref()).await {
        match dirs {
            Ok(dirs) => drop(found.insert(id, dirs)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if request.brokers.is_empty() {
        warn_of_missing(context, &client, &cluster, topics.as_deref()).await;
    }
    if found.is_empty()
        && let Some(error) = failed
    {
        return Err(error);
    }
    if !matches!(request.by, By::Dir) {
        fetch::warn_of_failed_dirs(context, &found);
    }
    let (by, mut items) = match request.by {
        By::Broker => ("broker", by_broker(&found)),
        By::Dir => ("dir", by_dir(&found)),
        By::Topic => ("topic", by_topic(&found)),
        By::Replica => ("replica", by_replica(&found)),
    };
    items.sort_by_key(|item| std::cmp::Reverse(item.size_bytes));
    Ok(Outcome::report(LogDirList { cluster_id: cluster.id, by, items }).with_error(failed))
}

/// Says so when brokers that hold some of it are not there: what they have is missing without a word else.
async fn warn_of_missing(
    context: &Context<'_>,
    client: &Client,
    cluster: &Cluster,
    topics: Option<&[Topic]>,
) {
    if let Some(topics) = topics {
        return fetch::warn_of_missing_brokers(context, cluster, topics);
    }
    match client.missing_brokers().await {
        Ok(missing) => fetch::warn_of_missing(context, &missing),
        Err(error) => {
            context.ui.warn(&format!("not known which brokers are gone: {}", error.message()));
        }
    }
}

fn by_broker(found: &BTreeMap<i32, Vec<LogDir>>) -> Vec<LogDirItem> {
    let row = |(id, dirs): (&i32, &Vec<LogDir>)| {
        let size = fetch::size(dirs);
        LogDirItem {
            broker_id: Some(*id),
            size_bytes: size,
            replicas: size.map(|_| dirs.iter().map(|dir| dir.replicas.len()).sum()),
            total_bytes: dirs.iter().map(|dir| dir.total_bytes).sum(),
            usable_bytes: dirs.iter().map(|dir| dir.usable_bytes).sum(),
            ..LogDirItem::default()
        }
    };
    found.iter().map(row).collect()
}

fn by_dir(found: &BTreeMap<i32, Vec<LogDir>>) -> Vec<LogDirItem> {
    let all = found.iter().flat_map(|(id, dirs)| dirs.iter().map(move |dir| (*id, dir)));
    let row = |(id, dir): (i32, &LogDir)| LogDirItem {
        broker_id: Some(id),
        path: Some(dir.path.clone()),
        size_bytes: dir.error.is_none().then(|| dir.bytes()),
        replicas: dir.error.is_none().then_some(dir.replicas.len()),
        total_bytes: dir.total_bytes,
        usable_bytes: dir.usable_bytes,
        error: dir.error.as_ref().map(ItemError::from),
        ..LogDirItem::default()
    };
    all.map(row).collect()
}

fn by_topic(found: &BTreeMap<i32, Vec<LogDir>>) -> Vec<LogDirItem> {
    let mut sums: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for replica in found.values().flatten().flat_map(|dir| &dir.replicas) {
        let sum = sums.entry(&replica.topic).or_default();
        sum.0 += replica.bytes;
        sum.1 += 1;
    }
    let row = |(topic, (bytes, replicas)): (&str, (u64, usize))| LogDirItem {
        topic: Some(topic.to_owned()),
        size_bytes: Some(bytes),
        replicas: Some(replicas),
        ..LogDirItem::default()
    };
    sums.into_iter().map(row).collect()
}

fn by_replica(found: &BTreeMap<i32, Vec<LogDir>>) -> Vec<LogDirItem> {
    let mut rows = Vec::new();
    for (id, dirs) in found {
        for dir in dirs {
            rows.extend(dir.replicas.iter().map(|replica| LogDirItem {
                broker_id: Some(*id),
                path: Some(dir.path.clone()),
                topic: Some(replica.topic.to_string()),
                partition: Some(replica.partition),
                size_bytes: Some(replica.bytes),
                lag: Some(replica.lag),
                future: Some(replica.future),
                ..LogDirItem::default()
            }));
        }
    }
    rows
}
