//! `group reset-offsets --undo`: puts back what a backup keeps: commits that were other, and none where
//! there was none (OffsetCommit, OffsetDelete, AlterShareGroupOffsets).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::backup::{self, shown};
use super::cluster_id;
use super::reset::question;
use super::standing::{self, Standing};
use super::write::{
    Share, commit, delete, needs_read, of_offsets, outcome, refuse_members, stopped,
};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::offsets_file::{self, Backup, GroupOffsets, SavedOffset};
use crate::kafka::{Commit, OffsetsOfGroup, PartitionsOfGroup};
use crate::model::group::GroupType;
use crate::model::{Name, visible};
use crate::report::Block;
use crate::report::group_write::WrittenOffset;
use crate::report::written::{Change, Fate, WriteResult, Written, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The backup.
    pub backup: PathBuf,
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
    let saved = read(&request.backup)?;
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
    check(&saved, &groups)?;
    let mut items = items(&saved, &groups);
    let to_write = items.iter().filter(|item| item.status == Fate::Planned).count();
    if to_write == 0 || request.dry_run {
        return Ok(Outcome::report(WriteResult::new(id, request.dry_run, items)));
    }
    context.ui.show(&[Block::Table(table(&items))]);
    context.confirm(&question(to_write, &names, &groups))?;
    let folder = context.backup_folder(request.backup_dir.as_deref())?;
    let path =
        backup::write(&folder, &saved.cluster_id, &context.timestamp(), now(&saved, &groups))?;
    stopped(context)?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let (commits, deletions) = shares(&saved, &groups, &items);
    let mut failures = commit(&client, commits, &mut items).await?;
    failures.extend(delete(&client, deletions, &mut items).await?);
    let result = WriteResult::new(id, false, items);
    Ok(outcome(&client, result, failures, &of_offsets("put back", needs_read), Some(&path)))
}

fn read(path: &Path) -> Result<Backup> {
    offsets_file::backup(&backup::read(path)?).map_err(|why| {
        Error::invalid(format!("`{}` is no backup of offsets", shown(path))).caused_by(why)
    })
}

fn check(saved: &Backup, groups: &[Standing]) -> Result<()> {
    for (saved, group) in saved.groups.iter().zip(groups) {
        let name = visible(&group.name);
        match &group.description {
            // A broker makes a group anew by its first commit, but no share group.
            Err(_) if group.is_absent() && saved.group_type != GroupType::Share => {}
            Err(error) if group.is_absent() => {
                return Err(error.clone().hint("a share group begins when its first member joins"));
            }
            Err(error) => return Err(error.clone()),
            Ok(now)
                if (now.group_type == GroupType::Share)
                    != (saved.group_type == GroupType::Share) =>
            {
                return Err(Error::refused(format!(
                    "`{name}` was a {} group and is a {} group now",
                    saved.group_type, now.group_type
                )));
            }
            Ok(_) => {}
        }
    }
    let described: Vec<_> = groups.iter().filter_map(|g| g.description.as_ref().ok()).collect();
    refuse_members(&described, "its offsets are not changed")
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

fn items(saved: &Backup, groups: &[Standing]) -> Vec<Written<WrittenOffset>> {
    let item = |(group, saved): (&Standing, &SavedOffset)| {
        let old_offset = group.saved(&saved.partition()).offset;
        let gone = saved.offset.is_none();
        Written {
            thing: WrittenOffset {
                group_id: group.name.clone(),
                topic: saved.topic.clone(),
                partition: saved.partition,
                old_offset,
                new_offset: saved.offset,
                asked_offset: None,
                old_lag: None,
                new_lag: None,
            },
            action: if gone { Change::Delete } else { Change::Alter },
            status: if old_offset == saved.offset { Fate::Unchanged } else { Fate::Planned },
            error: None,
        }
    };
    each(saved, groups).map(item).collect()
}

/// What is committed now, for a backup of its own.
fn now(saved: &Backup, groups: &[Standing]) -> Vec<GroupOffsets> {
    let of = |(saved, group): (&GroupOffsets, &Standing)| GroupOffsets {
        group_id: group.name.clone(),
        group_type: saved.group_type.clone(),
        offsets: saved.offsets.iter().map(|offset| group.saved(&offset.partition())).collect(),
    };
    saved.groups.iter().zip(groups).map(of).collect()
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
