//! `kward config`: from what was typed to what the commands take.

use crate::cli::acl::Write;
use crate::cli::config::{ConfigCommand, Whose};
use crate::commands::acl::is_standard_input;
use crate::commands::config::{self, describe, set};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Entity;
use crate::topic::EntityType;

use super::topic::changes;

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &ConfigCommand) -> Result<Outcome> {
    match command {
        ConfigCommand::Describe(args) => {
            let request = describe::Request {
                whose: described(&args.whose),
                keys: args.key.clone(),
                containing: args.containing.clone(),
                all: args.all,
                synonyms: args.synonyms,
                documentation: args.docs,
            };
            describe::run(context, &request).await
        }
        ConfigCommand::Set(args) => {
            let changes = changes(context, &args.changes, &args.write)?;
            let mut whose = whose(&args.whose);
            if args.generate_name {
                let name = config::generated_name()?;
                whose.entities.push(Entity { kind: EntityType::ClientMetrics, name });
            }
            let request = set::Request { whose, changes };
            set::run(context, &request).await
        }
    }
}

/// The flags of the verb, where it writes.
pub fn write_flags(command: &ConfigCommand) -> Option<&Write> {
    match command {
        ConfigCommand::Describe(_) => None,
        ConfigCommand::Set(args) => Some(&args.write),
    }
}

/// The same where a type without a name is all that have a configuration.
fn described(args: &Whose) -> config::Whose {
    let mut whose = whose(args);
    let listed = |entity: &Entity| {
        entity.name.is_empty()
            && matches!(entity.kind, EntityType::Group | EntityType::ClientMetrics)
    };
    whose.every = whose.entities.extract_if(.., |entity| listed(entity)).map(|e| e.kind).collect();
    whose
}

/// Whether it reads a file from standard input, which then answers no question.
pub fn reads_stdin(command: &ConfigCommand) -> bool {
    match command {
        ConfigCommand::Describe(_) => false,
        ConfigCommand::Set(args) => is_standard_input(&args.changes.set_from),
    }
}

fn whose(args: &Whose) -> config::Whose {
    let named = |kind: EntityType, names: &[String]| -> Vec<Entity> {
        names.iter().map(|name| Entity { kind, name: name.clone() }).collect()
    };
    let ids = |kind: EntityType, ids: &[i32]| -> Vec<Entity> {
        ids.iter().map(|id| Entity { kind, name: id.to_string() }).collect()
    };
    let mut entities = named(EntityType::Topic, &args.topic);
    entities.extend(ids(EntityType::Broker, &args.broker));
    if args.broker_defaults {
        entities.push(Entity { kind: EntityType::Broker, name: String::new() });
    }
    entities.extend(ids(EntityType::BrokerLogger, &args.logger));
    entities.extend(named(EntityType::Group, &args.group));
    entities.extend(named(EntityType::ClientMetrics, &args.client_metrics));
    config::Whose { entities, all_brokers: args.all_brokers, every: Vec::new() }
}
