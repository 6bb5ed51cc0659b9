//! `AclRoles`: the verbs and roles, with what each expands to.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{
    Operation, PatternType, PermissionType, ResourcePattern, ResourceType, visible,
};

use super::{Block, Json, Line, Report, Style};

/// Verbs first, then roles by name.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AclRoles {
    /// The verbs and roles.
    pub items: Vec<Role>,
}

/// A verb or a role.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// `produce`, `connect worker`, a role's name.
    pub name: String,
    /// Every file has it.
    pub builtin: bool,
    /// The keys of a verb, the parameters of a role.
    pub params: Vec<String>,
    /// Where a role is defined: `access/roles.yaml:3:5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What it expands to.
    pub grants: Vec<RoleGrant>,
}

/// One binding of an expansion, without principal and host.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleGrant {
    /// Of which type the resources are.
    pub resource_type: ResourceType,
    /// Their name or prefix; `<topic>` and `${name}` stand for what a rule gives.
    pub resource_name: String,
    /// Literal or prefixed.
    pub pattern_type: PatternType,
    /// What.
    pub operation: Operation,
    /// Allowed or denied.
    pub permission_type: PermissionType,
    /// The key of the verb that adds it; absent where it is always there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<&'static str>,
}

impl Report for AclRoles {
    fn kind(&self) -> &'static str {
        "AclRoles"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let mut lines = Vec::new();
        for role in &self.items {
            if !lines.is_empty() {
                lines.push(Line::blank());
            }
            let mut head = Line::styled(Style::Bold, visible(&role.name));
            if !role.params.is_empty() {
                head = head.then(Style::Plain, format!("  {}", role.params.join(", ")));
            }
            if let Some(place) = &role.place {
                head = head.then(Style::Dim, format!("  {}", visible(place)));
            }
            lines.push(head);
            lines.extend(grant_lines(&role.grants));
        }
        vec![Block::Lines(lines)]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|role| Cow::Borrowed(role.name.as_str())).collect()
    }
}

/// One line for the operations on one resource under one key.
fn grant_lines(grants: &[RoleGrant]) -> impl Iterator<Item = Line<'_>> {
    let alike = |a: &RoleGrant, b: &RoleGrant| {
        (a.when, a.permission_type, a.resource_type, a.pattern_type, &a.resource_name)
            == (b.when, b.permission_type, b.resource_type, b.pattern_type, &b.resource_name)
    };
    grants.chunk_by(alike).map(|same| {
        let first = &same[0];
        let operations: Vec<String> =
            same.iter().map(|grant| grant.operation.to_string()).collect();
        let pattern = ResourcePattern {
            resource_type: first.resource_type,
            name: first.resource_name.as_str().into(),
            pattern_type: first.pattern_type,
        };
        let deny = if first.permission_type == PermissionType::Deny { "DENY " } else { "" };
        let line = Line::plain(format!("  {deny}{} on {pattern}", operations.join(", ")));
        match first.when {
            Some(when) => {
                let (key, unless) = when.split_once(',').unwrap_or((when, ""));
                let comma = if unless.is_empty() { "" } else { "," };
                line.then(Style::Dim, format!("  with `{key}`{comma}{unless}"))
            }
            None => line,
        }
    })
}
