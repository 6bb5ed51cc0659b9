//! `acl lint`: bindings that do nothing, do too much, or do not do what they seem to; of files, of a
//! saved list, or of the cluster.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::state::{State, StateRequest};
use crate::acl::lint::{
    Code, Finding, Location, Severity, Surroundings, judge, lint_bindings, lint_files, silence,
};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{Name, Principal, UnknownWord};
use crate::report::findings::{self, FindingEvidence, LintResult, Place};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bindings.
    pub state: StateRequest,
    /// `--live`: also ask the cluster for its topics and users.
    pub live: bool,
    /// `--deny`.
    pub deny: Vec<String>,
    /// `--allow`.
    pub allow: Vec<String>,
}

/// Looks for findings.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let deny = codes("--deny", &request.deny)?;
    let allow = codes("--allow", &request.allow)?;
    let offline = !request.state.files.paths.is_empty() || request.state.against.is_some();
    let mut state_request = request.state.clone();
    let known = if request.live || !offline {
        Known::of_cluster(context, &mut state_request).await?
    } else {
        Known::default()
    };
    let state = State::read(context, &state_request).await?;
    let surroundings =
        Surroundings { topics: known.topics.as_deref(), users: known.users.as_deref() };
    let found = match &state.desired {
        Some(desired) => {
            silence(lint_files(desired, &state.assumptions, &surroundings), &state.ignores)
        }
        None => lint_bindings(&state.bindings, &state.assumptions, &surroundings),
    };
    let found = judge(found, &deny, &allow);
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let report = LintResult {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        infos: count(Severity::Info),
        assumptions: state.assumed(),
        titles: found.iter().map(|finding| (finding.code.word(), finding.code.title())).collect(),
        items: together(found.into_iter().map(shown)),
    };
    let errors = report.errors > 0;
    Ok(Outcome::report(report).no_if(errors))
}

/// Of a cluster, whose bindings have no place: one finding for all bindings of which the same is said.
fn together(found: impl Iterator<Item = findings::Finding>) -> Vec<findings::Finding> {
    let mut items: Vec<findings::Finding> = Vec::new();
    let mut at: HashMap<(&'static str, String), usize> = HashMap::new();
    for finding in found {
        if finding.place.is_some() {
            items.push(finding);
            continue;
        }
        match at.entry((finding.code, finding.reason.clone())) {
            Entry::Occupied(known) => {
                let known = &mut items[*known.get()];
                known.bindings.extend(finding.bindings);
                known.evidence.extend(finding.evidence);
            }
            Entry::Vacant(new) => {
                new.insert(items.len());
                items.push(finding);
            }
        }
    }
    items
}

fn codes(flag: &str, words: &[String]) -> Result<Vec<Code>> {
    let code = |word: &String| {
        word.parse().map_err(|error: UnknownWord| {
            let known: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
            Error::invalid(format!("`{flag}`: {error}"))
                .hint(format!("the codes are {}", known.join(", ")))
        })
    };
    words.iter().map(code).collect()
}

/// What the cluster has.
#[derive(Default)]
struct Known {
    topics: Option<Vec<Name>>,
    users: Option<Vec<Principal>>,
}

impl Known {
    /// Asks for topics and SCRAM users. What this principal may not ask is not known, and said.
    async fn of_cluster(context: &Context<'_>, state: &mut StateRequest) -> Result<Self> {
        let client = context.connect().await?;
        if state.metadata_version.is_none() {
            state.metadata_version = client.metadata_version().await;
        }
        let (topics, users) = tokio::join!(client.list_topics(), client.list_scram_users());
        let topics = match topics {
            Ok(names) => Some(names.into_iter().map(Name::from).collect()),
            Err(error) => {
                context.ui.warn(&format!("topics are not checked: {}", error.message()));
                None
            }
        };
        let users: Option<Vec<Principal>> = match users {
            // A cluster without any SCRAM user knows its users otherwise.
            Ok(names) if names.is_empty() => None,
            Ok(names) => Some(
                names.into_iter().map(|name| Principal::verbatim(format!("User:{name}"))).collect(),
            ),
            Err(error) => {
                context.ui.warn(&format!("users are not checked: {}", error.message()));
                None
            }
        };
        let sorted = |mut names: Vec<Name>| {
            names.sort_unstable();
            names
        };
        Ok(Self {
            topics: topics.map(sorted),
            users: users.map(|mut users| {
                users.sort_unstable();
                users
            }),
        })
    }
}

fn shown(finding: Finding) -> findings::Finding {
    let place = |location: Location| Place {
        file: location.file,
        line: location.line,
        column: location.column,
    };
    findings::Finding {
        code: finding.code.word(),
        severity: match finding.severity {
            Severity::Error => crate::report::Severity::Error,
            Severity::Warning => crate::report::Severity::Warning,
            Severity::Info => crate::report::Severity::Notice,
        },
        place: finding.place.map(place),
        bindings: finding.bindings,
        reason: finding.reason,
        fix: finding.fix,
        evidence: finding
            .evidence
            .into_iter()
            .map(|evidence| FindingEvidence {
                binding: evidence.binding,
                place: evidence.place.map(place),
            })
            .collect(),
    }
}
