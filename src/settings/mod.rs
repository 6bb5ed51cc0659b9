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
mod names;
mod pem;
mod presentation;
mod properties;
mod property;
mod resolve;
mod secret;
mod tls;

pub use client_config::{
    Address, ClientConfig, Identity, Mechanism, Origin, Pem, Sasl, SecretPem, Tls,
};
pub use connection::Connection;
pub use environment::Environment;
pub use presentation::Presentation;
pub use resolve::{PasswordSource, Settings, resolve};

#[cfg(test)]
mod tests;
