//! From flags, environment, `--command-config` files and contexts to one [`ClientConfig`].

mod addresses;
mod aws;
mod client_config;
mod config_file;
mod connection;
pub mod contexts;
mod controller;
mod edit;
mod environment;
mod files;
mod foreign;
mod jaas;
pub mod kerberos;
mod key_values;
pub mod keyring;
mod keystore;
mod names;
mod oauth;
mod passwords;
mod pem;
mod presentation;
mod program;
mod project;
mod properties;
mod property;
mod providers;
mod proxy;
mod resolve;
mod sasl;
mod secret;
mod store;
mod tls;
mod typed;
mod url;

pub use addresses::is_addresses;
pub use client_config::{
    Address, AwsCredentials, ClientConfig, ClientCredentials, Endpoint, EndpointTrust, GivenToken,
    Iam, Identity, Kerberos, Lookup, Mechanism, OAuthBearer, Origin, PasswordLogin, Pem, Proxy,
    ProxyKind, Sasl, SecretPem, Tls, TokenSource,
};
pub use connection::Connection;
pub use controller::Controller;
pub use environment::Environment;
pub use files::{replace_private, write_private};
pub use foreign::Tool;
pub use key_values::KeyValue;
pub use keystore::{StoreError, unlock as unlock_key};
pub use names::{known as property_names, means_the_same};
pub use passwords::keep as keep_password;
pub use presentation::{Pager, Presentation};
pub use project::Trusted;
pub use resolve::{COMPLETION_TIMEOUT, PasswordSource, Settings, resolve, resolve_side};
pub use store::{Imported, Store};

#[cfg(test)]
mod tests;
