//! `group delete-offsets`: makes groups forget what they have committed for topics (OffsetDelete:
//! DELETE on the group, READ on the topics; DeleteShareGroupOffsets for share groups).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use super::backup;
use super::standing::{self, Standing};
use super::write::{
    Share, TOPIC_AUTHORIZATION_FAILED, delete, needs_delete, of_offsets, outcome, stopped,
};
use super::{TopicChoice, cluster_id, each_once};
use crate::commands::topic::fetch::NO_SUCH_TOPIC;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::keeps::refusal;
use crate::group::offsets_file::GroupOffsets;
use crate::kafka::{Client, PartitionsOfGroup, TopicMetadata, Topics, kafka_error};
use crate::model::{Name, TopicPartition, nearest, visible};
use crate::report::Block;
use crate::report::acl_write::ItemError;
use crate::report::group_write::WrittenOffset;
use crate::report::written::{Change, Fate, WriteResult, Written, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The groups.
    pub groups: Vec<Name>,
    /// The topics.
    pub topics: TopicChoice,
    /// Where the backup is kept.
    pub backup_dir: Option<PathBuf>,
    /// Everything but the deleting.
    pub dry_run: bool,
}

/// Shows what goes, asks, keeps a backup, deletes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let names = each_once(&request.groups);
    let mut groups = standing::read(&client, &names, &BTreeMap::new()).await?;
    standing::suggest(&client, &mut groups).await;
    let described = described(&client, &request.topics).await?;
    let (mut items, mut shares, mut saved) = (Vec::new(), Vec::new(), Vec::new());
    for group in &groups {
        let partitions = committed(group, &request.topics)?;
        let first = items.len();
        items.extend(partitions.iter().map(|partition| item(group, partition)));
        let planned = items.len();
        items.extend(missing(group, &request.topics, &partitions, &described));
        if partitions.is_empty() {
            continue;
        }
        saved.push(GroupOffsets {
            group_id: group.name.clone(),
            group_type: group.description.as_ref().map_err(Clone::clone)?.group_type.clone(),
            offsets: partitions.iter().map(|partition| group.saved(partition)).collect(),
        });
        shares.push(Share {
            items: (first..planned).collect(),
            is_share: group.is_share(),
            write: PartitionsOfGroup {
                group: group.name.clone(),
                partitions: partitions.into_iter().collect(),
            },
        });
    }
    let id = cluster_id(&client).await?;
    say_missing(context, &groups, &items);
    let to_delete = items.iter().filter(|item| item.status == Fate::Planned).count();
    if to_delete == 0 {
        context.ui.note("nothing is committed there, nothing was deleted");
    }
    let deed = of_offsets("delete", needs_delete);
    if to_delete == 0 || request.dry_run {
        foresee(&groups, &mut items);
        let result = WriteResult::new(id, request.dry_run, items);
        return Ok(outcome(&client, result, Vec::new(), &deed, None));
    }
    context.preview(&[Block::Table(table(&items))]);
    context.confirm(&question(to_delete, &names))?;
    let folder = context.backup_folder(request.backup_dir.as_deref())?;
    let path = backup::write(&folder, id.as_deref().unwrap_or(""), &context.timestamp(), saved)?;
    stopped(context)?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let failures = delete(&client, shares, &mut items).await?;
    let result = WriteResult::new(id, false, items);
    Ok(outcome(&client, result, failures, &deed, Some(&path)))
}

/// What brokers would answer, as far as the descriptions tell.
fn foresee(groups: &[Standing], items: &mut [Written<WrittenOffset>]) {
    for item in items.iter_mut().filter(|item| item.status == Fate::Planned) {
        let group = groups.iter().find(|group| group.name == item.thing.group_id);
        let described = group.and_then(|group| group.description.as_ref().ok());
        if let Some(refusal) = described.and_then(|group| refusal(group, &item.thing.topic)) {
            item.status = Fate::Failed;
            item.error = Some(refusal.error());
        }
    }
}

/// What is known of the topics that are named: a broker leaves out, without an error, what is committed on
/// topics that the caller may not describe.
async fn described(client: &Client, topics: &TopicChoice) -> Result<HashMap<Name, TopicMetadata>> {
    let names: Vec<Name> = topics.topics().map(|(name, _)| name.clone()).collect();
    let described = client.topics(Topics::Named(&names), false).await?;
    Ok(described.into_iter().map(|topic| (topic.name.clone(), topic)).collect())
}

/// An item for each topic or partition that is named and of which nothing is seen in the group: one that is
/// there is absent from the group, any other failed.
fn missing(
    group: &Standing,
    topics: &TopicChoice,
    seen: &BTreeSet<TopicPartition>,
    described: &HashMap<Name, TopicMetadata>,
) -> Vec<Written<WrittenOffset>> {
    let mut items = Vec::new();
    for (name, named) in topics.topics() {
        let known = described.get(name);
        let error = known.and_then(|topic| topic.error.as_ref());
        let is_seen = |number: &i32| seen.contains(&TopicPartition::new(name.clone(), *number));
        let any = seen.iter().any(|partition| partition.topic == *name);
        let gone: Vec<Option<i32>> = match named {
            Some(named) if any || error.is_none() => {
                named.iter().filter(|number| !is_seen(number)).map(|number| Some(*number)).collect()
            }
            _ if any => continue,
            _ => vec![None],
        };
        let count = known.map_or(0, |topic| topic.partitions.len());
        for partition in gone {
            let exists = partition.is_none_or(|p| usize::try_from(p).is_ok_and(|p| p < count));
            let unknown = kafka_error(NO_SUCH_TOPIC, None).filter(|_| !exists);
            let error = error.or(unknown.as_ref()).map(ItemError::from);
            items.push(Written {
                thing: thing(group, name, partition, None),
                action: Change::Delete,
                status: if error.is_some() { Fate::Failed } else { Fate::Absent },
                error,
            });
        }
    }
    items
}

/// Says of topics why nothing is seen of them, and which may be meant.
fn say_missing(context: &Context<'_>, groups: &[Standing], items: &[Written<WrittenOffset>]) {
    let mut said = BTreeSet::new();
    for Written { thing, error, .. } in items.iter().filter(|item| item.status == Fate::Failed) {
        let Some(error) = error else { continue };
        let topic = visible(&thing.topic);
        let words = match (error.code, thing.partition) {
            (TOPIC_AUTHORIZATION_FAILED, _) => format!("commits on `{topic}` cannot be seen"),
            (NO_SUCH_TOPIC, Some(partition)) => format!("`{topic}` has no partition {partition}"),
            (NO_SUCH_TOPIC, None) => {
                let commits =
                    groups.iter().flat_map(|group| &group.committed).flat_map(BTreeMap::keys);
                let near = nearest(&thing.topic, commits.map(|partition| partition.topic.as_str()));
                let near = near.map(|near| format!(": did you mean `{}`?", visible(near)));
                format!("there is no topic `{topic}`{}", near.unwrap_or_default())
            }
            _ => format!("`{topic}` cannot be described: {}", error.name),
        };
        if said.insert(words.clone()) {
            context.ui.warn(&words);
        }
    }
}

/// What a group has committed of what is meant.
fn committed(group: &Standing, topics: &TopicChoice) -> Result<BTreeSet<TopicPartition>> {
    group.description.as_ref().map_err(Clone::clone)?;
    if group.is_share() && topics.topics().any(|(_, partitions)| partitions.is_some()) {
        return Err(Error::invalid(format!(
            "`{}` is a share group, which forgets whole topics only",
            visible(&group.name)
        ))
        .hint("name the topic without partitions"));
    }
    let all = group.committed.as_ref().map_err(Clone::clone)?;
    Ok(all.keys().filter(|partition| topics.contains(partition)).cloned().collect())
}

fn item(group: &Standing, partition: &TopicPartition) -> Written<WrittenOffset> {
    let old_offset = group.saved(partition).offset;
    Written {
        thing: thing(group, &partition.topic, Some(partition.partition), old_offset),
        action: Change::Delete,
        status: Fate::Planned,
        error: None,
    }
}

fn thing(
    group: &Standing,
    topic: &Name,
    partition: Option<i32>,
    old_offset: Option<i64>,
) -> WrittenOffset {
    WrittenOffset {
        group_id: group.name.clone(),
        topic: topic.clone(),
        partition,
        old_offset,
        new_offset: None,
        asked_offset: None,
        old_lag: None,
        new_lag: None,
    }
}

fn question(offsets: usize, names: &[Name]) -> String {
    let offsets = if offsets == 1 { "1 offset".to_owned() } else { format!("{offsets} offsets") };
    match names {
        [only] => format!("Delete {offsets} of `{}`?", visible(only)),
        many => format!("Delete {offsets} of {} groups?", many.len()),
    }
}
