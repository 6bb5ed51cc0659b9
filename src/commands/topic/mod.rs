//! The verbs of `kward topic`.

pub mod add_partitions;
pub mod apply;
pub mod configure;
pub mod create;
pub mod delete;
pub mod describe;
pub mod elect_leaders;
pub mod export;
pub mod list;
pub mod offsets;
pub mod plan;
pub mod trim;

mod committed;
pub mod desired;
pub(super) mod fetch;
pub(super) mod refusals;
mod written_at;
