//! `AclTestResult`: how the `tests:` of ACL files came out.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{Host, Operation, Principal, visible};

use super::access::{SourceLine, assumed_line};
use super::acl_plan::Assumed;
use super::{Annotation, Block, Json, Line, Report, Severity, Style};

/// The results.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AclTestResult {
    /// How many hold.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// `files`, `cluster` or `snapshot`: what was decided on.
    pub decided_on: &'static str,
    /// What was assumed of the brokers.
    pub assumptions: Assumed,
    /// One an assertion, in the order of the files.
    pub items: Vec<TestItem>,
    /// Rules and entries of `bindings:` that no test touches; absent when it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untouched: Option<Vec<Untouched>>,
}

/// What no test touches.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Untouched {
    /// Where it is written.
    #[serde(flatten)]
    pub source: SourceLine,
    /// Whom it is about.
    pub principals: Vec<Principal>,
    /// How many bindings it stands for.
    pub bindings: usize,
}

impl Untouched {
    fn sentence(&self) -> String {
        const SHOWN: usize = 3;
        // Set apart by what no name is likely to have.
        let mut who: Vec<String> =
            self.principals.iter().take(SHOWN).map(|who| visible(who).into_owned()).collect();
        if let Some(more @ 1..) = self.principals.len().checked_sub(SHOWN) {
            who.push(format!("{more} more"));
        }
        let ending = if self.bindings == 1 { "" } else { "s" };
        format!("{}: {} ACL{ending} of {}", self.source, self.bindings, who.join("; "))
    }
}

/// One assertion.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestItem {
    /// Who.
    pub principal: Principal,
    /// From where; absent: from every address that the rules of a test without a host say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// What.
    pub operation: Operation,
    /// `topic:orders`.
    pub resource: String,
    /// `can` (true) or `cannot` (false).
    pub expected: bool,
    /// Whether it holds.
    pub passed: bool,
    /// Where it is written.
    pub place: SourceLine,
    /// What decided, in words.
    pub because: String,
    /// Where the binding that decided is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLine>,
}

impl TestItem {
    /// `User:ana can read topic:orders from 10.0.0.7`.
    pub fn assertion(&self) -> String {
        let verb = if self.expected { "can" } else { "cannot" };
        let host = self.host.as_ref().map_or_else(String::new, |host| format!(" from {host}"));
        format!(
            "{} {verb} {} {}{host}",
            visible(&self.principal),
            self.operation.lower().unwrap_or("unknown"),
            visible(&self.resource)
        )
    }

    /// What decided, with its place.
    pub fn why(&self) -> String {
        match &self.source {
            Some(source) => format!("{} ({}:{})", self.because, visible(&source.file), source.line),
            None => self.because.clone(),
        }
    }
}

impl Report for AclTestResult {
    fn kind(&self) -> &'static str {
        "AclTestResult"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut lines = Vec::new();
        for item in self.items.iter().filter(|item| wide || !item.passed) {
            let (word, style) =
                if item.passed { ("passed", Style::Good) } else { ("failed", Style::Bad) };
            let place = format!(" ({}:{})", visible(&item.place.file), item.place.line);
            lines.push(
                Line::styled(style, word)
                    .then(Style::Plain, format!(": {}", item.assertion()))
                    .then(Style::Dim, place),
            );
            if !item.passed {
                lines.push(Line::plain(format!("  {}", item.why())));
            }
        }
        if let Some(untouched) = &self.untouched {
            let text = match untouched.len() {
                0 => "every rule is touched by a test".to_owned(),
                1 => "1 rule that no test touches:".to_owned(),
                count => format!("{count} rules that no test touches:"),
            };
            lines.push(Line::styled(Style::Bold, text));
            lines.extend(
                untouched
                    .iter()
                    .map(|one| Line::styled(Style::Warning, format!("  {}", one.sentence()))),
            );
        }
        let on = match self.decided_on {
            "files" => "decided on the files alone: other people's ACLs were not considered",
            "cluster" => "decided on the ACLs of the cluster",
            _ => "decided on the saved ACLs",
        };
        let style = if self.failed == 0 { Style::Good } else { Style::Bad };
        lines.push(Line::styled(style, format!("{} passed, {} failed", self.passed, self.failed)));
        lines.push(Line::styled(Style::Dim, format!("  {on}")));
        lines.push(assumed_line(&self.assumptions));
        vec![Block::Lines(lines)]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let failed = self.items.iter().filter(|item| !item.passed);
        failed.map(|item| Cow::Owned(item.assertion())).collect()
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.items.iter().filter(|item| !item.passed).map(annotation).collect()
    }
}

/// A test that failed, at its line.
pub(super) fn annotation(item: &TestItem) -> Annotation {
    Annotation {
        severity: Severity::Error,
        place: Some((item.place.file.clone(), item.place.line)),
        column: None,
        title: Some("failed test".to_owned()),
        message: format!("{}: {}", item.assertion(), item.why()),
    }
}
