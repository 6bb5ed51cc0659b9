//! Topics by their names: records of other than classic groups have ids.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::Fact;
use crate::model::group::Assignment;
use crate::model::{Name, TopicId};

/// Adds the ids of topics that a record has to `ids`.
pub fn topic_ids(fact: &Fact, ids: &mut BTreeSet<TopicId>) {
    if let Fact::Target { partitions: Some(partitions), .. } = fact {
        ids.extend(partitions.topics().filter_map(|(topic, _)| topic.parse::<TopicId>().ok()));
    }
}

/// The record with names where they are known.
#[must_use]
pub fn rename(fact: Fact, names: &BTreeMap<TopicId, Name>) -> Fact {
    let by_name = |topic: &Name| {
        let name = topic.parse::<TopicId>().ok().and_then(|id| names.get(&id));
        name.unwrap_or(topic).clone()
    };
    match fact {
        Fact::Target { member_id, partitions: Some(partitions) } => {
            let partitions: Assignment =
                partitions.iter().map(|(topic, partition)| (by_name(topic), partition)).collect();
            Fact::Target { member_id, partitions: Some(partitions) }
        }
        other => other,
    }
}
