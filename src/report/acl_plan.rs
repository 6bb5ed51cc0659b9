//! `AclPlan`: what an apply would do, and what that does to access.

use crate::model::{
    Binding, Host, Name, Operation, PatternType, Principal, ResourcePattern, ResourceType, visible,
};
use serde::{Deserialize, Serialize};

use super::access::SourceLine;
use super::acl_test::TestItem;
use super::comment::comment;
use super::grouped::{Mark, grouped, principals};
use super::{Annotation, Block, Json, Line, Report, Style};

/// A plan as people and programs read it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AclPlan {
    /// The cluster that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// When, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<String>,
    /// `4.4-IV1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_version: Option<String>,
    /// The owners that the documents name.
    pub owners: Vec<String>,
    /// Nothing to create, to delete or extra.
    pub in_sync: bool,
    /// `--prune` was given.
    pub prune: bool,
    /// To create.
    pub create: Vec<Binding>,
    /// Where each of them is written, for remarks in a review.
    #[serde(skip)]
    pub create_places: Vec<SourceLine>,
    /// To delete.
    pub delete: Vec<Binding>,
    /// In scope, not in the files, kept.
    pub extra: Vec<Binding>,
    /// In the files and live.
    pub unchanged: usize,
    /// Out of every scope.
    pub not_managed: usize,
    /// Never deleted.
    pub protected: usize,
    /// Of a kind that this version does not know.
    pub unknown: usize,
    /// Principals that have bindings now and none afterwards.
    pub loses_all: Vec<Principal>,
    /// Who gains and who loses what.
    pub access: Vec<AccessLine>,
    /// Guards that would refuse the apply, or would without their flag.
    pub guards: Vec<GuardLine>,
    /// The assertions of `tests:`, judged on the state afterwards; absent when they were not run.
    pub tests: Vec<TestItem>,
    /// What was assumed of the brokers.
    pub assumptions: Assumed,
    /// Remarks for people: documents without scope, skipped tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The most owners that are named above a plan.
const OWNERS: usize = 10;

/// One gain or loss of access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessLine {
    /// Who.
    pub principal: Principal,
    /// From where.
    pub host: Host,
    /// What.
    pub operation: Operation,
    /// On resources of this type,
    pub resource_type: ResourceType,
    /// of this pattern
    pub pattern_type: PatternType,
    /// and this name.
    pub resource_name: Name,
    /// Gains or loses.
    pub change: Change,
    /// Where, inside, it is not so afterwards; with `User:*`, for whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<AccessPart>,
    /// Where, inside, it was so before; with `User:*`, for whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub already: Vec<AccessPart>,
}

/// A part of what a line speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPart {
    /// Of `User:*`, this one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Of this pattern
    pub pattern_type: PatternType,
    /// and this name.
    pub resource_name: Name,
    /// From where.
    pub host: Host,
}

impl AccessLine {
    fn shown(&self, operations: &str) -> Line<'static> {
        let (verb, style) = match self.change {
            Change::Gains => ("gains", Style::Added),
            Change::Loses => ("loses", Style::Removed),
        };
        let pattern = self.pattern(&self.resource_name, self.pattern_type);
        let host = self.host.phrase();
        Line::default()
            .then(Style::Plain, format!("  {} ", visible(&self.principal)))
            .then(style, verb)
            .then(Style::Plain, format!(" {operations} on {pattern}{host}{}", self.exceptions()))
    }

    fn pattern(&self, name: &Name, pattern_type: PatternType) -> ResourcePattern {
        ResourcePattern { resource_type: self.resource_type, name: name.clone(), pattern_type }
    }

    /// ` but not on topic:pii.*; User:b (had it already: on topic:a1)`; the first few of each. A name may have
    /// commas.
    fn exceptions(&self) -> String {
        let before = match self.change {
            Change::Gains => "had it already",
            Change::Loses => "did not have it",
        };
        let but = self.parts(&self.except).map(|parts| format!(" but not {parts}"));
        let already = self.parts(&self.already).map(|parts| format!(" ({before}: {parts})"));
        [but, already].into_iter().flatten().collect()
    }

    fn parts(&self, parts: &[AccessPart]) -> Option<String> {
        const SHOWN: usize = 3;
        let first: Vec<String> = parts.iter().take(SHOWN).map(|part| self.part(part)).collect();
        let more = parts.len().saturating_sub(SHOWN);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!first.is_empty()).then(|| first.join("; ") + &rest)
    }

    /// What of it is not said by the line.
    fn part(&self, part: &AccessPart) -> String {
        let mut words = Vec::new();
        words.extend(part.principal.as_ref().map(|principal| visible(principal).to_string()));
        if (part.pattern_type, &part.resource_name) != (self.pattern_type, &self.resource_name) {
            words.push(format!("on {}", self.pattern(&part.resource_name, part.pattern_type)));
        }
        if part.host != self.host {
            words.push(format!("from {}", visible(&part.host)));
        }
        words.join(" ")
    }
}

/// Gains or loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Was refused, is allowed.
    Gains,
    /// Was allowed, is refused.
    Loses,
}

/// A guard that speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuardLine {
    /// `lockout`, `maxDeletes`, `empty`, `openDefault`, `tests`.
    pub code: &'static str,
    /// One line.
    pub message: String,
    /// What it found.
    pub details: Vec<String>,
    /// The flag that overrides it.
    pub flag: String,
    /// Whether that flag was given.
    pub overridden: bool,
}

/// What was assumed of the brokers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumed {
    /// `super.users`.
    pub super_users: Vec<Principal>,
    /// `allow.everyone.if.no.acl.found`.
    pub allow_everyone_if_no_acl_found: bool,
    /// Whether CIDR hosts match (metadata.version 4.4-IV1).
    pub cidr: bool,
}

impl AclPlan {
    /// `Plan: 2 to create, 1 to delete, 12 unchanged; 3 extra, 20 not managed, 1 protected`.
    pub fn summary(&self) -> String {
        let mut text = format!(
            "{} to create, {} to delete, {} unchanged",
            self.create.len(),
            self.delete.len(),
            self.unchanged
        );
        for (count, what) in [
            (self.extra.len(), "extra"),
            (self.not_managed, "not managed"),
            (self.protected, "protected"),
            (self.unknown, "of an unknown kind"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text
    }

    fn lines(&self, wide: bool) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if !self.owners.is_empty() {
            let shown: Vec<_> =
                self.owners.iter().take(OWNERS).map(|owner| visible(owner)).collect();
            let more = match self.owners.len().saturating_sub(shown.len()) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let line = format!("Files of {}{more}", shown.join(", "));
            lines.push(Line::styled(Style::Dim, line));
        }
        for principal in &self.loses_all {
            lines.push(Line::styled(
                Style::Warning,
                format!("{} loses all its ACLs", visible(principal)),
            ));
        }
        section(
            &mut lines,
            None,
            grouped(&[(Mark::Remove, &self.delete), (Mark::Add, &self.create)], !wide),
        );
        section(
            &mut lines,
            Some("Extra: in scope and not in the files, kept without --prune"),
            grouped(&[(Mark::Extra, &self.extra)], !wide),
        );
        let access = access_lines(&self.access);
        if access.is_empty() && !(self.create.is_empty() && self.delete.is_empty()) {
            section(
                &mut lines,
                Some("Access"),
                vec![Line::plain("  nobody gains or loses access by these changes")],
            );
        } else {
            section(&mut lines, Some("Access"), fold(access, wide, 60));
        }
        section(&mut lines, Some("Tests"), self.test_lines());
        section(&mut lines, Some("Guards"), self.guard_lines());
        section(
            &mut lines,
            None,
            self.notes.iter().map(|n| Line::styled(Style::Dim, n.clone())).collect(),
        );
        let summary = if self.in_sync {
            Line::styled(Style::Good, format!("In sync: {}", self.summary()))
        } else {
            Line::styled(Style::Bold, format!("Plan: {}", self.summary()))
        };
        section(&mut lines, None, vec![summary]);
        lines
    }

    fn test_lines(&self) -> Vec<Line<'static>> {
        let failed: Vec<&TestItem> = self.tests.iter().filter(|test| !test.passed).collect();
        if self.tests.is_empty() {
            return Vec::new();
        }
        if failed.is_empty() {
            return vec![Line::styled(Style::Good, format!("  {} passed", self.tests.len()))];
        }
        failed
            .iter()
            .map(|test| {
                Line::styled(
                    Style::Bad,
                    format!("  failed: {} ({}): {}", test.assertion(), test.place, test.why()),
                )
            })
            .chain([Line::styled(
                Style::Bad,
                format!("  {} of {} failed", failed.len(), self.tests.len()),
            )])
            .collect()
    }

    fn guard_lines(&self) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for guard in &self.guards {
            let (style, tail) = if guard.overridden {
                (Style::Dim, format!("overridden by `{}`", guard.flag))
            } else {
                (Style::Warning, format!("`{}` overrides", guard.flag))
            };
            lines.push(Line::styled(style, format!("  {} ({tail})", guard.message)));
            lines.extend(
                guard.details.iter().map(|detail| Line::styled(style, format!("    {detail}"))),
            );
        }
        lines
    }
}

/// One line for the same gain or loss of several operations.
pub fn access_lines(access: &[AccessLine]) -> Vec<Line<'static>> {
    let key = |line: &AccessLine| {
        let AccessLine {
            principal, host, resource_type, pattern_type, resource_name, change, ..
        } = line.clone();
        (principal, host, resource_type, pattern_type, resource_name, change)
    };
    let mut shown = Vec::new();
    for of_one in access.chunk_by(|a, b| key(a) == key(b)) {
        // Operations that have their exceptions in common share a line.
        let mut alike: Vec<(&AccessLine, Vec<&str>)> = Vec::new();
        for line in of_one {
            let word = line.operation.lower().unwrap_or("unknown");
            let same = |(first, _): &&mut (&AccessLine, _)| {
                (&first.except, &first.already) == (&line.except, &line.already)
            };
            match alike.iter_mut().find(same) {
                Some((_, words)) => words.push(word),
                None => alike.push((line, vec![word])),
            }
        }
        shown.extend(alike.into_iter().map(|(line, words)| line.shown(&words.join(", "))));
    }
    shown
}

/// Adds lines below those that are there, where there are any.
pub(super) fn section(
    lines: &mut Vec<Line<'static>>,
    title: Option<&'static str>,
    body: Vec<Line<'static>>,
) {
    if body.is_empty() {
        return;
    }
    if !lines.is_empty() {
        lines.push(Line::blank());
    }
    lines.extend(title.map(|title| Line::styled(Style::Bold, title)));
    lines.extend(body);
}

/// Long lists of lines are cut on a terminal; `-o wide` and JSON have all.
pub(super) fn fold(mut lines: Vec<Line<'static>>, wide: bool, most: usize) -> Vec<Line<'static>> {
    if !wide && lines.len() > most {
        let more = lines.len() - most / 2;
        lines.truncate(most / 2);
        lines.push(Line::styled(
            Style::Dim,
            format!("  … and {more} more lines (`-o wide` shows all)"),
        ));
    }
    lines
}

impl Report for AclPlan {
    fn kind(&self) -> &'static str {
        "AclPlan"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        vec![Block::Lines(self.lines(wide))]
    }

    /// Whose ACLs change.
    fn names(&self) -> Vec<std::borrow::Cow<'_, str>> {
        principals(self.create.iter().chain(&self.delete))
    }

    fn annotations(&self) -> Vec<Annotation> {
        super::plan_annotations::of(self)
    }

    fn markdown(&self) -> Option<String> {
        let what = if self.in_sync { "in sync" } else { "changes" };
        let refused = self.guards.iter().any(|guard| !guard.overridden);
        let refused = if refused { ", refused" } else { "" };
        let mut body = self.lines(true);
        // The last two lines are a blank one and the summary, which stands above already.
        body.truncate(body.len().saturating_sub(2));
        let title = format!("Kafka ACLs: {what}{refused}");
        Some(comment(&title, &self.summary(), &body, "kward acl plan"))
    }
}
