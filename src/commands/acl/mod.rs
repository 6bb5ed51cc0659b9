//! The verbs of `kward acl`.

pub mod apply;
pub mod can;
pub mod copy;
pub mod create;
pub mod delete;
pub mod diff;
pub mod explain;
pub mod export;
pub mod import;
pub mod lint;
pub mod list;
pub mod plan;
pub mod roles;
pub mod test;
pub mod who_can;

pub(super) mod backup;
mod filters;
pub(super) mod source;
mod state;
mod write;

pub use filters::FilterSet;
pub(in crate::commands) use source::cluster_id;
pub use source::{FileArguments, Live, StateSource, is_standard_input};
pub use state::StateRequest;
