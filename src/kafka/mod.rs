//! The Kafka client: own connections over the wire protocol, with the codecs of `kafka-protocol`
//! for what is sent and bounded readers of our own for what is received; one file for each noun.
//!
//! [`Client`] is the door. Nothing of the protocol leaves this room: calls take and give the words
//! of [`crate::model`].

mod abilities;
mod acls;
mod bootstrap;
mod check;
mod client;
mod cluster;
mod codes;
mod configs;
mod connection;
mod coordinators;
mod deadline;
mod dial;
mod eligible;
mod failure;
mod fault;
mod features;
mod fetch;
mod frame;
mod groups;
#[cfg(feature = "gssapi")]
pub mod gssapi;
mod http;
mod iam;
mod items;
mod list_offsets;
mod log_dirs;
mod metadata;
mod named;
mod oauth;
mod offsets;
mod partitions;
mod probe;
mod producers;
mod proxy;
mod quorum;
mod quotas;
mod reassignments;
mod replica_dirs;
mod sasl;
mod scram;
mod setup;
mod sight;
mod spread;
mod tls;
mod tokens;
mod topics;
mod trace;
mod transactions;
mod users;
mod versions;
mod whereabouts;

use crate::wire as reader;

pub use abilities::{Abilities, Api, Feature};
pub use acls::ItemResult;
pub use check::{Finding, Step, check};
pub use client::{Client, Options};
pub use cluster::{Broker, Cluster};
pub use codes::kafka_error;
pub use configs::{ConfigQuestion, Entity};
pub use deadline::Deadline;
pub use dial::Resolver;
pub use features::{FeatureUpdate, FeatureWay};
pub use fetch::{FirstRecord, LogPart};
pub use groups::{GroupFilter, GroupsOfBrokers, MemberToRemove, RemoveMembers};
pub use list_offsets::{OffsetAt, OffsetFound};
pub use metadata::{OFFSETS_TOPIC, PartitionMetadata, TopicMetadata, Topics};
pub use named::Outcomes;
pub use offsets::{Commit, Committed, OffsetsOfGroup, PartitionsOfGroup, ShareOffset};
pub use partitions::{ByPartition, Election};
pub use producers::{AbortMarker, Producer};
pub use quotas::{QuotaChange, Quotas};
pub use reassignments::Reassignment;
pub use replica_dirs::ReplicaDir;
pub use sight::NO_TOPIC;
pub use tokens::{Hmac, NewToken, Token};
pub use topics::{CreatedTopic, Growth};
pub use trace::{Exchange, Trace};
pub use transactions::{ListedTransaction, ListedTransactions, Transaction, TransactionFilter};
pub use users::{
    FEWEST_ITERATIONS, MOST_ITERATIONS, NewCredential, ScramChange, ScramCredential, ScramUser,
};
