//! `kward cluster`: from what was typed to what the commands take.

use crate::cli::acl::Write;
use crate::cli::cluster::{By, ClusterCommand};
use crate::commands::cluster::{
    abilities, add_controller, brokers, describe, health, log_dirs, quorum, release,
    remove_controller, set_features, unregister_broker,
};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::topic::health::Limits;

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &ClusterCommand) -> Result<Outcome> {
    match command {
        ClusterCommand::Describe(_) => describe::run(context).await,
        ClusterCommand::Brokers(_) => brokers::run(context).await,
        ClusterCommand::ApiVersions(args) => abilities::api_versions(context, &args.broker).await,
        ClusterCommand::Features(args) => match args.release {
            Some(release) => Ok(release::run(release)),
            None => abilities::features(context).await,
        },
        ClusterCommand::SetFeatures(args) => {
            let request = set_features::Request {
                levels: args.levels.clone(),
                release: args.release,
                lossy: args.lossy,
                dry_run: args.write.dry_run,
            };
            set_features::run(context, &request).await
        }
        ClusterCommand::Quorum(_) => quorum::run(context).await,
        ClusterCommand::AddController(args) => {
            let request = add_controller::Request {
                id: args.id,
                config: args.controller_config.clone(),
                directory: args.directory_id,
                listeners: args.listener.clone(),
                dry_run: args.write.dry_run,
            };
            add_controller::run(context, &request).await
        }
        ClusterCommand::RemoveController(args) => {
            let (id, directory) = args.controller;
            let request = remove_controller::Request { id, directory, dry_run: args.write.dry_run };
            remove_controller::run(context, &request).await
        }
        ClusterCommand::UnregisterBroker(args) => {
            let request = unregister_broker::Request { id: args.id, dry_run: args.write.dry_run };
            unregister_broker::run(context, &request).await
        }
        ClusterCommand::LogDirs(args) => {
            let by = match args.by {
                By::Broker => log_dirs::By::Broker,
                By::Dir => log_dirs::By::Dir,
                By::Topic => log_dirs::By::Topic,
                By::Replica => log_dirs::By::Replica,
            };
            let (brokers, topics) = (args.broker.clone(), args.topic.clone());
            log_dirs::run(context, &log_dirs::Request { by, brokers, topics }).await
        }
        ClusterCommand::Health(args) => {
            let limits = Limits {
                skew: args.max_skew,
                quorum_lag_ms: i64::try_from(args.max_quorum_lag.as_millis()).unwrap_or(i64::MAX),
                disk: f64::from(args.max_disk) / 100.0,
            };
            health::run(context, limits).await
        }
    }
}

/// The flags of the verb, where it writes.
pub fn write_flags(command: &ClusterCommand) -> Option<&Write> {
    match command {
        ClusterCommand::SetFeatures(args) => Some(&args.write),
        ClusterCommand::AddController(args) => Some(&args.write),
        ClusterCommand::RemoveController(args) => Some(&args.write),
        ClusterCommand::UnregisterBroker(args) => Some(&args.write),
        _ => None,
    }
}
