//! Which group may be meant by a name that no group has (ListGroups).

use super::standing::is_absent;
use crate::error::{Error, Result};
use crate::kafka::{Client, GroupFilter};
use crate::model::group::GroupDescription;
use crate::model::{Name, nearest, visible};

/// The names of the groups that there are, as far as the caller sees them.
pub struct Near(Vec<Name>);

impl Near {
    /// Reads them. Nobody is helped by another failure: without an answer nothing is near.
    pub async fn read(client: &Client) -> Self {
        let listed = client.list_groups(&GroupFilter::default()).await;
        let groups = listed.map(|listed| listed.groups).unwrap_or_default();
        Self(groups.into_iter().map(|group| group.group_id).collect())
    }

    /// `did you mean `billing`?`, where a name is near.
    pub fn question(&self, wanted: &Name) -> Option<String> {
        let others = self.0.iter().filter(|name| *name != wanted).map(Name::as_str);
        let near = nearest(wanted, others)?;
        Some(format!("did you mean `{}`?", visible(near)))
    }
}

/// Adds to the errors of groups that are not there which ones may be meant; gives what it asked of each group,
/// in their order.
pub async fn suggest<'a>(
    client: &Client,
    groups: impl Iterator<Item = (&'a Name, &'a mut Result<GroupDescription>)>,
) -> Vec<Option<String>> {
    let mut groups: Vec<(&Name, Option<&mut Error>)> = groups
        .map(|(name, described)| (name, described.as_mut().err().filter(|error| is_absent(error))))
        .collect();
    if groups.iter().all(|(_, absent)| absent.is_none()) {
        return vec![None; groups.len()];
    }
    let near = Near::read(client).await;
    let ask = |(name, absent): &mut (&Name, Option<&mut Error>)| {
        let error = absent.as_mut()?;
        let question = near.question(name)?;
        **error = error.clone().hint(question.clone());
        Some(question)
    };
    groups.iter_mut().map(ask).collect()
}
