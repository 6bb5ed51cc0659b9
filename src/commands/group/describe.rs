//! `group describe`: groups of any type with their members (DescribeGroups, ConsumerGroupDescribe,
//! ShareGroupDescribe, StreamsGroupDescribe; DESCRIBE on each group).

use std::collections::BTreeMap;

use super::{cluster_id, each_once, near, parted};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::Name;
use crate::report::group_list::GroupDescriptions;

/// Describes them.
pub async fn run(context: &Context<'_>, groups: &[Name]) -> Result<Outcome> {
    let client = context.connect().await?;
    let names = each_once(groups);
    let mut described = client.describe_groups(&names, &BTreeMap::new()).await?;
    near::suggest(&client, names.iter().zip(&mut described)).await;
    let (items, error) = parted(described, "groups could not be described");
    if items.is_empty()
        && let Some(error) = error
    {
        return Err(error);
    }
    let cluster_id = cluster_id(&client).await?;
    Ok(Outcome::report(GroupDescriptions::new(cluster_id, items)).with_error(error))
}
