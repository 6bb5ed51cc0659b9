//! Which commands controllers serve, where they are talked to and no broker (KIP-919).

use crate::cli::Command;
use crate::cli::cluster::ClusterCommand;
use crate::cli::reassign::ReassignCommand;

/// What the command asks for that controllers do not have; `None` of those that they serve.
pub fn needs_brokers(command: &Command) -> Option<&'static str> {
    match command {
        Command::Group(_) => Some("groups and their offsets are kept by brokers"),
        Command::Topic(_) => Some("controllers do not tell which topics there are"),
        Command::Transaction(_) => Some("transactions are kept by brokers"),
        Command::Quota(_) => Some("controllers do not tell which quotas there are"),
        Command::User(_) => Some("controllers do not tell which users there are"),
        Command::Token(_) => Some("controllers do not tell which tokens there are"),
        Command::Cluster(command) => match &**command {
            ClusterCommand::Brokers(_) => Some("controllers do not tell what brokers bear"),
            ClusterCommand::LogDirs(_) => Some("only a broker tells what lies on its disks"),
            _ => None,
        },
        Command::Reassign(command) => match &**command {
            ReassignCommand::Status(_) => None,
            _ => Some("controllers do not tell where partitions lie"),
        },
        _ => None,
    }
}
