//! `kward group`: one file per verb.

pub(in crate::commands) mod backup;
mod chosen;
pub mod delete;
pub mod delete_offsets;
pub mod describe;
pub mod doctor;
pub mod history;
pub mod lag;
pub mod list;
mod logs;
pub mod members;
mod near;
pub mod remove_members;
pub mod reset;
mod reset_plan;
mod sample;
pub(super) mod standing;
mod trouble;
pub mod undo;
pub mod watch;
mod write;

use crate::error::{Error, Kind, Result};
use crate::kafka::Client;
use crate::model::Name;

pub use chosen::TopicChoice;

/// The names, each once, in the order given.
fn each_once(names: &[Name]) -> Vec<Name> {
    let mut seen = std::collections::HashSet::new();
    names.iter().filter(|name| seen.insert(*name)).cloned().collect()
}

/// What went well, and one error for all that did not.
fn parted<T>(results: Vec<Result<T>>, what: &str) -> (Vec<T>, Option<Error>) {
    let all = results.len();
    let (mut well, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => well.push(value),
            Err(error) => failures.push(error),
        }
    }
    (well, together(failures, all, what))
}

/// One error for several; `what` continues "3 of 5".
pub(super) fn together(mut failures: Vec<Error>, all: usize, what: &str) -> Option<Error> {
    const SHOWN: usize = 10;
    if failures.len() < 2 {
        return failures.pop();
    }
    let count = failures.len();
    let unfinished = failures.iter().any(|error| error.kind() == Kind::Unfinished);
    let kind = if unfinished { Kind::Unfinished } else { failures[0].kind() };
    let mut error = Error::new(kind, format!("{count} of {all} {what}"));
    for failure in failures.iter().take(SHOWN) {
        let why = failure.causes().first().map_or_else(String::new, |why| format!(": {why}"));
        error = error.caused_by(format_args!("{}{why}", failure.message()));
    }
    if count > SHOWN {
        error = error.caused_by(format_args!("… and {} more", count - SHOWN));
    }
    let mut hints: Vec<&String> = failures.iter().flat_map(Error::hints).collect();
    hints.sort_unstable();
    hints.dedup();
    for hint in hints.into_iter().take(3) {
        error = error.hint(hint.clone());
    }
    Some(error)
}

/// The id of the cluster; asked for only where no answer has told it yet.
async fn cluster_id(client: &Client) -> Result<Option<String>> {
    match client.cluster_id() {
        Some(id) => Ok(Some(id)),
        None => Ok(client.describe_cluster().await?.id),
    }
}
