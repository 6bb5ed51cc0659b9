//! The verbs of `kward quota`.

pub mod delete;
pub mod list;
pub mod set;

use std::collections::BTreeMap;

use crate::commands::settle::settle;
use crate::commands::written::{Needs, summary};
use crate::commands::{Context, Outcome};
use crate::kafka::{Client, QuotaChange, Quotas};
use crate::model::{QuotaEntity, nearest};
use crate::report::quota::{Number, QuotaValue};
use crate::report::write::{Action, Item, Status, WriteResult};

/// The keys that Kafka has (`QuotaConfig`).
const KEYS: [&str; 5] = [
    "producer_byte_rate",
    "consumer_byte_rate",
    "request_percentage",
    "controller_mutation_rate",
    "connection_creation_rate",
];

const NEEDS: Needs = Needs { operation: "alter-configs", flag: "--cluster" };

/// The key that is meant by one that Kafka does not have.
fn near(key: &str) -> Option<&'static str> {
    if KEYS.contains(&key) { None } else { nearest(key, KEYS) }
}

/// What is to be changed, and what need not be.
struct Plan {
    cluster_id: String,
    dry_run: bool,
    old: Quotas,
    changes: Vec<QuotaChange>,
    settled: Vec<Item<QuotaValue>>,
}

impl Plan {
    fn value(&self, entity: &QuotaEntity, key: &str, new: Option<f64>) -> QuotaValue {
        QuotaValue {
            entity: entity.clone(),
            key: Some(key.to_owned()),
            old: self.old.get(entity).and_then(|quotas| quotas.get(key)).copied().map(Number),
            new: new.map(Number),
        }
    }
}

/// Sends the changes, or has the broker check them, and says what became of each value.
async fn carry_out(context: &Context<'_>, client: &Client, plan: Plan) -> Outcome {
    let mut items = Vec::new();
    let mut stopped = None;
    if !plan.changes.is_empty() {
        if !plan.dry_run {
            context.stop.begin_writing();
        }
        let client = client.until(context.deadline());
        let answer = client.alter_quotas(&plan.changes, plan.dry_run).await;
        for (at, change) in plan.changes.iter().enumerate() {
            for (key, new) in &change.values {
                let value = plan.value(&change.entity, key, *new);
                let (action, well) = match (value.old, new) {
                    (_, None) => (Action::Delete, Status::Deleted),
                    (None, _) => (Action::Create, Status::Created),
                    (Some(_), _) => (Action::Alter, Status::Altered),
                };
                let well = if plan.dry_run { Status::Planned } else { well };
                items.push(match &answer {
                    Ok(results) => {
                        let error = results.get(at).and_then(|result| result.as_ref().err());
                        Item::answered(value, action, well, error)
                    }
                    Err(error) => Item::lost(value, action, error),
                });
            }
        }
        stopped = answer.err();
    }
    if !plan.dry_run && stopped.is_none() {
        wait(context, client, &items).await;
    }
    items.extend(plan.settled);
    items.sort_by(|a, b| {
        (&a.subject.entity, &a.subject.key).cmp(&(&b.subject.entity, &b.subject.key))
    });
    let result = WriteResult::new(Some(plan.cluster_id), plan.dry_run, items);
    let error = match stopped {
        Some(stopped) => result.error(Some(stopped)),
        None => summary(client, ("change", "quota"), NEEDS, &result),
    };
    Outcome::report(result).with_error(error)
}

async fn wait(context: &Context<'_>, client: &Client, items: &[Item<QuotaValue>]) {
    let none = BTreeMap::new();
    let done: Vec<&QuotaValue> =
        items.iter().filter(|item| !item.status.is_bad()).map(|item| &item.subject).collect();
    if done.is_empty() {
        return;
    }
    settle(context, client, async |client| {
        let quotas = client.quotas().await?;
        Ok(done.iter().all(|value| {
            let now = quotas.get(&value.entity).unwrap_or(&none);
            let key = value.key.as_deref().unwrap_or_default();
            now.get(key).copied().map(Number) == value.new
        }))
    })
    .await;
}
