//! The only door to the terminal: results on standard output, everything else on standard error.
//!
//! [`Ui`] prints reports and errors, asks, warns and shows progress. Whatever goes through here
//! has other people's control characters made visible, and is coloured only where that helps.

mod document;
mod failure;
mod github;
mod json;
mod markdown;
mod mistake;
mod options;
mod paint;
mod table;
mod yaml;

pub use document::API_VERSION;
pub use options::{ColorChoice, Format, Options, ProgressChoice};
