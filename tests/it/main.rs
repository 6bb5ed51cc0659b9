//! The integration tests: one binary, a module for each noun.

mod client;
mod support;
