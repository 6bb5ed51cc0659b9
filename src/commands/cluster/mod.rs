//! The verbs of `kward cluster`.

pub mod abilities;
pub mod brokers;
pub mod describe;
pub mod health;
pub mod log_dirs;
pub mod quorum;
