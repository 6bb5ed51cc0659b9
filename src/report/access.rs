//! Answers about access: `AccessDecision`, `AccessDecisionList`, `WhoCan`.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{Binding, Host, Operation, Principal, visible};

use super::acl_plan::Assumed;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// One question and its answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessDecision {
    /// Who.
    pub principal: Principal,
    /// From where; absent: from an address that only `*` matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// What.
    pub operation: Operation,
    /// `topic:orders`.
    pub resource: String,
    /// The answer.
    pub allowed: bool,
    /// `allow`, `deny`, `superUser`, `defaultRule`, `noMatch`.
    pub reason: &'static str,
    /// The same in words.
    pub because: String,
    /// The binding that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Where the binding is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLine>,
    /// Every DENY that refuses it: all of them have to go before it can be allowed. Not looked for in
    /// a list of answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denied_by: Vec<Binding>,
    /// The smallest binding that would allow it, the DENYs aside, where one would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Binding>,
    /// The same as a rule of the ACL file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// What was assumed of the brokers; absent inside a list, which says it once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumptions: Option<Assumed>,
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceLine {
    /// As the user named it.
    pub file: String,
    /// From 1.
    pub line: usize,
}

impl std::fmt::Display for SourceLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", visible(&self.file), self.line)
    }
}

impl AccessDecision {
    /// Why, with the place of the binding.
    fn why(&self) -> String {
        match &self.source {
            Some(source) => format!("{} ({}:{})", self.because, visible(&source.file), source.line),
            None => self.because.clone(),
        }
    }

    fn sentence(&self) -> String {
        let host = self.host.as_ref().map_or_else(String::new, |host| format!(" from {host}"));
        let verb = if self.allowed { "may" } else { "may not" };
        format!(
            "{} {verb} {} {}{host}",
            visible(&self.principal),
            self.operation.lower().unwrap_or("unknown"),
            visible(&self.resource)
        )
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let (word, style) = if self.allowed { ("yes", Style::Good) } else { ("no", Style::Bad) };
        let mut lines = vec![
            Line::styled(style, word).then(Style::Plain, format!(": {}", self.sentence())),
            Line::plain(format!("  {}", self.why())),
        ];
        if !self.denied_by.is_empty() {
            lines.push(Line::plain("  to allow it, all of these have to go:"));
            lines.extend(
                self.denied_by.iter().map(|b| Line::styled(Style::Removed, format!("    - {b}"))),
            );
        }
        if let Some(grant) = &self.grant {
            let also = if self.denied_by.is_empty() { "" } else { "and nothing allows it: " };
            lines.push(Line::plain(format!(
                "  {also}the smallest grant, as a rule of the ACL file:"
            )));
            lines.extend(
                grant.lines().map(|line| Line::styled(Style::Added, format!("    {line}"))),
            );
        }
        lines.extend(self.assumptions.as_ref().map(assumed_line));
        lines
    }
}

/// `assumed: no super users, nobody else without an ACL, CIDR hosts match`.
pub fn assumed_line(assumed: &Assumed) -> Line<'static> {
    let users: Vec<Cow<'_, str>> = assumed.super_users.iter().map(|user| visible(user)).collect();
    let users = if users.is_empty() {
        "no super users".to_owned()
    } else {
        // As the brokers' `super.users`: a name may have commas.
        format!("super users {}", users.join("; "))
    };
    let default = if assumed.allow_everyone_if_no_acl_found {
        "everyone where no ACL is found"
    } else {
        "nobody where no ACL is found"
    };
    let cidr = if assumed.cidr { "CIDR hosts match" } else { "CIDR hosts match nobody" };
    Line::styled(Style::Dim, format!("  assumed: {users}, {default}, {cidr}"))
}

impl Report for AccessDecision {
    fn kind(&self) -> &'static str {
        "AccessDecision"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        vec![Block::Lines(self.lines())]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        vec![Cow::Borrowed(if self.allowed { "yes" } else { "no" })]
    }
}

/// Many questions and their answers, in the order asked.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessDecisionList {
    /// What was assumed of the brokers.
    pub assumptions: Assumed,
    /// How many were answered with yes.
    pub allowed: usize,
    /// How many with no.
    pub denied: usize,
    /// The answers.
    pub items: Vec<AccessDecision>,
}

impl Report for AccessDecisionList {
    fn kind(&self) -> &'static str {
        "AccessDecisionList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        // What holds for one host must not look as if it held for all.
        let anywhere = self.items.iter().all(|item| item.host.is_none());
        let mut table = Table::new(
            vec![
                Column::text("ALLOWED").styles(&[("yes", Style::Good), ("no", Style::Bad)]),
                Column::text("PRINCIPAL"),
                Column::text("OPERATION"),
                Column::text("RESOURCE"),
                if anywhere { Column::text("HOST").keep(60) } else { Column::text("HOST") },
                Column::text("REASON").keep(100),
            ],
            "no questions",
        );
        for item in &self.items {
            table.push(vec![
                Cow::Borrowed(if item.allowed { "yes" } else { "no" }),
                Cow::Borrowed(item.principal.as_str()),
                Cow::Borrowed(item.operation.lower().unwrap_or("unknown")),
                Cow::Borrowed(item.resource.as_str()),
                item.host.as_ref().map_or(Cow::Borrowed(""), |host| Cow::Borrowed(host.as_str())),
                Cow::Owned(item.why()),
            ]);
        }
        vec![Block::Table(table), Block::Lines(vec![assumed_line(&self.assumptions)])]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items
            .iter()
            .map(|item| Cow::Borrowed(if item.allowed { "yes" } else { "no" }))
            .collect()
    }
}

/// Every principal that may do something.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoCan {
    /// What.
    pub operation: Operation,
    /// `topic:orders`.
    pub resource: String,
    /// What was assumed of the brokers.
    pub assumptions: Assumed,
    /// Who, sorted.
    pub items: Vec<WhoCanItem>,
    /// Remarks, such as who is excepted from `User:*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One principal.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoCanItem {
    /// Who; `User:*` is everyone who is not named otherwise.
    pub principal: Principal,
    /// From where; `*` is everywhere.
    pub hosts: Vec<Host>,
    /// Whom and where a DENY takes out again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<WhoCanException>,
    /// `allow`, `superUser`, `defaultRule`.
    pub reason: &'static str,
    /// The binding that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLine>,
}

/// Someone who may not, or not from somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoCanException {
    /// The principal of the answer itself, or for `User:*` another.
    pub principal: Principal,
    /// `*`, an address or a range.
    pub host: Host,
}

impl WhoCanItem {
    /// `* but not User:bob; 10.0.0.7`: a name may have commas.
    fn from(&self) -> String {
        let hosts: Vec<&str> = self.hosts.iter().map(Host::as_str).collect();
        let mut text = hosts.join(", ");
        for (index, except) in self.except.iter().enumerate() {
            text.push_str(if index == 0 { " but not " } else { "; " });
            if except.principal != self.principal {
                text.push_str(&except.principal);
                if !except.host.is_any() {
                    text.push_str(" from ");
                }
            }
            if except.principal == self.principal || !except.host.is_any() {
                text.push_str(&except.host);
            }
        }
        text
    }
}

impl Report for WhoCan {
    fn kind(&self) -> &'static str {
        "WhoCan"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let mut table = Table::new(
            vec![
                Column::text("PRINCIPAL"),
                Column::text("FROM"),
                Column::text("BY").keep(100),
                Column::text("SOURCE").keep(60),
            ],
            "nobody",
        );
        for item in &self.items {
            table.push(vec![
                Cow::Borrowed(item.principal.as_str()),
                Cow::Owned(item.from()),
                match (&item.binding, item.reason) {
                    (Some(binding), _) => Cow::Owned(binding.to_string()),
                    (None, "superUser") => Cow::Borrowed("a super user"),
                    (None, _) => Cow::Borrowed("the default rule: no ACL speaks of it"),
                },
                item.source
                    .as_ref()
                    .map_or(Cow::Borrowed(""), |s| Cow::Owned(format!("{}:{}", s.file, s.line))),
            ]);
        }
        let mut lines: Vec<Line<'_>> =
            self.notes.iter().map(|note| Line::styled(Style::Dim, format!("  {note}"))).collect();
        lines.push(assumed_line(&self.assumptions));
        vec![Block::Table(table.without_empty_column("SOURCE")), Block::Lines(lines)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(item.principal.as_str())).collect()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let mut names = self.row_names();
        names.dedup();
        names
    }
}
