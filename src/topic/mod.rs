//! Topics, their configuration and the brokers that hold them, as values: what is healthy, what
//! differs, what a change would do. Pure: nothing here asks a cluster.

pub mod balance;
pub mod config;
pub mod config_change;
pub mod disk;
pub mod election;
pub mod file;
pub mod health;
pub mod partition_file;
pub mod plan;
pub mod quorum;
pub mod reassign;
pub mod select;
pub mod state;
pub mod synonyms;
pub mod trim_file;
pub mod wanted;

mod typed;

pub use config::{ConfigEntry, ConfigSource, ConfigType, EntityType, Synonym};
pub use config_change::{Asked, ConfigChange, ConfigOperation};
pub use state::{Eligible, Partition, Problem, Topic};
