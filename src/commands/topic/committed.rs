//! Which groups have committed offsets on topics: told before a topic goes (ListGroups, OffsetFetch;
//! DESCRIBE on the groups).

use std::collections::{BTreeMap, BTreeSet};

use crate::kafka::{Client, GroupFilter};
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
    let names: Vec<Name> = listed.groups.iter().map(|group| group.group_id.clone()).collect();
    let commits = client.committed_offsets(&names).await.ok()?;
    let mut found: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    let wanted: BTreeSet<&Name> = topics.iter().map(|topic| &topic.name).collect();
    for (group, commits) in names.iter().zip(commits) {
        // A group whose commits are kept elsewhere (a share group's) or that is just gone has none here.
        for commit in commits.unwrap_or_default() {
            if wanted.contains(&commit.partition.topic) {
                found.entry(commit.partition.topic).or_default().insert(group.clone());
            }
        }
    }
    Some(Committed { groups: found, complete })
}
