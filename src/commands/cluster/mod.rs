//! The verbs of `kward cluster`.

pub mod abilities;
pub mod add_controller;
pub mod brokers;
pub mod describe;
pub mod health;
pub mod log_dirs;
pub mod quorum;
pub mod release;
pub mod remove_controller;
pub mod set_features;
pub mod unregister_broker;

mod voters;

use crate::error::{Error, Result};
use crate::kafka::Cluster;
use crate::report::units::ids;

/// Fails unless each of these brokers, or controllers where they are talked to, is there.
pub fn are_there(wanted: &[i32], cluster: &Cluster) -> Result<()> {
    const SHOWN: usize = 20;
    let there: Vec<i32> = cluster.nodes().iter().map(|node| node.id).collect();
    let node = if cluster.controllers.is_empty() { "broker" } else { "controller" };
    let Some(id) = wanted.iter().find(|id| !there.contains(id)) else { return Ok(()) };
    let more = if there.len() > SHOWN { ", …" } else { "" };
    let shown = ids(&there[..there.len().min(SHOWN)]);
    Err(Error::invalid(format!("there is no {node} {id}"))
        .hint(format!("the {node}s that are there are {shown}{more}")))
}
