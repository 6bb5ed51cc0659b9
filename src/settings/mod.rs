//! From flags, environment, `--command-config` files and contexts to one [`ClientConfig`].

mod addresses;
mod client_config;
mod config_file;
mod connection;
pub mod contexts;
mod edit;
mod environment;
mod files;
mod jaas;
mod keystore;
mod names;
mod pem;
mod presentation;
mod project;
mod properties;
mod property;
mod resolve;
mod secret;
mod store;
mod tls;

pub use client_config::{
    Address, ClientConfig, Identity, Mechanism, Origin, Pem, Sasl, SecretPem, Tls,
};
pub use connection::Connection;
pub use environment::Environment;
pub use files::{store_private, write_private};
pub use names::known as property_names;
pub use presentation::Presentation;
pub use project::Trusted;
pub use resolve::{COMPLETION_TIMEOUT, PasswordSource, Settings, resolve};
pub use store::{Imported, Store};

#[cfg(test)]
mod tests;
