//! kward administers Apache Kafka and controls access to it.
//!
//! The rooms and what each may use are described in `docs/architecture.md` and held by `tests/layers.rs`.

#![forbid(unsafe_code)]

pub mod acl;
pub mod cli;
pub mod commands;
pub mod completion;
pub mod error;
pub mod group;
mod hangup;
pub mod kafka;
pub mod model;
pub mod output;
pub mod records;
pub mod report;
pub mod run;
pub mod settings;
pub mod topic;
mod wire;
mod yaml;
