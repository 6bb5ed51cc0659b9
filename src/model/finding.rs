//! What is found wrong with something that runs: a cluster, a group.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Something does not work, or one failure more and it will not.
    Error,
    /// It wants attention.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable: `under-replicated`.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Where: `topic orders`, `broker 3`.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub fix: String,
    /// The figures behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}
