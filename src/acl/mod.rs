//! Access control, pure: the file, the plan, the authorizer, lint, export, import.

pub mod access;
pub mod assertions;
pub mod authorizer;
pub mod desired;
pub mod explain;
pub mod export;
pub mod file;
pub mod import;
pub mod lint;
pub mod plan;
