//! What a principal can do, and why one request is refused, in the words of a person.

mod grant;
mod log;
mod refusal;
mod summary;

pub use grant::{grant_line, smallest_grant};
pub use log::{LogEntry, parse_log_line};
pub use refusal::{Explanation, explain};
pub use summary::{AnyTopic, Except, Grant, Summary, summary};
