//! The integration tests: the built program against real Kafka, and the test support itself.
//!
//! One binary, a module per noun, so that the brokers that a run shares are started once.

// The fences are for the product; tests read their own settings from the environment.
#![allow(clippy::disallowed_methods)]
// Numbers that were written come back as they were; a field is named as Kafka names it.
#![allow(clippy::float_cmp, clippy::similar_names, clippy::struct_field_names)]

mod access;
mod acl;
mod authorizer;
mod client;
mod cluster;
mod cluster_members;
mod cluster_noun;
mod completion;
mod config;
mod config_all;
mod context;
mod controllers;
mod demo;
mod examples;
mod faults;
mod formats;
mod group;
mod imports;
mod manual;
mod quota;
mod reassign;
mod secrets;
mod security;
mod shown;
mod support;
mod token;
mod topic;
mod transaction;
mod user;
mod workflows;
