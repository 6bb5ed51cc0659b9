//! The verbs of `kward topic`.

pub mod add_partitions;
pub mod configure;
pub mod create;
pub mod delete;
pub mod describe;
pub mod elect_leaders;
pub mod list;
pub mod offsets;
pub mod trim;

mod committed;
pub(super) mod fetch;
pub(super) mod refusals;
mod written_at;
