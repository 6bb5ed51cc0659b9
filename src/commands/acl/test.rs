//! `acl test`: runs the `tests:` of files against the files alone, a saved list or the cluster.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quick_junit::{NonSuccessKind, Report as JunitReport, TestCase, TestCaseStatus, TestSuite};

use super::can::{asked_first, by_cluster};
use super::source::{Live, is_standard_input, one_from_standard_input, shown};
use super::state::{State, StateRequest};
use crate::acl::assertions;
use crate::acl::authorizer::{self, Assumptions, Authorizer};
use crate::acl::desired::{Assertion, Desired, Place};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{Binding, MetadataVersion};
use crate::report::access::SourceLine;
use crate::report::acl_test::{AclTestResult, TestItem, Untouched};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The files, and what is assumed. `against` decides on a saved list.
    pub state: StateRequest,
    /// `--live`.
    pub live: bool,
    /// `--junit`.
    pub junit: Option<PathBuf>,
    /// `--coverage`.
    pub coverage: bool,
}

/// Runs them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let files = StateRequest { against: None, ..request.state.clone() };
    one_from_standard_input(&[
        ("the files", is_standard_input(&files.files.paths)),
        ("the list of `--against`", is_standard_input(&request.state.against)),
    ])?;
    if request.junit.as_deref() == Some(Path::new("-")) {
        return Err(Error::invalid("`--junit` names a file, and `-` is none")
            .hint("the results of the tests go to standard output; `/dev/stderr` is a file, too"));
    }
    let against = request.state.against.as_deref();
    files.files.refuse_as_output("--junit", request.junit.as_deref(), against)?;
    let live = match &request.state.against {
        Some(path) => Some(Live::of_snapshot(path)?),
        None if request.live => Some(Live::of_cluster(context, &context.connect().await?).await?),
        None => None,
    };
    let version = live.as_ref().and_then(|live| live.metadata_version);
    let files = StateRequest { metadata_version: version.or(files.metadata_version), ..files };
    let state = State::read(context, &files).await?;
    let desired =
        state.desired.as_ref().ok_or_else(|| Error::invalid("`acl test` needs ACL files"))?;
    if desired.tests.is_empty() {
        context.ui.warn("the files hold no `tests:`");
    }
    let mut assumptions = state.assumptions.clone();
    assumptions.cidr |= version.is_some_and(MetadataVersion::supports_cidr);
    let bindings = live.as_ref().map_or(&state.bindings, |live| &live.bindings);
    let results = assertions::run(&desired.tests, bindings, &assumptions);
    let denied = results.iter().filter(|result| !result.decision.allowed);
    let first: Vec<_> =
        denied.filter_map(|result| asked_first(&result.assertion.request())).collect();
    for principal in allowed_to(&first, bindings, &assumptions) {
        context.ui.warn(&by_cluster(principal));
    }
    let items: Vec<TestItem> = results
        .iter()
        .map(|result| {
            let source = state.source_of(&result.decision).filter(|_| live.is_none());
            item(desired, result.assertion, result.passed, result.reason_sentence(), source)
        })
        .collect();
    let passed = items.iter().filter(|item| item.passed).count();
    let report = AclTestResult {
        passed,
        failed: items.len() - passed,
        decided_on: match (&live, request.live) {
            (None, _) => "files",
            (Some(_), true) => "cluster",
            (Some(_), false) => "snapshot",
        },
        assumptions: super::state::assumed(&assumptions),
        untouched: request.coverage.then(|| {
            let untouched = assertions::untouched(desired, &assumptions);
            untouched.iter().map(|one| not_touched(desired, one)).collect()
        }),
        items,
    };
    if let Some(path) = &request.junit {
        write_junit(path, &report)?;
    }
    let failed = report.failed > 0;
    Ok(Outcome::report(report).no_if(failed))
}

/// Whose requests are allowed. The bindings are arranged only where anything is asked.
fn allowed_to<'r>(
    requests: &[authorizer::Request<'r>],
    bindings: &[Binding],
    assumptions: &Assumptions,
) -> BTreeSet<&'r str> {
    if requests.is_empty() {
        return BTreeSet::new();
    }
    let authorizer = Authorizer::new(bindings, assumptions);
    let allowed = requests.iter().filter(|request| authorizer.decide(request).allowed);
    allowed.map(|request| request.principal).collect()
}

/// An assertion and what became of it, as it is shown.
pub(super) fn item(
    desired: &Desired,
    assertion: &Assertion,
    passed: bool,
    because: String,
    source: Option<SourceLine>,
) -> TestItem {
    TestItem {
        principal: assertion.principal.clone(),
        host: assertion.host.clone(),
        operation: assertion.operation,
        resource: super::can::resource(assertion.resource_type, &assertion.resource_name),
        expected: assertion.allowed,
        passed,
        place: source_line(desired, assertion.place),
        because,
        source,
    }
}

/// Where something is written.
pub(super) fn source_line(desired: &Desired, place: Place) -> SourceLine {
    let file = desired.documents.get(place.document as usize).map_or("", |document| &document.file);
    SourceLine { file: file.to_owned(), line: place.line as usize }
}

fn not_touched(desired: &Desired, one: &assertions::Untouched<'_>) -> Untouched {
    let mut principals: Vec<_> = one.bindings.iter().map(|b| b.principal.clone()).collect();
    principals.sort_unstable();
    principals.dedup();
    Untouched { source: source_line(desired, one.place), principals, bindings: one.bindings.len() }
}

/// The report that CI systems read.
fn write_junit(path: &Path, report: &AclTestResult) -> Result<()> {
    let mut junit = JunitReport::new("kward acl test");
    for of_file in report.items.chunk_by(|a, b| a.place.file == b.place.file) {
        let file = &of_file[0].place.file;
        let mut suite = TestSuite::new(file.as_str());
        for item in of_file {
            let mut status = TestCaseStatus::success();
            if !item.passed {
                status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(item.why());
            }
            let mut case = TestCase::new(item.assertion(), status);
            case.set_classname(file.as_str());
            case.extra.insert("file".into(), file.as_str().into());
            case.extra.insert("line".into(), item.place.line.to_string().into());
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    let text = junit
        .to_string()
        .map_err(|error| Error::failed("cannot make the JUnit report").caused_by(error))?;
    std::fs::write(path, text).map_err(|error| {
        Error::failed(format!("cannot write the JUnit report to `{}`", shown(path)))
            .caused_by(error)
    })
}
