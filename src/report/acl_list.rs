//! `AclList`: bindings as the cluster has them; also the snapshot that `--against` takes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{Binding, PatternType, PermissionType};
use serde::Serialize;

use super::{Block, Column, Json, Report, Rows, Table};

/// A list of bindings. `complete` is what makes it a snapshot.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AclList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// When, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<String>,
    /// `4.4-IV1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_version: Option<String>,
    /// The filters, in words; absent when there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Whether these are all bindings of the cluster.
    pub complete: bool,
    /// The bindings, sorted.
    pub items: Vec<Binding>,
}

impl Report for AclList {
    fn kind(&self) -> &'static str {
        "AclList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        vec![Block::Table(binding_table(&self.items))]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|binding| Cow::Borrowed(binding.principal.as_str())).collect()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let principals: BTreeSet<&str> = self.items.iter().map(|b| b.principal.as_str()).collect();
        principals.into_iter().map(Cow::Borrowed).collect()
    }
}

/// One row a binding.
pub fn binding_table(bindings: &[Binding]) -> Table<'_> {
    Table {
        columns: binding_columns(&bindings.iter()),
        rows: bindings.iter().map(|binding| Vec::from(binding_row(binding))).collect(),
        empty: "no ACLs",
        ..Table::default()
    }
}

/// The columns of a table of these bindings. Where there is little room, those go that say the same of
/// all; an ACL for one host must not look like one for all, a prefix not like a name, and what is denied
/// not like what is allowed.
pub fn binding_columns<'a>(bindings: &(impl Iterator<Item = &'a Binding> + Clone)) -> Vec<Column> {
    let plain = |column: Column, keep: u8, says_nothing: &dyn Fn(&Binding) -> bool| {
        if bindings.clone().all(says_nothing) { column.keep(keep) } else { column }
    };
    let permission = Column::text("PERMISSION");
    vec![
        Column::text("PRINCIPAL"),
        plain(permission, 130, &|b| b.permission_type == PermissionType::Allow),
        Column::text("OPERATION"),
        Column::text("TYPE"),
        Column::text("NAME"),
        plain(Column::text("PATTERN"), 125, &|b| b.pattern_type == PatternType::Literal),
        plain(Column::text("HOST"), 120, &|b| b.host.is_any()),
    ]
}

/// The cells of a binding, in the order of [`binding_table`].
pub fn binding_row(binding: &Binding) -> [Cow<'_, str>; 7] {
    let word = |upper: Option<&'static str>, shown: &dyn std::fmt::Display| {
        upper.map_or_else(|| Cow::Owned(shown.to_string()), Cow::Borrowed)
    };
    [
        Cow::Borrowed(binding.principal.as_str()),
        word(binding.permission_type.upper(), &binding.permission_type),
        word(binding.operation.upper(), &binding.operation),
        word(binding.resource_type.upper(), &binding.resource_type),
        Cow::Borrowed(binding.resource_name.as_str()),
        word(binding.pattern_type.upper(), &binding.pattern_type),
        Cow::Borrowed(binding.host.as_str()),
    ]
}
