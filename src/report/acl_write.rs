//! `AclWriteResult`: what became of each binding that was to be created or deleted.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::error::{Error, KafkaError};
use crate::model::{Binding, visible};
use serde::Serialize;

use super::acl_list::{binding_columns, binding_row};
use super::grouped::principals;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// The results of a write, one an item.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AclWriteResult {
    /// The cluster written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Nothing was sent: `--dry-run`.
    pub dry_run: bool,
    /// The items, in the order written.
    pub items: Vec<WriteItem>,
    /// How many of each status.
    pub summary: Summary,
    /// What else the plan found; absent where there was no plan.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanCounts>,
    /// Where what was deleted is kept for `apply --undo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
}

/// What a plan found besides what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanCounts {
    /// In the files and live.
    pub unchanged: usize,
    /// In scope, not in the files, kept.
    pub extra: usize,
    /// Out of every scope.
    pub not_managed: usize,
    /// Never deleted.
    pub protected: usize,
}

/// One binding and what became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteItem {
    /// The binding.
    #[serde(flatten)]
    pub binding: Binding,
    /// What was to be done.
    pub action: Action,
    /// What became of it.
    pub status: ItemStatus,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

/// What was to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// To be created.
    Create,
    /// To be deleted.
    Delete,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ItemStatus {
    /// It is there now and was not before.
    Created,
    /// It was there already.
    Existed,
    /// It is gone.
    Deleted,
    /// It was gone already.
    Absent,
    /// The broker refused it.
    Failed,
    /// It was not tried, because something before it failed or the run was ended.
    Skipped,
    /// It was sent and no answer came.
    Unknown,
    /// `--dry-run`: it would be written.
    Planned,
}

/// Why an item failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemError {
    /// `INVALID_REQUEST`.
    pub name: String,
    /// 42; 0, which is left out, where the error is no broker's.
    #[serde(skip_serializing_if = "is_zero")]
    pub code: i16,
    /// The broker's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether trying again can help.
    pub retriable: bool,
}

impl ItemError {
    /// The cluster has no such broker: no broker has said anything, and trying again does not help.
    pub fn no_such_broker(id: &str) -> Self {
        let message = Some(format!("there is no broker {id}"));
        Self { name: "NO_SUCH_BROKER".to_owned(), code: 0, message, retriable: false }
    }

    /// No broker answered: Kafka's clients call that NETWORK_EXCEPTION.
    pub fn unanswered(error: &Error) -> Self {
        Self {
            name: "NETWORK_EXCEPTION".to_owned(),
            code: 13,
            message: Some(error.message().to_owned()),
            retriable: true,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(code: &i16) -> bool {
    *code == 0
}

impl From<&KafkaError> for ItemError {
    fn from(error: &KafkaError) -> Self {
        Self {
            name: error.name.clone(),
            code: error.code,
            message: error.message.clone(),
            retriable: error.retriable,
        }
    }
}

/// How many of each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the count of the status of that name")]
pub struct Summary {
    pub created: usize,
    pub existed: usize,
    pub deleted: usize,
    pub absent: usize,
    pub failed: usize,
    pub skipped: usize,
    pub unknown: usize,
    pub planned: usize,
}

impl WriteItem {
    /// What is, or will be, done with a binding; no error.
    pub fn new(binding: &Binding, action: Action, status: ItemStatus) -> Self {
        Self { binding: binding.clone(), action, status, error: None }
    }
}

impl AclWriteResult {
    /// The result of putting back: what `existed` already comes first, and nothing is said of scopes.
    #[must_use]
    pub fn after(self, existed: Vec<WriteItem>) -> Self {
        Self { plan: None, ..self.behind(existed) }
    }

    /// The result with what was written before, to an end that was another then.
    #[must_use]
    pub fn behind(self, mut earlier: Vec<WriteItem>) -> Self {
        earlier.extend(self.items);
        let Self { items, summary, .. } = Self::new(earlier);
        Self { items, summary, ..self }
    }

    /// A result whose summary counts `items`.
    pub fn new(items: Vec<WriteItem>) -> Self {
        let mut summary = Summary::default();
        for item in &items {
            *match item.status {
                ItemStatus::Created => &mut summary.created,
                ItemStatus::Existed => &mut summary.existed,
                ItemStatus::Deleted => &mut summary.deleted,
                ItemStatus::Absent => &mut summary.absent,
                ItemStatus::Failed => &mut summary.failed,
                ItemStatus::Skipped => &mut summary.skipped,
                ItemStatus::Unknown => &mut summary.unknown,
                ItemStatus::Planned => &mut summary.planned,
            } += 1;
        }
        Self { items, summary, ..Self::default() }
    }

    /// `2 created, 1 existed already`; `nothing to do` when there were no items.
    pub fn sentence(&self) -> String {
        let s = &self.summary;
        let parts: Vec<String> = [
            (s.created, "created"),
            (s.existed, "existed already"),
            (s.deleted, "deleted"),
            (s.absent, "gone already"),
            (s.failed, "failed"),
            (s.skipped, "not tried"),
            (s.unknown, "of unknown outcome"),
            (s.planned, "would be written (dry run)"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }

    /// The rows that a person wants to see: all when they are few, else those that did not go well.
    fn table(&self, wide: bool) -> Option<Table<'_>> {
        const MANY: usize = 50;
        let show_all = wide || self.items.len() <= MANY;
        let rows: Vec<_> = self
            .items
            .iter()
            .filter(|item| {
                show_all || matches!(item.status, ItemStatus::Failed | ItemStatus::Unknown)
            })
            .map(|item| {
                let mut row = vec![status_word(item.status).into()];
                row.extend(binding_row(&item.binding));
                row.push(item.error.as_ref().map_or_else(Default::default, |error| {
                    match &error.message {
                        Some(message) => format!("{}: {}", error.name, visible(message)).into(),
                        None => error.name.clone().into(),
                    }
                }));
                row
            })
            .collect();
        let table = Table { columns: self.columns(), rows, ..Table::default() };
        match wide {
            // Columns may be asked for by name: all are there, whether they say anything or not.
            true => Some(table),
            false if table.rows.is_empty() => None,
            false => Some(table.without_empty_column("ERROR")),
        }
    }

    /// All columns of its table.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = vec![Column::text("STATUS")];
        columns.extend(binding_columns(&self.items.iter().map(|item| &item.binding)));
        columns.push(Column::text("ERROR").keep(250));
        columns
    }
}

/// The word of a status, as in JSON.
pub const fn status_word(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Created => "created",
        ItemStatus::Existed => "existed",
        ItemStatus::Deleted => "deleted",
        ItemStatus::Absent => "absent",
        ItemStatus::Failed => "failed",
        ItemStatus::Skipped => "skipped",
        ItemStatus::Unknown => "unknown",
        ItemStatus::Planned => "planned",
    }
}

fn kept(backup: &str) -> String {
    format!("backup of what was deleted: {backup}")
}

impl Report for AclWriteResult {
    fn kind(&self) -> &'static str {
        "AclWriteResult"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut blocks: Vec<Block> = self.table(wide).map(Block::Table).into_iter().collect();
        let well = self.summary.failed + self.summary.unknown + self.summary.skipped == 0;
        let style = if well { Style::Good } else { Style::Bad };
        let mut lines = vec![Line::styled(style, self.sentence())];
        if let Some(plan) = &self.plan {
            let mut text = format!("{} unchanged", plan.unchanged);
            for (count, what) in [
                (plan.extra, "extra (`--prune` deletes them)"),
                (plan.not_managed, "not managed"),
                (plan.protected, "protected"),
            ] {
                if count > 0 {
                    text.push_str(&format!(", {count} {what}"));
                }
            }
            lines.push(Line::styled(Style::Dim, text));
        }
        if let Some(backup) = &self.backup {
            lines.push(Line::styled(Style::Dim, kept(backup)));
        }
        blocks.push(Block::Lines(lines));
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn beside_names(&self) -> Option<String> {
        self.backup.as_deref().map(kept)
    }

    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(item.binding.principal.as_str())).collect()
    }

    /// Whose ACLs are as they were wanted, all of them: of what failed or was not there no name is one to go on with.
    fn names(&self) -> Vec<Cow<'_, str>> {
        use ItemStatus::{Absent, Failed, Skipped, Unknown};
        let is_bad = |item: &&WriteItem| matches!(item.status, Failed | Skipped | Unknown);
        let bad: HashSet<_> =
            self.items.iter().filter(is_bad).map(|item| &item.binding.principal).collect();
        let good =
            |item: &&WriteItem| item.status != Absent && !bad.contains(&item.binding.principal);
        principals(self.items.iter().filter(good).map(|item| &item.binding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Host, Name, Operation, PatternType, PermissionType, Principal, ResourceType,
    };

    #[test]
    fn names_are_of_what_is_as_it_was_wanted() {
        let item = |principal: &str, name: &str, status| {
            let binding = Binding {
                resource_type: ResourceType::Topic,
                resource_name: Name::from(name),
                pattern_type: PatternType::Literal,
                principal: Principal::stored(principal).unwrap(),
                host: Host::from("*"),
                operation: Operation::Read,
                permission_type: PermissionType::Allow,
            };
            WriteItem::new(&binding, Action::Create, status)
        };
        let result = AclWriteResult::new(vec![
            item("User:created", "x", ItemStatus::Created),
            item("User:deleted", "x", ItemStatus::Deleted),
            item("User:planned", "x", ItemStatus::Planned),
            item("User:half", "x", ItemStatus::Created),
            item("User:half", "y", ItemStatus::Failed),
            item("User:unknown", "x", ItemStatus::Unknown),
            item("User:skipped", "x", ItemStatus::Skipped),
            item("User:absent", "x", ItemStatus::Absent),
            item("User:existed", "x", ItemStatus::Existed),
        ]);
        let mut names = result.names();
        names.sort();
        assert_eq!(names, ["User:created", "User:deleted", "User:existed", "User:planned"]);
    }

    #[test]
    fn what_no_broker_has_said_has_no_code_of_kafka() {
        let error = ItemError::no_such_broker("99");
        let json = serde_json::to_value(&error).unwrap();
        let wanted = serde_json::json!({
            "name": "NO_SUCH_BROKER",
            "message": "there is no broker 99",
            "retriable": false,
        });
        assert_eq!(json, wanted);
    }
}
