//! `quota delete` (AlterClientQuotas; needs ALTER_CONFIGS on the cluster).

use std::collections::{BTreeMap, BTreeSet};

use super::{KEYS, Plan, carry_out, near};
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{QuotaChange, Quotas};
use crate::model::{QuotaEntity, visible};
use crate::report::quota::{Number, QuotaValue, line};
use crate::report::write::{Action, Item, Status};
use crate::report::{Block, Line, Style};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Whose, exactly.
    pub entities: Vec<QuotaEntity>,
    /// These keys only; all when empty.
    pub keys: Vec<String>,
    /// A quota that is not there is a failure.
    pub must_exist: bool,
    /// The broker checks, and changes nothing.
    pub dry_run: bool,
}

/// Shows what there is, asks, deletes it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let (old, cluster_id) = tokio::join!(client.quotas(), cluster_id(&client));
    let mut plan = Plan {
        cluster_id: cluster_id?,
        dry_run: request.dry_run,
        old: old?,
        changes: Vec::new(),
        settled: Vec::new(),
    };
    check_keys(&request.keys, &plan.old)?;
    let mut lines = Vec::new();
    let entities: BTreeSet<&QuotaEntity> = request.entities.iter().collect();
    for entity in entities {
        let there = plan.old.get(entity).cloned().unwrap_or_default();
        let mut values = BTreeMap::new();
        for (key, value) in &there {
            if request.keys.is_empty() || request.keys.contains(key) {
                let text = format!("- {}", line(entity, key, Number(*value)));
                lines.push(Line::styled(Style::Removed, text));
                values.insert(key.clone(), None);
            }
        }
        let absent = request.keys.iter().filter(|key| !there.contains_key(*key));
        let mut absent: Vec<Option<String>> = absent.cloned().map(Some).collect();
        if there.is_empty() && request.keys.is_empty() {
            absent.push(None);
        }
        for key in absent {
            let value = QuotaValue { entity: entity.clone(), key, old: None, new: None };
            plan.settled.push(Item::new(value, Action::Delete, Status::Absent));
        }
        if !values.is_empty() {
            plan.changes.push(QuotaChange { entity: entity.clone(), values });
        }
    }
    let missing = plan.settled.first().filter(|_| request.must_exist).map(|item| {
        let entity = item.subject.entity.to_string();
        Error::failed(format!("there is no such quota of {}", visible(&entity)))
    });
    if !plan.changes.is_empty() && !request.dry_run {
        let count = lines.len();
        context.ui.show(&[Block::Lines(lines)]);
        let which =
            if count == 1 { "this quota".to_owned() } else { format!("these {count} quotas") };
        context.confirm(&format!("Delete {which}?"))?;
    }
    let mut outcome = carry_out(context, &client, plan).await;
    outcome.error = outcome.error.or(missing);
    Ok(outcome)
}

/// A key that Kafka does not have, and that nobody has a quota of, is a mistake in typing.
fn check_keys(keys: &[String], old: &Quotas) -> Result<()> {
    let known =
        |key: &String| KEYS.contains(&key.as_str()) || old.values().any(|q| q.contains_key(key));
    let Some(key) = keys.iter().find(|key| !known(key)) else { return Ok(()) };
    let error = Error::invalid(format!("there is no quota `{}`", visible(key)));
    Err(match near(key) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("the quotas are {}", KEYS.join(", "))),
    })
}
