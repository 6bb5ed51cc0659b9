//! `group delete`: groups without members, with what they have committed (DeleteGroups; DELETE on each
//! group).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::backup;
use super::standing::{self, Standing};
use super::write::{Deed, Refusal, fail, outcome, stopped};
use super::{cluster_id, each_once};
use crate::commands::written::Needs;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::offsets_file::GroupOffsets;
use crate::model::{Name, visible};
use crate::report::Block;
use crate::report::group_write::WrittenGroup;
use crate::report::written::{Change, Fate, WriteResult, Written, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The groups.
    pub groups: Vec<Name>,
    /// A group that is not there is a failure.
    pub must_exist: bool,
    /// Where the backup is kept.
    pub backup_dir: Option<PathBuf>,
    /// Everything but the deleting.
    pub dry_run: bool,
}

/// GROUP_ID_NOT_FOUND.
const NOT_FOUND: i16 = 69;

/// Shows what goes, asks, keeps a backup of the offsets, deletes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let names = each_once(&request.groups);
    let mut groups = standing::read(&client, &names, &BTreeMap::new()).await?;
    standing::suggest(&client, &mut groups).await;
    let id = cluster_id(&client).await?;
    let mut items: Vec<Written<WrittenGroup>> = groups.iter().map(item).collect();
    let absent: Vec<&Standing> = groups.iter().filter(|group| group.is_absent()).collect();
    if let (true, Some(first)) = (request.must_exist, absent.first()) {
        return Err(first.description.as_ref().err().cloned().unwrap_or_else(|| {
            Error::failed(format!("there is no group `{}`", visible(&first.name)))
        }));
    }
    let to_delete: Vec<usize> = (0..groups.len()).filter(|at| !groups[*at].is_absent()).collect();
    if to_delete.is_empty() {
        context.ui.note("no such group, nothing was deleted");
    }
    for group in absent {
        if let Some(near) = &group.near {
            context.ui.note(&format!("there is no group `{}`: {near}", visible(&group.name)));
        }
    }
    let hides = !to_delete.is_empty() && !client.sees_every_topic().await?;
    if hides {
        context.ui.warn(
            "commits on topics that you may not describe are neither counted nor kept in the backup",
        );
    }
    say_losses(context, &to_delete, &groups);
    let deed = Deed {
        verb: "delete",
        what: "group",
        name: |group: &WrittenGroup| format!("the group `{}`", visible(&group.group_id)),
        needs: |group, _| {
            Some((Needs { operation: "delete", flag: "--group" }, group.group_id.to_string()))
        },
    };
    if to_delete.is_empty() || request.dry_run {
        groups.iter().zip(&mut items).for_each(|(group, item)| foresee(group, item));
        let result = WriteResult::new(id, request.dry_run, items);
        return Ok(outcome(&client, result, Vec::new(), &deed, None));
    }
    context.preview(&[Block::Table(table(&items))]);
    context.confirm(&question(&to_delete, &groups))?;
    let saved: Vec<GroupOffsets> = to_delete.iter().filter_map(|at| saved(&groups[*at])).collect();
    let mut path = None;
    if !saved.is_empty() {
        let folder = context.backup_folder(request.backup_dir.as_deref())?;
        let stamp = context.timestamp();
        path = Some(backup::write(&folder, id.as_deref().unwrap_or(""), &stamp, saved)?);
    }
    stopped(context)?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let names: Vec<Name> = to_delete.iter().map(|at| groups[*at].name.clone()).collect();
    let mut failures = Vec::new();
    for (at, deleted) in to_delete.into_iter().zip(client.delete_groups(&names).await?) {
        match deleted {
            Ok(()) => items[at].status = Fate::Deleted,
            Err(error) if error.kafka_error().is_some_and(|e| e.code == NOT_FOUND) => {
                items[at].status = Fate::Absent;
            }
            Err(error) => {
                fail(&mut items[at], &error);
                failures.push(error);
            }
        }
    }
    if hides && items.iter().any(|item| item.status == Fate::Deleted) {
        context.ui.warn(
            "`reset-offsets --undo` does not bring back commits on topics that you may not describe",
        );
    }
    let result = WriteResult::new(id, false, items);
    Ok(outcome(&client, result, failures, &deed, path.as_deref()))
}

/// What a broker would answer.
fn foresee(group: &Standing, item: &mut Written<WrittenGroup>) {
    if let Ok(described) = &group.description
        && !described.members.is_empty()
    {
        item.status = Fate::Failed;
        item.error = Some(Refusal::HasMembers.error());
    }
}

/// Says what goes with groups and no backup brings back.
fn say_losses(context: &Context<'_>, to_delete: &[usize], groups: &[Standing]) {
    let names = |which: fn(&Standing) -> bool| {
        let meant = to_delete.iter().map(|at| &groups[*at]).filter(|group| which(group));
        let names: Vec<String> = meant.map(|g| format!("`{}`", visible(&g.name))).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(names) = names(Standing::is_share) {
        context.ui.warn(&format!(
            "{names}: what a share group has acknowledged behind its start, and how often each record was \
             delivered, goes with it; the backup keeps the starts only"
        ));
    }
    if let Some(names) = names(|group| group.committed.is_err()) {
        context
            .ui
            .warn(&format!("{names}: the commits cannot be read and are not kept in the backup"));
    }
}

fn item(group: &Standing) -> Written<WrittenGroup> {
    let absent = group.is_absent();
    Written {
        thing: WrittenGroup {
            group_id: group.name.clone(),
            group_type: group.description.as_ref().ok().map(|d| d.group_type.clone()),
            offsets: group.committed.as_ref().ok().map(BTreeMap::len),
        },
        action: Change::Delete,
        status: if absent { Fate::Absent } else { Fate::Planned },
        error: None,
    }
}

fn saved(group: &Standing) -> Option<GroupOffsets> {
    let committed = group.committed.as_ref().ok()?;
    if committed.is_empty() {
        return None;
    }
    Some(GroupOffsets {
        group_id: group.name.clone(),
        group_type: group.description.as_ref().ok()?.group_type.clone(),
        offsets: committed.keys().map(|partition| group.saved(partition)).collect(),
    })
}

fn question(to_delete: &[usize], groups: &[Standing]) -> String {
    match to_delete {
        [only] => format!("Delete the group `{}`?", visible(&groups[*only].name)),
        many => format!("Delete these {} groups?", many.len()),
    }
}
