//! The only door to the terminal: results on standard output, everything else on standard error.
//!
//! [`Ui`] prints reports and errors, asks, warns and shows progress. Whatever goes through here
//! has other people's control characters made visible, and is coloured only where that helps.

mod ask;
mod blocks;
mod cut;
mod document;
mod failure;
mod flow;
mod github;
mod json;
mod live;
mod manual;
mod markdown;
mod mistake;
mod options;
mod order;
mod pager;
mod paint;
mod progress;
#[cfg(test)]
pub(crate) mod schemas;
mod screen;
mod table;
mod trace;
mod ui;
mod yaml;

pub use ask::Console;
pub use document::API_VERSION;
pub use github::Workspace;
pub use options::{ColorChoice, Format, Options, Pager, ProgressChoice};
pub use progress::DrawTarget;
pub use trace::Trace;
pub use ui::{Streams, Ui};
