//! The words that everything shares: bindings, filters, resource patterns,
//! principals, hosts. They parse and print, nothing else.
//!
//! Codes and spellings are those of Kafka's `AclOperation`, `AclPermissionType`,
//! `ResourceType` and `PatternType`. A code that this version does not know is
//! kept (`Unknown`), shown, and never written.

mod binding;
mod enums;
mod filter;
mod finding;
pub mod group;
mod host;
mod listener;
mod metadata_version;
mod name;
pub mod quota;
pub mod release;
mod resource;
mod text;
mod time;
mod topic;

pub use binding::{Binding, ResourcePattern};
pub use enums::UnknownWord;
pub use enums::{Operation, PatternType, PermissionType, ResourceType, ScramMechanism};
pub use filter::{Filter, PatternFilter};
pub use finding::{Finding, Severity};
pub(crate) use host::mask;
pub use host::{Host, HostError, HostKind, host_and_port};
pub use listener::{Listener, NoListener};
pub use metadata_version::{MetadataVersion, UnknownMetadataVersion};
pub use name::{Name, Principal, PrincipalError};
pub use quota::QuotaEntity;
pub use release::Release;
pub use resource::Resource;
pub use text::{is_hidden, nearest, shell_command, shell_flag, shell_word, visible, without_bom};
pub use time::Time;
pub use topic::{DirectoryId, INTERNAL_TOPICS, NoTopicId, TopicId, TopicPartition};

/// The only name that Kafka accepts for the CLUSTER resource.
pub const CLUSTER_NAME: &str = "kafka-cluster";

/// The name that, with the LITERAL pattern, stands for every resource of a type;
/// as a host, for every host.
pub const WILDCARD: &str = "*";
