//! The verbs of `kward config`.

pub mod describe;
pub mod set;

use crate::commands::Context;
use crate::commands::cluster::are_there;
use crate::error::Result;
use crate::kafka::{Client, Entity};
use crate::topic::EntityType;

/// Whose configuration is meant.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// These.
    pub entities: Vec<Entity>,
    /// And every broker there is.
    pub all_brokers: bool,
}

impl Whose {
    /// Every one of them; fails for a broker that is named and not there, which could not be asked.
    async fn resolve(&self, client: &Client) -> Result<Vec<Entity>> {
        let mut entities = self.entities.clone();
        let of_broker =
            |entity: &Entity| matches!(entity.kind, EntityType::Broker | EntityType::BrokerLogger);
        let named: Vec<i32> = entities
            .iter()
            .filter(|entity| of_broker(entity))
            .filter_map(|entity| entity.name.parse().ok())
            .collect();
        if self.all_brokers || !named.is_empty() {
            let cluster = client.describe_cluster().await?;
            are_there(&named, &cluster)?;
            let all = cluster.brokers.iter().filter(|_| self.all_brokers);
            entities.extend(all.map(|one| broker(one.id)));
        }
        entities.sort();
        entities.dedup();
        Ok(entities)
    }

    /// Brokers that are meant, and are not there. Not to know them stops nothing.
    async fn missing(&self, context: &Context<'_>, client: &Client) -> Vec<Entity> {
        if !self.all_brokers {
            return Vec::new();
        }
        match client.missing_brokers().await {
            Ok(missing) => missing.into_iter().map(broker).collect(),
            Err(error) => {
                context.ui.warn(&format!("not known which brokers are gone: {}", error.message()));
                Vec::new()
            }
        }
    }
}

fn broker(id: i32) -> Entity {
    Entity { kind: EntityType::Broker, name: id.to_string() }
}

/// `broker 2 is not there`, `brokers 2, 3 are not there`; `None` of none.
fn not_there(brokers: &[Entity]) -> Option<String> {
    let ids: Vec<&str> = brokers.iter().map(|broker| broker.name.as_str()).collect();
    match ids[..] {
        [] => None,
        [id] => Some(format!("broker {id} is not there")),
        _ => Some(format!("brokers {} are not there", ids.join(", "))),
    }
}

/// `topic orders`, `broker 1`, `all brokers`.
pub fn named(entity: &Entity) -> String {
    match (entity.kind, entity.name.as_str()) {
        (EntityType::Broker, "") => "all brokers".to_owned(),
        (kind, name) => format!("{} {}", kind.word(), crate::model::visible(name)),
    }
}

/// The id of the cluster; not known is no failure.
async fn cluster_id(context: &Context<'_>, client: &Client) -> Option<String> {
    match client.describe_cluster().await {
        Ok(cluster) => cluster.id,
        Err(error) => {
            context.ui.warn(error.message());
            None
        }
    }
}
