//! `AccessSummary` and `AccessExplanation`: what a principal can do, and why one request is decided
//! as it is.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{
    Binding, Host, Name, Operation, PatternType, Principal, ResourcePattern, ResourceType, visible,
};

use super::access::{AccessDecision, assumed_line};
use super::acl_plan::Assumed;
use super::{Block, Json, Line, Report, Style};

/// Everything that one principal can do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessSummary {
    /// Who.
    pub principal: Principal,
    /// A super user can do everything.
    pub super_user: bool,
    /// What was assumed of the brokers.
    pub assumptions: Assumed,
    /// Wider patterns before narrower ones; nothing twice.
    pub items: Vec<SummaryGrant>,
    /// IDEMPOTENT_WRITE on the cluster, which WRITE on any topic stands in for (KIP-679): the first of
    /// these ACLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_topic: Option<Binding>,
    /// Each of them, wider hosts first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_topic_from: Vec<SummaryAnyTopic>,
}

/// Idempotent writes that WRITE on a topic lets through.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryAnyTopic {
    /// From here,
    pub host: Host,
    /// but not from there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Host>,
    /// The ACL on topics that stands in.
    pub by: Binding,
}

/// Operations on resources from somewhere.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryGrant {
    /// Of this type
    pub resource_type: ResourceType,
    /// and this name or prefix.
    pub resource_name: Name,
    /// Literal or prefixed.
    pub pattern_type: PatternType,
    /// From where.
    pub host: Host,
    /// What, with what it implies.
    pub operations: Vec<Operation>,
    /// The ACLs that allow it.
    pub by: Vec<Binding>,
    /// What is denied inside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<SummaryExcept>,
}

/// A part of a grant that is denied.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryExcept {
    /// These resources of the grant's type.
    pub resource_name: Name,
    /// Literal or prefixed.
    pub pattern_type: PatternType,
    /// From where.
    pub host: Host,
    /// What is denied.
    pub operations: Vec<Operation>,
    /// The ACLs that deny it.
    pub by: Vec<Binding>,
}

fn words(operations: &[Operation]) -> String {
    operations.iter().filter_map(|operation| operation.lower()).collect::<Vec<_>>().join(", ")
}

fn pattern(resource_type: ResourceType, name: &Name, pattern_type: PatternType) -> String {
    ResourcePattern { resource_type, name: name.clone(), pattern_type }.to_string()
}

impl Report for AccessSummary {
    fn kind(&self) -> &'static str {
        "AccessSummary"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut lines = vec![Line::styled(Style::Bold, visible(&self.principal))];
        if self.super_user {
            lines.push(Line::plain("  may do everything: a super user"));
        } else if self.items.is_empty() && !self.assumptions.allow_everyone_if_no_acl_found {
            lines.push(Line::plain("  may do nothing"));
        }
        for item in &self.items {
            let on = pattern(item.resource_type, &item.resource_name, item.pattern_type);
            lines.push(Line::plain(format!(
                "  {on}: {}{}",
                words(&item.operations),
                item.host.phrase()
            )));
            if wide {
                lines.extend(
                    item.by.iter().map(|b| Line::styled(Style::Dim, format!("      by {b}"))),
                );
            }
            for except in &item.except {
                let what = pattern(item.resource_type, &except.resource_name, except.pattern_type);
                let text = format!(
                    "    but not {} on {what}{}",
                    words(&except.operations),
                    except.host.phrase()
                );
                lines.push(Line::styled(Style::Removed, text));
                if wide {
                    lines.extend(
                        except
                            .by
                            .iter()
                            .map(|b| Line::styled(Style::Dim, format!("        by {b}"))),
                    );
                }
            }
        }
        for any in &self.any_topic_from {
            lines.push(Line::plain(format!(
                "  cluster: idempotent-write{}, because it may write to a topic (KIP-679)",
                any.host.phrase()
            )));
            if wide {
                lines.push(Line::styled(Style::Dim, format!("      by {}", any.by)));
            }
            lines.extend(
                any.except.iter().map(|host| {
                    Line::styled(Style::Removed, format!("    but not{}", host.phrase()))
                }),
            );
        }
        if self.assumptions.allow_everyone_if_no_acl_found && !self.super_user {
            lines.push(Line::plain(
                "  may do everything on resources that no ACL speaks of: the default rule",
            ));
        }
        lines.push(assumed_line(&self.assumptions));
        vec![Block::Lines(lines)]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let name = |item: &SummaryGrant| {
            Cow::Owned(pattern(item.resource_type, &item.resource_name, item.pattern_type))
        };
        let mut names: Vec<Cow<'_, str>> = self.items.iter().map(name).collect();
        names.dedup();
        names
    }
}

/// Why one request is decided as it is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessExplanation {
    /// The answer.
    #[serde(flatten)]
    pub decision: AccessDecision,
    /// Remarks: what the broker's log said, what else to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Report for AccessExplanation {
    fn kind(&self) -> &'static str {
        "AccessExplanation"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut blocks = self.decision.blocks(wide);
        let mut lines = Vec::new();
        lines.extend(self.notes.iter().map(|note| Line::styled(Style::Dim, format!("  {note}"))));
        blocks.push(Block::Lines(lines));
        blocks
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.decision.names()
    }
}
