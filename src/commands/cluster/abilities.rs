//! `cluster api-versions` and `cluster features` (ApiVersions; no permission needed).

use std::collections::BTreeMap;

use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Abilities, Api, Client};
use crate::model::MetadataVersion;
use crate::report::cluster::{ApiItem, ApiVersionList, ApiVersionSet, FeatureItem, FeatureList};

/// What each broker offers, those that offer the same together; only `brokers` when it names some.
pub async fn api_versions(context: &Context<'_>, brokers: &[i32]) -> Result<Outcome> {
    let client = context.connect().await?;
    let (all, error) = of_brokers(&client, brokers).await?;
    let mut sets: Vec<ApiVersionSet> = Vec::new();
    for (id, abilities) in &all {
        let apis: Vec<ApiItem> = abilities.apis.iter().map(api).collect();
        match sets.iter_mut().find(|set| set.apis == apis) {
            Some(set) => set.brokers.push(*id),
            None => sets.push(ApiVersionSet { brokers: vec![*id], controllers: Vec::new(), apis }),
        }
    }
    if client.talks_to_controllers() {
        for set in &mut sets {
            set.controllers = std::mem::take(&mut set.brokers);
        }
    }
    Ok(Outcome::report(ApiVersionList { items: sets }).with_error(error))
}

/// The features of the cluster, and what all of its brokers support.
pub async fn features(context: &Context<'_>) -> Result<Outcome> {
    let client = context.connect().await?;
    let (all, error) = of_brokers(&client, &[]).await?;
    let abilities: Vec<Abilities> = all.into_values().collect();
    let epoch = abilities.iter().filter_map(|one| one.features_epoch).max();
    Ok(Outcome::report(FeatureList { epoch, items: features_of(&abilities) }).with_error(error))
}

/// Asks brokers, side by side; an error of some does not hide what the others say.
async fn of_brokers(
    client: &Client,
    wanted: &[i32],
) -> Result<(BTreeMap<i32, Abilities>, Option<Error>)> {
    let cluster = client.describe_cluster().await?;
    let there: Vec<i32> = cluster.nodes().iter().map(|node| node.id).collect();
    super::are_there(wanted, &cluster)?;
    let asked: Vec<i32> = if wanted.is_empty() { there } else { wanted.to_vec() };
    let answers = asked.iter().map(|id| async { (*id, client.abilities(Some(*id)).await) });
    let mut found = BTreeMap::new();
    let mut failed = None;
    for (id, answer) in futures_util::future::join_all(answers).await {
        match answer {
            Ok(abilities) => drop(found.insert(id, abilities)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) if found.is_empty() => Err(error),
        failed => Ok((found, failed)),
    }
}

fn api(api: &Api) -> ApiItem {
    ApiItem { key: api.key, name: api.name.clone(), min_version: api.min, max_version: api.max }
}

/// The features that these brokers know: the cluster's level, and what all of them support.
pub fn features_of(brokers: &[Abilities]) -> Vec<FeatureItem> {
    let mut names: Vec<&String> = brokers.iter().flat_map(|one| one.features.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let item = |name: &String| {
        let known: Vec<_> = brokers.iter().filter_map(|one| one.features.get(name)).collect();
        let finalized = known.iter().find_map(|feature| feature.finalized);
        let ranges: Option<Vec<(i16, i16)>> = if known.len() == brokers.len() {
            known.iter().map(|feature| feature.supported).collect()
        } else {
            None
        };
        let ranges = ranges.unwrap_or_default();
        let finalized_name = finalized
            .filter(|_| name == "metadata.version")
            .map(|level| MetadataVersion(level).to_string());
        FeatureItem {
            name: name.clone(),
            finalized,
            finalized_name,
            supported_min: ranges.iter().map(|(min, _)| *min).max(),
            supported_max: ranges.iter().map(|(_, max)| *max).min(),
        }
    };
    names.into_iter().map(item).collect()
}
