//! `group delete-offsets`: makes groups forget what they have committed for topics (OffsetDelete:
//! DELETE on the group, READ on the topics; DeleteShareGroupOffsets for share groups).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::backup;
use super::standing::{self, Standing};
use super::write::{
    Share, TOPIC_AUTHORIZATION_FAILED, delete, needs_delete, of_offsets, outcome, stopped,
};
use super::{TopicChoice, cluster_id, each_once};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::keeps::refusal;
use crate::group::offsets_file::GroupOffsets;
use crate::kafka::{Client, PartitionsOfGroup, TopicMetadata, Topics};
use crate::model::{Name, TopicPartition, shell_word, visible};
use crate::report::Block;
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
    let groups = standing::read(&client, &names, &BTreeMap::new()).await?;
    let hidden = hidden(&client, &request.topics).await?;
    let mut items = Vec::new();
    let mut shares = Vec::new();
    let mut saved = Vec::new();
    for group in &groups {
        let partitions = committed(group, &request.topics)?;
        let first = items.len();
        items.extend(partitions.iter().map(|partition| item(group, partition)));
        if partitions.is_empty() {
            continue;
        }
        saved.push(GroupOffsets {
            group_id: group.name.clone(),
            group_type: group.description.as_ref().map_err(Clone::clone)?.group_type.clone(),
            offsets: partitions.iter().map(|partition| group.saved(partition)).collect(),
        });
        shares.push(Share {
            items: (first..items.len()).collect(),
            is_share: group.is_share(),
            write: PartitionsOfGroup {
                group: group.name.clone(),
                partitions: partitions.into_iter().collect(),
            },
        });
    }
    let id = cluster_id(&client).await?;
    if let Some(error) = hidden {
        if items.is_empty() {
            return Err(error);
        }
        context.ui.warn(&format!("{}: they are left alone", error.message()));
    }
    if items.is_empty() {
        context.ui.note("nothing is committed there, nothing was deleted");
    }
    let deed = of_offsets("delete", needs_delete);
    if items.is_empty() || request.dry_run {
        foresee(&groups, &mut items);
        let result = WriteResult::new(id, request.dry_run, items);
        return Ok(outcome(&client, result, Vec::new(), &deed, None));
    }
    context.ui.show(&[Block::Table(table(&items))]);
    context.confirm(&question(items.len(), &names))?;
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
    for item in items {
        let group = groups.iter().find(|group| group.name == item.thing.group_id);
        let described = group.and_then(|group| group.description.as_ref().ok());
        if let Some(refusal) = described.and_then(|group| refusal(group, &item.thing.topic)) {
            item.status = Fate::Failed;
            item.error = Some(refusal.error());
        }
    }
}

/// The error of topics that are named and may not be described: a broker leaves out, without an
/// error, what is committed there.
async fn hidden(client: &Client, topics: &TopicChoice) -> Result<Option<Error>> {
    let names: Vec<Name> = topics.topics().map(|(name, _)| name.clone()).collect();
    let described = client.topics(Topics::Named(&names), false).await?;
    let refused = |topic: &&TopicMetadata| {
        topic.error.as_ref().is_some_and(|error| error.code == TOPIC_AUTHORIZATION_FAILED)
    };
    let hidden: Vec<&TopicMetadata> = described.iter().filter(refused).collect();
    let Some(first) = hidden.first() else { return Ok(None) };
    let more = match hidden.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    let text = format!("commits on `{}`{more} cannot be seen", visible(&first.name));
    Ok(Some(Error::failed(text).caused_by("it needs DESCRIBE on the topic").hint(format!(
        "somebody who may can grant it: `kward acl create --allow-principal {} --operation describe \
         --topic {}`",
        client.principal_word(),
        shell_word(&first.name)
    ))))
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
    Written {
        thing: WrittenOffset {
            group_id: group.name.clone(),
            topic: partition.topic.clone(),
            partition: partition.partition,
            old_offset: group.saved(partition).offset,
            new_offset: None,
            asked_offset: None,
            old_lag: None,
            new_lag: None,
        },
        action: Change::Delete,
        status: Fate::Planned,
        error: None,
    }
}

fn question(offsets: usize, names: &[Name]) -> String {
    let offsets = if offsets == 1 { "1 offset".to_owned() } else { format!("{offsets} offsets") };
    match names {
        [only] => format!("Delete {offsets} of `{}`?", visible(only)),
        many => format!("Delete {offsets} of {} groups?", many.len()),
    }
}
