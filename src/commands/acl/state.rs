//! The bindings that a question is about: of the cluster, of a saved list, or of files alone.

use std::path::PathBuf;

use super::plan::{Inputs, assumptions};
use super::source::{FileArguments, Live};
use crate::acl::authorizer::{Assumptions, Decision};
use crate::acl::desired::Desired;
use crate::acl::file::Ignore;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::model::{Binding, MetadataVersion, Principal};
use crate::report::access::SourceLine;
use crate::report::acl_plan::Assumed;

/// What was said of where to look and of the brokers.
#[derive(Debug, Clone, Default)]
pub struct StateRequest {
    /// `-f`; no path: not the files.
    pub files: FileArguments,
    /// `--against`.
    pub against: Option<PathBuf>,
    /// `--super-user`.
    pub super_users: Vec<Principal>,
    /// `--allow-everyone-if-no-acl-found`.
    pub allow_everyone: bool,
    /// `--metadata-version`.
    pub metadata_version: Option<MetadataVersion>,
}

/// The bindings and what is assumed of the brokers.
#[derive(Debug)]
pub struct State {
    /// The bindings, in no order.
    pub bindings: Vec<Binding>,
    /// The files, when they are the state.
    pub desired: Option<Desired>,
    /// The comments of the files for lint.
    pub ignores: Vec<Ignore>,
    /// What is assumed.
    pub assumptions: Assumptions,
}

impl State {
    /// Reads them.
    pub async fn read(context: &Context<'_>, request: &StateRequest) -> Result<Self> {
        if !request.files.paths.is_empty() && request.against.is_some() {
            return Err(Error::invalid(
                "`-f` and `--against` name two states, and a question is about one",
            ));
        }
        let inputs = Inputs {
            super_users: request.super_users.clone(),
            allow_everyone: request.allow_everyone,
            ..Inputs::default()
        };
        let cidr = |version: Option<MetadataVersion>| {
            version.or(request.metadata_version).is_some_and(MetadataVersion::supports_cidr)
        };
        if !request.files.paths.is_empty() {
            let cidr = cidr(None);
            let loaded = request.files.load_with_ignores(context, cidr)?;
            return Ok(Self {
                bindings: loaded.desired.binding_set().cloned().collect(),
                desired: Some(loaded.desired),
                ignores: loaded.ignores,
                assumptions: assumptions(context, &inputs, cidr),
            });
        }
        let live = match &request.against {
            Some(path) => Live::of_snapshot(path)?,
            None => Live::of_cluster(context, &context.connect().await?).await?,
        };
        Ok(Self {
            bindings: live.bindings,
            desired: None,
            ignores: Vec::new(),
            assumptions: assumptions(context, &inputs, cidr(live.metadata_version)),
        })
    }

    /// Leaves it to the end of the process: to free each of 100,000 bindings takes ten times as long as to
    /// answer a question about them.
    pub fn leave(self) {
        std::mem::forget(self);
    }

    /// What is assumed, as it is shown.
    pub fn assumed(&self) -> Assumed {
        assumed(&self.assumptions)
    }

    /// Where the binding that decided is written.
    pub fn source_of(&self, decision: &Decision<'_>) -> Option<SourceLine> {
        decision.reason.binding().and_then(|binding| self.source(binding))
    }

    /// Where a binding is written first.
    pub fn source(&self, binding: &Binding) -> Option<SourceLine> {
        let desired = self.desired.as_ref()?;
        let place = desired.bindings.get(binding)?.first()?;
        let file = desired.documents.get(place.document as usize)?.file.to_string();
        Some(SourceLine { file, line: place.line as usize })
    }
}

/// What is assumed, as it is shown.
pub fn assumed(assumptions: &Assumptions) -> Assumed {
    Assumed {
        super_users: assumptions.super_users.clone(),
        allow_everyone_if_no_acl_found: assumptions.allow_everyone_if_no_acl_found,
        cidr: assumptions.cidr,
    }
}
