//! The verbs of `kward config`.

pub mod describe;
pub mod set;

use crate::commands::Context;
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
    /// Every one of them.
    async fn resolve(&self, client: &Client) -> Result<Vec<Entity>> {
        let mut entities = self.entities.clone();
        if self.all_brokers {
            let cluster = client.describe_cluster().await?;
            let broker = |id: i32| Entity { kind: EntityType::Broker, name: id.to_string() };
            entities.extend(cluster.brokers.iter().map(|one| broker(one.id)));
        }
        entities.sort();
        entities.dedup();
        Ok(entities)
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
