//! `topic elect-leaders`: the first replica leads again, or any that is left (ElectLeaders; needs
//! ALTER on the cluster).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::slice::from_ref;

use super::fetch;
use super::refusals::Refusals;
use crate::commands::group::backup::{self, shown};
use crate::commands::written::{Needs, foreseen, of_item, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, Election};
use crate::model::{TopicPartition, visible, without_bom};
use crate::report::acl_write::ItemError;
use crate::report::topic_write::WrittenPartition;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::topic::election::{Prospect, prospect};
use crate::topic::partition_file::{self, Partitions};
use crate::topic::select::Selection;
use crate::topic::state::find;
use crate::topic::{Partition, Topic};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The topics; all when empty.
    pub names: Vec<String>,
    /// Only these partitions; all when empty.
    pub partitions: Vec<i32>,
    /// These partitions, in place of names.
    pub from_file: Option<Partitions>,
    /// A replica that is not in sync may lead.
    pub unclean: bool,
    /// Everything but the election.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "alter", flag: "--cluster" };
const ELECTION_NOT_NEEDED: i16 = 84;

/// The partitions that a file names; standard input for `-`.
pub fn read(path: &Path) -> Result<Partitions> {
    let text = backup::read(path)?;
    partition_file::partitions(without_bom(&text)).map_err(|why| {
        Error::invalid(format!("`{}` is no file of partitions", shown(path))).caused_by(why).hint(
            "wanted are lines `topic,partition`, or `{\"partitions\":[{\"topic\":…,\"partition\":…}]}`",
        )
    })
}

impl Request {
    /// The topics that are meant; all when empty.
    fn names(&self) -> Vec<String> {
        let Some(partitions) = &self.from_file else { return self.names.clone() };
        let names: BTreeSet<&str> = partitions.iter().map(|key| key.topic.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The partitions of the topic that are meant; all when empty.
    fn partitions(&self, topic: &Topic) -> Vec<i32> {
        let Some(partitions) = &self.from_file else { return self.partitions.clone() };
        let of_topic = partitions.iter().filter(|key| key.topic == topic.name);
        of_topic.map(|key| key.partition).collect()
    }
}

/// Elects them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let selection = Selection { names: request.names(), internal: true, ..Selection::default() };
    let all = selection.names.is_empty();
    let (cluster, mut topics) = fetch::topics(&client, &selection, false).await?;
    let mut unseen = None;
    if all {
        topics.retain(|topic| topic.error.is_none());
        unseen = fetch::warn_of_unseen(context, &client).await.then(|| {
            fetch::not_all("leaders of topics that you may not describe stay as they are")
        });
    }
    let mut refusals = Refusals::of(&client, &topics, fetch::TO_SEE).await;
    let there: BTreeSet<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    let (mut chosen, mut refused) = (Vec::new(), Vec::new());
    for topic in &topics {
        let numbers = request.partitions(topic);
        let (there, not) = refusals.partitions(from_ref(topic), &numbers, Action::Alter);
        chosen.extend(there);
        refused.extend(not);
    }
    let (mut items, mut wanted) = (Vec::new(), Vec::new());
    for key in chosen {
        let Some(partition) = find(&topics, &key) else { continue };
        let prospect = prospect(partition, request.unclean, |id| there.contains(&id));
        // Of all partitions of a cluster, those that are as they should be are of no interest.
        if prospect == Prospect::NotNeeded && all {
            continue;
        }
        let mut item = item(&key, partition, &prospect);
        if request.dry_run && prospect == Prospect::Possible {
            // Who wins an unclean election is the controller's to say.
            item.subject.leader = partition.preferred_leader().filter(|_| !request.unclean);
        }
        items.push(item);
        if prospect != Prospect::NotNeeded {
            wanted.push((key, partition));
        }
    }
    let mut unknown = None;
    if !request.dry_run && !wanted.is_empty() {
        refusals.warn(context);
        ask(context, &wanted, request.unclean)?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        let keys: Vec<TopicPartition> = wanted.into_iter().map(|(key, _)| key).collect();
        unknown = elect(&client, request, &keys, &mut items).await?;
    }
    items.extend(refused);
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error =
        unknown.or_else(|| summary(&client, ("elect the leader of", "partition"), NEEDS, &result));
    let refused = foreseen(&client, "elect leaders", &result).await;
    let error = refusals.sum(result.items.len(), error).or(refused).or(unseen);
    Ok(Outcome::report(result).with_error(error))
}

/// An election that cannot succeed has failed beforehand; it is tried all the same, because the
/// controller knows better.
fn item(
    key: &TopicPartition,
    partition: &Partition,
    prospect: &Prospect,
) -> Item<WrittenPartition> {
    let (status, error) = match prospect {
        Prospect::NotNeeded => (Status::Unchanged, None),
        Prospect::Possible => (Status::Planned, None),
        Prospect::Impossible((code, name), why) => {
            let (name, message) = ((*name).to_owned(), Some(why.clone()));
            let error = ItemError { name, code: *code, message, retriable: false };
            (Status::Failed, Some(error))
        }
    };
    Item {
        subject: WrittenPartition {
            topic: key.topic.to_string(),
            partition: Some(key.partition),
            old_leader: partition.leader,
            leader: partition.leader,
            ..WrittenPartition::default()
        },
        action: Action::Alter,
        status,
        error,
    }
}

fn ask(
    context: &Context<'_>,
    wanted: &[(TopicPartition, &Partition)],
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
            for item in items.iter_mut().filter(|item| item.status != Status::Unchanged) {
                (item.status, item.error) = (Status::Unknown, None);
            }
            return Ok(Some(error));
        }
        Err(error) => return Err(error),
    };
    let mut by_key: HashMap<TopicPartition, &mut Item<WrittenPartition>> =
        items.iter_mut().filter_map(|item| Some((item.subject.key()?, item))).collect();
    for (key, answer) in answers {
        let Some(item) = by_key.get_mut(&key) else { continue };
        let told = match answer {
            Err(error) if error.code == ELECTION_NOT_NEEDED => of_item(Ok(()), Status::Unchanged),
            answer => of_item(answer, Status::Altered),
        };
        item.status = told.fate;
        // The controller does not say what was found out here: who is not there, or not in sync.
        let foreseen = item.error.take().filter(|foreseen| {
            told.error.as_ref().is_some_and(|error| error.code == foreseen.code)
        });
        item.error = foreseen.or(told.error);
    }
    let names: Vec<crate::model::Name> = {
        let mut names: Vec<_> = keys.iter().map(|key| key.topic.clone()).collect();
        names.dedup();
        names
    };
    // The broker that is asked may not have heard of it yet: who was elected is known all the same.
    let (_, now) = client.cluster_and_topics(Some(&names), false).await?;
    for item in items.iter_mut().filter(|item| item.status == Status::Altered) {
        let partition = item.subject.key().and_then(|key| find(&now, &key));
        item.subject.leader = match (request.unclean, partition) {
            (false, Some(partition)) => partition.preferred_leader(),
            (true, Some(partition)) => partition.leader,
            (_, None) => None,
        };
    }
    Ok(None)
}
