//! `acl apply`: makes the cluster's bindings what the files, a saved plan or a backup say.
//! CreateAcls and DeleteAcls; needs ALTER on the cluster.

use std::cell::Cell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::backup::Backup;
use super::plan::{Files, Inputs, Prepared, read_again, report, test_item};
use super::source::{Live, read_text, shown};
use super::write::{
    BoxedCheck, PLAN_AGAIN, Written, before_writing, execute, may_write, must_know, refusal,
    unwritten_report, verify,
};
use crate::acl::plan::{self, Plan, SavedPlan, phases};
use crate::commands::stop::AGAIN;
use crate::commands::{Context, Outcome, these_acls};
use crate::error::{Error, Kind, Result};
use crate::kafka::Client;
use crate::model::{Binding, shell_word, visible};
use crate::report::Report as _;
use crate::report::acl_write::{AclWriteResult, Action, ItemStatus, PlanCounts, WriteItem};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to apply.
    pub what: What,
    /// `--backup-dir`.
    pub backup_dir: Option<PathBuf>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// What to apply.
#[derive(Debug, Clone)]
pub enum What {
    /// The files.
    Files(Box<Inputs>),
    /// A plan saved with `plan --out`.
    SavedPlan(PathBuf),
    /// The backup of an earlier apply, and what is assumed and allowed.
    Undo(PathBuf, Box<Inputs>),
}

/// Applies it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    match &request.what {
        What::Files(inputs) => from_files(context, request, inputs).await,
        What::SavedPlan(path) => from_saved_plan(context, request, path).await,
        What::Undo(path, inputs) => undo(context, request, path, inputs).await,
    }
}

async fn from_files(context: &Context<'_>, request: &Request, inputs: &Inputs) -> Result<Outcome> {
    let (files, client) = context.connect_beside(|| Files::load(context, inputs)).await?;
    let live = Live::of_cluster(context, &client).await?;
    let cluster_id = live.cluster_id.clone();
    let mut earlier = Vec::new();
    match rounds(context, request, inputs, (files, client, live), &mut earlier).await {
        Ok((result, error)) => Ok(told((result.behind(earlier), error))),
        Err(error) if earlier.is_empty() => Err(error),
        // What was written is told, whatever came then.
        Err(error) => {
            let result = AclWriteResult { cluster_id, ..AclWriteResult::new(earlier) };
            Ok(told((result, Some(error))))
        }
    }
}

/// Plans, asks and writes, until nobody has changed anything in between; what was written of plans that were
/// changed then is `earlier`.
async fn rounds(
    context: &Context<'_>,
    request: &Request,
    inputs: &Inputs,
    (mut files, mut client, mut live): (Files, Client, Live),
    earlier: &mut Vec<WriteItem>,
) -> Result<(AclWriteResult, Option<Error>)> {
    let mut first = true;
    loop {
        let prepared = files.prepare(context, inputs, live)?;
        must_know(&client, prepared.plan.create.iter()).await.map_err(before_writing)?;
        let shown_plan = report(&prepared, inputs);
        if !prepared.plan.is_empty() || prepared.assessment.refusals().next().is_some() {
            context.ui.show(&shown_plan.blocks(false));
        }
        refuse(&prepared, false)?;
        if request.dry_run || prepared.plan.is_empty() {
            let result = unwritten(&prepared, request.dry_run);
            let refused = refusal(&client, &result).await;
            return Ok((result, refused));
        }
        if first {
            context.confirm_writes(&prepared.plan)?;
        } else {
            context.confirm_anew(!earlier.is_empty())?;
        }
        first = false;
        client = client.until(context.deadline());
        let mut now = read_again(&client).await?;
        let again = plan::plan(&prepared.desired, &now, &inputs.options);
        if same_writes(&again, &prepared.plan) {
            let done = carry_out(context, request, &client, &prepared, &inputs.options).await?;
            // Without anybody to ask it stays refused; `--yes` was said about another plan.
            let may_ask = context.ui.can_ask() && context.ui.asks();
            if !done.changed || !may_ask || context.stop.heard().await.is_some() {
                return Ok((done.result, done.error));
            }
            let written = |item: &WriteItem| item.status != ItemStatus::Skipped;
            earlier.extend(done.result.items.into_iter().filter(written));
            client = client.until(context.deadline());
            now = read_again(&client).await?;
            if let Some(stopped) = context.stop.heard().await {
                return Err(stopped);
            }
            context.stop.end_writing();
        }
        context.ui.warn("the ACLs changed meanwhile, this is the plan now");
        live = Live { bindings: now, ..prepared.live };
        files = Files::load(context, inputs)?;
    }
}

async fn from_saved_plan(context: &Context<'_>, request: &Request, path: &Path) -> Result<Outcome> {
    let yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    if path.is_dir() || yaml {
        return Err(Error::invalid(format!("`{}` is no saved plan", shown(path))).hint(format!(
            "ACL files and folders are named with `-f`: `kward acl apply -f {}`",
            shell_word(&path.to_string_lossy())
        )));
    }
    let text = read_text(path).map_err(|error| {
        Error::invalid(format!("cannot read the plan `{}`", shown(path))).caused_by(error)
    })?;
    let saved = SavedPlan::from_json(&text).map_err(|error| {
        let kind = match error {
            plan::SavedPlanError::Edited => Kind::Refused,
            _ => Kind::Invalid,
        };
        Error::new(kind, format!("cannot apply `{}`", shown(path)))
            .caused_by(error)
            .hint("plan again with `kward acl plan -f … --out FILE`")
    })?;
    let client = context.connect().await?;
    let live = Live::of_cluster(context, &client).await?;
    let actual = live.cluster_id.clone().unwrap_or_default();
    if saved.cluster_id != actual {
        return Err(Error::refused(format!(
            "the plan is for the cluster `{}`, this is `{}`",
            visible(&saved.cluster_id),
            visible(&actual)
        ))
        .hint("choose the right context with `--context`"));
    }
    let desired = saved.desired();
    let options = saved.options();
    let plan = plan::plan(&desired, &live.bindings, &options);
    let assessment =
        plan::assess(&plan, &desired, &live.bindings, &saved.assumptions, &saved.guards);
    if !saved.still_is(&plan, &assessment) {
        return Err(stale(&saved, &plan));
    }
    if !saved.saw(&live.bindings) {
        context.ui.note("the ACLs of the cluster have changed since the plan was made; none of it touches the plan");
    }
    let prepared =
        Prepared { desired, live, assumptions: saved.assumptions.clone(), plan, assessment };
    refuse(&prepared, true)?;
    if request.dry_run || prepared.plan.is_empty() {
        return Ok(unwritten_outcome(&client, &prepared, request.dry_run).await);
    }
    context.confirm_unasked()?;
    let client = client.until(context.deadline());
    let done = carry_out(context, request, &client, &prepared, &options).await?;
    Ok(told((done.result, done.error)))
}

/// The plan is not what it was, and by which bindings.
fn stale(saved: &SavedPlan, plan: &Plan) -> Error {
    const SHOWN: usize = 10;
    let mut error = Error::refused("the ACLs of the cluster have changed, and this plan with them")
        .caused_by(format_args!("it was made at {}", visible(&saved.created_at)));
    let changed = saved.what_changed(plan);
    for line in changed.iter().take(SHOWN) {
        error = error.caused_by(line);
    }
    if changed.is_empty() {
        error = error.caused_by("other ACLs than those of the plan change what it does to access");
    } else if changed.len() > SHOWN {
        error = error.caused_by(format_args!("… and {} more", changed.len() - SHOWN));
    }
    error.hint("plan again, and review what changed")
}

fn told((result, error): (AclWriteResult, Option<Error>)) -> Outcome {
    Outcome::report(result).with_error(error)
}

/// Creates again what is missing of the backup, with the guards of any apply. Deletes nothing.
async fn undo(
    context: &Context<'_>,
    request: &Request,
    path: &Path,
    inputs: &Inputs,
) -> Result<Outcome> {
    let backup = Backup::read(path)?;
    let client = context.connect().await?;
    let live = Live::of_cluster(context, &client).await?;
    let actual = live.cluster_id.clone().unwrap_or_default();
    if backup.cluster_id != actual {
        return Err(Error::refused(format!(
            "the backup is of the cluster `{}`, this is `{}`",
            visible(&backup.cluster_id),
            visible(&actual)
        ))
        .hint("choose the right context with `--context`"));
    }
    let prepared = Prepared::of(context, backup.desired(path), inputs, live);
    let missing = &prepared.plan.create;
    if !missing.is_empty() {
        context.ui.show(&report(&prepared, inputs).blocks(false));
    }
    refuse(&prepared, false)?;
    let is_missing: HashSet<&Binding> = missing.iter().collect();
    let there = prepared.desired.binding_set().filter(|binding| !is_missing.contains(binding));
    let existed: Vec<WriteItem> =
        there.map(|binding| WriteItem::new(binding, Action::Create, ItemStatus::Existed)).collect();
    let outcome = if request.dry_run || missing.is_empty() {
        unwritten_report(&client, unwritten(&prepared, request.dry_run).after(existed)).await
    } else {
        context.confirm(&format!("Create {}?", these_acls(missing.len())))?;
        let client = client.until(context.deadline());
        let done = carry_out(context, request, &client, &prepared, &inputs.options).await?;
        told((done.result.after(existed), done.error))
    };
    Ok(outcome)
}

/// The guards that speak and are not overridden. `saved`: the plan comes from a file, which also
/// holds how the guards were set.
fn refuse(prepared: &Prepared, saved: bool) -> Result<()> {
    let refusals: Vec<_> = prepared.assessment.refusals().collect();
    let Some(first) = refusals.first() else { return Ok(()) };
    let mut error = Error::refused(match refusals.len() {
        1 => format!("refused: {}", first.message),
        many => format!("refused by {many} guards, nothing was written"),
    });
    for guard in &refusals {
        if refusals.len() > 1 {
            error = error.caused_by(&guard.message);
        }
        for detail in &guard.details {
            error = error.caused_by(detail);
        }
        error = error.hint(if saved {
            format!("plan again with `{}` to allow it", guard.flag)
        } else {
            format!("`{}` allows it", guard.flag)
        });
    }
    for test in prepared.assessment.tests.iter().filter(|test| !test.passed) {
        let item = test_item(&prepared.desired, test);
        error =
            error.caused_by(format_args!("{}: {}: {}", item.place, item.assertion(), item.why()));
    }
    Err(error)
}

fn counts(plan: &Plan) -> PlanCounts {
    PlanCounts {
        unchanged: plan.unchanged,
        extra: plan.extra.len(),
        not_managed: plan.not_managed,
        protected: plan.protected,
    }
}

/// The result when nothing is sent.
fn unwritten(prepared: &Prepared, dry_run: bool) -> AclWriteResult {
    let planned = |bindings: &[Binding], action| -> Vec<WriteItem> {
        let item = |binding| WriteItem::new(binding, action, ItemStatus::Planned);
        bindings.iter().map(item).collect()
    };
    let mut items = planned(&prepared.plan.create, Action::Create);
    items.extend(planned(&prepared.plan.delete, Action::Delete));
    AclWriteResult {
        cluster_id: prepared.live.cluster_id.clone(),
        dry_run,
        plan: Some(counts(&prepared.plan)),
        ..AclWriteResult::new(items)
    }
}

fn same_writes(a: &Plan, b: &Plan) -> bool {
    a.create == b.create && a.delete == b.delete
}

/// What came of a plan.
struct CarriedOut {
    result: AclWriteResult,
    error: Option<Error>,
    /// The ACLs changed before the first deletion: nothing was deleted.
    changed: bool,
}

/// Checks the right to write, keeps a backup, writes, verifies.
async fn carry_out(
    context: &Context<'_>,
    request: &Request,
    client: &Client,
    prepared: &Prepared,
    options: &plan::Options,
) -> Result<CarriedOut> {
    let Prepared { desired, live, assumptions, plan, .. } = prepared;
    let changed = Cell::new(false);
    may_write(client, plan.create.iter()).await?;
    let cluster_id = live.cluster_id.clone().unwrap_or_default();
    let backup = if plan.delete.is_empty() {
        None
    } else {
        let folder = context.backup_folder(request.backup_dir.as_deref())?;
        let backup = Backup::new(&cluster_id, context.timestamp(), plan.delete.clone());
        let path = backup.write(&folder)?;
        context.stop.has_backup(shown(&path));
        Some(path)
    };
    let changed_now = &changed;
    let look_again = |_: &[WriteItem]| -> BoxedCheck<'_> {
        Box::pin(async move {
            let now = read_again(&client.until(context.deadline())).await?;
            let again = plan::plan(desired, &now, options);
            // What was created a moment ago may not be visible yet; nothing else may be missing.
            let created_elsewhere =
                again.create.iter().any(|binding| !plan.create.contains(binding));
            if again.delete == plan.delete && !created_elsewhere {
                return Ok(());
            }
            changed_now.set(true);
            Err(Error::refused("the ACLs changed while this was applied: nothing was deleted")
                .hint("apply again, and review the plan as it is now"))
        })
    };
    let phases = phases(plan, assumptions.allow_everyone_if_no_acl_found);
    let written: Written = execute(context, client, &phases, &look_again).await;
    let of_plan = matches!(request.what, What::SavedPlan(_));
    let mut error = written.error(Some(if of_plan { PLAN_AGAIN } else { AGAIN }));
    if error.is_none() {
        error = verify(context, client, &written).await.err();
    }
    let may_be_gone = written.items.iter().any(|item| {
        item.action == Action::Delete
            && matches!(item.status, ItemStatus::Deleted | ItemStatus::Unknown)
    });
    let mut result = written.into_report(Some(cluster_id));
    result.plan = Some(counts(plan));
    if let Some(path) = backup {
        if may_be_gone {
            result.backup = Some(shown(&path));
        } else {
            // Nothing of it is needed; should this fail, a file too many is left.
            let _ = std::fs::remove_file(path);
        }
    }
    Ok(CarriedOut { result, error, changed: changed.get() })
}

/// What nothing is written of.
async fn unwritten_outcome(client: &Client, prepared: &Prepared, dry_run: bool) -> Outcome {
    unwritten_report(client, unwritten(prepared, dry_run)).await
}
