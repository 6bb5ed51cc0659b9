//! `quota set` (AlterClientQuotas; needs ALTER_CONFIGS on the cluster, and DESCRIBE_CONFIGS, which
//! that implies, to see what there is).

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, carry_out, near};
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::QuotaChange;
use crate::model::QuotaEntity;
use crate::report::quota::Number;
use crate::report::write::{Action, Item, Status};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Whose.
    pub entities: Vec<QuotaEntity>,
    /// By Kafka's key.
    pub values: BTreeMap<String, f64>,
    /// The broker checks, and changes nothing.
    pub dry_run: bool,
}

/// Sets the quotas that are other than wanted.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let literal =
        |entity: &QuotaEntity| entity.components().any(|(_, name)| name == Some("<default>"));
    if request.entities.iter().any(literal) {
        return Err(Error::invalid("`<default>` would be a name here, and not what holds for those without a quota of their own")
            .hint("for these there are `--user-default`, `--client-id-default` and `--ip-default`"));
    }
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
    let entities: BTreeSet<&QuotaEntity> = request.entities.iter().collect();
    for entity in entities {
        let mut change = QuotaChange { entity: entity.clone(), values: BTreeMap::new() };
        for (key, new) in &request.values {
            let value = plan.value(entity, key, Some(*new));
            if value.old == Some(Number(*new)) {
                plan.settled.push(Item::new(value, Action::Alter, Status::Unchanged));
            } else {
                change.values.insert(key.clone(), Some(*new));
            }
        }
        if !change.values.is_empty() {
            plan.changes.push(change);
        }
    }
    if !plan.changes.is_empty() && !request.dry_run {
        context.confirm_unasked()?;
    }
    let mut outcome = carry_out(context, &client, plan).await;
    if let Some(error) = outcome.error.take() {
        let near = request.values.keys().filter_map(|key| near(key));
        outcome.error =
            Some(near.fold(error, |error, near| error.hint(format!("did you mean `{near}`?"))));
    }
    Ok(outcome)
}
