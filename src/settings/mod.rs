//! From flags, environment, `--command-config` files and contexts to one [`ClientConfig`].

mod client_config;

pub use client_config::{
    Address, ClientConfig, Identity, Mechanism, Origin, Pem, Sasl, SecretPem, Tls,
};
