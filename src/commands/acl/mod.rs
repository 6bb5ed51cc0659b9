//! The verbs of `kward acl`.

pub mod apply;
pub mod copy;
pub mod create;
pub mod delete;
pub mod diff;
pub mod export;
pub mod list;
pub mod plan;
pub mod roles;

mod backup;
mod filters;
mod source;
mod write;

pub use filters::FilterSet;
pub use source::{FileArguments, Live, StateSource};
