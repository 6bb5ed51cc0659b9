//! What the commands about contexts answer: `ContextList`, `ContextDescription`, `ContextChange` and
//! `ContextCheck`.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::visible;

use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// The contexts, in the order of their names.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextList {
    /// The contexts.
    pub items: Vec<ContextItem>,
}

/// A context in one row. Absent is what it does not say.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextItem {
    /// Its name.
    pub name: String,
    /// It is the one that commands use now.
    pub current: bool,
    /// The brokers to begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_servers: Option<String>,
    /// The controllers to begin with, where the context talks to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_controllers: Option<String>,
    /// `SASL_SSL`; unknown where its properties cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_protocol: Option<String>,
    /// `SCRAM-SHA-512`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// The user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Writes are refused.
    pub read_only: bool,
    /// A write asks for the name to be typed.
    pub protected: bool,
    /// The pinned cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Why it cannot be used, as far as that is known without connecting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Report for ContextList {
    fn kind(&self) -> &'static str {
        "ContextList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::text("CURRENT").styles(&[("*", Style::Good)]),
            Column::text("NAME"),
            Column::text("SERVERS").keep(120),
            Column::text("PROTOCOL").keep(100),
            Column::text("USER").keep(90),
            Column::text("GUARDS").keep(150),
            Column::text("CLUSTER").keep(60),
            Column::text("PROBLEM").keep(200),
        ];
        let mut table = Table::new(columns, "no contexts");
        for item in &self.items {
            let text = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
            table.push([
                Cow::Borrowed(if item.current { "*" } else { "" }),
                Cow::Borrowed(&*item.name),
                servers(item),
                text(&item.security_protocol),
                text(&item.user),
                Cow::Borrowed(guards(item)),
                text(&item.cluster_id),
                text(&item.problem),
            ]);
        }
        let table = ["GUARDS", "CLUSTER", "USER", "PROBLEM"]
            .into_iter()
            .fold(table, Table::without_empty_column);
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(&*item.name)).collect()
    }
}

/// Where the context leads; controllers are told apart from brokers.
fn servers(item: &ContextItem) -> Cow<'static, str> {
    match (&item.bootstrap_servers, &item.bootstrap_controllers) {
        (_, Some(controllers)) => format!("controllers {controllers}").into(),
        (servers, None) => servers.clone().unwrap_or_default().into(),
    }
}

fn guards(item: &ContextItem) -> &'static str {
    match (item.read_only, item.protected) {
        (true, true) => "read-only, protected",
        (true, false) => "read-only",
        (false, true) => "protected",
        (false, false) => "",
    }
}

/// One context in full.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextDescription {
    /// The row.
    #[serde(flatten)]
    pub item: ContextItem,
    /// The client properties in effect.
    pub properties: Vec<PropertyItem>,
    /// `super.users` of the brokers.
    pub super_users: Vec<String>,
    /// `allow.everyone.if.no.acl.found` of the brokers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_everyone_if_no_acl_found: Option<bool>,
}

/// A client property, never with a secret.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyItem {
    /// Its name.
    pub name: String,
    /// Its value, or where the secret comes from.
    pub value: String,
    /// Who set it.
    pub origin: String,
}

impl Report for ContextDescription {
    fn kind(&self) -> &'static str {
        "ContextDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let item = &self.item;
        let mut head = Line::styled(Style::Bold, &*item.name);
        if item.current {
            head = head.then(Style::Good, "  current");
        }
        let mut lines = vec![head];
        let said = |name: &'static str, value: &str| Line::plain(format!("  {name:<32}{value}"));
        lines.extend(item.cluster_id.iter().map(|id| said("cluster-id", id)));
        lines.extend(item.read_only.then(|| said("read-only", "true")));
        lines.extend(item.protected.then(|| said("protected", "true")));
        if !self.super_users.is_empty() {
            // As the brokers' `super.users`: a name may have commas.
            lines.push(said("super-users", &self.super_users.join("; ")));
        }
        lines.extend(
            self.allow_everyone_if_no_acl_found
                .map(|yes| said("allow-everyone-if-no-acl-found", &yes.to_string())),
        );
        lines.extend(
            item.problem
                .as_deref()
                .map(|why| Line::styled(Style::Bad, format!("  it cannot be used: {why}"))),
        );
        lines.push(Line::blank());
        let columns =
            vec![Column::text("PROPERTY"), Column::text("VALUE"), Column::text("SET-BY").keep(60)];
        let none = match item.problem {
            Some(_) => "no client properties that can be read",
            None => "no client properties",
        };
        let mut table = Table::new(columns, none);
        for property in &self.properties {
            table.push(
                [&property.name, &property.value, &property.origin].map(|t| Cow::Borrowed(&**t)),
            );
        }
        vec![Block::Lines(lines), Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of(&[&["properties"]], self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        vec![Cow::Borrowed(&*self.item.name)]
    }
}

/// What became of a change of the config file, or of trust in a project's.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextChange {
    /// The contexts that it is about.
    pub names: Vec<String>,
    /// `add`, `use`, `remove`, `trust`, `distrust`.
    pub action: &'static str,
    /// Whether anything changed.
    pub changed: bool,
    /// Nothing was written: `--dry-run`.
    pub dry_run: bool,
    /// Something would have changed.
    #[serde(skip)]
    pub foreseen: bool,
    /// What would have been written, TOML, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The file.
    pub file: String,
    /// The current context afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_context: Option<String>,
}

impl Report for ContextChange {
    fn kind(&self) -> &'static str {
        "ContextChange"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let (names, file) = (names.join(", "), &self.file);
        let done = match (self.action, self.changed) {
            ("add", _) if self.dry_run => format!("would add {names} to {file}:"),
            ("add", _) => format!("added {names} to {file}"),
            ("use", false) if self.foreseen => {
                format!("{names} would be the current context")
            }
            ("use", true) => format!("{names} is the current context now"),
            ("use", false) => format!("{names} is the current context already"),
            ("remove", _) if self.dry_run => format!("would remove {names} from {file}"),
            ("remove", _) => format!("removed {names} from {file}"),
            ("trust", _) if self.dry_run && names.is_empty() => format!("would trust {file}"),
            ("trust", _) if self.dry_run => format!("would trust {file}, with {names}"),
            ("distrust", _) if self.foreseen => format!("would trust {file} no longer"),
            ("trust", _) if names.is_empty() => format!("{file} is trusted as it is now"),
            ("trust", _) => format!("{file} is trusted as it is now, with {names}"),
            (_, true) => format!("{file} is trusted no longer"),
            (_, false) => format!("{file} was not trusted"),
        };
        let mut lines = vec![Line::plain(done)];
        let table = self.table.iter().flat_map(|table| table.lines());
        lines.extend(table.map(|line| match line {
            "" => Line::blank(),
            line => Line::plain(format!("  {}", visible(line))),
        }));
        if self.action == "remove" && self.current_context.is_none() {
            lines.push(Line::styled(Style::Dim, "no context is the current one"));
        }
        vec![Block::Lines(lines)]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.names.iter().map(|name| Cow::Borrowed(&**name)).collect()
    }
}

/// A connection, step by step.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextCheck {
    /// The context; absent where the flags name the brokers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Whether every step is `ok`, a `warning` at most.
    pub ok: bool,
    /// The steps.
    pub items: Vec<CheckItem>,
}

/// A step.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckItem {
    /// `settings`, `secrets`, `name`, `tcp`, `tls`, `protocol`, `sasl`, `cluster`, `brokers`, `authorizer`, `permissions`.
    pub step: &'static str,
    /// With whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What came of it.
    pub status: CheckStatus,
    /// What was found, or what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<String>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CheckStatus {
    /// It works.
    Ok,
    /// It works, and something about it is worth a word.
    Warning,
    /// It does not work.
    Failed,
    /// An earlier failure stood in the way.
    Skipped,
}

impl CheckStatus {
    const fn word(self) -> (&'static str, Style) {
        match self {
            CheckStatus::Ok => ("ok", Style::Good),
            CheckStatus::Warning => ("warning", Style::Warning),
            CheckStatus::Failed => ("failed", Style::Bad),
            CheckStatus::Skipped => ("skipped", Style::Dim),
        }
    }
}

impl Report for ContextCheck {
    fn kind(&self) -> &'static str {
        "ContextCheck"
    }

    fn has_names(&self) -> bool {
        false
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let mut lines = Vec::new();
        for item in &self.items {
            let (word, style) = item.status.word();
            let mut said = format!("{:<13}", item.step);
            let detail = item.detail.as_deref();
            // Most failures name the broker themselves.
            let target = item.target.as_deref();
            let named = |t: &&str| !detail.is_some_and(|d| d.contains(&format!("`{t}`")));
            let parts = [target.filter(named), detail];
            said += &parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
            said.truncate(said.trim_end().len());
            lines.push(Line::styled(style, format!("{word:<9}")).then(Style::Plain, said));
            for fix in &item.fix {
                lines.push(
                    Line::plain(" ".repeat(9)).then(Style::Bold, "fix: ").then(Style::Plain, fix),
                );
            }
        }
        vec![Block::Lines(lines)]
    }
}
