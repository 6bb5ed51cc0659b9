//! `acl plan`: what an apply would do. Writes nothing to Kafka.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::source::{
    FileArguments, Live, StateSource, is_standard_input, one_from_standard_input, shown,
};
use super::write::must_know;
use crate::acl::access;
use crate::acl::authorizer::Assumptions;
use crate::acl::desired::Desired;
use crate::acl::lint::endangers_brokers;
use crate::acl::plan::{self, Assessment, GuardSettings, Options, Parts, Plan, SavedPlan};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::model::{Binding, MetadataVersion, Principal, shell_word, visible};
use crate::report::acl_plan::{AccessLine, AccessPart, AclPlan, Assumed, Change, GuardLine};
use crate::report::acl_test::TestItem;
use crate::report::units::count;
use crate::settings::write_private;

/// What the files, the flags and the context say.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// `-f` and its variables.
    pub files: FileArguments,
    /// `--prune`, `--principal`.
    pub options: Options,
    /// The guards' flags.
    pub guards: GuardSettings,
    /// `--super-user`.
    pub super_users: Vec<Principal>,
    /// `--allow-everyone-if-no-acl-found`.
    pub allow_everyone: bool,
    /// `--metadata-version`.
    pub metadata_version: Option<MetadataVersion>,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The desired state.
    pub inputs: Inputs,
    /// What it is compared with.
    pub state: StateSource,
    /// `--out`.
    pub out: Option<PathBuf>,
    /// Exit status 3 unless in sync and all tests pass.
    pub detailed_exitcode: bool,
}

/// A plan with all that it came from.
#[derive(Debug)]
pub struct Prepared {
    /// The files.
    pub desired: Desired,
    /// The bindings planned on.
    pub live: Live,
    /// What is assumed of the brokers.
    pub assumptions: Assumptions,
    /// The plan.
    pub plan: Plan,
    /// What it does.
    pub assessment: Assessment,
}

/// Plans, shows, saves.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let inputs = &request.inputs;
    let against = match &request.state {
        StateSource::Snapshot(path) => Some(path.as_path()),
        StateSource::Cluster => None,
    };
    inputs.files.refuse_as_output("--out", request.out.as_deref(), against)?;
    let load = || Files::load(context, inputs);
    let mut connected = None;
    let (files, live) = match &request.state {
        StateSource::Snapshot(path) => {
            one_from_standard_input(&[
                ("the files", is_standard_input(&inputs.files.paths)),
                ("the list of `--against`", is_standard_input([path])),
            ])?;
            (load()?, Live::of_snapshot(path)?)
        }
        StateSource::Cluster => {
            let (files, client) = context.connect_beside(load).await?;
            let live = Live::of_cluster(context, &client).await?;
            connected = Some(client);
            (files, live)
        }
    };
    let prepared = files.prepare(context, inputs, live)?;
    if let Some(client) = &connected {
        must_know(client, prepared.plan.create.iter()).await?;
    }
    if let Some(path) = &request.out {
        save(context, inputs, &prepared, path)?;
    }
    let report = report(&prepared, inputs);
    let failed = report.tests.iter().any(|test| !test.passed);
    let drift = request.detailed_exitcode && (!report.in_sync || failed);
    Ok(Outcome::report(report).no_if(drift))
}

/// The decoded files, before it is known which cluster they meet.
#[derive(Debug)]
pub struct Files {
    desired: Desired,
}

impl Files {
    /// Reads and decodes them; every mistake is found before anything is sent.
    pub fn load(context: &Context<'_>, inputs: &Inputs) -> Result<Self> {
        let desired = inputs.files.load(context, true)?;
        if inputs.options.prune && desired.documents.iter().all(|document| document.scope.is_none())
        {
            return Err(Error::refused("`--prune` deletes within scopes, and no file has a `scope:`").hint(
                "say what the files are authoritative for, for example `scope: { principal: [User:orders] }`, or `scope: all`",
            ));
        }
        Ok(Self { desired })
    }

    /// Compares them with `live`.
    pub fn prepare(self, context: &Context<'_>, inputs: &Inputs, live: Live) -> Result<Prepared> {
        let Self { mut desired } = self;
        check_cluster(&desired, &live)?;
        let has_ranges = desired.binding_set().any(|b| b.host.is_range());
        if has_ranges && !knows_ranges(inputs, &live) {
            // Only now is it known that the cluster would store them and never match: the files are
            // decoded again, for the places.
            desired = inputs.files.load(context, false)?;
        }
        let prepared = Prepared::of(context, desired, inputs, live);
        let cidr = prepared.assumptions.cidr;
        warn_of_useless(context, &prepared.desired, &prepared.plan, cidr);
        note_version(context, inputs, &prepared.live);
        warn_of_nobody(context, inputs, &prepared.desired, &prepared.live);
        warn_of_applicant(context, inputs, &prepared);
        Ok(prepared)
    }
}

/// Whether ranges of addresses match anybody there.
fn knows_ranges(inputs: &Inputs, live: &Live) -> bool {
    let version = live.metadata_version.or(inputs.metadata_version);
    version.is_some_and(MetadataVersion::supports_cidr)
}

impl Prepared {
    /// Plans and assesses.
    pub fn of(context: &Context<'_>, desired: Desired, inputs: &Inputs, live: Live) -> Self {
        let assumptions = assumptions(context, inputs, knows_ranges(inputs, &live));
        let plan = plan::plan(&desired, &live.bindings, &inputs.options);
        let assessment =
            plan::assess(&plan, &desired, &live.bindings, &assumptions, &inputs.guards);
        Self { desired, live, assumptions, plan, assessment }
    }
}

/// What is assumed of the brokers: flags add to what the context says.
pub fn assumptions(context: &Context<'_>, inputs: &Inputs, cidr: bool) -> Assumptions {
    let mut super_users = context.settings.super_users.clone();
    super_users.extend(inputs.super_users.iter().cloned());
    super_users.sort_unstable();
    super_users.dedup();
    Assumptions {
        super_users,
        allow_everyone_if_no_acl_found: inputs.allow_everyone
            || context.settings.allow_everyone_if_no_acl_found.unwrap_or(false),
        cidr,
    }
}

fn check_cluster(desired: &Desired, live: &Live) -> Result<()> {
    match (&desired.cluster, &live.cluster_id) {
        (Some((wanted, place)), Some(actual)) if wanted != actual => Err(Error::refused(format!(
            "the files are for the cluster `{}`, this is `{}`",
            visible(wanted),
            visible(actual)
        ))
        .caused_by(format_args!("`cluster:` at {}", desired.place(*place)))
        .hint("choose the right context with `--context`, or correct `cluster:`")),
        _ => Ok(()),
    }
}

fn save(
    context: &Context<'_>,
    inputs: &Inputs,
    prepared: &Prepared,
    path: &std::path::Path,
) -> Result<()> {
    if path.as_os_str() == "-" {
        return Err(Error::invalid("`--out` takes a file, not `-`")
            .hint("`-o json` prints the plan; what `acl apply` takes is a file"));
    }
    let cluster_id = prepared.live.cluster_id.as_deref().ok_or_else(|| {
        Error::invalid(
            "a plan cannot be saved against a list that does not say which cluster it is of",
        )
    })?;
    let parts = Parts {
        desired: &prepared.desired,
        options: &inputs.options,
        guards: &inputs.guards,
        assumptions: &prepared.assumptions,
    };
    let saved = SavedPlan::new(
        &parts,
        &prepared.plan,
        &prepared.assessment,
        &prepared.live.bindings,
        cluster_id,
        context.timestamp(),
    );
    write_private(path, &saved.to_json()).map_err(|error| {
        Error::failed(format!("cannot write the plan to `{}`", shown(path))).caused_by(error)
    })?;
    let word = shell_word(&path.to_string_lossy());
    let flags: Vec<String> =
        prepared.assessment.refusals().map(|guard| format!("`{}`", guard.flag)).collect();
    let what = if flags.is_empty() {
        format!("apply it with `kward acl apply {word}`")
    } else {
        format!("but as it is it will be refused: plan again with {}", flags.join(", "))
    };
    context.ui.note(&format!("plan saved, {what}"));
    Ok(())
}

/// The plan as it is shown.
pub fn report(prepared: &Prepared, inputs: &Inputs) -> AclPlan {
    let Prepared { desired, live, assumptions, plan, assessment } = prepared;
    let mut owners: Vec<String> =
        desired.documents.iter().filter_map(|document| document.owner.clone()).collect();
    owners.sort_unstable();
    owners.dedup();
    AclPlan {
        cluster_id: live.cluster_id.clone(),
        captured_at: live.captured_at.clone(),
        metadata_version: live.metadata_version.map(|version| version.to_string()),
        owners,
        in_sync: plan.in_sync(),
        prune: inputs.options.prune,
        create: plan.create.clone(),
        create_places: plan
            .create
            .iter()
            .map(|binding| super::test::source_line(desired, desired.bindings[binding][0]))
            .collect(),
        delete: plan.delete.clone(),
        extra: plan.extra.clone(),
        unchanged: plan.unchanged,
        not_managed: plan.not_managed,
        protected: plan.protected,
        unknown: plan.unknown,
        loses_all: assessment.loses_all.clone(),
        access: assessment.access.iter().map(access_line).collect(),
        guards: assessment
            .guards
            .iter()
            .map(|guard| GuardLine {
                code: guard.code.word(),
                message: guard.message.clone(),
                details: guard.details.clone(),
                flag: guard.flag.clone(),
                overridden: guard.overridden,
            })
            .collect(),
        tests: assessment.tests.iter().map(|test| test_item(desired, test)).collect(),
        assumptions: Assumed {
            super_users: assumptions.super_users.clone(),
            allow_everyone_if_no_acl_found: assumptions.allow_everyone_if_no_acl_found,
            cidr: assumptions.cidr,
        },
        notes: notes(desired, live, inputs),
    }
}

fn notes(desired: &Desired, live: &Live, inputs: &Inputs) -> Vec<String> {
    let mut notes = Vec::new();
    if inputs.options.prune {
        notes.extend(desired.documents.iter().filter(|document| document.scope.is_none()).map(
            |document| {
                let of_file = desired.documents.iter().filter(|other| other.file == document.file);
                let which = match document.rules.first() {
                    Some(rule) if of_file.count() > 1 => {
                        format!("the document of line {} in ", rule.line)
                    }
                    _ => String::new(),
                };
                format!(
                    "{which}{} has no scope: it only adds, nothing of it is pruned",
                    visible(&document.file)
                )
            },
        ));
    }
    if inputs.guards.skip_tests && !desired.tests.is_empty() {
        let tests = desired.tests.len();
        let were = if tests == 1 { "was" } else { "were" };
        notes.push(format!("{} {were} skipped (`--skip-tests`)", count(tests, "test")));
    }
    if desired.cluster.is_some() && live.cluster_id.is_none() {
        notes.push(
            "the list does not say which cluster it is of: `cluster:` was not checked".to_owned(),
        );
    }
    notes
}

fn parts(parts: &[access::AccessPart]) -> Vec<AccessPart> {
    let shown = |part: &access::AccessPart| AccessPart {
        principal: part.principal.clone(),
        pattern_type: part.pattern_type,
        resource_name: part.resource_name.clone(),
        host: part.host.clone(),
    };
    parts.iter().map(shown).collect()
}

/// A change of access as it is shown.
pub fn access_line(change: &access::AccessChange) -> AccessLine {
    AccessLine {
        principal: change.principal.clone(),
        host: change.host.clone(),
        operation: change.operation,
        resource_type: change.resource_type,
        pattern_type: change.pattern_type,
        resource_name: change.resource_name.clone(),
        change: match change.change {
            access::Change::Gains => Change::Gains,
            access::Change::Loses => Change::Loses,
        },
        except: parts(&change.except),
        already: parts(&change.already),
    }
}

/// An assertion of the files and what became of it.
pub fn test_item(desired: &Desired, test: &plan::TestOutcome) -> TestItem {
    let source = test.binding.as_ref().and_then(|binding| desired.bindings.get(binding));
    let source = source.and_then(|places| places.first());
    super::test::item(
        desired,
        &desired.tests[test.index],
        test.passed,
        test.reason.clone(),
        source.map(|place| super::test::source_line(desired, *place)),
    )
}

/// Reads the bindings anew.
pub async fn read_again(client: &Client) -> Result<Vec<Binding>> {
    client.describe_acls(&crate::model::Filter::default()).await
}

/// `bindings:` takes what it is given; it is still better to hear beforehand of a refusal, and of what
/// matches nobody.
fn warn_of_useless(context: &Context<'_>, desired: &Desired, plan: &Plan, cidr: bool) {
    // A rule of many hosts and operations says the same many times.
    let mut said = BTreeSet::new();
    for binding in &plan.create {
        let verbatim = desired.verbatim.contains(binding);
        let range = binding.host.is_range();
        let why = match binding.unstorable() {
            Some(why) if verbatim => format!("no broker takes this binding: {why}"),
            None if verbatim && range && !cidr => binding.host.inert_range(),
            _ if binding.names_no_user() => format!(
                "`{}` names no user: brokers ask for `User:{0}`, which this binding does not match",
                visible(&binding.resource_name)
            ),
            _ => match endangers_brokers(binding) {
                Some(why) => why,
                None => continue,
            },
        };
        let place = desired.bindings.get(binding).and_then(|places| places.first());
        let at = place.map_or_else(Default::default, |place| {
            let file = desired.documents.get(place.document as usize).map_or("", |d| &*d.file);
            (file, place.line as usize, place.column as usize)
        });
        if said.insert((at, why.clone())) {
            context.ui.warn_at(at, &why);
        }
    }
}

/// Of somebody who may not alter ACLs the guard against a lock-out can say nothing.
fn warn_of_applicant(context: &Context<'_>, inputs: &Inputs, prepared: &Prepared) {
    let Some(principal) = &inputs.guards.as_principal else { return };
    if !plan::may_alter(principal, &prepared.live.bindings, &prepared.assumptions) {
        context.ui.warn(&format!(
            "`{}` (`--as`) may not alter ACLs as it is: if it is a super user, say so with `--super-user {}`",
            visible(principal),
            shell_word(principal)
        ));
    }
}

/// What the cluster tells is better than what is said of it.
fn note_version(context: &Context<'_>, inputs: &Inputs, live: &Live) {
    if let (Some(said), Some(told)) = (inputs.metadata_version, live.metadata_version)
        && said != told
    {
        context.ui.note(&format!(
            "`--metadata-version {said}` counts where no cluster tells its own; this one has {told}"
        ));
    }
}

/// A mistyped `--principal` would read as "in sync".
fn warn_of_nobody(context: &Context<'_>, inputs: &Inputs, desired: &Desired, live: &Live) {
    let Some(principal) = &inputs.options.principal else { return };
    let known = desired.binding_set().chain(&live.bindings).any(|b| b.principal == *principal);
    if !known {
        context.ui.warn(&format!(
            "`{}` has no binding, neither in the files nor on the cluster",
            visible(principal)
        ));
    }
}
