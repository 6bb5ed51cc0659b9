//! A plan saved by `plan --out`: all that it takes to compute it again against a later live state
//! and to see whether it is still the plan that was reviewed.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::acl::access::AccessChange;
use crate::acl::authorizer::Assumptions;
use crate::acl::desired::{Assertion, Desired, Document, Place, Selector};
use crate::model::{Binding, Principal};

use super::{Assessment, GuardSettings, Options, Plan};

/// The format that this version writes, and the only one that it reads.
pub const FORMAT: u32 = 1;

/// `kind` of the document.
const KIND: &str = "AclSavedPlan";

/// A saved plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedPlan {
    api_version: String,
    kind: String,
    format: u32,
    /// The program that wrote it.
    pub program: String,
    /// When, RFC 3339 in UTC.
    pub created_at: String,
    /// The cluster that it is for.
    pub cluster_id: String,
    prune: bool,
    principal: Option<Principal>,
    /// The guards as they were set.
    pub guards: GuardSettings,
    /// What was assumed of the brokers.
    pub assumptions: Assumptions,
    documents: Vec<SavedDocument>,
    desired: Vec<Binding>,
    protect: Vec<Selector>,
    tests: Vec<Assertion>,
    create: Vec<Binding>,
    delete: Vec<Binding>,
    extra: Vec<Binding>,
    access: Vec<AccessChange>,
    findings: Vec<String>,
    live_digest: String,
    digest: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedDocument {
    file: String,
    owner: Option<String>,
    scope: Option<Selector>,
}

/// Why a file is no plan that can be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedPlanError {
    /// Not a saved plan at all; the reason.
    NotAPlan(String),
    /// A format of another version.
    Format(u32),
    /// Its content is not what was saved.
    Edited,
}

impl fmt::Display for SavedPlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SavedPlanError::NotAPlan(why) => write!(f, "this is not a plan saved by `plan --out`: {why}"),
            SavedPlanError::Format(format) => write!(
                f,
                "the plan has format {format}, this kward reads format {FORMAT}: plan again with this version"
            ),
            SavedPlanError::Edited => f.write_str(
                "the plan was edited or damaged after it was saved: its digest does not fit its content",
            ),
        }
    }
}

impl std::error::Error for SavedPlanError {}

/// What a plan is made of, besides the live bindings.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The files.
    pub desired: &'a Desired,
    /// What was asked for.
    pub options: &'a Options,
    /// The guards.
    pub guards: &'a GuardSettings,
    /// The brokers.
    pub assumptions: &'a Assumptions,
}

impl SavedPlan {
    /// The plan with all that it came from.
    pub fn new(
        parts: &Parts<'_>,
        plan: &Plan,
        assessment: &Assessment,
        live: &[Binding],
        cluster_id: &str,
        created_at: String,
    ) -> Self {
        let desired = parts.desired;
        let mut saved = Self {
            api_version: "kward/v1".to_owned(),
            kind: KIND.to_owned(),
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            cluster_id: cluster_id.to_owned(),
            prune: parts.options.prune,
            principal: parts.options.principal.clone(),
            guards: parts.guards.clone(),
            assumptions: parts.assumptions.clone(),
            documents: desired
                .documents
                .iter()
                .map(|document| SavedDocument {
                    file: document.file.to_string(),
                    owner: document.owner.clone(),
                    scope: document.scope.clone(),
                })
                .collect(),
            desired: desired.binding_set().cloned().collect(),
            protect: desired.protect.clone(),
            tests: desired.tests.clone(),
            create: plan.create.clone(),
            delete: plan.delete.clone(),
            extra: plan.extra.clone(),
            access: assessment.access.clone(),
            findings: assessment.findings(),
            live_digest: digest_of(live),
            digest: String::new(),
        };
        saved.digest = saved.own_digest();
        saved
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a file's text, and refuses it when a byte of its content is not what was saved.
    pub fn from_json(text: &str) -> Result<Self, SavedPlanError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            kind: String,
            format: Option<u32>,
        }
        let not_a_plan = |error: &dyn fmt::Display| SavedPlanError::NotAPlan(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(|error| not_a_plan(&error))?;
        if head.kind != KIND {
            return Err(not_a_plan(&format_args!(
                "its kind is `{}`",
                crate::model::visible(&head.kind)
            )));
        }
        match head.format {
            Some(FORMAT) => {}
            Some(other) => return Err(SavedPlanError::Format(other)),
            None => return Err(not_a_plan(&"it has no `format`")),
        }
        let saved: Self = serde_json::from_str(text).map_err(|error| not_a_plan(&error))?;
        if saved.own_digest() == saved.digest { Ok(saved) } else { Err(SavedPlanError::Edited) }
    }

    /// What it was computed from.
    pub fn desired(&self) -> Desired {
        let everything = Place { document: 0, line: 1, column: 1, rule: None, bundled: false };
        Desired {
            documents: self
                .documents
                .iter()
                .map(|document| Document {
                    file: Arc::from(document.file.as_str()),
                    owner: document.owner.clone(),
                    scope: document.scope.clone(),
                    rules: Vec::new(),
                })
                .collect(),
            // Their places are not kept: nothing is pointed at that may have moved since.
            bindings: self.desired.iter().map(|b| (b.clone(), Vec::new())).collect(),
            protect: self.protect.clone(),
            tests: self.tests.clone(),
            cluster: Some((self.cluster_id.clone(), everything)),
            ..Desired::default()
        }
    }

    /// What was asked for.
    pub fn options(&self) -> Options {
        Options { prune: self.prune, principal: self.principal.clone() }
    }

    /// Whether `plan` and `assessment`, made from the bindings as they are now, are what was reviewed.
    pub fn still_is(&self, plan: &Plan, assessment: &Assessment) -> bool {
        self.create == plan.create
            && self.delete == plan.delete
            && self.extra == plan.extra
            && self.access == assessment.access
            && self.findings == assessment.findings()
    }

    /// What is otherwise in `plan`, made from the bindings as they are now: a line for each binding that came
    /// or went since. Empty where only what the plan does to access, or what it has to be asked, differs.
    pub fn what_changed(&self, plan: &Plan) -> Vec<String> {
        let lists = [
            (&self.create, &plan.create, "created since", "gone since"),
            (&self.delete, &plan.delete, "gone since", "new since, and to be deleted"),
            (&self.extra, &plan.extra, "gone since", "new since, and in no file"),
        ];
        let only = |these: &[Binding], others: &[Binding], what: &str| -> Vec<String> {
            let others: HashSet<&Binding> = others.iter().collect();
            let these = these.iter().filter(|binding| !others.contains(binding));
            these.map(|binding| format!("{what}: {binding}")).collect()
        };
        lists
            .into_iter()
            .flat_map(|(then, now, less, more)| [only(then, now, less), only(now, then, more)])
            .flatten()
            .collect()
    }

    /// Whether the live bindings are exactly those that were planned on.
    pub fn saw(&self, live: &[Binding]) -> bool {
        self.live_digest == digest_of(live)
    }

    fn own_digest(&self) -> String {
        let content = Self { digest: String::new(), ..self.clone() };
        hex(&Sha256::digest(serde_json::to_vec(&content).unwrap_or_default()))
    }
}

/// SHA-256 over the set of bindings, whatever their order. It detects accidents; it is no signature.
pub fn digest_of(bindings: &[Binding]) -> String {
    let mut sorted: Vec<&Binding> = bindings.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut hash = Sha256::new();
    for b in sorted {
        let codes = [
            b.resource_type.code(),
            b.pattern_type.code(),
            b.operation.code(),
            b.permission_type.code(),
        ];
        hash.update(codes.map(i8::cast_unsigned));
        for text in [b.resource_name.as_str(), &b.principal, &b.host] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
