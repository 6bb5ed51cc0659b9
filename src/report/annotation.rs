//! Remarks on lines of files, as code hosts show them in a review.

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub severity: Severity,
    /// The file and its line, from 1, where there is one.
    pub place: Option<(String, usize)>,
    /// From 1, in characters.
    pub column: Option<usize>,
    /// A few words above the message: the code of a finding, the name of a test.
    pub title: Option<String>,
    /// What is to be said; several lines are possible.
    pub message: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Notice,
    /// Wants attention.
    Warning,
    /// Is wrong.
    Error,
}
