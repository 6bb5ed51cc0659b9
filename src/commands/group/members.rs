//! `group members`: who is in groups and what each holds (the calls of `group describe`).

use std::collections::BTreeMap;

use super::{cluster_id, each_once, near, parted};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::Name;
use crate::report::group_list::{GroupMembers, MemberOfGroup};

/// Lists them.
pub async fn run(context: &Context<'_>, groups: &[Name]) -> Result<Outcome> {
    let client = context.connect().await?;
    let names = each_once(groups);
    let mut described = client.describe_groups(&names, &BTreeMap::new()).await?;
    near::suggest(&client, names.iter().zip(&mut described)).await;
    let (described, error) = parted(described, "groups could not be described");
    if described.is_empty()
        && let Some(error) = error
    {
        return Err(error);
    }
    let items = described.into_iter().flat_map(|group| {
        let group_id = group.group_id;
        let of = move |member| MemberOfGroup { group_id: group_id.clone(), member };
        group.members.into_iter().map(of)
    });
    let (cluster_id, items) = (cluster_id(&client).await?, items.collect());
    Ok(Outcome::report(GroupMembers { cluster_id, items }).with_error(error))
}
