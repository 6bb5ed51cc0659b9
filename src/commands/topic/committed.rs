//! Which groups have committed offsets on topics: told before a topic goes (ListGroups, OffsetFetch;
//! DESCRIBE on the groups).

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::group::standing::is_absent;
use crate::error::Result;
use crate::kafka::{Client, GroupFilter};
use crate::model::group::{GroupListing, GroupType};
use crate::model::{Name, Operation};
use crate::topic::Topic;

/// More groups than this are not asked one by one for the sake of a hint.
const MOST: usize = 10_000;

/// Who has committed.
#[derive(Debug)]
pub struct Committed {
    /// The groups by topic, as far as they may be seen.
    pub groups: BTreeMap<Name, BTreeSet<Name>>,
    /// Whether every group may be seen.
    pub complete: bool,
}

/// The groups that have commits on these topics; `None` when nothing can be told.
pub async fn groups(client: &Client, topics: &[&Topic]) -> Option<Committed> {
    let filter = GroupFilter::default();
    let listed = client.list_groups(&filter).await.ok()?;
    // Without DESCRIBE on the cluster a list holds those groups only that the caller may describe.
    let complete = listed.cluster.lets(Operation::Describe) == Some(true);
    if !listed.silent.is_empty() || listed.groups.len() > MOST {
        return None;
    }
    // A share group stands elsewhere than where consumers commit.
    let (sharing, others): (Vec<_>, Vec<_>) = listed
        .groups
        .into_iter()
        .partition(|group| matches!(group.group_type, Some(GroupType::Share)));
    let name = |group: &GroupListing| group.group_id.clone();
    let sharing: Vec<Name> = sharing.iter().map(name).collect();
    let others: Vec<Name> = others.iter().map(name).collect();
    let (commits, starts) =
        tokio::join!(client.committed_offsets(&others), client.share_offsets(&sharing));
    let wanted: BTreeSet<&Name> = topics.iter().map(|topic| &topic.name).collect();
    let mut all = Committed { groups: BTreeMap::new(), complete };
    for (group, commits) in others.iter().zip(commits.ok()?) {
        let topics = commits.map(|commits| commits.into_iter().map(|one| one.partition.topic));
        all.add(group, topics, &wanted);
    }
    for (group, starts) in sharing.iter().zip(starts.ok()?) {
        let topics = starts.map(|starts| starts.into_iter().map(|one| one.partition.topic));
        all.add(group, topics, &wanted);
    }
    Some(all)
}

impl Committed {
    /// Notes where a group stands. One that is just gone stands nowhere; what of another may not be seen is
    /// not known.
    fn add(
        &mut self,
        group: &Name,
        topics: Result<impl Iterator<Item = Name>>,
        wanted: &BTreeSet<&Name>,
    ) {
        match topics {
            Ok(topics) => {
                for topic in topics.filter(|topic| wanted.contains(topic)) {
                    self.groups.entry(topic).or_default().insert(group.clone());
                }
            }
            Err(error) => self.complete &= is_absent(&error),
        }
    }
}
