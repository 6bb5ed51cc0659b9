//! `topic elect-leaders`: the first replica leads again, or any that is left (ElectLeaders; needs
//! ALTER on the cluster).

use super::fetch;
use crate::commands::written::{Needs, of_item, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, Election};
use crate::model::{TopicPartition, visible};
use crate::report::topic_write::WrittenPartition;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::topic::select::Selection;
use crate::topic::{Partition, Topic};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The topics; all when empty.
    pub names: Vec<String>,
    /// Only these partitions; all when empty.
    pub partitions: Vec<i32>,
    /// A replica that is not in sync may lead.
    pub unclean: bool,
    /// Everything but the election.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "alter", flag: "--cluster" };
const ELECTION_NOT_NEEDED: i16 = 84;

/// Elects them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let selection =
        Selection { names: request.names.clone(), internal: true, ..Selection::default() };
    let (cluster, topics) = fetch::topics(&client, &selection, false).await?;
    if !request.names.is_empty() {
        fetch::all_there(&client, &topics).await?;
    }
    let chosen = chosen(&topics, &request.partitions)?;
    let wanted: Vec<&(TopicPartition, &Partition)> =
        chosen.iter().filter(|(_, partition)| needs_election(partition, request.unclean)).collect();
    let keys: Vec<TopicPartition> = wanted.iter().map(|(key, _)| key.clone()).collect();
    // Of all partitions of a cluster, those that are as they should be are of no interest.
    let mut items: Vec<Item<WrittenPartition>> = chosen
        .iter()
        .filter(|(key, _)| !request.names.is_empty() || keys.contains(key))
        .map(|(key, partition)| item(key, partition))
        .collect();
    for item in &mut items {
        let key = TopicPartition::new(item.subject.topic.as_str(), item.subject.partition);
        if keys.contains(&key) {
            item.status = Status::Planned;
        }
    }
    let mut unknown = None;
    if !request.dry_run && !keys.is_empty() {
        ask(context, &wanted, request.unclean)?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        unknown = elect(&client, request, &keys, &mut items).await?;
    }
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error =
        unknown.or_else(|| summary(&client, ("elect the leader of", "partition"), NEEDS, &result));
    Ok(Outcome::report(result).with_error(error))
}

fn chosen<'a>(
    topics: &'a [Topic],
    numbers: &[i32],
) -> Result<Vec<(TopicPartition, &'a Partition)>> {
    let mut all = Vec::new();
    for topic in topics {
        for number in numbers {
            if !topic.partitions.iter().any(|partition| partition.index == *number) {
                return Err(Error::invalid(format!(
                    "topic `{}` has no partition {number}: it has {}",
                    visible(&topic.name),
                    count(topic.partitions.len(), "partition")
                )));
            }
        }
        let named = |p: &&Partition| numbers.is_empty() || numbers.contains(&p.index);
        all.extend(
            topic
                .partitions
                .iter()
                .filter(named)
                .map(|p| (TopicPartition::new(topic.name.clone(), p.index), p)),
        );
    }
    Ok(all)
}

fn needs_election(partition: &Partition, unclean: bool) -> bool {
    if unclean {
        partition.leader.is_none()
    } else {
        partition.leader != partition.preferred_leader()
    }
}

fn item(key: &TopicPartition, partition: &Partition) -> Item<WrittenPartition> {
    Item {
        subject: WrittenPartition {
            topic: key.topic.to_string(),
            partition: key.partition,
            old_leader: partition.leader,
            leader: partition.leader,
            ..WrittenPartition::default()
        },
        action: Action::Alter,
        status: Status::Unchanged,
        error: None,
    }
}

fn ask(
    context: &Context<'_>,
    wanted: &[&(TopicPartition, &Partition)],
    unclean: bool,
) -> Result<()> {
    const SHOWN: usize = 20;
    if !unclean {
        return context.confirm_unasked();
    }
    let mut lines: Vec<Line<'_>> = wanted
        .iter()
        .take(SHOWN)
        .map(|(key, partition)| {
            let replicas = crate::report::units::ids(&partition.replicas);
            Line::styled(
                Style::Warning,
                format!("  {}: replicas {replicas}", visible(&key.to_string())),
            )
        })
        .collect();
    if wanted.len() > SHOWN {
        lines.push(Line::styled(Style::Dim, format!("  … and {} more", wanted.len() - SHOWN)));
    }
    context.ui.show(&[Block::Lines(lines)]);
    context.confirm(&format!(
        "Let replicas lead that are not in sync, in {}? The records that they lack are lost.",
        count(wanted.len(), "partition")
    ))
}

/// Elects, and looks who leads afterwards.
async fn elect(
    client: &Client,
    request: &Request,
    keys: &[TopicPartition],
    items: &mut [Item<WrittenPartition>],
) -> Result<Option<Error>> {
    let election = if request.unclean { Election::Unclean } else { Election::Preferred };
    let answers = match client.elect_leaders(election, Some(keys)).await {
        Ok(answers) => answers,
        Err(error) if error.kind() == Kind::Unfinished => {
            for item in items.iter_mut().filter(|item| item.status == Status::Planned) {
                item.status = Status::Unknown;
            }
            return Ok(Some(error));
        }
        Err(error) => return Err(error),
    };
    for (key, answer) in answers {
        let found = items.iter_mut().find(|item| {
            item.subject.partition == key.partition && item.subject.topic == *key.topic
        });
        let Some(item) = found else { continue };
        let told = match answer {
            Err(error) if error.code == ELECTION_NOT_NEEDED => of_item(Ok(()), Status::Unchanged),
            answer => of_item(answer, Status::Altered),
        };
        item.status = told.fate;
        item.error = told.error;
    }
    let names: Vec<crate::model::Name> = {
        let mut names: Vec<_> = keys.iter().map(|key| key.topic.clone()).collect();
        names.dedup();
        names
    };
    // The broker that is asked may not have heard of it yet: who was elected is known all the same.
    let (_, now) = client.cluster_and_topics(Some(&names), false).await?;
    for item in items.iter_mut().filter(|item| item.status == Status::Altered) {
        let topic = now.iter().find(|topic| *topic.name == *item.subject.topic);
        let partition =
            topic.and_then(|t| t.partitions.iter().find(|p| p.index == item.subject.partition));
        item.subject.leader = match (request.unclean, partition) {
            (false, Some(partition)) => partition.preferred_leader(),
            (true, Some(partition)) => partition.leader,
            (_, None) => None,
        };
    }
    Ok(None)
}
