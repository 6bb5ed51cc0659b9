//! `group reset-offsets --undo`: puts back what a backup keeps: commits that were other, and none where
//! there was none (OffsetCommit, OffsetDelete, AlterShareGroupOffsets).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::backup::{self, shown};
use super::reset::question;
use super::reset_plan::written;
use super::standing::{self, Standing};
use super::write::{
    Share, commit, delete, fail, needs_read, of_offsets, outcome, refuse_members, stopped,
};
use super::{cluster_id, logs};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::lag::{Log, changes};
use crate::group::offsets_file::{self, Backup, GroupOffsets, SavedOffset};
use crate::kafka::{Commit, OffsetsOfGroup, PartitionsOfGroup};
use crate::model::group::GroupType;
use crate::model::{Name, TopicPartition, visible};
use crate::report::Block;
use crate::report::group_write::WrittenOffset;
use crate::report::units::count;
use crate::report::written::{Change, Fate, WriteResult, Written, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The backup.
    pub backup: PathBuf,
    /// Only of these groups; empty: of all.
    pub groups: Vec<Name>,
    /// Where a backup of what is undone is kept.
    pub backup_dir: Option<PathBuf>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Shows what would be put back, asks, keeps a backup of what is, writes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let mut saved = read(&request.backup)?;
    choose(request, &mut saved)?;
    let client = context.connect().await?;
    let id = cluster_id(&client).await?;
    if id.as_deref() != Some(&saved.cluster_id) {
        let found = id.as_deref().unwrap_or("without an id");
        return Err(Error::refused(format!(
            "`{}` belongs to another cluster",
            shown(&request.backup)
        ))
        .caused_by(format_args!(
            "it is of `{}`, and this one is `{}`",
            visible(&saved.cluster_id),
            visible(found)
        )));
    }
    let names: Vec<Name> = saved.groups.iter().map(|group| group.group_id.clone()).collect();
    let groups = standing::read(&client, &names, &BTreeMap::new()).await?;
    let described: Vec<_> = groups.iter().filter_map(|g| g.description.as_ref().ok()).collect();
    refuse_members(&described, "its offsets are not changed")?;
    let obstacles: Vec<Option<Error>> =
        saved.groups.iter().zip(&groups).map(|(saved, group)| obstacle(saved, group)).collect();
    let all = saved.groups.iter().flat_map(|group| &group.offsets).map(SavedOffset::partition);
    let logs = logs::read(&client, &all.collect()).await?;
    let mut items = items(&saved, &groups, &obstacles, &logs.logs);
    keep_topics(context, &saved, &groups, &mut items);
    say_types(context, &saved, &groups);
    let to_write = items.iter().filter(|item| item.status == Fate::Planned).count();
    let mut failures: Vec<Error> = obstacles.into_iter().flatten().collect();
    if to_write == 0 || request.dry_run {
        let result = WriteResult::new(id, request.dry_run, items);
        return Ok(outcome(&client, result, failures, &of_offsets("put back", needs_read), None));
    }
    context.preview(&[Block::Table(table(&items))]);
    context.confirm(&question(to_write, &names, &groups))?;
    let folder = context.backup_folder(request.backup_dir.as_deref())?;
    let path = backup::write(
        &folder,
        &saved.cluster_id,
        &context.timestamp(),
        now(&saved, &groups, &items),
    )?;
    stopped(context)?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let (commits, deletions) = shares(&saved, &groups, &items);
    failures.extend(commit(&client, commits, &mut items).await?);
    failures.extend(delete(&client, deletions, &mut items).await?);
    let result = WriteResult::new(id, false, items);
    Ok(outcome(&client, result, failures, &of_offsets("put back", needs_read), Some(&path)))
}

fn read(path: &Path) -> Result<Backup> {
    offsets_file::backup(&backup::read(path)?).map_err(|why| {
        Error::invalid(format!("`{}` is no backup of offsets", shown(path))).caused_by(why)
    })
}

/// Leaves of a backup what is of the groups that are named.
fn choose(request: &Request, saved: &mut Backup) -> Result<()> {
    if request.groups.is_empty() {
        return Ok(());
    }
    let keeps = |name: &&Name| saved.groups.iter().any(|group| group.group_id == **name);
    if let Some(name) = request.groups.iter().find(|name| !keeps(name)) {
        let kept: Vec<String> =
            saved.groups.iter().map(|group| format!("`{}`", visible(&group.group_id))).collect();
        return Err(Error::invalid(format!(
            "`{}` keeps nothing of the group `{}`",
            shown(&request.backup),
            visible(name)
        ))
        .hint(format!("it keeps what was of {}", kept.join(", "))));
    }
    saved.groups.retain(|group| request.groups.contains(&group.group_id));
    Ok(())
}

/// Why a group's offsets cannot be put back, where that is known beforehand. A broker makes a group anew
/// by its first commit; a share group, where it can, by its first offset.
fn obstacle(saved: &GroupOffsets, group: &Standing) -> Option<Error> {
    match &group.description {
        Err(_) if group.is_absent() => None,
        Err(error) => Some(error.clone()),
        Ok(now) => {
            let is_share = |kind: &GroupType| *kind == GroupType::Share;
            if is_share(&now.group_type) == is_share(&saved.group_type) {
                return group.committed.as_ref().err().cloned();
            }
            let (name, was) = (visible(&group.name), &saved.group_type);
            let text = format!("`{name}` was a {was} group and is a {} group now", now.group_type);
            Some(Error::failed(text))
        }
    }
}

/// Says of groups that come back as something else what they were.
fn say_types(context: &Context<'_>, saved: &Backup, groups: &[Standing]) {
    for (saved, group) in saved.groups.iter().zip(groups) {
        let (name, was) = (visible(&group.name), &saved.group_type);
        if !group.is_absent() || saved.offsets.iter().all(|offset| offset.offset.is_none()) {
            continue;
        }
        match was {
            GroupType::Classic => {}
            GroupType::Share => context.ui.warn(&format!(
                "the share group `{name}` is gone: it begins anew where its partitions began, and what was \
                 acknowledged behind that is delivered again"
            )),
            _ => context.ui.warn(&format!(
                "the {was} group `{name}` is gone: it comes back as a classic group that only holds commits"
            )),
        }
    }
}

/// The saved offsets with the groups that they belong to, one after the other.
fn each<'a>(
    saved: &'a Backup,
    groups: &'a [Standing],
) -> impl Iterator<Item = (&'a Standing, &'a SavedOffset)> {
    let of = |(saved, group): (&'a GroupOffsets, &'a Standing)| {
        saved.offsets.iter().map(move |offset| (group, offset))
    };
    saved.groups.iter().zip(groups).flat_map(of)
}

fn items(
    saved: &Backup,
    groups: &[Standing],
    obstacles: &[Option<Error>],
    logs: &BTreeMap<TopicPartition, Log>,
) -> Vec<Written<WrittenOffset>> {
    let of = |((saved, group), obstacle): ((&GroupOffsets, &Standing), &Option<Error>)| {
        saved.offsets.iter().map(|saved| item(saved, group, obstacle.as_ref(), logs)).collect()
    };
    let all = saved.groups.iter().zip(groups).zip(obstacles);
    all.flat_map::<Vec<_>, _>(of).collect()
}

fn item(
    saved: &SavedOffset,
    group: &Standing,
    obstacle: Option<&Error>,
    logs: &BTreeMap<TopicPartition, Log>,
) -> Written<WrittenOffset> {
    let partition = saved.partition();
    let log = logs.get(&partition).copied().unwrap_or(Log::Unknown);
    let differs = changes(group.commitment(&partition), saved.offset, log);
    let mut item = Written {
        thing: written(group, &partition, saved.offset, log),
        action: if saved.offset.is_none() { Change::Delete } else { Change::Alter },
        status: if differs { Fate::Planned } else { Fate::Unchanged },
        error: None,
    };
    if let Some(error) = obstacle {
        fail(&mut item, error);
    }
    item
}

/// Share groups forget whole topics only: where a partition has to keep its place, so do those that had
/// none before.
fn keep_topics(
    context: &Context<'_>,
    saved: &Backup,
    groups: &[Standing],
    items: &mut [Written<WrittenOffset>],
) {
    let goes = |item: &Written<WrittenOffset>| {
        (item.status, item.action) == (Fate::Planned, Change::Delete)
    };
    let going: HashSet<(&Name, &Name, Option<i32>)> = items
        .iter()
        .filter(|item| goes(item))
        .map(|item| (&item.thing.group_id, &item.thing.topic, item.thing.partition))
        .collect();
    let mut kept: HashSet<(&Name, &Name)> = HashSet::new();
    for group in groups.iter().filter(|group| group.is_share()) {
        for (at, known) in group.committed.iter().flatten() {
            let stays = !going.contains(&(&group.name, &at.topic, Some(at.partition)));
            if known.commitment.offset.is_some() && stays {
                kept.insert((&group.name, &at.topic));
            }
        }
    }
    let mut skipped = 0;
    for (at, (group, saved)) in each(saved, groups).enumerate() {
        let item = &mut items[at];
        if goes(item) && kept.contains(&(&group.name, &saved.topic)) {
            item.status = Fate::Skipped;
            skipped += 1;
        }
    }
    if skipped > 0 {
        context.ui.warn(&format!(
            "{} of share groups had no place before and keep the one that they have: a share group forgets \
             whole topics only",
            count(skipped, "partition")
        ));
    }
}

/// What is committed now where something is written, for a backup of its own.
fn now(saved: &Backup, groups: &[Standing], items: &[Written<WrittenOffset>]) -> Vec<GroupOffsets> {
    let mut planned = items.iter().map(|item| item.status == Fate::Planned);
    let mut of = |(saved, group): (&GroupOffsets, &Standing)| {
        let written = saved.offsets.iter().filter(|_| planned.next() == Some(true));
        let offsets: Vec<_> = written.map(|offset| group.saved(&offset.partition())).collect();
        let group_type = saved.group_type.clone();
        (!offsets.is_empty()).then(|| GroupOffsets {
            group_id: group.name.clone(),
            group_type,
            offsets,
        })
    };
    saved.groups.iter().zip(groups).filter_map(&mut of).collect()
}

/// What is committed again, and what is deleted because nothing was committed.
fn shares(
    saved: &Backup,
    groups: &[Standing],
    items: &[Written<WrittenOffset>],
) -> (Vec<Share<OffsetsOfGroup>>, Vec<Share<PartitionsOfGroup>>) {
    let mut commits: HashMap<&Name, Share<OffsetsOfGroup>> = HashMap::new();
    let mut deletions: HashMap<&Name, Share<PartitionsOfGroup>> = HashMap::new();
    let types: HashMap<&Name, bool> = saved
        .groups
        .iter()
        .map(|group| (&group.group_id, group.group_type == GroupType::Share))
        .collect();
    for (at, (group, saved)) in each(saved, groups).enumerate() {
        if items[at].status != Fate::Planned {
            continue;
        }
        let is_share = types[&group.name];
        if let Some(offset) = saved.offset {
            let share = commits.entry(&group.name).or_insert_with(|| Share {
                write: OffsetsOfGroup { group: group.name.clone(), commits: Vec::new() },
                is_share,
                items: Vec::new(),
            });
            share.items.push(at);
            share.write.commits.push(Commit {
                partition: saved.partition(),
                offset,
                leader_epoch: saved.leader_epoch,
                metadata: saved.metadata.clone(),
            });
        } else {
            let share = deletions.entry(&group.name).or_insert_with(|| Share {
                write: PartitionsOfGroup { group: group.name.clone(), partitions: Vec::new() },
                is_share,
                items: Vec::new(),
            });
            share.items.push(at);
            share.write.partitions.push(saved.partition());
        }
    }
    (commits.into_values().collect(), deletions.into_values().collect())
}
