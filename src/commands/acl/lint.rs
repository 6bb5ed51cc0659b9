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
use crate::kafka::Client;
use crate::model::{Name, PatternType, Principal, ResourceType, UnknownWord, WILDCARD, visible};
use crate::report::findings::{self, FindingEvidence, LintResult, Place};
use crate::topic::Topic;

const TOPIC_AUTHORIZATION_FAILED: i16 = 29;

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
    let mut known = if request.live || !offline {
        Known::of_cluster(context, &mut state_request).await?
    } else {
        Known::default()
    };
    let state = State::read(context, &state_request).await?;
    known.mind_hidden(context, &state).await;
    let surroundings =
        Surroundings { topics: known.topics.as_deref(), users: known.users.as_deref() };
    let found = match &state.desired {
        Some(desired) => {
            silence(lint_files(desired, &state.assumptions, &surroundings), &state.ignores)
        }
        None => lint_bindings(&state.bindings, &state.assumptions, &surroundings),
    };
    let found = judge(found, &deny, &allow);
    let titles = found.iter().map(|finding| (finding.code.word(), finding.code.title())).collect();
    let items = together(found.into_iter().map(shown));
    let count = |severity| items.iter().filter(|finding| finding.severity == severity).count();
    let report = LintResult {
        errors: count(crate::report::Severity::Error),
        warnings: count(crate::report::Severity::Warning),
        infos: count(crate::report::Severity::Notice),
        assumptions: state.assumed(),
        titles,
        items,
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
    client: Option<Client>,
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
        if client.talks_to_controllers() {
            context.ui.warn("topics and users are not checked: controllers do not tell of them");
            return Ok(Self::default());
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
            client: Some(client),
        })
    }

    /// Topics that one may not describe are left out of a list without a word. Asked for by name the
    /// broker says so; whether there is such a topic it does not say, and no fault is found with it.
    async fn mind_hidden(&mut self, context: &Context<'_>, state: &State) {
        let (Some(client), Some(topics)) = (&self.client, &mut self.topics) else { return };
        let mut missing: Vec<Name> = state
            .bindings
            .iter()
            .filter(|b| {
                b.resource_type == ResourceType::Topic && b.pattern_type == PatternType::Literal
            })
            .map(|binding| binding.resource_name.clone())
            .filter(|name| name.as_str() != WILDCARD && topics.binary_search(name).is_err())
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return;
        }
        let found = match client.cluster_and_topics(Some(&missing), false).await {
            Ok((_, found)) => found,
            Err(error) => {
                context.ui.warn(&format!("topics are not checked: {}", error.message()));
                self.topics = None;
                return;
            }
        };
        let refused = |topic: &&Topic| {
            topic.error.as_ref().is_some_and(|e| e.code == TOPIC_AUTHORIZATION_FAILED)
        };
        let hidden: Vec<Name> = found.iter().filter(refused).map(|t| t.name.clone()).collect();
        if let Some(first) = hidden.first() {
            context.ui.warn(&format!(
                "{} topics that ACLs name may not be described by this user and are not checked, `{}` first",
                hidden.len(),
                visible(first)
            ));
            topics.extend(hidden);
            topics.sort_unstable();
        }
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
