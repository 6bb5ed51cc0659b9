//! `topic list`: the topics of the cluster (Metadata; needs DESCRIBE on each), with sizes
//! (DescribeLogDirs; needs DESCRIBE on the cluster) where they are asked for.

use super::fetch;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::report::topics::{TopicItem, TopicList};
use crate::topic::select::Selection;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which topics.
    pub selection: Selection,
    /// Also sizes, and health by `min.insync.replicas`.
    pub details: bool,
}

/// Lists them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = fetch::topics(&client, &request.selection, false).await?;
    fetch::note_adding(context, &client, &mut topics).await;
    let mut items: Vec<TopicItem>;
    if request.details {
        fetch::warn_of_missing_brokers(context, &cluster, &topics);
        let brief = client.brief();
        let (dirs, min_isr) = tokio::join!(
            fetch::log_dirs(context, &brief, &cluster, None),
            fetch::min_isr(context, &client, &topics)
        );
        let (sizes, min_isr) = (fetch::sizes(&topics, &dirs), min_isr?);
        items = topics
            .iter()
            .map(|topic| TopicItem::new(topic, min_isr.get(&topic.name).copied()))
            .collect();
        for item in items.iter_mut().filter(|item| item.error.is_none()) {
            item.size_bytes = sizes.get(item.name.as_str()).copied();
        }
    } else {
        items = topics.iter().map(|topic| TopicItem::new(topic, None)).collect();
    }
    let error = match fetch::missing(&topics) {
        Some(error) => Some(fetch::with_nearest(&client, &topics, fetch::TO_SEE, error).await),
        None => None,
    };
    items.retain(|item| item.error.is_none());
    let Selection { names, prefix, pattern, .. } = &request.selection;
    let all = names.is_empty() && prefix.is_none() && pattern.is_none();
    if all && items.is_empty() {
        fetch::warn_of_unseen(context, &client).await;
    }
    // Which names are not there says the error.
    let filtered = error.is_some();
    Ok(Outcome::report(TopicList { cluster_id: cluster.id, items, filtered }).with_error(error))
}
