//! The Kafka client: own connections over the wire protocol, with the codecs of `kafka-protocol`
//! for what is sent and bounded readers of our own for what is received; one file for each noun.
//!
//! [`Client`] is the door. Nothing of the protocol leaves this room: calls take and give the words
//! of [`crate::model`].

mod acls;
mod bootstrap;
mod check;
mod client;
mod cluster;
mod codes;
mod connection;
mod deadline;
mod dial;
mod failure;
mod fault;
mod frame;
mod items;
mod probe;
mod reader;
mod sasl;
mod scram;
mod setup;
mod tls;
mod trace;
mod users;
mod versions;

pub use acls::ItemResult;
pub use check::{Finding, Step, check};
pub use client::{Client, Options};
pub use cluster::{Broker, Cluster};
pub use deadline::Deadline;
pub use dial::Resolver;
pub use trace::{Exchange, Trace};
