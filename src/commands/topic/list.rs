//! `topic list`: the topics of the cluster (Metadata; needs DESCRIBE on each), with sizes
//! (DescribeLogDirs; needs DESCRIBE on the cluster) and health by `min.insync.replicas` (DescribeConfigs; needs
//! DESCRIBE_CONFIGS on each topic) where they are asked for.

use std::collections::BTreeMap;

use super::fetch;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::report::topics::{TopicItem, TopicList};
use crate::topic::Topic;
use crate::topic::select::Selection;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which topics.
    pub selection: Selection,
    /// Also sizes.
    pub sizes: bool,
    /// Also health by `min.insync.replicas`.
    pub health: bool,
}

/// Lists them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = fetch::topics(&client, &request.selection, false).await?;
    fetch::note_adding(context, &client, &mut topics).await;
    let (sizes, min_isr) = tokio::join!(
        async {
            if !request.sizes {
                return BTreeMap::new();
            }
            fetch::warn_of_missing_brokers(context, &cluster, &topics);
            let dirs = fetch::log_dirs(context, &client.brief(), &cluster, None).await;
            fetch::sizes(&topics, &dirs)
        },
        async {
            if request.health {
                fetch::min_isr(context, &client, &topics).await
            } else {
                Ok(BTreeMap::new())
            }
        }
    );
    let min_isr = min_isr?;
    let item = |topic: &Topic| {
        let mut item = TopicItem::new(topic, min_isr.get(&topic.name).copied());
        item.size_bytes = sizes.get(topic.name.as_str()).copied();
        item
    };
    let mut items: Vec<TopicItem> = topics.iter().map(item).collect();
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
