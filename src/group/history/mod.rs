//! The past rebalances of a group, from its records in `__consumer_offsets`: who came, who went, what
//! moved. Pure: records go in, rebalances come out.

mod events;
mod fact;
mod holders;
mod members;
pub mod merge;
mod names;
mod rebuild;
mod summary;

pub use events::{Happened, events};
pub use fact::{About, ClassicGroup, ClassicMember, Current, Fact};
pub use names::{rename, topic_ids};
pub use rebuild::Rebuild;
pub use summary::summarize;

#[cfg(test)]
mod tests;
