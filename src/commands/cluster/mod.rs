//! The verbs of `kward cluster`.

pub mod abilities;
pub mod brokers;
pub mod describe;
pub mod health;
pub mod log_dirs;
pub mod quorum;

use crate::error::{Error, Result};
use crate::kafka::Cluster;
use crate::report::units::ids;

/// Fails unless each of these brokers is there.
pub fn are_there(wanted: &[i32], cluster: &Cluster) -> Result<()> {
    let there: Vec<i32> = cluster.brokers.iter().map(|broker| broker.id).collect();
    match wanted.iter().find(|id| !there.contains(id)) {
        None => Ok(()),
        Some(id) => Err(Error::invalid(format!("there is no broker {id}"))
            .hint(format!("the brokers are {}", ids(&there)))),
    }
}
