//! A history that was saved, and what the log has now: together they outlive compaction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::summarize;
use crate::error::{Error, Result};
use crate::model::{Name, Time, visible};
use crate::report::group_history::{Gap, GroupHistory, Rebalance};

/// The version of the documents that are read and written.
const API_VERSION: &str = "kward/v1";
const KIND: &str = "GroupHistory";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<T> {
    api_version: String,
    kind: String,
    #[serde(flatten)]
    history: T,
}

/// The text of a file that keeps a history: the document of `group history -o json`.
pub fn to_text(history: &GroupHistory) -> Result<String> {
    let document = Document { api_version: API_VERSION.to_owned(), kind: KIND.to_owned(), history };
    serde_json::to_string_pretty(&document)
        .map(|text| text + "\n")
        .map_err(|error| Error::failed("the history cannot be put into JSON").caused_by(error))
}

/// What such a text holds, if it is of this group and cluster, and whole.
pub fn from_text(text: &str, group: &Name, cluster: Option<&str>) -> Result<GroupHistory> {
    let refuse = |why: String| Err(Error::invalid(why));
    // First what it is: of another version, the fields would only confuse.
    let head: Document<serde::de::IgnoredAny> = serde_json::from_str(text).map_err(|error| {
        Error::invalid("it is no history")
            .caused_by(error)
            .hint("`--save` writes one, and so does `-o json`")
    })?;
    if head.kind != KIND {
        return refuse(format!("it is a `{}`, not a `{KIND}`", visible(&head.kind)));
    }
    if head.api_version != API_VERSION {
        let version = visible(&head.api_version).into_owned();
        return refuse(format!(
            "it is of the version `{version}`, and this kward reads {API_VERSION}"
        ));
    }
    let document: Document<GroupHistory> = serde_json::from_str(text)
        .map_err(|error| Error::invalid("it is no whole history").caused_by(error))?;
    let history = document.history;
    if history.group_id != *group {
        return refuse(format!("it is of the group `{}`", visible(&history.group_id)));
    }
    if let (Some(saved), Some(now)) = (history.cluster_id.as_deref(), cluster)
        && saved != now
    {
        return refuse(format!("it is of the cluster `{}`, and this is `{now}`", visible(saved)));
    }
    if history.window.is_some() {
        return Err(Error::invalid("it is a part of a history only")
            .hint("`--save` keeps all of it, whatever `--since` and `--limit` show"));
    }
    Ok(history)
}

/// What was saved, with what the log has now.
#[must_use]
pub fn merge(saved: GroupHistory, now: GroupHistory) -> GroupHistory {
    // Is anything missing between the last record that was read then and the first that is complete
    // now? The topic may also have been made anew: then its offsets say nothing.
    let same_log = saved.log.partition == now.log.partition
        && saved.log.end_offset <= now.log.end_offset
        && saved.log.start_offset <= now.log.start_offset;
    let meets = same_log && now.log.complete_from_offset <= saved.log.end_offset;
    let mut gaps = saved.gaps;
    let until = now.reaches_back_to.unwrap_or(now.captured_at);
    if !meets && until > saved.captured_at {
        gaps.push(Gap { from: saved.captured_at, to: until });
    }
    let mut all: BTreeMap<(Time, i64), Rebalance> = BTreeMap::new();
    for told in saved.rebalances {
        all.insert((told.time, told.offset), told);
    }
    for told in now.rebalances {
        let known = all.contains_key(&(told.time, told.offset));
        // What is left of the log knows less of it than was known then.
        if !(known && told.partial) {
            all.insert((told.time, told.offset), told);
        }
    }
    let rebalances = gaps_between(all.into_values().collect());
    let reaches_back_to = match (saved.reaches_back_to, now.reaches_back_to) {
        (Some(then), Some(now)) => Some(then.min(now)),
        (then, now) => then.or(now),
    };
    let summary = summarize(&rebalances, reaches_back_to, now.captured_at, &gaps);
    let complete = now.complete || (saved.complete && gaps.is_empty());
    GroupHistory { reaches_back_to, complete, gaps, rebalances, summary, ..now }
}

/// The times between rebalances, anew: some have predecessors now.
fn gaps_between(mut rebalances: Vec<Rebalance>) -> Vec<Rebalance> {
    use crate::report::group_history::What;
    let mut last: Option<Time> = None;
    for told in &mut rebalances {
        if told.change == What::Rebalance {
            told.since_previous_ms = last.map(|last| told.time.since(last));
            last = Some(told.time);
        }
    }
    rebalances
}
