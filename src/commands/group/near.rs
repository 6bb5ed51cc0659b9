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
        Some(format!("{QUESTION} `{}`?", visible(near)))
    }
}

const QUESTION: &str = "did you mean";

/// What [`suggest`] added to an error.
pub fn of<T>(described: &Result<T>) -> Option<&str> {
    let hints = described.as_ref().err().map(Error::hints).unwrap_or_default();
    hints.iter().map(String::as_str).find(|hint| hint.starts_with(QUESTION))
}

/// Adds to the errors of groups that are not there which ones may be meant.
pub async fn suggest<'a>(
    client: &Client,
    groups: impl Iterator<Item = (&'a Name, &'a mut Result<GroupDescription>)>,
) {
    let mut absent: Vec<(&Name, &mut Error)> = groups
        .filter_map(|(name, described)| Some((name, described.as_mut().err()?)))
        .filter(|(_, error)| is_absent(error))
        .collect();
    if absent.is_empty() {
        return;
    }
    let near = Near::read(client).await;
    for (name, error) in &mut absent {
        if let Some(question) = near.question(name) {
            **error = error.clone().hint(question);
        }
    }
}
