//! `group reset-offsets`: sets what groups without members have committed, never joining one
//! (OffsetCommit and AlterShareGroupOffsets: READ on groups and topics; and what `group lag` asks).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::backup::{self, shown};
use super::reset_plan::{self, Step};
use super::standing::{self, LEFT_OUT, Standing, UNSEEN};
use super::write::{Share, commit, needs_read, of_offsets, outcome, refuse_members, stopped};
use super::{TopicChoice, cluster_id, each_once};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::offsets_file::{self, GivenOffsets, GroupOffsets};
use crate::group::reset::{Target, epoch};
use crate::kafka::{Client, Commit, OffsetsOfGroup};
use crate::model::group::GroupType;
use crate::model::{Name, TopicPartition, visible};
use crate::report::Block;
use crate::report::acl_write::ItemError;
use crate::report::group_write::WrittenOffset;
use crate::report::units::count;
use crate::report::written::{Change, Fate, WriteResult, Written, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The groups.
    pub groups: Vec<Name>,
    /// In these topics.
    pub topics: TopicChoice,
    /// Where to.
    pub to: To,
    /// Where the backup is kept.
    pub backup_dir: Option<PathBuf>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// The same for every partition.
    Target(Target),
    /// The first record at or after this, in milliseconds since 1970.
    Time(i64),
    /// What another group has committed.
    Group(Name),
    /// What a file says.
    File(PathBuf),
}

/// Shows old and new offsets, asks, keeps a backup, writes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let file = match &request.to {
        To::File(path) => Some(offsets_file::offsets(&backup::read(path)?).map_err(|why| {
            Error::invalid(format!("`{}` is no file of offsets", shown(path))).caused_by(why)
        })?),
        _ => None,
    };
    let client = context.connect().await?;
    let names = each_once(&request.groups);
    let mut groups = standing::read(&client, &names, &BTreeMap::new()).await?;
    standing::suggest(&client, &mut groups).await;
    let targets = targets(&client, request, file, &groups).await?;
    check(request, &groups, &targets)?;
    let steps = reset_plan::steps(context, &client, request, &groups, &targets).await?;
    let left_out = left_out(context, &client, request).await?;
    say_epoch(context, request, &steps);
    say_new(context, &groups);
    say_unmade(context, &groups, &steps);
    let mut items: Vec<Written<WrittenOffset>> = steps.iter().map(item).collect();
    let to_write = items.iter().filter(|item| item.status == Fate::Planned).count();
    let id = cluster_id(&client).await?;
    if to_write == 0 || request.dry_run {
        let result = WriteResult::new(id, request.dry_run, items).without(left_out);
        return Ok(outcome(&client, result, Vec::new(), &of_offsets("set", needs_read), None));
    }
    context.preview(&[Block::Table(table(&items))]);
    context.confirm(&question(to_write, &names, &groups))?;
    let folder = context.backup_folder(request.backup_dir.as_deref())?;
    let saved = saved(&groups, &steps);
    let path = backup::write(&folder, id.as_deref().unwrap_or(""), &context.timestamp(), saved)?;
    stopped(context)?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let failures = commit(&client, shares(&groups, &steps), &mut items).await?;
    let result = WriteResult::new(id, false, items).without(left_out);
    Ok(outcome(&client, result, failures, &of_offsets("set", needs_read), Some(&path)))
}

/// What a reset leaves out, which is said before anybody is asked: it is about what groups have committed,
/// and brokers leave out of that, without an error, what the caller may not see.
async fn left_out(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
) -> Result<Option<&'static str>> {
    let of_commits = request.topics.is_everything() && !matches!(request.to, To::File(_));
    if !of_commits || client.sees_every_topic().await? {
        return Ok(None);
    }
    context.ui.warn(&format!("{UNSEEN}, and are left as they are"));
    Ok(Some(LEFT_OUT))
}

/// Where each group's offsets lead.
async fn targets(
    client: &Client,
    request: &Request,
    file: Option<GivenOffsets>,
    groups: &[Standing],
) -> Result<Vec<Target>> {
    let same = |target: Target| groups.iter().map(|_| target.clone()).collect();
    match &request.to {
        To::Target(target) => Ok(same(target.clone())),
        To::Time(_) => Ok(same(Target::Time)),
        To::Group(name) => {
            let mut others =
                standing::read(client, std::slice::from_ref(name), &BTreeMap::new()).await?;
            standing::suggest(client, &mut others).await;
            let other = others.into_iter().next().expect("one for each name");
            other.description?;
            let offsets: BTreeMap<TopicPartition, i64> = other
                .committed?
                .into_iter()
                .filter_map(|(at, kept)| Some((at, kept.commitment.offset?)))
                .collect();
            if offsets.is_empty() {
                return Err(reset_plan::nothing_committed(client, name).await?);
            }
            Ok(same(Target::Given(offsets)))
        }
        To::File(path) => {
            let given = file.unwrap_or_default();
            let of = |group: &Standing| {
                let offsets = offsets_file::for_group(&given, &group.name).cloned();
                offsets.map(Target::Given).ok_or_else(|| {
                    let group = visible(&group.name);
                    Error::invalid(format!("`{}` has no offsets of `{group}`", shown(path)))
                })
            };
            groups.iter().map(of).collect()
        }
    }
}

/// Refuses what a broker would refuse, with the reason in full.
fn check(request: &Request, groups: &[Standing], targets: &[Target]) -> Result<()> {
    for (group, target) in groups.iter().zip(targets) {
        let is_told_where = matches!(target, Target::Given(_)) || !request.topics.is_everything();
        match &group.description {
            Err(_) if group.is_absent() && is_told_where => {}
            Err(error) if group.is_absent() => {
                return Err(error.clone().hint(
                    "to make it, name the topics that it shall begin with: `--topic TOPIC`",
                ));
            }
            Err(error) => return Err(error.clone()),
            Ok(_) => {}
        }
        if let Err(error) = &group.committed
            && !group.is_absent()
        {
            return Err(error.clone());
        }
    }
    let described: Vec<_> = groups.iter().filter_map(|g| g.description.as_ref().ok()).collect();
    refuse_members(&described, "its offsets are not changed")
}

/// Says of an offset that no log reaches by far which time it may stand for.
fn say_epoch(context: &Context<'_>, request: &Request, steps: &[Step]) {
    let To::Target(Target::Offset(offset)) = request.to else { return };
    let far = |step: &Step| step.item.new_offset.is_some_and(|end| offset / 10 > end);
    if let Some(time) = epoch(offset).filter(|_| !steps.is_empty() && steps.iter().all(far)) {
        context.ui.warn(&format!(
            "no log reaches the offset {offset}: every offset goes to the end; if it is a time, write \
             `--to {time}`"
        ));
    }
}

/// Says which groups are made.
fn say_new(context: &Context<'_>, groups: &[Standing]) {
    for group in groups.iter().filter(|group| group.is_absent()) {
        let near = group.near.as_ref().map(|near| format!(" ({near})")).unwrap_or_default();
        let name = visible(&group.name);
        context
            .ui
            .note(&format!("the group `{name}` does not exist yet and comes into being{near}"));
    }
}

/// Says what the backup cannot undo: a share group forgets whole topics only, hence where it has to keep a
/// place in a topic, its other partitions keep theirs.
fn say_unmade(context: &Context<'_>, groups: &[Standing], steps: &[Step]) {
    for (at, group) in groups.iter().enumerate().filter(|(_, group)| group.is_share()) {
        let placed = |partition: &TopicPartition| group.commitment(partition).offset.is_some();
        let kept: BTreeSet<&Name> = group
            .committed
            .iter()
            .flat_map(BTreeMap::keys)
            .filter(|partition| placed(partition))
            .map(|partition| &partition.topic)
            .collect();
        let stay = |step: &&Step| {
            let partition = &step.partition;
            step.group == at
                && step.changes
                && !placed(partition)
                && kept.contains(&partition.topic)
        };
        let stay: BTreeSet<&TopicPartition> =
            steps.iter().filter(stay).map(|step| &step.partition).collect();
        if !stay.is_empty() {
            context.ui.warn(&format!(
                "`{}` has no start yet in {}: `--undo` cannot take it away again, because a share group \
                 forgets whole topics only",
                visible(&group.name),
                named(&stay)
            ));
        }
    }
}

fn item(step: &Step) -> Written<WrittenOffset> {
    let status = match (&step.error, step.changes) {
        (Some(_), _) => Fate::Failed,
        (None, true) => Fate::Planned,
        (None, false) => Fate::Unchanged,
    };
    let error = step.error.as_ref().map(ItemError::from);
    Written { thing: step.item.clone(), action: Change::Alter, status, error }
}

/// `Set 12 offsets of 2 groups, 1 of which do not exist yet?`.
pub(super) fn question(offsets: usize, names: &[Name], groups: &[Standing]) -> String {
    let offsets = count(offsets, "offset");
    let new = groups.iter().filter(|group| group.is_absent()).count();
    match (names, new) {
        ([only], 0) => format!("Set {offsets} of `{}`?", visible(only)),
        ([only], _) => {
            format!("Set {offsets} of `{}`, which does not exist yet?", visible(only))
        }
        (many, 0) => format!("Set {offsets} of {} groups?", many.len()),
        (many, new) => {
            format!("Set {offsets} of {} groups, {new} of which do not exist yet?", many.len())
        }
    }
}

/// What the groups have committed for the partitions that change.
fn saved(groups: &[Standing], steps: &[Step]) -> Vec<GroupOffsets> {
    let of = |(at, group): (usize, &Standing)| {
        let changed = steps.iter().filter(|step| step.group == at && step.changes);
        let offsets: Vec<_> = changed.map(|step| group.saved(&step.partition)).collect();
        let group_type = match &group.description {
            Ok(description) => description.group_type.clone(),
            Err(_) => GroupType::Classic,
        };
        (!offsets.is_empty()).then(|| GroupOffsets {
            group_id: group.name.clone(),
            group_type,
            offsets,
        })
    };
    groups.iter().enumerate().filter_map(of).collect()
}

fn shares(groups: &[Standing], steps: &[Step]) -> Vec<Share<OffsetsOfGroup>> {
    let of = |(at, group): (usize, &Standing)| {
        let changed: Vec<(usize, &Step)> =
            steps.iter().enumerate().filter(|(_, step)| step.group == at && step.changes).collect();
        let commits = changed.iter().filter_map(|(_, step)| {
            Some(Commit {
                partition: step.partition.clone(),
                offset: step.item.new_offset?,
                leader_epoch: None,
                metadata: String::new(),
            })
        });
        let write = OffsetsOfGroup { group: group.name.clone(), commits: commits.collect() };
        let items = changed.iter().map(|(item, _)| *item).collect();
        (!changed.is_empty()).then_some(Share { write, is_share: group.is_share(), items })
    };
    groups.iter().enumerate().filter_map(of).collect()
}

/// The partitions of a set, as messages name them.
pub(super) fn named(partitions: &BTreeSet<&TopicPartition>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<String> =
        partitions.iter().take(SHOWN).map(|p| format!("`{}`", visible(&p.to_string()))).collect();
    let more = partitions.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", names.join(", "))
}
