//! `topic export`: topics of a cluster as a topic file (Metadata and DescribeConfigs; needs DESCRIBE and
//! DESCRIBE_CONFIGS on the topics).

use super::fetch;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::ConfigQuestion;
use crate::model::visible;
use crate::report::text::Text;
use crate::topic::file::{Written, write};
use crate::topic::reassign::throttle::is_passing;
use crate::topic::select::Selection;
use crate::topic::{ConfigEntry, ConfigSource, Topic};

/// Writes them.
pub async fn run(context: &Context<'_>, selection: &Selection) -> Result<Outcome> {
    let client = context.connect().await?;
    let (cluster, mut topics) = fetch::topics(&client, selection, false).await?;
    fetch::all_there(&client, &topics).await?;
    fetch::note_adding(context, &client, &mut topics).await;
    if selection.names.is_empty() && topics.is_empty() {
        fetch::warn_of_unseen(context, &client).await;
    }
    let mut configs = fetch::configs(context, &client, &topics, &ConfigQuestion::default()).await?;
    let written = |topic: &Topic| {
        let alike = topic.differing_factors().is_empty();
        if !alike {
            context.ui.warn(&format!(
                "the partitions of `{}` have different numbers of replicas, which no file can say: none is written",
                visible(&topic.name)
            ));
        }
        Written {
            name: topic.name.to_string(),
            partitions: topic.partitions.len(),
            replication_factor: alike.then(|| topic.replication_factor()),
            configs: configs.remove(&topic.name).map(|entries| own(&entries)),
        }
    };
    let topics: Vec<Written> = topics.iter().map(written).collect();
    Ok(Outcome::report(Text::new("TopicFile", write(cluster.id.as_deref(), &topics))))
}

/// What a topic sets itself, but for what a reassignment leaves there for a while.
pub(super) fn own(entries: &[ConfigEntry]) -> Vec<(String, String)> {
    let is_own = |entry: &&ConfigEntry| {
        entry.source == ConfigSource::DynamicTopicConfig && !is_passing(&entry.name)
    };
    let pair = |entry: &ConfigEntry| Some((entry.name.clone(), entry.value.clone()?));
    entries.iter().filter(is_own).filter_map(pair).collect()
}
